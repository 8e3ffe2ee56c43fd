//! `kill -9` at any moment: readers see the set of before or the set of after, whole, and the next run makes good
//! what is missing.
//!
//! A run is killed as each of its lines on stderr appears (every step opens with one), as each file that marks a
//! boundary appears in the warehouse, and at a hundred random moments; and one of the product's marts at a few of them.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cli_support::{Project, newest_entry};
use crate::published_facts;

const RANDOM_MOMENTS: usize = 100;
const FEW_MOMENTS: usize = 12;
const PATIENCE: Duration = Duration::from_mins(2);

/// When a run is killed.
#[derive(Debug, Clone)]
enum Moment {
    /// As soon as it has written this many lines to stderr.
    Line(usize),
    /// As soon as this file is in the warehouse.
    File(String),
    /// So long after its start.
    After(Duration),
}

/// A project before a delivery is taken in, and what its readers see before and after.
struct Scene {
    project: Project,
    before: Option<Value>,
    after: Value,
    /// Names of the steps, and how many lines a whole run writes while at work.
    steps: Vec<String>,
    lines: usize,
    /// What a whole run adds to the warehouse at boundaries between steps and within publishing.
    boundaries: Vec<String>,
    duration: Duration,
}

#[test]
fn a_first_run_that_is_killed_leaves_nothing_or_the_whole_set() {
    let scene = Scene::of(Project::of_the_workshop());
    let lines = (1..=scene.lines).map(Moment::Line);
    let files = scene.boundaries.iter().cloned().map(Moment::File);
    let moments: Vec<Moment> = lines.chain(files).collect();
    let published = scene.kill_at_each(&moments);
    assert!(0 < published && published < moments.len(), "{published} of {} kills came after publishing", moments.len());
}

#[test]
fn a_run_that_is_killed_between_any_two_steps_leaves_the_old_set_or_the_new() {
    let scene = Scene::of(project_with_a_new_delivery());
    assert_eq!(scene.steps, ["land", "transform", "check", "publish"], "every step opens with a line of its own");
    let lines = (1..=scene.lines).map(Moment::Line);
    let files = scene.boundaries.iter().cloned().map(Moment::File);
    let moments: Vec<Moment> = lines.chain(files).collect();
    let published = scene.kill_at_each(&moments);
    assert!(0 < published && published < moments.len(), "{published} of {} kills came after publishing", moments.len());
}

#[test]
fn a_run_that_is_killed_at_a_hundred_random_moments_leaves_the_old_set_or_the_new() {
    Scene::of(project_with_a_new_delivery()).kill_at_random(RANDOM_MOMENTS);
}

#[test]
fn a_run_of_the_products_marts_that_is_killed_leaves_the_old_set_or_the_new() {
    Scene::of(with_a_new_delivery(Project::of_the_plant())).kill_at_random(FEW_MOMENTS);
}

fn project_with_a_new_delivery() -> Project {
    with_a_new_delivery(Project::of_the_workshop())
}

/// A project as published once, and then a new delivery in which a row is missing and a product has another name: each
/// changes a mart of its own.
fn with_a_new_delivery(project: Project) -> Project {
    project.sopmart(&["run"]).expect_exit(0);
    let file = largest_csv(&project.path("sample_data"));
    let text = std::fs::read_to_string(&file).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.remove(lines.len() / 2);
    std::fs::write(&file, lines.join("\n") + "\n").unwrap();
    project.replace("sample_data/products.csv", "Table Linden 120", "Table Lime 120");
    project
}

fn largest_csv(folder: &Path) -> std::path::PathBuf {
    let files = files_below(folder).into_iter().filter(|file| file.ends_with(".csv")).map(|file| folder.join(file));
    files.max_by_key(|file| file.metadata().unwrap().len()).expect("the workshop has a CSV file")
}

