//! `rolling_sums(period)`: an aggregate that sums the periods of a series over windows of the last so many of them, and
//! gives a list with one struct for each window and each period that ends one. A group for every window says the same in
//! plain SQL, and takes seven times as long (`benches/RESULTS.md`).
//!
//! `period` is a struct. Its first field, a list of bigint, has the lengths of the windows, which are those of a series'
//! first period; its second, a bigint, the period's number. A window of length n that ends in period i has the periods
//! after i - n up to i, as far as there are any. Of the other fields, bigint and decimal are summed, as `sum` would do
//! it: over what is not NULL, NULL where there is nothing else, ten digits wider for decimals. All others are those of
//! the period that ends the window. The struct that comes back has `window_periods`, `n_window_periods` (how many periods
//! there were), the number under its own name, and the other fields under theirs.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, Decimal128Builder, Int64Array, Int64Builder, ListArray,
    PrimitiveArray, StructArray, new_empty_array,
};
use arrow::buffer::OffsetBuffer;
use arrow::compute::interleave;
use arrow::datatypes::{
    DECIMAL128_MAX_PRECISION, DataType, Decimal128Type, DecimalType, Field, FieldRef, Fields, Int64Type,
};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, GroupsAccumulator, ReversedUDAF, Signature, Volatility};

use crate::engine::gathered::{Gathered, OfGroups, OneGroup, Row};

#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct RollingSums {
    signature: Signature,
}

impl Default for RollingSums {
    fn default() -> RollingSums {
        RollingSums { signature: Signature::any(1, Volatility::Immutable) }
    }
}

impl AggregateUDFImpl for RollingSums {
    fn name(&self) -> &'static str {
        "rolling_sums"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(DataType::List(Windows::over(&types[0])?.item()))
    }

    /// As what is not summed yet goes from one step of a query to the next: the periods themselves.
    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        let periods = DataType::new_list(args.input_fields[0].data_type().clone(), true);
        Ok(vec![Arc::new(Field::new(format_state_name(args.name, "periods"), periods, true))])
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(OneGroup(periods(&args)?)))
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs<'_>) -> bool {
        !args.is_distinct
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(periods(&args)?))
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }
}

fn periods(args: &AccumulatorArgs<'_>) -> Result<Gathered<Windows>> {
    let data_type = args.expr_fields[0].data_type().clone();
    let windows = Windows::over(&data_type)?;
    Ok(Gathered::new(data_type, windows))
}

/// Where lengths and numbers stand in a period, and where sums and what is taken over begin, there and in what comes
/// back.
const LENGTHS: usize = 0;
const NUMBER: usize = 1;
const OTHERS: usize = 2;
const OTHERS_OF_WINDOWS: usize = 3;

/// The windows over series of periods of one type.
#[derive(Debug)]
struct Windows {
    /// Of what comes back.
    fields: Fields,
}

impl Windows {
    fn over(period: &DataType) -> Result<Windows> {
        let wrong = |expected: &str| {
            Err(DataFusionError::Plan(format!("rolling_sums: expected {expected}, found the type {period}")))
        };
        let DataType::Struct(given) = period else { return wrong("a struct") };
        let is_list = |field: &FieldRef| matches!(field.data_type(), DataType::List(item) if item.data_type() == &DataType::Int64);
        if !given.first().is_some_and(is_list) {
            return wrong("a list of bigint as the struct's first field");
        }
        let Some(number) = given.get(NUMBER).filter(|field| field.data_type() == &DataType::Int64) else {
            return wrong("a bigint as the struct's second field");
        };
        let count = |name: &str| Arc::new(Field::new(name, DataType::Int64, true));
        let mut fields = vec![count("window_periods"), count("n_window_periods"), count(number.name())];
        fields.extend(given.iter().skip(OTHERS).map(|field| {
            let data_type = match field.data_type() {
                DataType::Decimal128(digits, scale) => {
                    DataType::Decimal128((digits + 10).min(DECIMAL128_MAX_PRECISION), *scale)
                }
                same => same.clone(),
            };
            Arc::new(Field::new(field.name(), data_type, true))
        }));
        Ok(Windows { fields: fields.into() })
    }

