//! What to do: `pipeline.yaml` as typed, then a valid `Pipeline`; after that nobody checks again.

mod delivery;
mod expectations;
mod extract;
mod extracts;
mod file;
mod project;
mod reader;
mod reconciling;
mod sql;
mod targets;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use chrono::{NaiveDate, Utc};
use chrono_tz::Tz;
use serde_saphyr::Spanned;

use crate::contract::Contract;
use crate::fault::{Fault, nearest, parse_yaml};
use crate::model::{CHECKS, Graph, Model, Settings, SqlFile, TableName, TypedOverride, model_named, recorded_tables};

pub use delivery::{ControlTotals, DeliveryTerms, ExpectedFiles, LateFiles};
pub use expectations::ContractQuery;
use expectations::{contract_queries, dangling_extracts};
pub use extract::*;
use extracts::{extracts, source};
pub use file::LANDED_COLUMNS;
use file::{PipelineFile, Reading};
pub use project::*;
pub use reader::*;
pub use reconciling::name_of_check;
use sql::{models, parsed};
pub use targets::{ChosenMarts, ExportsTarget, PostgresTarget, Targets};

/// Everything a run needs to know beforehand, valid for itself. Whether the SQL fits the tables is planning's
/// business, and comes later.
#[derive(Debug, Clone)]
pub struct Pipeline {
    pub name: String,
    /// The pipeline's file as people name it.
    pub file: String,
    /// All texts that a run may use, by file: the pipeline's, its contracts, the project's SQL; for the record.
    pub texts: BTreeMap<String, Arc<str>>,
    pub time_zone: Tz,
    pub extracts: Vec<Extract>,
    pub settings: Settings,
    /// Entities, intermediates, marts and what reconciling checks compare, sorted by name; entities without a source
    /// have no parts.
    pub models: Vec<Model>,
    /// The checks that look for rows which must not exist.
    pub checks: Vec<SqlFile>,
    /// The queries that contracts hold.
    pub contract_queries: Vec<ContractQuery>,
    /// Queries for the lines that the end of a run says about a mart.
    pub summaries: Vec<SqlFile>,
    /// The marts that are published.
    pub marts: Vec<TableName>,
    /// Where they go beside the warehouse.
    pub targets: Targets,
    /// Environment variables that the file names and that are not set: no matter for planning, fatal for a run.
    pub unset_environment: Vec<Fault>,
    /// What is wrong with SQL files by themselves; each stands among the models, checks or summaries, as a query that
    /// reads nothing. Empty unless it was asked for.
    pub unreadable_sql: Vec<Fault>,
}

/// Where the names, types and standard values of settings stand.
pub const SETTINGS_FILE: &str = "sql/settings.yaml";

/// What a command line says beside the file.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    pub as_of: Option<NaiveDate>,
}

/// Reads and validates a pipeline.
///
/// # Errors
/// Every complaint about the pipeline's file, its contracts, the settings and the SQL's syntax, one fault per place.
pub fn read(project: &Project, file: &Path, overrides: &Overrides) -> Result<Pipeline, Vec<Fault>> {
    let pipeline = read_for_planning(project, file, overrides)?;
    if pipeline.unreadable_sql.is_empty() { Ok(pipeline) } else { Err(pipeline.unreadable_sql) }
}

/// As `read`, but SQL files that cannot be read are no obstacle to planning the others.
///
/// # Errors
/// Every other complaint.
pub fn read_for_planning(project: &Project, file: &Path, overrides: &Overrides) -> Result<Pipeline, Vec<Fault>> {
    let shown = file.strip_prefix(&project.folder).unwrap_or(file).to_string_lossy().replace('\\', "/");
    let text = std::fs::read_to_string(file)
        .map_err(|error| vec![Fault::of_file(&shown, format!("cannot be read: {error}"))])?;
    let typed: PipelineFile = parse_yaml(&shown, &text).map_err(|fault| vec![fault])?;
    let mut reading = Reading { file: &shown, text: &text, faults: Vec::new() };
    let mut texts: BTreeMap<String, Arc<str>> =
        project.files.iter().map(|(path, file)| (path.clone(), Arc::clone(&file.text))).collect();
    texts.insert(shown.clone(), Arc::from(text.as_str()));
    let mut unset_environment = Vec::new();

    let source = source(typed.source.as_ref(), file, &mut reading, &mut unset_environment);
    let time_zone = typed.time_zone.as_ref().map_or(Tz::UTC, |named| time_zone(named, &mut reading));
    let extracts = extracts(&typed, &mut reading, file, &source, &mut texts, &mut unset_environment);
    let settings = settings(project, &typed, &mut reading, overrides, time_zone);
    let mut unreadable_sql = Vec::new();
    let mut models = models(project, &typed, &mut reading, &mut unreadable_sql);
    let checks = parsed(project.below("sql/checks", ".sql"), &mut unreadable_sql);
    let summaries = parsed(project.below("sql/summary", ".sql"), &mut unreadable_sql);
    let marts = marts(&typed, &mut reading, &models);
    let targets = targets::targets(typed.targets.as_ref(), file, &marts, &mut reading, &mut unset_environment);
    let checks = checks.into_iter().map(|(_, sql)| sql);
    let (reconciling, checks): (Vec<SqlFile>, _) = checks.partition(reconciling::compares_totals);
    models.extend(reconciling::totals(reconciling, &models, &marts));
    models.sort_by(|one, other| one.name.cmp(&other.name));
    check_name(&typed, &mut reading);
    reading.faults.extend(dangling_extracts(&extracts));
    let contract_queries = contract_queries(&extracts, &models, &mut unreadable_sql);

    match settings {
        Some(settings) if reading.faults.is_empty() => Ok(Pipeline {
            name: typed.name.value,
            file: shown.clone(),
            texts,
            time_zone,
            extracts,
            settings,
            models,
            contract_queries,
            checks,
            summaries: summaries.into_iter().map(|(_, sql)| sql).collect(),
            marts,
            targets,
            unset_environment,
            unreadable_sql,
        }),
        _ => Err(reading.faults.into_iter().chain(unreadable_sql).collect()),
    }
}

