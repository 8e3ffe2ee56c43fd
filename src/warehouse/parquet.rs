//! Rows -> Parquet, on any number of threads: each encodes whole row groups, which are then written in order. Plain
//! types, nothing that only Arrow understands.

use std::collections::HashSet;
use std::io::{self, Write};
use std::sync::{Arc, OnceLock};

use anyhow::{Context, Result};
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Decimal128Type, SchemaRef};
use arrow::record_batch::RecordBatch;
use bytes::Bytes;
use object_store::buffered::BufWriter;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, ArrowWriterOptions, compute_leaves};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::warehouse::Warehouse;

/// How much is handed to the store at a time.
const BLOCK_BYTES: usize = 1 << 20;

/// What a Parquet file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Kept for good and read by the models: small.
    Landed,
    /// Read by the next models and soon built anew: written fast.
    Intermediate,
    /// Read by everybody: nothing that an older reader might not know.
    Mart,
}

/// A Parquet file that is being written: the side that encodes and the side that stores.
///
/// # Errors
/// When a type of the schema is none of Parquet's.
pub fn file(schema: &SchemaRef, purpose: Purpose) -> Result<(Encoder, RowGroups, Receiver<Bytes>)> {
    let (sender, receiver) = channel(4);
    let outgoing = Outgoing { sender, block: Vec::new() };
    let (writer, looked_up) = started(outgoing, schema, packed(schema, purpose, true))?;
    let (plain, bare) = (OnceLock::new(), OnceLock::new());
    let encoder = Encoder { purpose, looked_up, plain, bare, schema: Arc::clone(schema) };
    Ok((encoder, RowGroups { writer, rows: 0 }, receiver))
}

/// Writes rows into a file outside of a warehouse as those of a mart are written.
///
/// # Errors
/// When a type of the schema is none of Parquet's.
pub fn writer<Out: Write + Send>(out: Out, schema: &SchemaRef) -> Result<ArrowWriter<Out>> {
    arrow_writer(out, schema, packed(schema, Purpose::Mart, true))
}

fn arrow_writer<Out: Write + Send>(
    out: Out,
    schema: &SchemaRef,
    properties: WriterProperties,
) -> Result<ArrowWriter<Out>> {
    // Arrow's own schema in the file would bring back what only Arrow knows, such as string views.
    let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
    ArrowWriter::try_new_with_options(out, Arc::clone(schema), options).context("starting a Parquet file")
}

fn started<Out: Write + Send>(
    out: Out,
    schema: &SchemaRef,
    properties: WriterProperties,
) -> Result<(SerializedFileWriter<Out>, ArrowRowGroupWriterFactory)> {
    arrow_writer(out, schema, properties)?.into_serialized_writer().context("starting a Parquet file")
}

/// Statistics take a third of the time of writing, and few rows of an intermediate can be passed over by them.
fn of_purpose(purpose: Purpose) -> WriterPropertiesBuilder {
    let properties = WriterProperties::builder().set_created_by("sopmart".into());
    match purpose {
        Purpose::Landed | Purpose::Mart => properties,
        Purpose::Intermediate => properties.set_statistics_enabled(EnabledStatistics::None),
    }
}

/// Level 1 of zstd, with dictionaries where they pay, is no larger than `DuckDB`'s default (`benches/RESULTS.md`).
/// Integers, dates and times are packed as deltas: smaller, and cheaper than looking each of them up in a dictionary.
fn packed(schema: &SchemaRef, purpose: Purpose, dictionary: bool) -> WriterProperties {
    let compression = match purpose {
        Purpose::Landed | Purpose::Mart => Compression::ZSTD(ZstdLevel::try_new(1).expect("1 is a level of zstd")),
        Purpose::Intermediate => Compression::SNAPPY,
    };
    let mut properties = of_purpose(purpose).set_compression(compression).set_dictionary_enabled(dictionary);
    if purpose == Purpose::Mart {
        return properties.build();
    }
    for field in schema.fields().iter().filter(|field| packs_as_deltas(field.data_type())) {
        let column = ColumnPath::from(field.name().as_str());
        properties = properties
            .set_column_dictionary_enabled(column.clone(), false)
            .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
    }
    properties.build()
}

fn packs_as_deltas(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Int16 | DataType::Int32 | DataType::Int64 | DataType::Date32 | DataType::Timestamp(..)
    )
}

/// Turns rows into encoded columns; any thread may. A column chunk gets a dictionary where its values repeat: there it
/// is much smaller, elsewhere it is the most expensive part of writing, and thrown away in the end.
pub struct Encoder {
    purpose: Purpose,
    looked_up: ArrowRowGroupWriterFactory,
    /// Without dictionaries; of a mart no column does without.
    plain: OnceLock<ArrowRowGroupWriterFactory>,
    /// Without dictionaries and compression: for few rows, to begin with either takes longer than all else.
    bare: OnceLock<ArrowRowGroupWriterFactory>,
    schema: SchemaRef,
}

/// Up to how many rows a row group is written bare.
const FEW_ROWS: usize = 1000;

/// How many values of a column are looked at to see whether they repeat.
const SAMPLED: usize = 1024;

fn repeats(array: &ArrayRef) -> bool {
    let step = (array.len() / SAMPLED).max(1);
    let rows = (0..array.len()).step_by(step);
    let sampled = rows.len();
    let distinct = match array.data_type() {
        DataType::Utf8 => {
            let texts = array.as_string::<i32>();
            rows.map(|row| texts.value(row)).collect::<HashSet<_>>().len()
        }
        DataType::Decimal128(..) => {
            let decimals = array.as_primitive::<Decimal128Type>();
            rows.map(|row| decimals.value(row)).collect::<HashSet<_>>().len()
        }
        _ => return false,
    };
    distinct * 2 < sampled
}