    fn item(&self) -> FieldRef {
        Arc::new(Field::new_list_field(DataType::Struct(self.fields.clone()), true))
    }
}

impl OfGroups for Windows {
    fn values(&self, batches: &[StructArray], series: Vec<Vec<Row>>) -> Result<ArrayRef> {
        let series: Vec<Vec<Period>> = series.iter().map(|rows| in_order(batches, rows)).collect::<Result<_>>()?;
        let mut windows = Vec::new();
        let mut lengths_of_lists = Vec::with_capacity(series.len());
        for (number, periods) in series.iter().enumerate() {
            let before = windows.len();
            for length in lengths(batches, periods) {
                add_windows(number, periods, length, &mut windows);
            }
            lengths_of_lists.push(windows.len() - before);
        }
        let count = |of: fn(&Window, &[Period]) -> i64| {
            let counts = windows.iter().map(|window| of(window, &series[window.series]));
            Arc::new(counts.collect::<Int64Array>()) as ArrayRef
        };
        let mut columns = vec![
            count(|window, _| window.length),
            count(|window, _| i64::try_from(window.end + 1 - window.first).unwrap_or(i64::MAX)),
            count(|window, periods| periods[window.end].number),
        ];
        for (place, field) in self.fields.iter().enumerate().skip(OTHERS_OF_WINDOWS) {
            let values: Vec<&ArrayRef> =
                batches.iter().map(|batch| batch.column(place - OTHERS_OF_WINDOWS + OTHERS)).collect();
            columns.push(match field.data_type() {
                DataType::Int64 => whole_sums(&values, &series, &windows)?,
                DataType::Decimal128(..) => decimal_sums(&values, &series, &windows, field.data_type())?,
                other => taken_over(&values, &series, &windows, other)?,
            });
        }
        let structs = StructArray::try_new(self.fields.clone(), columns, None)?;
        let offsets = OffsetBuffer::from_lengths(lengths_of_lists);
        Ok(Arc::new(ListArray::try_new(self.item(), offsets, Arc::new(structs), None)?))
    }
}

/// A period of a series.
struct Period {
    number: i64,
    row: Row,
}

/// The periods of a series in their order.
fn in_order(batches: &[StructArray], rows: &[Row]) -> Result<Vec<Period>> {
    let mut periods = Vec::with_capacity(rows.len());
    for row in rows {
        let numbers = batches[row.0 as usize].column(NUMBER).as_primitive::<Int64Type>();
        if numbers.is_null(row.1 as usize) {
            return Err(DataFusionError::Execution("rolling_sums: a period has no number".to_string()));
        }
        periods.push(Period { number: numbers.value(row.1 as usize), row: *row });
    }
    // Which of two periods of one number comes first decides about nothing but what is taken over.
    periods.sort_by_key(|period| (period.number, period.row));
    Ok(periods)
}

/// The lengths of the windows of a series.
fn lengths(batches: &[StructArray], periods: &[Period]) -> Vec<i64> {
    let Some(Period { row: (batch, row), .. }) = periods.first() else { return Vec::new() };
    let lists = batches[*batch as usize].column(LENGTHS).as_list::<i32>();
    if lists.is_null(*row as usize) {
        return Vec::new();
    }
    lists.value(*row as usize).as_primitive::<Int64Type>().iter().flatten().filter(|length| *length > 0).collect()
}

/// Periods `first` up to `end` of a series.
struct Window {
    series: usize,
    length: i64,
    first: usize,
    end: usize,
}

