//! A mart as a table of PostgreSQL: its columns, its key and indexes, and the contract's sentences as comments.

use anyhow::{Result, bail};
use arrow::datatypes::DataType;
use sha2::{Digest, Sha256};

use crate::contract::parse_type;
use crate::warehouse::publish_log::{PublishedColumn, PublishedMart};

/// Raised when tables are made in another way than before, so that all of them are made anew.
const LAYOUT: u32 = 1;

/// The longest name that PostgreSQL keeps whole.
pub const LONGEST_NAME: usize = 63;

/// A name as SQL takes it, whatever it is made of.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as SQL takes it; a backslash is itself there, since the session says so.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// What the table is made from; equal for a table that need not be made anew.
pub fn content(mart: &PublishedMart) -> String {
    let files: Vec<&str> = mart.files.iter().map(|file| file.sha256.as_str()).collect();
    let made_from = serde_json::json!([LAYOUT, mart.description, mart.schema, mart.key, mart.snapshot_by, files]);
    format!("{:x}", Sha256::digest(made_from.to_string()))
}

/// `create table`, without rows, key or indexes.
pub fn create(table: &str, mart: &PublishedMart) -> Result<String> {
    let mut columns = Vec::with_capacity(mart.schema.len());
    for column in &mart.schema {
        columns.push(format!("{} {}", quoted(&column.name), type_of(column)?));
    }
    Ok(format!("create table {table} ({})", columns.join(", ")))
}

/// What makes a table that has its rows whole: the key, an index for each column that leads to another mart and for the
/// date by which a mart accumulates, comments, and what the planner wants to know of its values.
pub fn finish(table: &str, name: &str, n: u64, mart: &PublishedMart) -> String {
    let mut statements = String::new();
    let first_of_key = mart.key.first().map(String::as_str);
    if !mart.key.is_empty() {
        let columns: Vec<String> = mart.key.iter().map(|column| quoted(column)).collect();
        let constraint = quoted(&short(&format!("{name}_{n}_key")));
        statements +=
            &format!("alter table {table} add constraint {constraint} primary key ({});\n", columns.join(", "));
    }
    let leads = |column: &&PublishedColumn| {
        let is_wanted = column.references.is_some() || mart.snapshot_by.as_ref() == Some(&column.name);
        is_wanted && first_of_key != Some(&column.name)
    };
    for column in mart.schema.iter().filter(leads) {
        let index = quoted(&short(&format!("{name}_{n}_{}", column.name)));
        statements += &format!("create index {index} on {table} ({});\n", quoted(&column.name));
    }
    if let Some(description) = &mart.description {
        statements += &format!("comment on table {table} is {};\n", literal(description));
    }
    for column in &mart.schema {
        if let Some(said) = column.said() {
            statements += &format!("comment on column {table}.{} is {};\n", quoted(&column.name), literal(&said));
        }
    }
    statements + &format!("analyze {table};\n")
}

/// A name that fits; what is cut is told apart by a hash of the whole.
fn short(name: &str) -> String {
    if name.len() <= LONGEST_NAME {
        return name.to_string();
    }
    let hash = format!("{:x}", Sha256::digest(name));
    let kept = name.char_indices().take_while(|(at, letter)| at + letter.len_utf8() <= LONGEST_NAME - 9);
    format!("{}_{}", kept.map(|(_, letter)| letter).collect::<String>(), &hash[..8])
}

fn type_of(column: &PublishedColumn) -> Result<String> {
    Ok(match parse_type(&column.type_name) {
        Some(DataType::Utf8) => "text".to_string(),
        Some(DataType::Float64) => "double precision".to_string(),
        Some(DataType::Timestamp(..)) => "timestamp with time zone".to_string(),
        Some(DataType::Decimal128(precision, scale)) => format!("numeric({precision},{scale})"),
        Some(_) => column.type_name.clone(),
        None => bail!("the column {} is {}, for which PostgreSQL has no type", column.name, column.type_name),
    })
}
