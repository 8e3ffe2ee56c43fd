//! Excel and other workbooks: the rows of one sheet. Codes stay text, dates are dates, and numbers have the 15 digits
//! that a spreadsheet computes with.

mod sheet;

use std::sync::mpsc::Receiver;

use crate::extract::excel::sheet::{Cell, Row, Sheet};
use crate::extract::header::{Header, HeaderName, Layout, by_name, by_position};
use crate::extract::rules::{Broken, FIELDS};
use crate::extract::text::records::{FOOTER, Records, Uncut, Value};
use crate::extract::text::{Buffer, Parser, WRITTEN};
use crate::extract::{ReadError, Reading, Rows, SourceFile, columns_of, empty_file, pool};
use crate::fault::{Fault, Faults};
use crate::pipeline::Excel;

/// Reads a file whole; see `extract::read`.
pub(super) fn read<Taken: Send>(
    reading: &Reading<'_>,
    excel: &Excel,
    taken: impl Fn(Rows) -> anyhow::Result<Taken> + Sync,
    mut in_order: impl FnMut(Taken) -> anyhow::Result<()>,
) -> Result<(), ReadError> {
    let Reading { file, extract, options } = reading;
    let mut rows = Source { rows: Sheet::of(file, excel).rows(), first: None, stop: options.stop.clone(), reading };
    let (layout, has_open_end) = layout_of(&mut rows, excel)?;
    let numbers: Vec<usize> = (0..layout.field_of_column.len()).collect();
    let columns = columns_of(extract, &numbers, &options.also_required);
    let parser = Parser::new(reading, &columns, numbers.len(), WRITTEN);
    let first_column = excel.range.first_column;
    let places: Vec<u32> =
        layout.field_of_column.iter().map(|field| first_column + u32::try_from(*field).unwrap_or(u32::MAX)).collect();
    // Without a range everything counts, and what stands beside the columns would be lost.
    let end = has_open_end.then(|| first_column + u32::try_from(layout.fields).unwrap_or(u32::MAX));
    pool::in_order(
        options.threads,
        rows,
        |source, buffer: &mut Buffer| source.next(&places, end, buffer),
        |(), buffer| Ok(taken(parser.rows_of(buffer)?)?),
        |taken| Ok(in_order(taken)?),
    )?;
    Ok(())
}

/// Where the columns stand from the range's first column on, and whether cells beyond the last one count.
fn layout_of(source: &mut Source<'_>, excel: &Excel) -> Result<(Layout, bool), ReadError> {
    let contract = &source.reading.extract.contract;
    let file = source.reading.file;
    let has_open_end = excel.range.last_column.is_none();
    if !excel.has_header {
        return Ok((by_position(contract), has_open_end));
    }
    let Some(row) = source.first_row()? else {
        return Err(empty_file(file, "a header row in the sheet").into());
    };
    let mut text = String::new();
    let mut names = Vec::new();
    for name in names_in(&row, excel) {
        if !text.is_empty() {
            text.push_str(", ");
        }
        names.push(HeaderName { name: name.clone(), column: text.chars().count() + 1, width: name.chars().count() });
        text.push_str(&name);
    }
    let header = Header { line: u64::from(row.number) + 1, text, names };
    let layout = by_name(&file.name, &header, contract).map_err(|faults| ReadError::Source(Faults(faults)))?;
    Ok((layout, has_open_end))
}

/// The rows of a sheet that are still to be read.
struct Source<'a> {
    rows: Receiver<Result<Vec<Row>, String>>,
    /// Rows that have been taken out and not used.
    first: Option<Vec<Row>>,
    stop: crate::extract::Stop,
    reading: &'a Reading<'a>,
}

impl Source<'_> {
    fn some_rows(&mut self) -> Result<Option<Vec<Row>>, ReadError> {
        if self.stop.is_asked() {
            return Err(ReadError::Stopped);
        }
        if let Some(rows) = self.first.take() {
            return Ok(Some(rows));
        }
        match self.rows.recv() {
            Ok(Ok(rows)) if rows.is_empty() => Ok(None),
            Ok(Ok(rows)) => Ok(Some(rows)),
            Ok(Err(message)) => {
                let fault = Fault::of_file(&self.reading.file.name, message);
                Err(fault.with_help("have it delivered again, and see whether this is the right file and sheet").into())
            }
            Err(_) => Err(ReadError::Taker(anyhow::anyhow!("the workbook was not read to its end"))),
        }
    }

    /// Takes the first row by itself: the header.
    fn first_row(&mut self) -> Result<Option<Row>, ReadError> {
        let Some(mut rows) = self.some_rows()? else { return Ok(None) };
        let first = rows.remove(0);
        // An empty list would say that nothing follows.
        self.first = Some(rows).filter(|rows| !rows.is_empty());
        Ok(Some(first))
    }

    /// Writes the next rows down, each field from its place.
    fn next(&mut self, places: &[u32], end: Option<u32>, buffer: &mut Buffer) -> Result<Option<()>, ReadError> {
        let Some(rows) = self.some_rows()? else { return Ok(None) };
        let Buffer { text, records } = buffer;
        text.clear();
        records.clear_to_write();
        for row in rows {
            write(&row, places, end, text, records);
        }
        Ok(Some(()))
    }
}

fn write(row: &Row, places: &[u32], end: Option<u32>, text: &mut Vec<u8>, records: &mut Records) {
    let line = u64::from(row.number) + 1;
    if row.is_footer {
        records.leave_out(FOOTER, 1);
        return;
    }
    let start = text.len();
    let mut starts = Vec::with_capacity(row.cells.len());
    for (number, cell) in row.cells.iter().enumerate() {
        if number > 0 {
            text.push(b'\t');
        }
        starts.push(text.len());
        text.extend_from_slice(cell.text().as_bytes());
    }
    let extent = start..text.len();
    text.push(b'\n');
    if let Some(stray) = end.and_then(|end| row.cells.iter().position(|cell| cell.column >= end)) {
        let message = format!("found a value in column {}, beside the last one", row.cells[stray].column_name());
        let broken = Broken { field: None, column: None, rule: FIELDS.into(), message };
        records.rows_read += 1;
        records.uncut.push(Uncut { start: extent.start, end: extent.end, line, at: starts[stray], broken });
        return;
    }
    for place in places {
        let found = row.cells.binary_search_by_key(place, |cell| cell.column).ok();
        let start = found.map_or(extent.start, |number| starts[number]);
        records.write_field(&found.map_or(Value::None, |number| value_of(&row.cells[number])), start);
    }
    records.end_record(extent, line);
}

fn value_of(cell: &Cell) -> Value<'_> {
    let text = cell.text().as_bytes().into();
    if cell.is_typed() { Value::Typed(text) } else { Value::Text(text) }
}

/// The texts of the first row that counts.
pub(super) fn first_row(file: &SourceFile, excel: &Excel) -> Result<Vec<String>, ReadError> {
    let first = match Sheet::of(file, excel).rows().recv() {
        Ok(Ok(rows)) => rows.into_iter().next(),
        Ok(Err(message)) => return Err(Fault::of_file(&file.name, message).into()),
        Err(_) => None,
    };
    let Some(row) = first else { return Err(empty_file(file, "a header row in the sheet").into()) };
    Ok(names_in(&row, excel))
}

/// The texts of a header row, empty where there is no cell.
fn names_in(row: &Row, excel: &Excel) -> Vec<String> {
    let mut names = Vec::new();
    for cell in &row.cells {
        let place = (cell.column - excel.range.first_column) as usize;
        names.resize(place, String::new());
        names.push(cell.text().trim().to_string());
    }
    names
}
