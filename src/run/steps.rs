//! The steps of a run up to its checks, each with what it notes in the record.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use chrono::Utc;
use futures::{StreamExt, stream};
use tokio::task::JoinSet;

use crate::check::{Asking, Check};
use crate::engine::{self, PlanOutcome};
use crate::fault::{Fault, Faults, with_causes};
use crate::land::{self, LandError, Refusal};
use crate::model::TableName;
use crate::publish;
use crate::record::{Amount, CheckRecord, FileAt, ModelRecord, Progress, TargetRecord};
use crate::run::telling::Told;
use crate::run::{Flow, RunError};
use crate::transform::{Transform, transform};
use crate::warehouse::lock::LockError;
use crate::warehouse::publish_log::Entry;
use crate::warehouse::{self, BuiltTable, ShownBatch, lock, publish_log};

impl Flow<'_> {
    pub(super) async fn lock(&self) -> Result<(), RunError> {
        let us = lock::Holder::this_process(&self.run_id());
        let lock = match lock::acquire(self.warehouse, &us, None).await {
            Err(LockError::Held { holder }) if self.request.wait => {
                let holder = holder.map_or_else(|| "another run".to_string(), |holder| holder.to_string());
                self.progress.line("wait", &format!("for {holder}"));
                // Somebody who waits waits for as long as it takes.
                lock::acquire(self.warehouse, &us, Some(Duration::MAX)).await
            }
            outcome => outcome,
        };
        let lock = lock.map_err(|error| RunError::CouldNotRun(error.into()))?;
        *self.lock.lock().unwrap_or_else(PoisonError::into_inner) = Some(lock);
        Ok(())
    }

    /// Plans the project's queries of the pipeline's marts without data: what `check` finds of them ends a run before it has
    /// begun. What was found to be right is so as long as nothing of it changes.
    pub(super) async fn plan(&self) -> Result<(), RunError> {
        let known = warehouse::planned_path(self.pipeline);
        if !self.request.full_refresh && self.warehouse.exists(&known).await? {
            return Ok(());
        }
        let outcomes = engine::plan_for_run(self.pipeline).await?;
        let faults: Vec<Fault> = outcomes
            .into_iter()
            .filter_map(|(_, outcome)| match outcome {
                PlanOutcome::Faults(faults) => Some(faults),
                PlanOutcome::Planned | PlanOutcome::NotChecked(_) => None,
            })
            .flatten()
            .collect();
        if !faults.is_empty() {
            return Err(RunError::CouldNotRun(Faults(faults).into()));
        }
        Ok(self.warehouse.jot(&known, "{}").await?)
    }

    /// Does what a crash left undone, and returns the newest entry.
    pub(super) async fn roll_forward(&self) -> Result<Option<Entry>> {
        let newest = publish_log::newest(self.warehouse).await?;
        if let Some(entry) = &newest {
            self.follow(entry).await;
        }
        Ok(newest)
    }

    /// Brings everything that follows the publish log to the entry, and notes what does not.
    pub(super) async fn follow(&self, entry: &Entry) {
        let mut outcomes = publish::follow(self.warehouse, entry).await;
        let (name, targets) = (&self.pipeline.name, &self.pipeline.targets);
        outcomes.extend(publish::deliver(self.warehouse, self.engine, entry, name, targets).await);
        let targets = outcomes.iter().map(|outcome| TargetRecord {
            target: outcome.target.clone(),
            error: outcome.result.as_ref().err().map(with_causes),
        });
        self.note(|record| record.targets = targets.collect());
    }

    pub(super) async fn land(&self) -> Result<BTreeMap<String, Vec<ShownBatch>>, RunError> {
        self.begin("land").await?;
        if let Some(fault) = self.pipeline.unset_environment.first() {
            return Err(RunError::CouldNotRun(fault.clone().into()));
        }
        let progress = self.progress.of_landing();
        let options = land::LandOptions {
            now: Utc::now(),
            known_at: self.request.known_at,
            full_refresh: self.request.full_refresh,
            accept_shrunk: self.request.accept_shrunk,
            threads: self.engine.threads(),
            stop: self.stop.clone(),
            progress: Some(Arc::new(move |at: &land::Progress<'_>| {
                let land::Progress { file, rows, bytes, is_known, .. } = *at;
                progress(&FileAt { file, rows, bytes, is_known });
            })),
        };
        self.note(|run| run.warnings.extend(self.pipeline.idle()));
        // What is missing of any delivery is told before anything of another one lands.
        let (mut missing, mut bytes) = (Vec::new(), 0);
        for extract in &self.pipeline.extracts {
            let awaited = land::awaited(extract, options.now).await;
            missing.extend(awaited.missing);
            bytes += awaited.bytes;
        }
        self.progress.expect(bytes, Amount::Bytes);
        if !missing.is_empty() {
            return Err(RunError::CouldNotRun(Faults(missing).into()));
        }
        let mut shown = BTreeMap::new();
        let mut wrong = Wrong::default();
        // Side by side, and told in their order: small files wait for the disk more than they take to read.
        let landing = self.pipeline.extracts.iter().map(|extract| land::land(self.warehouse, extract, &options));
        let mut landing = stream::iter(landing).buffered(2 * self.engine.threads());
        while let Some(landed) = landing.next().await {
            let landed = match landed {
                Ok(landed) => landed,
                // What is wrong with the others, too, is told at once.
                Err(LandError::Source(faults)) => {
                    wrong.faults.extend(faults.0);
                    continue;
                }
                Err(LandError::Refused(refusal)) => {
                    self.note(|record| record.extracts.push(refusal.record()));
                    wrong.refusals.push(*refusal);
                    continue;
                }
                Err(LandError::Stopped) => return Err(RunError::CouldNotRun(anyhow!("stopped while landing"))),
                Err(LandError::Warehouse(error)) => return Err(RunError::CouldNotRun(error)),
            };
            let record = landed.record();
            self.progress.item("land", &record.line());
            self.note(|run| {
                run.warnings.extend(landed.shown.warnings);
                run.extracts.push(record);
            });
            shown.insert(landed.extract, landed.shown.batches);
        }
        wrong.told().map_or(Ok(shown), Err)
    }

    /// The marts of this run: without leave, a run as of an older date than published is about snapshot marts alone.
    pub(super) fn marts(&self, newest: Option<&Entry>) -> BTreeSet<TableName> {
        let has_leave = self.request.allow_breaking || !self.publishes();
        let is_late = publish::is_late(self.pipeline.settings.as_of(), newest, has_leave);
        let is_selected =
            |mart: &&TableName| self.request.selected.as_ref().is_none_or(|selected| selected.contains(*mart));
        let is_about = |mart: &&TableName| !is_late || self.pipeline.is_snapshot(mart);
        self.pipeline.marts.iter().filter(is_selected).filter(is_about).cloned().collect()
    }

    /// Whether a run of these marts is about a table.
    pub(super) fn is_in_run<'m>(&'m self, marts: &'m BTreeSet<TableName>) -> impl Fn(&TableName) -> bool + 'm {
        let read = self.graph.with_upstream(marts.iter().cloned());
        move |table| match (table.schema.as_str(), &self.request.selected) {
            ("marts", _) => marts.contains(table),
            // What no model reads is looked after too.
            ("landing", None) => true,
            (_, Some(selected)) => selected.contains(table),
            (_, None) => read.contains(table),
        }
    }

    pub(super) fn publishes(&self) -> bool {
        self.request.known_at.is_none() && self.request.selected.is_none()
    }

    pub(super) async fn transform(
        &self,
        job: &Transform<'_>,
        told: &Told,
    ) -> Result<BTreeMap<TableName, BuiltTable>, RunError> {
        self.begin("transform").await?;
        self.build(job, told, BTreeMap::new(), self.progress).await
    }

    /// Builds models, and what their checks read, over what was built before.
    pub(super) async fn build(
        &self,
        job: &Transform<'_>,
        told: &Told,
        before: BTreeMap<TableName, BuiltTable>,
        progress: &Progress,
    ) -> Result<BTreeMap<TableName, BuiltTable>, RunError> {
        let mut wanted = told.models.clone();
        let to_check = told.checks.iter().filter(|check| !check.passed_before);
        wanted.extend(to_check.flat_map(|check| check.tables.iter().cloned()));
        let built = transform(job, &wanted, before, progress).await.map_err(RunError::of)?;
        self.note(|record| {
            let models = built.values().filter(|table| self.pipeline.model(&table.name).is_some());
            for model in models.map(|table| self.model_record(table)) {
                // What was built before and is read again is told of once.
                if record.models.iter().all(|told| told.model != model.model) {
                    record.models.push(model);
                }
            }
        });
        Ok(built)
    }

    pub(super) fn model_record(&self, table: &BuiltTable) -> ModelRecord {
        ModelRecord {
            model: table.name.to_string(),
            outcome: if table.is_reused { "reused" } else { "built" }.to_string(),
            fingerprint: table.fingerprint.clone(),
            rows: table.rows(),
            milliseconds: table.milliseconds,
            is_published_mart: self.pipeline.marts.contains(&table.name),
            needs: self.pipeline.missing_needs(&table.name),
        }
    }

    pub(super) async fn check(
        &self,
        job: &Transform<'_>,
        built: &BTreeMap<TableName, BuiltTable>,
        told: &Told,
    ) -> Result<(), RunError> {
        self.begin("check").await?;
        self.progress.expect(told.checks.len() as u64, Amount::Of("checks"));
        self.hold(job, built, &told.checks).await
    }

    /// What was built, with marts as the files have them that would be published: what checks ask of is read from there,
    /// once where it is small.
    async fn as_in_files(
        &self,
        built: &BTreeMap<TableName, BuiltTable>,
        checks: &[Check],
    ) -> Result<BTreeMap<TableName, BuiltTable>> {
        let asked = checks.iter().filter(|check| !check.passed_before).flat_map(|check| &check.tables);
        let marts: BTreeSet<&TableName> = asked.filter(|table| table.schema == "marts").collect();
        let mut reading = JoinSet::new();
        for table in marts.into_iter().filter_map(|mart| built.get(mart)) {
            let (engine, table) = (self.engine.clone(), table.clone());
            reading.spawn(async move {
                let read = engine::read_back(&engine, &table).await;
                read.with_context(|| format!("reading {} back from its files", table.name))
            });
        }
        let mut in_files = built.clone();
        while let Some(read) = reading.join_next().await {
            let table = read.context("a reader's task stopped")??;
            in_files.insert(table.name.clone(), table);
        }
        Ok(in_files)
    }

    /// Carries out checks over what was built, and fails where one of them means that.
    pub(super) async fn hold(
        &self,
        job: &Transform<'_>,
        built: &BTreeMap<TableName, BuiltTable>,
        checks: &[Check],
    ) -> Result<(), RunError> {
        let built = &self.as_in_files(built, checks).await.map_err(RunError::of)?;
        // Side by side, and told in their order. Dropped half-way, the set stops them all.
        let mut verdicts: BTreeMap<usize, CheckRecord> = BTreeMap::new();
        let mut error = None;
        let mut waiting = checks.iter().enumerate();
        let mut working = JoinSet::new();
        loop {
            while working.len() < self.engine.threads() {
                let Some((place, check)) = waiting.next() else { break };
                if check.passed_before {
                    self.progress.advance(1);
                    verdicts.insert(place, check.reused());
                    continue;
                }
                self.progress.at(&check.name);
                let session = self.engine.session(&job.tables(check.tables.iter(), built)?)?;
                let asking = Asking::of(check, self.engine, session, self.pipeline, self.warehouse);
                let check = check.clone();
                working.spawn(async move { (place, asking.carry_out(check).await) });
            }
            let Some(carried) = working.join_next().await else { break };
            let (place, verdict) = carried.context("a check's task stopped")?;
            self.progress.advance(1);
            match verdict {
                Ok(verdict) => drop(verdicts.insert(place, verdict)),
                Err(cause) => {
                    error = Some(RunError::of(cause));
                    break;
                }
            }
        }
        self.note(|record| record.checks.extend(verdicts.into_values()));
        if let Some(error) = error {
            return Err(error);
        }
        let failed: Vec<String> = {
            let record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
            record.checks.iter().filter(|check| check.fails_the_run()).map(|check| check.check.clone()).collect()
        };
        if failed.is_empty() { Ok(()) } else { Err(RunError::Failed(anyhow!("{} did not pass", failed.join(", ")))) }
    }
}

/// What kept extracts from landing.
#[derive(Default)]
struct Wrong {
    /// Of sources that cannot be read, or not as their contracts say.
    faults: Vec<Fault>,
    refusals: Vec<Refusal>,
}

impl Wrong {
    /// All of it; None where there is nothing.
    fn told(self) -> Option<RunError> {
        let Wrong { mut faults, refusals } = self;
        if faults.is_empty() {
            let refusals: Vec<String> = refusals.iter().map(ToString::to_string).collect();
            return (!refusals.is_empty()).then(|| RunError::Failed(anyhow!(refusals.join("\n"))));
        }
        let contract = |refusal: &Refusal| format!("contracts/{}.odcs.yaml", refusal.extract);
        faults.extend(refusals.iter().map(|refusal| Fault::of_file(contract(refusal), refusal.to_string())));
        Some(RunError::CouldNotRun(Faults(faults).into()))
    }
}
