//! `sopmart run`: the flow under signals, with its record and its exit code.

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::cli::{Cli, Output, RunArgs, complain, open_pipeline, open_warehouse, print, say, selected};
use crate::engine::{Engine, EngineOptions};
use crate::extract::Stop;
use crate::fault::{Faults, with_causes};
use crate::model::Graph;
use crate::pipeline::{Overrides, Pipeline};
use crate::record::screen::Screen;
use crate::record::{Progress, RunRecord, RunStatus, summary};
use crate::run::{Flow, Request, RunError, run as run_flow};
use crate::warehouse::Warehouse;

/// How long a run that is publishing may take to get to its end after a signal.
const TIME_TO_PUBLISH: Duration = Duration::from_millis(1500);

pub(super) async fn run(cli: &Cli, arguments: &RunArgs, threads: usize) -> Result<u8> {
    let overrides = Overrides { as_of: arguments.as_of };
    let (_, pipeline) = open_pipeline(cli, arguments.pipeline.as_deref(), &overrides)?;
    let warehouse = open_warehouse(cli)?;
    let graph = pipeline.graph().map_err(|faults| anyhow!(Faults(faults)))?;
    let request = request(arguments, &pipeline, &graph)?;
    let record = RunRecord::start(&pipeline.name, pipeline.settings.as_of(), request.known_at);
    let record = Arc::new(Mutex::new(record));
    end_in_time(&record, &warehouse, cli.output)?;
    let engine = engine(arguments.memory_limit, threads, &warehouse)?;
    let progress = Progress::on_stderr();
    let flow = Flow {
        pipeline: &pipeline,
        graph: &graph,
        warehouse: &warehouse,
        engine: &engine,
        request: &request,
        progress: &progress,
        record: &record,
        saving: Arc::default(),
        stop: Stop::default(),
        lock: Mutex::default(),
    };
    let outcome = under_signals(&flow).await?;
    let exit_code = end(&flow, outcome).await;
    flow.release().await;
    progress.finish();
    let record = record.lock().unwrap_or_else(PoisonError::into_inner);
    say(&in_one_screen(&record));
    if cli.output == Output::Json
        && let Err(error) = print(&record.to_json())
    {
        // What was published is published, whoever could not be told.
        say(&format!("warning: stdout cannot be written: {error}"));
    }
    Ok(exit_code)
}

/// How many lines of a terminal are not the summary's: one for each step, and what comes after.
const OTHER_LINES: usize = 5;

/// The summary as it fits the terminal; a log, which is searched rather than seen, gets all of it.
fn in_one_screen(record: &RunRecord) -> String {
    match Screen::of_stderr() {
        Some(screen) => summary(record, screen.height.saturating_sub(OTHER_LINES), screen.width),
        None => summary(record, usize::MAX, usize::MAX),
    }
}

fn request(arguments: &RunArgs, pipeline: &Pipeline, graph: &Graph) -> Result<Request> {
    Ok(Request {
        known_at: arguments.known_at,
        selected: selected(&arguments.selection, pipeline, graph)?,
        full_refresh: arguments.full_refresh,
        accept_shrunk: arguments.accept_shrunk,
        wait: arguments.wait,
        allow_breaking: arguments.allow_breaking,
    })
}

/// How long a run may take to end after a signal before its process is ended.
const TIME_TO_END: Duration = Duration::from_millis(1800);

/// The engine of a command, which spills to the folder for temporary files.
pub(super) fn engine(memory_limit: Option<usize>, threads: usize, warehouse: &Warehouse) -> Result<Engine> {
    Engine::new(&EngineOptions { threads, memory_limit, spill_folder: std::env::temp_dir() }, warehouse)
}

