//! Transform: models to built tables, in dependency order, independent models side by side; a model whose
//! fingerprint is known is not built again, and what only it would have read is not built at all.

mod landed;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use tokio::task::JoinSet;

use crate::engine::{self, Engine, Tables, Written};
use crate::fault::Faults;
use crate::model::{Graph, Model, RECORD, Settings, TableName};
use crate::pipeline::Pipeline;
use crate::record::{Progress, number};
use crate::warehouse::{
    BuiltFile, BuiltTable, Fingerprints, Past, Recorded, ShownBatch, Warehouse, built_folder, find_built, note_built,
};

/// What transforming needs to know.
#[derive(Debug)]
pub struct Transform<'a> {
    pub warehouse: &'a Warehouse,
    pub engine: &'a Engine,
    pub pipeline: &'a Pipeline,
    pub graph: &'a Graph,
    pub fingerprints: &'a Fingerprints,
    /// What each `landing.<extract>` shows.
    pub shown: &'a BTreeMap<String, Vec<ShownBatch>>,
    /// What is known of runs, for the models that tell of them.
    pub past: Option<&'a Past>,
    /// The moment up to which rows count that carry their own known time.
    pub known_at: Option<DateTime<Utc>>,
    /// Build all again, known fingerprint or not.
    pub full_refresh: bool,
}

/// Builds the models in `wanted` and what they read, but for what is `done`, and returns all that were built or found.
///
/// # Errors
/// When a model cannot be planned or run, named with its file; or when the warehouse fails.
pub async fn transform(
    job: &Transform<'_>,
    wanted: &BTreeSet<TableName>,
    mut done: BTreeMap<TableName, BuiltTable>,
    progress: &Progress,
) -> Result<BTreeMap<TableName, BuiltTable>> {
    let to_build = what_to_build(job, wanted, &mut done).await?;
    let mut waiting: Vec<&Model> =
        job.graph.order().iter().filter(|name| to_build.contains(name)).filter_map(|name| job.model(name)).collect();
    // Each model has a task of its own: planning keeps a thread busy, and others shall plan meanwhile. Dropped half-way,
    // the set stops them all.
    let mut working = JoinSet::new();
    let mut noting = JoinSet::new();
    let outcome = loop {
        while working.len() < job.engine.threads() {
            let is_ready =
                |model: &&Model| model.inputs().all(|input| done.contains_key(input) || !to_build.contains(input));
            let Some(ready) = waiting.iter().position(is_ready) else { break };
            let model = waiting.remove(ready);
            let tables = job.tables(model.inputs(), &done).await?;
            working.spawn(work(job, model, tables).run());
        }
        progress.at(&format!("{} models to go", waiting.len() + working.len()));
        let Some(built) = working.join_next().await else { break Ok(()) };
        let built = match built.context("a model's task stopped").flatten() {
            Ok(built) => built,
            Err(error) => break Err(error),
        };
        progress.line("transform", &format!("{}: {} rows", built.name, number(built.rows())));
        noting.spawn(note(job.warehouse.clone(), built.clone()));
        done.insert(built.name.clone(), built);
    };
    // What was built is found again, also where a later model fails.
    while let Some(noted) = noting.join_next().await {
        noted.context("a note's task stopped")??;
    }
    outcome.map(|()| done)
}

/// Notes a table as built once its files are on disk, while others are built.
async fn note(warehouse: Warehouse, table: BuiltTable) -> Result<()> {
    warehouse.sync(&table.files.iter().map(|file| file.path.clone()).collect::<Vec<_>>()).await?;
    note_built(&warehouse, &table).await
}

