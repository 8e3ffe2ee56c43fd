//! The page of the S&OP meeting: what `sql/report/` asks of one published set, with the definitions of its figures, as one
//! HTML file that loads nothing from outside.

mod answer;
mod definitions;
mod html;

use anyhow::Result;
use serde_json::json;

use crate::engine::{self, Engine};
use crate::fault::{Fault, Faults};
use crate::model::{self, SqlFile};
use crate::pipeline::{Project, REPORT_FOLDER};
use crate::warehouse::publish_log::Entry;

use answer::Answer;

/// The page, and what it holds.
#[derive(Debug)]
pub struct Report {
    pub html: String,
    pub rows: usize,
    /// The marts that the page asks and the set does not have.
    pub missing: Vec<String>,
}

/// Asks a published set and puts the answers into the page. The same set and the same queries give the same bytes.
///
/// # Errors
/// When a query cannot be read, is none, or fails.
pub async fn report(engine: &Engine, entry: &Entry, pipeline: &str, project: &Project) -> Result<Report> {
    let session = engine.session(&engine::published_tables(entry)?)?;
    let queries = queries(project)?;
    let mut answers = Vec::new();
    for query in &queries {
        let answer = Answer::to(engine, &session, query, entry).await;
        answers.push(answer.map_err(|error| in_file(error, &query.path))?);
    }
    let mut missing: Vec<String> = answers.iter().flat_map(|answer| answer.missing.iter().cloned()).collect();
    missing.sort_unstable();
    missing.dedup();
    let rows = answers.iter().map(|answer| answer.rows).sum();
    let data = json!({
        "pipeline": pipeline,
        "entry": entry.n,
        "run_id": entry.run_id,
        "as_of": entry.as_of,
        "published_at": entry.published_at.format("%Y-%m-%d %H:%M UTC").to_string(),
        "sopmart_version": entry.sopmart_version,
        "marts": definitions::marts(&queries, entry, project),
        "answers": answers.into_iter().map(|answer| (answer.name.clone(), answer.json())).collect::<serde_json::Map<_, _>>(),
    });
    let title = format!("S&OP {pipeline}, as of {}", entry.as_of);
    Ok(Report { html: html::page(&title, &data.to_string()), rows, missing })
}

/// An error of a query, told by the file that holds it.
fn in_file(error: anyhow::Error, path: &str) -> anyhow::Error {
    match error.downcast::<Fault>() {
        Ok(fault) => Fault { file: path.to_string(), ..fault }.into(),
        Err(error) => error.context(format!("asking {path}")),
    }
}

/// The queries of the page: the product's, with those of the project over them.
fn queries(project: &Project) -> Result<Vec<SqlFile>> {
    let mut faults = Vec::new();
    let mut queries = Vec::new();
    for (path, file) in project.below(REPORT_FOLDER, ".sql") {
        match model::parse(path, &file.text) {
            Ok(query) => queries.push(query),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() { Ok(queries) } else { Err(Faults(faults).into()) }
}
