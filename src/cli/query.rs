//! `sopmart query`: SQL over one published set, whole; its answer shown, or written in a form that other tools read.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use datafusion::execution::SendableRecordBatchStream;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::rows::{self, Format, Pipe, Shown};
use crate::cli::{Cli, Output, open_warehouse_to_read, print, run::engine, say};
use crate::engine;
use crate::record::screen::Screen;
use crate::record::{RunRecord, number, record_path};
use crate::warehouse::publish_log::{self, Entry};
use crate::warehouse::{GrowingFile, Warehouse};

#[derive(Debug, Args)]
pub(super) struct QueryArgs {
    /// One SQL query; the marts are the tables `marts.<name>`, and `show tables` lists them
    sql: String,
    /// What the answer is written as [default: after the file's name; else table]
    #[arg(long, env = "SOPMART_FORMAT", value_enum)]
    format: Option<Format>,
    /// Write the answer to this file, over what was there; whole, or not at all
    #[arg(long, env = "SOPMART_TO", value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    to: Option<PathBuf>,
    #[command(flatten)]
    set: WhichSet,
}

/// Which published set a command reads; the newest where nothing is said.
#[derive(Debug, Default, Args)]
pub(super) struct WhichSet {
    /// The set that this run built, published or not
    #[arg(long, env = "SOPMART_RUN", value_name = "RUN_ID", conflicts_with = "as_published_at")]
    run: Option<String>,
    /// The set of this entry of the publish log
    #[arg(long, env = "SOPMART_AS_PUBLISHED_AT", value_name = "ENTRY")]
    as_published_at: Option<u64>,
}

pub(super) async fn query(cli: &Cli, arguments: &QueryArgs, threads: usize) -> Result<u8> {
    let place = Place::of(cli, arguments)?;
    let asking = async {
        let warehouse = open_warehouse_to_read(cli).await?;
        let entry = arguments.set.read(&warehouse).await?;
        let engine = engine(None, threads, &warehouse)?;
        let session = engine.session(&engine::published_tables(&entry)?)?;
        let started = Instant::now();
        let rows = engine::ask(&engine, &session, &arguments.sql).await?;
        place.take(cli, rows, &entry, started).await
    };
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    // Dropped half-way, a file that is not whole goes away.
    tokio::select! {
        answered = asking => answered.map(|()| 0),
        _ = interrupt.recv() => Ok(130),
        _ = terminate.recv() => Ok(143),
    }
}

/// Where an answer goes, and as what.
enum Place {
    /// A person's screen, or a text that is read like one.
    Table,
    Stdout(Format),
    File(Format, PathBuf),
    /// The one JSON object that every command has for machines.
    Object,
}

impl Place {
    fn of(cli: &Cli, arguments: &QueryArgs) -> Result<Place> {
        let for_machines = cli.output == Output::Json;
        match (&arguments.to, arguments.format) {
            (Some(file), format) => {
                let format = format.map_or_else(|| Format::of_file(file), Ok)?;
                ensure!(!file.is_dir(), "{} is a folder, expected a file's name", file.display());
                Ok(Place::File(format, file.clone()))
            }
            (None, None | Some(Format::Json)) if for_machines => Ok(Place::Object),
            (None, Some(_)) if for_machines => {
                bail!("with --output json stdout is one JSON object: name a file with --to, or leave --output out")
            }
            (None, Some(Format::Parquet)) if rows::is_terminal() => {
                bail!("Parquet is nothing that a terminal can show: name a file with --to, or pipe it on")
            }
            (None, None | Some(Format::Table)) => Ok(Place::Table),
            (None, Some(format)) => Ok(Place::Stdout(format)),
        }
    }

    async fn take(&self, cli: &Cli, rows: SendableRecordBatchStream, entry: &Entry, started: Instant) -> Result<()> {
        match self {
            Place::Object => {
                let rows = rows::json::collect(rows).await?;
                print(&serde_json::json!({ "entry": entry.n, "run_id": entry.run_id, "rows": rows }).to_string())
            }
            Place::Table => {
                let (screen, mut out) = (Screen::of_stdout(), Pipe::open());
                let shown = rows::show(rows, &mut out, screen).await;
                if out.is_left {
                    return Ok(());
                }
                say(&footer(&shown?, entry, started.elapsed()));
                Ok(())
            }
            Place::Stdout(format) => {
                let mut out = Pipe::open();
                let written = rows::write(*format, rows, &mut out).await;
                if out.is_left { Ok(()) } else { written.map(drop) }
            }
            Place::File(format, path) => {
                let mut file = GrowingFile::begin(path)?;
                let count = rows::write(*format, rows, &mut file).await?;
                let bytes = file.appear()?;
                let (shown, took) = (path.display(), seconds(started.elapsed()));
                say(&format!("wrote {} and {} bytes to {shown} in {took}", rows_of(count), number(bytes)));
                if cli.output == Output::Json {
                    let told = serde_json::json!({
                        "entry": entry.n, "run_id": entry.run_id, "file": path, "row_count": count, "bytes": bytes,
                    });
                    print(&told.to_string())?;
                }
                Ok(())
            }
        }
    }
}

/// How much there was, how long it took, and of which set it is.
fn footer(shown: &Shown, entry: &Entry, took: Duration) -> String {
    let mut lines = String::new();
    if shown.rows_left_out > 0 {
        let first = number(shown.rows - shown.rows_left_out);
        lines.push_str(&format!("… the first {first} of {}; --format csv gives all\n", rows_of(shown.rows)));
    }
    if shown.are_texts_cut {
        lines.push_str("… stands where a text was cut to fit; --format csv shows it whole\n");
    }
    let (count, took) = (rows_of(shown.rows), seconds(took));
    lines.push_str(&format!("{count} in {took}, of entry {} of the publish log, as of {}", entry.n, entry.as_of));
    lines
}

fn rows_of(count: u64) -> String {
    match count {
        0 => "no rows".to_string(),
        1 => "1 row".to_string(),
        count => format!("{} rows", number(count)),
    }
}

fn seconds(took: Duration) -> String {
    format!("{:.2} s", took.as_secs_f64())
}

impl WhichSet {
    /// The set that is asked: the newest, that of an entry, or that of a run.
    pub(super) async fn read(&self, warehouse: &Warehouse) -> Result<Entry> {
        if let Some(n) = self.as_published_at {
            return publish_log::read(warehouse, n).await?.with_context(|| format!("the publish log has no entry {n}"));
        }
        let Some(run_id) = &self.run else {
            return publish_log::newest(warehouse).await?.context("nothing is published yet: sopmart run does that");
        };
        let record = warehouse.read(&record_path(run_id)).await?;
        let record = record.with_context(|| format!("there is no run {run_id}; sopmart runs lists them"))?;
        let record: RunRecord =
            serde_json::from_slice(&record).with_context(|| format!("reading {}", record_path(run_id)))?;
        match (&record.built_set, &record.published) {
            (Some(set), _) => {
                serde_json::from_value(set.clone()).with_context(|| format!("reading {}", record_path(run_id)))
            }
            (None, Some(published)) => {
                let n = published.entry;
                publish_log::read(warehouse, n).await?.with_context(|| format!("the publish log has no entry {n}"))
            }
            (None, None) => bail!("run {run_id} neither published a set nor built one"),
        }
    }
}
