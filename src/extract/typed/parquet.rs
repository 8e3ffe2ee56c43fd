//! Parquet: row groups are read side by side, each from the columns that the contract knows.

use std::fs::File;

use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};

use crate::extract::typed::pieces::{Pieces, complete, rows_in_a_slice};
use crate::extract::typed::{fields_of, guarded, read_pieces, unreadable};
use crate::extract::{ReadError, Reading, Rows};
use crate::fault::Fault;

/// Reads a file whole; see `extract::read`.
pub(in crate::extract) fn read<Taken: Send>(
    reading: &Reading<'_>,
    taken: impl Fn(Rows) -> anyhow::Result<Taken> + Sync,
    in_order: impl FnMut(Taken) -> anyhow::Result<()>,
) -> Result<(), ReadError> {
    let bad = |error: &dyn std::fmt::Display| unreadable(reading, error);
    let file = reading.opened()?;
    let metadata =
        guarded(reading, || ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(|error| bad(&error)))?;
    let roots: Vec<String> = reading
        .extract
        .contract
        .columns
        .iter()
        .map(|column| reading.extract.reader.path_of(&column.name).remove(0))
        .collect();
    let known = metadata.schema().fields().iter().enumerate();
    let wanted: Vec<usize> =
        known.filter(|(_, field)| roots.contains(field.name())).map(|(number, _)| number).collect();
    let groups = metadata.metadata().row_groups();
    let mut first_row = 1;
    let mut pieces = Vec::new();
    for (number, group) in groups.iter().enumerate() {
        let rows = u64::try_from(group.num_rows()).unwrap_or(0);
        pieces.push((number, first_row, rows));
        first_row = rows.saturating_add(first_row);
    }
    let told = metadata.metadata().file_metadata().num_rows();
    if u64::try_from(told) != Ok(first_row - 1) {
        return Err(bad(&format!("its parts have {} rows where it says that there are {told}", first_row - 1)));
    }
    let batches = |(group, first_row, rows): (usize, u64, u64)| {
        let file = reading.opened()?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone());
        let mask = ProjectionMask::roots(builder.parquet_schema(), wanted.iter().copied());
        let bytes = u64::try_from(groups[group].total_byte_size()).unwrap_or(0);
        let builder = builder.with_row_groups(vec![group]).with_projection(mask);
        let batches = builder.with_batch_size(rows_in_a_slice(bytes, rows)).build().map_err(|error| bad(&error))?;
        let batches = complete(reading, batches.map(move |batch| batch.map_err(|error| bad(&error))), rows);
        Ok(Pieces::of(reading, first_row, batches))
    };
    let fields: Vec<_> = wanted.iter().map(|number| metadata.schema().field(*number).clone()).collect();
    let projected = std::sync::Arc::new(arrow::datatypes::Schema::new(fields));
    // Columns that the contract does not know are seen here alone.
    fields_of(reading, metadata.schema())?;
    read_pieces(reading, &projected, pieces.into_iter(), |pieces| Ok(pieces.next()), batches, taken, in_order)
}

impl Reading<'_> {
    /// # Errors
    /// When the file cannot be opened.
    pub(super) fn opened(&self) -> Result<File, ReadError> {
        File::open(&self.file.path)
            .map_err(|error| Fault::of_file(&self.file.name, format!("the file cannot be opened: {error}")).into())
    }
}
