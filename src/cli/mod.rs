//! The command line: clap types, and one file for each command that is more than a call.

mod check;
mod completions;
mod console;
mod contract;
mod contract_export;
mod docs;
mod generate;
mod init;
mod list;
mod man;
mod plan;
mod quarantine;
mod query;
mod report;
mod rows;
mod run;
mod runs;
mod serve;
mod test;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use chrono::{DateTime, NaiveDate, Utc};
use clap::builder::FalseyValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::cli::console::{complain, print, say};
use crate::fault::{Faults, with_causes};
use crate::model::{Graph, TableName, select};
use crate::pipeline::{self, Overrides, Pipeline, Project};
use crate::store::local_path;
use crate::warehouse::{Warehouse, format};

/// Builds a sales & operations planning data mart: extract, land, transform, check, publish.
///
/// Exit codes: 0 published or nothing to do; 1 a row rule, a check or a model failed, nothing published;
/// 2 could not run; 3 published, but a target has not followed; 130 and 143 stopped by SIGINT and SIGTERM.
#[derive(Debug, Parser)]
#[command(name = "sopmart", version, max_term_width = 100)]
struct Cli {
    /// The project's folder: its pipelines, and SQL that overlays the product's
    #[arg(long, global = true, env = "SOPMART_PROJECT", default_value = ".", value_name = "DIR")]
    project: PathBuf,
    /// The warehouse: a folder, or a place in an object store such as `s3://bucket/prefix`
    #[arg(long, global = true, env = "SOPMART_WAREHOUSE", default_value = "warehouse", value_name = "PLACE")]
    warehouse: String,
    /// What stdout gets
    #[arg(long, global = true, env = "SOPMART_OUTPUT", value_enum, default_value_t = Output::Text)]
    output: Output,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    /// Text for people
    Text,
    /// One compact JSON object as the last line
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a project to start from, with sample data: it runs at once and explains itself
    Init(init::InitArgs),
    /// Run the whole flow and publish
    Run(RunArgs),
    /// Say what a run would do, and why
    Plan(RunArgs),
    /// Check pipeline, contracts and every model, without data
    Check {
        /// A name below pipelines/, or the path of a pipeline.yaml
        #[arg(env = "SOPMART_PIPELINE")]
        pipeline: Option<String>,
    },
    /// Run the model tests: folders of rows in, rows out
    Test {
        /// Only cases whose `model/case` contains this
        filter: Option<String>,
    },
    /// List extracts, models and marts
    List {
        #[arg(env = "SOPMART_PIPELINE")]
        pipeline: Option<String>,
        #[command(flatten)]
        selection: Selection,
    },
    /// Ask a published set
    Query(query::QueryArgs),
    /// List the records that broke a rule, by extract and rule; or show them, or write them as CSV
    Quarantine(quarantine::QuarantineArgs),
    /// Write the page of the S&OP meeting: one published set as one HTML file
    Report(report::ReportArgs),
    /// Serve published sets to tools that speak PostgreSQL's protocol, read only
    Serve(serve::ServeArgs),
    /// Contracts from files, and contracts read
    #[command(subcommand)]
    Contract(contract::ContractCommand),
    /// Write the data dictionary, with lineage, as one HTML page
    Docs(docs::DocsArgs),
    /// Write extracts of a made-up company, at any scale, for the pipeline `standard` to read
    Generate(generate::GenerateArgs),
    /// List past runs, newest first, or show one whole
    Runs(runs::RunsArgs),
    /// Print what a shell needs to complete commands and flags
    Completions(completions::CompletionsArgs),
    /// Print the manual page, or write one for each command
    Man(man::ManArgs),
}

