//! One JSON object -> the fields of a record.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use arrow::datatypes::DataType;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::contract::Drift;
use crate::extract::number::plain;
use crate::extract::rules::{Broken, ENCODING, FIELDS, JSON};
use crate::extract::text::records::{Records, Uncut, Value};
use crate::fault::{Fault, Faults, Place, nearest};
use crate::pipeline::Extract;

/// Where the contract's columns stand in an object.
pub(super) struct Fields {
    root: Node,
    columns: usize,
    drift: Drift,
    contract: String,
    /// The contract's columns, which of them are texts, and what stands for true and false in them.
    names: Vec<String>,
    texts: Vec<bool>,
    booleans: Vec<Option<(String, String)>>,
}

/// A key's place in the tree of all paths.
#[derive(Debug, Default)]
struct Node {
    /// The column whose value stands here.
    column: Option<usize>,
    below: BTreeMap<String, Node>,
}

impl Fields {
    pub(super) fn of(extract: &Extract) -> Fields {
        let mut root = Node::default();
        let columns = &extract.contract.columns;
        for (number, column) in columns.iter().enumerate() {
            let mut node = &mut root;
            for key in extract.reader.path_of(&column.name) {
                node = node.below.entry(key).or_default();
            }
            node.column = Some(number);
        }
        let booleans = columns.iter().map(|column| {
            let notation = extract.reader.notation_of(&column.name);
            Some((notation.trues.first()?.clone(), notation.falses.first()?.clone()))
        });
        Fields {
            root,
            columns: columns.len(),
            drift: extract.contract.drift,
            contract: extract.contract.name.clone(),
            names: columns.iter().map(|column| column.name.clone()).collect(),
            texts: columns.iter().map(|column| column.data_type == DataType::Utf8).collect(),
            booleans: booleans.collect(),
        }
    }

    /// Writes the record that stands at `extent` of a text, or notes what is wrong with it.
    ///
    /// # Errors
    /// A member that the contract does not know, where drift stops.
    pub(super) fn write(
        &self,
        file: &str,
        text: &[u8],
        extent: Range<usize>,
        line: u64,
        records: &mut Records,
    ) -> Result<(), Faults> {
        let record = &text[extent.clone()];
        let mut found = Found { values: vec![None; self.columns], unknown: None, wrong: None };
        let read = match std::str::from_utf8(record) {
            Ok(readable) => found.object(readable, &self.root, "").map_err(|error| {
                let at = extent.start + place_in(record, error.line(), error.column());
                (at, JSON, format!("found no JSON object: {}", without_place(&error)))
            }),
            Err(error) => {
                let at = extent.start + error.valid_up_to();
                let message = format!("found byte 0x{:02X}, which is not UTF-8, expected UTF-8", text[at]);
                Err((at, ENCODING, message))
            }
        };
        let wrong = found.wrong.take().map(|message| (extent.start, FIELDS, message));
        if let Err((at, rule, message)) = read.and_then(|()| wrong.map_or(Ok(()), Err)) {
            let broken = Broken { field: None, column: None, rule: rule.into(), message };
            records.rows_read += 1;
            records.longest = records.longest.max((extent.len(), line));
            records.uncut.push(Uncut { start: extent.start, end: extent.end, line, at, broken });
            return Ok(());
        }
        if let Some(unknown) = found.unknown.filter(|_| self.drift == Drift::Stop) {
            return Err(Faults(vec![self.unknown_member(file, &unknown, line)]));
        }
        for (column, raw) in found.values.iter().enumerate() {
            match raw {
                None => records.write_field(&Value::None, extent.start),
                Some(raw) => {
                    let start = raw.as_ptr().addr() - text.as_ptr().addr();
                    records.write_field(&self.value_of(raw, column), start);
                }
            }
        }
        records.end_record(extent, line);
        Ok(())
    }

