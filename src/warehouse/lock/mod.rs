//! The lock that saves rivals the work; the publish log is what keeps them apart.

mod file;
mod object;

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::record::this_host;
use crate::warehouse::Warehouse;
use crate::warehouse::lock::file::FileLock;
use crate::warehouse::lock::object::{ObjectLock, Sighting};

pub use object::{RENEWED_EVERY, TAKEN_OVER_AFTER};

/// Where the lock lies in a warehouse.
const PATH: &str = "lock";

/// How often a waiting run looks whether the lock is free: on a disk, and on an object store, where a look has a price.
const POLL: Duration = Duration::from_millis(50);
const POLL_STORE: Duration = Duration::from_secs(1);
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

/// The held lock. Dropping it frees it on a disk; on an object store it then is free once it is no longer renewed.
#[derive(Debug)]
pub enum Lock {
    File(FileLock),
    Object(ObjectLock),
}

impl Lock {
    /// Frees the lock at once, wherever it lies.
    pub async fn release(self) {
        match self {
            Lock::File(lock) => drop(lock),
            Lock::Object(lock) => lock.release().await,
        }
    }
}

/// Takes the lock, waiting for it as long as `wait` says; without `wait` it is had at once or not at all.
///
/// Dropping the future gives up waiting and leaves nothing behind.
///
/// # Errors
/// `Held` when another run holds it, and still does after waiting; `Failed` when the disk or the store fails, or has
/// no locks.
pub async fn acquire(warehouse: &Warehouse, holder: &Holder, wait: Option<Duration>) -> Result<Lock, LockError> {
    let started = Instant::now();
    let mut seen = Sighting::default();
    loop {
        let (outcome, poll) = match warehouse.folder() {
            Some(folder) => (file::try_acquire(&folder.join(PATH), holder).map(Lock::File), POLL),
            None => (object::try_acquire(warehouse.store(), holder, &mut seen).await.map(Lock::Object), POLL_STORE),
        };
        match outcome {
            Err(LockError::Held { holder: None }) if started.elapsed() < TIME_TO_WRITE_A_NAME => {
                tokio::time::sleep(POLL).await;
            }
            Err(LockError::Held { .. }) if wait.is_some_and(|wait| started.elapsed() < wait) => {
                tokio::time::sleep(poll).await;
            }
            outcome => return outcome,
        }
    }
}

/// Who holds the lock now, if anybody does and has written its name.
///
/// # Errors
/// When the lock cannot be read.
pub async fn holder(warehouse: &Warehouse) -> anyhow::Result<Option<Holder>> {
    match warehouse.folder() {
        Some(folder) => Ok(file::holder(&folder.join(PATH))),
        None => object::holder(warehouse.store().as_ref()).await,
    }
}
