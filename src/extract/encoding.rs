//! Bytes in any encoding -> UTF-8. What the encoding has no character for becomes the byte 0xFF, which is nowhere in
//! UTF-8: the record that holds it goes to quarantine, and nothing is replaced in silence.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, UTF_16BE, UTF_16LE};

use crate::extract::bytes::Complaint;
use crate::pipeline::Encoding;

const BLOCK: usize = 256 << 10;

/// Stands for bytes that are no character.
pub(super) const NO_CHARACTER: u8 = 0xFF;

/// The text of `input` as UTF-8, without a byte order mark; where there is one, it has the last word on the encoding.
///
/// # Errors
/// When the input cannot be read, or is UTF-32.
pub(super) fn as_utf8(mut input: Box<dyn Read + Send>, encoding: Encoding) -> io::Result<Box<dyn Read + Send>> {
    let mut start = Vec::with_capacity(4);
    input.by_ref().take(4).read_to_end(&mut start)?;
    let (encoding, mark) = match start.as_slice() {
        [0xEF, 0xBB, 0xBF, ..] => (Encoding::Utf8, 3),
        [0xFF, 0xFE, 0, 0] | [0, 0, 0xFE, 0xFF] => {
            let message = "found UTF-32, expected UTF-8, UTF-16 or what `encoding` names".to_string();
            return Err(io::Error::other(Complaint { line: 1, message }));
        }
        [0xFF, 0xFE, ..] => (Encoding::Other(UTF_16LE), 2),
        [0xFE, 0xFF, ..] => (Encoding::Other(UTF_16BE), 2),
        _ => (encoding, 0),
    };
    let input = Box::new(io::Cursor::new(start.split_off(mark)).chain(input));
    Ok(match encoding {
        Encoding::Utf8 => input,
        Encoding::Latin1 => Box::new(Decoding::of(input, Characters::Latin1)),
        Encoding::Other(encoding) => {
            Box::new(Decoding::of(input, Characters::Other(encoding.new_decoder_without_bom_handling())))
        }
    })
}

enum Characters {
    Latin1,
    Other(Decoder),
}

struct Decoding<Input> {
    input: Input,
    characters: Characters,
    bytes: Vec<u8>,
    /// Which of `bytes` are still to be decoded.
    undecoded: std::ops::Range<usize>,
    text: Vec<u8>,
    /// Which of `text` are still to be handed out.
    ready: std::ops::Range<usize>,
    /// Whether all of the input has been read, and whether all of it has been decoded.
    ended: bool,
    finished: bool,
}

impl<Input: Read> Decoding<Input> {
    fn of(input: Input, characters: Characters) -> Decoding<Input> {
        // A byte becomes at most three; a pair of UTF-16 at most three, a surrogate pair four.
        let (bytes, text) = (vec![0; BLOCK], vec![0; 3 * BLOCK + 16]);
        Decoding { input, characters, bytes, undecoded: 0..0, text, ready: 0..0, ended: false, finished: false }
    }

    /// Decodes the next block; leaves nothing ready at the end of the input.
    fn fill(&mut self) -> io::Result<()> {
        while self.ready.is_empty() && !self.finished {
            if self.undecoded.is_empty() && !self.ended {
                let length = read_some(&mut self.input, &mut self.bytes)?;
                self.undecoded = 0..length;
                self.ended = length == 0;
            }
            let (read, written, is_done) = self.decode();
            self.undecoded.start += read;
            self.ready = 0..written;
            self.finished = self.ended && is_done;
        }
        Ok(())
    }

    /// How many bytes were read and written, and whether nothing is left of what was to be read.
    fn decode(&mut self) -> (usize, usize, bool) {
        let bytes = &self.bytes[self.undecoded.clone()];
        match &mut self.characters {
            Characters::Latin1 => (bytes.len(), encoding_rs::mem::convert_latin1_to_utf8(bytes, &mut self.text), true),
            Characters::Other(decoder) => {
                let room = self.text.len() - 1;
                let (result, read, mut written) =
                    decoder.decode_to_utf8_without_replacement(bytes, &mut self.text[..room], self.ended);
                if let DecoderResult::Malformed(..) = result {
                    self.text[written] = NO_CHARACTER;
                    written += 1;
                }
                (read, written, result == DecoderResult::InputEmpty)
            }
        }
    }
}

impl<Input: Read> Read for Decoding<Input> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.fill()?;
        let length = self.ready.len().min(into.len());
        into[..length].copy_from_slice(&self.text[self.ready.start..self.ready.start + length]);
        self.ready.start += length;
        Ok(length)
    }
}

fn read_some(input: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    loop {
        match input.read(into) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            outcome => return outcome,
        }
    }
}
