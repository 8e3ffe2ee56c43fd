//! `fifo_layers(movement, return_age)`: an aggregate that replays the movements of a product, first in, first out, and
//! gives a list of the layers that are left. What a select of plain SQL cannot say about them is here: deficits that
//! absorb what comes next, transfers and repackings that keep ages, issues that choose batches.
//!
//! `movement` is a struct of the fields of `columns`; `return_age` is the literal `new` or `original`. The movements may
//! come in any order. `movement.rs` says in which they are replayed, `replay.rs` what happens then; both know nothing of
//! tables.

mod columns;
mod found;
mod layers;
mod movement;
mod replay;
mod stock;
mod worth;

use std::sync::Arc;

use arrow::array::{ArrayRef, StructArray};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, GroupsAccumulator, ReversedUDAF, Signature, Volatility};
use datafusion::physical_expr::expressions::Literal;

use crate::engine::gathered::{Gathered, OfGroups, OneGroup, Row};
use columns::Columns;
use layers::{Lists, too_large};
use replay::replay;

#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct FifoLayers {
    signature: Signature,
}

impl Default for FifoLayers {
    fn default() -> FifoLayers {
        FifoLayers { signature: Signature::any(2, Volatility::Immutable) }
    }
}

impl AggregateUDFImpl for FifoLayers {
    fn name(&self) -> &'static str {
        "fifo_layers"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        columns::check(&types[0])?;
        Ok(layers::list_type())
    }

    /// As what is not replayed yet goes from one step of a query to the next: the movements themselves.
    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        let movements = DataType::new_list(args.input_fields[0].data_type().clone(), true);
        Ok(vec![Arc::new(Field::new(format_state_name(args.name, "movements"), movements, true))])
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(OneGroup(movements(&args)?)))
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs<'_>) -> bool {
        !args.is_distinct
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(movements(&args)?))
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }
}

fn movements(args: &AccumulatorArgs<'_>) -> Result<Gathered<Replay>> {
    let literal = args.exprs[1].downcast_ref::<Literal>().and_then(|literal| literal.value().try_as_str().flatten());
    let returns_keep_their_age = match literal {
        Some("original") => true,
        Some("new") => false,
        _ => return Err(DataFusionError::Plan("fifo_layers: the second argument is `new` or `original`".to_string())),
    };
    Ok(Gathered::new(args.expr_fields[0].data_type().clone(), Replay { returns_keep_their_age }))
}

#[derive(Debug)]
struct Replay {
    returns_keep_their_age: bool,
}

impl OfGroups for Replay {
    fn values(&self, batches: &[StructArray], products: Vec<Vec<Row>>) -> Result<ArrayRef> {
        let columns: Vec<Columns> = batches.iter().map(Columns::of).collect::<Result<_>>()?;
        let mut lists = Lists::default();
        let mut movements = Vec::new();
        for rows in products {
            movements.clear();
            for (batch, row) in rows {
                movements.push(columns[batch as usize].movement(row as usize)?);
            }
            lists.push(&replay(&movements, self.returns_keep_their_age).map_err(|_| too_large())?);
        }
        lists.finish()
    }
}
