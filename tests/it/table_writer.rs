//! Tables -> files in any dialect, written so that nothing of them is lost, and the physical line where each row starts.

use std::collections::BTreeMap;
use std::io::Write;

use sopmart::pipeline::{Compression, RowEnd};

use crate::numbers::Numbers;
use crate::random_dialects::{Bytes, Dialect};
use crate::random_tables::{Kind, Table, Value};
use crate::written_values::{expressible, text_of};

/// A file, and what reading it should tell.
#[derive(Debug)]
pub struct Written {
    /// The table as the dialect can express it.
    pub table: Table,
    pub text: String,
    pub bytes: Vec<u8>,
    pub lines: Vec<i64>,
    pub left_out: BTreeMap<&'static str, u64>,
}

pub fn written(table: &Table, dialect: &Dialect) -> Written {
    let mut writer = Writer {
        dialect,
        numbers: Numbers(dialect.choices),
        text: String::new(),
        lines: Vec::new(),
        left_out: BTreeMap::new(),
    };
    let mut table = table.clone();
    if !dialect.csv.has_header && table.rows.is_empty() {
        // A file without a single byte is refused, since nobody can tell whether it has been written.
        table.rows.push(vec![Value::Null; table.kinds.len()]);
    }
    for (number, name) in table.names.iter_mut().enumerate() {
        if writer.field(name, true).is_none() || encoded(name, dialect.bytes).is_none() {
            *name = format!("column{number}");
        }
    }
    for value_row in &mut table.rows {
        for (value, kind) in value_row.iter_mut().zip(&table.kinds) {
            let fitted = writer.fitted(&expressible(value, *kind, &dialect.notation));
            // What is left of a text may be one that stands for no value.
            *value = expressible(&fitted, *kind, &dialect.notation);
        }
    }
    writer.write(&table);
    let Writer { text, lines, left_out, .. } = writer;
    let bytes = encoded(&text, dialect.bytes).expect("what the encoding does not hold has been replaced");
    let marked = if dialect.is_marked { [encoded("\u{feff}", dialect.bytes).unwrap(), bytes].concat() } else { bytes };
    Written { table, text, bytes: compressed(dialect.compression, &marked), lines, left_out }
}

struct Writer<'a> {
    dialect: &'a Dialect,
    numbers: Numbers,
    text: String,
    lines: Vec<i64>,
    left_out: BTreeMap<&'static str, u64>,
}

