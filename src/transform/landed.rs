//! `landing.<extract>` as SQL sees it: the batches that are shown, with what their loads say; of an `upsert` extract
//! the newest row of each key, kept as a built table per list of loads.

use std::sync::Arc;

use anyhow::{Context, Result};
use arrow::datatypes::{DataType, Field, FieldRef, Schema};
use datafusion::catalog::TableProvider;
use datafusion::common::ScalarValue;
use datafusion::prelude::SessionContext;

use crate::contract::UTC;
use crate::engine::{self, DataFile, Tables, files_table, load_fields};
use crate::model::TableName;
use crate::pipeline::{Extract, LoadMode};
use crate::transform::{Transform, just_built};
use crate::warehouse::{BuiltTable, ShownBatch, built_folder, find_built, note_built};

/// The table of an extract.
///
/// # Errors
/// When the current rows of an extract have to be found by a query, and that fails.
pub(super) async fn landed_table(job: &Transform<'_>, extract: &Extract) -> Result<Arc<dyn TableProvider>> {
    let shown = &job.shown[&extract.name];
    let has_known_column = shown.iter().any(|batch| batch.known_at_column.is_some());
    if !matches!(extract.load, LoadMode::Upsert { .. }) && !has_known_column {
        return Ok(batches_table(extract, shown, load_fields(), |batch| {
            vec![known_at(batch), text(&batch.source_file), text(&batch.batch_id)]
        }));
    }
    let name = TableName::new("landing", &extract.name);
    let fingerprint = &job.fingerprints[&name];
    if let Some(built) = find_built(job.warehouse, &name, fingerprint).await?.filter(|_| !job.full_refresh) {
        return engine::built_table(&built);
    }
    let built = query_rows(job, extract, &name).await.with_context(|| format!("finding the current rows of {name}"))?;
    note_built(job.warehouse, &built).await?;
    engine::built_table(&built)
}

fn batches_table(
    extract: &Extract,
    shown: &[ShownBatch],
    constant_fields: Vec<FieldRef>,
    constants: impl Fn(&ShownBatch) -> Vec<ScalarValue>,
) -> Arc<dyn TableProvider> {
    let mut fields: Vec<FieldRef> = extract.contract.schema().fields().iter().cloned().collect();
    fields.push(Arc::new(Field::new("_source_row", DataType::Int64, true)));
    let files = shown.iter().flat_map(|batch| {
        let constants = constants(batch);
        batch.files.iter().map(move |file| DataFile {
            path: file.path.clone(),
            rows: file.rows,
            bytes: file.bytes,
            constants: constants.clone(),
        })
    });
    files_table(&Arc::new(Schema::new(fields)), constant_fields, files.collect())
}

fn known_at(batch: &ShownBatch) -> ScalarValue {
    ScalarValue::TimestampMicrosecond(Some(batch.known_at.timestamp_micros()), Some(UTC.into()))
}

fn text(text: &str) -> ScalarValue {
    ScalarValue::Utf8(Some(text.to_string()))
}

/// Rows that count by more than the load they came with: those known in time, and of each key the newest.
async fn query_rows(job: &Transform<'_>, extract: &Extract, name: &TableName) -> Result<BuiltTable> {
    let mut constant_fields = load_fields();
    constant_fields.push(Arc::new(Field::new("_place", DataType::Int64, true)));
    let shown = &job.shown[&extract.name];
    let table = batches_table(extract, shown, constant_fields, |batch| {
        let place = ScalarValue::Int64(i64::try_from(batch.place).ok());
        vec![known_at(batch), text(&batch.source_file), text(&batch.batch_id), place]
    });
    let mut tables = Tables::default();
    tables.add(name, table);
    let session: SessionContext = job.engine.session(&tables)?;
    let plan = session.sql(&current_rows_sql(job, extract, name)).await?.into_unoptimized_plan();
    let fingerprint = job.fingerprints[name].clone();
    let folder = built_folder(name, &fingerprint);
    let written = engine::write(job.engine, &session, plan, job.warehouse, &folder, None).await?;
    Ok(just_built(name.clone(), fingerprint, written, 0))
}

fn current_rows_sql(job: &Transform<'_>, extract: &Extract, name: &TableName) -> String {
    let quoted = |column: &str| format!("\"{}\"", column.replace('"', "\"\""));
    let columns: Vec<String> = extract.contract.columns.iter().map(|column| quoted(&column.name)).collect();
    let columns = columns.join(", ");
    let known_column = job.shown[&extract.name].iter().find_map(|batch| batch.known_at_column.as_deref());
    let known_at = match known_column {
        Some(column) => format!("arrow_cast({}, 'Timestamp(µs, \"UTC\")')", quoted(column)),
        None => "_known_at".to_string(),
    };
    let mut sql = format!(
        "select {columns}, _source_row, {known_at} as _known_at, _source_file, _batch_id, _place from {}",
        name.quoted()
    );
    if let (Some(cut), Some(_)) = (job.known_at, known_column) {
        sql = format!(
            "select * from ({sql}) where _known_at <= arrow_cast('{}', 'Timestamp(µs, \"UTC\")')",
            cut.to_rfc3339()
        );
    }
    if let LoadMode::Upsert { delete_when } = &extract.load {
        let key: Vec<String> = extract.contract.key().into_iter().map(quoted).collect();
        let key = key.join(", ");
        sql = format!(
            "select * from (select *, row_number() over (partition by {key} \
             order by _known_at desc, _place desc, _source_row desc) as _newest from ({sql})) where _newest = 1"
        );
        if let Some(delete_when) = delete_when {
            sql = format!("select * from ({sql}) where not coalesce(({delete_when}), false)");
        }
    }
    format!("select {columns}, _source_row, _known_at, _source_file, _batch_id from ({sql})")
}
