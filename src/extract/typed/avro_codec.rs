//! What compresses the blocks of Avro files.
//! <https://avro.apache.org/docs/1.12.0/specification/#required-codecs>

use std::io::{self, Read};

use bzip2::read::MultiBzDecoder;
use flate2::read::DeflateDecoder;
use lzma_rust2::XzReader;
use snap::raw::{Decoder, decompress_len};

use crate::extract::bytes::MAX_XZ_KIB;

/// How long the records of a block may be: many times what they usually are, and a file of a few bytes that asks for all
/// memory there is does not get it.
const MAX_BYTES: usize = 1 << 30;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codec {
    Null,
    Deflate,
    Snappy,
    Zstandard,
    Bzip2,
    Xz,
}

impl Codec {
    /// # Errors
    /// When it is none that Avro knows.
    pub(super) fn named(name: &[u8]) -> io::Result<Codec> {
        match name {
            b"null" | b"" => Ok(Codec::Null),
            b"deflate" => Ok(Codec::Deflate),
            b"snappy" => Ok(Codec::Snappy),
            b"zstandard" => Ok(Codec::Zstandard),
            b"bzip2" => Ok(Codec::Bzip2),
            b"xz" => Ok(Codec::Xz),
            other => {
                let known = "null, deflate, snappy, zstandard, bzip2 or xz";
                let found = String::from_utf8_lossy(other);
                Err(io::Error::other(format!("its blocks are compressed with `{found}`, expected {known}")))
            }
        }
    }

    /// Puts the records of a block behind those of others.
    ///
    /// # Errors
    /// When it is damaged, or longer than blocks may be.
    pub(super) fn decompress(self, block: &[u8], data: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Codec::Null => {
                data.extend_from_slice(block);
                Ok(())
            }
            Codec::Deflate => append(DeflateDecoder::new(block), data),
            Codec::Zstandard => append(zstd::Decoder::new(block)?, data),
            Codec::Bzip2 => append(MultiBzDecoder::new(block), data),
            Codec::Xz => append(XzReader::new_mem_limit(block, false, MAX_XZ_KIB), data),
            Codec::Snappy => snappy(block, data),
        }
    }
}

fn append(from: impl Read, data: &mut Vec<u8>) -> io::Result<()> {
    let room = MAX_BYTES.saturating_sub(data.len());
    let read = from.take(room as u64 + 1).read_to_end(data)?;
    if read > room { Err(too_long()) } else { Ok(()) }
}

/// Behind the block stands the check sum of what it was before.
fn snappy(block: &[u8], data: &mut Vec<u8>) -> io::Result<()> {
    let (block, sum) = block.split_last_chunk::<4>().ok_or_else(|| io::Error::other("a block ends too early"))?;
    if decompress_len(block).map_err(io::Error::other)?.saturating_add(data.len()) > MAX_BYTES {
        return Err(too_long());
    }
    let found = Decoder::new().decompress_vec(block).map_err(io::Error::other)?;
    if crc32fast::hash(&found) != u32::from_be_bytes(*sum) {
        return Err(io::Error::other("a block has not the check sum that it says"));
    }
    data.extend(found);
    Ok(())
}

fn too_long() -> io::Error {
    io::Error::other(format!("a block is longer than {} MiB once it is decompressed", MAX_BYTES >> 20))
}
