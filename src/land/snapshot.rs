//! `snapshot`: one load per snapshot date, compared with the loads of that date.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::fault::Fault;
use crate::land::Delivery;
use crate::land::file::Delivered;
use crate::land::known::date_in_name;
use crate::pipeline::DateFrom;
use crate::warehouse::Load;

/// # Errors
/// When a file has no date, or rows of more than one.
pub(super) fn deliveries(files: Vec<Delivered>, date: &DateFrom) -> Result<Vec<Delivery>, Fault> {
    let mut by_date: BTreeMap<NaiveDate, Vec<Delivered>> = BTreeMap::new();
    for file in files {
        let date = match date {
            DateFrom::FileName(pattern) => date_in_name(&file.source, pattern)?,
            DateFrom::Column(column) => date_in_rows(&file, column)?,
        };
        by_date.entry(date).or_default().push(file);
    }
    Ok(by_date.into_iter().map(|(date, files)| Delivery { files, snapshot_date: Some(date) }).collect())
}

fn date_in_rows(file: &Delivered, column: &str) -> Result<NaiveDate, Fault> {
    match file.landed.batch.snapshot_dates {
        Some((first, last)) if first == last => Ok(first),
        Some((first, last)) => {
            let message = format!(
                "found snapshot dates from {first} to {last} in column `{column}`, expected one date in the whole file"
            );
            Err(Fault::of_file(&file.source.name, message).with_help("have one file delivered per date"))
        }
        None => {
            let message =
                format!("found no row with a date in column `{column}`, by which the snapshot would be dated");
            Err(Fault::of_file(&file.source.name, message)
                .with_help("date snapshots that may be empty by their file names"))
        }
    }
}

pub(super) fn is_of_same_kind(delivery: &Delivery, load: &Load) -> bool {
    load.snapshot_date == delivery.snapshot_date
}
