//! What is in published tables, in words that other engines can be held to: rows, types, exact sums and a digest.
//! `tests/readers/read_back.py` says the same of what it reads, so a change here is a change there.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType,
};
use chrono::{NaiveDate, TimeDelta};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sopmart::contract::parse_type;
use sopmart::warehouse::publish_log::{Entry, PublishedColumn};

/// The facts of every mart of an entry, as `read_back.py` takes them.
pub fn of_entry(warehouse: &Path, entry: &Entry) -> Value {
    let marts: BTreeMap<&String, Value> = entry
        .marts
        .iter()
        .map(|(name, mart)| {
            let files: Vec<String> = mart.files.iter().map(|file| file.path.clone()).collect();
            (name, of_files(warehouse, &files, &mart.schema))
        })
        .collect();
    json!({ "entry": entry.n, "marts": marts })
}

/// The facts of one table: its rows in no order, its columns with the types that contracts name.
pub fn of_files(warehouse: &Path, files: &[String], columns: &[PublishedColumn]) -> Value {
    let mut rows: Vec<String> = Vec::new();
    let mut sums: BTreeMap<&str, Option<i128>> = BTreeMap::new();
    let summed = columns.iter().filter(|column| is_summed(&data_type(column)));
    sums.extend(summed.map(|column| (column.name.as_str(), None)));
    for batch in files.iter().flat_map(|file| batches(&warehouse.join(file))) {
        add_sums(&batch, &mut sums);
        let texts: Vec<Vec<String>> = columns.iter().map(|column| cells(&batch, column)).collect();
        rows.extend((0..batch.num_rows()).map(|row| {
            let row: Vec<&str> = texts.iter().map(|column| column[row].as_str()).collect();
            row.join("\t")
        }));
    }
    rows.sort_unstable();
    let sums: BTreeMap<&str, Option<String>> = columns
        .iter()
        .filter_map(|column| Some((column.name.as_str(), sums.get(column.name.as_str())?, scale(&data_type(column)))))
        .map(|(name, total, scale)| (name, total.map(|total| decimal_text(total, scale))))
        .collect();
    let shown: Vec<Value> =
        columns.iter().map(|column| json!({ "name": column.name, "type": column.type_name })).collect();
    let digest = format!("{:x}", Sha256::digest(rows.join("\n")));
    json!({ "columns": shown, "rows": rows.len(), "sums": sums, "digest": digest })
}

/// One Delta table as any reader finds it on the disk.
#[derive(Debug, PartialEq, Eq)]
pub struct DeltaTable {
    /// The active files, relative to the warehouse and sorted.
    pub files: Vec<String>,
    /// The entry of the publish log that the table says it shows.
    pub entry: Option<u64>,
}

/// Replays a table's log, with no library of Delta's between; None where there is no table.
pub fn delta_table(warehouse: &Path, mart: &str) -> Option<DeltaTable> {
    let log = warehouse.join("marts").join(mart).join("_delta_log");
    let mut commits: Vec<_> = fs::read_dir(log).ok()?.map(|entry| entry.unwrap().path()).collect();
    commits.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    commits.sort();
    if commits.is_empty() {
        return None;
    }
    let mut table = DeltaTable { files: Vec::new(), entry: None };
    for commit in &commits {
        for line in fs::read_to_string(commit).unwrap().lines() {
            let action: Value = serde_json::from_str(line).unwrap();
            let file = |action: &Value| format!("marts/{mart}/{}", action["path"].as_str().unwrap());
            if let Some(add) = action.get("add") {
                table.files.push(file(add));
            } else if let Some(remove) = action.get("remove") {
                table.files.retain(|known| *known != file(remove));
            } else if let Some(transaction) = action.get("txn") {
                table.entry = transaction["version"].as_u64();
            }
        }
    }
    table.files.sort();
    Some(table)
}

fn data_type(column: &PublishedColumn) -> DataType {
    parse_type(&column.type_name).unwrap_or_else(|| panic!("{} is no type of a contract", column.type_name))
}

fn is_summed(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Int16 | DataType::Int32 | DataType::Int64 | DataType::Decimal128(..))
}

fn scale(data_type: &DataType) -> usize {
    match data_type {
        DataType::Decimal128(_, scale) => usize::try_from(*scale).unwrap(),
        _ => 0,
    }
}

fn batches(file: &Path) -> Vec<RecordBatch> {
    let opened = File::open(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let reader = ParquetRecordBatchReaderBuilder::try_new(opened).unwrap().build().unwrap();
    reader.map(Result::unwrap).collect()
}

fn add_sums(batch: &RecordBatch, sums: &mut BTreeMap<&str, Option<i128>>) {
    for (name, total) in sums {
        let Some(column) = batch.column_by_name(name) else { continue };
        let values: Vec<i128> = match column.data_type() {
            DataType::Int16 => column.as_primitive::<Int16Type>().iter().flatten().map(i128::from).collect(),
            DataType::Int32 => column.as_primitive::<Int32Type>().iter().flatten().map(i128::from).collect(),
            DataType::Int64 => column.as_primitive::<Int64Type>().iter().flatten().map(i128::from).collect(),
            _ => column.as_primitive::<Decimal128Type>().iter().flatten().collect(),
        };
        if !values.is_empty() {
            *total = Some(total.unwrap_or(0) + values.iter().sum::<i128>());
        }
    }
}

/// A column's values as text. A file from before the column was added has it NULL.
fn cells(batch: &RecordBatch, column: &PublishedColumn) -> Vec<String> {
    let expected = data_type(column);
    let Some(found) = batch.column_by_name(&column.name) else { return vec!["\\N".into(); batch.num_rows()] };
    assert_eq!(*found.data_type(), expected, "the type of {} in the file, and in the publish log", column.name);
    (0..found.len())
        .map(|row| if found.is_null(row) { "\\N".to_string() } else { cell(found.as_ref(), &expected, row) })
        .collect()
}

fn cell(column: &dyn Array, data_type: &DataType, row: usize) -> String {
    match data_type {
        DataType::Utf8 => {
            let text = column.as_string::<i32>().value(row);
            text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r")
        }
        DataType::Int16 => column.as_primitive::<Int16Type>().value(row).to_string(),
        DataType::Int32 => column.as_primitive::<Int32Type>().value(row).to_string(),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::Decimal128(..) => decimal_text(column.as_primitive::<Decimal128Type>().value(row), scale(data_type)),
        // Every bit, so that no way of writing a number stands between two that are equal.
        DataType::Float64 => format!("{:016x}", column.as_primitive::<Float64Type>().value(row).to_bits()),
        DataType::Boolean => column.as_boolean().value(row).to_string(),
        DataType::Date32 => {
            let days = column.as_primitive::<Date32Type>().value(row);
            (NaiveDate::default() + TimeDelta::days(days.into())).to_string()
        }
        DataType::Timestamp(..) => column.as_primitive::<TimestampMicrosecondType>().value(row).to_string(),
        other => panic!("a mart has no column of type {other}"),
    }
}

/// A decimal with exactly as many digits after the point as its type has.
fn decimal_text(value: i128, scale: usize) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let digits = format!("{:0width$}", value.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}
