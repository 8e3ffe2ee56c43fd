//! Every query of a pipeline planned without data, in the order of the models: a fault in one file does not hide
//! those in the files that read it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use arrow::datatypes::SchemaRef;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;

use crate::engine::session::add_tables;
use crate::engine::to_plan::ToPlan;
use crate::engine::{
    Engine, EngineOptions, Tables, conditions, empty_table, landed_schema, model_schema, plan, plan_model, rows_table,
};
use crate::fault::{Fault, Faults};
use crate::model::{Graph, Model, RECORD, SqlFile, TableName, parse, recorded_schema, recorded_tables};
use crate::pipeline::{Pipeline, REPORT_FOLDER};

/// What came of planning one file.
#[derive(Debug)]
pub enum PlanOutcome {
    Planned,
    Faults(Vec<Fault>),
    /// A table that it reads has a fault, and no contract to plan against.
    NotChecked(String),
}

/// Plans every model, check, summary and query of the page of a pipeline; the outcomes stand by file.
///
/// # Errors
/// When a session cannot be made.
pub async fn plan_all(pipeline: &Pipeline) -> Result<Vec<(String, PlanOutcome)>> {
    let (graph, faults) = pipeline.sketch();
    outcomes(pipeline, &graph, faults, None).await
}

/// The same of what a run of the pipeline needs and the product's own tests have not planned.
///
/// # Errors
/// When a session cannot be made.
pub async fn plan_for_run(pipeline: &Pipeline) -> Result<Vec<(String, PlanOutcome)>> {
    let (graph, faults) = pipeline.sketch();
    let to_plan = ToPlan::of_run(pipeline, &graph);
    outcomes(pipeline, &graph, faults, Some(&to_plan)).await
}

async fn outcomes(
    pipeline: &Pipeline,
    graph: &Graph,
    faults: Vec<Fault>,
    to_plan: Option<&ToPlan>,
) -> Result<Vec<(String, PlanOutcome)>> {
    let mut planning = Planning::of(pipeline, faults)?;
    let mut outcomes = Vec::new();
    for name in graph.order() {
        let Some(model) = pipeline.model(name) else { continue };
        planning.expect(model)?;
        if to_plan.is_none_or(|to_plan| to_plan.models.contains(name)) {
            let outcome = planning.model(model).await?;
            // What the runner puts together is no file.
            if name.schema == RECORD && matches!(outcome, PlanOutcome::Planned) {
                continue;
            }
            outcomes.extend(model.files().first().map(|file| ((*file).to_string(), outcome)));
        }
    }
    let ordered: BTreeSet<&TableName> = graph.order().iter().collect();
    for model in pipeline.models.iter().filter(|model| !ordered.contains(&model.name)) {
        for file in model.files() {
            let outcome = match planning.faulty.remove(file) {
                Some(faults) => PlanOutcome::Faults(faults),
                None => PlanOutcome::NotChecked("it stands in a circle of models, or below one".to_string()),
            };
            outcomes.push((file.to_string(), outcome));
        }
    }
    for sql in pipeline.other_queries().filter(|sql| to_plan.is_none_or(|to_plan| to_plan.queries.contains(&sql.path)))
    {
        outcomes.push((sql.path.clone(), planning.query(sql).await?));
    }
    // A run has nothing to do with the page.
    for (path, text) in pipeline.texts.iter().filter(|(path, _)| to_plan.is_none() && is_of_page(path)) {
        outcomes.push((path.clone(), planning.query_of_page(path, text).await?));
    }
    for (table, contract) in pipeline.contracts().filter(|(_, contract)| !contract.row_conditions.is_empty()) {
        if to_plan.is_some() && pipeline.is_products(&contract.file) {
            continue;
        }
        let extract = pipeline.extract(&table.name).filter(|_| table.schema == "landing");
        let inside = extract.map(|extract| extract.inside_files().into_owned().contract);
        let outcome = match conditions(inside.as_ref().unwrap_or(contract)).await {
            Ok(_) => PlanOutcome::Planned,
            Err(error) => PlanOutcome::Faults(error.downcast::<Faults>()?.0),
        };
        outcomes.push((contract.file.clone(), outcome));
    }
    outcomes.extend(planning.faulty.into_iter().map(|(file, faults)| (file, PlanOutcome::Faults(faults))));
    Ok(outcomes)
}

/// The planning of one query after the other.
pub(super) struct Planning<'a> {
    pipeline: &'a Pipeline,
    /// One for all queries: to make one takes about as long as to plan a query.
    session: SessionContext,
    /// The tables that the session sees.
    seen: BTreeSet<TableName>,
    schemas: BTreeMap<TableName, SchemaRef>,
    /// Faults that were found before planning, by file.
    faulty: BTreeMap<String, Vec<Fault>>,
}

