//! The texts a run used (SQL, contracts, settings, the pipeline), each kept once under its hash.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::Result;
use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::warehouse::Warehouse;

/// Keeps the texts and returns each file's hash.
///
/// # Errors
/// When the store fails.
pub async fn keep_texts(warehouse: &Warehouse, texts: &BTreeMap<String, Arc<str>>) -> Result<BTreeMap<String, String>> {
    let kept: BTreeSet<String> = warehouse
        .list("objects")
        .await?
        .iter()
        .filter_map(|object| object.location.filename().map(str::to_string))
        .collect();
    let mut hashes = BTreeMap::new();
    let mut new = BTreeMap::new();
    for (file, text) in texts {
        let hash = format!("{:x}", Sha256::digest(text.as_bytes()));
        if !kept.contains(&hash) {
            new.insert(format!("objects/{hash}"), Bytes::from(text.to_string()));
        }
        hashes.insert(file.clone(), hash);
    }
    warehouse.put_all(new.into_iter().collect()).await?;
    Ok(hashes)
}
