//! One SQL file, read: one query, the tables and the settings that it names, each with its place.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::sql::sqlparser::ast::{
    Expr, Ident, ObjectNamePart, Query, Spanned, Statement, TableFactor, Value, Visit, Visitor,
};
use datafusion::sql::sqlparser::parser::ParserError;
use datafusion::sql::sqlparser::tokenizer::{Span, Token};

use crate::fault::{Fault, Place};
use crate::model::TableName;
use crate::model::depth::parser_of;

/// One file that holds one query.
#[derive(Debug, Clone)]
pub struct SqlFile {
    /// As people name the file: below the project, with `/`.
    pub path: String,
    pub text: Arc<str>,
    pub statement: Statement,
    /// The tables it names, in the order of the text; a table that is named twice stands twice.
    pub tables: Vec<TableMention>,
    /// The settings it names, without the `$`.
    pub parameters: Vec<(String, Place)>,
}

impl SqlFile {
    /// A file whose text is no query: it stands for one that reads nothing.
    pub fn unreadable(path: &str, text: &str) -> SqlFile {
        let nothing = parse(path, "select 1").expect("this is a query");
        SqlFile { text: Arc::from(text), ..nothing }
    }

    /// What the first comment line says, without its final period.
    pub fn title(&self) -> String {
        let first = self.text.lines().next().unwrap_or_default();
        first.trim_start_matches('-').trim().trim_end_matches('.').to_string()
    }
}

/// A table where a query names it.
#[derive(Debug, Clone)]
pub struct TableMention {
    pub name: TableName,
    pub place: Place,
}

/// Reads one SQL file.
///
/// # Errors
/// Where the text is no SQL, holds no query or more than one statement, or names a table without its schema.
pub fn parse(path: &str, text: &str) -> Result<SqlFile, Fault> {
    let statements = parser_of(text).and_then(|mut parser| parser.parse_statements());
    let statements = statements.map_err(|error| syntax_fault(path, text, &error))?;
    let statement = match <[Statement; 1]>::try_from(statements) {
        Ok([statement @ Statement::Query(_)]) => statement,
        Ok([other]) => {
            let place = place_of(text, other.span(), 6);
            return Err(Fault::at(path, place, "this is no query; a model is one `select`"));
        }
        Err(statements) if statements.is_empty() => {
            return Err(Fault::of_file(path, "the file holds no statement; a model is one `select`"));
        }
        Err(statements) => {
            let place = place_of(text, statements[1].span(), 6);
            let message = format!("the file holds {} statements; a model is one `select`", statements.len());
            return Err(Fault::at(path, place, message).with_help("move the second one into a file of its own"));
        }
    };
    let mut mentions = Mentions { text, common_tables: common_tables(&statement), ..Mentions::default() };
    if let ControlFlow::Break((place, name)) = statement.visit(&mut mentions) {
        let fault = Fault::at(path, place, format!("table `{name}` has no schema"));
        return Err(fault.with_help("write staging., intermediate., marts., settings. or landing. before it"));
    }
    Ok(SqlFile {
        path: path.to_string(),
        text: Arc::from(text),
        statement,
        tables: mentions.tables,
        parameters: mentions.parameters,
    })
}

/// The columns that a condition names, in the order of its text.
///
/// # Errors
/// Why the text is no single SQL expression.
pub fn condition_columns(text: &str) -> Result<Vec<String>, String> {
    struct Columns(Vec<String>);
    impl Visitor for Columns {
        type Break = ();
        fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
            if let Expr::Identifier(name) = expression {
                self.0.push(plain(name));
            }
            ControlFlow::Continue(())
        }
    }
    let parsed = parser_of(text).and_then(|mut parser| {
        let condition = parser.parse_expr()?;
        match parser.next_token().token {
            Token::EOF => Ok(condition),
            token => Err(ParserError::ParserError(format!("found `{token}` behind its end"))),
        }
    });
    let condition = parsed.map_err(|error| syntax_fault("", text, &error).message)?;
    let mut columns = Columns(Vec::new());
    // Nothing breaks off this visit.
    let _: ControlFlow<()> = condition.visit(&mut columns);
    Ok(columns.0)
}

