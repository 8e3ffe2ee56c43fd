//! What texts can be read as: each value takes away what it is not, and what is left after the last one is the type.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use arrow::datatypes::DataType;

use crate::contract::{UTC, values};
use crate::extract;
use crate::infer::numbers::{Around, Numbers};
use crate::pipeline::TimePattern;

/// Words that most likely stand for no value.
pub(super) const NULL_WORDS: [&str; 9] = ["NULL", "null", "N/A", "n/a", "NA", "\\N", "#N/A", "None", "-"];

/// Whether a word of `NULL_WORDS` is hardly ever a text itself.
pub(super) fn is_no_text(word: &str) -> bool {
    ["NULL", "null", "\\N", "#N/A"].contains(&word)
}

/// Notations of dates beside ISO's, the likelier ones first.
const DATES: [&str; 10] = [
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%Y/%m/%d",
    "%-d.%-m.%Y",
    "%-d/%-m/%Y",
    "%-m/%-d/%Y",
    "%d-%b-%Y",
    "%Y%m%d",
];
/// The notation that needs no word in a pipeline.
const ISO_DATE: &str = "%Y-%m-%d";
const TIMES: [&str; 12] = [
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%-d.%-m.%Y %H:%M:%S",
    "%-m/%-d/%Y %H:%M",
    "%-m/%-d/%Y %H:%M:%S",
    "%-m/%-d/%Y %-I:%M %p",
    "%-m/%-d/%Y %-I:%M:%S %p",
];
/// All of them, read as landing will read them.
static PATTERNS: LazyLock<HashMap<&'static str, TimePattern>> = LazyLock::new(|| {
    let parsed = |typed: &'static str| Some((typed, TimePattern::parse(typed, true).ok()?));
    DATES.into_iter().chain([ISO_DATE]).chain(TIMES).filter_map(parsed).collect()
});
const BOOLEANS: [(&str, &str); 7] =
    [("true", "false"), ("yes", "no"), ("y", "n"), ("t", "f"), ("ja", "nein"), ("oui", "non"), ("si", "no")];

/// What all values so far can be read as.
#[expect(clippy::struct_excessive_bools, reason = "each of them is a way to read a text")]
#[derive(Debug, Clone)]
pub(super) struct Kinds {
    values: u64,
    point: Numbers,
    comma: Numbers,
    /// What stood around the numbers so far.
    around: Around,
    double: bool,
    /// A number with a zero in front, as codes have it.
    has_leading_zero: bool,
    iso_date: bool,
    dates: Vec<&'static str>,
    iso_time: bool,
    times: Vec<&'static str>,
    booleans: Vec<(&'static str, &'static str)>,
    nearly_dates: Option<NearlyDates>,
}

/// Values that were days, all of them, until one came that is none, such as the 31st of February.
#[derive(Debug, Clone)]
struct NearlyDates {
    pattern: &'static str,
    exceptions: u64,
    first_exception: String,
}

/// After how many days an exception is taken for one.
const DAYS_BEFORE_AN_EXCEPTION: u64 = 3;

/// Of so many values one may be an exception.
const VALUES_FOR_AN_EXCEPTION: u64 = 10;

impl Default for Kinds {
    fn default() -> Kinds {
        Kinds {
            values: 0,
            point: Numbers::default(),
            comma: Numbers::default(),
            around: Around::default(),
            double: true,
            has_leading_zero: false,
            iso_date: true,
            dates: DATES.to_vec(),
            iso_time: true,
            times: TIMES.to_vec(),
            booleans: BOOLEANS.to_vec(),
            nearly_dates: None,
        }
    }
}

/// A type, how it is written, and what is not sure about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Guess {
    pub data_type: DataType,
    /// Entries of `values` in the pipeline.
    pub written: Vec<(&'static str, String)>,
    pub unsure: Option<String>,
}

