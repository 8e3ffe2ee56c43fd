//! What publishing leaves for readers: the publish log, and Delta tables that follow it.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::DataType;
use chrono::{DateTime, NaiveDate};
use deltalake::DeltaTableBuilder;
use parquet::arrow::ArrowWriter;
use sopmart::contract::{Column, Contract};
use sopmart::publish::{BuiltMart, Followed, Proposal, Rival, Run, TargetOutcome, commit, follow, propose};
use sopmart::warehouse::publish_log::{self, Entry};
use sopmart::warehouse::{MartFile, Warehouse};
use url::Url;

/// A mart contract of the columns `product_id`, `quantity` and `as_of`, keyed by the first.
pub fn contract(name: &str) -> Contract {
    let column = |name: &str, data_type: DataType, key_position: Option<u32>| Column {
        key_position,
        description: format!("What {name} says, in a sentence."),
        ..Column::plain(name, data_type)
    };
    let columns = vec![
        column("product_id", DataType::Utf8, Some(1)),
        column("quantity", DataType::Int64, None),
        column("as_of", DataType::Date32, None),
    ];
    Contract {
        file: format!("sql/marts/{name}.odcs.yaml"),
        text: format!("version: 1.0.0\nid: {name}\nschema:\n  - name: {name}\n    properties:\n      - name: product_id\n      - name: quantity\n")
            .into(),
        description: "One row per product.".into(),
        ..Contract::plain(name, columns)
    }
}

/// The same contract for a mart that accumulates.
pub fn snapshot_contract(name: &str) -> Contract {
    Contract { snapshot_by: Some("as_of".into()), ..contract(name) }
}

pub fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn run(run_id: &str, as_of: &str) -> Run {
    Run {
        run_id: run_id.into(),
        as_of: date(as_of),
        published_at: DateTime::from_timestamp(1_700_000_000, 0).unwrap(),
        allow_breaking: false,
    }
}

/// What publishing led to: the entry stands, whatever became of the targets.
#[derive(Debug)]
pub struct Published {
    pub entry: Entry,
    pub targets: Vec<TargetOutcome>,
}

/// Writes the entry and lets the targets follow, as a run does.
pub async fn publish(warehouse: &Warehouse, proposed: Entry) -> anyhow::Result<Published> {
    let entry = commit(warehouse, proposed).await?;
    let targets = follow(warehouse, &entry).await;
    Ok(Published { entry, targets })
}

/// Writes a mart file with one row per quantity and describes it as a run would.
pub async fn write_mart(warehouse: &Warehouse, contract: &Contract, file: &str, quantities: &[i64]) -> MartFile {
    let ids = quantities.iter().map(|quantity| format!("product {quantity}")).collect::<Vec<_>>();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(ids)),
        Arc::new(Int64Array::from(quantities.to_vec())),
        Arc::new(Date32Array::from(vec![20_000; quantities.len()])),
    ];
    let schema = contract.schema();
    let rows = RecordBatch::try_new(Arc::clone(&schema), columns).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, schema, None).unwrap();
    writer.write(&rows).unwrap();
    writer.close().unwrap();
    let path = format!("marts/{}/{file}.parquet", contract.name);
    warehouse.put(&path, bytes).await.unwrap();
    MartFile::describe(warehouse, &path, contract).await.unwrap()
}

/// A mart built from these quantities; the fingerprint is the file's name.
pub async fn build<'a>(warehouse: &Warehouse, contract: &'a Contract, file: &str, quantities: &[i64]) -> BuiltMart<'a> {
    let files = vec![write_mart(warehouse, contract, file, quantities).await];
    BuiltMart { name: contract.name.clone(), contract, fingerprint: file.into(), files, causes_entry: true }
}

