//! One column of a chunk: the fields' text -> an Arrow array, and what is wrong with which record.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, NullBufferBuilder, OffsetBufferBuilder, PrimitiveArray, StringArray,
};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Decimal128Type, Float64Type, Int16Type, Int32Type, Int64Type, TimeUnit,
    TimestampMicrosecondType, UInt8Type,
};

use crate::contract::type_name;
use crate::contract::values::{self, Named, Unfit};
use crate::extract::csv::tokenize::Records;
use crate::extract::rules::{BrokenRows, FileColumn, TextRule, ValueRule};
use crate::fault::Fault;

/// The fields of one column of a chunk.
pub(super) struct Fields<'a> {
    pub text: &'a [u8],
    pub records: &'a Records,
    /// How many fields a record has.
    pub width: usize,
    pub quote: Option<u8>,
    /// Whether all of the text is UTF-8; where it is not, the records that are not are among the broken ones.
    pub is_utf8: bool,
}

impl<'a> Fields<'a> {
    /// A field without the quotes around it, and whether there were any.
    fn field(&self, row: usize, field: usize) -> (&'a [u8], bool) {
        let at = row * (self.width + 1) + field;
        let (start, end) = (self.records.positions[at] as usize, self.records.positions[at + 1] as usize - 1);
        let text = &self.text[start..end];
        match (text, self.quote) {
            ([first, inner @ .., _], Some(quote)) if *first == quote => (inner, true),
            _ => (text, false),
        }
    }
}

/// The column's values; a record that breaks a rule is noted in `broken` and has any value here.
///
/// # Errors
/// When a rule of the contract names a value that is not of the column's type.
pub(super) fn column_of(
    fields: &Fields<'_>,
    column: &FileColumn<'_>,
    broken: &mut BrokenRows,
) -> Result<ArrayRef, Fault> {
    Ok(match &column.column.data_type {
        DataType::Utf8 => Arc::new(texts(fields, column, broken)),
        DataType::Int16 => Arc::new(primitives::<Int16Type>(fields, column, broken, |text, _| values::narrow(text))?),
        DataType::Int32 => Arc::new(primitives::<Int32Type>(fields, column, broken, |text, _| values::narrow(text))?),
        DataType::Int64 => Arc::new(primitives::<Int64Type>(fields, column, broken, |text, _| values::integer(text))?),
        DataType::Float64 => {
            Arc::new(primitives::<Float64Type>(fields, column, broken, |text, _| values::double(text))?)
        }
        DataType::Date32 => Arc::new(primitives::<Date32Type>(fields, column, broken, |text, _| values::date(text))?),
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            let array =
                primitives::<TimestampMicrosecondType>(fields, column, broken, |text, _| values::timestamp(text))?;
            Arc::new(array.with_timezone_opt(zone.clone()))
        }
        DataType::Decimal128(precision, scale) => {
            let (precision, scale) = (*precision, *scale);
            let places = usize::try_from(scale).unwrap_or(0);
            let array = primitives::<Decimal128Type>(fields, column, broken, |text, named| match named {
                Named::Value => values::decimal(text, precision, places),
                named => values::decimal_named(text, precision, places, named),
            })?;
            Arc::new(
                array
                    .with_precision_and_scale(precision, scale)
                    .map_err(|error| unreadable_type(column, &error.to_string()))?,
            )
        }
        DataType::Boolean => {
            let array = primitives::<UInt8Type>(fields, column, broken, |text, _| values::boolean(text))?;
            let values = array.values().iter().map(|value| *value == 1).collect();
            Arc::new(BooleanArray::new(values, array.nulls().cloned()))
        }
        _ => return Err(unreadable_type(column, "extracts have no such type")),
    })
}

fn unreadable_type(column: &FileColumn<'_>, why: &str) -> Fault {
    Fault::of_file(
        "contract",
        format!("column `{}` cannot be read as {}: {why}", column.column.name, type_name(&column.column.data_type)),
    )
}

fn primitives<Type: ArrowPrimitiveType>(
    fields: &Fields<'_>,
    column: &FileColumn<'_>,
    broken: &mut BrokenRows,
    parse: impl Fn(&[u8], Named) -> Result<Type::Native, Unfit>,
) -> Result<PrimitiveArray<Type>, Fault> {
    let rows = fields.records.len();
    let rules: Vec<_> = column
        .column
        .rules
        .iter()
        .map(|rule| Ok((rule, ValueRule::of(rule, column.column, |text, named| parse(text, named).ok())?)))
        .collect::<Result<_, Fault>>()?;
    let mut values = Vec::with_capacity(rows);
    let mut nulls = NullBufferBuilder::new(rows);
    for row in 0..rows {
        let text = fields.field(row, column.field).0.trim_ascii();
        if text.is_empty() {
            if column.required {
                broken.add(row, || column.breaks_required());
            }
            values.push(Type::Native::default());
            nulls.append_null();
            continue;
        }
        nulls.append_non_null();
        match parse(text, Named::Value) {
            Ok(value) => {
                if let Some((rule, _)) = rules.iter().find(|(_, ready)| !ready.holds(value, text)) {
                    broken.add(row, || column.breaks_rule(rule, text));
                }
                values.push(value);
            }
            Err(why) => {
                broken.add(row, || column.breaks_type(text, why));
                values.push(Type::Native::default());
            }
        }
    }
    Ok(PrimitiveArray::new(values.into(), nulls.finish()))
}

fn texts(fields: &Fields<'_>, column: &FileColumn<'_>, broken: &mut BrokenRows) -> StringArray {
    let rows = fields.records.len();
    let rules: Vec<_> = column.column.rules.iter().map(|rule| (rule, TextRule::of(rule))).collect();
    let mut values: Vec<u8> = Vec::with_capacity(fields.text.len() / fields.width.max(1));
    let mut offsets = OffsetBufferBuilder::<i32>::new(rows);
    let mut nulls = NullBufferBuilder::new(rows);
    for row in 0..rows {
        let (text, is_quoted) = fields.field(row, column.field);
        if text.is_empty() && !is_quoted {
            if column.required {
                broken.add(row, || column.breaks_required());
            }
            offsets.push_length(0);
            nulls.append_null();
            continue;
        }
        nulls.append_non_null();
        if !fields.is_utf8 && broken.contains(row) {
            offsets.push_length(0);
            continue;
        }
        let text = match fields.quote {
            Some(quote) if is_quoted => undoubled(text, quote),
            _ => Cow::Borrowed(text),
        };
        if !rules.is_empty() {
            // Checked above: records that are not UTF-8 are among the broken ones.
            let readable = String::from_utf8_lossy(&text);
            if let Some((rule, _)) = rules.iter().find(|(_, ready)| !ready.holds(&readable)) {
                broken.add(row, || column.breaks_rule(rule, &text));
            }
        }
        values.extend_from_slice(&text);
        offsets.push_length(text.len());
    }
    StringArray::new(offsets.finish(), values.into(), nulls.finish())
}

/// The text of a quoted field: two quotes are one.
fn undoubled(text: &[u8], quote: u8) -> Cow<'_, [u8]> {
    let Some(mut at) = memchr::memchr(quote, text) else { return Cow::Borrowed(text) };
    let mut single = Vec::with_capacity(text.len());
    let mut from = 0;
    loop {
        single.extend_from_slice(&text[from..=at]);
        from = (at + 2).min(text.len());
        match memchr::memchr(quote, &text[from..]) {
            Some(next) => at = from + next,
            None => {
                single.extend_from_slice(&text[from..]);
                return Cow::Owned(single);
            }
        }
    }
}
