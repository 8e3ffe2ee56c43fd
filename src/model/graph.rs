//! Which model reads which: the order to build them in, and every complaint about what may not be read.

use std::collections::{BTreeMap, BTreeSet};

use crate::fault::{Fault, nearest};
use crate::model::{CHECKS, Model, RECORD, SqlFile, TableMention, TableName, tables_of_runs};

/// The models of a pipeline in the order of their dependencies.
#[derive(Debug, Clone)]
pub struct Graph {
    order: Vec<TableName>,
    inputs: BTreeMap<TableName, BTreeSet<TableName>>,
}

impl Graph {
    /// Orders the models, as far as there is an order: those in a cycle or below one are not in it. With all that is
    /// wrong: a table that nobody makes, a table that the layer may not read, a cycle; one fault for each place.
    /// A query may belong to the contract of a table.
    pub fn sketch<'a>(
        models: &'a [Model],
        queries: impl Iterator<Item = (Option<&'a TableName>, &'a SqlFile)>,
        sources: &BTreeSet<TableName>,
    ) -> (Graph, Vec<Fault>) {
        let mut known: BTreeSet<&TableName> = sources.iter().collect();
        known.extend(models.iter().map(|model| &model.name));
        let mut faults = Vec::new();
        let of_models =
            models.iter().flat_map(|model| model.parts.iter().map(|part| (model.name.schema.as_str(), &part.sql)));
        let is_landed = |table: &TableName| table.schema == "landing";
        let queries = queries.map(|(of, sql)| (if of.is_some_and(is_landed) { "extract" } else { "check" }, sql));
        for (layer, sql) in of_models.chain(queries) {
            for mention in &sql.tables {
                if let Some(fault) = layer_fault(layer, sql, mention) {
                    faults.push(fault);
                } else if !known.contains(&mention.name) {
                    faults.push(unknown_table(sql, mention, &known));
                }
            }
        }
        let inputs: BTreeMap<TableName, BTreeSet<TableName>> =
            models.iter().map(|model| (model.name.clone(), model.inputs().cloned().collect())).collect();
        let (order, cycles) = order(&inputs);
        faults.extend(cycles.iter().map(|cycle| cycle_fault(models, cycle)));
        (Graph { order, inputs }, faults)
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
        self.above(model, usize::MAX)
    }

    /// These tables, and all that they read, directly or through others.
    pub fn with_upstream(&self, names: impl IntoIterator<Item = TableName>) -> BTreeSet<TableName> {
        let mut reached = BTreeSet::new();
        let mut open: Vec<TableName> = names.into_iter().collect();
        while let Some(name) = open.pop() {
            if reached.insert(name.clone()) {
                open.extend(self.inputs(&name).cloned());
            }
        }
        reached
    }

    /// All within so many steps above a model.
    pub fn above(&self, model: &TableName, steps: usize) -> BTreeSet<TableName> {
        reach(model, steps, |name| self.inputs(name).cloned().collect())
    }

    /// All within so many steps below a model.
    pub fn below(&self, model: &TableName, steps: usize) -> BTreeSet<TableName> {
        let readers = |name: &TableName| {
            self.order.iter().filter(|reader| self.inputs[*reader].contains(name)).cloned().collect()
        };
        reach(model, steps, readers)
    }

    /// What tells of runs: the tables that the runner fills in so, and all models that read them.
    pub fn tells_of_runs(&self) -> BTreeSet<TableName> {
        let mut found = BTreeSet::new();
        for table in tables_of_runs() {
            found.extend(self.below(&table, usize::MAX));
            found.insert(table);
        }
        found
    }
}

/// All within so many steps of a model.
fn reach(from: &TableName, steps: usize, next: impl Fn(&TableName) -> Vec<TableName>) -> BTreeSet<TableName> {
    let mut reached = BTreeSet::new();
    let mut edge = vec![from.clone()];
    let mut taken = 0;
    while taken < steps && !edge.is_empty() {
        edge = edge.iter().flat_map(&next).filter(|name| reached.insert(name.clone())).collect();
        taken += 1;
    }
    reached
}

fn unknown_table(sql: &SqlFile, mention: &TableMention, known: &BTreeSet<&TableName>) -> Fault {
    let name = mention.name.to_string();
    let names: Vec<String> = known.iter().map(ToString::to_string).collect();
    let fault = Fault::at(&sql.path, mention.place.clone(), format!("unknown table `{name}`"));
    match nearest(&name, names.iter().map(String::as_str)) {
        Some(near) => fault.with_help(format!("did you mean `{near}`?")),
        None => fault.with_help(format!(
            "there is no sql/{}/{}.sql, and no extract of that name",
            mention.name.schema, mention.name.name
        )),
    }
}

/// Staging reads landing and is its only reader beside the contracts of extracts; intermediates do not read facts of
/// the marts.
fn layer_fault(layer: &str, sql: &SqlFile, mention: &TableMention) -> Option<Fault> {
    let (layer, may_read) = match layer {
        "extract" => ("an extract's contract", &["landing", "settings"][..]),
        "staging" => ("staging", &["landing"][..]),
        "intermediate" => ("intermediate", &["staging", "intermediate", "settings", "marts.dim_*"][..]),
        "marts" => ("marts", &["staging", "intermediate", "settings", "marts", RECORD][..]),
        RECORD => ("the record", &[CHECKS][..]),
        _ => ("a check", &["staging", "intermediate", "settings", "marts", RECORD][..]),
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
        let mut mentions =
            model.parts.iter().flat_map(|part| part.sql.tables.iter().map(move |table| (&part.sql, table)));
        mentions.find(|(_, mention)| Some(&mention.name) == next)
    });
    match mention {
        Some((sql, mention)) => Fault::at(&sql.path, mention.place.clone(), message),
        None => Fault::of_file("sql", message),
    }
}

/// The models with their inputs before them, by name where the graph leaves a choice; and the cycles.
fn order(inputs: &BTreeMap<TableName, BTreeSet<TableName>>) -> (Vec<TableName>, Vec<Vec<TableName>>) {
    let mut ordering = Ordering { inputs, ordered: Vec::new(), cycles: Vec::new(), verdicts: BTreeMap::new() };
    for name in inputs.keys() {
        ordering.visit(name, &mut Vec::new());
    }
    (ordering.ordered, ordering.cycles)
}

struct Ordering<'a> {
    inputs: &'a BTreeMap<TableName, BTreeSet<TableName>>,
    ordered: Vec<TableName>,
    cycles: Vec<Vec<TableName>>,
    /// Whether a model that was visited could be ordered.
    verdicts: BTreeMap<&'a TableName, bool>,
}

impl<'a> Ordering<'a> {
    /// Orders a model behind its inputs; false where a cycle keeps it from that.
    fn visit(&mut self, name: &'a TableName, path: &mut Vec<&'a TableName>) -> bool {
        if let Some(verdict) = self.verdicts.get(name) {
            return *verdict;
        }
        if let Some(start) = path.iter().position(|before| *before == name) {
            self.cycles.push(path[start..].iter().map(|name| (*name).clone()).collect());
            return false;
        }
        let Some(of_model) = self.inputs.get(name) else { return true };
        path.push(name);
        let mut can_be_ordered = true;
        for input in of_model {
            can_be_ordered &= self.visit(input, path);
        }
        path.pop();
        self.verdicts.insert(name, can_be_ordered);
        if can_be_ordered {
            self.ordered.push(name.clone());
        }
        can_be_ordered
    }
}
