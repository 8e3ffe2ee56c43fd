//! The other formats: fixed width, JSON, Parquet, Arrow, Avro, Excel.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float64Array, Int32Array, Int64Array,
    LargeStringArray, StringArray, StringViewArray, StructArray, TimestampMillisecondArray, TimestampNanosecondArray,
};
use arrow::datatypes::{DataType, Field, Int32Type};
use arrow::record_batch::RecordBatch;
use rust_xlsxwriter::{Format as Style, Workbook};
use sopmart::contract::{Drift, Rule};
use sopmart::pipeline::{CellRange, ColumnReader, Excel, FixedWidth, Format, Json, Notation, Ragged, Reader};

use crate::landing_stage::Stage;

fn stage(columns: &[(&str, &str)], files: &str, format: Format) -> Stage {
    let mut stage = Stage::new(columns);
    stage.extract.files = files.into();
    stage.extract.reader = Reader::plain(format);
    stage
}

fn fixed(places: &[(usize, Option<usize>)]) -> Format {
    Format::FixedWidth(FixedWidth { skip_lines: 1, footer_lines: 1, ..FixedWidth::of(places.to_vec()) })
}

const THREE: [(&str, &str); 3] = [("id", "integer"), ("name", "text"), ("amount", "decimal(10,2)")];

#[test]
fn fields_of_fixed_width_are_counted_in_characters() {
    let stage = stage(&THREE, "a.txt", fixed(&[(1, Some(4)), (5, Some(12)), (14, None)]));
    stage.deliver("a.txt", "Report\n0001Müller  x   12.50\r\n0002Łódź     \n\n   3\"quote\"      -1\nEnd of report\n");
    stage.land();
    assert_eq!(stage.rows_with_lines(), ["1|Müller|12.50|2", "2|Łódź|∅|3", "3|\"quote\"|-1.00|5"]);
}

#[test]
fn what_stands_behind_the_last_column_of_fixed_width_goes_to_quarantine() {
    let mut stage = stage(&THREE, "a.csv", fixed(&[(1, Some(2)), (3, Some(4)), (5, Some(8))]));
    let complaints = stage.complaints("head\n 1ab 1.5\n 2cd 2.5 more\n 3ef x.5\nfoot\n");
    let expected = [
        "3 - fields: found text behind the last column, expected the end of the line",
        "4 amount type: found `x.5`, expected decimal(10,2)",
    ];
    assert_eq!(complaints, expected);
    assert_eq!(stage.quarantine()[0].place, 10);
    assert_eq!(stage.quarantine()[1].raw_text, " 3ef x.5");
}

#[test]
fn lines_that_are_too_short_or_too_long_for_their_columns_are_treated_as_the_pipeline_says() {
    let lines = "head\n 1ab 1.5x\n 2cd 2\n 3e\n 4é\n 5ef12.5\nfoot\n";
    let stage = |ragged| {
        let places = vec![(1, Some(2)), (3, Some(4)), (5, Some(8))];
        let form = FixedWidth { skip_lines: 1, footer_lines: 1, ragged, ..FixedWidth::of(places) };
        stage(&THREE, "a.csv", Format::FixedWidth(form))
    };
    let mut strict = stage(Ragged::Quarantine);
    let short = |line, found| {
        format!("{line} - fields: found {found} characters, expected 8; `ragged: pad` takes blanks for the rest")
    };
    let long = "2 - fields: found text behind the last column, expected the end of the line";
    assert_eq!(strict.complaints(lines), [long.into(), short(3, 6), short(4, 3), short(5, 3)]);
    assert_eq!(strict.rows(), ["5|ef|12.50"]);
    let mut padded = stage(Ragged::Pad);
    assert_eq!(padded.complaints(lines), [long]);
    assert_eq!(padded.rows(), ["2|cd|2.00", "3|e|∅", "4|é|∅", "5|ef|12.50"]);
    let cut = stage(Ragged::Cut);
    cut.deliver("a.csv", lines);
    cut.land();
    assert_eq!(cut.rows(), ["1|ab|1.50", "2|cd|2.00", "3|e|∅", "4|é|∅", "5|ef|12.50"]);
}

fn json(rows: &[&str]) -> Format {
    Format::Json(Json { rows: rows.iter().map(ToString::to_string).collect() })
}

