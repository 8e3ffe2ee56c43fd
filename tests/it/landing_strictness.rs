//! What is nearly right, or could be read in two ways, is told and not guessed.

use std::io::{Cursor, Read, Write};
use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, DictionaryArray, Int32Array, StringArray, TimestampMillisecondArray};
use arrow::datatypes::{DataType, Field, Int32Type, Schema};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use rust_xlsxwriter::Workbook;
use sopmart::contract::MaxQuarantined;
use sopmart::pipeline::{
    CellRange, ColumnReader, ControlTotals, Excel, FixedWidth, Format, Json, LoadMode, Notation, Reader,
};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::landing_stage::Stage;

fn stage(columns: &[(&str, &str)], format: Format) -> Stage {
    let mut stage = Stage::new(columns);
    stage.extract.reader = Reader::plain(format);
    stage
}

fn json(rows: &[&str]) -> Format {
    Format::Json(Json { rows: rows.iter().map(ToString::to_string).collect() })
}

fn parquet_of(batch: &RecordBatch) -> Vec<u8> {
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

fn arrow_of(batch: &RecordBatch) -> Vec<u8> {
    let mut writer = arrow::ipc::writer::FileWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn a_point_is_no_part_of_a_number_with_a_decimal_comma() {
    let mut stage = Stage::new(&[("a", "decimal(10,3)")]);
    stage.csv().delimiter = ";".into();
    stage.extract.reader.notation.decimal_point = b',';
    let complaints = stage.complaints("a\n1.500\n1,5\n");
    assert_eq!(stage.rows(), ["1.500"]);
    assert!(complaints[0].starts_with("2 a type: found `1.500`"), "{complaints:?}");
}

#[test]
fn bytes_of_a_typed_file_are_texts_or_go_to_quarantine() {
    let texts: ArrayRef = Arc::new(BinaryArray::from_vec(vec![b"abc", b"\xff\xfe"]));
    let numbers: ArrayRef = Arc::new(BinaryArray::from_vec(vec![b"12", b"13"]));
    let batch = RecordBatch::try_from_iter([("a", texts), ("b", numbers)]).unwrap();
    let mut stage = stage(&[("a", "text"), ("b", "integer")], Format::Parquet);
    let complaints = stage.complaints(parquet_of(&batch));
    assert_eq!(stage.rows(), ["abc|12"]);
    assert_eq!(complaints, ["2 a encoding: found bytes that are no text, expected UTF-8"]);
}

#[test]
fn a_value_that_no_text_can_tell_goes_to_quarantine() {
    let times: ArrayRef = Arc::new(TimestampMillisecondArray::from(vec![0, 1 << 62]));
    let batch = RecordBatch::try_from_iter([("a", times)]).unwrap();
    for kind in ["text", "timestamp"] {
        let mut stage = stage(&[("a", kind)], Format::Arrow);
        let complaints = stage.complaints(arrow_of(&batch));
        assert_eq!(stage.rows().len(), 1, "{complaints:?}");
        assert!(
            complaints[0].starts_with("2 a type: found `Timestamp(ms)` with a value that no text"),
            "{complaints:?}"
        );
    }
}

#[test]
fn a_dictionary_is_read_row_by_row_over_many_slices() {
    const ROWS: i32 = 10_000;
    let keys = Int32Array::from_iter_values((0..ROWS).map(|row| row % 3));
    let words: DictionaryArray<Int32Type> =
        DictionaryArray::new(keys, Arc::new(StringArray::from(vec!["north", "east", "west"])));
    let ids: ArrayRef = Arc::new(Int32Array::from_iter_values(0..ROWS));
    let batch = RecordBatch::try_from_iter([("word", Arc::new(words) as ArrayRef), ("id", ids)]).unwrap();
    for (format, bytes) in [(Format::Arrow, arrow_of(&batch)), (Format::Parquet, parquet_of(&batch))] {
        let stage = stage(&[("word", "text"), ("id", "integer")], format);
        stage.deliver("a.csv", bytes);
        stage.land();
        let mut rows = stage.rows_with_lines();
        rows.sort_by_key(|row| row.rsplit('|').next().unwrap().parse::<i32>().unwrap());
        let expected = (0..ROWS)
            .map(|row| format!("{}|{row}|{}", ["north", "east", "west"][usize::try_from(row % 3).unwrap()], row + 1));
        assert!(rows.into_iter().eq(expected));
    }
}

#[test]
fn a_column_that_is_there_twice_is_refused() {
    let field = |name: &str| Field::new(name, DataType::Int32, true);
    let schema = Arc::new(Schema::new(vec![field("id"), field("id")]));
    let column: ArrayRef = Arc::new(Int32Array::from(vec![1]));
    let batch = RecordBatch::try_new(schema, vec![Arc::clone(&column), column]).unwrap();
    let stage = stage(&[("id", "integer")], Format::Arrow);
    stage.deliver("a.csv", arrow_of(&batch));
    assert!(stage.land_error().contains("column `id` is there twice, expected each name once"));
}

#[test]
fn json_texts_are_characters_and_paths_lead_through_objects() {
    let mut stage = stage(&[("a", "text"), ("city", "text")], json(&[]));
    let path = Some(vec!["ship".to_string(), "city".to_string()]);
    let reader = ColumnReader { notation: Notation::iso(chrono_tz::UTC), path, folder: None };
    stage.extract.reader.columns.insert("city".into(), reader);
    let lines = [
        r#"{"a": "x\ud800y", "ship": {"city": "Kiel"}}"#,
        r#"{"a": "x", "ship": "Berlin"}"#,
        r#"{"a": "x", "ship": ["Bonn"]}"#,
        r#"{"a": 1.5e3, "ship": {"city": "\ud83d\udeb2"}}"#,
        r#"{"a": "x", "ship": null}"#,
    ];
    let complaints = stage.complaints(lines.join("\n"));
    assert_eq!(stage.rows(), ["1.5e3|🚲", "x|∅"]);
    let expected = [
        "1 - json: found no JSON object: `a` has an escape that is no character",
        "2 - fields: found a text in `ship`, expected an object",
        "3 - fields: found an array in `ship`, expected an object",
    ];
    assert_eq!(complaints, expected);
}

#[test]
fn an_array_of_records_has_one_comma_between_them_and_is_there_once() {
    let error = |text: &str| {
        let stage = stage(&[("id", "integer")], json(if text.starts_with('[') { &[] } else { &["data"] }));
        stage.deliver("a.csv", text);
        stage.land_error()
    };
    assert!(
        error("[{\"id\": 1}\n{\"id\": 2}]")
            .starts_with("a.csv:2:1: found a record behind another one, expected a comma")
    );
    assert!(error("[{\"id\": 1},,{\"id\": 2}]").contains("found a comma, expected a record"));
    assert!(error("[{\"id\": 1},]").contains("found the end of the array behind a comma"));
    let twice = error("{\"data\": [{\"id\": 1}],\n\"data\": [{\"id\": 2}]}");
    assert!(twice.starts_with("a.csv:2:1: found `data` twice, expected one array of records"), "{twice}");
}

#[test]
fn a_line_of_fixed_width_that_is_no_text_is_told_to_be_none() {
    let form = FixedWidth::of(vec![(1, Some(3))]);
    let mut stage = stage(&[("a", "text")], Format::FixedWidth(form));
    let complaints = stage.complaints(b"abc\n\xC3\x84\xC3\x96\xFF\n");
    assert_eq!(complaints, ["2 - encoding: found bytes that are no character of the file's encoding"]);
}

#[test]
fn what_is_behind_a_line_end_in_quotes_has_its_place_also_where_lines_end_in_cr() {
    let mut stage = Stage::new(&[("id", "integer"), ("b", "text"), ("c", "integer")]);
    stage.deliver("a.csv", "id,b,c\r1,\"x\ry\",zz\r");
    let error = stage.land_error();
    assert!(error.contains("a.csv:3:4: column `c`: found `zz`"), "{error}");
    assert_eq!(stage.complaints("id,b,c\r1,\"x\ry\",zz\r").len(), 1);
}

fn rezipped(bytes: &[u8], change: impl Fn(&str, String) -> String) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut changed = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).unwrap();
        let mut text = String::new();
        member.read_to_string(&mut text).unwrap();
        changed.start_file(member.name().unwrap(), SimpleFileOptions::default()).unwrap();
        changed.write_all(change(&member.name().unwrap(), text).as_bytes()).unwrap();
    }
    changed.finish().unwrap().into_inner()
}

