//! Columns that folders tell, as Hive and Spark lay out what they write: of a file below `region=west/` the column
//! `region` is `west` in all rows, and stands in none of its records.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, UInt64Array};
use arrow::compute::take;

use crate::extract::rules::{BrokenRows, FileColumn};
use crate::extract::text::records::{Records, Value};
use crate::extract::text::{Cells, WRITTEN, column_of};
use crate::extract::{Rows, SourceFile, landed_schema};
use crate::fault::Fault;
use crate::pipeline::Extract;

/// What stands for no value.
const NO_VALUE: &str = "__HIVE_DEFAULT_PARTITION__";

/// What the folders of a file say, by column, as they write it.
pub fn folder_values(file: &SourceFile, extract: &Extract) -> BTreeMap<String, String> {
    let columns = extract.contract.columns.iter();
    columns
        .filter_map(|column| {
            let text = written(&file.name, extract.reader.folder_of(&column.name)?)?;
            Some((column.name.clone(), text))
        })
        .collect()
}

/// The innermost folder of that name; `%3D` is a character that a folder's name cannot hold.
fn written(path: &str, folder: &str) -> Option<String> {
    let (folders, _) = path.rsplit_once('/')?;
    let value = folders.split('/').rev().find_map(|part| part.strip_prefix(folder)?.strip_prefix('='))?;
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        let digits = after.get(..2).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let escaped = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(escaped.unwrap_or(b'%'));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    bytes.extend_from_slice(rest.as_bytes());
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The values of a file's folders as columns of the contract.
#[derive(Debug)]
pub(super) struct Folders<'a> {
    extract: &'a Extract,
    /// By their place in the contract, in its order: one value each.
    columns: Vec<(usize, ArrayRef)>,
}

impl<'a> Folders<'a> {
    /// # Errors
    /// Where a folder is missing, or its value breaks a rule of the contract.
    pub(super) fn of(file: &SourceFile, extract: &'a Extract, also_required: &[String]) -> Result<Folders<'a>, Fault> {
        let told = folder_values(file, extract);
        let mut columns = Vec::new();
        for (place, column) in extract.contract.columns.iter().enumerate() {
            let Some(folder) = extract.reader.folder_of(&column.name) else { continue };
            let Some(text) = told.get(&column.name) else {
                let message =
                    format!("the file lies below no folder `{folder}=…`, which tells column `{}`", column.name);
                return Err(Fault::of_file(&file.name, message).with_help("see `folder` of the extract's columns"));
            };
            if text.contains(['\0', char::REPLACEMENT_CHARACTER]) {
                let message = format!("folder `{folder}=…`, column `{}`: found bytes that are no text", column.name);
                return Err(Fault::of_file(&file.name, message).with_help("nothing of the file was landed"));
            }
            let mut records = Records::default();
            records.clear_to_write();
            let is_none = text == NO_VALUE;
            let value = if is_none { Value::None } else { Value::Text(text.as_bytes().into()) };
            records.write_field(&value, 0);
            records.end_record(0..0, 1);
            let cells = Cells { text: records.cells(b""), records: &records, width: 1, marks: WRITTEN, is_utf8: true };
            let required = column.required || also_required.contains(&column.name);
            let notation = extract.reader.notation_of(&column.name);
            let mut broken = BrokenRows::default();
            let value = column_of(&cells, &FileColumn { column, field: 0, required, notation }, &mut broken)?;
            if let Some((_, broken)) = broken.into_rows().next() {
                let message = format!("folder `{folder}=…`, column `{}`: {}", column.name, broken.message);
                return Err(Fault::of_file(&file.name, message).with_help("nothing of the file was landed"));
            }
            columns.push((place, value));
        }
        Ok(Folders { extract, columns })
    }

    /// The rows with the columns that the folders tell.
    pub(super) fn add_to(&self, rows: Rows) -> anyhow::Result<Rows> {
        if self.columns.is_empty() {
            return Ok(rows);
        }
        let always_the_first = UInt64Array::from_value(0, rows.batch.num_rows());
        let mut arrays = rows.batch.columns().to_vec();
        for (place, value) in &self.columns {
            arrays.insert(*place, take(value, &always_the_first, None)?);
        }
        let schema = landed_schema(&self.extract.contract);
        let batch = arrow::record_batch::RecordBatch::try_new(Arc::clone(&schema), arrays)?;
        Ok(Rows { batch, ..rows })
    }
}
