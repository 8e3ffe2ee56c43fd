//! Model tests: folders of rows in, rows out. `sopmart test` and `cargo test` run the same.
//!
//! `tests/models/<model>/<case_says_what_is_true>/` holds `<schema>.<table>.csv` for the tables that matter,
//! `settings.yaml` for settings that matter, and `expected.csv`. Entities without a file are empty; models without
//! a file are computed from theirs. `tests/models/<entity>__<system>/` tests one staging file,
//! `tests/models/<mart>__<what_must_not_happen>/` a check: the rows that it finds, or the totals that it compares.

mod known;
mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

use crate::engine::{self, Engine, Tables};
use crate::fault::{Faults, nearest};
use crate::model::{CHECKS, Model, Part, RECORD, Settings, TableName, recorded_schema};
pub use crate::model_tests::known::Known;
use crate::model_tests::known::{Origin, origin};
use crate::pipeline::{Pipeline, name_of_check};

/// One folder of rows.
#[derive(Debug, Clone)]
pub struct Case {
    /// `model/case_says_what_is_true`.
    pub name: String,
    folder: PathBuf,
    /// The folder's model: `capacity_gap`, or `products__adventureworks` for a staging file.
    model: String,
}

/// What came of one case: None where the rows are as expected, otherwise what differs.
pub type Difference = Option<String>;

/// All cases below a project's `tests/models`, sorted by name.
///
/// # Errors
/// When the folder cannot be read.
pub fn cases(project: &Path) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    let all = project.join("tests/models");
    ensure!(all.is_dir(), "there are no model tests: no folder {}", all.display());
    for model in folders(&all)? {
        for folder in folders(&model)? {
            let (model, case) = (file_name(&model), file_name(&folder));
            cases.push(Case { name: format!("{model}/{case}"), folder, model });
        }
    }
    Ok(cases)
}

