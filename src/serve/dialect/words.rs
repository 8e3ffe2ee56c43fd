//! Functions and forms of PostgreSQL that have other names here.

use datafusion::sql::sqlparser::ast::{
    AccessExpr, Array, ArrayElemTypeDef, BinaryOperator, CastKind, DataType, Expr, Function, FunctionArg,
    FunctionArgExpr, FunctionArgumentClause, FunctionArgumentList, FunctionArguments, Ident, ObjectName, OrderByExpr,
    OrderByKind, Query, SelectItem, SetExpr, Value, ValueWithSpan,
};

use crate::serve::dialect::nothing::is_nothing;
use crate::serve::dialect::{aggregates, formats};

/// An expression in the engine's words; what it knows stays as it is.
pub fn replace(expression: &mut Expr) {
    let replaced = match expression {
        Expr::Like { pattern, escape_char, .. } | Expr::ILike { pattern, escape_char, .. } => {
            // The engine knows the backslash alone.
            let backslash = Value::SingleQuotedString("\\".to_string());
            if let Some(escape) = escape_char.take_if(|escape| escape.value != backslash) {
                **pattern = call("like_pattern", vec![pattern.as_ref().clone(), Expr::Value(escape)], Vec::new());
            }
            None
        }
        Expr::Function(function) => of_function(function),
        Expr::Exists { subquery, negated } => match subquery.body.as_ref() {
            SetExpr::Select(select) if is_nothing(select) => {
                Some(Expr::Value(Value::Boolean(*negated).with_empty_span()))
            }
            _ => None,
        },
        // `(expression).field`, of what is no table.
        Expr::CompoundFieldAccess { root, access_chain } => match access_chain.as_slice() {
            [AccessExpr::Dot(Expr::Identifier(field))] => {
                let name = Expr::Value(Value::SingleQuotedString(field.value.clone()).with_empty_span());
                Some(call("get_field", vec![root.as_ref().clone(), name], Vec::new()))
            }
            _ => None,
        },
        _ => None,
    };
    if let Some(replaced) = replaced {
        *expression = replaced;
    }
}

/// Texts are in the order of their bytes here: `collate` may say so, or nothing.
///
/// # Errors
/// When it asks for the order of a language.
pub fn in_order_of_bytes(expression: &mut Expr) -> Result<(), String> {
    let Expr::Collate { expr, collation } = expression else { return Ok(()) };
    let name = collation.0.last().and_then(|name| name.as_ident()).map(|name| name.value.to_lowercase());
    if !name.is_some_and(|name| ["c", "default", "posix", "ucs_basic"].contains(&name.as_str())) {
        return Err(format!("texts are in the order of their bytes here, which is collate \"C\", and not {collation}"));
    }
    let ordered = expr.as_ref().clone();
    *expression = ordered;
    Ok(())
}

fn of_function(function: &Function) -> Option<Expr> {
    let name = function.name.0.last()?.as_ident()?.value.to_lowercase();
    match &function.args {
        FunctionArguments::Subquery(query) if name == "array" => array_of(query),
        FunctionArguments::List(list) => {
            let arguments: Vec<Expr> = list.args.iter().map(value).collect::<Option<_>>()?;
            if ["to_char", "to_date", "to_timestamp"].contains(&name.as_str()) {
                return with_format(&name, arguments);
            }
            if let ("mod", [left, right]) = (name.as_str(), arguments.as_slice()) {
                let [left, right] = [left, right].map(|side| Box::new(Expr::Nested(Box::new(side.clone()))));
                return Some(Expr::Nested(Box::new(Expr::BinaryOp { left, op: BinaryOperator::Modulo, right })));
            }
            if let Some((_, known)) = OTHER_NAMES.iter().find(|(theirs, _)| *theirs == name) {
                let name = ObjectName::from(vec![Ident::new(*known)]);
                return Some(Expr::Function(Function { name, ..function.clone() }));
            }
            // They give rows where they stand among what is selected.
            let listed = match (name.as_str(), arguments.len()) {
                ("generate_series", 2 | 3) => "generate_series",
                ("generate_subscripts", 2) => "array_subscripts",
                ("_pg_expandarray", 1) => "array_places",
                _ => return None,
            };
            Some(call("unnest", vec![call(listed, arguments, Vec::new())], Vec::new()))
        }
        _ => None,
    }
}

/// Functions that are the same under another name.
const OTHER_NAMES: [(&str, &str); 5] = [
    ("array_remove", "array_remove_all"),
    ("ceiling", "ceil"),
    ("every", "bool_and"),
    ("sign", "signum"),
    ("variance", "var_samp"),
];

/// `to_date('31.03.2026', 'DD.MM.YYYY')`, in the engine's words for formats.
fn with_format(name: &str, mut arguments: Vec<Expr>) -> Option<Expr> {
    let Some(Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(format), .. })) = arguments.get_mut(1) else {
        return None;
    };
    *format = formats::known(format)?;
    Some(call(name, arguments, Vec::new()))
}

fn value(argument: &FunctionArg) -> Option<Expr> {
    match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => Some(value.clone()),
        _ => None,
    }
}

/// `array(select … order by …)`: one array of all its rows.
fn array_of(query: &Query) -> Option<Expr> {
    let mut query = query.clone();
    let SetExpr::Select(select) = query.body.as_mut() else { return None };
    if is_nothing(select) {
        return Some(no_texts());
    }
    let [SelectItem::UnnamedExpr(element) | SelectItem::ExprWithAlias { expr: element, .. }] =
        select.projection.as_slice()
    else {
        return None;
    };
    let is_plain = query.limit_clause.is_none()
        && query.fetch.is_none()
        && select.distinct.is_none()
        && select.having.is_none()
        && !aggregates::is_grouped(select)
        && !aggregates::are_in(element);
    let order = match query.order_by.take().map(|order| order.kind) {
        None => Vec::new(),
        Some(OrderByKind::Expressions(order)) => order
            .into_iter()
            .map(|by| if is_the_first(&by.expr) { OrderByExpr { expr: element.clone(), ..by } } else { by })
            .collect(),
        Some(OrderByKind::All(_)) => return None,
    };
    let clauses = if order.is_empty() { Vec::new() } else { vec![FunctionArgumentClause::OrderBy(order)] };
    // Of no rows it is an array without elements.
    let none = Expr::Array(Array { elem: Vec::new(), named: true });
    let elements = call("coalesce", vec![call("array_agg", vec![element.clone()], clauses), none], Vec::new());
    select.projection = vec![SelectItem::UnnamedExpr(elements)];
    is_plain.then(|| Expr::Subquery(Box::new(query)))
}

/// `cast(array[] as text[])`
fn no_texts() -> Expr {
    Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(Expr::Array(Array { elem: Vec::new(), named: true })),
        data_type: DataType::Array(ArrayElemTypeDef::SquareBracket(Box::new(DataType::Text), None)),
        array: false,
        format: None,
    }
}

fn is_the_first(by: &Expr) -> bool {
    matches!(by, Expr::Value(ValueWithSpan { value: Value::Number(place, _), .. }) if place == "1")
}

pub fn call(name: &str, arguments: Vec<Expr>, clauses: Vec<FunctionArgumentClause>) -> Expr {
    let args = arguments.into_iter().map(|argument| FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))).collect();
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList { duplicate_treatment: None, args, clauses }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}
