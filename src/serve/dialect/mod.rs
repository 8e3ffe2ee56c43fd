//! What clients of PostgreSQL write, in the engine's words: names, arrays as texts, and questions about what sets lack.
//!
//! Rules of `datafusion-pg-catalog` are taken where they change no answer. Others of its rules do: they turn a
//! subquery that looks at the row around it into NULL, or take an array's quotes for letters.

mod aggregates;
mod arrays;
mod depth;
pub mod formats;
mod forms;
mod names;
mod nothing;
mod subqueries;
mod weight;
mod words;

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, Query, Select, SetExpr, Statement, VisitMut, VisitorMut};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};
use datafusion_pg_catalog::sql::rules::{
    CurrentUserVariableToSessionUserFunctionCall, PrependUnqualifiedPgTableName, RewritePgCatalogOperator,
    RewriteRegCastToSubquery, SqlStatementRewriteRule, StripCallableQualifier,
};

pub use arrays::{MOST_ELEMENTS, elements, too_many};
pub use depth::STACK;
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
        if tokens.split(|token| token.token == Token::SemiColon).any(depth::is_too_much) {
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
        names::give(&mut statement).map_err(ParserError::ParserError)?;
        let mut statement = self.before.iter().fold(statement, |statement, rule| rule.rewrite(statement));
        if let ControlFlow::Break(error) = statement.visit(&mut InOurWords) {
            return Err(error);
        }
        Ok(self.after.iter().fold(statement, |statement, rule| rule.rewrite(statement)))
    }
}

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
        if let Err(message) = forms::refuse_counted_sets(&query.body) {
            return ControlFlow::Break(ParserError::ParserError(message));
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<ParserError> {
        words::replace(expression);
        subqueries::hold_to_one_row(expression);
        subqueries::keep_rows(expression);
        let done = subqueries::of_one_row(expression)
            .and_then(|()| forms::replace(expression))
            .and_then(|()| words::in_order_of_bytes(expression))
            .and_then(|()| arrays::replace(expression));
        match done {
            Ok(()) => ControlFlow::Continue(()),
            Err(message) => ControlFlow::Break(ParserError::ParserError(message)),
        }
    }
}
