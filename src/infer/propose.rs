//! Facts about a file -> the text of its contract and of its entry in a pipeline.

use std::fmt::Write as _;

use arrow::datatypes::DataType;

use crate::contract::type_name;
use crate::extract::Found;
use crate::infer::dialect::Sniffed;
use crate::infer::facts::Facts;
use crate::infer::guess::{self, Guess};
use crate::infer::{Proposal, column_name, is_text};
use crate::pipeline::{ColumnReader, Encoding, Format, Reader, RowEnd};
use crate::record::number;

/// A file that was read to its end.
pub(super) struct Read {
    pub file: String,
    pub name: String,
    pub sniffed: Sniffed,
    pub columns: Vec<Found>,
    pub left_out: Vec<Found>,
    pub facts: Vec<Facts>,
    pub quarantined: u64,
    pub rows: u64,
}

const WRITES: &str = "a String takes all that is written";

pub(super) fn propose(read: &Read) -> Proposal {
    let has_comma = read.facts.iter().any(|facts| facts.kinds.needs_comma());
    let columns = read.columns.iter().zip(&read.facts);
    let columns: Vec<Proposed> = columns.map(|(found, facts)| Proposed::of(found, facts, has_comma, read)).collect();
    let mut unsure = read.sniffed.unsure.clone();
    if read.rows == 0 {
        unsure.push("there are no records to tell the types of the columns".into());
    }
    if read.quarantined > 0 {
        let many = number(read.quarantined);
        unsure.push(format!(
            "{many} of {} records cannot be read so; `sopmart quarantine` will show them",
            number(read.rows)
        ));
    }
    for found in &read.left_out {
        let why = if found.data_type.is_some() { "is a list, which no column holds" } else { "has a dot in its name" };
        unsure.push(format!("`{}` {why}, and is left out", found.path.join(".")));
    }
    for column in &columns {
        unsure.extend(column.unsure.iter().map(|what| format!("`{}`: {what}", column.name)));
    }
    Proposal {
        name: read.name.clone(),
        contract: contract(read, &columns),
        entry: entry(read, &columns),
        unsure,
        rows: read.rows,
        columns: columns.len(),
    }
}

/// What is proposed for one column.
struct Proposed {
    name: String,
    path: Vec<String>,
    guess: Guess,
    nulls: Vec<String>,
    is_required: bool,
    is_key: bool,
    description: String,
    unsure: Vec<String>,
}

impl Proposed {
    fn of(found: &Found, facts: &Facts, has_comma: bool, read: &Read) -> Proposed {
        let mut guess = match found.data_type.as_ref().and_then(guess::of_arrow) {
            Some(data_type) if data_type != DataType::Utf8 => Guess { data_type, written: Vec::new(), unsure: None },
            // A text of a format with types is one.
            Some(data_type) if !is_text(&read.sniffed.reader.format) => {
                Guess { data_type, written: Vec::new(), unsure: None }
            }
            _ => facts.kinds.guess(has_comma),
        };
        let mut unsure: Vec<String> = guess.unsure.take().into_iter().collect();
        let has_null_words = facts.null_word_rows > 0;
        let words: Vec<String> = facts.null_words.iter().cloned().collect();
        let mut nulls = Vec::new();
        if has_null_words && (guess.data_type != DataType::Utf8 || words.iter().all(|word| guess::is_no_text(word))) {
            nulls = words;
        } else if has_null_words {
            let rows = number(facts.null_word_rows);
            unsure.push(format!("{} in {rows} rows may stand for no value: see `nulls`", words.join(", ")));
        }
        let name = column_name(found);
        let lower = name.to_lowercase();
        if guess.data_type == DataType::Utf8
            && ["email", "e_mail", "phone", "birth", "first_name", "last_name", "surname", "address", "iban"]
                .iter()
                .any(|word| lower.contains(word))
        {
            unsure.push("if it is about persons, add `classification: personal`".into());
        }
        let empty = facts.empty + if nulls.is_empty() { 0 } else { facts.null_word_rows };
        let key_words = ["id", "key", "no", "nr", "number", "code", "sku"];
        let is_named_as_key =
            key_words.iter().any(|word| lower == *word || lower.ends_with(&format!("_{word}")) || name.ends_with("ID"));
        let is_key = facts.is_unique() && nulls.is_empty() && is_named_as_key;
        let description = described(facts, empty, &guess.data_type);
        let is_required = facts.rows > 0 && empty == 0;
        Proposed { name, path: found.path.clone(), guess, nulls, is_required, is_key, description, unsure }
    }
}

/// What the values are, in a sentence that a person replaces by one about their meaning.
fn described(facts: &Facts, empty: u64, data_type: &DataType) -> String {
    let values = match facts.few_values() {
        Some(few) if *data_type == DataType::Utf8 || *data_type == DataType::Boolean => {
            format!("One of {}", few.iter().cloned().collect::<Vec<_>>().join(", "))
        }
        _ if *data_type == DataType::Utf8 => format!("Text of up to {} characters", facts.longest),
        _ => "In every row a value".to_string(),
    };
    match (empty, facts.rows) {
        (0, _) => format!("{values}."),
        (empty, rows) if empty == rows => "Empty in every row.".to_string(),
        (empty, rows) if values.starts_with("In every") => {
            format!("Empty in {} of {} rows.", number(empty), number(rows))
        }
        (empty, rows) => format!("{values}; empty in {} of {} rows.", number(empty), number(rows)),
    }
}

