//! Whose warehouse it is, and who works in it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use object_store::memory::InMemory;
use sopmart::warehouse::lock::{Holder, LockError, acquire};
use sopmart::warehouse::{Warehouse, format};

use crate::publishing::temporary_warehouse;

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_is_told_who_holds_the_lock() {
    let (_folder, warehouse) = temporary_warehouse();
    let first = Holder::this_process("first");
    let lock = acquire(&warehouse, &first, None).await.unwrap();
    let refused = acquire(&warehouse, &Holder::this_process("second"), None).await.unwrap_err();
    let told = refused.to_string();
    assert!(told.starts_with("the warehouse is held by run first (process ") && told.contains(" since 20"), "{told}");
    let LockError::Held { holder: Some(holder) } = refused else { panic!("{told}") };
    assert_eq!((&holder.run_id, holder.pid, &holder.host), (&first.run_id, first.pid, &first.host));
    assert!(holder.since >= first.since, "it is held since it was had, not since it was wanted");
    drop(lock);
    acquire(&warehouse, &Holder::this_process("second"), None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_run_gets_the_lock_once_it_is_free_and_gives_up_in_time() {
    let (_folder, warehouse) = temporary_warehouse();
    let lock = acquire(&warehouse, &Holder::this_process("first"), None).await.unwrap();
    let second = Holder::this_process("second");
    let started = Instant::now();
    let gave_up = acquire(&warehouse, &second, Some(Duration::from_millis(120))).await;
    assert!(matches!(gave_up, Err(LockError::Held { .. })) && started.elapsed() >= Duration::from_millis(120));
    let waiting = acquire(&warehouse, &second, Some(Duration::MAX));
    let freeing = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        drop(lock);
    };
    let (waited, ()) = tokio::join!(waiting, freeing);
    waited.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_left_by_a_dead_process_is_free() {
    let (folder, warehouse) = temporary_warehouse();
    // What `kill -9` leaves: the file with its holder, and no lock of the kernel's on it.
    let dead = serde_json::to_string(&Holder::this_process("dead")).unwrap();
    std::fs::write(folder.path().join("lock"), dead).unwrap();
    acquire(&warehouse, &Holder::this_process("next"), None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_store_warehouse_is_refused_clearly() {
    let warehouse = Warehouse::over(Arc::new(InMemory::new()), None);
    let told = acquire(&warehouse, &Holder::this_process("first"), None).await.unwrap_err().to_string();
    assert!(told.starts_with("object-store warehouses are not supported yet"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warehouse_belongs_to_the_pipeline_that_opened_it_first() {
    let (_folder, warehouse) = temporary_warehouse();
    assert_eq!(format::read(&warehouse).await.unwrap(), None, "reading makes no warehouse");
    format::open(&warehouse, "plant").await.unwrap();
    format::open(&warehouse, "plant").await.unwrap();
    assert_eq!(format::read(&warehouse).await.unwrap().unwrap().pipeline, "plant");
    let told = format::open(&warehouse, "shop").await.unwrap_err().to_string();
    assert!(told.starts_with("the warehouse belongs to the pipeline \"plant\", not to \"shop\""), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_or_unreadable_format_is_refused() {
    let (folder, warehouse) = temporary_warehouse();
    let path = folder.path().join("warehouse.json");
    std::fs::write(&path, r#"{"format_version": 2, "pipelines": ["plant"]}"#).unwrap();
    let told = format::open(&warehouse, "plant").await.unwrap_err().to_string();
    assert!(told.starts_with("the warehouse is of format 2") && told.ends_with("use a newer sopmart"), "{told}");
    std::fs::write(&path, "{").unwrap();
    let told = format::open(&warehouse, "plant").await.unwrap_err().to_string();
    assert!(told.starts_with("warehouse.json is not what sopmart writes there"), "{told}");
}
