//! Whether a built table keeps its contract: the key is unique, required columns have values, values keep their
//! rules, and a mart's references stand in the tables they name.

use std::collections::BTreeSet;

use anyhow::Result;
use arrow::datatypes::DataType;
use chrono::NaiveDate;
use datafusion::prelude::SessionContext;

use crate::check::offending_rows;
use crate::contract::{Column, Rule};
use crate::model::{Model, TableName};

/// The tables that a mart's columns refer to; what an entity refers to is completed in the marts.
pub fn referenced(model: &Model) -> Vec<TableName> {
    let columns = model.contract.iter().filter(|_| model.name.schema == "marts").flat_map(|contract| &contract.columns);
    let references = columns.filter_map(|column| column.reference.as_ref());
    references.map(|reference| TableName::new("marts", &reference.table)).collect()
}

/// What is wrong with the table, all of it, or None.
pub async fn complaint(
    session: &SessionContext,
    model: &Model,
    tables: &[TableName],
    personal: &BTreeSet<&str>,
    as_of: NaiveDate,
) -> Result<Option<String>> {
    let Some(contract) = &model.contract else { return Ok(None) };
    let table = model.name.quoted();
    let mut wrong = Vec::new();
    let mut ask = Vec::new();
    let key: Vec<String> = contract.key().into_iter().map(quoted).collect();
    if !key.is_empty() {
        let key = key.join(", ");
        ask.push((
            format!("the primary key ({key}) is not unique"),
            format!("select {key}, count(*) as number_of_rows from {table} group by {key} having count(*) > 1"),
        ));
    }
    if let Some(by) = contract.snapshot_by.as_deref().map(quoted) {
        ask.push((
            format!("{by} is another date than that of the snapshot, {as_of}"),
            format!("select * from {table} where {by} is distinct from date '{as_of}'"),
        ));
    }
    for column in &contract.columns {
        let name = quoted(&column.name);
        if column.required {
            ask.push((
                format!("{name} is required and has no value"),
                format!("select * from {table} where {name} is null"),
            ));
        }
        for rule in &column.rules {
            let broken = format!("not ({})", predicate(column, rule));
            ask.push((format!("{name} is not {}", rule.describe()), format!("select * from {table} where {broken}")));
        }
        if let Some(reference) = column.reference.as_ref().filter(|_| model.name.schema == "marts") {
            let to = TableName::new("marts", &reference.table);
            if tables.contains(&to) {
                let (to, key) = (to.quoted(), quoted(&reference.column));
                ask.push((
                    format!("{name} does not stand in {to}"),
                    format!(
                        "select {name}, count(*) as number_of_rows from {table} \
                         where {name} is not null and {name} not in (select {key} from {to} where {key} is not null) group by {name}"
                    ),
                ));
            }
        }
    }
    for (what, sql) in ask {
        if let Some(rows) = offending_rows(session.sql(&sql).await?, personal).await? {
            wrong.push(format!("{what}: {rows}"));
        }
    }
    Ok((!wrong.is_empty()).then(|| wrong.join("\n")))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The rule as SQL; NULL keeps every rule.
fn predicate(column: &Column, rule: &Rule) -> String {
    let name = quoted(&column.name);
    // A decimal stands as it is written, with all of its digits; the comparison finds the scale that holds both.
    let as_type = |text: &str| match column.data_type {
        DataType::Decimal128(..) => text.to_string(),
        _ => format!("arrow_cast({}, {})", literal(text), literal(&column.data_type.to_string())),
    };
    let kept = match rule {
        Rule::ValidValues(values) => {
            let values: Vec<String> = values.iter().map(|value| as_type(value)).collect();
            format!("{name} in ({})", values.join(", "))
        }
        Rule::Pattern(pattern) => format!("regexp_like({name}, {})", literal(pattern.as_str())),
        Rule::Minimum(minimum) => format!("{name} >= {}", as_type(minimum)),
        Rule::Maximum(maximum) => format!("{name} <= {}", as_type(maximum)),
        Rule::MinLength(length) => format!("character_length({name}) >= {length}"),
        Rule::MaxLength(length) => format!("character_length({name}) <= {length}"),
    };
    format!("{name} is null or {kept}")
}