/// How the flow ended, or the signal that ended it.
enum Outcome {
    Flow(Result<RunStatus, RunError>),
    Signal { name: &'static str, exit_code: u8 },
}

/// A query may keep every thread busy for longer than a signal may wait, so one more thread listens: where the run has
/// not ended by itself after the time it has for that, the process ends, as it might at any moment.
fn end_in_time(record: &Arc<Mutex<RunRecord>>, warehouse: &Warehouse, output: Output) -> Result<()> {
    let (record, warehouse) = (Arc::clone(record), warehouse.clone());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("starting a thread")?;
    let wait = async move {
        let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
        else {
            return;
        };
        let (name, exit_code) = tokio::select! {
            _ = terminate.recv() => ("SIGTERM", 143),
            _ = interrupt.recv() => ("SIGINT", 130),
        };
        tokio::time::sleep(TIME_TO_END).await;
        let (path, json) = {
            let mut record = record.lock().unwrap_or_else(PoisonError::into_inner);
            stopped(&mut record, name, exit_code);
            (record.path(), record.to_json())
        };
        let is_written = warehouse.put(&path, json.clone()).await.is_ok();
        say(&format!("stopped by {name}{}", if is_written { "" } else { "; the run's record could not be written" }));
        if output == Output::Json {
            drop(print(&json));
        }
        leave(exit_code);
    };
    let spawned = std::thread::Builder::new().name("signals".into()).spawn(move || runtime.block_on(wait));
    spawned.context("starting a thread")?;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "the threads that would return to `main` are busy")]
fn leave(exit_code: u8) -> ! {
    std::process::exit(exit_code.into())
}

fn stopped(record: &mut RunRecord, signal: &str, exit_code: u8) {
    let step = record.steps.last().map_or("start", |step| step.step.as_str());
    let published = record.published.as_ref().map_or("nothing was published".to_string(), |published| {
        format!("entry {} was published before", published.entry)
    });
    record.error = Some(format!("{signal} at step {step}; {published}"));
    record.end(RunStatus::Stopped, exit_code);
}

async fn under_signals(flow: &Flow<'_>) -> Result<Outcome> {
    let listen = |kind: SignalKind| -> Result<Signal> { signal(kind).context("listening for signals") };
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    let mut running = pin!(run_flow(flow));
    let (name, exit_code) = tokio::select! {
        ended = &mut running => return Ok(Outcome::Flow(ended)),
        _ = terminate.recv() => ("SIGTERM", 143),
        _ = interrupt.recv() => ("SIGINT", 130),
    };
    flow.stop.ask();
    let is_publishing = {
        let record = flow.record.lock().unwrap_or_else(PoisonError::into_inner);
        record.steps.last().is_some_and(|step| step.step == "publish")
    };
    if is_publishing {
        // The commit is made or not by now; the tables that follow it need a moment.
        drop(tokio::time::timeout(TIME_TO_PUBLISH, &mut running).await);
    }
    Ok(Outcome::Signal { name, exit_code })
}

/// Writes the end of the run into its record; a record that cannot be written is said, and no reason to lie.
async fn end(flow: &Flow<'_>, outcome: Outcome) -> u8 {
    let may_write = !matches!(outcome, Outcome::Flow(Err(RunError::NotOurs(_))));
    let exit_code = match outcome {
        Outcome::Flow(Ok(status)) => {
            let exit_code = if status == RunStatus::NotFollowed { 3 } else { 0 };
            flow.note(|record| {
                record.end_step();
                record.end(status, exit_code);
            });
            exit_code
        }
        Outcome::Flow(Err(stop)) => {
            let (status, exit_code, error) = match stop {
                RunError::Failed(error) => (RunStatus::Failed, 1, error),
                RunError::CouldNotRun(error) | RunError::NotOurs(error) => (RunStatus::CouldNotRun, 2, error),
            };
            flow.progress.stop();
            complain(&error);
            flow.note(|record| {
                record.error = Some(with_causes(&error));
                record.end(status, exit_code);
            });
            exit_code
        }
        Outcome::Signal { name, exit_code } => {
            flow.progress.stop();
            flow.note(|record| stopped(record, name, exit_code));
            exit_code
        }
    };
    if !may_write {
        return exit_code;
    }
    if let Err(error) = flow.save().await {
        say(&format!("warning: the run's record could not be written: {}", with_causes(&error)));
    }
    exit_code
}
