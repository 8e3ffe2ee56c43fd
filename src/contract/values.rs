//! The text of one field -> a value of a type. Exact: no value goes through a float on its way into a decimal, and
//! nothing is taken that is only nearly right.

use arrow::datatypes::DataType;

/// Why a text is no value of a type, as the end of "found `…`".
pub(crate) type Unfit = &'static str;

pub(crate) const NO_VALUE: Unfit = "";
const DOES_NOT_FIT: Unfit = ", which does not fit";
pub(crate) const NO_DAY: Unfit = ", which is no day of the calendar";
pub(crate) const NO_TIME: Unfit = ", which is no time of day";

pub(crate) const MICROSECONDS_PER_SECOND: i64 = 1_000_000;
pub(crate) const MICROSECONDS_PER_DAY: i64 = 86_400 * MICROSECONDS_PER_SECOND;

/// All of them that 64 bits hold without a thought.
const POWERS_OF_TEN: [u64; 19] = {
    let mut powers = [1; 19];
    let mut exponent = 1;
    while exponent < powers.len() {
        powers[exponent] = powers[exponent - 1] * 10;
        exponent += 1;
    }
    powers
};

/// Digits with an optional sign.
pub(crate) fn integer(text: &[u8]) -> Result<i64, Unfit> {
    let (negative, digits) = signed(text);
    if digits.is_empty() {
        return Err(NO_VALUE);
    }
    let mut value: i64 = 0;
    if digits.len() <= 18 {
        for digit in digits {
            value = value * 10 + i64::from(digit_of(*digit)?);
        }
        return Ok(if negative { -value } else { value });
    }
    if !digits.iter().all(u8::is_ascii_digit) {
        return Err(NO_VALUE);
    }
    for digit in digits {
        let digit = i64::from(digit - b'0');
        // Counted down for negative numbers, since there is one more of those.
        value = value
            .checked_mul(10)
            .and_then(|value| if negative { value.checked_sub(digit) } else { value.checked_add(digit) })
            .ok_or(DOES_NOT_FIT)?;
    }
    Ok(value)
}

/// An integer of a narrower type.
pub(crate) fn narrow<Narrow: TryFrom<i64>>(text: &[u8]) -> Result<Narrow, Unfit> {
    Narrow::try_from(integer(text)?).map_err(|_| DOES_NOT_FIT)
}

/// A decimal number as its digits without the point, with exactly `scale` of them behind it. Digits beyond the scale
/// are taken only where they are zeros.
pub(crate) fn decimal(text: &[u8], precision: u8, scale: usize) -> Result<i128, Unfit> {
    let (negative, digits) = signed(text);
    let (whole, fraction) = match memchr::memchr(b'.', digits) {
        Some(point) => (&digits[..point], &digits[point + 1..]),
        None => (digits, &digits[..0]),
    };
    if whole.is_empty() && fraction.is_empty() {
        return Err(NO_VALUE);
    }
    let kept = fraction.len().min(scale);
    let beyond = &fraction[kept..];
    let value = if whole.len() + scale <= 18 {
        // The common case: all of it fits 64 bits whatever the digits are.
        let value = digits_of(&fraction[..kept], digits_of(whole, 0_u64)?)?;
        i128::from(value * POWERS_OF_TEN[scale - kept])
    } else {
        wide_decimal(whole, &fraction[..kept], scale)?
    };
    if !beyond.is_empty() {
        if !beyond.iter().all(u8::is_ascii_digit) {
            return Err(NO_VALUE);
        }
        if beyond.iter().any(|digit| *digit != b'0') {
            return Err(DOES_NOT_FIT);
        }
    }
    if value >= 10_i128.pow(u32::from(precision)) {
        return Err(DOES_NOT_FIT);
    }
    Ok(if negative { -value } else { value })
}

/// How a rule names a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    /// One that a value may equal.
    Value,
    /// The least that a value may be.
    Minimum,
    /// The most that a value may be.
    Maximum,
}

