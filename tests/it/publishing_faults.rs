//! What a crash, a full disk or another writer leaves: always the old set or the new one, and a way on.

use std::path::Path;
use std::sync::Arc;

use object_store::ObjectStoreExt;
use object_store::memory::InMemory;
use object_store::path::Path as ObjectPath;
use serde_json::json;
use sopmart::publish::Proposal;
use sopmart::publish::{BuiltMart, Followed, follow, propose};
use sopmart::warehouse::Warehouse;
use sopmart::warehouse::publish_log::{self, Entry};

use crate::failing_store::{FailingStore, Fault};
use crate::publishing::{
    build, contract, delta_files, entry_files, open_table, propose_entry, publish, publish_all, run, snapshot_contract,
    temporary_warehouse,
};

const MARTS: [&str; 3] = ["history", "orders", "stock"];

/// A warehouse with entry 1 published, and entry 2 proposed: one mart changed, one not, one accumulated.
async fn with_a_proposal(folder: &Path) -> (Entry, Entry) {
    let warehouse = Warehouse::in_folder(folder).unwrap();
    let (stock, orders, history) = (contract("stock"), contract("orders"), snapshot_contract("history"));
    let old = [
        build(&warehouse, &stock, "a", &[1]).await,
        build(&warehouse, &orders, "a", &[1]).await,
        build(&warehouse, &history, "a", &[1]).await,
    ];
    let old = publish_all(&warehouse, &old, &run("old", "2026-01-05")).await;
    let new = [
        build(&warehouse, &stock, "b", &[2]).await,
        build(&warehouse, &orders, "b", &[1]).await,
        build(&warehouse, &history, "b", &[2]).await,
    ];
    let new = propose_entry(&warehouse, &new, &run("new", "2026-01-06")).await.unwrap();
    (old, new)
}

/// Publishes through a store with this fault, and holds everything that readers are promised.
async fn publish_with(fault: Fault) {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = with_a_proposal(folder.path()).await;
    let store = FailingStore::over_folder(folder.path(), fault);
    let failing = Warehouse::over(Arc::new(store), Some(folder.path().canonicalize().unwrap()));
    let outcome = publish(&failing, new.clone()).await;

    let warehouse = Warehouse::in_folder(folder.path()).unwrap();
    let standing = publish_log::newest(&warehouse).await.unwrap().unwrap();
    assert!(
        standing.n == old.n && standing.marts == old.marts || standing.n == new.n && standing.marts == new.marts,
        "{fault:?}"
    );
    assert_eq!(outcome.is_ok(), standing.n == new.n, "{fault:?}: {outcome:?}");
    for mart in MARTS {
        let files = delta_files(folder.path(), mart).await.unwrap();
        let is_old = files == entry_files(&old, mart);
        let is_new = standing.n == new.n && files == entry_files(&new, mart);
        assert!(is_old || is_new, "{fault:?}: {mart} shows {files:?}");
    }
    // The next run begins with what is left to do, and then publishes.
    for target in follow(&warehouse, &standing).await {
        target.result.unwrap();
    }
    hold_tables_to(folder.path(), &standing).await;
    if standing.n == old.n {
        let again = publish(&warehouse, new.clone()).await.unwrap();
        assert!(again.targets.iter().all(|target| target.result.is_ok()), "{fault:?}");
        hold_tables_to(folder.path(), &new).await;
    }
}

async fn hold_tables_to(folder: &Path, entry: &Entry) {
    for mart in MARTS {
        assert_eq!(delta_files(folder, mart).await.unwrap(), entry_files(entry, mart), "{mart}");
    }
}

