//! What the columns of an answer are called, where the question gives them no names: as PostgreSQL calls them.

use std::collections::HashSet;

use datafusion::sql::sqlparser::ast::{
    DataType, Expr, Ident, Query, Select, SelectItem, SetExpr, Statement, Value, ValueWithSpan,
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
    give_to_all(&mut query.body);
}

fn give_to_all(body: &mut SetExpr) {
    match body {
        SetExpr::Select(select) => give_to_select(select),
        SetExpr::Query(query) => give_to_query(query),
        SetExpr::SetOperation { left, right, .. } => {
            give_to_all(left);
            give_to_all(right);
        }
        _ => {}
    }
}

fn give_to_select(select: &mut Select) {
    let is_all = |item: &SelectItem| matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..));
    let with_all = select.projection.iter().any(is_all);
    // Columns of two tables may have one name, if they stand there with their tables; nothing else may.
    let (mut with_tables, mut short, mut bare) = (HashSet::new(), HashSet::new(), HashSet::new());
    for (place, item) in select.projection.iter_mut().enumerate() {
        let (expression, given) = match item {
            SelectItem::ExprWithAlias { expr, alias } => (expr, Some(&alias.value)),
            SelectItem::UnnamedExpr(expression) => (expression, None),
            _ => continue,
        };
        let name = given.map_or_else(|| name(expression), Clone::clone);
        let is_of_a_table = given.is_none() && matches!(expression, Expr::CompoundIdentifier(_));
        let is_column = given.is_none() && (is_of_a_table || matches!(expression, Expr::Identifier(_)));
        let is_taken = if is_of_a_table {
            bare.contains(&name) || !with_tables.insert(expression.to_string())
        } else {
            short.contains(&name)
        } || (with_all && given.is_none());
        if is_taken || (given.is_none() && !is_column) {
            let alias = if is_taken { format!("{name}{AGAIN}{place}") } else { name.clone() };
            *item = SelectItem::ExprWithAlias { expr: expression.clone(), alias: Ident::with_quote('"', alias) };
        }
        short.insert(name.clone());
        if !is_of_a_table {
            bare.insert(name);
        }
    }
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
