//! What makes files of a local warehouse durable: `object_store` writes them, and a power cut could still take them.

use std::collections::HashSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};

/// The folder of a warehouse on a local disk.
#[derive(Debug, Clone)]
pub(super) struct Disk {
    pub folder: PathBuf,
    /// The folders that this process has seen to be durable themselves, up to the warehouse. Most files go into a few
    /// folders, and each sync waits for the disk.
    durable: Arc<Mutex<HashSet<PathBuf>>>,
}

impl Disk {
    pub fn at(folder: PathBuf) -> Disk {
        Disk { folder, durable: Arc::default() }
    }

    /// Makes the bytes of a file durable.
    ///
    /// # Errors
    /// When the disk fails, or there is no such file.
    pub fn sync_bytes(&self, path: &str) -> Result<()> {
        sync(&self.folder.join(path))
    }

    /// Makes it durable that a file has its name: its folder, and the folders of that one, as far as they are new.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn sync_name(&self, path: &str) -> Result<()> {
        let file = self.folder.join(path);
        let Some(parent) = file.parent() else { return Ok(()) };
        sync(parent)?;
        for folder in parent.ancestors().take_while(|folder| *folder != self.folder) {
            if self.durable.lock().unwrap_or_else(PoisonError::into_inner).contains(folder) {
                break;
            }
            let above = folder.parent().context("the warehouse is above it")?;
            sync(above)?;
            self.durable.lock().unwrap_or_else(PoisonError::into_inner).insert(folder.to_path_buf());
        }
        Ok(())
    }
}

fn sync(path: &Path) -> Result<()> {
    File::open(path).and_then(|file| file.sync_all()).with_context(|| format!("syncing {}", path.display()))
}
