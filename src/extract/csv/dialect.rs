//! A dialect of CSV made ready: where fields and records end in it.
//!
//! Most files have a delimiter of one byte, records that end with a line, and quotes that are doubled inside of
//! quotes. These are looked for in strides, from the end of a chunk backwards; every other dialect is walked through
//! byte by byte.

use memchr::{memchr, memchr2, memrchr};

use crate::extract::csv::walk::walk;
use crate::extract::text::Marks;
use crate::extract::text::split::{Ends, LastEnd, newline_of};
use crate::pipeline::{Csv, Ragged, RowEnd};

#[derive(Debug, Clone)]
pub(super) struct Dialect {
    pub delimiter: Vec<u8>,
    pub marks: Marks,
    /// What ends a physical line, LF (also behind CR) or CR; where there is no `row_end`, it ends a record.
    pub newline: u8,
    pub row_end: Option<Vec<u8>>,
    pub comments: Vec<Vec<u8>>,
    pub ragged: Ragged,
    /// Whether records can be found in strides.
    pub is_simple: bool,
}

impl Dialect {
    /// The dialect of a file that starts so; None where more of it is needed to tell.
    pub(super) fn of(csv: &Csv, start: &[u8], is_whole: bool) -> Option<Dialect> {
        let delimiter = csv.delimiter.clone().into_bytes();
        let row_end = match &csv.row_end {
            RowEnd::Line => None,
            RowEnd::Text(text) => Some(text.clone().into_bytes()),
        };
        let is_simple = delimiter.len() == 1 && csv.escape.is_none() && row_end.is_none() && csv.comments.is_empty();
        let mut dialect = Dialect {
            delimiter,
            marks: Marks { quote: csv.quote, escape: csv.escape },
            newline: b'\n',
            row_end,
            comments: csv.comments.iter().map(|start| start.clone().into_bytes()).collect(),
            ragged: csv.ragged,
            is_simple,
        };
        if dialect.row_end.is_none() {
            // What is skipped is a line whatever stands in it.
            let end = if csv.skip_lines > 0 { memchr2(b'\n', b'\r', start) } else { dialect.first_line_end(start) };
            dialect.newline = newline_of(start, end, is_whole)?;
        }
        Some(dialect)
    }

    /// Where the first line ends outside of quotes and without an escape before it, with LF or CR.
    fn first_line_end(&self, start: &[u8]) -> Option<usize> {
        let end_with = |newline| {
            let first = walk(start, 0, &Dialect { newline, ..self.clone() }, None);
            first.has_end.then(|| first.next - 1)
        };
        [b'\n', b'\r'].into_iter().filter_map(end_with).min()
    }

    pub(super) fn gap(&self) -> usize {
        self.delimiter.len()
    }

    pub(super) fn is_comment(&self, line: &[u8]) -> bool {
        self.comments.iter().any(|start| line.starts_with(start))
    }

    /// Behind the last record that ends in the text, by walking through all of them.
    fn last_end_walked(&self, text: &[u8], is_whole: bool) -> LastEnd {
        let mut last = LastEnd { end: 0, open_quote: None };
        while last.end < text.len() {
            let record = walk(text, last.end, self, None);
            // A line end behind the mark may still be to come.
            let may_go_on = !is_whole && self.row_end.is_some() && record.next + 2 > text.len();
            if !record.has_end || may_go_on {
                last.open_quote = record.open_quote;
                break;
            }
            last.end = record.next;
        }
        last
    }
}

impl Ends for Dialect {
    fn newline(&self) -> u8 {
        self.newline
    }

    fn last_end(&self, text: &[u8], is_whole: bool) -> LastEnd {
        if !self.is_simple {
            return self.last_end_walked(text, is_whole);
        }
        let newline = self.newline;
        let quote = match self.marks.quote {
            Some(quote) if memchr(quote, text).is_some() => quote,
            // Without a quote in sight every line end ends a record.
            _ => return LastEnd { end: memrchr(newline, text).map_or(0, |newline| newline + 1), open_quote: None },
        };
        let mut quoted = Vec::new();
        let mut open_quote = None;
        let mut outside_until = text.len();
        let mut at = 0;
        while let Some(opened) = next_opening(text, at, quote, &self.delimiter, newline) {
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
            if let Some(newline) = memrchr(newline, &text[from..outside_until]) {
                return LastEnd { end: from + newline + 1, open_quote };
            }
            if from == 0 {
                return LastEnd { end: 0, open_quote };
            }
            outside_until = opened;
        }
    }

    fn first_end(&self, text: &[u8]) -> usize {
        walk(text, 0, self, None).next
    }
}

/// The next quote that opens a field: one at the start of the text, of a record or of a field. Any other is text.
/// `from` is 0 or stands behind a closing quote, where no field starts.
fn next_opening(text: &[u8], mut from: usize, quote: u8, delimiter: &[u8], newline: u8) -> Option<usize> {
    loop {
        let at = from + memchr(quote, &text[from..])?;
        if at == 0 || text[at - 1] == newline || text[..at].ends_with(delimiter) {
            return Some(at);
        }
        from = at + 1;
    }
}

/// The quote that closes the one at `opened`; doubled quotes in between are text.
pub(super) fn closing(text: &[u8], opened: usize, quote: u8) -> Option<usize> {
    let mut at = opened + 1;
    loop {
        at += memchr(quote, text.get(at..)?)?;
        if text.get(at + 1) != Some(&quote) {
            return Some(at);
        }
        at += 2;
    }
}
