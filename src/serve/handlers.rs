//! What the two protocols ask of a conversation: the simple one by texts, the extended one by statements and portals.

use std::fmt::Debug;
use std::sync::Arc;

use arrow_pg::datatypes::into_pg_type;
use async_trait::async_trait;
use futures::{Sink, SinkExt};
use pgwire::api::portal::{Format, Portal};
use pgwire::api::query::{
    ExtendedQueryHandler, SimpleQueryHandler, send_execution_response, send_query_response, send_ready_for_query,
};
use pgwire::api::results::{DescribePortalResponse, DescribeStatementResponse, FieldInfo, Response};
use pgwire::api::stmt::{QueryParser, StoredStatement};
use pgwire::api::store::{Entry, PortalStore};
use pgwire::api::{ClientInfo, ClientPortalStore, DEFAULT_NAME, PgWireConnectionState, Type};
use pgwire::error::{PgWireError, PgWireResult};
use pgwire::messages::PgWireBackendMessage;
use pgwire::messages::extendedquery::Execute;
use pgwire::messages::response::{EmptyQueryResponse, TransactionStatus};
use pgwire::messages::simplequery::Query;

use crate::serve::answer;
use crate::serve::conversation::Conversation;
use crate::serve::prepared::Prepared;
use crate::serve::refusal::{INTERNAL, SYNTAX_ERROR, error};
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
        if !matches!(client.state(), PgWireConnectionState::ReadyForQuery) {
            return Err(PgWireError::NotReadyForQuery);
        }
        client.set_state(PgWireConnectionState::QueryInProgress);
        let statements = self.bounds().hold(self.parsed(&query.query)).await??;
        if statements.is_empty() {
            client.feed(PgWireBackendMessage::EmptyQueryResponse(EmptyQueryResponse::new())).await?;
        }
        // Each is answered before the next one is looked at, which may need what it did.
        for sql in statements {
            let status = client.transaction_status();
            match self.said(client, sql, status).await? {
                Response::Query(rows) => send_query_response(client, rows, true).await?,
                Response::TransactionStart(tag) => {
                    send_execution_response(client, tag).await?;
                    client.set_transaction_status(TransactionStatus::Transaction);
                }
                Response::TransactionEnd(tag) => {
                    send_execution_response(client, tag).await?;
                    client.set_transaction_status(TransactionStatus::Idle);
                }
                Response::Execution(tag) => send_execution_response(client, tag).await?,
                _ => return Err(error(INTERNAL, "an answer of no kind that there is here")),
            }
        }
        client.set_state(PgWireConnectionState::ReadyForQuery);
        send_ready_for_query(client, client.transaction_status()).await
    }

    /// The protocol's library would have all answers at once; [`Self::on_query`] gives one after the other.
    async fn do_query<C>(&self, _client: &mut C, _sql: &str) -> PgWireResult<Vec<Response>>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        Err(error(INTERNAL, "statements are answered one after the other"))
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
        let statement = self.0.bound(target).await?;
        let fields = match self.0.columns(&statement).await? {
            Some(schema) => answer::fields(&schema, format)?,
            None => Vec::new(),
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
        let statement = transaction::within(client.transaction_status(), statement)?;
        prepared.holds_to_what_was_told(self.0.columns(&statement).await?.as_deref())?;
        self.0.forget_portals(client, &statement).await;
        // A client may ask for the columns of a cursor by the name of its portal, as psycopg does.
        let cursor = match &statement {
            Statement::Declare { cursor, plan } => Some((cursor.clone(), plan.clone())),
            _ => None,
        };
        let response = self.0.answer(statement, &portal.result_column_format, self.0.bounds()).await?;
        if let Some((cursor, plan)) = cursor {
            let schema = Some(Arc::clone(plan.schema().inner()));
            let prepared = Prepared::new(Statement::Query(plan), schema);
            let stored = Arc::new(StoredStatement::new(cursor.clone(), prepared, Vec::new()));
            client.portal_store().put_portal(Arc::new(Portal::new_cursor(cursor, stored)));
        }
        Ok(response)
    }
}