#[test]
fn json_lines_are_read_digit_by_digit() {
    let columns =
        [("id", "bigint"), ("name", "text"), ("amount", "decimal(20,4)"), ("is_open", "boolean"), ("day", "date")];
    let stage = stage(&columns, "a.ndjson", json(&[]));
    let text = r#"{"id": 9007199254740993, "name": "a \"b\" \u00fc\n", "amount": 1234567890123456.0001, "is_open": true, "day": "2024-02-29"}
{"id": 2, "amount": 1.5e3, "name": "", "is_open": false, "day": null}

{"id": "3", "amount": "7.25", "name": 00, "is_open": 1}
{"name": ["x", {"y": 1}], "id": 4, "amount": -2E-2}
"#
    .replace("00,", "0.50,");
    stage.deliver("a.ndjson", text);
    stage.land();
    let expected = [
        "9007199254740993|a \"b\" ü\n|1234567890123456.0001|true|2024-02-29|1",
        "2||1500.0000|false|∅|2",
        "3|0.50|7.2500|true|∅|4",
        "4|[\"x\", {\"y\": 1}]|-0.0200|∅|∅|5",
    ];
    assert_eq!(stage.rows_with_lines(), expected);
}

#[test]
fn a_broken_line_of_json_goes_to_quarantine() {
    let mut stage = stage(&[("id", "integer"), ("name", "text")], "a.csv", json(&[]));
    let text = "{\"id\": 1, \"name\": \"a\"}\n{\"id\": 2, \"name\": \"b\"\n{\"id\": 3} {}\n[4]\n{\"id\": 5, \"id\": 5}\n{\"id\": \"x\"}\n{\"id\": 1e2, \"name\": \"\\u0000\"}\n";
    let complaints = stage.complaints(text);
    let expected = [
        "2 - json: found no JSON object: EOF while parsing an object",
        "3 - json: found no JSON object: trailing characters",
        "4 - json: found no JSON object: invalid type: sequence, expected an object",
        "5 - fields: found `id` twice",
        "6 id type: found `x`, expected integer",
        "7 - encoding: found a NUL character, expected text",
    ];
    assert_eq!(complaints, expected);
    assert_eq!(stage.rows(), ["1|a"]);
    assert_eq!(stage.quarantine()[4].place, 8);
}

#[test]
fn an_array_of_records_may_stand_anywhere_in_a_document() {
    let columns = [("id", "integer"), ("city", "text"), ("zip", "text")];
    let mut stage = stage(&columns, "a.json", json(&["data", "orders"]));
    let path = |path: &[&str]| ColumnReader {
        notation: Notation::iso(chrono_tz::UTC),
        path: Some(path.iter().map(ToString::to_string).collect()),
        folder: None,
    };
    stage.extract.reader.columns.insert("city".into(), path(&["ship", "address", "city"]));
    stage.extract.reader.columns.insert("zip".into(), path(&["ship", "zip"]));
    let text = "{\"meta\": {\"orders\": [1, \"]\"]}, \"data\": {\"n\": -1.5e3, \"orders\":\n[\n  {\"id\": 1,\n   \"ship\": {\"address\": {\"city\": \"a]}\"}, \"zip\": \"007\"}},\n{\"id\": 2, \"ship\": null}, {\"id\": 3}\n], \"more\": [{}]}, \"end\": true}\n";
    stage.deliver("a.json", text);
    stage.land();
    assert_eq!(stage.rows_with_lines(), ["1|a]}|007|3", "2|∅|∅|5", "3|∅|∅|5"]);
}

#[test]
fn an_array_that_is_the_document_needs_no_path_and_an_empty_one_is_an_empty_table() {
    for (text, expected) in [("[]", vec![]), (" [ {\"id\": 1} ,\n{\"id\":2}]\n", vec!["1|1", "2|2"])] {
        let stage = stage(&[("id", "integer")], "a.json", json(&[]));
        stage.deliver("a.json", text);
        stage.land();
        assert_eq!(stage.rows_with_lines(), expected);
    }
}

