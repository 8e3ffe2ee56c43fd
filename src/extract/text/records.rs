//! The records and fields of one chunk of text, as positions; the form in which every text format hands them over.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use crate::extract::rules::Broken;

/// The records of a chunk that have the right number of fields, and those that have not.
#[derive(Debug, Default)]
pub(crate) struct Records {
    /// Per record `fields + 1` positions: where each field starts, and `gap` behind the end of the last field.
    /// Between two fields stand `gap` bytes, so that field f is `positions[f] .. positions[f + 1] - gap`.
    pub positions: Vec<u32>,
    pub gap: u32,
    /// The physical line where each record starts.
    pub lines: Vec<i64>,
    /// Fields that do not stand in the chunk's text as they are.
    pub written: Option<Written>,
    /// Records that cannot be cut into the right fields.
    pub uncut: Vec<Uncut>,
    pub rows_read: u64,
    /// What was left out since it is no record, by what it is.
    pub left_out: LeftOut,
    /// The length and line of the longest record.
    pub longest: (usize, u64),
}

/// Fields that a reader has written down; `positions` are about this text.
#[derive(Debug, Default)]
pub(crate) struct Written {
    pub text: Vec<u8>,
    /// Where each record stands in the chunk's text.
    pub extents: Vec<Range<u32>>,
    /// Where each field stands there, for each record and field.
    pub starts: Vec<u32>,
    /// Whether each field is in the notation of ISO, whatever that of its column is: a value that had a type.
    pub is_iso: Vec<bool>,
}

/// How many lines, by what they are: comments, footers, headers that come again.
pub type LeftOut = BTreeMap<&'static str, u64>;

pub(crate) const COMMENT: &str = "comment";
pub(crate) const FOOTER: &str = "footer";
pub(crate) const HEADER_AGAIN: &str = "header again";
pub(crate) const PREAMBLE: &str = "preamble";

#[derive(Debug)]
pub(crate) struct Uncut {
    pub start: usize,
    pub end: usize,
    pub line: u64,
    /// Where in the text the fault is.
    pub at: usize,
    pub broken: Broken,
}

impl Records {
    pub(crate) fn len(&self) -> usize {
        self.lines.len()
    }

    /// Where a field stands in the text that `positions` are about.
    pub(crate) fn field(&self, row: usize, field: usize, fields: usize) -> Range<usize> {
        let at = row * (fields + 1) + field;
        self.positions[at] as usize..(self.positions[at + 1] - self.gap) as usize
    }

    /// The text that `positions` are about.
    pub(crate) fn cells<'a>(&'a self, text: &'a [u8]) -> &'a [u8] {
        self.written.as_ref().map_or(text, |written| &written.text)
    }

    /// Where a record stands in the chunk's text, without its end.
    pub(crate) fn extent(&self, row: usize, fields: usize) -> Range<usize> {
        match &self.written {
            Some(written) => written.extents[row].start as usize..written.extents[row].end as usize,
            None => {
                let stride = fields + 1;
                let end = self.positions[row * stride + fields] - self.gap;
                self.positions[row * stride] as usize..end as usize
            }
        }
    }

    /// Where a field starts in the chunk's text.
    pub(crate) fn start(&self, row: usize, field: usize, fields: usize) -> usize {
        match &self.written {
            Some(written) => written.starts[row * fields + field] as usize,
            None => self.positions[row * (fields + 1) + field] as usize,
        }
    }

    /// Whether a field is in the notation of ISO whatever that of its column is.
    pub(crate) fn is_iso(&self, row: usize, field: usize, fields: usize) -> bool {
        self.written.as_ref().is_some_and(|written| written.is_iso[row * fields + field])
    }

    pub(crate) fn leave_out(&mut self, what: &'static str, lines: u64) {
        if lines > 0 {
            *self.left_out.entry(what).or_insert(0) += lines;
        }
    }

    /// Makes ready for a chunk whose fields stand in its text, `gap` bytes apart.
    pub(crate) fn clear(&mut self, gap: usize) {
        self.positions.clear();
        self.gap = position(gap);
        self.lines.clear();
        self.written = None;
        self.uncut.clear();
        self.rows_read = 0;
        self.left_out.clear();
        self.longest = (0, 0);
    }

    /// Makes ready for a chunk whose fields are written down one by one.
    pub(crate) fn clear_to_write(&mut self) {
        let mut written = self.written.take().unwrap_or_default();
        self.clear(1);
        written.text.clear();
        written.extents.clear();
        written.starts.clear();
        written.is_iso.clear();
        self.written = Some(written);
    }

    /// Writes the next field of the record that is under way, which stands at `start` of the chunk's text.
    pub(crate) fn write_field(&mut self, value: &Value<'_>, start: usize) {
        let written = self.written.get_or_insert_default();
        self.positions.push(position(written.text.len()));
        written.starts.push(position(start));
        written.is_iso.push(matches!(value, Value::Typed(_)));
        match value {
            Value::None => {}
            // What is empty or begins with the mark of quotes would be taken for something else.
            Value::Text(text) | Value::Typed(text) if text.is_empty() || text[0] == QUOTE => {
                written.text.push(QUOTE);
                for byte in &**text {
                    written.text.push(*byte);
                    if *byte == QUOTE {
                        written.text.push(QUOTE);
                    }
                }
                written.text.push(QUOTE);
            }
            Value::Text(text) | Value::Typed(text) => written.text.extend_from_slice(text),
        }
        written.text.push(b'\t');
    }

    /// Ends the record that is under way, which stands at `extent` of the chunk's text.
    pub(crate) fn end_record(&mut self, extent: Range<usize>, line: u64) {
        let written = self.written.get_or_insert_default();
        self.positions.push(position(written.text.len()));
        written.extents.push(position(extent.start)..position(extent.end));
        self.lines.push(line.cast_signed());
        self.rows_read += 1;
        self.longest = self.longest.max((extent.len(), line));
    }
}

/// One field, to be written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    None,
    /// As the file writes it.
    Text(Cow<'a, [u8]>),
    /// A number, date, time or boolean that the file knows as such, in the notation of ISO.
    Typed(Cow<'a, [u8]>),
}

/// What quotes a field that was written down.
pub(crate) const QUOTE: u8 = b'"';

pub(crate) fn position(at: usize) -> u32 {
    u32::try_from(at).expect("a chunk is far shorter than 4 GiB")
}
