//! An extract that begins to load in another way: what its loads meant until then, they do not mean any more, so all
//! that was shown has to be delivered once more.

use std::collections::HashSet;

use crate::extract::SourceFile;
use crate::fault::{Fault, Faults};
use crate::pipeline::{Extract, KnownAt};
use crate::warehouse::{Load, ShownBatch, shown_before};

/// Files that came before the change and have not come again since; a run that is killed may leave some.
#[derive(Debug, Default)]
pub(super) struct Change {
    paths: HashSet<String>,
}

impl Change {
    /// # Errors
    /// Every such file that has rows and is no longer delivered.
    pub(super) fn of(extract: &Extract, loads: &[Load], sources: &[SourceFile]) -> Result<Change, Faults> {
        let missing = shown_before(loads, &extract.load);
        let is_delivered = |path: &str| sources.iter().any(|source| source.name == path);
        let has_rows = |batch: &&ShownBatch| batch.files.iter().any(|file| file.rows > 0);
        let gone = missing.iter().filter(has_rows).filter(|batch| !is_delivered(&batch.source_file));
        let faults: Vec<Fault> = gone
            .map(|batch| {
                let before = loads.iter().find(|load| load.n == batch.load);
                let before = before.map_or_else(String::new, |load| load.mode.to_string());
                let message = format!(
                    "extract `{}` was loaded as `{before}`, is now to load as `{}`, and this file is no longer delivered",
                    extract.name, extract.load
                );
                let help =
                    "deliver it once more, or give the extract another name: its rows would be lost or count twice";
                Fault::of_file(&batch.source_file, message).with_help(help)
            })
            .collect();
        let paths = missing.into_iter().map(|batch| batch.source_file).collect();
        if faults.is_empty() { Ok(Change { paths }) } else { Err(Faults(faults)) }
    }

    /// Whether the file is to be loaded anew, whether or not it has changed.
    pub(super) fn is_about(&self, path: &str) -> bool {
        self.paths.contains(path)
    }

    /// What sopmart saw before keeps the time when it first did.
    pub(super) fn date(&self, load: &mut Load, loads: &[Load]) {
        if load.known_by != KnownAt::Now || !load.files.iter().all(|file| self.is_about(&file.path)) {
            return;
        }
        let first_seen = |path: &str, sha256: &str| {
            let has = |load: &&Load| load.files.iter().any(|file| file.path == path && file.sha256 == sha256);
            loads.iter().filter(has).map(|load| load.landed_at).min()
        };
        let times: Option<Vec<_>> = load.files.iter().map(|file| first_seen(&file.path, &file.sha256)).collect();
        load.known_at = times.and_then(|times| times.into_iter().max()).unwrap_or(load.known_at);
    }
}
