//! Avro object container files.

use std::fs::File;
use std::io::{self, BufReader, Read};

use arrow_avro::reader::ReaderBuilder;

use crate::extract::typed::{complete, guarded, numbered, read_pieces, unreadable};
use crate::extract::{ReadError, Reading, Rows};

/// How many records make a piece.
const ROWS: usize = 1 << 14;

/// Reads a file whole; see `extract::read`.
pub(in crate::extract) fn read<Taken: Send>(
    reading: &Reading<'_>,
    taken: impl Fn(Rows) -> anyhow::Result<Taken> + Sync,
    in_order: impl FnMut(Taken) -> anyhow::Result<()>,
) -> Result<(), ReadError> {
    let bad = |error: &dyn std::fmt::Display| unreadable(reading, error);
    let records = Blocks::of(reading.opened()?).and_then(Blocks::records).map_err(|error| bad(&error))?;
    let file = BufReader::with_capacity(1 << 20, reading.opened()?);
    let batches =
        guarded(reading, || ReaderBuilder::new().with_batch_size(ROWS).build(file).map_err(|error| bad(&error)))?;
    let schema = batches.schema();
    let batches = batches.map(|batch| batch.map_err(|error| bad(&error)));
    let pieces = numbered(complete(reading, batches, records));
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

/// A file as blocks of records, of which only the lengths are looked at. The reader takes a block that is cut for the
/// end of the file; here it is noticed.
/// <https://avro.apache.org/docs/1.12.0/specification/#object-container-files>
struct Blocks {
    input: BufReader<File>,
    /// How many bytes are still to come.
    left: u64,
}

impl Blocks {
    fn of(file: File) -> io::Result<Blocks> {
        let left = file.metadata()?.len();
        Ok(Blocks { input: BufReader::new(file), left })
    }

    /// How many records the blocks say that they have.
    ///
    /// # Errors
    /// When the file ends too early, or a block does not end where it says.
    fn records(mut self) -> io::Result<u64> {
        self.bytes::<4>()?;
        loop {
            // Of metadata there may be several stretches, an empty one is the last; a negative number of entries says
            // that their length follows.
            let entries = self.number()?;
            if entries < 0 {
                self.number()?;
            }
            for _ in 0..2 * entries.unsigned_abs() {
                let length = self.number()?;
                self.skip(length)?;
            }
            if entries == 0 {
                break;
            }
        }
        let mark = self.bytes::<16>()?;
        let mut records = 0_u64;
        while self.left > 0 {
            let count = u64::try_from(self.number()?).map_err(|_| damaged())?;
            records = records.checked_add(count).ok_or_else(damaged)?;
            let length = self.number()?;
            self.skip(length)?;
            if self.bytes::<16>()? != mark {
                return Err(io::Error::other("a block of records does not end where it says"));
            }
        }
        Ok(records)
    }

    fn bytes<const COUNT: usize>(&mut self) -> io::Result<[u8; COUNT]> {
        let mut bytes = [0; COUNT];
        self.input.read_exact(&mut bytes).map_err(|_| ends_early())?;
        self.left = self.left.saturating_sub(COUNT as u64);
        Ok(bytes)
    }

    /// Zigzag, in groups of seven bits.
    fn number(&mut self) -> io::Result<i64> {
        let mut number = 0_u64;
        for group in 0..10 {
            let [byte] = self.bytes()?;
            number |= u64::from(byte & 0x7F) << (7 * group);
            if byte < 0x80 {
                return Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed());
            }
        }
        Err(damaged())
    }

    fn skip(&mut self, length: i64) -> io::Result<()> {
        let bytes = u64::try_from(length).map_err(|_| damaged())?;
        self.left = self.left.checked_sub(bytes).ok_or_else(ends_early)?;
        self.input.seek_relative(length)
    }
}

fn damaged() -> io::Error {
    io::Error::other("a length in it is none")
}

fn ends_early() -> io::Error {
    io::Error::other("it ends too early: it is truncated")
}
