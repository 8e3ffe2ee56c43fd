//! Conditions over the columns of one row, ready to be held against landed rows as they come.

use std::fmt::Write as _;
use std::sync::Arc;

use anyhow::{Result, anyhow};
use arrow::array::{Array, AsArray};
use arrow::datatypes::DataType;
use arrow::record_batch::RecordBatch;
use arrow::util::display::array_value_to_string;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_expr::PhysicalExpr;

use crate::contract::{Contract, RowCondition};
use crate::engine::{Engine, EngineOptions, Tables, empty_table, plan};
use crate::fault::{Fault, Faults};
use crate::model::{self, Settings, TableName};

/// How much of a value a message shows, in characters.
const SHOWN_CHARACTERS: usize = 80;

/// A contract's condition that is planned.
#[derive(Debug, Clone)]
pub struct Condition {
    /// The rule's name in quarantine.
    pub name: String,
    /// The columns it names, by their number in the contract.
    pub columns: Vec<usize>,
    sql: String,
    planned: Arc<dyn PhysicalExpr>,
}

/// A row for which a condition is not true, and why.
#[derive(Debug)]
pub struct NotTrue {
    pub row: usize,
    pub message: String,
}

/// Plans a contract's conditions.
///
/// # Errors
/// Every condition that is none over the contract's columns, or not the same whenever it is asked.
pub async fn conditions(contract: &Contract) -> Result<Vec<Condition>> {
    if contract.row_conditions.is_empty() {
        return Ok(Vec::new());
    }
    let options = EngineOptions { threads: 1, memory_limit: None, spill_folder: std::env::temp_dir() };
    let engine = Engine::without_warehouse(&options)?;
    let mut planned = Vec::new();
    let mut faults = Vec::new();
    for condition in &contract.row_conditions {
        match planned_condition(&engine, contract, condition).await {
            Ok(condition) => planned.push(condition),
            Err(why) => {
                let message = format!("row rule `{}`: {}", condition.name, why.message);
                let fault = Fault { help: why.help, ..Fault::at(&contract.file, condition.place.clone(), message) };
                faults.push(fault);
            }
        }
    }
    if faults.is_empty() { Ok(planned) } else { Err(Faults(faults).into()) }
}

async fn planned_condition(engine: &Engine, contract: &Contract, condition: &RowCondition) -> Result<Condition, Fault> {
    let broken = |message: String| Fault::of_file(&contract.file, message);
    let names = model::condition_columns(&condition.sql).map_err(broken)?;
    let table = TableName::new("landing", "of_the_contract");
    let mut tables = Tables::default();
    tables.add(&table, empty_table(&contract.schema()));
    let session = engine.session(&tables).map_err(|error| broken(format!("{error:#}")))?;
    let sql = model::parse(&contract.file, &format!("select {} as keeps from {table}", condition.sql))?;
    if let Some((name, _)) = sql.parameters.first() {
        return Err(broken(format!("it names the setting `${name}`, and what lands does not depend on settings")));
    }
    if sql.tables.len() != 1 {
        return Err(broken("it reads a table, and a row rule is about one row alone".into()));
    }
    let plan = plan(&session, &sql, &Settings::default()).await?;
    let found = plan.schema().field(0).data_type();
    if *found != DataType::Boolean {
        return Err(broken(format!("it is of type {found}, expected a condition that is true or false")));
    }
    let projection = match &plan {
        LogicalPlan::Projection(projection) if matches!(*projection.input, LogicalPlan::TableScan(_)) => {
            Some(projection)
        }
        _ => None,
    };
    let Some(projection) = projection else {
        return Err(broken("it counts over several rows, and a row rule is about one row alone".into()));
    };
    let planned = session
        .state()
        .create_physical_expr(projection.expr[0].clone(), projection.input.schema())
        .map_err(|error| broken(error.strip_backtrace()))?;
    let columns = names.iter().filter_map(|name| contract.columns.iter().position(|column| column.name == *name));
    let mut columns: Vec<usize> = columns.collect();
    columns.dedup();
    Ok(Condition { name: condition.name.clone(), columns, sql: condition.sql.clone(), planned })
}

impl Condition {
    /// The rows that break the rule. Where it cannot be computed for all rows together, each is asked by itself.
    ///
    /// # Errors
    /// When the batch is not of the contract.
    pub fn not_true(&self, batch: &RecordBatch, contract: &Contract) -> Result<Vec<NotTrue>> {
        match self.broken_in(batch) {
            Ok(rows) => Ok(rows
                .into_iter()
                .map(|row| NotTrue {
                    row,
                    message: format!("found {}, expected {}", self.shown(batch, row, contract), self.sql),
                })
                .collect()),
            Err(_) => Ok((0..batch.num_rows()).filter_map(|row| self.alone(batch, row, contract)).collect()),
        }
    }

    fn alone(&self, batch: &RecordBatch, row: usize, contract: &Contract) -> Option<NotTrue> {
        let found = || self.shown(batch, row, contract);
        let message = match self.broken_in(&batch.slice(row, 1)) {
            Ok(rows) if rows.is_empty() => return None,
            Ok(_) => format!("found {}, expected {}", found(), self.sql),
            Err(error) => format!("found {}, for which {} cannot be computed: {error:#}", found(), self.sql),
        };
        Some(NotTrue { row, message })
    }

    fn broken_in(&self, batch: &RecordBatch) -> Result<Vec<usize>> {
        let keeps = self.planned.evaluate(batch)?.into_array(batch.num_rows())?;
        let keeps = keeps.as_boolean_opt().ok_or_else(|| anyhow!("the rule is no condition"))?;
        if keeps.true_count() + keeps.null_count() == keeps.len() {
            return Ok(Vec::new());
        }
        Ok((0..keeps.len()).filter(|row| keeps.is_valid(*row) && !keeps.value(*row)).collect())
    }

    /// The values that the rule names, without personal ones.
    fn shown(&self, batch: &RecordBatch, row: usize, contract: &Contract) -> String {
        let mut shown = String::new();
        for number in &self.columns {
            let column = &contract.columns[*number];
            let value = match batch.column(*number) {
                _ if column.is_personal => "a personal value (not shown)".to_string(),
                values if values.is_null(row) => "nothing".to_string(),
                values => {
                    let text = array_value_to_string(values, row).unwrap_or_default();
                    format!("`{}`", text.chars().take(SHOWN_CHARACTERS).collect::<String>())
                }
            };
            let separator = if shown.is_empty() { "" } else { ", " };
            let _ = write!(shown, "{separator}{} {value}", column.name);
        }
        shown
    }
}
