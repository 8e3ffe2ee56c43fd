//! A data file of a mart as the publish log and Delta's log name it: its size, its hash, its statistics.

use std::collections::BTreeMap;
use std::ops::Range;

use anyhow::{Context, Result};
use arrow::datatypes::DataType;
use bytes::Bytes;
use chrono::{Datelike, NaiveDate, TimeDelta};
use futures::future::BoxFuture;
use futures::{FutureExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::arrow::async_reader::MetadataFetch;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, ParquetMetaDataReader};
use parquet::file::statistics::Statistics;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::contract::{Column, Contract};
use crate::warehouse::Warehouse;

/// Texts longer than this are left out of statistics, so that the logs stay small.
const LONGEST_TEXT: usize = 32;

/// One Parquet file of a mart, written once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MartFile {
    /// Relative to the warehouse: `marts/<mart>/<file>.parquet`.
    pub path: String,
    pub rows: u64,
    pub bytes: u64,
    pub sha256: String,
    /// The snapshot that the file holds, in a snapshot mart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<NaiveDate>,
    /// By name of the column; a column whose values the file says nothing about is left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub statistics: BTreeMap<String, ColumnStatistics>,
}

/// What a file says of one of its columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnStatistics {
    pub nulls: u64,
    /// Only of whole numbers, dates and short texts, and never of personal columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<String>,
}

impl MartFile {
    /// Describes a file that has been written: hashes its bytes and reads its Parquet footer.
    ///
    /// # Errors
    /// When the store fails or the file is no Parquet file.
    pub async fn describe(warehouse: &Warehouse, path: &str, contract: &Contract) -> Result<MartFile> {
        let store = warehouse.store();
        let location = Path::from(path);
        let found = store.get(&location).await.with_context(|| format!("reading {path}"))?;
        let bytes = found.meta.size;
        let mut digest = Sha256::new();
        let mut stream = found.into_stream();
        while let Some(part) = stream.try_next().await.with_context(|| format!("reading {path}"))? {
            digest.update(&part);
        }
        let footer =
            ParquetMetaDataReader::new().load_and_finish(Ranges { store: store.as_ref(), location: &location }, bytes);
        let footer = footer.await.with_context(|| format!("reading the Parquet footer of {path}"))?;
        Ok(MartFile {
            path: path.to_string(),
            rows: u64::try_from(footer.file_metadata().num_rows())
                .context("a Parquet file with a negative number of rows")?,
            bytes,
            sha256: format!("{:x}", digest.finalize()),
            as_of: None,
            statistics: statistics(&footer, contract),
        })
    }
}

/// Reads ranges of one object for the Parquet reader.
struct Ranges<'a> {
    store: &'a dyn ObjectStore,
    location: &'a Path,
}

impl MetadataFetch for Ranges<'_> {
    fn fetch(&mut self, range: Range<u64>) -> BoxFuture<'_, parquet::errors::Result<Bytes>> {
        self.store
            .get_range(self.location, range)
            .map(|read| read.map_err(|error| ParquetError::External(Box::new(error))))
            .boxed()
    }
}

fn statistics(footer: &ParquetMetaData, contract: &Contract) -> BTreeMap<String, ColumnStatistics> {
    let described = footer.file_metadata().schema_descr().columns();
    let columns = described.iter().enumerate().filter_map(|(position, described)| {
        let column = contract.column(described.name())?;
        let chunks: Vec<_> = footer.row_groups().iter().map(|group| group.column(position)).collect();
        Some((column.name.clone(), of_column(column, &chunks)?))
    });
    columns.collect()
}

/// The statistics of one column over all row groups; None where a group does not count its NULLs.
fn of_column(column: &Column, chunks: &[&ColumnChunkMetaData]) -> Option<ColumnStatistics> {
    let groups: Vec<(&Statistics, i64)> =
        chunks.iter().map(|chunk| Some((chunk.statistics()?, chunk.num_values()))).collect::<Option<_>>()?;
    let nulls = groups.iter().map(|(group, _)| group.null_count_opt()).sum::<Option<u64>>()?;
    // A group of NULLs alone has no bounds; any other without them, or with shortened ones, leaves the column without.
    let with_values = groups.iter().filter(|(group, values)| group.null_count_opt() != u64::try_from(*values).ok());
    let with_values: Vec<&Statistics> = with_values.map(|(group, _)| *group).collect();
    let are_exact =
        with_values.iter().all(|group| group.min_bytes_opt().is_some() && group.min_is_exact() && group.max_is_exact());
    let bounds = if column.is_personal || !are_exact { None } else { bounds(&column.data_type, &with_values) };
    let (min, max) = bounds.unzip();
    Some(ColumnStatistics { nulls, min, max })
}

fn bounds(data_type: &DataType, groups: &[&Statistics]) -> Option<(String, String)> {
    match data_type {
        DataType::Int16 | DataType::Int32 | DataType::Int64 => {
            numbers(groups).map(|(min, max)| (min.to_string(), max.to_string()))
        }
        DataType::Date32 => numbers(groups).and_then(|(min, max)| Some((date(min)?, date(max)?))),
        DataType::Utf8 => texts(groups),
        _ => None,
    }
}

fn numbers(groups: &[&Statistics]) -> Option<(i64, i64)> {
    let bounds: Option<Vec<(i64, i64)>> = groups
        .iter()
        .map(|group| match group {
            Statistics::Int32(values) => Some((i64::from(*values.min_opt()?), i64::from(*values.max_opt()?))),
            Statistics::Int64(values) => Some((*values.min_opt()?, *values.max_opt()?)),
            _ => None,
        })
        .collect();
    let (mins, maxs): (Vec<i64>, Vec<i64>) = bounds?.into_iter().unzip();
    mins.into_iter().min().zip(maxs.into_iter().max())
}

fn texts(groups: &[&Statistics]) -> Option<(String, String)> {
    let bounds: Option<Vec<_>> =
        groups.iter().map(|group| short_text(group.min_bytes_opt()).zip(short_text(group.max_bytes_opt()))).collect();
    let (mins, maxs): (Vec<&str>, Vec<&str>) = bounds?.into_iter().unzip();
    let (min, max) = mins.into_iter().min().zip(maxs.into_iter().max())?;
    Some((min.to_string(), max.to_string()))
}

fn short_text(bytes: Option<&[u8]>) -> Option<&str> {
    std::str::from_utf8(bytes?).ok().filter(|text| text.len() <= LONGEST_TEXT)
}

/// A Parquet date counts days from 1970; beyond four digits of a year no two readers agree how to write one.
fn date(days: i64) -> Option<String> {
    let date = NaiveDate::default().checked_add_signed(TimeDelta::try_days(days)?)?;
    (0..=9999).contains(&date.year()).then(|| date.to_string())
}
