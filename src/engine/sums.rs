//! `sum` that fails where DataFusion's would wrap around: over whole numbers and decimals every addition is checked.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowNativeTypeOp, ArrowPrimitiveType, AsArray, BooleanArray, BooleanBufferBuilder, PrimitiveArray,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Decimal128Type, DecimalType, FieldRef, Int64Type, UInt64Type};
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result};
use datafusion::functions_aggregate::sum::Sum;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, EmitTo, GroupsAccumulator, ReversedUDAF, Signature};

use crate::engine::lets_in;

/// DataFusion's `sum`, but for what happens where a sum grows out of its type.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct CheckedSum {
    sum: Sum,
}

impl AggregateUDFImpl for CheckedSum {
    fn name(&self) -> &str {
        self.sum.name()
    }

    fn signature(&self) -> &Signature {
        self.sum.signature()
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.sum.return_type(types)
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        self.sum.state_fields(args)
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        match args.return_field.data_type().clone() {
            _ if args.is_distinct => self.sum.accumulator(args),
            data_type @ DataType::Int64 => Ok(Box::new(Total::<Int64Type>::of(data_type))),
            data_type @ DataType::UInt64 => Ok(Box::new(Total::<UInt64Type>::of(data_type))),
            data_type @ DataType::Decimal128(..) => Ok(Box::new(Total::<Decimal128Type>::of(data_type))),
            _ => self.sum.accumulator(args),
        }
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        match args.return_field.data_type() {
            DataType::Int64 | DataType::UInt64 | DataType::Decimal128(..) if !args.is_distinct => {
                self.accumulator(args)
            }
            _ => self.sum.create_sliding_accumulator(args),
        }
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs<'_>) -> bool {
        self.sum.groups_accumulator_supported(args)
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn GroupsAccumulator>> {
        match args.return_field.data_type().clone() {
            data_type @ DataType::Int64 => Ok(Box::new(Totals::<Int64Type>::of(data_type))),
            data_type @ DataType::UInt64 => Ok(Box::new(Totals::<UInt64Type>::of(data_type))),
            data_type @ DataType::Decimal128(..) => Ok(Box::new(Totals::<Decimal128Type>::of(data_type))),
            _ => self.sum.create_groups_accumulator(args),
        }
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }
}

fn add<T: ArrowPrimitiveType>(sum: Option<T::Native>, value: T::Native, data_type: &DataType) -> Result<T::Native> {
    let Some(sum) = sum else { return Ok(value) };
    sum.add_checked(value).map_err(|_| too_large(data_type))
}

fn too_large(data_type: &DataType) -> DataFusionError {
    DataFusionError::Execution(format!(
        "a sum is too large for its type {data_type}: cast the column to a decimal of fewer places before summing it"
    ))
}

/// An array of sums, where they have no more digits than their type.
fn checked(array: ArrayRef, data_type: &DataType) -> Result<ArrayRef> {
    if let (DataType::Decimal128(precision, _), Some(decimals)) =
        (data_type, array.as_primitive_opt::<Decimal128Type>())
    {
        decimals.validate_decimal_precision(*precision).map_err(|_| too_large(data_type))?;
    }
    Ok(array)
}

/// One sum; of a sliding window values also leave it.
#[derive(Debug)]
struct Total<T: ArrowPrimitiveType> {
    sum: Option<T::Native>,
    /// How many values are in the sum: a window without values has none.
    count: u64,
    data_type: DataType,
}

impl<T: ArrowPrimitiveType> Total<T> {
    fn of(data_type: DataType) -> Total<T> {
        Total { sum: None, count: 0, data_type }
    }

    fn add(&mut self, value: Option<T::Native>) -> Result<()> {
        if let Some(value) = value {
            self.sum = Some(add::<T>(self.sum, value, &self.data_type)?);
            self.count += 1;
        }
        Ok(())
    }

    fn retract(&mut self, value: Option<T::Native>) -> Result<()> {
        let (Some(value), Some(sum)) = (value, self.sum) else { return Ok(()) };
        self.count = self.count.saturating_sub(1);
        let left = sum.sub_checked(value).map_err(|_| too_large(&self.data_type))?;
        self.sum = (self.count > 0).then_some(left);
        Ok(())
    }

    fn scalar(&self) -> Result<ScalarValue> {
        let scalar = ScalarValue::new_primitive::<T>(self.sum, &self.data_type)?;
        if let ScalarValue::Decimal128(Some(value), precision, _) = scalar
            && !Decimal128Type::is_valid_decimal_precision(value, precision)
        {
            return Err(too_large(&self.data_type));
        }
        Ok(scalar)
    }
}

impl<T: ArrowPrimitiveType + std::fmt::Debug> Accumulator for Total<T> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        values[0].as_primitive::<T>().iter().try_for_each(|value| self.add(value))
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        values[0].as_primitive::<T>().iter().try_for_each(|value| self.retract(value))
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.update_batch(states)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::new_primitive::<T>(self.sum, &self.data_type)?])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.scalar()
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }
}

/// One sum for each group.
#[derive(Debug)]
struct Totals<T: ArrowPrimitiveType> {
    sums: Vec<T::Native>,
    /// Which groups have a value: one without values has no sum.
    has_value: BooleanBufferBuilder,
    data_type: DataType,
}

impl<T: ArrowPrimitiveType> Totals<T> {
    fn of(data_type: DataType) -> Totals<T> {
        Totals { sums: Vec::new(), has_value: BooleanBufferBuilder::new(0), data_type }
    }

    fn add(&mut self, group: usize, value: T::Native) -> Result<()> {
        self.sums[group] = self.sums[group].add_checked(value).map_err(|_| too_large(&self.data_type))?;
        self.has_value.set_bit(group, true);
        Ok(())
    }
}

impl<T: ArrowPrimitiveType + std::fmt::Debug> GroupsAccumulator for Totals<T> {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        group_count: usize,
    ) -> Result<()> {
        self.sums.resize(group_count, T::Native::ZERO);
        self.has_value.resize(group_count);
        let values = values[0].as_primitive::<T>();
        if filter.is_none() && values.null_count() == 0 {
            return groups.iter().zip(values.values()).try_for_each(|(group, value)| self.add(*group, *value));
        }
        for (row, group) in groups.iter().enumerate() {
            if lets_in(filter, row) && values.is_valid(row) {
                self.add(*group, values.value(row))?;
            }
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<()> {
        self.update_batch(states, groups, None, group_count)
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(vec![self.evaluate(emit_to)?])
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let sums = emit_to.take_needed(&mut self.sums);
        let all = self.has_value.finish();
        let (emitted, kept) = (all.slice(0, sums.len()), all.slice(sums.len(), all.len() - sums.len()));
        self.has_value.append_buffer(&kept);
        let array = PrimitiveArray::<T>::new(sums.into(), Some(NullBuffer::new(emitted)));
        checked(Arc::new(array.with_data_type(self.data_type.clone())), &self.data_type)
    }

    /// Rows that are not grouped any further are states of themselves.
    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let values = values[0].as_primitive::<T>();
        let kept = values.iter().enumerate().map(|(row, value)| value.filter(|_| lets_in(filter, row)));
        let array: PrimitiveArray<T> = kept.collect();
        Ok(vec![checked(Arc::new(array.with_data_type(self.data_type.clone())), &self.data_type)?])
    }

    fn size(&self) -> usize {
        self.sums.capacity() * size_of::<T::Native>() + self.has_value.capacity() / 8
    }
}
