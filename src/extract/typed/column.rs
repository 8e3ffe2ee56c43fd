//! One column of a batch -> an array of the contract's type, and what is wrong with which row.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray, StringArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Date64Type, Decimal128Type, Float64Type, Int16Type, Int32Type, Int64Type,
    TimeUnit, TimestampMicrosecondType, TimestampNanosecondType,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use chrono_tz::Tz;

use crate::contract::UTC;
use crate::contract::values::{self, Named, Unfit};
use crate::extract::number::plain;
use crate::extract::rules::{Broken, BrokenRows, ENCODING, FileColumn, TextRule, ValueRule};
use crate::extract::text::records::{Records, Value};
use crate::extract::text::{Cells, WRITTEN, column_of};
use crate::fault::Fault;
use crate::pipeline::Notation;

const EXACT: CastOptions<'static> = CastOptions { safe: false, format_options: FormatOptions::new() };

/// A column's plain values as the contract has them; a row that breaks a rule is noted in `broken`.
///
/// # Errors
/// When a rule of the contract names a value that is not of the column's type.
pub(super) fn conformed(array: &ArrayRef, column: &FileColumn<'_>, broken: &mut BrokenRows) -> Result<ArrayRef, Fault> {
    let array = texts_of(array, column, broken);
    match exactly(&array, &column.column.data_type, column.notation.time_zone) {
        Some(array) => {
            hold(&array, column, broken)?;
            Ok(array)
        }
        None => one_by_one(&array, column, broken),
    }
}

/// Texts, where values are kept as the bytes of texts; what is none breaks a rule.
fn texts_of(array: &ArrayRef, column: &FileColumn<'_>, broken: &mut BrokenRows) -> ArrayRef {
    let is_bytes = matches!(
        array.data_type(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_)
    );
    let Some(bytes) = is_bytes.then(|| cast_with_options(array, &DataType::LargeBinary, &EXACT).ok()).flatten() else {
        return Arc::clone(array);
    };
    let bytes = bytes.as_binary::<i64>();
    let is_text = |bytes: &[u8]| std::str::from_utf8(bytes).is_ok();
    if *array.data_type() == DataType::FixedSizeBinary(16) && !bytes.iter().flatten().all(is_text) {
        return Arc::new(bytes.iter().map(|bytes| Some(as_uuid(bytes?))).collect::<StringArray>());
    }
    let texts = bytes.iter().enumerate().map(|(row, bytes)| {
        let text = std::str::from_utf8(bytes?);
        if text.is_err() {
            let message = "found bytes that are no text, expected UTF-8".to_string();
            let name = Some(column.column.name.clone());
            broken.add(row, || Broken { field: Some(0), column: name, rule: ENCODING.into(), message });
        }
        text.ok()
    });
    Arc::new(texts.collect::<StringArray>())
}

/// 16 bytes as the text of the number that they are everywhere: <https://www.rfc-editor.org/rfc/rfc9562#section-4>.
fn as_uuid(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [&digits[..4], &digits[4..6], &digits[6..8], &digits[8..10], &digits[10..]].map(<[String]>::concat).join("-")
}

/// The same values under another type, where that holds every one of them; None where it does not, or where one has to
/// look at each of them.
fn exactly(array: &ArrayRef, wanted: &DataType, zone: Tz) -> Option<ArrayRef> {
    let cast = |array: &ArrayRef| cast_with_options(array, wanted, &EXACT).ok();
    match (array.data_type(), wanted) {
        (DataType::Float64, DataType::Float64) => {
            array.as_primitive::<Float64Type>().iter().flatten().all(f64::is_finite).then(|| Arc::clone(array))
        }
        (from, to) if from == to => Some(Arc::clone(array)),
        (from, DataType::Int16 | DataType::Int32 | DataType::Int64 | DataType::Decimal128(..)) if from.is_integer() => {
            cast(array)
        }
        (DataType::Decimal128(_, from), DataType::Decimal128(_, to)) if from <= to => cast(array),
        (DataType::Date64, DataType::Date32) => {
            let is_day = |time: i64| time % 86_400_000 == 0;
            array.as_primitive::<Date64Type>().iter().flatten().all(is_day).then(|| cast(array)).flatten()
        }
        (DataType::Timestamp(unit, from_zone), DataType::Timestamp(TimeUnit::Microsecond, _))
            if from_zone.is_some() || zone == Tz::UTC =>
        {
            let is_exact = *unit != TimeUnit::Nanosecond
                || array.as_primitive::<TimestampNanosecondType>().iter().flatten().all(|time| time % 1000 == 0);
            let in_utc = DataType::Timestamp(*unit, Some(UTC.into()));
            // A time without a zone is relabelled; one with another zone is the same instant.
            is_exact.then(|| cast_with_options(array, &in_utc, &EXACT).ok()).flatten().and_then(|array| cast(&array))
        }
        _ => None,
    }
}

