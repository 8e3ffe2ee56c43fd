//! What a built table depends on, as one hash: the SQL, the settings it names, its contract's columns, its inputs'
//! fingerprints, for landing and the record what is shown, and sopmart's version. Equal fingerprints mean equal rows.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use arrow::json::LineDelimitedWriter;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use crate::model::{Graph, Model, Settings, SqlFile, TableName, recorded_tables, tables_of_runs};
use crate::pipeline::{Extract, Pipeline};
use crate::warehouse::{Recorded, ShownBatch};

/// Fingerprints by table: landed extracts, settings tables and models.
pub type Fingerprints = BTreeMap<TableName, String>;

/// The fingerprint of every table that a model may read, and of every model, as the run of this id sees them.
///
/// # Errors
/// When the record of what is shown cannot be made.
pub fn fingerprints(
    graph: &Graph,
    pipeline: &Pipeline,
    shown: &BTreeMap<String, Vec<ShownBatch>>,
    known_at: Option<DateTime<Utc>>,
    run_id: &str,
) -> Result<Fingerprints> {
    let mut known = Fingerprints::new();
    for extract in &pipeline.extracts {
        known.insert(TableName::new("landing", &extract.name), of_landing(extract, &shown[&extract.name], known_at));
    }
    // What is known of runs is of each run another thing, and is not looked up before it is asked for.
    let of_runs: BTreeSet<TableName> = tables_of_runs().collect();
    known.extend(of_runs.iter().map(|name| (name.clone(), hash(&["run", run_id]))));
    let recorded = Recorded { pipeline, shown, past: None };
    for name in recorded_tables().filter(|name| !of_runs.contains(name)) {
        let rows = recorded.rows(&name.name)?;
        let mut text = Vec::new();
        let mut writer = LineDelimitedWriter::new(&mut text);
        writer.write(&rows)?;
        writer.finish()?;
        known.insert(name, hash(&[text]));
    }
    for name in pipeline.settings.table_names() {
        let value = pipeline.settings.fingerprint([name.name.as_str()]);
        known.insert(name, hash(&["settings", &value]));
    }
    for name in graph.order() {
        let model = pipeline.model(name).context("the graph is made of the pipeline's models")?;
        let mut fingerprint = of_model(model, &pipeline.models, &pipeline.settings, &known);
        // The files of a mart that others read, and that is not published, lie elsewhere.
        if name.schema == "marts" && !pipeline.marts.contains(name) {
            fingerprint = hash(&["not published", &fingerprint]);
        }
        known.insert(name.clone(), fingerprint);
    }
    Ok(known)
}

/// The fingerprint of one query over tables whose fingerprints are known, as those of all tables of a graph are.
pub fn query_fingerprint(sql: &SqlFile, settings: &Settings, known: &Fingerprints) -> String {
    let parameters = settings.fingerprint(sql.parameters.iter().map(|(name, _)| name.as_str()));
    let mut inputs: Vec<&str> = sql.tables.iter().map(|table| known[&table.name].as_str()).collect();
    inputs.sort_unstable();
    hash(&[&*sql.text, &parameters, &inputs.join(" ")])
}

/// Where it stands that every query of the pipeline could be planned: over all that planning depends on, which is its
/// texts, its settings and sopmart's version.
pub fn planned_path(pipeline: &Pipeline) -> String {
    let settings = pipeline.settings.fingerprint_of_all();
    let mut texts = vec![env!("CARGO_PKG_VERSION"), &settings];
    texts.extend(pipeline.texts.iter().flat_map(|(file, text)| [file.as_str(), text]));
    format!("models/planned/{}.json", hash(&texts))
}

fn of_model(model: &Model, models: &[Model], settings: &Settings, known: &Fingerprints) -> String {
    let columns = model.contract.as_ref().map_or_else(String::new, |contract| {
        // What a snapshot mart shows is of its date, whether its SQL names the date or not.
        let date = contract.snapshot_by.as_ref().map(|column| (column, settings.as_of()));
        format!("{} {} {:?} {date:?}", contract.version, contract.landing_digest(), contract.key())
    });
    let mut texts = vec![env!("CARGO_PKG_VERSION").to_string(), model.name.to_string(), columns];
    texts.extend(model.missing_needs(models));
    for part in &model.parts {
        texts.push(part.source_system.clone().unwrap_or_default());
        texts.push(query_fingerprint(&part.sql, settings, known));
    }
    hash(&texts)
}

fn of_landing(extract: &Extract, shown: &[ShownBatch], known_at: Option<DateTime<Utc>>) -> String {
    let key = extract.contract.key();
    let mut texts = vec![env!("CARGO_PKG_VERSION").to_string(), extract.contract.landing_digest()];
    texts.push(format!("{:?} {:?} {key:?}", extract.load, extract.known_at));
    if shown.iter().any(|batch| batch.known_at_column.is_some()) {
        texts.push(format!("{known_at:?}"));
    }
    for batch in shown {
        texts.push(format!("{} {} {} {:?}", batch.batch_id, batch.source_file, batch.known_at, batch.snapshot_date));
    }
    hash(&texts)
}

fn hash(texts: &[impl AsRef<[u8]>]) -> String {
    let mut digest = Sha256::new();
    for text in texts {
        // The length keeps two texts from running into each other.
        digest.update(text.as_ref().len().to_le_bytes());
        digest.update(text.as_ref());
    }
    format!("{:x}", digest.finalize())[..32].to_string()
}
