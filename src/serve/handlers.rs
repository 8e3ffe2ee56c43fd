//! One connection's statements, by the simple protocol and by the extended one.

use std::fmt::Debug;
use std::sync::Arc;

use arrow::array::{RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow_pg::datatypes::into_pg_type;
use async_trait::async_trait;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{DataFrame, SessionContext};
use datafusion::sql::sqlparser::ast::Statement as Sql;
use futures::{Sink, stream};
use pgwire::api::portal::{Format, Portal};
use pgwire::api::query::{ExtendedQueryHandler, SimpleQueryHandler};
use pgwire::api::results::{DescribePortalResponse, DescribeStatementResponse, FieldInfo, Response, Tag};
use pgwire::api::stmt::{QueryParser, StoredStatement};
use pgwire::api::store::PortalStore;
use pgwire::api::{ClientInfo, ClientPortalStore, Type};
use pgwire::error::{PgWireError, PgWireResult};
use pgwire::messages::PgWireBackendMessage;
use pgwire::messages::response::TransactionStatus;
use tokio::sync::{OnceCell, watch};

use crate::serve::Shared;
use crate::serve::answer::{self, Bounds, Rows};
use crate::serve::catalog::current_setting;
use crate::serve::cursor::Cursors;
use crate::serve::dialect::Dialect;
use crate::serve::prepared::{self, Prepared};
use crate::serve::refusal::{SYNTAX_ERROR, error, of_engine};
use crate::serve::settings::Settings;
use crate::serve::statement::{Statement, parse, understand};
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
    async fn parsed(&self, sql: &str) -> PgWireResult<Vec<Sql>> {
        let (dialect, sql) = (Arc::clone(&self.dialect), sql.to_string());
        self.workers.apart(async move { parse(&dialect, &sql) }).await
    }

    /// What a statement asks of the set that this connection reads.
    async fn understood(&self, sql: Sql) -> PgWireResult<Statement> {
        let (session, dialect) = (self.session().await?.clone(), Arc::clone(&self.dialect));
        self.workers.apart(async move { Box::pin(understand(&session, &dialect, sql)).await }).await
    }

    /// What holds for the next statement.
    fn bounds(&self) -> Bounds {
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
        Ok((schema, answer::rows(work, bounds)))
    }

    /// Does what a statement asks.
    async fn answer(&self, statement: Statement, format: &Format, bounds: Bounds) -> PgWireResult<Response> {
        Ok(match statement {
            Statement::Query(plan) => {
                let (schema, rows) = self.start(*plan, bounds).await?;
                Response::Query(answer::response(&schema, format, rows)?)
            }
            Statement::Explain(plan) => {
                let (schema, rows) = self.start(*plan, bounds).await?;
                let mut response = answer::response(&schema, format, rows)?;
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
            Statement::Fetch { cursor, rows } => {
                let schema = self.cursors.schema(&cursor).await?;
                let batches = self.cursors.fetch(&cursor, rows).await?;
                let mut response = answer::response(&schema, format, stream::iter(batches.into_iter().map(Ok)))?;
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

/// Nothing but its end is heard in a transaction that has failed.
fn may_go_on(status: TransactionStatus, statement: &Statement) -> PgWireResult<()> {
    let ends = matches!(statement, Statement::Commit | Statement::Rollback | Statement::Nothing("ROLLBACK"));
    if status == TransactionStatus::Error && !ends {
        let message = "current transaction is aborted, commands ignored until end of transaction block";
        return Err(error("25P02", message));
    }
    Ok(())
}

#[async_trait]
impl SimpleQueryHandler for Conversation {
    async fn do_query<C>(&self, client: &mut C, sql: &str) -> PgWireResult<Vec<Response>>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let mut responses = Vec::new();
        let mut status = client.transaction_status();
        for sql in self.parsed(sql).await? {
            let mut bounds = self.bounds();
            let statement = bounds.hold(Box::pin(self.understood(sql))).await??;
            may_go_on(status, &statement)?;
            let response = self.answer(statement, &Format::UnifiedText, bounds).await?;
            status = match &response {
                Response::TransactionStart(_) => TransactionStatus::Transaction,
                Response::TransactionEnd(_) => TransactionStatus::Idle,
                _ => status,
            };
            responses.push(response);
        }
        Ok(responses)
    }
}

#[async_trait]
impl QueryParser for Conversation {
    type Statement = Prepared;

    async fn parse_sql<C>(&self, client: &C, sql: &str, _types: &[Option<Type>]) -> PgWireResult<Option<Prepared>>
    where
        C: ClientInfo + Unpin + Send + Sync,
    {
        let mut statements = self.parsed(sql).await?;
        let Some(sql) = statements.pop() else { return Ok(None) };
        if !statements.is_empty() {
            return Err(error(SYNTAX_ERROR, "cannot insert multiple commands into a prepared statement"));
        }
        let mut bounds = self.bounds();
        let statement = bounds.hold(Box::pin(self.understood(sql))).await??;
        may_go_on(client.transaction_status(), &statement)?;
        let schema = match &statement {
            Statement::Query(plan) | Statement::Explain(plan) => Some(Arc::clone(plan.schema().inner())),
            Statement::Show(name) => Some(shown(name)),
            Statement::Fetch { cursor, .. } => Some(self.cursors.schema(cursor).await?),
            _ => None,
        };
        Ok(Some(Prepared::new(statement, schema)))
    }

    fn get_parameter_types(&self, prepared: &Prepared) -> PgWireResult<Vec<Type>> {
        let types = prepared.parameters()?.into_iter();
        types.map(|data_type| data_type.map_or(Ok(Type::UNKNOWN), |data_type| into_pg_type(&data_type))).collect()
    }

    fn get_result_schema(&self, prepared: &Prepared, format: Option<&Format>) -> PgWireResult<Vec<FieldInfo>> {
        let Some(schema) = &prepared.schema else { return Ok(Vec::new()) };
        answer::fields(schema, format.unwrap_or(&Format::UnifiedBinary))
    }
}

/// The extended protocol's side of a conversation.
pub struct Extended(pub Arc<Conversation>);

#[async_trait]
impl ExtendedQueryHandler for Extended {
    type Statement = Prepared;
    type QueryParser = Conversation;

    fn query_parser(&self) -> Arc<Conversation> {
        Arc::clone(&self.0)
    }

    async fn do_describe_statement<C>(
        &self,
        _client: &mut C,
        target: &StoredStatement<Prepared>,
    ) -> PgWireResult<DescribeStatementResponse>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let prepared = &target.statement;
        prepared.mark_told();
        let mut types = self.0.get_parameter_types(prepared)?;
        for (known, told) in types.iter_mut().zip(&target.parameter_types) {
            if let Some(told) = told {
                *known = told.clone();
            }
        }
        Ok(DescribeStatementResponse::new(types, self.0.get_result_schema(prepared, None)?))
    }

    async fn do_describe_portal<C>(
        &self,
        _client: &mut C,
        target: &Portal<Prepared>,
    ) -> PgWireResult<DescribePortalResponse>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let format = &target.result_column_format;
        let fields = match prepared::bound(target)? {
            Statement::Query(plan) => answer::fields(plan.schema().inner(), format)?,
            _ => self.0.get_result_schema(&target.statement.statement, Some(format))?,
        };
        Ok(DescribePortalResponse::new(fields))
    }

    async fn do_query<C>(&self, client: &mut C, portal: &Portal<Prepared>, _max_rows: usize) -> PgWireResult<Response>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let prepared = &portal.statement.statement;
        may_go_on(client.transaction_status(), &prepared.statement)?;
        let statement = prepared::bound(portal)?;
        prepared.holds_to_what_was_told(&statement)?;
        if let Statement::Declare { cursor, plan } = &statement {
            // A client may ask for the columns of a cursor by the name of its portal, as psycopg does.
            let schema = Some(Arc::clone(plan.schema().inner()));
            let prepared = Prepared::new(Statement::Query(plan.clone()), schema);
            let stored = Arc::new(StoredStatement::new(cursor.clone(), prepared, Vec::new()));
            client.portal_store().put_portal(Arc::new(Portal::new_cursor(cursor.clone(), stored)));
        }
        self.0.answer(statement, &portal.result_column_format, self.0.bounds()).await
    }
}
