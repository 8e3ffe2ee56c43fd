//! Arrow IPC, as a file (also called Feather) or as a stream.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::reader::{FileReader, StreamReader, read_footer_length};
use arrow::ipc::{root_as_footer, root_as_message};
use arrow::record_batch::RecordBatchReader;

use crate::extract::typed::pieces::Pieces;
use crate::extract::typed::{guarded, read_pieces, unreadable};
use crate::extract::{ReadError, Reading, Rows};

const FILE_MARK: &[u8] = b"ARROW1";

/// What stands before each message.
const MESSAGE_MARK: [u8; 4] = [0xFF; 4];

/// The longest stretch of values that is decompressed: as far as offsets of 32 bits reach.
const MAX_VALUES: u64 = 1 << 31;

/// Reads a file whole; see `extract::read`.
pub(in crate::extract) fn read<Taken: Send>(
    reading: &Reading<'_>,
    taken: impl Fn(Rows) -> anyhow::Result<Taken> + Sync,
    in_order: impl FnMut(Taken) -> anyhow::Result<()>,
) -> Result<(), ReadError> {
    let bad = |error: &dyn std::fmt::Display| unreadable(reading, error);
    let file = reading.opened()?;
    let batches = guarded(reading, || batches_of(file).map_err(|error| bad(&error)))?;
    let schema = batches.schema();
    let mut next_row = 1;
    let batches = batches.map(move |batch| {
        let first_row = next_row;
        next_row += batch.as_ref().map_or(0, |batch| batch.num_rows() as u64);
        batch.map(|batch| (first_row, batch)).map_err(|error| bad(&error))
    });
    let next = |batches: &mut _| Iterator::next(batches).transpose();
    let pieces = |(first_row, batch)| Ok(Pieces::of(reading, first_row, std::iter::once(Ok(batch))));
    read_pieces(reading, &schema, batches, next, pieces, taken, in_order)
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
    let end = file.seek(SeekFrom::End(0))?;
    Ok(if mark == FILE_MARK {
        hold_file(&mut file, end)?;
        file.rewind()?;
        Box::new(FileReader::try_new(file, None)?)
    } else {
        hold_stream(&mut file, end)?;
        file.rewind()?;
        Box::new(StreamReader::try_new(file, None)?)
    })
}

/// Holds the lengths that a file tells against its own. The reader takes as much memory as they ask for, and a program
/// that does not get it is ended on the spot. What else is wrong the reader tells.
fn hold_file(file: &mut BufReader<File>, end: u64) -> Result<(), ArrowError> {
    let mut tail = [0; 10];
    file.seek(SeekFrom::Start(end.saturating_sub(tail.len() as u64)))?;
    file.read_exact(&mut tail)?;
    let length = read_footer_length(tail)?;
    let start = end.checked_sub((length + tail.len()) as u64).ok_or_else(too_long)?;
    file.seek(SeekFrom::Start(start))?;
    let mut footer = vec![0; length];
    file.read_exact(&mut footer)?;
    let Ok(footer) = root_as_footer(&footer) else { return Ok(()) };
    let blocks = [footer.dictionaries(), footer.recordBatches()];
    for block in blocks.into_iter().flatten().flatten() {
        let place = |number: i64| u64::try_from(number).map_err(|_| too_long());
        let (start, metadata) = (place(block.offset())?, place(block.metaDataLength().into())?);
        let parts = [start, metadata, place(block.bodyLength())?];
        if parts.iter().try_fold(0_u64, |sum, part| sum.checked_add(*part)).is_none_or(|behind| behind > end) {
            return Err(too_long());
        }
        file.seek(SeekFrom::Start(start))?;
        hold_message(file, end)?;
    }
    Ok(())
}

fn hold_stream(file: &mut BufReader<File>, end: u64) -> Result<(), ArrowError> {
    file.rewind()?;
    while hold_message(file, end)? {}
    Ok(())
}

/// Whether a message is here, and behind it another one may be.
fn hold_message(file: &mut BufReader<File>, end: u64) -> Result<bool, ArrowError> {
    let mut word = [0; 4];
    if file.read_exact(&mut word).is_err() {
        return Ok(false);
    }
    if word == MESSAGE_MARK {
        file.read_exact(&mut word)?;
    }
    let length = u64::try_from(i32::from_le_bytes(word)).map_err(|_| too_long())?;
    let body = file.stream_position()?.checked_add(length).filter(|body| *body <= end).ok_or_else(too_long)?;
    let mut metadata = Vec::new();
    file.by_ref().take(length).read_to_end(&mut metadata)?;
    let Ok(message) = root_as_message(&metadata) else { return Ok(false) };
    let behind = u64::try_from(message.bodyLength()).ok().and_then(|length| body.checked_add(length));
    let behind = behind.filter(|behind| *behind <= end).ok_or_else(too_long)?;
    let of_dictionary = message.header_as_dictionary_batch().and_then(|batch| batch.data());
    for batch in message.header_as_record_batch().into_iter().chain(of_dictionary) {
        let buffers = batch.buffers().filter(|_| batch.compression().is_some());
        // Each begins with the length that it has once it is decompressed; -1 where it is not compressed.
        for buffer in buffers.into_iter().flatten().filter(|buffer| buffer.length() >= 8) {
            let start = u64::try_from(buffer.offset()).ok().and_then(|offset| body.checked_add(offset));
            file.seek(SeekFrom::Start(start.ok_or_else(too_long)?))?;
            let mut length = [0; 8];
            file.read_exact(&mut length)?;
            if u64::try_from(i64::from_le_bytes(length)).is_ok_and(|length| length > MAX_VALUES) {
                return Err(too_long());
            }
        }
    }
    file.seek(SeekFrom::Start(behind))?;
    Ok(true)
}

fn too_long() -> ArrowError {
    ArrowError::IpcError("a part of it says that it is longer than it can be".into())
}
