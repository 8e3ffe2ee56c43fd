//! `landing.<extract>` as SQL sees it: the batches that are shown, with what their loads say. Where rows count by more
//! than the load they came with, a query finds those that do, and they are a built table like a model's.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Schema};
use datafusion::catalog::TableProvider;
use datafusion::common::ScalarValue;

use crate::contract::UTC;
use crate::engine::{DataFile, Tables, files_table, load_fields};
use crate::model::TableName;
use crate::pipeline::{Extract, Format, LoadMode};
use crate::transform::Transform;
use crate::warehouse::ShownBatch;

/// Whether the rows of an extract have to be found by a query: of an `upsert` extract the newest of each key, and where
/// rows carry their own known time those that were known by then.
pub(super) fn is_queried(job: &Transform<'_>, extract: &Extract) -> bool {
    let has_known_column = job.shown[&extract.name].iter().any(|batch| batch.known_at_column.is_some());
    matches!(extract.load, LoadMode::Upsert { .. }) || has_known_column
}

/// The table of an extract all of whose shown rows count.
pub(super) fn shown_rows(job: &Transform<'_>, extract: &Extract) -> Arc<dyn TableProvider> {
    batches_table(extract, &job.shown[&extract.name], load_fields(), |batch| {
        vec![known_at(batch), text(&batch.source_file), text(&batch.batch_id)]
    })
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

/// The query for the rows of an extract that count, and the table of all that are shown, which it reads.
pub(super) fn current_rows(job: &Transform<'_>, extract: &Extract) -> (String, Tables) {
    let name = TableName::new("landing", &extract.name);
    let mut constant_fields = load_fields();
    constant_fields.push(Arc::new(Field::new("_place", DataType::Int64, true)));
    let shown = &job.shown[&extract.name];
    let table = batches_table(extract, shown, constant_fields, |batch| {
        let place = ScalarValue::Int64(i64::try_from(batch.place).ok());
        vec![known_at(batch), text(&batch.source_file), text(&batch.batch_id), place]
    });
    let mut tables = Tables::default();
    tables.add(&name, table);
    (current_rows_sql(job, extract, &name), tables)
}

/// What orders the rows of a key: when they became known, then the place of their load, then their line. One number
/// that no other row has, so that the newest is the greatest and nothing needs to be sorted: a bigint of microseconds,
/// fewer than 10^6 loads, and fewer than 10^12 lines in the one file of each.
const ORDER: &str = "cast(arrow_cast(_known_at, 'Int64') as decimal(38, 0)) * 1000000000000000000 \
     + cast(_place as decimal(38, 0)) * 1000000000000 + cast(_source_row as decimal(38, 0))";

/// Of rows the newest of each key. Records of a JSON array may share a line, and are put in order one by one.
fn newest_of_each(rows: &str, key: &str, format: &Format) -> String {
    if matches!(format, Format::Json(_)) {
        return format!(
            "select * from (select *, row_number() over (partition by {key} \
             order by _known_at desc, _place desc, _source_row desc) as _newest from ({rows})) where _newest = 1"
        );
    }
    format!("select * from ({rows}) where {ORDER} in (select max({ORDER}) from ({rows}) group by {key})")
}

fn current_rows_sql(job: &Transform<'_>, extract: &Extract, name: &TableName) -> String {
    let quoted = |column: &str| format!("\"{}\"", column.replace('"', "\"\""));
    let columns: Vec<String> = extract.contract.columns.iter().map(|column| quoted(&column.name)).collect();
    let columns = columns.join(", ");
    let known_column = job.shown[&extract.name].iter().find_map(|batch| batch.known_at_column.as_deref());
    let known_at = match known_column {
        // Of rows that came before the column did, their load says it.
        Some(column) => format!("coalesce(arrow_cast({}, 'Timestamp(µs, \"UTC\")'), _known_at)", quoted(column)),
        None => "_known_at".to_string(),
    };
    let mut rows = format!(
        "select {columns}, _source_row, {known_at} as _known_at, _source_file, _batch_id, _place from {}",
        name.quoted()
    );
    if let (Some(cut), Some(_)) = (job.known_at, known_column) {
        rows = format!(
            "select * from ({rows}) where _known_at <= arrow_cast('{}', 'Timestamp(µs, \"UTC\")')",
            cut.to_rfc3339()
        );
    }
    let LoadMode::Upsert { delete_when } = &extract.load else {
        return format!("select {columns}, _source_row, _known_at, _source_file, _batch_id from ({rows})");
    };
    let key: Vec<String> = extract.contract.key().into_iter().map(quoted).collect();
    let mut current = newest_of_each(&rows, &key.join(", "), &extract.reader.format);
    if let Some(delete_when) = delete_when {
        current = format!("select * from ({current}) where not coalesce(({delete_when}), false)");
    }
    format!("select {columns}, _source_row, _known_at, _source_file, _batch_id from ({current})")
}
