//! The cursors of one connection: a question whose rows are taken a few at a time.

use std::collections::HashMap;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::StreamExt;
use pgwire::error::PgWireResult;
use tokio::sync::Mutex;

use crate::serve::answer::Rows;
use crate::serve::refusal::{TAKEN_CURSOR, UNKNOWN_CURSOR, error};

/// By their names.
#[derive(Default)]
pub struct Cursors(Mutex<HashMap<String, Cursor>>);

struct Cursor {
    schema: SchemaRef,
    rows: Rows,
    /// What was read and not taken yet.
    left: Option<RecordBatch>,
}

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

    /// The next rows, as many as are asked for and there are.
    ///
    /// # Errors
    /// When there is none of that name, or the question fails; the cursor is gone then.
    pub async fn fetch(&self, name: &str, rows: Option<usize>) -> PgWireResult<Vec<RecordBatch>> {
        let mut cursors = self.0.lock().await;
        let cursor = cursors.get_mut(name).ok_or_else(|| unknown(name))?;
        let mut wanted = rows.unwrap_or(usize::MAX);
        let mut taken = Vec::new();
        while wanted > 0 {
            let batch = match cursor.left.take() {
                Some(batch) => batch,
                None => match cursor.rows.next().await {
                    None => break,
                    Some(Ok(batch)) => batch,
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
        Ok(taken)
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
