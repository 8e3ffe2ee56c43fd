//! Rows and counts as people read them in the lines of a run.

use anyhow::Result;
use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};

use crate::record::screen::{padded, width_of};

/// A count with thousands separators, as people read it.
pub fn number(count: u64) -> String {
    let digits = count.to_string();
    let mut shown = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// Rows as people read them: a title, the names of the columns, numbers to the right. Nothing where there are no rows.
///
/// # Errors
/// When a value cannot be shown.
pub fn table(title: &str, batches: &[RecordBatch]) -> Result<Vec<String>> {
    let Some(schema) = batches.iter().find(|batch| batch.num_rows() > 0).map(RecordBatch::schema) else {
        return Ok(Vec::new());
    };
    let names: Vec<String> = schema.fields().iter().map(|field| field.name().replace('_', " ")).collect();
    let mut rows = vec![names];
    for batch in batches {
        let options = FormatOptions::default();
        let columns = batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options));
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        rows.extend(
            (0..batch.num_rows()).map(|row| columns.iter().map(|column| column.value(row).to_string()).collect()),
        );
    }
    let mut lines = vec![format!("{title}:")];
    for row in &rows {
        let cells = row.iter().zip(schema.fields()).enumerate().map(|(position, (cell, field))| {
            let width = rows.iter().map(|row| width_of(&row[position])).max().unwrap_or(0);
            padded(cell, width, field.data_type().is_numeric())
        });
        lines.push(cells.collect::<Vec<_>>().join("  ").trim_end().to_string());
    }
    Ok(lines)
}
