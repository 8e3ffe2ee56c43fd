//! What a client asks, told apart: questions, its own settings, transactions and cursors. Everything else is refused.

use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use datafusion::sql::sqlparser::ast::{
    CloseCursor, DescribeAlias, Expr, FetchDirection, Reset, Set, Statement as Sql, Value, ValueWithSpan,
};
use datafusion::sql::sqlparser::parser::ParserError;
use pgwire::error::{PgWireError, PgWireResult};

use crate::serve::dialect::Dialect;
use crate::serve::refusal::{INVALID_VALUE, NOT_SUPPORTED, SYNTAX_ERROR, TOO_DEEP, TOO_MUCH, error, error_with_hint};
use crate::serve::session::{plan, read_only};

/// One statement of a client.
#[derive(Debug, Clone)]
pub enum Statement {
    Query(Box<LogicalPlan>),
    Explain(Box<LogicalPlan>),
    Show(String),
    Set {
        name: String,
        value: String,
    },
    /// None resets all.
    Reset(Option<String>),
    Begin,
    Commit,
    Rollback,
    /// Back to a savepoint: a transaction that has failed goes on.
    RollbackTo,
    /// Changes nothing here: savepoints, of a transaction that reads one set anyhow.
    Nothing(&'static str),
    Declare {
        cursor: String,
        plan: Box<LogicalPlan>,
    },
    /// None takes all rows that are left.
    Fetch {
        cursor: String,
        rows: Option<usize>,
    },
    /// None closes all.
    Close(Option<String>),
    /// Everything of a session that a pool hands on: cursors and settings.
    DiscardAll,
}

/// How many statements one message may have: all of them are read before the first is answered.
const MOST_AT_ONCE: usize = 1_000;

/// The statements of a text, one after the other.
///
/// # Errors
/// When it is no SQL, or too much of it.
pub fn parse(dialect: &Dialect, sql: &str) -> PgWireResult<Vec<Sql>> {
    let statements = dialect.parse(sql).map_err(|found| syntax(sql, &found))?;
    if statements.len() > MOST_AT_ONCE {
        let message = format!("{} statements were sent at once, and at most {MOST_AT_ONCE} may be", statements.len());
        return Err(error_with_hint(TOO_MUCH, message, "send one after the other"));
    }
    Ok(statements)
}

/// What a parsed statement asks.
///
/// # Errors
/// When it may not be asked, or the engine does not understand it.
pub async fn understand(session: &SessionContext, dialect: &Dialect, sql: Sql) -> PgWireResult<Statement> {
    Ok(match sql {
        Sql::Query(_) => Statement::Query(Box::new(plan(session, sql).await?)),
        Sql::Explain { describe_alias: DescribeAlias::Explain, ref statement, .. } => {
            if !matches!(statement.as_ref(), Sql::Query(_)) {
                return Err(read_only());
            }
            // What is explained may do no more than what is asked.
            plan(session, statement.as_ref().clone()).await?;
            Statement::Explain(Box::new(plan(session, sql).await?))
        }
        Sql::ShowVariable { variable } => {
            Statement::Show(variable.iter().map(|part| part.value.as_str()).collect::<Vec<_>>().join(" "))
        }
        Sql::Set(set) => setting(set)?,
        Sql::Reset(reset) => Statement::Reset(match reset.reset {
            Reset::ALL => None,
            Reset::ConfigurationParameter(name) => Some(name.to_string()),
        }),
        Sql::StartTransaction { statements, .. } if statements.is_empty() => Statement::Begin,
        Sql::Commit { .. } => Statement::Commit,
        Sql::Rollback { savepoint: None, .. } => Statement::Rollback,
        Sql::Rollback { savepoint: Some(_), .. } => Statement::RollbackTo,
        Sql::Savepoint { .. } => Statement::Nothing("SAVEPOINT"),
        Sql::ReleaseSavepoint { .. } => Statement::Nothing("RELEASE"),
        Sql::Deallocate { .. } => Statement::Nothing("DEALLOCATE"),
        Sql::UNLISTEN { .. } => Statement::Nothing("UNLISTEN"),
        Sql::Discard { .. } => Statement::DiscardAll,
        Sql::Declare { stmts } => declared(session, dialect, stmts).await?,
        Sql::Fetch { name, direction, into: None, .. } => {
            Statement::Fetch { cursor: name.value, rows: rows(&direction)? }
        }
        Sql::Close { cursor } => Statement::Close(match cursor {
            CloseCursor::All => None,
            CloseCursor::Specific { name } => Some(name.value),
        }),
        _ => return Err(read_only()),
    })
}

async fn declared(
    session: &SessionContext,
    dialect: &Dialect,
    mut cursors: Vec<datafusion::sql::sqlparser::ast::Declare>,
) -> PgWireResult<Statement> {
    let cursor = cursors.pop().filter(|_| cursors.is_empty());
    let declared = cursor.and_then(|mut cursor| Some((cursor.names.pop()?, cursor.for_query?, cursor.binary)));
    match declared {
        Some((name, query, None | Some(false))) => {
            let query = dialect.in_our_words(Sql::Query(query)).map_err(|error| syntax("declare", &error))?;
            Ok(Statement::Declare { cursor: name.value, plan: Box::new(plan(session, query).await?) })
        }
        Some(_) => Err(error(NOT_SUPPORTED, "a cursor is not declared binary here: bind its fetch for binary values")),
        None => Err(error(SYNTAX_ERROR, "expected declare NAME cursor for QUERY")),
    }
}

/// How many rows a fetch asks for: cursors go forward.
fn rows(direction: &FetchDirection) -> PgWireResult<Option<usize>> {
    let count = |limit: &ValueWithSpan| match &limit.value {
        Value::Number(digits, _) => digits.parse().ok(),
        _ => None,
    };
    let forward = match direction {
        FetchDirection::Count { limit } | FetchDirection::Forward { limit: Some(limit) } => count(limit).map(Some),
        FetchDirection::Next | FetchDirection::Forward { limit: None } => Some(Some(1)),
        FetchDirection::All | FetchDirection::ForwardAll => Some(None),
        _ => None,
    };
    forward.ok_or_else(|| error(NOT_SUPPORTED, "cursors go forward here: fetch NUMBER, fetch next or fetch all"))
}

fn setting(set: Set) -> PgWireResult<Statement> {
    let setting = |name: &str, value: String| Statement::Set { name: name.to_string(), value };
    Ok(match set {
        Set::SingleAssignment { variable, values, .. } => {
            let values: Vec<String> = values.iter().map(plain).collect();
            setting(&variable.to_string().replace('"', ""), values.join(", "))
        }
        Set::SetTimeZone { value, .. } => setting("timezone", plain(&value)),
        Set::SetNames { charset_name, .. } => setting("client_encoding", charset_name.value),
        Set::SetTransaction { .. } | Set::SetRole { role_name: None, .. } => Statement::Nothing("SET"),
        _ => return Err(error(INVALID_VALUE, "this cannot be set here")),
    })
}

/// A value without its quotes.
fn plain(value: &Expr) -> String {
    let text = value.to_string();
    let quoted = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    quoted.map_or(text.clone(), |quoted| quoted.replace("''", "'"))
}

fn syntax(sql: &str, found: &ParserError) -> PgWireError {
    let message = match found {
        ParserError::TokenizerError(message) | ParserError::ParserError(message) => message.clone(),
        ParserError::RecursionLimitExceeded => {
            let hint = "ask with fewer operators, or with less that is nested";
            return error_with_hint(TOO_DEEP, "the statement is nested too deeply", hint);
        }
    };
    // `copy` to a program, say, is no SQL for this parser, and a person should read why it is refused.
    let first = sql.split_whitespace().next().unwrap_or_default().to_lowercase();
    if ["copy", "do", "call", "listen", "notify", "vacuum", "lock"].contains(&first.as_str()) {
        return read_only();
    }
    error(SYNTAX_ERROR, message)
}
