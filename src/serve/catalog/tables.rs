//! Rows of PostgreSQL's own tables that the library does not have: keys with their indexes, digits, comments.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use arrow::array::{ArrayRef, AsArray, BooleanArray, Float64Array, Int32Array, RecordBatch, new_null_array};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Field, Int16Type, Int32Type, Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::common::ScalarValue;
use datafusion::prelude::SessionContext;

use crate::contract::parse_type;
use crate::engine::{self, batches_table};
use crate::model::TableName;
use crate::serve::answer::type_modifier;
use crate::serve::catalog::{Key, Known, SCHEMA, Served};
use crate::serve::settings::KNOWN;
use crate::warehouse::publish_log::PublishedColumn;

/// `btree` among the ways to find rows, as PostgreSQL numbers it.
const BTREE: i64 = 403;

/// The tables that take the place of the library's, by their names.
pub async fn known(
    session: &SessionContext,
    known: &Known<'_>,
) -> Result<BTreeMap<&'static str, Arc<dyn TableProvider>>> {
    let keys = || known.marts.iter().filter_map(|served| Some((served, served.key.as_ref()?)));
    let attributes = attributes(&whole(session, "pg_attribute").await?, known)?;
    let classes = classes(&whole(session, "pg_class").await?, known)?;
    let described: Vec<Row> = known.marts.iter().flat_map(|served| descriptions(known.of_tables, served)).collect();
    let descriptions = filled(&whole(session, "pg_description").await?.schema(), &described)?;
    let constraints: Vec<Row> = keys().map(|(served, key)| constraint(known.schema, served, key)).collect();
    let numbers = DataType::new_list(DataType::Int16, true);
    let like = whole(session, "pg_constraint").await?.schema();
    let like = retyped(&like, &[("conkey", &numbers), ("confkey", &numbers)]);
    let constraints = filled(&like, &constraints)?;
    let indexes: Vec<Row> = keys().map(|(served, key)| index(served, key)).collect();
    let oids = DataType::new_list(DataType::Int32, true);
    let like = whole(session, "pg_index").await?.schema();
    let like =
        retyped(&like, &[("indkey", &numbers), ("indoption", &numbers), ("indclass", &oids), ("indcollation", &oids)]);
    let indexes = filled(&like, &indexes)?;
    let types = types(&whole(session, "pg_type").await?, &whole(session, "pg_proc").await?)?;
    let settings = filled(&whole(session, "pg_settings").await?.schema(), &settings())?;
    let schemas = without_rights(&whole(session, "pg_namespace").await?, "nspacl")?;
    Ok(BTreeMap::from([
        ("pg_attribute", batches_table(vec![attributes])?),
        ("pg_class", batches_table(vec![classes])?),
        ("pg_constraint", batches_table(vec![constraints])?),
        ("pg_description", batches_table(vec![descriptions])?),
        ("pg_index", batches_table(vec![indexes])?),
        ("pg_namespace", batches_table(vec![schemas])?),
        ("pg_settings", batches_table(vec![settings])?),
        ("pg_type", batches_table(vec![types])?),
    ]))
}

/// All rows of one of PostgreSQL's tables.
async fn whole(session: &SessionContext, table: &str) -> Result<RecordBatch> {
    let batches = engine::rows_of(session, &TableName::new(SCHEMA, table)).await?;
    match batches.first() {
        Some(first) => Ok(concat_batches(&first.schema(), &batches)?),
        None => {
            let table = session.table_provider(format!("{SCHEMA}.{table}")).await?;
            Ok(RecordBatch::new_empty(table.schema()))
        }
    }
}

/// The columns of all tables; those of marts with the digits of decimals and with what a key may not lack.
fn attributes(rows: &RecordBatch, known: &Known<'_>) -> Result<RecordBatch> {
    let tables = column(rows, "attrelid")?.as_primitive::<Int32Type>();
    let positions = column(rows, "attnum")?.as_primitive::<Int16Type>();
    let of_mart = |row: usize| -> Option<(&Served, &PublishedColumn)> {
        let served = known.served(tables.value(row))?;
        Some((served, served.mart.schema.get(usize::try_from(positions.value(row)).ok()?.checked_sub(1)?)?))
    };
    let old_modifiers = column(rows, "atttypmod")?.as_primitive::<Int32Type>();
    let old_required = column(rows, "attnotnull")?.as_boolean();
    let modifiers: Int32Array = (0..rows.num_rows())
        .map(|row| {
            let data_type = of_mart(row).and_then(|(_, column)| parse_type(&column.type_name));
            data_type.and_then(|data_type| type_modifier(&data_type)).unwrap_or_else(|| old_modifiers.value(row))
        })
        .map(Some)
        .collect();
    let required: BooleanArray = (0..rows.num_rows())
        .map(|row| {
            of_mart(row).map_or(old_required.value(row), |(served, column)| served.mart.key.contains(&column.name))
        })
        .map(Some)
        .collect();
    let new: [(&str, ArrayRef); 2] = [("atttypmod", Arc::new(modifiers)), ("attnotnull", Arc::new(required))];
    without_rights(&replaced(rows, &rows.schema(), &new)?, "attacl")
}

