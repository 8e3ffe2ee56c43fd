//! Built tables become what BI reads: all marts of a run together, or none.
//!
//! `propose` says what entry of the publish log the run would write, `commit` writes it, and `follow`
//! brings every Delta table to an entry, `deliver` every target beyond the warehouse's tables; the next run calls both
//! first, for what a crash left undone.

mod delta;
mod evolution;
mod exports;
mod postgres;
mod proposal;

use std::collections::HashSet;

use anyhow::Result;

use crate::engine::Engine;
use crate::pipeline::Targets;
use crate::warehouse::publish_log::Entry;
use crate::warehouse::{Created, Warehouse, publish_log};

pub use postgres::{DAYS_TO_2000, MICROSECONDS_TO_2000};
pub use proposal::{BuiltMart, Proposal, Run, is_late, propose};

/// What became of one target that follows the publish log.
#[derive(Debug)]
pub struct TargetOutcome {
    /// What people call it.
    pub target: String,
    /// The error names the table; the set is published all the same.
    pub result: Result<Followed>,
}

/// How a target came to stand where the entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Followed {
    /// It was there already, or beyond.
    AlreadyThere,
    /// It got one commit, of this version of the table.
    Committed { version: u64 },
    /// So many marts were brought there anew.
    Delivered { marts: usize },
}

/// Another run has published in the meantime.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "run {run_id} was faster and published entry {n}, so nothing of this run was published; run again, and it will build on what that run published"
)]
pub struct Rival {
    pub n: u64,
    pub run_id: String,
}

/// Writes the proposed entry, and returns it as it stands; the targets are still to follow.
///
/// # Errors
/// A `Rival` when another run has written an entry since the proposal was made; otherwise when the store fails and
/// the entry does not stand. Nothing that readers see has moved then.
///
/// Once called, let it end, which takes moments: a store that was told to write the entry does so even when the
/// future is dropped.
pub async fn commit(warehouse: &Warehouse, mut proposed: Entry) -> Result<Entry> {
    sync_new_files(warehouse, &proposed).await?;
    if publish_log::commit(warehouse, &mut proposed).await? == Created::Taken {
        // An entry that cannot be read is an error of its own, not a rival.
        let standing = publish_log::read(warehouse, proposed.n).await?;
        let run_id = standing.map_or_else(|| "unknown".to_string(), |entry| entry.run_id);
        return Err(Rival { n: proposed.n, run_id }.into());
    }
    Ok(proposed)
}

/// What an entry names is on disk before the entry is; a file that is not there is found out here at the latest.
async fn sync_new_files(warehouse: &Warehouse, proposed: &Entry) -> Result<()> {
    let previous = match proposed.n {
        1 => None,
        n => publish_log::read(warehouse, n - 1).await?,
    };
    let mut new = Vec::new();
    for (mart, published) in &proposed.marts {
        let known =
            previous.as_ref().and_then(|previous| previous.marts.get(mart)).map_or(&[][..], |before| &before.files);
        let known: HashSet<&str> = known.iter().map(|file| file.path.as_str()).collect();
        let paths = published.files.iter().map(|file| &file.path);
        new.extend(paths.filter(|path| !known.contains(path.as_str())).cloned());
    }
    warehouse.sync(&new).await
}

/// Brings every Delta table to the entry; those that cannot follow are named, and the others follow all the same.
pub async fn follow(warehouse: &Warehouse, entry: &Entry) -> Vec<TargetOutcome> {
    let mut outcomes = Vec::with_capacity(entry.marts.len());
    for (mart, published) in &entry.marts {
        let result = delta::follow(warehouse, entry, mart, published).await;
        outcomes.push(TargetOutcome { target: format!("Delta table marts/{mart}"), result });
    }
    outcomes
}

/// Brings the targets that a pipeline names to the entry, each of them to the whole set or not at all.
pub async fn deliver(
    warehouse: &Warehouse,
    engine: &Engine,
    entry: &Entry,
    pipeline: &str,
    targets: &Targets,
) -> Vec<TargetOutcome> {
    let mut outcomes = Vec::new();
    if let Some(target) = &targets.postgres {
        let result = postgres::follow(engine, entry, target).await;
        outcomes.push(TargetOutcome { target: target.to_string(), result });
    }
    if let Some(target) = &targets.exports {
        let result = exports::follow(warehouse, engine, entry, pipeline, target).await;
        outcomes.push(TargetOutcome { target: format!("exports to {}", target.place()), result });
    }
    outcomes
}
