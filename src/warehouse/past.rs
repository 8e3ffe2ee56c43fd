//! The past of a warehouse: its runs and the entries of its publish log, one row each.
//!
//! The record of a run that has ended and an entry of the log never change again, so what was read of them is kept in
//! one file, and a run reads what has come since.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, Utc};
use futures::StreamExt;
use serde::{Deserialize, Serialize};

use crate::record::{RunRecord, RunRow, record_path};
use crate::warehouse::Warehouse;
use crate::warehouse::publish_log::{self, Entry};

/// How many records are fetched at a time.
const FETCHED_AT_ONCE: usize = 16;

/// Where it is kept what was read; without it all is read again.
const KEPT: &str = "models/record.runs/read.json";

/// Runs by their id, which begins with their time, and entries by their number.
#[derive(Debug, Clone, Default)]
pub struct Past {
    pub runs: Vec<RunRow>,
    pub entries: Vec<EntryRow>,
    /// Records that cannot be read, and are left out.
    pub warnings: Vec<String>,
}

/// One entry of the publish log, without what it publishes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EntryRow {
    pub n: u64,
    pub run_id: String,
    pub sopmart_version: String,
    pub as_of: NaiveDate,
    pub published_at: DateTime<Utc>,
    sha256: String,
}

/// What was read before, by a sopmart that read the same of it.
#[derive(Default, Serialize, Deserialize)]
struct Kept {
    sopmart_version: String,
    runs: BTreeMap<String, RunRow>,
    entries: Vec<EntryRow>,
}

impl EntryRow {
    pub fn of(entry: &Entry) -> EntryRow {
        EntryRow {
            n: entry.n,
            run_id: entry.run_id.clone(),
            sopmart_version: entry.sopmart_version.clone(),
            as_of: entry.as_of,
            published_at: entry.published_at,
            sha256: entry.sha256.clone(),
        }
    }
}

/// Every run and every entry up to the newest, but for the run that asks, which holds the lock and knows more of itself.
///
/// # Errors
/// When the store fails, or an entry is missing or cannot be understood.
pub async fn past(warehouse: &Warehouse, newest: Option<&Entry>, asking: &str) -> Result<Past> {
    let version = env!("CARGO_PKG_VERSION");
    let kept: Kept = match warehouse.read(KEPT).await? {
        // What cannot be understood is read again, over it.
        Some(bytes) => serde_json::from_slice(&bytes).unwrap_or_default(),
        None => Kept::default(),
    };
    let kept = if kept.sopmart_version == version { kept } else { Kept::default() };
    let entries = entries(warehouse, newest, kept.entries).await?;
    let (runs, warnings) = runs(warehouse, asking, kept.runs).await?;
    let has_ended = |row: &&RunRow| row.ended_at.is_some();
    let ended = runs.iter().filter(has_ended).map(|row| (row.run_id.clone(), row.clone())).collect();
    let kept = Kept { sopmart_version: version.to_string(), runs: ended, entries: entries.clone() };
    warehouse.jot(KEPT, serde_json::to_vec(&kept).context("texts and numbers are JSON")?).await?;
    Ok(Past { runs, entries, warnings })
}

async fn entries(warehouse: &Warehouse, newest: Option<&Entry>, kept: Vec<EntryRow>) -> Result<Vec<EntryRow>> {
    let Some(newest) = newest else { return Ok(Vec::new()) };
    let mut known = Vec::new();
    // Each entry holds the hash of the one before: where the last that is known stands as it was, all of them do.
    if let Some(last) = kept.last().filter(|last| last.n <= newest.n)
        && publish_log::read(warehouse, last.n).await?.is_some_and(|entry| entry.sha256 == last.sha256)
    {
        known = kept;
    }
    for n in known.last().map_or(1, |last: &EntryRow| last.n + 1)..=newest.n {
        let entry = publish_log::read(warehouse, n).await?;
        known.push(EntryRow::of(&entry.with_context(|| format!("{} is missing", publish_log::path(n)))?));
    }
    Ok(known)
}

async fn runs(
    warehouse: &Warehouse,
    asking: &str,
    mut kept: BTreeMap<String, RunRow>,
) -> Result<(Vec<RunRow>, Vec<String>)> {
    let (mut rows, mut unread) = (Vec::new(), Vec::new());
    for run_id in run_ids(warehouse).await?.into_iter().filter(|run_id| run_id != asking) {
        match kept.remove(&run_id) {
            Some(row) => rows.push(row),
            None => unread.push(run_id),
        }
    }
    let mut warnings = Vec::new();
    let read = unread.into_iter().map(|run_id| async move {
        let path = record_path(&run_id);
        let bytes = warehouse.read(&path).await?;
        Ok::<_, anyhow::Error>((path, bytes))
    });
    let mut read = futures::stream::iter(read).buffered(FETCHED_AT_ONCE);
    while let Some(found) = read.next().await {
        let (path, bytes) = found?;
        // One that has gone since it was listed is no run any more.
        let Some(bytes) = bytes else { continue };
        match serde_json::from_slice::<RunRecord>(&bytes) {
            Ok(record) => rows.push(RunRow::of(&record, record.standing(Some(asking)))),
            Err(error) => warnings.push(format!("{path} cannot be read, so that its run is left out: {error}")),
        }
    }
    rows.sort_by(|one, other| one.run_id.cmp(&other.run_id));
    Ok((rows, warnings))
}

async fn run_ids(warehouse: &Warehouse) -> Result<Vec<String>> {
    let listed = warehouse.list("runs").await?;
    let run_id = |path: &str| Some(path.strip_prefix("runs/")?.strip_suffix("/run.json")?.to_string());
    Ok(listed.iter().filter_map(|object| run_id(object.location.as_ref())).collect())
}
