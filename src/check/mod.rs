//! Check: built tables to verdicts, on exactly the files that would be published and before anyone can see them.
//! A table keeps its contract (key, required columns, value rules, references, freshness, what is expected of it), and
//! every query in `sql/checks` finds what it must: nothing, or totals that agree, which are built as tables before.

mod contract_rules;
mod listed;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use arrow::array::{ArrayRef, AsArray, StringArray};
use arrow::compute::kernels::cmp::distinct;
use arrow::datatypes::Int64Type;
use arrow::record_batch::RecordBatch;
use arrow::util::pretty::pretty_format_batches;
use datafusion::common::TableReference;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::prelude::{DataFrame, Expr, SessionContext, col, lit, not};

use crate::check::contract_rules::Ask;
use crate::contract::{Must, Severity};
use crate::engine::{self, Engine};
use crate::model::{Settings, SqlFile, TableName};
use crate::pipeline::Pipeline;
use crate::record::{CheckRecord, number};
use crate::warehouse::Warehouse;

pub use listed::{all_checks, checks};

/// How many offending rows a complaint shows.
const SHOWN_ROWS: usize = 5;

/// One thing to check.
#[derive(Debug, Clone)]
pub struct Check {
    pub name: String,
    /// The table whose contract it holds, or whose name its file begins with.
    pub about: TableName,
    /// The tables it reads.
    pub tables: Vec<TableName>,
    /// What it means that it does not pass.
    pub severity: Severity,
    fingerprint: String,
    /// True where it passed over the same tables before.
    pub passed_before: bool,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    /// The table keeps its contract, as far as it has the check's severity.
    Contract(TableName, Vec<Ask>),
    /// The query of a contract selects one value that is as it must be.
    Expected(SqlFile, Must),
    /// The query selects no row.
    Nothing(SqlFile),
    /// The table holds compared totals, and all agree.
    Reconciles(TableName),
}

impl Check {
    /// What it asks, where that is a query of its own.
    pub fn query(&self) -> Option<&SqlFile> {
        match &self.kind {
            Kind::Expected(sql, _) | Kind::Nothing(sql) => Some(sql),
            Kind::Contract(..) | Kind::Reconciles(_) => None,
        }
    }

    /// Where it stands that the check passed.
    fn path(&self) -> String {
        use sha2::{Digest, Sha256};
        let of_both = format!("{:x}", Sha256::digest(format!("{} {}", self.name, self.fingerprint)));
        format!("models/checks/{of_both}.json")
    }

    /// The record of a check that passed over the same tables in an earlier run.
    pub fn reused(&self) -> CheckRecord {
        CheckRecord {
            check: self.name.clone(),
            severity: self.severity,
            passed: true,
            reused: true,
            milliseconds: 0,
            complaint: None,
        }
    }
}

/// What a check asks with.
pub struct Asking {
    engine: Engine,
    /// It has the tables of the check.
    session: SessionContext,
    settings: Settings,
    warehouse: Warehouse,
    /// The names of the personal columns of the check's tables.
    personal: BTreeSet<String>,
}

impl Asking {
    pub fn of(
        check: &Check,
        engine: &Engine,
        session: SessionContext,
        pipeline: &Pipeline,
        warehouse: &Warehouse,
    ) -> Asking {
        let contracts = check.tables.iter().filter_map(|table| pipeline.contract(table));
        let personal = contracts.flat_map(|contract| &contract.columns).filter(|column| column.is_personal);
        Asking {
            engine: engine.clone(),
            session,
            settings: pipeline.settings.clone(),
            warehouse: warehouse.clone(),
            personal: personal.map(|column| column.name.clone()).collect(),
        }
    }

    /// Carries out the check.
    ///
    /// # Errors
    /// When the check itself cannot be planned or run; a failed check is no error but a verdict.
    pub async fn carry_out(self, check: Check) -> Result<CheckRecord> {
        let started = Instant::now();
        let complaint = Box::pin(self.complaint(&check.kind)).await;
        let complaint = complaint.with_context(|| format!("checking {}", check.name))?;
        if complaint.is_none() {
            let texts: BTreeMap<&str, &str> =
                BTreeMap::from([("check", check.name.as_str()), ("over", check.fingerprint.as_str())]);
            self.warehouse.jot(&check.path(), serde_json::to_vec(&texts).context("texts are JSON")?).await?;
        }
        Ok(CheckRecord {
            check: check.name,
            severity: check.severity,
            passed: complaint.is_none(),
            reused: false,
            milliseconds: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            complaint,
        })
    }