#[test]
fn a_cell_that_is_there_twice_or_beyond_the_last_column_is_refused() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, text) in ["a", "b", "x", "y"].into_iter().enumerate() {
        let (row, column) = (column / 2, column % 2);
        sheet.write_string(row.try_into().unwrap(), column.try_into().unwrap(), text).unwrap();
    }
    let bytes = book.save_to_buffer().unwrap();
    let form = Excel { sheet: None, range: CellRange::default(), has_header: true, footer_lines: 0 };
    let error = |from: &str, to: &str| {
        let change =
            |name: &str, text: String| if name.ends_with("sheet1.xml") { text.replace(from, to) } else { text };
        let mut stage = stage(&[("a", "text"), ("b", "text")], Format::Excel(form.clone()));
        stage.extract.files = "a.xlsx".into();
        stage.deliver("a.xlsx", rezipped(&bytes, change));
        stage.land_error()
    };
    let twice = error("r=\"B2\"", "r=\"A2\"");
    assert!(twice.contains("cell A2 is there twice"), "{twice}");
    let beyond = error("r=\"B1\"", "r=\"ZZZZ1\"");
    assert!(beyond.contains("beyond the last that a sheet may have"), "{beyond}");
}

#[test]
fn a_member_that_hides_another_one_of_its_name_is_told() {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for member in ["m1.csv", "m2.csv"] {
        archive.start_file(member, SimpleFileOptions::default()).unwrap();
        archive.write_all(b"a\n1\n").unwrap();
    }
    let mut bytes = archive.finish().unwrap().into_inner();
    let places: Vec<usize> = memchr::memmem::find_iter(&bytes, b"m2.csv").collect();
    for at in places {
        bytes[at + 1] = b'1';
    }
    let mut stage = Stage::new(&[("a", "integer")]);
    stage.extract.files = "a.zip".into();
    stage.deliver("a.zip", bytes);
    let error = stage.land_error();
    assert!(error.contains("it says that it has 2 members, and 1 names of members were found"), "{error}");
}

