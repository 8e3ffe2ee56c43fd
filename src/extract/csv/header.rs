//! The header line of a CSV file: the names in it.

use crate::extract::csv::dialect::Dialect;
use crate::extract::csv::tokenize::next_record;
use crate::extract::header::{Header, HeaderName};

/// The header that a line is.
pub(super) fn header_of(text: &[u8], line: u64, dialect: &Dialect) -> Header {
    let names = names_of(text, dialect);
    Header { line, text: String::from_utf8_lossy(text).into_owned(), names }
}

/// A header without what ends it.
pub(super) fn without_end<'a>(line: &'a [u8], dialect: &Dialect) -> &'a [u8] {
    let mut line = line;
    while let [before @ .., b'\n' | b'\r'] = line {
        line = before;
    }
    dialect.row_end.as_ref().and_then(|end| line.strip_suffix(end.trim_ascii_end())).unwrap_or(line)
}

fn names_of(header: &[u8], dialect: &Dialect) -> Vec<HeaderName> {
    let mut positions = Vec::new();
    next_record(header, 0, dialect, &mut positions);
    let fields = positions.windows(2).map(|pair| (pair[0] as usize, pair[1] as usize - dialect.gap()));
    fields
        .map(|(start, end)| {
            let shown = String::from_utf8_lossy(&header[start..end]);
            let column = String::from_utf8_lossy(&header[..start]).chars().count() + 1;
            let (inner, is_quoted) = dialect.marks.unquoted(shown.trim().as_bytes());
            let name = String::from_utf8_lossy(&dialect.marks.said(inner, is_quoted)).into_owned();
            HeaderName { name, column, width: shown.chars().count() }
        })
        .collect()
}
