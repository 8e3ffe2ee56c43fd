//! The models that tell of runs. No two runs fill them in alike, and by themselves they are not worth an entry, so they
//! are built and checked last, and only where there is something to publish: an unchanged run does not look at the past.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use crate::check::Check;
use crate::contract::Contract;
use crate::model::TableName;
use crate::publish::{BuiltMart, Proposal};
use crate::record::{Progress, RunRow, RunStatus};
use crate::run::{Flow, RunError};
use crate::transform::Transform;
use crate::warehouse::publish_log::{Entry, PublishedMart};
use crate::warehouse::{self, BuiltTable, EntryRow, Past};

/// What a run builds and checks: that part of it which tells of runs, or all else.
pub(super) struct Told {
    /// The marts that the run is about, and what else was asked for.
    pub models: BTreeSet<TableName>,
    pub marts: BTreeSet<TableName>,
    pub checks: Vec<Check>,
}

impl Told {
    pub fn is_empty(&self) -> bool {
        self.models.is_empty() && self.checks.is_empty()
    }
}

impl Flow<'_> {
    /// Parts the marts and checks of a run: those that can be built at once, and those that tell of runs.
    pub(super) fn in_turn(&self, marts: &BTreeSet<TableName>, checks: Vec<Check>) -> (Told, Told) {
        let telling = self.graph.tells_of_runs();
        let asked: BTreeSet<&TableName> = marts.iter().chain(self.request.selected.iter().flatten()).collect();
        let part = |tells: bool, checks: Vec<Check>| Told {
            models: asked.iter().filter(|name| telling.contains(**name) == tells).map(|name| (*name).clone()).collect(),
            marts: marts.iter().filter(|mart| telling.contains(*mart) == tells).cloned().collect(),
            checks,
        };
        let tells = |check: &Check| check.tables.iter().any(|table| telling.contains(table));
        let (late, early) = checks.into_iter().partition(tells);
        (part(false, early), part(true, late))
    }

    /// Builds and checks what tells of runs, this one included as it is about to be; returns it with what was built
    /// before.
    pub(super) async fn tell(
        &self,
        job: &Transform<'_>,
        told: &Told,
        built: BTreeMap<TableName, BuiltTable>,
        newest: Option<&Entry>,
        proposed: &Proposal,
    ) -> Result<BTreeMap<TableName, BuiltTable>, RunError> {
        let mut past = warehouse::past(self.warehouse, newest, &self.run_id()).await?;
        self.note(|record| record.warnings.append(&mut past.warnings));
        self.add_this_run(&mut past, proposed);
        // What was built anew just now is as good as it gets; and the step is one of publishing, which says its own.
        let job = Transform { past: Some(&past), full_refresh: false, ..*job };
        let built = self.build(&job, told, built, &Progress::silent()).await?;
        self.hold(&job, &built, &told.checks).await?;
        Ok(built)
    }

    /// Whoever reads the row of a run in the very set that it has published knows that it has published.
    fn add_this_run(&self, past: &mut Past, proposed: &Proposal) {
        let record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        let status = match proposed {
            Proposal::Entry(entry) if self.publishes() => {
                past.entries.push(EntryRow::of(entry));
                RunStatus::Published
            }
            _ => RunStatus::Built,
        };
        past.runs.push(RunRow::of(&record, status.name()));
    }

    /// The marts that tell of runs, standing as they are published.
    pub(super) fn as_published<'m>(&'m self, told: &Told, newest: Option<&Entry>) -> Vec<BuiltMart<'m>> {
        let stand_in = |name: &TableName, contract: &'m Contract| {
            let published = newest.and_then(|entry| entry.marts.get(&name.name));
            BuiltMart {
                name: name.name.clone(),
                contract,
                fingerprint: published.map_or_else(String::new, |mart| mart.fingerprint.clone()),
                files: published.map_or_else(Vec::new, |PublishedMart { files, .. }| files.clone()),
                causes_entry: false,
            }
        };
        told.marts.iter().filter_map(|name| Some(stand_in(name, self.pipeline.contract(name)?))).collect()
    }
}
