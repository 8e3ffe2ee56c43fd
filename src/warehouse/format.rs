//! `warehouse.json`: whose warehouse this is, and in which format it is written.

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::warehouse::{Created, Warehouse};

/// The format that this version of sopmart writes, and the newest that it reads.
pub const FORMAT_VERSION: u32 = 1;

const PATH: &str = "warehouse.json";

/// What `warehouse.json` holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Format {
    /// The pipeline that the warehouse belongs to.
    pub pipeline: String,
    pub format_version: u32,
}

/// A newer format may hold anything beside its version.
#[derive(Deserialize)]
struct Versioned {
    format_version: u32,
}

/// Makes sure that a run of this pipeline may write here; an empty warehouse becomes the pipeline's own.
///
/// # Errors
/// When the warehouse belongs to another pipeline or is of a newer format, or when the store fails.
pub async fn open(warehouse: &Warehouse, pipeline: &str) -> Result<()> {
    let found = if let Some(found) = read(warehouse).await? {
        found
    } else if let Err(foreign) = refuse_foreign(warehouse).await {
        // What is there may be a rival's, which has begun in between.
        read(warehouse).await?.ok_or(foreign)?
    } else {
        let ours = Format { pipeline: pipeline.to_string(), format_version: FORMAT_VERSION };
        let mut text = serde_json::to_vec_pretty(&ours).context("writing warehouse.json")?;
        text.push(b'\n');
        match warehouse.create(PATH, text).await? {
            Created::Ours => ours,
            // A rival was faster; it may be of another pipeline.
            Created::Taken => read(warehouse).await?.context("warehouse.json was there a moment ago and now is not")?,
        }
    };
    if found.pipeline != pipeline {
        bail!(
            "the warehouse belongs to the pipeline {:?}, not to {pipeline:?}: one warehouse holds one pipeline, so give this one its own with --warehouse",
            found.pipeline
        );
    }
    Ok(())
}

/// A folder with files of others in it is most likely not the one that was meant.
async fn refuse_foreign(warehouse: &Warehouse) -> Result<()> {
    let Some(folder) = warehouse.folder() else {
        anyhow::ensure!(
            warehouse.is_empty().await?,
            "this place in the object store is no warehouse, and not empty: name a warehouse or a new prefix with --warehouse"
        );
        return Ok(());
    };
    let entries = std::fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    for entry in entries {
        let name = entry.with_context(|| format!("reading {}", folder.display()))?.file_name();
        let name = name.to_string_lossy();
        // What a file system keeps for itself, what is hidden, and what a first run leaves that was killed.
        if !(name == "lost+found" || name == "incoming" || name.starts_with('.')) {
            bail!(
                "{} is no warehouse, and not empty (it holds `{name}`): name a warehouse or a new folder with --warehouse",
                folder.display()
            );
        }
    }
    Ok(())
}

/// Whose warehouse this is, or None where there is none yet; nothing is written.
///
/// # Errors
/// When `warehouse.json` cannot be read, cannot be understood or is of a newer format.
pub async fn read(warehouse: &Warehouse) -> Result<Option<Format>> {
    let Some(bytes) = warehouse.read(PATH).await? else { return Ok(None) };
    let unreadable =
        "warehouse.json is not what sopmart writes there: expected {\"pipeline\": …, \"format_version\": …}";
    let Versioned { format_version } = serde_json::from_slice(&bytes).context(unreadable)?;
    if format_version > FORMAT_VERSION {
        bail!(
            "the warehouse is of format {format_version}, and this sopmart {} knows formats up to {FORMAT_VERSION}: use a newer sopmart",
            env!("CARGO_PKG_VERSION")
        );
    }
    Ok(Some(serde_json::from_slice(&bytes).context(unreadable)?))
}