/// Which models a command is about, in dbt's grammar: `name`, `+name`, `name+`, `tag:`, `path:`.
#[derive(Debug, Clone, Default, Args)]
struct Selection {
    /// Only these models
    #[arg(long, env = "SOPMART_SELECT", value_name = "SELECTOR", num_args = 1.., value_delimiter = ' ')]
    select: Vec<String>,
    /// All but these models
    #[arg(long, env = "SOPMART_EXCLUDE", value_name = "SELECTOR", num_args = 1.., value_delimiter = ' ')]
    exclude: Vec<String>,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each of them is a flag of the command line")]
struct RunArgs {
    /// A name below pipelines/, or the path of a pipeline.yaml
    #[arg(env = "SOPMART_PIPELINE")]
    pipeline: Option<String>,
    /// The date as of which the marts are built; an older one than published builds snapshot marts only
    #[arg(long, env = "SOPMART_AS_OF", value_name = "YYYY-MM-DD")]
    as_of: Option<NaiveDate>,
    /// Build from what was known then; builds and checks, but never publishes
    #[arg(long, env = "SOPMART_KNOWN_AT", value_name = "TIMESTAMP", value_parser = parse_moment)]
    known_at: Option<DateTime<Utc>>,
    #[command(flatten)]
    selection: Selection,
    /// Read every file again, and build every model again
    #[arg(long, env = "SOPMART_FULL_REFRESH", value_parser = FalseyValueParser::new())]
    full_refresh: bool,
    /// Take full deliveries that have shrunk by more than their guard allows
    #[arg(long, env = "SOPMART_ACCEPT_SHRUNK", value_parser = FalseyValueParser::new())]
    accept_shrunk: bool,
    /// Wait while another run holds the warehouse
    #[arg(long, env = "SOPMART_WAIT", value_parser = FalseyValueParser::new())]
    wait: bool,
    /// Publish although it breaks readers: a mart changed its columns or is gone, or an older date follows a newer one
    #[arg(long, env = "SOPMART_ALLOW_BREAKING", value_parser = FalseyValueParser::new())]
    allow_breaking: bool,
    /// How many threads work [default: one for each core]
    #[arg(long, env = "SOPMART_THREADS", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// How much memory queries may take before they spill to disk, such as 500M or 4G [default: half of the machine's]
    #[arg(long, env = "SOPMART_MEMORY_LIMIT", value_name = "SIZE", value_parser = parse_size)]
    memory_limit: Option<usize>,
}

fn parse_moment(text: &str) -> Result<DateTime<Utc>, String> {
    let day_end = |date: NaiveDate| date.and_hms_opt(23, 59, 59).map(|end| end.and_utc());
    let moment = DateTime::parse_from_rfc3339(text).map(|moment| moment.to_utc()).ok();
    moment
        .or_else(|| text.parse().ok().and_then(day_end))
        .ok_or_else(|| "expected a date (its end, in UTC) or a timestamp such as 2026-03-31T18:00:00Z".to_string())
}

fn parse_size(text: &str) -> Result<usize, String> {
    let (digits, factor) = match text.trim().to_uppercase().trim_end_matches('B') {
        size if size.ends_with('K') => (size.trim_end_matches('K').to_string(), 1 << 10),
        size if size.ends_with('M') => (size.trim_end_matches('M').to_string(), 1 << 20),
        size if size.ends_with('G') => (size.trim_end_matches('G').to_string(), 1 << 30),
        size => (size.to_string(), 1),
    };
    let size = digits.parse().ok().and_then(|size: usize| size.checked_mul(factor));
    size.filter(|size| *size > 0).ok_or_else(|| "expected a size such as 500M or 4G".to_string())
}

/// Parses the command line, does what it says and returns what the process exits with.
pub fn main() -> u8 {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return misused(&error),
    };
    let threads = match &cli.command {
        Command::Run(arguments) | Command::Plan(arguments) => arguments.threads,
        Command::Generate(arguments) => arguments.threads,
        Command::Report(arguments) => arguments.threads,
        Command::Serve(arguments) => arguments.threads,
        _ => None,
    };
    let threads = threads.map_or_else(default_threads, usize::from);
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(threads).enable_all();
    if matches!(cli.command, Command::Serve(_)) {
        runtime.thread_stack_size(crate::serve::STACK);
    }
    let outcome = match runtime.build() {
        Ok(runtime) => {
            let outcome = runtime.block_on(dispatch(&cli, threads));
            // What still waits for a disk after a signal does not hold up the end.
            runtime.shutdown_background();
            outcome
        }
        Err(error) => Err(anyhow!(error).context("starting threads")),
    };
    outcome.unwrap_or_else(|error| {
        complain(&error);
        if cli.output == Output::Json {
            let told = serde_json::json!({ "error": with_causes(&error), "exit_code": 2 });
            // Where stdout cannot be written, the exit code still tells.
            drop(print(&told.to_string()));
        }
        2
    })
}

