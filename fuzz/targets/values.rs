//! The readers of single values: any text is a value or none, as a second way of reading has it too; and what is
//! written in a notation is read back as it was.

#![no_main]

use chrono::{DateTime, Duration, LocalResult, NaiveDate, NaiveDateTime, TimeZone};
use chrono_tz::Tz;
use libfuzzer_sys::fuzz_target;
use sopmart::extract::fuzzing as read;
use sopmart::pipeline::{Notation, TimePart, TimePattern};
use sopmart_fuzz::choices::Choices;
use sopmart_fuzz::notations::{chosen, moment, plain_decimal, written_decimal, written_time, zone};

fuzz_target!(|input: &[u8]| {
    let (mut choices, rest) = Choices::split(input, 1);
    match choices.below(6) {
        0 => iso(rest),
        1 => any_notation(rest),
        2 => written_numbers(rest),
        3 => patterns(rest),
        4 => other_numbers(rest),
        _ => bounds(rest),
    }
});

/// A text as every type, in the notation of ISO.
fn iso(text: &[u8]) {
    let iso = Notation::iso(Tz::UTC);
    let readable = std::str::from_utf8(text).ok();
    assert_eq!(read::integer(text, &iso).ok(), readable.and_then(|text| text.parse().ok()));
    assert_eq!(read::smallint(text, &iso).ok(), readable.and_then(|text| text.parse().ok()));
    for (precision, scale) in [(1, 0), (6, 2), (18, 4), (18, 18), (19, 0), (38, 0), (38, 10), (38, 38)] {
        let found = read::decimal(text, &iso, precision, scale).ok();
        assert_eq!(found, readable.and_then(|text| decimal_slowly(text, precision, scale)));
        if let Some(digits) = found {
            let plain = plain_decimal(digits, scale);
            assert_eq!(read::decimal(plain.as_bytes(), &iso, precision, scale), Ok(digits));
        }
    }
    if let Ok(double) = read::double(text, &iso) {
        assert_eq!(read::double(format!("{double:?}").as_bytes(), &iso), Ok(double));
    }
    let _: Result<u8, _> = read::boolean(text, &iso);
    if let Ok(days) = read::date(text, &iso) {
        let date = NaiveDate::default() + Duration::days(days.into());
        assert!(readable.is_some_and(|text| text.starts_with(&date.to_string())), "{date}");
        assert_eq!(read::date(date.to_string().as_bytes(), &iso), Ok(days));
    }
    if let Some(date) = readable.and_then(day) {
        let days = date.signed_duration_since(NaiveDate::default()).num_days();
        assert_eq!(read::date(text, &iso).map(i64::from), Ok(days));
    }
    times(text, &iso);
}

/// A timestamp that was read is read again where it is written in full, and is what chrono reads.
fn times(text: &[u8], notation: &Notation) {
    let Ok(micros) = read::timestamp(text, notation) else { return };
    let time = DateTime::from_timestamp_micros(micros).expect("years of four digits").naive_utc();
    let written = time.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
    if written.starts_with(|digit: char| digit.is_ascii_digit()) && written.len() == 27 {
        assert_eq!(read::timestamp(written.as_bytes(), &Notation::iso(Tz::UTC)), Ok(micros));
    }
    let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"];
    let text = String::from_utf8_lossy(text);
    let local = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(&text, format).ok());
    if let Some(local) = local.filter(|_| notation.timestamps.is_empty()) {
        assert_eq!(Some(micros), in_zone(local, notation.time_zone));
    }
}

fn in_zone(local: NaiveDateTime, zone: Tz) -> Option<i64> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => Some(time.timestamp_micros()),
        LocalResult::None => None,
    }
}

fn day(text: &str) -> Option<NaiveDate> {
    let digits = |range: std::ops::Range<usize>| {
        let part = text.get(range)?;
        part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<u32>().ok())?
    };
    let is_day = text.len() == 10 && text.get(4..5)? == "-" && text.get(7..8)? == "-";
    let year = i32::try_from(digits(0..4)?).ok()?;
    NaiveDate::from_ymd_opt(year, digits(5..7)?, digits(8..10)?).filter(|_| is_day)
}

fn decimal_slowly(text: &str, precision: u8, scale: usize) -> Option<i128> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let are_digits = [whole, fraction].iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    if !are_digits || whole.len() + fraction.len() == 0 {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    let digits = format!("{whole}{fraction:0<scale$}");
    let digits = digits.trim_start_matches('0');
    if fraction.len() > scale || digits.len() > usize::from(precision) {
        return None;
    }
    let value: i128 = format!("0{digits}").parse().expect("at most 38 digits");
    Some(if text.starts_with('-') { -value } else { value })
}