impl<'a> Planning<'a> {
    /// Nothing planned yet; with the faults that were found before.
    pub(super) fn of(pipeline: &'a Pipeline, faults: Vec<Fault>) -> Result<Planning<'a>> {
        let options = EngineOptions { threads: 1, memory_limit: None, spill_folder: std::env::temp_dir() };
        let mut planning = Planning {
            pipeline,
            session: Engine::without_warehouse(&options)?.session(&Tables::default())?,
            seen: BTreeSet::new(),
            schemas: BTreeMap::new(),
            faulty: BTreeMap::new(),
        };
        for extract in &pipeline.extracts {
            planning.schemas.insert(TableName::new("landing", &extract.name), landed_schema(&extract.contract));
        }
        for name in recorded_tables() {
            planning.schemas.extend(recorded_schema(&name.name).map(|schema| (name, schema)));
        }
        for fault in faults.into_iter().chain(pipeline.unreadable_sql.iter().cloned()) {
            planning.faulty.entry(fault.file.clone()).or_default().push(fault);
        }
        Ok(planning)
    }

    /// Takes the columns of a model from its contract, if it has one.
    pub(super) fn expect(&mut self, model: &Model) -> Result<()> {
        if model.contract.is_some() {
            self.schemas.insert(model.name.clone(), model_schema(model)?);
        }
        Ok(())
    }

    async fn model(&mut self, model: &Model) -> Result<PlanOutcome> {
        Ok(match self.plan(model).await? {
            Ok(_) => PlanOutcome::Planned,
            Err(outcome) => outcome,
        })
    }

    /// The plan of a model, or why there is none; the models after it see the columns that it has.
    pub(super) async fn plan(&mut self, model: &Model) -> Result<Result<LogicalPlan, PlanOutcome>> {
        let faults: Vec<Fault> = model.files().iter().filter_map(|file| self.faulty.remove(*file)).flatten().collect();
        if !faults.is_empty() {
            return Ok(Err(PlanOutcome::Faults(faults)));
        }
        if let Some(unknown) = self.see(model.inputs())? {
            return Ok(Err(not_checked(&unknown)));
        }
        Ok(match plan_model(&self.session, model, &self.pipeline.settings).await {
            Ok(plan) => {
                self.schemas.insert(model.name.clone(), plan.schema().inner().clone());
                Ok(plan)
            }
            Err(faults) => Err(PlanOutcome::Faults(faults)),
        })
    }

    async fn query(&mut self, sql: &SqlFile) -> Result<PlanOutcome> {
        if let Some(faults) = self.faulty.remove(&sql.path) {
            return Ok(PlanOutcome::Faults(faults));
        }
        if let Some(unknown) = self.see(sql.tables.iter().map(|table| &table.name))? {
            return Ok(not_checked(&unknown));
        }
        Ok(match plan(&self.session, sql, &self.pipeline.settings).await {
            Ok(_) => PlanOutcome::Planned,
            Err(fault) => PlanOutcome::Faults(vec![fault]),
        })
    }

    /// A query of the page is asked of a published set, which knows no settings.
    async fn query_of_page(&mut self, path: &str, text: &str) -> Result<PlanOutcome> {
        let sql = match parse(path, text) {
            Ok(sql) => sql,
            Err(fault) => return Ok(PlanOutcome::Faults(vec![fault])),
        };
        if let Some((name, _)) = sql.parameters.first() {
            let message = format!("`${name}` is a setting, and the page is asked of a published set, which has none");
            return Ok(PlanOutcome::Faults(vec![Fault::of_file(path, message)]));
        }
        self.see(sql.tables.iter().map(|table| &table.name))?;
        Ok(match plan(&self.session, &sql, &self.pipeline.settings).await {
            Ok(_) => PlanOutcome::Planned,
            Err(fault) => PlanOutcome::Faults(vec![fault]),
        })
    }

    /// Lets the session see tables, all empty but those of settings; or the first whose columns are not known.
    fn see<'n>(&mut self, names: impl Iterator<Item = &'n TableName>) -> Result<Option<TableName>> {
        let mut tables = Tables::default();
        let mut unknown = None;
        for name in names.filter(|name| !self.seen.contains(*name)) {
            let setting = self.pipeline.settings.table(&name.name).filter(|_| name.schema == "settings");
            match (setting, self.schemas.get(name)) {
                (Some(rows), _) => tables.add(name, rows_table(rows)?),
                (None, Some(schema)) => tables.add(name, empty_table(schema)),
                (None, None) => unknown = unknown.or_else(|| Some(name.clone())),
            }
        }
        self.seen.extend(tables.iter().map(|(name, _)| name.clone()));
        add_tables(&self.session, &tables)?;
        Ok(unknown)
    }
}

fn is_of_page(path: &str) -> bool {
    path.strip_prefix(REPORT_FOLDER).is_some_and(|rest| rest.starts_with('/') && rest.ends_with(".sql"))
}

fn not_checked(unknown: &TableName) -> PlanOutcome {
    PlanOutcome::NotChecked(format!("{unknown} has a fault, and no contract that tells its columns"))
}
