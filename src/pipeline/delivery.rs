//! What a delivery has to be before it is landed: complete, at rest, and not suspiciously small.

use std::time::Duration;

use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::contract::Contract;
use crate::pipeline::file::Reading;

/// The terms of an extract's deliveries; none of them unless the pipeline says so.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeliveryTerms {
    /// A file that is written last: without it, or with one older than a file, the delivery is still under way.
    pub ready: Option<String>,
    /// How many files there are.
    pub expected_files: Option<ExpectedFiles>,
    /// How long ago a file was written last.
    pub minimum_age: Option<Duration>,
    pub control_totals: Option<ControlTotals>,
    /// The share by which a full delivery may have fewer rows than the one before, in millionths.
    pub shrink_guard: Option<u32>,
    pub late_files: LateFiles,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpectedFiles {
    pub at_least: usize,
    pub at_most: usize,
}

/// A side file that says what a delivery holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlTotals {
    /// A path below the source: a CSV with `rows` and the columns that are summed; with `file`, a line for each file.
    pub file: String,
    /// Numeric columns of the contract that are summed.
    pub sums: Vec<String>,
}

/// What becomes of a file that is about an earlier time than what is known already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LateFiles {
    /// It lands, and its place in the order of time is where it belongs.
    #[default]
    Accept,
    /// It lands, and each run that lands one says so.
    Warn,
    /// The delivery is refused.
    Refuse,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeliveryFile {
    ready: Option<Spanned<String>>,
    expected_files: Option<Spanned<ExpectedFile>>,
    minimum_age: Option<Spanned<String>>,
    control_totals: Option<Spanned<ControlTotalsFile>>,
    shrink_guard: Option<Spanned<String>>,
    late_files: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum ExpectedFile {
    Number(usize),
    Range { at_least: Option<usize>, at_most: Option<usize> },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ControlTotalsFile {
    file: String,
    #[serde(default)]
    sums: Vec<String>,
}

impl Reading<'_> {
    pub(super) fn delivery_terms(
        &mut self,
        typed: Option<&DeliveryFile>,
        contract: &Contract,
    ) -> Option<DeliveryTerms> {
        let mut terms = DeliveryTerms::default();
        let Some(typed) = typed else { return Some(terms) };
        terms.ready = typed.ready.as_ref().map(|ready| ready.value.clone());
        if let Some(expected) = &typed.expected_files {
            let (at_least, at_most) = match expected.value {
                ExpectedFile::Number(number) => (number, number),
                ExpectedFile::Range { at_least, at_most } => (at_least.unwrap_or(1), at_most.unwrap_or(usize::MAX)),
            };
            if at_least == 0 || at_most < at_least {
                self.fault(&expected.referenced, "`expected_files` allows no delivery, expected a number from 1 on");
            }
            terms.expected_files = Some(ExpectedFiles { at_least, at_most });
        }
        if let Some(age) = &typed.minimum_age {
            let duration = duration(&age.value);
            if duration.is_none() {
                let message = format!("`minimum_age` is `{}`, expected a time such as 90s, 10m or 2h", age.value);
                self.fault(&age.referenced, message);
            }
            terms.minimum_age = Some(duration?);
        }
        if let Some(totals) = &typed.control_totals {
            for name in &totals.value.sums {
                let column = contract.column(name);
                let is_exact = column.is_some_and(|column| {
                    column.data_type.is_integer()
                        || matches!(column.data_type, arrow::datatypes::DataType::Decimal128(..))
                });
                if !is_exact {
                    let message =
                        format!("`control_totals`: {} has no whole or decimal column `{name}`", contract.file);
                    self.fault(&totals.referenced, message);
                }
            }
            terms.control_totals =
                Some(ControlTotals { file: totals.value.file.clone(), sums: totals.value.sums.clone() });
        }
        if let Some(guard) = &typed.shrink_guard {
            let share = share(&guard.value);
            if share.is_none() {
                let message = format!("`shrink_guard` is `{}`, expected a share such as 20%", guard.value);
                self.fault(&guard.referenced, message);
            }
            terms.shrink_guard = Some(share?);
        }
        if let Some(late) = &typed.late_files {
            terms.late_files = match late.value.as_str() {
                "accept" => LateFiles::Accept,
                "warn" => LateFiles::Warn,
                "refuse" => LateFiles::Refuse,
                other => {
                    let message = format!("`late_files` is `{other}`, expected accept, warn or refuse");
                    self.fault(&late.referenced, message);
                    return None;
                }
            };
        }
        Some(terms)
    }
}

/// `90s`, `10m`, `2h`, `1d`.
fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = text.trim().split_at_checked(text.trim().len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    number.trim().parse::<u64>().ok()?.checked_mul(seconds).map(Duration::from_secs)
}

/// `20%` or `0.2`, in millionths.
fn share(text: &str) -> Option<u32> {
    let (number, factor) = match text.trim().strip_suffix('%') {
        Some(percent) => (percent.trim(), 10_000.0),
        None => (text.trim(), 1_000_000.0),
    };
    let millionths = number.parse::<f64>().ok()? * factor;
    let is_share = (0.0..1_000_000.0).contains(&millionths);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share is between 0 and a million")]
    is_share.then(|| millionths.round() as u32)
}
