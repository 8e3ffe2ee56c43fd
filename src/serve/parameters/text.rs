//! Values in PostgreSQL's text form.

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use pgwire::api::Type;
use tokio_postgres::types::Kind;

use crate::serve::parameters::{array_of, known_as};

/// # Errors
/// What is wrong with it, in a sentence.
pub fn value(of: &Type, text: &str) -> Result<ScalarValue, String> {
    if let Kind::Array(element) = of.kind() {
        return array_of(element, text);
    }
    let said = || ScalarValue::Utf8(Some(text.to_string()));
    match (of, known_as(of)) {
        (&Type::NUMERIC, _) => numeric(text).ok_or_else(|| format!("\"{text}\" is no number of at most 38 digits")),
        (&Type::BYTEA, _) => bytes(text).ok_or_else(|| format!("\"{text}\" is no \\x with pairs of hex digits")),
        (_, Some(DataType::Utf8)) => Ok(said()),
        // PgJDBC sends a day with its zone, which a day does not have.
        (&Type::DATE, _) => {
            cast(text.split_once(" +").or(text.split_once(" -")).map_or(text, |(day, _)| day), &DataType::Date32)
        }
        (_, Some(data_type)) => cast(text, &data_type),
        // Of types that only have a text here, such as JSON.
        (_, None) => Ok(said()),
    }
}

fn cast(text: &str, data_type: &DataType) -> Result<ScalarValue, String> {
    let text = ScalarValue::Utf8(Some(text.trim().to_string()));
    text.cast_to(data_type).map_err(|error| error.strip_backtrace())
}

/// A decimal with the digits that are written, also as `1.5E+3`.
pub fn numeric(text: &str) -> Option<ScalarValue> {
    let text = text.trim();
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (text, 0),
    };
    let (sign, digits) = match mantissa.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = [whole, fraction].concat();
    if all.is_empty() || !all.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let scale = i64::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
    decimal(sign * all.parse::<i128>().ok()?, scale)
}

/// The number of so many places behind the point, which are fewer than none where zeros follow.
pub fn decimal(unscaled: i128, scale: i64) -> Option<ScalarValue> {
    let zeros = u32::try_from(scale.checked_neg()?.max(0)).ok()?;
    let unscaled = unscaled.checked_mul(10_i128.checked_pow(zeros)?)?;
    let scale = u8::try_from(scale.max(0)).ok()?;
    let digits = u8::try_from(unscaled.unsigned_abs().checked_ilog10().map_or(1, |log| log + 1)).ok()?;
    let precision = digits.max(scale);
    (precision <= 38).then_some(ScalarValue::Decimal128(Some(unscaled), precision, i8::try_from(scale).ok()?))
}

fn bytes(text: &str) -> Option<ScalarValue> {
    let digits = text.strip_prefix("\\x").filter(|digits| digits.is_ascii() && digits.len() % 2 == 0)?;
    let pairs = (0..digits.len()).step_by(2).map(|place| u8::from_str_radix(&digits[place..place + 2], 16).ok());
    Some(ScalarValue::Binary(Some(pairs.collect::<Option<_>>()?)))
}
