//! Terms of a delivery that show once it has been read: whether it has shrunk, and whether it comes late.

use crate::fault::Fault;
use crate::pipeline::{Extract, LateFiles, LoadMode};
use crate::warehouse::Load;

/// # Errors
/// When a full delivery has fewer rows than the one before, by more than its guard allows.
pub(super) fn guard_against_shrinking(
    extract: &Extract,
    load: &Load,
    in_force: &[&Load],
    accept_shrunk: bool,
) -> Result<(), Fault> {
    let is_full = matches!(extract.load, LoadMode::Replace | LoadMode::Snapshot { .. });
    let Some(guard) = extract.delivery.shrink_guard.filter(|_| is_full && !accept_shrunk) else { return Ok(()) };
    // Of snapshots the one that lies before it in time; a correction is compared with what it corrects.
    let before = in_force.iter().rfind(|before| before.snapshot_date <= load.snapshot_date);
    let Some(before) = before else { return Ok(()) };
    let rows = |load: &Load| load.files.iter().map(|file| file.batch.rows_landed).sum::<u64>();
    let (was, is) = (rows(before), rows(load));
    let lost = was.saturating_sub(is);
    if u128::from(lost) * 1_000_000 <= u128::from(was) * u128::from(guard) {
        return Ok(());
    }
    let percent = |millionths: u128| format!("{}.{}", millionths / 10_000, millionths / 1000 % 10);
    let message = format!(
        "extract `{}` had {was} rows and has {is} now, {} % fewer, expected at most {} % fewer",
        extract.name,
        percent(u128::from(lost) * 1_000_000 / u128::from(was.max(1))),
        percent(u128::from(guard)),
    );
    let fault = Fault::of_file(&load.files[0].path, message);
    Err(fault.with_help("see whether the delivery is complete; --accept-shrunk takes it as it is"))
}

/// What to say of a load that is about an earlier time than what is known already.
///
/// # Errors
/// When late files are refused.
pub(super) fn late(
    extract: &Extract,
    load: &Load,
    earlier: &[&Load],
    in_force: &[&Load],
) -> Result<Option<String>, Fault> {
    let policy = extract.delivery.late_files;
    // A correction of what is known is none, and a full delivery has no place among others.
    if policy == LateFiles::Accept || !earlier.is_empty() || extract.load == LoadMode::Replace {
        return Ok(None);
    }
    let time = |load: &Load| (load.snapshot_date, load.known_at);
    let Some(newest) = in_force.iter().max_by_key(|other| time(other)).filter(|newest| time(newest) > time(load))
    else {
        return Ok(None);
    };
    let day = |load: &Load| load.snapshot_date.unwrap_or_else(|| load.known_at.date_naive());
    let message = format!(
        "came late: it is about {}, and {} about {} is known already",
        day(load),
        newest.files[0].path,
        day(newest)
    );
    if policy == LateFiles::Refuse {
        let fault = Fault::of_file(&load.files[0].path, message);
        return Err(fault.with_help("take it away, or let the extract say `late_files: warn` or `accept`"));
    }
    Ok(Some(format!("{} {message}", load.files[0].path)))
}
