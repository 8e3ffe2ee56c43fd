//! Transform: models to built tables, in dependency order, independent models side by side; a model whose
//! fingerprint is known is not built again, and what only it would have read is not built at all.

mod landed;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use anyhow::{Context, Result};
use arrow::datatypes::SchemaRef;
use chrono::{DateTime, Utc};
use tokio::task::JoinSet;

use crate::engine::{self, Engine, Tables, Written};
use crate::fault::Faults;
use crate::model::{CHECKS, Graph, Model, RECORD, Settings, TableName};
use crate::pipeline::{Extract, Pipeline};
use crate::record::{Amount, Progress, number};
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
    let mut noting = JoinSet::new();
    let outcome = build(job, &to_build, &mut done, &mut noting, progress).await;
    // What was built is found again, also where a later model fails, whose own words come first.
    let mut noted = Ok(());
    while let Some(note) = noting.join_next().await {
        noted = noted.and(note.context("a note's task stopped").flatten());
    }
    outcome.and(noted).map(|()| done)
}

async fn build(
    job: &Transform<'_>,
    to_build: &BTreeSet<TableName>,
    done: &mut BTreeMap<TableName, BuiltTable>,
    noting: &mut JoinSet<Result<()>>,
    progress: &Progress,
) -> Result<()> {
    let mut waiting = in_turn(job, to_build);
    progress.expect(to_build.len() as u64, Amount::Of("models"));
    // Each has a task of its own: planning keeps a thread busy, and others shall plan meanwhile. Dropped half-way, the
    // set stops them all.
    let mut working = JoinSet::new();
    loop {
        while working.len() < job.engine.threads() {
            let is_there = |input: &TableName| done.contains_key(input) || !to_build.contains(input);
            let is_ready = |name: &&TableName| job.graph.inputs(name).all(is_there);
            let Some(ready) = waiting.iter().position(is_ready) else { break };
            let name = waiting.remove(ready);
            progress.at(&name.to_string());
            working.spawn(work(job, name, done)?.run());
        }
        let Some(built) = working.join_next().await else { return Ok(()) };
        let built = built.context("a model's task stopped")??;
        progress.advance(1);
        progress.item("transform", &format!("{}: {} rows", built.name, number(built.rows())));
        noting.spawn(note(job.warehouse.clone(), built.clone()));
        done.insert(built.name.clone(), built);
    }
}

