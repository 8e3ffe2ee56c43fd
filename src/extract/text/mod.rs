//! What all text formats share: chunks of whole records, cut into fields by the format, become typed columns and
//! records for quarantine, on several threads.

mod columns;
pub(super) mod notation;
pub(super) mod places;
pub(super) mod records;
pub(super) mod split;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use memchr::{memchr, memmem};

pub(super) use columns::{Cells, column_of};

use crate::contract::Contract;
use crate::engine::Condition;
use crate::extract::encoding::NO_CHARACTER;
use crate::extract::rules::{Broken, BrokenRows, ENCODING, FileColumn, add_not_true};
use crate::extract::sums::sums_of;
use crate::extract::text::records::{Records, Uncut};
use crate::extract::text::split::{Chunk, Ends, Splitter};
use crate::extract::{
    Quarantined, ReadError, ReadOptions, Reading, Rows, SourceFile, landed_schema, pool, summed_columns,
};
use crate::fault::{Fault, Faults};

/// The longest record that is read. What is longer is a file of another kind, or a quote that nobody closed; without
/// a limit it would fill the memory.
pub const MAX_RECORD_BYTES: usize = 16 << 20;

/// How much of a broken record is kept, in bytes.
const MAX_RAW_BYTES: usize = 64 << 10;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// What gives a character in a field another meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Marks {
    pub quote: Option<u8>,
    pub escape: Option<u8>,
}

impl Marks {
    /// A field without the quotes around it, and whether there were any.
    pub(super) fn unquoted(self, field: &[u8]) -> (&[u8], bool) {
        match (field, self.quote) {
            ([first, inner @ .., last], Some(quote)) if *first == quote && *last == quote => (inner, true),
            _ => (field, false),
        }
    }

    /// What a field says: two quotes are one, and a mark of escape takes the meaning from what follows.
    pub(super) fn said(self, text: &[u8], is_quoted: bool) -> Cow<'_, [u8]> {
        let doubled = self.quote.filter(|_| is_quoted);
        let is_plain = |mark: Option<u8>| mark.is_none_or(|mark| memchr(mark, text).is_none());
        if is_plain(doubled) && is_plain(self.escape) {
            return Cow::Borrowed(text);
        }
        let mut said = Vec::with_capacity(text.len());
        let mut bytes = text.iter().copied().peekable();
        while let Some(byte) = bytes.next() {
            let is_mark = Some(byte) == self.escape || (Some(byte) == doubled && bytes.peek() == Some(&byte));
            match bytes.peek() {
                Some(next) if is_mark => {
                    said.push(*next);
                    bytes.next();
                }
                _ => said.push(byte),
            }
        }
        Cow::Owned(said)
    }
}

/// Those of fields that a reader has written down.
pub(super) const WRITTEN: Marks = Marks { quote: Some(records::QUOTE), escape: None };

/// Cuts chunks into records and fields.
pub(super) trait Cutter: Sync {
    /// Fills the buffer's records from its text of whole records, whose first physical line is `first_line`.
    ///
    /// # Errors
    /// What is wrong with the file as a whole.
    fn cut(&self, buffer: &mut Buffer, first_line: u64) -> Result<(), Faults>;

    fn marks(&self) -> Marks;
}

/// Reads a stream of text to its end: `taken` turns rows into something on several threads, `in_order` gets that in
/// the order of the file, on the calling thread. Returns the SHA-256 of the bytes that were read.
pub(super) fn read_chunks<Taken: Send>(
    splitter: Splitter<impl Ends>,
    options: &ReadOptions,
    parser: &Parser<'_>,
    cutter: &impl Cutter,
    taken: impl Fn(Rows) -> anyhow::Result<Taken> + Sync,
    mut in_order: impl FnMut(Taken) -> anyhow::Result<()>,
) -> Result<String, ReadError> {
    let splitter = pool::in_order(
        options.threads,
        splitter,
        |splitter, buffer: &mut Buffer| splitter.next(&mut buffer.text),
        |chunk, buffer| Ok(taken(parser.cut(cutter, &chunk, buffer)?)?),
        |taken| Ok(in_order(taken)?),
    )?;
    Ok(splitter.text.sha256())
}