#[test]
fn a_share_of_bad_rows_is_one_of_the_whole_delivery() {
    let mut stage = Stage::new(&[("a", "integer")]);
    stage.extract.load = LoadMode::Replace;
    stage.extract.files = "*.csv".into();
    stage.extract.contract.max_quarantined = MaxQuarantined::parse("1%").unwrap();
    stage.deliver("a.csv", "a\n1\nx\n");
    stage.deliver("b.csv", format!("a\n{}", "2\n".repeat(200)));
    stage.land();
    assert_eq!(stage.rows().len(), 201);
    stage.deliver("b.csv", "a\n2\n");
    assert!(stage.land_error().contains("1 of 3 rows break a rule"));
}

#[test]
fn control_totals_of_a_name_that_two_files_have_need_its_path() {
    let mut stage = Stage::new(&[("a", "integer")]);
    stage.extract.files = "*/d.csv".into();
    stage.extract.delivery.control_totals = Some(ControlTotals { file: "totals.csv".into(), sums: Vec::new() });
    stage.deliver("east/d.csv", "a\n1\n");
    stage.deliver("west/d.csv", "a\n1\n2\n");
    stage.deliver("totals.csv", "file,rows\nd.csv,1\n");
    let error = stage.land_error();
    assert!(error.contains("lists `d.csv`, which may be east/d.csv and west/d.csv, expected its path"), "{error}");
    stage.deliver("totals.csv", "file,rows\neast/d.csv,1\nwest/d.csv,2\n");
    stage.land();
    assert_eq!(stage.rows(), ["1", "1", "2"]);
}

#[test]
fn a_corrected_file_leaves_nothing_of_its_former_quarantine_also_under_upsert() {
    let mut stage = Stage::new(&[("id", "integer"), ("a", "integer")]);
    stage.extract.load = LoadMode::Upsert { delete_when: None };
    stage.extract.contract.max_quarantined = MaxQuarantined::Rows(10);
    stage.deliver("a.csv", "id,a\n1,x\n2,y\n3,1\n");
    stage.land();
    stage.deliver("a.csv", "id,a\n1,5\n2,y\n");
    let shown = stage.land_on("2024-06-02").shown;
    let counts: Vec<_> = shown.batches.iter().map(|batch| (batch.rows_quarantined, batch.quarantine.len())).collect();
    assert_eq!(counts, [(0, 0), (1, 1)]);
}