#[test]
fn a_json_document_that_is_cut_or_lacks_its_array_is_refused() {
    let cases = [
        ("{\"a\": [{\"id\": 1}, {\"id\"", "a.json:1:1: the file ends inside of the array of records: it is truncated"),
        ("{\"a\": [{\"id\": 1}]\n", "a.json:2:1: found the end of the file, expected `,` or `}`"),
        ("{\"b\": []}", "a.json:1:1: the document has no `a`, in which the records should stand"),
        ("{\"a\": {}}", "a.json:1:1: `a` is an object, expected an array of records"),
        ("{\"a\": []} x", "a.json:1:1: found `x` behind the document, expected its end"),
        ("{\"a\": [{\"id\": 1, \"no\": 2}]}", "a.json:1:1: found `no`, which contract `lines` does not know (add it"),
    ];
    for (text, expected) in cases {
        let stage = stage(&[("id", "integer")], "a.json", json(&["a"]));
        stage.deliver("a.json", text);
        let error = stage.land_error();
        assert!(error.starts_with(expected), "{text}: {error}");
    }
}

#[test]
fn members_that_the_contract_does_not_know_are_left_out_where_drift_is_ignored() {
    let mut stage = stage(&[("id", "integer")], "a.json", json(&[]));
    stage.extract.contract.drift = Drift::IgnoreExtra;
    stage.deliver("a.json", "[{\"id\": 1, \"no\": {\"id\": 2}}]");
    stage.land();
    assert_eq!(stage.rows(), ["1"]);
}

fn batch() -> RecordBatch {
    let column = |name: &str, array: ArrayRef| (name.to_string(), array);
    let address = StructArray::from(vec![(
        Arc::new(Field::new("city", DataType::Utf8, true)),
        Arc::new(StringArray::from(vec![Some("Kiel"), None, Some("Ulm")])) as ArrayRef,
    )]);
    let columns = vec![
        column("id", Arc::new(Int32Array::from(vec![1, 2, 3]))),
        column("code", Arc::new(StringViewArray::from(vec!["007", "a longer text than twelve", "c"]))),
        column("kind", Arc::new(["x", "y", "x"].into_iter().collect::<DictionaryArray<Int32Type>>())),
        column("note", Arc::new(LargeStringArray::from(vec![Some("n"), None, Some("")]))),
        column("amount", Arc::new(Float64Array::from(vec![Some(12.34), Some(0.1), None]))),
        column(
            "price",
            Arc::new(Decimal128Array::from(vec![123_400, 5, 100]).with_precision_and_scale(12, 4).unwrap()),
        ),
        column("at", Arc::new(TimestampMillisecondArray::from(vec![0, 1500, 86_400_000]))),
        column("day", Arc::new(Date32Array::from(vec![19_782, 0, 1]))),
        column("is_open", Arc::new(BooleanArray::from(vec![true, false, true]))),
        column("address", Arc::new(address)),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn parquet_of(batch: &RecordBatch) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.flush().unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    bytes
}

fn arrow_file_of(batch: &RecordBatch) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = arrow::ipc::writer::FileWriter::try_new(&mut bytes, &batch.schema()).unwrap();
    writer.write(batch).unwrap();
    writer.write(batch).unwrap();
    writer.finish().unwrap();
    drop(writer);
    bytes
}

fn arrow_stream_of(batch: &RecordBatch) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = arrow::ipc::writer::StreamWriter::try_new(&mut bytes, &batch.schema()).unwrap();
    writer.write(batch).unwrap();
    writer.write(batch).unwrap();
    writer.finish().unwrap();
    drop(writer);
    bytes
}

