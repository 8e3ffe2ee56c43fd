//! What makes files of a local warehouse durable: `object_store` writes them, and a power cut could still take them.

use std::collections::{BTreeSet, HashSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, anyhow};
use futures::{StreamExt, TryStreamExt, stream};

/// How many files are synced side by side: a disk writes what several wait for in one go.
const SYNCED_AT_ONCE: usize = 16;

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

    /// Makes the bytes of files durable.
    ///
    /// # Errors
    /// When the disk fails, or a file is not there.
    pub async fn sync_bytes(&self, paths: &[String]) -> Result<()> {
        sync_all(paths.iter().map(|path| self.folder.join(path)).collect()).await
    }

    /// Makes it durable that files have their names: their folders, and the folders of those, as far as they are new.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn sync_names(&self, paths: &[String]) -> Result<()> {
        let mut folders = BTreeSet::new();
        let mut new = BTreeSet::new();
        for path in paths {
            let file = self.folder.join(path);
            let Some(parent) = file.parent() else { continue };
            folders.insert(parent.to_path_buf());
            for folder in parent.ancestors().take_while(|folder| *folder != self.folder) {
                if self.durable.lock().unwrap_or_else(PoisonError::into_inner).contains(folder) {
                    break;
                }
                new.insert(folder.to_path_buf());
                folders.insert(folder.parent().context("the warehouse is above it")?.to_path_buf());
            }
        }
        sync_all(folders.into_iter().collect()).await?;
        self.durable.lock().unwrap_or_else(PoisonError::into_inner).extend(new);
        Ok(())
    }
}

async fn sync_all(paths: Vec<PathBuf>) -> Result<()> {
    let syncing = paths.into_iter().map(|path| async move {
        let synced = tokio::task::spawn_blocking(move || sync(&path)).await;
        synced.map_err(|error| anyhow!(error).context("syncing in the background"))?
    });
    stream::iter(syncing).buffer_unordered(SYNCED_AT_ONCE).try_collect().await
}

fn sync(path: &Path) -> Result<()> {
    File::open(path).and_then(|file| file.sync_all()).with_context(|| format!("syncing {}", path.display()))
}
