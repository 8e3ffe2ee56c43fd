//! What clients of PostgreSQL write, in the engine's words: names, arrays as texts, and questions about what sets lack.
//!
//! Rules of `datafusion-pg-catalog` are taken where they change no answer. Others of its rules do: they turn a
//! subquery that looks at the row around it into NULL, or take an array's quotes for letters.

mod aggregates;
mod arrays;
mod names;
mod nothing;
mod subqueries;
mod weight;
mod words;

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, Query, Select, SetExpr, Statement, VisitMut, VisitorMut};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};
use datafusion_pg_catalog::sql::rules::{
    CurrentUserVariableToSessionUserFunctionCall, PrependUnqualifiedPgTableName, RewritePgCatalogOperator,
    RewriteRegCastToSubquery, SqlStatementRewriteRule, StripCallableQualifier,
};

pub use arrays::{MOST_ELEMENTS, elements, too_many};
pub use names::shown;

/// Reads SQL as PostgreSQL's clients write it; made once for all connections, since its rules take a moment to make.
pub struct Dialect {
    before: Vec<Box<dyn SqlStatementRewriteRule>>,
    after: Vec<Box<dyn SqlStatementRewriteRule>>,
}

impl Default for Dialect {
    fn default() -> Dialect {
        Dialect {
            before: vec![
                Box::new(PrependUnqualifiedPgTableName),
                Box::new(StripCallableQualifier),
                Box::new(CurrentUserVariableToSessionUserFunctionCall),
                Box::new(RewritePgCatalogOperator),
            ],
            after: vec![Box::new(RewriteRegCastToSubquery::new())],
        }
    }
}

impl Dialect {
    /// The statements of a text, one after the other.
    ///
    /// # Errors
    /// When it is no SQL, or a text in it is no array where one is wanted.
    pub fn parse(&self, sql: &str) -> Result<Vec<Statement>, ParserError> {
        let tokens = Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize_with_location()?;
        if tokens.split(|token| token.token == Token::SemiColon).any(is_too_deep) {
            return Err(ParserError::RecursionLimitExceeded);
        }
        let statements = Parser::new(&PostgreSqlDialect {}).with_tokens_with_locations(tokens).parse_statements()?;
        statements.into_iter().map(|statement| self.in_our_words(statement)).collect()
    }

    /// # Errors
    /// When a text is no array where one is wanted.
    pub fn in_our_words(&self, statement: Statement) -> Result<Statement, ParserError> {
        if weight::is_too_much(&statement) {
            return Err(ParserError::RecursionLimitExceeded);
        }
        let mut statement = statement;
        names::give(&mut statement);
        let mut statement = self.before.iter().fold(statement, |statement, rule| rule.rewrite(statement));
        if let ControlFlow::Break(error) = statement.visit(&mut InOurWords) {
            return Err(error);
        }
        Ok(self.after.iter().fold(statement, |statement, rule| rule.rewrite(statement)))
    }
}

/// How many operators and keywords a statement may have, and how many operators one of its expressions. Each may stand
/// upon the one before it (`1 + 1 + …`), and what goes through a statement goes as deep, and takes the longer the deeper
/// it is; lists of values are as long as they like.
const MOST_OPERATORS: usize = 4_000;
const MOST_IN_A_ROW: usize = 200;

/// How much of a thread's stack the deepest of statements takes, and as much again.
pub const STACK: usize = 32 << 20;

fn is_too_deep(statement: &[TokenWithSpan]) -> bool {
    // How many are in a row, and how many were where each of the open parentheses began.
    let (mut all, mut in_a_row, mut open) = (0, 0, Vec::new());
    let mut is_after_comma = false;
    for token in statement {
        let began = open.last().copied().unwrap_or(0);
        match &token.token {
            Token::Whitespace(_) => continue,
            Token::LParen | Token::LBracket => open.push(in_a_row),
            Token::RParen | Token::RBracket => in_a_row = open.pop().unwrap_or(0),
            Token::Comma => in_a_row = began,
            Token::Word(word) => match word.keyword {
                Keyword::NoKeyword => {}
                Keyword::CASE => {
                    all += 1;
                    open.push(in_a_row);
                }
                Keyword::END => (all, in_a_row) = (all + 1, open.pop().unwrap_or(0)),
                word if BEGINS_ANEW.contains(&word) => (all, in_a_row) = (all + 1, began),
                _ => all += 1,
            },
            // The sign of a number in a list.
            Token::Minus | Token::Plus if is_after_comma => in_a_row += 1,
            Token::Number(..) | Token::SingleQuotedString(_) | Token::Period | Token::Placeholder(_) => {}
            _ => (all, in_a_row) = (all + 1, in_a_row + 1),
        }
        is_after_comma = token.token == Token::Comma;
        if all > MOST_OPERATORS || in_a_row > MOST_IN_A_ROW {
            return true;
        }
    }
    false
}

/// After these, what is computed does not stand upon what came before.
const BEGINS_ANEW: [Keyword; 19] = [
    Keyword::AND,
    Keyword::BY,
    Keyword::ELSE,
    Keyword::EXCEPT,
    Keyword::FROM,
    Keyword::HAVING,
    Keyword::INTERSECT,
    Keyword::JOIN,
    Keyword::LIMIT,
    Keyword::OFFSET,
    Keyword::ON,
    Keyword::OR,
    Keyword::SELECT,
    Keyword::THEN,
    Keyword::UNION,
    Keyword::USING,
    Keyword::VALUES,
    Keyword::WHEN,
    Keyword::WHERE,
];

/// From the innermost to the outermost, since what is asked within decides what is asked around it.
struct InOurWords;

impl VisitorMut for InOurWords {
    type Break = ParserError;

    fn post_visit_select(&mut self, select: &mut Select) -> ControlFlow<ParserError> {
        nothing::answer(select);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<ParserError> {
        if matches!(query.body.as_ref(), SetExpr::Select(select) if nothing::is_nothing(select)) {
            query.order_by = None;
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<ParserError> {
        words::replace(expression);
        subqueries::hold_to_one_row(expression);
        subqueries::keep_rows(expression);
        match words::in_order_of_bytes(expression).and_then(|()| arrays::replace(expression)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(message) => ControlFlow::Break(ParserError::ParserError(message)),
        }
    }
}
