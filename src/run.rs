//! The whole flow: land, transform, check, publish, with a record that is written after every step.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use chrono::{DateTime, Utc};

use crate::check::{self, Check};
use crate::engine::{self, Engine};
use crate::fault::Faults;
use crate::extract;
use crate::land::{self, LandError};
use crate::model::{Graph, TableName};
use crate::pipeline::Pipeline;
use crate::publish::{self, BuiltMart, Proposal, Rival, TargetOutcome};
use crate::record::{self, ModelRecord, Progress, PublishedRecord, RunRecord, RunStatus, TargetRecord};
use crate::transform::{Transform, transform};
use crate::warehouse::publish_log::Entry;
use crate::warehouse::{self, BuiltTable, MartFile, ShownBatch, Warehouse, lock, publish_log};

/// What a run is asked to do beside its pipeline.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub known_at: Option<DateTime<Utc>>,
    /// The models to build where not all are; such a run never publishes.
    pub selected: Option<BTreeSet<TableName>>,
    pub full_refresh: bool,
    pub wait: bool,
    pub allow_breaking: bool,
}

/// Why a run ended early.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A row rule, a model or a check failed.
    #[error("{0:#}")]
    Failed(anyhow::Error),
    /// It could not run at all, or a rival was faster.
    #[error("{0:#}")]
    CouldNotRun(anyhow::Error),
}

impl From<anyhow::Error> for RunError {
    fn from(error: anyhow::Error) -> RunError {
        RunError::CouldNotRun(error)
    }
}

/// Everything that the steps of one run share.
#[derive(Debug)]
pub struct Flow<'a> {
    pub pipeline: &'a Pipeline,
    pub graph: &'a Graph,
    pub warehouse: &'a Warehouse,
    pub engine: &'a Engine,
    pub request: &'a Request,
    pub progress: &'a Progress,
    pub record: &'a Mutex<RunRecord>,
    /// Asked from outside to stop the threads that land.
    pub stop: extract::Stop,
}

/// Runs the flow and returns how it ended; the record is in the warehouse as far as that can be written.
///
/// # Errors
/// When the run ended early; nothing was published then.
pub async fn run(flow: &Flow<'_>) -> Result<RunStatus, RunError> {
    warehouse::format::open(flow.warehouse, &flow.pipeline.name).await?;
    flow.save().await?;
    let _lock = flow.lock().await?;
    let newest = flow.roll_forward().await?;

    let shown = flow.land().await?;
    let fingerprints = flow.fingerprints(&shown);
    let marts = flow.marts(newest.as_ref());
    let checks = check::checks(flow.warehouse, flow.pipeline, |table| flow.is_in_run(table, &marts), &fingerprints).await?;
    let job = Transform {
        warehouse: flow.warehouse,
        engine: flow.engine,
        pipeline: flow.pipeline,
        graph: flow.graph,
        fingerprints: &fingerprints,
        shown: &shown,
        known_at: flow.request.known_at,
        full_refresh: flow.request.full_refresh,
    };
    let built = flow.transform(&job, &marts, &checks).await?;
    flow.check(&job, &built, &checks).await?;
    flow.publish(newest, &marts, &built).await
}

