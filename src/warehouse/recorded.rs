//! The rows of schema `record`: they follow from the pipeline, from what is shown of its extracts, and from
//! the runs that were.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use arrow::array::{ArrayRef, BooleanArray, Date32Array, Int64Array, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Date32Type};
use arrow::record_batch::RecordBatch;
use chrono::{DateTime, NaiveDate, Utc};

use crate::contract::{Column, Contract, Rule, UTC, type_name};
use crate::model::recorded_schema;
use crate::pipeline::Pipeline;
use crate::record::RunRow;
use crate::warehouse::{EntryRow, Past, ShownBatch};

/// What the tables are filled in from.
#[derive(Debug, Clone, Copy)]
pub struct Recorded<'a> {
    pub pipeline: &'a Pipeline,
    /// What each `landing.<extract>` shows.
    pub shown: &'a BTreeMap<String, Vec<ShownBatch>>,
    /// What is known of runs, once that is asked for.
    pub past: Option<&'a Past>,
}

impl Recorded<'_> {
    /// The rows of one table, in the order of their keys.
    ///
    /// # Errors
    /// When there is no such table, or it tells of runs and nobody has asked for the past.
    pub fn rows(&self, table: &str) -> Result<RecordBatch> {
        let schema = recorded_schema(table).with_context(|| format!("there is no table record.{table}"))?;
        let past = || self.past.with_context(|| format!("record.{table} is filled in at the end of a run"));
        let columns = match table {
            "extracts" => extracts(self.pipeline),
            "columns" => columns(self.pipeline),
            "runs" => runs(&past()?.runs),
            "entries" => entries(&past()?.entries),
            _ => loads(self.pipeline, self.shown),
        };
        RecordBatch::try_new(schema, columns).with_context(|| format!("filling record.{table}"))
    }
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
        times(batches().map(|batch| Some(batch.known_at))),
        dates(batches().map(|batch| batch.snapshot_date)),
        dates(rows.iter().map(|(extract, batch)| Some(covered_to(extract, batch)))),
        numbers(batches().map(|batch| landed(batch) + batch.rows_quarantined)),
        numbers(batches().map(landed)),
        numbers(batches().map(|batch| batch.rows_quarantined)),
    ]
}

fn columns(pipeline: &Pipeline) -> Vec<ArrayRef> {
    let contracts = pipeline.marts.iter().filter_map(|mart| Some((mart.name.as_str(), pipeline.contract(mart)?)));
    let rows: Vec<(&str, &Contract, usize, &Column)> = contracts
        .flat_map(|(mart, contract)| {
            contract.columns.iter().enumerate().map(move |(place, column)| (mart, contract, place + 1, column))
        })
        .collect();
    let of = || rows.iter().map(|(_, _, _, column)| *column);
    let by = || rows.iter().map(|(_, contract, _, _)| *contract);
    let rules = |column: &Column| {
        let rules: Vec<String> = column.rules.iter().map(Rule::describe).collect();
        (!rules.is_empty()).then(|| rules.join("; "))
    };
    vec![
        texts(rows.iter().map(|(mart, ..)| *mart)),
        texts(of().map(|column| column.name.as_str())),
        numbers(rows.iter().map(|(_, _, place, _)| *place as u64)),
        Arc::new(StringArray::from_iter_values(of().map(|column| type_name(&column.data_type)))),
        said(of().map(|column| column.unit.clone())),
        Arc::new(of().map(|column| column.key_position.map(i64::from)).collect::<Int64Array>()),
        flags(of().map(|column| column.required)),
        flags(of().map(|column| column.is_personal)),
        said(of().map(|column| Some(column.description.clone()))),
        said(of().map(|column| column.formula.clone())),
        said(of().map(rules)),
        said(of().map(|column| Some(column.reference.as_ref()?.table.clone()))),
        said(of().map(|column| Some(column.reference.as_ref()?.column.clone()))),
        said(by().map(|contract| Some(contract.purpose.clone()))),
        said(by().map(|contract| Some(contract.description.clone()))),
        said(by().map(|contract| contract.snapshot_by.clone())),
        said(by().map(|contract| Some(contract.version.to_string()))),
    ]
}

fn runs(runs: &[RunRow]) -> Vec<ArrayRef> {
    let count = |of: fn(&RunRow) -> u64| numbers(runs.iter().map(of));
    let milliseconds = |run: &RunRow| Some((run.ended_at? - run.started_at).num_milliseconds());
    vec![
        texts(runs.iter().map(|run| run.run_id.as_str())),
        texts(runs.iter().map(|run| run.pipeline.as_str())),
        texts(runs.iter().map(|run| run.sopmart_version.as_str())),
        texts(runs.iter().map(|run| run.status.as_str())),
        Arc::new(runs.iter().map(|run| run.exit_code.map(i64::from)).collect::<Int64Array>()),
        times(runs.iter().map(|run| Some(run.started_at))),
        times(runs.iter().map(|run| run.ended_at)),
        Arc::new(runs.iter().map(milliseconds).collect::<Int64Array>()),
        dates(runs.iter().map(|run| Some(run.as_of))),
        times(runs.iter().map(|run| run.known_at)),
        count(|run| run.extracts_landed),
        count(|run| run.extracts_refused),
        count(|run| run.rows_read),
        count(|run| run.rows_landed),
        count(|run| run.rows_quarantined),
        count(|run| run.models_built),
        count(|run| run.models_reused),
        count(|run| run.checks_passed),
        count(|run| run.checks_failed),
        count(|run| run.checks_warned),
        said(runs.iter().map(|run| run.error.clone())),
    ]
}

fn entries(entries: &[EntryRow]) -> Vec<ArrayRef> {
    vec![
        numbers(entries.iter().map(|entry| entry.n)),
        texts(entries.iter().map(|entry| entry.run_id.as_str())),
        texts(entries.iter().map(|entry| entry.sopmart_version.as_str())),
        dates(entries.iter().map(|entry| Some(entry.as_of))),
        times(entries.iter().map(|entry| Some(entry.published_at))),
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

/// An empty text says nothing.
fn said(values: impl Iterator<Item = Option<String>>) -> ArrayRef {
    Arc::new(values.map(|text| text.filter(|text| !text.is_empty())).collect::<StringArray>())
}

fn flags(values: impl Iterator<Item = bool>) -> ArrayRef {
    Arc::new(values.map(Some).collect::<BooleanArray>())
}

fn numbers(values: impl Iterator<Item = u64>) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(values.map(u64::cast_signed)))
}

fn dates(values: impl Iterator<Item = Option<NaiveDate>>) -> ArrayRef {
    Arc::new(values.map(|date| date.map(Date32Type::from_naive_date)).collect::<Date32Array>())
}

fn times(values: impl Iterator<Item = Option<DateTime<Utc>>>) -> ArrayRef {
    let micros: TimestampMicrosecondArray = values.map(|time| time.map(|time| time.timestamp_micros())).collect();
    Arc::new(micros.with_timezone(UTC))
}
