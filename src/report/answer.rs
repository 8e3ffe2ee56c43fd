//! What one query of the page brings back, as compact JSON: by column, texts that come again and again once.

use std::collections::HashMap;

use anyhow::Result;
use arrow::array::Array;
use arrow::datatypes::DataType;
use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::prelude::SessionContext;
use futures::TryStreamExt;
use serde_json::{Map, Value, json};

use crate::engine::{self, Engine};
use crate::model::SqlFile;
use crate::warehouse::publish_log::Entry;

/// The rows of one query, or why there are none.
pub(super) struct Answer {
    /// The name of the query's file, without folder and ending.
    pub(super) name: String,
    file: String,
    /// What one row is.
    title: String,
    marts: Vec<String>,
    /// Marts that the query asks and the set does not have; then it was not asked.
    pub(super) missing: Vec<String>,
    pub(super) rows: usize,
    columns: Map<String, Value>,
}

impl Answer {
    /// Asks a query of a published set; where a mart is not published, it is not asked.
    pub(super) async fn to(
        engine: &Engine,
        session: &SessionContext,
        query: &SqlFile,
        entry: &Entry,
    ) -> Result<Answer> {
        let marts = marts(query);
        let missing: Vec<String> = marts.iter().filter(|mart| !entry.marts.contains_key(*mart)).cloned().collect();
        let name = query.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".sql").to_string();
        let batches = if missing.is_empty() { rows(engine, session, &query.text).await? } else { Vec::new() };
        Ok(Answer {
            name,
            file: query.path.clone(),
            title: query.title(),
            marts,
            missing,
            rows: batches.iter().map(RecordBatch::num_rows).sum(),
            columns: columns(&batches)?,
        })
    }

    pub(super) fn json(self) -> Value {
        json!({
            "file": self.file,
            "title": self.title,
            "marts": self.marts,
            "missing": self.missing,
            "rows": self.rows,
            "columns": self.columns,
        })
    }
}

/// All rows; one batch without any where there are none, for its columns.
async fn rows(engine: &Engine, session: &SessionContext, sql: &str) -> Result<Vec<RecordBatch>> {
    let rows = engine::ask(engine, session, sql).await?;
    let schema = rows.schema();
    let batches: Vec<RecordBatch> = rows.try_collect().await?;
    Ok(if batches.is_empty() { vec![RecordBatch::new_empty(schema)] } else { batches })
}

/// The marts that a query asks, in the order of its text.
pub(super) fn marts(query: &SqlFile) -> Vec<String> {
    let mut marts: Vec<String> = Vec::new();
    for table in query.tables.iter().filter(|table| table.name.schema == "marts") {
        if !marts.contains(&table.name.name) {
            marts.push(table.name.name.clone());
        }
    }
    marts
}

fn columns(batches: &[RecordBatch]) -> Result<Map<String, Value>> {
    let Some(schema) = batches.first().map(RecordBatch::schema) else { return Ok(Map::new()) };
    let options = FormatOptions::default();
    let mut columns = Map::new();
    for (position, field) in schema.fields().iter().enumerate() {
        let mut values = Vec::new();
        for batch in batches {
            let column = batch.column(position);
            let shown = ArrayFormatter::try_new(column, &options)?;
            values.extend((0..column.len()).map(|row| {
                if column.is_null(row) { Value::Null } else { value(column.data_type(), &shown.value(row).to_string()) }
            }));
        }
        columns.insert(field.name().clone(), shortened(values));
    }
    Ok(columns)
}

/// A value as the page computes with it: numbers as numbers, all else as text.
fn value(data_type: &DataType, shown: &str) -> Value {
    match data_type {
        DataType::Boolean => (shown == "true").into(),
        data_type if data_type.is_numeric() => number(shown),
        _ => shown.into(),
    }
}

/// A number without the zeros that its type puts behind it; what is none, as infinity, is not known.
fn number(shown: &str) -> Value {
    let has_zeros = shown.contains('.') && !shown.contains('e');
    let digits = if has_zeros { shown.trim_end_matches('0').trim_end_matches('.') } else { shown };
    match (digits.parse::<i64>(), digits.parse::<f64>()) {
        (Ok(whole), _) => whole.into(),
        (_, Ok(number)) => number.into(),
        _ => Value::Null,
    }
}

/// Texts of which most come again: each once, and by its place where it stands.
fn shortened(values: Vec<Value>) -> Value {
    let comes_again = |(distinct, _): &(Vec<&str>, Vec<Option<usize>>)| distinct.len() * 2 <= values.len();
    let short = places(&values).filter(comes_again).map(|(distinct, at)| json!({ "values": distinct, "at": at }));
    short.unwrap_or(Value::Array(values))
}

/// The distinct texts in the order in which they come, and which stands where; None where not all are texts.
fn places(values: &[Value]) -> Option<(Vec<&str>, Vec<Option<usize>>)> {
    let mut known: HashMap<&str, usize> = HashMap::new();
    let mut distinct = Vec::new();
    let mut at = Vec::new();
    for value in values {
        at.push(match value {
            Value::Null => None,
            Value::String(text) => Some(*known.entry(text).or_insert_with(|| {
                distinct.push(text.as_str());
                distinct.len() - 1
            })),
            _ => return None,
        });
    }
    Some((distinct, at))
}
