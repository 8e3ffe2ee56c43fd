//! A model is one SQL file, read: the tables and settings it names, the layer it stands in. Models make a graph,
//! which has an order and no cycle.

mod depth;
mod graph;
mod recorded;
mod select;
mod settings;
mod sql_file;

use std::fmt;
use std::sync::Arc;

use crate::contract::Contract;

pub use graph::Graph;
pub use recorded::{CHECKS, RECORD, recorded_schema, recorded_tables, tables_of_runs};
pub use select::select;
pub use settings::{SettingTold, Settings, SettingsTable, TypedOverride};
pub use sql_file::{SqlFile, TableMention, condition_columns, parse, syntax_fault};

/// `schema.name`, as SQL names a table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableName {
    pub schema: String,
    pub name: String,
}

impl TableName {
    pub fn new(schema: &str, name: &str) -> TableName {
        TableName { schema: schema.to_string(), name: name.to_string() }
    }

    /// The name as SQL that keeps its case.
    pub fn quoted(&self) -> String {
        format!("\"{}\".\"{}\"", self.schema, self.name)
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}", self.schema, self.name)
    }
}

/// One table that is computed by SQL.
#[derive(Debug, Clone)]
pub struct Model {
    pub name: TableName,
    /// One file; of an entity one for each source system, or none, and then the entity is empty.
    pub parts: Vec<Part>,
    /// Every entity and every mart has one.
    pub contract: Option<Arc<Contract>>,
}

/// One SQL file of a model.
#[derive(Debug, Clone)]
pub struct Part {
    /// The system whose rows an entity's part brings.
    pub source_system: Option<String>,
    pub sql: SqlFile,
}

/// The model of a name among models that are sorted by name.
pub fn model_named<'m>(models: &'m [Model], name: &TableName) -> Option<&'m Model> {
    models.binary_search_by(|model| model.name.cmp(name)).ok().map(|place| &models[place])
}

impl Model {
    /// The tables that the model reads, each once, in the order of their names.
    pub fn inputs(&self) -> impl Iterator<Item = &TableName> {
        let mut inputs: Vec<_> =
            self.parts.iter().flat_map(|part| part.sql.tables.iter().map(|table| &table.name)).collect();
        inputs.sort_unstable();
        inputs.dedup();
        inputs.into_iter()
    }

    /// The entities that a mart needs and that no extract brings, told by models that are sorted by name.
    pub fn missing_needs(&self, models: &[Model]) -> Vec<String> {
        let needs = self.contract.as_ref().map(|contract| contract.needs.as_slice()).unwrap_or_default();
        let is_missing = |entity: &&String| {
            let name = TableName::new("staging", entity);
            model_named(models, &name).is_none_or(|model| model.parts.is_empty())
        };
        needs.iter().filter(is_missing).cloned().collect()
    }

    /// The model's files as people name them.
    pub fn files(&self) -> Vec<&str> {
        self.parts.iter().map(|part| part.sql.path.as_str()).collect()
    }
}
