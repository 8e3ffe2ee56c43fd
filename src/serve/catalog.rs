//! A session over a published set as clients of PostgreSQL expect a database to be: with tables that tell of tables.

use anyhow::{Context, Result};
use arrow::array::StringArray;
use arrow::datatypes::DataType;
use datafusion::logical_expr::{ColumnarValue, Volatility};
use datafusion::prelude::{SessionContext, create_udf};
use datafusion_pg_catalog::pg_catalog::context::EmptyContextProvider;
use datafusion_pg_catalog::setup_pg_catalog;
use std::sync::Arc;

use crate::engine::{self, Engine};
use crate::serve::settings::VERSION;
use crate::warehouse::publish_log::Entry;

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
    let version = move |_: &[ColumnarValue]| Ok(ColumnarValue::Array(Arc::new(StringArray::from(vec![text.clone()]))));
    session.register_udf(create_udf("version", vec![], DataType::Utf8, Volatility::Stable, Arc::new(version)));
    Ok(session)
}