#[test]
fn typed_files_become_the_contracts_types_without_loss() {
    let columns = [
        ("id", "bigint"),
        ("code", "text"),
        ("kind", "text"),
        ("note", "text"),
        ("amount", "decimal(10,4)"),
        ("price", "decimal(18,6)"),
        ("at", "timestamp"),
        ("day", "date"),
        ("is_open", "boolean"),
        ("city", "text"),
    ];
    let files = [
        ("a.parquet", Format::Parquet, parquet_of(&batch())),
        ("a.arrow", Format::Arrow, arrow_file_of(&batch())),
        ("a.arrows", Format::Arrow, arrow_stream_of(&batch())),
    ];
    for (name, format, bytes) in files {
        let mut stage = stage(&columns, name, format);
        let path = Some(vec!["address".to_string(), "city".to_string()]);
        let notation = Notation::iso(chrono_tz::UTC);
        stage.extract.reader.columns.insert("city".into(), ColumnReader { notation, path, folder: None });
        stage.deliver(name, bytes);
        stage.land();
        let expected = [
            "1|007|x|n|12.3400|12.340000|1970-01-01T00:00:00Z|2024-02-29|true|Kiel",
            "2|a longer text than twelve|y|∅|0.1000|0.000500|1970-01-01T00:00:01.500Z|1970-01-01|false|∅",
            "3|c|x||∅|0.010000|1970-01-02T00:00:00Z|1970-01-02|true|Ulm",
        ];
        let numbered = (1..=6).map(|row| format!("{}|{row}", expected[(row - 1) % 3]));
        assert_eq!(stage.rows_with_lines(), numbered.collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn values_that_a_contracts_type_does_not_hold_go_to_quarantine() {
    let arrays: Vec<(&str, ArrayRef)> = vec![
        ("small", Arc::new(Int64Array::from(vec![1, 40_000, 3, 4, 5]))),
        ("amount", Arc::new(Float64Array::from(vec![1.25, 1.0, 1.333, 1.0, f64::NAN]))),
        ("at", Arc::new(TimestampNanosecondArray::from(vec![1000, 1000, 1000, 1001, 1000]))),
    ];
    let batch = RecordBatch::try_from_iter(arrays).unwrap();
    let columns = [("small", "smallint"), ("amount", "decimal(10,2)"), ("at", "timestamp")];
    let mut stage = stage(&columns, "a.csv", Format::Parquet);
    let mut bytes = Vec::new();
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let complaints = stage.complaints(bytes);
    let expected = [
        "2 small type: found `40000`, which does not fit, expected smallint",
        "3 amount type: found `1.333`, which does not fit, expected decimal(10,2)",
        "4 at type: found `1970-01-01T00:00:00.000001001`, which is finer than microseconds, expected timestamp as YYYY-MM-DD hh:mm:ss, with an offset where it is not UTC",
        "5 amount type: found `NaN`, expected decimal(10,2)",
    ];
    assert_eq!(complaints, expected);
    assert_eq!(stage.rows(), ["1|1.25|1970-01-01T00:00:00.000001Z"]);
    assert!(stage.quarantine()[0].raw_text.starts_with("{\"small\":40000,\"amount\":1.0"), "{:?}", stage.quarantine());
}

#[test]
fn row_rules_hold_for_typed_files_too() {
    let mut stage = stage(&[("id", "integer"), ("code", "text")], "a.csv", Format::Parquet);
    stage.rule("id", Rule::Maximum("2".into()));
    stage.rule("code", Rule::ValidValues(vec!["007".into(), "c".into()]));
    stage.extract.contract.drift = Drift::IgnoreExtra;
    let complaints = stage.complaints(parquet_of(&batch().slice(0, 3)));
    let expected = [
        "2 code valid_values: found `a longer text than twelve`, expected one of 007, c",
        "3 id maximum: found `3`, expected at most 2",
    ];
    assert_eq!(complaints[..2], expected);
}

#[test]
fn columns_that_a_typed_file_lacks_or_has_too_many_are_named() {
    let stage = stage(&[("id", "integer"), ("cods", "text")], "a.parquet", Format::Parquet);
    stage.deliver("a.parquet", parquet_of(&batch().project(&[0, 1]).unwrap()));
    let error = stage.land_error();
    let expected = "a.parquet: column `cods` is missing, found id, code; there is `code` (expected the columns of contract `lines`)\na.parquet: found column `code`, which contract `lines` does not know (add it to the contract, or set the contract's drift policy to ignore_extra)";
    assert_eq!(error, expected);
}

#[test]
fn typed_files_that_are_damaged_are_refused() {
    for (name, format, bytes) in [
        ("a.parquet", Format::Parquet, parquet_of(&batch())),
        ("a.arrow", Format::Arrow, arrow_file_of(&batch())),
        ("a.avro", Format::Avro, avro_file()),
    ] {
        for bytes in [bytes[..bytes.len() / 2].to_vec(), b"nothing of the kind".to_vec(), Vec::new()] {
            let stage = stage(&[("id", "integer")], name, format.clone());
            stage.deliver(name, bytes);
            let error = stage.land_error();
            assert!(error.starts_with(&format!("{name}: found bytes that are not")), "{name}: {error}");
        }
    }
}

/// Two records of `{id: int, name: [null, string], amount: decimal(9,2), day: date}`.
fn avro_file() -> Vec<u8> {
    avro_file_in("null", <[u8]>::to_vec)
}

/// The same records in a block each, behind an empty one, and metadata in two stretches.
fn avro_file_in(codec: &str, compressed: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let schema = r#"{"type":"record","name":"line","fields":[{"name":"id","type":"int"},{"name":"name","type":["null","string"]},{"name":"amount","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}},{"name":"day","type":{"type":"int","logicalType":"date"}}]}"#;
    let number = |value: usize| {
        // Zigzag, in groups of seven bits.
        let mut rest = value * 2;
        let mut bytes = Vec::new();
        while rest > 127 {
            bytes.push(u8::try_from(rest % 128).unwrap() + 128);
            rest /= 128;
        }
        bytes.push(u8::try_from(rest).unwrap());
        bytes
    };
    let text = |text: &[u8]| [number(text.len()), text.to_vec()].concat();
    let stretch = |name: &str, value: &str| [number(1), text(name.as_bytes()), text(value.as_bytes())].concat();
    let metadata = [stretch("avro.schema", schema), stretch("avro.codec", codec), number(0)].concat();
    let sync = [7_u8; 16];
    let first = [number(1), number(1), text("Kiel".as_bytes()), text(&[0x04, 0xD2]), number(19_782)].concat();
    let second = [number(2), number(0), text(&[0x05]), number(0)].concat();
    let block = |records: usize, data: &[u8]| {
        let data = compressed(data);
        [number(records), number(data.len()), data, sync.to_vec()].concat()
    };
    let blocks = [block(0, b""), block(1, &first), block(1, &second)].concat();
    [b"Obj\x01".to_vec(), metadata, sync.to_vec(), blocks].concat()
}

#[test]
fn avro_is_read_with_its_logical_types() {
    let columns = [("id", "integer"), ("name", "text"), ("amount", "decimal(9,2)"), ("day", "date")];
    let stage = stage(&columns, "a.avro", Format::Avro);
    stage.deliver("a.avro", avro_file());
    stage.land();
    assert_eq!(stage.rows_with_lines(), ["1|Kiel|12.34|2024-02-29|1", "2|∅|0.05|1970-01-01|2"]);
}

#[test]
fn blocks_of_avro_may_be_compressed() {
    let deflate = |data: &[u8]| {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    };
    let bzip2 = |data: &[u8]| {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    };
    let snappy = |data: &[u8]| {
        let block = snap::raw::Encoder::new().compress_vec(data).unwrap();
        [block, crc32fast::hash(data).to_be_bytes().to_vec()].concat()
    };
    let zstandard = |data: &[u8]| zstd::encode_all(data, 1).unwrap();
    let columns = [("id", "integer"), ("name", "text"), ("amount", "decimal(9,2)"), ("day", "date")];
    let stage = || stage(&columns, "a.avro", Format::Avro);
    let files = [
        avro_file_in("deflate", deflate),
        avro_file_in("bzip2", bzip2),
        avro_file_in("snappy", snappy),
        avro_file_in("zstandard", zstandard),
    ];
    for bytes in files {
        let stage = stage();
        stage.deliver("a.avro", bytes);
        stage.land();
        assert_eq!(stage.rows_with_lines(), ["1|Kiel|12.34|2024-02-29|1", "2|∅|0.05|1970-01-01|2"]);
    }
    let refused = |bytes: Vec<u8>| {
        let stage = stage();
        stage.deliver("a.avro", bytes);
        stage.land_error()
    };
    let unknown = refused(avro_file_in("lzo", <[u8]>::to_vec));
    assert!(unknown.contains("compressed with `lzo`, expected null, deflate, snappy"), "{unknown}");
    let changed = |data: &[u8]| {
        let mut bytes = snappy(data);
        *bytes.last_mut().unwrap() ^= 1;
        bytes
    };
    let wrong_sum = refused(avro_file_in("snappy", changed));
    assert!(wrong_sum.contains("a block has not the check sum that it says"), "{wrong_sum}");
}

fn excel(change: impl FnOnce(&mut Excel)) -> Format {
    let mut excel = Excel { sheet: None, range: CellRange::default(), has_header: true, footer_lines: 0 };
    change(&mut excel);
    Format::Excel(excel)
}

fn workbook() -> Vec<u8> {
    let mut book = Workbook::new();
    book.add_worksheet().set_name("Notes").unwrap().write(0, 0, "nothing").unwrap();
    let sheet = book.add_worksheet().set_name("Orders").unwrap();
    let day = Style::new().set_num_format("dd.mm.yyyy");
    let time = Style::new().set_num_format("dd.mm.yyyy hh:mm");
    sheet.write(0, 1, "Orders as of today").unwrap();
    for (column, name) in ["code", "amount", "day", "at", "is_open", "exact"].into_iter().enumerate() {
        sheet.write(2, u16::try_from(column).unwrap() + 1, name).unwrap();
    }
    sheet.write(3, 1, "00123").unwrap();
    sheet.write(3, 2, 0.1 + 0.2).unwrap();
    let date = rust_xlsxwriter::ExcelDateTime::from_ymd(2024, 2, 29).unwrap();
    sheet.write_with_format(3, 3, &date, &day).unwrap();
    sheet.write_with_format(3, 4, date.clone().and_hms(13, 45, 0).unwrap(), &time).unwrap();
    sheet.write(3, 5, true).unwrap();
    sheet.write(3, 6, "1234567890123456.7891").unwrap();
    sheet.write(5, 1, 123).unwrap();
    sheet.write(5, 2, -1500.5).unwrap();
    sheet.write(5, 6, 7).unwrap();
    sheet.write(6, 1, "Total").unwrap();
    book.save_to_buffer().unwrap()
}

const OF_THE_WORKBOOK: [(&str, &str); 6] = [
    ("code", "text"),
    ("amount", "decimal(10,2)"),
    ("day", "date"),
    ("at", "timestamp"),
    ("is_open", "boolean"),
    ("exact", "decimal(20,4)"),
];

#[test]
fn a_sheet_keeps_codes_as_text_and_dates_as_dates() {
    let format = excel(|excel| {
        excel.sheet = Some("Orders".into());
        excel.range = CellRange::parse("B3").unwrap();
        excel.footer_lines = 1;
    });
    let stage = stage(&OF_THE_WORKBOOK, "a.xlsx", format);
    stage.deliver("a.xlsx", workbook());
    stage.land();
    let expected =
        ["00123|0.30|2024-02-29|2024-02-29T13:45:00Z|true|1234567890123456.7891|4", "123|-1500.50|∅|∅|∅|7.0000|6"];
    assert_eq!(stage.rows_with_lines(), expected);
}

#[test]
fn a_range_leaves_out_what_stands_around_it() {
    let format = excel(|excel| {
        excel.sheet = Some("Orders".into());
        excel.range = CellRange::parse("B4:C6").unwrap();
        excel.has_header = false;
    });
    let stage = stage(&OF_THE_WORKBOOK[..2], "a.xlsx", format);
    stage.deliver("a.xlsx", workbook());
    stage.land();
    assert_eq!(stage.rows_with_lines(), ["00123|0.30|4", "123|-1500.50|6"]);
}

#[test]
fn what_is_wrong_with_a_workbook_is_told() {
    let no_sheet = excel(|excel| excel.sheet = Some("Sales".into()));
    for (format, expected) in [
        (no_sheet, "a.xlsx: the workbook has no sheet `Sales`, found Notes, Orders"),
        (excel(|_| ()), "a.xlsx:1:1: found none of the contract's columns in the header"),
    ] {
        let stage = stage(&OF_THE_WORKBOOK, "a.xlsx", format);
        stage.deliver("a.xlsx", workbook());
        let error = stage.land_error();
        assert!(error.starts_with(expected), "{error}");
    }
    let stage = stage(&OF_THE_WORKBOOK, "a.xlsx", excel(|_| ()));
    stage.deliver("a.xlsx", "code,amount\n");
    assert!(stage.land_error().starts_with("a.xlsx: found bytes that are not a workbook, or that are damaged"));
}

#[test]
fn a_value_beside_the_columns_of_a_sheet_goes_to_quarantine() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (row, cells) in
        [(0, vec!["id", "name"]), (1, vec!["1", "a"]), (2, vec!["2", "b", "stray"]), (3, vec!["x", "c"])]
    {
        for (column, cell) in cells.into_iter().enumerate() {
            sheet.write(row, u16::try_from(column).unwrap(), cell).unwrap();
        }
    }
    let mut stage = stage(&[("id", "integer"), ("name", "text")], "a.csv", excel(|_| ()));
    let complaints = stage.complaints(book.save_to_buffer().unwrap());
    let expected =
        ["3 - fields: found a value in column C, beside the last one", "4 id type: found `x`, expected integer"];
    assert_eq!(complaints, expected);
    assert_eq!(stage.quarantine()[0].raw_text, "2\tb\tstray");
}
