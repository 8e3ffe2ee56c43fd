//! What was computed in earlier cases: most entities are empty in most of them, and so is most of what a mart is computed
//! from.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use arrow::record_batch::RecordBatch;
use sha2::{Digest, Sha256};

use crate::model::{Model, Settings, TableName};

/// Tables by what they were made of. All cases that are run together share one.
#[derive(Debug, Default)]
pub struct Known(Mutex<HashMap<Origin, Vec<RecordBatch>>>);

/// What a table was made of: the hash of its texts, its settings, and the origins of its inputs.
pub type Origin = [u8; 32];

impl Known {
    pub fn get(&self, origin: &Origin) -> Option<Vec<RecordBatch>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(origin).cloned()
    }

    pub fn put(&self, origin: Origin, batches: &[RecordBatch]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(origin, batches.to_vec());
    }
}

/// The origin of a model's table in a case, from those of the tables that it reads.
///
/// # Errors
/// When a file of the case cannot be read.
pub fn origin(
    model: &Model,
    settings: &Settings,
    given: &BTreeMap<TableName, PathBuf>,
    origins: &BTreeMap<TableName, Origin>,
) -> Result<Origin> {
    let mut hash = Sha256::new();
    hash.update(model.name.to_string());
    if let Some(file) = given.get(&model.name) {
        hash.update(of_file(file)?);
        return Ok(hash.finalize().into());
    }
    for part in &model.parts {
        hash.update(part.sql.text.as_bytes());
        hash.update(settings.fingerprint(part.sql.parameters.iter().map(|(name, _)| name.as_str())));
    }
    for input in model.inputs() {
        hash.update(input.to_string());
        if let Some(origin) = origins.get(input) {
            hash.update(origin);
        } else if let Some(file) = given.get(input) {
            hash.update(of_file(file)?);
        } else if input.schema == "settings" {
            hash.update(settings.fingerprint([input.name.as_str()]));
        }
    }
    Ok(hash.finalize().into())
}

fn of_file(file: &PathBuf) -> Result<Origin> {
    let text = fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    Ok(Sha256::digest(text).into())
}
