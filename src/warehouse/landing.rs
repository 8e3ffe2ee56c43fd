//! Landing as it stands in the warehouse: batches (content, once) and loads (events, create-only).
//!
//! A batch is what the bytes of one file became; its name is a hash of everything that decides about it. A load says
//! which batches a delivery brought, from which paths, known when. What `landing.<extract>` shows follows from the
//! loads alone.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, Utc};
use futures::{StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::pipeline::{KnownAt, LoadMode};
use crate::warehouse::{Created, Warehouse};

/// The version of what a batch holds; a batch of another version is another batch.
const BATCH_FORMAT: u32 = 1;

/// How many loads are fetched at a time.
const FETCHED_AT_ONCE: usize = 16;

/// One event: a delivery became known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Load {
    /// From 1, per extract.
    pub n: u64,
    pub extract: String,
    /// How the extract loaded then.
    pub mode: LoadMode,
    /// How its known time was found.
    pub known_by: KnownAt,
    /// When its rows became known; with `known_at_column`, when the last of them did.
    pub known_at: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at_column: Option<KnownAtColumn>,
    /// The date of a snapshot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot_date: Option<NaiveDate>,
    /// The load that brought the same bytes, which are read anew here since the contract has changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rereads: Option<u64>,
    pub landed_at: DateTime<Utc>,
    pub files: Vec<LandedFile>,
}

/// Rows carry their own known time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownAtColumn {
    pub name: String,
    /// When the first row became known.
    pub earliest: DateTime<Utc>,
}

/// One file of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LandedFile {
    /// Its path below the extract's source.
    pub path: String,
    pub bytes: u64,
    pub modified: DateTime<Utc>,
    /// The SHA-256 of its bytes.
    pub sha256: String,
    /// A hash of how it was read: reader options, contract, format version.
    pub read_as: String,
    pub batch: Batch,
}

/// The content of one file, landed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    pub batch_id: String,
    /// Its columns and their types, as the contract of then wrote them.
    pub columns: Vec<(String, String)>,
    /// The row rules that its rows keep, as the contract of then said them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    pub rows_read: u64,
    pub rows_landed: u64,
    pub rows_quarantined: u64,
    /// How many rows broke which rule.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub quarantined_by_rule: BTreeMap<String, u64>,
    pub files: Vec<BatchFile>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quarantine: Vec<BatchFile>,
    /// The first and the last known time among the rows, where a column holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// The first and the last snapshot date among the rows, where a column holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot_dates: Option<(NaiveDate, NaiveDate)>,
}

/// One Parquet file of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchFile {
    /// Relative to the warehouse.
    pub path: String,
    pub rows: u64,
    pub bytes: u64,
}

/// A batch that `landing.<extract>` shows, with what comes with its load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownBatch {
    /// The load's number.
    pub load: u64,
    /// The load's place among those known at the same time: its number, or that of the load it reads again.
    pub place: u64,
    pub batch_id: String,
    /// Its columns and their types, as the contract of then wrote them.
    pub columns: Vec<(String, String)>,
    /// The row rules that its rows keep, as the contract of then said them.
    pub rules: Vec<String>,
    pub files: Vec<BatchFile>,
    pub source_file: String,
    pub known_at: DateTime<Utc>,
    /// Where given, each row is known when this column says, and rows known later than the run asks for do not count.
    pub known_at_column: Option<String>,
    pub snapshot_date: Option<NaiveDate>,
    pub rows_quarantined: u64,
}

/// What `landing.<extract>` shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// In the order of their loads: known time, then number.
    pub batches: Vec<ShownBatch>,
    /// What a person should know of this choice.
    pub warnings: Vec<String>,
}

impl Load {
    /// Loads are ordered by known time, then by number; the newest is the last.
    pub fn order(&self, other: &Load) -> Ordering {
        (self.known_at, self.n).cmp(&(other.known_at, other.n))
    }

    /// When the first of its rows became known.
    fn known_from(&self) -> DateTime<Utc> {
        self.known_at_column.as_ref().map_or(self.known_at, |column| column.earliest)
    }
}

