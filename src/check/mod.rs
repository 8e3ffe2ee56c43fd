//! Check: built tables to verdicts, on exactly the files that would be published and before anyone can see them.
//! A table keeps its contract (key, required columns, value rules, references), and every query in `sql/checks`
//! finds what it must: nothing, or totals that agree.

mod contract_rules;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use arrow::array::{ArrayRef, StringArray};
use arrow::record_batch::RecordBatch;
use arrow::util::pretty::pretty_format_batches;
use datafusion::prelude::{DataFrame, SessionContext, col};

use crate::engine;
use crate::model::{Model, SqlFile, TableName};
use crate::pipeline::Pipeline;
use crate::record::{CheckRecord, number};
use crate::warehouse::{Fingerprints, Warehouse, query_fingerprint};

/// How many offending rows a complaint shows.
const SHOWN_ROWS: usize = 5;

/// One thing to check.
#[derive(Debug, Clone)]
pub struct Check<'a> {
    pub name: String,
    /// The tables it reads.
    pub tables: Vec<TableName>,
    fingerprint: String,
    /// True where it passed over the same tables before.
    pub passed_before: bool,
    kind: Kind<'a>,
}

#[derive(Debug, Clone)]
enum Kind<'a> {
    /// The table keeps its contract.
    Contract(&'a Model),
    /// The query selects no row.
    Nothing(&'a SqlFile),
    /// The query selects compared totals, and all agree.
    Reconciles(&'a SqlFile),
}

/// All checks of these tables and the queries that read them, with whether each passed before.
///
/// # Errors
/// When the warehouse fails.
pub async fn checks<'a>(
    warehouse: &Warehouse,
    pipeline: &'a Pipeline,
    is_in_run: impl Fn(&TableName) -> bool,
    known: &Fingerprints,
) -> Result<Vec<Check<'a>>> {
    let mut checks = Vec::new();
    for model in pipeline.models.iter().filter(|model| is_in_run(&model.name)) {
        let Some(contract) = &model.contract else { continue };
        let mut tables = vec![model.name.clone()];
        tables.extend(contract_rules::referenced(model).into_iter().filter(|table| known.contains_key(table)));
        tables.dedup();
        let of_tables: Vec<&str> = tables.iter().map(|table| known[table].as_str()).collect();
        let references: Vec<_> = contract.columns.iter().map(|column| &column.reference).collect();
        let fingerprint = format!("{} {references:?} {}", contract.landing_digest(), of_tables.join(" "));
        let kind = Kind::Contract(model);
        checks.push(Check {
            name: format!("{} keeps its contract", model.name),
            tables,
            fingerprint,
            passed_before: false,
            kind,
        });
    }
    for sql in &pipeline.checks {
        let tables: Vec<TableName> = sql.tables.iter().map(|table| table.name.clone()).collect();
        let name = sql.path.rsplit('/').next().unwrap_or(&sql.path).trim_end_matches(".sql").to_string();
        // A check is about the mart that its name begins with, also where it reads other tables alone.
        let subject = name.split_once("__").map(|(mart, _)| TableName::new("marts", mart));
        let subject = subject.filter(|mart| pipeline.marts.contains(mart));
        let marts = || tables.iter().filter(|table| table.schema == "marts").chain(&subject);
        // A mart without what it needs is empty, and its totals are those of nothing.
        if !marts().all(&is_in_run) || marts().any(|mart| !pipeline.missing_needs(mart).is_empty()) {
            continue;
        }
        let kind = if name.ends_with("__does_not_reconcile") { Kind::Reconciles(sql) } else { Kind::Nothing(sql) };
        let fingerprint = query_fingerprint(sql, &pipeline.settings, known);
        checks.push(Check { name, tables, fingerprint, passed_before: false, kind });
    }
    for check in &mut checks {
        check.passed_before = warehouse.exists(&check.path()).await?;
    }
    Ok(checks)
}

