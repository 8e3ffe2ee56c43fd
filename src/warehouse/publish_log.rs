//! The publish log: entry n is what readers see; writing it is the commit.
//!
//! Entries are `published/<n>.json`, counted from 1, created once and never changed. Each holds the hash of the
//! one before, so that a past that was tampered with is noticed.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::warehouse::{Created, MartFile, Warehouse};

const FOLDER: &str = "published";

/// One entry of the log: the whole published set, as it stands from this entry on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place in the log, from 1.
    pub n: u64,
    /// The hash of entry n-1's bytes; None for the first.
    pub previous_sha256: Option<String>,
    pub run_id: String,
    pub sopmart_version: String,
    /// The business date that the marts stand at. A run with an older one, which may only publish snapshot marts,
    /// leaves it as it was.
    pub as_of: NaiveDate,
    pub published_at: DateTime<Utc>,
    /// By name of the mart.
    pub marts: BTreeMap<String, PublishedMart>,
    /// The hash of the bytes that this entry was read from or written as; empty before that.
    #[serde(skip)]
    pub sha256: String,
}

/// One mart as it is published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedMart {
    pub contract_version: String,
    /// What it was built from and by.
    pub fingerprint: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub schema: Vec<PublishedColumn>,
    /// The columns of the primary key, in its order.
    pub key: Vec<String>,
    /// The column by whose values a snapshot mart accumulates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot_by: Option<String>,
    /// All files of the mart; none, or files without rows, for an empty mart.
    pub files: Vec<MartFile>,
}

impl PublishedMart {
    /// How many rows its files have.
    pub fn rows(&self) -> u64 {
        self.files.iter().map(|file| file.rows).sum()
    }
}

/// One column of a published mart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedColumn {
    pub name: String,
    /// As contracts write it: `decimal(18,4)`, `text`, `date`.
    #[serde(rename = "type")]
    pub type_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The column of another mart that its values stand in: `dim_product.product_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub references: Option<String>,
}

impl PublishedColumn {
    /// What it means and in which unit, in one breath.
    pub fn said(&self) -> Option<String> {
        match (&self.description, &self.unit) {
            (Some(description), Some(unit)) => Some(format!("{description} Unit: {unit}.")),
            (Some(description), None) => Some(description.clone()),
            (None, unit) => unit.as_ref().map(|unit| format!("Unit: {unit}.")),
        }
    }
}

/// Where entry n stands in the warehouse.
#[must_use]
pub fn path(n: u64) -> String {
    format!("{FOLDER}/{n}.json")
}

/// The newest entry, or None where nothing was ever published; its link to the entry before is checked.
///
/// # Errors
/// When the store fails, the entry cannot be understood, or the entry before it is missing or was changed.
pub async fn newest(warehouse: &Warehouse) -> Result<Option<Entry>> {
    let Some(n) = numbers(warehouse).await?.pop() else { return Ok(None) };
    let entry =
        read(warehouse, n).await?.with_context(|| format!("{} was there a moment ago and now is not", path(n)))?;
    if n > 1 {
        let previous = warehouse.read(&path(n - 1)).await?.map(|bytes| sha256(&bytes));
        check_link(&entry, previous.as_deref())?;
    }
    Ok(Some(entry))
}

/// Entry n, or None where there is none.
///
/// # Errors
/// When the store fails or the entry cannot be understood.
pub async fn read(warehouse: &Warehouse, n: u64) -> Result<Option<Entry>> {
    let path = path(n);
    match warehouse.read(&path).await? {
        Some(bytes) => parse(&path, n, &bytes).map(Some),
        None => Ok(None),
    }
}

/// All entries, oldest first, with the whole chain of hashes checked.
///
/// # Errors
/// When the store fails, an entry cannot be understood, or one is missing or was changed.
pub async fn all(warehouse: &Warehouse) -> Result<Vec<Entry>> {
    let mut entries: Vec<Entry> = Vec::new();
    for n in 1..=numbers(warehouse).await?.pop().unwrap_or(0) {
        let entry = read(warehouse, n).await?.with_context(|| missing(n))?;
        if let Some(previous) = entries.last() {
            check_link(&entry, Some(&previous.sha256))?;
        }
        entries.push(entry);
    }
    Ok(entries)
}

/// Writes the entry: the commit. It is `Taken` where another run's entry has this n.
///
/// # Errors
/// When the store fails and the entry is not there, cannot be read back or cannot be made durable.
pub async fn commit(warehouse: &Warehouse, entry: &mut Entry) -> Result<Created> {
    let path = path(entry.n);
    let mut text = serde_json::to_vec_pretty(entry).with_context(|| format!("writing {path}"))?;
    text.push(b'\n');
    entry.sha256 = sha256(&text);
    warehouse.create(&path, text).await
}

/// The numbers of all entries, ascending. Whatever else lies in the folder is none of ours.
async fn numbers(warehouse: &Warehouse) -> Result<Vec<u64>> {
    let listed = warehouse.list(FOLDER).await?;
    let mut numbers: Vec<u64> = listed
        .iter()
        .filter_map(|object| {
            let n: u64 = object.location.as_ref().strip_prefix("published/")?.strip_suffix(".json")?.parse().ok()?;
            (path(n) == object.location.as_ref()).then_some(n)
        })
        .collect();
    numbers.sort_unstable();
    Ok(numbers)
}

fn parse(path: &str, n: u64, bytes: &Bytes) -> Result<Entry> {
    let mut entry: Entry = serde_json::from_slice(bytes).with_context(|| {
        format!("{path} is no entry of the publish log that this sopmart can read: it was changed, or written by a newer version")
    })?;
    if entry.n != n {
        bail!("{path} holds entry {}: a file of the publish log was renamed or copied; put it back", entry.n);
    }
    entry.sha256 = sha256(bytes);
    Ok(entry)
}

fn check_link(entry: &Entry, previous: Option<&str>) -> Result<()> {
    let before = entry.n - 1;
    let Some(previous) = previous else { bail!(missing(before)) };
    if entry.previous_sha256.as_deref() != Some(previous) {
        bail!(
            "{} was changed after it was written: its sha256 is {previous}, and {} expects {}; restore the file from a backup",
            path(before),
            path(entry.n),
            entry.previous_sha256.as_deref().unwrap_or("none")
        );
    }
    Ok(())
}

fn missing(n: u64) -> String {
    format!("{} is missing, but a later entry of the publish log stands: restore the file from a backup", path(n))
}

fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}
