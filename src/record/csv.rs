//! Rows as CSV (RFC 4180): a NULL is nothing, a text without letters `""`, so that both can be told apart; decimals keep
//! their digits, times are UTC with a `Z`.

use std::io::Write;

use anyhow::Result;
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, SchemaRef};
use arrow::util::display::{ArrayFormatter, FormatOptions};

/// The names of the columns, as the first line.
pub fn csv_header(schema: &SchemaRef) -> Vec<u8> {
    let mut line = Vec::new();
    for (position, field) in schema.fields().iter().enumerate() {
        if position > 0 {
            line.push(b',');
        }
        text(field.name(), &mut line);
    }
    line.extend_from_slice(b"\r\n");
    line
}

/// Appends a line for each row.
///
/// # Errors
/// When a type has no text.
pub fn csv_rows(batch: &RecordBatch, out: &mut Vec<u8>) -> Result<()> {
    let options = FormatOptions::default()
        .with_timestamp_format(Some("%Y-%m-%dT%H:%M:%S%.fZ"))
        .with_timestamp_tz_format(Some("%Y-%m-%dT%H:%M:%S%.fZ"));
    let shown: Vec<ArrayFormatter<'_>> =
        batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options)).collect::<Result<_, _>>()?;
    for row in 0..batch.num_rows() {
        for (position, (column, shown)) in batch.columns().iter().zip(&shown).enumerate() {
            if position > 0 {
                out.push(b',');
            }
            match column.data_type() {
                // Of a column of nothing but NULL no row says so itself.
                data_type if column.is_null(row) || data_type.is_null() => {}
                DataType::Utf8 => text(column.as_string::<i32>().value(row), out),
                // Numbers, dates and truth values hold nothing that a reader could take for a separator.
                data_type if data_type.is_primitive() || *data_type == DataType::Boolean => {
                    write!(out, "{}", shown.value(row))?;
                }
                _ => text(&shown.value(row).to_string(), out),
            }
        }
        out.extend_from_slice(b"\r\n");
    }
    Ok(())
}

/// A text, in quotes where a reader would else take it for something other.
fn text(value: &str, out: &mut Vec<u8>) {
    let needs_quotes = |letter: u8| matches!(letter, b'"' | b',' | b'\r' | b'\n');
    let has_bounds = value.starts_with([' ', '\t']) || value.ends_with([' ', '\t']);
    if !value.is_empty() && !has_bounds && !value.bytes().any(needs_quotes) {
        out.extend_from_slice(value.as_bytes());
        return;
    }
    out.push(b'"');
    for letter in value.bytes() {
        if letter == b'"' {
            out.push(b'"');
        }
        out.push(letter);
    }
    out.push(b'"');
}
