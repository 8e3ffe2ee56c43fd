//! CSV in every dialect, over bytes. One thread at a time cuts the stream into chunks of whole records; all threads
//! turn chunks into columns.

mod dialect;
mod header;
mod tokenize;
mod walk;

use crate::extract::bytes::Text;
use crate::extract::csv::dialect::Dialect;
use crate::extract::csv::tokenize::tokenize;
use crate::extract::header::{Layout, by_name, by_position};
use crate::extract::text::records::{COMMENT, Records};
use crate::extract::text::split::{Ends, Splitter};
use crate::extract::text::{self, Buffer, Cutter, Marks, Parser};
use crate::extract::{ReadError, Reading, Rows, columns_of, empty_file};
use crate::fault::Faults;
use crate::pipeline::Csv;

/// Reads a file whole; see `extract::read`.
pub(super) fn read<Taken: Send>(
    reading: &Reading<'_>,
    csv: &Csv,
    taken: impl Fn(Rows) -> anyhow::Result<Taken> + Sync,
    in_order: impl FnMut(Taken) -> anyhow::Result<()>,
) -> Result<String, ReadError> {
    let Reading { file, extract, options } = reading;
    let text = Text::open(file, extract.reader.encoding)?;
    let may_show = !extract.contract.columns.iter().any(|column| column.is_personal);
    let mut splitter =
        Splitter::new(text, (*file).clone(), options, may_show, |start, is_whole| Dialect::of(csv, start, is_whole))?;
    if splitter.is_empty() {
        return Err(empty_file(file, if csv.has_header { "at least a header line" } else { "records" }).into());
    }
    splitter.leave_out_lines(csv.skip_lines, csv.footer_lines)?;
    let (layout, header) = layout_of(&mut splitter, csv, reading)?;
    let columns = columns_of(extract, &layout.field_of_column, &options.also_required);
    let cutting = Cutting { dialect: splitter.ends.clone(), fields: layout.fields, header };
    let mut parser = Parser::new(reading, &columns, layout.fields, cutting.marks());
    parser.newline = splitter.ends.newline();
    text::read_chunks(splitter, options, &parser, &cutting, taken, in_order)
}

fn layout_of(
    splitter: &mut Splitter<Dialect>,
    csv: &Csv,
    reading: &Reading<'_>,
) -> Result<(Layout, Option<Vec<u8>>), ReadError> {
    let contract = &reading.extract.contract;
    if !csv.has_header {
        return Ok((by_position(contract), None));
    }
    let mut line = Vec::new();
    let first_line = loop {
        let Some(first_line) = splitter.first_record(&mut line)? else {
            return Err(empty_file(reading.file, "a header line behind what is left out").into());
        };
        if !splitter.ends.is_comment(&line) {
            break first_line;
        }
        splitter.leave_out(COMMENT);
    };
    let line = header::without_end(&line, &splitter.ends);
    let header = header::header_of(line, first_line, &splitter.ends);
    let layout = by_name(&reading.file.name, &header, contract).map_err(|faults| ReadError::Source(Faults(faults)))?;
    Ok((layout, Some(line.to_vec())))
}

struct Cutting {
    dialect: Dialect,
    fields: usize,
    header: Option<Vec<u8>>,
}

impl Cutter for Cutting {
    fn cut(&self, buffer: &mut Buffer, first_line: u64) -> Result<(), Faults> {
        let Buffer { text, records } = buffer;
        let records: &mut Records = records;
        tokenize(text, first_line, &self.dialect, self.fields, self.header.as_deref(), records);
        Ok(())
    }

    fn marks(&self) -> Marks {
        self.dialect.marks
    }
}

/// The first records of a text, of which the last one may be cut.
pub(super) fn first_records(start: &[u8], csv: &Csv, count: usize) -> Vec<Vec<String>> {
    let Some(dialect) = Dialect::of(csv, start, true) else { return Vec::new() };
    let mut records = Vec::new();
    let mut at = 0;
    while at < start.len() && records.len() < count {
        let end = at + dialect.first_end(&start[at..]).max(1);
        let line = header::without_end(&start[at..end.min(start.len())], &dialect);
        let header = header::header_of(line, 1, &dialect);
        records.push(header.names.into_iter().map(|name| name.name).collect());
        at = end;
    }
    records
}