fn add_windows(series: usize, periods: &[Period], length: i64, windows: &mut Vec<Window>) {
    let mut first = 0;
    for (place, period) in periods.iter().enumerate() {
        while periods[first].number <= period.number.saturating_sub(length) {
            first += 1;
        }
        // Of several periods of one number the last ends the window, so that all of them are in it.
        if periods.get(place + 1).is_none_or(|next| next.number != period.number) {
            windows.push(Window { series, length, first, end: place });
        }
    }
}

/// Sums over windows from the sums up to each period of a series: a window's is the difference of two of them.
/// `None` where a window has no value.
fn sums<'a>(
    series: &'a [Vec<Period>],
    windows: &'a [Window],
    value: impl Fn(Row) -> Option<i128> + 'a,
) -> impl Iterator<Item = Result<Option<i128>>> + 'a {
    // Up to before each period: the sum, and how many values are in it.
    let mut up_to: Vec<(i128, usize)> = Vec::new();
    let mut summed = None;
    windows.iter().map(move |window| {
        if summed != Some(window.series) {
            summed = Some(window.series);
            up_to.clear();
            up_to.push((0, 0));
            let (mut sum, mut count) = (0_i128, 0);
            for period in &series[window.series] {
                if let Some(value) = value(period.row) {
                    sum = sum.checked_add(value).ok_or_else(too_large)?;
                    count += 1;
                }
                up_to.push((sum, count));
            }
        }
        let ((before, without), (through, with)) = (up_to[window.first], up_to[window.end + 1]);
        (with > without).then(|| through.checked_sub(before).ok_or_else(too_large)).transpose()
    })
}

fn too_large() -> DataFusionError {
    DataFusionError::Execution(
        "rolling_sums: a sum is too large for its type: cast the column to a decimal of fewer places".to_string(),
    )
}

/// What a column has in a row, from the column in each batch.
fn values_of<T: ArrowPrimitiveType<Native: Into<i128>>>(
    batches: &[&ArrayRef],
) -> impl Fn(Row) -> Option<i128> + use<T> {
    let arrays: Vec<PrimitiveArray<T>> = batches.iter().map(|array| array.as_primitive::<T>().clone()).collect();
    move |(batch, row)| {
        let array = &arrays[batch as usize];
        array.is_valid(row as usize).then(|| array.value(row as usize).into())
    }
}

fn whole_sums(values: &[&ArrayRef], series: &[Vec<Period>], windows: &[Window]) -> Result<ArrayRef> {
    let mut built = Int64Builder::with_capacity(windows.len());
    for sum in sums(series, windows, values_of::<Int64Type>(values)) {
        built.append_option(sum?.map(|sum| i64::try_from(sum).map_err(|_| too_large())).transpose()?);
    }
    Ok(Arc::new(built.finish()))
}

fn decimal_sums(
    values: &[&ArrayRef],
    series: &[Vec<Period>],
    windows: &[Window],
    data_type: &DataType,
) -> Result<ArrayRef> {
    let DataType::Decimal128(digits, _) = data_type else { return Err(too_large()) };
    let mut built = Decimal128Builder::with_capacity(windows.len()).with_data_type(data_type.clone());
    for sum in sums(series, windows, values_of::<Decimal128Type>(values)) {
        let sum = sum?;
        if sum.is_some_and(|sum| !Decimal128Type::is_valid_decimal_precision(sum, *digits)) {
            return Err(too_large());
        }
        built.append_option(sum);
    }
    Ok(Arc::new(built.finish()))
}

/// What the periods say that end the windows.
fn taken_over(
    values: &[&ArrayRef],
    series: &[Vec<Period>],
    windows: &[Window],
    data_type: &DataType,
) -> Result<ArrayRef> {
    if values.is_empty() {
        return Ok(new_empty_array(data_type));
    }
    let values: Vec<&dyn Array> = values.iter().map(AsRef::as_ref).collect();
    let places: Vec<(usize, usize)> = windows
        .iter()
        .map(|window| series[window.series][window.end].row)
        .map(|(batch, row)| (batch as usize, row as usize))
        .collect();
    Ok(interleave(&values, &places)?)
}
