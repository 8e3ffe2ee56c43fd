//! Every type that a mart may have reaches Delta's readers as itself.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int16Array, Int32Array, Int64Array,
    RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, TimeUnit};
use parquet::arrow::ArrowWriter;
use sopmart::contract::{Contract, UTC};
use sopmart::publish::BuiltMart;
use sopmart::warehouse::publish_log::Entry;
use sopmart::warehouse::{MartFile, Warehouse};

use crate::publishing::{contract, open_table, publish_all, run};

/// A contract with one column per type; `text` is personal.
fn every_type(name: &str) -> Contract {
    let mut contract = contract(name);
    let template = contract.columns.pop().unwrap();
    let types = [
        ("text", DataType::Utf8),
        ("smallint", DataType::Int16),
        ("integer", DataType::Int32),
        ("bigint", DataType::Int64),
        ("decimal", DataType::Decimal128(18, 4)),
        ("wide_decimal", DataType::Decimal128(38, 12)),
        ("double", DataType::Float64),
        ("boolean", DataType::Boolean),
        ("date", DataType::Date32),
        ("timestamp", DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.into()))),
    ];
    let columns = types.into_iter().map(|(name, data_type)| {
        let mut column = template.clone();
        (column.name, column.data_type, column.is_personal) = (name.into(), data_type, name == "text");
        column
    });
    contract.columns = columns.collect();
    contract
}

/// Three rows: a value, NULL and another value in each column.
fn three_rows(contract: &Contract) -> RecordBatch {
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(vec![Some("Zoë"), None, Some("00123")])),
        Arc::new(Int16Array::from(vec![Some(-1), None, Some(i16::MAX)])),
        Arc::new(Int32Array::from(vec![Some(-1), None, Some(i32::MAX)])),
        Arc::new(Int64Array::from(vec![Some(-1), None, Some(i64::MAX)])),
        Arc::new(
            Decimal128Array::from(vec![Some(-12_345), None, Some(999_999_999_999_999_999)])
                .with_precision_and_scale(18, 4)
                .unwrap(),
        ),
        Arc::new(
            Decimal128Array::from(vec![Some(1), None, Some(10_i128.pow(37))]).with_precision_and_scale(38, 12).unwrap(),
        ),
        Arc::new(Float64Array::from(vec![Some(0.1), None, Some(-1e300)])),
        Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)])),
        Arc::new(Date32Array::from(vec![Some(-719_162), None, Some(20_000)])),
        Arc::new(TimestampMicrosecondArray::from(vec![Some(0), None, Some(1_700_000_000_123_456)]).with_timezone(UTC)),
    ];
    RecordBatch::try_new(contract.schema(), columns).unwrap()
}

async fn build(warehouse: &Warehouse, contract: &'static Contract, rows: &RecordBatch) -> BuiltMart<'static> {
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, rows.schema(), None).unwrap();
    writer.write(rows).unwrap();
    writer.close().unwrap();
    let path = format!("marts/{}/a.parquet", contract.name);
    warehouse.put(&path, bytes).await.unwrap();
    let files = vec![MartFile::describe(warehouse, &path, contract).await.unwrap()];
    BuiltMart { name: contract.name.clone(), contract, fingerprint: "a".into(), files, causes_entry: true }
}

/// Publishes `full`, `empty` (a file without rows) and `nothing` (no file), each of every type.
pub async fn publish_every_type(folder: &Path) -> Entry {
    let warehouse = Warehouse::in_folder(folder).unwrap();
    let [full, empty, nothing] = ["full", "empty", "nothing"].map(|name| &*Box::leak(Box::new(every_type(name))));
    let rows = three_rows(full);
    let built = [
        build(&warehouse, full, &rows).await,
        build(&warehouse, empty, &rows.slice(0, 0)).await,
        BuiltMart { files: Vec::new(), ..build(&warehouse, nothing, &rows.slice(0, 0)).await },
    ];
    publish_all(&warehouse, &built, &run("r1", "2026-01-05")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_reaches_delta_as_itself_from_full_and_empty_marts() {
    let folder = tempfile::tempdir().unwrap();
    publish_every_type(folder.path()).await;
    let expected: Vec<_> =
        every_type("full").columns.iter().map(|column| (column.name.clone(), column.data_type.clone())).collect();
    for mart in ["full", "empty", "nothing"] {
        let table = open_table(folder.path(), mart).await.unwrap();
        let schema = table.snapshot().unwrap().snapshot().arrow_schema();
        let found: Vec<_> =
            schema.fields().iter().map(|field| (field.name().clone(), field.data_type().clone())).collect();
        assert_eq!(found, expected, "{mart}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn statistics_count_nulls_and_keep_personal_values_to_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let entry = publish_every_type(folder.path()).await;
    let statistics = &entry.marts["full"].files[0].statistics;
    assert!(statistics.values().all(|column| column.nulls == 1));
    let bounds = |column: &str| (statistics[column].min.as_deref(), statistics[column].max.as_deref());
    assert_eq!(bounds("text"), (None, None), "a personal column");
    assert_eq!(bounds("smallint"), (Some("-1"), Some("32767")));
    assert_eq!(bounds("bigint"), (Some("-1"), Some("9223372036854775807")));
    assert_eq!(bounds("date"), (Some("0001-01-01"), Some("2024-10-04")));
    assert_eq!(bounds("timestamp"), (None, None));
    let log = std::fs::read_to_string(folder.path().join("marts/full/_delta_log/00000000000000000000.json")).unwrap();
    assert!(!log.contains("Zoë") && !log.contains("00123"), "{log}");
}
