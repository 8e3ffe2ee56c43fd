//! What a contract expects of a whole table: held by checks, over all rows that are shown, with a severity. What it asks
//! of one row alone stands with the columns, and decides at landing.

use std::fmt;

use chrono::{Datelike, NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};

use crate::fault::Place;

/// What it means that an expectation is not met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nothing is published.
    #[default]
    Error,
    /// It is said, and publishing goes on.
    Warning,
}

/// A condition over the columns of one row; a row for which it is not true goes to quarantine. NULL keeps it.
#[derive(Debug, Clone)]
pub struct RowCondition {
    /// The rule's name in quarantine.
    pub name: String,
    pub sql: String,
    pub place: Place,
}

/// A figure of a table, and what it must be.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// What people call it.
    pub name: String,
    pub severity: Severity,
    pub measure: Measure,
    pub must: Must,
    pub place: Place,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Measure {
    /// How many rows there are.
    RowCount,
    /// How many rows have the values of an earlier one in these columns; rows without any value there do not count.
    Duplicates { columns: Vec<String>, of: CountOf },
    /// How many rows have no value in a column.
    Nulls { column: String, of: CountOf },
    /// The one value that a query selects.
    Query { sql: String },
}

/// Whether rows are counted, or their share of all rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CountOf {
    #[default]
    Rows,
    Percent,
}

/// Numbers stand as the contract writes them, so that none goes through a float.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Must {
    Be(String),
    NotBe(String),
    BeGreaterThan(String),
    BeGreaterOrEqualTo(String),
    BeLessThan(String),
    BeLessOrEqualTo(String),
    BeBetween(String, String),
    NotBeBetween(String, String),
}

impl Must {
    /// The comparison as SQL.
    pub fn of(&self, value: &str) -> String {
        match self {
            Must::Be(number) => format!("{value} = {number}"),
            Must::NotBe(number) => format!("{value} <> {number}"),
            Must::BeGreaterThan(number) => format!("{value} > {number}"),
            Must::BeGreaterOrEqualTo(number) => format!("{value} >= {number}"),
            Must::BeLessThan(number) => format!("{value} < {number}"),
            Must::BeLessOrEqualTo(number) => format!("{value} <= {number}"),
            Must::BeBetween(least, most) => format!("{value} between {least} and {most}"),
            Must::NotBeBetween(least, most) => format!("{value} not between {least} and {most}"),
        }
    }
}

impl fmt::Display for Must {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Must::Be(number) => write!(out, "{number}"),
            Must::NotBe(number) => write!(out, "anything but {number}"),
            Must::BeGreaterThan(number) => write!(out, "more than {number}"),
            Must::BeGreaterOrEqualTo(number) => write!(out, "at least {number}"),
            Must::BeLessThan(number) => write!(out, "less than {number}"),
            Must::BeLessOrEqualTo(number) => write!(out, "at most {number}"),
            Must::BeBetween(least, most) => write!(out, "from {least} to {most}"),
            Must::NotBeBetween(least, most) => write!(out, "less than {least} or more than {most}"),
        }
    }
}

impl Measure {
    /// The figure as a person reads it.
    pub fn describe(&self) -> String {
        let counted = |of: &CountOf| match of {
            CountOf::Rows => "number of rows",
            CountOf::Percent => "percentage of rows",
        };
        match self {
            Measure::RowCount => "number of rows".to_string(),
            Measure::Duplicates { columns, of } => format!("{} that repeat ({})", counted(of), columns.join(", ")),
            Measure::Nulls { column, of } => format!("{} without {column}", counted(of)),
            Measure::Query { .. } => "value of the query".to_string(),
        }
    }
}

/// How old the newest row of a table may be at the end of `as_of`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freshness {
    /// A date or timestamp column; without one the time at which the newest load became known.
    pub column: Option<String>,
    pub at_most_hours: i64,
}

/// How often an extract is delivered: what it covers ends with whole periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Period {
    #[default]
    Day,
    /// Monday to Sunday.
    Week,
    Month,
    Quarter,
    Year,
}

impl Period {
    /// The last day of the last whole period that ends by a day.
    pub fn last_day_by(self, as_of: NaiveDate) -> NaiveDate {
        let next = as_of.succ_opt().unwrap_or(as_of);
        // The first day of the period that the day after belongs to: what ends before it is whole.
        let months = |months: u32| {
            let first = (next.month0() / months) * months + 1;
            NaiveDate::from_ymd_opt(next.year(), first, 1)
        };
        let start = match self {
            Period::Day => Some(next),
            Period::Week => next.checked_sub_signed(TimeDelta::days(next.weekday().num_days_from_monday().into())),
            Period::Month => months(1),
            Period::Quarter => months(3),
            Period::Year => months(12),
        };
        start.and_then(|start| start.pred_opt()).unwrap_or(as_of)
    }
}

/// A promise that the standard gives no severity, so that a list says where it is a warning alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Promise {
    PrimaryKey,
    Relationships,
    Freshness,
}

/// How many rows of one delivery may go to quarantine before the delivery is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaxQuarantined {
    Rows(u64),
    /// Millionths of all rows that were read.
    Share(u64),
}

impl MaxQuarantined {
    pub fn allows(self, rows_quarantined: u64, rows_read: u64) -> bool {
        match self {
            MaxQuarantined::Rows(most) => rows_quarantined <= most,
            MaxQuarantined::Share(millionths) => {
                u128::from(rows_quarantined) * 1_000_000 <= u128::from(rows_read) * u128::from(millionths)
            }
        }
    }

    /// `12` rows, or `0.5%` of them; at most 100 %, to four places.
    pub fn parse(text: &str) -> Option<MaxQuarantined> {
        let Some(percent) = text.strip_suffix('%') else { return text.parse().ok().map(MaxQuarantined::Rows) };
        let (whole, fraction) = percent.trim_end().split_once('.').unwrap_or((percent.trim_end(), "0"));
        let is_plain = |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        if !is_plain(whole) || !is_plain(fraction) || fraction.len() > 4 {
            return None;
        }
        let millionths =
            whole.parse::<u64>().ok()?.checked_mul(10_000)? + format!("{fraction:0<4}").parse::<u64>().ok()?;
        (millionths <= 1_000_000).then_some(MaxQuarantined::Share(millionths))
    }
}

impl fmt::Display for MaxQuarantined {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MaxQuarantined::Rows(most) => write!(out, "{most}"),
            MaxQuarantined::Share(millionths) => {
                let fraction = format!("{:04}", millionths % 10_000);
                let fraction = fraction.trim_end_matches('0');
                let point = if fraction.is_empty() { "" } else { "." };
                write!(out, "{}{point}{fraction}%", millionths / 10_000)
            }
        }
    }
}
