//! `sopmart init`: a project to start from, that runs at once and explains itself.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use chrono::NaiveDate;
use clap::Args;

use crate::cli::{Cli, Output, print, say};
use crate::generate::{self, Request};
use crate::record::number;
use crate::warehouse::new_file;

#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// The folder of the project, which is made; `.git` alone may be in it
    #[arg(env = "SOPMART_FOLDER", value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    folder: PathBuf,
}

/// Path below `pipelines/standard` and text of every file of the standard pipeline, which reads what `generate` writes.
static STANDARD_PIPELINE: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/standard_pipeline.rs"));

/// What else a project begins with; `{name}` in it is the project's name.
static FILES: [(&str, &str); 8] = [
    ("README.md", include_str!("project/README.md")),
    (".gitignore", include_str!("project/gitignore")),
    ("sql/README.md", include_str!("project/sql/README.md")),
    ("sql/marts/order_backlog.sql", include_str!("project/sql/marts/order_backlog.sql")),
    ("sql/marts/order_backlog.odcs.yaml", include_str!("project/sql/marts/order_backlog.odcs.yaml")),
    (
        "sql/checks/order_backlog__does_not_reconcile.sql",
        include_str!("project/sql/checks/order_backlog__does_not_reconcile.sql"),
    ),
    (
        "tests/models/order_backlog/what_is_still_to_be_shipped_is_counted_by_customer_and_currency/marts.order_service_lines.csv",
        include_str!(
            "project/tests/models/order_backlog/what_is_still_to_be_shipped_is_counted_by_customer_and_currency/marts.order_service_lines.csv"
        ),
    ),
    (
        "tests/models/order_backlog/what_is_still_to_be_shipped_is_counted_by_customer_and_currency/expected.csv",
        include_str!(
            "project/tests/models/order_backlog/what_is_still_to_be_shipped_is_counted_by_customer_and_currency/expected.csv"
        ),
    ),
];

/// The company that a project begins with: the one that the standard pipeline's `as_of` is about.
const SAMPLE: (f64, u64) = (0.001, 20);

pub(super) fn init(cli: &Cli, arguments: &InitArgs, threads: usize) -> Result<u8> {
    let folder = &arguments.folder;
    hold_empty(folder)?;
    let name = project_name(folder)?;
    for (below, text) in FILES {
        new_file(&folder.join(below), &text.replace("{name}", &name))?;
    }
    for (below, text) in STANDARD_PIPELINE {
        let text = if *below == "pipeline.yaml" { pipeline_text(text, &name)? } else { (*text).to_string() };
        new_file(&folder.join("pipelines").join(&name).join(below), &text)?;
    }
    let (scale, seed) = SAMPLE;
    let as_of = NaiveDate::from_ymd_opt(2026, 3, 31).context("a day of the calendar")?;
    let request = Request { scale, seed, threads, as_of };
    let written = generate::generate(&folder.join("data"), &request)
        .with_context(|| format!("writing sample data into {}", folder.join("data").display()))?;
    let (files, rows) =
        written.iter().fold((0, 0), |(files, rows), (_, written)| (files + written.files, rows + written.rows));
    if cli.output == Output::Json {
        let told = serde_json::json!({
            "folder": folder, "name": name, "extracts": written.len(), "files": files, "rows": rows,
        });
        print(&told.to_string())?;
    }
    let (shown, extracts, files, rows) = (folder.display(), written.len(), number(files), number(rows));
    say(&format!(
        "{shown} is a project now: {extracts} extracts of a made-up company ({files} files, {rows} rows), and one mart of its own.\n\
         README.md there says what is where. Next:\n\n\
         \x20 cd {shown}\n\
         \x20 sopmart check    # reads everything, without data\n\
         \x20 sopmart run      # lands, builds, checks and publishes into {shown}/warehouse\n\
         \x20 sopmart query \"select severity, amount, currency, description from marts.exceptions order by exception_rank limit 3\""
    ));
    Ok(0)
}

/// Nothing that is there is written over, nor mixed with what is made.
fn hold_empty(folder: &Path) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    let shown = folder.display();
    ensure!(folder.is_dir(), "{shown} is a file, expected a folder that is empty or not there yet");
    let entries = std::fs::read_dir(folder).with_context(|| format!("looking into {shown}"))?;
    let names = entries.map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()));
    let mut names = names.collect::<Result<Vec<String>, _>>().with_context(|| format!("looking into {shown}"))?;
    names.retain(|name| name != ".git");
    names.sort();
    let more = if names.len() > 3 { format!(" and {} more", names.len() - 3) } else { String::new() };
    let first = names.iter().take(3).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    ensure!(
        names.is_empty(),
        "{shown} is not empty, it holds {first}{more}: name a folder that is empty, or not there yet"
    );
    Ok(())
}

/// The folder's name as pipelines are named, whichever way it was given.
fn project_name(folder: &Path) -> Result<String> {
    let whole = std::path::absolute(folder).with_context(|| format!("finding {}", folder.display()))?;
    let whole = if whole.exists() { whole.canonicalize()? } else { whole };
    let name = whole.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let plain = |letter: char| if letter.is_ascii_alphanumeric() || letter == '-' { letter } else { '_' };
    let name: String = name.chars().map(plain).collect();
    let is_name = name.contains(|letter: char| letter.is_ascii_alphanumeric());
    ensure!(is_name, "{} gives a project no name: expected a folder with letters or digits in it", folder.display());
    Ok(name)
}

/// The standard pipeline as one of the project's own.
fn pipeline_text(standard: &str, name: &str) -> Result<String> {
    let mut text = standard.to_string();
    let changes = [
        ("name: standard\n", format!("name: {name}\n")),
        ("source: ../../sample_data\n", "# The folder, or the place in an object store, that `files` are found below.\nsource: ../../data\n".to_string()),
        ("extracts:\n", "# What comes: which files, under which contract (contracts/<extract>.odcs.yaml), and how they load.\nextracts:\n".to_string()),
        ("entities:\n", "# What it is: each canonical entity, and the staging SQL that makes it, as sql/staging/<name>.sql. An entity without\n# a source has no line here; marts that need it are empty.\nentities:\n".to_string()),
    ];
    for (old, new) in changes {
        ensure!(text.contains(old), "the standard pipeline has no line `{}`", old.trim_end());
        text = text.replacen(old, &new, 1);
    }
    Ok(format!(
        "# `sopmart check` reads this file and says what is wrong with it, and where; `sopmart plan` says what a run would do.\n{text}"
    ))
}
