//! Which models a person means, in dbt's grammar: `name`, `schema.name`, `+name`, `2+name`, `name+`, `path:…`,
//! `tag:…` (a tag is a layer: staging, intermediate, marts), `*` for any letters; a comma means both.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use regex::Regex;

use crate::fault::nearest;
use crate::model::{Graph, Model, TableName};

/// The models that any of the selectors means.
///
/// # Errors
/// When a selector means no model.
pub fn select(selectors: &[String], models: &[Model], graph: &Graph) -> Result<BTreeSet<TableName>> {
    let mut chosen = BTreeSet::new();
    for selector in selectors {
        let mut of_selector: Option<BTreeSet<TableName>> = None;
        for one in selector.split(',') {
            let found = select_one(one, models, graph)?;
            of_selector = Some(match of_selector {
                Some(before) => before.intersection(&found).cloned().collect(),
                None => found,
            });
        }
        chosen.extend(of_selector.unwrap_or_default());
    }
    Ok(chosen)
}

fn select_one(selector: &str, models: &[Model], graph: &Graph) -> Result<BTreeSet<TableName>> {
    let (above, rest) = match selector.split_once('+') {
        Some((steps, rest)) if steps.is_empty() && !rest.is_empty() => (usize::MAX, rest),
        Some((steps, rest)) if !rest.is_empty() && steps.bytes().all(|byte| byte.is_ascii_digit()) => {
            (steps.parse().unwrap_or(usize::MAX), rest)
        }
        _ => (0, selector),
    };
    let (below, rest) = match rest.rsplit_once('+') {
        Some((rest, "")) => (usize::MAX, rest),
        Some((rest, steps)) if steps.bytes().all(|byte| byte.is_ascii_digit()) => (steps.parse().unwrap_or(usize::MAX), rest),
        _ => (0, rest),
    };
    let named: Vec<&TableName> = models.iter().filter(|model| is_meant(rest, model)).map(|model| &model.name).collect();
    if named.is_empty() {
        let names: Vec<&str> = models.iter().map(|model| model.name.name.as_str()).collect();
        let meant = nearest(rest, names).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        bail!("no model is meant by `{selector}`{meant}");
    }
    let is_model = |name: &TableName| models.iter().any(|model| model.name == *name);
    let mut chosen = BTreeSet::new();
    for name in named {
        chosen.extend(graph.above(name, above).into_iter().filter(is_model));
        chosen.extend(graph.below(name, below));
        chosen.insert(name.clone());
    }
    Ok(chosen)
}

fn is_meant(selector: &str, model: &Model) -> bool {
    if let Some(path) = selector.strip_prefix("path:") {
        let folder = path.trim_end_matches('/');
        return model.files().iter().any(|file| *file == folder || file.starts_with(&format!("{folder}/")) || matches(path, file));
    }
    if let Some(tag) = selector.strip_prefix("tag:") {
        return matches(tag, &model.name.schema);
    }
    matches(selector, &model.name.name) || matches(selector, &model.name.to_string())
}

/// `*` stands for any letters.
fn matches(pattern: &str, text: &str) -> bool {
    let pattern = regex::escape(pattern).replace(r"\*", ".*");
    Regex::new(&format!("^{pattern}$")).is_ok_and(|pattern| pattern.is_match(text))
}
