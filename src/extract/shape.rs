//! What a file says of its own columns, before there is a contract for it.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use arrow::datatypes::{DataType, Fields};
use arrow_avro::reader::ReaderBuilder;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use serde::Deserializer;
use serde::de::{SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::extract::bytes::Text;
use crate::extract::text::notation;
use crate::extract::{ReadError, SourceFile, csv, excel, guard, typed};
use crate::fault::Fault;
use crate::pipeline::{Compression, Csv, Encoding, Format, TimePattern};

/// A column as its file has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where it stands, from the outside in.
    pub path: Vec<String>,
    /// None where the file holds text.
    pub data_type: Option<DataType>,
}

/// A file by itself, which no extract names.
///
/// # Errors
/// When there is no such file.
pub fn source_file(path: &Path, compression: Compression) -> Result<SourceFile, Fault> {
    let name = path.display().to_string();
    let facts = std::fs::metadata(path)
        .and_then(|facts| Ok((facts.len(), facts.modified()?, facts.is_file())))
        .map_err(|error| Fault::of_file(&name, format!("the file cannot be opened: {error}")))?;
    let (bytes, modified, is_file) = facts;
    if !is_file {
        return Err(Fault::of_file(name, "found a folder, expected a file"));
    }
    let modified = modified.into();
    Ok(SourceFile { path: path.to_path_buf(), member: None, compression, name, bytes, modified, stored: None })
}

/// The first bytes of a file's text, as UTF-8.
///
/// # Errors
/// When it cannot be read.
pub fn start_of(file: &SourceFile, encoding: Encoding, bytes: u64) -> Result<Vec<u8>, ReadError> {
    let mut start = Vec::new();
    let text = Text::open(file, encoding)?;
    text.take(bytes).read_to_end(&mut start).map_err(|error| unreadable(file, &error))?;
    Ok(start)
}

/// The first records of a text, in a dialect.
pub fn first_records(start: &[u8], csv: &Csv, count: usize) -> Vec<Vec<String>> {
    csv::first_records(start, csv, count)
}

/// The day that a text is by a pattern, as landing reads it; in days since 1970-01-01.
pub fn day_by(pattern: &TimePattern, text: &str) -> Option<i32> {
    notation::day(pattern, text.as_bytes()).ok()
}

/// Whether landing reads a text as a time by a pattern.
pub fn is_time_by(pattern: &TimePattern, text: &str) -> bool {
    notation::is_time(pattern, text.as_bytes())
}

/// The columns that a file has by itself; none where its records have no names.
///
/// # Errors
/// When it cannot be read.
pub fn columns_in(file: &SourceFile, format: &Format, encoding: Encoding) -> Result<Vec<Found>, ReadError> {
    guard::caught(|| columns_of(file, format, encoding)).unwrap_or_else(|| Err(unreadable(file, &guard::GAVE_UP)))
}

fn columns_of(file: &SourceFile, format: &Format, encoding: Encoding) -> Result<Vec<Found>, ReadError> {
    let opened = || File::open(&file.path).map_err(|error| unreadable(file, &error));
    match format {
        Format::Csv(_) | Format::FixedWidth(_) => Ok(Vec::new()),
        Format::Json(_) => members_in(file, encoding),
        Format::Excel(excel) => {
            let names = excel::first_row(file, excel)?;
            Ok(names.into_iter().map(|name| Found { path: vec![name], data_type: None }).collect())
        }
        Format::Parquet => {
            let metadata = ArrowReaderMetadata::load(&opened()?, ArrowReaderOptions::new());
            Ok(fields_in(metadata.map_err(|error| unreadable(file, &error))?.schema().fields()))
        }
        Format::Arrow => {
            Ok(fields_in(typed::arrow_schema(opened()?).map_err(|error| unreadable(file, &error))?.fields()))
        }
        Format::Avro => {
            let reader = ReaderBuilder::new().build(BufReader::new(opened()?));
            Ok(fields_in(reader.map_err(|error| unreadable(file, &error))?.schema().fields()))
        }
    }
}

fn fields_in(fields: &Fields) -> Vec<Found> {
    let mut found = Vec::new();
    for field in fields {
        match field.data_type() {
            DataType::Struct(inner) => found.extend(fields_in(inner).into_iter().map(|inner| Found {
                path: std::iter::once(field.name().clone()).chain(inner.path).collect(),
                ..inner
            })),
            data_type => found.push(Found { path: vec![field.name().clone()], data_type: Some(data_type.clone()) }),
        }
    }
    found
}

/// The members of all objects, in the order in which they first appear.
fn members_in(file: &SourceFile, encoding: Encoding) -> Result<Vec<Found>, ReadError> {
    let start = start_of(file, encoding, 4096)?;
    let text = BufReader::new(Text::open(file, encoding)?);
    let mut input = serde_json::Deserializer::from_reader(text);
    let mut members = Members::default();
    if start.trim_ascii_start().first() == Some(&b'[') {
        input.deserialize_seq(&mut members).and_then(|()| input.end()).map_err(|error| unreadable(file, &error))?;
    } else {
        for object in input.into_iter::<Map<String, Value>>() {
            members.add(&object.map_err(|error| unreadable(file, &error))?, &[]);
        }
    }
    // What is an object in one record and a value in another stays whole.
    let Members { found, values, .. } = members;
    let is_value = |path: &Vec<String>| values.contains(path);
    let stands_in = |inner: &Vec<String>, outer: &Vec<String>| inner.len() > outer.len() && inner.starts_with(outer);
    let is_column = |path: &&Vec<String>| {
        let has_members = || found.iter().any(|other| stands_in(other, path));
        let is_whole = !found.iter().any(|other| stands_in(path, other) && is_value(other));
        is_whole && (is_value(path) || !has_members())
    };
    Ok(found.iter().filter(is_column).map(|path| Found { path: path.clone(), data_type: None }).collect())
}

/// What the objects of a document have in them.
#[derive(Default)]
struct Members {
    /// All of them that are no objects, in the order in which they first appear.
    found: Vec<Vec<String>>,
    known: BTreeSet<Vec<String>>,
    /// Those that are more than null somewhere; what is null may be an object somewhere else.
    values: BTreeSet<Vec<String>>,
}

impl Members {
    fn add(&mut self, object: &Map<String, Value>, above: &[String]) {
        for (name, value) in object {
            let mut path = above.to_vec();
            path.push(name.clone());
            if let Value::Object(inner) = value
                && !inner.is_empty()
            {
                self.add(inner, &path);
                continue;
            }
            if *value != Value::Null && !self.values.contains(&path) {
                self.values.insert(path.clone());
            }
            if !self.known.contains(&path) {
                self.known.insert(path.clone());
                self.found.push(path);
            }
        }
    }
}

/// Takes an array element by element, so that it need not fit into memory.
impl<'de> Visitor<'de> for &mut Members {
    type Value = ();

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("an array of objects")
    }

    fn visit_seq<Elements: SeqAccess<'de>>(self, mut elements: Elements) -> Result<(), Elements::Error> {
        while let Some(object) = elements.next_element::<Map<String, Value>>()? {
            self.add(&object, &[]);
        }
        Ok(())
    }
}

fn unreadable(file: &SourceFile, error: &dyn std::fmt::Display) -> ReadError {
    Fault::of_file(&file.name, format!("the file cannot be read: {error}")).into()
}
