//! Numbers as other formats write them -> digits with a point, exactly.

use std::borrow::Cow;

/// How far an exponent may move the point; beyond that no type holds the number.
const MOST_DIGITS: i32 = 400;

/// A number of JSON without its exponent: `1.5e3` is `1500`.
pub(super) fn plain(number: &str) -> Cow<'_, [u8]> {
    let Some((mantissa, exponent)) = number.split_once(['e', 'E']) else { return Cow::Borrowed(number.as_bytes()) };
    match exponent.parse::<i32>() {
        Ok(exponent) if exponent.abs() <= MOST_DIGITS => Cow::Owned(moved(mantissa, exponent).into_bytes()),
        _ => Cow::Borrowed(number.as_bytes()),
    }
}

/// A mantissa whose point is moved to the right.
fn moved(mantissa: &str, by: i32) -> String {
    let (sign, digits) = match mantissa.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", mantissa),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    let point = i32::try_from(whole.len()).unwrap_or(i32::MAX).saturating_add(by);
    let count = i32::try_from(all.len()).unwrap_or(i32::MAX);
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
    let text = if point <= 0 {
        format!("0.{}{all}", zeros(-point))
    } else if point >= count {
        format!("{all}{}", zeros(point - count))
    } else {
        let (whole, fraction) = all.split_at(usize::try_from(point).unwrap_or(0));
        format!("{whole}.{fraction}")
    };
    format!("{sign}{text}")
}

/// A number as a spreadsheet shows it: 15 digits, which is what it computes with; the 17 that are stored are noise.
pub(super) fn of_spreadsheet(number: f64) -> String {
    let text = format!("{number:.14e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mantissa = if mantissa.contains('.') { mantissa.trim_end_matches('0').trim_end_matches('.') } else { mantissa };
    moved(mantissa, exponent.parse().unwrap_or(0))
}
