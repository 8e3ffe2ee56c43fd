//! Values of parameters as the client sent them: each of its own type, so that nothing is rounded on its way, or of the
//! type that its place has where both say the same.

mod binary;
pub mod text;

use arrow::datatypes::DataType;
use arrow_pg::datatypes::into_pg_type;
use bytes::Bytes;
use datafusion::common::ScalarValue;
use pgwire::api::Type;
use pgwire::api::portal::{Format, Portal};
use pgwire::error::PgWireResult;

use crate::serve::dialect::elements;
use crate::serve::refusal::{MALFORMED, PROTOCOL, error, error_with_hint};

pub use text::numeric;

/// What a client sent for the parameters of a statement.
pub struct Sent {
    values: Vec<Option<Bytes>>,
    formats: Format,
    /// The types that it said when it prepared the statement.
    types: Vec<Option<Type>>,
}

impl Sent {
    /// What came with a portal.
    pub fn with<S: Clone>(portal: &Portal<S>) -> Sent {
        let types = portal.statement.parameter_types.clone();
        Sent { values: portal.parameters.clone(), formats: portal.parameter_format.clone(), types }
    }

    /// The values in their order. `places` are the types that the plan has for them.
    ///
    /// # Errors
    /// When there are fewer or more than the statement has, or one is none of its type.
    pub fn values(&self, places: &[Option<DataType>]) -> PgWireResult<Vec<ScalarValue>> {
        let (sent, wanted) = (self.values.len(), places.len());
        if sent != wanted {
            let message =
                format!("bind message supplies {sent} parameters, but the prepared statement requires {wanted}");
            return Err(error(PROTOCOL, message));
        }
        if let Format::Individual(codes) = &self.formats
            && codes.len() != sent
        {
            let message = format!("bind message has {} parameter formats but {sent} parameters", codes.len());
            return Err(error(PROTOCOL, message));
        }
        let values = self.values.iter().zip(places).enumerate();
        values.map(|(index, (bytes, place))| self.value(index, bytes.as_ref(), place.as_ref())).collect()
    }

    fn value(&self, index: usize, bytes: Option<&Bytes>, place: Option<&DataType>) -> PgWireResult<ScalarValue> {
        let told = self.types.get(index).cloned().flatten();
        let told = told.filter(|told| ![Type::UNKNOWN, Type::VOID].contains(told));
        let of = match (told, place) {
            (Some(told), _) => told,
            (None, Some(place)) => into_pg_type(place)?,
            (None, None) => Type::UNKNOWN,
        };
        let Some(bytes) = bytes else {
            return Ok(ScalarValue::try_from(place.unwrap_or(&DataType::Null)).unwrap_or(ScalarValue::Null));
        };
        let value = if self.formats.is_binary(index) {
            binary::value(&of, bytes)
        } else {
            let said = std::str::from_utf8(bytes).map_err(|_| "the text is not UTF-8".to_string());
            said.and_then(|said| text::value(&of, said))
        };
        let value = value.map_err(|reason| {
            let hint = "send values as the statement's description of its parameters says";
            error_with_hint(MALFORMED, format!("parameter ${} of type {of}: {reason}", index + 1), hint)
        })?;
        Ok(match place {
            Some(place) => fitting(value, place),
            None => value,
        })
    }
}

/// The value as one of its place's type, unless that would say something else: half a unit is no bigint.
fn fitting(value: ScalarValue, place: &DataType) -> ScalarValue {
    // A text of a number compares as the number.
    let value = match &value {
        ScalarValue::Utf8(Some(said)) if place.is_numeric() => text::numeric(said).unwrap_or(value),
        _ => value,
    };
    if is_the_same(&value, place) { value.cast_to(place).unwrap_or(value) } else { value }
}

/// Whether a value says the same as one of another type.
pub fn is_the_same(value: &ScalarValue, data_type: &DataType) -> bool {
    let placed = value.cast_to(data_type).ok().filter(|placed| !placed.is_null());
    placed.is_some_and(|placed| placed.cast_to(&value.data_type()).is_ok_and(|back| back == *value))
}

/// The array of values of one type that a text is, `{1,NULL}`.
///
/// # Errors
/// What is wrong with it, in a sentence.
pub fn array_of(of: &Type, text: &str) -> Result<ScalarValue, String> {
    let elements = elements(text)?.into_iter();
    let elements: Vec<Option<ScalarValue>> =
        elements.map(|said| said.map(|said| text::value(of, &said)).transpose()).collect::<Result<_, _>>()?;
    array(of, elements)
}

/// One array of values, all of the type that holds each of them.
fn array(of: &Type, elements: Vec<Option<ScalarValue>>) -> Result<ScalarValue, String> {
    let data_type = if *of == Type::NUMERIC {
        let scales = elements.iter().flatten().map(|element| match element {
            ScalarValue::Decimal128(_, _, scale) => *scale,
            _ => 0,
        });
        DataType::Decimal128(38, scales.max().unwrap_or(0))
    } else {
        known_as(of).ok_or_else(|| format!("arrays of {of} are not read here"))?
    };
    let elements: Vec<ScalarValue> = elements
        .into_iter()
        .map(|element| match element {
            None => ScalarValue::try_from(&data_type),
            Some(element) => element.cast_to(&data_type),
        })
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())?;
    Ok(ScalarValue::List(ScalarValue::new_list_nullable(&elements, &data_type)))
}

/// The engine's type for one of PostgreSQL's; of a decimal each value has digits of its own.
fn known_as(of: &Type) -> Option<DataType> {
    use arrow::datatypes::{IntervalUnit, TimeUnit};
    Some(match *of {
        Type::BOOL => DataType::Boolean,
        Type::INT2 => DataType::Int16,
        Type::INT4 => DataType::Int32,
        Type::INT8 | Type::OID => DataType::Int64,
        Type::FLOAT4 => DataType::Float32,
        Type::FLOAT8 => DataType::Float64,
        Type::DATE => DataType::Date32,
        Type::TIME => DataType::Time64(TimeUnit::Microsecond),
        Type::TIMESTAMP => DataType::Timestamp(TimeUnit::Microsecond, None),
        Type::TIMESTAMPTZ => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        Type::INTERVAL => DataType::Interval(IntervalUnit::MonthDayNano),
        Type::BYTEA => DataType::Binary,
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN | Type::UUID => DataType::Utf8,
        _ => return None,
    })
}
