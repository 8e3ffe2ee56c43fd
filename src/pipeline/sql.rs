//! The SQL and the contracts of a project as models: which files make which table.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::contract::{self, Contract};
use crate::fault::{Fault, nearest};
use crate::model::{self, Model, Part, SqlFile, TableName};
use crate::pipeline::file::{PipelineFile, Reading};
use crate::pipeline::{Project, ProjectFile};

/// Every SQL file of a folder that can be read, with its path.
pub(super) fn parsed<'a>(
    files: impl Iterator<Item = (&'a str, &'a ProjectFile)>,
    faults: &mut Vec<Fault>,
) -> Vec<(&'a str, SqlFile)> {
    let mut read = Vec::new();
    for (path, file) in files {
        match model::parse(path, &file.text) {
            Ok(sql) => read.push((path, sql)),
            Err(fault) => faults.push(fault),
        }
    }
    read
}

pub(super) fn models(project: &Project, typed: &PipelineFile, reading: &mut Reading<'_>) -> Vec<Model> {
    let mut models = Vec::new();
    let mut entities = contracts(project, "staging", &mut reading.faults);
    let mut parts = parts(project, typed, reading, &entities);
    while let Some((name, contract)) = entities.pop_first() {
        let parts = parts.remove(&name).unwrap_or_default();
        models.push(Model { name: TableName::new("staging", &name), parts, contract: Some(Arc::new(contract)) });
    }
    for schema in ["intermediate", "marts"] {
        let mut contracts = contracts(project, schema, &mut reading.faults);
        for (path, sql) in parsed(project.below(&format!("sql/{schema}"), ".sql"), &mut reading.faults) {
            let name = stem(path, ".sql");
            let contract = contracts.remove(name).map(Arc::new);
            if schema == "marts" && contract.is_none() {
                let message = format!("a mart needs a contract: sql/marts/{name}.odcs.yaml");
                reading.faults.push(Fault::of_file(path, message));
            }
            models.push(Model {
                name: TableName::new(schema, name),
                parts: vec![Part { source_system: None, sql }],
                contract,
            });
        }
        for contract in contracts.into_values() {
            let message = format!("a contract without a model: there is no sql/{schema}/{}.sql", contract.name);
            reading.faults.push(Fault::of_file(&contract.file, message));
        }
    }
    models.sort_by(|one, other| one.name.cmp(&other.name));
    models
}

fn stem<'a>(path: &'a str, ending: &str) -> &'a str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(ending).unwrap_or(name)
}

/// The contracts directly in a schema's folder, by the table they are about.
fn contracts(project: &Project, schema: &str, faults: &mut Vec<Fault>) -> BTreeMap<String, Contract> {
    let mut found = BTreeMap::new();
    for (path, file) in project.below(&format!("sql/{schema}"), ".odcs.yaml") {
        match contract::parse(path, &file.text) {
            Ok(contract) => {
                let name = stem(path, ".odcs.yaml").to_string();
                expect_named(&contract, &name, faults);
                found.insert(name, contract);
            }
            Err(of_contract) => faults.extend(of_contract),
        }
    }
    found
}

/// The staging files that the pipeline maps to each entity.
fn parts(
    project: &Project,
    typed: &PipelineFile,
    reading: &mut Reading<'_>,
    entities: &BTreeMap<String, Contract>,
) -> BTreeMap<String, Vec<Part>> {
    let mut parts: BTreeMap<String, Vec<Part>> = BTreeMap::new();
    for (entity, files) in &typed.entities {
        if !entities.contains_key(entity) {
            let near = nearest(entity, entities.keys().map(String::as_str));
            let meant = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            reading.fault(
                &files.referenced,
                format!("unknown entity `{entity}`: there is no sql/staging/{entity}.odcs.yaml{meant}"),
            );
            continue;
        }
        for named in &files.value {
            let path = format!("sql/staging/{}.sql", named.value);
            let Some(file) = project.file(&path) else {
                let known: Vec<_> = project.below("sql/staging", ".sql").map(|(path, _)| path).collect();
                let near = nearest(&path, known);
                let meant = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
                reading.fault(&named.referenced, format!("there is no {path}{meant}"));
                continue;
            };
            let source_system = named.value.split_once('/').map_or(named.value.as_str(), |(system, _)| system);
            match model::parse(&path, &file.text) {
                Ok(sql) => {
                    let part = Part { source_system: Some(source_system.to_string()), sql };
                    parts.entry(entity.clone()).or_default().push(part);
                }
                Err(fault) => reading.faults.push(fault),
            }
        }
    }
    parts
}

pub(super) fn expect_named(contract: &Contract, name: &str, faults: &mut Vec<Fault>) {
    if contract.name != name {
        let message = format!("the contract is about `{}`, expected `{name}`, as the file is named", contract.name);
        faults.push(Fault::of_file(&contract.file, message));
    }
}
