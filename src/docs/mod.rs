//! The data dictionary: every table of a pipeline with its columns, rules, SQL, checks and lineage, as one HTML page. Made
//! from contracts and query plans; where a warehouse has published a set, with row counts and the last verdicts.

mod dictionary;
mod page;
mod tables;
mod verdicts;

use anyhow::{Context, Result};

use crate::pipeline::Pipeline;

pub use verdicts::{LastRuns, last_runs};

/// The page, and what can be said of it.
#[derive(Debug)]
pub struct Page {
    pub html: String,
    pub tables: usize,
    pub columns: usize,
    /// Models whose columns cannot be told where they come from.
    pub without_lineage: Vec<String>,
}

/// The dictionary of a pipeline. The same pipeline and runs give the same bytes.
///
/// # Errors
/// What is wrong with its models, all of it.
pub async fn page(pipeline: &Pipeline, last: &LastRuns) -> Result<Page> {
    let (dictionary, without_lineage) = dictionary::of(pipeline, last).await?;
    let data = serde_json::to_string(&dictionary).context("texts and numbers are JSON")?;
    Ok(Page {
        html: page::html(&pipeline.name, &data),
        tables: dictionary.tables.len(),
        columns: dictionary.tables.iter().map(|table| table.columns.len()).sum(),
        without_lineage,
    })
}
