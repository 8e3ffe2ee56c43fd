//! Types that places tell and the engine does not see: of parameters in `= any($1)`, `$1::date` and `limit $1`, of an
//! array after `any`, and of a number in quotes beside a decimal.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, TimeUnit};
use arrow_pg::datatypes::into_pg_type;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{DFSchema, ScalarValue, exec_err};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::expr::{Between, BinaryExpr, Cast, InList, Placeholder, ScalarFunction};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable, LogicalPlan, Operator, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility, cast, in_list, lit,
};

use crate::serve::parameters;

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

/// The plan with such types; before there are values of parameters and, for what they are compared with, after.
///
/// # Errors
/// When what an array is compared with has no type, or it is none of that.
pub fn with_types(plan: LogicalPlan) -> Result<LogicalPlan> {
    let typed = |plan: LogicalPlan| {
        let schema = merge_schema(&plan.inputs());
        let counts_rows = matches!(plan, LogicalPlan::Limit(_));
        let names = NamePreserver::new(&plan);
        let typed = plan.map_expressions(|expression| {
            let name = names.save(&expression);
            let typed = expression.transform_up(|part| match part {
                Expr::ScalarFunction(ScalarFunction { func, args }) if func.name() == ELEMENTS_OF => {
                    Ok(Transformed::yes(array(args, &schema)?))
                }
                Expr::ScalarFunction(ScalarFunction { func, args }) if func.name() == "array_has" => {
                    Ok(Transformed::yes(one_of(func, args)?))
                }
                Expr::Cast(Cast { expr, field }) => match *expr {
                    Expr::Placeholder(Placeholder { id, field: None }) => {
                        let placed = of_type(id, field.data_type().clone());
                        Ok(Transformed::yes(Expr::Cast(Cast { expr: Box::new(placed), field })))
                    }
                    Expr::Literal(text @ ScalarValue::Utf8(Some(_)), _) if field.data_type().is_decimal() => {
                        Ok(Transformed::yes(lit(text.cast_to(field.data_type())?)))
                    }
                    other => Ok(Transformed::no(Expr::Cast(Cast { expr: Box::new(other), field }))),
                },
                Expr::BinaryExpr(binary) => Ok(Transformed::yes(Expr::BinaryExpr(between_types(binary, &schema)))),
                Expr::Between(Between { expr, negated, low, high }) => {
                    let [low, high] = [low, high].map(|bound| beside(*bound, &expr, &schema));
                    let expr = [&low, &high].into_iter().fold(*expr, |expr, bound| as_float_with(expr, bound, &schema));
                    let (low, high) = (Box::new(low), Box::new(high));
                    Ok(Transformed::yes(Expr::Between(Between { expr: Box::new(expr), negated, low, high })))
                }
                Expr::InList(InList { expr, list, negated }) => {
                    let list: Vec<Expr> = list.into_iter().map(|value| beside(value, &expr, &schema)).collect();
                    let expr = list.iter().fold(*expr, |expr, value| as_float_with(expr, value, &schema));
                    Ok(Transformed::yes(Expr::InList(InList { expr: Box::new(expr), list, negated })))
                }
                Expr::Placeholder(Placeholder { id, field: None }) if counts_rows => {
                    Ok(Transformed::yes(of_type(id, DataType::Int64)))
                }
                other => Ok(Transformed::no(other)),
            })?;
            Ok(typed.update_data(|expression| name.restore(expression)))
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
        (Some(value), Some(Expr::Literal(ScalarValue::Utf8(Some(text)), _))) => {
            let of = into_pg_type(&value.get_type(schema)?).map_err(|error| DataFusionError::External(error.into()))?;
            Ok(lit(parameters::array_of(&of, &text).map_err(DataFusionError::Plan)?))
        }
        _ => exec_err!("{ELEMENTS_OF} is about a parameter or a text, and a value"),
    }
}

/// `value = any(array)` of a known array: the engine knows no array of decimals for one with other digits, but a list of
/// them.
fn one_of(array_has: Arc<ScalarUDF>, mut arguments: Vec<Expr>) -> Result<Expr> {
    match (arguments.pop(), arguments.pop()) {
        (Some(value), Some(Expr::Literal(array @ ScalarValue::List(_), _))) if !array.is_null() => {
            let elements = ScalarValue::convert_array_to_scalar_vec(&array.to_array()?)?;
            let elements = elements.into_iter().flatten().flatten().map(lit).collect();
            Ok(in_list(value, elements, false))
        }
        (value, array) => {
            Ok(Expr::ScalarFunction(ScalarFunction::new_udf(array_has, array.into_iter().chain(value).collect())))
        }
    }
}

fn compares(operator: Operator) -> bool {
    use Operator::{Eq, Gt, GtEq, IsDistinctFrom, IsNotDistinctFrom, Lt, LtEq, NotEq};
    matches!(operator, Eq | NotEq | Lt | LtEq | Gt | GtEq | IsDistinctFrom | IsNotDistinctFrom)
}

/// Both sides of types that the engine brings together as PostgreSQL does.
fn between_types(BinaryExpr { left, op, right }: BinaryExpr, schema: &DFSchema) -> BinaryExpr {
    let (left, right) = (*left, *right);
    let (left, right) = if compares(op) {
        let (left, right) = (beside(left.clone(), &right, schema), beside(right, &left, schema));
        (as_float_with(left.clone(), &right, schema), as_float_with(right, &left, schema))
    } else if matches!(op, Operator::Plus | Operator::Minus) {
        (as_moment_with(left.clone(), &right, schema), as_moment_with(right, &left, schema))
    } else {
        (left, right)
    };
    BinaryExpr::new(Box::new(left), op, Box::new(right))
}

fn is(value: &Expr, schema: &DFSchema, wanted: fn(&DataType) -> bool) -> bool {
    value.get_type(schema).is_ok_and(|found| wanted(&found))
}

/// A number in quotes as the number that it is: the engine would round it to the digits of a decimal that it is compared
/// with.
fn beside(value: Expr, other: &Expr, schema: &DFSchema) -> Expr {
    match &value {
        Expr::Literal(ScalarValue::Utf8(Some(text)), _) if is(other, schema, DataType::is_decimal) => {
            parameters::numeric(text).map_or(value.clone(), lit)
        }
        _ => value,
    }
}

/// A decimal that is compared with a float as a float, which the engine would take for a decimal.
fn as_float_with(value: Expr, other: &Expr, schema: &DFSchema) -> Expr {
    if is(&value, schema, DataType::is_decimal) && is(other, schema, DataType::is_floating) {
        return cast(value, DataType::Float64);
    }
    value
}

/// A day with an interval as the moment at its beginning: the engine would leave out the hours.
fn as_moment_with(value: Expr, other: &Expr, schema: &DFSchema) -> Expr {
    let is_interval = |data_type: &DataType| matches!(data_type, DataType::Interval(_));
    if is(&value, schema, |data_type| *data_type == DataType::Date32) && is(other, schema, is_interval) {
        return cast(value, DataType::Timestamp(TimeUnit::Microsecond, None));
    }
    value
}

fn of_type(id: String, data_type: DataType) -> Expr {
    Expr::Placeholder(Placeholder { id, field: Some(Arc::new(Field::new("", data_type, true))) })
}
