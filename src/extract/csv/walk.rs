//! One record of any dialect, byte by byte: delimiters and row ends of several characters, escapes, comments.

use memchr::memchr_iter;

use crate::extract::csv::dialect::Dialect;
use crate::extract::csv::tokenize::{Record, without_cr};
use crate::extract::text::records::position;

/// Cuts one record of any dialect, byte by byte; a line that is a comment is a record of its own.
pub(super) fn walk(text: &[u8], start: usize, dialect: &Dialect, mut positions: Option<&mut Vec<u32>>) -> Record {
    let mut record = Record {
        end: text.len(),
        next: text.len(),
        lines: 0,
        misquoted: None,
        open_quote: None,
        has_end: false,
        is_comment: dialect.is_comment(&text[start..]),
    };
    let mut field = start;
    if record.is_comment {
        let newline = memchr::memchr(dialect.newline, &text[start..]).map(|newline| start + newline);
        record.end = newline.unwrap_or(text.len());
        record.next = newline.map_or(text.len(), |newline| newline + 1);
        record.has_end = newline.is_some();
    } else {
        loop {
            if let Some(positions) = positions.as_deref_mut() {
                positions.push(position(field));
            }
            let behind = behind_quotes(text, field, dialect, &mut record);
            let (end, what, escaped) = field_end(text, behind, dialect);
            // At the end of the text a CR is taken for half a CRLF.
            let is_last = dialect.row_end.is_none() && !matches!(what, FieldEnd::Field);
            let is_crlf = is_last && without_cr(text, escaped, end, dialect.newline) == behind;
            if behind > field && end != behind && !is_crlf && record.misquoted.is_none() {
                record.misquoted = Some(behind);
            }
            match what {
                FieldEnd::Field => {
                    field = end + dialect.gap();
                    continue;
                }
                FieldEnd::Record(next) => (record.next, record.has_end) = (next, true),
                FieldEnd::Text => {}
            }
            record.end = if dialect.row_end.is_none() { without_cr(text, escaped, end, dialect.newline) } else { end };
            break;
        }
    }
    if let Some(positions) = positions {
        positions.push(position(record.end + dialect.gap()));
    }
    record.lines = memchr_iter(dialect.newline, &text[start..record.next]).count() as u64;
    record
}

/// Behind the quotes that a field starts with; where it starts with none, its start.
fn behind_quotes(text: &[u8], field: usize, dialect: &Dialect, record: &mut Record) -> usize {
    let Some(quote) = dialect.marks.quote.filter(|quote| text.get(field) == Some(quote)) else { return field };
    let mut at = field + 1;
    while let Some(byte) = text.get(at) {
        let is_doubled = *byte == quote && text.get(at + 1) == Some(&quote);
        if Some(*byte) == dialect.marks.escape || is_doubled {
            at += 2;
        } else if *byte == quote {
            return at + 1;
        } else {
            at += 1;
        }
    }
    record.open_quote = Some(field);
    text.len()
}

enum FieldEnd {
    /// Another field follows.
    Field,
    /// The record ends; the next one starts here.
    Record(usize),
    /// The text ends.
    Text,
}

/// Where a field ends, what follows, and behind which place nothing of it is escaped.
fn field_end(text: &[u8], mut at: usize, dialect: &Dialect) -> (usize, FieldEnd, usize) {
    let mut escaped = at;
    while at < text.len() {
        if Some(text[at]) == dialect.marks.escape {
            at += 2;
            escaped = at;
            continue;
        }
        let rest = &text[at..];
        if rest.starts_with(&dialect.delimiter) {
            return (at, FieldEnd::Field, escaped);
        }
        match &dialect.row_end {
            None if text[at] == dialect.newline => return (at, FieldEnd::Record(at + 1), escaped),
            Some(end) if rest.starts_with(end) => {
                let behind = &rest[end.len()..];
                // Exports set a line end behind, which belongs to no record.
                let is_line = end.ends_with(b"\n") || end.ends_with(b"\r");
                let line_end = match behind {
                    _ if is_line => 0,
                    [b'\r', b'\n', ..] => 2,
                    [b'\n' | b'\r', ..] => 1,
                    _ => 0,
                };
                return (at, FieldEnd::Record(at + end.len() + line_end), escaped);
            }
            // The last record may lack the line end that the others have.
            Some(end) if rest == end.trim_ascii_end() => return (at, FieldEnd::Record(text.len()), escaped),
            _ => at += 1,
        }
    }
    (text.len(), FieldEnd::Text, escaped)
}
