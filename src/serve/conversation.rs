//! What one connection is in the middle of, and what it answers to a statement.

use std::sync::Arc;

use arrow::array::{RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{DataFrame, SessionContext};
use datafusion::sql::sqlparser::ast::Statement as Sql;
use futures::stream;
use pgwire::api::ClientPortalStore;
use pgwire::api::portal::{Format, Portal};
use pgwire::api::results::{Response, Tag};
use pgwire::api::store::PortalStore;
use pgwire::error::{PgWireError, PgWireResult};
use pgwire::messages::response::TransactionStatus;
use tokio::sync::{OnceCell, watch};

use crate::serve::Shared;
use crate::serve::answer::{self, Bounds, Rows};
use crate::serve::catalog::current_setting;
use crate::serve::cursor::Cursors;
use crate::serve::dialect::Dialect;
use crate::serve::parameters::Sent;
use crate::serve::prepared::Prepared;
use crate::serve::refusal::of_engine;
use crate::serve::session::analyzed;
use crate::serve::settings::Settings;
use crate::serve::statement::{Statement, parse, understand};
use crate::serve::transaction;
use crate::serve::work::Workers;

/// What one connection is in the middle of.
pub struct Conversation {
    shared: Arc<Shared>,
    session: OnceCell<SessionContext>,
    settings: Arc<Settings>,
    cursors: Cursors,
    canceled: watch::Receiver<u64>,
    dialect: Arc<Dialect>,
    workers: Workers,
}

impl Conversation {
    pub fn new(shared: Arc<Shared>, canceled: watch::Receiver<u64>, dialect: Arc<Dialect>) -> Conversation {
        let (session, settings, cursors) = (OnceCell::new(), Arc::new(Settings::default()), Cursors::default());
        let workers = Workers::new(shared.threads);
        Conversation { shared, session, settings, cursors, canceled, dialect, workers }
    }

    /// The set that this connection reads from its first statement on.
    async fn session(&self) -> PgWireResult<&SessionContext> {
        let begin = || async {
            let session = self.shared.newest.session().await?;
            session.register_udf(current_setting(Arc::clone(&self.settings)));
            Ok(session)
        };
        self.session.get_or_try_init(begin).await
    }

    /// The statements of a text.
    pub async fn parsed(&self, sql: &str) -> PgWireResult<Vec<Sql>> {
        let (dialect, sql) = (Arc::clone(&self.dialect), sql.to_string());
        self.workers.apart(async move { parse(&dialect, &sql) }).await
    }

    /// What a statement asks of the set that this connection reads.
    pub async fn understood(&self, sql: Sql) -> PgWireResult<Statement> {
        let (session, dialect) = (self.session().await?.clone(), Arc::clone(&self.dialect));
        self.workers.apart(async move { Box::pin(understand(&session, &dialect, sql)).await }).await
    }

    /// What holds for the next statement.
    pub fn bounds(&self) -> Bounds {
        let mut canceled = self.canceled.clone();
        // A cancel that came before is about a statement that has ended.
        canceled.mark_unchanged();
        let limits = &self.shared.limits;
        Bounds { time: self.settings.statement_time(limits.statement_time), rows: limits.rows, canceled }
    }

    async fn start(&self, plan: LogicalPlan, mut bounds: Bounds) -> PgWireResult<(SchemaRef, Rows)> {
        let session = self.session().await?;
        let frame = DataFrame::new(session.state(), plan);
        let schema = Arc::clone(frame.schema().inner());
        let work = bounds.hold(self.workers.begin(frame)).await?.map_err(|error| of_engine(&error))?;
        Ok((schema, Rows::of(work, bounds)))
    }

    /// The columns of a statement's rows, as far as they are known without values; None where it has none.
    ///
    /// # Errors
    /// When it is about a cursor that is not there.
    pub async fn columns(&self, statement: &Statement) -> PgWireResult<Option<SchemaRef>> {
        Ok(match statement {
            Statement::Query(plan) if plan.get_parameter_names().is_ok_and(|names| !names.is_empty()) => {
                let (session, raw) = (self.session().await?.clone(), plan.as_ref().clone());
                let known = self.workers.apart(async move { analyzed(&session, raw) }).await;
                // As far as it tells without the values.
                Some(Arc::clone(known.as_ref().unwrap_or(plan).schema().inner()))
            }
            Statement::Query(plan) | Statement::Explain(plan) => Some(Arc::clone(plan.schema().inner())),
            Statement::Show(name) => Some(shown(name)),
            Statement::Fetch { cursor, .. } => Some(self.cursors.schema(cursor).await?),
            _ => None,
        })
    }

    /// The statement with the values of a portal.
    pub async fn bound(&self, portal: &Portal<Prepared>) -> PgWireResult<Statement> {
        let (prepared, sent) = (portal.statement.statement.clone(), Sent::with(portal));
        let session = self.session().await?.clone();
        self.bounds().hold(self.workers.apart(async move { prepared.bound(&session, &sent) })).await?
    }

    /// Cursors that a statement closes are no portals any more.
    pub async fn forget_portals<C: ClientPortalStore>(&self, client: &C, statement: &Statement)
    where
        C::PortalStore: PortalStore,
    {
        let closed = match statement {
            Statement::Close(Some(cursor)) => vec![cursor.clone()],
            Statement::Close(None) | Statement::Commit | Statement::Rollback | Statement::DiscardAll => {
                self.cursors.names().await
            }
            _ => Vec::new(),
        };
        for cursor in closed {
            client.portal_store().rm_portal(&cursor);
        }
    }

    /// One of the statements of a text, answered.
    pub async fn said<C>(&self, client: &C, sql: Sql, status: TransactionStatus) -> PgWireResult<Response>
    where
        C: ClientPortalStore,
        C::PortalStore: PortalStore,
    {
        let mut bounds = self.bounds();
        let statement = bounds.hold(Box::pin(self.understood(sql))).await??;
        let statement = transaction::within(status, statement)?;
        self.forget_portals(client, &statement).await;
        Box::pin(self.answer(statement, &Format::UnifiedText, bounds)).await
    }

    /// Does what a statement asks.
    pub async fn answer(&self, statement: Statement, format: &Format, bounds: Bounds) -> PgWireResult<Response> {
        Ok(match statement {
            Statement::Query(plan) => {
                let (schema, rows) = self.start(*plan, bounds).await?;
                Response::Query(answer::response(&schema, format, rows.into_stream())?)
            }
            Statement::Explain(plan) => {
                let (schema, rows) = self.start(*plan, bounds).await?;
                let mut response = answer::response(&schema, format, rows.into_stream())?;
                response.set_command_tag("EXPLAIN");
                Response::Query(response)
            }
            Statement::Show(name) => {
                let schema = shown(&name);
                let value = StringArray::from(vec![self.settings.show(&name)?]);
                let batch = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(value)]);
                let batch = batch.map_err(|error| PgWireError::ApiError(error.into()))?;
                let mut response = answer::response(&schema, format, stream::iter([Ok(batch)]))?;
                response.set_command_tag("SHOW");
                Response::Query(response)
            }
            Statement::Set { name, value } => {
                self.settings.set(&name, &value)?;
                Response::Execution(Tag::new("SET"))
            }
            Statement::Reset(name) => {
                self.settings.reset(name.as_deref());
                Response::Execution(Tag::new("RESET"))
            }
            Statement::Begin => Response::TransactionStart(Tag::new("BEGIN")),
            Statement::Commit => {
                self.cursors.close(None).await?;
                Response::TransactionEnd(Tag::new("COMMIT"))
            }
            Statement::Rollback => {
                self.cursors.close(None).await?;
                Response::TransactionEnd(Tag::new("ROLLBACK"))
            }
            Statement::Nothing(tag) => Response::Execution(Tag::new(tag)),
            Statement::Declare { cursor, plan } => {
                let (schema, rows) = self.start(*plan, bounds).await?;
                self.cursors.declare(&cursor, schema, rows).await?;
                Response::Execution(Tag::new("DECLARE CURSOR"))
            }
            Statement::RollbackTo => Response::TransactionStart(Tag::new("ROLLBACK")),
            Statement::Fetch { cursor, rows } => {
                let schema = self.cursors.schema(&cursor).await?;
                let rows = self.cursors.fetch(&cursor, rows, bounds).await?;
                let mut response = answer::response(&schema, format, rows)?;
                response.set_command_tag("FETCH");
                Response::Query(response)
            }
            Statement::Close(cursor) => {
                self.cursors.close(cursor.as_deref()).await?;
                Response::Execution(Tag::new("CLOSE CURSOR"))
            }
            Statement::DiscardAll => {
                self.cursors.close(None).await?;
                self.settings.reset(None);
                Response::Execution(Tag::new("DISCARD ALL"))
            }
        })
    }
}

/// The one column of a setting that is shown.
fn shown(name: &str) -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new(name.replace(' ', "_"), DataType::Utf8, false)]))
}
