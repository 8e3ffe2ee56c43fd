//! Cuts a stream of text into chunks that end where a record ends, and knows each chunk's first physical line.

use std::io::Read;

use memchr::{memchr, memchr_iter, memchr2, memrchr};

use crate::extract::bytes::{Text, unreadable};
use crate::extract::text::MAX_RECORD_BYTES;
use crate::extract::text::places::{place_of, too_long, without_text};
use crate::extract::text::records::{FOOTER, LeftOut, PREAMBLE};
use crate::extract::{ReadError, ReadOptions, SourceFile, Stop};
use crate::fault::Fault;

/// How much of a file is looked at before it is read.
const START: u64 = 64 << 10;

/// Knows where records end. The text that it is asked about starts where a record starts.
pub(crate) trait Ends: Send {
    /// `is_whole` where nothing follows.
    fn last_end(&self, text: &[u8], is_whole: bool) -> LastEnd;

    /// Behind the first record, with its end.
    fn first_end(&self, text: &[u8]) -> usize;

    /// The byte that ends a physical line.
    fn newline(&self) -> u8 {
        b'\n'
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LastEnd {
    /// Behind the last line end that ends a record; 0 where there is none.
    pub end: usize,
    /// Where a quote was opened that is not closed in this text.
    pub open_quote: Option<usize>,
}

impl LastEnd {
    pub(crate) fn at(end: usize) -> LastEnd {
        LastEnd { end, open_quote: None }
    }
}

/// A record is a line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lines {
    /// LF (also behind CR) or CR, whichever ends the first line.
    pub newline: u8,
}

impl Lines {
    /// The lines of a file that starts so; None where more of it is needed to tell.
    pub(crate) fn of(start: &[u8], is_whole: bool) -> Option<Lines> {
        newline_of(start, memchr2(b'\n', b'\r', start), is_whole).map(|newline| Lines { newline })
    }
}

/// What ends the lines of a file that starts so, whose first line ends at `end`: LF (also behind CR) or CR alone. None
/// where more of the file is needed to tell.
pub(crate) fn newline_of(start: &[u8], end: Option<usize>, is_whole: bool) -> Option<u8> {
    match end.map(|end| (start[end], start.get(end + 1))) {
        Some((b'\r', Some(next))) if *next != b'\n' => Some(b'\r'),
        Some((b'\r', None)) | None if !is_whole => None,
        // At the very end of a file a CR is taken for half a CRLF.
        _ => Some(b'\n'),
    }
}

impl Ends for Lines {
    fn newline(&self) -> u8 {
        self.newline
    }

    fn last_end(&self, text: &[u8], _: bool) -> LastEnd {
        LastEnd::at(memrchr(self.newline, text).map_or(0, |newline| newline + 1))
    }

    fn first_end(&self, text: &[u8]) -> usize {
        memchr(self.newline, text).map_or(text.len(), |newline| newline + 1)
    }
}

/// The rest of a file, from the start of a record on.
pub(crate) struct Splitter<RecordEnds> {
    pub text: Text,
    pub file: SourceFile,
    pub ends: RecordEnds,
    stop: Stop,
    chunk_bytes: usize,
    /// Lines at the end of the file that are no records.
    footer_lines: u64,
    /// Text that has been read but not handed out.
    carry: Vec<u8>,
    next_line: u64,
    ended: bool,
    /// What was left out and not yet told with a chunk.
    left_out: LeftOut,
    /// Whether its text may stand in errors.
    may_show: bool,
}

/// One chunk's place in the file; its text is in the buffer that was lent.
#[derive(Debug)]
pub(crate) struct Chunk {
    /// The physical line that it starts with, from 1.
    pub first_line: u64,
    pub left_out: LeftOut,
}

impl<RecordEnds: Ends> Splitter<RecordEnds> {
    /// `ends` learns from the first bytes of the file where records end, and is asked again with more of them where it
    /// cannot tell; of the whole file it always can.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(crate) fn new(
        mut text: Text,
        file: SourceFile,
        options: &ReadOptions,
        may_show: bool,
        ends: impl Fn(&[u8], bool) -> Option<RecordEnds>,
    ) -> Result<Splitter<RecordEnds>, ReadError> {
        let mut start = Vec::new();
        let ends = loop {
            let wanted = START.min(options.chunk_bytes.max(1) as u64).max(start.len() as u64);
            let read = text.by_ref().take(wanted).read_to_end(&mut start).map_err(|error| unreadable(&file, &error))?;
            let is_whole = (read as u64) < wanted || start.len() > MAX_RECORD_BYTES;
            if let Some(ends) = ends(&start, is_whole) {
                break ends;
            }
        };
        Ok(Splitter {
            ends,
            text,
            file,
            stop: options.stop.clone(),
            chunk_bytes: options.chunk_bytes.max(1),
            footer_lines: 0,
            carry: start,
            next_line: 1,
            ended: false,
            left_out: LeftOut::new(),
            may_show,
        })
    }

    /// The physical line that the text starts with, where something stands before it.
    pub(crate) fn starts_at_line(&mut self, line: u64) {
        self.next_line = line;
    }

