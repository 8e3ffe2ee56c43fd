//! Rows as JSON objects, columns in the order of the query; values as text where JSON has no type of the same exactness.

use std::collections::BTreeSet;
use std::io::Write;

use anyhow::{Result, bail};
use arrow::datatypes::{DataType, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion::execution::SendableRecordBatchStream;
use futures::TryStreamExt;
use serde_json::{Map, Value};

use crate::cli::rows::{SHOWN, Texts};

/// All rows of an answer that is small.
pub(in crate::cli) async fn collect(mut rows: SendableRecordBatchStream) -> Result<Vec<Map<String, Value>>> {
    one_name_each(&rows.schema())?;
    let mut collected = Vec::new();
    while let Some(batch) = rows.try_next().await? {
        collected.extend(objects(&batch)?);
    }
    Ok(collected)
}

/// One array, an object to a line.
pub(super) async fn write_array(mut rows: SendableRecordBatchStream, out: &mut impl Write) -> Result<u64> {
    one_name_each(&rows.schema())?;
    let mut count = 0;
    out.write_all(b"[")?;
    while let Some(batch) = rows.try_next().await? {
        for object in objects(&batch)? {
            out.write_all(if count == 0 { b"\n" } else { b",\n" })?;
            serde_json::to_writer(&mut *out, &object)?;
            count += 1;
        }
    }
    out.write_all(if count == 0 { b"]\n" } else { b"\n]\n" })?;
    out.flush()?;
    Ok(count)
}

/// An object to a line and nothing else.
pub(super) async fn write_lines(mut rows: SendableRecordBatchStream, out: &mut impl Write) -> Result<u64> {
    one_name_each(&rows.schema())?;
    let mut count = 0;
    while let Some(batch) = rows.try_next().await? {
        for object in objects(&batch)? {
            serde_json::to_writer(&mut *out, &object)?;
            out.write_all(b"\n")?;
            count += 1;
        }
    }
    out.flush()?;
    Ok(count)
}

/// A JSON object holds one value under a name, and Parquet one column.
pub(super) fn one_name_each(schema: &SchemaRef) -> Result<()> {
    let mut seen = BTreeSet::new();
    match schema.fields().iter().find(|field| !seen.insert(field.name())) {
        Some(field) => {
            bail!("two columns are named `{0}`: give one of them another name, as in `{0} as …`", field.name())
        }
        None => Ok(()),
    }
}

fn objects(batch: &RecordBatch) -> Result<Vec<Map<String, Value>>> {
    let texts = Texts::of(batch, &SHOWN)?;
    let mut objects = Vec::with_capacity(batch.num_rows());
    for row in 0..batch.num_rows() {
        let mut object = Map::new();
        for (column, field) in batch.schema_ref().fields().iter().enumerate() {
            let text = texts.value(batch, column, row)?;
            object.insert(field.name().clone(), text.map_or(Value::Null, |text| value(field.data_type(), text)));
        }
        objects.push(object);
    }
    Ok(objects)
}

fn value(data_type: &DataType, text: String) -> Value {
    let number = match data_type {
        DataType::Boolean => return Value::Bool(text == "true"),
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => {
            text.parse::<i64>().ok().map(Value::from)
        }
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => {
            text.parse::<u64>().ok().map(Value::from)
        }
        // JSON has no infinity and nothing that is no number.
        DataType::Float64 | DataType::Float32 => {
            text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Value::from)
        }
        _ => None,
    };
    number.unwrap_or(Value::String(text))
}
