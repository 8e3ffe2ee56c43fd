//! Subqueries that stand for one value, where nothing about them says that there is but one.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, GroupByExpr, SelectItem, SetExpr, Visit, Visitor};

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
    // A function may be an aggregate, which has one row anyhow.
    if !select.from.is_empty() && value.visit(&mut Functions).is_continue() {
        select.projection = vec![SelectItem::UnnamedExpr(call("the_only", vec![value.clone()], Vec::new()))];
        query.order_by = None;
    }
}

struct Functions;

impl Visitor for Functions {
    type Break = ();

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        if matches!(expression, Expr::Function(_)) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}
