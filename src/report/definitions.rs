//! What the figures of the page mean: the words of the contracts of the marts that it asks.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::contract::{self, Contract};
use crate::model::SqlFile;
use crate::pipeline::Project;
use crate::report::answer;
use crate::warehouse::publish_log::{Entry, PublishedColumn, PublishedMart};

/// Every mart that the page asks: what it says, what it needs, how many rows it has, and its columns.
pub(super) fn marts(queries: &[SqlFile], entry: &Entry, project: &Project) -> Value {
    let asked: BTreeSet<String> = queries.iter().flat_map(answer::marts).collect();
    let marts = asked.into_iter().map(|mart| {
        let defined = definition(&mart, entry, project);
        (mart, defined)
    });
    Value::Object(marts.collect())
}

fn definition(mart: &str, entry: &Entry, project: &Project) -> Value {
    let file = format!("sql/marts/{mart}.odcs.yaml");
    // What the set itself says of its columns comes first; the contract adds how they are computed.
    let contract = project.file(&file).and_then(|found| contract::parse(&file, &found.text).ok());
    let published = entry.marts.get(mart);
    let columns: Map<String, Value> = published
        .into_iter()
        .flat_map(|published| &published.schema)
        .map(|column| (column.name.clone(), defined(column, contract.as_ref())))
        .collect();
    let described = published.and_then(|published| published.description.as_deref());
    json!({
        "description": described.or_else(|| contract.as_ref().map(|contract| contract.purpose.as_str())),
        "needs": contract.as_ref().map(|contract| contract.needs.as_slice()).unwrap_or_default(),
        "rows": published.map(PublishedMart::rows),
        "columns": columns,
    })
}

fn defined(column: &PublishedColumn, contract: Option<&Contract>) -> Value {
    let of_contract = contract.and_then(|contract| contract.column(&column.name));
    let mut defined = Map::new();
    let mut say = |what: &str, text: Option<&str>| {
        if let Some(text) = text {
            defined.insert(what.to_string(), text.into());
        }
    };
    say("description", column.description.as_deref());
    say("unit", column.unit.as_deref().or_else(|| of_contract?.unit.as_deref()));
    say("formula", of_contract.and_then(|column| column.formula.as_deref()));
    say("type", Some(&column.type_name));
    Value::Object(defined)
}
