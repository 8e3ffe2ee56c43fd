//! Source -> record batches: finds an extract's files and reads them, typed by the contract, never by a guess.
//! One file per format; the values and row rules are the same for all of them.

mod archive;
mod bytes;
mod csv;
mod encoding;
mod excel;
mod files;
mod fixed_width;
mod folders;
#[cfg(fuzzing)]
pub mod fuzzing;
mod guard;
mod header;
mod json;
mod number;
mod pool;
mod rules;
mod shape;
mod stored;
mod sums;
mod text;
mod typed;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use chrono::{DateTime, Utc};

use crate::contract::Contract;
use crate::engine::Condition;
use crate::extract::folders::Folders;
use crate::extract::rules::FileColumn;
use crate::fault::{Fault, Faults};
use crate::pipeline::{Compression, Extract, Format};

pub use bytes::sha256_of;
pub use files::{find, text_of, written};
pub use folders::folder_values;
pub use shape::{Found, columns_in, day_by, first_records, is_time_by, source_file, start_of};
pub use stored::{Fetch, Stored};
pub use sums::Sum;
pub use text::MAX_RECORD_BYTES;
pub use text::records::LeftOut;

/// The last column of every landed table: the physical line of the source file where the record starts, from 1.
pub const SOURCE_ROW: &str = "_source_row";

/// One file that an extract brings, or one member of an archive.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// On the local disk; of a file in an object store, where it was fetched to.
    pub path: PathBuf,
    /// The member of the archive at `path` that is meant.
    pub member: Option<String>,
    pub compression: Compression,
    /// Its path below the extract's source, with `/` on every system; a member's stands below its archive's.
    pub name: String,
    pub bytes: u64,
    pub modified: DateTime<Utc>,
    pub stored: Option<Stored>,
}

impl SourceFile {
    /// What an object store says of its content.
    pub fn e_tag(&self) -> Option<&str> {
        self.stored.as_ref()?.e_tag.as_deref()
    }
}

/// Asks a reading that is under way to stop; it does so at the next chunk.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How a file is read, beside what its extract says.
#[derive(Debug, Clone)]
pub struct ReadOptions {
    /// How many threads turn text into values.
    pub threads: usize,
    /// How much text one thread takes at a time; what is read does not depend on it.
    pub chunk_bytes: usize,
    /// Columns that may not be empty although the contract allows it, since the load is dated by them.
    pub also_required: Vec<String>,
    /// The contract's conditions over whole rows, planned.
    pub conditions: Vec<Condition>,
    pub stop: Stop,
}

/// What a stretch of a file turned out to be; stretches come in the order of the file.
#[derive(Debug)]
pub struct Rows {
    /// The rows that keep every rule: the contract's columns and `_source_row`.
    pub batch: RecordBatch,
    /// The records that do not, in the order of the file.
    pub quarantined: Vec<Quarantined>,
    /// All records.
    pub rows_read: u64,
    /// Lines that are no records: comments, headers that come again, what stands before and behind.
    pub left_out: LeftOut,
    /// Of the columns that control totals are about, over all records, also those in quarantine.
    pub sums: Vec<Sum>,
    /// The length of the text, after decompression.
    pub bytes: u64,
}

/// One record that breaks a row rule. The first rule it breaks is the one that is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// The physical line where the record starts, from 1.
    pub line: u64,
    /// Where the field starts, in characters of the record, from 1.
    pub place: u64,
    /// The physical line where the field starts, and where in that line, in characters; both from 1.
    pub field_at: (u64, u64),
    pub column: Option<String>,
    pub rule: String,
    /// What was found and what was expected; without the value of a personal column.
    pub message: String,
    /// The record as it stands in the file; what is not UTF-8 shows as `�`.
    pub raw_text: String,
    /// The record as people may be shown it: personal values are masked.
    pub shown_text: String,
}

/// Why a file could not be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Something about the file is wrong that is no matter of single rows.
    #[error("{0}")]
    Source(Faults),
    #[error("stopped")]
    Stopped,
    /// Whoever took the rows could not.
    #[error(transparent)]
    Taker(#[from] anyhow::Error),
}

impl From<Fault> for ReadError {
    fn from(fault: Fault) -> ReadError {
        ReadError::Source(Faults(vec![fault]))
    }
}

/// The table that an extract of this contract lands as.
pub fn landed_schema(contract: &Contract) -> SchemaRef {
    let mut fields: Vec<_> = contract.schema().fields().iter().cloned().collect();
    fields.push(Arc::new(Field::new(SOURCE_ROW, DataType::Int64, false)));
    Arc::new(Schema::new(fields))
}

/// What is read, and how.
struct Reading<'a> {
    file: &'a SourceFile,
    extract: &'a Extract,
    options: &'a ReadOptions,
}

/// Reads a file whole, whose hash is known: `taken` turns rows into something on several threads, `in_order` gets that
/// in the order of the file, on the calling thread.
///
/// # Errors
/// What is wrong with the file as a whole, also that it has changed since it was hashed; a request to stop; and whatever
/// the two takers fail with.
pub fn read<Taken: Send>(
    file: &SourceFile,
    sha256: &str,
    extract: &Extract,
    options: &ReadOptions,
    taken: impl Fn(Rows) -> anyhow::Result<Taken> + Sync,
    in_order: impl FnMut(Taken) -> anyhow::Result<()>,
) -> Result<(), ReadError> {
    let folders = Folders::of(file, extract, &options.also_required)?;
    let taken = |rows| taken(folders.add_to(rows)?);
    let reading = Reading { file, extract: &extract.inside_files(), options };
    let found = match &extract.reader.format {
        Format::Csv(csv) => Some(csv::read(&reading, csv, taken, in_order)?),
        Format::FixedWidth(form) => Some(fixed_width::read(&reading, form, taken, in_order)?),
        Format::Json(json) => Some(json::read(&reading, json, taken, in_order)?),
        Format::Excel(excel) => excel::read(&reading, excel, taken, in_order).map(|()| None)?,
        Format::Parquet => typed::read_parquet(&reading, taken, in_order).map(|()| None)?,
        Format::Arrow => typed::read_arrow(&reading, taken, in_order).map(|()| None)?,
        Format::Avro => typed::read_avro(&reading, taken, in_order).map(|()| None)?,
    };
    // These are not read from their first byte to the last, so that nothing could be hashed on the way.
    let found = found.map_or_else(|| sha256_of(file, &options.stop), Ok)?;
    if found == sha256 {
        return Ok(());
    }
    let fault = Fault::of_file(&file.name, "the file changed while it was read");
    Err(fault.with_help("run again once its delivery has ended").into())
}

/// The numbers of the columns that control totals are about.
fn summed_columns(extract: &Extract) -> Vec<usize> {
    let sums = extract.delivery.control_totals.iter().flat_map(|totals| &totals.sums);
    sums.filter_map(|name| extract.contract.columns.iter().position(|column| column.name == *name)).collect()
}

/// The contract's columns as they stand in a file, each in its field.
fn columns_of<'a>(extract: &'a Extract, fields: &[usize], also_required: &[String]) -> Vec<FileColumn<'a>> {
    let columns = extract.contract.columns.iter().zip(fields);
    columns
        .map(|(column, field)| FileColumn {
            column,
            field: *field,
            required: column.required || also_required.contains(&column.name),
            notation: extract.reader.notation_of(&column.name),
        })
        .collect()
}

fn empty_file(file: &SourceFile, expected: &str) -> Fault {
    Fault::of_file(&file.name, format!("the file is empty, expected {expected}")).with_help("have it delivered again")
}