impl Pipeline {
    pub fn model(&self, name: &TableName) -> Option<&Model> {
        model_named(&self.models, name)
    }

    pub fn extract(&self, name: &str) -> Option<&Extract> {
        self.extracts.iter().find(|extract| extract.name == name)
    }

    pub fn contract(&self, table: &TableName) -> Option<&Contract> {
        match table.schema.as_str() {
            "landing" => Some(&self.extract(&table.name)?.contract),
            _ => self.model(table)?.contract.as_deref(),
        }
    }

    /// All contracts, each with the table it is about: extracts as they come, then models.
    pub fn contracts(&self) -> impl Iterator<Item = (TableName, &Contract)> {
        let landed = self.extracts.iter().map(|extract| (TableName::new("landing", &extract.name), &extract.contract));
        let built = self.models.iter().filter_map(|model| Some((model.name.clone(), model.contract.as_deref()?)));
        landed.chain(built)
    }

    /// Queries that are no models: checks, summaries and those of contracts.
    pub fn other_queries(&self) -> impl Iterator<Item = &SqlFile> {
        self.checks.iter().chain(&self.summaries).chain(self.contract_queries.iter().map(|query| &query.sql))
    }

    /// The same, each with the table whose contract holds it.
    fn queries_and_tables(&self) -> impl Iterator<Item = (Option<&TableName>, &SqlFile)> {
        let of_files = self.checks.iter().chain(&self.summaries).map(|sql| (None, sql));
        of_files.chain(self.contract_queries.iter().map(|query| (Some(&query.table), &query.sql)))
    }

    /// Whether a file is the product's own, and nothing of the project's.
    pub fn is_products(&self, file: &str) -> bool {
        self.texts.get(file).is_some_and(|text| product_text(file) == Some(&**text))
    }

    /// As much of the graph as there is, and all that is wrong with it.
    pub fn sketch(&self) -> (Graph, Vec<Fault>) {
        Graph::sketch(&self.models, self.queries_and_tables(), &self.sources())
    }

    /// All SQL of the pipeline.
    pub fn sql_files(&self) -> impl Iterator<Item = &SqlFile> {
        self.models.iter().flat_map(|model| model.parts.iter().map(|part| &part.sql)).chain(self.other_queries())
    }

    /// The tables that models read and no model makes: landed extracts, settings and what is recorded.
    pub fn sources(&self) -> BTreeSet<TableName> {
        let landed = self.extracts.iter().map(|extract| TableName::new("landing", &extract.name));
        landed.chain(self.settings.table_names()).chain(recorded_tables()).collect()
    }

    /// The models in the order they are built.
    ///
    /// # Errors
    /// Unknown tables, layers that may not read each other, cycles.
    pub fn graph(&self) -> Result<Graph, Vec<Fault>> {
        let (graph, faults) = self.sketch();
        if faults.is_empty() { Ok(graph) } else { Err(faults) }
    }

