//! What clients of PostgreSQL write, in the engine's words: names, arrays as texts, and questions about what sets lack.
//!
//! Rules of `datafusion-pg-catalog` are taken where they change no answer. Others of its rules do: they turn a
//! subquery that looks at the row around it into NULL, or take an array's quotes for letters.

mod arrays;
mod names;
mod nothing;
mod subqueries;
mod words;

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, Query, Select, SetExpr, Statement, VisitMut, VisitorMut};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion_pg_catalog::sql::rules::{
    CurrentUserVariableToSessionUserFunctionCall, PrependUnqualifiedPgTableName, RewritePgCatalogOperator,
    RewriteRegCastToSubquery, SqlStatementRewriteRule, StripCallableQualifier, StripCollate,
};

pub use arrays::elements;
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
                Box::new(StripCollate),
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
        let statements = Parser::parse_sql(&PostgreSqlDialect {}, sql)?;
        statements.into_iter().map(|statement| self.in_our_words(statement)).collect()
    }

    /// # Errors
    /// When a text is no array where one is wanted.
    pub fn in_our_words(&self, statement: Statement) -> Result<Statement, ParserError> {
        let mut statement = statement;
        names::give(&mut statement);
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
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<ParserError> {
        words::replace(expression);
        subqueries::hold_to_one_row(expression);
        match arrays::replace(expression) {
            Ok(()) => ControlFlow::Continue(()),
            Err(message) => ControlFlow::Break(ParserError::ParserError(message)),
        }
    }
}
