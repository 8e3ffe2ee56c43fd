//! The bytes of a source file: hashed as they are read, decompressed where they are compressed, decoded to UTF-8.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::sync::{Arc, Mutex};

use bzip2::read::MultiBzDecoder;
use flate2::read::MultiGzDecoder;
use lzma_rust2::XzReader;
use sha2::{Digest, Sha256};

use crate::extract::encoding::as_utf8;
use crate::extract::{ReadError, SourceFile, Stop, archive};
use crate::fault::{Fault, Place};
use crate::pipeline::{Compression, Encoding};

/// How much is read from disk at a time where it is decompressed.
const BLOCK: usize = 256 << 10;

/// The most memory that a file may ask for to be decompressed: `xz -9` asks for 65 MiB.
pub(super) const MAX_XZ_KIB: u32 = 1 << 20;

/// The SHA-256 of a file's bytes as they stand on disk, in hex; of a member of an archive, of its content.
///
/// # Errors
/// When the file cannot be read, or when asked to stop.
pub fn sha256_of(file: &SourceFile, stop: &Stop) -> Result<String, ReadError> {
    let mut input = opened(file)?;
    let mut digest = Sha256::new();
    let mut block = vec![0; 1 << 20];
    loop {
        if stop.is_asked() {
            return Err(ReadError::Stopped);
        }
        match input.read(&mut block) {
            Ok(0) => return Ok(format!("{:x}", digest.finalize())),
            Ok(length) => digest.update(&block[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(file, &error).into()),
        }
    }
}

/// The text of a file as a stream of UTF-8, and the hash of the bytes that went by.
pub(super) struct Text {
    input: Box<dyn Read + Send>,
    digest: Arc<Mutex<Sha256>>,
}

impl Text {
    pub(super) fn open(file: &SourceFile, encoding: Encoding) -> Result<Text, Fault> {
        let digest = Arc::new(Mutex::new(Sha256::new()));
        let hashed = Hashed { input: opened(file)?, digest: Arc::clone(&digest) };
        let input = decompressed(hashed, file.compression).and_then(|input| as_utf8(input, encoding));
        Ok(Text { input: input.map_err(|error| unreadable(file, &error))?, digest })
    }

    /// The same bytes, of which a reader hands on what it wants to.
    ///
    /// # Errors
    /// Those of the reader.
    pub(super) fn through<Reader: Read + Send + 'static, Error>(
        self,
        reader: impl FnOnce(Box<dyn Read + Send>) -> Result<Reader, Error>,
    ) -> Result<Text, Error> {
        Ok(Text { input: Box::new(reader(self.input)?), digest: self.digest })
    }

    /// The SHA-256 of all bytes that were read from disk; for a file that was read to its end, that of the file.
    pub(super) fn sha256(&self) -> String {
        let digest = self.digest.lock().expect("no thread panics while it holds the digest");
        format!("{:x}", digest.clone().finalize())
    }
}

impl Read for Text {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.input.read(into)
    }
}

struct Hashed {
    input: Box<dyn Read + Send>,
    digest: Arc<Mutex<Sha256>>,
}

impl Read for Hashed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(into)?;
        self.digest.lock().expect("no thread panics while it holds the digest").update(&into[..length]);
        Ok(length)
    }
}

/// The bytes of a file as they stand on disk, or those of a member of an archive.
fn opened(file: &SourceFile) -> Result<Box<dyn Read + Send>, Fault> {
    let input = File::open(&file.path)
        .map_err(|error| Fault::of_file(&file.name, format!("the file cannot be opened: {error}")))?;
    match &file.member {
        None => Ok(Box::new(input)),
        Some(member) => Ok(Box::new(archive::member(input, member))),
    }
}

pub(super) fn decompressed(
    input: impl Read + Send + 'static,
    compression: Compression,
) -> io::Result<Box<dyn Read + Send>> {
    let buffered = BufReader::with_capacity(BLOCK, input);
    Ok(match compression {
        // The members of an archive have been decompressed before.
        Compression::None | Compression::Zip => Box::new(buffered.into_inner()),
        Compression::Gzip => Box::new(MultiGzDecoder::new(buffered)),
        Compression::Bzip2 => Box::new(MultiBzDecoder::new(buffered)),
        Compression::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(buffered)?),
        Compression::Xz => Box::new(XzReader::new_mem_limit(buffered, true, MAX_XZ_KIB)),
    })
}

/// What is wrong with the text of a file, found on the way to it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct Complaint {
    pub line: u64,
    pub message: String,
}

/// What a person needs to know of a read that failed.
pub(super) fn unreadable(file: &SourceFile, error: &io::Error) -> Fault {
    if let Some(complaint) = error.get_ref().and_then(|error| error.downcast_ref::<Complaint>()) {
        let line = usize::try_from(complaint.line).unwrap_or(usize::MAX);
        let place = Place { line, column: 1, width: 1, line_text: String::new() };
        return Fault::at(&file.name, place, &complaint.message);
    }
    let named = match file.compression {
        Compression::None => "plain",
        Compression::Gzip => "gzip",
        Compression::Zstd => "zstd",
        Compression::Bzip2 => "bzip2",
        Compression::Xz => "xz",
        Compression::Zip => "zip",
    };
    // Each of the decoders has a way of its own to say that the file ends too early.
    let is_cut = error.kind() == io::ErrorKind::UnexpectedEof
        || error.to_string().contains("incomplete frame")
        || error.to_string().contains("bz2 stream not finished");
    match file.compression {
        _ if is_cut => Fault::of_file(&file.name, "the compressed file ends too early: it is truncated")
            .with_help("have it delivered again, and look at whether the transfer had ended"),
        Compression::None => Fault::of_file(&file.name, format!("the file cannot be read: {error}")),
        _ => Fault::of_file(
            &file.name,
            format!(
                "found bytes that are not {named}, expected a {named} file as its name or its extract says: {error}"
            ),
        ),
    }
}
