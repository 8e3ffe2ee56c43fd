//! The SQL and the contracts of a project as models: which files make which table.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;

use crate::contract::{self, Contract};
use crate::fault::{Fault, nearest};
use crate::model::{self, Model, Part, SqlFile, TableName};
use crate::pipeline::file::{PipelineFile, Reading};
use crate::pipeline::{Project, ProjectFile};

/// Every SQL file of a folder with its path; one that cannot be read is a fault, and a query that reads nothing.
pub(super) fn parsed<'a>(
    files: impl Iterator<Item = (&'a str, &'a ProjectFile)>,
    faults: &mut Vec<Fault>,
) -> Vec<(&'a str, SqlFile)> {
    let files: Vec<(&str, &ProjectFile)> = files.collect();
    let parse = |file: &(&'a str, &ProjectFile)| {
        let mut faults = Vec::new();
        ((file.0, parsed_file(file.0, &file.1.text, &mut faults)), faults)
    };
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    // Side by side, and told in their order: most of what a run does that has nothing to do is to read its SQL.
    let parsed: Vec<_> = thread::scope(|scope| {
        let parse_all = |part: &'_ [_]| part.iter().map(parse).collect::<Vec<_>>();
        let parts = files.chunks(files.len().div_ceil(threads).max(1));
        let parts: Vec<_> = parts.map(|part| scope.spawn(move || parse_all(part))).collect();
        parts.into_iter().flat_map(|part| part.join().expect("the parser does not panic")).collect()
    });
    let (read, found): (Vec<_>, Vec<Vec<Fault>>) = parsed.into_iter().unzip();
    faults.extend(found.into_iter().flatten());
    read
}

fn parsed_file(path: &str, text: &str, faults: &mut Vec<Fault>) -> SqlFile {
    model::parse(path, text).unwrap_or_else(|fault| {
        faults.push(fault);
        SqlFile::unreadable(path, text)
    })
}

pub(super) fn models(
    project: &Project,
    typed: &PipelineFile,
    reading: &mut Reading<'_>,
    unreadable: &mut Vec<Fault>,
) -> Vec<Model> {
    let mut models = Vec::new();
    let mut entities = contracts(project, "staging", &mut reading.faults);
    let mut parts = parts(project, typed, reading, &entities, unreadable);
    while let Some((name, contract)) = entities.pop_first() {
        let parts = parts.remove(&name).unwrap_or_default();
        models.push(Model { name: TableName::new("staging", &name), parts, contract: Some(Arc::new(contract)) });
    }
    for schema in ["intermediate", "marts"] {
        let mut contracts = contracts(project, schema, &mut reading.faults);
        for (path, sql) in parsed(project.below(&format!("sql/{schema}"), ".sql"), unreadable) {
            let name = stem(path, ".sql");
            let contract = contracts.remove(name).map(Arc::new);
            let contract_file = format!("sql/{schema}/{name}.odcs.yaml");
            // One that cannot be read is a fault of its own.
            if schema == "marts" && contract.is_none() && project.file(&contract_file).is_none() {
                let message = format!("a mart needs a contract: {contract_file}");
                reading.faults.push(Fault::of_file(path, message));
            }
            let name = TableName::new(schema, name);
            if let Some(other) = models.iter().find(|model: &&Model| model.name == name) {
                let message = format!("{} makes `{name}` already", other.files().join(", "));
                reading.faults.push(Fault::of_file(path, message).with_help("give one of the two another name"));
                continue;
            }
            models.push(Model { name, parts: vec![Part { source_system: None, sql }], contract });
        }
        for contract in contracts.into_values() {
            let message = format!("a contract without a model: there is no sql/{schema}/{}.sql", contract.name);
            reading.faults.push(Fault::of_file(&contract.file, message));
        }
    }
    models.sort_by(|one, other| one.name.cmp(&other.name));
    for model in &models {
        reading.faults.extend(dangling(model, &models));
    }
    models
}

/// What a model's contract names and there is not: entities that it needs, columns that it refers to.
fn dangling(model: &Model, models: &[Model]) -> Vec<Fault> {
    let Some(contract) = &model.contract else { return Vec::new() };
    let tables = |schema: &str| -> Vec<&Model> { models.iter().filter(|model| model.name.schema == schema).collect() };
    let meant = |name: &str, known: Vec<&str>| match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", known.join(", ")),
    };
    let mut faults = Vec::new();
    let mut complain =
        |message: String, help: String| faults.push(Fault::of_file(&contract.file, message).with_help(help));
    let entities: Vec<&str> = tables("staging").iter().map(|entity| entity.name.name.as_str()).collect();
    for needed in contract.needs.iter().filter(|needed| !entities.contains(&needed.as_str())) {
        complain(format!("`needs` names `{needed}`, which is no entity"), meant(needed, entities.clone()));
    }
    for column in contract.columns.iter().filter(|_| model.name.schema == "marts") {
        let Some(reference) = &column.reference else { continue };
        let marts = tables("marts");
        match marts.iter().find(|mart| mart.name.name == reference.table).map(|mart| &mart.contract) {
            None => {
                let known = marts.iter().map(|mart| mart.name.name.as_str()).collect();
                let message = format!("column `{}` refers to `{}`, which is no mart", column.name, reference.table);
                complain(message, meant(&reference.table, known));
            }
            Some(Some(to)) if to.column(&reference.column).is_none() => {
                let known = to.columns.iter().map(|column| column.name.as_str()).collect();
                let (from, table, to) = (&column.name, &reference.table, &reference.column);
                complain(format!("column `{from}` refers to `{table}.{to}`, which is no column"), meant(to, known));
            }
            // A mart without a contract is a fault of its own.
            Some(_) => {}
        }
    }
    faults
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
    unreadable: &mut Vec<Fault>,
) -> BTreeMap<String, Vec<Part>> {
    let mut parts: BTreeMap<String, Vec<Part>> = BTreeMap::new();
    for (entity, files) in &typed.entities {
        if !entities.contains_key(entity) {
            let near = nearest(entity, entities.keys().map(String::as_str));
            let own = || "; an entity of your own has its contract there".to_string();
            let meant = near.map_or_else(own, |near| format!("; did you mean `{near}`?"));
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
            let sql = parsed_file(&path, &file.text, unreadable);
            let part = Part { source_system: Some(source_system.to_string()), sql };
            parts.entry(entity.clone()).or_default().push(part);
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