/// What a thread keeps from chunk to chunk.
#[derive(Default)]
pub(super) struct Buffer {
    pub text: Vec<u8>,
    pub records: Records,
}

/// Turns the records of a chunk into rows.
pub(super) struct Parser<'a> {
    file: &'a SourceFile,
    contract: &'a Contract,
    conditions: &'a [Condition],
    fields: usize,
    marks: Marks,
    /// What ends a physical line.
    pub newline: u8,
    columns: &'a [FileColumn<'a>],
    summed: Vec<usize>,
    schema: SchemaRef,
}

impl<'a> Parser<'a> {
    /// Of records with so many fields, in which the columns stand as they say.
    pub(super) fn new(reading: &Reading<'a>, columns: &'a [FileColumn<'a>], fields: usize, marks: Marks) -> Parser<'a> {
        let Reading { file, extract, options } = *reading;
        let schema = landed_schema(&extract.contract);
        let summed = summed_columns(extract);
        let conditions = &options.conditions;
        let newline = b'\n';
        Parser { file, contract: &extract.contract, conditions, fields, marks, newline, columns, summed, schema }
    }

    /// Cuts a chunk and turns it into rows.
    pub(super) fn cut(&self, cutter: &impl Cutter, chunk: &Chunk, buffer: &mut Buffer) -> Result<Rows, ReadError> {
        cutter.cut(buffer, chunk.first_line).map_err(ReadError::Source)?;
        if buffer.records.longest.0 > MAX_RECORD_BYTES {
            return Err(places::too_long(self.file, b"", None, buffer.records.longest.1, b'\n').into());
        }
        for (what, lines) in &chunk.left_out {
            buffer.records.leave_out(what, *lines);
        }
        self.rows_of(buffer)
    }

    /// Turns the records of a chunk that is cut into rows.
    pub(super) fn rows_of(&self, buffer: &mut Buffer) -> Result<Rows, ReadError> {
        let Buffer { text, records } = buffer;
        let is_utf8 = std::str::from_utf8(text).is_ok();
        let mut broken = BrokenRows::default();
        if !is_utf8 || memchr(0, records.cells(text)).is_some() || memmem::find(text, BYTE_ORDER_MARK).is_some() {
            add_badly_encoded(text, records, self.fields, &mut broken);
        }
        let cells = Cells { text: records.cells(text), records, width: self.fields, marks: self.marks, is_utf8 };
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.columns.len() + 1);
        for column in self.columns {
            let array = column_of(&cells, column, &mut broken);
            arrays.push(array.map_err(|fault| Fault { file: self.contract.file.clone(), ..fault })?);
        }
        let sums = sums_of(&arrays, &self.summed);
        arrays.push(Arc::new(Int64Array::from(records.lines.clone())));
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), arrays).map_err(anyhow::Error::from)?;
        add_not_true(self.conditions, &batch, self.contract, self.columns, &mut broken)?;
        let batch = broken.taken_from(batch)?;
        let quarantined = self.quarantined(text, records, broken);
        let left_out = std::mem::take(&mut records.left_out);
        Ok(Rows { batch, quarantined, rows_read: records.rows_read, left_out, sums, bytes: text.len() as u64 })
    }

    fn quarantined(&self, text: &[u8], records: &mut Records, broken: BrokenRows) -> Vec<Quarantined> {
        let uncut = std::mem::take(&mut records.uncut);
        let records = &*records;
        let is_personal = self.columns.iter().any(|column| column.column.is_personal);
        let uncut = uncut.into_iter().map(|record| {
            let hidden = is_personal.then(|| "(not shown: it may hold personal values)".to_string());
            (record, hidden)
        });
        let cut = broken.into_rows().map(|(row, broken)| {
            let Range { start, end } = records.extent(row, self.fields);
            let at = broken.field.map_or(start, |field| records.start(row, field, self.fields)).clamp(start, end);
            let hidden = is_personal.then(|| self.masked(text, records, row));
            (Uncut { start, end, line: records.lines[row].cast_unsigned(), at, broken }, hidden)
        });
        let mut all: Vec<(Uncut, Option<String>)> = uncut.chain(cut).collect();
        all.sort_by_key(|(record, _)| record.start);
        let newline = char::from(self.newline);
        all.into_iter().map(|(record, hidden)| quarantined_record(text, record, newline, hidden)).collect()
    }

    /// A record with its personal values masked.
    fn masked(&self, text: &[u8], records: &Records, row: usize) -> String {
        let cells = records.cells(text);
        let mut masked = String::new();
        let end = records.field(row, self.fields - 1, self.fields).end;
        for field in 0..self.fields {
            let extent = records.field(row, field, self.fields);
            // Fields that a short record lacks stand behind its end, where the next one starts.
            if extent.start > end {
                break;
            }
            if field > 0 {
                let gap = cells.get(extent.start - records.gap as usize..extent.start).unwrap_or_default();
                masked.push_str(&String::from_utf8_lossy(gap));
            }
            let value = String::from_utf8_lossy(cells.get(extent).unwrap_or_default());
            let is_personal = self.columns.iter().any(|column| column.field == field && column.column.is_personal);
            masked.push_str(&if is_personal { stars(&value) } else { value.into_owned() });
        }
        shortened(masked.as_bytes())
    }
}

