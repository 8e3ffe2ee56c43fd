//! `sopmart query`: SQL over one published set, whole.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};
use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use arrow::util::pretty::pretty_format_batches;
use clap::Args;

use crate::cli::{Cli, Output, open_warehouse_to_read, print, run::engine};
use crate::engine;
use crate::record::{RunRecord, record_path};
use crate::warehouse::Warehouse;
use crate::warehouse::publish_log::{self, Entry};

#[derive(Debug, Args)]
pub(super) struct QueryArgs {
    /// One SQL query; the marts are the tables `marts.<name>`
    sql: String,
    #[command(flatten)]
    set: WhichSet,
}

/// Which published set a command reads; the newest where nothing is said.
#[derive(Debug, Default, Args)]
pub(super) struct WhichSet {
    /// The set that this run built, published or not
    #[arg(long, env = "SOPMART_RUN", value_name = "RUN_ID", conflicts_with = "as_published_at")]
    run: Option<String>,
    /// The set of this entry of the publish log
    #[arg(long, env = "SOPMART_AS_PUBLISHED_AT", value_name = "ENTRY")]
    as_published_at: Option<u64>,
}

pub(super) async fn query(cli: &Cli, arguments: &QueryArgs, threads: usize) -> Result<u8> {
    let warehouse = open_warehouse_to_read(cli).await?;
    let entry = arguments.set.read(&warehouse).await?;
    let engine = engine(None, threads, &warehouse)?;
    let session = engine.session(&engine::published_tables(&entry)?)?;
    let batches = engine::ask(&session, &arguments.sql).await?;
    if cli.output == Output::Json {
        one_name_each(&batches)?;
        print(&serde_json::json!({ "entry": entry.n, "run_id": entry.run_id, "rows": rows(&batches)? }).to_string())?;
    } else {
        print(&pretty_format_batches(&batches)?.to_string())?;
    }
    Ok(0)
}

impl WhichSet {
    /// The set that is asked: the newest, that of an entry, or that of a run.
    pub(super) async fn read(&self, warehouse: &Warehouse) -> Result<Entry> {
        if let Some(n) = self.as_published_at {
            return publish_log::read(warehouse, n).await?.with_context(|| format!("the publish log has no entry {n}"));
        }
        let Some(run_id) = &self.run else {
            return publish_log::newest(warehouse).await?.context("nothing is published yet: sopmart run does that");
        };
        let record = warehouse.read(&record_path(run_id)).await?;
        let record = record.with_context(|| format!("there is no run {run_id}; sopmart runs lists them"))?;
        let record: RunRecord =
            serde_json::from_slice(&record).with_context(|| format!("reading {}", record_path(run_id)))?;
        match (&record.built_set, &record.published) {
            (Some(set), _) => {
                serde_json::from_value(set.clone()).with_context(|| format!("reading {}", record_path(run_id)))
            }
            (None, Some(published)) => {
                let n = published.entry;
                publish_log::read(warehouse, n).await?.with_context(|| format!("the publish log has no entry {n}"))
            }
            (None, None) => bail!("run {run_id} neither published a set nor built one"),
        }
    }
}

/// A JSON object holds one value under a name.
fn one_name_each(batches: &[RecordBatch]) -> Result<()> {
    let Some(schema) = batches.first().map(RecordBatch::schema) else { return Ok(()) };
    let mut seen = BTreeSet::new();
    match schema.fields().iter().find(|field| !seen.insert(field.name())) {
        Some(field) => {
            bail!("two columns are named `{0}`: give one of them another name, as in `{0} as …`", field.name())
        }
        None => Ok(()),
    }
}

/// Rows as JSON objects, columns in the order of the query; values as text where JSON has no type of the same exactness.
fn rows(batches: &[RecordBatch]) -> Result<Vec<serde_json::Map<String, serde_json::Value>>> {
    let options = FormatOptions::default().with_null("");
    let mut rows = Vec::new();
    for batch in batches {
        let columns: Vec<ArrayFormatter<'_>> =
            batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options)).collect::<Result<_, _>>()?;
        for row in 0..batch.num_rows() {
            let values = batch.schema_ref().fields().iter().zip(&columns).zip(batch.columns()).map(
                |((field, shown), column)| (field.name().clone(), value(column, row, &shown.value(row).to_string())),
            );
            rows.push(values.collect());
        }
    }
    Ok(rows)
}

fn value(column: &dyn arrow::array::Array, row: usize, shown: &str) -> serde_json::Value {
    use arrow::datatypes::DataType;
    if column.is_null(row) || *column.data_type() == DataType::Null {
        return serde_json::Value::Null;
    }
    match column.data_type() {
        DataType::Boolean => (shown == "true").into(),
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => {
            shown.parse::<i64>().map_or_else(|_| shown.into(), Into::into)
        }
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => {
            shown.parse::<u64>().map_or_else(|_| shown.into(), Into::into)
        }
        DataType::Float64 | DataType::Float32 => shown.parse::<f64>().map_or_else(|_| shown.into(), Into::into),
        _ => shown.into(),
    }
}
