//! What a run would publish: the entry that follows the newest one, or nothing.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use chrono::{DateTime, NaiveDate, Utc};

use crate::contract::{Contract, type_name};
use crate::fault::Faults;
use crate::publish::evolution;
use crate::warehouse::MartFile;
use crate::warehouse::publish_log::{Entry, PublishedColumn, PublishedMart};

/// One mart as a run has built it, on disk but seen by nobody yet.
#[derive(Debug, Clone)]
pub struct BuiltMart<'a> {
    pub name: String,
    pub contract: &'a Contract,
    pub fingerprint: String,
    /// Complete; of a snapshot mart only what the run's own `as_of` shows.
    pub files: Vec<MartFile>,
    /// False for marts that tell of runs and times (`data_freshness`, `runs`, `column_dictionary`, `reconciliation`):
    /// when nothing but their rows has changed, they are not worth an entry.
    pub causes_entry: bool,
}

/// What a proposal needs to know of its run.
#[derive(Debug, Clone)]
pub struct Run {
    pub run_id: String,
    pub as_of: NaiveDate,
    pub published_at: DateTime<Utc>,
    /// Whether the person has said that readers may break.
    pub allow_breaking: bool,
}

/// What a run would publish.
#[derive(Debug, Clone)]
pub enum Proposal {
    /// What is published already says all that the run built.
    NothingToDo,
    /// The entry to write.
    Entry(Box<Entry>),
}

/// Says what the run would publish over what is published.
///
/// A mart whose content did not change keeps its files. A snapshot mart keeps the files of other dates. A run with
/// an older `as_of` than the newest published publishes its snapshot marts only and leaves the others as they are,
/// unless it has leave to break readers: then the set goes back to its date.
///
/// # Errors
/// `Faults` when a mart changed in a way that breaks its readers without leave, or without its contract's version
/// being raised; otherwise when a file does not lie in its mart's folder.
pub fn propose(newest: Option<&Entry>, built: &[BuiltMart<'_>], run: &Run) -> Result<Proposal> {
    let nothing = BTreeMap::new();
    let published = newest.map_or(&nothing, |entry| &entry.marts);
    let is_late = is_late(run.as_of, newest, run.allow_breaking);
    let mut faults = Vec::new();
    // What a late run does not publish stays as it is.
    let mut marts = if is_late { published.clone() } else { BTreeMap::new() };
    let mut is_worth_an_entry = false;
    for mart in built.iter().filter(|mart| !is_late || mart.contract.snapshot_by.is_some()) {
        let before = published.get(&mart.name);
        let now = merge(before, mart, run)?;
        if let Some(before) = before {
            faults.extend(evolution::faults(before, &now, mart, run.allow_breaking));
        }
        is_worth_an_entry |= before.is_none_or(|before| is_news(before, &now, mart.causes_entry));
        marts.insert(mart.name.clone(), now);
    }
    for gone in published.keys().filter(|name| !marts.contains_key(*name)) {
        is_worth_an_entry = true;
        if !run.allow_breaking {
            faults.push(evolution::gone(gone));
        }
    }
    if !faults.is_empty() {
        return Err(Faults(faults).into());
    }
    if !is_worth_an_entry {
        return Ok(Proposal::NothingToDo);
    }
    Ok(Proposal::Entry(Box::new(Entry {
        n: newest.map_or(0, |entry| entry.n) + 1,
        previous_sha256: newest.map(|entry| entry.sha256.clone()),
        run_id: run.run_id.clone(),
        sopmart_version: env!("CARGO_PKG_VERSION").to_string(),
        as_of: newest.filter(|_| is_late).map_or(run.as_of, |entry| entry.as_of),
        published_at: run.published_at,
        marts,
        sha256: String::new(),
    })))
}

/// Whether a run as of this date is about snapshot marts alone: something later is published, and going back there
/// needs leave.
pub fn is_late(as_of: NaiveDate, newest: Option<&Entry>, allow_breaking: bool) -> bool {
    !allow_breaking && newest.is_some_and(|entry| as_of < entry.as_of)
}

/// The mart as it would be published.
fn merge(before: Option<&PublishedMart>, mart: &BuiltMart<'_>, run: &Run) -> Result<PublishedMart> {
    let folder = format!("marts/{}/", mart.name);
    if let Some(stray) = mart.files.iter().find(|file| !file.path.starts_with(&folder)) {
        bail!("the file {} does not lie in {folder}, so {} cannot publish it", stray.path, mart.name);
    }
    let mut now = describe(mart);
    // A mart that begins or ceases to accumulate starts anew.
    let before = before.filter(|before| before.snapshot_by == now.snapshot_by);
    let published = before.map_or(&[][..], |before| before.files.as_slice());
    if mart.contract.snapshot_by.is_some() {
        let (same_date, mut files): (Vec<_>, Vec<_>) =
            published.iter().cloned().partition(|file| file.as_of == Some(run.as_of));
        let dated =
            mart.files.iter().map(|file| MartFile { as_of: Some(run.as_of), ..file.clone() }).collect::<Vec<_>>();
        files.extend(if has_same_content(&same_date, &dated) { same_date } else { dated });
        files.sort_by(|one, other| (one.as_of, &one.path).cmp(&(other.as_of, &other.path)));
        now.files = files;
    } else {
        let is_known =
            before.is_some_and(|before| before.fingerprint == now.fingerprint && has_same_columns(before, &now));
        let is_unchanged = is_known || has_same_content(published, &mart.files);
        now.files = if is_unchanged { published.to_vec() } else { mart.files.clone() };
    }
    Ok(now)
}

/// The mart without its files.
fn describe(mart: &BuiltMart<'_>) -> PublishedMart {
    let said = |text: &str| (!text.is_empty()).then(|| text.to_string());
    let columns = mart.contract.columns.iter().map(|column| PublishedColumn {
        name: column.name.clone(),
        type_name: type_name(&column.data_type),
        description: said(&column.description),
        unit: column.unit.clone(),
        references: column.reference.as_ref().map(|to| format!("{}.{}", to.table, to.column)),
    });
    PublishedMart {
        contract_version: mart.contract.version.to_string(),
        fingerprint: mart.fingerprint.clone(),
        description: said(&mart.contract.description),
        schema: columns.collect(),
        key: mart.contract.key().into_iter().map(str::to_string).collect(),
        snapshot_by: mart.contract.snapshot_by.clone(),
        files: Vec::new(),
    }
}

fn has_same_columns(before: &PublishedMart, now: &PublishedMart) -> bool {
    let columns = |mart: &PublishedMart| {
        mart.schema.iter().map(|column| (column.name.clone(), column.type_name.clone())).collect::<Vec<_>>()
    };
    columns(before) == columns(now)
}

/// Whether two lists of files hold the same bytes, under whatever names and in whatever order.
fn has_same_content(published: &[MartFile], built: &[MartFile]) -> bool {
    let hashes = |files: &[MartFile]| {
        let mut hashes: Vec<_> = files.iter().map(|file| file.sha256.clone()).collect();
        hashes.sort_unstable();
        hashes
    };
    hashes(published) == hashes(built)
}

/// Whether a reader could see a difference that is worth an entry; what a mart was built from and by is none, and of
/// one that tells of runs its rows are none, unless they were lost: then nobody knows any more what they were made from.
fn is_news(before: &PublishedMart, now: &PublishedMart, rows_count: bool) -> bool {
    let is_lost = before.fingerprint.is_empty();
    let mut before = before.clone();
    before.fingerprint.clone_from(&now.fingerprint);
    if !rows_count {
        before.files.clone_from(&now.files);
    }
    is_lost || before != *now
}
