//! The text of one field, as its extract writes values -> a value. Nothing is taken that is only nearly right: a
//! number grouped in the wrong places is none, and a date that two patterns read differently is neither.

use std::borrow::Cow;

use chrono::{LocalResult, NaiveDate, TimeZone, Utc};
use chrono_tz::Tz;

use crate::contract::values::{self, NO_DAY, NO_TIME, NO_VALUE, Unfit};
use crate::pipeline::{Negative, Notation, TimePart, TimePattern};

const AMBIGUOUS: Unfit = ", which its patterns read as different days or times";
const NO_LOCAL_TIME: Unfit = ", which the clocks of its time zone leave out";
const GROUPED_WRONGLY: Unfit = ", whose digits are not grouped by three";

/// How the fields of one column are written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Written<'a> {
    notation: &'a Notation,
    has_plain_numbers: bool,
}

impl<'a> Written<'a> {
    pub(crate) fn so(notation: &'a Notation) -> Written<'a> {
        Written { notation, has_plain_numbers: notation.has_plain_numbers() }
    }

    /// Whether a field stands for no value, beside one that is empty.
    pub(crate) fn is_null(&self, text: &[u8]) -> bool {
        self.notation.nulls.iter().any(|null| null.as_bytes() == text)
    }

    /// A number in the plain notation: digits, a point, a minus in front.
    pub(crate) fn number<'t>(&self, text: &'t [u8]) -> Result<Cow<'t, [u8]>, Unfit> {
        if self.has_plain_numbers { Ok(Cow::Borrowed(text)) } else { self.plain_number(text).map(Cow::Owned) }
    }

    fn plain_number(&self, text: &[u8]) -> Result<Vec<u8>, Unfit> {
        let notation = self.notation;
        let text = std::str::from_utf8(text).map_err(|_| NO_VALUE)?;
        // The currency stands once, on either side of a sign or of parentheses: €-5, -€5, 5.00-€, €(5) and (€5).
        let mut currency = notation.currency.as_slice();
        let (mut rest, mut is_negative) = (without_currency(text.trim(), &mut currency), false);
        let allows = |negative| notation.negatives.contains(&negative);
        if allows(Negative::Parentheses)
            && let Some(inner) = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'))
        {
            (rest, is_negative) = (inner.trim(), true);
        }
        rest = without_currency(rest, &mut currency);
        let mut signs = u8::from(is_negative);
        if allows(Negative::TrailingMinus)
            && let Some(before) = rest.strip_suffix('-')
        {
            (rest, is_negative, signs) = (before.trim_end(), true, signs + 1);
        }
        if let Some(behind) = rest.strip_prefix(['-', '+']) {
            is_negative |= rest.starts_with('-');
            (rest, signs) = (behind, signs + 1);
        }
        rest = without_currency(rest, &mut currency);
        if signs > 1 || rest.starts_with(['-', '+']) {
            return Err(NO_VALUE);
        }
        let (whole, fraction) = match rest.split_once(char::from(notation.decimal_point)) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (rest, None),
        };
        let mut plain = Vec::with_capacity(rest.len() + 1);
        if is_negative {
            plain.push(b'-');
        }
        push_whole(whole, notation.thousands.as_deref(), &mut plain)?;
        if let Some(fraction) = fraction {
            plain.push(b'.');
            plain.extend_from_slice(fraction.as_bytes());
        }
        Ok(plain)
    }

    pub(crate) fn boolean(&self, text: &[u8]) -> Result<u8, Unfit> {
        let is_one_of = |texts: &[String]| texts.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(text));
        if self.notation.trues.is_empty() {
            return values::boolean(text);
        }
        match (is_one_of(&self.notation.trues), is_one_of(&self.notation.falses)) {
            (true, _) => Ok(1),
            (_, true) => Ok(0),
            _ => Err(NO_VALUE),
        }
    }

    /// Days since 1970-01-01.
    pub(crate) fn date(&self, text: &[u8]) -> Result<i32, Unfit> {
        if self.notation.dates.is_empty() {
            return values::date(text);
        }
        by_patterns(&self.notation.dates, |pattern| day(pattern, text))
    }

    /// Microseconds since 1970-01-01 00:00 UTC.
    pub(crate) fn timestamp(&self, text: &[u8]) -> Result<i64, Unfit> {
        if self.notation.timestamps.is_empty() {
            let (local, has_offset) = values::timestamp(text)?;
            return if has_offset { Ok(local) } else { in_utc(local, self.notation.time_zone) };
        }
        by_patterns(&self.notation.timestamps, |pattern| {
            let found = read(pattern, text)?;
            let days = found.date()?.signed_duration_since(NaiveDate::default()).num_days();
            let local = days * values::MICROSECONDS_PER_DAY + found.microseconds_of_day()?;
            match found.offset {
                Some(east) => Ok(local - east),
                None => in_utc(local, self.notation.time_zone),
            }
        })
    }
}