impl Flow<'_> {
    /// Changes the record.
    pub fn note(&self, change: impl FnOnce(&mut RunRecord)) {
        change(&mut self.record.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Writes the record as it is now.
    ///
    /// # Errors
    /// When the warehouse cannot be written.
    pub async fn save(&self) -> Result<()> {
        let (path, json) = {
            let record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
            (record.path(), record.to_json())
        };
        self.warehouse.put(&path, json).await
    }

    async fn begin(&self, step: &str) -> Result<()> {
        self.note(|record| record.begin_step(step));
        self.progress.step(step);
        self.save().await
    }

    async fn lock(&self) -> Result<lock::Lock, RunError> {
        let run_id = self.record.lock().unwrap_or_else(PoisonError::into_inner).run_id.clone();
        // Somebody who waits waits for as long as it takes.
        let wait = self.request.wait.then_some(Duration::MAX);
        let lock = lock::acquire(self.warehouse, &lock::Holder::this_process(&run_id), wait).await;
        lock.map_err(|error| RunError::CouldNotRun(error.into()))
    }

    /// Does what a crash left undone, and returns the newest entry.
    async fn roll_forward(&self) -> Result<Option<Entry>> {
        let newest = publish_log::newest(self.warehouse).await?;
        if let Some(entry) = &newest {
            let outcomes = publish::follow(self.warehouse, entry).await;
            self.note_targets(&outcomes);
        }
        Ok(newest)
    }

    fn note_targets(&self, outcomes: &[TargetOutcome]) {
        let targets = outcomes.iter().map(|outcome| TargetRecord {
            target: format!("Delta table marts/{}", outcome.mart),
            error: outcome.result.as_ref().err().map(|error| format!("{error:#}")),
        });
        self.note(|record| record.targets = targets.collect());
    }

    async fn land(&self) -> Result<BTreeMap<String, Vec<ShownBatch>>, RunError> {
        self.begin("land").await?;
        if let Some(fault) = self.pipeline.unset_environment.first() {
            return Err(RunError::CouldNotRun(fault.clone().into()));
        }
        let progress = self.progress.of_landing();
        let options = land::LandOptions {
            now: Utc::now(),
            known_at: self.request.known_at,
            full_refresh: self.request.full_refresh,
            threads: self.engine.threads(),
            stop: self.stop.clone(),
            progress: Some(Arc::new(move |at: &land::Progress<'_>| progress(at.file, at.rows))),
        };
        let mut shown = BTreeMap::new();
        for extract in &self.pipeline.extracts {
            self.progress.at(&extract.name);
            let landed = land::land(self.warehouse, extract, &options).await.map_err(|error| self.refused(error))?;
            let record = landed.record();
            self.progress.line("land", &record.line());
            self.note(|run| {
                run.warnings.extend(landed.shown.warnings);
                run.extracts.push(record);
            });
            shown.insert(extract.name.clone(), landed.shown.batches);
        }
        Ok(shown)
    }

    fn refused(&self, error: LandError) -> RunError {
        match error {
            LandError::Refused(refusal) => {
                self.note(|record| record.extracts.push(refusal.record()));
                RunError::Failed(anyhow!("{refusal}"))
            }
            LandError::Source(faults) => RunError::CouldNotRun(faults.into()),
            LandError::Stopped => RunError::CouldNotRun(anyhow!("stopped while landing")),
            LandError::Warehouse(error) => RunError::CouldNotRun(error),
        }
    }

    fn fingerprints(&self, shown: &BTreeMap<String, Vec<ShownBatch>>) -> warehouse::Fingerprints {
        let pipeline = self.pipeline;
        warehouse::fingerprints(self.graph, &pipeline.models, &pipeline.settings, &pipeline.extracts, shown, self.request.known_at)
    }

    /// The marts of this run: a run as of an older date than published is about snapshot marts alone.
    fn marts(&self, newest: Option<&Entry>) -> BTreeSet<TableName> {
        let is_late = newest.is_some_and(|entry| self.pipeline.settings.as_of() < entry.as_of);
        let is_snapshot = |mart: &TableName| self.pipeline.contract(mart).is_some_and(|contract| contract.snapshot_by.is_some());
        let is_selected = |mart: &TableName| self.request.selected.as_ref().is_none_or(|selected| selected.contains(mart));
        let publishes = self.publishes();
        let marts = self.pipeline.marts.iter().filter(|mart| (!is_late || !publishes || is_snapshot(mart)) && is_selected(mart));
        marts.cloned().collect()
    }

    fn is_in_run(&self, table: &TableName, marts: &BTreeSet<TableName>) -> bool {
        if table.schema == "marts" {
            return marts.contains(table);
        }
        match &self.request.selected {
            Some(selected) => selected.contains(table),
            None => marts.iter().any(|mart| self.graph.reads(mart, table)),
        }
    }

    fn publishes(&self) -> bool {
        self.request.known_at.is_none() && self.request.selected.is_none()
    }

    async fn transform(
        &self,
        job: &Transform<'_>,
        marts: &BTreeSet<TableName>,
        checks: &[Check<'_>],
    ) -> Result<BTreeMap<TableName, BuiltTable>, RunError> {
        self.begin("transform").await?;
        let mut wanted = marts.clone();
        wanted.extend(self.request.selected.iter().flatten().cloned());
        wanted.extend(checks.iter().filter(|check| !check.passed_before).flat_map(|check| check.tables.iter().cloned()));
        let built = transform(job, &wanted, self.progress).await.map_err(RunError::Failed)?;
        let models = built.values().map(|table| self.model_record(table)).collect();
        self.note(|record| record.models = models);
        Ok(built)
    }

    fn model_record(&self, table: &BuiltTable) -> ModelRecord {
        ModelRecord {
            model: table.name.to_string(),
            outcome: if table.is_reused { "reused" } else { "built" }.to_string(),
            fingerprint: table.fingerprint.clone(),
            rows: table.rows(),
            milliseconds: table.milliseconds,
            needs: self.pipeline.missing_needs(&table.name),
        }
    }

    async fn check(
        &self,
        job: &Transform<'_>,
        built: &BTreeMap<TableName, BuiltTable>,
        checks: &[Check<'_>],
    ) -> Result<(), RunError> {
        self.begin("check").await?;
        for check in checks {
            let verdict = if check.passed_before {
                check.reused()
            } else {
                self.progress.at(&check.name);
                let session = self.engine.session(&job.tables(check.tables.iter(), built).await?)?;
                check::carry_out(check, &session, self.pipeline, self.warehouse).await.map_err(RunError::Failed)?
            };
            self.note(|record| record.checks.push(verdict));
        }
        let failed: Vec<String> = {
            let record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
            record.checks.iter().filter(|check| !check.passed).map(|check| check.check.clone()).collect()
        };
        if failed.is_empty() { Ok(()) } else { Err(RunError::Failed(anyhow!("{} did not pass", failed.join(", ")))) }
    }

    async fn publish(
        &self,
        newest: Option<Entry>,
        marts: &BTreeSet<TableName>,
        built: &BTreeMap<TableName, BuiltTable>,
    ) -> Result<RunStatus, RunError> {
        self.begin("publish").await?;
        let mut proposed = Vec::new();
        for name in marts {
            proposed.push(self.built_mart(&built[name], newest.as_ref()).await?);
        }
        let (run_id, as_of) = {
            let record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
            (record.run_id.clone(), record.as_of)
        };
        let publishes = self.publishes();
        let run = publish::Run { run_id, as_of, published_at: Utc::now(), allow_breaking: self.request.allow_breaking || !publishes };
        let before = newest.as_ref().filter(|_| publishes);
        let proposal = publish::propose(before, &proposed, &run).map_err(|error| {
            if error.is::<Faults>() { RunError::Failed(error) } else { RunError::CouldNotRun(error) }
        })?;
        let status = match proposal {
            proposal if !publishes => {
                if let Proposal::Entry(entry) = proposal {
                    let set = serde_json::to_value(&*entry).context("an entry is JSON")?;
                    self.note(|record| record.built_set = Some(set));
                }
                RunStatus::Built
            }
            Proposal::Entry(entry) => {
                self.keep_texts().await?;
                let published = publish::publish(self.warehouse, *entry).await.map_err(|error| match error.downcast::<Rival>() {
                    Ok(rival) => RunError::CouldNotRun(rival.into()),
                    Err(error) => RunError::CouldNotRun(error),
                })?;
                self.note_targets(&published.targets);
                self.note(|record| record.published = Some(published_record(&published.entry, newest.as_ref())));
                let highlights = self.highlights(&published.entry).await?;
                self.note(|record| record.highlights = highlights);
                RunStatus::Published
            }
            Proposal::NothingToDo => {
                let published = newest.as_ref().map(|entry| published_record(entry, Some(entry)));
                self.note(|record| record.published = published);
                RunStatus::NothingToDo
            }
        };
        Ok(self.unless_a_target_is_behind(status))
    }

    /// Keeps every text that the run used.
    async fn keep_texts(&self) -> Result<()> {
        let hashes = warehouse::keep_texts(self.warehouse, &self.pipeline.texts).await?;
        self.note(|record| record.texts = hashes);
        Ok(())
    }

    /// A few lines of what the published marts say.
    async fn highlights(&self, entry: &Entry) -> Result<Vec<String>> {
        let published = engine::published_tables(entry)?;
        let mut lines = Vec::new();
        for sql in &self.pipeline.summaries {
            let has_all = sql.tables.iter().all(|table| entry.marts.contains_key(&table.name.name));
            if has_all {
                let session = self.engine.session(&published)?;
                let plan = engine::plan(&session, sql, &self.pipeline.settings).await?;
                lines.extend(record::table(&sql.title(), &engine::collect(&session, plan).await?)?);
            }
        }
        Ok(lines)
    }

    async fn built_mart<'b>(&'b self, table: &BuiltTable, newest: Option<&Entry>) -> Result<BuiltMart<'b>> {
        let contract = self.pipeline.contract(&table.name).context("every mart has a contract")?;
        let published = newest.and_then(|entry| entry.marts.get(&table.name.name));
        let mut files = Vec::new();
        for file in &table.files {
            let known = published.and_then(|mart| mart.files.iter().find(|known| known.path == file.path));
            files.push(match known {
                Some(known) => known.clone(),
                None => MartFile::describe(self.warehouse, &file.path, contract).await?,
            });
        }
        let (name, fingerprint) = (table.name.name.clone(), table.fingerprint.clone());
        Ok(BuiltMart { name, contract, fingerprint, files, causes_entry: true })
    }

    fn unless_a_target_is_behind(&self, status: RunStatus) -> RunStatus {
        let record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        if record.targets.iter().any(|target| target.error.is_some()) { RunStatus::NotFollowed } else { status }
    }
}

fn published_record(entry: &Entry, before: Option<&Entry>) -> PublishedRecord {
    let rows = |files: &[MartFile]| files.iter().map(|file| file.rows).sum();
    let is_changed = |name: &String| before.and_then(|before| before.marts.get(name)).is_none_or(|mart| mart.files != entry.marts[name].files);
    PublishedRecord {
        entry: entry.n,
        marts: entry.marts.iter().map(|(name, mart)| (name.clone(), rows(&mart.files))).collect(),
        changed: entry.marts.keys().filter(|name| is_changed(name)).cloned().collect(),
    }
}
