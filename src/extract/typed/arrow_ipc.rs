//! Arrow IPC, as a file (also called Feather) or as a stream.

use std::io::{BufReader, Read, Seek};

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
    let mut file = BufReader::new(reading.opened()?);
    let mut mark = Vec::new();
    let start = file.by_ref().take(FILE_MARK.len() as u64).read_to_end(&mut mark);
    start.and_then(|_| file.rewind()).map_err(|error| bad(&error))?;
    let batches: Box<dyn RecordBatchReader + Send> = if mark == FILE_MARK {
        Box::new(FileReader::try_new(file, None).map_err(|error| bad(&error))?)
    } else {
        Box::new(StreamReader::try_new(file, None).map_err(|error| bad(&error))?)
    };
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
