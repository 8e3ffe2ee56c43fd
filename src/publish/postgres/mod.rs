//! A schema of a PostgreSQL database that shows the published set.
//!
//! New tables are loaded beside those that readers see, and take their places in one transaction: the whole set or
//! none. Until the moment of the swap nothing is locked that a reader asks for. Tables whose files are as they were are left as
//! they are. What the schema shows stands in its table `sopmart_published`, one row per mart.

mod binary;
mod swap;
mod table;

pub use binary::{DAYS_TO_2000, MICROSECONDS_TO_2000};

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use bytes::{Bytes, BytesMut};
use datafusion::prelude::SessionContext;
use futures::{SinkExt, TryStreamExt};
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use tokio_postgres::{Client, Transaction};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::engine::{self, Engine};
use crate::pipeline::PostgresTarget;
use crate::publish::Followed;
use crate::publish::postgres::swap::{NewTable, swap};
use crate::publish::postgres::table::{LONGEST_NAME, literal, quoted};
use crate::warehouse::publish_log::{Entry, PublishedMart};

/// Where the schema says what it shows.
const SHOWN: &str = "sopmart_published";

/// How long a server may take to answer a connection.
const CONNECT: Duration = Duration::from_secs(10);

/// How many bytes of rows are sent at once.
const SENT_AT_ONCE: usize = 1 << 18;

/// What the session of a load is to be, whatever the database's settings say.
const SESSION: &str = "set search_path to pg_catalog; set timezone to 'UTC'; set client_encoding to 'UTF8'; \
    set standard_conforming_strings to on; set statement_timeout to 0; set idle_in_transaction_session_timeout to 0; \
    set lock_timeout to '10s'";

/// Brings the schema to the entry.
pub async fn follow(engine: &Engine, entry: &Entry, target: &PostgresTarget) -> Result<Followed> {
    follow_database(engine, entry, target).await.with_context(|| {
        format!(
            "bringing {target} to entry {} of the publish log; it shows what it showed, and the next run tries again",
            entry.n
        )
    })
}

async fn follow_database(engine: &Engine, entry: &Entry, target: &PostgresTarget) -> Result<Followed> {
    if let Some(name) = entry.marts.keys().find(|name| name.len() > LONGEST_NAME || *name == SHOWN) {
        bail!("no table can be named {name}: rename the mart, to at most {LONGEST_NAME} letters");
    }
    let mut client = connect(target).await?;
    client.batch_execute(SESSION).await.map_err(said)?;
    let transaction = client.transaction().await.map_err(said)?;
    only_one_at_a_time(&transaction, &target.schema).await?;
    let shown = shown(&transaction, &target.schema).await?;
    if let Some(ahead) = shown.values().map(|mart| mart.entry).max().filter(|shown| *shown > entry.n) {
        let schema = &target.schema;
        bail!(
            "{schema} shows entry {ahead}, and the publish log ends at {}: its end is lost; bring published/ back, or drop the table {schema}.{SHOWN}'s rows and the next run loads all marts anew",
            entry.n
        );
    }
    let is_shown = |(name, mart): &(&String, &PublishedMart)| {
        shown.get(*name).is_some_and(|shown| shown.is_there && shown.content == table::content(mart))
    };
    let changed: Vec<_> = entry.marts.iter().filter(|mart| !is_shown(mart)).collect();
    let gone: Vec<&str> = shown.keys().filter(|name| !entry.marts.contains_key(*name)).map(String::as_str).collect();
    let is_of_entry = |mart: &ShownMart| mart.entry == entry.n && mart.entry_sha256 == entry.sha256;
    if changed.is_empty() && gone.is_empty() && shown.values().all(is_of_entry) {
        return Ok(Followed::AlreadyThere);
    }
    refuse_to_take_a_place(&transaction, target, &changed, &shown).await?;
    let session = engine.session(&engine::published_tables(entry)?)?;
    let mut new = Vec::with_capacity(changed.len());
    for (position, (name, mart)) in changed.iter().enumerate() {
        let table = NewTable { name: name.as_str(), loaded_as: format!("sopmart_loading_{position}") };
        let loaded = format!("{}.{}", quoted(&target.schema), quoted(&table.loaded_as));
        load(&transaction, &session, &loaded, name, mart).await.with_context(|| format!("loading marts.{name}"))?;
        transaction
            .batch_execute(&table::finish(&loaded, name, entry.n, mart))
            .await
            .map_err(said)
            .with_context(|| format!("giving marts.{name} its key, indexes and comments"))?;
        new.push(table);
    }
    let delivered = new.len();
    let mut transaction = transaction;
    swap(&mut transaction, &target.schema, &new, &gone).await?;
    say_what_is_shown(&transaction, &target.schema, entry).await?;
    transaction.commit().await.map_err(said)?;
    Ok(Followed::Delivered { marts: delivered })
}

