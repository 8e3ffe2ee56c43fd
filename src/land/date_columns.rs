//! The columns of an extract whose values say when: what a load is dated by, and up to when its rows go.

use crate::pipeline::{DateFrom, Extract, KnownAt, LoadMode};

/// The columns whose values date a load, and the one that says up to when its rows go.
#[derive(Debug, Clone, Default)]
pub(super) struct DateColumns {
    pub known_at: Option<String>,
    pub snapshot: Option<String>,
    pub covered: Option<String>,
}

impl DateColumns {
    pub(super) fn of(extract: &Extract) -> DateColumns {
        let known_at = match &extract.known_at {
            KnownAt::Column(name) => Some(name.clone()),
            KnownAt::Now | KnownAt::FileTime | KnownAt::FileName(_) => None,
        };
        let snapshot = match &extract.load {
            LoadMode::Snapshot { date: DateFrom::Column(name) } => Some(name.clone()),
            _ => None,
        };
        let covered = extract.contract.freshness.iter().find_map(|freshness| freshness.column.clone());
        DateColumns { known_at, snapshot, covered }
    }

    /// Columns that the load is dated by may not be empty.
    pub(super) fn required(&self) -> Vec<String> {
        self.known_at.iter().chain(&self.snapshot).cloned().collect()
    }
}