    /// Whether there is no text at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.carry.is_empty()
    }

    /// Leaves out lines at the start and, later, at the end.
    ///
    /// # Errors
    /// When the file cannot be read, or when asked to stop.
    pub(crate) fn leave_out_lines(&mut self, first: u64, last: u64) -> Result<(), ReadError> {
        self.footer_lines = last;
        for _ in 0..first {
            let length = loop {
                if let Some(newline) = memchr(self.ends.newline(), &self.carry) {
                    break newline + 1;
                }
                let known = self.carry.len();
                self.go_on()?;
                if self.carry.len() == known {
                    break known;
                }
            };
            if length == 0 {
                break;
            }
            self.carry.drain(..length);
            self.next_line += 1;
            self.leave_out(PREAMBLE);
        }
        Ok(())
    }

    fn go_on(&mut self) -> Result<(), ReadError> {
        if self.stop.is_asked() {
            return Err(ReadError::Stopped);
        }
        if self.carry.len() > MAX_RECORD_BYTES {
            return Err(self.too_long(&self.carry, None).into());
        }
        let mut carry = std::mem::take(&mut self.carry);
        let filled = self.fill(&mut carry, usize::try_from(START).unwrap_or(1 << 16));
        self.carry = carry;
        filled
    }

    pub(crate) fn leave_out(&mut self, what: &'static str) {
        *self.left_out.entry(what).or_insert(0) += 1;
    }

    /// Fills the buffer with whole records, about `chunk_bytes` of them; None at the end of the file.
    pub(crate) fn next(&mut self, buffer: &mut Vec<u8>) -> Result<Option<Chunk>, ReadError> {
        buffer.clear();
        buffer.append(&mut self.carry);
        let mut wanted = self.chunk_bytes.saturating_sub(buffer.len());
        loop {
            if self.stop.is_asked() {
                return Err(ReadError::Stopped);
            }
            self.fill(buffer, wanted)?;
            wanted = self.chunk_bytes;
            let footer = self.footer_start(buffer);
            if self.ended {
                self.leave_out_footer(buffer, footer);
                if buffer.is_empty() && self.left_out.is_empty() {
                    return Ok(None);
                }
                if let Some(opened) = self.ends.last_end(buffer, true).open_quote {
                    return Err(self.unclosed(buffer, opened).into());
                }
                return Ok(Some(self.handed_out(buffer)));
            }
            let found = self.ends.last_end(&buffer[..footer], false);
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

    /// Where the last lines start of which one may be the footer's first; blank lines count for nothing.
    fn footer_start(&self, text: &[u8]) -> usize {
        let mut start = text.len();
        let mut missing = self.footer_lines;
        while missing > 0 && start > 0 {
            let end = start;
            start = memrchr(self.ends.newline(), &text[..end - 1]).map_or(0, |newline| newline + 1);
            missing -= u64::from(!text[start..end].trim_ascii().is_empty());
        }
        start
    }

    fn leave_out_footer(&mut self, buffer: &mut Vec<u8>, start: usize) {
        let newline = self.ends.newline();
        let lines = buffer[start..].split(|byte| *byte == newline).filter(|line| !line.trim_ascii().is_empty());
        for _ in 0..lines.count() {
            self.leave_out(FOOTER);
        }
        buffer.truncate(start);
        // What is handed out in parts is not to lose a footer each time.
        self.footer_lines = 0;
    }

    /// Takes the first record by itself: the header. It is left in the buffer, without its line end.
    pub(crate) fn first_record(&mut self, buffer: &mut Vec<u8>) -> Result<Option<u64>, ReadError> {
        let Some(chunk) = self.next(buffer)? else { return Ok(None) };
        if buffer.is_empty() {
            // All that there was is left out.
            self.left_out = chunk.left_out;
            return Ok(None);
        }
        let end = self.ends.first_end(buffer);
        let mut rest = buffer.split_off(end);
        rest.append(&mut self.carry);
        self.carry = rest;
        self.next_line = chunk.first_line + self.lines(buffer);
        self.left_out = chunk.left_out;
        Ok(Some(chunk.first_line))
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

    fn lines(&self, text: &[u8]) -> u64 {
        lines(text, self.ends.newline())
    }

    fn handed_out(&mut self, buffer: &[u8]) -> Chunk {
        let first_line = self.next_line;
        self.next_line += self.lines(buffer);
        Chunk { first_line, left_out: std::mem::take(&mut self.left_out) }
    }

    fn unclosed(&self, buffer: &[u8], opened: usize) -> Fault {
        let place = place_of(buffer, opened, self.next_line, self.ends.newline());
        let place = if self.may_show { place } else { without_text(place) };
        Fault::at(
            &self.file.name,
            place,
            "found a quote that is opened here and never closed, expected its end before the end of the file",
        )
        .with_help("close the quote, double it where it belongs to the text, or set another `quote` for the extract")
    }

    fn too_long(&self, buffer: &[u8], opened: Option<usize>) -> Fault {
        let fault = too_long(&self.file, buffer, opened, self.next_line, self.ends.newline());
        Fault { place: fault.place.map(|place| if self.may_show { place } else { without_text(place) }), ..fault }
    }
}

fn lines(text: &[u8], newline: u8) -> u64 {
    memchr_iter(newline, text).count() as u64
}