/// The value of a decimal column that a rule's number comes to: a minimum that the scale does not hold is the next
/// value above it, a maximum the next below. It may lie beyond what the column holds.
pub(crate) fn decimal_named(text: &[u8], precision: u8, scale: usize, named: Named) -> Result<i128, Unfit> {
    if named == Named::Value {
        return decimal(text, precision, scale);
    }
    let own_scale = memchr::memchr(b'.', text).map_or(0, |point| text.len() - point - 1);
    let number = decimal(text, 38, own_scale)?;
    let factor = |digits: usize| u32::try_from(digits).ok().and_then(|digits| 10_i128.checked_pow(digits));
    if own_scale <= scale {
        let factor = factor(scale - own_scale).ok_or(DOES_NOT_FIT)?;
        return number.checked_mul(factor).ok_or(DOES_NOT_FIT);
    }
    let factor = factor(own_scale - scale).ok_or(DOES_NOT_FIT)?;
    let below = number.div_euclid(factor);
    let is_between = number.rem_euclid(factor) != 0;
    Ok(if named == Named::Minimum && is_between { below + 1 } else { below })
}

/// Whether a rule of a column can name this value.
pub(crate) fn can_be_named(text: &str, data_type: &DataType, named: Named) -> bool {
    let bytes = text.as_bytes();
    match data_type {
        DataType::Utf8 => true,
        DataType::Int16 => narrow::<i16>(bytes).is_ok(),
        DataType::Int32 => narrow::<i32>(bytes).is_ok(),
        DataType::Int64 => integer(bytes).is_ok(),
        DataType::Float64 => double(bytes).is_ok(),
        DataType::Decimal128(precision, scale) => {
            decimal_named(bytes, *precision, usize::try_from(*scale).unwrap_or(0), named).is_ok()
        }
        DataType::Boolean => boolean(bytes).is_ok(),
        DataType::Date32 => date(bytes).is_ok(),
        DataType::Timestamp(..) => timestamp(bytes).is_ok(),
        _ => false,
    }
}

fn digits_of(digits: &[u8], mut value: u64) -> Result<u64, Unfit> {
    for digit in digits {
        value = value * 10 + u64::from(digit_of(*digit)?);
    }
    Ok(value)
}

fn wide_decimal(whole: &[u8], fraction: &[u8], scale: usize) -> Result<i128, Unfit> {
    if !whole.iter().chain(fraction).all(u8::is_ascii_digit) {
        return Err(NO_VALUE);
    }
    let missing = std::iter::repeat_n(&b'0', scale - fraction.len());
    let mut value: i128 = 0;
    for digit in whole.iter().chain(fraction).chain(missing) {
        value =
            value.checked_mul(10).and_then(|value| value.checked_add(i128::from(digit - b'0'))).ok_or(DOES_NOT_FIT)?;
    }
    Ok(value)
}

/// A double in plain or scientific notation; infinities and not-a-number are no values.
pub(crate) fn double(text: &[u8]) -> Result<f64, Unfit> {
    if !text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')) {
        return Err(NO_VALUE);
    }
    let value: f64 = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).ok_or(NO_VALUE)?;
    if value.is_finite() { Ok(value) } else { Err(DOES_NOT_FIT) }
}

pub(crate) fn boolean(text: &[u8]) -> Result<u8, Unfit> {
    match text {
        b"1" => Ok(1),
        b"0" => Ok(0),
        text if text.eq_ignore_ascii_case(b"true") => Ok(1),
        text if text.eq_ignore_ascii_case(b"false") => Ok(0),
        _ => Err(NO_VALUE),
    }
}

/// Days since 1970-01-01. A time of day behind the date is taken where it is midnight.
pub(crate) fn date(text: &[u8]) -> Result<i32, Unfit> {
    let (days, rest) = day(text)?;
    if rest.is_empty() || matches!(rest[0], b' ' | b'T') && time_of_day(&rest[1..])? == (0, &[][..]) {
        return Ok(days);
    }
    Err(NO_VALUE)
}

