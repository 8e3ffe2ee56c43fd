//! Built tables: what a model came out as, found again by its fingerprint.

use std::io::Cursor;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use arrow::datatypes::{Schema, SchemaRef};
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use arrow::record_batch::RecordBatch;
use serde::{Deserialize, Serialize};

use crate::model::TableName;
use crate::pipeline::Pipeline;
use crate::warehouse::Warehouse;

/// A model's rows, and what they were built from.
#[derive(Debug, Clone)]
pub struct BuiltTable {
    pub name: TableName,
    pub fingerprint: String,
    pub schema: SchemaRef,
    /// The Parquet files that hold the rows; none where those are few.
    pub files: Vec<BuiltFile>,
    /// The rows: all of them where there are no files; those of the files where they are small and were built just now;
    /// else none.
    pub rows: Vec<RecordBatch>,
    /// True where an earlier run built it.
    pub is_reused: bool,
    pub milliseconds: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BuiltFile {
    /// Relative to the warehouse.
    pub path: String,
    pub rows: u64,
    pub bytes: u64,
}

/// Under which name the schema of a manifest tells the files, as JSON.
const FILES: &str = "files";

impl BuiltTable {
    /// The same table, with rows at hand only where no file holds them.
    #[must_use]
    pub fn in_files(&self) -> BuiltTable {
        let rows = if self.files.is_empty() { self.rows.clone() } else { Vec::new() };
        BuiltTable { rows, ..self.clone() }
    }

    pub fn rows(&self) -> u64 {
        if self.files.is_empty() {
            self.rows.iter().map(|batch| batch.num_rows() as u64).sum()
        } else {
            self.files.iter().map(|file| file.rows).sum()
        }
    }
}

/// The folder for a model's files: those of a mart that the pipeline publishes lie in its Delta table's folder, where
/// readers find them once published.
pub fn built_folder(pipeline: &Pipeline, name: &TableName, fingerprint: &str) -> String {
    if pipeline.marts.contains(name) { format!("marts/{}", name.name) } else { format!("models/{name}/{fingerprint}") }
}

/// The manifest: an Arrow stream, whose schema is the table's and names its files, and whose rows are those that are in
/// no file; then its CRC-32. It is written when all files are: without it there is no built table. One without files does
/// not wait for the disk, since what a power cut takes of it, the sum tells, and the same rows are built again.
fn manifest_path(name: &TableName, fingerprint: &str) -> String {
    format!("models/{name}/{fingerprint}.arrow")
}

/// The table of a fingerprint, where an earlier run built it and its files are still there.
///
/// # Errors
/// When the store fails.
pub async fn find_built(warehouse: &Warehouse, name: &TableName, fingerprint: &str) -> Result<Option<BuiltTable>> {
    let path = manifest_path(name, fingerprint);
    let Some(bytes) = warehouse.read(&path).await? else { return Ok(None) };
    // What cannot be understood is built again, over it.
    let Ok((schema, files, rows)) = from_manifest(&bytes) else { return Ok(None) };
    for file in &files {
        if warehouse.bytes(&file.path).await? != Some(file.bytes) {
            return Ok(None);
        }
    }
    let (name, fingerprint) = (name.clone(), fingerprint.to_string());
    Ok(Some(BuiltTable { name, fingerprint, schema, files, rows, is_reused: true, milliseconds: 0 }))
}

/// Notes that a table is built; its files are written and synced before.
///
/// # Errors
/// When the store fails.
pub async fn note_built(warehouse: &Warehouse, table: &BuiltTable) -> Result<()> {
    let manifest = manifest(table).with_context(|| format!("noting what {} was built as", table.name))?;
    let path = manifest_path(&table.name, &table.fingerprint);
    if table.files.is_empty() { warehouse.jot(&path, manifest).await } else { warehouse.put(&path, manifest).await }
}

fn manifest(table: &BuiltTable) -> Result<Vec<u8>> {
    let files = serde_json::to_string(&table.files)?;
    let schema = table.schema.as_ref().clone().with_metadata([(FILES.to_string(), files)].into());
    let mut writer = StreamWriter::try_new(Vec::new(), &schema)?;
    for rows in table.rows.iter().filter(|_| table.files.is_empty()) {
        writer.write(rows)?;
    }
    let mut bytes = writer.into_inner()?;
    bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    Ok(bytes)
}

fn from_manifest(bytes: &[u8]) -> Result<(SchemaRef, Vec<BuiltFile>, Vec<RecordBatch>)> {
    let (stream, sum) = bytes.split_last_chunk().context("too short")?;
    ensure!(crc32fast::hash(stream).to_le_bytes() == *sum, "the sum is another one");
    let reader = StreamReader::try_new(Cursor::new(stream), None)?;
    let noted = reader.schema();
    let files = serde_json::from_str(noted.metadata().get(FILES).context("no files are named")?)?;
    let schema = Arc::new(Schema::new(noted.fields().clone()));
    let of_table = |rows: RecordBatch| RecordBatch::try_new(Arc::clone(&schema), rows.columns().to_vec());
    let rows = reader.map(|rows| rows.and_then(of_table)).collect::<Result<_, _>>()?;
    Ok((schema, files, rows))
}
