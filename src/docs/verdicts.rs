//! What a warehouse knows of its pipeline: the newest published set, and of each check and each table what the last run
//! said that was about it.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::Serialize;

use crate::contract::Severity;
use crate::record::{CheckRecord, RunRecord, RunStatus};
use crate::warehouse::{Warehouse, format, publish_log};

/// How many records are read at most: what no run of these was about is told as never checked.
const RECORDS_READ: usize = 50;

/// What is known of a pipeline's runs; nothing, where nothing was ever published.
#[derive(Debug, Default, Serialize)]
pub struct LastRuns {
    pub set: Option<PublishedSet>,
    /// Newest first.
    pub runs: Vec<Run>,
    /// By the check's name.
    #[serde(skip)]
    pub(super) verdicts: BTreeMap<String, Verdict>,
    /// By the table's name.
    #[serde(skip)]
    pub(super) rows: BTreeMap<String, u64>,
    /// By the extract's name.
    #[serde(skip)]
    pub(super) quarantined: BTreeMap<String, u64>,
}

/// The newest entry of the publish log.
#[derive(Debug, Serialize)]
pub struct PublishedSet {
    pub entry: u64,
    pub run_id: String,
    pub as_of: NaiveDate,
    pub published_at: String,
}

/// A run that a verdict is from.
#[derive(Debug, Serialize)]
pub struct Run {
    #[serde(rename = "run_id")]
    pub id: String,
    pub at: String,
    pub status: String,
}

/// How a check ended when it was last carried out.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Verdict {
    outcome: &'static str,
    /// The place of its run among the runs.
    run: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    complaint: Option<String>,
}

/// What a warehouse knows; None where it is the warehouse of another pipeline.
///
/// # Errors
/// When the store fails, or the publish log cannot be understood.
pub async fn last_runs(warehouse: &Warehouse, pipeline: &str) -> Result<Option<LastRuns>> {
    let Some(format) = format::read(warehouse).await? else { return Ok(Some(LastRuns::default())) };
    if format.pipeline != pipeline {
        return Ok(None);
    }
    let mut last = LastRuns::default();
    if let Some(entry) = publish_log::newest(warehouse).await? {
        for (mart, published) in &entry.marts {
            last.rows.insert(format!("marts.{mart}"), published.rows());
        }
        last.set = Some(PublishedSet {
            entry: entry.n,
            run_id: entry.run_id,
            as_of: entry.as_of,
            published_at: moment(entry.published_at),
        });
    }
    let listed = warehouse.list("runs").await?;
    // A run's id begins with its time, so the last in the list are the newest.
    let paths = listed.iter().rev().map(|object| object.location.as_ref()).filter(|path| path.ends_with("/run.json"));
    for path in paths.take(RECORDS_READ) {
        let bytes = warehouse.read(path).await?.with_context(|| format!("{path} was there a moment ago"))?;
        // One that cannot be read says nothing of any check; `sopmart runs` complains of it.
        if let Ok(record) = serde_json::from_slice::<RunRecord>(&bytes) {
            last.add(record);
        }
    }
    Ok(Some(last))
}

impl LastRuns {
    /// Adds what a run says that no later run says.
    fn add(&mut self, record: RunRecord) {
        // A run over what was known at another time, or over some models alone, is about other tables.
        if record.known_at.is_some() || record.status == RunStatus::Built {
            return;
        }
        let run = self.runs.len();
        let mut is_told = false;
        for check in record.checks {
            self.verdicts.entry(check.check.clone()).or_insert_with(|| {
                is_told = true;
                Verdict::of(&check, run)
            });
        }
        for model in record.models {
            self.rows.entry(model.model).or_insert(model.rows);
        }
        for extract in record.extracts {
            self.quarantined.entry(extract.extract).or_insert(extract.quarantined_shown);
        }
        if is_told {
            let at = moment(record.ended_at.unwrap_or(record.started_at));
            self.runs.push(Run { id: record.run_id, at, status: record.status.name() });
        }
    }
}

impl Verdict {
    fn of(check: &CheckRecord, run: usize) -> Verdict {
        let outcome = match (check.passed, check.severity) {
            (true, _) => "passed",
            (false, Severity::Warning) => "warned",
            (false, Severity::Error) => "failed",
        };
        Verdict { outcome, run, complaint: check.complaint.as_deref().map(without_rows) }
    }
}

/// A complaint without the rows that it shows: a dictionary goes to more people than data may.
fn without_rows(complaint: &str) -> String {
    let said = complaint.lines().filter(|line| !line.starts_with(['|', '+']));
    let said = said.map(|line| line.split_once(", the first ").map_or(line, |(said, _)| said).trim_end_matches(':'));
    said.collect::<Vec<_>>().join("\n")
}

fn moment(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
