//! A plan's rows as Parquet files in the warehouse: plain types, nothing that only Arrow understands; zstd for what is
//! published and kept, Snappy for what the next model reads at once.

use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use arrow::compute::BatchCoalescer;
use arrow::datatypes::{Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::prelude::{DataFrame, SessionContext, ident};
use futures::StreamExt;
use object_store::buffered::BufWriter;
use parquet::arrow::AsyncArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use tokio::task::JoinSet;

use crate::engine::Engine;
use crate::engine::session::{FEW_ROWS, is_out_of_memory};
use crate::warehouse::Warehouse;

/// How many rows are written at once. How Parquet encodes a column depends on the batches it comes in, and how a query
/// cuts its batches on threads and time; cut anew, equal rows make equal bytes.
const ROWS_AT_ONCE: usize = 8192;

/// The files that a plan's rows were written to.
#[derive(Debug)]
pub struct Written {
    pub schema: SchemaRef,
    pub files: Vec<WrittenFile>,
    /// The rows themselves, where they are few and no mart: what reads them next need not open their files.
    pub rows: Vec<RecordBatch>,
}

#[derive(Debug)]
pub struct WrittenFile {
    /// Relative to the warehouse.
    pub path: String,
    pub rows: u64,
    pub bytes: u64,
}

/// Runs a plan and writes its rows below a folder of the warehouse.
///
/// With a key the rows go into one file, sorted by it, so that equal rows make equal bytes whatever the number of
/// threads; the file is there even without rows. Without a key each thread writes the rows it has.
/// A query whose hash join meets the memory limit runs once more with joins that spill.
///
/// # Errors
/// When the query or the warehouse fails.
pub async fn write(
    engine: &Engine,
    session: &SessionContext,
    plan: LogicalPlan,
    warehouse: &Warehouse,
    folder: &str,
    key: Option<&[&str]>,
) -> Result<Written> {
    let schema = all_nullable(plan.schema().inner());
    let plan = match key {
        Some([]) | None => plan,
        Some(key) => {
            LogicalPlanBuilder::from(plan).sort(key.iter().map(|column| ident(*column).sort(true, true)))?.build()?
        }
    };
    let attempt = write_once(session, plan.clone(), &schema, warehouse, folder, key.is_some()).await;
    let (files, rows) = match attempt {
        Err(error) if error.downcast_ref::<DataFusionError>().is_some_and(is_out_of_memory) => {
            write_once(&engine.spilling(session), plan, &schema, warehouse, folder, key.is_some()).await?
        }
        other => other?,
    };
    Ok(Written { schema, files, rows })
}

/// Whether the planner knows that a column has no NULL depends on what it was told of its inputs; files are the same
/// either way.
fn all_nullable(schema: &Schema) -> SchemaRef {
    let fields: Vec<Field> = schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true)).collect();
    Arc::new(Schema::new(fields))
}

async fn write_once(
    session: &SessionContext,
    plan: LogicalPlan,
    schema: &SchemaRef,
    warehouse: &Warehouse,
    folder: &str,
    in_one_file: bool,
) -> Result<(Vec<WrittenFile>, Vec<RecordBatch>)> {
    let query = DataFrame::new(session.state(), plan);
    let streams =
        if in_one_file { vec![query.execute_stream().await?] } else { query.execute_stream_partitioned().await? };
    let name = uuid::Uuid::now_v7();
    // Dropped half-way, the set stops its writers, and what they wrote is in no list.
    let mut writers = JoinSet::new();
    for (number, stream) in streams.into_iter().enumerate() {
        let path = format!("{folder}/{name}-{number}.parquet");
        writers.spawn(write_file(warehouse.clone(), path, Arc::clone(schema), stream, in_one_file));
    }
    let mut files = Vec::new();
    while let Some(written) = writers.join_next().await {
        files.extend(written.map_err(|error| anyhow!(error).context("a writer stopped"))??);
    }
    files.sort_by(|(one, _): &(WrittenFile, _), other| one.path.cmp(&other.0.path));
    let (files, rows): (Vec<WrittenFile>, Vec<Vec<RecordBatch>>) = files.into_iter().unzip();
    let are_few = files.iter().map(|file| file.rows).sum::<u64>() < FEW_ROWS as u64;
    Ok((files, if are_few { rows.into_iter().flatten().collect() } else { Vec::new() }))
}

async fn write_file(
    warehouse: Warehouse,
    path: String,
    schema: SchemaRef,
    mut stream: SendableRecordBatchStream,
    is_mart: bool,
) -> Result<Option<(WrittenFile, Vec<RecordBatch>)>> {
    let mut writer: Option<AsyncArrowWriter<BufWriter>> = None;
    let compression = if is_mart { Compression::ZSTD(ZstdLevel::default()) } else { Compression::SNAPPY };
    let mut rows = 0_u64;
    let mut kept = Vec::new();
    let mut batches = BatchCoalescer::new(stream.schema(), ROWS_AT_ONCE);
    let mut is_at_end = false;
    while !is_at_end {
        match stream.next().await.transpose()? {
            Some(batch) => {
                rows += u64::try_from(batch.num_rows()).context("rows are counted in 64 bits")?;
                batches.push_batch(batch)?;
            }
            None => {
                batches.finish_buffered_batch()?;
                is_at_end = true;
            }
        }
        while let Some(batch) = batches.next_completed_batch() {
            if writer.is_none() {
                writer = Some(open(&warehouse, &path, &schema, compression)?);
            }
            if let Some(writer) = &mut writer {
                let batch = RecordBatch::try_new(Arc::clone(&schema), batch.columns().to_vec())?;
                writer.write(&batch).await.with_context(|| format!("writing {path}"))?;
                if !is_mart && rows < FEW_ROWS as u64 {
                    kept.push(batch);
                }
            }
        }
    }
    let mut writer = match writer {
        Some(writer) => writer,
        None if is_mart => open(&warehouse, &path, &schema, compression)?,
        None => return Ok(None),
    };
    writer.finish().await.with_context(|| format!("writing {path}"))?;
    let bytes = u64::try_from(writer.bytes_written()).context("bytes are counted in 64 bits")?;
    Ok(Some((WrittenFile { path, rows, bytes }, kept)))
}

fn open(
    warehouse: &Warehouse,
    path: &str,
    schema: &SchemaRef,
    compression: Compression,
) -> Result<AsyncArrowWriter<BufWriter>> {
    let properties = WriterProperties::builder().set_compression(compression).build();
    // Arrow's own schema in the file would bring back what only Arrow knows, such as string views.
    let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
    let writer = AsyncArrowWriter::try_new_with_options(warehouse.writer(path), Arc::clone(schema), options);
    writer.with_context(|| format!("writing {path}"))
}