    /// A value as a field: texts as they are written, all else as what it is; in a column of texts, as it is written.
    fn value_of<'a>(&self, raw: &'a str, column: usize) -> Value<'a> {
        match raw.as_bytes() {
            [b'n', ..] => Value::None,
            [b'"', ..] => match serde_json::from_str::<Cow<'a, str>>(raw) {
                Ok(Cow::Borrowed(text)) => Value::Text(Cow::Borrowed(text.as_bytes())),
                Ok(Cow::Owned(text)) => Value::Text(Cow::Owned(text.into_bytes())),
                // It was read as JSON before, see `is_no_text`.
                Err(_) => Value::Text(Cow::Borrowed(raw.as_bytes())),
            },
            [b't' | b'f', ..] => match &self.booleans[column] {
                // Rules and records show a boolean as the file's texts do.
                Some((yes, no)) => Value::Text(Cow::Owned(if raw == "true" { yes } else { no }.clone().into_bytes())),
                None => Value::Typed(Cow::Borrowed(raw.as_bytes())),
            },
            _ if self.texts[column] => Value::Typed(Cow::Borrowed(raw.as_bytes())),
            _ => Value::Typed(plain(raw)),
        }
    }

    fn unknown_member(&self, file: &str, unknown: &str, line: u64) -> Fault {
        let line = usize::try_from(line).unwrap_or(usize::MAX);
        let place = Place { line, column: 1, width: 1, line_text: String::new() };
        let meant = nearest(unknown, self.names.iter().map(String::as_str));
        let meant = meant.map_or_else(String::new, |near| format!("; did it mean `{near}`?"));
        let message = format!("found `{unknown}`, which contract `{}` does not know{meant}", self.contract);
        Fault::at(file, place, message).with_help(
            "add it to the contract, give a column its path, or set the contract's drift policy to ignore_extra",
        )
    }
}

/// Whether a value is a text with an escape for half a character, which the reader of raw values lets pass.
fn is_no_text(raw: &str) -> bool {
    raw.starts_with('"') && raw.contains("\\u") && serde_json::from_str::<Cow<'_, str>>(raw).is_err()
}

/// What stands somewhere, in a sentence.
fn named(raw: &str) -> &'static str {
    match raw.as_bytes() {
        [b'"', ..] => "a text",
        [b'[', ..] => "an array",
        [b't' | b'f', ..] => "a boolean",
        _ => "a number",
    }
}

/// What an object held.
struct Found<'a> {
    values: Vec<Option<&'a str>>,
    unknown: Option<String>,
    /// What is wrong with its members, the first of it.
    wrong: Option<String>,
}

impl<'a> Found<'a> {
    fn object(&mut self, text: &'a str, node: &Node, path: &str) -> serde_json::Result<()> {
        let mut input = serde_json::Deserializer::from_str(text);
        input.deserialize_map(Members { found: self, node, path })?;
        input.end()
    }

    fn member(&mut self, name: &str, raw: &'a RawValue, node: &Node, path: &str) -> serde_json::Result<()> {
        let full = || if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
        let Some(node) = node.below.get(name) else {
            self.unknown.get_or_insert_with(full);
            return Ok(());
        };
        let raw = raw.get();
        if is_no_text(raw) {
            return Err(serde_json::Error::custom(format!("`{}` has an escape that is no character", full())));
        }
        if let Some(column) = node.column
            && self.values[column].replace(raw).is_some()
        {
            self.wrong.get_or_insert_with(|| format!("found `{}` twice", full()));
        }
        if !node.below.is_empty() && raw.starts_with('{') {
            self.object(raw, node, &full())?;
        } else if node.column.is_none() && !raw.starts_with('n') {
            // The values that paths lead to below it would be missed without a word.
            self.wrong.get_or_insert_with(|| format!("found {} in `{}`, expected an object", named(raw), full()));
        }
        Ok(())
    }
}

struct Members<'f, 'a> {
    found: &'f mut Found<'a>,
    node: &'f Node,
    path: &'f str,
}

impl<'a> Visitor<'a> for Members<'_, 'a> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<Map: MapAccess<'a>>(self, mut map: Map) -> Result<(), Map::Error> {
        while let Some(name) = map.next_key::<Cow<'a, str>>()? {
            let raw: &'a RawValue = map.next_value()?;
            self.found.member(&name, raw, self.node, self.path).map_err(Map::Error::custom)?;
        }
        Ok(())
    }
}

/// What the reader of JSON says without the place, which is told beside.
fn without_place(error: &serde_json::Error) -> String {
    let said = error.to_string();
    said.split(" at line ").next().unwrap_or(&said).to_string()
}

fn place_in(record: &[u8], line: usize, column: usize) -> usize {
    let start = match line {
        0 | 1 => 0,
        line => memchr::memchr_iter(b'\n', record).nth(line - 2).map_or(0, |newline| newline + 1),
    };
    (start + column.saturating_sub(1)).min(record.len())
}
