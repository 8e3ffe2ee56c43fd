//! The bytes of a source file: hashed as they are read, decompressed where they are compressed.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::sync::{Arc, Mutex};

use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};

use crate::extract::{Compression, ReadError, SourceFile, Stop};
use crate::fault::Fault;

/// The SHA-256 of a file's bytes as they stand on disk, in hex.
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

/// The text of a file as a stream, and the hash of the bytes that went by.
pub(super) struct Text {
    input: Box<dyn Read + Send>,
    digest: Arc<Mutex<Sha256>>,
}

impl Text {
    pub(super) fn open(file: &SourceFile) -> Result<Text, Fault> {
        let digest = Arc::new(Mutex::new(Sha256::new()));
        let hashed = Hashed { input: opened(file)?, digest: Arc::clone(&digest) };
        let input: Box<dyn Read + Send> = match file.compression() {
            Compression::None => Box::new(hashed),
            Compression::Gzip => Box::new(MultiGzDecoder::new(BufReader::with_capacity(256 << 10, hashed))),
        };
        Ok(Text { input, digest })
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
    input: File,
    digest: Arc<Mutex<Sha256>>,
}

impl Read for Hashed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(into)?;
        self.digest.lock().expect("no thread panics while it holds the digest").update(&into[..length]);
        Ok(length)
    }
}

fn opened(file: &SourceFile) -> Result<File, Fault> {
    File::open(&file.path).map_err(|error| Fault::of_file(&file.name, format!("the file cannot be opened: {error}")))
}

/// What a person needs to know of a read that failed.
pub(super) fn unreadable(file: &SourceFile, error: &io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            Fault::of_file(&file.name, "the compressed file ends too early: it is truncated")
                .with_help("have it delivered again, and look at whether the transfer had ended")
        }
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => Fault::of_file(
            &file.name,
            format!("found bytes that are not gzip, expected a gzip file as its name says: {error}"),
        ),
        _ => Fault::of_file(&file.name, format!("the file cannot be read: {error}")),
    }
}
