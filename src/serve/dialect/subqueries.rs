//! Subqueries that stand for one value, where nothing about them says that there is but one.

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, LimitClause, Query, SelectItem, SetExpr,
    Value, ValueWithSpan,
};

use crate::serve::catalog::THE_ONLY;
use crate::serve::dialect::aggregates;
use crate::serve::dialect::nothing::is_nothing;
use crate::serve::dialect::words::call;

/// `(select x from … where …)` becomes `(select the_only(x) …)`: the engine looks at the row around a subquery only
/// where that is an aggregate, and this one fails with more than one row, as PostgreSQL does.
pub fn hold_to_one_row(expression: &mut Expr) {
    let Expr::Subquery(query) = expression else { return };
    let is_whole = query.limit_clause.is_none() && query.fetch.is_none() && query.with.is_none();
    let SetExpr::Select(select) = query.body.as_mut() else { return };
    if !is_whole
        || aggregates::is_grouped(select)
        || select.distinct.is_some()
        || select.having.is_some()
        || is_nothing(select)
    {
        return;
    }
    let [SelectItem::UnnamedExpr(value) | SelectItem::ExprWithAlias { expr: value, .. }] = select.projection.as_slice()
    else {
        return;
    };
    // An aggregate has one row anyhow, and none may stand around what looks at other rows.
    if !select.from.is_empty() && !aggregates::are_in(value) && !aggregates::windows_are_in(value) {
        select.projection = vec![SelectItem::UnnamedExpr(call(THE_ONLY, vec![value.clone()], Vec::new()))];
        query.order_by = None;
    }
}

/// A subquery after `any` and `all` stands for its rows, and keeps them.
pub fn keep_rows(expression: &mut Expr) {
    let (Expr::AnyOp { right, .. } | Expr::AllOp { right, .. }) = expression else { return };
    let Expr::Subquery(query) = right.as_mut() else { return };
    let SetExpr::Select(select) = query.body.as_mut() else { return };
    let [SelectItem::UnnamedExpr(Expr::Function(function))] = select.projection.as_slice() else { return };
    if function.name.to_string() == THE_ONLY
        && let FunctionArguments::List(list) = &function.args
        && let [FunctionArg::Unnamed(FunctionArgExpr::Expr(value))] = list.args.as_slice()
    {
        select.projection = vec![SelectItem::UnnamedExpr(value.clone())];
    }
}

/// `exists`, `in`, `any` and `all` of a subquery that always has one row are true, and comparisons with its value: where
/// such a subquery looks at the row around it, the engine takes its one row for none.
///
/// # Errors
/// When it is asked whether there is a row after so many, which the engine takes for whether there is one.
pub fn of_one_row(expression: &mut Expr) -> Result<(), String> {
    let compared = |left: &Expr, op: BinaryOperator, query: &Query| Expr::BinaryOp {
        left: Box::new(Expr::Nested(Box::new(left.clone()))),
        op,
        right: Box::new(Expr::Subquery(Box::new(query.clone()))),
    };
    let replaced = match expression {
        Expr::Exists { subquery, negated } if has_one_row(subquery) => {
            Expr::Value(Value::Boolean(!*negated).with_empty_span())
        }
        Expr::Exists { subquery, .. } if subquery.fetch.is_some() || !is_plain(subquery.limit_clause.as_ref()) => {
            return Err("exists with an offset or a limit is not known here".to_string());
        }
        Expr::InSubquery { expr, subquery, negated } if has_one_row(subquery) => {
            let op = if *negated { BinaryOperator::NotEq } else { BinaryOperator::Eq };
            compared(expr, op, subquery)
        }
        Expr::AnyOp { left, compare_op, right, .. } | Expr::AllOp { left, compare_op, right } => match right.as_ref() {
            Expr::Subquery(query) if has_one_row(query) => compared(left, compare_op.clone(), query),
            _ => return Ok(()),
        },
        _ => return Ok(()),
    };
    *expression = Expr::Nested(Box::new(replaced));
    Ok(())
}

/// No limit, or a number of rows that is not none.
fn is_plain(limit: Option<&LimitClause>) -> bool {
    match limit {
        None => true,
        Some(LimitClause::LimitOffset { limit, offset: None, .. }) => limit.as_ref().is_none_or(
            |limit| matches!(limit, Expr::Value(ValueWithSpan { value: Value::Number(count, _), .. }) if count != "0"),
        ),
        Some(_) => false,
    }
}

/// Aggregates of all rows, whatever they are.
fn has_one_row(query: &Query) -> bool {
    let SetExpr::Select(select) = query.body.as_ref() else { return false };
    query.limit_clause.is_none()
        && query.fetch.is_none()
        && !aggregates::is_grouped(select)
        && select.having.is_none()
        && aggregates::are_in(&select.projection)
}