    async fn complaint(&self, kind: &Kind) -> Result<Option<String>> {
        match kind {
            Kind::Contract(table, asks) => contract_rules::complaint(self, table, asks).await,
            Kind::Expected(sql, must) => self.unexpected(sql, must).await,
            Kind::Nothing(sql) => self.offending_rows(self.planned(sql).await?).await,
            Kind::Reconciles(totals) => {
                if engine::rows_of(&self.session, totals).await?.iter().all(all_agree) {
                    return Ok(None);
                }
                let totals = self.session.table(TableReference::partial(totals.schema.as_str(), totals.name.as_str()));
                let differing = engine::is_distinct(col("source_total"), col("mart_total"));
                self.offending_rows(totals.await?.filter(differing)?).await
            }
        }
    }

    /// None where the query selects one value and that is as it must be.
    async fn unexpected(&self, sql: &SqlFile, must: &Must) -> Result<Option<String>> {
        let file = &sql.path;
        let found = self.planned(sql).await?;
        let columns = found.schema().columns();
        let [column] = columns.as_slice() else {
            bail!("{file}: a query that must be {must} selects one value, found {} columns", columns.len());
        };
        let value = format!("\"{}\"", column.name.replace('"', "\"\""));
        let is_as_it_must = found.parse_sql_expr(&must.of(&value))?;
        let count = found.clone().limit(0, Some(2))?.count().await?;
        if count != 1 {
            return Ok(Some(format!(
                "the query selects {} rows, expected one value",
                if count == 0 { "no" } else { "several" }
            )));
        }
        // NULL is no figure, and as such never as it must be.
        let rows = self.offending_rows(found.filter(not(is_as_it_must.is_true()))?).await?;
        Ok(rows.map(|rows| format!("expected {must}: {rows}")))
    }

    async fn planned(&self, sql: &SqlFile) -> Result<DataFrame> {
        let plan = engine::plan(&self.session, sql, &self.settings).await?;
        Ok(self.session.execute_logical_plan(plan).await?)
    }

    /// None where the query selects nothing; otherwise how many rows, and the first of them.
    async fn offending_rows(&self, query: DataFrame) -> Result<Option<String>> {
        let counted = query.clone().aggregate(Vec::new(), vec![count(lit(1))])?.into_unoptimized_plan();
        let counted = engine::collect_spilling(&self.engine, &self.session, counted).await?;
        let counts = counted.iter().flat_map(|batch| batch.column(0).as_primitive::<Int64Type>().values());
        let count = counts.sum::<i64>().unsigned_abs();
        if count == 0 {
            return Ok(None);
        }
        let sorted: Vec<_> =
            query.schema().columns().into_iter().map(|column| Expr::Column(column).sort(true, false)).collect();
        let first = query.sort(sorted)?.limit(0, Some(SHOWN_ROWS))?.into_unoptimized_plan();
        let first = engine::collect_spilling(&self.engine, &self.session, first).await?;
        let shown: Vec<RecordBatch> =
            first.iter().map(|rows| without_personal(rows, &self.personal)).collect::<Result<_>>()?;
        Ok(Some(complaint(count, &shown)?))
    }
}

/// Whether no total of a source is another one than that of the mart: totals are few, and a query for each check would
/// take longer to plan than to compare them.
fn all_agree(totals: &RecordBatch) -> bool {
    let differing = match (totals.column_by_name("source_total"), totals.column_by_name("mart_total")) {
        (Some(source), Some(mart)) => distinct(source, mart).ok(),
        _ => None,
    };
    differing.is_some_and(|differing| differing.true_count() == 0)
}

/// The rows with the values of personal columns left out: complaints stand in logs and in records.
fn without_personal(rows: &RecordBatch, personal: &BTreeSet<String>) -> Result<RecordBatch> {
    let columns = rows.schema_ref().fields().iter().zip(rows.columns()).map(|(field, values)| {
        let values: ArrayRef = if personal.contains(field.name().as_str()) {
            Arc::new(StringArray::from_iter_values((0..rows.num_rows()).map(|_| "(personal)")))
        } else {
            Arc::clone(values)
        };
        (field.name(), values, true)
    });
    Ok(RecordBatch::try_from_iter_with_nullable(columns)?)
}

fn complaint(count: u64, first: &[RecordBatch]) -> Result<String> {
    let shown = u64::try_from(first.iter().map(RecordBatch::num_rows).sum::<usize>()).unwrap_or(u64::MAX);
    let what = match count {
        1 => "1 row:".to_string(),
        _ if count > shown => format!("{} rows, the first {shown}:", number(count)),
        _ => format!("{} rows:", number(count)),
    };
    Ok(format!("{what}\n{}", pretty_format_batches(first)?))
}
