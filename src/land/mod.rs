//! Batches -> landed Parquet: what an extract's files hold now is held against its contract and becomes known to the
//! warehouse as loads.
//!
//! Landing pulls: it drives `extract`, since a file's bytes, hash, rows and Parquet go by in one stream.

mod change;
mod complete;
mod control;
mod date_columns;
mod deliveries;
mod file;
mod fit;
mod known;
mod load;
mod quarantine;
mod record;
mod refusal;
mod tally;
mod terms;

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::anyhow;
use chrono::{DateTime, Utc};

use crate::extract::{self, Fetch, ReadError, SourceFile, Stop};
use crate::fault::{Fault, Faults};
use crate::land::change::Change;
use crate::land::deliveries::deliveries;
use crate::land::file::{Delivered, KnownFiles, Landing};
use crate::land::load::{News, news, number};
use crate::land::refusal::refuse_if_bad;
use crate::pipeline::{DateFrom, Extract, LoadMode};
use crate::warehouse::{Created, Load, Shown, Warehouse, by_kind, hidden, in_force, read_loads, shown, write_loads};

pub use complete::{Awaited, awaited};
pub use quarantine::{QuarantinedRow, quarantined_rows};
pub use refusal::Refusal;

/// Hears how far a file is, a few times a second.
pub type Listener = Arc<dyn Fn(&Progress<'_>) + Send + Sync>;

/// How a run lands its extracts.
#[derive(Clone)]
pub struct LandOptions {
    /// The run's wall-clock time: when what has no other known time became known.
    pub now: DateTime<Utc>,
    /// Shows only what was known by then.
    pub known_at: Option<DateTime<Utc>>,
    /// Reads files again whose path, size and modification time are known.
    pub full_refresh: bool,
    /// Takes full deliveries that have shrunk by more than their guard allows.
    pub accept_shrunk: bool,
    pub threads: usize,
    pub stop: Stop,
    pub progress: Option<Listener>,
}

impl LandOptions {
    fn report(&self, progress: &Progress<'_>) {
        if let Some(hears) = &self.progress {
            hears(progress);
        }
    }
}

/// How far the reading of a file is.
#[derive(Debug)]
pub struct Progress<'a> {
    pub extract: &'a str,
    pub file: &'a str,
    pub rows: u64,
    /// How much of the file, as it is stored, has been gone through: of what is compressed nobody knows before its end.
    pub bytes: u64,
    /// Whether it is known from before, and was not read.
    pub is_known: bool,
}

/// What became of an extract's files.
#[derive(Debug, Clone)]
pub struct Landed {
    pub extract: String,
    pub files: Vec<FileOutcome>,
    /// The loads that were written, in their order.
    pub loads: Vec<Load>,
    /// What `landing.<extract>` shows now.
    pub shown: Shown,
}

/// What became of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileOutcome {
    pub name: String,
    pub what: WhatBecame,
    pub batch_id: String,
    pub rows_read: u64,
    pub rows_landed: u64,
    pub rows_quarantined: u64,
    pub quarantined_by_rule: BTreeMap<String, u64>,
    /// How many were in quarantine of what its path brought before, where it is a correction of that.
    pub quarantined_before: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhatBecame {
    /// It is part of a new load.
    Landed,
    /// Path, size and modification time are known; it was not read.
    Unchanged,
    /// Its content is known; there is nothing new to say about it.
    SameContent,
}

/// Why an extract could not be landed; nothing that is shown has changed.
#[derive(Debug, thiserror::Error)]
pub enum LandError {
    /// The source cannot be read, or not as the contract says.
    #[error("{0}")]
    Source(Faults),
    /// More rows broke a rule than the contract allows.
    #[error("{0}")]
    Refused(Box<Refusal>),
    #[error("stopped while landing")]
    Stopped,
    #[error(transparent)]
    Warehouse(#[from] anyhow::Error),
}

impl From<Fault> for LandError {
    fn from(fault: Fault) -> LandError {
        LandError::Source(Faults(vec![fault]))
    }
}

impl From<ReadError> for LandError {
    fn from(error: ReadError) -> LandError {
        match error {
            ReadError::Source(faults) => LandError::Source(faults),
            ReadError::Stopped => LandError::Stopped,
            ReadError::Taker(error) => LandError::Warehouse(error),
        }
    }
}

/// What a run would do with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreseen {
    New,
    /// Its size, its time, or how it is read or loaded has changed.
    Changed,
    /// It would not be read.
    Unchanged,
}

/// What landing would do with an extract's files, and what is shown as it is; reads names, sizes and times alone.
///
/// # Errors
/// When a file is missing or the warehouse cannot be read.
pub async fn foresee(
    warehouse: &Warehouse,
    extract: &Extract,
    known_at: Option<DateTime<Utc>>,
) -> Result<(Vec<(String, Foreseen)>, Shown), LandError> {
    let all = read_loads(warehouse, &extract.name).await?;
    let sources = extract::find(extract).await?;
    let change = Change::of(extract, &all, &sources).map_err(LandError::Source)?;
    let known_files = KnownFiles::of(&all);
    let foreseen = |source: &SourceFile| match file::foresee(extract, source, &known_files) {
        Foreseen::Unchanged if change.is_about(&source.name) => Foreseen::Changed,
        foreseen => foreseen,
    };
    let files = sources.iter().map(|source| (source.name.clone(), foreseen(source))).collect();
    Ok((files, shown(&all, &extract.load, known_at)))
}

