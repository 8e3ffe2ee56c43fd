//! The records and fields of one chunk of CSV text, as positions.
//!
//! A quote opens only at the start of a field; inside, two quotes are one. An empty line is no record, but where a
//! record has one field: there it is an empty value.

use memchr::memchr_iter;

use crate::extract::csv::dialect::{Dialect, closing};
use crate::extract::csv::walk::walk;
use crate::extract::rules::{self, Broken, FIELDS, QUOTING};
use crate::extract::text::records::{COMMENT, HEADER_AGAIN, Records, Uncut, position};
use crate::pipeline::Ragged;

/// Fills `records` from a text of whole records of `fields` fields each, whose first physical line is `first_line`.
/// A record that is the header again is left out.
pub(super) fn tokenize(
    text: &[u8],
    first_line: u64,
    dialect: &Dialect,
    fields: usize,
    header: Option<&[u8]>,
    records: &mut Records,
) {
    records.clear(dialect.gap());
    let has_other_ends = has_other_line_ends(text, dialect);
    let mut line = first_line;
    let mut at = 0;
    while at < text.len() {
        let start_line = line;
        let kept = records.positions.len();
        let record = next_record(text, at, dialect, &mut records.positions);
        line += record.lines;
        let start = std::mem::replace(&mut at, record.next);
        let left_out = if record.is_comment {
            Some(COMMENT)
        } else {
            header.filter(|header| is_header(&text[start..record.end], header)).map(|_| HEADER_AGAIN)
        };
        if left_out.is_some() || record.end == start && fields > 1 {
            records.positions.truncate(kept);
            records.leave_out(left_out.unwrap_or_default(), u64::from(left_out.is_some()));
            continue;
        }
        records.rows_read += 1;
        if record.end - start > records.longest.0 {
            records.longest = (record.end - start, start_line);
        }
        let found = fitted(text, kept, fields, dialect, records);
        let broken = match record.misquoted {
            Some(at) => Some((at, misquoted())),
            None if found != fields => Some((start, wrong_number(found, fields))),
            None if has_other_ends => other_line_end(text, kept, dialect, records),
            None => None,
        };
        match broken {
            None => records.lines.push(start_line.cast_signed()),
            Some((at, broken)) => {
                records.positions.truncate(kept);
                records.uncut.push(Uncut { start, end: record.end, line: start_line, at, broken });
            }
        }
    }
}

fn is_header(record: &[u8], header: &[u8]) -> bool {
    // Files that were put one behind the other bring their byte order marks along.
    record.len() >= header.len() && record.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(record) == header
}

/// How many fields the last record has, once those that it lacks are added and those it has too many are taken away,
/// as far as that is wanted.
fn fitted(text: &[u8], kept: usize, fields: usize, dialect: &Dialect, records: &mut Records) -> usize {
    let found = records.positions.len() - kept - 1;
    if found == fields || dialect.ragged == Ragged::Quarantine {
        return found;
    }
    if found < fields {
        // Positions that stand behind the record's end are those of empty fields.
        let behind = records.positions[records.positions.len() - 1];
        records.positions.resize(kept + fields + 1, behind);
        return fields;
    }
    let is_empty = |field: usize| {
        let (start, next) = (records.positions[kept + field], records.positions[kept + field + 1]);
        let text = &text[start as usize..(next - records.gap) as usize];
        text.iter().all(|byte| byte.is_ascii_whitespace() || Some(*byte) == dialect.marks.quote)
    };
    if dialect.ragged == Ragged::Cut || (fields..found).all(is_empty) {
        records.positions.truncate(kept + fields + 1);
        return fields;
    }
    found
}

fn misquoted() -> Broken {
    let message = "found text behind the quote that ends a field, expected the delimiter or the end of the record";
    Broken { field: None, column: None, rule: QUOTING.into(), message: message.into() }
}

fn wrong_number(found: usize, expected: usize) -> Broken {
    let fields = if found == 1 { "field" } else { "fields" };
    Broken {
        field: None,
        column: None,
        rule: FIELDS.into(),
        message: format!("found {found} {fields}, expected {expected}"),
    }
}

/// Whether a line ends otherwise than the first one did: with a CR alone among LF, or with LF among CR.
fn has_other_line_ends(text: &[u8], dialect: &Dialect) -> bool {
    match (dialect.row_end.is_some(), dialect.newline) {
        (true, _) => false,
        (false, b'\n') => memchr_iter(b'\r', text).any(|at| text.get(at + 1).is_some_and(|next| *next != b'\n')),
        (false, _) => memchr::memchr(b'\n', text).is_some(),
    }
}

