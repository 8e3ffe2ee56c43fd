//! What a run plans before it begins: of what its marts need, all that is not the product's own. The product's own
//! queries over the product's own tables were planned when the product was tested, and need not be once more.

use std::collections::BTreeSet;

use crate::model::{CHECKS, Graph, Model, RECORD, SqlFile, TableName};
use crate::pipeline::{Pipeline, SETTINGS_FILE};

/// The models and other queries that are to be planned.
#[derive(Debug, Default)]
pub(super) struct ToPlan {
    pub models: BTreeSet<TableName>,
    /// By file.
    pub queries: BTreeSet<String>,
}

impl ToPlan {
    /// What the marts of a pipeline need and the product's tests cannot have planned, and what tells the columns of what
    /// that reads.
    pub fn of_run(pipeline: &Pipeline, graph: &Graph) -> ToPlan {
        let needed = needed(pipeline, graph);
        let has_settings = !pipeline.is_products(SETTINGS_FILE);
        // Tables whose columns the product does not know.
        let mut others: BTreeSet<TableName> =
            pipeline.extracts.iter().map(|extract| TableName::new("landing", &extract.name)).collect();
        let mut to_plan = ToPlan::default();
        for model in graph.order().iter().filter_map(|name| pipeline.model(name)) {
            // What reconciling checks compare has a contract that the runner makes.
            let is_made = [CHECKS, RECORD].contains(&model.name.schema.as_str());
            let contract = model.contract.as_ref().map(|contract| is_made || pipeline.is_products(&contract.file));
            let is_to_plan = has_settings
                || contract == Some(false)
                || !model.files().into_iter().all(|file| pipeline.is_products(file))
                || model.inputs().any(|input| others.contains(input));
            // A contract of the product's tells the columns, whatever makes them.
            if contract == Some(false) || (contract.is_none() && is_to_plan) {
                others.insert(model.name.clone());
            }
            if is_to_plan && needed.contains(&model.name) {
                to_plan.models.insert(model.name.clone());
            }
        }
        let reads_others = |sql: &SqlFile| sql.tables.iter().any(|table| others.contains(&table.name));
        let is_needed = |name: &TableName| pipeline.model(name).is_none() || needed.contains(name);
        let queries = pipeline.other_queries().filter(|sql| sql.tables.iter().all(|table| is_needed(&table.name)));
        let queries: Vec<&SqlFile> =
            queries.filter(|sql| has_settings || !pipeline.is_products(&sql.path) || reads_others(sql)).collect();
        to_plan.queries.extend(queries.iter().map(|sql| sql.path.clone()));
        let read = queries.iter().flat_map(|sql| sql.tables.iter().map(|table| &table.name)).cloned();
        let planned = to_plan.models.iter().filter_map(|name| pipeline.model(name)).flat_map(Model::inputs).cloned();
        let read: Vec<TableName> = read.chain(planned).collect();
        to_plan.add_untold(pipeline, read);
        to_plan
    }

    /// Adds those of the tables whose columns planning alone tells, and what these read of the same kind.
    fn add_untold(&mut self, pipeline: &Pipeline, mut open: Vec<TableName>) {
        while let Some(name) = open.pop() {
            let model = pipeline.model(&name).filter(|model| model.contract.is_none());
            if let Some(model) = model.filter(|_| self.models.insert(name)) {
                open.extend(model.inputs().cloned());
            }
        }
    }
}

/// The marts of a pipeline, what is checked of them, and what these read, directly or through others.
fn needed(pipeline: &Pipeline, graph: &Graph) -> BTreeSet<TableName> {
    let is_one = |mart: &TableName| pipeline.marts.contains(mart);
    let checks = pipeline.checks_of(is_one).flat_map(|check| check.tables.iter().map(|table| table.name.clone()));
    let totals = pipeline.totals_of(is_one).map(|model| model.name.clone());
    let built = graph.with_upstream(pipeline.marts.iter().cloned().chain(checks).chain(totals));
    let queries = pipeline.contract_queries.iter();
    let queries = queries.filter(|query| query.table.schema == "landing" || built.contains(&query.table));
    let read = queries.flat_map(|query| query.sql.tables.iter().map(|table| table.name.clone()));
    graph.with_upstream(built.iter().cloned().chain(read))
}
