//! A run in one row: how it ended and how much it did, without what it did it with.

use std::path::Path;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::contract::Severity;
use crate::record::{ExtractOutcome, RunRecord, RunStatus, this_host};

/// One run, as `marts.runs` has it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunRow {
    pub run_id: String,
    pub pipeline: String,
    pub sopmart_version: String,
    /// As `RunRecord::standing` tells it.
    pub status: String,
    pub exit_code: Option<u8>,
    pub started_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    pub as_of: NaiveDate,
    pub known_at: Option<DateTime<Utc>>,
    pub extracts_landed: u64,
    pub extracts_refused: u64,
    pub rows_read: u64,
    /// Of what was refused nothing has landed.
    pub rows_landed: u64,
    pub rows_quarantined: u64,
    pub models_built: u64,
    pub models_reused: u64,
    pub checks_passed: u64,
    pub checks_failed: u64,
    pub checks_warned: u64,
    pub error: Option<String>,
}

impl RunRow {
    /// The run in one row.
    pub fn of(record: &RunRecord, status: String) -> RunRow {
        let extracts = |outcome| record.extracts.iter().filter(move |extract| extract.outcome == outcome);
        let models = |outcome| count(record.models.iter().filter(|model| model.outcome == outcome));
        let not_passed =
            |severity| count(record.checks.iter().filter(|check| !check.passed && check.severity == severity));
        RunRow {
            run_id: record.run_id.clone(),
            pipeline: record.pipeline.clone(),
            sopmart_version: record.sopmart_version.clone(),
            status,
            exit_code: record.exit_code,
            started_at: record.started_at,
            ended_at: record.ended_at,
            as_of: record.as_of,
            known_at: record.known_at,
            extracts_landed: count(extracts(ExtractOutcome::Landed)),
            extracts_refused: count(extracts(ExtractOutcome::Refused)),
            rows_read: record.extracts.iter().map(|extract| extract.rows_read).sum(),
            rows_landed: extracts(ExtractOutcome::Landed).map(|extract| extract.rows_landed).sum(),
            rows_quarantined: record.extracts.iter().map(|extract| extract.rows_quarantined).sum(),
            models_built: models("built"),
            models_reused: models("reused"),
            checks_passed: count(record.checks.iter().filter(|check| check.passed)),
            checks_failed: not_passed(Severity::Error),
            checks_warned: not_passed(Severity::Warning),
            error: record.error.clone(),
        }
    }
}

fn count<T>(some: impl Iterator<Item = T>) -> u64 {
    u64::try_from(some.count()).unwrap_or(u64::MAX)
}

impl RunStatus {
    /// The status as the record writes it.
    pub fn name(self) -> String {
        serde_json::to_value(self).ok().and_then(|name| name.as_str().map(str::to_string)).unwrap_or_default()
    }
}

impl RunRecord {
    /// The status as it is seen from outside: a run that says it is at work and does not hold the lock waits for it, or
    /// has died.
    pub fn standing(&self, holder: Option<&str>) -> String {
        if self.status == RunStatus::Running && holder != Some(self.run_id.as_str()) {
            let is_alive = self.host == this_host() && Path::new(&format!("/proc/{}", self.process_id)).exists();
            return if self.steps.is_empty() && is_alive { "waiting" } else { "died" }.to_string();
        }
        self.status.name()
    }
}