impl Kinds {
    pub(super) fn add(&mut self, text: &str) {
        self.values += 1;
        let bytes = text.as_bytes();
        let number = self.around.bare(text);
        self.point.add(number, '.');
        self.comma.add(number, ',');
        self.double = self.double && values::double(bytes).is_ok();
        let digits = number.trim_start_matches(['-', '+']);
        self.has_leading_zero |=
            digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
        let days_so_far = if self.iso_date { Some(ISO_DATE) } else { self.dates.first().copied() };
        self.iso_date = self.iso_date && values::date(bytes).is_ok();
        self.dates.retain(|pattern| is_date(text, pattern));
        match (&mut self.nearly_dates, days_so_far) {
            (Some(nearly), _) if !is_date(text, nearly.pattern) => nearly.exceptions += 1,
            (None, Some(pattern)) if !self.iso_date && self.dates.is_empty() => {
                let first_exception = text.to_string();
                let nearly = NearlyDates { pattern, exceptions: 1, first_exception };
                self.nearly_dates = Some(nearly).filter(|_| self.values > DAYS_BEFORE_AN_EXCEPTION);
            }
            _ => {}
        }
        self.iso_time = self.iso_time && text.len() > 10 && values::timestamp(bytes).is_ok();
        self.times.retain(|pattern| is_time(text, pattern));
        self.booleans.retain(|(yes, no)| text.eq_ignore_ascii_case(yes) || text.eq_ignore_ascii_case(no));
    }

    /// Whether the values are numbers that only a decimal comma makes sense of.
    pub(super) fn needs_comma(&self) -> bool {
        self.values > 0 && self.point.fails && !self.comma.fails && !self.has_leading_zero
    }

    /// The type of all values; text where there is no better one. A file in which some column needs a decimal comma
    /// has one everywhere.
    pub(super) fn guess(&self, has_comma: bool) -> Guess {
        let of = |data_type, written: Vec<(&'static str, String)>, unsure: Option<String>| Guess {
            data_type,
            written,
            unsure,
        };
        if self.values == 0 {
            return of(DataType::Utf8, Vec::new(), Some("there is no value in it to tell its type".into()));
        }
        if let Some((yes, no)) = self.booleans.first() {
            let written = if *yes == "true" {
                Vec::new()
            } else {
                vec![("true", format!("[{yes:?}]")), ("false", format!("[{no:?}]"))]
            };
            return of(DataType::Boolean, written, None);
        }
        if self.iso_date {
            return of(DataType::Date32, Vec::new(), None);
        }
        if self.iso_time {
            let unsure = "the zone of times without an offset is taken to be UTC; see `time_zone`";
            return of(timestamp(), Vec::new(), Some(unsure.into()));
        }
        if let Some((first, others)) = self.times.split_first() {
            let zone = "the zone of the times is taken to be UTC; see `time_zone`".to_string();
            let unsure = ambiguous(first, others).unwrap_or(zone);
            return of(timestamp(), vec![("timestamps", format!("[{first:?}]"))], Some(unsure));
        }
        // Eight digits may be a day or a number.
        let numbers = self.numbers(has_comma);
        if let Some((first, others)) =
            self.dates.split_first().filter(|_| numbers.is_none() || self.dates == ["%Y%m%d"])
        {
            let or_number = "the numbers are all days, and taken for dates".to_string();
            let unsure = if *first == "%Y%m%d" { Some(or_number) } else { ambiguous(first, others) };
            return of(DataType::Date32, vec![("dates", format!("[{first:?}]"))], unsure);
        }
        numbers.unwrap_or_else(|| of(DataType::Utf8, Vec::new(), self.nearly_dates()))
    }

    fn nearly_dates(&self) -> Option<String> {
        let nearly = self.nearly_dates.as_ref()?;
        let NearlyDates { pattern, exceptions, first_exception } = nearly;
        let written =
            if *pattern == ISO_DATE { String::new() } else { format!(", with `values: {{dates: [{pattern:?}]}}`") };
        (exceptions * VALUES_FOR_AN_EXCEPTION <= self.values).then(|| {
            format!(
                "{} of {} values are days, and `{first_exception}` is none: make it a date{written}, and let `maxQuarantined` say how many may be none",
                self.values - exceptions,
                self.values
            )
        })
    }