/// The models that have to be built for `wanted`; those found as they are go into `found`.
async fn what_to_build(
    job: &Transform<'_>,
    wanted: &BTreeSet<TableName>,
    found: &mut BTreeMap<TableName, BuiltTable>,
) -> Result<BTreeSet<TableName>> {
    let mut to_build = BTreeSet::new();
    let mut open: Vec<TableName> = wanted.iter().cloned().collect();
    while let Some(name) = open.pop() {
        if to_build.contains(&name) || found.contains_key(&name) {
            continue;
        }
        let Some(model) = job.model(&name) else { continue };
        let known =
            if job.full_refresh { None } else { find_built(job.warehouse, &name, &job.fingerprints[&name]).await? };
        match known {
            Some(table) => {
                found.insert(name, table);
            }
            None => {
                open.extend(model.inputs().cloned());
                to_build.insert(name);
            }
        }
    }
    Ok(to_build)
}

impl Transform<'_> {
    fn model(&self, name: &TableName) -> Option<&Model> {
        self.pipeline.model(name)
    }

    /// The tables of a session that reads these names.
    ///
    /// # Errors
    /// When an `upsert` extract's current rows cannot be made.
    pub async fn tables(
        &self,
        names: impl Iterator<Item = &TableName>,
        built: &BTreeMap<TableName, BuiltTable>,
    ) -> Result<Tables> {
        let mut tables = Tables::default();
        for name in names {
            let table = match name.schema.as_str() {
                "settings" => self.pipeline.settings.table(&name.name).map(engine::rows_table).transpose()?,
                "landing" => match self.pipeline.extract(&name.name) {
                    Some(extract) => Some(landed::landed_table(self, extract).await?),
                    None => None,
                },
                RECORD if self.model(name).is_none() => {
                    let recorded = Recorded { pipeline: self.pipeline, shown: self.shown, past: self.past };
                    Some(engine::batches_table(vec![recorded.rows(&name.name)?])?)
                }
                _ => built.get(name).map(engine::built_table).transpose()?,
            };
            let table = table.with_context(|| format!("{name} was not built"))?;
            tables.add(name, table);
        }
        Ok(tables)
    }
}

/// One model to build, with all that it takes.
struct Work {
    engine: Engine,
    warehouse: Warehouse,
    model: Model,
    tables: Tables,
    settings: Settings,
    fingerprint: String,
    /// What the mart needs is not there: it is empty, with all its columns.
    is_empty: bool,
}

fn work(job: &Transform<'_>, model: &Model, tables: Tables) -> Work {
    Work {
        engine: job.engine.clone(),
        warehouse: job.warehouse.clone(),
        model: model.clone(),
        tables,
        settings: job.pipeline.settings.clone(),
        fingerprint: job.fingerprints[&model.name].clone(),
        is_empty: !job.pipeline.missing_needs(&model.name).is_empty(),
    }
}

impl Work {
    async fn run(self) -> Result<BuiltTable> {
        let Work { engine, warehouse, model, tables, settings, fingerprint, is_empty } = self;
        let started = Instant::now();
        let folder = built_folder(&model.name, &fingerprint);
        let session = engine.session(&tables)?;
        let plan = match &model.contract {
            Some(contract) if is_empty => engine::no_rows(&contract.schema())?,
            _ => engine::plan_model(&session, &model, &settings).await.map_err(Faults)?,
        };
        let key = model.contract.as_ref().filter(|_| model.name.schema == "marts").map(|contract| contract.key());
        let written = engine::write(&engine, &session, plan, &warehouse, &folder, key.as_deref());
        let written =
            written.await.with_context(|| format!("building {} from {}", model.name, model.files().join(", ")))?;
        let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(just_built(model.name, fingerprint, written, milliseconds))
    }
}

fn just_built(name: TableName, fingerprint: String, written: Written, milliseconds: u64) -> BuiltTable {
    let files = written.files.into_iter().map(|file| BuiltFile { path: file.path, rows: file.rows, bytes: file.bytes });
    let (schema, files, rows) = (written.schema, files.collect(), written.rows);
    BuiltTable { name, fingerprint, schema, files, rows, is_reused: false, milliseconds }
}
