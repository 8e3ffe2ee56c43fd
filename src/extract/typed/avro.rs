//! Avro object container files: blocks of records, which are read side by side.
//! <https://avro.apache.org/docs/1.12.0/specification/#object-container-files>

use std::fs::File;
use std::io::{self, BufReader, Read};

use arrow::compute::concat_batches;
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use arrow_avro::reader::ReaderBuilder;

use crate::extract::typed::{MAX_ROWS, PIECE_BYTES, guarded, read_pieces, unreadable};
use crate::extract::{ReadError, Reading, Rows};

/// How many records make a piece, where they are not too many bytes.
const ROWS: usize = 1 << 14;

/// The most records of a block: no column of a batch has more values.
const MAX_RECORDS: i64 = 1 << 31;

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
    let batches = |Piece { first_row, blocks }: Piece| {
        let batches: Result<Vec<_>, _> = blocks.iter().map(|block| head.batch_of(block)).collect();
        let all = batches.and_then(|batches| concat_batches(&schema, &batches)).map_err(|error| bad(&error))?;
        // A block may hold the whole file.
        let starts = (0..all.num_rows()).step_by(MAX_ROWS);
        Ok(starts.map(move |start| {
            let rows = MAX_ROWS.min(all.num_rows() - start);
            Ok((first_row + start as u64, all.slice(start, rows)))
        }))
    };
    let next = |blocks: &mut Blocks| blocks.piece().map_err(|error| bad(&error));
    read_pieces(reading, &schema, blocks, next, batches, taken, in_order)
}

/// What stands before the blocks of a file, and the mark that ends each of them.
#[derive(Debug, Clone)]
struct Head {
    bytes: Vec<u8>,
    mark: [u8; 16],
}

struct Block {
    records: usize,
    data: Vec<u8>,
}

/// Some blocks that follow each other, and the number of their first record, from 1.
struct Piece {
    first_row: u64,
    blocks: Vec<Block>,
}

impl Head {
    /// The records of one block, which is read as a file of its own.
    ///
    /// The reader never comes back from a block with more bytes than its records take. Here it is told that any number
    /// of records may follow and takes as many as there should be; asked once more, it has to find the end of the file.
    fn batch_of(&self, block: &Block) -> Result<RecordBatch, ArrowError> {
        let lengths = [zigzag(i64::MAX), zigzag(i64::try_from(block.data.len()).unwrap_or(i64::MAX))].concat();
        let file = self.bytes.chain(lengths.as_slice()).chain(block.data.as_slice()).chain(self.mark.as_slice());
        let mut reader = ReaderBuilder::new().with_batch_size(block.records).build(file)?;
        let batch = reader.next().transpose()?;
        match (batch, reader.next()) {
            (Some(batch), None) if batch.num_rows() == block.records => Ok(batch),
            _ => Err(ArrowError::ParseError(format!("a block has not the {} records that it says", block.records))),
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
        let head = Head { bytes: Vec::new(), mark: [0; 16] };
        let mut blocks = Blocks { input: BufReader::with_capacity(1 << 20, file), head, left, next_row: 1 };
        let mut head = blocks.take(4)?;
        loop {
            // Of metadata there may be several stretches, an empty one is the last; a negative number of entries says
            // that their length follows.
            let entries = blocks.number(&mut head)?;
            if entries < 0 {
                blocks.number(&mut head)?;
            }
            for _ in 0..entries.unsigned_abs() {
                for _ in ["name", "value"] {
                    let length = blocks.number(&mut head)?;
                    head.extend(blocks.take(length)?);
                }
            }
            if entries == 0 {
                break;
            }
        }
        let mark = blocks.take(16)?;
        blocks.head.mark.copy_from_slice(&mark);
        blocks.head.bytes = [head, mark].concat();
        Ok(blocks)
    }

    /// The next blocks, together about as many records as a piece should have; None at the end of the file.
    fn piece(&mut self) -> io::Result<Option<Piece>> {
        let mut piece = Piece { first_row: self.next_row, blocks: Vec::new() };
        let (mut records, mut bytes) = (0, 0);
        while self.left > 0 && records < ROWS && bytes < PIECE_BYTES {
            let block = self.block()?;
            records += block.records;
            bytes += block.data.len() as u64;
            if block.records > 0 {
                piece.blocks.push(block);
            }
        }
        self.next_row += records as u64;
        Ok(Some(piece).filter(|piece| !piece.blocks.is_empty()))
    }

    fn block(&mut self) -> io::Result<Block> {
        let mut passed = Vec::new();
        let records = self.number(&mut passed)?;
        let length = self.number(&mut passed)?;
        let data = self.take(length)?;
        if self.take(16)? != self.head.mark {
            return Err(io::Error::other("a block of records does not end where it says"));
        }
        match usize::try_from(records) {
            Ok(0) if !data.is_empty() => Err(damaged()),
            Ok(count) if records <= MAX_RECORDS => Ok(Block { records: count, data }),
            _ => Err(damaged()),
        }
    }

    fn take(&mut self, length: i64) -> io::Result<Vec<u8>> {
        let length = u64::try_from(length).map_err(|_| damaged())?;
        // The memory is asked for only where the file has so much.
        self.left = self.left.checked_sub(length).ok_or_else(ends_early)?;
        let mut bytes = Vec::new();
        let read = self.input.by_ref().take(length).read_to_end(&mut bytes)?;
        if read as u64 == length { Ok(bytes) } else { Err(ends_early()) }
    }

    /// A number, whose bytes are also put behind others.
    fn number(&mut self, passed: &mut Vec<u8>) -> io::Result<i64> {
        let mut number = 0_u64;
        for group in 0..10 {
            let byte = self.take(1)?[0];
            passed.push(byte);
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
