//! Batches of any size -> pieces that are landed at a time.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::compute::{CastOptions, cast_with_options, concat_batches};
use arrow::datatypes::{DataType, Field, Fields, Schema};
use arrow::error::ArrowError;
use arrow::record_batch::{RecordBatch, RecordBatchOptions};

use crate::extract::typed::unreadable;
use crate::extract::{ReadError, Reading};

/// How many rows are landed at a time, at most, and how many bytes they should be.
const MAX_ROWS: usize = 1 << 17;
const PIECE_BYTES: u64 = 12 << 20;

/// How many rows are taken out of a file at a time: what is written once for many of them may be long.
const SLICE_ROWS: usize = 1 << 12;

/// How many rows are taken out of a file at a time that has so many rows in so many bytes.
pub(super) fn rows_in_a_slice(bytes: u64, rows: u64) -> usize {
    let rows_per_piece = PIECE_BYTES.saturating_mul(rows) / bytes.max(1);
    usize::try_from(rows_per_piece).unwrap_or(SLICE_ROWS).clamp(64, SLICE_ROWS)
}

/// Plain values, where they are kept as dictionaries, runs or views.
///
/// # Errors
/// Where the texts of these rows are longer than 2 GiB together.
pub(super) fn plain(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let values = match array.data_type() {
        DataType::Dictionary(_, values) => (**values).clone(),
        DataType::RunEndEncoded(_, values) => values.data_type().clone(),
        other => other.clone(),
    };
    let wanted = match values {
        DataType::Utf8View | DataType::LargeUtf8 => DataType::Utf8,
        other => other,
    };
    if wanted == *array.data_type() {
        return Ok(Arc::clone(array));
    }
    cast_with_options(array, &wanted, &CastOptions { safe: false, ..CastOptions::default() })
}

/// Batches of any size -> batches of plain values that are about as large as a piece, with the numbers of their first
/// rows.
pub(super) struct Pieces<'a, Batches> {
    reading: &'a Reading<'a>,
    batches: Batches,
    /// A batch, and how many of its rows have been taken.
    open: Option<(RecordBatch, usize)>,
    next_row: u64,
}

impl<'a, Batches: Iterator<Item = Result<RecordBatch, ReadError>>> Pieces<'a, Batches> {
    pub(super) fn of(reading: &'a Reading<'a>, first_row: u64, batches: Batches) -> Pieces<'a, Batches> {
        Pieces { reading, batches, open: None, next_row: first_row }
    }

    fn slice(&mut self) -> Result<Option<RecordBatch>, ReadError> {
        loop {
            if let Some((batch, taken)) = &mut self.open
                && *taken < batch.num_rows()
            {
                let slice = batch.slice(*taken, SLICE_ROWS.min(batch.num_rows() - *taken));
                *taken += slice.num_rows();
                return Ok(Some(slice));
            }
            let Some(batch) = self.batches.next().transpose()? else { return Ok(None) };
            self.open = Some((batch, 0));
        }
    }

    fn piece(&mut self) -> Result<Option<(u64, RecordBatch)>, ReadError> {
        let bad = |error: ArrowError| unreadable(self.reading, &error);
        let (mut slices, mut rows, mut bytes) = (Vec::new(), 0, 0);
        while rows < MAX_ROWS && bytes < PIECE_BYTES {
            let Some(slice) = self.slice()? else { break };
            rows += slice.num_rows();
            let names = slice.schema();
            let names = names.fields().iter().map(|field| field.name().clone());
            let arrays = slice.columns().iter().map(plain).collect::<Result<Vec<_>, _>>().map_err(bad)?;
            let size = |array: &ArrayRef| array.to_data().get_slice_memory_size().unwrap_or(0) as u64;
            bytes += arrays.iter().map(size).sum::<u64>();
            let fields: Fields =
                names.zip(&arrays).map(|(name, array)| Field::new(name, array.data_type().clone(), true)).collect();
            // Folders may tell all columns there are.
            let options = RecordBatchOptions::new().with_row_count(Some(slice.num_rows()));
            let slice = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options);
            slices.push(slice.map_err(bad)?);
        }
        let Some(first) = slices.first() else { return Ok(None) };
        let first_row = self.next_row;
        self.next_row += rows as u64;
        Ok(Some((first_row, concat_batches(&first.schema(), &slices).map_err(bad)?)))
    }
}

impl<Batches: Iterator<Item = Result<RecordBatch, ReadError>>> Iterator for Pieces<'_, Batches> {
    type Item = Result<(u64, RecordBatch), ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.piece().transpose()
    }
}

/// Batches that have to bring so many rows: what a damaged file leaves out would not be missed otherwise.
pub(super) fn complete(
    reading: &Reading<'_>,
    mut batches: impl Iterator<Item = Result<RecordBatch, ReadError>>,
    expected: u64,
) -> impl Iterator<Item = Result<RecordBatch, ReadError>> {
    let mut rows = 0;
    let mut has_ended = false;
    std::iter::from_fn(move || {
        if has_ended {
            return None;
        }
        let batch = batches.next();
        rows += batch.as_ref().and_then(|batch| batch.as_ref().ok()).map_or(0, |batch| batch.num_rows() as u64);
        has_ended = batch.is_none() || rows > expected;
        if has_ended && rows != expected {
            let differs = format!("there are {rows} rows or more where it says that there are {expected}");
            return Some(Err(unreadable(reading, &differs)));
        }
        batch
    })
}
