//! The rows of schema `record`: they follow from the pipeline and from what is shown of its extracts.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use arrow::array::{ArrayRef, Date32Array, Int64Array, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Date32Type};
use arrow::record_batch::RecordBatch;
use chrono::{DateTime, NaiveDate, Utc};

use crate::contract::UTC;
use crate::model::recorded_schema;
use crate::pipeline::Pipeline;
use crate::warehouse::ShownBatch;

/// The rows of one table, by extract, load and file.
///
/// # Errors
/// When there is no such table.
pub fn recorded_rows(
    table: &str,
    pipeline: &Pipeline,
    shown: &BTreeMap<String, Vec<ShownBatch>>,
) -> Result<RecordBatch> {
    let schema = recorded_schema(table).with_context(|| format!("there is no table record.{table}"))?;
    let columns = if table == "extracts" { extracts(pipeline) } else { loads(pipeline, shown) };
    RecordBatch::try_new(schema, columns).with_context(|| format!("filling record.{table}"))
}

fn extracts(pipeline: &Pipeline) -> Vec<ArrayRef> {
    let of = &pipeline.extracts;
    let as_of = pipeline.settings.as_of();
    vec![
        texts(of.iter().map(|extract| extract.name.as_str())),
        Arc::new(StringArray::from_iter_values(of.iter().map(|extract| extract.load.to_string()))),
        dates(of.iter().map(|extract| Some(extract.contract.period.last_day_by(as_of)))),
        Arc::new(
            of.iter().map(|extract| Some(extract.contract.freshness.first()?.at_most_hours)).collect::<Int64Array>(),
        ),
    ]
}

fn loads(pipeline: &Pipeline, shown: &BTreeMap<String, Vec<ShownBatch>>) -> Vec<ArrayRef> {
    let rows: Vec<(&str, &ShownBatch)> = shown
        .iter()
        .flat_map(|(extract, batches)| batches.iter().map(move |batch| (extract.as_str(), batch)))
        .collect();
    let batches = || rows.iter().map(|(_, batch)| *batch);
    let day = |time: DateTime<Utc>| time.with_timezone(&pipeline.time_zone).date_naive();
    let covered_to = |extract: &str, batch: &ShownBatch| match batch.covered_to {
        Some(time) if is_told_by_dates(pipeline, extract) => time.date_naive(),
        Some(time) => day(time),
        None => day(batch.known_at),
    };
    let landed = |batch: &ShownBatch| batch.files.iter().map(|file| file.rows).sum::<u64>();
    vec![
        texts(rows.iter().map(|(extract, _)| *extract)),
        numbers(batches().map(|batch| batch.load)),
        texts(batches().map(|batch| batch.source_file.as_str())),
        times(batches().map(|batch| batch.known_at)),
        dates(batches().map(|batch| batch.snapshot_date)),
        dates(rows.iter().map(|(extract, batch)| Some(covered_to(extract, batch)))),
        numbers(batches().map(|batch| landed(batch) + batch.rows_quarantined)),
        numbers(batches().map(landed)),
        numbers(batches().map(|batch| batch.rows_quarantined)),
    ]
}

/// Whether an extract's freshness is told by a column of dates, which are no moments.
fn is_told_by_dates(pipeline: &Pipeline, extract: &str) -> bool {
    let contract = pipeline.extract(extract).map(|extract| &extract.contract);
    let column = contract.and_then(|contract| {
        let name = contract.freshness.iter().find_map(|freshness| freshness.column.as_deref())?;
        contract.column(name)
    });
    column.is_some_and(|column| column.data_type == DataType::Date32)
}

fn texts<'a>(values: impl Iterator<Item = &'a str>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

fn numbers(values: impl Iterator<Item = u64>) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(values.map(u64::cast_signed)))
}

fn dates(values: impl Iterator<Item = Option<NaiveDate>>) -> ArrayRef {
    Arc::new(values.map(|date| date.map(Date32Type::from_naive_date)).collect::<Date32Array>())
}

fn times(values: impl Iterator<Item = DateTime<Utc>>) -> ArrayRef {
    let micros = TimestampMicrosecondArray::from_iter_values(values.map(|time| time.timestamp_micros()));
    Arc::new(micros.with_timezone(UTC))
}
