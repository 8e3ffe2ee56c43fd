//! Arrow IPC, as a file (also called Feather) or as a stream.

use std::fs::File;
use std::io::{BufReader, Read, Seek};

use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::reader::{FileReader, StreamReader};
use arrow::record_batch::RecordBatchReader;

use crate::extract::typed::{numbered, read_pieces, unreadable};
use crate::extract::{ReadError, Reading, Rows};

const FILE_MARK: &[u8] = b"ARROW1";

/// Reads a file whole; see `extract::read`.
pub(in crate::extract) fn read<Taken: Send>(
    reading: &Reading<'_>,
    taken: impl Fn(Rows) -> anyhow::Result<Taken> + Sync,
    in_order: impl FnMut(Taken) -> anyhow::Result<()>,
) -> Result<(), ReadError> {
    let bad = |error: &dyn std::fmt::Display| unreadable(reading, "Arrow IPC", error);
    let batches = batches_of(reading.opened()?).map_err(|error| bad(&error))?;
    let schema = batches.schema();
    let pieces = numbered(batches.map(|batch| batch.map_err(|error| bad(&error))));
    read_pieces(
        reading,
        &schema,
        pieces,
        |pieces| pieces.next().transpose(),
        |piece| Ok(std::iter::once(Ok(piece))),
        taken,
        in_order,
    )
}

/// The schema that a file has.
///
/// # Errors
/// When it is no Arrow IPC.
pub(in crate::extract) fn schema(file: File) -> Result<SchemaRef, ArrowError> {
    Ok(batches_of(file)?.schema())
}

fn batches_of(file: File) -> Result<Box<dyn RecordBatchReader + Send>, ArrowError> {
    let mut file = BufReader::new(file);
    let mut mark = Vec::new();
    file.by_ref().take(FILE_MARK.len() as u64).read_to_end(&mut mark)?;
    file.rewind()?;
    Ok(if mark == FILE_MARK {
        Box::new(FileReader::try_new(file, None)?)
    } else {
        Box::new(StreamReader::try_new(file, None)?)
    })
}
