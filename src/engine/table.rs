//! Tables for sessions: Parquet files of the warehouse under an exact schema, and rows in memory.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::config::TableParquetOptions;
use datafusion::common::stats::Precision;
use datafusion::common::{ScalarValue, Statistics};
use datafusion::datasource::MemTable;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;

use crate::contract::{Contract, UTC, parse_type};
use crate::model::{SettingsTable, TableName};
use crate::warehouse::BuiltTable;
use crate::warehouse::publish_log::Entry;

/// What a session sees, by name.
#[derive(Debug, Clone, Default)]
pub struct Tables(BTreeMap<TableName, Arc<dyn TableProvider>>);

impl Tables {
    pub fn add(&mut self, name: &TableName, table: Arc<dyn TableProvider>) {
        self.0.insert(name.clone(), table);
    }

    /// How many rows there are in all of them.
    pub fn rows(&self) -> usize {
        self.0.values().map(|table| rows_of(table.as_ref())).sum()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&TableName, &Arc<dyn TableProvider>)> {
        self.0.iter()
    }
}

/// Of files and of rows in memory, which are what tables are made of.
fn rows_of(table: &dyn TableProvider) -> usize {
    let in_files = |statistics: Statistics| statistics.num_rows.get_value().copied();
    let Some(in_memory) = (table as &dyn Any).downcast_ref::<MemTable>() else {
        return table.statistics().and_then(in_files).unwrap_or(0);
    };
    let batches = in_memory.batches.iter().filter_map(|partition| partition.try_read().ok());
    batches.map(|batches| batches.iter().map(RecordBatch::num_rows).sum::<usize>()).sum()
}

/// One Parquet file of the warehouse.
#[derive(Debug, Clone)]
pub struct DataFile {
    /// Relative to the warehouse.
    pub path: String,
    pub rows: u64,
    pub bytes: u64,
    /// The values of the table's constant columns for all rows of this file.
    pub constants: Vec<ScalarValue>,
}

/// A table over an explicit list of files; nothing is listed and no type is guessed.
#[derive(Debug)]
struct FilesTable {
    schema: TableSchema,
    files: Vec<DataFile>,
}

/// A table over files of one schema, followed by columns that are constant in each file.
pub fn files_table(file_schema: &SchemaRef, constants: Vec<FieldRef>, files: Vec<DataFile>) -> Arc<dyn TableProvider> {
    let schema = TableSchema::builder(Arc::clone(file_schema)).with_table_partition_cols(constants).build();
    Arc::new(FilesTable { schema, files })
}

#[async_trait]
impl TableProvider for FilesTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(self.schema.table_schema())
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> datafusion::error::Result<Vec<TableProviderFilterPushDown>> {
        // Row groups are skipped by their statistics; the filter itself stays above the scan.
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> datafusion::error::Result<Arc<dyn ExecutionPlan>> {
        if self.files.is_empty() {
            let schema = match projection {
                Some(columns) => Arc::new(self.schema().project(columns)?),
                None => self.schema(),
            };
            return Ok(Arc::new(EmptyExec::new(schema)));
        }
        let options = session.config_options().execution.parquet.clone();
        let url = ObjectStoreUrl::parse("warehouse://here")?;
        // What a file says of itself is read once: a mart is read by many models and checks.
        let runtime = session.runtime_env();
        let footers = runtime.cache_manager.get_file_metadata_cache();
        let reader = CachedParquetFileReaderFactory::new(runtime.object_store(&url)?, footers);
        let source = ParquetSource::new(self.schema.clone())
            .with_table_parquet_options(TableParquetOptions { global: options, ..Default::default() })
            .with_parquet_file_reader_factory(Arc::new(reader));
        let scan = FileScanConfigBuilder::new(url, Arc::new(source))
            .with_file_groups(self.groups(session.config().target_partitions()))
            .with_statistics(self.statistics())
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(scan))
    }

    fn statistics(&self) -> Option<Statistics> {
        Some(FilesTable::statistics(self))
    }
}