/// Connects with TLS as the URL's `sslmode` says, trusting whom the machine trusts.
async fn connect(target: &PostgresTarget) -> Result<Client> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .context("choosing versions of TLS")?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut connection = target.connection.clone();
    connection.application_name("sopmart");
    if connection.get_connect_timeout().is_none() {
        connection.connect_timeout(CONNECT);
    }
    let (client, connected) = connection.connect(MakeRustlsConnect::new(tls)).await.map_err(said)?;
    // It ends with the client; what it fails of, the client's calls fail of, too.
    tokio::spawn(connected);
    Ok(client)
}

/// What the server said, with its hint; the library's own text says only that it said something.
fn said(error: tokio_postgres::Error) -> anyhow::Error {
    let Some(server) = error.as_db_error() else { return error.into() };
    let more = [server.detail(), server.hint()].into_iter().flatten().map(|more| format!(": {more}"));
    let text = format!("{}{} (SQLSTATE {})", server.message(), more.collect::<String>(), server.code().code());
    anyhow!(error).context(text)
}

/// Two runs would wait for each other's locks; the lock is gone with the transaction.
async fn only_one_at_a_time(transaction: &Transaction<'_>, schema: &str) -> Result<()> {
    let ask = "select pg_try_advisory_xact_lock(hashtext('sopmart'), hashtext($1))";
    let row = transaction.query_one(ask, &[&schema]).await.map_err(said)?;
    if !row.get::<_, bool>(0) {
        bail!("another run loads this schema right now");
    }
    Ok(())
}

/// One row of what the schema shows.
struct ShownMart {
    entry: u64,
    entry_sha256: String,
    content: String,
    /// Whether the table is still there: somebody may have dropped it.
    is_there: bool,
}

/// What the schema shows, by mart; makes the schema and its record where they are missing.
async fn shown(transaction: &Transaction<'_>, schema: &str) -> Result<BTreeMap<String, ShownMart>> {
    let there = "select count(*) from pg_namespace where nspname = $1";
    if transaction.query_one(there, &[&schema]).await.map_err(said)?.get::<_, i64>(0) == 0 {
        transaction.batch_execute(&format!("create schema {}", quoted(schema))).await.map_err(said)?;
    }
    let record = format!("{}.{SHOWN}", quoted(schema));
    let make = format!(
        "create table if not exists {record} (mart text primary key, entry bigint not null, run_id text not null, \
         as_of date not null, published_at timestamptz not null, rows bigint not null, content_sha256 text not null, \
         entry_sha256 text not null)"
    );
    let comment = "What the tables of this schema show, as sopmart loaded them: one row per mart.";
    transaction.batch_execute("set local client_min_messages to warning").await.map_err(said)?;
    transaction.batch_execute(&make).await.map_err(said)?;
    transaction.batch_execute(&format!("comment on table {record} is {}", literal(comment))).await.map_err(said)?;
    let select = format!(
        "select mart, entry, entry_sha256, content_sha256, to_regclass(format('%I.%I', $1::text, mart)) is not null \
         from {record}"
    );
    let rows = transaction.query(&select, &[&schema]).await.map_err(said)?;
    let mut shown = BTreeMap::new();
    for row in rows {
        let entry = u64::try_from(row.get::<_, i64>(1)).context("entries are counted from 1")?;
        let mart = ShownMart { entry, entry_sha256: row.get(2), content: row.get(3), is_there: row.get(4) };
        shown.insert(row.get(0), mart);
    }
    Ok(shown)
}

