//! The tables of schema `record`: what the runner knows of extracts and loads, filled in for the marts that tell of it.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

use crate::contract::UTC;
use crate::model::TableName;

/// The schema's name.
pub const RECORD: &str = "record";

const TABLES: [&str; 2] = ["extracts", "loads"];

/// All tables that the runner fills in.
pub fn recorded_tables() -> impl Iterator<Item = TableName> {
    TABLES.iter().map(|table| TableName::new(RECORD, table))
}

/// The columns of such a table; None where there is no such table.
pub fn recorded_schema(table: &str) -> Option<SchemaRef> {
    let time = || DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.into()));
    let columns = match table {
        // One row per extract of the pipeline.
        "extracts" => vec![
            ("extract", DataType::Utf8),
            ("load_mode", DataType::Utf8),
            // The last day of the last whole period that ends by `$as_of`.
            ("expected_to", DataType::Date32),
            // How old its newest row may be at the end of that day.
            ("allowed_age_hours", DataType::Int64),
        ],
        // One row per file of a load that is shown.
        "loads" => vec![
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
        ],
        _ => return None,
    };
    let fields = columns.into_iter().map(|(name, data_type)| Field::new(name, data_type, true));
    Some(Arc::new(Schema::new(fields.collect::<Vec<_>>())))
}