/// The name of the batch that a file of these bytes becomes.
pub fn batch_id(extract: &str, sha256: &str, read_as: &str) -> String {
    let digest = Sha256::digest(format!("{extract}\n{sha256}\n{read_as}\n"));
    format!("{digest:x}")[..32].to_string()
}

/// A hash of how a file is read: `how` names the reader's options and the contract's digest.
pub fn read_as(how: &str) -> String {
    let digest = Sha256::digest(format!("format {BATCH_FORMAT}\n{how}\n"));
    format!("{digest:x}")[..32].to_string()
}

/// Where the rows of a batch stand.
pub fn landed_path(extract: &str, batch_id: &str) -> String {
    format!("landing/{extract}/batches/{batch_id}/rows.parquet")
}

/// Where the records of a batch stand that break a row rule.
pub fn quarantine_path(extract: &str, batch_id: &str) -> String {
    format!("quarantine/{extract}/{batch_id}/rows.parquet")
}

fn loads_path(extract: &str) -> String {
    format!("landing/{extract}/loads")
}

/// All loads of an extract, in their order: known time, then number.
///
/// # Errors
/// When the store fails, or a load cannot be understood.
pub async fn read_loads(warehouse: &Warehouse, extract: &str) -> Result<Vec<Load>> {
    let found = warehouse.list(&loads_path(extract)).await?;
    let fetched = found.into_iter().map(|object| async move {
        let path = object.location.to_string();
        let bytes = warehouse.read(&path).await?.with_context(|| format!("{path} has gone while it was read"))?;
        serde_json::from_slice::<Load>(&bytes).with_context(|| format!("reading the load {path}"))
    });
    let mut loads: Vec<Load> = futures::stream::iter(fetched).buffered(FETCHED_AT_ONCE).try_collect().await?;
    loads.sort_by(Load::order);
    Ok(loads)
}

/// Writes a load under its number; `Taken` when a rival has used that number.
///
/// # Errors
/// When the store fails.
pub async fn write_load(warehouse: &Warehouse, load: &Load) -> Result<Created> {
    let text = serde_json::to_string_pretty(load).context("writing a load as JSON")?;
    warehouse.create(&format!("{}/{}.json", loads_path(&load.extract), load.n), text + "\n").await
}

/// The loads that count for an extract that loads so, in order: those since it has loaded so. What another way of
/// loading meant by its loads, they do not mean.
pub fn in_force(loads: &[Load], mode: &LoadMode) -> Vec<Load> {
    let changed = loads.iter().filter(|load| !load.mode.is_as(mode)).map(|load| load.n).max();
    loads.iter().filter(|load| changed.is_none_or(|changed| load.n > changed)).cloned().collect()
}

/// What was shown of an extract before its way of loading changed to this one and has not been delivered since, over
/// several changes; a killed run leaves some.
pub fn shown_before(loads: &[Load], mode: &LoadMode) -> Vec<ShownBatch> {
    let Some(last) = loads.iter().filter(|load| !load.mode.is_as(mode)).max_by_key(|load| load.n) else {
        return Vec::new();
    };
    let before: Vec<Load> = loads.iter().filter(|load| load.n <= last.n).cloned().collect();
    let mut missing = shown_before(&before, &last.mode);
    missing.extend(shown(&before, &last.mode, None).batches);
    let since = in_force(loads, mode);
    let has_come = |path: &str| since.iter().any(|load| load.files.iter().any(|file| file.path == path));
    missing.retain(|batch| !has_come(&batch.source_file));
    missing
}

/// What `landing.<extract>` shows of its loads; with `known_at`, only of those known by then.
pub fn shown(loads: &[Load], mode: &LoadMode, known_at: Option<DateTime<Utc>>) -> Shown {
    let loads = &in_force(loads, mode);
    let place = place_among(loads);
    let is_known = |load: &&Load| known_at.is_none_or(|known_at| load.known_from() <= known_at);
    let known: Vec<&Load> = not_read_again(loads).into_iter().filter(is_known).collect();
    let batches_of = |loads: Vec<&Load>| batches_of(loads, &place);
    match mode {
        LoadMode::Replace => batches_of(known.last().copied().into_iter().collect()),
        LoadMode::Snapshot { .. } => batches_of(newest_of_each(&known, |load| load.snapshot_date)),
        LoadMode::Append { same_path_adds: true } => each_content_once(batches_of(known), loads),
        LoadMode::Append { same_path_adds: false } => each_content_once(
            batches_of(newest_of_each(&known, |load| load.files.first().map(|file| file.path.as_str()))),
            loads,
        ),
        LoadMode::Upsert { .. } => batches_of(known),
    }
}

