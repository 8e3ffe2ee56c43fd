//! Values -> text in the notation of an extract, with all the freedom that its readers grant.

use chrono::{DateTime, LocalResult, NaiveDate, TimeDelta, TimeZone, Utc};
use sopmart::pipeline::{Negative, Notation, TimePattern};

use crate::numbers::Numbers;
use crate::random_tables::{Kind, Value};

const SECOND: i64 = 1_000_000;

/// The value itself, or the nearest one that the notation has a text for.
pub fn expressible(value: &Value, kind: Kind, notation: &Notation) -> Value {
    match (value, kind) {
        // A text that stands for no value is none, quoted or not.
        (Value::Text(text), _) if notation.nulls.contains(text) => Value::Null,
        // Two digits of a year hold a hundred years.
        (Value::Number(days), Kind::Date) if has(&notation.dates, "%y") => Value::Number(days.rem_euclid(36_000)),
        (Value::Number(time), Kind::Timestamp) => {
            let mut time = i64::try_from(*time).unwrap();
            let written = |part| notation.timestamps.is_empty() || all_have(&notation.timestamps, part);
            if has(&notation.timestamps, "%y") {
                time = time.rem_euclid(36_000 * 86_400 * SECOND);
            }
            // What no pattern writes is not in the file.
            if !written("%f") {
                time -= time.rem_euclid(SECOND);
            }
            if !written("%S") {
                time -= time.rem_euclid(60 * SECOND);
            }
            // Of the hour that clocks show twice, only the first can be written without an offset.
            Value::Number(i128::from(if is_shown_before(time, notation) { time + 7200 * SECOND } else { time }))
        }
        // Nobody writes the sign of a zero.
        (Value::Double(0.0), _) => Value::Double(0.0),
        _ => value.clone(),
    }
}

fn has(patterns: &[TimePattern], part: &str) -> bool {
    patterns.iter().any(|pattern| pattern.typed.contains(part))
}

fn all_have(patterns: &[TimePattern], part: &str) -> bool {
    patterns.iter().all(|pattern| pattern.typed.contains(part))
}

fn is_shown_before(time: i64, notation: &Notation) -> bool {
    let local = instant(time).with_timezone(&notation.time_zone).naive_local();
    match notation.time_zone.from_local_datetime(&local) {
        LocalResult::Ambiguous(first, _) => first.timestamp_micros() != time,
        _ => false,
    }
}

fn instant(time: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(time).unwrap()
}

/// The text of a value; None for NULL.
pub fn text_of(value: &Value, kind: Kind, notation: &Notation, numbers: &mut Numbers) -> Option<String> {
    let text = match (value, kind) {
        (Value::Null, _) => return None,
        (Value::Text(text), _) => return Some(text.clone()),
        (Value::Boolean(value), _) => boolean(*value, notation, numbers),
        (Value::Number(days), Kind::Date) => date(i64::try_from(*days).unwrap(), notation, numbers),
        (Value::Number(time), Kind::Timestamp) => timestamp(i64::try_from(*time).unwrap(), notation, numbers),
        (Value::Number(value), Kind::Decimal(_, scale)) => {
            let places = usize::try_from(scale).unwrap();
            let digits = format!("{:0>width$}", value.unsigned_abs(), width = places + 1);
            let (whole, fraction) = digits.split_at(digits.len() - places);
            number(*value < 0, whole, fraction, notation, numbers)
        }
        (Value::Number(value), _) => number(*value < 0, &value.unsigned_abs().to_string(), "", notation, numbers),
        (Value::Double(value), _) if notation.has_plain_numbers() && numbers.one_in(2) => format!("{value:e}"),
        (Value::Double(value), _) => {
            let digits = value.abs().to_string();
            let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
            number(*value < 0.0, whole, fraction, notation, numbers)
        }
    };
    // Blanks around anything but a text are no part of it.
    Some(if numbers.one_in(10) { format!(" {text}  ") } else { text })
}

fn number(is_negative: bool, whole: &str, fraction: &str, notation: &Notation, numbers: &mut Numbers) -> String {
    let mut text = match &notation.thousands {
        Some(sign) if numbers.one_in(2) => grouped(whole, sign),
        _ => whole.to_string(),
    };
    if !fraction.is_empty() {
        text.push(char::from(notation.decimal_point));
        text.push_str(fraction);
    }
    if is_negative {
        text = match notation.negatives.get(numbers.below(1 + notation.negatives.len())) {
            None => format!("-{text}"),
            Some(Negative::TrailingMinus) => format!("{text}-"),
            Some(Negative::Parentheses) => format!("({text})"),
        };
    } else if numbers.one_in(10) {
        text.insert(0, '+');
    }
    match notation.currency.get(numbers.below(1 + notation.currency.len())) {
        None => text,
        Some(sign) if numbers.one_in(2) => format!("{sign} {text}"),
        Some(sign) => format!("{text}{sign}"),
    }
}

fn grouped(whole: &str, sign: &str) -> String {
    let first = whole.len() % 3;
    let (first, rest) = whole.split_at(if first == 0 { whole.len().min(3) } else { first });
    let groups = rest.as_bytes().chunks(3).map(|group| std::str::from_utf8(group).unwrap());
    std::iter::once(first).chain(groups).collect::<Vec<_>>().join(sign)
}

fn boolean(value: bool, notation: &Notation, numbers: &mut Numbers) -> String {
    let words = if value { &notation.trues } else { &notation.falses };
    let word = if words.is_empty() {
        numbers.pick(if value { &["true", "TRUE", "1"] } else { &["false", "False", "0"] })
    } else {
        numbers.pick(words).as_str()
    };
    if numbers.one_in(3) { word.to_uppercase() } else { word.to_string() }
}

fn date(days: i64, notation: &Notation, numbers: &mut Numbers) -> String {
    let date = NaiveDate::default() + TimeDelta::days(days);
    if notation.dates.is_empty() {
        let behind = *numbers.pick(&["", "", " 00:00", "T00:00:00"]);
        return format!("{date}{behind}");
    }
    date.format(&numbers.pick(&notation.dates).typed).to_string()
}

fn timestamp(time: i64, notation: &Notation, numbers: &mut Numbers) -> String {
    let instant = instant(time);
    let local = instant.with_timezone(&notation.time_zone);
    if notation.timestamps.is_empty() {
        let iso = ["%Y-%m-%d %H:%M:%S%.6f", "%Y-%m-%dT%H:%M:%S%.9f%:z"];
        return if numbers.one_in(4) {
            instant.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
        } else {
            local.format(iso[numbers.below(iso.len())]).to_string()
        };
    }
    local.format(&numbers.pick(&notation.timestamps).typed).to_string()
}
