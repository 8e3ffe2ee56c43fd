//! JSON: one record a line, or an array of records somewhere in a document. A column's value stands under its name, or
//! where its path leads to. Numbers are taken digit by digit, never as a float.

mod document;
mod record;

use memchr::memchr_iter;

use crate::extract::bytes::{Text, unreadable};
use crate::extract::json::document::Elements;
use crate::extract::json::record::Fields;
use crate::extract::text::split::{Ends, LastEnd, Lines, Splitter};
use crate::extract::text::{self, Buffer, Cutter, Marks, Parser, WRITTEN};
use crate::extract::{ReadError, Reading, Rows, columns_of, empty_file};
use crate::fault::Faults;
use crate::pipeline::Json;

/// Reads a file whole; see `extract::read`.
pub(super) fn read<Taken: Send>(
    reading: &Reading<'_>,
    json: &Json,
    taken: impl Fn(Rows) -> anyhow::Result<Taken> + Sync,
    in_order: impl FnMut(Taken) -> anyhow::Result<()>,
) -> Result<String, ReadError> {
    let Reading { file, extract, options } = reading;
    let may_show = !extract.contract.columns.iter().any(|column| column.is_personal);
    let fields: Vec<usize> = (0..extract.contract.columns.len()).collect();
    let columns = columns_of(extract, &fields, &options.also_required);
    let names = Fields::of(extract);
    let parser = Parser::new(reading, &columns, fields.len(), WRITTEN);

    let text = Text::open(file, extract.reader.encoding)?;
    let text = Splitter::new(text, (*file).clone(), options, may_show, Form::of)?;
    if text.is_empty() {
        return Err(empty_file(file, "records").into());
    }
    let has_array = !json.rows.is_empty() || text.ends == Form::Array;
    if !has_array {
        let cutting = Cutting { file: &file.name, fields: &names, form: Form::Lines };
        return text::read_chunks(text, options, &parser, &cutting, taken, in_order);
    }
    let mut line = 1;
    let text = Text::open(file, extract.reader.encoding)?;
    let text = text.through(|input| {
        let (elements, first) = Elements::of(input, &json.rows)?;
        line = first;
        Ok(elements)
    });
    let text = text.map_err(|error: std::io::Error| unreadable(file, &error))?;
    let mut splitter = Splitter::new(text, (*file).clone(), options, may_show, |_, _| Some(Form::Array))?;
    splitter.starts_at_line(line);
    let cutting = Cutting { file: &file.name, fields: &names, form: Form::Array };
    text::read_chunks(splitter, options, &parser, &cutting, taken, in_order)
}

/// How records follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// One a line.
    Lines,
    /// With commas between them, over as many lines as they like.
    Array,
}

impl Form {
    /// That of a file that starts so; None where more of it is needed to tell.
    fn of(start: &[u8], is_whole: bool) -> Option<Form> {
        match start.trim_ascii_start().first() {
            Some(b'[') => Some(Form::Array),
            None if !is_whole => None,
            _ => Some(Form::Lines),
        }
    }
}

const LINES: Lines = Lines { newline: b'\n' };

impl Ends for Form {
    fn last_end(&self, text: &[u8], is_whole: bool) -> LastEnd {
        match self {
            Form::Lines => LINES.last_end(text, is_whole),
            Form::Array => {
                let mut end = 0;
                while let Some((_, next)) = element(text, end, is_whole) {
                    end = next;
                }
                LastEnd::at(end)
            }
        }
    }

    fn first_end(&self, text: &[u8]) -> usize {
        match self {
            Form::Lines => LINES.first_end(text),
            Form::Array => element(text, 0, true).map_or(text.len(), |(_, next)| next),
        }
    }
}

/// The next element of an array from here on, and where the one behind it may start; None where there is no whole one.
fn element(text: &[u8], from: usize, is_whole: bool) -> Option<(std::ops::Range<usize>, usize)> {
    let is_between = |byte: &u8| byte.is_ascii_whitespace() || *byte == b',';
    let start = from + text[from..].iter().position(|byte| !is_between(byte))?;
    let (mut depth, mut in_string, mut is_escaped) = (0_usize, false, false);
    for (at, byte) in text.iter().enumerate().skip(start) {
        if in_string {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            if in_string || depth > 0 {
                continue;
            }
            return Some((start..at + 1, at + 1));
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth > 1 => depth -= 1,
            b'}' | b']' => return Some((start..at + 1, at + 1)),
            byte if depth == 0 && is_between(byte) => return Some((start..at, at)),
            _ => {}
        }
    }
    is_whole.then_some((start..text.len(), text.len()))
}

struct Cutting<'a> {
    file: &'a str,
    fields: &'a Fields,
    form: Form,
}

impl Cutter for Cutting<'_> {
    fn cut(&self, Buffer { text, records }: &mut Buffer, first_line: u64) -> Result<(), Faults> {
        records.clear_to_write();
        match self.form {
            Form::Lines => {
                let mut start = 0;
                for (line, number) in text.split_inclusive(|byte| *byte == b'\n').zip(first_line..) {
                    let record = line.trim_ascii();
                    let at = start + line.len() - line.trim_ascii_start().len();
                    start += line.len();
                    if !record.is_empty() {
                        self.fields.write(self.file, text, at..at + record.len(), number, records)?;
                    }
                }
            }
            Form::Array => {
                let (mut from, mut line, mut counted) = (0, first_line, 0);
                while let Some((record, next)) = element(text, from, true) {
                    line += memchr_iter(b'\n', &text[counted..record.start]).count() as u64;
                    (counted, from) = (record.start, next);
                    self.fields.write(self.file, text, record, line, records)?;
                }
            }
        }
        Ok(())
    }

    fn marks(&self) -> Marks {
        WRITTEN
    }
}