/// The day that a text is by one pattern, in days since 1970-01-01.
pub(crate) fn day(pattern: &TimePattern, text: &[u8]) -> Result<i32, Unfit> {
    let days = read(pattern, text)?.date()?.signed_duration_since(NaiveDate::default()).num_days();
    i32::try_from(days).map_err(|_| NO_DAY)
}

/// Whether a text is a time by one pattern, in whatever zone.
pub(crate) fn is_time(pattern: &TimePattern, text: &[u8]) -> bool {
    read(pattern, text).is_ok_and(|found| found.date().is_ok() && found.microseconds_of_day().is_ok())
}

/// Digits, grouped by three from the right where the notation groups; a number without groups is one too.
fn push_whole(whole: &str, thousands: Option<&str>, plain: &mut Vec<u8>) -> Result<(), Unfit> {
    match thousands {
        Some(sign) if whole.contains(sign) => {
            for (position, group) in whole.split(sign).enumerate() {
                let is_right = if position == 0 { (1..=3).contains(&group.len()) } else { group.len() == 3 };
                if !is_right || !group.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err(GROUPED_WRONGLY);
                }
                plain.extend_from_slice(group.as_bytes());
            }
        }
        _ if whole.contains('.') => return Err(NO_VALUE), // it would be taken for the comma
        _ => plain.extend_from_slice(whole.as_bytes()),
    }
    Ok(())
}

/// Of several signs the longest: `US$` is not a `$` behind something. Once one is found, no other is looked for.
fn without_currency<'t>(text: &'t str, signs: &mut &[String]) -> &'t str {
    let stands = |sign: &&String| text.starts_with(sign.as_str()) || text.ends_with(sign.as_str());
    let Some(sign) = signs.iter().filter(stands).max_by_key(|sign| sign.len()) else { return text };
    *signs = &[];
    match text.strip_prefix(sign.as_str()) {
        Some(rest) => rest.trim_start(),
        None => text.strip_suffix(sign.as_str()).unwrap_or(text).trim_end(),
    }
}

/// What the patterns make of a text: one that fits, or several that agree.
fn by_patterns<Value: PartialEq>(
    patterns: &[TimePattern],
    read: impl Fn(&TimePattern) -> Result<Value, Unfit>,
) -> Result<Value, Unfit> {
    let mut found = Err(NO_VALUE);
    for pattern in patterns {
        match (read(pattern), &found) {
            (Ok(value), Ok(other)) if value != *other => return Err(AMBIGUOUS),
            (Ok(value), _) => found = Ok(value),
            // That a day is none says more than that a pattern does not fit.
            (Err(why), Err(known)) if *known == NO_VALUE => found = Err(why),
            (Err(_), _) => {}
        }
    }
    found
}

/// A local time as microseconds of UTC. Of the hour that clocks show twice, the first is taken.
fn in_utc(local: i64, zone: Tz) -> Result<i64, Unfit> {
    if zone == Tz::UTC {
        return Ok(local);
    }
    let naive = chrono::DateTime::from_timestamp_micros(local).ok_or(NO_DAY)?.naive_utc();
    match zone.from_local_datetime(&naive) {
        LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => Ok(time.with_timezone(&Utc).timestamp_micros()),
        LocalResult::None => Err(NO_LOCAL_TIME),
    }
}

/// What a pattern found in a text.
#[derive(Debug, Default)]
struct Found {
    year: i32,
    month: u32,
    day: u32,
    day_of_year: Option<u32>,
    hour: u32,
    is_afternoon: Option<bool>,
    minute: u32,
    second: u32,
    microsecond: i64,
    /// Microseconds east of UTC.
    offset: Option<i64>,
}

impl Found {
    fn date(&self) -> Result<NaiveDate, Unfit> {
        match self.day_of_year {
            Some(day) => NaiveDate::from_yo_opt(self.year, day),
            None => NaiveDate::from_ymd_opt(self.year, self.month, self.day),
        }
        .ok_or(NO_DAY)
    }