impl Check<'_> {
    /// Where it stands that the check passed.
    fn path(&self) -> String {
        use sha2::{Digest, Sha256};
        let of_both = format!("{:x}", Sha256::digest(format!("{} {}", self.name, self.fingerprint)));
        format!("models/checks/{of_both}.json")
    }

    /// The record of a check that passed over the same tables in an earlier run.
    pub fn reused(&self) -> CheckRecord {
        CheckRecord { check: self.name.clone(), passed: true, reused: true, milliseconds: 0, complaint: None }
    }
}

/// Carries out one check in a session that has its tables.
///
/// # Errors
/// When the check itself cannot be planned or run; a failed check is no error but a verdict.
pub async fn carry_out(
    check: &Check<'_>,
    session: &SessionContext,
    pipeline: &Pipeline,
    warehouse: &Warehouse,
) -> Result<CheckRecord> {
    let started = Instant::now();
    let personal = personal_columns(pipeline, &check.tables);
    let complaint = match &check.kind {
        Kind::Contract(model) => {
            contract_rules::complaint(session, model, &check.tables, &personal, pipeline.settings.as_of()).await
        }
        Kind::Nothing(sql) => offending_rows(planned(session, sql, pipeline).await?, &personal).await,
        Kind::Reconciles(sql) => {
            let totals = planned(session, sql, pipeline).await?;
            let differing = engine::is_distinct(col("source_total"), col("mart_total"));
            let differing = totals.filter(differing).with_context(|| {
                format!("a check named `…__does_not_reconcile` selects source_total and mart_total: {}", sql.path)
            })?;
            offending_rows(differing, &personal).await
        }
    };
    let complaint = complaint.with_context(|| format!("checking {}", check.name))?;
    if complaint.is_none() {
        let texts: BTreeMap<&str, &str> =
            BTreeMap::from([("check", check.name.as_str()), ("over", check.fingerprint.as_str())]);
        warehouse.put(&check.path(), serde_json::to_vec(&texts).context("texts are JSON")?).await?;
    }
    Ok(CheckRecord {
        check: check.name.clone(),
        passed: complaint.is_none(),
        reused: false,
        milliseconds: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        complaint,
    })
}

async fn planned(session: &SessionContext, sql: &SqlFile, pipeline: &Pipeline) -> Result<DataFrame> {
    let plan = engine::plan(session, sql, &pipeline.settings).await?;
    Ok(session.execute_logical_plan(plan).await?)
}

/// None where the query selects nothing; otherwise how many rows, and the first of them.
async fn offending_rows(query: DataFrame, personal: &BTreeSet<&str>) -> Result<Option<String>> {
    let count = u64::try_from(query.clone().count().await?).unwrap_or(u64::MAX);
    if count == 0 {
        return Ok(None);
    }
    let sorted: Vec<_> = query
        .schema()
        .columns()
        .into_iter()
        .map(|column| datafusion::prelude::Expr::Column(column).sort(true, false))
        .collect();
    let first = query.sort(sorted)?.limit(0, Some(SHOWN_ROWS))?.collect().await?;
    let shown: Vec<RecordBatch> = first.iter().map(|rows| without_personal(rows, personal)).collect::<Result<_>>()?;
    Ok(Some(complaint(count, &shown)?))
}

/// The rows with the values of personal columns left out: complaints stand in logs and in records.
fn without_personal(rows: &RecordBatch, personal: &BTreeSet<&str>) -> Result<RecordBatch> {
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

/// The names of the personal columns of some tables.
fn personal_columns<'a>(pipeline: &'a Pipeline, tables: &[TableName]) -> BTreeSet<&'a str> {
    let contracts = tables.iter().filter_map(|table| pipeline.contract(table));
    let columns = contracts.flat_map(|contract| &contract.columns);
    columns.filter(|column| column.is_personal).map(|column| column.name.as_str()).collect()
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
