//! Formats whose values have types: record batches -> the contract's columns. A value becomes what the contract says
//! only where nothing of it is lost; where that cannot be told of a whole column at once, it is held to the contract
//! value by value, as text is.

mod arrow_ipc;
mod avro;
mod avro_codec;
mod column;
mod parquet;
mod pieces;

use std::sync::Arc;

use ::arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use ::arrow::datatypes::{DataType, Field, SchemaRef};
use ::arrow::json::LineDelimitedWriter;
use ::arrow::record_batch::RecordBatch;

pub(super) use arrow_ipc::{read as read_arrow, schema as arrow_schema};
pub(super) use avro::read as read_avro;
pub(super) use parquet::read as read_parquet;
use pieces::plain;

use crate::contract::Drift;
use crate::extract::rules::{Broken, BrokenRows, FileColumn, add_not_true};
use crate::extract::sums::sums_of;
use crate::extract::text::records::LeftOut;
use crate::extract::{
    Quarantined, ReadError, ReadOptions, Reading, Rows, columns_of, guard, landed_schema, pool, summed_columns,
};
use crate::fault::{Fault, Faults, nearest};
use crate::pipeline::Format;

/// Reads pieces to their end: `next` hands one out at a time, `batches` turns one into batches, each with the number
/// of its first row from 1, on several threads.
fn read_pieces<Source: Send, Piece, Taken: Send, Batches>(
    reading: &Reading<'_>,
    schema: &SchemaRef,
    source: Source,
    next: impl Fn(&mut Source) -> Result<Option<Piece>, ReadError> + Sync,
    batches: impl Fn(Piece) -> Result<Batches, ReadError> + Sync,
    taken: impl Fn(Rows) -> anyhow::Result<Taken> + Sync,
    mut in_order: impl FnMut(Taken) -> anyhow::Result<()>,
) -> Result<(), ReadError>
where
    Batches: Iterator<Item = Result<(u64, RecordBatch), ReadError>>,
{
    let fields = fields_of(reading, schema)?;
    let numbers: Vec<usize> = (0..fields.len()).collect();
    let columns = columns_of(reading.extract, &numbers, &reading.options.also_required);
    let conform = Conform { fields, columns, schema: landed_schema(&reading.extract.contract), reading };
    pool::in_order(
        reading.options.threads,
        source,
        |source, ()| {
            if reading.options.stop.is_asked() { Err(ReadError::Stopped) } else { guarded(reading, || next(source)) }
        },
        |piece, ()| {
            let mut all = Vec::new();
            let mut batches = guarded(reading, || batches(piece))?;
            while let Some((first_row, batch)) = guarded(reading, || batches.next().transpose())? {
                if reading.options.stop.is_asked() {
                    return Err(ReadError::Stopped);
                }
                all.push(taken(conform.rows_of(first_row, &batch)?)?);
            }
            Ok(all)
        },
        |all| Ok(all.into_iter().try_for_each(&mut in_order)?),
    )?;
    Ok(())
}

/// Where each column of the contract stands: the numbers of fields, from the outside in.
fn fields_of(reading: &Reading<'_>, schema: &SchemaRef) -> Result<Vec<Vec<usize>>, ReadError> {
    let (file, contract) = (&reading.file.name, &reading.extract.contract);
    let mut faults = Vec::new();
    let mut fields = Vec::new();
    let mut known = Vec::new();
    for (number, field) in schema.fields().iter().enumerate() {
        if schema.fields()[..number].iter().any(|other| other.name() == field.name()) {
            let message = format!("column `{}` is there twice, expected each name once", field.name());
            faults.push(Fault::of_file(file, message).with_help("have the file written with names that differ"));
        }
    }
    for column in &contract.columns {
        let path = reading.extract.reader.path_of(&column.name);
        known.push(path[0].clone());
        match numbers_of(&path, schema.fields()) {
            Some(numbers) => fields.push(numbers),
            None => {
                let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
                let near = nearest(&path[0], names.iter().copied());
                let meant = near.map_or_else(String::new, |near| format!("; there is `{near}`"));
                let message = format!("column `{}` is missing, found {}{meant}", path.join("."), names.join(", "));
                faults.push(
                    Fault::of_file(file, message)
                        .with_help(format!("expected the columns of contract `{}`", contract.name)),
                );
            }
        }
    }
    if contract.drift == Drift::Stop {
        for field in schema.fields().iter().filter(|field| !known.contains(field.name())) {
            let message = format!("found column `{}`, which contract `{}` does not know", field.name(), contract.name);
            let help = "add it to the contract, or set the contract's drift policy to ignore_extra";
            faults.push(Fault::of_file(file, message).with_help(help));
        }
    }
    if faults.is_empty() { Ok(fields) } else { Err(ReadError::Source(Faults(faults))) }
}