/// Where the last record holds such a line end outside of quotes.
fn other_line_end(text: &[u8], kept: usize, dialect: &Dialect, records: &Records) -> Option<(usize, Broken)> {
    let other = if dialect.newline == b'\n' { b'\r' } else { b'\n' };
    let fields = records.positions[kept..].windows(2);
    let at = fields.filter(|pair| pair[0] + records.gap <= pair[1]).find_map(|pair| {
        let (start, end) = (pair[0] as usize, (pair[1] - records.gap) as usize);
        let is_quoted = dialect.marks.quote.is_some_and(|quote| text.get(start) == Some(&quote));
        unescaped(other, &text[start..end], dialect).filter(|_| !is_quoted).map(|at| start + at)
    })?;
    Some((at, rules::other_line_end(dialect.newline, ", or quotes around it")))
}

/// The first place of a byte in a field that no escape stands before.
fn unescaped(wanted: u8, field: &[u8], dialect: &Dialect) -> Option<usize> {
    let Some(escape) = dialect.marks.escape else { return memchr::memchr(wanted, field) };
    let mut at = 0;
    while at < field.len() {
        match field[at] {
            byte if byte == escape => at += 2,
            byte if byte == wanted => return Some(at),
            _ => at += 1,
        }
    }
    None
}

/// A record as it stands in the text.
#[derive(Debug)]
pub(super) struct Record {
    /// Behind the last byte of the record, without its end.
    pub end: usize,
    /// Where the next record starts.
    pub next: usize,
    /// How many physical lines it takes.
    pub lines: u64,
    /// Where text follows a closing quote.
    pub misquoted: Option<usize>,
    /// Where a quote was opened that is not closed.
    pub open_quote: Option<usize>,
    /// Whether the text ends before the record does.
    pub has_end: bool,
    pub is_comment: bool,
}

/// Cuts one record; pushes the start of each field, and the gap behind the end of the last one.
pub(super) fn next_record(text: &[u8], start: usize, dialect: &Dialect, positions: &mut Vec<u32>) -> Record {
    if !dialect.is_simple {
        return walk(text, start, dialect, Some(positions));
    }
    let (delimiter, newline) = (dialect.delimiter[0], dialect.newline);
    let mut record = Record {
        end: text.len(),
        next: text.len(),
        lines: 1,
        misquoted: None,
        open_quote: None,
        has_end: true,
        is_comment: false,
    };
    let mut field = start;
    loop {
        positions.push(position(field));
        let end = match dialect.marks.quote {
            Some(quote) if text.get(field) == Some(&quote) => {
                quoted_end(text, field, delimiter, newline, quote, &mut record)
            }
            _ => plain_end(text, field, delimiter, newline),
        };
        if end < text.len() && text[end] == delimiter {
            field = end + 1;
            continue;
        }
        record.next = (end + 1).min(text.len());
        record.end = without_cr(text, field, end, newline);
        positions.push(position(record.end + 1));
        return record;
    }
}

/// The end of a record's last field, without the CR of a CRLF, which stands behind `from`.
pub(super) fn without_cr(text: &[u8], from: usize, end: usize, newline: u8) -> usize {
    if newline == b'\n' && end > from && text[end - 1] == b'\r' { end - 1 } else { end }
}

/// The delimiter or line end behind a quoted field.
fn quoted_end(text: &[u8], opened: usize, delimiter: u8, newline: u8, quote: u8, record: &mut Record) -> usize {
    // The splitter has seen to it that every quote in a chunk is closed.
    let closed = closing(text, opened, quote).unwrap_or(text.len() - 1);
    record.lines += memchr_iter(newline, &text[opened..closed]).count() as u64;
    let behind = closed + 1;
    let end = plain_end(text, behind, delimiter, newline);
    let is_crlf = newline == b'\n' && end == behind + 1 && text[behind] == b'\r' && text.get(end) != Some(&delimiter);
    if end != behind && !is_crlf && record.misquoted.is_none() {
        record.misquoted = Some(behind);
    }
    end
}

/// The next delimiter or line end, eight bytes at a time: fields are too short for a call of memchr each to pay.
fn plain_end(text: &[u8], mut at: usize, delimiter: u8, newline: u8) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH_BITS: u64 = 0x8080_8080_8080_8080;
    let delimiters = ONES * u64::from(delimiter);
    let newlines = ONES * u64::from(newline);
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
    while at < text.len() && text[at] != delimiter && text[at] != newline {
        at += 1;
    }
    at
}
