//! The lock that saves rivals the work; the publish log is what keeps them apart.
//!
//! On a local disk it is an OS file lock, which the kernel frees with the process, however that ends. The file
//! itself stays: were it removed, two runs could hold locks on two files of one name.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, anyhow};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::record::this_host;
use crate::warehouse::Warehouse;

/// How often a waiting run looks whether the lock is free.
const POLL: Duration = Duration::from_millis(50);
/// How long a holder is given to write its name, which it does right after taking the lock.
const TIME_TO_WRITE_A_NAME: Duration = Duration::from_secs(1);

/// Who holds the lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    pub run_id: String,
    pub pid: u32,
    pub host: String,
    pub since: DateTime<Utc>,
}

impl Holder {
    /// This process, from now on.
    #[must_use]
    pub fn this_process(run_id: &str) -> Holder {
        Holder { run_id: run_id.to_string(), pid: std::process::id(), host: this_host(), since: Utc::now() }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = self.since.to_rfc3339_opts(SecondsFormat::Secs, true);
        write!(out, "run {} (process {} on {}) since {since}", self.run_id, self.pid, self.host)
    }
}

/// Why there is no lock.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another run works on this warehouse; `holder` is None where it has not written its name.
    #[error("the warehouse is held by {}; wait for it with --wait", .holder.as_ref().map_or_else(|| "another run".to_string(), ToString::to_string))]
    Held { holder: Option<Holder> },
    #[error(transparent)]
    Failed(#[from] anyhow::Error),
}

/// The held lock; dropping it frees it.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

/// Takes the lock, waiting for it as long as `wait` says; without `wait` it is had at once or not at all.
///
/// Dropping the future gives up waiting and leaves nothing behind.
///
/// # Errors
/// `Held` when another run holds it, and still does after waiting; `Failed` when the disk fails, has no locks, or
/// the warehouse is not on a local disk.
pub async fn acquire(warehouse: &Warehouse, holder: &Holder, wait: Option<Duration>) -> Result<Lock, LockError> {
    let Some(folder) = warehouse.folder() else {
        return Err(LockError::Failed(anyhow!(
            "object-store warehouses are not supported yet: give a folder with --warehouse"
        )));
    };
    let path = folder.join("lock");
    let started = Instant::now();
    loop {
        match try_acquire(&path, holder) {
            Err(LockError::Held { holder: None }) if started.elapsed() < TIME_TO_WRITE_A_NAME => {
                tokio::time::sleep(POLL).await;
            }
            Err(LockError::Held { .. }) if wait.is_some_and(|wait| started.elapsed() < wait) => {
                tokio::time::sleep(POLL).await;
            }
            outcome => return outcome,
        }
    }
}

/// Who holds the lock now, if anybody does and has written its name.
///
/// # Errors
/// When the lock's file cannot be read.
pub async fn holder(warehouse: &Warehouse) -> anyhow::Result<Option<Holder>> {
    let Some(path) = warehouse.folder().map(|folder| folder.join("lock")) else { return Ok(None) };
    let Ok(file) = File::open(&path) else { return Ok(None) };
    match file.try_lock_shared() {
        // Nobody holds it, whatever name a run that died has left; closing the file frees it again.
        Ok(()) => Ok(None),
        Err(_) => {
            let text = warehouse.read("lock").await?.unwrap_or_default();
            Ok(serde_json::from_slice(&text).ok())
        }
    }
}

fn try_acquire(path: &Path, holder: &Holder) -> Result<Lock, LockError> {
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(path)
        .with_context(|| format!("opening the lock {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            // A lock whose holder cannot be read is held all the same.
            let holder = file.read_to_string(&mut text).ok().and_then(|_| serde_json::from_str(&text).ok());
            return Err(LockError::Held { holder });
        }
        Err(TryLockError::Error(error)) => {
            return Err(LockError::Failed(anyhow!(error).context(format!("locking {}", path.display()))));
        }
    }
    write_holder(&mut file, holder).with_context(|| format!("writing the lock {}", path.display()))?;
    Ok(Lock { file })
}

fn write_holder(file: &mut File, holder: &Holder) -> anyhow::Result<()> {
    // Who has waited holds it from now on.
    let mut text = serde_json::to_vec(&Holder { since: Utc::now(), ..holder.clone() })?;
    text.push(b'\n');
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&text)?;
    Ok(())
}

impl Drop for Lock {
    fn drop(&mut self) {
        // So that nobody is named after having left; closing the file is what frees the lock.
        drop(self.file.set_len(0));
    }
}
