//! Which model reads which: the order to build them in, and every complaint about what may not be read.

use std::collections::{BTreeMap, BTreeSet};

use crate::fault::{Fault, nearest};
use crate::model::{Model, SqlFile, TableMention, TableName};

/// The models of a pipeline in the order of their dependencies.
#[derive(Debug, Clone)]
pub struct Graph {
    order: Vec<TableName>,
    inputs: BTreeMap<TableName, BTreeSet<TableName>>,
}

impl Graph {
    /// Orders the models.
    ///
    /// # Errors
    /// A table that nobody makes, a table that the layer may not read, a cycle: one fault for each place.
    pub fn new(models: &[Model], checks: &[SqlFile], sources: &BTreeSet<TableName>) -> Result<Graph, Vec<Fault>> {
        let mut known: BTreeSet<&TableName> = sources.iter().collect();
        known.extend(models.iter().map(|model| &model.name));
        let mut faults = Vec::new();
        for (reader, sql) in files(models, checks) {
            for mention in &sql.tables {
                if let Some(fault) = layer_fault(reader, sql, mention) {
                    faults.push(fault);
                } else if !known.contains(&mention.name) {
                    faults.push(unknown_table(sql, mention, &known));
                }
            }
        }
        let inputs: BTreeMap<TableName, BTreeSet<TableName>> =
            models.iter().map(|model| (model.name.clone(), model.inputs().cloned().collect())).collect();
        match order(&inputs) {
            Ok(order) if faults.is_empty() => Ok(Graph { order, inputs }),
            Ok(_) => Err(faults),
            Err(cycle) => {
                faults.push(cycle_fault(models, &cycle));
                Err(faults)
            }
        }
    }

    /// Every model, inputs before readers, otherwise by name.
    pub fn order(&self) -> &[TableName] {
        &self.order
    }

    /// What a model reads itself.
    pub fn inputs(&self, model: &TableName) -> impl Iterator<Item = &TableName> {
        self.inputs.get(model).into_iter().flatten()
    }

    /// All that a model reads, directly or through others.
    pub fn upstream(&self, model: &TableName) -> BTreeSet<TableName> {
        self.reach(model, usize::MAX, |name| self.inputs(name).cloned().collect())
    }

    /// All within so many steps above a model.
    pub fn above(&self, model: &TableName, steps: usize) -> BTreeSet<TableName> {
        self.reach(model, steps, |name| self.inputs(name).cloned().collect())
    }

    /// All within so many steps below a model.
    pub fn below(&self, model: &TableName, steps: usize) -> BTreeSet<TableName> {
        let readers = |name: &TableName| self.order.iter().filter(|reader| self.inputs[*reader].contains(name)).cloned().collect();
        self.reach(model, steps, readers)
    }

    /// Whether a model reads a table, directly or through others.
    pub fn reads(&self, model: &TableName, table: &TableName) -> bool {
        self.upstream(model).contains(table)
    }

    fn reach(&self, from: &TableName, steps: usize, next: impl Fn(&TableName) -> Vec<TableName>) -> BTreeSet<TableName> {
        let mut reached = BTreeSet::new();
        let mut edge = vec![from.clone()];
        let mut taken = 0;
        while taken < steps && !edge.is_empty() {
            edge = edge.iter().flat_map(&next).filter(|name| reached.insert(name.clone())).collect();
            taken += 1;
        }
        reached
    }
}

fn files<'a>(models: &'a [Model], checks: &'a [SqlFile]) -> impl Iterator<Item = (Option<&'a TableName>, &'a SqlFile)> {
    let of_models = models.iter().flat_map(|model| model.parts.iter().map(|part| (Some(&model.name), &part.sql)));
    of_models.chain(checks.iter().map(|check| (None, check)))
}

fn unknown_table(sql: &SqlFile, mention: &TableMention, known: &BTreeSet<&TableName>) -> Fault {
    let name = mention.name.to_string();
    let names: Vec<String> = known.iter().map(ToString::to_string).collect();
    let fault = Fault::at(&sql.path, mention.place.clone(), format!("unknown table `{name}`"));
    match nearest(&name, names.iter().map(String::as_str)) {
        Some(near) => fault.with_help(format!("did you mean `{near}`?")),
        None => fault.with_help(format!("there is no sql/{}/{}.sql, and no extract of that name", mention.name.schema, mention.name.name)),
    }
}

/// Staging reads landing and is its only reader; intermediates do not read facts of the marts.
fn layer_fault(reader: Option<&TableName>, sql: &SqlFile, mention: &TableMention) -> Option<Fault> {
    let (layer, may_read) = match reader.map_or("check", |reader| reader.schema.as_str()) {
        "staging" => ("staging", &["landing"][..]),
        "intermediate" => ("intermediate", &["staging", "intermediate", "settings", "marts.dim_*"][..]),
        "marts" => ("marts", &["staging", "intermediate", "settings", "marts"][..]),
        _ => ("a check", &["staging", "intermediate", "settings", "marts"][..]),
    };
    let is_dimension = mention.name.schema == "marts" && mention.name.name.starts_with("dim_");
    if may_read.contains(&mention.name.schema.as_str()) || (is_dimension && may_read.contains(&"marts.dim_*")) {
        return None;
    }
    let message = format!("{layer} may not read `{}`, only {}", mention.name, may_read.join(", "));
    Some(Fault::at(&sql.path, mention.place.clone(), message))
}

fn cycle_fault(models: &[Model], cycle: &[TableName]) -> Fault {
    let names: Vec<String> = cycle.iter().chain(cycle.first()).map(ToString::to_string).collect();
    let message = format!("these models read each other in a circle: {}", names.join(" -> "));
    let first = models.iter().find(|model| Some(&model.name) == cycle.first());
    let mention = first.and_then(|model| {
        let next = cycle.get(1).or(cycle.first());
        let mut mentions = model.parts.iter().flat_map(|part| part.sql.tables.iter().map(move |table| (&part.sql, table)));
        mentions.find(|(_, mention)| Some(&mention.name) == next)
    });
    match mention {
        Some((sql, mention)) => Fault::at(&sql.path, mention.place.clone(), message),
        None => Fault::of_file("sql", message),
    }
}

/// The models with their inputs before them, by name where the graph leaves a choice; or a cycle.
fn order(inputs: &BTreeMap<TableName, BTreeSet<TableName>>) -> Result<Vec<TableName>, Vec<TableName>> {
    let mut ordered = Vec::new();
    let mut done = BTreeSet::new();
    for name in inputs.keys() {
        visit(name, inputs, &mut done, &mut Vec::new(), &mut ordered)?;
    }
    Ok(ordered)
}

fn visit(
    name: &TableName,
    inputs: &BTreeMap<TableName, BTreeSet<TableName>>,
    done: &mut BTreeSet<TableName>,
    path: &mut Vec<TableName>,
    ordered: &mut Vec<TableName>,
) -> Result<(), Vec<TableName>> {
    if done.contains(name) {
        return Ok(());
    }
    if let Some(start) = path.iter().position(|before| before == name) {
        return Err(path[start..].to_vec());
    }
    let Some(of_model) = inputs.get(name) else { return Ok(()) };
    path.push(name.clone());
    for input in of_model {
        visit(input, inputs, done, path, ordered)?;
    }
    path.pop();
    done.insert(name.clone());
    ordered.push(name.clone());
    Ok(())
}
