//! Avro object container files.

use std::io::BufReader;

use arrow_avro::reader::ReaderBuilder;

use crate::extract::typed::{numbered, read_pieces, unreadable};
use crate::extract::{ReadError, Reading, Rows};

/// How many records make a piece.
const ROWS: usize = 1 << 14;

/// Reads a file whole; see `extract::read`.
pub(in crate::extract) fn read<Taken: Send>(
    reading: &Reading<'_>,
    taken: impl Fn(Rows) -> anyhow::Result<Taken> + Sync,
    in_order: impl FnMut(Taken) -> anyhow::Result<()>,
) -> Result<(), ReadError> {
    let bad = |error: &dyn std::fmt::Display| unreadable(reading, "Avro", error);
    let file = BufReader::with_capacity(1 << 20, reading.opened()?);
    let batches = ReaderBuilder::new().with_batch_size(ROWS).build(file).map_err(|error| bad(&error))?;
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