    /// What the pipeline has and makes no use of: extracts that no query reads, staging files of its own that no
    /// entity names.
    pub fn idle(&self) -> Vec<String> {
        // What a file reads that cannot be read is not known.
        if !self.unreadable_sql.is_empty() {
            return Vec::new();
        }
        let is_read = |extract: &&Extract| {
            let table = TableName::new("landing", &extract.name);
            let mut inputs = self.models.iter().flat_map(Model::inputs);
            inputs.any(|input| *input == table)
        };
        let unread = self.extracts.iter().filter(|extract| !is_read(extract));
        let unread = unread.map(|extract| format!("extract `{}` is landed and read by no query", extract.name));
        let own = format!("sql/staging/{}/", self.name);
        let is_named = |path: &&String| self.sql_files().any(|sql| sql.path == **path);
        // The standard files are there for every company to choose from.
        let is_own = |path: &&String| path.starts_with(&own) && !path.starts_with("sql/staging/standard/");
        let unnamed = self.texts.keys().filter(is_own).filter(|path| path.ends_with(".sql"));
        let unnamed = unnamed.filter(|path| !is_named(path));
        let unnamed = unnamed.map(|path| format!("{path} is in no use: {} names it under no entity", self.file));
        unread.chain(unnamed).collect()
    }

    /// Whether the mart accumulates one state per date.
    pub fn is_snapshot(&self, mart: &TableName) -> bool {
        self.contract(mart).is_some_and(|contract| contract.snapshot_by.is_some())
    }

    /// The checks that look for rows which must not exist, as far as they are about marts that are there.
    pub fn checks_of(&self, is_there: impl Fn(&TableName) -> bool) -> impl Iterator<Item = &SqlFile> {
        self.checks.iter().filter(move |check| {
            let reads: Vec<TableName> = check.tables.iter().map(|table| table.name.clone()).collect();
            reconciling::holds(name_of_check(check), &reads, &self.models, &is_there)
        })
    }

    /// What reconciling checks compare, a model for each, as far as they are about marts that are there.
    pub fn totals_of(&self, is_there: impl Fn(&TableName) -> bool) -> impl Iterator<Item = &Model> {
        self.models.iter().filter(move |model| {
            let reads: Vec<TableName> = model.inputs().cloned().collect();
            model.name.schema == CHECKS && reconciling::holds(&model.name.name, &reads, &self.models, &is_there)
        })
    }

    /// The entities that a mart needs and that no extract brings.
    pub fn missing_needs(&self, mart: &TableName) -> Vec<String> {
        self.model(mart).map(|model| model.missing_needs(&self.models)).unwrap_or_default()
    }
}

fn check_name(typed: &PipelineFile, reading: &mut Reading<'_>) {
    let name = &typed.name.value;
    if name.is_empty() || !name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-') {
        reading.fault(&typed.name.referenced, format!("`name` is `{name}`, expected letters, digits, `_` and `-`"));
    }
}

fn time_zone(named: &Spanned<String>, reading: &mut Reading<'_>) -> Tz {
    named.value.parse().unwrap_or_else(|_| {
        let near = nearest(&named.value, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()));
        let meant = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        reading.fault(
            &named.referenced,
            format!("unknown time zone `{}`, expected a name such as Europe/Berlin{meant}", named.value),
        );
        Tz::UTC
    })
}

fn settings(
    project: &Project,
    typed: &PipelineFile,
    reading: &mut Reading<'_>,
    overrides: &Overrides,
    time_zone: Tz,
) -> Option<Settings> {
    let file = SETTINGS_FILE;
    let text = project.file(file).map_or("{}", |file| &*file.text);
    let mut settings = match Settings::parse(file, text) {
        Ok(settings) => settings,
        Err(faults) => {
            reading.faults.extend(faults);
            return None;
        }
    };
    for (name, value) in &typed.settings {
        if name == "time_zone" {
            let message = "setting `time_zone` is the pipeline's own `time_zone`, beside `settings`";
            reading.fault(&value.referenced, message.to_string());
        }
        let typed =
            TypedOverride { file: reading.file, text: reading.text, location: value.referenced, value: &value.value };
        if let Err(fault) = settings.set(name, &typed) {
            reading.faults.push(fault);
        }
    }
    settings.set_time_zone(time_zone.name());
    if let Some(as_of) = overrides.as_of {
        settings.set_as_of(as_of);
    }
    let today = Utc::now().with_timezone(&time_zone).date_naive();
    settings.resolve_yesterday(today.pred_opt().unwrap_or(today));
    Some(settings)
}

fn marts(typed: &PipelineFile, reading: &mut Reading<'_>, models: &[Model]) -> Vec<TableName> {
    let all: Vec<TableName> =
        models.iter().map(|model| model.name.clone()).filter(|name| name.schema == "marts").collect();
    let Some(listed) = &typed.marts else { return all };
    let mut marts = Vec::new();
    for named in &listed.value {
        match all.iter().find(|mart| mart.name == named.value) {
            Some(mart) => marts.push(mart.clone()),
            None => {
                let near = nearest(&named.value, all.iter().map(|mart| mart.name.as_str()));
                let meant = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                reading.fault(&named.referenced, format!("unknown mart `{}`{meant}", named.value));
            }
        }
    }
    marts
}
