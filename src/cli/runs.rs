//! `sopmart runs`: past runs, newest first.

use anyhow::{Context, Result};

use crate::cli::{Cli, Output, open_warehouse_to_read, print};
use crate::record::RunRecord;
use crate::warehouse::lock;

pub(super) async fn runs(cli: &Cli, limit: usize) -> Result<u8> {
    let warehouse = open_warehouse_to_read(cli).await?;
    let holder = lock::holder(&warehouse).await?.map(|holder| holder.run_id);
    let listed = warehouse.list("runs").await?;
    // A run's id begins with its time, so the last in the list are the newest.
    let paths = listed.iter().rev().map(|object| object.location.as_ref()).filter(|path| path.ends_with("/run.json"));
    let mut records = Vec::new();
    for path in paths.take(limit) {
        let bytes = warehouse.read(path).await?.with_context(|| format!("{path} was there a moment ago"))?;
        let record: RunRecord = serde_json::from_slice(&bytes).with_context(|| format!("reading {path}"))?;
        records.push(record);
    }
    if cli.output == Output::Json {
        let lines: Vec<_> =
            records.iter().map(serde_json::to_value).collect::<Result<_, _>>().context("records are JSON")?;
        print(&serde_json::json!({ "runs": lines }).to_string())?;
        return Ok(0);
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
    print(&text)?;
    Ok(0)
}
