//! Avro object container files: blocks of records, which are read side by side.
//! <https://avro.apache.org/docs/1.12.0/specification/#object-container-files>

use std::fs::File;
use std::io::{self, BufReader, Read};

use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use arrow_avro::reader::ReaderBuilder;

use crate::extract::typed::avro_codec::Codec;
use crate::extract::typed::pieces::Pieces;
use crate::extract::typed::{guarded, read_pieces, unreadable};
use crate::extract::{ReadError, Reading, Rows};

/// How many records make a piece, where they are not too many bytes in the file.
const ROWS: u64 = 1 << 16;
const BYTES: usize = 4 << 20;

/// How many bytes of records are read together, at least, where there are so many.
const TOGETHER: usize = 16 << 20;

/// Reads a file whole; see `extract::read`.
pub(in crate::extract) fn read<Taken: Send>(
    reading: &Reading<'_>,
    taken: impl Fn(Rows) -> anyhow::Result<Taken> + Sync,
    in_order: impl FnMut(Taken) -> anyhow::Result<()>,
) -> Result<(), ReadError> {
    let bad = |error: &dyn std::fmt::Display| unreadable(reading, error);
    let blocks = Blocks::of(reading.opened()?).map_err(|error| bad(&error))?;
    let head = blocks.head.clone();
    let schema = guarded(reading, || {
        let empty = ReaderBuilder::new().build(head.bytes.as_slice()).map_err(|error| bad(&error))?;
        Ok(empty.schema())
    })?;
    let batches = |piece: Piece| {
        let batches = head.batches_of(piece.blocks).map(move |batch| batch.map_err(|error| bad(&error)));
        Ok(Pieces::of(reading, piece.first_row, batches))
    };
    let next = |blocks: &mut Blocks| blocks.piece().map_err(|error| bad(&error));
    read_pieces(reading, &schema, blocks, next, batches, taken, in_order)
}

/// What stands before the blocks of a file, without what compresses them, and the mark that ends each of them.
#[derive(Debug, Clone)]
struct Head {
    bytes: Vec<u8>,
    codec: Codec,
    mark: [u8; 16],
}

struct Block {
    records: u64,
    data: Vec<u8>,
}

/// Some blocks that follow each other, and the number of their first record, from 1.
struct Piece {
    first_row: u64,
    blocks: Vec<Block>,
}

impl Head {
    /// The records of some blocks, of as many at a time as are not too long together.
    fn batches_of(&self, blocks: Vec<Block>) -> impl Iterator<Item = Result<RecordBatch, ArrowError>> {
        let mut blocks = blocks.into_iter();
        std::iter::from_fn(move || {
            let (mut records, mut data) = (0_u64, Vec::new());
            while data.len() < TOGETHER
                && let Some(block) = blocks.next()
            {
                records = records.saturating_add(block.records);
                if let Err(error) = self.codec.decompress(&block.data, &mut data) {
                    return Some(Err(error.into()));
                }
            }
            (records > 0).then(|| self.batch_of(records, &data))
        })
    }

    /// The records of some blocks, which are read as one block of a file of their own.
    ///
    /// The reader never comes back from a block with more bytes than its records take. Here it is told that any number
    /// of records may follow and takes as many as there should be; asked once more, it has to find the end of the file.
    fn batch_of(&self, records: u64, data: &[u8]) -> Result<RecordBatch, ArrowError> {
        let wrong = || ArrowError::ParseError(format!("its blocks have not the {records} records that they say"));
        // A record without a byte has no value.
        let count = usize::try_from(records).ok().filter(|records| *records <= data.len()).ok_or_else(wrong)?;
        let lengths = [zigzag(i64::MAX), zigzag(i64::try_from(data.len()).unwrap_or(i64::MAX))].concat();
        let file = self.bytes.chain(lengths.as_slice()).chain(data).chain(self.mark.as_slice());
        let mut reader = ReaderBuilder::new().with_batch_size(count).build(file)?;
        let batch = reader.next().transpose()?;
        match (batch, reader.next()) {
            (Some(batch), None) if batch.num_rows() == count => Ok(batch),
            _ => Err(wrong()),
        }
    }
}

/// The blocks of a file that are still to be read. None is taken for whole that is not.
struct Blocks {
    input: BufReader<File>,
    head: Head,
    /// How many bytes are still to come.
    left: u64,
    next_row: u64,
}

