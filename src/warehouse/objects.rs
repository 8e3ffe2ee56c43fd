//! The texts a run used (SQL, contracts, settings, the pipeline), each kept once under its hash; those that are the
//! product's own together, since they are hundreds and seldom others.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::pipeline::Pipeline;
use crate::warehouse::Warehouse;

/// Under which hashes a run's texts are kept.
#[derive(Debug)]
pub struct KeptTexts {
    /// Of each of the project's, by file.
    pub own: BTreeMap<String, String>,
    /// Of the product's, which are one JSON object: texts by file.
    pub product: String,
}

/// Keeps all texts that runs of a pipeline may use.
///
/// # Errors
/// When the store fails.
pub async fn keep_texts(warehouse: &Warehouse, pipeline: &Pipeline) -> Result<KeptTexts> {
    let kept: BTreeSet<String> = warehouse
        .list("objects")
        .await?
        .iter()
        .filter_map(|object| object.location.filename().map(str::to_string))
        .collect();
    let mut new = BTreeMap::new();
    let mut keep = |text: &str| {
        let hash = format!("{:x}", Sha256::digest(text.as_bytes()));
        if !kept.contains(&hash) {
            new.insert(format!("objects/{hash}"), Bytes::from(text.to_string()));
        }
        hash
    };
    let (of_product, own): (BTreeMap<_, _>, BTreeMap<_, _>) =
        pipeline.texts.iter().partition(|(file, _)| pipeline.is_products(file));
    let of_product: BTreeMap<&String, &str> = of_product.into_iter().map(|(file, text)| (file, &**text)).collect();
    let product = keep(&serde_json::to_string(&of_product).context("texts by file are JSON")?);
    let own = own.into_iter().map(|(file, text)| (file.clone(), keep(text))).collect();
    warehouse.put_all(new.into_iter().collect()).await?;
    Ok(KeptTexts { own, product })
}