/// Lands what is new in an extract's files. All files are read before the first load is written, so that either all of
/// them become known or none.
///
/// # Errors
/// See `LandError`. Content that was written before stays under its batch, where nothing refers to it.
pub async fn land(warehouse: &Warehouse, extract: &Extract, options: &LandOptions) -> Result<Landed, LandError> {
    let sources = extract::find(extract).await?;
    let mut loads = read_loads(warehouse, &extract.name).await?;
    let change = Change::of(extract, &loads, &sources).map_err(LandError::Source)?;
    let extract = Arc::new(extract.clone());
    let mut files = Vec::with_capacity(sources.len());
    let known_files = KnownFiles::of(&loads);
    let mut fetch = Fetch::default();
    let landing = Landing::of(warehouse, &extract, options);
    for source in sources {
        files.push(landing.deliver(source, &known_files, &mut fetch).await?);
    }
    // Said here already where rows should tell a date and cannot, all of them being in quarantine.
    let is_bad = |file: &Delivered| file.landed.batch.rows_landed == 0 && !file.offenders.is_empty();
    match &extract.load {
        LoadMode::Replace if files.iter().all(is_bad) => refuse_if_bad(&extract, &files)?,
        LoadMode::Replace | LoadMode::Snapshot { date: DateFrom::FileName(_) } => {}
        _ => {
            for file in files.iter().filter(|file| is_bad(file)) {
                refuse_if_bad(&extract, std::slice::from_ref(file))?;
            }
        }
    }
    if let Some(totals) = &extract.delivery.control_totals {
        control::hold(&extract, totals, &files).await.map_err(LandError::Source)?;
    }
    let batches = files.iter().filter(|file| file.was_hashed).map(|file| &file.landed.batch);
    let written = batches.flat_map(|batch| batch.files.iter().chain(&batch.quarantine));
    let written: Vec<String> = written.map(|file| file.path.clone()).collect();
    let in_force = in_force(&loads, &extract.load);
    let mut warnings = Vec::new();
    let earlier = by_kind(&in_force, &extract.load);
    let mut outcomes = Vec::new();
    let mut new = Vec::new();
    let mut known = Vec::new();
    for delivery in deliveries(files, &extract.load)? {
        let earlier = earlier.get(&delivery.kind(&extract.load)).map_or(&[][..], Vec::as_slice);
        let news = news(&extract, &delivery, earlier, options)?;
        outcomes.extend(delivery.files.iter().map(|file| outcome(file, news.is_new())));
        if news.is_new() || options.full_refresh {
            refuse_if_bad(&extract, &delivery.files)?;
        }
        match news {
            News::New(mut load) => {
                change.date(&mut load, &loads);
                terms::guard_against_shrinking(&extract, &load, &in_force, options.accept_shrunk)?;
                warnings.extend(terms::late(&extract, &load, earlier, &in_force)?);
                new.push(load);
            }
            News::Known(load) => known.push(load),
        }
    }
    outcomes.sort_by(|one, other| one.name.cmp(&other.name));
    number(&mut new, &loads);
    loads.extend(new.iter().cloned());
    let mut shown = shown(&loads, &extract.load, options.known_at);
    fit::all_fit(&shown.batches, &extract.contract).map_err(LandError::Source)?;
    // What loads name is on disk before they are.
    warehouse.sync(&written).await?;
    if write_loads(warehouse, &new).await? == Created::Taken {
        return Err(anyhow!("another run has just written a load of extract `{}`; run again", extract.name).into());
    }
    shown.warnings.extend(warnings);
    let delivered: Vec<&Load> = new.iter().chain(&known).collect();
    shown.warnings.extend(fit::unseen(&shown.batches, &extract, &delivered));
    shown.warnings.extend(hidden(&delivered, &loads, &extract.load).into_iter().map(|(load, by)| not_shown(load, by)));
    shown.warnings.extend(other_known_times(&extract, &delivered));
    Ok(Landed { extract: extract.name.clone(), files: outcomes, loads: new, shown })
}

/// What is delivered is not what is shown, since something else counts as newer.
fn not_shown(load: &Load, newer: &Load) -> String {
    format!(
        "{} was known on {}, before {} ({}), which stays what is shown; a correction needs a newer time",
        load.files[0].path,
        load.known_at.format("%F %T"),
        newer.files[0].path,
        newer.known_at.format("%F %T")
    )
}

/// Where files that are delivered keep known times which the extract's rule of now would not give them.
fn other_known_times(extract: &Extract, delivered: &[&Load]) -> Option<String> {
    let others: Vec<&str> = delivered
        .iter()
        .filter(|load| load.known_by != extract.known_at)
        .flat_map(|load| load.files.iter().map(|file| file.path.as_str()))
        .collect();
    let files = first_and_number(&others)?;
    Some(format!(
        "extract `{}`: {files} became known by another `known_at` than that of now; --full-refresh applies it",
        extract.name
    ))
}

/// Some files as a person reads of them: the first, and how many more.
fn first_and_number(files: &[&str]) -> Option<String> {
    let (first, more) = files.split_first()?;
    Some(if more.is_empty() { (*first).to_string() } else { format!("{first} (and {} more files)", more.len()) })
}

fn outcome(file: &Delivered, is_in_new_load: bool) -> FileOutcome {
    let what = match (is_in_new_load, file.was_hashed) {
        (true, _) => WhatBecame::Landed,
        (false, true) => WhatBecame::SameContent,
        (false, false) => WhatBecame::Unchanged,
    };
    let batch = &file.landed.batch;
    FileOutcome {
        name: file.source.name.clone(),
        what,
        batch_id: batch.batch_id.clone(),
        rows_read: batch.rows_read,
        rows_landed: batch.rows_landed,
        rows_quarantined: batch.rows_quarantined,
        quarantined_by_rule: batch.quarantined_by_rule.clone(),
        quarantined_before: file.quarantined_before.filter(|_| what == WhatBecame::Landed),
    }
}
