//! The CSV files of model tests: typed by the table's schema on the way in, compared as text on the way out.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use arrow::array::{ArrayRef, new_null_array};
use arrow::compute::concat_batches;
use arrow::csv::ReaderBuilder;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};

use crate::contract::type_name;
use crate::fault::nearest;

/// Reads a file with a header; columns that it leaves out are NULL, empty fields too.
pub fn read(file: &Path, schema: &SchemaRef) -> Result<RecordBatch> {
    let given = typed(file, schema)?;
    let columns: Vec<ArrayRef> = schema
        .fields()
        .iter()
        .map(|field| match given.column_by_name(field.name()) {
            Some(column) => Arc::clone(column),
            None => new_null_array(field.data_type(), given.num_rows()),
        })
        .collect();
    RecordBatch::try_new(Arc::clone(schema), columns).with_context(|| format!("reading {}", file.display()))
}

/// The rows of a file, with the columns that it has, typed as the schema types them.
fn typed(file: &Path, schema: &SchemaRef) -> Result<RecordBatch> {
    let text = fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    let header = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let header = String::from_utf8_lossy(header).trim_end_matches('\r').to_string();
    let mut fields = Vec::new();
    for (position, name) in header.split(',').enumerate() {
        match schema.field_with_name(name) {
            Ok(field) => fields.push(Arc::new(field.clone().with_nullable(true))),
            Err(_) => {
                let near = nearest(name, schema.fields().iter().map(|field| field.name().as_str()));
                let meant = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                bail!("{}:1: field {}: there is no column `{name}`{meant}", file.display(), position + 1);
            }
        }
    }
    let types: Vec<String> = fields.iter().map(|field| format!("{} {}", field.name(), type_name(field.data_type()))).collect();
    let schema = Arc::new(Schema::new(fields));
    let reader = ReaderBuilder::new(Arc::clone(&schema)).with_header(true).build(text.as_slice());
    let batches: Result<Vec<RecordBatch>, _> = reader.and_then(Iterator::collect);
    let batches = batches.with_context(|| format!("reading {} as ({})", file.display(), types.join(", ")))?;
    concat_batches(&schema, &batches).with_context(|| format!("reading {}", file.display()))
}

/// What differs between the expected rows, with the columns they name, and those found; order does not matter.
pub fn difference(file: &Path, found: &[RecordBatch]) -> Result<Option<String>> {
    let schema = found.first().map(RecordBatch::schema).context("a result has a schema")?;
    let expected = typed(file, &schema)?;
    let names: Vec<String> = expected.schema().fields().iter().map(|field| field.name().clone()).collect();
    let mut missing = lines(&expected, &names)?;
    let mut surplus = Vec::new();
    for batch in found {
        for line in lines(batch, &names)? {
            match missing.iter().position(|candidate| *candidate == line) {
                Some(position) => drop(missing.swap_remove(position)),
                None => surplus.push(line),
            }
        }
    }
    if missing.is_empty() && surplus.is_empty() {
        return Ok(None);
    }
    missing.sort();
    surplus.sort();
    let mut text = format!("  {}\n", names.join(","));
    missing.iter().for_each(|line| text.push_str(&format!("- {line}\n")));
    surplus.iter().for_each(|line| text.push_str(&format!("+ {line}\n")));
    Ok(Some(text))
}

fn lines(batch: &RecordBatch, names: &[String]) -> Result<Vec<String>> {
    let options = FormatOptions::default().with_null("");
    let columns = names.iter().map(|name| batch.column_by_name(name).context("the column was found before")).collect::<Result<Vec<_>>>()?;
    let shown = columns.iter().map(|column| ArrayFormatter::try_new(column, &options)).collect::<Result<Vec<_>, _>>()?;
    Ok((0..batch.num_rows()).map(|row| shown.iter().map(|column| column.value(row).to_string()).collect::<Vec<_>>().join(",")).collect())
}
