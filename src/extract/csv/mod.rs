//! CSV, over bytes: any delimiter, optional quotes, LF and CRLF, UTF-8 with or without a byte order mark, gzip by
//! the file's name. One thread at a time cuts the stream into chunks of whole records; all threads turn chunks into
//! columns.

mod columns;
mod header;
mod split;
mod tokenize;

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array};
use arrow::compute::filter_record_batch;
use arrow::record_batch::RecordBatch;

use crate::extract::bytes::Text;
use crate::extract::csv::columns::{Fields, column_of};
use crate::extract::csv::header::Layout;
use crate::extract::csv::split::{Chunk, Splitter};
use crate::extract::csv::tokenize::{Records, Uncut, tokenize};
use crate::extract::rules::{Broken, BrokenRows, ENCODING, FileColumn};
use crate::extract::{Quarantined, ReadError, ReadOptions, Rows, SourceFile, landed_schema, pool};
use crate::fault::{Fault, Faults};
use crate::pipeline::Extract;

/// The longest record that is read. What is longer is a file of another kind, or a quote that nobody closed; without
/// a limit it would fill the memory.
pub const MAX_RECORD_BYTES: usize = 16 << 20;

/// How much of a broken record is kept, in bytes.
const MAX_RAW_BYTES: usize = 64 << 10;

/// How text is cut into fields.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    pub delimiter: u8,
    pub quote: Option<u8>,
}

/// Reads a file whole: `taken` turns rows into something on several threads, `in_order` gets that in the order of
/// the file, on the calling thread. Returns the SHA-256 of the bytes that were read.
///
/// # Errors
/// What is wrong with the file as a whole, a request to stop, and whatever the two takers fail with.
pub fn read<Taken: Send>(
    file: &SourceFile,
    extract: &Extract,
    options: &ReadOptions,
    taken: impl Fn(Rows) -> anyhow::Result<Taken> + Sync,
    mut in_order: impl FnMut(Taken) -> anyhow::Result<()>,
) -> Result<String, ReadError> {
    let cut = Cut { delimiter: extract.reader.delimiter, quote: extract.reader.quote };
    let text = Text::open(file)?;
    let may_show = !extract.contract.columns.iter().any(|column| column.is_personal);
    let mut splitter = Splitter::new(text, file.clone(), cut, options, may_show);
    splitter.skip_byte_order_mark()?;
    if splitter.is_empty()? {
        return Err(Fault::of_file(&file.name, empty_message(extract)).with_help("have it delivered again").into());
    }
    let layout = layout_of(&mut splitter, extract)?;
    let columns = columns_of(extract, &layout, &options.also_required);
    let parser = Parser {
        file,
        contract_file: &extract.contract.file,
        cut,
        layout: &layout,
        columns: &columns,
        schema: landed_schema(&extract.contract),
    };
    let splitter = pool::in_order(
        options.threads,
        splitter,
        |splitter, buffer: &mut Buffer| splitter.next(&mut buffer.text),
        |chunk, buffer| Ok(taken(parser.rows_of(&chunk, buffer)?)?),
        |taken| Ok(in_order(taken)?),
    )?;
    Ok(splitter.text.sha256())
}

fn empty_message(extract: &Extract) -> &'static str {
    if extract.reader.has_header {
        "the file is empty, expected at least a header line"
    } else {
        "the file is empty, expected records"
    }
}

fn layout_of(splitter: &mut Splitter, extract: &Extract) -> Result<Layout, ReadError> {
    if !extract.reader.has_header {
        return Ok(header::by_position(&extract.contract));
    }
    let mut line = Vec::new();
    // The caller has seen that there is text, so there is a first record.
    let first_line = splitter.first_record(&mut line)?.map_or(1, |chunk| chunk.first_line);
    header::by_name(&splitter.file.name, &line, first_line, &extract.contract, splitter.cut)
        .map_err(|faults| ReadError::Source(Faults(faults)))
}

fn columns_of<'a>(extract: &'a Extract, layout: &Layout, also_required: &[String]) -> Vec<FileColumn<'a>> {
    let columns = extract.contract.columns.iter().zip(&layout.field_of_column);
    columns
        .map(|(column, field)| FileColumn {
            column,
            field: *field,
            required: column.required || also_required.contains(&column.name),
        })
        .collect()
}

/// What a thread keeps from chunk to chunk.
#[derive(Default)]
struct Buffer {
    text: Vec<u8>,
    records: Records,
}

struct Parser<'a> {
    file: &'a SourceFile,
    contract_file: &'a str,
    cut: Cut,
    layout: &'a Layout,
    columns: &'a [FileColumn<'a>],
    schema: arrow::datatypes::SchemaRef,
}

