//! What the columns of an answer are called, where the question gives them no names: as PostgreSQL calls them.

use std::collections::{HashMap, HashSet};

use datafusion::sql::sqlparser::ast::{
    DataType, Expr, Ident, OrderByKind, Query, Select, SelectItem, SetExpr, Statement, Value, ValueWithSpan,
};

/// Between the name of a column and what tells it from another of that name, which clients are not shown.
const AGAIN: char = '\u{1}';

/// The name as a client is to see it.
pub fn shown(name: &str) -> &str {
    name.split_once(AGAIN).map_or(name, |(name, _)| name)
}

/// Gives names to what a question selects: the engine knows none that stand twice.
pub fn give(statement: &mut Statement) {
    match statement {
        Statement::Query(query) => give_to_query(query),
        Statement::Explain { statement, .. } => give(statement),
        _ => {}
    }
}

fn give_to_query(query: &mut Query) {
    let made_up = give_to_all(&mut query.body);
    let Some(OrderByKind::Expressions(order)) = query.order_by.as_mut().map(|order| &mut order.kind) else { return };
    for by in order {
        // A name by itself is that of a column of the answer; within an expression it is not.
        if let Expr::Identifier(name) = &by.expr
            && let Some(place) = made_up.get(&folded(name))
        {
            by.expr = Expr::Value(Value::Number((place + 1).to_string(), false).with_empty_span());
        }
    }
}

/// The names that were made up, each with its place among the columns.
fn give_to_all(body: &mut SetExpr) -> HashMap<String, usize> {
    match body {
        SetExpr::Select(select) => give_to_select(select),
        SetExpr::Query(query) => {
            give_to_query(query);
            HashMap::new()
        }
        SetExpr::SetOperation { left, right, .. } => {
            give_to_all(right);
            give_to_all(left)
        }
        _ => HashMap::new(),
    }
}

fn give_to_select(select: &mut Select) -> HashMap<String, usize> {
    let is_all = |item: &SelectItem| matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..));
    let with_all = select.projection.iter().any(is_all);
    // Columns of two tables may have one name, if they stand there with their tables; nothing else may.
    let (mut with_tables, mut short, mut bare) = (HashSet::new(), HashSet::new(), HashSet::new());
    let mut made_up = HashMap::new();
    for (place, item) in select.projection.iter_mut().enumerate() {
        let (expression, given) = match item {
            SelectItem::ExprWithAlias { expr, alias } => (expr, Some(alias.value.clone())),
            SelectItem::UnnamedExpr(expression) => (expression, None),
            _ => continue,
        };
        let is_of_a_table = given.is_none() && matches!(expression, Expr::CompoundIdentifier(_));
        let is_column = given.is_none() && (is_of_a_table || matches!(expression, Expr::Identifier(_)));
        let is_made_up = given.is_none() && !is_column;
        let name = given.unwrap_or_else(|| name(expression));
        let is_taken = if is_of_a_table {
            bare.contains(&name) || !with_tables.insert(expression.to_string())
        } else {
            short.contains(&name)
        } || (with_all && is_column);
        if is_made_up || is_taken {
            let alias = Ident::with_quote('"', format!("{name}{AGAIN}{place}"));
            *item = SelectItem::ExprWithAlias { expr: expression.clone(), alias };
        }
        if is_made_up {
            // With all columns of a table before it, nobody knows its place.
            if !with_all {
                made_up.entry(name).or_insert(place);
            }
            continue;
        }
        short.insert(name.clone());
        if !is_of_a_table {
            bare.insert(name);
        }
    }
    // Where a column has the name as well, it is meant.
    made_up.retain(|name, _| !short.contains(name));
    made_up
}

fn folded(name: &Ident) -> String {
    if name.quote_style.is_some() { name.value.clone() } else { name.value.to_lowercase() }
}

/// By what gives its value (`FigureColname` in PostgreSQL's source).
pub fn name(expression: &Expr) -> String {
    let named = match expression {
        Expr::Identifier(name) => Some(folded(name)),
        Expr::CompoundIdentifier(names) => names.last().map(folded),
        Expr::Function(function) => function.name.0.last().and_then(|name| name.as_ident()).map(folded),
        Expr::Nested(inner) => Some(name(inner)),
        Expr::Cast { expr, data_type, .. } => Some(match name(expr).as_str() {
            UNNAMED => of_type(data_type),
            named => named.to_string(),
        }),
        Expr::Case { .. } => Some("case".to_string()),
        Expr::Exists { .. } => Some("exists".to_string()),
        Expr::Extract { .. } => Some("extract".to_string()),
        Expr::Substring { .. } => Some("substring".to_string()),
        Expr::Trim { .. } => Some("btrim".to_string()),
        Expr::Ceil { .. } => Some("ceil".to_string()),
        Expr::Floor { .. } => Some("floor".to_string()),
        Expr::Position { .. } => Some("position".to_string()),
        Expr::Array(_) => Some("array".to_string()),
        Expr::Value(ValueWithSpan { value: Value::Boolean(_), .. }) => Some("bool".to_string()),
        Expr::Subquery(query) => match query.body.as_ref() {
            SetExpr::Select(select) => match select.projection.as_slice() {
                [SelectItem::ExprWithAlias { alias, .. }] => Some(alias.value.clone()),
                [SelectItem::UnnamedExpr(expression)] => Some(name(expression)),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    };
    named.map_or_else(|| UNNAMED.to_string(), |named| shown(&named).to_string())
}

/// As PostgreSQL calls what has no name.
const UNNAMED: &str = "?column?";

fn of_type(data_type: &DataType) -> String {
    match data_type {
        DataType::BigInt(_) | DataType::Int8(_) => "int8".to_string(),
        DataType::Int(_) | DataType::Integer(_) | DataType::Int4(_) => "int4".to_string(),
        DataType::SmallInt(_) | DataType::Int2(_) => "int2".to_string(),
        DataType::Double(_) | DataType::DoublePrecision | DataType::Float8 => "float8".to_string(),
        DataType::Boolean | DataType::Bool => "bool".to_string(),
        DataType::Decimal(_) | DataType::Numeric(_) | DataType::Dec(_) => "numeric".to_string(),
        other => other.to_string().to_lowercase(),
    }
}
