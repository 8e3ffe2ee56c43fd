//! Functions by which clients of PostgreSQL ask about tables, and those that take the place of forms of its SQL.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Int32Array, Int32Builder, ListArray, ListBuilder, StringArray, StructArray,
};
use arrow::buffer::OffsetBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Fields, Int32Type};
use datafusion::common::{ScalarValue, exec_err};
use datafusion::error::Result;
use datafusion::logical_expr::{
    AggregateUDF, ColumnarValue, ScalarFunctionImplementation, ScalarUDF, Signature, SimpleScalarUDF, TypeSignature,
    Volatility,
};
use datafusion::prelude::SessionContext;

use crate::serve::catalog::only::TheOnly;
use crate::serve::catalog::{Known, MARTS, Served};
use crate::serve::placeholders::ElementsOf;
use crate::serve::settings::{Settings, VERSION};
use crate::warehouse::publish_log::{Entry, PublishedColumn};

/// Makes the functions known to a session.
pub fn register(session: &SessionContext, entry: &Entry, known: &Known<'_>) {
    let version = format!("PostgreSQL {VERSION} (sopmart {}, entry {})", env!("CARGO_PKG_VERSION"), entry.n);
    let always = |value: ScalarValue| -> ScalarFunctionImplementation {
        Arc::new(move |_: &[ColumnarValue]| Ok(ColumnarValue::Scalar(value.clone())))
    };
    let mut functions = vec![
        function("version", 0..=0, DataType::Utf8, always(ScalarValue::from(version))),
        // Clients ask so for types that extensions bring, of which there are none.
        function("to_regtype", 1..=1, DataType::Int32, always(ScalarValue::Int32(None))),
        function("like_pattern", 2..=2, DataType::Utf8, Arc::new(like_pattern)),
        function("array_subscripts", 2..=2, subscripts(), Arc::new(array_subscripts)),
        function("array_places", 1..=1, DataType::new_list(DataType::Struct(place()), true), Arc::new(array_places)),
    ];
    // Of expressions in tables, functions and what all databases share, there is nothing to tell.
    for name in [
        "pg_get_expr",
        "pg_get_function_arguments",
        "pg_get_function_identity_arguments",
        "pg_get_function_result",
        "pg_get_serial_sequence",
        "pg_get_viewdef",
        "shobj_description",
    ] {
        functions.push(function(name, 1..=3, DataType::Utf8, always(ScalarValue::Utf8(None))));
    }
    for name in ["pg_type_is_visible", "pg_function_is_visible", "pg_collation_is_visible"] {
        functions.push(function(name, 1..=1, DataType::Boolean, always(ScalarValue::from(true))));
    }
    let (mut said, mut defined, mut indexed) = (HashMap::new(), HashMap::new(), HashMap::new());
    for served in &known.marts {
        let of_columns = (1..).zip(served.mart.schema.iter().map(PublishedColumn::said));
        let all = std::iter::once((0, served.mart.description.clone())).chain(of_columns);
        said.extend(all.filter_map(|(position, said)| Some(((served.number, position), said?))));
        define(served, &mut defined, &mut indexed);
    }
    let said = Arc::new(said);
    functions.push(told_by_number("col_description", 2..=2, Arc::clone(&said)));
    let of_tables: HashMap<(i32, i32), String> =
        said.iter().filter(|((_, position), _)| *position == 0).map(|(key, said)| (*key, said.clone())).collect();
    functions.push(told_by_number("obj_description", 1..=2, Arc::new(of_tables)));
    functions.push(told_by_number("pg_get_constraintdef", 1..=2, Arc::new(defined)));
    functions.push(told_by_number("pg_get_indexdef", 1..=3, Arc::new(indexed)));
    for function in functions {
        session.register_udf(function);
    }
    session.register_udf(ScalarUDF::from(ElementsOf::default()));
    session.register_udaf(AggregateUDF::from(TheOnly::default()));
}

/// How PostgreSQL would write a mart's key: as a constraint, as an index, and each column of the index.
fn define(served: &Served, constraints: &mut HashMap<(i32, i32), String>, indexes: &mut HashMap<(i32, i32), String>) {
    let Some(key) = &served.key else { return };
    let columns = key.columns.join(", ");
    constraints.insert((key.constraint, 0), format!("PRIMARY KEY ({columns})"));
    let table = served.name;
    indexes
        .insert((key.index, 0), format!("CREATE UNIQUE INDEX {} ON {MARTS}.{table} USING btree ({columns})", key.name));
    indexes.extend((1..).zip(&key.columns).map(|(place, column)| ((key.index, place), column.clone())));
}

/// `current_setting(name[, missing_ok])`: what one client has set, or what holds.
pub fn current_setting(settings: Arc<Settings>) -> ScalarUDF {
    let show = move |arguments: &[ColumnarValue]| {
        let arguments = ColumnarValue::values_to_arrays(arguments)?;
        let names = cast(&arguments[0], &DataType::Utf8)?;
        let may_miss = arguments.get(1).and_then(|may_miss| may_miss.as_boolean_opt());
        let shown = names.as_string::<i32>().iter().enumerate().map(|(row, name)| match name {
            None => Ok(None),
            Some(name) => match settings.shown(name) {
                None if !may_miss.is_some_and(|may_miss| may_miss.value(row)) => {
                    exec_err!("unrecognized configuration parameter \"{name}\"")
                }
                shown => Ok(shown),
            },
        });
        Ok(ColumnarValue::Array(Arc::new(shown.collect::<Result<StringArray>>()?)))
    };
    function("current_setting", 1..=2, DataType::Utf8, Arc::new(show))
}

