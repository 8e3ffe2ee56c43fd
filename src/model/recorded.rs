//! The tables of schema `record`: what the runner knows of extracts, loads, runs and contracts, filled in for the marts
//! that tell of it.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

use crate::contract::UTC;
use crate::model::TableName;

/// The schema's name.
pub const RECORD: &str = "record";

/// The schema of what reconciling checks compare, a table for each.
pub const CHECKS: &str = "checks";

const TABLES: [&str; 5] = ["extracts", "loads", "columns", "runs", "entries"];

/// What these hold is of each run another thing.
const OF_RUNS: [&str; 2] = ["runs", "entries"];

/// All tables that the runner fills in.
pub fn recorded_tables() -> impl Iterator<Item = TableName> {
    TABLES.iter().map(|table| TableName::new(RECORD, table))
}

/// Those that tell of runs, which no two runs fill in alike.
pub fn tables_of_runs() -> impl Iterator<Item = TableName> {
    OF_RUNS.iter().map(|table| TableName::new(RECORD, table))
}

/// The columns of such a table; None where there is no such table.
pub fn recorded_schema(table: &str) -> Option<SchemaRef> {
    let columns = match table {
        "extracts" => of_extracts(),
        "loads" => of_loads(),
        "columns" => of_columns(),
        "runs" => of_runs(),
        "entries" => of_entries(),
        _ => return None,
    };
    let fields = columns.into_iter().map(|(name, data_type)| Field::new(name, data_type, true));
    Some(Arc::new(Schema::new(fields.collect::<Vec<_>>())))
}

type Columns = Vec<(&'static str, DataType)>;

fn time() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.into()))
}

/// One row per extract of the pipeline.
fn of_extracts() -> Columns {
    vec![
        ("extract", DataType::Utf8),
        ("load_mode", DataType::Utf8),
        // The last day of the last whole period that ends by `$as_of`.
        ("expected_to", DataType::Date32),
        // How old its newest row may be at the end of that day.
        ("allowed_age_hours", DataType::Int64),
    ]
}

/// One row per file of a load that is shown.
fn of_loads() -> Columns {
    vec![
        ("extract", DataType::Utf8),
        ("load_number", DataType::Int64),
        ("source_file", DataType::Utf8),
        ("known_at", time()),
        ("snapshot_date", DataType::Date32),
        // The newest day in the column by which its freshness is told, else the day it became known.
        ("covered_to", DataType::Date32),
        ("rows_read", DataType::Int64),
        ("rows_landed", DataType::Int64),
        ("rows_quarantined", DataType::Int64),
    ]
}

/// One row per column of a mart that the pipeline publishes, as the mart's contract has it.
fn of_columns() -> Columns {
    vec![
        ("mart", DataType::Utf8),
        ("column_name", DataType::Utf8),
        ("position", DataType::Int64),
        ("data_type", DataType::Utf8),
        ("unit", DataType::Utf8),
        ("key_position", DataType::Int64),
        ("is_required", DataType::Boolean),
        ("is_personal", DataType::Boolean),
        ("description", DataType::Utf8),
        ("formula", DataType::Utf8),
        // What a value has to keep, in words, one rule after the other.
        ("rules", DataType::Utf8),
        ("referenced_mart", DataType::Utf8),
        ("referenced_column", DataType::Utf8),
        ("mart_purpose", DataType::Utf8),
        ("mart_row", DataType::Utf8),
        ("snapshot_by", DataType::Utf8),
        ("contract_version", DataType::Utf8),
    ]
}

/// One row per run whose record stands in the warehouse; the run that fills it in counts as what it is about to become.
fn of_runs() -> Columns {
    vec![
        ("run_id", DataType::Utf8),
        ("pipeline", DataType::Utf8),
        ("sopmart_version", DataType::Utf8),
        ("status", DataType::Utf8),
        ("exit_code", DataType::Int64),
        ("started_at", time()),
        ("ended_at", time()),
        ("milliseconds", DataType::Int64),
        ("as_of", DataType::Date32),
        ("known_at", time()),
        ("extracts_landed", DataType::Int64),
        ("extracts_refused", DataType::Int64),
        ("rows_read", DataType::Int64),
        ("rows_landed", DataType::Int64),
        ("rows_quarantined", DataType::Int64),
        ("models_built", DataType::Int64),
        ("models_reused", DataType::Int64),
        ("checks_passed", DataType::Int64),
        ("checks_failed", DataType::Int64),
        ("checks_warned", DataType::Int64),
        ("error", DataType::Utf8),
    ]
}

/// One row per entry of the publish log, that which the run is about to write included.
fn of_entries() -> Columns {
    vec![
        ("entry", DataType::Int64),
        ("run_id", DataType::Utf8),
        ("sopmart_version", DataType::Utf8),
        ("as_of", DataType::Date32),
        ("published_at", time()),
    ]
}
