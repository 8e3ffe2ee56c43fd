//! One column of a chunk: the fields' text -> an Arrow array, and what is wrong with which record.

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
use crate::extract::rules::{BrokenRows, FileColumn, TextRule, ValueRule};
use crate::extract::text::Marks;
use crate::extract::text::notation::Written;
use crate::extract::text::records::Records;
use crate::fault::Fault;

/// The fields of a chunk.
pub(crate) struct Cells<'a> {
    /// The text that the records' positions are about.
    pub text: &'a [u8],
    pub records: &'a Records,
    /// How many fields a record has.
    pub width: usize,
    pub marks: Marks,
    /// Whether all of the text is UTF-8; where it is not, the records that are not are among the broken ones.
    pub is_utf8: bool,
}

impl<'a> Cells<'a> {
    /// A field without the quotes around it, and whether there were any.
    fn field(&self, row: usize, field: usize) -> (&'a [u8], bool) {
        let range = self.records.field(row, field, self.width);
        // Fields that a short record lacks stand behind its end.
        self.marks.unquoted(self.text.get(range).unwrap_or_default())
    }
}

/// The column's values; a record that breaks a rule is noted in `broken` and has any value here.
///
/// # Errors
/// When a rule of the contract names a value that is not of the column's type.
pub(crate) fn column_of(
    cells: &Cells<'_>,
    column: &FileColumn<'_>,
    broken: &mut BrokenRows,
) -> Result<ArrayRef, Fault> {
    let written = Written::so(column.notation);
    Ok(match &column.column.data_type {
        DataType::Utf8 => Arc::new(texts(cells, column, broken)),
        DataType::Int16 => {
            let parse = |text: &[u8]| values::narrow(&written.number(text)?);
            Arc::new(primitives::<Int16Type>(cells, column, broken, |text, _| values::narrow(text), parse)?)
        }
        DataType::Int32 => {
            let parse = |text: &[u8]| values::narrow(&written.number(text)?);
            Arc::new(primitives::<Int32Type>(cells, column, broken, |text, _| values::narrow(text), parse)?)
        }
        DataType::Int64 => {
            let parse = |text: &[u8]| values::integer(&written.number(text)?);
            Arc::new(primitives::<Int64Type>(cells, column, broken, |text, _| values::integer(text), parse)?)
        }
        DataType::Float64 => {
            let parse = |text: &[u8]| values::double(&written.number(text)?);
            Arc::new(primitives::<Float64Type>(cells, column, broken, |text, _| values::double(text), parse)?)
        }
        DataType::Date32 => {
            let parse = |text: &[u8]| written.date(text);
            Arc::new(primitives::<Date32Type>(cells, column, broken, |text, _| values::date(text), parse)?)
        }
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            let named = |text: &[u8], _| values::timestamp(text).map(|(time, _)| time);
            let parse = |text: &[u8]| written.timestamp(text);
            let array = primitives::<TimestampMicrosecondType>(cells, column, broken, named, parse)?;
            Arc::new(array.with_timezone_opt(zone.clone()))
        }
        DataType::Decimal128(precision, scale) => {
            let (precision, scale) = (*precision, *scale);
            let places = usize::try_from(scale).unwrap_or(0);
            let named = |text: &[u8], named| values::decimal_named(text, precision, places, named);
            let parse = |text: &[u8]| values::decimal(&written.number(text)?, precision, places);
            let array = primitives::<Decimal128Type>(cells, column, broken, named, parse)?;
            Arc::new(
                array
                    .with_precision_and_scale(precision, scale)
                    .map_err(|error| unreadable_type(column, &error.to_string()))?,
            )
        }
        DataType::Boolean => {
            let parse = |text: &[u8]| written.boolean(text);
            let array = primitives::<UInt8Type>(cells, column, broken, |text, _| values::boolean(text), parse)?;
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

/// `named` is how a rule writes values, `parse` how the file does.
fn primitives<Type: ArrowPrimitiveType>(
    cells: &Cells<'_>,
    column: &FileColumn<'_>,
    broken: &mut BrokenRows,
    named: impl Fn(&[u8], Named) -> Result<Type::Native, Unfit>,
    parse: impl Fn(&[u8]) -> Result<Type::Native, Unfit>,
) -> Result<PrimitiveArray<Type>, Fault> {
    let rows = cells.records.len();
    let rules: Vec<_> = column
        .column
        .rules
        .iter()
        .map(|rule| Ok((rule, ValueRule::of(rule, column.column, |text, kind| named(text, kind).ok())?)))
        .collect::<Result<_, Fault>>()?;
    let written = Written::so(column.notation);
    let mut values = Vec::with_capacity(rows);
    let mut nulls = NullBufferBuilder::new(rows);
    for row in 0..rows {
        let (text, is_quoted) = cells.field(row, column.field);
        let text = text.trim_ascii();
        if text.is_empty() || written.is_null(text) {
            if column.required {
                broken.add(row, || column.breaks_required());
            }
            values.push(Type::Native::default());
            nulls.append_null();
            continue;
        }
        nulls.append_non_null();
        let text = &*cells.marks.said(text, is_quoted);
        let is_iso = cells.records.is_iso(row, column.field, cells.width);
        match if is_iso { named(text, Named::Value) } else { parse(text) } {
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

fn texts(cells: &Cells<'_>, column: &FileColumn<'_>, broken: &mut BrokenRows) -> StringArray {
    let rows = cells.records.len();
    let rules: Vec<_> = column.column.rules.iter().map(|rule| (rule, TextRule::of(rule))).collect();
    let written = Written::so(column.notation);
    let mut values: Vec<u8> = Vec::with_capacity(cells.text.len() / cells.width.max(1));
    let mut offsets = OffsetBufferBuilder::<i32>::new(rows);
    let mut nulls = NullBufferBuilder::new(rows);
    for row in 0..rows {
        let (text, is_quoted) = cells.field(row, column.field);
        if text.is_empty() && !is_quoted || written.is_null(text) {
            if column.required {
                broken.add(row, || column.breaks_required());
            }
            offsets.push_length(0);
            nulls.append_null();
            continue;
        }
        nulls.append_non_null();
        if !cells.is_utf8 && broken.contains(row) {
            offsets.push_length(0);
            continue;
        }
        let text = cells.marks.said(text, is_quoted);
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