/// What the parser could not read, at its place; it tells places as a text at the end of its message.
pub fn syntax_fault(path: &str, text: &str, error: &ParserError) -> Fault {
    let message = match error {
        ParserError::TokenizerError(message) | ParserError::ParserError(message) => message.clone(),
        ParserError::RecursionLimitExceeded => "the query is nested too deeply".to_string(),
    };
    let told = message.rsplit_once(" at Line: ").and_then(|(what, place)| {
        let (line, column) = place.split_once(", Column: ")?;
        Some((what.to_string(), line.trim().parse().ok()?, column.trim().parse().ok()?))
    });
    match told {
        Some((what, line, column)) => {
            let width = what.rsplit_once("found: ").map_or(1, |(_, found)| found.chars().count());
            Fault::at(path, Place::of_line(text, line, column, width), format!("this is no SQL: {what}"))
        }
        None => Fault::of_file(path, format!("this is no SQL: {message}")),
    }
}

fn place_of(text: &str, span: Span, width: usize) -> Place {
    let line = usize::try_from(span.start.line).unwrap_or(1);
    let column = usize::try_from(span.start.column).unwrap_or(1);
    let width = match usize::try_from(span.end.column.saturating_sub(span.start.column)) {
        Ok(spanned @ 1..) if span.start.line == span.end.line => spanned,
        _ => width,
    };
    Place::of_line(text, line, column, width)
}

/// The names that `with` gives, wherever it stands in the statement.
fn common_tables(statement: &Statement) -> BTreeSet<String> {
    #[derive(Default)]
    struct CommonTables(BTreeSet<String>);
    impl Visitor for CommonTables {
        type Break = ();
        fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
            let tables = query.with.iter().flat_map(|with| &with.cte_tables);
            self.0.extend(tables.map(|table| plain(&table.alias.name)));
            ControlFlow::Continue(())
        }
    }
    let mut found = CommonTables::default();
    // Nothing breaks off this visit.
    let _: ControlFlow<()> = statement.visit(&mut found);
    found.0
}

/// An identifier as the engine understands it: lower case unless it is quoted.
fn plain(name: &Ident) -> String {
    if name.quote_style.is_some() { name.value.clone() } else { name.value.to_lowercase() }
}

#[derive(Default)]
struct Mentions<'text> {
    text: &'text str,
    common_tables: BTreeSet<String>,
    tables: Vec<TableMention>,
    parameters: Vec<(String, Place)>,
}

impl Visitor for Mentions<'_> {
    type Break = (Place, String);

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<Self::Break> {
        // With arguments it is a function such as generate_series, not a table.
        let TableFactor::Table { name, args: None, .. } = factor else { return ControlFlow::Continue(()) };
        let place = place_of(self.text, name.span(), name.to_string().chars().count());
        match name.0.as_slice() {
            [ObjectNamePart::Identifier(schema), ObjectNamePart::Identifier(table)] => {
                self.tables.push(TableMention { name: TableName::new(&plain(schema), &plain(table)), place });
                ControlFlow::Continue(())
            }
            [ObjectNamePart::Identifier(table)] if self.common_tables.contains(&plain(table)) => {
                ControlFlow::Continue(())
            }
            _ => ControlFlow::Break((place, name.to_string())),
        }
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<Self::Break> {
        if let Expr::Value(value) = expression
            && let Value::Placeholder(placeholder) = &value.value
        {
            let place = place_of(self.text, value.span, placeholder.chars().count());
            self.parameters.push((placeholder.trim_start_matches('$').to_string(), place));
        }
        ControlFlow::Continue(())
    }
}