    fn microseconds_of_day(&self) -> Result<i64, Unfit> {
        let hour = match self.is_afternoon {
            None if self.hour <= 23 => self.hour,
            Some(is_afternoon) if (1..=12).contains(&self.hour) => self.hour % 12 + if is_afternoon { 12 } else { 0 },
            _ => return Err(NO_TIME),
        };
        if self.minute > 59 || self.second > 59 {
            return Err(NO_TIME);
        }
        let seconds = i64::from(hour * 3600 + self.minute * 60 + self.second);
        Ok(seconds * values::MICROSECONDS_PER_SECOND + self.microsecond)
    }
}

fn read(pattern: &TimePattern, text: &[u8]) -> Result<Found, Unfit> {
    let mut rest = std::str::from_utf8(text).map_err(|_| NO_VALUE)?.trim();
    let mut found = Found::default();
    for part in &pattern.parts {
        match part {
            TimePart::Literal(literal) => rest = rest.strip_prefix(literal.as_str()).ok_or(NO_VALUE)?,
            TimePart::Year => found.year = digits(&mut rest, 4, 4)?.cast_signed(),
            TimePart::ShortYear => {
                let year = digits(&mut rest, 2, 2)?.cast_signed();
                found.year = if year < 69 { 2000 + year } else { 1900 + year };
            }
            TimePart::Month { padded } => found.month = digits(&mut rest, least(*padded), 2)?,
            TimePart::MonthName => found.month = month_name(&mut rest, 3)?,
            TimePart::LongMonthName => found.month = month_name(&mut rest, usize::MAX)?,
            TimePart::Day { padded } => found.day = digits(&mut rest, least(*padded), 2)?,
            TimePart::DayOfYear => found.day_of_year = Some(digits(&mut rest, 3, 3)?),
            TimePart::Hour { padded } | TimePart::HalfDayHour { padded } => {
                found.hour = digits(&mut rest, least(*padded), 2)?;
            }
            TimePart::HalfDay => {
                let (half, behind) = rest.split_at_checked(2).ok_or(NO_VALUE)?;
                found.is_afternoon = match half.to_ascii_lowercase().as_str() {
                    "am" => Some(false),
                    "pm" => Some(true),
                    _ => return Err(NO_VALUE),
                };
                rest = behind;
            }
            TimePart::Minute => found.minute = digits(&mut rest, 2, 2)?,
            TimePart::Second => found.second = digits(&mut rest, 2, 2)?,
            TimePart::Fraction => {
                let (microseconds, behind) = values::fraction_of_second(rest.as_bytes())?;
                found.microsecond = microseconds;
                rest = &rest[rest.len() - behind.len()..];
            }
            TimePart::Offset => {
                let (east, behind) = offset(rest)?;
                found.offset = Some(east);
                rest = behind;
            }
        }
    }
    if rest.is_empty() { Ok(found) } else { Err(NO_VALUE) }
}

fn least(padded: bool) -> usize {
    if padded { 2 } else { 1 }
}

fn digits(rest: &mut &str, least: usize, most: usize) -> Result<u32, Unfit> {
    let length = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if length < least {
        return Err(NO_VALUE);
    }
    let (digits, behind) = rest.split_at(length);
    *rest = behind;
    digits.parse().map_err(|_| NO_VALUE)
}

fn month_name(rest: &mut &str, letters: usize) -> Result<u32, Unfit> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    for (number, name) in (1..).zip(MONTHS) {
        let name = &name[..letters.min(name.len())];
        if let Some((found, behind)) = rest.split_at_checked(name.len())
            && found.eq_ignore_ascii_case(name)
        {
            *rest = behind;
            return Ok(number);
        }
    }
    Err(NO_VALUE)
}

/// `Z`, `+hh:mm`, `+hhmm` or `+hh`, in microseconds east of UTC.
fn offset(rest: &str) -> Result<(i64, &str), Unfit> {
    if let Some(behind) = rest.strip_prefix(['Z', 'z']) {
        return Ok((0, behind));
    }
    let is_west = rest.starts_with('-');
    let mut behind = rest.strip_prefix(['+', '-']).ok_or(NO_VALUE)?;
    let hours = digits(&mut behind, 2, 2)?;
    behind = behind.strip_prefix(':').unwrap_or(behind);
    let minutes =
        if behind.starts_with(|letter: char| letter.is_ascii_digit()) { digits(&mut behind, 2, 2)? } else { 0 };
    if hours > 18 || minutes > 59 {
        return Err(NO_TIME);
    }
    let east = i64::from(hours * 3600 + minutes * 60) * values::MICROSECONDS_PER_SECOND;
    Ok((if is_west { -east } else { east }, behind))
}
