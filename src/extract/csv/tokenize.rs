//! The records and fields of one chunk of CSV text, as positions.
//!
//! A quote opens only at the start of a field; inside, two quotes are one. A record ends with LF or CRLF outside of
//! quotes. An empty line is no record, but where a record has one field: there it is an empty value.

use crate::extract::csv::Cut;
use crate::extract::csv::split::closing;
use crate::extract::rules::{Broken, FIELDS, QUOTING};

/// The records of a chunk that have the right number of fields, and those that have not.
#[derive(Debug, Default)]
pub(super) struct Records {
    /// Per record `fields + 1` positions: where each field starts, and one behind the end of the last field.
    /// Between two fields stands one delimiter, so that field f is `positions[f] .. positions[f + 1] - 1`.
    pub positions: Vec<u32>,
    /// The physical line where each record starts.
    pub lines: Vec<i64>,
    /// Records that cannot be cut into the right fields.
    pub uncut: Vec<Uncut>,
    pub rows_read: u64,
    /// The length and line of the longest record.
    pub longest: (usize, u64),
}

#[derive(Debug)]
pub(super) struct Uncut {
    pub start: usize,
    pub end: usize,
    pub line: u64,
    /// Where in the text the fault is.
    pub at: usize,
    pub broken: Broken,
}

impl Records {
    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    /// The text of a record, without its line end.
    pub(super) fn extent(&self, row: usize, fields: usize) -> std::ops::Range<usize> {
        let stride = fields + 1;
        self.positions[row * stride] as usize..self.positions[row * stride + fields] as usize - 1
    }

    fn clear(&mut self) {
        self.positions.clear();
        self.lines.clear();
        self.uncut.clear();
        self.rows_read = 0;
        self.longest = (0, 0);
    }
}

/// Fills `records` from a text of whole records of `fields` fields each, whose first physical line is `first_line`.
pub(super) fn tokenize(text: &[u8], first_line: u64, cut: Cut, fields: usize, records: &mut Records) {
    records.clear();
    let mut line = first_line;
    let mut at = 0;
    while at < text.len() {
        let start_line = line;
        let kept = records.positions.len();
        let record = next_record(text, at, cut, &mut records.positions);
        line += record.lines;
        let start = std::mem::replace(&mut at, record.next);
        if record.end == start && fields > 1 {
            records.positions.truncate(kept);
            continue;
        }
        records.rows_read += 1;
        if record.end - start > records.longest.0 {
            records.longest = (record.end - start, start_line);
        }
        let found = records.positions.len() - kept - 1;
        if found == fields && record.misquoted.is_none() {
            records.lines.push(start_line.cast_signed());
            continue;
        }
        let (at, broken) = match record.misquoted {
            Some(at) => (at, misquoted()),
            None => (start, wrong_number(found, fields)),
        };
        records.positions.truncate(kept);
        records.uncut.push(Uncut { start, end: record.end, line: start_line, at, broken });
    }
}

fn misquoted() -> Broken {
    let message = "found text behind the quote that ends a field, expected the delimiter or the end of the line".into();
    Broken { field: None, column: None, rule: QUOTING, message }
}

fn wrong_number(found: usize, expected: usize) -> Broken {
    let fields = if found == 1 { "field" } else { "fields" };
    Broken { field: None, column: None, rule: FIELDS, message: format!("found {found} {fields}, expected {expected}") }
}

pub(super) struct Record {
    /// Behind the last byte of the record, without its line end.
    end: usize,
    /// Where the next record starts.
    next: usize,
    /// How many physical lines it takes.
    lines: u64,
    /// Where text follows a closing quote.
    misquoted: Option<usize>,
}

/// Cuts one record; pushes the start of each field and one behind the end of the last one.
pub(super) fn next_record(text: &[u8], start: usize, cut: Cut, positions: &mut Vec<u32>) -> Record {
    let mut record = Record { end: text.len(), next: text.len(), lines: 1, misquoted: None };
    let mut field = start;
    loop {
        positions.push(position(field));
        let end = match cut.quote {
            Some(quote) if text.get(field) == Some(&quote) => {
                quoted_end(text, field, cut.delimiter, quote, &mut record)
            }
            _ => plain_end(text, field, cut.delimiter),
        };
        if end < text.len() && text[end] == cut.delimiter {
            field = end + 1;
            continue;
        }
        record.next = (end + 1).min(text.len());
        record.end = if end > field && text[end - 1] == b'\r' { end - 1 } else { end };
        positions.push(position(record.end + 1));
        return record;
    }
}

fn position(at: usize) -> u32 {
    u32::try_from(at).expect("a chunk is far shorter than 4 GiB")
}

/// The delimiter or line end behind a quoted field.
fn quoted_end(text: &[u8], opened: usize, delimiter: u8, quote: u8, record: &mut Record) -> usize {
    // The splitter has seen to it that every quote in a chunk is closed.
    let closed = closing(text, opened, quote).unwrap_or(text.len() - 1);
    record.lines += memchr::memchr_iter(b'\n', &text[opened..closed]).count() as u64;
    let behind = closed + 1;
    let end = plain_end(text, behind, delimiter);
    let is_clean = end == behind || end == behind + 1 && text[behind] == b'\r' && text.get(end) != Some(&delimiter);
    if !is_clean && record.misquoted.is_none() {
        record.misquoted = Some(behind);
    }
    end
}

/// The next delimiter or LF, eight bytes at a time: fields are too short for a call of memchr each to pay.
pub(super) fn plain_end(text: &[u8], mut at: usize, delimiter: u8) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH_BITS: u64 = 0x8080_8080_8080_8080;
    let delimiters = ONES * u64::from(delimiter);
    let newlines = ONES * u64::from(b'\n');
    while let Some(eight) = text.get(at..at + 8) {
        let word = u64::from_le_bytes(eight.try_into().expect("the slice has eight bytes"));
        // A byte is zero where it was the one looked for. Subtracting one borrows into its high bit; bytes above a
        // zero may be hit falsely, but the lowest hit is always true.
        let (delimiter_hits, newline_hits) = (word ^ delimiters, word ^ newlines);
        let hits = ((delimiter_hits.wrapping_sub(ONES) & !delimiter_hits)
            | (newline_hits.wrapping_sub(ONES) & !newline_hits))
            & HIGH_BITS;
        if hits != 0 {
            return at + hits.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while at < text.len() && text[at] != delimiter && text[at] != b'\n' {
        at += 1;
    }
    at
}
