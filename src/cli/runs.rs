//! `sopmart runs`: past runs, newest first; or the whole summary of one.

use anyhow::{Context, Result};
use clap::Args;

use crate::cli::{Cli, Output, open_warehouse_to_read, print};
use crate::record::{RunRecord, record_path, summary};
use crate::warehouse::{Warehouse, lock};

#[derive(Debug, Args)]
pub(super) struct RunsArgs {
    /// Show this run whole; `latest` is the newest
    #[arg(value_name = "RUN_ID")]
    run: Option<String>,
    /// How many are listed
    #[arg(long, env = "SOPMART_LIMIT", default_value_t = 20)]
    limit: usize,
}

pub(super) async fn runs(cli: &Cli, arguments: &RunsArgs) -> Result<u8> {
    let warehouse = open_warehouse_to_read(cli).await?;
    match &arguments.run {
        Some(run) => show(cli, &warehouse, run).await?,
        None => list(cli, &warehouse, arguments.limit).await?,
    }
    Ok(0)
}

async fn show(cli: &Cli, warehouse: &Warehouse, run: &str) -> Result<()> {
    let path = match run {
        "latest" => paths(warehouse).await?.into_iter().next().context("the warehouse has seen no run yet")?,
        run => record_path(run),
    };
    let bytes = warehouse.read(&path).await?;
    let bytes = bytes.with_context(|| format!("there is no run {run}; sopmart runs lists them"))?;
    let record: RunRecord = serde_json::from_slice(&bytes).with_context(|| format!("reading {path}"))?;
    match cli.output {
        Output::Json => print(&record.to_json()),
        Output::Text => print(summary(&record, usize::MAX, usize::MAX).trim_start_matches('\n')),
    }
}

/// The records of all runs, newest first.
async fn paths(warehouse: &Warehouse) -> Result<Vec<String>> {
    let listed = warehouse.list("runs").await?;
    // A run's id begins with its time, so the last in the list are the newest.
    let paths = listed.iter().rev().map(|object| object.location.to_string());
    Ok(paths.filter(|path| path.ends_with("/run.json")).collect())
}

async fn list(cli: &Cli, warehouse: &Warehouse, limit: usize) -> Result<()> {
    let holder = lock::holder(warehouse).await?.map(|holder| holder.run_id);
    let mut records = Vec::new();
    for path in paths(warehouse).await?.iter().take(limit) {
        let bytes = warehouse.read(path).await?.with_context(|| format!("{path} was there a moment ago"))?;
        let record: RunRecord = serde_json::from_slice(&bytes).with_context(|| format!("reading {path}"))?;
        records.push(record);
    }
    if cli.output == Output::Json {
        let lines: Vec<_> =
            records.iter().map(serde_json::to_value).collect::<Result<_, _>>().context("records are JSON")?;
        return print(&serde_json::json!({ "runs": lines }).to_string());
    }
    let mut text =
        format!("{:36}  {:20}  {:10}  {:14}  {:>8}  {}", "run", "started", "as of", "status", "seconds", "entry");
    for record in &records {
        let status = record.standing(holder.as_deref());
        let seconds = record.ended_at.map_or_else(String::new, |ended| {
            let milliseconds = (ended - record.started_at).num_milliseconds();
            format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000)
        });
        let entry = record.published.as_ref().map_or_else(String::new, |published| published.entry.to_string());
        let started = record.started_at.format("%Y-%m-%dT%H:%M:%SZ");
        text.push_str(&format!(
            "\n{:36}  {started:20}  {:10}  {status:14}  {seconds:>8}  {entry}",
            record.run_id,
            record.as_of.to_string()
        ));
    }
    print(&text)
}