pub async fn propose_entry(warehouse: &Warehouse, built: &[BuiltMart<'_>], run: &Run) -> Option<Entry> {
    let newest = publish_log::newest(warehouse).await.unwrap();
    match propose(newest.as_ref(), built, run).unwrap() {
        Proposal::NothingToDo => None,
        Proposal::Entry(entry) => Some(*entry),
    }
}

/// Publishes and holds that every target has followed.
pub async fn publish_all(warehouse: &Warehouse, built: &[BuiltMart<'_>], run: &Run) -> Entry {
    let entry = propose_entry(warehouse, built, run).await.expect("something to publish");
    let published = publish(warehouse, entry).await.unwrap();
    for target in published.targets {
        target.result.unwrap();
    }
    published.entry
}

/// The active files of a mart's Delta table as any Delta reader finds them on the disk; None where there is no table.
pub async fn delta_files(folder: &Path, mart: &str) -> Option<Vec<String>> {
    let table = open_table(folder, mart).await?;
    let mut files: Vec<String> =
        table.snapshot().unwrap().log_data().iter().map(|file| format!("marts/{mart}/{}", file.path())).collect();
    files.sort();
    Some(files)
}

pub async fn open_table(folder: &Path, mart: &str) -> Option<deltalake::DeltaTable> {
    let location = folder.join("marts").join(mart);
    if !location.join("_delta_log").exists() {
        return None;
    }
    let url = Url::from_directory_path(location.canonicalize().unwrap()).unwrap();
    Some(DeltaTableBuilder::from_url(url).unwrap().load().await.unwrap())
}

/// The files of a mart as an entry names them.
pub fn entry_files(entry: &Entry, mart: &str) -> Vec<String> {
    let mut files: Vec<String> = entry.marts[mart].files.iter().map(|file| file.path.clone()).collect();
    files.sort();
    files
}

pub fn temporary_warehouse() -> (tempfile::TempDir, Warehouse) {
    let folder = tempfile::tempdir().unwrap();
    let warehouse = Warehouse::in_folder(folder.path()).unwrap();
    (folder, warehouse)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_publish_makes_an_entry_and_a_delta_table_with_comments_and_statistics() {
    let (folder, warehouse) = temporary_warehouse();
    let contract = contract("stock");
    let entry =
        publish_all(&warehouse, &[build(&warehouse, &contract, "a", &[3, 1, 2]).await], &run("r1", "2026-01-05")).await;

    assert_eq!((entry.n, entry.previous_sha256.as_deref()), (1, None));
    assert_eq!(publish_log::newest(&warehouse).await.unwrap(), Some(entry.clone()));
    let quantity = &entry.marts["stock"].files[0].statistics["quantity"];
    assert_eq!((quantity.nulls, quantity.min.as_deref(), quantity.max.as_deref()), (0, Some("1"), Some("3")));

    let table = open_table(folder.path(), "stock").await.unwrap();
    let state = table.snapshot().unwrap();
    assert_eq!((state.protocol().min_reader_version(), state.protocol().min_writer_version()), (1, 2));
    assert_eq!(state.metadata().configuration()["delta.enableExpiredLogCleanup"], "false");
    let log = std::fs::read_to_string(folder.path().join("marts/stock/_delta_log/00000000000000000000.json")).unwrap();
    assert!(log.contains(r#"\"comment\":\"What quantity says, in a sentence.\""#), "{log}");
    assert!(log.contains(r#"\"nullCount\":{\"product_id\":0,\"quantity\":0,\"as_of\":0}"#), "{log}");
    assert!(!log.contains("maxValues"), "bounds of some columns make readers lose rows: {log}");
    assert!(log.contains(r#"{"txn":{"appId":"sopmart","version":1,"#), "{log}");
    assert_eq!(delta_files(folder.path(), "stock").await.unwrap(), entry_files(&entry, "stock"));
    assert!(!folder.path().join("incoming").read_dir().unwrap().any(|_| true), "nothing is left over");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_run_writes_no_entry() {
    let (folder, warehouse) = temporary_warehouse();
    let contract = contract("stock");
    publish_all(&warehouse, &[build(&warehouse, &contract, "a", &[1]).await], &run("r1", "2026-01-05")).await;
    // Built again to the same bytes, from other SQL and for another day.
    let again = build(&warehouse, &contract, "b", &[1]).await;
    assert!(propose_entry(&warehouse, &[again], &run("r2", "2026-01-06")).await.is_none());
    let entry = publish_log::newest(&warehouse).await.unwrap().unwrap();
    let outcomes = follow(&warehouse, &entry).await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome.result, Ok(Followed::AlreadyThere))));
    assert_eq!(open_table(folder.path(), "stock").await.unwrap().version(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_mart_leaves_the_files_of_the_others() {
    let (folder, warehouse) = temporary_warehouse();
    let (stock, orders) = (contract("stock"), contract("orders"));
    let first = [build(&warehouse, &stock, "a", &[1]).await, build(&warehouse, &orders, "a", &[10]).await];
    publish_all(&warehouse, &first, &run("r1", "2026-01-05")).await;
    let second = [build(&warehouse, &stock, "b", &[2]).await, build(&warehouse, &orders, "b", &[10]).await];
    let entry = publish_all(&warehouse, &second, &run("r2", "2026-01-06")).await;

    assert_eq!(entry.n, 2);
    assert_eq!(entry_files(&entry, "stock"), ["marts/stock/b.parquet"]);
    assert_eq!(entry_files(&entry, "orders"), ["marts/orders/a.parquet"]);
    for mart in ["stock", "orders"] {
        assert_eq!(delta_files(folder.path(), mart).await.unwrap(), entry_files(&entry, mart));
        assert_eq!(open_table(folder.path(), mart).await.unwrap().version(), Some(1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn marts_that_tell_of_runs_alone_cause_no_entry() {
    let (_folder, warehouse) = temporary_warehouse();
    let (stock, runs) = (contract("stock"), contract("runs"));
    let told = |built: BuiltMart<'static>| BuiltMart { causes_entry: false, ..built };
    let (stock, runs): (&'static Contract, &'static Contract) = (Box::leak(Box::new(stock)), Box::leak(Box::new(runs)));
    let first = [build(&warehouse, stock, "a", &[1]).await, told(build(&warehouse, runs, "a", &[1]).await)];
    publish_all(&warehouse, &first, &run("r1", "2026-01-05")).await;
    let second = [build(&warehouse, stock, "a", &[1]).await, told(build(&warehouse, runs, "b", &[2]).await)];
    assert!(propose_entry(&warehouse, &second, &run("r2", "2026-01-06")).await.is_none());
    let third = [build(&warehouse, stock, "c", &[3]).await, told(build(&warehouse, runs, "b", &[2]).await)];
    let entry = publish_all(&warehouse, &third, &run("r3", "2026-01-07")).await;
    assert_eq!(entry_files(&entry, "runs"), ["marts/runs/b.parquet"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_mart_accumulates_and_replaces_its_own_date() {
    let (folder, warehouse) = temporary_warehouse();
    let contract = snapshot_contract("history");
    publish_all(&warehouse, &[build(&warehouse, &contract, "monday", &[1]).await], &run("r1", "2026-01-05")).await;
    publish_all(&warehouse, &[build(&warehouse, &contract, "tuesday", &[2]).await], &run("r2", "2026-01-06")).await;
    let entry =
        publish_all(&warehouse, &[build(&warehouse, &contract, "tuesday_again", &[3]).await], &run("r3", "2026-01-06"))
            .await;

    assert_eq!(entry_files(&entry, "history"), ["marts/history/monday.parquet", "marts/history/tuesday_again.parquet"]);
    let dates: Vec<_> = entry.marts["history"].files.iter().map(|file| file.as_of).collect();
    assert_eq!(dates, [Some(date("2026-01-05")), Some(date("2026-01-06"))]);
    assert_eq!(delta_files(folder.path(), "history").await.unwrap(), entry_files(&entry, "history"));
    let same = [build(&warehouse, &contract, "tuesday_third", &[3]).await];
    assert!(propose_entry(&warehouse, &same, &run("r4", "2026-01-06")).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_run_publishes_snapshot_marts_only() {
    let (_folder, warehouse) = temporary_warehouse();
    let (stock, history) = (contract("stock"), snapshot_contract("history"));
    let first = [build(&warehouse, &stock, "tuesday", &[1]).await, build(&warehouse, &history, "tuesday", &[1]).await];
    publish_all(&warehouse, &first, &run("r1", "2026-01-06")).await;
    let late = [build(&warehouse, &stock, "monday", &[2]).await, build(&warehouse, &history, "monday", &[2]).await];
    let entry = publish_all(&warehouse, &late, &run("r2", "2026-01-05")).await;
    assert_eq!(entry_files(&entry, "stock"), ["marts/stock/tuesday.parquet"]);
    assert_eq!(entry_files(&entry, "history"), ["marts/history/monday.parquet", "marts/history/tuesday.parquet"]);
    assert_eq!(entry.as_of, date("2026-01-06"), "the newest date stays the newest");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_rivals_exactly_one_publishes_and_the_other_names_it() {
    let (folder, warehouse) = temporary_warehouse();
    let contract = contract("stock");
    let one = propose_entry(&warehouse, &[build(&warehouse, &contract, "a", &[1]).await], &run("one", "2026-01-05"))
        .await
        .unwrap();
    let other =
        propose_entry(&warehouse, &[build(&warehouse, &contract, "b", &[2]).await], &run("other", "2026-01-05"))
            .await
            .unwrap();
    let outcomes = tokio::join!(publish(&warehouse, one), publish(&warehouse, other));
    let (won, lost) = match outcomes {
        (Ok(won), Err(lost)) | (Err(lost), Ok(won)) => (won, lost),
        both => panic!("{both:?}"),
    };
    let rival = lost.downcast::<Rival>().unwrap();
    assert_eq!(rival, Rival { n: 1, run_id: won.entry.run_id.clone() });
    assert_eq!(publish_log::all(&warehouse).await.unwrap(), vec![won.entry.clone()]);
    assert_eq!(delta_files(folder.path(), "stock").await.unwrap(), entry_files(&won.entry, "stock"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_mart_is_an_empty_table_with_its_schema() {
    let (folder, warehouse) = temporary_warehouse();
    let (with_file, without) = (contract("with_file"), contract("without_file"));
    let mut none = build(&warehouse, &without, "a", &[]).await;
    none.files.clear();
    publish_all(&warehouse, &[build(&warehouse, &with_file, "a", &[]).await, none], &run("r1", "2026-01-05")).await;
    for (mart, files) in [("with_file", 1), ("without_file", 0)] {
        let table = open_table(folder.path(), mart).await.unwrap();
        assert_eq!(table.snapshot().unwrap().log_data().num_files(), files);
        let names: Vec<_> = table.snapshot().unwrap().schema().fields().map(|field| field.name().clone()).collect();
        assert_eq!(names, ["product_id", "quantity", "as_of"]);
    }
}
