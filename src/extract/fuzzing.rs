//! The readers of single values for the targets in `fuzz/`; everybody else reads whole files. It is compiled with
//! `--cfg fuzzing` alone.

use std::borrow::Cow;

use arrow::datatypes::DataType;

use crate::contract::values::{self, Named};
use crate::extract::number;
use crate::extract::text::notation::Written;
use crate::pipeline::Notation;

/// A value, or why the text is none.
type Value<Of> = Result<Of, &'static str>;

pub fn is_null(text: &[u8], notation: &Notation) -> bool {
    Written::so(notation).is_null(text)
}

pub fn integer(text: &[u8], notation: &Notation) -> Value<i64> {
    values::integer(&Written::so(notation).number(text)?)
}

pub fn smallint(text: &[u8], notation: &Notation) -> Value<i16> {
    values::narrow(&Written::so(notation).number(text)?)
}

/// The digits without the point, `scale` of them behind it.
pub fn decimal(text: &[u8], notation: &Notation, precision: u8, scale: usize) -> Value<i128> {
    values::decimal(&Written::so(notation).number(text)?, precision, scale)
}

pub fn double(text: &[u8], notation: &Notation) -> Value<f64> {
    values::double(&Written::so(notation).number(text)?)
}

pub fn boolean(text: &[u8], notation: &Notation) -> Value<u8> {
    Written::so(notation).boolean(text)
}

/// Days since 1970-01-01.
pub fn date(text: &[u8], notation: &Notation) -> Value<i32> {
    Written::so(notation).date(text)
}

/// Microseconds since 1970-01-01 00:00 UTC.
pub fn timestamp(text: &[u8], notation: &Notation) -> Value<i64> {
    Written::so(notation).timestamp(text)
}

/// The least and the most that a rule's number comes to in a decimal column.
pub fn decimal_bounds(text: &[u8], precision: u8, scale: usize) -> Value<(i128, i128)> {
    let bound = |named| values::decimal_named(text, precision, scale, named);
    Ok((bound(Named::Minimum)?, bound(Named::Maximum)?))
}

pub fn can_be_named(text: &str, data_type: &DataType) -> bool {
    values::can_be_named(text, data_type, Named::Value)
}

/// A number of JSON without its exponent.
pub fn plain_number(number: &str) -> Cow<'_, [u8]> {
    number::plain(number)
}

pub fn number_of_spreadsheet(number: f64) -> String {
    number::of_spreadsheet(number)
}