fn contract(read: &Read, columns: &[Proposed]) -> String {
    let name = &read.name;
    let rows = number(read.rows);
    let mut text = format!(
        "apiVersion: v3.1.0\nkind: DataContract\nid: {name}\nname: {name}\nversion: 0.1.0\nstatus: draft\ndescription:\n  \
         purpose: {}\nschema:\n  - name: {name}\n    physicalType: file\n    description: One row per record.\n    \
         customProperties:\n      - {{property: maxQuarantined, value: {}}}\n{}    properties:\n",
        yaml(&format!("Proposed from {rows} records of {}; mend what is marked, and say what it means.", read.file)),
        read.quarantined,
        if read.left_out.is_empty() { "" } else { "      - {property: driftPolicy, value: ignore_extra}\n" }
    );
    // The first that could be: which one identifies a record, only people know.
    let key = columns.iter().position(|column| column.is_key);
    for (position, column) in columns.iter().enumerate() {
        for what in &column.unsure {
            writeln!(text, "      # unsure: {what}").expect(WRITES);
        }
        let (logical, physical) = (logical_type(&column.guess.data_type), type_name(&column.guess.data_type));
        writeln!(
            text,
            "      - name: {}\n        logicalType: {logical}\n        physicalType: {physical}",
            yaml(&column.name)
        )
        .expect(WRITES);
        if column.is_required {
            writeln!(text, "        required: true  # in all {rows} records").expect(WRITES);
        }
        if key == Some(position) {
            writeln!(
                text,
                "        # unsure: no value of it stands twice\n        primaryKey: true\n        primaryKeyPosition: 1"
            )
            .expect(WRITES);
        }
        writeln!(text, "        description: {}", yaml(&column.description)).expect(WRITES);
    }
    text
}

fn entry(read: &Read, columns: &[Proposed]) -> String {
    let Sniffed { reader, .. } = &read.sniffed;
    let mut text = format!("  {}:\n    files: {}\n    load: replace\n", read.name, yaml(&read.file));
    match reader.encoding {
        Encoding::Utf8 => {}
        Encoding::Latin1 => text.push_str("    encoding: latin-1\n"),
        Encoding::Other(encoding) => writeln!(text, "    encoding: {}", encoding.name().to_lowercase()).expect(WRITES),
    }
    match &reader.format {
        Format::Csv(csv) => {
            let mut said = Vec::new();
            if !csv.has_header {
                said.push("header: false".to_string());
            }
            let is_tsv = read.file.to_lowercase().contains(".tsv");
            match csv.delimiter.as_str() {
                "\t" if is_tsv => {}
                "," if !is_tsv => {}
                "\t" => said.push("delimiter: tab".into()),
                other => said.push(format!("delimiter: {}", yaml(other))),
            }
            if let RowEnd::Text(end) = &csv.row_end {
                said.push(format!("row_end: {}", yaml(end)));
            }
            if !said.is_empty() {
                writeln!(text, "    csv: {{{}}}", said.join(", ")).expect(WRITES);
            }
        }
        Format::Json(_) if !read.file.to_lowercase().contains("json") => text.push_str("    format: json\n"),
        _ => {}
    }
    let of_columns: Vec<(&Proposed, String)> =
        columns.iter().map(|column| (column, particular(column))).filter(|(_, said)| !said.is_empty()).collect();
    if !of_columns.is_empty() {
        text.push_str("    columns:\n");
        for (column, said) in of_columns {
            writeln!(text, "      {}: {{{said}}}", yaml(&column.name)).expect(WRITES);
        }
    }
    text
}

/// What a column has of its own in the pipeline.
fn particular(column: &Proposed) -> String {
    let mut said = Vec::new();
    if column.path.len() > 1 {
        said.push(format!("path: {}", yaml(&column.path.join("."))));
    }
    let mut values: Vec<String> = column.guess.written.iter().map(|(key, value)| format!("{key}: {value}")).collect();
    if !column.nulls.is_empty() {
        let words: Vec<String> = column.nulls.iter().map(|word| yaml(word)).collect();
        values.push(format!("nulls: [{}]", words.join(", ")));
    }
    if !values.is_empty() {
        said.push(format!("values: {{{}}}", values.join(", ")));
    }
    said.join(", ")
}

/// Where nested columns stand, for the reader.
pub(super) fn add_paths(reader: &mut Reader, columns: &[Found]) {
    for found in columns.iter().filter(|found| found.path.len() > 1) {
        let column = ColumnReader { notation: reader.notation.clone(), path: Some(found.path.clone()), folder: None };
        reader.columns.insert(column_name(found), column);
    }
}

fn logical_type(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Int16 | DataType::Int32 | DataType::Int64 => "integer",
        DataType::Decimal128(..) | DataType::Float64 => "number",
        DataType::Boolean => "boolean",
        DataType::Date32 => "date",
        DataType::Timestamp(..) => "timestamp",
        _ => "string",
    }
}

/// A text as YAML: plain where nothing in it has a meaning, otherwise as JSON writes it, without what YAML does not take
/// as it is.
fn yaml(text: &str) -> String {
    let is_plain = text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-./".contains(letter))
        && !["true", "false", "yes", "no", "on", "off", "null", "y", "n"].contains(&text.to_lowercase().as_str());
    if is_plain {
        return text.to_string();
    }
    let written = |letter: char| match letter {
        '\u{7f}'..='\u{9f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => format!("\\u{:04x}", u32::from(letter)),
        letter => letter.to_string(),
    };
    serde_json::Value::from(text).to_string().chars().map(written).collect()
}