fn folders(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    let mut found = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    found.retain(|path| path.is_dir());
    found.sort();
    Ok(found)
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Whether a pipeline has what the case is about.
pub fn is_about(case: &Case, pipeline: &Pipeline) -> bool {
    subject(case, pipeline).is_some()
}

fn subject(case: &Case, pipeline: &Pipeline) -> Option<Model> {
    let found =
        pipeline.models.iter().find(|model| model.name.name == case.model && model.name.schema != "staging").cloned();
    if found.is_some() {
        return found;
    }
    if let Some(check) = pipeline.checks.iter().find(|check| name_of_check(check) == case.model) {
        let parts = vec![Part { source_system: None, sql: check.clone() }];
        return Some(Model { name: TableName::new(CHECKS, &case.model), parts, contract: None });
    }
    let (entity, system) = case.model.split_once("__")?;
    let entity = pipeline.model(&TableName::new("staging", entity))?;
    let part: &Part = entity.parts.iter().find(|part| part.source_system.as_deref() == Some(system))?;
    Some(Model { name: entity.name.clone(), parts: vec![part.clone()], contract: entity.contract.clone() })
}

/// Runs one case.
///
/// # Errors
/// When a file of the case cannot be read or the model cannot be run; rows that differ are no error.
pub async fn run_case(case: &Case, pipeline: &Pipeline, engine: &Engine, known: &Known) -> Result<Difference> {
    let subject = subject(case, pipeline).with_context(|| format!("{}: no pipeline has {}", case.name, case.model))?;
    let settings = settings(case, pipeline)?;
    let given = given(case)?;
    let mut computed: BTreeMap<TableName, Vec<RecordBatch>> = BTreeMap::new();
    let mut schemas: BTreeMap<TableName, SchemaRef> = BTreeMap::new();
    let mut origins: BTreeMap<TableName, Origin> = BTreeMap::new();
    let graph = pipeline.graph().map_err(Faults)?;
    let needed = graph.with_upstream(subject.inputs().cloned());
    for (name, file) in &given {
        if !needed.contains(name) {
            let names: Vec<String> = needed.iter().map(ToString::to_string).collect();
            let near = nearest(&name.to_string(), names.iter().map(String::as_str));
            let meant = near.map_or_else(String::new, |near| format!("; did you mean {near}.csv?"));
            bail!("{}: {} does not read {name}{meant}", file.display(), case.model);
        }
    }
    let computed_from = below_what_is_given(&subject, pipeline, &given);
    for name in graph.order().iter().filter(|name| computed_from.contains(*name) && **name != subject.name) {
        let model = pipeline.model(name).context("the graph is made of the pipeline's models")?;
        let origin = origin(model, &settings, &given, &origins)?;
        let batches = match (given.get(name), name.schema.as_str()) {
            (Some(file), _) => vec![rows::read(file, &schema_of(model, pipeline, &settings, engine, &schemas).await?)?],
            (None, "staging") => vec![RecordBatch::new_empty(engine::model_schema(model)?)],
            (None, _) => match known.get(&origin) {
                Some(batches) => batches,
                None => {
                    let batches = compute(model, pipeline, &settings, engine, &given, &computed).await?;
                    known.put(origin, &batches);
                    batches
                }
            },
        };
        origins.insert(name.clone(), origin);
        schemas.insert(name.clone(), batches.first().map(RecordBatch::schema).context("a table has a schema")?);
        computed.insert(name.clone(), batches);
    }
    let found = compute(&subject, pipeline, &settings, engine, &given, &computed).await?;
    let expected = case.folder.join("expected.csv");
    ensure!(expected.is_file(), "{} is missing", expected.display());
    rows::difference(&expected, &found)
}

/// The models that the subject is computed from: what a given table would be made of is no matter.
fn below_what_is_given(
    subject: &Model,
    pipeline: &Pipeline,
    given: &BTreeMap<TableName, PathBuf>,
) -> BTreeSet<TableName> {
    let mut found = BTreeSet::new();
    let mut open: Vec<TableName> = subject.inputs().cloned().collect();
    while let Some(name) = open.pop() {
        let Some(model) = pipeline.model(&name) else { continue };
        let is_computed = name.schema != "staging" && (!given.contains_key(&name) || model.contract.is_none());
        if found.insert(name) && is_computed {
            open.extend(model.inputs().cloned());
        }
    }
    found
}

/// The settings of the pipeline under those of the case.
fn settings(case: &Case, pipeline: &Pipeline) -> Result<Settings> {
    let file = case.folder.join("settings.yaml");
    let mut settings = pipeline.settings.clone();
    if file.is_file() {
        let text = fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
        settings.set_all(&file.display().to_string(), &text).map_err(Faults)?;
    }
    Ok(settings)
}

/// The tables that the case gives, with their files.
fn given(case: &Case) -> Result<BTreeMap<TableName, PathBuf>> {
    let mut given = BTreeMap::new();
    for entry in fs::read_dir(&case.folder).with_context(|| format!("reading {}", case.folder.display()))? {
        let path = entry?.path();
        let name = file_name(&path);
        match name.strip_suffix(".csv").map(|table| table.split_once('.')) {
            Some(Some((schema, table))) => {
                given.insert(TableName::new(schema, table), path);
            }
            _ if name == "expected.csv" || name == "settings.yaml" => {}
            _ => bail!("{}: expected <schema>.<table>.csv, expected.csv or settings.yaml", path.display()),
        }
    }
    Ok(given)
}

async fn schema_of(
    model: &Model,
    pipeline: &Pipeline,
    settings: &Settings,
    engine: &Engine,
    schemas: &BTreeMap<TableName, SchemaRef>,
) -> Result<SchemaRef> {
    match &model.contract {
        Some(_) => engine::model_schema(model),
        None => {
            let mut tables = Tables::default();
            for input in model.inputs() {
                match schemas.get(input) {
                    Some(schema) => tables.add(input, engine::empty_table(schema)),
                    None => add_setting(&mut tables, input, pipeline, settings)?,
                }
            }
            let session = engine.session(&tables)?;
            let plan = engine::plan_model(&session, model, settings).await.map_err(Faults)?;
            Ok(plan.schema().inner().clone())
        }
    }
}

fn add_setting(tables: &mut Tables, input: &TableName, pipeline: &Pipeline, settings: &Settings) -> Result<()> {
    if let Some(rows) = settings.table(&input.name).filter(|_| input.schema == "settings") {
        tables.add(input, engine::rows_table(rows)?);
    } else if let Some(schema) = schema_of_source(input, pipeline) {
        tables.add(input, engine::empty_table(&schema));
    }
    Ok(())
}

/// The columns of a table that no model makes.
fn schema_of_source(input: &TableName, pipeline: &Pipeline) -> Option<SchemaRef> {
    match input.schema.as_str() {
        RECORD => recorded_schema(&input.name),
        "landing" => pipeline.extract(&input.name).map(|extract| engine::landed_schema(&extract.contract)),
        _ => None,
    }
}

async fn compute(
    model: &Model,
    pipeline: &Pipeline,
    settings: &Settings,
    engine: &Engine,
    given: &BTreeMap<TableName, PathBuf>,
    computed: &BTreeMap<TableName, Vec<RecordBatch>>,
) -> Result<Vec<RecordBatch>> {
    let mut tables = Tables::default();
    for input in model.inputs() {
        if let Some(batches) = computed.get(input) {
            tables.add(input, engine::batches_table(batches.clone())?);
        } else if let (Some(file), Some(schema)) = (given.get(input), schema_of_source(input, pipeline)) {
            tables.add(input, engine::batches_table(vec![rows::read(file, &schema)?])?);
        } else {
            add_setting(&mut tables, input, pipeline, settings)?;
        }
    }
    let session = engine.session(&tables)?;
    let plan = engine::plan_model(&session, model, settings).await.map_err(Faults)?;
    engine::collect(&session, plan).await.with_context(|| format!("running {}", model.name))
}
