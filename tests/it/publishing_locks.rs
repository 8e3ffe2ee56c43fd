//! Whose warehouse it is, and who works in it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use object_store::memory::InMemory;
use sopmart::warehouse::lock::{Holder, LockError, RENEWED_EVERY, TAKEN_OVER_AFTER, acquire, holder};
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

fn in_memory() -> Warehouse {
    Warehouse::over(Arc::new(InMemory::new()), None)
}

#[tokio::test(flavor = "multi_thread")]
async fn on_an_object_store_of_many_runs_one_holds_the_lock() {
    let warehouse = in_memory();
    let holders: Vec<Holder> = (0..20).map(|n| Holder::this_process(&format!("run {n}"))).collect();
    let rivals = holders.iter().map(|holder| acquire(&warehouse, holder, None));
    let outcomes = futures::future::join_all(rivals).await;
    let (held, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert_eq!(held.len(), 1);
    let named = holder(&warehouse).await.unwrap().unwrap();
    for error in refused {
        assert!(matches!(error, Err(LockError::Held { holder: Some(holder) }) if holder.run_id == named.run_id));
    }
    for lock in held {
        lock.unwrap().release().await;
    }
    assert_eq!(holder(&warehouse).await.unwrap(), None);
    acquire(&warehouse, &Holder::this_process("next"), None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn on_an_object_store_a_holder_says_again_that_it_is_there() {
    let warehouse = in_memory();
    let lock = acquire(&warehouse, &Holder::this_process("first"), None).await.unwrap();
    let before = warehouse.read("lock").await.unwrap();
    tokio::time::sleep(RENEWED_EVERY + Duration::from_secs(1)).await;
    assert_ne!(warehouse.read("lock").await.unwrap(), before);
    lock.release().await;
    assert_eq!(warehouse.read("lock").await.unwrap(), Some(Bytes::new()), "the renewed lock is the one that is freed");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_an_object_store_the_lock_of_a_run_that_died_is_taken_over_after_a_minute() {
    let warehouse = in_memory();
    // A run that is killed neither renews its lock nor frees it.
    drop(acquire(&warehouse, &Holder::this_process("dead"), None).await.unwrap());
    let next = Holder::this_process("next");
    let told = acquire(&warehouse, &next, None).await.unwrap_err().to_string();
    assert!(told.starts_with("the warehouse is held by run dead"), "{told}");
    let started = Instant::now();
    acquire(&warehouse, &next, Some(TAKEN_OVER_AFTER * 2)).await.unwrap();
    assert!(started.elapsed() + Duration::from_secs(2) >= TAKEN_OVER_AFTER, "{:?}", started.elapsed());
    assert_eq!(holder(&warehouse).await.unwrap().unwrap().run_id, "next");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_an_object_store_a_run_whose_lock_was_taken_over_leaves_it_alone() {
    let warehouse = in_memory();
    let slow = acquire(&warehouse, &Holder::this_process("slow"), None).await.unwrap();
    warehouse.put("lock", "of somebody else").await.unwrap();
    slow.release().await;
    assert_eq!(warehouse.read("lock").await.unwrap().unwrap(), "of somebody else");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_in_an_object_store_that_holds_other_objects_is_made_no_warehouse() {
    let warehouse = in_memory();
    warehouse.put("holiday/photo.jpg", "…").await.unwrap();
    let told = format::open(&warehouse, "plant").await.unwrap_err().to_string();
    assert!(told.contains("is no warehouse, and not empty"), "{told}");
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
