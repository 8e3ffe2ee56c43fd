//! What a session is asked, to the rows that answer it.

use std::sync::Arc;

use anyhow::Result;
use arrow::record_batch::RecordBatch;
use datafusion::common::TableReference;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::context::SQLOptions;
use datafusion::logical_expr::{LogicalPlan, Operator, binary_expr};
use datafusion::physical_plan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::prelude::{DataFrame, Expr, SessionContext};
use datafusion::sql::parser::{DFParser, Statement};
use datafusion::sql::sqlparser::ast::Statement as SqlStatement;
use futures::{StreamExt, TryStreamExt, stream};

use crate::engine::plan::{fault, grouped_wrongly, is_grouped_wrongly};
use crate::engine::session::{CATALOG, is_out_of_memory};
use crate::engine::{Engine, Tables, built_table};
use crate::fault::{Fault, nearest};
use crate::model::{TableName, syntax_fault};
use crate::warehouse::BuiltTable;

/// Runs a plan and collects its rows; one batch without rows where there are none.
///
/// # Errors
/// When the query fails.
pub async fn collect(session: &SessionContext, plan: LogicalPlan) -> Result<Vec<RecordBatch>> {
    let schema = Arc::clone(plan.schema().inner());
    let batches = DataFrame::new(session.state(), plan).collect().await?;
    Ok(if batches.is_empty() { vec![RecordBatch::new_empty(schema)] } else { batches })
}

/// The same; a query whose hash join meets the memory limit runs once more with joins that spill.
///
/// # Errors
/// When the query fails.
pub async fn collect_spilling(
    engine: &Engine,
    session: &SessionContext,
    plan: LogicalPlan,
) -> Result<Vec<RecordBatch>> {
    match collect(session, plan.clone()).await {
        Err(error) if error.downcast_ref::<DataFusionError>().is_some_and(is_out_of_memory) => {
            collect(&engine.spilling(session), plan).await
        }
        other => other,
    }
}

/// All rows of a table that a session sees, read without a plan.
///
/// # Errors
/// When there is no such table, or its files cannot be read.
pub async fn rows_of(session: &SessionContext, table: &TableName) -> Result<Vec<RecordBatch>> {
    let table = TableReference::partial(table.schema.as_str(), table.name.as_str());
    let table = session.table_provider(table).await?;
    let scan = table.scan(&session.state(), None, &[], None).await?;
    Ok(physical_plan::collect(scan, session.task_ctx()).await?)
}

/// Up to how many bytes of files are read back at once, to be asked several times.
const READ_BACK_BYTES: u64 = 2 << 20;

/// A table with the rows that its files hold, where those are small; else without any, to be read from the files each time.
///
/// # Errors
/// When the files cannot be read.
pub async fn read_back(engine: &Engine, table: &BuiltTable) -> Result<BuiltTable> {
    let in_files = table.in_files();
    if in_files.files.is_empty() || in_files.files.iter().map(|file| file.bytes).sum::<u64>() > READ_BACK_BYTES {
        return Ok(in_files);
    }
    let mut tables = Tables::default();
    tables.add(&table.name, built_table(&in_files)?);
    let rows = rows_of(&engine.session(&tables)?, &table.name).await?;
    let may_keep = engine.may_keep(rows.iter().map(RecordBatch::get_array_memory_size).sum());
    Ok(if may_keep { BuiltTable { rows, ..in_files } } else { in_files })
}

/// Begins a person's query, which may read and nothing else; its rows come as they are taken.
///
/// A query whose hash join meets the memory limit before its first rows begins once more with joins that spill.
///
/// # Errors
/// When it is no query, or fails before its first rows.
pub async fn ask(engine: &Engine, session: &SessionContext, sql: &str) -> Result<SendableRecordBatchStream> {
    let state = session.state();
    let planned = match state.statement_to_plan(one_statement(sql)?).await {
        Ok(plan) => state.analyzer().execute_and_check(plan, state.config_options(), |_, _| {}),
        Err(error) => Err(error),
    };
    let plan = planned.map_err(|error| query_fault(session, sql, &error))?;
    if is_grouped_wrongly(&plan) {
        return Err(grouped_wrongly("query").into());
    }
    if !only_reads(&plan) {
        return Err(no_query().into());
    }
    match begin(session, plan.clone()).await {
        Err(error) if is_out_of_memory(&error) => Ok(begin(&engine.spilling(session), plan).await?),
        other => Ok(other?),
    }
}