impl Scene {
    /// Looks at a whole, undisturbed run on a copy of the project.
    fn of(project: Project) -> Scene {
        let before = newest_set(&project.warehouse());
        let undisturbed = project.copy();
        let started = Instant::now();
        let outcome = undisturbed.sopmart(&["run"]).expect_exit(0);
        let duration = started.elapsed();
        let after = newest_set(&undisturbed.warehouse()).unwrap();
        assert_ne!(before.as_ref(), Some(&after), "the new delivery makes a difference");
        let known = files_below(&project.warehouse());
        let added = files_below(&undisturbed.warehouse()).difference(&known).cloned().collect::<Vec<_>>();
        let names = ["land", "transform", "check", "publish"];
        let mut steps: Vec<String> = outcome.stderr.lines().filter_map(first_word).map(str::to_string).collect();
        steps.retain(|step| names.contains(&step.as_str()));
        steps.dedup();
        // The summary that follows an empty line is written when all is done.
        let lines = outcome.stderr.lines().take_while(|line| !line.is_empty()).count();
        let boundaries = added.into_iter().filter(|file| is_boundary(file)).collect();
        Scene { project, before, after, steps, lines, boundaries, duration }
    }

    fn kill_at_random(&self, moments: usize) {
        let moments = (0..moments).map(|n| Moment::After(self.duration.mul_f64(random_fraction(n as u64))));
        self.kill_at_each(&moments.collect::<Vec<_>>());
    }

    /// Kills a run on a copy of its own at each of the moments, two at a time; returns how many kills came after the
    /// new set was published.
    fn kill_at_each(&self, moments: &[Moment]) -> usize {
        let (next, published) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let work = || {
            while let Some(moment) = moments.get(next.fetch_add(1, Ordering::Relaxed)) {
                if self.kill_at(moment) {
                    published.fetch_add(1, Ordering::Relaxed);
                }
            }
        };
        std::thread::scope(|scope| {
            let second = scope.spawn(work);
            work();
            second.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        });
        published.into_inner()
    }

    /// Kills a run and holds what readers then see against before and after; true where it is after.
    fn kill_at(&self, moment: &Moment) -> bool {
        let project = self.project.copy();
        kill_a_run(&project, moment);
        let (before, after) = (self.before.as_ref(), Some(&self.after));
        let set = newest_set(&project.warehouse());
        assert!(set.as_ref() == before || set.as_ref() == after, "killed at {moment:?}, the set is {set:#?}");
        self.query_sees(&project, set.as_ref(), moment);
        for mart in marts(&self.after) {
            let facts = delta_facts(&project.warehouse(), &mart, &self.after);
            let [old, new] = [before, after].map(|set| set.map(|set| &set["marts"][&mart]));
            assert!(facts.as_ref() == old || facts.as_ref() == new, "killed at {moment:?}, {mart} is {facts:#?}");
            let is_ahead = facts.as_ref() != old && set.as_ref() == before;
            assert!(!is_ahead, "killed at {moment:?}, {mart} shows what is not published yet");
        }
        project.sopmart(&["run"]).expect_exit(0);
        let temporary = files_below(&project.temporary());
        assert!(temporary.is_empty(), "of the run killed at {moment:?} the next one leaves {temporary:?}");
        let entry = newest_entry(&project.warehouse()).unwrap();
        assert_eq!(newest_set(&project.warehouse()).as_ref(), after, "after the run that follows {moment:?}");
        for (mart, published) in &entry.marts {
            let mut files: Vec<String> = published.files.iter().map(|file| file.path.clone()).collect();
            files.sort();
            let table = published_facts::delta_table(&project.warehouse(), mart).unwrap();
            assert_eq!(
                (table.files, table.entry),
                (files, Some(entry.n)),
                "{mart} after the run that follows {moment:?}"
            );
        }
        set.as_ref() == after
    }

