//! The parts of `serve` by themselves: texts of arrays, numbers, values and formats, and work that breaks off.

use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{ColumnarValue, Volatility, create_udf};
use sopmart::engine::{Engine, EngineOptions, Tables};
use sopmart::serve::dialect::{elements, formats};
use sopmart::serve::parameters::text;
use sopmart::serve::work::Workers;
use tokio_postgres::types::Type;

#[test]
fn elements_are_read_with_quotes_and_without() {
    let some = |text: &str| Some(text.to_string());
    assert_eq!(elements("{}").unwrap(), []);
    assert_eq!(elements(" {a, b b ,NULL} ").unwrap(), [some("a"), some("b b"), None]);
    assert_eq!(
        elements(r#"{"A B","NULL",\NULL,"","a, \"b\"","\\",c\,d,"{}"}"#).unwrap(),
        [some("A B"), some("NULL"), some("NULL"), some(""), some(r#"a, "b""#), some("\\"), some("c,d"), some("{}")]
    );
}

#[test]
fn what_is_no_array_is_refused() {
    for text in ["", "a", "{a", "{a,}", "{,a}", "{{1},{2}}", r#"{"a}"#, r#"{"a"b}"#, r#"{a"b"}"#, r"{a\}"] {
        let error = elements(text).unwrap_err();
        assert!(error.starts_with("malformed array literal"), "{text}: {error}");
    }
}

#[test]
fn formats_of_postgresql_are_put_into_the_engines_words() {
    for (format, expected) in [
        ("YYYY-MM-DD", Some("%Y-%m-%d")),
        ("YYYY-MM-DD HH24:MI:SS.US", Some("%Y-%m-%d %H:%M:%S.%6f")),
        ("YYYY-MM-DDTHH24:MI:SS", Some("%Y-%m-%dT%H:%M:%S")),
        ("DD Mon YY", Some("%d %b %y")),
        ("IYYY-IW", Some("%G-%V")),
        ("Month YYYY", None),
        ("%Y-%m", None),
        ("FM999.00", None),
        ("", None),
    ] {
        assert_eq!(formats::known(format).as_deref(), expected, "{format}");
    }
}

#[test]
fn numbers_keep_the_digits_that_are_written() {
    for (text, unscaled, precision, scale) in [
        ("0", 0, 1, 0),
        ("-12.50", -1250, 4, 2),
        (".00005", 5, 5, 5),
        ("1.5E+3", 1500, 4, 0),
        ("+25e-1", 25, 2, 1),
        ("99999999999999999999999999999999999999", 10_i128.pow(38) - 1, 38, 0),
    ] {
        assert_eq!(text::numeric(text), Some(ScalarValue::Decimal128(Some(unscaled), precision, scale)), "{text}");
    }
    for text in [
        "",
        "-",
        ".",
        "1,5",
        "NaN",
        "1e",
        "1e-9223372036854775808",
        "1e9223372036854775807",
        "0x1",
        "1e40",
        "100000000000000000000000000000000000000",
    ] {
        assert_eq!(text::numeric(text), None, "{text}");
    }
}

#[test]
fn values_are_read_by_their_types() {
    assert_eq!(text::value(&Type::DATE, "2026-03-31").unwrap(), ScalarValue::Date32(Some(20543)));
    assert_eq!(text::value(&Type::DATE, "2026-03-31 +02").unwrap(), ScalarValue::Date32(Some(20543)));
    assert_eq!(text::value(&Type::BOOL, "t").unwrap(), ScalarValue::Boolean(Some(true)));
    assert_eq!(text::value(&Type::BYTEA, "\\x00ff").unwrap(), ScalarValue::Binary(Some(vec![0, 255])));
    assert_eq!(text::value(&Type::UNKNOWN, "{a").unwrap(), ScalarValue::from("{a"));
    assert!(text::value(&Type::INT4, "4.5").is_err() && text::value(&Type::DATE, "31.03.2026").is_err());
    let listed = text::value(&Type::NUMERIC_ARRAY, "{1.5,NULL,2}").unwrap();
    assert_eq!(listed.to_string(), "[1.5, , 2.0]");
    let listed = text::value(&Type::TEXT_ARRAY, r#"{"A B",c}"#).unwrap();
    assert_eq!(listed.to_string(), "[A B, c]");
}

/// Rows that came before are no whole answer.
#[tokio::test]
async fn work_that_breaks_off_is_an_error_and_no_end() {
    let folder = tempfile::tempdir().unwrap();
    let options = EngineOptions { threads: 1, memory_limit: None, spill_folder: folder.path().to_path_buf() };
    let session = Engine::without_warehouse(&options).unwrap().session(&Tables::default()).unwrap();
    let breaks = |values: &[ColumnarValue]| {
        let values = ColumnarValue::values_to_arrays(values)?.remove(0);
        let is_last = values.as_primitive::<Int64Type>().values().contains(&50_000);
        if is_last { panic!("the last batch") } else { Ok(ColumnarValue::Array(values)) }
    };
    let number = DataType::Int64;
    session.register_udf(create_udf("breaks", vec![number.clone()], number, Volatility::Volatile, Arc::new(breaks)));
    let workers = Workers::new(1);
    for (sql, is_whole) in [("breaks(value)", false), ("value", true)] {
        let sql = format!("select {sql} from generate_series(1, 50000) as numbers(value)");
        let mut work = workers.begin(session.sql(&sql).await.unwrap()).await.unwrap();
        let mut rows = 0;
        let end = loop {
            match work.next().await {
                Some(Ok(batch)) => rows += batch.num_rows(),
                end => break end,
            }
        };
        match end {
            None => assert!(is_whole && rows == 50_000, "{rows} rows"),
            Some(end) => {
                assert!(!is_whole && rows > 0, "{rows} rows");
                assert!(end.unwrap_err().to_string().contains("broken off"));
            }
        }
    }
}
