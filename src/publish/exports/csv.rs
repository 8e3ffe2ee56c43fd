//! A mart as a CSV file.

use anyhow::Result;
use datafusion::execution::SendableRecordBatchStream;
use futures::TryStreamExt;
use tokio::io::AsyncWriteExt;

use crate::record::{csv_header, csv_rows};
use crate::warehouse::Warehouse;

/// Writes the rows as they come; the file appears when all of them are there.
pub async fn write(warehouse: &Warehouse, path: &str, mut rows: SendableRecordBatchStream) -> Result<()> {
    let mut writer = warehouse.writer(path);
    writer.put(csv_header(&rows.schema()).into()).await?;
    while let Some(batch) = rows.try_next().await? {
        let mut lines = Vec::new();
        csv_rows(&batch, &mut lines)?;
        writer.put(lines.into()).await?;
    }
    Ok(writer.shutdown().await?)
}
