//! A session over a published set as clients of PostgreSQL expect a database to be: with tables that tell of tables.
//!
//! `datafusion-pg-catalog` knows tables and columns. What the published set knows beyond that is put in: digits of
//! decimals, keys, and the contracts' sentences as comments.

mod functions;
mod literals;
mod only;
mod tables;

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use arrow::array::AsArray;
use arrow::datatypes::Int32Type;
use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::execution::FunctionRegistry;
use datafusion::prelude::SessionContext;
use datafusion_pg_catalog::pg_catalog::context::EmptyContextProvider;
use datafusion_pg_catalog::setup_pg_catalog;

use crate::engine::{self, Engine};
use crate::serve::quoted::KeptDigits;
use crate::warehouse::publish_log::{Entry, PublishedMart};

pub use functions::current_setting;
pub use only::THE_ONLY;

const SCHEMA: &str = "pg_catalog";

/// The schema of all that is published.
const MARTS: &str = "marts";

/// A session that sees the marts of an entry and PostgreSQL's own tables about them.
///
/// # Errors
/// When the entry names a type that is none.
pub async fn session(engine: &Engine, entry: &Entry) -> Result<SessionContext> {
    let session = engine.session_of_marts(&engine::published_tables(entry)?)?;
    setup_pg_catalog(&session, engine::CATALOG, EmptyContextProvider)
        .map_err(|error| *error)
        .context("making the tables that tell of tables")?;
    let known = Known::of(&session, entry).await.context("telling of the marts' columns")?;
    functions::register(&session, entry, &known);
    session.state_ref().write().register_expr_planner(Arc::new(literals::OfBooleans))?;
    session.add_analyzer_rule(Arc::new(KeptDigits));
    let replaced = tables::known(&session, &known).await.context("telling of the marts' columns")?;
    let catalog = session.catalog(engine::CATALOG).context("the session has its catalog")?;
    let beneath = catalog.schema(SCHEMA).context("PostgreSQL's tables were made above")?;
    catalog.register_schema(SCHEMA, Arc::new(Tables { beneath, replaced }))?;
    Ok(session)
}

/// PostgreSQL's own tables, some of them with what the published set knows.
#[derive(Debug)]
struct Tables {
    beneath: Arc<dyn SchemaProvider>,
    replaced: BTreeMap<&'static str, Arc<dyn TableProvider>>,
}

#[async_trait]
impl SchemaProvider for Tables {
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

/// What clients are told by number.
struct Known<'a> {
    marts: Vec<Served<'a>>,
    /// The number of the table of tables, by which comments on tables are told from others.
    of_tables: i32,
    /// The number of the marts' schema.
    schema: i32,
}

/// A mart as a table of PostgreSQL.
struct Served<'a> {
    name: &'a str,
    mart: &'a PublishedMart,
    number: i32,
    key: Option<Key>,
}

/// The primary key of a mart, as a constraint and as the index that PostgreSQL would keep for it.
struct Key {
    name: String,
    constraint: i32,
    index: i32,
    columns: Vec<String>,
    /// Of its columns within the table, from 1.
    positions: Vec<i16>,
}

/// From here on keys have numbers; tables are counted from 16384, and there are not as many.
const FIRST_KEY: i32 = 1_000_000;

impl<'a> Known<'a> {
    /// The mart whose table has this number; they are in the order of their numbers.
    fn served(&self, number: i32) -> Option<&Served<'a>> {
        let place = self.marts.binary_search_by_key(&number, |served| served.number).ok()?;
        self.marts.get(place)
    }

    /// The numbers are those that the library gave to the tables of this session.
    async fn of(session: &SessionContext, entry: &'a Entry) -> Result<Known<'a>> {
        let sql = "select c.oid, c.relname, n.nspname, n.oid from pg_catalog.pg_class as c \
            inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace order by c.oid";
        let plan = session.state().create_logical_plan(sql).await?;
        let mut known = Known { marts: Vec::new(), of_tables: 0, schema: 0 };
        for batch in engine::collect(session, plan).await? {
            let number = |column: usize| batch.column(column).as_primitive::<Int32Type>();
            let (names, schemas) = (batch.column(1).as_string::<i32>(), batch.column(2).as_string::<i32>());
            for row in 0..batch.num_rows() {
                let number_of_table = number(0).value(row);
                match (schemas.value(row), entry.marts.get_key_value(names.value(row))) {
                    (MARTS, Some((name, mart))) => {
                        known.schema = number(3).value(row);
                        let key = Key::of(name, mart, FIRST_KEY + 2 * i32::try_from(known.marts.len())?);
                        known.marts.push(Served { name, mart, number: number_of_table, key });
                    }
                    (SCHEMA, None) if names.value(row) == "pg_class" => known.of_tables = number_of_table,
                    _ => {}
                }
            }
        }
        Ok(known)
    }
}

impl Key {
    fn of(name: &str, mart: &PublishedMart, first: i32) -> Option<Key> {
        let position = |wanted: &String| mart.schema.iter().position(|column| column.name == *wanted);
        let positions: Vec<i16> =
            mart.key.iter().map(|column| i16::try_from(position(column)? + 1).ok()).collect::<Option<_>>()?;
        let (name, columns) = (format!("{name}_key"), mart.key.clone());
        (!positions.is_empty()).then_some(Key { name, constraint: first, index: first + 1, columns, positions })
    }
}
