//! What an extract, an entity or a mart promises: its columns, their types, units and rules, and its key.
//! The files are ODCS v3.1.0 (`<name>.odcs.yaml`); `odcs` reads them.

mod expect;
mod odcs;
pub(crate) mod values;

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use regex::Regex;
use sha2::{Digest, Sha256};

pub use expect::{
    CountOf, Expectation, Freshness, MaxQuarantined, Measure, Must, Period, Promise, RowCondition, Severity,
};
pub use odcs::parse;

/// The time zone of every timestamp that sopmart writes.
pub const UTC: &str = "UTC";

/// One contract, read and valid.
#[derive(Debug, Clone)]
pub struct Contract {
    /// The table that the contract is about.
    pub name: String,
    pub version: Version,
    /// The file it was read from, as people name it.
    pub file: String,
    /// The text of that file.
    pub text: Arc<str>,
    /// What the table is for.
    pub purpose: String,
    /// How it is read rightly: what adds up, what is chosen first.
    pub usage: String,
    /// What one row is.
    pub description: String,
    /// In the order of the file (extracts) or of the table (entities, marts).
    pub columns: Vec<Column>,
    /// Entities without which a mart is empty.
    pub needs: Vec<String>,
    pub max_quarantined: MaxQuarantined,
    /// What a row has to keep beyond the rules of its columns.
    pub row_conditions: Vec<RowCondition>,
    pub expectations: Vec<Expectation>,
    pub freshness: Vec<Freshness>,
    pub period: Period,
    /// What fails no run.
    pub warn_only: BTreeSet<Promise>,
    pub drift: Drift,
    /// The column of a snapshot mart by whose values it accumulates.
    pub snapshot_by: Option<String>,
}

/// What happens when a file has columns that its contract does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drift {
    /// The delivery is refused and the column is named.
    Stop,
    /// Columns beyond the contract's are left out.
    IgnoreExtra,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    pub major: u64,
    pub minor: u64,
    pub patch: u64,
}

/// One column of a contract.
#[derive(Debug, Clone)]
pub struct Column {
    pub name: String,
    pub data_type: DataType,
    pub required: bool,
    /// The column's place in the primary key, from 1.
    pub key_position: Option<u32>,
    /// One sentence for the reader of the table.
    pub description: String,
    pub unit: Option<String>,
    /// Row rules beside type and `required`, in the order of the file.
    pub rules: Vec<Rule>,
    /// The column of another table that its values stand in.
    pub reference: Option<Reference>,
    pub formula: Option<String>,
    /// Personal values never reach a log, an error or a record: those whose `classification` is `personal` or `PII`.
    pub is_personal: bool,
}

/// A reference to a column of another table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    pub table: String,
    pub column: String,
}

/// A rule that one value keeps or breaks by itself; NULL keeps every rule.
#[derive(Debug, Clone)]
pub enum Rule {
    /// The value is one of these, as the contract writes them.
    ValidValues(Vec<String>),
    /// The whole text matches.
    Pattern(Regex),
    /// Numbers, dates and timestamps, written as the type writes them; inclusive.
    Minimum(String),
    Maximum(String),
    /// Length of a text in characters; inclusive.
    MinLength(u64),
    MaxLength(u64),
}

impl Rule {
    /// The rule as a person reads it: `one of planned, released`, `at least 0`.
    pub fn describe(&self) -> String {
        match self {
            Rule::ValidValues(values) => format!("one of {}", values.join(", ")),
            Rule::Pattern(pattern) => {
                let whole = pattern.as_str();
                let typed = whole.strip_prefix("^(?:").and_then(|rest| rest.strip_suffix(")$")).unwrap_or(whole);
                format!("a match of {typed}")
            }
            Rule::Minimum(minimum) => format!("at least {minimum}"),
            Rule::Maximum(maximum) => format!("at most {maximum}"),
            Rule::MinLength(length) => format!("at least {length} characters"),
            Rule::MaxLength(length) => format!("at most {length} characters"),
        }
    }

    /// The rule's name, as quarantine and records show it.
    pub fn name(&self) -> &'static str {
        match self {
            Rule::ValidValues(_) => "valid_values",
            Rule::Pattern(_) => "pattern",
            Rule::Minimum(_) => "minimum",
            Rule::Maximum(_) => "maximum",
            Rule::MinLength(_) => "min_length",
            Rule::MaxLength(_) => "max_length",
        }
    }
}

impl Column {
    /// A column that promises nothing but its type.
    pub fn plain(name: &str, data_type: DataType) -> Column {
        Column {
            name: name.to_string(),
            data_type,
            required: false,
            key_position: None,
            description: String::new(),
            unit: None,
            rules: Vec::new(),
            reference: None,
            formula: None,
            is_personal: false,
        }
    }
}

