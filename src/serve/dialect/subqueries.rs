//! Subqueries that stand for one value, where nothing about them says that there is but one.

use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr, SelectItem, SetExpr,
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
    let is_grouped = !matches!(&select.group_by, GroupByExpr::Expressions(by, _) if by.is_empty());
    if !is_whole || is_grouped || select.distinct.is_some() || select.having.is_some() || is_nothing(select) {
        return;
    }
    let [SelectItem::UnnamedExpr(value) | SelectItem::ExprWithAlias { expr: value, .. }] = select.projection.as_slice()
    else {
        return;
    };
    // An aggregate has one row anyhow.
    if !select.from.is_empty() && !aggregates::are_in(value) {
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
