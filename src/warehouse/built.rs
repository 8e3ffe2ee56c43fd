//! Built tables: what a model came out as, found again by its fingerprint.

use std::sync::Arc;

use anyhow::{Context, Result};
use arrow::datatypes::{Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use serde::{Deserialize, Serialize};

use crate::contract::{parse_type, type_name};
use crate::model::TableName;
use crate::pipeline::Pipeline;
use crate::warehouse::Warehouse;

/// A model's rows as Parquet files, and what they were built from.
#[derive(Debug, Clone)]
pub struct BuiltTable {
    pub name: TableName,
    pub fingerprint: String,
    pub schema: SchemaRef,
    pub files: Vec<BuiltFile>,
    /// The rows of these files, where they are small and were built just now; else none.
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

/// `built.json`, written when all files are: without it there is no built table.
#[derive(Serialize, Deserialize)]
struct Manifest {
    columns: Vec<(String, String)>,
    files: Vec<BuiltFile>,
}

impl BuiltTable {
    pub fn rows(&self) -> u64 {
        self.files.iter().map(|file| file.rows).sum()
    }
}

/// The folder for a model's files: those of a mart that the pipeline publishes lie in its Delta table's folder, where
/// readers find them once published.
pub fn built_folder(pipeline: &Pipeline, name: &TableName, fingerprint: &str) -> String {
    if pipeline.marts.contains(name) { format!("marts/{}", name.name) } else { format!("models/{name}/{fingerprint}") }
}

fn manifest_path(name: &TableName, fingerprint: &str) -> String {
    format!("models/{name}/{fingerprint}/built.json")
}

/// The table of a fingerprint, where an earlier run built it and its files are still there.
///
/// # Errors
/// When the store fails.
pub async fn find_built(warehouse: &Warehouse, name: &TableName, fingerprint: &str) -> Result<Option<BuiltTable>> {
    let path = manifest_path(name, fingerprint);
    let Some(bytes) = warehouse.read(&path).await? else { return Ok(None) };
    // What cannot be understood is built again, over it.
    let Ok(manifest) = serde_json::from_slice::<Manifest>(&bytes) else { return Ok(None) };
    let fields: Option<Vec<Field>> = manifest
        .columns
        .iter()
        .map(|(column, data_type)| Some(Field::new(column, parse_type(data_type)?, true)))
        .collect();
    let Some(fields) = fields else { return Ok(None) };
    for file in &manifest.files {
        if warehouse.bytes(&file.path).await? != Some(file.bytes) {
            return Ok(None);
        }
    }
    Ok(Some(BuiltTable {
        name: name.clone(),
        fingerprint: fingerprint.to_string(),
        schema: Arc::new(Schema::new(fields)),
        files: manifest.files,
        rows: Vec::new(),
        is_reused: true,
        milliseconds: 0,
    }))
}

/// Notes that a table is built; its files are written and synced before.
///
/// # Errors
/// When the store fails.
pub async fn note_built(warehouse: &Warehouse, table: &BuiltTable) -> Result<()> {
    let columns = table.schema.fields().iter().map(|field| (field.name().clone(), type_name(field.data_type())));
    let manifest = Manifest { columns: columns.collect(), files: table.files.clone() };
    let bytes = serde_json::to_vec(&manifest).context("a manifest is made of texts and numbers")?;
    warehouse.put(&manifest_path(&table.name, &table.fingerprint), bytes).await
}
