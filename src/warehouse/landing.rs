//! Landing as it stands in the warehouse: batches (content, once) and loads (events, create-only).
//!
//! A batch is what the bytes of one file became; its name is a hash of everything that decides about it. A load says
//! which batches a delivery brought, from which paths, known when.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use anyhow::{Context, Result};
use bytes::Bytes;
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
    /// What its object store said of its content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e_tag: Option<String>,
    /// What its folders say of all of its rows.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub folders: BTreeMap<String, String>,
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
    /// Lines that are no records: comments, headers that come again, what stands before and behind.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub left_out: BTreeMap<String, u64>,
    /// Of the columns that control totals are about, without the point of decimals: over all records, also those in
    /// quarantine.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sums: BTreeMap<String, String>,
    pub files: Vec<BatchFile>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quarantine: Vec<BatchFile>,
    /// The first and the last known time among the rows, where a column holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// The first and the last time among the rows in the column by which their freshness is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covered: Option<(DateTime<Utc>, DateTime<Utc>)>,
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

impl LandedFile {
    /// What decides about its rows beside how they are read: files of equal content bring equal rows.
    pub fn content(&self) -> (&str, &BTreeMap<String, String>) {
        (&self.sha256, &self.folders)
    }
}

impl Load {
    /// Loads are ordered by known time, then by number; the newest is the last.
    pub fn order(&self, other: &Load) -> Ordering {
        (self.known_at, self.n).cmp(&(other.known_at, other.n))
    }

    /// When the first of its rows became known.
    pub(super) fn known_from(&self) -> DateTime<Utc> {
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

/// Writes loads under their numbers, in their order, up to the first whose number a rival has used: `Taken`.
///
/// # Errors
/// When the store fails.
pub async fn write_loads(warehouse: &Warehouse, loads: &[Load]) -> Result<Created> {
    let written = loads.iter().map(|load| {
        let text = serde_json::to_string_pretty(load).context("writing a load as JSON")?;
        Ok((format!("{}/{}.json", loads_path(&load.extract), load.n), Bytes::from(text + "\n")))
    });
    warehouse.create_all(written.collect::<Result<_>>()?).await
}