/// Microseconds since 1970-01-01 00:00, and whether the text names an offset: the time then is UTC, otherwise local.
/// Without a time of day it is midnight.
pub(crate) fn timestamp(text: &[u8]) -> Result<(i64, bool), Unfit> {
    let (days, rest) = day(text)?;
    let midnight = i64::from(days) * MICROSECONDS_PER_DAY;
    let (time, rest) = match rest.first() {
        None => return Ok((midnight, false)),
        Some(b' ' | b'T') => time_of_day(&rest[1..])?,
        Some(_) => return Err(NO_VALUE),
    };
    Ok((midnight + time - offset(rest)?, !rest.is_empty()))
}

fn day(text: &[u8]) -> Result<(i32, &[u8]), Unfit> {
    let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1, rest @ ..] = text else { return Err(NO_VALUE) };
    let year = pair(*y0, *y1)? * 100 + pair(*y2, *y3)?;
    let (month, day) = (pair(*m0, *m1)?, pair(*d0, *d1)?);
    if month == 0 || month > 12 || day == 0 || day > days_in_month(year, month) {
        return Err(NO_DAY);
    }
    Ok((days_since_epoch(year, month, day), rest))
}

fn days_in_month(year: i32, month: i32) -> i32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Howard Hinnant's `days_from_civil` (<https://howardhinnant.github.io/date_algorithms.html>), for years from 0.
fn days_since_epoch(year: i32, month: i32, day: i32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// `hh:mm[:ss[.fraction]]` in microseconds, and what follows.
fn time_of_day(text: &[u8]) -> Result<(i64, &[u8]), Unfit> {
    let [h0, h1, b':', m0, m1, rest @ ..] = text else { return Err(NO_VALUE) };
    let (hour, minute) = (pair(*h0, *h1)?, pair(*m0, *m1)?);
    let (second, rest) = match rest {
        [b':', s0, s1, rest @ ..] => (pair(*s0, *s1)?, rest),
        rest => (0, rest),
    };
    if hour > 23 || minute > 59 || second > 59 {
        return Err(NO_TIME);
    }
    let seconds = i64::from(hour * 3600 + minute * 60 + second);
    let (fraction, rest) = match rest {
        [b'.', rest @ ..] => fraction_of_second(rest)?,
        rest => (0, rest),
    };
    Ok((seconds * MICROSECONDS_PER_SECOND + fraction, rest))
}

/// Up to nine digits, of which those beyond microseconds must be zeros: nothing is rounded away.
pub(crate) fn fraction_of_second(text: &[u8]) -> Result<(i64, &[u8]), Unfit> {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if length == 0 || length > 9 {
        return Err(NO_VALUE);
    }
    let nanoseconds = digits_of(&text[..length], 0)? * POWERS_OF_TEN[9 - length];
    if !nanoseconds.is_multiple_of(1000) {
        return Err(", which is finer than microseconds");
    }
    Ok(((nanoseconds / 1000).cast_signed(), &text[length..]))
}

/// `Z`, `+hh:mm` or `-hh:mm`, in microseconds east of UTC.
fn offset(text: &[u8]) -> Result<i64, Unfit> {
    match text {
        [] | [b'Z'] => Ok(0),
        [sign @ (b'+' | b'-'), h0, h1, b':', m0, m1] => {
            let (hours, minutes) = (pair(*h0, *h1)?, pair(*m0, *m1)?);
            if hours > 18 || minutes > 59 {
                return Err(NO_TIME);
            }
            let east = i64::from(hours * 3600 + minutes * 60) * MICROSECONDS_PER_SECOND;
            Ok(if *sign == b'-' { -east } else { east })
        }
        _ => Err(NO_VALUE),
    }
}

fn pair(tens: u8, ones: u8) -> Result<i32, Unfit> {
    Ok(i32::from(digit_of(tens)?) * 10 + i32::from(digit_of(ones)?))
}

fn digit_of(byte: u8) -> Result<u8, Unfit> {
    let digit = byte.wrapping_sub(b'0');
    if digit <= 9 { Ok(digit) } else { Err(NO_VALUE) }
}

fn signed(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] | digits => (false, digits),
    }
}