impl FilesTable {
    /// The files in as many groups as there are threads; the engine splits large files further by itself.
    fn groups(&self, count: usize) -> Vec<FileGroup> {
        let files = self.files.iter().map(|file| {
            PartitionedFile::new(file.path.clone(), file.bytes).with_partition_values(file.constants.clone())
        });
        FileGroup::new(files.collect()).split_files(count.max(1))
    }

    fn statistics(&self) -> Statistics {
        let rows: u64 = self.files.iter().map(|file| file.rows).sum();
        let rows = usize::try_from(rows).map_or(Precision::Absent, Precision::Exact);
        Statistics { num_rows: rows, ..Statistics::new_unknown(&self.schema()) }
    }
}

/// A table over what a model was built as.
///
/// # Errors
/// Never for rows of one schema.
pub fn built_table(table: &BuiltTable) -> Result<Arc<dyn TableProvider>> {
    if !table.rows.is_empty() {
        return batches_table(table.rows.clone());
    }
    let files = table.files.iter().map(|file| DataFile {
        path: file.path.clone(),
        rows: file.rows,
        bytes: file.bytes,
        constants: Vec::new(),
    });
    Ok(files_table(&table.schema, Vec::new(), files.collect()))
}

/// The marts of an entry of the publish log.
///
/// # Errors
/// When the entry names a type that is none.
pub fn published_tables(entry: &Entry) -> Result<Tables> {
    let mut tables = Tables::default();
    for (name, mart) in &entry.marts {
        let fields = mart.schema.iter().map(|column| {
            let data_type = parse_type(&column.type_name);
            Ok(Field::new(
                &column.name,
                data_type.with_context(|| format!("marts.{name}: unknown type {}", column.type_name))?,
                true,
            ))
        });
        let schema = Arc::new(Schema::new(fields.collect::<Result<Vec<_>>>()?));
        let files = mart.files.iter().map(|file| DataFile {
            path: file.path.clone(),
            rows: file.rows,
            bytes: file.bytes,
            constants: Vec::new(),
        });
        tables.add(&TableName::new("marts", name), files_table(&schema, Vec::new(), files.collect()));
    }
    Ok(tables)
}

/// A landed extract as SQL sees it: the contract's columns, the physical line, and what its load says.
pub fn landed_schema(contract: &Contract) -> SchemaRef {
    let mut fields: Vec<FieldRef> = contract.schema().fields().iter().cloned().collect();
    fields.push(Arc::new(Field::new("_source_row", DataType::Int64, true)));
    fields.extend(load_fields());
    Arc::new(Schema::new(fields))
}

/// What a load says of its rows: `_known_at`, `_source_file`, `_batch_id`.
pub fn load_fields() -> Vec<FieldRef> {
    vec![
        Arc::new(Field::new("_known_at", DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.into())), true)),
        Arc::new(Field::new("_source_file", DataType::Utf8, true)),
        Arc::new(Field::new("_batch_id", DataType::Utf8, true)),
    ]
}

/// A table without rows.
pub fn empty_table(schema: &SchemaRef) -> Arc<dyn TableProvider> {
    files_table(schema, Vec::new(), Vec::new())
}

/// The rows of a settings table.
///
/// # Errors
/// Never for rows of one schema.
pub fn rows_table(table: &SettingsTable) -> Result<Arc<dyn TableProvider>> {
    batches_table(vec![table.rows.clone()])
}

/// Rows in memory; at least one batch, which may be empty.
///
/// # Errors
/// When the batches are of different schemas.
pub fn batches_table(batches: Vec<RecordBatch>) -> Result<Arc<dyn TableProvider>> {
    let schema = batches.first().map(RecordBatch::schema).context("a table has a schema")?;
    Ok(Arc::new(MemTable::try_new(schema, vec![batches])?))
}