/// How many writes and bytes one undisturbed publish takes.
async fn undisturbed() -> (u64, u64) {
    let folder = tempfile::tempdir().unwrap();
    let (_, new) = with_a_proposal(folder.path()).await;
    let store = FailingStore::over_folder(folder.path(), Fault::None);
    publish(&Warehouse::over(Arc::new(store.clone()), Some(folder.path().canonicalize().unwrap())), new).await.unwrap();
    (store.writes(), store.bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_at_any_write_leaves_the_old_set_or_the_new_one() {
    let (writes, _) = undisturbed().await;
    assert_eq!(writes, 2 * (1 + MARTS.len() as u64), "an entry and one commit per table, each written and then linked");
    for k in 1..=writes {
        publish_with(Fault::From(k)).await;
        publish_with(Fault::Once(k)).await;
        publish_with(Fault::AnswerLostFrom(k)).await;
        publish_with(Fault::AnswerLostOnce(k)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_at_any_point_leaves_the_old_set_or_the_new_one() {
    let (_, bytes) = undisturbed().await;
    for k in (0..bytes).step_by(usize::try_from(bytes / 40).unwrap()) {
        publish_with(Fault::AfterBytes(k)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_does_not_exist_yet_follows_after_a_crash_too() {
    let folder = tempfile::tempdir().unwrap();
    let warehouse = Warehouse::in_folder(folder.path()).unwrap();
    let contract = contract("stock");
    let built: [BuiltMart<'_>; 1] = [build(&warehouse, &contract, "a", &[1]).await];
    let entry = propose_entry(&warehouse, &built, &run("r1", "2026-01-05")).await.unwrap();
    // Entry 1 is the first two writes; the table's first commit never comes.
    let failing = FailingStore::over_folder(folder.path(), Fault::From(3));
    let published =
        publish(&Warehouse::over(Arc::new(failing), Some(folder.path().canonicalize().unwrap())), entry).await.unwrap();
    let told = format!("{:#}", published.targets[0].result.as_ref().unwrap_err());
    assert!(told.starts_with("bringing the Delta table marts/stock to entry 1"), "{told}");
    assert_eq!(delta_files(folder.path(), "stock").await, None);
    let standing = publish_log::newest(&warehouse).await.unwrap().unwrap();
    assert!(matches!(follow(&warehouse, &standing).await[0].result, Ok(Followed::Committed { version: 0 })));
    assert_eq!(delta_files(folder.path(), "stock").await.unwrap(), entry_files(&standing, "stock"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_writer_did_to_a_table_is_undone_by_the_next_entry() {
    let (folder, warehouse) = temporary_warehouse();
    let contract = contract("stock");
    publish_all(&warehouse, &[build(&warehouse, &contract, "a", &[1]).await], &run("r1", "2026-01-05")).await;
    // Another writer takes our file away and adds one of its own, as version 1.
    let foreign = build(&warehouse, &contract, "foreign", &[99]).await;
    let add = json!({"add": {"path": "foreign.parquet", "partitionValues": {}, "size": foreign.files[0].bytes, "modificationTime": 0, "dataChange": true}});
    let remove = json!({"remove": {"path": "a.parquet", "deletionTimestamp": 0, "dataChange": true}});
    let commit = format!("{add}\n{remove}\n");
    warehouse
        .store()
        .put(&ObjectPath::from("marts/stock/_delta_log/00000000000000000001.json"), commit.into())
        .await
        .unwrap();
    assert_eq!(delta_files(folder.path(), "stock").await.unwrap(), ["marts/stock/foreign.parquet"]);

    let entry = publish_log::newest(&warehouse).await.unwrap().unwrap();
    assert!(
        matches!(follow(&warehouse, &entry).await[0].result, Ok(Followed::AlreadyThere)),
        "entry 1 is there, below the foreign commit"
    );
    let entry =
        publish_all(&warehouse, &[build(&warehouse, &contract, "b", &[2]).await], &run("r2", "2026-01-06")).await;
    assert_eq!(delta_files(folder.path(), "stock").await.unwrap(), entry_files(&entry, "stock"));
    assert_eq!(open_table(folder.path(), "stock").await.unwrap().version(), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runs_that_follow_at_once_commit_each_entry_once() {
    let (folder, warehouse) = temporary_warehouse();
    let contract = contract("stock");
    let mut newest =
        publish_all(&warehouse, &[build(&warehouse, &contract, "f0", &[0]).await], &run("r", "2026-01-05")).await;
    for n in 1..=10 {
        let built = [build(&warehouse, &contract, &format!("f{n}"), &[n]).await];
        let Proposal::Entry(mut entry) = propose(Some(&newest), &built, &run("r", "2026-01-05")).unwrap() else {
            panic!()
        };
        publish_log::commit(&warehouse, &mut entry).await.unwrap();
        let (one, other) = tokio::join!(follow(&warehouse, &entry), follow(&warehouse, &entry));
        let committed =
            [one, other].iter().filter(|outcomes| matches!(outcomes[0].result, Ok(Followed::Committed { .. }))).count();
        // Both may write the same bytes in the same millisecond: that is one commit, and both are told so.
        assert!(committed >= 1, "somebody commits");
        newest = *entry;
    }
    assert_eq!(open_table(folder.path(), "stock").await.unwrap().version(), Some(10));
    assert_eq!(delta_files(folder.path(), "stock").await.unwrap(), ["marts/stock/f10.parquet"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_log_gets_checkpoints_and_reads_the_same_without_its_commits() {
    let (folder, warehouse) = temporary_warehouse();
    let contract = snapshot_contract("history");
    for day in 1..=25 {
        publish_all(
            &warehouse,
            &[build(&warehouse, &contract, &format!("d{day}"), &[day]).await],
            &run("r", &january(day)),
        )
        .await;
    }
    let log = folder.path().join("marts/history/_delta_log");
    assert!(log.join("00000000000000000020.checkpoint.parquet").exists());
    for version in 0..20 {
        std::fs::remove_file(log.join(format!("{version:020}.json"))).unwrap();
    }
    let entry =
        publish_all(&warehouse, &[build(&warehouse, &contract, "d26", &[26]).await], &run("r", &january(26))).await;
    assert_eq!(delta_files(folder.path(), "history").await.unwrap().len(), 26);
    assert_eq!(delta_files(folder.path(), "history").await.unwrap(), entry_files(&entry, "history"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_that_cannot_be_written_holds_nobody_up() {
    let folder = tempfile::tempdir().unwrap();
    let store = FailingStore::over_folder(folder.path(), Fault::None);
    let warehouse = Warehouse::over(Arc::new(store.clone()), Some(folder.path().canonicalize().unwrap()));
    let contract = contract("stock");
    for n in 0..20 {
        publish_all(&warehouse, &[build(&warehouse, &contract, &format!("f{n}"), &[n]).await], &run("r", "2026-01-05"))
            .await;
    }
    let entry = propose_entry(&warehouse, &[build(&warehouse, &contract, "f20", &[20]).await], &run("r", "2026-01-05"))
        .await
        .unwrap();
    // The entry and the commit are two writes each; the fifth is the checkpoint.
    let failing = FailingStore::over_folder(folder.path(), Fault::From(5));
    let failing = Warehouse::over(Arc::new(failing), Some(folder.path().canonicalize().unwrap()));
    let published = publish(&failing, entry).await.unwrap();
    assert!(matches!(published.targets[0].result, Ok(Followed::Committed { version: 20 })));
    let log = folder.path().join("marts/stock/_delta_log");
    assert!(!log.join("00000000000000000020.checkpoint.parquet").exists());
    assert_eq!(delta_files(folder.path(), "stock").await.unwrap(), ["marts/stock/f20.parquet"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_goes_through_the_warehouses_own_store() {
    // A store that no path leads to: what is not written through it is nowhere.
    let store = FailingStore::over(Arc::new(InMemory::new()), Fault::None);
    let warehouse = Warehouse::over(Arc::new(store), None);
    let contract = snapshot_contract("history");
    for day in 1..=22 {
        publish_all(
            &warehouse,
            &[build(&warehouse, &contract, &format!("d{day}"), &[day]).await],
            &run("r", &january(day)),
        )
        .await;
    }
    let log: Vec<String> = warehouse
        .list("marts/history/_delta_log")
        .await
        .unwrap()
        .iter()
        .map(|object| object.location.to_string())
        .collect();
    assert_eq!(log.len(), 22 + 2, "{log:?}");
    assert!(log.contains(&"marts/history/_delta_log/00000000000000000020.checkpoint.parquet".to_string()), "{log:?}");
    assert!(!std::path::Path::new("marts").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_never_names_a_file_that_is_not_there() {
    let (folder, warehouse) = temporary_warehouse();
    let contract = contract("stock");
    let entry = propose_entry(&warehouse, &[build(&warehouse, &contract, "a", &[1]).await], &run("r1", "2026-01-05"))
        .await
        .unwrap();
    std::fs::remove_file(folder.path().join("marts/stock/a.parquet")).unwrap();
    assert!(publish(&warehouse, entry).await.is_err());
    assert_eq!(publish_log::newest(&warehouse).await.unwrap(), None);
}

fn january(day: i64) -> String {
    format!("2026-01-{day:02}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_with_a_raised_protocol_is_left_alone_and_the_set_is_published() {
    let (_folder, warehouse) = temporary_warehouse();
    let contract = contract("stock");
    publish_all(&warehouse, &[build(&warehouse, &contract, "a", &[1]).await], &run("r1", "2026-01-05")).await;
    let raised = json!({"protocol": {"minReaderVersion": 1, "minWriterVersion": 3}}).to_string();
    warehouse
        .store()
        .put(&ObjectPath::from("marts/stock/_delta_log/00000000000000000001.json"), raised.into())
        .await
        .unwrap();
    let entry = propose_entry(&warehouse, &[build(&warehouse, &contract, "b", &[2]).await], &run("r2", "2026-01-06"))
        .await
        .unwrap();
    let published = publish(&warehouse, entry).await.unwrap();
    let told = format!("{:#}", published.targets[0].result.as_ref().unwrap_err());
    assert!(told.contains("raised the table's protocol to (1, 3)"), "{told}");
    assert_eq!(publish_log::newest(&warehouse).await.unwrap().unwrap().n, 2);
}