fn quarantined_record(text: &[u8], record: Uncut, newline: char, hidden: Option<String>) -> Quarantined {
    let raw_text = shortened(&text[record.start..record.end]);
    let before = String::from_utf8_lossy(&text[record.start..record.at]);
    let place = before.chars().count() as u64 + 1;
    // A record may go over several lines.
    let line = record.line + before.matches(newline).count() as u64;
    let at = before.chars().rev().take_while(|character| *character != newline).count() as u64 + 1;
    let Broken { column, rule, message, .. } = record.broken;
    let shown_text = hidden.unwrap_or_else(|| raw_text.clone());
    Quarantined {
        line: record.line,
        place,
        field_at: (line, at),
        column,
        rule: rule.into_owned(),
        message,
        raw_text,
        shown_text,
    }
}

/// As many stars, in as many lines.
fn stars(text: &str) -> String {
    text.chars().map(|character| if character == '\n' { character } else { '*' }).collect()
}

fn shortened(raw: &[u8]) -> String {
    if raw.len() <= MAX_RAW_BYTES {
        return String::from_utf8_lossy(raw).into_owned();
    }
    format!("{}… ({} bytes in all)", String::from_utf8_lossy(&raw[..MAX_RAW_BYTES]), raw.len())
}

/// Records that hold bytes which are no text, NULs, or a byte order mark where a line starts.
fn add_badly_encoded(text: &[u8], records: &Records, fields: usize, broken: &mut BrokenRows) {
    let cells = records.cells(text);
    for row in 0..records.len() {
        let extent = records.extent(row, fields);
        let record = &text[extent.clone()];
        let in_record = |at: usize| {
            let starts = (0..fields).map(|field| records.start(row, field, fields));
            starts.take_while(|start| *start <= extent.start + at).count().max(1) - 1
        };
        let written_nul = || {
            (0..fields)
                .find(|field| memchr(0, cells.get(records.field(row, *field, fields)).unwrap_or_default()).is_some())
        };
        let (field, message) = if let Err(error) = std::str::from_utf8(record) {
            let at = error.valid_up_to();
            let byte = record[at];
            let what = match byte {
                NO_CHARACTER => "found bytes that are no character of the file's encoding".to_string(),
                byte => format!("found byte 0x{byte:02X}, which is not UTF-8, expected UTF-8"),
            };
            (in_record(at), what)
        } else if record.starts_with(BYTE_ORDER_MARK) {
            (0, "found a byte order mark, expected it at the start of the file alone".to_string())
        } else if let Some(field) = written_nul() {
            (field, "found a NUL character, expected text".to_string())
        } else {
            continue;
        };
        broken.add(row, || Broken { field: Some(field), column: None, rule: ENCODING.into(), message });
    }
}
