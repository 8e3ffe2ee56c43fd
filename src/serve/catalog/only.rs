//! The one value of a subquery that stands for a value: with more than one row there is none.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::common::{ScalarValue, exec_err};
use datafusion::error::Result;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::format_state_name;
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, Signature, Volatility};

/// Its name, also in statements.
pub const THE_ONLY: &str = "the_only";

/// `the_only(value)`: of one row, its value; of none, NULL; of more, an error.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct TheOnly(Signature);

impl Default for TheOnly {
    fn default() -> TheOnly {
        TheOnly(Signature::any(1, Volatility::Immutable))
    }
}

impl AggregateUDFImpl for TheOnly {
    fn name(&self) -> &'static str {
        THE_ONLY
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(types[0].clone())
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        let value = Field::new(format_state_name(args.name, "value"), args.return_field.data_type().clone(), true);
        let rows = Field::new(format_state_name(args.name, "rows"), DataType::Int64, true);
        Ok(vec![Arc::new(value), Arc::new(rows)])
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Only { value: ScalarValue::try_from(args.return_field.data_type())?, rows: 0 }))
    }
}

#[derive(Debug)]
struct Only {
    value: ScalarValue,
    rows: i64,
}

impl Only {
    fn count(&mut self, rows: i64) -> Result<()> {
        self.rows += rows;
        if self.rows > 1 {
            return exec_err!("more than one row returned by a subquery used as an expression");
        }
        Ok(())
    }
}

impl Accumulator for Only {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.count(i64::try_from(values[0].len()).unwrap_or(i64::MAX))?;
        if values[0].len() == 1 {
            self.value = ScalarValue::try_from_array(&values[0], 0)?;
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let rows = states[1].as_primitive::<Int64Type>();
        for row in 0..rows.len() {
            self.count(rows.value(row))?;
            if rows.value(row) == 1 {
                self.value = ScalarValue::try_from_array(&states[0], row)?;
            }
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.value.clone(), ScalarValue::Int64(Some(self.rows))])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(self.value.clone())
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.value.size() - size_of_val(&self.value)
    }
}
