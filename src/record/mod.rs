//! What happened: plain data of a run, written to `runs/<run_id>/run.json` from the first second on, and how
//! people and machines are shown it.

mod csv;
mod html;
mod pace;
mod past;
mod progress;
pub mod screen;
mod summary;
mod table;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::contract::Severity;

pub use csv::{csv_header, csv_rows};
pub use html::{json_in_a_script, policy_hash};
pub use pace::{Amount, FileAt};
pub use past::RunRow;
pub use progress::Progress;
pub use summary::summary;
pub use table::{number, table};

/// The record of one run; also what `--output json` prints.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunRecord {
    pub run_id: String,
    pub sopmart_version: String,
    pub pipeline: String,
    pub as_of: NaiveDate,
    /// The moment up to which deliveries were known, where the command line set one.
    pub known_at: Option<DateTime<Utc>>,
    pub host: String,
    pub process_id: u32,
    pub status: RunStatus,
    /// What the process exits with, from the moment it is known.
    pub exit_code: Option<u8>,
    pub started_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    pub steps: Vec<StepRecord>,
    pub extracts: Vec<ExtractRecord>,
    pub models: Vec<ModelRecord>,
    pub checks: Vec<CheckRecord>,
    pub published: Option<PublishedRecord>,
    pub targets: Vec<TargetRecord>,
    /// A few lines of what the published marts say.
    pub highlights: Vec<String>,
    pub warnings: Vec<String>,
    pub error: Option<String>,
    /// SHA-256 of every text of the project that the run used, by file; `objects/<sha256>` holds the text.
    pub texts: BTreeMap<String, String>,
    /// SHA-256 of the product's texts that the run used; `objects/<sha256>` holds them as JSON, by file.
    pub product_texts: Option<String>,
    /// The set that a run with `--select` or `--known-at` built and did not publish, as an entry of the publish log
    /// would hold it; `query --run` reads it.
    pub built_set: Option<serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// At work, or died without a word.
    Running,
    Published,
    /// All is as it was published before.
    NothingToDo,
    /// Built and checked, but not to be published.
    Built,
    /// A row rule, a model or a check failed; nothing was published.
    Failed,
    /// Could not run.
    CouldNotRun,
    /// Stopped by a signal.
    Stopped,
    /// Published, but a target has not followed yet.
    NotFollowed,
}

/// One step of the flow, in the order they were taken.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StepRecord {
    pub step: String,
    pub started_at: DateTime<Utc>,
    /// None while at work, and where the step did not end well.
    pub milliseconds: Option<u64>,
}

/// What landing did with one extract.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExtractRecord {
    pub extract: String,
    pub outcome: ExtractOutcome,
    pub files: Vec<FileRecord>,
    pub rows_read: u64,
    pub rows_landed: u64,
    pub rows_quarantined: u64,
    /// Of the files that correct earlier ones: how many rows were in quarantine of those.
    #[serde(default)]
    pub quarantined_before: Option<u64>,
    /// Rows in quarantine of all loads that `landing.<extract>` shows, this run's and earlier ones'.
    pub quarantined_shown: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExtractOutcome {
    Landed,
    Unchanged,
    /// More rows broke a rule than the contract allows.
    Refused,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FileRecord {
    pub file: String,
    pub outcome: String,
    pub rows_read: u64,
    pub rows_landed: u64,
    pub rows_quarantined: u64,
    /// Of what its path brought before, where it is a correction of that.
    #[serde(default)]
    pub quarantined_before: Option<u64>,
}

/// What transforming did with one model.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ModelRecord {
    pub model: String,
    /// `built` or `reused`.
    pub outcome: String,
    pub fingerprint: String,
    pub rows: u64,
    pub milliseconds: u64,
    /// Whether it is one of the marts that the pipeline publishes.
    #[serde(default)]
    pub is_published_mart: bool,
    /// What an empty mart would need to have rows.
    pub needs: Vec<String>,
}

/// The verdict of one check.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CheckRecord {
    pub check: String,
    /// What it means that it did not pass.
    #[serde(default)]
    pub severity: Severity,
    pub passed: bool,
    /// True where the verdict is from an earlier run over the same tables.
    pub reused: bool,
    pub milliseconds: u64,
    /// What is wrong and, as a small table, the first rows that show it.
    pub complaint: Option<String>,
}

impl CheckRecord {
    /// Whether it ends a run.
    pub fn fails_the_run(&self) -> bool {
        !self.passed && self.severity == Severity::Error
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PublishedRecord {
    /// The entry of the publish log, and the date that it is as of.
    pub entry: u64,
    pub as_of: NaiveDate,
    /// Rows by mart.
    pub marts: BTreeMap<String, u64>,
    /// The marts whose files are new in this entry.
    pub changed: Vec<String>,
}

/// Whether a target shows the newest entry.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TargetRecord {
    pub target: String,
    pub error: Option<String>,
}

/// The name of this machine.
pub fn this_host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

impl RunRecord {
    /// The record of a run that starts now.
    pub fn start(pipeline: &str, as_of: NaiveDate, known_at: Option<DateTime<Utc>>) -> RunRecord {
        RunRecord {
            run_id: uuid::Uuid::now_v7().to_string(),
            sopmart_version: env!("CARGO_PKG_VERSION").to_string(),
            pipeline: pipeline.to_string(),
            as_of,
            known_at,
            host: this_host(),
            process_id: std::process::id(),
            status: RunStatus::Running,
            exit_code: None,
            started_at: Utc::now(),
            ended_at: None,
            steps: Vec::new(),
            extracts: Vec::new(),
            models: Vec::new(),
            checks: Vec::new(),
            published: None,
            targets: Vec::new(),
            highlights: Vec::new(),
            warnings: Vec::new(),
            error: None,
            texts: BTreeMap::new(),
            product_texts: None,
            built_set: None,
        }
    }

    /// Ends the step at work, if one is, and begins the next.
    pub fn begin_step(&mut self, step: &str) {
        self.end_step();
        self.steps.push(StepRecord { step: step.to_string(), started_at: Utc::now(), milliseconds: None });
    }

    /// Ends the step at work well.
    pub fn end_step(&mut self) {
        if let Some(step) = self.steps.last_mut().filter(|step| step.milliseconds.is_none()) {
            let elapsed = (Utc::now() - step.started_at).num_milliseconds();
            step.milliseconds = Some(u64::try_from(elapsed).unwrap_or(0));
        }
    }

    /// Ends the run; a step still at work stays without a duration, as it did not end well.
    pub fn end(&mut self, status: RunStatus, exit_code: u8) {
        self.status = status;
        self.exit_code = Some(exit_code);
        self.ended_at = Some(Utc::now());
    }

    /// Where the record stands in the warehouse.
    pub fn path(&self) -> String {
        record_path(&self.run_id)
    }

    /// One compact JSON line.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a record is made of texts, numbers and lists")
    }
}

/// Where the record of a run stands in the warehouse.
pub fn record_path(run_id: &str) -> String {
    format!("runs/{run_id}/run.json")
}
