//! Rows on their way to a client: no longer than they may take, no more than may be, and none after a cancel.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{ArrayRef, DictionaryArray, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;
use arrow_pg::datatypes::{arrow_schema_to_pg_fields, encode_recordbatch};
use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt};
use pgwire::api::portal::Format;
use pgwire::api::results::{FieldInfo, QueryResponse};
use pgwire::error::{PgWireError, PgWireResult};
use tokio::sync::watch;

use crate::serve::dialect::shown;
use crate::serve::refusal::{PROTOCOL, QUERY_CANCELED, TOO_MUCH, error, error_with_hint, of_engine};
use crate::serve::work::Work;

/// Batches of rows, held to the limits.
pub type Rows = BoxStream<'static, PgWireResult<RecordBatch>>;

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

/// The rows of a question within the bounds; it ends with the first error.
pub fn rows(work: Work, bounds: Bounds) -> Rows {
    let state = Some((work, bounds, 0_u64));
    stream::unfold(state, |state| async move {
        let (mut work, mut bounds, counted) = state?;
        let batch = match bounds.hold(work.next()).await {
            Err(error) => return Some((Err(error), None)),
            Ok(None) => return None,
            Ok(Some(Err(error))) => return Some((Err(of_engine(&error)), None)),
            Ok(Some(Ok(batch))) => batch,
        };
        let counted = counted + batch.num_rows() as u64;
        if counted > bounds.rows {
            let message =
                format!("the answer has more than {} rows, which is all that one statement may return", bounds.rows);
            return Some((Err(error_with_hint(TOO_MUCH, message, "aggregate, or add a limit")), None));
        }
        Some((Ok(batch), Some((work, bounds, counted))))
    })
    .boxed()
}

/// The answer to a question, in the formats that the client asked for.
pub fn response(
    schema: &Schema,
    format: &Format,
    rows: impl Stream<Item = PgWireResult<RecordBatch>> + Send + 'static,
) -> PgWireResult<QueryResponse> {
    let fields = Arc::new(fields(schema, format)?);
    let encode = Arc::clone(&fields);
    let lines = rows.flat_map(move |batch| match batch {
        Ok(batch) => {
            let rows = intervals_with_nulls(batch).map(|batch| encode_recordbatch(Arc::clone(&encode), batch));
            stream::iter(rows.map_or_else(|error| vec![Err(of_engine(&error.into()))], Iterator::collect))
        }
        Err(error) => stream::iter(vec![Err(error)]),
    });
    Ok(QueryResponse::new(fields, lines))
}

/// The same rows, of which those without an interval are known as such: the encoder would write one of no time for them,
/// but looks first where it finds a dictionary.
fn intervals_with_nulls(batch: RecordBatch) -> Result<RecordBatch, ArrowError> {
    let lacks = |column: &ArrayRef| matches!(column.data_type(), DataType::Interval(_)) && column.null_count() > 0;
    if !batch.columns().iter().any(lacks) {
        return Ok(batch);
    }
    let known = |(field, column): (&Arc<Field>, &ArrayRef)| -> Result<(Arc<Field>, ArrayRef), ArrowError> {
        if !lacks(column) {
            return Ok((Arc::clone(field), Arc::clone(column)));
        }
        let keys: Int64Array =
            (0..).zip(0..column.len()).map(|(key, row)| column.is_valid(row).then_some(key)).collect();
        let column: ArrayRef = Arc::new(DictionaryArray::try_new(keys, Arc::clone(column))?);
        Ok((Arc::new(Field::new(field.name(), column.data_type().clone(), true)), column))
    };
    let known = batch.schema_ref().fields().iter().zip(batch.columns()).map(known);
    let (fields, columns): (Vec<_>, Vec<_>) = known.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
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
        DataType::Decimal128(precision, scale) => Some(((i32::from(*precision) << 16) | i32::from(*scale)) + 4),
        _ => None,
    }
}
