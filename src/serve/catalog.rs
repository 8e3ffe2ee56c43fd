//! A session over a published set as clients of PostgreSQL expect a database to be: with tables that tell of tables.
//!
//! `datafusion-pg-catalog` knows tables and columns. What the published set knows beyond that is put in: digits of
//! decimals, keys, and the contracts' sentences as comments.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use anyhow::{Context, Result};
use arrow::array::{ArrayRef, AsArray, BooleanArray, Int32Array, RecordBatch, StringArray};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Int16Type, Int32Type, Schema};
use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{ColumnarValue, Volatility};
use datafusion::prelude::{SessionContext, create_udf};
use datafusion_pg_catalog::pg_catalog::context::EmptyContextProvider;
use datafusion_pg_catalog::setup_pg_catalog;

use crate::contract::parse_type;
use crate::engine::{self, Engine, batches_table};
use crate::model::TableName;
use crate::serve::answer::type_modifier;
use crate::serve::settings::VERSION;
use crate::warehouse::publish_log::{Entry, PublishedColumn, PublishedMart};

const SCHEMA: &str = "pg_catalog";

/// From here on keys have numbers; tables are counted from 16384, and there are not as many.
const FIRST_KEY: i64 = 1_000_000;

/// A session that sees the marts of an entry and PostgreSQL's own tables about them.
///
/// # Errors
/// When the entry names a type that is none.
pub async fn session(engine: &Engine, entry: &Entry) -> Result<SessionContext> {
    let session = engine.session_of_marts(&engine::published_tables(entry)?)?;
    setup_pg_catalog(&session, engine::CATALOG, EmptyContextProvider)
        .map_err(|error| *error)
        .context("making the tables that tell of tables")?;
    let text = format!("PostgreSQL {VERSION} (sopmart {}, entry {})", env!("CARGO_PKG_VERSION"), entry.n);
    let version = move |_: &[ColumnarValue]| Ok(ColumnarValue::Scalar(ScalarValue::Utf8(Some(text.clone()))));
    session.register_udf(create_udf("version", vec![], DataType::Utf8, Volatility::Stable, Arc::new(version)));
    // Clients ask so for types that extensions bring, of which there are none.
    let unknown = |_: &[ColumnarValue]| Ok(ColumnarValue::Scalar(ScalarValue::Int32(None)));
    let to_regtype =
        create_udf("to_regtype", vec![DataType::Utf8], DataType::Int32, Volatility::Stable, Arc::new(unknown));
    session.register_udf(to_regtype);
    let replaced = what_is_known(&session, entry).await.context("telling of the marts' columns")?;
    let catalog = session.catalog(engine::CATALOG).context("the session has its catalog")?;
    let beneath = catalog.schema(SCHEMA).context("PostgreSQL's tables were made above")?;
    catalog.register_schema(SCHEMA, Arc::new(Known { beneath, replaced }))?;
    Ok(session)
}

/// PostgreSQL's own tables, some of them with what the published set knows.
#[derive(Debug)]
struct Known {
    beneath: Arc<dyn SchemaProvider>,
    replaced: BTreeMap<&'static str, Arc<dyn TableProvider>>,
}

#[async_trait]
impl SchemaProvider for Known {
    fn table_names(&self) -> Vec<String> {
        self.beneath.table_names()
    }

    async fn table(&self, name: &str) -> datafusion::error::Result<Option<Arc<dyn TableProvider>>> {
        match self.replaced.get(name) {
            Some(table) => Ok(Some(Arc::clone(table))),
            None => self.beneath.table(name).await,
        }
    }

    fn table_exist(&self, name: &str) -> bool {
        self.beneath.table_exist(name)
    }
}

async fn what_is_known(
    session: &SessionContext,
    entry: &Entry,
) -> Result<BTreeMap<&'static str, Arc<dyn TableProvider>>> {
    let (numbers, of_tables) = numbers_of_marts(session, entry).await?;
    register_descriptions(session, &numbers);
    let attributes = attributes(&whole(session, "pg_attribute").await?, &numbers)?;
    let (mut described, mut constraints) = (Vec::new(), Vec::new());
    for (position, (number, (name, mart))) in (0..).zip(&numbers) {
        described.extend(descriptions(*number, of_tables, mart));
        constraints.extend(key(*number, FIRST_KEY + position, name, mart));
    }
    let descriptions = filled(&whole(session, "pg_description").await?, &described)?;
    let constraints = filled(&whole(session, "pg_constraint").await?, &constraints)?;
    Ok(BTreeMap::from([
        ("pg_attribute", batches_table(vec![attributes])?),
        ("pg_description", batches_table(vec![descriptions])?),
        ("pg_constraint", batches_table(vec![constraints])?),
    ]))
}

/// The number that each mart's table has, and the mart.
type Numbers<'a> = BTreeMap<i32, (&'a str, &'a PublishedMart)>;

/// Beside them the number of the table of tables, by which comments on tables are told from others.
async fn numbers_of_marts<'a>(session: &SessionContext, entry: &'a Entry) -> Result<(Numbers<'a>, i32)> {
    let sql = "select c.oid, c.relname, n.nspname from pg_catalog.pg_class as c \
        inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace";
    let plan = session.state().create_logical_plan(sql).await?;
    let (mut numbers, mut of_tables) = (Numbers::new(), 0);
    for batch in engine::collect(session, plan).await? {
        let oids = batch.column(0).as_primitive::<Int32Type>();
        let (names, schemas) = (batch.column(1).as_string::<i32>(), batch.column(2).as_string::<i32>());
        for ((oid, name), schema) in oids.iter().flatten().zip(names.iter().flatten()).zip(schemas.iter().flatten()) {
            match (schema, entry.marts.get_key_value(name)) {
                ("marts", Some((name, mart))) => drop(numbers.insert(oid, (name.as_str(), mart))),
                (SCHEMA, None) if name == "pg_class" => of_tables = oid,
                _ => {}
            }
        }
    }
    Ok((numbers, of_tables))
}