/// In which order tables are built where several could be: first what the most others, one after the other, wait for.
fn in_turn<'t>(job: &Transform<'_>, to_build: &'t BTreeSet<TableName>) -> Vec<&'t TableName> {
    let mut waited_for: BTreeMap<&TableName, usize> = BTreeMap::new();
    for reader in job.graph.order().iter().rev().filter(|name| to_build.contains(name)) {
        let steps = waited_for.get(reader).copied().unwrap_or(0) + 1;
        for input in job.graph.inputs(reader) {
            let most = waited_for.entry(input).or_default();
            *most = steps.max(*most);
        }
    }
    let mut in_turn: Vec<&TableName> = to_build.iter().collect();
    in_turn.sort_by_key(|name| Reverse(waited_for.get(name).copied()));
    in_turn
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
        let model = job.model(&name);
        if model.is_none() && job.queried(&name).is_none() {
            continue;
        }
        let known =
            if job.full_refresh { None } else { find_built(job.warehouse, &name, &job.fingerprints[&name]).await? };
        match known {
            Some(table) => {
                found.insert(name, table);
            }
            None => {
                open.extend(model.filter(|_| !job.lacks(&name)).into_iter().flat_map(Model::inputs).cloned());
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

    /// Whether a mart misses what it needs: then it has no rows, and reads nothing.
    fn lacks(&self, name: &TableName) -> bool {
        !self.pipeline.missing_needs(name).is_empty()
    }

    /// The extract of a landed table whose rows are found by a query.
    fn queried(&self, name: &TableName) -> Option<&Extract> {
        let extract = self.pipeline.extract(&name.name).filter(|_| name.schema == "landing")?;
        landed::is_queried(self, extract).then_some(extract)
    }

    /// The tables of a session that reads these names.
    ///
    /// # Errors
    /// When one of them was not built, or what is known of runs cannot be told.
    pub fn tables<'n>(
        &self,
        names: impl Iterator<Item = &'n TableName>,
        built: &BTreeMap<TableName, BuiltTable>,
    ) -> Result<Tables> {
        let mut tables = Tables::default();
        for name in names {
            let extract = self.pipeline.extract(&name.name);
            let table = match name.schema.as_str() {
                "settings" => self.pipeline.settings.table(&name.name).map(engine::rows_table).transpose()?,
                "landing" if self.queried(name).is_none() => extract.map(|extract| landed::shown_rows(self, extract)),
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

/// One table to build, with all that it takes.
struct Work {
    engine: Engine,
    warehouse: Warehouse,
    name: TableName,
    fingerprint: String,
    folder: String,
    tables: Tables,
    query: Query,
    /// The key of a mart, by which its rows are sorted.
    key: Option<Vec<String>>,
    /// The files that say what it is.
    files: String,
}

/// Where the rows of a table come from.
enum Query {
    /// An extract's rows that count, by this SQL.
    CurrentRows(String),
    Model(Box<Model>, Box<Settings>),
    /// A mart that misses what it needs: it has no rows, and all its columns.
    NoRows(SchemaRef),
}

fn work(job: &Transform<'_>, name: &TableName, done: &BTreeMap<TableName, BuiltTable>) -> Result<Work> {
    let (query, tables, key, files) = if let Some(model) = job.model(name) {
        let (query, tables) = match &model.contract {
            Some(contract) if job.lacks(name) => (Query::NoRows(contract.schema()), Tables::default()),
            _ => {
                let query = Query::Model(Box::new(model.clone()), Box::new(job.pipeline.settings.clone()));
                let inputs = if name.schema == CHECKS { &marts_in_files(model, done) } else { done };
                (query, job.tables(model.inputs(), inputs)?)
            }
        };
        let contract = model.contract.as_ref().filter(|_| name.schema == "marts");
        let key = contract.map(|contract| contract.key().into_iter().map(str::to_string).collect());
        (query, tables, key, model.files().join(", "))
    } else {
        let extract = job.queried(name).with_context(|| format!("{name} is neither a model nor an extract"))?;
        let (sql, tables) = landed::current_rows(job, extract);
        (Query::CurrentRows(sql), tables, None, extract.contract.file.clone())
    };
    let fingerprint = job.fingerprints[name].clone();
    let folder = built_folder(job.pipeline, name, &fingerprint);
    let (engine, warehouse, name) = (job.engine.clone(), job.warehouse.clone(), name.clone());
    Ok(Work { engine, warehouse, name, fingerprint, folder, tables, query, key, files })
}

/// What a reconciling check reads: of marts what their files say that would be published, and not what is at hand.
fn marts_in_files(model: &Model, done: &BTreeMap<TableName, BuiltTable>) -> BTreeMap<TableName, BuiltTable> {
    let inputs = model.inputs().filter_map(|input| done.get(input));
    let as_read = |table: &BuiltTable| if table.name.schema == "marts" { table.in_files() } else { table.clone() };
    inputs.map(|table| (table.name.clone(), as_read(table))).collect()
}

impl Work {
    async fn run(self) -> Result<BuiltTable> {
        let Work { engine, warehouse, name, fingerprint, folder, tables, query, key, files } = self;
        let started = Instant::now();
        let session = engine.session(&tables)?;
        let plan = match query {
            Query::CurrentRows(sql) => {
                let rows = session.sql(&sql).await;
                rows.with_context(|| format!("finding the current rows of {name}"))?.into_unoptimized_plan()
            }
            Query::Model(model, settings) => engine::plan_model(&session, &model, &settings).await.map_err(Faults)?,
            Query::NoRows(schema) => engine::no_rows(&schema)?,
        };
        let key: Option<Vec<&str>> = key.as_ref().map(|key| key.iter().map(String::as_str).collect());
        let written = engine::write(&engine, &session, plan, &warehouse, &folder, key.as_deref());
        let Written { schema, files, rows } = written.await.with_context(|| format!("building {name} from {files}"))?;
        let files = files.into_iter().map(|file| BuiltFile { path: file.path, rows: file.rows, bytes: file.bytes });
        let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(BuiltTable { name, fingerprint, schema, files: files.collect(), rows, is_reused: false, milliseconds })
    }
}
