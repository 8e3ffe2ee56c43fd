//! `sopmart list`: extracts, models and marts of a pipeline, in the order they are built.

use anyhow::{Result, anyhow};

use crate::cli::{Cli, Output, Selection, open_pipeline, print, selected};
use crate::fault::Faults;
use crate::pipeline::{Origin, Overrides};

pub(super) fn list(cli: &Cli, named: Option<&str>, selection: &Selection) -> Result<u8> {
    let (project, pipeline) = open_pipeline(cli, named, &Overrides::default())?;
    let graph = pipeline.graph().map_err(|faults| anyhow!(Faults(faults)))?;
    let chosen = selected(selection, &pipeline, &graph)?;
    let mut rows = Vec::new();
    if chosen.is_none() {
        for extract in &pipeline.extracts {
            rows.push([format!("landing.{}", extract.name), "pipeline".to_string(), extract.files.clone()]);
        }
    }
    for name in graph.order() {
        let Some(model) = pipeline.model(name).filter(|_| chosen.as_ref().is_none_or(|chosen| chosen.contains(name))) else {
            continue;
        };
        if model.parts.is_empty() {
            rows.push([name.to_string(), String::new(), "no source: empty".to_string()]);
        }
        for file in model.files() {
            let origin = match project.file(file).map(|file| file.origin) {
                Some(Origin::Project) => "project",
                _ => "product",
            };
            rows.push([name.to_string(), origin.to_string(), file.to_string()]);
        }
    }
    if cli.output == Output::Json {
        let listed: Vec<_> = rows
            .iter()
            .map(|[name, origin, file]| serde_json::json!({ "name": name, "from": origin, "file": file }))
            .collect();
        print(&serde_json::json!({ "listed": listed }).to_string())?;
        return Ok(0);
    }
    let width = rows.iter().map(|row| row[0].len()).max().unwrap_or(0);
    let lines: Vec<String> = rows.iter().map(|[name, origin, file]| format!("{name:width$}  {origin:8}  {file}")).collect();
    print(&lines.join("\n"))?;
    Ok(0)
}
