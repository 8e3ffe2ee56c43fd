//! The queries that contracts hold, read as SQL; and what contracts of extracts say of other extracts.

use crate::contract::{Contract, Expectation, Measure};
use crate::fault::{Fault, Place, nearest};
use crate::model::{self, Model, SqlFile, TableName};
use crate::pipeline::Extract;

/// A query in a contract, with what its one value must be.
#[derive(Debug, Clone)]
pub struct ContractQuery {
    pub table: TableName,
    pub expectation: Expectation,
    pub sql: SqlFile,
}

/// The queries of all contracts; what cannot be read is a fault.
pub(super) fn contract_queries(extracts: &[Extract], models: &[Model], faults: &mut Vec<Fault>) -> Vec<ContractQuery> {
    let of_extracts = extracts.iter().map(|extract| (TableName::new("landing", &extract.name), &extract.contract));
    let of_models = models.iter().filter_map(|model| Some((model.name.clone(), model.contract.as_deref()?)));
    let mut queries = Vec::new();
    for (table, contract) in of_extracts.chain(of_models) {
        for expectation in &contract.expectations {
            let Measure::Query { sql } = &expectation.measure else { continue };
            let text = as_in_file(contract, &expectation.place, sql);
            match model::parse(&contract.file, &text) {
                Ok(sql) => queries.push(ContractQuery { table: table.clone(), expectation: expectation.clone(), sql }),
                Err(fault) => faults.push(fault),
            }
        }
    }
    queries
}

/// The query with as much empty space before it as there is text in the contract, so that its places are the file's.
fn as_in_file(contract: &Contract, place: &Place, sql: &str) -> String {
    let at = |number: usize| contract.text.lines().nth(number).unwrap_or_default();
    let typed: String = at(place.line - 1).chars().skip(place.column - 1).collect();
    // A block starts below the mark that opens it.
    let is_block = typed.starts_with(['|', '>']);
    let (line, indent) = if is_block {
        (place.line + 1, at(place.line).chars().take_while(|letter| *letter == ' ').count())
    } else {
        (place.line, place.column - 1)
    };
    let indent = " ".repeat(indent);
    let lines: Vec<String> = sql.lines().map(|line| format!("{indent}{line}")).collect();
    format!("{}{}", "\n".repeat(line - 1), lines.join("\n"))
}

/// References of an extract to another that there is not, or to a column that it has not.
pub(super) fn dangling_extracts(extracts: &[Extract]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for extract in extracts {
        let file = &extract.contract.file;
        for column in &extract.contract.columns {
            let Some(reference) = &column.reference else { continue };
            let (name, to) = (&column.name, &reference.table);
            let complain = |message: String, wanted: &str, known: Vec<&str>| {
                let help = match nearest(wanted, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("there are {}", known.join(", ")),
                };
                Fault::of_file(file, message).with_help(help)
            };
            match extracts.iter().find(|other| other.name == *to) {
                None => {
                    let known = extracts.iter().map(|extract| extract.name.as_str()).collect();
                    let message = format!("column `{name}` refers to `{to}`, which is no extract of this pipeline");
                    faults.push(complain(message, to, known));
                }
                Some(other) if other.contract.column(&reference.column).is_none() => {
                    let known = other.contract.columns.iter().map(|column| column.name.as_str()).collect();
                    let message = format!("column `{name}` refers to `{to}.{}`, which is no column", reference.column);
                    faults.push(complain(message, &reference.column, known));
                }
                Some(_) => {}
            }
        }
    }
    faults
}
