//! Literals that take the type of what they are compared with: `indisprimary = 'f'`.

use arrow::datatypes::DataType;
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::error::Result;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{Expr, ExprSchemable, lit};
use datafusion::sql::sqlparser::ast::BinaryOperator;

/// Truth values in quotes, which the engine does not take for truth values.
#[derive(Debug)]
pub struct OfBooleans;

impl ExprPlanner for OfBooleans {
    fn plan_binary_op(&self, mut operation: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        let is_boolean = |side: &Expr| side.get_type(schema).is_ok_and(|found| found == DataType::Boolean);
        if !takes_truth_values(&operation.op) {
            return Ok(PlannerResult::Original(operation));
        }
        let (left, right) = (truth(&operation.left), truth(&operation.right));
        match (left, right) {
            (None, Some(value)) if is_boolean(&operation.left) => operation.right = lit(value),
            (Some(value), None) if is_boolean(&operation.right) => operation.left = lit(value),
            _ => {}
        }
        Ok(PlannerResult::Original(operation))
    }
}

fn takes_truth_values(operator: &BinaryOperator) -> bool {
    use BinaryOperator::{And, Eq, Gt, GtEq, Lt, LtEq, NotEq, Or};
    matches!(operator, And | Or | Eq | NotEq | Lt | LtEq | Gt | GtEq)
}

/// What PostgreSQL takes for a truth value.
fn truth(literal: &Expr) -> Option<bool> {
    let Expr::Literal(ScalarValue::Utf8(Some(text)), _) = literal else { return None };
    match text.trim().to_lowercase().as_str() {
        "t" | "true" | "y" | "yes" | "on" | "1" => Some(true),
        "f" | "false" | "n" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}