/// `col_description(table, column)` and `obj_description(table, kind)`, by which psql asks.
fn register_descriptions(session: &SessionContext, numbers: &Numbers<'_>) {
    let mut said: HashMap<(i32, i32), String> = HashMap::new();
    for (number, (_, mart)) in numbers {
        let of_columns = (1..).zip(mart.schema.iter().map(PublishedColumn::said));
        let all = std::iter::once((0, mart.description.clone())).chain(of_columns);
        said.extend(all.filter_map(|(position, said)| Some(((*number, position), said?))));
    }
    let said = Arc::new(said);
    for (name, second) in [("col_description", DataType::Int32), ("obj_description", DataType::Utf8)] {
        let said = Arc::clone(&said);
        let describe = move |arguments: &[ColumnarValue]| {
            let arguments = ColumnarValue::values_to_arrays(arguments)?;
            let tables = arguments[0].as_primitive::<Int32Type>();
            let columns = arguments[1].as_primitive_opt::<Int32Type>();
            let position = |row: usize| columns.map_or(0, |columns| columns.value(row));
            let texts = (0..tables.len()).map(|row| said.get(&(tables.value(row), position(row))).cloned());
            Ok(ColumnarValue::Array(Arc::new(texts.collect::<StringArray>())))
        };
        let arguments = vec![DataType::Int32, second];
        session.register_udf(create_udf(name, arguments, DataType::Utf8, Volatility::Stable, Arc::new(describe)));
    }
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
fn attributes(rows: &RecordBatch, numbers: &Numbers<'_>) -> Result<RecordBatch> {
    let column = |name: &str| rows.column_by_name(name).with_context(|| format!("pg_attribute has a column {name}"));
    let tables = column("attrelid")?.as_primitive::<Int32Type>();
    let positions = column("attnum")?.as_primitive::<Int16Type>();
    let of_mart = |row: usize| -> Option<(&PublishedMart, &PublishedColumn)> {
        let (_, mart) = numbers.get(&tables.value(row))?;
        Some((mart, mart.schema.get(usize::try_from(positions.value(row)).ok()?.checked_sub(1)?)?))
    };
    let (old_modifiers, old_required) =
        (column("atttypmod")?.as_primitive::<Int32Type>(), column("attnotnull")?.as_boolean());
    let modifiers: Int32Array = (0..rows.num_rows())
        .map(|row| {
            let data_type = of_mart(row).and_then(|(_, column)| parse_type(&column.type_name));
            data_type.and_then(|data_type| type_modifier(&data_type)).unwrap_or_else(|| old_modifiers.value(row))
        })
        .map(Some)
        .collect();
    let required: BooleanArray = (0..rows.num_rows())
        .map(|row| of_mart(row).map_or(old_required.value(row), |(mart, column)| mart.key.contains(&column.name)))
        .map(Some)
        .collect();
    let schema = rows.schema();
    let columns = schema.fields().iter().zip(rows.columns()).map(|(field, old)| match field.name().as_str() {
        "atttypmod" => Arc::new(modifiers.clone()) as ArrayRef,
        "attnotnull" => Arc::new(required.clone()),
        _ => Arc::clone(old),
    });
    Ok(RecordBatch::try_new(Arc::clone(&schema), columns.collect())?)
}

/// A row by the columns that say something.
type Row = BTreeMap<&'static str, ScalarValue>;

fn text(text: &str) -> ScalarValue {
    ScalarValue::Utf8(Some(text.to_string()))
}

fn number(number: i64) -> ScalarValue {
    ScalarValue::Int64(Some(number))
}

/// What a mart and its columns mean.
fn descriptions(table: i32, of_tables: i32, mart: &PublishedMart) -> Vec<Row> {
    let row = |position: i64, said: &str| {
        Row::from([
            ("objoid", number(table.into())),
            ("classoid", number(of_tables.into())),
            ("objsubid", number(position)),
            ("description", text(said)),
        ])
    };
    let of_mart = mart.description.iter().map(|said| row(0, said));
    let of_columns = (1..).zip(&mart.schema).filter_map(|(position, column)| Some(row(position, &column.said()?)));
    of_mart.chain(of_columns).collect()
}

/// The primary key of a mart.
fn key(table: i32, key: i64, name: &str, mart: &PublishedMart) -> Option<Row> {
    let position = |wanted: &String| mart.schema.iter().position(|column| column.name == *wanted);
    let positions: Vec<i16> =
        mart.key.iter().map(|column| i16::try_from(position(column)? + 1).ok()).collect::<Option<_>>()?;
    if positions.is_empty() {
        return None;
    }
    let positions: Vec<ScalarValue> =
        positions.into_iter().map(|position| ScalarValue::Int16(Some(position))).collect();
    Some(Row::from([
        ("oid", number(key)),
        ("conname", text(&format!("{name}_key"))),
        ("contype", text("p")),
        ("conrelid", number(table.into())),
        ("conkey", ScalarValue::List(ScalarValue::new_list_nullable(&positions, &DataType::Int16))),
    ]))
}

/// A table of the same columns with these rows; what they say nothing of is NULL.
fn filled(like: &RecordBatch, rows: &[Row]) -> Result<RecordBatch> {
    let fields: Vec<Field> =
        like.schema().fields().iter().map(|field| field.as_ref().clone().with_nullable(true)).collect();
    let mut columns = Vec::with_capacity(fields.len());
    for field in &fields {
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
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}
