//! Delta Lake tables at `marts/<mart>/` that follow the publish log.
//!
//! The files are the mart's own; only Delta's log is written here. A table carries the number of the entry that it
//! shows as its application transaction. Delta is read through `deltalake`, but a commit is one create-only write
//! through the warehouse, at exactly the version after the one read: the library would try again by itself over
//! what another writer did in between, and would not sync it to the disk.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use deltalake::checkpoints::create_checkpoint;
use deltalake::kernel::transaction::{CommitData, PROTOCOL};
use deltalake::kernel::{Action, Add, MetadataExt, StructType, Transaction};
use deltalake::logstore::{LogStoreRef, StorageConfig, default_logstore};
use deltalake::protocol::{DeltaOperation, SaveMode};
use deltalake::table::state::DeltaTableState;
use deltalake::{DeltaTable, kernel};
use object_store::prefix::PrefixStore;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use crate::contract::parse_type;
use crate::publish::Followed;
use crate::warehouse::publish_log::{Entry, PublishedMart};
use crate::warehouse::{Created, MartFile, Warehouse};

/// The name under which a table carries the number of the entry that it shows.
const APPLICATION: &str = "sopmart";

/// How often another writer may be faster before the table is left to the next run.
const ATTEMPTS: usize = 20;

/// Every so many versions the log gets a checkpoint, so that opening a table does not read its whole past.
const CHECKPOINT_EVERY: u64 = 20;

/// Brings one table to the entry: creates it, adds and removes files and changes its schema, in one commit.
pub async fn follow(warehouse: &Warehouse, entry: &Entry, mart: &str, published: &PublishedMart) -> Result<Followed> {
    follow_table(warehouse, entry, mart, published).await.with_context(|| {
        format!(
            "bringing the Delta table marts/{mart} to entry {} of the publish log; the next run tries again",
            entry.n
        )
    })
}

async fn follow_table(warehouse: &Warehouse, entry: &Entry, mart: &str, published: &PublishedMart) -> Result<Followed> {
    let n = i64::try_from(entry.n).context("the publish log is longer than Delta can count")?;
    for _ in 0..ATTEMPTS {
        let newest = newest_commit(warehouse, mart).await?;
        // The usual case, and the only one in a run that has nothing to do: sopmart wrote the newest commit itself.
        let is_own = match &newest {
            NewestCommit::Json { transaction: Some(shown), run_id } if *shown == n => Some(*run_id == entry.run_id),
            _ => None,
        };
        if is_own == Some(true) {
            return Ok(Followed::AlreadyThere);
        }
        let (version, actions) = if newest == NewestCommit::NoTable {
            (0, first_actions(entry, mart, published)?)
        } else {
            let log_store = log_store(warehouse, mart)?;
            let state = DeltaTableState::try_new(log_store.as_ref(), None).await.context("reading Delta's log")?;
            let shown =
                state.transaction_version(log_store.as_ref(), APPLICATION).await.context("reading Delta's log")?;
            match shown {
                Some(shown) if shown > n => bail!(
                    "the table shows entry {shown}, and the publish log ends at {n}: its end is lost; bring published/ back, or remove marts/{mart}/_delta_log, and the next run makes the table anew"
                ),
                // Of another run it is an entry that was lost, and what it published has to go.
                Some(shown) if shown == n && is_own.is_none() => return Ok(Followed::AlreadyThere),
                _ => {}
            }
            (state.version() + 1, next_actions(&state, entry, mart, published)?)
        };
        let path = format!("{}/{version:020}.json", log_folder(mart));
        let commit = CommitData::new(actions, operation(), commit_info(entry), vec![transaction(entry, n)]);
        let bytes = commit.get_bytes().context("writing Delta's actions")?;
        // Where another writer was faster, its commit is read and everything decided again.
        if warehouse.create(&path, bytes).await? == Created::Ours {
            checkpoint_if_due(warehouse, mart, version).await;
            return Ok(Followed::Committed { version });
        }
    }
    bail!("another writer commits to the table faster than sopmart can; marts/ belongs to sopmart, so stop it")
}

/// What the end of a table's log looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
enum NewestCommit {
    NoTable,
    /// The newest commit; where it is one of sopmart's, the entry that it carries and the run that published it.
    Json {
        transaction: Option<i64>,
        run_id: String,
    },
    /// Only checkpoints are left.
    Checkpoint,
}

