//! One table of the dictionary, as its contract, its files and its plan have it.

use std::sync::Arc;

use arrow::datatypes::Schema;
use serde::Serialize;

use crate::contract::{Column, Contract, Drift, Measure, Period, Rule, type_name};
use crate::engine::{PlannedTable, landed_schema};
use crate::model::{Model, TableName, recorded_schema};
use crate::pipeline::{Extract, KnownAt, Pipeline};

/// A table; what is empty is left out of the page.
#[derive(Debug, Default, Serialize)]
pub(super) struct Table {
    pub name: String,
    /// Of a mart, whether people get to see it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub published: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    purpose: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    usage: String,
    /// What one row is.
    #[serde(skip_serializing_if = "String::is_empty")]
    row: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    key: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    needs: Vec<String>,
    /// Of what it needs, what no extract brings: it is empty then.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing: Vec<String>,
    /// What is to know beside the columns, one line each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    facts: Vec<(&'static str, String)>,
    /// What every row and the whole table promise, beside the rules of columns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    promises: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sql: Vec<Sql>,
    /// The settings that its SQL names, beside those that are tables.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    settings: Vec<String>,
    pub columns: Vec<ToldColumn>,
    /// The tables it reads, by their place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<usize>,
    /// For each column the columns it comes from: the place of each among all columns, and how its value goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lineage: Option<Vec<Vec<usize>>>,
    /// What decides which rows there are: the place of a column among all columns, and what it does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rows_by: Vec<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quarantined: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Sql {
    path: String,
    text: Arc<str>,
    /// Whether it is the project's own, and not the product's.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    own: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    system: Option<String>,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct ToldColumn {
    pub name: String,
    #[serde(rename = "type")]
    type_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    required: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    personal: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    formula: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rules: Vec<String>,
    /// The table and the column that its values stand in.
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<(String, String)>,
}

impl Table {
    /// What a landed extract is.
    pub fn of_extract(extract: &Extract) -> Table {
        let name = TableName::new("landing", &extract.name);
        let mut table = Table::under_contract(&name, &extract.contract, &landed_schema(&extract.contract));
        table.facts.insert(0, ("files", extract.files.clone()));
        table.facts.insert(1, ("load", extract.load.to_string()));
        table.facts.insert(2, ("known at", told_known_at(&extract.known_at)));
        let period = match extract.contract.period {
            Period::Day => "day",
            Period::Week => "week",
            Period::Month => "month",
            Period::Quarter => "quarter",
            Period::Year => "year",
        };
        table.facts.push(("delivered each", period.to_string()));
        table.promises.push(match extract.contract.drift {
            Drift::Stop => "a file with columns beyond these is refused".to_string(),
            Drift::IgnoreExtra => "columns beyond these are left out".to_string(),
        });
        table.promises.push(format!("rows in quarantine: at most {}", extract.contract.max_quarantined));
        table
    }

    /// What a model makes.
    pub fn of_model(pipeline: &Pipeline, model: &Model, planned: &PlannedTable) -> Table {
        let mut table = match &model.contract {
            Some(contract) => Table::under_contract(&model.name, contract, &planned.schema),
            None => Table::plain(&model.name, &planned.schema),
        };
        if table.row.is_empty() {
            table.row = model.parts.first().map(|part| part.sql.title()).unwrap_or_default();
        }
        table.published = pipeline.marts.contains(&model.name);
        table.missing = model.missing_needs(&pipeline.models);
        table.sql = model
            .parts
            .iter()
            .map(|part| Sql::of(pipeline, part.sql.path.as_str(), &part.sql.text, part.source_system.clone()))
            .collect();
        let named = model.parts.iter().flat_map(|part| part.sql.parameters.iter().map(|(name, _)| name.clone()));
        table.settings = named.collect();
        table.settings.sort_unstable();
        table.settings.dedup();
        if model.parts.is_empty() {
            table.facts.push(("source", "none: the table is empty".to_string()));
        }
        table
    }

