//! Row rules: what is wrong with a record, and the contract's rules made ready for the values of one column.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use arrow::array::BooleanArray;
use arrow::compute::filter_record_batch;
use arrow::record_batch::RecordBatch;
use regex::Regex;

use crate::contract::values::Named;
use crate::contract::{Column, Contract, Rule, type_name};
use crate::engine::Condition;
use crate::fault::Fault;
use crate::pipeline::{Notation, TimePattern};

/// The rules that hold for every record, beside those that contracts write.
pub(super) const FIELDS: &str = "fields";
pub(super) const ENCODING: &str = "encoding";
pub(super) const QUOTING: &str = "quoting";
pub(super) const LINE_ENDS: &str = "line_ends";
pub(super) const JSON: &str = "json";
pub(super) const TYPE: &str = "type";
pub(super) const REQUIRED: &str = "required";

/// How much of a value a message shows, in characters.
const SHOWN_CHARACTERS: usize = 80;

/// The first rule that a record breaks.
#[derive(Debug)]
pub(super) struct Broken {
    /// The field in the file, from 0, where it is one field's fault.
    pub field: Option<usize>,
    pub column: Option<String>,
    pub rule: Cow<'static, str>,
    pub message: String,
}

/// The records of one chunk that break a rule, by their number in the chunk.
#[derive(Debug, Default)]
pub(super) struct BrokenRows(BTreeMap<usize, Broken>);

impl BrokenRows {
    /// Notes what is wrong with a record, unless something is known to be wrong with it already.
    pub(super) fn add(&mut self, row: usize, broken: impl FnOnce() -> Broken) {
        self.0.entry(row).or_insert_with(broken);
    }

    pub(super) fn contains(&self, row: usize) -> bool {
        !self.0.is_empty() && self.0.contains_key(&row)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_rows(self) -> impl Iterator<Item = (usize, Broken)> {
        self.0.into_iter()
    }

    /// The chunk's rows without those that break a rule.
    ///
    /// # Errors
    /// When Arrow cannot filter them.
    pub(super) fn taken_from(&self, batch: RecordBatch) -> anyhow::Result<RecordBatch> {
        if self.is_empty() {
            return Ok(batch);
        }
        let keeps: BooleanArray = (0..batch.num_rows()).map(|row| Some(!self.contains(row))).collect();
        Ok(filter_record_batch(&batch, &keeps)?)
    }
}

/// What is wrong with a record that holds a line end of another kind than that of the first line.
pub(super) fn other_line_end(newline: u8, expected: &str) -> Broken {
    let found = if newline == b'\n' { "a CR alone" } else { "an LF" };
    let message = format!("found {found} in the text, expected the line end of the first line{expected}");
    Broken { field: None, column: None, rule: LINE_ENDS.into(), message }
}

/// A column of the contract as it stands in a file.
#[derive(Debug)]
pub(super) struct FileColumn<'a> {
    pub column: &'a Column,
    /// Where it stands in the file, from 0.
    pub field: usize,
    pub required: bool,
    pub notation: &'a Notation,
}

impl FileColumn<'_> {
    pub(super) fn broken(&self, rule: &'static str, message: String) -> Broken {
        Broken { field: Some(self.field), column: Some(self.column.name.clone()), rule: rule.into(), message }
    }

    pub(super) fn breaks_type(&self, text: &[u8], why: &str) -> Broken {
        let type_name = type_name(&self.column.data_type);
        let written = written_so(&type_name, self.notation);
        self.broken(TYPE, format!("found {}{why}, expected {type_name}{written}", self.shown(text)))
    }

    pub(super) fn breaks_rule(&self, rule: &Rule, text: &[u8]) -> Broken {
        self.broken(rule.name(), format!("found {}, expected {}", self.shown(text), rule.describe()))
    }

    pub(super) fn breaks_required(&self) -> Broken {
        self.broken(REQUIRED, "found nothing, expected a value".into())
    }

    /// A value for a message: never a personal one.
    fn shown(&self, text: &[u8]) -> String {
        if self.column.is_personal {
            return "a personal value (not shown)".into();
        }
        let text = String::from_utf8_lossy(text);
        let mut shown: String = text.chars().take(SHOWN_CHARACTERS).collect();
        if shown.len() < text.len() {
            shown.push('…');
        }
        format!("`{shown}`")
    }
}

