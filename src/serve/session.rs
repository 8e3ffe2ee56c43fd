//! What one connection reads: the set that was the newest when it asked for the first time, and that set for good.

use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use pgwire::error::{PgWireError, PgWireResult};
use tokio::sync::Mutex;

use crate::engine::{self, Engine};
use crate::serve::catalog;
use crate::serve::placeholders::with_types;
use crate::serve::refusal::{NOT_SUPPORTED, READ_ONLY, error, error_with_hint, fatal, of_engine};
use crate::warehouse::{Warehouse, publish_log};

/// The newest set, put together once for all connections that begin with it.
pub struct Newest {
    warehouse: Warehouse,
    engine: Engine,
    prepared: Mutex<Option<Prepared>>,
}

struct Prepared {
    n: u64,
    sha256: String,
    session: SessionContext,
}

/// The code for a server that has nothing to serve yet.
const NOT_READY: &str = "57P03";

impl Newest {
    pub fn new(warehouse: Warehouse, engine: Engine) -> Newest {
        Newest { warehouse, engine, prepared: Mutex::new(None) }
    }

    /// A context of its own over the newest published set.
    pub async fn session(&self) -> PgWireResult<SessionContext> {
        let newest = publish_log::newest(&self.warehouse).await;
        let newest = newest.map_err(|error| fatal(NOT_READY, format!("the publish log cannot be read: {error:#}")))?;
        let Some(entry) = newest else {
            return Err(fatal(NOT_READY, "nothing is published yet: sopmart run does that"));
        };
        let mut prepared = self.prepared.lock().await;
        let is_newest = |prepared: &Prepared| prepared.n == entry.n && prepared.sha256 == entry.sha256;
        if !prepared.as_ref().is_some_and(is_newest) {
            let session = catalog::session(&self.engine, &entry)
                .await
                .map_err(|error| fatal(NOT_READY, format!("entry {} cannot be served: {error:#}", entry.n)))?;
            *prepared = Some(Prepared { n: entry.n, sha256: entry.sha256.clone(), session });
        }
        let session = &prepared.as_ref().expect("it was prepared above").session;
        // What a client defines for itself stays with it; the tables are the same for all.
        Ok(engine::another_session(session))
    }
}

/// A plan that reads, of a statement that may do nothing else.
///
/// # Errors
/// When it is none, or the engine does not understand it.
pub async fn plan(
    session: &SessionContext,
    statement: datafusion::sql::sqlparser::ast::Statement,
) -> PgWireResult<LogicalPlan> {
    let statement = datafusion::sql::parser::Statement::Statement(Box::new(statement));
    let plan = session.state().statement_to_plan(statement).await.map_err(|error| of_engine(&error))?;
    if !engine::only_reads(&plan) {
        return Err(read_only());
    }
    let plan = with_types(plan).map_err(|error| of_engine(&error))?;
    let waits_for_values = plan.get_parameter_names().is_ok_and(|names| !names.is_empty());
    // What is explained is shown as it was asked.
    if waits_for_values || matches!(plan, LogicalPlan::Explain(_)) { Ok(plan) } else { analyzed(session, plan) }
}

/// The plan with the types that its columns come to have: of `case` and `union` the engine says first that they have those
/// of their first part.
///
/// # Errors
/// When they cannot be had.
pub fn analyzed(session: &SessionContext, plan: LogicalPlan) -> PgWireResult<LogicalPlan> {
    let state = session.state();
    let plan = state.analyzer().execute_and_check(plan, state.config_options(), |_, _| {});
    let plan = plan.map_err(|error| of_engine(&error))?;
    if engine::is_grouped_wrongly(&plan) {
        let message = "groups of what unnest makes of groups would come out wrong";
        return Err(error_with_hint(NOT_SUPPORTED, message, "select what is grouped first without groups around it"));
    }
    Ok(plan)
}

/// The answer to everything that is no question.
pub fn read_only() -> PgWireError {
    error(READ_ONLY, "published sets are read here, and never changed")
}