impl Parser<'_> {
    fn rows_of(&self, chunk: &Chunk, buffer: &mut Buffer) -> Result<Rows, ReadError> {
        let Buffer { text, records } = buffer;
        let fields = self.layout.fields;
        tokenize(text, chunk.first_line, self.cut, fields, records);
        if records.longest.0 > MAX_RECORD_BYTES {
            return Err(split::too_long(self.file, b"", None, records.longest.1).into());
        }
        let is_utf8 = std::str::from_utf8(text).is_ok();
        let mut broken = BrokenRows::default();
        if !is_utf8 {
            add_badly_encoded(text, records, fields, &mut broken);
        }
        let cells = Fields { text, records, width: fields, quote: self.cut.quote, is_utf8 };
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.columns.len() + 1);
        for column in self.columns {
            let array = column_of(&cells, column, &mut broken);
            arrays.push(array.map_err(|fault| Fault { file: self.contract_file.to_string(), ..fault })?);
        }
        arrays.push(Arc::new(Int64Array::from(records.lines.clone())));
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), arrays).map_err(anyhow::Error::from)?;
        let batch = without(batch, &broken)?;
        let quarantined = self.quarantined(text, records, broken);
        Ok(Rows { batch, quarantined, rows_read: records.rows_read, bytes: text.len() as u64 })
    }

    fn quarantined(&self, text: &[u8], records: &mut Records, broken: BrokenRows) -> Vec<Quarantined> {
        let fields = self.layout.fields;
        let uncut = std::mem::take(&mut records.uncut);
        let cut = broken.into_rows().map(|(row, broken)| {
            let extent = records.extent(row, fields);
            let at = broken.field.map_or(extent.start, |field| records.positions[row * (fields + 1) + field] as usize);
            Uncut { start: extent.start, end: extent.end, line: records.lines[row].cast_unsigned(), at, broken }
        });
        let mut all: Vec<Uncut> = uncut.into_iter().chain(cut).collect();
        all.sort_by_key(|record| record.start);
        all.into_iter().map(|record| self.quarantined_record(text, record)).collect()
    }

    fn quarantined_record(&self, text: &[u8], record: Uncut) -> Quarantined {
        let raw = &text[record.start..record.end];
        let raw_text = shortened(raw);
        let before = String::from_utf8_lossy(&text[record.start..record.at]);
        let place = before.chars().count() as u64 + 1;
        // A record may go over several lines.
        let line = record.line + before.matches('\n').count() as u64;
        let at = before.chars().rev().take_while(|character| *character != '\n').count() as u64 + 1;
        let is_personal = self.columns.iter().any(|column| column.column.is_personal);
        let shown_text = if is_personal { self.masked(raw) } else { raw_text.clone() };
        let Broken { column, rule, message, .. } = record.broken;
        Quarantined {
            line: record.line,
            place,
            field_at: (line, at),
            column,
            rule: rule.into(),
            message,
            raw_text,
            shown_text,
        }
    }

    /// A record with its personal values masked; all of it where it is not known which those are.
    fn masked(&self, raw: &[u8]) -> String {
        let mut records = Records::default();
        tokenize(raw, 1, self.cut, self.layout.fields, &mut records);
        if records.len() != 1 {
            return "(not shown: it may hold personal values)".into();
        }
        let mut masked = String::new();
        for field in 0..self.layout.fields {
            let text = String::from_utf8_lossy(
                &raw[records.positions[field] as usize..records.positions[field + 1] as usize - 1],
            )
            .into_owned();
            let is_personal = self.columns.iter().any(|column| column.field == field && column.column.is_personal);
            if field > 0 {
                masked.push(char::from(self.cut.delimiter));
            }
            masked.push_str(&if is_personal { hidden(&text) } else { text });
        }
        shortened(masked.as_bytes())
    }
}

/// As many stars, in as many lines.
fn hidden(text: &str) -> String {
    text.chars().map(|character| if character == '\n' { character } else { '*' }).collect()
}

fn shortened(raw: &[u8]) -> String {
    if raw.len() <= MAX_RAW_BYTES {
        return String::from_utf8_lossy(raw).into_owned();
    }
    format!("{}… ({} bytes in all)", String::from_utf8_lossy(&raw[..MAX_RAW_BYTES]), raw.len())
}

fn add_badly_encoded(text: &[u8], records: &Records, fields: usize, broken: &mut BrokenRows) {
    for row in 0..records.len() {
        let extent = records.extent(row, fields);
        let Err(error) = std::str::from_utf8(&text[extent.clone()]) else { continue };
        let bad = extent.start + error.valid_up_to();
        let starts = &records.positions[row * (fields + 1)..row * (fields + 1) + fields];
        let field = starts.partition_point(|start| *start as usize <= bad) - 1;
        let message = format!("found byte 0x{:02X}, which is not UTF-8, expected UTF-8", text[bad]);
        broken.add(row, || Broken { field: Some(field), column: None, rule: ENCODING, message });
    }
}

fn without(batch: RecordBatch, broken: &BrokenRows) -> anyhow::Result<RecordBatch> {
    if broken.is_empty() {
        return Ok(batch);
    }
    let keeps: BooleanArray = (0..batch.num_rows()).map(|row| Some(!broken.contains(row))).collect();
    Ok(filter_record_batch(&batch, &keeps)?)
}
