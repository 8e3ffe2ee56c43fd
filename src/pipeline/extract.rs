//! One extract as a pipeline asks for it: which files, how they are read, how they load, when they were known.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;

use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::contract::Contract;
use crate::pipeline::{DeliveryTerms, Reader};
use crate::store::StoreUrl;

/// One extract of a pipeline, valid.
#[derive(Debug, Clone)]
pub struct Extract {
    pub name: String,
    /// What `files` is relative to.
    pub source: Source,
    /// A path or a glob below `source`, as typed.
    pub files: String,
    pub load: LoadMode,
    pub known_at: KnownAt,
    pub reader: Reader,
    pub delivery: DeliveryTerms,
    pub contract: Contract,
}

/// Where an extract's files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    Folder(PathBuf),
    Store(StoreUrl),
}

impl Extract {
    /// The extract as its files hold it: without the columns that their folders tell.
    pub fn inside_files(&self) -> Cow<'_, Extract> {
        if self.reader.columns.values().all(|column| column.folder.is_none()) {
            return Cow::Borrowed(self);
        }
        let mut inside = self.clone();
        inside.contract.columns.retain(|column| self.reader.folder_of(&column.name).is_none());
        Cow::Owned(inside)
    }
}

/// What a delivery means for what was delivered before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoadMode {
    /// One load holds all files of a delivery; the newest load is the extract.
    Replace,
    /// One load per file; the newest of each path counts.
    Append {
        /// With `same_path: add`, a file under a known path adds to what it brought before.
        same_path_adds: bool,
    },
    /// One load per snapshot date; the newest of each date counts.
    Snapshot { date: DateFrom },
    /// One load per file; per primary key the last row counts, and none where `delete_when` holds for it.
    Upsert { delete_when: Option<String> },
}

/// Where a snapshot's date is found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateFrom {
    /// A date column, with one value in a whole file.
    Column(String),
    /// A date in the file's path, in strftime's notation: `%Y-%m-%d`, `%Y%m%d`, `%Y-%m`.
    FileName(String),
}

/// When the rows of a load became known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KnownAt {
    /// When sopmart first saw them.
    Now,
    /// The file's modification time.
    FileTime,
    /// A date in the file's path.
    FileName(String),
    /// A date or timestamp column, row by row: for a first load of history.
    Column(String),
}

impl LoadMode {
    /// Whether loads of the one mean the same among loads of the other. Which rows an upsert deletes is decided
    /// whenever they are read.
    pub fn is_as(&self, other: &LoadMode) -> bool {
        matches!((self, other), (LoadMode::Upsert { .. }, LoadMode::Upsert { .. })) || self == other
    }
}

impl fmt::Display for LoadMode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadMode::Replace => out.write_str("replace"),
            LoadMode::Append { same_path_adds: false } => out.write_str("append"),
            LoadMode::Append { same_path_adds: true } => out.write_str("append with same_path: add"),
            LoadMode::Snapshot { date: DateFrom::Column(column) } => write!(out, "snapshot by column {column}"),
            LoadMode::Snapshot { date: DateFrom::FileName(pattern) } => write!(out, "snapshot by file name {pattern}"),
            LoadMode::Upsert { .. } => out.write_str("upsert"),
        }
    }
}

/// What a date pattern is made of.
pub const DATE_PATTERN_HELP: &str = "use %Y, %m, %d, %H, %M and %S, with at least %Y";

/// A date pattern as a regular expression, and which part of a date each of its groups is; None where it is none.
pub fn date_pattern(pattern: &str) -> Option<(Regex, Vec<char>)> {
    let mut regex = String::new();
    let mut parts = Vec::new();
    let mut rest = pattern.chars();
    while let Some(character) = rest.next() {
        if character != '%' {
            regex.push_str(&regex::escape(&character.to_string()));
            continue;
        }
        let part = rest.next()?;
        regex.push_str(match part {
            'Y' => "([0-9]{4})",
            'm' | 'd' | 'H' | 'M' | 'S' => "([0-9]{2})",
            _ => return None,
        });
        parts.push(part);
    }
    if !parts.contains(&'Y') {
        return None;
    }
    Some((Regex::new(&regex).ok()?, parts))
}
