//! `sopmart docs`: the data dictionary as one HTML page. It needs no data, no sources and no warehouse; where there is a
//! warehouse, the page has row counts and verdicts, too.

use std::path::Path;

use anyhow::{Result, ensure};
use clap::Args;

use crate::cli::{Cli, Output, open_pipeline, print, say};
use crate::docs::{self, LastRuns, Page};
use crate::pipeline::Overrides;
use crate::record::number;
use crate::warehouse::{Warehouse, whole_file};

#[derive(Debug, Args)]
pub(super) struct DocsArgs {
    /// A name below pipelines/, or the path of a pipeline.yaml
    #[arg(env = "SOPMART_PIPELINE")]
    pipeline: Option<String>,
    /// Where the page goes, over what is there; `-` is stdout
    #[arg(long, env = "SOPMART_TO", default_value = "sopmart-docs.html", value_name = "FILE")]
    to: String,
}

pub(super) async fn docs(cli: &Cli, arguments: &DocsArgs) -> Result<u8> {
    let DocsArgs { pipeline, to } = arguments;
    let is_to_stdout = to == "-";
    ensure!(
        !(is_to_stdout && cli.output == Output::Json),
        "`--to -` puts the page on stdout, where `--output json` has no place: name a file"
    );
    let (_, pipeline) = open_pipeline(cli, pipeline.as_deref(), &Overrides::default())?;
    let warehouse = Warehouse::to_look_at(&cli.warehouse)?;
    let last = docs::last_runs(&warehouse, &pipeline.name).await?;
    if last.is_none() {
        let (place, name) = (&cli.warehouse, &pipeline.name);
        say(&format!("warning: {place} is the warehouse of another pipeline than {name}: the page has no verdicts"));
    }
    let last = last.unwrap_or_default();
    let page = docs::page(&pipeline, &last).await?;
    if is_to_stdout {
        print(&page.html)?;
    } else {
        whole_file(Path::new(to), &page.html)?;
    }
    tell(cli, to, &page, &last)
}

fn tell(cli: &Cli, to: &str, page: &Page, last: &LastRuns) -> Result<u8> {
    let Page { html, tables, columns, without_lineage } = page;
    for model in without_lineage {
        say(&format!("warning: {model}: where its columns come from is not known"));
    }
    if cli.output == Output::Json {
        let told = serde_json::json!({
            "file": to,
            "bytes": html.len(),
            "tables": tables,
            "columns": columns,
            "without_lineage": without_lineage,
            "entry": last.set.as_ref().map(|set| set.entry),
        });
        print(&told.to_string())?;
    }
    let kilobytes = u64::try_from(html.len() / 1000).unwrap_or(u64::MAX);
    let (tables, columns) = (u64::try_from(*tables).unwrap_or(u64::MAX), u64::try_from(*columns).unwrap_or(u64::MAX));
    let what = format!("{} tables, {} columns", number(tables), number(columns));
    let from = match &last.set {
        Some(set) => format!("verdicts and row counts of entry {}, as of {}", set.entry, set.as_of),
        None if last.runs.is_empty() => "nothing was run yet: without verdicts and row counts".to_string(),
        None => "verdicts of runs of which none has published".to_string(),
    };
    let to = if to == "-" { "stdout" } else { to };
    say(&format!("{to}: {} kB, {what}; {from}", number(kilobytes)));
    Ok(0)
}
