//! A plan's rows as Parquet files in the warehouse.

use std::pin::pin;
use std::sync::Arc;

use anyhow::{Result, anyhow};
use arrow::array::{Array, UInt32Array};
use arrow::compute::{concat_batches, take_record_batch};
use arrow::datatypes::{Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::{execute_stream, execute_stream_partitioned};
use datafusion::prelude::{SessionContext, ident};
use futures::{Stream, StreamExt, TryStreamExt, stream};
use tokio::task::JoinSet;

use crate::engine::Engine;
use crate::engine::session::is_out_of_memory;
use crate::warehouse::Warehouse;
use crate::warehouse::parquet::{self, Encoder, Purpose, RowGroups};

/// How many rows make a row group. How a query cuts its batches depends on threads and time; cut anew, equal rows make
/// equal bytes.
const ROWS_AT_ONCE: usize = 1 << 16;

/// Up to how many bytes of a table are handed on in memory. Tables are kept until the last model of a run is built.
const KEPT_BYTES: usize = 32 << 20;

/// Up to how many bytes the rows of a table need no file.
const FEW_BYTES: usize = 1 << 20;

/// In how many rows at once what is handed on is taken up, so that several threads have some.
const ROWS_TAKEN_UP: usize = 8192;

/// The files that a plan's rows were written to.
#[derive(Debug)]
pub struct Written {
    pub schema: SchemaRef,
    pub files: Vec<WrittenFile>,
    /// The rows themselves: where they are few and no mart's, they are in no file; where they are small, what is built of
    /// them next need not open the files.
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
    let attempt = write_once(engine, session, plan.clone(), &schema, warehouse, folder, key.is_some()).await;
    let (files, rows) = match attempt {
        Err(error) if error.downcast_ref::<DataFusionError>().is_some_and(is_out_of_memory) => {
            write_once(engine, &engine.spilling(session), plan, &schema, warehouse, folder, key.is_some()).await?
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
    engine: &Engine,
    session: &SessionContext,
    plan: LogicalPlan,
    schema: &SchemaRef,
    warehouse: &Warehouse,
    folder: &str,
    in_one_file: bool,
) -> Result<(Vec<WrittenFile>, Vec<RecordBatch>)> {
    let state = session.state();
    let in_one_stream = in_one_file || state.config().target_partitions() == 1;
    let plan = state.create_physical_plan(&plan).await?;
    let streams = if in_one_stream {
        vec![execute_stream(plan, state.task_ctx())?]
    } else {
        execute_stream_partitioned(plan, state.task_ctx())?
    };
    let name = uuid::Uuid::now_v7();
    let writer = Writer {
        warehouse: warehouse.clone(),
        schema: Arc::clone(schema),
        purpose: if in_one_file { Purpose::Mart } else { Purpose::Intermediate },
        threads: engine.threads().div_ceil(streams.len().max(1)),
        kept_bytes: KEPT_BYTES / streams.len().max(1),
    };
    // Dropped half-way, the set stops its writers, and what they wrote is in no list.
    let mut writers = JoinSet::new();
    for (number, stream) in streams.into_iter().enumerate() {
        let (writer, path) = (writer.clone(), format!("{folder}/{name}-{number}.parquet"));
        writers.spawn(async move { anyhow::Ok((writer.few_or_file(&path, stream).await?, path)) });
    }
    let (mut few, mut files) = (Vec::new(), Vec::new());
    while let Some(written) = writers.join_next().await {
        match written.map_err(|error| anyhow!(error).context("a writer stopped"))?? {
            (Rows::Few(rows), path) => few.extend(rows.map(|rows| (path, rows))),
            (Rows::InFile(file, kept), _) => files.push((file, kept)),
        }
    }
    let few_bytes = few.iter().map(|(_, rows)| bytes_of(rows)).sum::<Result<usize>>()?;
    if files.is_empty() && few_bytes <= FEW_BYTES {
        few.sort_by(|(one, _), (other, _)| one.cmp(other));
        return Ok((Vec::new(), few.into_iter().map(|(_, rows)| rows).collect()));
    }
    for (path, rows) in few {
        files.push(writer.file(path, stream::iter([Ok(rows)])).await?);
    }
    files.sort_by(|(one, _): &(WrittenFile, _), other| one.path.cmp(&other.0.path));
    let (files, kept): (Vec<WrittenFile>, Vec<Option<Kept>>) = files.into_iter().unzip();
    let kept: Option<Vec<Kept>> = kept.into_iter().collect();
    let kept = kept.filter(|kept| engine.may_keep(kept.iter().map(|kept| kept.bytes).sum()));
    Ok((files, kept.into_iter().flatten().flat_map(|kept| kept.rows).collect()))
}

/// The rows of a file as they are handed on in memory.
#[derive(Debug, Default)]
struct Kept {
    rows: Vec<RecordBatch>,
    bytes: usize,
}

/// What became of the rows of one stream.
enum Rows {
    /// They are in no file; there may be none.
    Few(Option<RecordBatch>),
    InFile(WrittenFile, Option<Kept>),
}

/// What writes a table, and what each of its files may use.
#[derive(Debug, Clone)]
struct Writer {
    warehouse: Warehouse,
    schema: SchemaRef,
    purpose: Purpose,
    threads: usize,
    kept_bytes: usize,
}

impl Writer {
    /// The rows of one stream: a few as they are, others as a file; a mart's in a file always.
    async fn few_or_file(&self, path: &str, stream: SendableRecordBatchStream) -> Result<Rows> {
        let mut batches = Box::pin(cut(stream, Arc::clone(&self.schema)));
        let mut first = Vec::new();
        if self.purpose != Purpose::Mart {
            first.extend(batches.try_next().await?);
            let are_few = match first.last() {
                Some(rows) => rows.num_rows() < ROWS_AT_ONCE && bytes_of(rows)? <= FEW_BYTES,
                None => true,
            };
            // Only the last batch of a stream is cut short.
            if are_few {
                return Ok(Rows::Few(first.pop().map(|rows| copied(&rows)).transpose()?));
            }
        }
        let (file, kept) = self.file(path.to_string(), stream::iter(first).map(Ok).chain(batches)).await?;
        Ok(Rows::InFile(file, kept))
    }

    /// Batches as one file, and as they are where they are not too large.
    async fn file(
        &self,
        path: String,
        batches: impl Stream<Item = Result<RecordBatch>>,
    ) -> Result<(WrittenFile, Option<Kept>)> {
        let (encoder, groups, blocks) = parquet::file(&self.schema, self.purpose)?;
        let (stored, encoded) =
            tokio::join!(parquet::store(&self.warehouse, &path, blocks), self.encode(batches, (encoder, groups)));
        // A store that fails also makes the encoder fail; its own words are the ones that help.
        let mut stored = stored?;
        match encoded {
            Ok((rows, kept)) => Ok((WrittenFile { bytes: stored.complete().await?, path, rows }, kept)),
            Err(error) => {
                stored.abandon().await;
                Err(error)
            }
        }
    }

    /// Encodes batches as row groups on several threads, and hands them on in their order; returns how many rows there
    /// were, and the rows themselves where they are not too large.
    async fn encode(
        &self,
        batches: impl Stream<Item = Result<RecordBatch>>,
        (encoder, mut groups): (Encoder, RowGroups),
    ) -> Result<(u64, Option<Kept>)> {
        let encoder = Arc::new(encoder);
        let encoded = batches.map(|batch| {
            let encoder = Arc::clone(&encoder);
            async move {
                let batch = batch?;
                in_background(move || Ok((encoder.encode(&batch)?, batch))).await
            }
        });
        let mut encoded = pin!(encoded.buffered(self.threads));
        let (mut rows, mut kept) = (0, Some(Kept::default()));
        while let Some((group, batch)) = encoded.try_next().await? {
            rows += batch.num_rows() as u64;
            let bytes = batch.get_array_memory_size();
            kept = kept.filter(|kept| kept.bytes + bytes <= self.kept_bytes);
            if let Some(kept) = &mut kept {
                kept.bytes += bytes;
                let starts = (0..batch.num_rows()).step_by(ROWS_TAKEN_UP);
                kept.rows.extend(starts.map(|start| batch.slice(start, ROWS_TAKEN_UP.min(batch.num_rows() - start))));
            }
            groups = in_background(move || groups.write(group).map(|()| groups)).await?;
        }
        in_background(move || groups.finish()).await?;
        Ok((rows, kept))
    }
}

fn bytes_of(rows: &RecordBatch) -> Result<usize> {
    let columns = rows.columns().iter().map(|column| column.to_data().get_slice_memory_size());
    Ok(columns.sum::<Result<usize, ArrowError>>()?)
}

/// Rows that hold on to no larger array of which they are a part.
fn copied(rows: &RecordBatch) -> Result<RecordBatch> {
    let all = UInt32Array::from_iter_values((0..).take(rows.num_rows()));
    Ok(take_record_batch(rows, &all)?)
}

/// The rows of a stream in batches of one size, under the schema of the file. A batch takes no more memory than its rows.
fn cut(stream: SendableRecordBatchStream, schema: SchemaRef) -> impl Stream<Item = Result<RecordBatch>> {
    let as_queried = stream.schema();
    let from = (stream.fuse(), Vec::<RecordBatch>::new(), as_queried, schema);
    stream::try_unfold(from, |(mut stream, mut gathered, as_queried, schema)| async move {
        let mut rows = gathered.iter().map(RecordBatch::num_rows).sum::<usize>();
        while rows < ROWS_AT_ONCE
            && let Some(batch) = stream.next().await.transpose()?
        {
            rows += batch.num_rows();
            gathered.push(batch);
        }
        if rows == 0 {
            return Ok(None);
        }
        let whole = concat_batches(&as_queried, &gathered)?;
        let cut = whole.slice(0, ROWS_AT_ONCE.min(rows));
        gathered.clear();
        gathered.push(whole.slice(cut.num_rows(), rows - cut.num_rows()));
        let batch = RecordBatch::try_new(Arc::clone(&schema), cut.columns().to_vec())?;
        Ok(Some((batch, (stream, gathered, as_queried, schema))))
    })
}

async fn in_background<Value: Send + 'static>(work: impl FnOnce() -> Result<Value> + Send + 'static) -> Result<Value> {
    tokio::task::spawn_blocking(work).await.map_err(|error| anyhow!(error).context("encoding in the background"))?
}
