//! The rules of SQL files: which layer reads which, how a file opens and ends, and what every mart comes with.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::tidy::Tree;

const LONGEST_MODEL: usize = 120;
/// "About five inputs", with room for one.
const MOST_INPUTS: usize = 6;
/// It gathers what all others have to say, so it reads many.
const MAY_BE_BIG: [&str; 1] = ["sql/marts/exceptions.sql"];

/// The marts that tell of runs and deliveries, and may read what the runner records.
const READ_THE_RECORD: [&str; 5] = ["data_freshness", "runs", "column_dictionary", "reconciliation", "exceptions"];

/// Everything in a tree's SQL files that breaks a rule.
pub fn findings(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for (path, text) in tree.iter().filter(|(path, _)| path.starts_with("sql/") && path.ends_with(".sql")) {
        findings.extend(opening(path, text));
        if layer(path).is_some() {
            findings.extend(reads(path, text));
            findings.extend(shape(path, text));
        }
        if let Some(mart) = mart(path) {
            findings.extend(company_of_a_mart(tree, path, mart));
        }
        if let Some(check) = path.strip_prefix("sql/checks/") {
            findings.extend(name_of_a_check(tree, path, check));
        }
    }
    findings
}

fn layer(path: &str) -> Option<&str> {
    let layer = path.strip_prefix("sql/")?.split_once('/')?.0;
    ["staging", "intermediate", "marts"].contains(&layer).then_some(layer)
}

fn mart(path: &str) -> Option<&str> {
    path.strip_prefix("sql/marts/")?.strip_suffix(".sql")
}

fn opening(path: &str, text: &str) -> Option<String> {
    let first = text.lines().next().unwrap_or_default();
    if layer(path).is_some() {
        let opens = first.starts_with("-- One row per ");
        (!opens).then(|| format!("{path}:1: a model opens with `-- One row per ` and what a row is"))
    } else {
        let opens = first.starts_with("-- ") && first.len() > 10;
        (!opens).then(|| format!("{path}:1: opens with a comment that says what it selects"))
    }
}

/// The tables that a query names, by schema and name.
fn tables(text: &str) -> BTreeSet<(String, String)> {
    static SKIPPED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"--[^\n]*|'(?:[^']|'')*'").unwrap());
    static TABLE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b(?:from|join)\s+(\w+)\.(\w+)").unwrap());
    let code = SKIPPED.replace_all(text, "");
    TABLE.captures_iter(&code).map(|table| (table[1].to_string(), table[2].to_string())).collect()
}

fn reads(path: &str, text: &str) -> Vec<String> {
    let layer = layer(path).unwrap_or_default();
    let mut findings = Vec::new();
    for (schema, table) in tables(text) {
        let is_dimension = schema == "marts" && table.starts_with("dim_");
        let may = match layer {
            "staging" => schema == "landing",
            "intermediate" => ["staging", "intermediate", "settings"].contains(&schema.as_str()) || is_dimension,
            _ if schema == "record" => mart(path).is_some_and(|mart| READ_THE_RECORD.contains(&mart)),
            _ => ["staging", "intermediate", "settings", "marts"].contains(&schema.as_str()),
        };
        if !may {
            let advice = match layer {
                "staging" => "staging reads landing alone",
                "intermediate" => "an intermediate reads staging, intermediate, settings and marts.dim_*",
                _ if schema == "record" => "what the runner records is read by the marts about runs alone",
                _ => "a mart reads staging, intermediate, settings and other marts",
            };
            findings.push(format!("{path}: reads {schema}.{table}: {advice}"));
        }
    }
    findings
}

fn shape(path: &str, text: &str) -> Vec<String> {
    static LAST: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^select \* from \w+$").unwrap());
    let mut findings = Vec::new();
    let last = text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
    if !LAST.is_match(last) {
        findings.push(format!("{path}: ends in `{last}`, not in `select * from <its last CTE>`"));
    }
    if MAY_BE_BIG.contains(&path) {
        return findings;
    }
    let (lines, inputs) = (text.lines().count(), tables(text).len());
    if lines > LONGEST_MODEL {
        findings.push(format!("{path}: has {lines} lines, {LONGEST_MODEL} at most: make a step of it an intermediate"));
    }
    if inputs > MOST_INPUTS {
        findings.push(format!("{path}: reads {inputs} tables, {MOST_INPUTS} at most: make it two models"));
    }
    findings
}

/// Every mart comes with a contract, a check and a test.
fn company_of_a_mart(tree: &Tree, path: &str, mart: &str) -> Vec<String> {
    let mut findings = Vec::new();
    let contract = format!("sql/marts/{mart}.odcs.yaml");
    match tree.get(&contract) {
        None => findings.push(format!("{path}: has no contract {contract}")),
        // Without its entity it would lack `(unknown)` and `(all)`, and facts would find no member.
        Some(text) if mart.starts_with("dim_") && text.contains("property: needs") => {
            findings.push(format!("{contract}: a dimension needs no entity: its members for what is not known stay"));
        }
        Some(_) => {}
    }
    if !tree.keys().any(|other| other.starts_with(&format!("sql/checks/{mart}__")) && other.ends_with(".sql")) {
        findings.push(format!("{path}: has no check sql/checks/{mart}__<what_must_not_happen>.sql"));
    }
    let has_test = tree.keys().any(|other| {
        let case = other.strip_prefix(&format!("tests/models/{mart}/")).and_then(|rest| rest.split_once('/'));
        case.is_some_and(|(_, file)| file == "expected.csv")
    });
    if !has_test {
        findings.push(format!("{path}: has no test tests/models/{mart}/<case_says_what_is_true>/expected.csv"));
    }
    findings
}

fn name_of_a_check(tree: &Tree, path: &str, check: &str) -> Option<String> {
    let table = check.trim_end_matches(".sql").split_once("__").map(|(table, _)| table);
    let is_known = table.is_some_and(|table| {
        tree.keys().any(|other| {
            layer(other).is_some()
                && [".sql", ".odcs.yaml"].iter().any(|ending| other.ends_with(&format!("/{table}{ending}")))
        })
    });
    (!is_known)
        .then(|| format!("{path}: is named <mart>__<what_must_not_happen>.sql, for a mart or model that there is"))
}
