//! How it is queried: the one place where a DataFusion session is made, planned with, asked, and written from.

mod arithmetic;
mod ask;
mod comparisons;
mod condition;
mod conform;
mod fifo;
mod gathered;
mod joins;
mod lineage;
mod plan;
mod plan_all;
mod rolling;
mod session;
mod sums;
mod supply;
mod table;
mod to_plan;
mod write;

use arrow::array::{Array, BooleanArray};

pub use ask::{ask, collect, collect_spilling, is_distinct, only_reads, read_back, rows_of};
pub use condition::{Condition, NotTrue, conditions};
pub use conform::{model_schema, no_rows};
pub use lineage::{Flow, Lineage, PlannedTable, RowUse, SourceColumn, Sources, planned_tables};
pub use plan::{is_grouped_wrongly, plan, plan_model};
pub use plan_all::{PlanOutcome, plan_all, plan_for_run};
pub use session::{CATALOG, Engine, EngineOptions, another_session, is_of_the_machine};
pub use table::{
    DataFile, Tables, batches_table, built_table, empty_table, files_table, landed_schema, load_fields,
    published_tables, rows_table,
};
pub use write::{Written, WrittenFile, write};

/// Whether an aggregate's filter lets a row in.
fn lets_in(filter: Option<&BooleanArray>, row: usize) -> bool {
    filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row))
}
