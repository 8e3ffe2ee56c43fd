//! The rows that answer a query, in the form that was asked for: a table for people, or a stream of CSV, JSON or Parquet
//! of which no more is held in memory than is on its way.

mod csv;
pub(super) mod json;
mod parquet;
mod sink;
mod table;

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use arrow::array::Array;
use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use clap::ValueEnum;
use datafusion::execution::SendableRecordBatchStream;

pub(super) use sink::{Pipe, is_terminal};
pub(super) use table::{Shown, show};

/// What the answer to a query is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Columns side by side, for people
    Table,
    /// A line of names, then a line for each row; NULL is empty, and empty text is ""
    Csv,
    /// One array with an object for each row
    Json,
    /// A line with an object for each row
    Jsonl,
    /// The types of the marts, kept
    Parquet,
}

impl Format {
    /// The format that a file's name ends in.
    ///
    /// # Errors
    /// When it ends in none that is known.
    pub fn of_file(path: &Path) -> Result<Format> {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        Ok(match ending.as_deref() {
            Some("csv") => Format::Csv,
            Some("json") => Format::Json,
            Some("jsonl" | "ndjson") => Format::Jsonl,
            Some("parquet") => Format::Parquet,
            Some("txt") => Format::Table,
            _ => bail!(
                "the format of {} is not said: let its name end in .csv, .json, .jsonl, .parquet or .txt, or add --format",
                path.display()
            ),
        })
    }
}

/// Writes all rows, and returns how many there were.
///
/// # Errors
/// When the query fails on its way, the format cannot hold its columns, or what is written to takes no more.
pub(super) async fn write(
    format: Format,
    rows: SendableRecordBatchStream,
    out: &mut (impl Write + Send),
) -> Result<u64> {
    match format {
        Format::Table => Ok(show(rows, out, None).await?.rows),
        Format::Csv => csv::write(rows, out).await,
        Format::Json => json::write_array(rows, out).await,
        Format::Jsonl => json::write_lines(rows, out).await,
        Format::Parquet => parquet::write(rows, out).await,
    }
}

/// How the values of a batch read: decimals with all their digits, dates and times as ISO 8601 has them.
struct Texts<'batch> {
    columns: Vec<ArrayFormatter<'batch>>,
}

impl<'batch> Texts<'batch> {
    fn of(batch: &'batch RecordBatch, options: &'batch FormatOptions<'batch>) -> Result<Texts<'batch>> {
        let columns = batch.columns().iter().map(|column| ArrayFormatter::try_new(column, options));
        Ok(Texts { columns: columns.collect::<Result<_, _>>().context("showing values")? })
    }

    /// The value as text; none where it is NULL.
    fn value(&self, batch: &RecordBatch, column: usize, row: usize) -> Result<Option<String>> {
        if batch.column(column).is_null(row) || batch.column(column).data_type().is_null() {
            return Ok(None);
        }
        let shown = self.columns[column].value(row).try_to_string();
        let shown = shown.with_context(|| format!("showing a value of `{}`", batch.schema_ref().field(column).name()));
        Ok(Some(shown?))
    }
}

/// A value that cannot be shown is an error, and no text among others.
const SHOWN: FormatOptions<'static> = FormatOptions::new().with_display_error(false);
