//! Arrays that are written as texts, `{1,NULL,"a, b"}`, as literals and as values of parameters.

use datafusion::sql::sqlparser::ast::{
    Array, ArrayElemTypeDef, BinaryOperator, CastKind, DataType, Expr, UnaryOperator, Value, ValueWithSpan,
};

use crate::serve::dialect::words::call;
use crate::serve::placeholders::ELEMENTS_OF;

/// How many elements an array may have that a client sends.
pub const MOST_ELEMENTS: usize = 100_000;

/// What is said of one that has more.
pub fn too_many() -> String {
    format!("an array has more than {MOST_ELEMENTS} elements")
}

/// The elements of an array of one dimension; None for NULL.
///
/// The form is PostgreSQL's (section "Array Input and Output Syntax" of its manual): elements between braces, parted by
/// commas, in double quotes where they hold any of those; a backslash takes the letter after it as it is.
///
/// # Errors
/// What is wrong with it, in a sentence.
pub fn elements(text: &str) -> Result<Vec<Option<String>>, String> {
    let malformed = |reason: &str| format!("malformed array literal: \"{text}\": {reason}");
    let inner = text.trim().strip_prefix('{').and_then(|text| text.strip_suffix('}'));
    let inner = inner.ok_or_else(|| malformed("expected {element, element}"))?;
    let (mut found, mut letters) = (Vec::new(), inner.chars().peekable());
    if inner.trim().is_empty() {
        return Ok(found);
    }
    loop {
        while letters.next_if(|letter| letter.is_whitespace()).is_some() {}
        let (mut element, mut is_literal) = (String::new(), false);
        let is_quoted = letters.next_if_eq(&'"').is_some();
        loop {
            match letters.peek() {
                None if is_quoted => return Err(malformed("a quote is not closed")),
                None => break,
                Some('"') if is_quoted => {
                    letters.next();
                    break;
                }
                Some(',') if !is_quoted => break,
                Some('{' | '}') if !is_quoted => return Err(malformed("arrays have one dimension here")),
                Some('"') => return Err(malformed("a quote stands within an element")),
                Some('\\') => {
                    letters.next();
                    is_literal = true;
                    element.push(letters.next().ok_or_else(|| malformed("nothing follows its last backslash"))?);
                }
                Some(_) => element.extend(letters.next()),
            }
        }
        if found.len() == MOST_ELEMENTS {
            return Err(too_many());
        }
        found.push(if is_quoted {
            while letters.next_if(|letter| letter.is_whitespace()).is_some() {}
            Some(element)
        } else {
            let element = element.trim();
            if element.is_empty() {
                return Err(malformed("an element is missing"));
            }
            (is_literal || !element.eq_ignore_ascii_case("null")).then(|| element.to_string())
        });
        match letters.next() {
            None => return Ok(found),
            Some(',') => {}
            Some(_) => return Err(malformed("expected a comma after a quoted element")),
        }
    }
}

/// `'{…}'::type[]` as an array that the engine knows; a text or a parameter after `any` and `all` is an array of what it
/// is compared with.
///
/// # Errors
/// When a text is no array.
pub fn replace(expression: &mut Expr) -> Result<(), String> {
    match expression {
        Expr::AnyOp { left, right, .. } | Expr::AllOp { left, right, .. } => {
            let inner = match right.as_mut() {
                Expr::Nested(inner) => inner,
                _ => right,
            };
            let is_given = |value: &Value| matches!(value, Value::Placeholder(_) | Value::SingleQuotedString(_));
            if matches!(inner.as_ref(), Expr::Value(value) if is_given(&value.value)) {
                **inner = call(ELEMENTS_OF, vec![inner.as_ref().clone(), left.as_ref().clone()], Vec::new());
            }
            if let Some(of_all) = any_as_all(expression) {
                *expression = of_all;
            }
        }
        Expr::Cast { kind: CastKind::Cast | CastKind::DoubleColon, expr, data_type: DataType::Array(of), .. } => {
            if let Some(text) = text(expr) {
                **expr = array(&text, element_type(of))?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn element_type(of: &ArrayElemTypeDef) -> Option<&DataType> {
    match of {
        ArrayElemTypeDef::AngleBracket(of)
        | ArrayElemTypeDef::SquareBracket(of, _)
        | ArrayElemTypeDef::Parenthesis(of) => Some(of),
        ArrayElemTypeDef::None => None,
    }
}

/// `any` in the words of `all` and `in`: of `any` the engine gives false, where elements are NULL and it is not known.
fn any_as_all(expression: &Expr) -> Option<Expr> {
    let Expr::AnyOp { left, compare_op, right, .. } = expression else { return None };
    let opposite = match compare_op {
        BinaryOperator::Eq => BinaryOperator::NotEq,
        BinaryOperator::NotEq => BinaryOperator::Eq,
        BinaryOperator::Lt => BinaryOperator::GtEq,
        BinaryOperator::LtEq => BinaryOperator::Gt,
        BinaryOperator::Gt => BinaryOperator::LtEq,
        BinaryOperator::GtEq => BinaryOperator::Lt,
        _ => return None,
    };
    let array = match right.as_ref() {
        Expr::Nested(inner) => inner.as_ref(),
        array => array,
    };
    let is_equal = *compare_op == BinaryOperator::Eq;
    if is_equal && let Some(list) = listed(array) {
        return Some(Expr::InList { expr: left.clone(), list, negated: false });
    }
    let is_known = match array {
        Expr::Subquery(_) => true,
        // Columns that are arrays are those of PostgreSQL's own tables, and have no NULL.
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) => is_equal,
        Expr::Function(function) => is_equal && function.name.to_string() == ELEMENTS_OF,
        _ => false,
    };
    let of_all = || Expr::AllOp { left: left.clone(), compare_op: opposite, right: Box::new(array.clone()) };
    (!is_known).then(|| Expr::Nested(Box::new(Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(of_all()) })))
}

/// The elements of an array that are written one by one.
fn listed(array: &Expr) -> Option<Vec<Expr>> {
    match array {
        Expr::Array(array) if !array.elem.is_empty() => Some(array.elem.clone()),
        Expr::Cast { kind, expr, data_type: DataType::Array(of), format, .. } => {
            let of = element_type(of)?;
            let cast = |element| Expr::Cast {
                kind: kind.clone(),
                expr: Box::new(element),
                data_type: of.clone(),
                array: false,
                format: format.clone(),
            };
            Some(listed(expr)?.into_iter().map(cast).collect())
        }
        Expr::Nested(inner) => listed(inner),
        _ => None,
    }
}

fn text(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(text), .. }) => Some(text.clone()),
        _ => None,
    }
}

fn array(text: &str, of: Option<&DataType>) -> Result<Expr, String> {
    let elements = elements(text)?.into_iter().map(|element| {
        let value = element.map_or(Value::Null, Value::SingleQuotedString).with_empty_span();
        match of {
            None => Expr::Value(value),
            Some(of) => Expr::Cast {
                kind: CastKind::Cast,
                expr: Box::new(Expr::Value(value)),
                data_type: of.clone(),
                array: false,
                format: None,
            },
        }
    });
    Ok(Expr::Array(Array { elem: elements.collect(), named: true }))
}
