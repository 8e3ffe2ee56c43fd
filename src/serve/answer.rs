//! Rows on their way to a client: no longer than they may take, no more than may be, and none after a cancel.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{Array, ArrayRef, DictionaryArray, Int64Array, RecordBatch, RecordBatchOptions};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow_pg::datatypes::{arrow_schema_to_pg_fields, encode_recordbatch, into_pg_type};
use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt};
use pgwire::api::portal::Format;
use pgwire::api::results::{FieldInfo, QueryResponse};
use pgwire::error::{PgWireError, PgWireResult};
use tokio::sync::watch;

use crate::serve::dialect::shown;
use crate::serve::refusal::{INTERNAL, PROTOCOL, QUERY_CANCELED, TOO_MUCH, error, error_with_hint, of_engine};
use crate::serve::work::Work;

/// What ends a statement before its time.
#[derive(Clone)]
pub struct Bounds {
    /// How long it may work; the time in which the client reads does not count.
    pub time: Duration,
    pub rows: u64,
    /// Changes when the client cancels.
    pub canceled: watch::Receiver<u64>,
}

impl Bounds {
    /// Waits for something that a cancel or the end of the time ends, and says how much time is left.
    pub async fn hold<T>(&mut self, work: impl Future<Output = T>) -> PgWireResult<T> {
        let started = Instant::now();
        tokio::select! {
            done = work => {
                self.time = self.time.saturating_sub(started.elapsed());
                Ok(done)
            }
            () = canceled(&mut self.canceled) => Err(PgWireError::QueryCanceled),
            () = tokio::time::sleep(self.time) => {
                let hint = "ask for less, or set statement_timeout as far as the server allows";
                Err(error_with_hint(QUERY_CANCELED, "canceling statement due to statement timeout", hint))
            }
        }
    }
}

async fn canceled(changes: &mut watch::Receiver<u64>) {
    if changes.changed().await.is_err() {
        // Whoever could cancel is gone, and so is the connection in a moment.
        std::future::pending::<()>().await;
    }
}

/// The rows of a question within the bounds; they end with the first error.
pub struct Rows {
    work: Option<Work>,
    bounds: Bounds,
    counted: u64,
}

impl Rows {
    pub fn of(work: Work, bounds: Bounds) -> Rows {
        Rows { work: Some(work), bounds, counted: 0 }
    }

    /// All that are left; none are here from now on.
    pub fn take(&mut self) -> Rows {
        Rows { work: self.work.take(), bounds: self.bounds.clone(), counted: self.counted }
    }

    /// What is asked for from now on has time of its own, and no cancel that came before is about it.
    pub fn hold_to(&mut self, bounds: Bounds) {
        self.bounds = bounds;
    }

    /// The next rows; None when there are no more.
    pub async fn next(&mut self) -> Option<PgWireResult<RecordBatch>> {
        let next = self.bounds.hold(self.work.as_mut()?.next()).await;
        let batch = match next {
            Ok(None) => Ok(None),
            Ok(Some(Ok(batch))) => self.counted(batch).map(Some),
            Ok(Some(Err(error))) => Err(of_engine(&error)),
            Err(error) => Err(error),
        };
        if !matches!(batch, Ok(Some(_))) {
            self.work = None;
        }
        batch.transpose()
    }

    fn counted(&mut self, batch: RecordBatch) -> PgWireResult<RecordBatch> {
        self.counted += batch.num_rows() as u64;
        let most = self.bounds.rows;
        if self.counted > most {
            let message = format!("the answer has more than {most} rows, which is all that one statement may return");
            return Err(error_with_hint(TOO_MUCH, message, "aggregate, or add a limit"));
        }
        Ok(batch)
    }

    pub fn into_stream(self) -> BoxStream<'static, PgWireResult<RecordBatch>> {
        stream::unfold(self, |mut rows| async move { Some((rows.next().await?, rows)) }).boxed()
    }
}