/// Every value as text, read as the text of a file would be.
fn one_by_one(array: &ArrayRef, column: &FileColumn<'_>, broken: &mut BrokenRows) -> Result<ArrayRef, Fault> {
    let is_text = *array.data_type() == DataType::Utf8;
    let is_text_wanted = column.column.data_type == DataType::Utf8;
    let local = Notation::iso(column.notation.time_zone);
    let has_no_zone = matches!(array.data_type(), DataType::Timestamp(_, None));
    let mut records = Records::default();
    records.clear_to_write();
    let options = FormatOptions::new().with_display_error(false);
    let formatter = ArrayFormatter::try_new(array.as_ref(), &options);
    let written = |row| formatter.as_ref().ok().and_then(|values| values.value(row).try_to_string().ok());
    for row in 0..array.len() {
        let text;
        let value = if array.is_null(row) {
            Value::None
        } else if is_text {
            Value::Text(array.as_string::<i32>().value(row).as_bytes().into())
        } else if let Some(found) = written(row) {
            text = found;
            if has_no_zone || is_text_wanted { Value::Text(text.as_bytes().into()) } else { Value::Typed(plain(&text)) }
        } else {
            let kind = format!("{}", array.data_type());
            broken.add(row, || column.breaks_type(kind.as_bytes(), " with a value that no text can tell"));
            Value::None
        };
        records.write_field(&value, 0);
        records.end_record(0..0, 0);
    }
    let column = FileColumn {
        column: column.column,
        field: 0,
        required: column.required,
        notation: if has_no_zone { &local } else { column.notation },
    };
    let cells = Cells { text: records.cells(&[]), records: &records, width: 1, marks: WRITTEN, is_utf8: true };
    let conformed = column_of(&cells, &column, broken)?;
    if let Some(texts) = conformed.as_string_opt::<i32>() {
        without_nul(texts, &column, broken);
    }
    Ok(conformed)
}

/// Holds values that have their type already against the rules of the contract.
fn hold(array: &ArrayRef, column: &FileColumn<'_>, broken: &mut BrokenRows) -> Result<(), Fault> {
    if column.required && array.null_count() > 0 {
        for row in (0..array.len()).filter(|row| array.is_null(*row)) {
            broken.add(row, || column.breaks_required());
        }
    }
    if let Some(texts) = array.as_string_opt::<i32>() {
        without_nul(texts, column, broken);
    }
    if column.column.rules.is_empty() {
        return Ok(());
    }
    match array.data_type() {
        DataType::Utf8 => {
            let rules: Vec<_> = column.column.rules.iter().map(|rule| (rule, TextRule::of(rule))).collect();
            for (row, text) in array.as_string::<i32>().iter().enumerate() {
                let Some(text) = text else { continue };
                if let Some((rule, _)) = rules.iter().find(|(_, ready)| !ready.holds(text)) {
                    broken.add(row, || column.breaks_rule(rule, text.as_bytes()));
                }
            }
            Ok(())
        }
        DataType::Int16 => hold_each::<Int16Type>(array, column, broken, |text, _| values::narrow(text)),
        DataType::Int32 => hold_each::<Int32Type>(array, column, broken, |text, _| values::narrow(text)),
        DataType::Int64 => hold_each::<Int64Type>(array, column, broken, |text, _| values::integer(text)),
        DataType::Float64 => hold_each::<Float64Type>(array, column, broken, |text, _| values::double(text)),
        DataType::Date32 => hold_each::<Date32Type>(array, column, broken, |text, _| values::date(text)),
        DataType::Timestamp(..) => hold_each::<TimestampMicrosecondType>(array, column, broken, |text, _| {
            values::timestamp(text).map(|(time, _)| time)
        }),
        DataType::Decimal128(precision, scale) => {
            let places = usize::try_from(*scale).unwrap_or(0);
            hold_each::<Decimal128Type>(array, column, broken, |text, named| {
                values::decimal_named(text, *precision, places, named)
            })
        }
        // Of booleans no rule says more than their type.
        _ => Ok(()),
    }
}

fn hold_each<Type: ArrowPrimitiveType>(
    array: &ArrayRef,
    column: &FileColumn<'_>,
    broken: &mut BrokenRows,
    named: impl Fn(&[u8], Named) -> Result<Type::Native, Unfit>,
) -> Result<(), Fault> {
    let ready = |rule| ValueRule::of(rule, column.column, |text, kind| named(text, kind).ok());
    let rules = column.column.rules.iter().map(|rule| Ok((rule, ready(rule)?)));
    let rules: Vec<_> = rules.collect::<Result<_, Fault>>()?;
    let array: &PrimitiveArray<Type> = array.as_primitive();
    for (row, value) in array.iter().enumerate() {
        let Some(value) = value else { continue };
        if let Some((rule, _)) = rules.iter().find(|(_, ready)| !ready.holds(value, b"")) {
            let options = FormatOptions::new();
            let shown = ArrayFormatter::try_new(array, &options).map(|values| values.value(row).to_string());
            broken.add(row, || column.breaks_rule(rule, shown.unwrap_or_default().as_bytes()));
        }
    }
    Ok(())
}

fn without_nul(texts: &StringArray, column: &FileColumn<'_>, broken: &mut BrokenRows) {
    if memchr::memchr(0, texts.value_data()).is_none() {
        return;
    }
    for row in (0..texts.len()).filter(|row| texts.value(*row).contains('\0')) {
        let message = "found a NUL character, expected text".to_string();
        let name = Some(column.column.name.clone());
        broken.add(row, || Broken { field: Some(0), column: name, rule: ENCODING.into(), message });
    }
}