/// One line of a commit, as far as it matters here.
#[derive(Deserialize)]
struct Line {
    txn: Option<Transaction>,
    #[serde(rename = "commitInfo")]
    commit_info: Option<CommitInfo>,
}

#[derive(Deserialize)]
struct CommitInfo {
    /// What `commit_info` writes there, as a text.
    #[serde(rename = "userMetadata")]
    user_metadata: Option<String>,
}

#[derive(Deserialize)]
struct RunOfCommit {
    run_id: String,
}

/// Reads the newest commit alone, which is far cheaper than the table's state.
async fn newest_commit(warehouse: &Warehouse, mart: &str) -> Result<NewestCommit> {
    let listed = warehouse.list(&log_folder(mart)).await?;
    // Versions have 20 digits, so that names sort as numbers do.
    let names = listed.iter().filter_map(|object| object.location.filename());
    let versioned: Vec<&str> =
        names.filter(|name| name.len() > 20 && name.as_bytes()[..20].iter().all(u8::is_ascii_digit)).collect();
    let Some(newest) = versioned.iter().filter(|name| name.len() == 25 && &name[20..] == ".json").max() else {
        return Ok(if versioned.is_empty() { NewestCommit::NoTable } else { NewestCommit::Checkpoint });
    };
    let path = format!("{}/{newest}", log_folder(mart));
    let bytes =
        warehouse.read(&path).await?.with_context(|| format!("{path} was there a moment ago and now is not"))?;
    let lines: Vec<Line> =
        bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
    let mut transactions = lines.iter().filter_map(|line| line.txn.as_ref());
    let transaction = transactions.rfind(|transaction| transaction.app_id == APPLICATION);
    let infos = lines.iter().filter_map(|line| line.commit_info.as_ref()?.user_metadata.as_deref());
    let run = infos.filter_map(|info| serde_json::from_str::<RunOfCommit>(info).ok()).next_back();
    Ok(NewestCommit::Json {
        transaction: transaction.map(|transaction| transaction.version),
        run_id: run.map_or_else(String::new, |run| run.run_id),
    })
}

fn first_actions(entry: &Entry, mart: &str, published: &PublishedMart) -> Result<Vec<Action>> {
    let protocol = serde_json::from_value(json!({"minReaderVersion": 1, "minWriterVersion": 2}))
        .context("writing Delta's protocol")?;
    let metadata = serde_json::from_value(json!({
        "id": uuid::Uuid::now_v7(),
        "name": mart,
        "description": published.description,
        "format": {"provider": "parquet", "options": {}},
        "schemaString": schema(published)?.to_string(),
        "partitionColumns": [],
        // What the publish log names stays readable by time travel for good.
        "configuration": {"delta.enableExpiredLogCleanup": "false"},
        "createdTime": entry.published_at.timestamp_millis(),
    }));
    let mut actions = vec![Action::Protocol(protocol), Action::Metadata(metadata.context("writing Delta's metadata")?)];
    for file in &published.files {
        actions.push(Action::Add(add(entry, mart, published, file)?));
    }
    Ok(actions)
}

/// What makes the table's files and schema those of the entry.
fn next_actions(state: &DeltaTableState, entry: &Entry, mart: &str, published: &PublishedMart) -> Result<Vec<Action>> {
    let protocol = state.protocol();
    if (protocol.min_reader_version(), protocol.min_writer_version()) > (1, 2) || protocol.min_writer_version() > 2 {
        bail!(
            "another writer has raised the table's protocol to ({}, {}), and sopmart writes (1, 2): marts/ belongs to sopmart, so remove marts/{mart}/_delta_log, and the next run makes the table anew",
            protocol.min_reader_version(),
            protocol.min_writer_version()
        );
    }
    let mut actions = Vec::new();
    let schema: StructType = serde_json::from_value(schema(published)?).context("writing Delta's schema")?;
    if *state.schema() != schema {
        actions
            .push(Action::Metadata(state.metadata().clone().with_schema(&schema).context("writing Delta's metadata")?));
    }
    let wanted: HashSet<&str> = published.files.iter().map(|file| in_table(mart, file)).collect();
    let active: Vec<_> = state.log_data().iter().collect();
    actions.extend(
        active
            .iter()
            .filter(|file| !wanted.contains(&*file.path()))
            .map(|file| Action::Remove(file.remove_action(true))),
    );
    let active: HashSet<String> = active.iter().map(|file| file.path().into_owned()).collect();
    for file in published.files.iter().filter(|file| !active.contains(in_table(mart, file))) {
        actions.push(Action::Add(add(entry, mart, published, file)?));
    }
    PROTOCOL.can_commit(state, &actions, &operation()).context("the table does not allow what has to be written")?;
    Ok(actions)
}