/// A table or view of somebody else's under the name of a mart is never replaced.
async fn refuse_to_take_a_place(
    transaction: &Transaction<'_>,
    target: &PostgresTarget,
    changed: &[(&String, &PublishedMart)],
    shown: &BTreeMap<String, ShownMart>,
) -> Result<()> {
    let new: Vec<&str> =
        changed.iter().map(|(name, _)| name.as_str()).filter(|name| !shown.contains_key(*name)).collect();
    let taken = "select relname from pg_class where relnamespace = $1::text::regnamespace and relname = any($2)";
    let taken = transaction.query(taken, &[&quoted(&target.schema), &new]).await.map_err(said)?;
    let taken: Vec<String> = taken.iter().map(|row| format!("{}.{}", target.schema, row.get::<_, &str>(0))).collect();
    if !taken.is_empty() {
        bail!(
            "{} is there and was not made by sopmart: rename it, or give the target another `schema`",
            taken.join(", ")
        );
    }
    Ok(())
}

/// Makes a table with all rows of a mart.
async fn load(
    transaction: &Transaction<'_>,
    session: &SessionContext,
    table: &str,
    name: &str,
    mart: &PublishedMart,
) -> Result<()> {
    transaction.batch_execute(&table::create(table, mart)?).await.map_err(said)?;
    let copy = format!("copy {table} from stdin (format binary)");
    let mut sink = Box::pin(transaction.copy_in::<_, Bytes>(copy.as_str()).await.map_err(said)?);
    let mut bytes = BytesMut::from(binary::HEADER);
    let mut rows = session.table(format!("marts.\"{name}\"")).await?.execute_stream().await?;
    while let Some(batch) = rows.try_next().await? {
        binary::append(&batch, &mut bytes)?;
        if bytes.len() >= SENT_AT_ONCE {
            sink.send(bytes.split().freeze()).await.map_err(said)?;
        }
    }
    bytes.extend_from_slice(binary::TRAILER);
    sink.send(bytes.freeze()).await.map_err(said)?;
    let loaded = sink.as_mut().finish().await.map_err(said)?;
    let expected = mart.rows();
    if loaded != expected {
        bail!("the server took {loaded} rows, and the publish log counts {expected}");
    }
    Ok(())
}

async fn say_what_is_shown(transaction: &Transaction<'_>, schema: &str, entry: &Entry) -> Result<()> {
    let record = format!("{}.{SHOWN}", quoted(schema));
    transaction.batch_execute(&format!("delete from {record}")).await.map_err(said)?;
    let insert = format!(
        "insert into {record} (mart, entry, run_id, as_of, published_at, rows, content_sha256, entry_sha256) \
         values ($1, $2, $3, $4::text::date, $5::text::timestamptz, $6, $7, $8)"
    );
    let insert = transaction.prepare(&insert).await.map_err(said)?;
    let n = i64::try_from(entry.n).context("the publish log is longer than can be counted")?;
    for (name, mart) in &entry.marts {
        let rows = i64::try_from(mart.rows()).context("rows are counted")?;
        let (as_of, published_at) = (entry.as_of.to_string(), entry.published_at.to_rfc3339());
        let content = table::content(mart);
        transaction
            .execute(&insert, &[name, &n, &entry.run_id, &as_of, &published_at, &rows, &content, &entry.sha256])
            .await
            .map_err(said)?;
    }
    Ok(())
}