impl Blocks {
    /// # Errors
    /// When the file does not begin as it should.
    fn of(file: File) -> io::Result<Blocks> {
        let left = file.metadata()?.len();
        let head = Head { bytes: Vec::new(), codec: Codec::Null, mark: [0; 16] };
        let mut blocks = Blocks { input: BufReader::with_capacity(1 << 20, file), head, left, next_row: 1 };
        let magic = blocks.take(4)?;
        let mut kept = Vec::new();
        loop {
            // Of metadata there may be several stretches, an empty one is the last; a negative number of entries says
            // that their length follows.
            let entries = blocks.number()?;
            if entries < 0 {
                blocks.number()?;
            }
            for _ in 0..entries.unsigned_abs() {
                let length = blocks.number()?;
                let name = blocks.take(length)?;
                let length = blocks.number()?;
                let value = blocks.take(length)?;
                if name == b"avro.codec" {
                    blocks.head.codec = Codec::named(&value)?;
                } else {
                    kept.push([name, value]);
                }
            }
            if entries == 0 {
                break;
            }
        }
        let mark = blocks.take(16)?;
        let text = |text: &[u8]| [zigzag(i64::try_from(text.len()).unwrap_or(i64::MAX)).as_slice(), text].concat();
        let entries = kept.iter().flatten().flat_map(|part| text(part)).collect();
        let metadata = [zigzag(i64::try_from(kept.len()).unwrap_or(i64::MAX)), entries, zigzag(0)].concat();
        blocks.head.mark.copy_from_slice(&mark);
        blocks.head.bytes = [magic, metadata, mark].concat();
        Ok(blocks)
    }

    /// The next blocks, together about as many records as a piece should have; None at the end of the file.
    fn piece(&mut self) -> io::Result<Option<Piece>> {
        let mut piece = Piece { first_row: self.next_row, blocks: Vec::new() };
        let (mut records, mut bytes) = (0_u64, 0);
        while self.left > 0 && records < ROWS && bytes < BYTES {
            if let Some(block) = self.block()? {
                records = records.saturating_add(block.records);
                bytes += block.data.len();
                piece.blocks.push(block);
            }
        }
        self.next_row = self.next_row.saturating_add(records);
        Ok(Some(piece).filter(|piece| !piece.blocks.is_empty()))
    }

    /// The next block; None where it has no records.
    fn block(&mut self) -> io::Result<Option<Block>> {
        let records = u64::try_from(self.number()?).map_err(|_| damaged())?;
        let length = self.number()?;
        let data = self.take(length)?;
        if self.take(16)? != self.head.mark {
            return Err(io::Error::other("a block of records does not end where it says"));
        }
        if records > 0 {
            return Ok(Some(Block { records, data }));
        }
        // Even nothing has some bytes once it is compressed.
        let is_empty = data.is_empty() || self.head.codec != Codec::Null;
        if is_empty { Ok(None) } else { Err(damaged()) }
    }

    fn take(&mut self, length: i64) -> io::Result<Vec<u8>> {
        let length = u64::try_from(length).map_err(|_| damaged())?;
        // The memory is asked for only where the file has so much.
        self.left = self.left.checked_sub(length).ok_or_else(ends_early)?;
        let mut bytes = Vec::new();
        let read = self.input.by_ref().take(length).read_to_end(&mut bytes)?;
        if read as u64 == length { Ok(bytes) } else { Err(ends_early()) }
    }

    fn number(&mut self) -> io::Result<i64> {
        let mut number = 0_u64;
        for group in 0..10 {
            let byte = self.take(1)?[0];
            number |= u64::from(byte & 0x7F) << (7 * group);
            if byte < 0x80 {
                return Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed());
            }
        }
        Err(damaged())
    }
}

/// A number in groups of seven bits, the sign in the lowest one.
fn zigzag(number: i64) -> Vec<u8> {
    let mut rest = ((number << 1) ^ (number >> 63)).cast_unsigned();
    let mut bytes = Vec::new();
    while rest > 0x7F {
        bytes.push(rest.to_le_bytes()[0] | 0x80);
        rest >>= 7;
    }
    bytes.push(rest.to_le_bytes()[0]);
    bytes
}

fn damaged() -> io::Error {
    io::Error::other("a length in it is none")
}

fn ends_early() -> io::Error {
    io::Error::other("it ends too early: it is truncated")
}