/// Nobody has rights of their own here, of which clients expect a list.
fn without_rights(rows: &RecordBatch, name: &str) -> Result<RecordBatch> {
    let lists = DataType::new_list(DataType::Utf8, true);
    let none = new_null_array(&lists, rows.num_rows());
    replaced(rows, &retyped(&rows.schema(), &[(name, &lists)]), &[(name, none)])
}

/// All tables, and beside them the indexes of keys.
fn classes(rows: &RecordBatch, known: &Known<'_>) -> Result<RecordBatch> {
    let keyed = |number: i32| known.served(number).is_some_and(|served| served.key.is_some());
    // As PostgreSQL keeps it: an estimate, of so many digits as such a number has.
    let counted = |number: i32| -> Option<f64> { known.served(number)?.mart.rows().to_string().parse().ok() };
    let numbers = column(rows, "oid")?.as_primitive::<Int32Type>().values();
    let has_index: BooleanArray = numbers.iter().map(|number| Some(keyed(*number))).collect();
    let counts: Float64Array = numbers.iter().map(|number| Some(counted(*number).unwrap_or(0.0))).collect();
    let new: [(&str, ArrayRef); 2] = [("relhasindex", Arc::new(has_index)), ("reltuples", Arc::new(counts))];
    let rows = replaced(rows, &rows.schema(), &new)?;
    let indexes: Vec<Row> = known
        .marts
        .iter()
        .filter_map(|served| served.key.as_ref())
        .map(|key| {
            Row::from([
                ("oid", number(key.index.into())),
                ("relname", text(&key.name)),
                ("relnamespace", number(known.schema.into())),
                ("relam", number(BTREE)),
                ("relkind", text("i")),
                ("relpersistence", text("p")),
                ("relnatts", key.count()),
                ("relhasindex", ScalarValue::from(false)),
                ("relispartition", ScalarValue::from(false)),
                ("relispopulated", ScalarValue::from(true)),
                ("reltablespace", number(0)),
            ])
        })
        .collect();
    let like = retyped(&rows.schema(), &[]);
    let rows = concat_batches(&like, &[rows.with_schema(Arc::clone(&like))?, filled(&like, &indexes)?])?;
    // Options and rights of tables, of which there are none.
    let texts = DataType::new_list(DataType::Utf8, true);
    let mut fields = like.fields().to_vec();
    let mut columns = rows.columns().to_vec();
    for name in ["relacl", "reloptions"] {
        fields.push(Arc::new(Field::new(name, texts.clone(), true)));
        columns.push(new_null_array(&texts, rows.num_rows()));
    }
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}

/// The types, with their functions by number, as other tables name them.
fn types(rows: &RecordBatch, functions: &RecordBatch) -> Result<RecordBatch> {
    const BY_FUNCTION: [&str; 8] =
        ["typsubscript", "typinput", "typoutput", "typreceive", "typsend", "typmodin", "typmodout", "typanalyze"];
    let (names, numbers) = (texts(column(functions, "proname")?)?, column(functions, "oid")?);
    let numbers: BTreeMap<String, i32> =
        names.into_iter().flatten().zip(numbers.as_primitive::<Int32Type>().values().iter().copied()).collect();
    let mut replacing = Vec::with_capacity(BY_FUNCTION.len());
    for name in BY_FUNCTION {
        // No function is the one of number zero.
        let found = texts(column(rows, name)?)?.into_iter();
        let found = found.map(|name| name.map(|name| numbers.get(&name).copied().unwrap_or(0)));
        replacing.push((name, Arc::new(found.collect::<Int32Array>()) as ArrayRef));
    }
    let like = retyped(&rows.schema(), &BY_FUNCTION.map(|name| (name, &DataType::Int32)));
    replaced(rows, &like, &replacing)
}

fn texts(column: &ArrayRef) -> Result<Vec<Option<String>>> {
    let column = cast(column, &DataType::Utf8)?;
    Ok(column.as_string::<i32>().iter().map(|text| text.map(str::to_string)).collect())
}

/// What a client may be shown, and the limits that drivers ask for.
fn settings() -> Vec<Row> {
    let known = KNOWN.iter().copied().chain([("max_index_keys", "32"), ("max_function_args", "100")]);
    known.map(|(name, setting)| Row::from([("name", text(name)), ("setting", text(setting))])).collect()
}

/// A row by the columns that say something.
type Row = BTreeMap<&'static str, ScalarValue>;

