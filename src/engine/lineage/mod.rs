//! Where the columns of a table come from, read off its plan: each from which columns of the tables that its model
//! reads, and in which way. The plan is the one as written, before the engine leaves out of it what these settings make
//! needless, so that lineage tells of every branch of a query.

mod expressions;
mod plans;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use arrow::datatypes::SchemaRef;

use crate::engine::PlanOutcome;
use crate::engine::plan_all::Planning;
use crate::fault::Faults;
use crate::model::{Graph, TableName};
use crate::pipeline::Pipeline;

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceColumn {
    pub table: TableName,
    pub column: String,
}

/// The way from a source to a column. Where there are several, the last of these counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flow {
    /// It says which value the column gets and is none of it: what `case when` asks, the order of a window.
    Decides,
    /// Its value as it is; at most the type is another one.
    Copied,
    /// Part of an expression over one row.
    Computed,
    /// Values of several rows: an aggregate, a window.
    OverRows,
}

/// What a source does for the rows of a table, beside its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowUse {
    Filters,
    Joins,
    Groups,
    Sorts,
}

/// The sources of one column; without any it is a constant, or counts rows.
pub type Sources = BTreeMap<SourceColumn, Flow>;

/// Where the columns of one table come from, and its rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lineage {
    /// In the order of the table's columns.
    pub columns: Vec<Sources>,
    pub rows: BTreeMap<SourceColumn, BTreeSet<RowUse>>,
}

/// A model's table as its plan has it.
#[derive(Debug)]
pub struct PlannedTable {
    pub schema: SchemaRef,
    /// None where the plan holds something that is not understood: part of a lineage would look like all of it.
    pub lineage: Option<Lineage>,
}

/// The tables of these models of a pipeline, planned without data. What they read has to be among them.
///
/// # Errors
/// All that `plan_all` complains of in the models.
pub async fn planned_tables(
    pipeline: &Pipeline,
    graph: &Graph,
    wanted: &BTreeSet<TableName>,
) -> Result<BTreeMap<TableName, PlannedTable>> {
    let mut planning = Planning::of(pipeline, Vec::new())?;
    let mut tables = BTreeMap::new();
    let mut faults = Vec::new();
    for name in graph.order().iter().filter(|name| wanted.contains(*name)) {
        let Some(model) = pipeline.model(name) else { continue };
        planning.expect(model)?;
        match planning.plan(model).await? {
            Ok(plan) => {
                let (schema, lineage) = (plan.schema().inner().clone(), plans::lineage(&plan));
                tables.insert(name.clone(), PlannedTable { schema, lineage });
            }
            Err(PlanOutcome::Faults(found)) => faults.extend(found),
            // The fault of the table that it reads is told.
            Err(PlanOutcome::NotChecked(_) | PlanOutcome::Planned) => {}
        }
    }
    if !faults.is_empty() {
        bail!(Faults(faults));
    }
    Ok(tables)
}

/// Adds sources by one more way.
fn merge(into: &mut Sources, sources: &Sources, by: Flow) {
    for (source, flow) in sources {
        let flow = match (by, *flow) {
            (Flow::Decides, _) | (_, Flow::Decides) => Flow::Decides,
            (by, before) => by.max(before),
        };
        let known = into.entry(source.clone()).or_insert(flow);
        *known = flow.max(*known);
    }
}
