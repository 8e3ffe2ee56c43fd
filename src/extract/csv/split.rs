//! Cuts a stream of CSV text into chunks that end where a record ends, and knows each chunk's first physical line.

use std::io::Read;

use memchr::{memchr, memchr_iter, memrchr};

use crate::extract::bytes::{Text, unreadable};
use crate::extract::csv::{Cut, MAX_RECORD_BYTES};
use crate::extract::{ReadError, ReadOptions, SourceFile, Stop};
use crate::fault::{Fault, Place};

/// The rest of a file, from the start of a record on.
pub(super) struct Splitter {
    pub text: Text,
    pub file: SourceFile,
    pub cut: Cut,
    pub stop: Stop,
    pub chunk_bytes: usize,
    /// Text that has been read but not handed out.
    carry: Vec<u8>,
    next_line: u64,
    ended: bool,
    /// Whether its text may stand in errors.
    may_show: bool,
}

/// One chunk's place in the file; its text is in the buffer that was lent.
pub(super) struct Chunk {
    /// The physical line that it starts with, from 1.
    pub first_line: u64,
}

impl Splitter {
    pub(super) fn new(text: Text, file: SourceFile, cut: Cut, options: &ReadOptions, may_show: bool) -> Splitter {
        Splitter {
            text,
            file,
            cut,
            stop: options.stop.clone(),
            chunk_bytes: options.chunk_bytes.max(1),
            carry: Vec::new(),
            next_line: 1,
            ended: false,
            may_show,
        }
    }

    /// Fills the buffer with whole records, about `chunk_bytes` of them; None at the end of the file.
    pub(super) fn next(&mut self, buffer: &mut Vec<u8>) -> Result<Option<Chunk>, ReadError> {
        buffer.clear();
        buffer.append(&mut self.carry);
        let mut wanted = self.chunk_bytes.saturating_sub(buffer.len());
        loop {
            if self.stop.is_asked() {
                return Err(ReadError::Stopped);
            }
            self.fill(buffer, wanted)?;
            wanted = self.chunk_bytes;
            if self.ended && buffer.is_empty() {
                return Ok(None);
            }
            let found = last_record_end(buffer, self.cut);
            if self.ended {
                if let Some(opened) = found.open_quote {
                    return Err(self.unclosed(buffer, opened).into());
                }
                return Ok(Some(self.handed_out(buffer)));
            }
            if found.end > 0 {
                self.carry.extend_from_slice(&buffer[found.end..]);
                buffer.truncate(found.end);
                return Ok(Some(self.handed_out(buffer)));
            }
            if buffer.len() > MAX_RECORD_BYTES {
                return Err(self.too_long(buffer, found.open_quote).into());
            }
        }
    }

    /// Takes the first record by itself: the header. It is left in the buffer, without its line end.
    pub(super) fn first_record(&mut self, buffer: &mut Vec<u8>) -> Result<Option<Chunk>, ReadError> {
        let Some(chunk) = self.next(buffer)? else { return Ok(None) };
        let end = first_record_end(buffer, self.cut);
        let mut rest = buffer.split_off(end);
        rest.append(&mut self.carry);
        self.carry = rest;
        self.next_line = chunk.first_line + lines(buffer);
        while matches!(buffer.last(), Some(b'\n' | b'\r')) {
            buffer.pop();
        }
        Ok(Some(chunk))
    }

    /// Leaves out a byte order mark; only at the start of the file.
    pub(super) fn skip_byte_order_mark(&mut self) -> Result<(), ReadError> {
        let mut start = Vec::with_capacity(3);
        self.text.by_ref().take(3).read_to_end(&mut start).map_err(|error| unreadable(&self.file, &error))?;
        if start != b"\xEF\xBB\xBF" {
            self.carry = start;
        }
        Ok(())
    }

    /// Whether anything is left to hand out.
    pub(super) fn is_empty(&mut self) -> Result<bool, ReadError> {
        if self.carry.is_empty() {
            let mut first = Vec::new();
            self.text.by_ref().take(1).read_to_end(&mut first).map_err(|error| unreadable(&self.file, &error))?;
            self.carry = first;
        }
        Ok(self.carry.is_empty())
    }

    fn fill(&mut self, buffer: &mut Vec<u8>, wanted: usize) -> Result<(), ReadError> {
        buffer.reserve(wanted);
        let read = self
            .text
            .by_ref()
            .take(wanted as u64)
            .read_to_end(buffer)
            .map_err(|error| unreadable(&self.file, &error))?;
        self.ended = read < wanted;
        Ok(())
    }

    fn handed_out(&mut self, buffer: &[u8]) -> Chunk {
        let first_line = self.next_line;
        self.next_line += lines(buffer);
        Chunk { first_line }
    }

    fn unclosed(&self, buffer: &[u8], opened: usize) -> Fault {
        let place = place_of(buffer, opened, self.next_line);
        let place = if self.may_show { place } else { without_text(place) };
        Fault::at(
            &self.file.name,
            place,
            "found a quote that is opened here and never closed, expected its end before the end of the file",
        )
        .with_help("close the quote, double it where it belongs to the text, or set another `quote` for the extract")
    }

