//! `sopmart plan`: what a run would do, and why; reads names, sizes and times of files, and no data.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, anyhow};

use crate::cli::{Cli, Output, RunArgs, open_pipeline, print, selected};
use crate::fault::Faults;
use crate::land::{self, Foreseen};
use crate::model::TableName;
use crate::pipeline::Overrides;
use crate::publish;
use crate::warehouse::publish_log::{self, Entry};
use crate::warehouse::{self, Warehouse, find_built};

/// One line of the plan.
#[derive(serde::Serialize)]
struct Line {
    name: String,
    does: &'static str,
    why: String,
}

pub(super) async fn plan(cli: &Cli, arguments: &RunArgs, _threads: usize) -> Result<u8> {
    let overrides = Overrides { as_of: arguments.as_of };
    let (_, pipeline) = open_pipeline(cli, arguments.pipeline.as_deref(), &overrides)?;
    if let Some(fault) = pipeline.unset_environment.first() {
        return Err(fault.clone().into());
    }
    let graph = pipeline.graph().map_err(|faults| anyhow!(Faults(faults)))?;
    let chosen = selected(&arguments.selection, &pipeline, &graph)?;
    let warehouse = Warehouse::to_look_at(&cli.warehouse)?;
    warehouse::format::read(&warehouse).await?;
    let mut lines = Vec::new();
    let mut shown = BTreeMap::new();
    let mut brings_rows = BTreeSet::new();
    for extract in &pipeline.extracts {
        let (files, now) = land::foresee(&warehouse, extract, arguments.known_at).await?;
        for (file, foreseen) in files {
            let (does, why) = match foreseen {
                _ if arguments.full_refresh => ("land", "--full-refresh reads every file"),
                Foreseen::New => ("land", "the file is new"),
                Foreseen::Changed => ("land", "the file, or how it is read or loaded, has changed"),
                Foreseen::Unchanged => ("skip", "the file has the size and time that it had when it was landed"),
            };
            if does == "land" {
                brings_rows.insert(TableName::new("landing", &extract.name));
            }
            lines.push(Line { name: format!("landing.{} {file}", extract.name), does, why: why.to_string() });
        }
        shown.insert(extract.name.clone(), now.batches);
    }
    let fingerprints = warehouse::fingerprints(&graph, &pipeline, &shown, arguments.known_at, "")?;
    let is_partial = chosen.is_some() || arguments.known_at.is_some();
    let newest = publish_log::newest(&warehouse).await?;
    let has_leave = is_partial || arguments.allow_breaking;
    let is_late = publish::is_late(pipeline.settings.as_of(), newest.as_ref(), has_leave);
    let is_wanted = |mart: &&TableName| !is_late || pipeline.is_snapshot(mart);
    let wanted = chosen.unwrap_or_else(|| pipeline.marts.iter().filter(is_wanted).cloned().collect());
    let in_plan = graph.with_upstream(wanted);
    let of_runs = graph.tells_of_runs();
    let (telling, others): (Vec<_>, Vec<_>) =
        graph.order().iter().filter(|name| in_plan.contains(*name)).partition(|name| of_runs.contains(*name));
    for name in others {
        let changed: Vec<String> = graph.upstream(name).intersection(&brings_rows).map(ToString::to_string).collect();
        let is_built = find_built(&warehouse, name, &fingerprints[name]).await?.is_some();
        let (does, why) = match (changed.as_slice(), is_built) {
            ([_, ..], _) => ("build", format!("{} may bring other rows", changed.join(", "))),
            ([], _) if arguments.full_refresh => ("build", "--full-refresh builds every model".to_string()),
            ([], true) => ("reuse", "SQL, settings and inputs are those it was built from".to_string()),
            ([], false) => ("build", "it was never built from this SQL, these settings and inputs".to_string()),
        };
        lines.push(Line { name: name.to_string(), does, why });
    }
    let is_anything_new = is_partial || newest.is_none() || lines.iter().any(|line| line.does == "build");
    lines.extend(telling.into_iter().map(|name| tells(name, is_anything_new)));
    lines.push(publishing(newest.as_ref(), pipeline.settings.as_of(), is_partial, is_late));
    if cli.output == Output::Json {
        print(&serde_json::json!({ "plan": lines }).to_string())?;
        return Ok(0);
    }
    let width = lines.iter().map(|line| line.name.len()).max().unwrap_or(0);
    let text: Vec<String> =
        lines.iter().map(|line| format!("{:7}  {:width$}  {}", line.does, line.name, line.why)).collect();
    print(&text.join("\n"))?;
    Ok(0)
}

/// What tells of runs is built last, where something is published.
fn tells(name: &TableName, is_anything_new: bool) -> Line {
    let (does, why) = if is_anything_new {
        ("build", "it tells of runs, of this one too")
    } else {
        ("reuse", "it tells of runs, which alone are no news")
    };
    Line { name: name.to_string(), does, why: why.to_string() }
}

fn publishing(newest: Option<&Entry>, as_of: chrono::NaiveDate, is_partial: bool, is_late: bool) -> Line {
    let (does, why) = match newest {
        _ if is_partial => ("skip", "a run with --select, --exclude or --known-at never publishes".to_string()),
        Some(entry) if is_late => {
            ("publish", format!("snapshot marts alone: entry {} is as of {}, later than {as_of}", entry.n, entry.as_of))
        }
        Some(entry) => {
            ("publish", format!("entry {} where a mart differs from entry {}; otherwise nothing", entry.n + 1, entry.n))
        }
        None => ("publish", "entry 1, the first".to_string()),
    };
    Line { name: format!("as of {as_of}"), does, why }
}
