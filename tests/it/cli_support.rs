//! A project of its own for each test of the command line, and the program run in it as a person would run it.

use std::io::{Write, stderr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use serde_json::Value;
use sopmart::warehouse::Warehouse;
use sopmart::warehouse::publish_log::{self, Entry};

/// A folder with a copy of pipelines and their data; it goes away with its value.
pub struct Project {
    temporary: Arc<tempfile::TempDir>,
    folder: PathBuf,
}

/// What a finished command left behind.
#[derive(Debug)]
pub struct Outcome {
    /// None where a signal ended it.
    pub exit_code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// The repository's folder, as cargo says when the tests run: they may have been compiled in a clone elsewhere.
pub fn repository() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says so to its tests").into()
}

impl Project {
    /// A small plant, whose few extracts stay as they are while the sample grows.
    pub fn of_the_plant() -> Project {
        Project::of(&repository().join("tests/plant"))
    }

    /// The plant with two small marts of its own instead of the product's, for tests that run it hundreds of times.
    pub fn of_the_workshop() -> Project {
        let project = Project::of_the_plant();
        copy_folder(&repository().join("tests/workshop"), &project.path(""));
        project
    }

    /// The repository's pipelines and its sample data.
    pub fn of_the_sample() -> Project {
        Project::of(&repository())
    }

    /// A folder with nothing in it.
    pub fn empty() -> Project {
        let temporary = tempfile::tempdir().unwrap();
        Project { folder: temporary.path().to_path_buf(), temporary: Arc::new(temporary) }
    }

    /// The project that a folder below this one is.
    pub fn below(&self, folder: &str) -> Project {
        Project { temporary: Arc::clone(&self.temporary), folder: self.path(folder) }
    }

    fn of(folder: &Path) -> Project {
        let project = Project::empty();
        for below in ["pipelines", "sample_data"] {
            copy_folder(&folder.join(below), &project.path(below));
        }
        project
    }

    /// The same project and warehouse once more.
    pub fn copy(&self) -> Project {
        let copy = Project::empty();
        copy_folder(&self.folder, &copy.folder);
        copy
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.join(below)
    }

    pub fn warehouse(&self) -> PathBuf {
        self.path("warehouse")
    }

    /// Where the program puts temporary files.
    pub fn temporary(&self) -> PathBuf {
        self.temporary.path().join("tmp")
    }

    /// Writes a file of the project, over what was there.
    pub fn write(&self, below: &str, text: &str) {
        let path = self.path(below);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn read(&self, below: &str) -> String {
        std::fs::read_to_string(self.path(below)).unwrap_or_else(|error| panic!("{below}: {error}"))
    }

    /// Changes one place in a file of the project.
    #[track_caller]
    pub fn replace(&self, below: &str, old: &str, new: &str) {
        let text = self.read(below);
        assert!(text.contains(old), "{below} has no `{old}`");
        self.write(below, &text.replacen(old, new, 1));
    }

    /// Writes a file of the product into the project, with one place in it changed.
    pub fn overlay(&self, file: &str, old: &str, new: &str) {
        let text = std::fs::read_to_string(repository().join(file)).unwrap();
        assert!(text.contains(old), "{file} has no `{old}`");
        self.write(file, &text.replacen(old, new, 1));
    }

    /// The rows of a query over the newest published set.
    #[track_caller]
    pub fn rows(&self, sql: &str) -> Vec<Value> {
        let answer = self.sopmart(&["query", sql, "--output", "json"]).expect_exit(0).json();
        answer["rows"].as_array().unwrap().clone()
    }

    /// The one value of a query over the newest published set.
    #[track_caller]
    pub fn value(&self, sql: &str) -> Value {
        let rows = self.rows(sql);
        assert!(rows.len() == 1 && rows[0].as_object().unwrap().len() == 1, "{rows:?}");
        rows[0].as_object().unwrap().values().next().unwrap().clone()
    }

    /// The number of the newest entry of the publish log; 0 where nothing was ever published.
    pub fn entry(&self) -> u64 {
        newest_entry(&self.warehouse()).map_or(0, |entry| entry.n)
    }

    /// The program with its arguments, in the project's folder, with nothing of the environment that it listens to.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sopmart"));
        command.args(arguments).current_dir(&self.folder).stdin(Stdio::null());
        std::fs::create_dir_all(self.temporary()).unwrap();
        command.env("TMPDIR", self.temporary());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("SOPMART_")) {
            command.env_remove(name);
        }
        command
    }

    /// Runs the program to its end.
    pub fn sopmart(&self, arguments: &[&str]) -> Outcome {
        let output = self.command(arguments).output().unwrap();
        Outcome {
            exit_code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Outcome {
    /// Holds how the program ended, and shows all that it said where it ended otherwise.
    #[track_caller]
    pub fn expect_exit(self, exit_code: i32) -> Outcome {
        assert_eq!(self.exit_code, Some(exit_code), "\nstdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// The JSON object on the last line of stdout.
    #[track_caller]
    pub fn json(&self) -> Value {
        let last = self.stdout.lines().last().unwrap_or_default();
        serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: the last line of stdout is `{last}`"))
    }
}

/// The newest entry of a warehouse's publish log, if anything was ever published there.
pub fn newest_entry(warehouse: &Path) -> Option<Entry> {
    if !warehouse.exists() {
        return None;
    }
    // On a thread of its own, since a test may be at work on a runtime.
    let read = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { publish_log::newest(&Warehouse::in_folder(warehouse).unwrap()).await.unwrap() })
    };
    std::thread::scope(|scope| scope.spawn(read).join().unwrap())
}

/// Says that a test was left out and what it needs. Written past the test harness, which shows nothing of a test that
/// passes.
pub fn left_out(what: &str, variable: &str) {
    drop(writeln!(stderr(), "left out: {what}; it needs {variable}, which .ci/run sets"));
}

/// Copies a folder with all that is below it.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
            // A copy of a delivery is known since the same time.
            let modified = path.metadata().unwrap().modified().unwrap();
            std::fs::File::options().write(true).open(&target).unwrap().set_modified(modified).unwrap();
        }
    }
}
