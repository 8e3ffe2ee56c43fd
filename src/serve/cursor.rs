//! The cursors of one connection: a question whose rows are taken a few at a time.

use std::collections::HashMap;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use pgwire::error::PgWireResult;
use tokio::sync::Mutex;

use crate::serve::answer::{Bounds, Rows};
use crate::serve::refusal::{TAKEN_CURSOR, TOO_MUCH, UNKNOWN_CURSOR, error, error_with_hint};

/// By their names.
#[derive(Default)]
pub struct Cursors(Mutex<HashMap<String, Cursor>>);

struct Cursor {
    schema: SchemaRef,
    rows: Rows,
    /// What was read and not taken yet.
    left: Option<RecordBatch>,
}

/// How many bytes of rows one fetch of a number of them collects.
const MOST_HELD: usize = 256 << 20;

impl Cursors {
    /// # Errors
    /// When there is one of that name.
    pub async fn declare(&self, name: &str, schema: SchemaRef, rows: Rows) -> PgWireResult<()> {
        let mut cursors = self.0.lock().await;
        if cursors.contains_key(name) {
            return Err(error(TAKEN_CURSOR, format!("cursor \"{name}\" already exists")));
        }
        cursors.insert(name.to_string(), Cursor { schema, rows, left: None });
        Ok(())
    }

    /// The columns of a cursor's rows.
    ///
    /// # Errors
    /// When there is none of that name.
    pub async fn schema(&self, name: &str) -> PgWireResult<SchemaRef> {
        let cursors = self.0.lock().await;
        cursors.get(name).map(|cursor| cursor.schema.clone()).ok_or_else(|| unknown(name))
    }

    pub async fn names(&self) -> Vec<String> {
        self.0.lock().await.keys().cloned().collect()
    }

    /// The next rows, as many as are asked for and there are; all of them as they come.
    ///
    /// # Errors
    /// When there is none of that name, they are more than may be held at once, or the question fails; the cursor is
    /// gone then.
    pub async fn fetch(
        &self,
        name: &str,
        rows: Option<usize>,
        bounds: Bounds,
    ) -> PgWireResult<BoxStream<'static, PgWireResult<RecordBatch>>> {
        let mut cursors = self.0.lock().await;
        let cursor = cursors.get_mut(name).ok_or_else(|| unknown(name))?;
        cursor.rows.hold_to(bounds);
        let Some(mut wanted) = rows else {
            let all = cursor.rows.take().into_stream();
            return Ok(stream::iter(cursor.left.take().map(Ok)).chain(all).boxed());
        };
        let (mut taken, mut held) = (Vec::new(), 0);
        while wanted > 0 {
            let batch = match cursor.left.take() {
                Some(batch) => batch,
                None => match cursor.rows.next().await {
                    None => break,
                    Some(Ok(batch)) => {
                        held += batch.get_array_memory_size();
                        if held > MOST_HELD {
                            cursors.remove(name);
                            let message = format!("{wanted} rows more do not fit into what one fetch may hold");
                            return Err(error_with_hint(TOO_MUCH, message, "fetch fewer at a time, or all"));
                        }
                        batch
                    }
                    Some(Err(error)) => {
                        cursors.remove(name);
                        return Err(error);
                    }
                },
            };
            let count = batch.num_rows().min(wanted);
            if count < batch.num_rows() {
                cursor.left = Some(batch.slice(count, batch.num_rows() - count));
            }
            taken.push(batch.slice(0, count));
            wanted -= count;
        }
        Ok(stream::iter(taken.into_iter().map(Ok)).boxed())
    }

    /// # Errors
    /// When there is none of that name.
    pub async fn close(&self, name: Option<&str>) -> PgWireResult<()> {
        let mut cursors = self.0.lock().await;
        match name {
            None => cursors.clear(),
            Some(name) => drop(cursors.remove(name).ok_or_else(|| unknown(name))?),
        }
        Ok(())
    }
}

fn unknown(name: &str) -> pgwire::error::PgWireError {
    error(UNKNOWN_CURSOR, format!("cursor \"{name}\" does not exist"))
}
