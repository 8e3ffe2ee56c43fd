//! Two aggregates that walk through the periods of a product at a location in their order, as no window of plain SQL can:
//! what a period leaves decides about others, before and after it.
//!
//! `consumed_forecasts(period, periods_back, periods_ahead)` lets orders take what is forecast (`consumption.rs`);
//! `projected_stock(period)` tells what will be there, what may be promised of it and how long it lasts
//! (`projection.rs`). `period` is a struct of the fields of `columns.rs`, which come in any order; of one period there may
//! be several, whose quantities are added up. Both give a list with one struct for each period, from the first to the
//! last; the other arguments are whole literals.

mod columns;
mod consumption;
mod projection;

use std::sync::Arc;

use arrow::array::{ArrayRef, StructArray};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, GroupsAccumulator, ReversedUDAF, Signature, Volatility,
};
use datafusion::physical_expr::expressions::Literal;

use crate::engine::gathered::{Gathered, OfGroups, OneGroup, Row};
use columns::{Found, Lists, Period};

/// Both aggregates, to be registered.
pub(super) fn aggregates() -> [AggregateUDF; 2] {
    [Step::ConsumedForecasts, Step::ProjectedStock].map(|step| {
        let signature = Signature::any(step.arguments(), Volatility::Immutable);
        AggregateUDF::new_from_impl(OverPeriods { step, signature })
    })
}

/// What is done with the periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Step {
    ConsumedForecasts,
    ProjectedStock,
}

impl Step {
    fn name(self) -> &'static str {
        match self {
            Step::ConsumedForecasts => "consumed_forecasts",
            Step::ProjectedStock => "projected_stock",
        }
    }

    fn arguments(self) -> usize {
        match self {
            Step::ConsumedForecasts => 3,
            Step::ProjectedStock => 1,
        }
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct OverPeriods {
    step: Step,
    signature: Signature,
}

impl AggregateUDFImpl for OverPeriods {
    fn name(&self) -> &str {
        self.step.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        columns::check(self.step, &types[0])?;
        Ok(DataType::List(columns::item(self.step)))
    }

    /// As what has not been walked through yet goes from one step of a query to the next: the periods themselves.
    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        let periods = DataType::new_list(args.input_fields[0].data_type().clone(), true);
        Ok(vec![Arc::new(Field::new(format_state_name(args.name, "periods"), periods, true))])
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(OneGroup(self.periods(&args)?)))
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs<'_>) -> bool {
        !args.is_distinct
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(self.periods(&args)?))
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }
}

impl OverPeriods {
    fn periods(&self, args: &AccumulatorArgs<'_>) -> Result<Gathered<Walk>> {
        let walk = match self.step {
            Step::ConsumedForecasts => Walk::Consume { back: whole(args, 1)?, ahead: whole(args, 2)? },
            Step::ProjectedStock => Walk::Project,
        };
        Ok(Gathered::new(args.expr_fields[0].data_type().clone(), walk))
    }
}

/// The whole literal that an argument has to be.
fn whole(args: &AccumulatorArgs<'_>, place: usize) -> Result<i64> {
    match args.exprs[place].downcast_ref::<Literal>().map(Literal::value) {
        Some(ScalarValue::Int64(Some(number))) if *number >= 0 => Ok(*number),
        _ => Err(DataFusionError::Plan(
            "consumed_forecasts: the second and the third argument are whole literals, not below 0".to_string(),
        )),
    }
}

#[derive(Debug, Clone, Copy)]
enum Walk {
    Consume { back: i64, ahead: i64 },
    Project,
}

impl Walk {
    fn step(self) -> Step {
        match self {
            Walk::Consume { .. } => Step::ConsumedForecasts,
            Walk::Project => Step::ProjectedStock,
        }
    }

    /// `None` where a quantity grows out of its type.
    fn through(self, periods: &[Period]) -> Option<Vec<Found>> {
        match self {
            Walk::Consume { back, ahead } => consumption::consume(periods, back, ahead),
            Walk::Project => projection::project(periods),
        }
    }
}

impl OfGroups for Walk {
    fn values(&self, batches: &[StructArray], groups: Vec<Vec<Row>>) -> Result<ArrayRef> {
        let step = self.step();
        let columns = columns::of(step, batches)?;
        let mut lists = Lists::default();
        for rows in groups {
            let periods = columns::in_order(step, &columns, &rows)?;
            lists.push(&self.through(&periods).ok_or_else(|| columns::too_large(step))?);
        }
        lists.finish(step)
    }
}
