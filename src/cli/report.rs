//! `sopmart report`: the page of the S&OP meeting, one HTML file of one published set.

use std::path::Path;

use anyhow::{Result, ensure};
use clap::Args;

use crate::cli::query::WhichSet;
use crate::cli::run::engine;
use crate::cli::{Cli, Output, open_warehouse_to_read, print, say};
use crate::pipeline::Project;
use crate::record::number;
use crate::report::{self, Report};
use crate::warehouse::publish_log::Entry;
use crate::warehouse::{format, whole_file};

/// Beyond this a page is slow to open and no attachment any more.
const LARGEST: usize = 5_000_000;

#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// Where the page goes, over what is there; `-` is stdout
    #[arg(long, env = "SOPMART_TO", default_value = "sopmart-report.html", value_name = "FILE")]
    to: String,
    #[command(flatten)]
    set: WhichSet,
    /// How many threads work [default: one for each core]
    #[arg(long, env = "SOPMART_THREADS", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,
}

pub(super) async fn report(cli: &Cli, arguments: &ReportArgs, threads: usize) -> Result<u8> {
    let to = &arguments.to;
    ensure!(
        !(to == "-" && cli.output == Output::Json),
        "`--to -` puts the page on stdout, where `--output json` has no place: name a file"
    );
    let warehouse = open_warehouse_to_read(cli).await?;
    let entry = arguments.set.read(&warehouse).await?;
    let pipeline = format::read(&warehouse).await?.map_or_else(String::new, |format| format.pipeline);
    let project = Project::open(&cli.project)?;
    let engine = engine(None, threads, &warehouse)?;
    let report = report::report(&engine, &entry, &pipeline, &project).await?;
    if to == "-" {
        print(&report.html)?;
    } else {
        whole_file(Path::new(to), &report.html)?;
    }
    tell(cli, to, &entry, &report)
}

fn tell(cli: &Cli, to: &str, entry: &Entry, report: &Report) -> Result<u8> {
    let Report { html, rows, missing } = report;
    if !missing.is_empty() {
        say(&format!("not in this set, and told on the page: {}", missing.join(", ")));
    }
    if html.len() > LARGEST {
        say("warning: the page is larger than 5 MB: queries below sql/report/ bring fewer rows where they say so");
    }
    if cli.output == Output::Json {
        let told = serde_json::json!({
            "file": to,
            "bytes": html.len(),
            "rows": rows,
            "entry": entry.n,
            "run_id": entry.run_id,
            "as_of": entry.as_of,
            "missing_marts": missing,
        });
        print(&told.to_string())?;
    }
    let kilobytes = u64::try_from(html.len() / 1000).unwrap_or(u64::MAX);
    let to = if to == "-" { "stdout" } else { to };
    say(&format!("{to}: {} kB, entry {}, as of {}", number(kilobytes), entry.n, entry.as_of));
    Ok(0)
}