    /// The program's own reader sees the set that the publish log's newest entry names.
    fn query_sees(&self, project: &Project, set: Option<&Value>, moment: &Moment) {
        let counts = marts(&self.after)
            .into_iter()
            .map(|mart| format!("select '{mart}' as mart, count(*) as counted from marts.{mart}"));
        let sql = counts.collect::<Vec<_>>().join(" union all ");
        let outcome = project.sopmart(&["query", &sql, "--output", "json"]);
        let Some(set) = set else {
            assert_eq!(outcome.exit_code, Some(2), "killed at {moment:?}, {outcome:?}");
            return;
        };
        let answer = outcome.expect_exit(0).json();
        for row in answer["rows"].as_array().unwrap() {
            let mart = row["mart"].as_str().unwrap();
            assert_eq!(row["counted"], set["marts"][mart]["rows"], "killed at {moment:?}, {mart} as query sees it");
        }
    }
}

/// Starts a run, kills it at the moment, or lets it end where the moment does not come.
fn kill_a_run(project: &Project, moment: &Moment) {
    let mut run = project.command(&["run"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(run.stderr.take().unwrap()).lines();
    match moment {
        Moment::Line(number) => drop(lines.nth(number - 1)),
        Moment::File(file) => {
            let file = project.warehouse().join(file);
            wait_until(&mut run, || file.exists());
        }
        Moment::After(duration) => {
            let started = Instant::now();
            wait_until(&mut run, || started.elapsed() >= *duration);
        }
    }
    // It may have ended by itself.
    drop(run.kill());
    run.wait().unwrap();
}

/// Looks every few microseconds, so that the kill comes right after what it waits for.
fn wait_until(run: &mut Child, mut is_time: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_time() && run.try_wait().unwrap().is_none() {
        assert!(started.elapsed() < PATIENCE, "the run hangs");
        std::thread::sleep(Duration::from_micros(20));
    }
}

/// The marts that tell of runs, a killed one among them.
const OF_RUNS: [&str; 2] = ["runs", "reconciliation"];

/// The published set as its rows say it; the number of its entry is no matter, nor is what it tells of runs.
fn newest_set(warehouse: &Path) -> Option<Value> {
    let mut facts = published_facts::of_entry(warehouse, &newest_entry(warehouse)?);
    facts.as_object_mut().unwrap().remove("entry");
    facts["marts"].as_object_mut().unwrap().retain(|mart, _| !OF_RUNS.contains(&mart.as_str()));
    Some(facts)
}

/// What one Delta table says by itself; None where there is no table.
fn delta_facts(warehouse: &Path, mart: &str, after: &Value) -> Option<Value> {
    let table = published_facts::delta_table(warehouse, mart)?;
    let columns = serde_json::from_value::<Vec<_>>(after["marts"][mart]["columns"].clone()).unwrap();
    Some(published_facts::of_files(warehouse, &table.files, &columns))
}

fn marts(set: &Value) -> Vec<String> {
    set["marts"].as_object().unwrap().keys().cloned().collect()
}

/// Files whose coming into being ends a part of the flow, and whose names are the same in every run.
fn is_boundary(file: &str) -> bool {
    let is_load = file.starts_with("landing/") && file.contains("/loads/");
    let is_batch = file.starts_with("landing/") && file.contains("/batches/");
    let is_entry = file.starts_with("published/");
    is_load || is_batch || is_entry || file.contains("/_delta_log/") || file == "warehouse.json"
}

fn files_below(folder: &Path) -> BTreeSet<String> {
    let mut files = BTreeSet::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(below) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&below) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.strip_prefix(folder).unwrap().to_string_lossy().into_owned());
            }
        }
    }
    files
}

fn first_word(line: &str) -> Option<&str> {
    line.split_whitespace().next()
}

/// The n-th of a fixed series of fractions that look random (splitmix64), so that a failure comes again.
fn random_fraction(n: u64) -> f64 {
    let mut mixed = (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    f64::from(u32::try_from((mixed ^ (mixed >> 31)) >> 32).unwrap()) / f64::from(u32::MAX)
}
