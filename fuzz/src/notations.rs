//! Ways to write values, chosen by a fuzzer, and a writer of values in them that knows nothing of the reader.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use chrono_tz::Tz;
use sopmart::pipeline::{Negative, Notation, TimePart, TimePattern};

use crate::choices::Choices;

/// Six choices; patterns of dates are none of them.
pub fn chosen(choices: &mut Choices<'_>) -> Notation {
    let mut notation = Notation::iso(zone(choices));
    notation.decimal_point = choices.one_of(b".,");
    let thousands = [None, Some("."), Some(","), Some("'"), Some("’"), Some(" "), Some("\u{a0}"), Some("_")];
    let is_other = |sign: &&str| sign.as_bytes() != [notation.decimal_point];
    notation.thousands = choices.one_of(&thousands).filter(is_other).map(str::to_string);
    notation.negatives = choices.one_of(&[
        vec![],
        vec![Negative::TrailingMinus],
        vec![Negative::Parentheses],
        vec![Negative::Parentheses, Negative::TrailingMinus],
    ]);
    let currency: [&[&str]; 5] = [&[], &["€"], &["$", "US$"], &["kr."], &["EUR", "€", ",-"]];
    notation.currency = texts(choices.one_of(&currency));
    let words: [(&[&str], &[&str], &[&str]); 4] =
        [(&[], &[], &[]), (&["yes", "x"], &["no"], &["-"]), (&["J"], &["N"], &["NULL", "?"]), (&["0"], &["1"], &["0"])];
    let (trues, falses, nulls) = choices.one_of(&words);
    (notation.trues, notation.falses, notation.nulls) = (texts(trues), texts(falses), texts(nulls));
    notation
}

fn texts(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

pub fn zone(choices: &mut Choices<'_>) -> Tz {
    let zones = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"];
    choices.one_of(&zones).parse().expect("all of them are known")
}

/// A decimal number in the plain notation.
pub fn plain_decimal(digits: i128, scale: usize) -> String {
    let all = format!("{:0>width$}", digits.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = all.split_at(all.len() - scale);
    let sign = if digits < 0 { "-" } else { "" };
    if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// The same as a notation has it; four choices.
pub fn written_decimal(digits: i128, scale: usize, notation: &Notation, choices: &mut Choices<'_>) -> String {
    let plain = plain_decimal(digits, scale);
    let unsigned = plain.trim_start_matches('-');
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let grouped = choices.flag();
    let mut text = match notation.thousands.as_deref().filter(|_| grouped) {
        Some(sign) => grouped_by_three(whole, sign),
        None => whole.to_string(),
    };
    if !fraction.is_empty() {
        text.push(char::from(notation.decimal_point));
        text.push_str(fraction);
    }
    let (currency, is_before, blank) = (choices.number(), choices.flag(), if choices.flag() { " " } else { "" });
    // What stands for the fraction, too, is not written here.
    let signs: Vec<&String> = notation.currency.iter().filter(|sign| *sign != ",-").collect();
    if let Some(sign) = signs.get(currency % (signs.len() + 1)) {
        text = if is_before { format!("{sign}{blank}{text}") } else { format!("{text}{blank}{sign}") };
    }
    if digits >= 0 {
        return text;
    }
    match notation.negatives.first() {
        Some(Negative::Parentheses) => format!("({text})"),
        Some(Negative::TrailingMinus) => format!("{text}-"),
        None => format!("-{text}"),
    }
}

fn grouped_by_three(whole: &str, sign: &str) -> String {
    let mut grouped = String::new();
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position) % 3 == 0 {
            grouped.push_str(sign);
        }
        grouped.push(digit);
    }
    grouped
}

/// A time that a pattern can write: what it leaves out is zero.
pub fn moment(pattern: &TimePattern, choices: &mut Choices<'_>) -> NaiveDateTime {
    let has = |wanted: fn(&TimePart) -> bool| pattern.parts.iter().any(wanted);
    let word = choices.word();
    let years = if has(|part| *part == TimePart::ShortYear) { 1969..2069 } else { 0..10_000 };
    let year = years.start + i32::try_from(word % (years.len() as u64)).expect("a small number");
    let day = NaiveDate::from_yo_opt(year, u32::try_from(choices.word() % 365).expect("a small number") + 1);
    let word = u32::try_from(choices.word() % 86_400).expect("a small number");
    let (hour, minute, second) = (word / 3600, word / 60 % 60, word % 60);
    let micro = u32::try_from(choices.word() % 1_000_000).expect("a small number");
    let is_hour = |part: &TimePart| matches!(part, TimePart::Hour { .. } | TimePart::HalfDayHour { .. });
    let time = NaiveTime::from_hms_micro_opt(
        if has(is_hour) { hour } else { 0 },
        if has(|part| *part == TimePart::Minute) { minute } else { 0 },
        if has(|part| *part == TimePart::Second) { second } else { 0 },
        if has(|part| *part == TimePart::Fraction) { micro } else { 0 },
    );
    day.expect("every year has 365 days").and_time(time.expect("all are in their range"))
}

/// A time as a pattern has it, with an offset of so many minutes east where it names one.
pub fn written_time(pattern: &TimePattern, time: NaiveDateTime, east: i64) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let month = MONTHS[time.month0() as usize];
    let number = |number: u32, is_padded: bool| if is_padded { format!("{number:02}") } else { number.to_string() };
    let part = |part: &TimePart| match part {
        TimePart::Literal(text) => text.clone(),
        TimePart::Year => format!("{:04}", time.year()),
        TimePart::ShortYear => format!("{:02}", time.year() % 100),
        TimePart::Month { padded } => number(time.month(), *padded),
        TimePart::MonthName => month[..3].to_string(),
        TimePart::LongMonthName => month.to_string(),
        TimePart::Day { padded } => number(time.day(), *padded),
        TimePart::DayOfYear => format!("{:03}", time.ordinal()),
        TimePart::Hour { padded } => number(time.hour(), *padded),
        TimePart::HalfDayHour { padded } => number(time.hour12().1, *padded),
        TimePart::HalfDay => if time.hour12().0 { "PM" } else { "am" }.to_string(),
        TimePart::Minute => number(time.minute(), true),
        TimePart::Second => number(time.second(), true),
        TimePart::Fraction => format!("{:06}", time.nanosecond() / 1000),
        TimePart::Offset => {
            let (sign, minutes) = if east < 0 { ('-', -east) } else { ('+', east) };
            format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
        }
    };
    pattern.parts.iter().map(part).collect()
}