/// A text in any notation: what is read is read again where it is written in that notation.
fn any_notation(input: &[u8]) {
    let (mut choices, text) = Choices::split(input, 8);
    let notation = chosen(&mut choices);
    let precision = u8::try_from(choices.below(38) + 1).expect("at most 38");
    let scale = choices.below(usize::from(precision) + 1);
    read::is_null(text, &notation);
    let _: [bool; 3] = [
        read::integer(text, &notation).is_ok(),
        read::double(text, &notation).is_ok(),
        read::boolean(text, &notation).is_ok(),
    ];
    if let Ok(digits) = read::decimal(text, &notation, precision, scale) {
        let again = written_decimal(digits, scale, &notation, &mut Choices::all(text));
        assert_eq!(read::decimal(again.as_bytes(), &notation, precision, scale), Ok(digits), "{again}");
    }
    times(text, &notation);
}

/// A number that is written in a notation is read as that number.
fn written_numbers(input: &[u8]) {
    let mut choices = Choices::all(input);
    let notation = chosen(&mut choices);
    let precision = u8::try_from(choices.below(38) + 1).expect("at most 38");
    let scale = choices.below(usize::from(precision) + 1);
    let wide = i128::from(choices.word().cast_signed()) << 64 | i128::from(choices.word());
    let digits = wide % 10_i128.pow(precision.into());
    let text = written_decimal(digits, scale, &notation, &mut choices);
    assert_eq!(read::decimal(text.as_bytes(), &notation, precision, scale), Ok(digits), "{text}");
}

/// A time that is written by a pattern is read as that time.
fn patterns(input: &[u8]) {
    let (mut choices, typed) = Choices::split(input, 44);
    let has_time = choices.flag();
    let Some(pattern) = std::str::from_utf8(typed).ok().and_then(|typed| TimePattern::parse(typed, has_time).ok())
    else {
        return;
    };
    let mut notation = Notation::iso(zone(&mut choices));
    let east = i64::try_from(choices.below(36 * 60)).expect("a small number") - 18 * 60;
    let time = moment(&pattern, &mut choices);
    let text = written_time(&pattern, time, east);
    notation.dates = vec![pattern.clone()];
    notation.timestamps = vec![pattern.clone()];
    if !has_time {
        let days = time.date().signed_duration_since(NaiveDate::default()).num_days();
        assert_eq!(read::date(text.as_bytes(), &notation).map(i64::from), Ok(days), "{text}");
    }
    let expected = if pattern.parts.contains(&TimePart::Offset) {
        Some(time.and_utc().timestamp_micros() - east * 60_000_000)
    } else {
        in_zone(time, notation.time_zone)
    };
    assert_eq!(read::timestamp(text.as_bytes(), &notation).ok(), expected, "{text}");
    // Any text at all, too.
    let _: [bool; 2] = [read::date(input, &notation).is_ok(), read::timestamp(typed, &notation).is_ok()];
}

/// A number of JSON without its exponent, and a number of a spreadsheet with fewer digits, are the same numbers.
fn other_numbers(input: &[u8]) {
    if let Ok(eight) = <[u8; 8]>::try_from(input) {
        let number = f64::from_le_bytes(eight);
        if number.is_finite() {
            let text = read::number_of_spreadsheet(number);
            let again: f64 = text.parse().expect("it is a number");
            assert_eq!(format!("{again:.14e}"), format!("{number:.14e}"), "{text}");
            assert!(!text.contains('e'), "{text}");
        }
    }
    let Ok(text) = std::str::from_utf8(input) else { return };
    let is_number = text.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    if is_number && serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok_and(|raw| raw.get() == text) {
        let plain = String::from_utf8(read::plain_number(text).into_owned()).expect("it is a number");
        assert_eq!(plain.parse::<f64>(), text.parse::<f64>(), "{plain}");
    }
}

/// The least and the most value of a decimal column that a number allows.
fn bounds(input: &[u8]) {
    let (mut choices, text) = Choices::split(input, 2);
    let precision = u8::try_from(choices.below(38) + 1).expect("at most 38");
    let scale = choices.below(usize::from(precision) + 1);
    let Ok((least, most)) = read::decimal_bounds(text, precision, scale) else { return };
    let text = String::from_utf8_lossy(text);
    let own_scale = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let number = decimal_slowly(&text, 38, own_scale).expect("it is a number");
    let power = |exponent: usize| u32::try_from(exponent).ok().and_then(|exponent| 10_i128.checked_pow(exponent));
    // As fractions of 10 to the power of both scales, where these fit.
    let scaled = |digits: i128, other: usize| digits.checked_mul(power(other)?);
    if let (Some(number), Some(least), Some(most)) =
        (scaled(number, scale), scaled(least, own_scale), scaled(most, own_scale))
    {
        let step = power(own_scale).expect("it fits");
        assert!(least >= number && least.saturating_sub(step) < number, "{least}");
        assert!(most <= number && most.saturating_add(step) > number, "{most}");
    }
}