/// Holds the contract's conditions against the rows that keep all other rules. A record that breaks one is shown at the
/// first column that the condition names.
pub(super) fn add_not_true(
    conditions: &[Condition],
    batch: &RecordBatch,
    contract: &Contract,
    columns: &[FileColumn<'_>],
    broken: &mut BrokenRows,
) -> anyhow::Result<()> {
    for condition in conditions {
        let column = condition.columns.first().map(|number| &columns[*number]);
        for not_true in condition.not_true(batch, contract)? {
            broken.add(not_true.row, || Broken {
                field: column.map(|column| column.field),
                column: column.map(|column| column.column.name.clone()),
                rule: condition.name.clone().into(),
                message: not_true.message,
            });
        }
    }
    Ok(())
}

/// How a value of the type is written in the file.
fn written_so(type_name: &str, notation: &Notation) -> String {
    let one_of = |texts: &[String]| format!(" as {}", texts.join(" or "));
    let patterns =
        |patterns: &[TimePattern]| one_of(&patterns.iter().map(|pattern| pattern.typed.clone()).collect::<Vec<_>>());
    match type_name {
        "date" if notation.dates.is_empty() => " as YYYY-MM-DD".into(),
        "date" => patterns(&notation.dates),
        "timestamp" if notation.timestamps.is_empty() => {
            format!(" as YYYY-MM-DD hh:mm:ss, with an offset where it is not {}", notation.time_zone.name())
        }
        "timestamp" => patterns(&notation.timestamps),
        "boolean" if notation.trues.is_empty() => " as true, false, 1 or 0".into(),
        "boolean" => one_of(&[notation.trues.as_slice(), &notation.falses].concat()),
        "text" => String::new(),
        _ if notation.has_plain_numbers() => String::new(),
        _ => written_numbers(notation),
    }
}

fn written_numbers(notation: &Notation) -> String {
    let thousands = notation.thousands.as_deref().unwrap_or_default();
    format!(" as 1{thousands}234{}56", char::from(notation.decimal_point))
}

/// A rule that looks at the text of a value.
pub(super) enum TextRule<'a> {
    OneOf(HashSet<&'a str>),
    Matches(Regex),
    AtLeast(&'a str),
    AtMost(&'a str),
    Longer(u64),
    Shorter(u64),
}

impl<'a> TextRule<'a> {
    pub(super) fn of(rule: &'a Rule) -> TextRule<'a> {
        match rule {
            Rule::ValidValues(values) => TextRule::OneOf(values.iter().map(String::as_str).collect()),
            Rule::Pattern(pattern) => {
                // A contract's pattern is about the whole text, whether or not it says so.
                let whole = Regex::new(&format!("^(?:{})$", pattern.as_str()));
                TextRule::Matches(whole.unwrap_or_else(|_| pattern.clone()))
            }
            Rule::Minimum(minimum) => TextRule::AtLeast(minimum),
            Rule::Maximum(maximum) => TextRule::AtMost(maximum),
            Rule::MinLength(length) => TextRule::Longer(*length),
            Rule::MaxLength(length) => TextRule::Shorter(*length),
        }
    }

    pub(super) fn holds(&self, text: &str) -> bool {
        match self {
            TextRule::OneOf(values) => values.contains(text),
            TextRule::Matches(pattern) => pattern.is_match(text),
            TextRule::AtLeast(minimum) => text >= *minimum,
            TextRule::AtMost(maximum) => text <= *maximum,
            // Bytes are at least characters, which saves the counting in almost every row.
            TextRule::Longer(length) => text.chars().count() as u64 >= *length,
            TextRule::Shorter(length) => text.len() as u64 <= *length || text.chars().count() as u64 <= *length,
        }
    }
}

/// A rule for the values of a type that is not text.
pub(super) enum ValueRule<'a, Value> {
    OneOf(Vec<Value>),
    AtLeast(Value),
    AtMost(Value),
    Text(TextRule<'a>),
}

impl<'a, Value: PartialOrd + Copy> ValueRule<'a, Value> {
    /// # Errors
    /// When a value that the rule names is not of the column's type.
    pub(super) fn of(
        rule: &'a Rule,
        column: &Column,
        parse: impl Fn(&[u8], Named) -> Option<Value>,
    ) -> Result<ValueRule<'a, Value>, Fault> {
        let value = |text: &str, named: Named| {
            parse(text.as_bytes(), named).ok_or_else(|| {
                let type_name = type_name(&column.data_type);
                let message = format!(
                    "rule `{}` of column `{}` names `{text}`, which is no {type_name}",
                    rule.name(),
                    column.name
                );
                Fault::of_file("contract", message)
            })
        };
        Ok(match rule {
            Rule::ValidValues(values) => {
                ValueRule::OneOf(values.iter().map(|text| value(text, Named::Value)).collect::<Result<_, _>>()?)
            }
            Rule::Minimum(minimum) => ValueRule::AtLeast(value(minimum, Named::Minimum)?),
            Rule::Maximum(maximum) => ValueRule::AtMost(value(maximum, Named::Maximum)?),
            Rule::Pattern(_) | Rule::MinLength(_) | Rule::MaxLength(_) => ValueRule::Text(TextRule::of(rule)),
        })
    }

    pub(super) fn holds(&self, value: Value, text: &[u8]) -> bool {
        match self {
            ValueRule::OneOf(values) => values.contains(&value),
            ValueRule::AtLeast(minimum) => value >= *minimum,
            ValueRule::AtMost(maximum) => value <= *maximum,
            ValueRule::Text(rule) => rule.holds(&String::from_utf8_lossy(text)),
        }
    }
}
