//! Whole runs over a warehouse that fails or is full at every possible point: readers see the old set or the new one,
//! and the run that follows makes good what is missing.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use sopmart::engine::{Engine, EngineOptions};
use sopmart::extract::Stop;
use sopmart::pipeline::{self, Overrides};
use sopmart::record::{Progress, RunRecord, RunStatus};
use sopmart::run::{Flow, Request, RunError, run};
use sopmart::warehouse::Warehouse;

use crate::bad_input_runs::{mount, unmount};
use crate::cli_support::{Project, left_out, newest_entry};
use crate::failing_store::{FailingStore, Fault};
use crate::published_facts;

/// The flow as the program runs it, over a store that fails.
fn run_over(project: &Project, store: &FailingStore) -> Result<RunStatus, RunError> {
    let folder = project.warehouse();
    std::fs::create_dir_all(&folder).unwrap();
    let warehouse = Warehouse::over(Arc::new(store.clone()), Some(folder.canonicalize().unwrap()));
    let opened = pipeline::Project::open(&project.path("")).unwrap();
    let file = opened.pipeline_file(None).unwrap();
    let pipeline = pipeline::read(&opened, &file, &Overrides::default()).unwrap();
    let graph = pipeline.graph().unwrap();
    let options = EngineOptions { threads: 2, memory_limit: None, spill_folder: std::env::temp_dir() };
    let engine = Engine::new(&options, &warehouse).unwrap();
    let record = Arc::new(Mutex::new(RunRecord::start(&pipeline.name, pipeline.settings.as_of(), None)));
    let (request, progress) = (Request::default(), Progress::silent());
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
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(run(&flow))
}

/// A project before a delivery is taken in, and what its readers see before and after.
struct Scene {
    project: Project,
    before: Option<Value>,
    after: Value,
    writes: u64,
    bytes_after: Vec<u64>,
}

impl Scene {
    fn of(project: Project) -> Scene {
        let undisturbed = project.copy();
        let store = store_over(&undisturbed, Fault::None);
        assert_eq!(run_over(&undisturbed, &store).unwrap(), RunStatus::Published);
        let (before, after) = (newest_set(&project), newest_set(&undisturbed).unwrap());
        Scene { project, before, after, writes: store.writes(), bytes_after: store.bytes_after() }
    }

    /// A run on a copy of its own for each of the faults, two at a time.
    fn hold_at_each(&self, faults: &[Fault]) {
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some(fault) = faults.get(next.fetch_add(1, Ordering::Relaxed)) {
                self.hold(*fault);
            }
        };
        std::thread::scope(|scope| {
            let second = scope.spawn(work);
            work();
            second.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        });
    }

    fn hold(&self, fault: Fault) {
        let project = self.project.copy();
        let outcome = run_over(&project, &store_over(&project, fault));
        let set = newest_set(&project);
        let is_new = set.as_ref() == Some(&self.after);
        assert!(is_new || set == self.before, "{fault:?}: the set is {set:#?}");
        match outcome {
            Ok(status) => assert!(is_new, "{fault:?}: the run says {status:?}"),
            Err(RunError::CouldNotRun(_) | RunError::NotOurs(_)) => {
                assert!(!is_new, "{fault:?}: published and yet told to have failed");
            }
            Err(error @ RunError::Failed(_)) => panic!("{fault:?}: a store that fails is nobody's data: {error}"),
        }
        // The run that follows, on a disk that works again.
        run_over(&project, &store_over(&project, Fault::None))
            .unwrap_or_else(|error| panic!("after {fault:?}: {error}"));
        assert_eq!(newest_set(&project).as_ref(), Some(&self.after), "after {fault:?}");
        hold_tables_to_the_set(&project.warehouse(), &format!("{fault:?}"));
    }
}

fn store_over(project: &Project, fault: Fault) -> FailingStore {
    std::fs::create_dir_all(project.warehouse()).unwrap();
    FailingStore::over_folder(&project.warehouse(), fault)
}

/// The published set as its rows say it; the number of its entry is no matter.
fn newest_set(project: &Project) -> Option<Value> {
    let mut facts = published_facts::of_entry(&project.warehouse(), &newest_entry(&project.warehouse())?);
    facts.as_object_mut().unwrap().remove("entry");
    Some(facts)
}

fn hold_tables_to_the_set(warehouse: &Path, when: &str) {
    let entry = newest_entry(warehouse).unwrap();
    for (mart, published) in &entry.marts {
        let mut files: Vec<String> = published.files.iter().map(|file| file.path.clone()).collect();
        files.sort();
        let table = published_facts::delta_table(warehouse, mart).unwrap();
        assert_eq!((table.files, table.entry), (files, Some(entry.n)), "{mart} after {when}");
    }
}

