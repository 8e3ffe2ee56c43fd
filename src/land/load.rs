//! A delivery -> a load, or nothing where its content is known: when it became known, and what it is compared with.

use chrono::{DateTime, Utc};

use crate::fault::Fault;
use crate::land::deliveries::Delivery;
use crate::land::{LandOptions, known};
use crate::pipeline::{Extract, KnownAt};
use crate::warehouse::{KnownAtColumn, LandedFile, Load};

/// What a delivery is to the warehouse.
pub(super) enum News {
    /// This load, still without a number.
    New(Load),
    /// What this load has brought already.
    Known(Load),
}

impl News {
    pub(super) fn is_new(&self) -> bool {
        matches!(self, News::New(_))
    }
}

/// What a delivery brings to the earlier loads of its kind, which stand in their order.
pub(super) fn news(
    extract: &Extract,
    delivery: &Delivery,
    earlier: &[&Load],
    options: &LandOptions,
) -> Result<News, Fault> {
    let mut known_by = extract.known_at.clone();
    let (mut known_at, mut known_at_column) = known_time(extract, delivery, options.now)?;
    // The same bytes came before: as the newest, or, where known times are the source's own, as what was known then. An
    // older file that is put back is no news; a correction that is taken back, known at the same time, is.
    let newest = earlier.last();
    let twin = newest.copied().filter(|newest| has_same_bytes(newest, delivery)).or_else(|| {
        let is_older = |load: &&Load| newest.is_some_and(|newest| load.known_at < newest.known_at);
        let older = earlier.iter().copied().rev().filter(is_older);
        older.filter(|load| load.known_at == known_at).find(|load| has_same_bytes(load, delivery))
    });
    if let Some(twin) = twin {
        // Another rule for known times is about what comes from now on, until all is read anew.
        let keeps_times = twin.known_by == extract.known_at || !options.full_refresh;
        if keeps_times && has_same_batches(twin, delivery) {
            return Ok(News::Known(twin.clone()));
        }
        match &twin.known_at_column {
            _ if !keeps_times => known_at = if known_by == KnownAt::Now { twin.landed_at } else { known_at },
            Some(column) if twin.known_by != known_by && extract.contract.column(&column.name).is_some() => {
                (known_at, known_at_column) = (twin.known_at, Some(column.clone()));
                known_by = twin.known_by.clone();
            }
            None if twin.known_by != known_by || known_at_column.is_none() => {
                (known_at, known_at_column) = (twin.known_at, None);
                known_by = twin.known_by.clone();
            }
            // Rows that carry their own known time have told it again.
            _ => {}
        }
    }
    Ok(News::New(Load {
        n: 0,
        extract: extract.name.clone(),
        mode: extract.load.clone(),
        known_by,
        known_at,
        known_at_column,
        snapshot_date: delivery.snapshot_date,
        rereads: twin.map(|load| load.n),
        landed_at: options.now,
        files: delivery.files.iter().map(|file| file.landed.clone()).collect(),
    }))
}

fn has_same_batches(load: &Load, delivery: &Delivery) -> bool {
    sorted(load.files.iter().map(|file| &file.batch.batch_id))
        == sorted(delivery.files.iter().map(|file| &file.landed.batch.batch_id))
}

fn has_same_bytes(load: &Load, delivery: &Delivery) -> bool {
    sorted(load.files.iter().map(LandedFile::content))
        == sorted(delivery.files.iter().map(|file| file.landed.content()))
}

fn sorted<Name: Ord>(names: impl Iterator<Item = Name>) -> Vec<Name> {
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

fn known_time(
    extract: &Extract,
    delivery: &Delivery,
    now: DateTime<Utc>,
) -> Result<(DateTime<Utc>, Option<KnownAtColumn>), Fault> {
    let file_time = delivery.files.iter().map(|file| file.source.modified).max().unwrap_or(now);
    match &extract.known_at {
        KnownAt::Now => Ok((now, None)),
        KnownAt::FileTime => Ok((file_time, None)),
        KnownAt::FileName(pattern) => {
            let times = delivery
                .files
                .iter()
                .map(|file| known::time_in_name(&file.source, pattern))
                .collect::<Result<Vec<_>, _>>()?;
            Ok((times.into_iter().max().unwrap_or(now), None))
        }
        KnownAt::Column(name) => {
            let spans: Vec<_> = delivery.files.iter().filter_map(|file| file.landed.batch.known).collect();
            // Without a row there is no row's time; the file's is the next best.
            let earliest = spans.iter().map(|span| span.0).min().unwrap_or(file_time);
            let latest = spans.iter().map(|span| span.1).max().unwrap_or(file_time);
            Ok((latest, Some(KnownAtColumn { name: name.clone(), earliest })))
        }
    }
}

/// Numbers new loads in the order of their known times, then of their files.
pub(super) fn number(new: &mut [Load], loads: &[Load]) {
    let taken = loads.iter().map(|load| load.n).max().unwrap_or(0);
    new.sort_by(|one, other| (one.known_at, &one.files[0].path).cmp(&(other.known_at, &other.files[0].path)));
    for (load, n) in new.iter_mut().zip(taken + 1..) {
        load.n = n;
    }
}