/// A command line that is none, or that asks for help.
fn misused(error: &clap::Error) -> u8 {
    // Where nothing can be written, the exit code still tells.
    drop(error.print());
    let wants_json = |argument: &str| argument == "json" || argument == "--output=json";
    let wants_json = std::env::args().any(|argument| wants_json(&argument))
        || std::env::var("SOPMART_OUTPUT").is_ok_and(|output| output == "json");
    if error.use_stderr() && wants_json {
        let said = error.to_string();
        let message = said.trim_start_matches("error: ").split("\n\n").next().unwrap_or_default();
        drop(print(&serde_json::json!({ "error": message, "exit_code": 2 }).to_string()));
    }
    u8::try_from(error.exit_code()).unwrap_or(2)
}

fn default_threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

async fn dispatch(cli: &Cli, threads: usize) -> Result<u8> {
    match &cli.command {
        Command::Init(arguments) => init::init(cli, arguments, threads),
        Command::Run(arguments) => Box::pin(run::run(cli, arguments, threads)).await,
        Command::Plan(arguments) => plan::plan(cli, arguments, threads).await,
        Command::Check { pipeline } => check::check(cli, pipeline.as_deref(), threads).await,
        Command::Test { filter } => test::test(cli, filter.as_deref(), threads).await,
        Command::List { pipeline, selection } => list::list(cli, pipeline.as_deref(), selection),
        Command::Query(arguments) => Box::pin(query::query(cli, arguments, threads)).await,
        Command::Quarantine(arguments) => quarantine::quarantine(cli, arguments).await,
        Command::Contract(command) => contract::contract(cli, command, threads),
        Command::Docs(arguments) => docs::docs(cli, arguments).await,
        Command::Generate(arguments) => generate::generate(cli, arguments, threads),
        Command::Report(arguments) => report::report(cli, arguments, threads).await,
        Command::Serve(arguments) => serve::serve(cli, arguments, threads).await,
        Command::Runs(arguments) => runs::runs(cli, arguments).await,
        Command::Completions(arguments) => completions::completions(arguments),
        Command::Man(arguments) => man::man(cli, arguments),
    }
}

/// The project and the pipeline that a command names.
fn open_pipeline(cli: &Cli, named: Option<&str>, overrides: &Overrides) -> Result<(Project, Pipeline)> {
    let project = Project::open(&cli.project)?;
    let file = project.pipeline_file(named)?;
    let pipeline = pipeline::read(&project, &file, overrides).map_err(|faults| anyhow!(Faults(faults)))?;
    Ok((project, pipeline))
}

/// The warehouse that a command names; made where it is missing and the command is one that writes.
fn open_warehouse(cli: &Cli) -> Result<Warehouse> {
    Warehouse::at(&cli.warehouse)
}

/// The models that `--select` and `--exclude` leave; None where neither is given.
fn selected(selection: &Selection, pipeline: &Pipeline, graph: &Graph) -> Result<Option<BTreeSet<TableName>>> {
    if selection.select.is_empty() && selection.exclude.is_empty() {
        return Ok(None);
    }
    let all: BTreeSet<TableName> = graph.order().iter().cloned().collect();
    let mut chosen =
        if selection.select.is_empty() { all } else { select(&selection.select, &pipeline.models, graph)? };
    for excluded in select(&selection.exclude, &pipeline.models, graph)? {
        chosen.remove(&excluded);
    }
    Ok(Some(chosen))
}

/// The warehouse that a command reads; it is never made by reading.
async fn open_warehouse_to_read(cli: &Cli) -> Result<Warehouse> {
    let nowhere = || format!("there is no warehouse at {}: sopmart run makes one", cli.warehouse);
    anyhow::ensure!(local_path(&cli.warehouse).is_none_or(|folder| Path::new(folder).is_dir()), nowhere());
    let warehouse = Warehouse::at(&cli.warehouse)?;
    let is_there = format::read(&warehouse).await?.is_some() || warehouse.folder().is_some();
    anyhow::ensure!(is_there, nowhere());
    Ok(warehouse)
}