fn workshop_with_a_new_delivery() -> Project {
    with_a_new_delivery(Project::of_the_workshop())
}

/// A project as published once, and then a new delivery that changes two marts.
fn with_a_new_delivery(project: Project) -> Project {
    run_over(&project, &store_over(&project, Fault::None)).unwrap();
    project.replace("sample_data/products.csv", "Table Linden 120", "Table Lime 120");
    project.replace("sample_data/production_operations.csv", ",4.36,4.49,", ",4.36,4.59,");
    project
}

#[test]
fn a_run_whose_every_write_fails_once_leaves_the_old_set_or_the_new() {
    let scene = Scene::of(workshop_with_a_new_delivery());
    let faults = (1..=scene.writes).flat_map(|k| [Fault::From(k), Fault::Once(k), Fault::AnswerLostFrom(k)]);
    scene.hold_at_each(&faults.collect::<Vec<_>>());
}

#[test]
fn a_run_of_the_products_marts_whose_writes_fail_leaves_the_old_set_or_the_new() {
    let scene = Scene::of(with_a_new_delivery(Project::of_the_plant()));
    let faults = (1..=scene.writes).step_by(29).map(Fault::From);
    scene.hold_at_each(&faults.collect::<Vec<_>>());
}

#[test]
fn a_first_run_whose_writes_fail_leaves_nothing_or_the_whole_set() {
    let scene = Scene::of(Project::of_the_workshop());
    let faults = (1..=scene.writes).step_by(11).map(Fault::From);
    scene.hold_at_each(&faults.collect::<Vec<_>>());
}

#[test]
fn a_disk_that_is_full_before_any_write_leaves_the_old_set_or_the_new() {
    let scene = Scene::of(workshop_with_a_new_delivery());
    // One byte too few for each of the writes, and points between them.
    let mut points: Vec<u64> = scene.bytes_after.iter().filter(|bytes| **bytes > 0).map(|bytes| bytes - 1).collect();
    let total = scene.bytes_after.last().unwrap();
    points.extend((0..16).map(|point| total * point / 16));
    points.sort_unstable();
    points.dedup();
    scene.hold_at_each(&points.into_iter().map(Fault::AfterBytes).collect::<Vec<_>>());
}

#[test]
fn a_real_file_system_that_is_full_leaves_nothing_or_the_whole_set() {
    let Some(disk) = SmallDisk::mounted() else {
        return left_out("a real file system that is full", "a user that may mount");
    };
    let project = Project::of_the_workshop();
    let small = disk.folder.path().join("warehouse");
    let arguments = ["run", "--warehouse", small.to_str().unwrap()];
    let mut published_at = None;
    for kilobytes in (64..4096).step_by(96) {
        assert!(disk.mount(&format!("remount,size={kilobytes}k")));
        let outcome = project.sopmart(&arguments);
        assert!(!outcome.stderr.contains("panicked"), "{kilobytes} kB: {}", outcome.stderr);
        let entry = newest_entry(&small);
        match outcome.exit_code {
            Some(2) => {
                assert_eq!(entry, None, "{kilobytes} kB: {}", outcome.stderr);
                assert!(outcome.stderr.contains("No space left on device"), "{kilobytes} kB: {}", outcome.stderr);
            }
            Some(0 | 3) => {
                assert!(entry.is_some());
                published_at.get_or_insert(kilobytes);
            }
            _ => panic!("{kilobytes} kB: {outcome:?}"),
        }
    }
    let facts = |folder: &Path| published_facts::of_entry(folder, &newest_entry(folder).unwrap());
    hold_tables_to_the_set(&small, "the disk has grown");
    assert!(published_at.is_some_and(|kilobytes| kilobytes > 64), "the disk was full first: {published_at:?}");
    project.sopmart(&["run"]).expect_exit(0);
    assert_eq!(facts(&small), facts(&project.warehouse()), "and what was published in the end is whole");
}

/// A file system in memory that goes away with its value.
struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    /// None where this user may not mount.
    fn mounted() -> Option<SmallDisk> {
        let disk = SmallDisk { folder: tempfile::tempdir().unwrap() };
        disk.mount("size=64k").then_some(disk)
    }

    fn mount(&self, options: &str) -> bool {
        mount(&["-t", "tmpfs", "-o", options, "tmpfs", self.folder.path().to_str().unwrap()])
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        unmount(self.folder.path());
    }
}