impl Contract {
    /// A contract that promises nothing but its columns, and allows no row in quarantine.
    pub fn plain(name: &str, columns: Vec<Column>) -> Contract {
        Contract {
            name: name.to_string(),
            version: Version { major: 1, minor: 0, patch: 0 },
            file: format!("{name}.odcs.yaml"),
            text: Arc::from(""),
            purpose: String::new(),
            usage: String::new(),
            description: String::new(),
            columns,
            needs: Vec::new(),
            max_quarantined: MaxQuarantined::Rows(0),
            row_conditions: Vec::new(),
            expectations: Vec::new(),
            freshness: Vec::new(),
            period: Period::Day,
            warn_only: BTreeSet::new(),
            drift: Drift::Stop,
            snapshot_by: None,
        }
    }

    /// The table as Arrow sees it. Every column is nullable there: `required` is held by rules and checks.
    pub fn schema(&self) -> SchemaRef {
        Arc::new(Schema::new(
            self.columns
                .iter()
                .map(|column| Field::new(&column.name, column.data_type.clone(), true))
                .collect::<Vec<_>>(),
        ))
    }

    /// The names of the primary key's columns, in the key's order.
    pub fn key(&self) -> Vec<&str> {
        let mut key: Vec<_> =
            self.columns.iter().filter_map(|column| Some((column.key_position?, column.name.as_str()))).collect();
        key.sort_unstable();
        key.into_iter().map(|(_, name)| name).collect()
    }

    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// What a row has to keep beside the types of its columns, as a person reads it: ``n` required`, ``n` at most 10`.
    pub fn row_rules(&self) -> Vec<String> {
        let of_column = |column: &Column| {
            let required = column.required.then(|| "required".to_string());
            let rules: Vec<String> = required.into_iter().chain(column.rules.iter().map(Rule::describe)).collect();
            rules.into_iter().map(|rule| format!("`{}` {rule}", column.name)).collect::<Vec<_>>()
        };
        let of_row = self.row_conditions.iter().map(|condition| condition.sql.clone());
        self.columns.iter().flat_map(of_column).chain(of_row).collect()
    }

    /// Whether breaking a promise fails a run.
    pub fn severity_of(&self, promise: Promise) -> Severity {
        if self.warn_only.contains(&promise) { Severity::Warning } else { Severity::Error }
    }

    /// Changes when a landed row could come out differently: with columns, types and row rules, not with sentences.
    pub fn landing_digest(&self) -> String {
        let mut digest = Sha256::new();
        digest.update(format!("{:?}\n", self.drift));
        for column in &self.columns {
            digest.update(format!("{:?} {:?} {} {:?}\n", column.name, column.data_type, column.required, column.rules));
        }
        for condition in &self.row_conditions {
            digest.update(format!("{:?} {:?}\n", condition.name, condition.sql));
        }
        format!("{:x}", digest.finalize())
    }
}

/// The name of a type as contracts write it: `decimal(18,4)`, `text`, `timestamp`.
pub fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "text".into(),
        DataType::Int16 => "smallint".into(),
        DataType::Int32 => "integer".into(),
        DataType::Int64 => "bigint".into(),
        DataType::Decimal128(precision, scale) => format!("decimal({precision},{scale})"),
        DataType::Float64 => "double".into(),
        DataType::Boolean => "boolean".into(),
        DataType::Date32 => "date".into(),
        DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => "timestamp".into(),
        other => other.to_string().to_lowercase(),
    }
}

/// The type that a contract's `physicalType` names, or None where it names none of ours.
pub fn parse_type(name: &str) -> Option<DataType> {
    let name = name.trim().to_lowercase();
    Some(match name.as_str() {
        "text" => DataType::Utf8,
        "smallint" => DataType::Int16,
        "integer" => DataType::Int32,
        "bigint" => DataType::Int64,
        "double" => DataType::Float64,
        "boolean" => DataType::Boolean,
        "date" => DataType::Date32,
        "timestamp" => DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.into())),
        _ => {
            let (precision, scale) = name.strip_prefix("decimal(")?.strip_suffix(')')?.split_once(',')?;
            let (precision, scale): (u8, i8) = (precision.trim().parse().ok()?, scale.trim().parse().ok()?);
            let fits = (1..=38).contains(&precision) && (0..=38).contains(&scale) && scale.unsigned_abs() <= precision;
            return fits.then_some(DataType::Decimal128(precision, scale));
        }
    })
}

impl std::fmt::Display for Version {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}