fn text(text: &str) -> ScalarValue {
    ScalarValue::Utf8(Some(text.to_string()))
}

fn number(number: i64) -> ScalarValue {
    ScalarValue::Int64(Some(number))
}

fn numbers(numbers: impl Iterator<Item = i16>) -> ScalarValue {
    let numbers: Vec<ScalarValue> = numbers.map(|number| ScalarValue::Int16(Some(number))).collect();
    ScalarValue::List(ScalarValue::new_list_nullable(&numbers, &DataType::Int16))
}

/// What a mart and its columns mean.
fn descriptions(of_tables: i32, served: &Served) -> Vec<Row> {
    let row = |position: i64, said: &str| {
        Row::from([
            ("objoid", number(served.number.into())),
            ("classoid", number(of_tables.into())),
            ("objsubid", number(position)),
            ("description", text(said)),
        ])
    };
    let of_mart = served.mart.description.iter().map(|said| row(0, said));
    let columns = (1..).zip(&served.mart.schema);
    let of_columns = columns.filter_map(|(position, column)| Some(row(position, &column.said()?)));
    of_mart.chain(of_columns).collect()
}

fn constraint(schema: i32, served: &Served, key: &Key) -> Row {
    Row::from([
        ("oid", number(key.constraint.into())),
        ("conname", text(&key.name)),
        ("connamespace", number(schema.into())),
        ("contype", text("p")),
        ("condeferrable", ScalarValue::from(false)),
        ("condeferred", ScalarValue::from(false)),
        ("convalidated", ScalarValue::from(true)),
        ("conrelid", number(served.number.into())),
        ("conindid", number(key.index.into())),
        ("conkey", numbers(key.positions.iter().copied())),
    ])
}

impl Key {
    fn count(&self) -> ScalarValue {
        ScalarValue::UInt64(u64::try_from(self.positions.len()).ok())
    }
}

fn index(served: &Served, key: &Key) -> Row {
    let nothing = || numbers(key.positions.iter().map(|_| 0));
    let [yes, no] = [true, false].map(ScalarValue::from);
    Row::from([
        ("indexrelid", number(key.index.into())),
        ("indrelid", number(served.number.into())),
        ("indnatts", key.count()),
        ("indnkeyatts", key.count()),
        ("indisunique", yes.clone()),
        ("indnullsnotdistinct", no.clone()),
        ("indisprimary", yes.clone()),
        ("indisexclusion", no.clone()),
        ("indimmediate", yes.clone()),
        ("indisclustered", no.clone()),
        ("indisvalid", yes.clone()),
        ("indcheckxmin", no.clone()),
        ("indisready", yes.clone()),
        ("indislive", yes),
        ("indisreplident", no),
        ("indkey", numbers(key.positions.iter().copied())),
        ("indoption", nothing()),
        ("indclass", nothing()),
        ("indcollation", nothing()),
    ])
}

fn column<'a>(rows: &'a RecordBatch, name: &str) -> Result<&'a ArrayRef> {
    rows.column_by_name(name).with_context(|| format!("PostgreSQL's table has a column {name}"))
}

/// The same rows, with other values in some columns.
fn replaced(rows: &RecordBatch, schema: &SchemaRef, with: &[(&str, ArrayRef)]) -> Result<RecordBatch> {
    let columns = schema.fields().iter().zip(rows.columns()).map(|(field, old)| {
        let new = with.iter().find(|(name, _)| name == field.name());
        Arc::clone(new.map_or(old, |(_, new)| new))
    });
    Ok(RecordBatch::try_new(Arc::clone(schema), columns.collect())?)
}

/// Columns that may be NULL, some of them of other types.
fn retyped(like: &SchemaRef, types: &[(&str, &DataType)]) -> SchemaRef {
    let fields = like.fields().iter().map(|field| {
        let field = field.as_ref().clone().with_nullable(true);
        match types.iter().find(|(name, _)| name == field.name()) {
            Some((_, data_type)) => field.with_data_type((*data_type).clone()),
            None => field,
        }
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// A table of these columns with these rows; what they say nothing of is NULL.
fn filled(like: &SchemaRef, rows: &[Row]) -> Result<RecordBatch> {
    let schema = retyped(like, &[]);
    let mut columns = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        let nothing = ScalarValue::try_from(field.data_type())?;
        let values: Vec<ScalarValue> = rows
            .iter()
            .map(|row| {
                row.get(field.name().as_str()).map_or(Ok(nothing.clone()), |value| value.cast_to(field.data_type()))
            })
            .collect::<Result<_, _>>()?;
        columns.push(if values.is_empty() {
            arrow::array::new_empty_array(field.data_type())
        } else {
            ScalarValue::iter_to_array(values)?
        });
    }
    Ok(RecordBatch::try_new(schema, columns)?)
}
