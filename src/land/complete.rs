//! Whether a delivery is complete and at rest, as far as its files can tell without being read.

use chrono::{DateTime, TimeDelta, Utc};

use crate::extract::{self, SourceFile};
use crate::fault::Fault;
use crate::pipeline::Extract;

/// What an extract's delivery is, as far as names, sizes and times can tell.
#[derive(Debug, Default)]
pub struct Awaited {
    /// What is missing of it; empty where it may be landed.
    pub missing: Vec<Fault>,
    /// Of all its files, as they are stored.
    pub bytes: u64,
}

/// Looks at an extract's delivery. Nothing is read but names, sizes and times.
pub async fn awaited(extract: &Extract, now: DateTime<Utc>) -> Awaited {
    let found = async {
        let sources = extract::find(extract).await?;
        let ready = match &extract.delivery.ready {
            Some(ready) => extract::written(extract, ready).await?,
            None => None,
        };
        let totals = match &extract.delivery.control_totals {
            Some(totals) => extract::written(extract, &totals.file).await?,
            None => None,
        };
        let bytes = sources.iter().map(|source| source.bytes).sum();
        Ok(Awaited { missing: unmet_terms(extract, &sources, ready, totals, now), bytes })
    };
    found.await.unwrap_or_else(|fault| Awaited { missing: vec![fault], bytes: 0 })
}

/// `ready` and `totals` say when the files that the terms name were written, where they are there.
fn unmet_terms(
    extract: &Extract,
    sources: &[SourceFile],
    ready: Option<DateTime<Utc>>,
    totals: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Vec<Fault> {
    let terms = &extract.delivery;
    let mut faults = Vec::new();
    let mut fault = |file: &str, message: String| {
        let help = "nothing was landed; run again once the delivery is complete";
        faults.push(Fault::of_file(file, message).with_help(help));
    };
    if let Some(expected) = terms.expected_files
        && !(expected.at_least..=expected.at_most).contains(&sources.len())
    {
        let wanted = match (expected.at_least, expected.at_most) {
            (at_least, at_most) if at_least == at_most => at_least.to_string(),
            (at_least, usize::MAX) => format!("at least {at_least}"),
            (at_least, at_most) => format!("{at_least} to {at_most}"),
        };
        let found: Vec<&str> = sources.iter().map(|source| source.name.as_str()).take(5).collect();
        let more = if sources.len() > found.len() { ", …" } else { "" };
        let message = format!(
            "extract `{}` found {} files ({}{more}), expected {wanted}",
            extract.name,
            sources.len(),
            found.join(", ")
        );
        fault(&extract.files, message);
    }
    if let Some(marker) = &terms.ready {
        let newest = sources.iter().max_by_key(|source| source.modified);
        match (ready, newest) {
            (None, _) => fault(marker, format!("extract `{}` waits for this ready marker", extract.name)),
            (Some(written), Some(newest)) if written < newest.modified => {
                let message =
                    format!("this ready marker is older than {}, which is still being delivered", newest.name);
                fault(marker, message);
            }
            _ => {}
        }
    }
    if let Some(age) = terms.minimum_age {
        let age = TimeDelta::from_std(age).unwrap_or(TimeDelta::MAX);
        for source in sources.iter().filter(|source| now - source.modified < age) {
            let seconds = (now - source.modified).num_seconds();
            let wanted = age.num_seconds();
            fault(
                &source.name,
                format!("the file was written {seconds} s ago, expected at least {wanted} s: it may still be written"),
            );
        }
    }
    if let Some(control) = &terms.control_totals
        && totals.is_none()
    {
        fault(&control.file, format!("extract `{}` waits for these control totals", extract.name));
    }
    faults
}