    /// What the runner fills in.
    pub fn of_record(name: &TableName) -> Option<Table> {
        let schema = recorded_schema(&name.name)?;
        let mut table = Table::plain(name, &schema);
        table.purpose = "What the runner itself knows, for the marts that tell of it.".to_string();
        Some(table)
    }

    /// Columns of these names and types.
    pub fn plain(name: &TableName, schema: &Schema) -> Table {
        let columns = schema.fields().iter().map(|field| ToldColumn {
            name: field.name().clone(),
            type_name: type_name(field.data_type()),
            description: of_the_runner(field.name()).to_string(),
            ..ToldColumn::default()
        });
        Table { name: name.to_string(), columns: columns.collect(), ..Table::default() }
    }

    fn under_contract(name: &TableName, contract: &Contract, schema: &Schema) -> Table {
        let mut table = Table::plain(name, schema);
        for column in &mut table.columns {
            if let Some(promised) = contract.column(&column.name) {
                *column = ToldColumn::of(promised, &name.schema);
            }
        }
        let contract_file = format!("{}, version {}", contract.file, contract.version);
        // What the runner compares totals by has none.
        table.facts.extend((!contract.text.is_empty()).then_some(("contract", contract_file)));
        table.facts.extend(contract.snapshot_by.iter().map(|column| ("accumulates by", column.clone())));
        Table {
            purpose: contract.purpose.clone(),
            usage: contract.usage.clone(),
            row: contract.description.clone(),
            key: contract.key().into_iter().map(str::to_string).collect(),
            needs: contract.needs.clone(),
            promises: promises(contract),
            ..table
        }
    }
}

impl Sql {
    fn of(pipeline: &Pipeline, path: &str, text: &Arc<str>, system: Option<String>) -> Sql {
        Sql { path: path.to_string(), text: Arc::clone(text), own: !pipeline.is_products(path), system }
    }
}

impl ToldColumn {
    fn of(column: &Column, schema: &str) -> ToldColumn {
        let reference = column.reference.as_ref();
        ToldColumn {
            name: column.name.clone(),
            type_name: type_name(&column.data_type),
            unit: column.unit.clone(),
            required: column.required,
            personal: column.is_personal,
            description: column.description.clone(),
            formula: column.formula.clone(),
            rules: column.rules.iter().map(Rule::describe).collect(),
            reference: reference.map(|to| (format!("{schema}.{}", to.table), to.column.clone())),
        }
    }
}

/// What a contract asks beyond single columns.
fn promises(contract: &Contract) -> Vec<String> {
    let mut promises: Vec<String> =
        contract.row_conditions.iter().map(|condition| format!("{}: {}", condition.name, condition.sql)).collect();
    promises.extend(contract.freshness.iter().map(|freshness| {
        let column = freshness.column.as_deref().unwrap_or("the newest load");
        let hours = freshness.at_most_hours;
        let age = if hours % 24 == 0 { format!("{} days", hours / 24) } else { format!("{hours} hours") };
        format!("fresh: {column} ends at most {age} before the end of the last whole period")
    }));
    promises.extend(contract.expectations.iter().map(|expectation| {
        let (name, must) = (&expectation.name, &expectation.must);
        match &expectation.measure {
            Measure::Query { sql } => format!("{name}: {must} = {sql}"),
            measure => format!("{name}: the {} is {must}", measure.describe()),
        }
    }));
    promises
}

fn told_known_at(known_at: &KnownAt) -> String {
    match known_at {
        KnownAt::Now => "the time of the run that lands it".to_string(),
        KnownAt::FileTime => "the file's modification time".to_string(),
        KnownAt::FileName(pattern) => format!("the date in the file's name, {pattern}"),
        KnownAt::Column(column) => format!("the column {column}"),
    }
}

/// What the columns say that stand in tables without a word in a contract.
fn of_the_runner(column: &str) -> &'static str {
    match column {
        "_source_row" => "The line of its file where the record begins.",
        "_known_at" => "When the row became known.",
        "_source_file" => "The file that brought the row.",
        "_batch_id" => "The landed batch that holds the row.",
        "source_system" => "The system that the row comes from.",
        _ => "",
    }
}
