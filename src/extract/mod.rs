//! Source -> record batches: finds an extract's files and reads them, typed by the contract, never by a guess.
//! One file per format; the values and row rules are the same for all of them.

mod bytes;
mod csv;
mod files;
mod pool;
mod rules;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use chrono::{DateTime, Utc};

use crate::contract::Contract;
use crate::fault::{Fault, Faults};

pub use bytes::sha256_of;
pub use csv::{MAX_RECORD_BYTES, read};
pub use files::find;

/// The last column of every landed table: the physical line of the source file where the record starts, from 1.
pub const SOURCE_ROW: &str = "_source_row";

/// One file that an extract brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    pub path: PathBuf,
    /// Its path below the extract's source, with `/` on every system.
    pub name: String,
    pub bytes: u64,
    pub modified: DateTime<Utc>,
}

/// How a file is compressed; told by the end of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    None,
    Gzip,
}

impl SourceFile {
    pub fn compression(&self) -> Compression {
        let is_gzip = self.path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
        if is_gzip { Compression::Gzip } else { Compression::None }
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
