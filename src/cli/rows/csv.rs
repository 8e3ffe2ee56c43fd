//! Rows as CSV, batch by batch.

use std::io::Write;

use anyhow::Result;
use datafusion::execution::SendableRecordBatchStream;
use futures::TryStreamExt;

use crate::record::{csv_header, csv_rows};

pub(super) async fn write(mut rows: SendableRecordBatchStream, out: &mut impl Write) -> Result<u64> {
    out.write_all(&csv_header(&rows.schema()))?;
    let (mut count, mut lines) = (0, Vec::new());
    while let Some(batch) = rows.try_next().await? {
        csv_rows(&batch, &mut lines)?;
        out.write_all(&lines)?;
        lines.clear();
        count += batch.num_rows() as u64;
    }
    out.flush()?;
    Ok(count)
}