/// The rows of a plan, of which the first are there already.
async fn begin(session: &SessionContext, plan: LogicalPlan) -> Result<SendableRecordBatchStream, DataFusionError> {
    let mut rows = DataFrame::new(session.state(), plan).execute_stream().await?;
    let first = rows.try_next().await?;
    let rows = RecordBatchStreamAdapter::new(rows.schema(), stream::iter(first.map(Ok)).chain(rows));
    Ok(Box::pin(rows))
}

/// The one statement that a query is.
fn one_statement(sql: &str) -> Result<Statement, Fault> {
    let example = "write one such as `select * from marts.exceptions`; `show tables` lists what there is";
    let mut statements = DFParser::parse_sql(sql).map_err(|error| match error.find_root() {
        DataFusionError::SQL(error, _) => syntax_fault("query", sql, error).with_help(example),
        _ => fault("query", sql, &error),
    })?;
    let count = statements.len();
    let statement = match (statements.pop_front(), count) {
        (Some(statement), 1) => statement,
        (None, _) => return Err(Fault::of_file("query", "found no SQL, expected one query").with_help(example)),
        (Some(_), count) => {
            let fault = Fault::of_file("query", format!("found {count} statements, expected one query"));
            return Err(fault.with_help("ask one after the other, or join them with `union all`"));
        }
    };
    // Said here of what would otherwise be told about its columns or values first.
    let changes = match &statement {
        Statement::Statement(statement) => matches!(
            **statement,
            SqlStatement::Insert(..) | SqlStatement::Update(..) | SqlStatement::Delete(..) | SqlStatement::Merge(..)
        ),
        Statement::CreateExternalTable(_) | Statement::CopyTo(_) | Statement::Reset(_) => true,
        Statement::Explain(_) => false,
    };
    if changes { Err(no_query()) } else { Ok(statement) }
}

fn no_query() -> Fault {
    Fault::of_file("query", "this is no query; published sets are read, never changed")
        .with_help("`--to FILE` writes what a query answers; what a mart holds, its SQL decides, and `sopmart run`")
}

/// Whether a plan asks, and changes nothing: neither tables nor what is in them, nor the session.
pub fn only_reads(plan: &LogicalPlan) -> bool {
    let only_read = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    only_read.verify_plan(plan).is_ok()
}

/// Up to how many marts are named where none of them seems to be meant.
const FEW_NAMES: usize = 12;

/// What is wrong with a person's query; for a table that there is not, with the nearest that there is.
fn query_fault(session: &SessionContext, sql: &str, error: &DataFusionError) -> Fault {
    let fault = fault("query", sql, error);
    let unknown = fault.message.strip_prefix("table '").and_then(|rest| rest.strip_suffix("' not found"));
    let Some(name) = unknown.map(|name| name.trim_start_matches(CATALOG).trim_start_matches('.')) else { return fault };
    let catalog = session.catalog(CATALOG);
    let names = catalog.and_then(|catalog| catalog.schema("marts")).map(|marts| marts.table_names());
    let mut names: Vec<String> = names.unwrap_or_default().iter().map(|table| format!("marts.{table}")).collect();
    names.sort();
    let help = match nearest(name, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.len() > FEW_NAMES => format!("`show tables` lists the {} marts that there are", names.len()),
        None => format!("there are {}", names.join(", ")),
    };
    Fault { message: format!("unknown table `{name}`"), ..fault }.with_help(help)
}

/// `one is distinct from other`: true also where one of both is NULL.
pub fn is_distinct(one: Expr, other: Expr) -> Expr {
    binary_expr(one, Operator::IsDistinctFrom, other)
}