    fn too_long(&self, buffer: &[u8], opened: Option<usize>) -> Fault {
        let fault = too_long(&self.file, buffer, opened, self.next_line);
        Fault { place: fault.place.map(|place| if self.may_show { place } else { without_text(place) }), ..fault }
    }
}

/// The place alone, where the text may hold personal values.
pub(super) fn without_text(mut place: Place) -> Place {
    place.line_text.clear();
    place
}

/// The fault of a record that is longer than any record may be.
pub(super) fn too_long(file: &SourceFile, text: &[u8], opened: Option<usize>, line: u64) -> Fault {
    let limit = MAX_RECORD_BYTES >> 20;
    match opened {
        Some(opened) => {
            let place = place_of(text, opened, line);
            let message = format!(
                "found an unclosed quote, opened at line {}: the record is longer than {limit} MiB",
                place.line
            );
            Fault::at(&file.name, place, message)
                .with_help("close the quote, or double it where it belongs to the text")
        }
        None => {
            let message = format!("found a record longer than {limit} MiB, expected a line end before that");
            Fault::at(&file.name, place_of(text, 0, line), message)
                .with_help("see whether this is the right file, and whether its lines end in LF or CRLF")
        }
    }
}

/// The place of a byte in a text that starts with physical line `first_line`; long lines are cut.
fn place_of(text: &[u8], at: usize, first_line: u64) -> Place {
    let start = memrchr(b'\n', &text[..at]).map_or(0, |newline| newline + 1);
    let end = memchr(b'\n', &text[at..]).map_or(text.len(), |newline| at + newline).min(at + 200);
    let line = first_line + lines(&text[..at]);
    let column = String::from_utf8_lossy(&text[start..at]).chars().count() + 1;
    let line_text = String::from_utf8_lossy(&text[start..end]).trim_end_matches('\r').to_string();
    Place { line: usize::try_from(line).unwrap_or(usize::MAX), column, width: 1, line_text }
}

fn lines(text: &[u8]) -> u64 {
    memchr_iter(b'\n', text).count() as u64
}

struct LastEnd {
    /// Behind the last line end that ends a record; 0 where there is none.
    end: usize,
    /// Where a quote was opened that is not closed in this text.
    open_quote: Option<usize>,
}

/// The text starts where a record starts.
fn last_record_end(text: &[u8], cut: Cut) -> LastEnd {
    let quote = match cut.quote {
        Some(quote) if memchr(quote, text).is_some() => quote,
        // Without a quote in sight every line end ends a record.
        _ => return LastEnd { end: memrchr(b'\n', text).map_or(0, |newline| newline + 1), open_quote: None },
    };
    let mut quoted = Vec::new();
    let mut open_quote = None;
    let mut outside_until = text.len();
    let mut at = 0;
    while let Some(opened) = next_opening(text, at, quote, cut.delimiter) {
        match closing(text, opened, quote) {
            Some(closed) => {
                quoted.push((opened, closed));
                at = closed + 1;
            }
            None => {
                open_quote = Some(opened);
                outside_until = opened;
                break;
            }
        }
    }
    // From the end backwards, the first line end that no quotes hold.
    loop {
        let (opened, from) = quoted.pop().map_or((0, 0), |(opened, closed)| (opened, closed + 1));
        if let Some(newline) = memrchr(b'\n', &text[from..outside_until]) {
            return LastEnd { end: from + newline + 1, open_quote };
        }
        if from == 0 {
            return LastEnd { end: 0, open_quote };
        }
        outside_until = opened;
    }
}

/// Behind the first record's line end. The text starts where a record starts and holds at least one whole record.
fn first_record_end(text: &[u8], cut: Cut) -> usize {
    let mut at = 0;
    loop {
        let opened = cut.quote.and_then(|quote| next_opening(text, at, quote, cut.delimiter)).unwrap_or(text.len());
        if let Some(newline) = memchr(b'\n', &text[at..opened]) {
            return at + newline + 1;
        }
        let closed = cut.quote.filter(|_| opened < text.len()).and_then(|quote| closing(text, opened, quote));
        match closed {
            Some(closed) => at = closed + 1,
            None => return text.len(),
        }
    }
}

/// The next quote that opens a field: one at the start of the text, of a record or of a field. Any other is text.
/// `from` is 0 or stands behind a closing quote, where no field starts.
fn next_opening(text: &[u8], mut from: usize, quote: u8, delimiter: u8) -> Option<usize> {
    loop {
        let at = from + memchr(quote, &text[from..])?;
        if at == 0 || text[at - 1] == delimiter || text[at - 1] == b'\n' {
            return Some(at);
        }
        from = at + 1;
    }
}

/// The quote that closes the one at `opened`; doubled quotes in between are text.
pub(super) fn closing(text: &[u8], opened: usize, quote: u8) -> Option<usize> {
    let mut at = opened + 1;
    loop {
        at += memchr(quote, &text[at..])?;
        if text.get(at + 1) != Some(&quote) {
            return Some(at);
        }
        at += 2;
    }
}