/// The answer to a question, in the formats that the client asked for.
pub fn response(
    schema: &SchemaRef,
    format: &Format,
    rows: impl Stream<Item = PgWireResult<RecordBatch>> + Send + 'static,
) -> PgWireResult<QueryResponse> {
    let fields = Arc::new(fields(schema, format)?);
    let (encode, said) = (Arc::clone(&fields), Arc::clone(schema));
    let lines = rows.flat_map(move |batch| {
        let lines = batch.and_then(|batch| {
            let batch = as_said(&batch, &said)?;
            let mut lines = Vec::with_capacity(batch.num_rows());
            for line in encode_recordbatch(Arc::clone(&encode), batch) {
                let has_failed = line.is_err();
                lines.push(line);
                // The encoder would give the same error for ever.
                if has_failed {
                    break;
                }
            }
            Ok(lines)
        });
        stream::iter(lines.unwrap_or_else(|error| vec![Err(error)]))
    });
    Ok(QueryResponse::new(fields, lines))
}

/// Rows as the encoder knows them: it would write an interval of no time where there is none, but looks first where it
/// finds a dictionary; and it knows no digits before the point that are not there.
///
/// # Errors
/// When they are not of the types that the client was told.
fn as_said(batch: &RecordBatch, said: &Schema) -> PgWireResult<RecordBatch> {
    let (mut fields, mut columns) = (Vec::new(), Vec::new());
    for (said, column) in said.fields().iter().zip(batch.columns()) {
        let (told, found) = (said.data_type(), column.data_type());
        if told != found && into_pg_type(told)? != into_pg_type(found)? {
            let message = format!("column \"{}\" came as {found}, and was said to be {told}", shown(said.name()));
            return Err(error_with_hint(INTERNAL, message, "cast it in the statement"));
        }
        let column = match found {
            DataType::Interval(_) if column.null_count() > 0 => {
                let key = |row: usize| column.is_valid(row).then(|| i64::try_from(row).ok()).flatten();
                let keys: Int64Array = (0..column.len()).map(key).collect();
                DictionaryArray::try_new(keys, Arc::clone(column)).map(|column| Arc::new(column) as ArrayRef)
            }
            DataType::Decimal128(_, scale) if *scale < 0 => cast(column, &DataType::Decimal128(38, 0)),
            _ => Ok(Arc::clone(column)),
        };
        let column = column.map_err(|error| of_engine(&error.into()))?;
        fields.push(Field::new(said.name(), column.data_type().clone(), true));
        columns.push(column);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    let batch = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options);
    batch.map_err(|error| of_engine(&error.into()))
}

/// The columns as clients know them; of a decimal with its digits.
pub fn fields(schema: &Schema, format: &Format) -> PgWireResult<Vec<FieldInfo>> {
    if let Format::Individual(codes) = format
        && codes.len() != schema.fields().len()
    {
        let (codes, columns) = (codes.len(), schema.fields().len());
        let message = format!("bind message has {codes} result formats but query has {columns} columns");
        return Err(error(PROTOCOL, message));
    }
    let fields = arrow_schema_to_pg_fields(schema, format, None)?;
    let as_known = |(field, column): (FieldInfo, &Arc<Field>)| {
        let name = shown(column.name()).to_string();
        let field = FieldInfo::new(name, None, None, field.datatype().clone(), field.format());
        match type_modifier(column.data_type()) {
            Some(modifier) => field.with_type_modifier(modifier),
            None => field,
        }
    };
    Ok(fields.into_iter().zip(schema.fields()).map(as_known).collect())
}

/// How PostgreSQL writes precision and scale of a `numeric` (`make_numeric_typmod` in its source).
pub fn type_modifier(data_type: &DataType) -> Option<i32> {
    match data_type {
        DataType::Decimal128(precision, scale) if *scale >= 0 => {
            Some(((i32::from(*precision) << 16) | i32::from(*scale)) + 4)
        }
        _ => None,
    }
}
