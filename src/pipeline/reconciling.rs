//! Reconciling checks as models: what each compares is a table of schema `checks`, and all of them together are
//! `record.totals`, from which `marts.reconciliation` is made.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::datatypes::DataType;

use crate::contract::{Column, Contract};
use crate::model::{self, CHECKS, Model, Part, RECORD, SqlFile, TableName, model_named};

/// How a check is named that compares totals.
const ENDING: &str = "__does_not_reconcile";

/// The mart that shows what all others are compared with: what reads it cannot be part of it.
const RECONCILIATION: &str = "reconciliation";

/// The places of a compared total: as many as any share that is summed has.
const TOTAL: DataType = DataType::Decimal128(38, 12);

/// Whether a check compares totals instead of looking for rows that must not exist.
pub(super) fn compares_totals(check: &SqlFile) -> bool {
    name_of_check(check).ends_with(ENDING)
}

/// A check's name, as its file has it.
pub fn name_of_check(check: &SqlFile) -> &str {
    check.path.rsplit('/').next().unwrap_or(&check.path).trim_end_matches(".sql")
}

/// Whether a check is one of those marts that are there: all that it reads are, and the one that it is named for has what
/// it needs. A mart without its needs is empty, and its totals are those of nothing.
pub(super) fn holds(name: &str, reads: &[TableName], models: &[Model], is_there: impl Fn(&TableName) -> bool) -> bool {
    let named = name.split_once("__").map(|(mart, _)| TableName::new("marts", mart));
    let named = named.and_then(|mart| model_named(models, &mart));
    named.is_none_or(|mart| is_there(&mart.name) && mart.missing_needs(models).is_empty())
        && reads.iter().filter(|table| table.schema == "marts").all(is_there)
}

/// What each of these checks compares, as a model; and the union of those that hold for the marts of a pipeline.
pub(super) fn totals(checks: Vec<SqlFile>, models: &[Model], marts: &[TableName]) -> Vec<Model> {
    let contract = Arc::new(compared());
    let of_check = |sql: SqlFile| Model {
        name: TableName::new(CHECKS, name_of_check(&sql)),
        parts: vec![Part { source_system: None, sql }],
        contract: Some(Arc::clone(&contract)),
    };
    let mut made: Vec<Model> = checks.into_iter().map(of_check).collect();
    let parts = made.iter().filter(|check| {
        let reads: Vec<TableName> = check.inputs().cloned().collect();
        holds(&check.name.name, &reads, models, |mart| marts.contains(mart)) && !reads_reconciliation(check, models)
    });
    let parts = parts.filter_map(part_of_the_union).collect();
    let mut columns = vec![Column::plain("mart", DataType::Utf8)];
    columns.extend(contract.columns.iter().cloned());
    let contract = Some(Arc::new(Contract::plain("totals", columns)));
    made.push(Model { name: TableName::new(RECORD, "totals"), parts, contract });
    made
}

/// What a reconciling check selects; its complaints read `column … is missing of <this file>`.
fn compared() -> Contract {
    let columns = [
        ("measure", DataType::Utf8),
        ("period_kind", DataType::Utf8),
        ("period_start", DataType::Date32),
        ("source_total", TOTAL),
        ("mart_total", TOTAL),
    ];
    let columns = columns.into_iter().map(|(name, data_type)| Column::plain(name, data_type)).collect();
    Contract { file: "a reconciling check".to_string(), ..Contract::plain("compared", columns) }
}

fn part_of_the_union(check: &Model) -> Option<Part> {
    let path = check.files().first().copied()?;
    let mart = check.name.name.trim_end_matches(ENDING).replace('\'', "''");
    let text = format!("select '{mart}' as mart, * from {}", check.name.quoted());
    Some(Part { source_system: None, sql: model::parse(path, &text).ok()? })
}

/// Whether a check reads marts.reconciliation, itself or through marts.
fn reads_reconciliation(check: &Model, models: &[Model]) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![check];
    while let Some(model) = open.pop() {
        for input in model.inputs() {
            if input.schema == "marts" && input.name == RECONCILIATION {
                return true;
            }
            if seen.insert(input.clone()) {
                open.extend(model_named(models, input));
            }
        }
    }
    check.name.name.trim_end_matches(ENDING) == RECONCILIATION
}
