//! Forms that the engine reads otherwise than PostgreSQL does: put into others, or refused.

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CharacterLength, DataType, Expr, SetExpr, SetOperator, SetQuantifier, UnaryOperator, Value,
};

use crate::serve::dialect::words::call;

/// # Errors
/// When an expression has no other words here, and the engine would answer something else.
pub fn replace(expression: &mut Expr) -> Result<(), String> {
    let replaced = match expression {
        Expr::SimilarTo { .. } => {
            return Err("similar to is not known here: write like, or ~ with a regular expression".to_string());
        }
        Expr::AtTimeZone { .. } => return Err("at time zone is not known here: times are in UTC".to_string()),
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => sign_first(expr),
        Expr::BinaryOp { left, op, right } => match (left.as_ref(), right.as_ref()) {
            (Expr::Tuple(left), Expr::Tuple(right)) if left.len() == right.len() => one_by_one(left, op, right),
            _ => None,
        },
        Expr::Cast { kind, expr, data_type, .. } => most_letters(data_type).map(|count| {
            let text = Expr::Cast {
                kind: kind.clone(),
                expr: expr.clone(),
                data_type: DataType::Varchar(None),
                array: false,
                format: None,
            };
            let count = Expr::Value(Value::Number(count.to_string(), false).with_empty_span());
            call("left", vec![text, count], Vec::new())
        }),
        _ => None,
    };
    if let Some(replaced) = replaced {
        *expression = replaced;
    }
    Ok(())
}

/// Sets of rows that may stand several times: the engine takes them for whether a row is there.
///
/// # Errors
/// When there is such a set.
pub fn refuse_counted_sets(body: &SetExpr) -> Result<(), String> {
    let SetExpr::SetOperation { op, set_quantifier, left, right } = body else { return Ok(()) };
    if matches!(op, SetOperator::Except | SetOperator::Intersect) && *set_quantifier == SetQuantifier::All {
        return Err(format!("{op} all is not known here: write {op}, or count the rows").to_lowercase());
    }
    refuse_counted_sets(left)?;
    refuse_counted_sets(right)
}

/// `-2 ^ 2` is `(-2) ^ 2`.
fn sign_first(signed: &Expr) -> Option<Expr> {
    let Expr::BinaryOp { left, op: op @ BinaryOperator::PGExp, right } = signed else { return None };
    let negative = || Expr::UnaryOp { op: UnaryOperator::Minus, expr: left.clone() };
    let left = Box::new(sign_first(left).unwrap_or_else(negative));
    Some(Expr::BinaryOp { left, op: op.clone(), right: right.clone() })
}

/// Rows of values compared from the left to the right; the engine takes NULL for a value there.
fn one_by_one(left: &[Expr], op: &BinaryOperator, right: &[Expr]) -> Option<Expr> {
    let binary = |left: Expr, op: BinaryOperator, right: Expr| {
        Expr::Nested(Box::new(Expr::BinaryOp { left: Box::new(left), op, right: Box::new(right) }))
    };
    let strict = match op {
        BinaryOperator::Lt | BinaryOperator::LtEq => BinaryOperator::Lt,
        BinaryOperator::Gt | BinaryOperator::GtEq => BinaryOperator::Gt,
        BinaryOperator::Eq | BinaryOperator::NotEq => op.clone(),
        _ => return None,
    };
    let mut pairs = left.iter().zip(right).rev();
    let (last_left, last_right) = pairs.next()?;
    let last = binary(last_left.clone(), op.clone(), last_right.clone());
    Some(pairs.fold(last, |rest, (left, right)| {
        let first = binary(left.clone(), strict.clone(), right.clone());
        match op {
            BinaryOperator::Eq => binary(first, BinaryOperator::And, rest),
            BinaryOperator::NotEq => binary(first, BinaryOperator::Or, rest),
            _ => {
                let equal = binary(left.clone(), BinaryOperator::Eq, right.clone());
                binary(first, BinaryOperator::Or, binary(equal, BinaryOperator::And, rest))
            }
        }
    }))
}

/// How many letters a type of texts holds, which the engine does not cut off.
fn most_letters(data_type: &DataType) -> Option<u64> {
    match data_type {
        DataType::Varchar(Some(CharacterLength::IntegerLength { length, .. }))
        | DataType::CharacterVarying(Some(CharacterLength::IntegerLength { length, .. }))
        | DataType::CharVarying(Some(CharacterLength::IntegerLength { length, .. }))
        | DataType::Char(Some(CharacterLength::IntegerLength { length, .. }))
        | DataType::Character(Some(CharacterLength::IntegerLength { length, .. })) => Some(*length),
        _ => None,
    }
}
