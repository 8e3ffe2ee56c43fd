//! The whole flow: land, transform, check, publish, with a record that is written after every step.

mod publishing;
mod steps;
mod telling;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use crate::check;
use crate::engine::{self, Engine};
use crate::extract;
use crate::model::{Graph, TableName};
use crate::pipeline::Pipeline;
use crate::record::{Progress, RunRecord, RunStatus};
use crate::transform::Transform;
use crate::warehouse::lock::Lock;
use crate::warehouse::{self, Warehouse};

/// What a run is asked to do beside its pipeline.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each of them is a flag of the command line")]
pub struct Request {
    pub known_at: Option<DateTime<Utc>>,
    /// The models to build where not all are; such a run never publishes.
    pub selected: Option<BTreeSet<TableName>>,
    pub full_refresh: bool,
    pub accept_shrunk: bool,
    pub wait: bool,
    pub allow_breaking: bool,
}

/// Why a run ended early.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The warehouse is not this pipeline's, or not of a format that is known: not even the record is written there.
    #[error("{0:#}")]
    NotOurs(anyhow::Error),
    /// A row rule, a model or a check failed.
    #[error("{0:#}")]
    Failed(anyhow::Error),
    /// It could not run at all, or a rival was faster.
    #[error("{0:#}")]
    CouldNotRun(anyhow::Error),
}

impl RunError {
    /// A model or a check ended so; a store, a disk or a memory that fails says nothing about either.
    fn of(error: anyhow::Error) -> RunError {
        if engine::is_of_the_machine(&error) { RunError::CouldNotRun(error) } else { RunError::Failed(error) }
    }
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
    pub record: &'a Arc<Mutex<RunRecord>>,
    /// Held while the record is written, so that no write comes behind a later one.
    pub saving: Arc<tokio::sync::Mutex<()>>,
    /// Asked from outside to stop the threads that land.
    pub stop: extract::Stop,
    /// The warehouse's lock, once the flow has it.
    pub lock: Mutex<Option<Lock>>,
}

/// Runs the flow and returns how it ended; the record is in the warehouse as far as that can be written. The lock is
/// held until the flow is asked to release it, so that the end of the record may be written before.
///
/// # Errors
/// When the run ended early; nothing was published then.
pub async fn run(flow: &Flow<'_>) -> Result<RunStatus, RunError> {
    warehouse::format::open(flow.warehouse, &flow.pipeline.name).await.map_err(RunError::NotOurs)?;
    flow.save().await?;
    flow.plan().await?;
    flow.lock().await?;
    let newest = flow.roll_forward().await?;

    let shown = flow.land().await?;
    let run_id = flow.run_id();
    let fingerprints = warehouse::fingerprints(flow.graph, flow.pipeline, &shown, flow.request.known_at, &run_id)?;
    let marts = flow.marts(newest.as_ref());
    let mut checks = check::checks(flow.warehouse, flow.pipeline, flow.is_in_run(&marts), &fingerprints).await?;
    if flow.request.full_refresh {
        for check in &mut checks {
            check.passed_before = false;
        }
    }
    let job = Transform {
        warehouse: flow.warehouse,
        engine: flow.engine,
        pipeline: flow.pipeline,
        graph: flow.graph,
        fingerprints: &fingerprints,
        shown: &shown,
        past: None,
        known_at: flow.request.known_at,
        full_refresh: flow.request.full_refresh,
    };
    let (first, last) = flow.in_turn(&marts, checks);
    let built = flow.transform(&job, &first).await?;
    flow.check(&job, &built, &first).await?;
    flow.publish(&job, newest, built, &first, &last).await
}

impl Flow<'_> {
    fn run_id(&self) -> String {
        self.record.lock().unwrap_or_else(PoisonError::into_inner).run_id.clone()
    }

    /// Changes the record.
    pub fn note(&self, change: impl FnOnce(&mut RunRecord)) {
        change(&mut self.record.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Writes the record as it is now.
    ///
    /// # Errors
    /// When the warehouse cannot be written.
    pub async fn save(&self) -> Result<()> {
        let (record, warehouse, saving) = (Arc::clone(self.record), self.warehouse.clone(), Arc::clone(&self.saving));
        // A write that has begun goes on where the run that waits for it is stopped.
        let writing = tokio::spawn(async move {
            let _turn = saving.lock().await;
            let (path, json) = {
                let record = record.lock().unwrap_or_else(PoisonError::into_inner);
                (record.path(), record.to_json())
            };
            warehouse.put(&path, json).await
        });
        writing.await.context("writing the run's record")?
    }

    /// Lets other runs begin.
    pub async fn release(&self) {
        let lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(lock) = lock {
            lock.release().await;
        }
    }

    async fn begin(&self, step: &str) -> Result<()> {
        self.note(|record| record.begin_step(step));
        self.progress.step(step);
        self.save().await
    }
}
