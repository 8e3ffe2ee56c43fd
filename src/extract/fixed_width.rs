//! Fixed width: a record is a line, and a field stands between two characters of it.

use crate::extract::bytes::Text;
use crate::extract::rules::{Broken, FIELDS, other_line_end};
use crate::extract::text::records::{COMMENT, Uncut, Value};
use crate::extract::text::split::{Lines, Splitter};
use crate::extract::text::{self, Buffer, Cutter, Marks, Parser, WRITTEN};
use crate::extract::{ReadError, Reading, Rows, columns_of, empty_file};
use crate::fault::Faults;
use crate::pipeline::{FixedWidth, Ragged};

/// Reads a file whole; see `extract::read`.
pub(super) fn read<Taken: Send>(
    reading: &Reading<'_>,
    form: &FixedWidth,
    taken: impl Fn(Rows) -> anyhow::Result<Taken> + Sync,
    in_order: impl FnMut(Taken) -> anyhow::Result<()>,
) -> Result<String, ReadError> {
    let Reading { file, extract, options } = reading;
    let text = Text::open(file, extract.reader.encoding)?;
    let may_show = !extract.contract.columns.iter().any(|column| column.is_personal);
    let mut splitter = Splitter::new(text, (*file).clone(), options, may_show, Lines::of)?;
    if splitter.is_empty() {
        return Err(empty_file(file, "records").into());
    }
    splitter.leave_out_lines(form.skip_lines, form.footer_lines)?;
    let fields: Vec<usize> = (0..form.places.len()).collect();
    let columns = columns_of(extract, &fields, &options.also_required);
    let cutting = Cutting { form, newline: splitter.ends.newline };
    let parser = Parser::new(reading, &columns, fields.len(), cutting.marks());
    text::read_chunks(splitter, options, &parser, &cutting, taken, in_order)
}

struct Cutting<'a> {
    form: &'a FixedWidth,
    newline: u8,
}

impl Cutter for Cutting<'_> {
    fn cut(&self, Buffer { text, records }: &mut Buffer, first_line: u64) -> Result<(), Faults> {
        records.clear_to_write();
        let mut start = 0;
        for (line, number) in text.split_inclusive(|byte| *byte == self.newline).zip(first_line..) {
            let content = without_end(line, self.newline);
            let extent = start..start + content.len();
            start += line.len();
            if content.is_empty() {
                continue;
            }
            if self.form.comments.iter().any(|comment| content.starts_with(comment.as_bytes())) {
                records.leave_out(COMMENT, 1);
                continue;
            }
            let characters = Characters::of(content);
            if let Some((behind, broken)) = self.broken(content, &characters) {
                let at = extent.start + behind;
                records.uncut.push(Uncut { start: extent.start, end: extent.end, line: number, at, broken });
                records.rows_read += 1;
                records.longest = records.longest.max((extent.len(), number));
                continue;
            }
            for (first, last) in &self.form.places {
                let from = characters.byte(first - 1);
                let to = last.map_or(content.len(), |last| characters.byte(last)).max(from);
                let field = content[from..to].trim_ascii();
                let value = if field.is_empty() { Value::None } else { Value::Text(field.into()) };
                records.write_field(&value, extent.start + from);
            }
            records.end_record(extent, number);
        }
        Ok(())
    }

    fn marks(&self) -> Marks {
        WRITTEN
    }
}

impl Cutting<'_> {
    /// What is wrong with a line as a whole, and where.
    fn broken(&self, content: &[u8], characters: &Characters<'_>) -> Option<(usize, Broken)> {
        let other = if self.newline == b'\n' { b'\r' } else { b'\n' };
        if let Some(at) = memchr::memchr(other, content) {
            return Some((at, other_line_end(self.newline, "")));
        }
        if matches!(characters, Characters::NoText(_)) {
            // The record goes to quarantine for that.
            return None;
        }
        let (at, message) = self.too_short(content, characters).or_else(|| self.too_long(content, characters))?;
        Some((at, Broken { field: None, column: None, rule: FIELDS.into(), message }))
    }

    /// Where a line ends before its last column does; an open one has to begin.
    fn too_short(&self, content: &[u8], characters: &Characters<'_>) -> Option<(usize, String)> {
        if self.form.ragged != Ragged::Quarantine {
            return None;
        }
        let expected = self.form.places.iter().map(|(first, last)| last.unwrap_or(first - 1)).max()?;
        let found = characters.count();
        (found < expected).then(|| {
            (
                content.len(),
                format!("found {found} characters, expected {expected}; `ragged: pad` takes blanks for the rest"),
            )
        })
    }

    /// Where text stands behind the last column, which would be lost.
    fn too_long(&self, content: &[u8], characters: &Characters<'_>) -> Option<(usize, String)> {
        if self.form.ragged == Ragged::Cut {
            return None;
        }
        let ends = self.form.places.iter().map(|(_, last)| *last);
        let last = ends.collect::<Option<Vec<usize>>>()?.into_iter().max()?;
        let from = characters.byte(last);
        let behind = content[from..].iter().position(|byte| !byte.is_ascii_whitespace())?;
        Some((from + behind, "found text behind the last column, expected the end of the line".into()))
    }
}

fn without_end(line: &[u8], newline: u8) -> &[u8] {
    let content = line.strip_suffix(&[newline]).unwrap_or(line);
    // At the very end of a file a CR is taken for half a CRLF.
    content.strip_suffix(b"\r").filter(|_| newline == b'\n').unwrap_or(content)
}

/// Where the characters of a line start.
enum Characters<'a> {
    /// Every byte is one.
    Bytes(usize),
    /// Where they start cannot be told.
    NoText(usize),
    Starts {
        starts: Vec<usize>,
        text: &'a [u8],
    },
}

impl Characters<'_> {
    fn of(line: &[u8]) -> Characters<'_> {
        if line.is_ascii() {
            return Characters::Bytes(line.len());
        }
        match std::str::from_utf8(line) {
            Ok(text) => Characters::Starts { starts: text.char_indices().map(|(at, _)| at).collect(), text: line },
            Err(_) => Characters::NoText(line.len()),
        }
    }

    fn count(&self) -> usize {
        match self {
            Characters::Bytes(length) | Characters::NoText(length) => *length,
            Characters::Starts { starts, .. } => starts.len(),
        }
    }

    /// The byte at which a character starts, counted from 0; behind the last one, the end.
    fn byte(&self, character: usize) -> usize {
        match self {
            Characters::Bytes(length) | Characters::NoText(length) => character.min(*length),
            Characters::Starts { starts, text } => starts.get(character).copied().unwrap_or(text.len()),
        }
    }
}