fn add(entry: &Entry, mart: &str, published: &PublishedMart, file: &MartFile) -> Result<Add> {
    Ok(Add {
        path: in_table(mart, file).to_string(),
        size: i64::try_from(file.bytes).context("a file larger than Delta can say")?,
        modification_time: entry.published_at.timestamp_millis(),
        data_change: true,
        stats: Some(statistics(published, file).to_string()),
        ..Add::default()
    })
}

/// Delta's statistics of a file: how many rows, and how many of them lack a value. No bounds: not every column can have
/// them (personal ones never do), and deltalake 1.6.6 takes a column without bounds beside others that have them for one
/// in which no value matches, so that `to_pyarrow_dataset` lost rows without a word.
fn statistics(published: &PublishedMart, file: &MartFile) -> Value {
    let nulls = published.schema.iter().filter_map(|column| {
        let statistics = file.statistics.get(&column.name)?;
        Some((column.name.clone(), Value::from(statistics.nulls)))
    });
    json!({"numRecords": file.rows, "nullCount": nulls.collect::<Map<_, _>>()})
}

/// The schema in Delta's own words, with the contract's sentences as comments.
fn schema(published: &PublishedMart) -> Result<Value> {
    let mut fields = Vec::with_capacity(published.schema.len());
    for column in &published.schema {
        let delta_type = match column.type_name.as_str() {
            "text" => "string".to_string(),
            "smallint" => "short".to_string(),
            "bigint" => "long".to_string(),
            same if parse_type(same).is_some() => same.to_string(),
            other => bail!("the column {} is {other}, for which Delta has no type", column.name),
        };
        let metadata = column.description.as_ref().map_or(json!({}), |description| json!({"comment": description}));
        fields.push(json!({"name": column.name, "type": delta_type, "nullable": true, "metadata": metadata}));
    }
    Ok(json!({"type": "struct", "fields": fields}))
}

fn operation() -> DeltaOperation {
    DeltaOperation::Write { mode: SaveMode::Overwrite, partition_by: None, predicate: None }
}

fn transaction(entry: &Entry, n: i64) -> Transaction {
    Transaction::new_with_last_update(APPLICATION, n, Some(entry.published_at.timestamp_millis()))
}

fn commit_info(entry: &Entry) -> HashMap<String, Value> {
    let shown = json!({"run_id": entry.run_id, "entry": entry.n, "as_of": entry.as_of}).to_string();
    HashMap::from([("userMetadata".to_string(), shown.into())])
}

/// A checkpoint only saves readers time: where it fails, the commits tell the same.
async fn checkpoint_if_due(warehouse: &Warehouse, mart: &str, version: kernel::Version) {
    if version == 0 || !version.is_multiple_of(CHECKPOINT_EVERY) {
        return;
    }
    let Ok(log_store) = log_store(warehouse, mart) else { return };
    let mut table = DeltaTable::new(log_store);
    if table.load_version(version).await.is_ok() && create_checkpoint(&table, None).await.is_ok() {
        drop(warehouse.sync(&[format!("{}/{version:020}.checkpoint.parquet", log_folder(mart))]).await);
    }
}

/// Delta's way into the warehouse's own store.
fn log_store(warehouse: &Warehouse, mart: &str) -> Result<LogStoreRef> {
    let table = PrefixStore::new(warehouse.store(), format!("marts/{mart}"));
    // The library takes the URL's path below the store's root, and from `--x-s3`, the mark of S3's unordered buckets,
    // that it has to sort what it lists: so do local disks need, and object stores do not mind.
    let location =
        Url::parse(&format!("warehouse://here--x-s3/marts/{mart}/")).context("a mart's name that no URL can hold")?;
    Ok(default_logstore(Arc::new(table), warehouse.store(), &location, &StorageConfig::default()))
}

fn log_folder(mart: &str) -> String {
    format!("marts/{mart}/_delta_log")
}

/// The file's path as the table says it.
fn in_table<'a>(mart: &str, file: &'a MartFile) -> &'a str {
    file.path
        .strip_prefix("marts/")
        .and_then(|path| path.strip_prefix(mart))
        .and_then(|path| path.strip_prefix('/'))
        .unwrap_or(&file.path)
}
