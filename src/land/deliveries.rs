//! Files -> deliveries: what one load would hold, by how the extract loads.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::fault::Fault;
use crate::land::file::Delivered;
use crate::land::known::date_in_name;
use crate::pipeline::{DateFrom, LoadMode};
use crate::warehouse::Kind;

/// Files that one load would hold.
#[derive(Debug)]
pub(super) struct Delivery {
    pub files: Vec<Delivered>,
    pub snapshot_date: Option<NaiveDate>,
}

impl Delivery {
    pub(super) fn kind(&self, mode: &LoadMode) -> Kind<'_> {
        Kind::of(mode, self.files.first().map_or("", |file| file.landed.path.as_str()), self.snapshot_date)
    }
}

/// # Errors
/// When a snapshot's file has no date, or rows of more than one.
pub(super) fn deliveries(files: Vec<Delivered>, mode: &LoadMode) -> Result<Vec<Delivery>, Fault> {
    Ok(match mode {
        LoadMode::Replace => vec![Delivery { files, snapshot_date: None }],
        LoadMode::Snapshot { date } => one_for_each_date(files, date)?,
        LoadMode::Append { .. } | LoadMode::Upsert { .. } => {
            files.into_iter().map(|file| Delivery { files: vec![file], snapshot_date: None }).collect()
        }
    })
}

fn one_for_each_date(files: Vec<Delivered>, date: &DateFrom) -> Result<Vec<Delivery>, Fault> {
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
