//! What the two protocols ask of a conversation: the simple one by texts, the extended one by statements and portals.

use std::fmt::Debug;
use std::sync::Arc;

use arrow_pg::datatypes::into_pg_type;
use async_trait::async_trait;
use futures::Sink;
use pgwire::api::portal::{Format, Portal};
use pgwire::api::query::{ExtendedQueryHandler, SimpleQueryHandler};
use pgwire::api::results::{DescribePortalResponse, DescribeStatementResponse, FieldInfo, Response};
use pgwire::api::stmt::{QueryParser, StoredStatement};
use pgwire::api::store::{Entry, PortalStore};
use pgwire::api::{ClientInfo, ClientPortalStore, DEFAULT_NAME, Type};
use pgwire::error::{PgWireError, PgWireResult};
use pgwire::messages::PgWireBackendMessage;
use pgwire::messages::extendedquery::Execute;
use pgwire::messages::response::TransactionStatus;
use pgwire::messages::simplequery::Query;

use crate::serve::answer;
use crate::serve::conversation::Conversation;
use crate::serve::prepared::Prepared;
use crate::serve::refusal::{SYNTAX_ERROR, error};
use crate::serve::statement::Statement;
use crate::serve::transaction;

#[async_trait]
impl SimpleQueryHandler for Conversation {
    async fn on_query<C>(&self, client: &mut C, query: Query) -> PgWireResult<()>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        if client.transaction_status() == TransactionStatus::Error && transaction::heals(&query.query) {
            client.set_transaction_status(TransactionStatus::Transaction);
        }
        self._on_query(client, query).await
    }

    async fn do_query<C>(&self, client: &mut C, sql: &str) -> PgWireResult<Vec<Response>>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let mut responses = Vec::new();
        let mut status = client.transaction_status();
        for sql in self.bounds().hold(self.parsed(sql)).await?? {
            let response = match self.said(client, sql, status).await {
                Ok(response) => response,
                Err(error) if responses.is_empty() => return Err(error),
                // What was said before it is answered, and it ends the rest.
                Err(error) => {
                    responses.push(Response::Error(Box::new(error.into())));
                    break;
                }
            };
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
        let mut statements = self.bounds().hold(self.parsed(sql)).await??;
        let Some(sql) = statements.pop() else { return Ok(None) };
        if !statements.is_empty() {
            return Err(error(SYNTAX_ERROR, "cannot insert multiple commands into a prepared statement"));
        }
        let mut bounds = self.bounds();
        let statement = bounds.hold(Box::pin(self.understood(sql))).await??;
        transaction::may_be_said(client.transaction_status(), &statement)?;
        let schema = self.columns(&statement).await?;
        Ok(Some(Prepared::new(statement, schema)))
    }

    fn get_parameter_types(&self, prepared: &Prepared) -> PgWireResult<Vec<Type>> {
        let types = prepared.parameters()?.into_iter();
        types.map(|data_type| data_type.map_or(Ok(Type::UNKNOWN), |data_type| into_pg_type(&data_type))).collect()
    }

    fn get_result_schema(&self, prepared: &Prepared, format: Option<&Format>) -> PgWireResult<Vec<FieldInfo>> {
        let Some(schema) = &prepared.schema else { return Ok(Vec::new()) };
        answer::fields(schema, format.unwrap_or(&Format::UnifiedText))
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

    async fn on_execute<C>(&self, client: &mut C, message: Execute) -> PgWireResult<()>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let portal = client.portal_store().get_portal(message.name.as_deref().unwrap_or(DEFAULT_NAME));
        if client.transaction_status() == TransactionStatus::Error
            && let Some(Entry::Value(portal)) = portal
            && matches!(portal.statement.statement.statement, Statement::RollbackTo)
        {
            client.set_transaction_status(TransactionStatus::Transaction);
        }
        self._on_execute(client, message).await
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
        let fields = match self.0.bound(target).await? {
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
        let statement = self.0.bound(portal).await?;
        prepared.holds_to_what_was_told(&statement)?;
        let statement = transaction::within(client.transaction_status(), statement)?;
        self.0.forget_portals(client, &statement).await;
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
