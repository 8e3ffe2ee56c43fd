//! Questions about what a published set does not have (defaults of columns, policies, collations) and their answer: no
//! rows. Clients ask them in words that the engine does not know, and wait for no more than that.

use std::collections::HashSet;

use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, GroupByExpr, Ident, JoinOperator, ObjectName, Select, SelectItem, SetExpr,
    TableFactor, TableWithJoins, Value,
};

use crate::serve::dialect::aggregates;
use crate::serve::dialect::names::name;

/// PostgreSQL's tables that have no rows, since sets have nothing that they tell of.
const EMPTY: [&str; 17] = [
    "pg_attrdef",
    "pg_collation",
    "pg_enum",
    "pg_event_trigger",
    "pg_foreign_server",
    "pg_foreign_table",
    "pg_inherits",
    "pg_partitioned_table",
    "pg_policy",
    "pg_publication",
    "pg_publication_namespace",
    "pg_publication_rel",
    "pg_rewrite",
    "pg_sequence",
    "pg_statistic_ext",
    "pg_subscription",
    "pg_trigger",
];

/// A selection that begins with such a table becomes one of NULLs without rows.
pub fn answer(select: &mut Select) {
    if !joins_nothing(&select.from) || select.having.is_some() || has_a_row_anyhow(select) {
        return;
    }
    let mut names = Vec::with_capacity(select.projection.len());
    let mut taken = HashSet::new();
    for item in &select.projection {
        let named = match item {
            SelectItem::ExprWithAlias { alias, .. } => alias.clone(),
            SelectItem::UnnamedExpr(expression) => Ident::new(name(expression)),
            _ => return,
        };
        // A name stands once.
        let is_new = taken.insert(named.value.clone());
        names.push(if is_new { named } else { Ident::new(format!("?column?_{}", names.len())) });
    }
    select.projection = names.into_iter().map(|alias| SelectItem::ExprWithAlias { expr: null(), alias }).collect();
    select.distinct = None;
    select.from.clear();
    select.selection = Some(never());
    select.group_by = GroupByExpr::Expressions(Vec::new(), Vec::new());
}

/// Whether it is what [`answer`] makes.
pub fn is_nothing(select: &Select) -> bool {
    let is_null = |item: &SelectItem| matches!(item, SelectItem::ExprWithAlias { expr, .. } if *expr == null());
    select.from.is_empty() && select.selection.as_ref() == Some(&never()) && select.projection.iter().all(is_null)
}

fn null() -> Expr {
    Expr::Value(Value::Null.with_empty_span())
}

fn never() -> Expr {
    Expr::Value(Value::Boolean(false).with_empty_span())
}

fn joins_nothing(from: &[TableWithJoins]) -> bool {
    from.iter().any(|table| {
        let mut is_nothing = gives_nothing(&table.relation);
        for join in &table.joins {
            match join.join_operator {
                JoinOperator::Join(_) | JoinOperator::Inner(_) | JoinOperator::CrossJoin(_) => {
                    is_nothing |= gives_nothing(&join.relation);
                }
                JoinOperator::Left(_) | JoinOperator::LeftOuter(_) => {}
                _ => return false,
            }
        }
        is_nothing
    })
}

fn gives_nothing(table: &TableFactor) -> bool {
    match table {
        TableFactor::Table { name, args: None, .. } => is_empty(name),
        // Options of tables, of which there are none.
        TableFactor::Table { name, args: Some(arguments), .. } => {
            last(name) == Some("unnest".to_string()) && arguments.args.iter().all(is_of_options)
        }
        TableFactor::UNNEST { array_exprs, .. } => array_exprs.iter().all(are_options),
        TableFactor::Derived { subquery, .. } => {
            matches!(subquery.body.as_ref(), SetExpr::Select(select) if is_nothing(select))
        }
        TableFactor::NestedJoin { table_with_joins, .. } => joins_nothing(std::slice::from_ref(table_with_joins)),
        _ => false,
    }
}

fn last(name: &ObjectName) -> Option<String> {
    name.0.last().and_then(|part| part.as_ident()).map(|part| part.value.to_lowercase())
}

fn is_empty(name: &ObjectName) -> bool {
    let is_of_postgres = name.0.len() > 1 && name.0[name.0.len() - 2].to_string().eq_ignore_ascii_case("pg_catalog");
    is_of_postgres && last(name).is_some_and(|name| EMPTY.contains(&name.as_str()))
}

fn is_of_options(argument: &FunctionArg) -> bool {
    matches!(argument, FunctionArg::Unnamed(FunctionArgExpr::Expr(expression)) if are_options(expression))
}

fn are_options(expression: &Expr) -> bool {
    matches!(expression, Expr::CompoundIdentifier(names) if names.last().is_some_and(|name| name.value == "reloptions"))
}

/// What counts and sums has a row where there is nothing to be counted.
fn has_a_row_anyhow(select: &Select) -> bool {
    !aggregates::is_grouped(select) && aggregates::are_in(&select.projection)
}
