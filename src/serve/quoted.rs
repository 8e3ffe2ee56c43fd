//! Numbers in quotes beside decimals keep their digits, or are refused: the engine would round them to the digits of what
//! they stand beside.

use arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{ScalarValue, plan_err};
use datafusion::error::Result;
use datafusion::logical_expr::expr::Cast;
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::optimizer::AnalyzerRule;

use crate::serve::parameters::{is_the_same, numeric};

/// Refuses those that would be rounded. What a statement casts itself is a number before this rule looks at it
/// ([`with_types`](crate::serve::placeholders::with_types)); what is still a text is cast by the engine.
#[derive(Debug)]
pub struct KeptDigits;

impl AnalyzerRule for KeptDigits {
    fn name(&self) -> &'static str {
        "kept_digits"
    }

    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        plan.apply_with_subqueries(|plan| {
            plan.apply_expressions(|expression| {
                expression.apply(|part| {
                    if let Expr::Cast(Cast { expr, field }) = part
                        && let Expr::Literal(ScalarValue::Utf8(Some(text)), _) = expr.as_ref()
                    {
                        holds(text, field.data_type())?;
                    }
                    Ok(TreeNodeRecursion::Continue)
                })
            })
        })?;
        Ok(plan)
    }
}

fn holds(text: &str, data_type: &DataType) -> Result<()> {
    let DataType::Decimal128(precision, scale) = data_type else { return Ok(()) };
    if numeric(text).is_some_and(|number| is_the_same(&number, data_type)) {
        return Ok(());
    }
    plan_err!(
        "'{text}' stands beside numeric({precision},{scale}), which does not hold it: write it as a number without quotes"
    )
}
