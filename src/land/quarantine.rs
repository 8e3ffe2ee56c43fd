//! Records that break a row rule, as Parquet: written while a file lands, read back for records and for people.

use std::sync::Arc;

use anyhow::{Context, Result};
use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::extract::Quarantined;
use crate::warehouse::{BatchFile, Warehouse};

/// One record in quarantine, as it is read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantinedRow {
    /// The file's path below the extract's source.
    pub source_file: String,
    /// The physical line where the record starts, from 1.
    pub source_row: i64,
    /// Where in the record the field starts, in characters, from 1.
    pub place: i64,
    /// The column whose rule it breaks; None where the record as a whole is at fault.
    pub column_name: Option<String>,
    pub rule: String,
    /// What was found and what was expected.
    pub message: String,
    /// The record as it stood in the file.
    pub raw_text: String,
}

/// The columns of a quarantine file.
pub(super) fn schema() -> SchemaRef {
    let text = |name: &str, nullable| Field::new(name, DataType::Utf8, nullable);
    let number = |name: &str| Field::new(name, DataType::Int64, false);
    Arc::new(Schema::new(vec![
        text("source_file", false),
        number("source_row"),
        number("place"),
        text("column_name", true),
        text("rule", false),
        text("message", false),
        text("raw_text", false),
    ]))
}

/// Records of one file as rows of `schema`.
pub(super) fn rows(source_file: &str, records: &[Quarantined]) -> Result<RecordBatch> {
    fn texts<'a>(values: impl Iterator<Item = &'a str>) -> ArrayRef {
        Arc::new(StringArray::from_iter_values(values))
    }
    let numbers = |value: fn(&Quarantined) -> u64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(records.iter().map(|record| value(record).cast_signed())))
    };
    let columns: Vec<ArrayRef> = vec![
        texts(records.iter().map(|_| source_file)),
        numbers(|record| record.line),
        numbers(|record| record.place),
        Arc::new(records.iter().map(|record| record.column.as_deref()).collect::<StringArray>()),
        texts(records.iter().map(|record| record.rule.as_str())),
        texts(records.iter().map(|record| record.message.as_str())),
        texts(records.iter().map(|record| record.raw_text.as_str())),
    ];
    RecordBatch::try_new(schema(), columns).context("writing quarantine")
}

/// The first `limit` records of a batch that are in quarantine, in the order of the file.
///
/// # Errors
/// When the warehouse fails or holds something else there.
pub async fn quarantined_rows(
    warehouse: &Warehouse,
    quarantine: &[BatchFile],
    limit: usize,
) -> Result<Vec<QuarantinedRow>> {
    let mut rows = Vec::new();
    for file in quarantine {
        let bytes =
            warehouse.read(&file.path).await?.with_context(|| format!("{} is not there any more", file.path))?;
        let reader =
            ParquetRecordBatchReaderBuilder::try_new(bytes).with_context(|| format!("reading {}", file.path))?;
        let reader = reader.with_limit(limit - rows.len()).build().with_context(|| format!("reading {}", file.path))?;
        for batch in reader {
            rows.extend(rows_of(&batch.with_context(|| format!("reading {}", file.path))?));
        }
    }
    Ok(rows)
}

fn rows_of(batch: &RecordBatch) -> Vec<QuarantinedRow> {
    let text = |column: usize, row: usize| batch.column(column).as_string::<i32>().value(row).to_string();
    let number = |column: usize, row: usize| batch.column(column).as_primitive::<Int64Type>().value(row);
    (0..batch.num_rows())
        .map(|row| QuarantinedRow {
            source_file: text(0, row),
            source_row: number(1, row),
            place: number(2, row),
            column_name: (!batch.column(3).is_null(row)).then(|| text(3, row)),
            rule: text(4, row),
            message: text(5, row),
            raw_text: text(6, row),
        })
        .collect()
}
