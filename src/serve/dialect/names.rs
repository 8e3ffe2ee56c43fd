//! What the columns of an answer are called, where the question gives them no names: as PostgreSQL calls them.

use std::collections::HashSet;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    DataType, Expr, Ident, OrderByExpr, OrderByKind, Query, Select, SelectItem, SetExpr, Statement, Value,
    ValueWithSpan, Visit, Visitor,
};

/// Between the name of a column and what tells it from another of that name, which clients are not shown.
const AGAIN: char = '\u{1}';

/// The name as a client is to see it.
pub fn shown(name: &str) -> &str {
    name.split_once(AGAIN).map_or(name, |(name, _)| name)
}

/// Gives names to what a question selects: the engine knows none that stand twice.
///
/// # Errors
/// When rows are to be in the order of a name that several columns have.
pub fn give(statement: &mut Statement) -> Result<(), String> {
    match statement {
        Statement::Query(query) => give_to_query(query),
        Statement::Explain { statement, .. } => give(statement),
        _ => Ok(()),
    }
}

/// A column of an answer.
struct Selected {
    name: String,
    is_made_up: bool,
    expression: Expr,
    place: usize,
}

fn give_to_query(query: &mut Query) -> Result<(), String> {
    let selected = give_to_all(&mut query.body)?;
    let Some(OrderByKind::Expressions(order)) = query.order_by.as_mut().map(|order| &mut order.kind) else {
        return Ok(());
    };
    let hidden = hide_from(order, &mut query.body, &selected);
    for by in order {
        // A name by itself is that of a column of the answer; within an expression it is not.
        let Expr::Identifier(name) = &by.expr else { continue };
        let name = folded(name);
        let mut meant = selected.iter().filter(|column| column.name == name);
        let Some(first) = meant.next() else { continue };
        let others: Vec<&Selected> = meant.collect();
        let is_given = |column: &Selected| !column.is_made_up && !hidden.contains(&column.place);
        if is_given(first) && others.iter().all(|other| is_given(other)) {
            continue;
        }
        if others.iter().any(|other| other.expression != first.expression) {
            return Err(format!("ORDER BY \"{name}\" is ambiguous"));
        }
        by.expr = Expr::Value(Value::Number((first.place + 1).to_string(), false).with_empty_span());
    }
    Ok(())
}

/// Within an expression that rows are ordered by, a name is that of a column of a table, whatever is selected under it.
/// The places of those that are hidden so.
fn hide_from(order: &[OrderByExpr], body: &mut SetExpr, selected: &[Selected]) -> HashSet<usize> {
    let mut hidden = HashSet::new();
    let SetExpr::Select(select) = body else { return hidden };
    let mut within = NamesWithin::default();
    for by in order.iter().filter(|by| !matches!(by.expr, Expr::Identifier(_))) {
        let _done = by.expr.visit(&mut within);
    }
    let is_other =
        |column: &&Selected| !matches!(&column.expression, Expr::Identifier(name) if folded(name) == column.name);
    for column in selected.iter().filter(|column| within.names.contains(&column.name)).filter(is_other) {
        if let Some(SelectItem::ExprWithAlias { alias, .. }) = select.projection.get_mut(column.place)
            && !alias.value.contains(AGAIN)
        {
            *alias = Ident::with_quote('"', format!("{}{AGAIN}{}", column.name, column.place));
            hidden.insert(column.place);
        }
    }
    hidden
}

/// The names of columns in an expression that stand there without their tables.
#[derive(Default)]
struct NamesWithin {
    names: HashSet<String>,
}

impl Visitor for NamesWithin {
    type Break = ();

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        if let Expr::Identifier(name) = expression {
            self.names.insert(folded(name));
        }
        ControlFlow::Continue(())
    }
}

/// What is selected, where the places of all columns are known.
fn give_to_all(body: &mut SetExpr) -> Result<Vec<Selected>, String> {
    match body {
        SetExpr::Select(select) => Ok(give_to_select(select)),
        SetExpr::Query(query) => give_to_query(query).map(|()| Vec::new()),
        SetExpr::SetOperation { left, right, .. } => {
            give_to_all(right)?;
            give_to_all(left)
        }
        _ => Ok(Vec::new()),
    }
}

fn give_to_select(select: &mut Select) -> Vec<Selected> {
    let is_all = |item: &SelectItem| matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..));
    let with_all = select.projection.iter().any(is_all);
    // Columns of two tables may have one name, if they stand there with their tables; nothing else may.
    let (mut with_tables, mut short, mut bare) = (HashSet::new(), HashSet::new(), HashSet::new());
    let mut selected = Vec::new();
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
        let expression = expression.clone();
        if is_made_up || is_taken {
            let alias = Ident::with_quote('"', format!("{name}{AGAIN}{place}"));
            *item = SelectItem::ExprWithAlias { expr: expression.clone(), alias };
        }
        if !is_made_up {
            short.insert(name.clone());
            if !is_of_a_table {
                bare.insert(name.clone());
            }
        }
        selected.push(Selected { name, is_made_up, expression, place });
    }
    if with_all { Vec::new() } else { selected }
}

pub fn folded(name: &Ident) -> String {
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
