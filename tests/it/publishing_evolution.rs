//! What may change in a published mart, and what the log itself holds against change.

use arrow::datatypes::DataType;
use sopmart::contract::{Contract, Version};
use sopmart::publish::{BuiltMart, propose};
use sopmart::warehouse::publish_log;

use crate::publishing::{
    build, contract, entry_files, open_table, publish_all, run, snapshot_contract, temporary_warehouse,
};

/// `contract` without its last column.
fn narrow_contract() -> Contract {
    let mut narrow = contract("stock");
    narrow.columns.pop();
    narrow
}

const fn version(major: u64, minor: u64) -> Version {
    Version { major, minor, patch: 0 }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_added_column_needs_a_higher_minor_version_and_reaches_the_delta_table() {
    let (folder, warehouse) = temporary_warehouse();
    let narrow = narrow_contract();
    let added = contract("stock").columns.pop().unwrap();
    let first = BuiltMart {
        name: "stock".into(),
        contract: &narrow,
        fingerprint: "a".into(),
        files: Vec::new(),
        causes_entry: true,
    };
    publish_all(&warehouse, std::slice::from_ref(&first), &run("r1", "2026-01-05")).await;

    let mut wide = narrow.clone();
    wide.columns.push(added);
    let newest = publish_log::newest(&warehouse).await.unwrap();
    let wide_built = BuiltMart { contract: &wide, ..first.clone() };
    let refused = propose(newest.as_ref(), &[wide_built], &run("r2", "2026-01-05")).unwrap_err().to_string();
    assert_eq!(
        refused,
        "sql/marts/stock.odcs.yaml:1:1: marts.stock has columns that are not published yet: as_of, but the contract's version is 1.0.0 and 1.0.0 is published (raise it to 1.1.0)"
    );
    let raised = Contract { version: version(1, 1), ..wide };
    publish_all(&warehouse, &[BuiltMart { contract: &raised, ..first }], &run("r3", "2026-01-05")).await;
    let table = open_table(folder.path(), "stock").await.unwrap();
    assert_eq!(table.snapshot().unwrap().schema().fields().count(), 3);
    assert_eq!(table.version(), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_breaking_change_is_named_and_needs_leave_and_a_higher_major_version() {
    let (_folder, warehouse) = temporary_warehouse();
    let before = contract("stock");
    publish_all(&warehouse, &[build(&warehouse, &before, "a", &[1]).await], &run("r1", "2026-01-05")).await;
    let newest = publish_log::newest(&warehouse).await.unwrap();

    let mut after = before.clone();
    after.columns[1].data_type = DataType::Decimal128(18, 4);
    after.columns.pop();
    after.columns[0].key_position = None;
    let built = BuiltMart { contract: &after, ..build(&warehouse, &before, "b", &[2]).await };
    let refused =
        propose(newest.as_ref(), std::slice::from_ref(&built), &run("r2", "2026-01-05")).unwrap_err().to_string();
    for told in [
        "stock.odcs.yaml:7:9: marts.stock.quantity is published as bigint and is decimal(18,4) now",
        "marts.stock is published with the column as_of (date), which is gone",
        "the key of marts.stock is published as (product_id) and is () now",
        "--allow-breaking",
    ] {
        assert!(refused.contains(told), "{told:?} is missing in {refused}");
    }

    let mut with_leave = run("r3", "2026-01-05");
    with_leave.allow_breaking = true;
    let refused = propose(newest.as_ref(), std::slice::from_ref(&built), &with_leave).unwrap_err().to_string();
    assert!(refused.contains("raise it to 2.0.0"), "{refused}");
    let raised = Contract { version: version(2, 0), ..after.clone() };
    let built = BuiltMart { contract: &raised, ..built };
    assert_eq!(publish_all(&warehouse, &[built], &with_leave).await.n, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_of_earlier_snapshots_keeps_its_type_even_with_leave() {
    let (_folder, warehouse) = temporary_warehouse();
    let before = snapshot_contract("history");
    publish_all(&warehouse, &[build(&warehouse, &before, "a", &[1]).await], &run("r1", "2026-01-05")).await;
    let newest = publish_log::newest(&warehouse).await.unwrap();
    let mut after = before.clone();
    after.version = version(2, 0);
    after.columns[1].data_type = DataType::Utf8;
    let built = BuiltMart { contract: &after, ..build(&warehouse, &before, "b", &[2]).await };
    let mut with_leave = run("r2", "2026-01-06");
    with_leave.allow_breaking = true;
    let refused = propose(newest.as_ref(), &[built], &with_leave).unwrap_err().to_string();
    assert!(refused.contains("give the column a new name"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mart_that_is_no_longer_built_goes_only_with_leave() {
    let (_folder, warehouse) = temporary_warehouse();
    let (stock, orders) = (contract("stock"), contract("orders"));
    let both = [build(&warehouse, &stock, "a", &[1]).await, build(&warehouse, &orders, "a", &[1]).await];
    publish_all(&warehouse, &both, &run("r1", "2026-01-05")).await;
    let newest = publish_log::newest(&warehouse).await.unwrap();
    let refused = propose(newest.as_ref(), &both[..1], &run("r2", "2026-01-05")).unwrap_err().to_string();
    assert!(refused.contains("marts.orders is published, and this pipeline no longer builds it"), "{refused}");
    let mut with_leave = run("r3", "2026-01-05");
    with_leave.allow_breaking = true;
    assert!(!publish_all(&warehouse, &both[..1], &with_leave).await.marts.contains_key("orders"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_outside_the_marts_folder_is_refused() {
    let (_folder, warehouse) = temporary_warehouse();
    let contract = contract("stock");
    let stray = BuiltMart { name: "orders".into(), ..build(&warehouse, &contract, "a", &[1]).await };
    let refused = propose(None, &[stray], &run("r1", "2026-01-05")).unwrap_err().to_string();
    assert!(refused.contains("marts/stock/a.parquet does not lie in marts/orders/"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_or_missing_or_broken_entry_is_noticed() {
    let (folder, warehouse) = temporary_warehouse();
    let contract = contract("stock");
    for n in 1..=3 {
        publish_all(&warehouse, &[build(&warehouse, &contract, &format!("f{n}"), &[n]).await], &run("r", "2026-01-05"))
            .await;
    }
    let published = folder.path().join("published");
    // What is no entry is passed over.
    for other in ["notes.txt", "4.json.bak", "0005.json", "x.json"] {
        std::fs::write(published.join(other), "…").unwrap();
    }
    assert_eq!(
        entry_files(&publish_log::newest(&warehouse).await.unwrap().unwrap(), "stock"),
        ["marts/stock/f3.parquet"]
    );
    assert_eq!(publish_log::all(&warehouse).await.unwrap().len(), 3);

    let second = std::fs::read_to_string(published.join("2.json")).unwrap();
    std::fs::write(published.join("2.json"), second.replace("\"r\"", "\"q\"")).unwrap();
    let told = publish_log::newest(&warehouse).await.unwrap_err().to_string();
    assert!(told.starts_with("published/2.json was changed after it was written"), "{told}");
    std::fs::remove_file(published.join("2.json")).unwrap();
    let told = publish_log::newest(&warehouse).await.unwrap_err().to_string();
    assert!(told.starts_with("published/2.json is missing"), "{told}");
    std::fs::write(published.join("3.json"), "{\"n\": 3").unwrap();
    let told = publish_log::newest(&warehouse).await.unwrap_err().to_string();
    assert!(told.starts_with("published/3.json is no entry of the publish log"), "{told}");
}
