//! Types of parameters whose places tell them, which the engine does not see: of `= any($1)`, `$1::date` and
//! `limit $1`.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field};
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{DFSchema, exec_err};
use datafusion::error::Result;
use datafusion::logical_expr::expr::{Cast, Placeholder, ScalarFunction};
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable, LogicalPlan, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

/// `elements_of($1, value)`: an array of values such as this one. It stands in statements until [`with_types`] takes it
/// out.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct ElementsOf(Signature);

/// Its name, also in statements.
pub const ELEMENTS_OF: &str = "elements_of";

impl Default for ElementsOf {
    fn default() -> ElementsOf {
        ElementsOf(Signature::any(2, Volatility::Stable))
    }
}

impl ScalarUDFImpl for ElementsOf {
    fn name(&self) -> &'static str {
        ELEMENTS_OF
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(DataType::new_list(types[1].clone(), true))
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        exec_err!("{ELEMENTS_OF} stands for the type of a parameter, and has no value")
    }
}

/// The plan with the types of such parameters.
///
/// # Errors
/// When what a parameter is compared with has no type.
pub fn with_types(plan: LogicalPlan) -> Result<LogicalPlan> {
    let typed = |plan: LogicalPlan| {
        let schema = merge_schema(&plan.inputs());
        let counts_rows = matches!(plan, LogicalPlan::Limit(_));
        let typed = plan.map_expressions(|expression| {
            expression.transform_up(|part| match part {
                Expr::ScalarFunction(ScalarFunction { func, args }) if func.name() == ELEMENTS_OF => {
                    Ok(Transformed::yes(array(args, &schema)?))
                }
                Expr::Cast(Cast { expr, field }) => match *expr {
                    Expr::Placeholder(Placeholder { id, field: None }) => {
                        let placed = of_type(id, field.data_type().clone());
                        Ok(Transformed::yes(Expr::Cast(Cast { expr: Box::new(placed), field })))
                    }
                    other => Ok(Transformed::no(Expr::Cast(Cast { expr: Box::new(other), field }))),
                },
                Expr::Placeholder(Placeholder { id, field: None }) if counts_rows => {
                    Ok(Transformed::yes(of_type(id, DataType::Int64)))
                }
                other => Ok(Transformed::no(other)),
            })
        })?;
        if typed.transformed { typed.map_data(LogicalPlan::recompute_schema) } else { Ok(typed) }
    };
    plan.transform_up_with_subqueries(typed).data()
}

fn array(mut arguments: Vec<Expr>, schema: &DFSchema) -> Result<Expr> {
    match (arguments.pop(), arguments.pop()) {
        (Some(value), Some(Expr::Placeholder(Placeholder { id, .. }))) => {
            Ok(of_type(id, DataType::new_list(value.get_type(schema)?, true)))
        }
        _ => exec_err!("{ELEMENTS_OF} is about a parameter and a value"),
    }
}

fn of_type(id: String, data_type: DataType) -> Expr {
    Expr::Placeholder(Placeholder { id, field: Some(Arc::new(Field::new("", data_type, true))) })
}
