//! Which checks there are: of contracts, of the queries in contracts, and those of `sql/checks`.

use anyhow::Result;

use crate::check::contract_rules::{self, Day};
use crate::check::{Check, Kind};
use crate::contract::{Contract, Severity};
use crate::model::{Model, TableName};
use crate::pipeline::{Pipeline, name_of_check};
use crate::warehouse::{Fingerprints, Warehouse, query_fingerprint};

/// What the names of queries in `sql/checks` have whose rows fail no run.
const WARNS: &str = "__warns_of_";

/// All checks of these tables and the queries that read them, with whether each passed before.
///
/// # Errors
/// When the warehouse fails.
pub async fn checks(
    warehouse: &Warehouse,
    pipeline: &Pipeline,
    is_in_run: impl Fn(&TableName) -> bool,
    known: &Fingerprints,
) -> Result<Vec<Check>> {
    let mut checks = all_checks(pipeline, is_in_run, known);
    for check in &mut checks {
        check.passed_before = warehouse.exists(&check.path()).await?;
    }
    Ok(checks)
}

/// The same without a look into the warehouse.
pub fn all_checks(pipeline: &Pipeline, is_in_run: impl Fn(&TableName) -> bool, known: &Fingerprints) -> Vec<Check> {
    let mut checks = Vec::new();
    for (table, contract) in pipeline.contracts().filter(|(table, _)| is_in_run(table)) {
        for severity in [Severity::Error, Severity::Warning] {
            checks.extend(contract_check(pipeline, &table, contract, severity, known));
        }
    }
    let in_run = pipeline.contract_queries.iter().filter(|query| is_in_run(&query.table));
    checks.extend(in_run.map(|query| Check {
        name: format!("{}: {}", query.table, query.expectation.name),
        about: query.table.clone(),
        tables: query.sql.tables.iter().map(|table| table.name.clone()).collect(),
        severity: query.expectation.severity,
        fingerprint: format!(
            "{} {:?}",
            query_fingerprint(&query.sql, &pipeline.settings, known),
            query.expectation.must
        ),
        passed_before: false,
        kind: Kind::Expected(query.sql.clone(), query.expectation.must.clone()),
    }));
    checks.extend(pipeline.checks_of(&is_in_run).map(|sql| {
        let name = name_of_check(sql).to_string();
        Check {
            about: mart_of(&name),
            tables: sql.tables.iter().map(|table| table.name.clone()).collect(),
            severity: if name.contains(WARNS) { Severity::Warning } else { Severity::Error },
            fingerprint: query_fingerprint(sql, &pipeline.settings, known),
            passed_before: false,
            kind: Kind::Nothing(sql.clone()),
            name,
        }
    }));
    for Model { name: totals, .. } in pipeline.totals_of(&is_in_run) {
        let (name, tables, fingerprint) = (totals.name.clone(), vec![totals.clone()], known[totals].clone());
        let (about, kind) = (mart_of(&name), Kind::Reconciles(totals.clone()));
        checks.push(Check { name, about, tables, severity: Severity::Error, fingerprint, passed_before: false, kind });
    }
    checks
}

/// The mart that a check is named for.
fn mart_of(check: &str) -> TableName {
    TableName::new("marts", check.split_once("__").map_or(check, |(mart, _)| mart))
}

/// What a contract asks of its table with one severity; None where that is nothing.
fn contract_check(
    pipeline: &Pipeline,
    table: &TableName,
    contract: &Contract,
    severity: Severity,
    known: &Fingerprints,
) -> Option<Check> {
    let day = Day { as_of: pipeline.settings.as_of(), time_zone: pipeline.time_zone };
    // What is not published is no place to refer to.
    let is_there =
        |table: &TableName| known.contains_key(table) && (table.schema != "marts" || pipeline.marts.contains(table));
    let asks = contract_rules::asks(table, contract, is_there, day, severity);
    if asks.is_empty() {
        return None;
    }
    let mut tables = vec![table.clone()];
    tables.extend(contract_rules::referenced(table, contract).into_iter().filter(is_there));
    tables.sort();
    tables.dedup();
    let of_tables: Vec<&str> = tables.iter().map(|table| known[table].as_str()).collect();
    let name = match severity {
        Severity::Error => format!("{table} keeps its contract"),
        Severity::Warning => format!("{table} keeps its contract, warnings"),
    };
    let fingerprint = format!("{asks:?} {}", of_tables.join(" "));
    let kind = Kind::Contract(table.clone(), asks);
    Some(Check { name, about: table.clone(), tables, severity, fingerprint, passed_before: false, kind })
}
