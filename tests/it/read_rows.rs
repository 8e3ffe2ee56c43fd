//! A file read as landing reads it, without a warehouse: for tests that read thousands of small files.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray};
use arrow::compute::concat_batches;
use arrow::datatypes::Int64Type;
use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use sopmart::extract::{Quarantined, ReadError, ReadOptions, Rows, Stop, find, landed_schema, read, sha256_of};
use sopmart::pipeline::Extract;

/// What became of a file that was read to its end.
#[derive(Debug)]
pub struct Outcome {
    /// The contract's columns and `_source_row`.
    pub landed: RecordBatch,
    pub quarantined: Vec<Quarantined>,
    pub left_out: BTreeMap<&'static str, u64>,
}

/// The physical line of a row and its values, NULL as None.
pub type Row = (i64, Vec<Option<String>>);

impl Outcome {
    pub fn rows(&self) -> Vec<Row> {
        let options = FormatOptions::default();
        let width = self.landed.num_columns() - 1;
        let columns = self.landed.columns()[..width].iter();
        let shown: Vec<_> = columns.map(|array| (array, ArrayFormatter::try_new(array, &options).unwrap())).collect();
        let lines = self.landed.column(width).as_primitive::<Int64Type>();
        let values = |row: usize| {
            let value = |(array, shown): &(_, ArrayFormatter)| {
                let array: &dyn Array = array;
                array.is_valid(row).then(|| shown.value(row).to_string())
            };
            shown.iter().map(value).collect()
        };
        (0..self.landed.num_rows()).map(|row| (lines.value(row), values(row))).collect()
    }
}

/// Reads the first file that an extract finds. No record is lost: those that were read have landed or are in quarantine.
pub fn read_rows(extract: &Extract, chunk_bytes: usize, threads: usize) -> Result<Outcome, ReadError> {
    let file = futures::executor::block_on(find(extract))?.remove(0);
    let sha256 = sha256_of(&file, &Stop::default())?;
    let options =
        ReadOptions { threads, chunk_bytes, also_required: Vec::new(), conditions: Vec::new(), stop: Stop::default() };
    let (mut batches, mut quarantined, mut left_out, mut rows_read) = (Vec::new(), Vec::new(), BTreeMap::new(), 0);
    read(&file, &sha256, extract, &options, Ok, |rows: Rows| {
        rows_read += rows.rows_read;
        batches.push(rows.batch);
        quarantined.extend(rows.quarantined);
        for (what, lines) in rows.left_out {
            *left_out.entry(what).or_insert(0) += lines;
        }
        Ok(())
    })?;
    let landed = concat_batches(&landed_schema(&extract.contract), &batches).unwrap();
    assert_eq!(rows_read, landed.num_rows() as u64 + quarantined.len() as u64, "records were lost or made up");
    Ok(Outcome { landed, quarantined, left_out })
}