/// One row group, encoded.
pub struct RowGroup {
    columns: Vec<ArrowColumnChunk>,
    rows: u64,
}

impl Encoder {
    fn plain(&self) -> Result<&ArrowRowGroupWriterFactory> {
        self.made_once(&self.plain, || packed(&self.schema, self.purpose, false))
    }

    fn bare(&self) -> Result<&ArrowRowGroupWriterFactory> {
        self.made_once(&self.bare, || of_purpose(self.purpose).set_dictionary_enabled(false).build())
    }

    fn made_once<'f>(
        &self,
        factory: &'f OnceLock<ArrowRowGroupWriterFactory>,
        properties: impl FnOnce() -> WriterProperties,
    ) -> Result<&'f ArrowRowGroupWriterFactory> {
        if let Some(made) = factory.get() {
            return Ok(made);
        }
        let (_, made) = started(io::sink(), &self.schema, properties())?;
        Ok(factory.get_or_init(|| made))
    }

    /// One row group of a batch.
    ///
    /// # Errors
    /// When the batch is not of the file's schema.
    pub fn encode(&self, batch: &RecordBatch) -> Result<RowGroup> {
        let rows = batch.num_rows() as u64;
        if rows == 0 {
            return Ok(RowGroup { columns: Vec::new(), rows });
        }
        // The index of the row group matters to encryption alone, which is not used here.
        let started =
            |factory: &ArrowRowGroupWriterFactory| factory.create_column_writers(0).context("encoding Parquet");
        let are_few = batch.num_rows() <= FEW_ROWS;
        let mut writers = started(if are_few { self.bare()? } else { &self.looked_up })?;
        if !are_few && self.purpose != Purpose::Mart {
            let plain = started(self.plain()?)?;
            for ((writer, plain), array) in writers.iter_mut().zip(plain).zip(batch.columns()) {
                if !repeats(array) {
                    *writer = plain;
                }
            }
        }
        let mut columns = Vec::with_capacity(writers.len());
        for ((mut writer, array), field) in writers.into_iter().zip(batch.columns()).zip(self.schema.fields()) {
            for leaf in compute_leaves(field, array).context("encoding Parquet")? {
                writer.write(&leaf).context("encoding Parquet")?;
            }
            columns.push(writer.close().context("encoding Parquet")?);
        }
        Ok(RowGroup { columns, rows })
    }
}

/// Takes row groups in their order.
pub struct RowGroups {
    writer: SerializedFileWriter<Outgoing>,
    rows: u64,
}

impl RowGroups {
    /// Writes the next row group. It waits for the store, and so belongs on a thread that may.
    ///
    /// # Errors
    /// When the store has stopped taking bytes.
    pub fn write(&mut self, group: RowGroup) -> Result<()> {
        if group.rows == 0 {
            return Ok(());
        }
        self.rows += group.rows;
        let mut writer = self.writer.next_row_group().context("writing Parquet")?;
        for column in group.columns {
            column.append_to_row_group(&mut writer).context("writing Parquet")?;
        }
        writer.close().context("writing Parquet")?;
        Ok(())
    }

    /// Ends the file; returns its rows. A file that nobody ends is never handed to the store.
    ///
    /// # Errors
    /// When the store has stopped taking bytes.
    pub fn finish(self) -> Result<u64> {
        let mut outgoing = self.writer.into_inner().context("ending a Parquet file")?;
        outgoing.flush().context("ending a Parquet file")?;
        outgoing.send().context("ending a Parquet file")?;
        Ok(self.rows)
    }
}

/// Hands written bytes to the task that stores them.
struct Outgoing {
    sender: Sender<Bytes>,
    block: Vec<u8>,
}

impl Outgoing {
    fn send(&mut self) -> io::Result<()> {
        let block = std::mem::take(&mut self.block);
        // The storing task goes away only when it has failed; its own error is the one that is told.
        self.sender
            .blocking_send(Bytes::from(block))
            .map_err(|_| io::Error::new(io::ErrorKind::BrokenPipe, "the store has stopped taking bytes"))
    }
}

impl Write for Outgoing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.block.extend_from_slice(bytes);
        if self.block.len() >= BLOCK_BYTES {
            self.send()?;
        }
        Ok(bytes.len())
    }

    /// Blocks are sent when they are full; a flush in the middle of a file would only make them small.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A file that has been handed over whole but is not there yet.
pub struct Stored {
    writer: BufWriter,
    path: String,
    bytes: u64,
}

/// Streams the blocks into the store. The file comes into being with `complete` alone.
///
/// # Errors
/// When the store fails; nothing is left behind then.
pub async fn store(warehouse: &Warehouse, path: &str, mut blocks: Receiver<Bytes>) -> Result<Stored> {
    let mut stored = Stored { writer: warehouse.writer(path), path: path.to_string(), bytes: 0 };
    while let Some(block) = blocks.recv().await {
        stored.bytes += block.len() as u64;
        if let Err(error) = stored.writer.put(block).await {
            stored.abandon().await;
            return Err(error).with_context(|| format!("writing {path}"));
        }
    }
    Ok(stored)
}

impl Stored {
    /// Makes the file appear; returns its bytes. Of a file that nothing was written to nothing appears.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn complete(mut self) -> Result<u64> {
        if self.bytes == 0 {
            return Ok(0);
        }
        // A shutdown that fails has given the upload up by itself, and a second time would be one too many.
        self.writer.shutdown().await.with_context(|| format!("writing {}", self.path))?;
        Ok(self.bytes)
    }

    /// Leaves nothing behind.
    pub async fn abandon(&mut self) {
        // What could not be removed goes when the file is written the next time.
        drop(self.writer.abort().await);
    }
}
