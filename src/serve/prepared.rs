//! Statements that were parsed and wait for the values of their parameters.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::datatypes::{DataType, Schema, SchemaRef};
use arrow_pg::datatypes::into_pg_type;
use datafusion::common::ParamValues;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use pgwire::api::Type;
use pgwire::error::PgWireResult;

use crate::serve::parameters::Sent;
use crate::serve::placeholders::with_types;
use crate::serve::refusal::{OTHER_TYPE, SYNTAX_ERROR, error, error_with_hint, of_engine};
use crate::serve::session::analyzed;
use crate::serve::statement::Statement;

/// One of them.
#[derive(Debug, Clone)]
pub struct Prepared {
    pub statement: Statement,
    /// Its columns, as far as they are known without the values.
    pub schema: Option<SchemaRef>,
    /// Whether the client was told of these columns, and reads what comes as them.
    is_described: Arc<AtomicBool>,
}

impl Prepared {
    pub fn new(statement: Statement, schema: Option<SchemaRef>) -> Prepared {
        Prepared { statement, schema, is_described: Arc::default() }
    }

    fn plan(&self) -> Option<&LogicalPlan> {
        match &self.statement {
            Statement::Query(plan) | Statement::Explain(plan) | Statement::Declare { plan, .. } => Some(plan),
            _ => None,
        }
    }

    /// Types of the parameters in their order, as far as the plan tells.
    ///
    /// # Errors
    /// When one has no number.
    pub fn parameters(&self) -> PgWireResult<Vec<Option<DataType>>> {
        let Some(plan) = self.plan() else { return Ok(Vec::new()) };
        let found = plan.get_parameter_types().map_err(|error| of_engine(&error))?;
        let mut numbered = Vec::new();
        for (name, data_type) in found {
            let number = name.strip_prefix('$').and_then(|digits| digits.parse::<u16>().ok()).filter(|n| *n > 0);
            let message = || error(SYNTAX_ERROR, format!("parameters are $1 to $65535, and not {name}"));
            let number = usize::from(number.ok_or_else(message)?);
            if numbered.len() < number {
                numbered.resize(number, None);
            }
            numbered[number - 1] = data_type;
        }
        Ok(numbered)
    }

    /// The statement with values for its parameters.
    ///
    /// # Errors
    /// When they are not what it asks for.
    pub fn bound(&self, session: &SessionContext, sent: &Sent) -> PgWireResult<Statement> {
        let mut statement = self.statement.clone();
        let (Statement::Query(plan) | Statement::Explain(plan) | Statement::Declare { plan, .. }) = &mut statement
        else {
            return Ok(statement);
        };
        let values = sent.values(&self.parameters()?)?;
        if !values.is_empty() {
            let values = ParamValues::List(values.into_iter().map(Into::into).collect());
            let bound = plan.as_ref().clone().replace_params_with_values(&values);
            let bound = bound.and_then(with_types).map_err(|error| of_engine(&error))?;
            **plan = analyzed(session, bound)?;
        }
        Ok(statement)
    }

    /// The client learns the columns as they are without the values.
    pub fn mark_told(&self) {
        self.is_described.store(true, Ordering::Relaxed);
    }

    /// A client that was told of the columns before there were values would read others as those.
    ///
    /// # Errors
    /// When the values make columns of other types.
    pub fn holds_to_what_was_told(&self, found: Option<&Schema>) -> PgWireResult<()> {
        let (Some(told), Some(found)) = (&self.schema, found) else { return Ok(()) };
        if !self.is_described.load(Ordering::Relaxed) {
            return Ok(());
        }
        if told.fields().len() != found.fields().len() {
            let message = "the columns are others than they were said to be";
            return Err(error_with_hint(OTHER_TYPE, message, "prepare the statement anew"));
        }
        for (told, found) in told.fields().iter().zip(found.fields()) {
            let (told_type, found_type) = (into_pg_type(told.data_type())?, into_pg_type(found.data_type())?);
            if told_type != found_type && told_type != Type::UNKNOWN {
                let message = format!(
                    "column \"{}\" is {found_type} with these values, and was said to be {told_type}",
                    told.name()
                );
                return Err(error_with_hint(OTHER_TYPE, message, "cast the parameters in the statement: $1::numeric"));
            }
        }
        Ok(())
    }
}