    fn numbers(&self, has_comma: bool) -> Option<Guess> {
        if self.has_leading_zero {
            let unsure = "some of the numbers start with 0, so that they are taken for codes".to_string();
            return (!self.point.fails || !self.comma.fails).then(|| Guess {
                data_type: DataType::Utf8,
                written: Vec::new(),
                unsure: Some(unsure),
            });
        }
        let has_thousands = self.point.has_thousands || self.comma.has_thousands;
        let either = !self.point.fails && !self.comma.fails && has_thousands && !has_comma;
        let unsure =
            either.then(|| "`1,234` may be a thousand or a fraction: look at `decimal` and `thousands`".into());
        let unsure = unsure.or_else(|| self.around.unsure());
        let prefers_comma = self.point.fails || (has_comma && has_thousands) || self.point.has_thousands;
        if !self.comma.fails && prefers_comma {
            let mut written = vec![("decimal", "\",\"".to_string())];
            if self.comma.has_thousands {
                written.push(("thousands", "\".\"".to_string()));
            }
            written.extend(self.around.signs());
            return Some(Guess { data_type: self.comma.data_type(), written, unsure });
        }
        if !self.point.fails {
            let mut written = self.around.signs();
            if self.point.has_thousands {
                written.insert(0, ("thousands", "\",\"".to_string()));
            }
            return Some(Guess { data_type: self.point.data_type(), written, unsure });
        }
        let unsure = "some of the numbers are written with an exponent: double is not exact".to_string();
        self.double.then(|| Guess { data_type: DataType::Float64, written: Vec::new(), unsure: Some(unsure) })
    }
}

fn timestamp() -> DataType {
    DataType::Timestamp(arrow::datatypes::TimeUnit::Microsecond, Some(UTC.into()))
}

/// Other patterns that fit as well and take another part for the day.
fn ambiguous(first: &str, others: &[&str]) -> Option<String> {
    let has_day_first = |pattern: &str| pattern.find('d') < pattern.find('m');
    let others: Vec<String> = others
        .iter()
        .filter(|other| has_day_first(other) != has_day_first(first))
        // One or two digits are no other reading where all values have two.
        .filter(|other| !others.contains(&other.replace("%-", "%").as_str()) || !other.contains("%-"))
        .map(|pattern| format!("`{pattern}`"))
        .collect();
    let rivals = others.join(" and ");
    (!others.is_empty()).then(|| format!("{rivals} would fit as well: look which is the day and which the month"))
}

/// Whether a text is a date that somebody is likely to mean: one of 1900 to 2099.
fn is_date(text: &str, pattern: &str) -> bool {
    const LIKELY: Range<i32> = -25_567..47_482;
    PATTERNS.get(pattern).and_then(|pattern| extract::day_by(pattern, text)).is_some_and(|day| LIKELY.contains(&day))
}

fn is_time(text: &str, pattern: &str) -> bool {
    PATTERNS.get(pattern).is_some_and(|pattern| extract::is_time_by(pattern, text))
}

/// Whether a text by itself is a value rather than a name.
pub(super) fn is_value(text: &str) -> bool {
    let mut kinds = Kinds::default();
    kinds.add(text.trim());
    kinds.has_leading_zero || kinds.guess(false).data_type != DataType::Utf8
}

/// The type of a contract that holds every value of an Arrow type; None where there is none.
pub(super) fn of_arrow(data_type: &DataType) -> Option<DataType> {
    Some(match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => DataType::Utf8,
        DataType::Dictionary(_, values) => of_arrow(values)?,
        DataType::Int8 | DataType::Int16 | DataType::UInt8 => DataType::Int16,
        DataType::Int32 | DataType::UInt16 => DataType::Int32,
        DataType::Int64 | DataType::UInt32 => DataType::Int64,
        DataType::UInt64 => DataType::Decimal128(20, 0),
        DataType::Float16 | DataType::Float32 | DataType::Float64 => DataType::Float64,
        DataType::Decimal32(precision, scale) | DataType::Decimal64(precision, scale) if *scale >= 0 => {
            DataType::Decimal128(*precision, *scale)
        }
        DataType::Decimal128(_, scale) if *scale >= 0 => data_type.clone(),
        DataType::Boolean => DataType::Boolean,
        DataType::Date32 | DataType::Date64 => DataType::Date32,
        DataType::Timestamp(..) => timestamp(),
        _ => return None,
    })
}