fn numbers_of(path: &[String], fields: &[Arc<Field>]) -> Option<Vec<usize>> {
    let (name, below) = path.split_first()?;
    let number = fields.iter().position(|field| field.name() == name)?;
    let mut numbers = vec![number];
    if !below.is_empty() {
        let DataType::Struct(fields) = fields[number].data_type() else { return None };
        numbers.extend(numbers_of(below, fields)?);
    }
    Some(numbers)
}

/// Turns batches of a file into rows of the contract.
struct Conform<'a> {
    fields: Vec<Vec<usize>>,
    columns: Vec<FileColumn<'a>>,
    schema: SchemaRef,
    reading: &'a Reading<'a>,
}

impl Conform<'_> {
    fn rows_of(&self, first_row: u64, batch: &RecordBatch) -> Result<Rows, ReadError> {
        let mut broken = BrokenRows::default();
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.columns.len() + 1);
        for (column, field) in self.columns.iter().zip(&self.fields) {
            let array = plain(&nested(batch, field)).map_err(|error| unreadable(self.reading, &error))?;
            let array = column::conformed(&array, column, &mut broken)
                .map_err(|fault| Fault { file: self.reading.extract.contract.file.clone(), ..fault })?;
            arrays.push(array);
        }
        let sums = sums_of(&arrays, &summed_columns(self.reading.extract));
        let rows = batch.num_rows();
        let last_row = first_row + rows as u64;
        arrays.push(Arc::new(Int64Array::from_iter_values((first_row..last_row).map(u64::cast_signed))));
        let landed = RecordBatch::try_new(Arc::clone(&self.schema), arrays).map_err(anyhow::Error::from)?;
        let ReadOptions { conditions, .. } = self.reading.options;
        add_not_true(conditions, &landed, &self.reading.extract.contract, &self.columns, &mut broken)?;
        let bytes = batch.get_array_memory_size() as u64;
        let landed = broken.taken_from(landed)?;
        let is_personal = self.columns.iter().any(|column| column.column.is_personal);
        let mut quarantined = Vec::new();
        for (row, broken) in broken.into_rows() {
            let Broken { column, rule, message, .. } = broken;
            let line = first_row + row as u64;
            let raw_text = as_json(&batch.slice(row, 1));
            let raw_text = raw_text.unwrap_or_else(|error| format!("(no text can tell this record: {error})"));
            let shown_text =
                if is_personal { "(not shown: it may hold personal values)".into() } else { raw_text.clone() };
            let rule = rule.into_owned();
            quarantined.push(Quarantined {
                line,
                place: 1,
                field_at: (line, 1),
                column,
                rule,
                message,
                raw_text,
                shown_text,
            });
        }
        Ok(Rows { batch: landed, quarantined, rows_read: rows as u64, left_out: LeftOut::new(), sums, bytes })
    }
}

/// A field's values; where a record that holds it is NULL, so is the field.
fn nested(batch: &RecordBatch, numbers: &[usize]) -> ArrayRef {
    let mut array = Arc::clone(batch.column(numbers[0]));
    for number in &numbers[1..] {
        let outer = array.as_struct();
        let inner = Arc::clone(outer.column(*number));
        array = match outer.nulls() {
            None => inner,
            Some(outer) => {
                let nulls = ::arrow::buffer::NullBuffer::union(Some(outer), inner.logical_nulls().as_ref());
                let data = inner.to_data().into_builder().nulls(nulls).build();
                data.map_or(inner, ::arrow::array::make_array)
            }
        };
    }
    array
}

/// A row as quarantine keeps it.
fn as_json(row: &RecordBatch) -> anyhow::Result<String> {
    let mut text = Vec::new();
    let mut writer = LineDelimitedWriter::new(&mut text);
    writer.write(row)?;
    writer.finish()?;
    Ok(String::from_utf8_lossy(&text).trim_end().to_string())
}

/// What a reader of another crate makes of the file.
fn guarded<Value>(reading: &Reading<'_>, read: impl FnOnce() -> Result<Value, ReadError>) -> Result<Value, ReadError> {
    guard::caught(read).unwrap_or_else(|| Err(unreadable(reading, &guard::GAVE_UP)))
}

/// A file of such a format that cannot be read.
fn unreadable(reading: &Reading<'_>, error: &dyn std::fmt::Display) -> ReadError {
    let format = match reading.extract.reader.format {
        Format::Arrow => "Arrow IPC",
        Format::Avro => "Avro",
        _ => "Parquet",
    };
    let message = format!("found bytes that are not {format}, or that are damaged: {error}");
    let fault = Fault::of_file(&reading.file.name, message);
    fault.with_help("have it delivered again, and see whether this is the right file and format").into()
}
