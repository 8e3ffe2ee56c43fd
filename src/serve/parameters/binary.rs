//! Values in PostgreSQL's binary form: numbers with their highest byte first, dates and times from the year 2000, and
//! decimals in groups of four digits (`numeric_recv` and `array_recv` in its source).

use arrow::datatypes::IntervalMonthDayNano;
use datafusion::common::ScalarValue;
use pgwire::api::Type;
use tokio_postgres::types::Kind;

use crate::publish::{DAYS_TO_2000, MICROSECONDS_TO_2000};
use crate::serve::dialect::{MOST_ELEMENTS, too_many};
use crate::serve::parameters::array;
use crate::serve::parameters::text::decimal;

/// # Errors
/// What is wrong with it, in a sentence.
pub fn value(of: &Type, bytes: &[u8]) -> Result<ScalarValue, String> {
    if let Kind::Array(element) = of.kind() {
        return elements(element, &mut Bytes(bytes));
    }
    let mut bytes = Bytes(bytes);
    let value = match *of {
        Type::BOOL => ScalarValue::Boolean(Some(bytes.take::<1>()?[0] != 0)),
        Type::INT2 => ScalarValue::Int16(Some(i16::from_be_bytes(bytes.take()?))),
        Type::INT4 => ScalarValue::Int32(Some(bytes.number()?)),
        Type::INT8 => ScalarValue::Int64(Some(i64::from_be_bytes(bytes.take()?))),
        Type::OID => ScalarValue::Int64(Some(u32::from_be_bytes(bytes.take()?).into())),
        Type::FLOAT4 => ScalarValue::Float32(Some(f32::from_be_bytes(bytes.take()?))),
        Type::FLOAT8 => ScalarValue::Float64(Some(f64::from_be_bytes(bytes.take()?))),
        Type::NUMERIC => numeric(&mut bytes)?,
        Type::DATE => {
            let days = bytes.number()?.checked_add(DAYS_TO_2000);
            ScalarValue::Date32(Some(days.ok_or("the date is out of range")?))
        }
        Type::TIME => ScalarValue::Time64Microsecond(Some(i64::from_be_bytes(bytes.take()?))),
        Type::TIMESTAMP => ScalarValue::TimestampMicrosecond(Some(moment(&mut bytes)?), None),
        Type::TIMESTAMPTZ => ScalarValue::TimestampMicrosecond(Some(moment(&mut bytes)?), Some("UTC".into())),
        Type::INTERVAL => {
            let microseconds = i64::from_be_bytes(bytes.take()?);
            let nanoseconds = microseconds.checked_mul(1000).ok_or("the interval is out of range")?;
            let (days, months) = (bytes.number()?, bytes.number()?);
            ScalarValue::IntervalMonthDayNano(Some(IntervalMonthDayNano::new(months, days, nanoseconds)))
        }
        Type::BYTEA => ScalarValue::Binary(Some(bytes.rest().to_vec())),
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN | Type::JSON => {
            let text = std::str::from_utf8(bytes.rest()).map_err(|_| "the text is not UTF-8")?;
            ScalarValue::from(text)
        }
        Type::UUID => {
            let uuid = uuid::Uuid::from_bytes(bytes.take()?);
            ScalarValue::from(uuid.to_string())
        }
        _ => return Err("this type is read in its text form only".to_string()),
    };
    if bytes.0.is_empty() { Ok(value) } else { Err(format!("{} bytes are left over", bytes.0.len())) }
}

/// What is left of a value.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take<const COUNT: usize>(&mut self) -> Result<[u8; COUNT], String> {
        let (taken, left) = self.0.split_first_chunk().ok_or("the value is too short")?;
        self.0 = left;
        Ok(*taken)
    }

    fn number(&mut self) -> Result<i32, String> {
        Ok(i32::from_be_bytes(self.take()?))
    }

    fn short(&mut self) -> Result<i64, String> {
        Ok(i16::from_be_bytes(self.take()?).into())
    }

    fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }
}

fn moment(bytes: &mut Bytes) -> Result<i64, String> {
    let microseconds = i64::from_be_bytes(bytes.take()?).checked_add(MICROSECONDS_TO_2000);
    microseconds.ok_or_else(|| "the time is out of range".to_string())
}

fn numeric(bytes: &mut Bytes) -> Result<ScalarValue, String> {
    let (count, weight) = (bytes.short()?, bytes.short()?);
    let sign = match u16::from_be_bytes(bytes.take()?) {
        0 => 1,
        0x4000 => -1,
        _ => return Err("NaN and infinity are no decimals here".to_string()),
    };
    let scale = bytes.short()?;
    let too_long = || "the number has more than 38 digits".to_string();
    let mut unscaled = 0_i128;
    for _ in 0..count {
        let group = bytes.short()?;
        unscaled = unscaled.checked_mul(10_000).and_then(|high| high.checked_add(group.into())).ok_or_else(too_long)?;
    }
    // The last group's place, in digits behind the point; zeros at the end of the scale are not sent.
    let mut behind = 4 * (count - 1 - weight);
    while behind > scale && unscaled % 10 == 0 && count > 0 {
        unscaled /= 10;
        behind -= 1;
    }
    let missing = u32::try_from((scale - behind).max(0)).map_err(|_| too_long())?;
    let unscaled = 10_i128.checked_pow(missing).and_then(|zeros| unscaled.checked_mul(zeros)).ok_or_else(too_long)?;
    decimal(sign * unscaled, behind.max(scale)).ok_or_else(too_long)
}

fn elements(of: &Type, bytes: &mut Bytes) -> Result<ScalarValue, String> {
    let (dimensions, _has_nulls, _type) = (bytes.number()?, bytes.number()?, bytes.number()?);
    let count = match dimensions {
        0 => 0,
        1 => {
            let (count, _first) = (bytes.number()?, bytes.number()?);
            count
        }
        _ => return Err("arrays have one dimension here".to_string()),
    };
    if usize::try_from(count).is_ok_and(|count| count > MOST_ELEMENTS) {
        return Err(too_many());
    }
    let mut found = Vec::new();
    for _ in 0..count {
        let Ok(length) = usize::try_from(bytes.number()?) else {
            found.push(None);
            continue;
        };
        let (element, left) = bytes.0.split_at_checked(length).ok_or("the value is too short")?;
        bytes.0 = left;
        found.push(Some(value(of, element)?));
    }
    if bytes.0.is_empty() { array(of, found) } else { Err(format!("{} bytes are left over", bytes.0.len())) }
}
