//! Sums of a few columns over all records in which the column itself can be read, to be held against control totals.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Decimal128Type, Int16Type, Int32Type, Int64Type};

/// The sum of one column's values, without the point of decimals; None where it is beyond 128 bits.
pub type Sum = Option<i128>;

/// The sums of these columns, in their order.
pub(super) fn sums_of(arrays: &[ArrayRef], columns: &[usize]) -> Vec<Sum> {
    columns.iter().map(|column| sum(&arrays[*column])).collect()
}

fn sum(array: &ArrayRef) -> Sum {
    fn add(values: impl Iterator<Item = Option<impl Into<i128>>>) -> Sum {
        values.flatten().try_fold(0_i128, |sum, value| sum.checked_add(value.into()))
    }
    match array.data_type() {
        DataType::Int16 => add(array.as_primitive::<Int16Type>().iter()),
        DataType::Int32 => add(array.as_primitive::<Int32Type>().iter()),
        DataType::Int64 => add(array.as_primitive::<Int64Type>().iter()),
        DataType::Decimal128(..) => add(array.as_primitive::<Decimal128Type>().iter()),
        // A pipeline names whole and decimal columns alone.
        _ => None,
    }
}
