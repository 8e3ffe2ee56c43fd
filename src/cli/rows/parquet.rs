//! Rows as one Parquet file, row group by row group, with the types that the query has.

use std::io::Write;

use anyhow::{Context, Result};
use datafusion::execution::SendableRecordBatchStream;
use futures::TryStreamExt;

use crate::cli::rows::json::one_name_each;
use crate::warehouse::parquet;

/// How many rows make a row group: what is held in memory until it is written.
const ROWS_AT_ONCE: usize = 1 << 16;

pub(super) async fn write(mut rows: SendableRecordBatchStream, out: &mut (impl Write + Send)) -> Result<u64> {
    let schema = rows.schema();
    one_name_each(&schema)?;
    let mut writer = parquet::writer(out, &schema)?;
    let mut count = 0;
    while let Some(batch) = rows.try_next().await? {
        count += batch.num_rows() as u64;
        writer.write(&batch).context("writing Parquet")?;
        if writer.in_progress_rows() >= ROWS_AT_ONCE {
            writer.flush().context("writing Parquet")?;
        }
    }
    writer.close().context("ending a Parquet file")?;
    Ok(count)
}
