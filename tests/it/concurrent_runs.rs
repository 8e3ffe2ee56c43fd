//! Two runs at once, and runs that are asked to stop: one works, nothing is left half-done, everyone is told.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cli_support::{Outcome, Project, newest_entry};

/// How soon a run has to end after a signal.
const TIME_TO_STOP: Duration = Duration::from_secs(2);

/// A run in the background, with its lines on stderr.
struct Running {
    child: Child,
    stderr: BufReader<std::process::ChildStderr>,
    said: String,
    /// What it writes to stdout, read as it comes: a record is longer than a pipe holds.
    stdout: JoinHandle<String>,
}

impl Running {
    fn start(project: &Project, arguments: &[&str]) -> Running {
        let mut command = project.command(&[&["run", "--output", "json"], arguments].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let stdout = child.stdout.take().unwrap();
        let stdout = std::thread::spawn(move || std::io::read_to_string(stdout).unwrap());
        Running { child, stderr, said: String::new(), stdout }
    }

    /// Waits until it says a line that begins so.
    fn wait_for(&mut self, beginning: &str) {
        loop {
            let mut line = String::new();
            assert_ne!(self.stderr.read_line(&mut line).unwrap(), 0, "never said `{beginning}`:\n{}", self.said);
            self.said.push_str(&line);
            if line.starts_with(beginning) {
                return;
            }
        }
    }

    fn send(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    fn end(mut self) -> Outcome {
        self.stderr.read_to_string(&mut self.said).unwrap();
        let exit_code = self.child.wait().unwrap().code();
        Outcome { exit_code, stdout: self.stdout.join().unwrap(), stderr: self.said }
    }
}

/// A project whose operations take seconds to land and to compute.
fn slow_project() -> Project {
    let project = Project::of_the_workshop();
    let mut text = project.read("sample_data/production_operations.csv");
    for operation in 0..400_000 {
        let day = 1 + operation % 28;
        writeln!(
            text,
            "PO-260001,{},CUTTING,2026-02-{day:02},2026-02-{day:02},,,4.36,,0.50,0,,,0.158400",
            1000 + operation
        )
        .unwrap();
    }
    project.write("sample_data/production_operations.csv", &text);
    project
}

#[test]
fn of_two_runs_started_together_one_works_and_the_other_says_who_does() {
    let project = slow_project();
    let mut first = Running::start(&project, &[]);
    first.wait_for("land");
    let second = Running::start(&project, &[]).end().expect_exit(2);
    let third = Running::start(&project, &["--wait"]);
    let first = first.end().expect_exit(0).json();
    let holder = first["run_id"].as_str().unwrap();
    let process = first["process_id"].as_u64().unwrap();
    let told = format!("the warehouse is held by run {holder} (process {process} on ");
    assert!(second.stderr.contains(&told) && second.stderr.contains(" since 20"), "{}", second.stderr);
    assert!(second.stderr.contains("wait for it with --wait"), "{}", second.stderr);
    let second = second.json();
    assert_eq!((&second["status"], &second["exit_code"]), (&"could_not_run".into(), &2.into()));
    let third = third.end().expect_exit(0).json();
    assert_eq!((&third["status"], project.entry()), (&"nothing_to_do".into(), 1));
}

#[test]
fn of_many_runs_started_at_once_exactly_one_publishes() {
    let project = Project::of_the_workshop();
    let runs: Vec<Running> = (0..4).map(|_| Running::start(&project, &[])).collect();
    let statuses: Vec<(i32, String)> = runs
        .into_iter()
        .map(|run| {
            let outcome = run.end();
            let status = outcome.json()["status"].as_str().unwrap().to_string();
            (outcome.exit_code.unwrap(), status)
        })
        .collect();
    assert_eq!(statuses.iter().filter(|(_, status)| status == "published").count(), 1, "{statuses:?}");
    let others = [(0, "published"), (0, "nothing_to_do"), (2, "could_not_run")];
    assert!(statuses.iter().all(|(code, status)| others.contains(&(*code, status.as_str()))), "{statuses:?}");
    assert_eq!(project.entry(), 1);
}

#[test]
fn a_run_that_is_asked_to_stop_does_so_at_once_and_leaves_nothing_half_done() {
    let whole = Project::of_the_workshop();
    whole.sopmart(&["run"]).expect_exit(0);
    let expected = marts(&whole);
    let small = whole.read("sample_data/production_operations.csv");
    let moments =
        [("land", "land"), ("transform", "transform"), ("transform staging.production_operations", "transform")];
    let signals = [("-TERM", "SIGTERM", 143), ("-INT", "SIGINT", 130)];
    for (line, step) in moments {
        for (signal, name, exit_code) in signals {
            let project = slow_project();
            let mut run = Running::start(&project, &[]);
            run.wait_for(line);
            run.send(signal);
            let asked = Instant::now();
            let outcome = run.end();
            assert!(asked.elapsed() < TIME_TO_STOP, "{name} at {line}: {:?}", asked.elapsed());
            let record = outcome.expect_exit(exit_code).json();
            let run_id = record["run_id"].as_str().unwrap();
            let kept: Value =
                serde_json::from_str(&project.read(&format!("warehouse/runs/{run_id}/run.json"))).unwrap();
            assert_eq!((&kept["status"], &kept["exit_code"]), (&"stopped".into(), &exit_code.into()));
            assert_eq!(kept["error"], format!("{name} at step {step}; nothing was published"));
            assert_eq!(newest_entry(&project.warehouse()), None);

            project.write("sample_data/production_operations.csv", &small);
            project.sopmart(&["run"]).expect_exit(0);
            assert_eq!(marts(&project), expected, "after {name} at {line}");
        }
    }
}

/// Rows and hashes of what is published.
fn marts(project: &Project) -> Vec<(String, u64, String)> {
    let entry = newest_entry(&project.warehouse()).unwrap();
    let files =
        entry.marts.into_iter().flat_map(|(name, mart)| mart.files.into_iter().map(move |file| (name.clone(), file)));
    files.map(|(name, file)| (name, file.rows, file.sha256)).collect()
}

#[test]
fn a_run_that_waits_for_the_lock_stops_when_asked() {
    let project = slow_project();
    let mut first = Running::start(&project, &[]);
    first.wait_for("land");
    let mut waiting = Running::start(&project, &["--wait"]);
    waiting.wait_for("wait      for run ");
    let listed = project.sopmart(&["runs"]).expect_exit(0).stdout;
    let statuses: Vec<_> = listed.lines().skip(1).filter_map(|line| line.split_whitespace().nth(3)).collect();
    assert_eq!(statuses, ["waiting", "running"], "{listed}");
    waiting.send("-TERM");
    let record = waiting.end().expect_exit(143).json();
    assert_eq!(record["error"], "SIGTERM at step start; nothing was published");
    first.end().expect_exit(0);
}
