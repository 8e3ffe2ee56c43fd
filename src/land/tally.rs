//! What a file brought, counted while it goes by.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::{max, min};
use arrow::datatypes::{DataType, Date32Type, TimestampMicrosecondType};
use arrow::record_batch::RecordBatch;
use chrono::{DateTime, NaiveTime, Utc};

use crate::extract::{LeftOut, Quarantined, SourceFile, Sum};
use crate::fault::{Fault, Place};
use crate::warehouse::parquet::RowGroup;

/// How many quarantined records an error shows.
pub(super) const OFFENDERS_SHOWN: usize = 5;

/// How much of a line in quarantine an error shows, in characters.
const LINE_SHOWN: usize = 200;

/// What one chunk became, on its way into the files.
pub(super) struct Encoded {
    pub group: RowGroup,
    pub rows_landed: u64,
    pub rows_read: u64,
    pub bytes: u64,
    pub quarantined: Vec<Quarantined>,
    pub left_out: LeftOut,
    pub sums: Vec<Sum>,
    pub known: Span,
    pub snapshot: Span,
    pub covered: Span,
}

/// What a file brought.
#[derive(Default)]
pub(super) struct Tally {
    pub rows_read: u64,
    pub rows_landed: u64,
    pub rows_quarantined: u64,
    pub bytes: u64,
    pub by_rule: BTreeMap<String, u64>,
    pub left_out: BTreeMap<String, u64>,
    /// None before the first chunk.
    pub sums: Option<Vec<Sum>>,
    pub offenders: Vec<Fault>,
    pub known: Span,
    pub snapshot: Span,
    pub covered: Span,
}

impl Tally {
    pub(super) fn add(&mut self, source: &SourceFile, encoded: &Encoded) {
        self.rows_read += encoded.rows_read;
        self.rows_landed += encoded.rows_landed;
        self.rows_quarantined += encoded.quarantined.len() as u64;
        self.bytes += encoded.bytes;
        self.sums = Some(match self.sums.take() {
            None => encoded.sums.clone(),
            Some(sums) => sums.iter().zip(&encoded.sums).map(|(one, other)| (*one)?.checked_add((*other)?)).collect(),
        });
        for (what, lines) in &encoded.left_out {
            *self.left_out.entry((*what).to_string()).or_insert(0) += lines;
        }
        self.known = self.known.and(encoded.known);
        self.snapshot = self.snapshot.and(encoded.snapshot);
        self.covered = self.covered.and(encoded.covered);
        for record in &encoded.quarantined {
            match self.by_rule.get_mut(&record.rule) {
                Some(count) => *count += 1,
                None => drop(self.by_rule.insert(record.rule.clone(), 1)),
            }
            if self.offenders.len() < OFFENDERS_SHOWN {
                self.offenders.push(offender(&source.name, record));
            }
        }
    }
}

fn offender(file: &str, record: &Quarantined) -> Fault {
    let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let (line, column) = (number(record.field_at.0), number(record.field_at.1));
    let shown_line = record.shown_text.lines().nth(line - number(record.line)).unwrap_or_default();
    let line_text = shown_line.chars().take(LINE_SHOWN).collect();
    let subject = record.column.as_ref().map(|column| format!("column `{column}`: ")).unwrap_or_default();
    let place = Place { line, column, width: 1, line_text };
    Fault::at(file, place, format!("{subject}{} [{}]", record.message, record.rule))
}

/// The first and the last time among some rows.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Span(Option<(DateTime<Utc>, DateTime<Utc>)>);

impl Span {
    pub(super) fn times(self) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        self.0
    }

    fn and(self, other: Span) -> Span {
        match (self.0, other.0) {
            (Some(one), Some(other)) => Span(Some((one.0.min(other.0), one.1.max(other.1)))),
            (one, other) => Span(one.or(other)),
        }
    }
}

pub(super) fn span_of(batch: &RecordBatch, column: Option<&str>) -> Span {
    let Some(array) = column.and_then(|name| batch.column_by_name(name)) else { return Span(None) };
    Span(first_and_last(array))
}

fn first_and_last(array: &ArrayRef) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    match array.data_type() {
        DataType::Date32 => {
            let days = array.as_primitive::<Date32Type>();
            let midnight = |days: i32| Some(Date32Type::to_naive_date_opt(days)?.and_time(NaiveTime::MIN).and_utc());
            Some((midnight(min(days)?)?, midnight(max(days)?)?))
        }
        DataType::Timestamp(..) => {
            let times = array.as_primitive::<TimestampMicrosecondType>();
            Some((DateTime::from_timestamp_micros(min(times)?)?, DateTime::from_timestamp_micros(max(times)?)?))
        }
        _ => None,
    }
}