/// The load that hides this one: of the same kind, and known later.
pub fn hidden_by(load: &Load, loads: &[Load], mode: &LoadMode) -> Option<Load> {
    let is_of_same_kind = |other: &&Load| match mode {
        LoadMode::Replace => true,
        LoadMode::Snapshot { .. } => other.snapshot_date == load.snapshot_date,
        LoadMode::Append { same_path_adds: false } => other.files[0].path == load.files[0].path,
        LoadMode::Append { same_path_adds: true } | LoadMode::Upsert { .. } => false,
    };
    let loads = in_force(loads, mode);
    let newest = not_read_again(&loads).into_iter().rfind(is_of_same_kind)?;
    (newest.n != load.n).then(|| newest.clone())
}

/// A load's place among those known at the same time: its number, or that of the load it reads again.
fn place_among(loads: &[Load]) -> impl Fn(&Load) -> u64 {
    let reread: HashMap<u64, u64> = loads.iter().filter_map(|load| Some((load.n, load.rereads?))).collect();
    move |load| std::iter::successors(Some(load.n), |n| reread.get(n).copied()).last().unwrap_or(load.n)
}

/// The loads but those that later ones read again, in the order in which they count.
pub fn not_read_again(loads: &[Load]) -> Vec<&Load> {
    let is_read_again: HashSet<u64> = loads.iter().filter_map(|load| load.rereads).collect();
    let place = place_among(loads);
    let mut kept: Vec<&Load> = loads.iter().filter(|load| !is_read_again.contains(&load.n)).collect();
    kept.sort_by_key(|load| (load.known_at, place(load)));
    kept
}

/// Of loads in order, the last of each kind, in order.
fn newest_of_each<'a, Kind: std::hash::Hash + Eq>(
    loads: &[&'a Load],
    kind: impl Fn(&'a Load) -> Kind,
) -> Vec<&'a Load> {
    let newest: HashMap<Kind, u64> = loads.iter().map(|load| (kind(load), load.n)).collect();
    loads.iter().copied().filter(|load| newest[&kind(load)] == load.n).collect()
}

fn batches_of(loads: Vec<&Load>, place: impl Fn(&Load) -> u64) -> Shown {
    let batches = loads.into_iter().flat_map(|load| {
        let place = place(load);
        load.files.iter().map(move |file| ShownBatch {
            load: load.n,
            place,
            batch_id: file.batch.batch_id.clone(),
            columns: file.batch.columns.clone(),
            rules: file.batch.rules.clone(),
            files: file.batch.files.clone(),
            source_file: file.path.clone(),
            known_at: load.known_at,
            known_at_column: load.known_at_column.as_ref().map(|column| column.name.clone()),
            snapshot_date: load.snapshot_date,
            rows_quarantined: file.batch.rows_quarantined,
        })
    });
    Shown { batches: batches.collect(), warnings: Vec::new() }
}

/// Leaves out bytes that came under another path before: a copied or renamed file adds nothing.
fn each_content_once(shown: Shown, loads: &[Load]) -> Shown {
    let bytes_of: HashMap<(u64, &str), &str> = loads
        .iter()
        .flat_map(|load| load.files.iter().map(|file| ((load.n, file.path.as_str()), file.sha256.as_str())))
        .collect();
    let mut first_path: HashMap<&str, String> = HashMap::new();
    let mut once = Shown::default();
    for batch in shown.batches {
        let sha256 = bytes_of[&(batch.load, batch.source_file.as_str())];
        let first = first_path.entry(sha256).or_insert_with(|| batch.source_file.clone());
        if *first == batch.source_file {
            once.batches.push(batch);
        } else if batch.files.iter().any(|file| file.rows > 0) {
            // Empty files are all alike, and nothing is lost by leaving one out.
            once.warnings.push(format!(
                "{} has the same bytes as {first}, which came before; its rows count once",
                batch.source_file
            ));
        }
    }
    once
}