impl Writer<'_> {
    /// A text that the dialect has no way to write becomes one of letters alone, or NULL where nothing is left of it.
    fn fitted(&mut self, value: &Value) -> Value {
        let Value::Text(text) = value else { return value.clone() };
        if self.field(text, true).is_some() && encoded(text, self.dialect.bytes).is_some() {
            return value.clone();
        }
        let kept: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
        if kept.is_empty() { Value::Null } else { Value::Text(kept) }
    }

    fn write(&mut self, table: &Table) {
        let dialect = self.dialect;
        for line in &dialect.preamble {
            self.line(line, "preamble");
        }
        let mut names: Vec<String> = table.names.clone();
        // Named columns are found in any order.
        let mut order: Vec<usize> = (0..names.len()).collect();
        if dialect.csv.has_header {
            order.rotate_left(self.numbers.below(names.len()));
        }
        if dialect.has_more {
            names.push("more".into());
            order.insert(self.numbers.below(names.len()), names.len() - 1);
        }
        let mut header = String::new();
        if dialect.csv.has_header {
            self.comments();
            let fields = order.iter().enumerate();
            let fields = fields.map(|(place, column)| self.field(&names[*column], place == 0).expect("it was tried"));
            header = fields.collect::<Vec<_>>().join(&dialect.csv.delimiter);
            self.text.push_str(&header);
            self.text.push_str(&dialect.row_end());
        }
        for (number, row) in table.rows.iter().enumerate() {
            self.between(&header, order.len());
            self.lines.push(self.next_line());
            let record = self.record(row, &table.kinds, &order);
            self.text.push_str(&record);
            let is_last = number + 1 == table.rows.len();
            // An empty rest of a file is no record, and a footer needs a line of its own.
            if !is_last || dialect.ends_last || record.is_empty() || !dialect.footer.is_empty() {
                self.text.push_str(&dialect.row_end());
                continue;
            }
            if let RowEnd::Text(mark) = &dialect.csv.row_end
                && self.numbers.one_in(2)
            {
                self.text.push_str(mark.trim_ascii_end());
            }
            return;
        }
        self.between("", order.len());
        for line in &dialect.footer {
            self.line(line, "footer");
        }
        if !dialect.footer.is_empty() && self.numbers.one_in(2) {
            self.text.push_str(dialect.line);
        }
    }

    fn next_line(&self) -> i64 {
        let newline = if self.dialect.line == "\r" { '\r' } else { '\n' };
        i64::try_from(self.text.matches(newline).count()).unwrap() + 1
    }

    fn line(&mut self, line: &str, what: &'static str) {
        self.text.push_str(line);
        self.text.push_str(self.dialect.line);
        *self.left_out.entry(what).or_insert(0) += 1;
    }

    fn comments(&mut self) {
        while !self.dialect.csv.comments.is_empty() && self.numbers.one_in(6) {
            let start = self.numbers.pick(&self.dialect.csv.comments).clone();
            let rest = *self.numbers.pick(&["", " it's", "\"open, ;", "\\", " a | b"]);
            self.line(&format!("{start}{rest}"), "comment");
        }
    }

    /// What may stand between records and is none: comments, empty lines, the header once more.
    fn between(&mut self, header: &str, fields: usize) {
        self.comments();
        // In a file of one column an empty line is an empty value.
        if fields > 1 && self.numbers.one_in(10) {
            self.text.push_str(&self.dialect.row_end());
        }
        if !header.is_empty() && self.numbers.one_in(10) {
            // Files that were put one behind the other bring their marks along, which would keep quotes from opening.
            let may_be_marked = self.dialect.bytes != Bytes::Windows1252 && !header.contains(['"', '\'']);
            if may_be_marked && self.numbers.one_in(3) {
                self.text.push('\u{feff}');
            }
            self.text.push_str(header);
            self.text.push_str(&self.dialect.row_end());
            *self.left_out.entry("header again").or_insert(0) += 1;
        }
    }

    fn record(&mut self, row: &[Value], kinds: &[Kind], order: &[usize]) -> String {
        let mut fields = Vec::new();
        for (place, column) in order.iter().enumerate() {
            let text = match row.get(*column) {
                Some(value) => text_of(value, kinds[*column], &self.dialect.notation, &mut self.numbers),
                None => Some("more".into()),
            };
            fields.push(match text {
                Some(text) => self.field(&text, place == 0).unwrap_or_else(|| panic!("no way to write {text:?}")),
                None => self.null(),
            });
        }
        fields.join(&self.dialect.csv.delimiter)
    }

    fn null(&mut self) -> String {
        let nulls = &self.dialect.notation.nulls;
        let null = nulls.get(self.numbers.below(1 + nulls.len())).cloned().unwrap_or_default();
        match self.dialect.csv.quote.map(char::from) {
            // Quoted or not; an empty text only where it is said to be NULL.
            Some(quote) if self.numbers.one_in(4) && nulls.contains(&null) && !null.contains('\\') => {
                format!("{quote}{null}{quote}")
            }
            _ => null,
        }
    }

    /// A field that says this text, in one of the ways in which the dialect can say it.
    fn field(&mut self, text: &str, is_first: bool) -> Option<String> {
        let mut ways = Vec::new();
        if self.says_itself(text, is_first) {
            ways.push(text.to_string());
        }
        if let Some(escape) = self.dialect.csv.escape.filter(|_| !text.is_empty()) {
            ways.push(self.escaped(text, char::from(escape)));
        }
        if let Some(quote) = self.dialect.csv.quote.map(char::from) {
            let quoted = self.quoted(text, quote);
            if self.dialect.quotes_all || ways.is_empty() {
                return Some(quoted);
            }
            ways.push(quoted);
        }
        if ways.is_empty() { None } else { Some(self.numbers.pick(&ways).clone()) }
    }

    /// Whether a text stands for itself, without quotes and escapes.
    fn says_itself(&self, text: &str, is_first: bool) -> bool {
        let csv = &self.dialect.csv;
        let is_marked = [csv.quote, csv.escape].into_iter().flatten().any(|mark| match csv.escape {
            Some(escape) if escape == mark => text.contains(char::from(mark)),
            _ => text.starts_with(char::from(mark)),
        });
        let is_comment = is_first && csv.comments.iter().any(|start| text.starts_with(start));
        let ends: Vec<&str> = match &csv.row_end {
            RowEnd::Line => vec!["\n", "\r"],
            // The last record may have its end without the blanks behind it.
            RowEnd::Text(mark) => vec![mark, mark.trim_ascii_end()],
        };
        let ends = ends.into_iter().filter(|end| !end.is_empty());
        let stops: Vec<&str> = ends.chain([csv.delimiter.as_str()]).collect();
        // What ends the field may begin in the text itself: `x|` before `||`.
        let next = [csv.delimiter.clone(), self.dialect.row_end()];
        let is_cut = next.iter().any(|next| {
            let joined = format!("{text}{next}");
            stops.iter().any(|stop| joined.find(stop).is_some_and(|at| at < text.len()))
        });
        // A line end behind the mark of a record belongs to no record.
        let is_swallowed = is_first && text.starts_with(['\r', '\n']);
        !(text.is_empty() || is_marked || is_comment || is_cut || is_swallowed)
    }

    fn escaped(&mut self, text: &str, escape: char) -> String {
        let csv = &self.dialect.csv;
        let mark = if let RowEnd::Text(mark) = &csv.row_end { mark.as_str() } else { "" };
        let mut escaped = String::new();
        for (place, character) in text.chars().enumerate() {
            let is_mark = Some(character) == csv.quote.map(char::from) || character == escape;
            let is_end = csv.delimiter.contains(character) || mark.contains(character);
            let is_first = place == 0 && csv.comments.iter().any(|start| text.starts_with(start));
            if is_mark || is_end || is_first || matches!(character, '\r' | '\n') {
                escaped.push(escape);
            }
            escaped.push(character);
        }
        escaped
    }

    fn quoted(&mut self, text: &str, quote: char) -> String {
        let escape = self.dialect.csv.escape.map(char::from);
        let mut quoted = String::from(quote);
        for character in text.chars() {
            if Some(character) == escape {
                quoted.push(character);
            } else if character == quote {
                quoted.push(escape.filter(|_| self.dialect.escapes_quotes).unwrap_or(quote));
            }
            quoted.push(character);
        }
        quoted.push(quote);
        quoted
    }
}

/// The text's bytes; None where the encoding does not have all of its characters.
fn encoded(text: &str, bytes: Bytes) -> Option<Vec<u8>> {
    match bytes {
        Bytes::Utf8 => Some(text.as_bytes().to_vec()),
        Bytes::Utf16Le => Some(text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        Bytes::Utf16Be => Some(text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        Bytes::Windows1252 => {
            let (bytes, _, has_others) = encoding_rs::WINDOWS_1252.encode(text);
            (!has_others).then(|| bytes.into_owned())
        }
    }
}

fn compressed(compression: Compression, bytes: &[u8]) -> Vec<u8> {
    match compression {
        Compression::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        Compression::Zstd => zstd::encode_all(bytes, 1).unwrap(),
        _ => bytes.to_vec(),
    }
}
