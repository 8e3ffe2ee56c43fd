//! Arithmetic with whole numbers that goes wrong aloud: DataFusion's `+`, `-` and `*` wrap around and its `/` drops the
//! fraction; here the first three fail where the result grows out of its type, and the last is no valid query.

use std::sync::Arc;

use arrow::compute::kernels::numeric::{add, mul, sub};
use arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, Diagnostic, Span, Spans};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Expr, ExprSchemable, LogicalPlan, Operator, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Volatility,
};
use datafusion::optimizer::AnalyzerRule;
use datafusion::physical_expr_common::datum::apply;

/// Puts checked operations in the place of those that are not. It runs when both sides have their final types.
#[derive(Debug)]
pub(super) struct CheckedArithmetic;

impl AnalyzerRule for CheckedArithmetic {
    fn name(&self) -> &'static str {
        "checked_arithmetic"
    }

    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        plan.transform_up_with_subqueries(|plan| {
            let mut schema = merge_schema(&plan.inputs());
            if let LogicalPlan::TableScan(scan) = &plan {
                schema.merge(&DFSchema::try_from_qualified_schema(scan.table_name.clone(), &scan.source.schema())?);
            }
            let names = NamePreserver::new(&plan);
            plan.map_expressions(|expr| {
                let name = names.save(&expr);
                let checked = expr.transform_up(|expr| check(expr, &schema))?;
                Ok(checked.update_data(|expr| name.restore(expr)))
            })
        })
        .map(|plan| plan.data)
    }
}

fn check(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = &expr else { return Ok(Transformed::no(expr)) };
    let operation = match op {
        Operator::Plus => Checked::Plus,
        Operator::Minus => Checked::Minus,
        Operator::Multiply => Checked::Times,
        Operator::Divide if is_whole(left, schema)? && is_whole(right, schema)? => return Err(drops_fraction(&expr)),
        _ => return Ok(Transformed::no(expr)),
    };
    if !is_whole(left, schema)? || !is_whole(right, schema)? {
        return Ok(Transformed::no(expr));
    }
    let function = Arc::new(ScalarUDF::new_from_impl(operation.function()));
    let arguments = vec![left.as_ref().clone(), right.as_ref().clone()];
    Ok(Transformed::yes(Expr::ScalarFunction(ScalarFunction::new_udf(function, arguments))))
}

fn is_whole(expr: &Expr, schema: &DFSchema) -> Result<bool> {
    Ok(expr.get_type(schema)?.is_integer())
}

fn drops_fraction(division: &Expr) -> DataFusionError {
    let message = "a whole number divided by a whole number drops the fraction";
    let diagnostic = Diagnostic::new_error(message, first_span(division))
        .with_help("divide by a decimal, `n / 2.0`; to round down, say so: `floor(n / 2.0)`", None);
    DataFusionError::Plan(message.to_string()).with_diagnostic(diagnostic)
}

/// Where the first column of an expression stands; operators and literals have no place.
fn first_span(expr: &Expr) -> Option<Span> {
    let mut span = None;
    // The closure never fails.
    let _ = expr.apply(|expr| {
        span = span.or_else(|| expr.spans().and_then(Spans::first));
        Ok(TreeNodeRecursion::Continue)
    });
    span
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Checked {
    Plus,
    Minus,
    Times,
}

impl Checked {
    fn function(self) -> CheckedFunction {
        CheckedFunction { operation: self, signature: Signature::any(2, Volatility::Immutable) }
    }
}

/// One operation over two whole numbers of one type, with that type as its result.
#[derive(Debug, PartialEq, Eq, Hash)]
struct CheckedFunction {
    operation: Checked,
    signature: Signature,
}

impl ScalarUDFImpl for CheckedFunction {
    fn name(&self) -> &'static str {
        match self.operation {
            Checked::Plus => "checked_plus",
            Checked::Minus => "checked_minus",
            Checked::Times => "checked_times",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(types[0].clone())
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [left, right] = arguments.args.as_slice() else { unreachable!("the signature takes two arguments") };
        match self.operation {
            Checked::Plus => apply(left, right, add),
            Checked::Minus => apply(left, right, sub),
            Checked::Times => apply(left, right, mul),
        }
    }
}
