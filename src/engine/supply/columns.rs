//! Periods as the engine's columns bring them, and what was found of each as it takes it back.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanBuilder, Decimal128Array, Decimal128Builder, Int64Array, Int64Builder, ListArray,
    StructArray,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Decimal128Type, Field, FieldRef, Fields, Int64Type};
use datafusion::error::{DataFusionError, Result};

use super::Step;
use crate::engine::gathered::Row;

/// Digits of quantities, and how many of them stand behind the point.
const DIGITS: (u8, i8) = (18, 4);

const PERIOD: &str = "period";
const OPEN_ENDED: &str = "is_cover_open_ended";

/// A period: its number, how many days it has, and its quantities in ten-thousandths, in the order of the fields.
#[derive(Debug, Clone, Copy, Default)]
pub struct Period {
    pub number: i64,
    pub days: i64,
    pub quantities: [i128; 5],
}

/// What a period comes back as: its quantities in ten-thousandths, in the order of the fields.
#[derive(Debug, Clone, Copy, Default)]
pub struct Found {
    pub number: i64,
    pub quantities: [i128; 5],
    pub is_open_ended: bool,
}

impl Step {
    /// The whole numbers of a period.
    fn wholes(self) -> &'static [&'static str] {
        match self {
            Step::ConsumedForecasts => &[PERIOD],
            Step::ProjectedStock => &[PERIOD, "days"],
        }
    }

    /// The quantities of a period; one without a value is 0.
    fn quantities(self) -> &'static [&'static str] {
        match self {
            Step::ConsumedForecasts => &["forecast_quantity", "order_quantity"],
            Step::ProjectedStock => {
                &["start_quantity", "supply_quantity", "demand_quantity", "promisable_quantity", "order_quantity"]
            }
        }
    }

    /// The quantities that come back.
    fn found(self) -> [&'static str; 5] {
        match self {
            Step::ConsumedForecasts => [
                "forecast_quantity",
                "order_quantity",
                "consumed_quantity",
                "net_forecast_quantity",
                "unconsumed_order_quantity",
            ],
            Step::ProjectedStock => [
                "opening_quantity",
                "closing_quantity",
                "available_to_promise_quantity",
                "cumulative_available_to_promise_quantity",
                "cover_days",
            ],
        }
    }

    fn has_cover(self) -> bool {
        self == Step::ProjectedStock
    }

    fn fields(self) -> Fields {
        let number = DataType::Decimal128(DIGITS.0, DIGITS.1);
        let mut fields = vec![Field::new(PERIOD, DataType::Int64, true)];
        fields.extend(self.found().map(|name| Field::new(name, number.clone(), true)));
        if self.has_cover() {
            fields.push(Field::new(OPEN_ENDED, DataType::Boolean, true));
        }
        Fields::from(fields)
    }
}

/// Whether a type is that of a period.
pub fn check(step: Step, data_type: &DataType) -> Result<()> {
    let wrong = |what: String| Err(DataFusionError::Plan(format!("{}: {what}", step.name())));
    let DataType::Struct(fields) = data_type else {
        return wrong(format!("the first argument is {data_type}, expected a struct"));
    };
    let type_of = |name: &str| fields.iter().find(|field| field.name() == name).map(|field| field.data_type());
    if let Some(name) = step.wholes().iter().find(|name| type_of(name) != Some(&DataType::Int64)) {
        return wrong(format!("the field `{name}` of a period is not a bigint"));
    }
    let is_quantity = |name: &&&str| matches!(type_of(name), Some(DataType::Decimal128(_, 4)));
    if let Some(name) = step.quantities().iter().find(|name| !is_quantity(name)) {
        return wrong(format!("the field `{name}` of a period is not a decimal of 4 places"));
    }
    Ok(())
}

/// What one element of the list that comes back is.
pub fn item(step: Step) -> FieldRef {
    Arc::new(Field::new_list_field(DataType::Struct(step.fields()), true))
}

/// The columns of one batch of periods.
pub struct Columns<'a> {
    wholes: Vec<&'a Int64Array>,
    quantities: Vec<&'a Decimal128Array>,
}

pub fn of(step: Step, batches: &[StructArray]) -> Result<Vec<Columns<'_>>> {
    batches.iter().map(|batch| columns_of(step, batch)).collect()
}

fn columns_of(step: Step, batch: &StructArray) -> Result<Columns<'_>> {
    let column = |name: &str| -> Result<&ArrayRef> {
        batch
            .column_by_name(name)
            .ok_or_else(|| DataFusionError::Internal(format!("{}: no field `{name}`", step.name())))
    };
    let wholes = step.wholes().iter().map(|name| Ok(column(name)?.as_primitive::<Int64Type>()));
    let quantities = step.quantities().iter().map(|name| Ok(column(name)?.as_primitive::<Decimal128Type>()));
    Ok(Columns { wholes: wholes.collect::<Result<_>>()?, quantities: quantities.collect::<Result<_>>()? })
}

/// The periods of a group in their order, each once.
pub fn in_order(step: Step, columns: &[Columns<'_>], rows: &[Row]) -> Result<Vec<Period>> {
    let mut periods = BTreeMap::new();
    for (batch, row) in rows {
        let (columns, row) = (&columns[*batch as usize], *row as usize);
        let whole = |place: usize| columns.wholes.get(place).filter(|array| array.is_valid(row));
        let Some(number) = whole(0).map(|array| array.value(row)) else {
            return Err(DataFusionError::Execution(format!("{}: a period has no number", step.name())));
        };
        let period = periods.entry(number).or_insert(Period { number, ..Period::default() });
        period.days = period.days.max(whole(1).map_or(0, |array| array.value(row)));
        for (sum, array) in period.quantities.iter_mut().zip(&columns.quantities) {
            if array.is_valid(row) {
                *sum = sum.checked_add(array.value(row)).ok_or_else(|| too_large(step))?;
            }
        }
    }
    Ok(periods.into_values().collect())
}

/// What was found of the periods of one group after the other.
#[derive(Default)]
pub struct Lists {
    lengths: Vec<usize>,
    numbers: Int64Builder,
    quantities: [Decimal128Builder; 5],
    is_open_ended: BooleanBuilder,
}

impl Lists {
    /// The periods of the next group.
    pub fn push(&mut self, periods: &[Found]) {
        self.lengths.push(periods.len());
        for period in periods {
            self.numbers.append_value(period.number);
            for (built, quantity) in self.quantities.iter_mut().zip(period.quantities) {
                built.append_value(quantity);
            }
            self.is_open_ended.append_value(period.is_open_ended);
        }
    }

    /// # Errors
    /// When a quantity has too many digits.
    pub fn finish(mut self, step: Step) -> Result<ArrayRef> {
        let mut columns: Vec<ArrayRef> = vec![Arc::new(self.numbers.finish())];
        for quantities in &mut self.quantities {
            let quantities = quantities.finish().with_precision_and_scale(DIGITS.0, DIGITS.1)?;
            quantities.validate_decimal_precision(DIGITS.0).map_err(|_| too_large(step))?;
            columns.push(Arc::new(quantities));
        }
        if step.has_cover() {
            columns.push(Arc::new(self.is_open_ended.finish()));
        }
        let structs = StructArray::try_new(step.fields(), columns, None)?;
        let offsets = OffsetBuffer::from_lengths(self.lengths);
        Ok(Arc::new(ListArray::try_new(item(step), offsets, Arc::new(structs), None)?))
    }
}

/// The complaint of numbers that grow out of their type.
pub fn too_large(step: Step) -> DataFusionError {
    DataFusionError::Execution(format!("{}: a quantity of a period is too large for its type", step.name()))
}