/// A function of so many arguments, whatever their types.
fn function(
    name: &str,
    arguments: std::ops::RangeInclusive<usize>,
    gives: DataType,
    work: ScalarFunctionImplementation,
) -> ScalarUDF {
    let counts = arguments.map(|count| if count == 0 { TypeSignature::Nullary } else { TypeSignature::Any(count) });
    let signature = Signature::one_of(counts.collect(), Volatility::Stable);
    ScalarUDF::from(SimpleScalarUDF::new_with_signature(name, signature, gives, work))
}

/// What is known of a number, or of a place within what has the number: where none is asked for, of the whole.
fn told_by_number(
    name: &str,
    arguments: std::ops::RangeInclusive<usize>,
    told: Arc<HashMap<(i32, i32), String>>,
) -> ScalarUDF {
    let tell = move |arguments: &[ColumnarValue]| {
        let arguments = ColumnarValue::values_to_arrays(arguments)?;
        let numbers = cast(&arguments[0], &DataType::Int32)?;
        let numbers = numbers.as_primitive::<Int32Type>();
        let places = match arguments.get(1) {
            Some(places) if places.data_type().is_integer() => Some(cast(places, &DataType::Int32)?),
            _ => None,
        };
        let places = places.as_ref().map(AsArray::as_primitive::<Int32Type>);
        let place = |row: usize| places.map_or(Some(0), |places| places.is_valid(row).then(|| places.value(row)));
        let number = |row: usize| numbers.is_valid(row).then(|| numbers.value(row));
        let texts = (0..numbers.len()).map(|row| told.get(&(number(row)?, place(row)?)).cloned());
        Ok(ColumnarValue::Array(Arc::new(texts.collect::<StringArray>())))
    };
    function(name, arguments, DataType::Utf8, Arc::new(tell))
}

/// `like_pattern(pattern, escape)`: the same pattern with a backslash where the letter for escape was.
fn like_pattern(arguments: &[ColumnarValue]) -> Result<ColumnarValue> {
    let arguments = ColumnarValue::values_to_arrays(arguments)?;
    let (patterns, escapes) = (cast(&arguments[0], &DataType::Utf8)?, cast(&arguments[1], &DataType::Utf8)?);
    let pairs = patterns.as_string::<i32>().iter().zip(escapes.as_string::<i32>());
    let patterns = pairs.map(|pair| match pair {
        (Some(pattern), Some(escape)) => {
            let mut letters = escape.chars();
            let letter = letters.next();
            if letters.next().is_some() {
                return exec_err!("invalid escape string \"{escape}\": it must be empty or one character");
            }
            Ok(Some(with_backslashes(pattern, letter)))
        }
        _ => Ok(None),
    });
    Ok(ColumnarValue::Array(Arc::new(patterns.collect::<Result<StringArray>>()?)))
}

fn with_backslashes(pattern: &str, escape: Option<char>) -> String {
    let mut with = String::with_capacity(pattern.len());
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        let letter = match letter {
            letter if Some(letter) == escape => letters.next().unwrap_or(letter),
            '\\' => '\\',
            letter => {
                with.push(letter);
                continue;
            }
        };
        with.extend(['\\', letter]);
    }
    with
}

fn subscripts() -> DataType {
    DataType::new_list(DataType::Int32, true)
}

/// `array_subscripts(array, dimension)`: the places of its elements, from 1.
fn array_subscripts(arguments: &[ColumnarValue]) -> Result<ColumnarValue> {
    let arguments = ColumnarValue::values_to_arrays(arguments)?;
    let Some(lists) = arguments[0].as_list_opt::<i32>() else {
        return exec_err!("subscripts are those of an array");
    };
    let dimensions = cast(&arguments[1], &DataType::Int32)?;
    let dimensions = dimensions.as_primitive::<Int32Type>();
    let mut places = ListBuilder::new(Int32Builder::new());
    for row in 0..lists.len() {
        // Arrays have one dimension here.
        let is_there = lists.is_valid(row) && dimensions.is_valid(row) && dimensions.value(row) == 1;
        places.append_option(is_there.then(|| (1..=lists.value_length(row)).map(Some)));
    }
    Ok(ColumnarValue::Array(Arc::new(places.finish())))
}

fn place() -> Fields {
    Fields::from(vec![Field::new("x", DataType::Int32, true), Field::new("n", DataType::Int32, true)])
}

/// `array_places(array)`: each element with its place, as `information_schema._pg_expandarray` gives them.
fn array_places(arguments: &[ColumnarValue]) -> Result<ColumnarValue> {
    let arguments = ColumnarValue::values_to_arrays(arguments)?;
    let lists = cast(&arguments[0], &subscripts())?;
    let lists = lists.as_list::<i32>();
    let elements: Vec<Option<ArrayRef>> = lists.iter().collect();
    let lengths = elements.iter().map(|elements| elements.as_ref().map_or(0, |elements| Array::len(elements.as_ref())));
    let elements: Int32Array =
        elements.iter().flatten().flat_map(|elements| elements.as_primitive::<Int32Type>().iter()).collect();
    let places: Int32Array = lengths.clone().flat_map(|length| (1..).take(length).map(Some)).collect();
    let places = StructArray::try_new(place(), vec![Arc::new(elements), Arc::new(places)], None)?;
    let element = Arc::new(Field::new_list_field(DataType::Struct(place()), true));
    let listed =
        ListArray::try_new(element, OffsetBuffer::from_lengths(lengths), Arc::new(places), lists.nulls().cloned())?;
    Ok(ColumnarValue::Array(Arc::new(listed)))
}
