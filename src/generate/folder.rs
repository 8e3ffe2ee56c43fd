//! The folder that is written: a file for each extract, month or day, with its header, in the order of the parts.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::generate::bad_rows;
use crate::generate::days::{Time, date_of};
use crate::generate::files::{Extract, FileKey, Output, Spread};
use crate::warehouse::new_file_to_fill;

/// The files that are open: a few hundred, each written to once for each part.
#[derive(Debug)]
pub struct Folder<'a> {
    path: PathBuf,
    time: &'a Time,
    files: BTreeMap<FileKey, File>,
    written: BTreeMap<Extract, Written>,
}

/// What was written of an extract.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    pub files: u64,
    pub rows: u64,
    /// Rows among them that break a rule of their contract.
    pub bad_rows: u64,
    pub bytes: u64,
}

impl<'a> Folder<'a> {
    /// A folder that is not there yet, or that has nothing in it.
    ///
    /// # Errors
    /// When other files are in it, or it cannot be looked into.
    pub fn open(path: &Path, time: &'a Time) -> Result<Folder<'a>> {
        if path.exists() {
            let looking = || format!("looking into {}", path.display());
            let mut entries = std::fs::read_dir(path).with_context(looking)?;
            let shown = path.display();
            ensure!(entries.next().is_none(), "{shown} has files in it: name a folder that is empty, or not there yet");
        }
        Ok(Folder { path: path.to_path_buf(), time, files: BTreeMap::new(), written: BTreeMap::new() })
    }

    /// Writes the next part behind those before it.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&mut self, output: &Output) -> Result<()> {
        for (key, part) in &output.parts {
            let name = file_name(*key);
            let path = self.path.join(&name);
            let writing = || format!("writing {}", path.display());
            let written = self.written.entry(key.0).or_default();
            if let Some(file) = self.files.get_mut(key) {
                file.write_all(&part.text).with_context(writing)?;
            } else {
                let mut file = new_file_to_fill(&path)?;
                let (first, bad) = bad_rows::with_bad_rows(self.time, *key, &part.text);
                let header = format!("{}\n", key.0.columns());
                file.write_all(header.as_bytes()).with_context(writing)?;
                file.write_all(&first).with_context(writing)?;
                written.files += 1;
                written.rows += bad;
                written.bad_rows += bad;
                written.bytes += (header.len() + first.len() - part.text.len()) as u64;
                self.files.insert(*key, file);
            }
            written.rows += part.rows;
            written.bytes += part.text.len() as u64;
        }
        Ok(())
    }

    pub fn written(self) -> BTreeMap<Extract, Written> {
        self.written
    }
}

/// The path of a file below the folder.
fn file_name((extract, day): FileKey) -> String {
    let name = extract.name();
    match extract.spread() {
        Spread::OneFile => format!("{name}.csv"),
        Spread::Months => format!("{name}/{}.csv", date_of(day).format("%Y-%m")),
        Spread::Days => format!("{name}/{}.csv", date_of(day).format("%Y-%m-%d")),
    }
}
