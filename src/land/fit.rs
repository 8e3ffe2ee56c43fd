//! Whether what was landed under an earlier contract can be shown under the contract of now without losing anything.
//! Files that are still delivered are read again under the new contract; this is about those that are not.

use std::collections::BTreeMap;

use arrow::datatypes::DataType;

use crate::contract::{Column, Contract, parse_type, type_name};
use crate::fault::{Fault, Faults};
use crate::land::first_and_number;
use crate::pipeline::Extract;
use crate::warehouse::{Load, ShownBatch};

/// # Errors
/// Every file whose rows the contract's types cannot hold as they are, or that lacks a column which is now required.
pub(super) fn all_fit(batches: &[ShownBatch], contract: &Contract) -> Result<(), Faults> {
    let with_rows = batches.iter().filter(|batch| batch.files.iter().any(|file| file.rows > 0));
    let faults: Vec<Fault> = with_rows.filter_map(|batch| misfit(batch, contract)).collect();
    if faults.is_empty() { Ok(()) } else { Err(Faults(faults)) }
}

/// What a person should know of rows that an earlier contract landed and that are no longer delivered: values that are
/// not shown any more, and rules that they were never held against.
pub(super) fn unseen(batches: &[ShownBatch], extract: &Extract, delivered: &[&Load]) -> Vec<String> {
    let contract = &extract.contract;
    let is_kept = |batch: &&ShownBatch| {
        delivered.iter().all(|load| load.n != batch.load) && batch.files.iter().any(|file| file.rows > 0)
    };
    let rules = contract.row_rules();
    let mut files_of: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for batch in batches.iter().filter(is_kept) {
        let forgotten = batch.columns.iter().filter(|(name, _)| contract.column(name).is_none());
        let forgotten = forgotten.map(|(name, _)| format!("without the column `{name}` that it was landed with"));
        let unheld = rules.iter().filter(|rule| !batch.rules.contains(rule));
        let unheld = unheld.map(|rule| format!("without having been held against the rule: {rule}"));
        for what in forgotten.chain(unheld) {
            files_of.entry(what).or_default().push(&batch.source_file);
        }
    }
    let said = files_of.into_iter().filter_map(|(what, files)| {
        let files = first_and_number(&files)?;
        Some(format!("extract `{}` shows {files}, which is no longer delivered, {what}", extract.name))
    });
    said.collect()
}

fn misfit(batch: &ShownBatch, contract: &Contract) -> Option<Fault> {
    let why = contract.columns.iter().find_map(|column| {
        let landed_as = batch.columns.iter().find(|(name, _)| *name == column.name);
        match landed_as {
            None => {
                column.required.then(|| format!("without column `{}`, which the contract now requires", column.name))
            }
            Some((_, landed)) => (!holds(column, landed)).then(|| {
                let wanted = type_name(&column.data_type);
                format!("with column `{}` as {landed}, and the contract now says {wanted}", column.name)
            }),
        }
    })?;
    let help = "deliver the file again, which reads it anew, or let the contract keep what the earlier one held";
    Some(Fault::of_file(&batch.source_file, format!("was landed {why}")).with_help(help))
}

/// Whether the column's type holds every value of the other one exactly.
fn holds(column: &Column, landed: &str) -> bool {
    let Some(landed) = parse_type(landed) else { return false };
    if landed == column.data_type {
        return true;
    }
    let digits = |data_type: &DataType| match data_type {
        DataType::Int16 => Some((5, 0)),
        DataType::Int32 => Some((10, 0)),
        DataType::Int64 => Some((19, 0)),
        DataType::Decimal128(precision, scale) => Some((i16::from(*precision) - i16::from(*scale), i16::from(*scale))),
        _ => None,
    };
    match (&column.data_type, digits(&landed), digits(&column.data_type)) {
        // A whole number's type holds its own digits, not all numbers with that many of them.
        (DataType::Int16 | DataType::Int32 | DataType::Int64, Some((before, 0)), Some((now, _))) => {
            !matches!(landed, DataType::Decimal128(..)) && before <= now
        }
        (DataType::Decimal128(..), Some((before, before_scale)), Some((now, now_scale))) => {
            before <= now && before_scale <= now_scale
        }
        _ => false,
    }
}
