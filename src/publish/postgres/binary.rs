//! Rows in the binary format of PostgreSQL's `copy`: a length and the bytes of every value, numbers in their own
//! notation, dates and times from the year 2000 (PostgreSQL manual, "COPY", and `numeric_send` in its source).

use anyhow::{Result, bail};
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, Int16Type, Int32Type, Int64Type, TimeUnit,
    TimestampMicrosecondType,
};
use bytes::{BufMut, BytesMut};

/// What stands before the first row: the signature, no flags, no extension.
pub const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// What stands behind the last row.
pub const TRAILER: &[u8] = &[0xff, 0xff];

/// The length of a NULL.
const NULL: i32 = -1;

/// From 1970-01-01, where Arrow counts from, to 2000-01-01, where PostgreSQL does.
pub const DAYS_TO_2000: i32 = 10_957;
pub const MICROSECONDS_TO_2000: i64 = 946_684_800_000_000;

/// Appends the rows of a batch.
///
/// # Errors
/// When a value is none that PostgreSQL can hold, such as a text with a NUL character; it names row and column.
pub fn append(batch: &RecordBatch, out: &mut BytesMut) -> Result<()> {
    let count = i16::try_from(batch.num_columns())?;
    for row in 0..batch.num_rows() {
        out.put_i16(count);
        for (column, field) in batch.columns().iter().zip(batch.schema_ref().fields()) {
            if let Err(error) = value(column, row, out) {
                bail!("column {}: {error}", field.name());
            }
        }
    }
    Ok(())
}

fn value(column: &ArrayRef, row: usize, out: &mut BytesMut) -> Result<()> {
    if column.is_null(row) {
        out.put_i32(NULL);
        return Ok(());
    }
    match column.data_type() {
        DataType::Utf8 => {
            let text = column.as_string::<i32>().value(row);
            if text.contains('\0') {
                bail!("the text {text:?} holds a NUL character, which PostgreSQL cannot store");
            }
            sized(text.as_bytes(), out)?;
        }
        DataType::Boolean => sized(&[u8::from(column.as_boolean().value(row))], out)?,
        DataType::Int16 => sized(&column.as_primitive::<Int16Type>().value(row).to_be_bytes(), out)?,
        DataType::Int32 => sized(&column.as_primitive::<Int32Type>().value(row).to_be_bytes(), out)?,
        DataType::Int64 => sized(&column.as_primitive::<Int64Type>().value(row).to_be_bytes(), out)?,
        DataType::Float64 => sized(&column.as_primitive::<Float64Type>().value(row).to_be_bytes(), out)?,
        DataType::Date32 => {
            let days = column.as_primitive::<Date32Type>().value(row);
            sized(&(days - DAYS_TO_2000).to_be_bytes(), out)?;
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            let moment = column.as_primitive::<TimestampMicrosecondType>().value(row);
            sized(&(moment - MICROSECONDS_TO_2000).to_be_bytes(), out)?;
        }
        DataType::Decimal128(_, scale) => {
            numeric(column.as_primitive::<Decimal128Type>().value(row), scale.unsigned_abs(), out);
        }
        other => bail!("{other} is no type of a mart"),
    }
    Ok(())
}

fn sized(bytes: &[u8], out: &mut BytesMut) -> Result<()> {
    out.put_i32(i32::try_from(bytes.len())?);
    out.put_slice(bytes);
    Ok(())
}

/// A decimal of so many places behind the point, as groups of four digits with the point between two of them.
fn numeric(unscaled: i128, scale: u8, out: &mut BytesMut) {
    let magnitude = unscaled.unsigned_abs();
    let one = 10_u128.pow(u32::from(scale));
    let (mut whole, fraction) = (magnitude / one, magnitude % one);
    // 38 digits are ten groups before the point and ten behind it at the most.
    let mut groups = [0_u16; 20];
    let mut before = 0;
    while whole > 0 {
        groups[before] = group(whole % 10_000);
        whole /= 10_000;
        before += 1;
    }
    groups[..before].reverse();
    let mut count = before;
    let mut left = u32::from(scale);
    while left > 0 {
        let (digits, shift) = if left >= 4 { (4, left - 4) } else { (left, 0) };
        let part = fraction / 10_u128.pow(shift) % 10_u128.pow(digits);
        groups[count] = group(part * 10_u128.pow(4 - digits));
        count += 1;
        left = shift;
    }
    // Groups of zeros at both ends are not written.
    let leading = groups[..count].iter().take_while(|group| **group == 0).count();
    let trailing = groups[leading..count].iter().rev().take_while(|group| **group == 0).count();
    let written = &groups[leading..count - trailing];
    let to_i16 = |count: usize| i16::try_from(count).expect("there are at most twenty groups");
    let weight = if written.is_empty() { 0 } else { to_i16(before) - 1 - to_i16(leading) };
    out.put_i32(8 + 2 * i32::from(to_i16(written.len())));
    out.put_i16(to_i16(written.len()));
    out.put_i16(weight);
    out.put_u16(if unscaled < 0 && !written.is_empty() { 0x4000 } else { 0 });
    out.put_u16(u16::from(scale));
    for group in written {
        out.put_u16(*group);
    }
}

fn group(digits: u128) -> u16 {
    u16::try_from(digits).expect("a group has four digits")
}
