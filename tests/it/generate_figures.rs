//! What the extracts of `sopmart generate` say of each other: stocks follow from movements, movements from documents,
//! invoices from shipments, amounts from prices.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::NaiveDate;

use crate::cli_support::repository;

/// A row by the names of its columns.
type Row = BTreeMap<String, String>;

static ORDERS: LazyLock<Vec<Row>> = LazyLock::new(|| rows("sales_orders", &["order_id", "line_id"]));
static SHIPMENTS: LazyLock<Vec<Row>> = LazyLock::new(|| rows("shipments", &["shipment_id", "line_id"]));
static INVOICES: LazyLock<Vec<Row>> = LazyLock::new(|| rows("sales", &["invoice_id", "line_id"]));
static BALANCES: LazyLock<Vec<Row>> =
    LazyLock::new(|| rows("stock_balances", &["snapshot_date", "product_id", "location_id", "batch_id"]));
static MOVEMENTS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let mut movements = rows("stock_movements", &["movement_id", "line_id"]);
    movements.retain(|row| row["is_cancelled"] == "false");
    movements
});

#[test]
fn opening_balances_and_movements_make_the_last_balances_to_the_unit_and_cent() {
    let place = |row: &Row| [&row["product_id"], &row["location_id"]].map(String::clone);
    let of_day = |day: &str| BALANCES.iter().filter(|row| row["snapshot_date"] == day).collect::<Vec<_>>();
    let mut expected: BTreeMap<[String; 2], (i64, i64)> = BTreeMap::new();
    for row in of_day("2024-03-31").into_iter().chain(MOVEMENTS.iter()) {
        let (quantity, value) = expected.entry(place(row)).or_default();
        *quantity += whole(row, "quantity");
        *value += cents(row, "value");
    }
    expected.retain(|_, sums| *sums != (0, 0));
    let mut found: BTreeMap<[String; 2], (i64, i64)> = BTreeMap::new();
    for row in of_day("2026-03-31") {
        let (quantity, value) = found.entry(place(row)).or_default();
        *quantity += whole(row, "quantity");
        *value += cents(row, "value");
    }
    assert!(found.len() > 20, "{found:?}");
    assert_eq!(found, expected);
}

#[test]
fn every_shipment_and_receipt_is_issued_and_received_once() {
    let receipts = rows("receipts", &["receipt_id", "line_id"]);
    for (documents, id, kind, sign) in
        [(&*SHIPMENTS, "shipment_id", "issue", -1), (&receipts, "receipt_id", "receipt", 1)]
    {
        let of_documents = sums(documents.iter(), &[id]);
        let is_of_one = |row: &&Row| row["type"] == kind && of_documents.contains_key(&row["document_id"]);
        let moved = sums(MOVEMENTS.iter().filter(is_of_one), &["document_id"]);
        let moved: BTreeMap<String, i64> = moved.into_iter().map(|(id, quantity)| (id, sign * quantity)).collect();
        assert!(moved.len() > 100, "{moved:?}");
        assert_eq!(moved, of_documents, "{kind}");
    }
}

#[test]
fn what_is_shipped_is_invoiced_and_never_more_than_was_ordered() {
    let shipped = sums(SHIPMENTS.iter(), &["order_id", "order_line_id"]);
    let is_invoice = |row: &&Row| row["is_credit_note"] == "false";
    assert_eq!(sums(INVOICES.iter().filter(is_invoice), &["order_id", "order_line_id"]), shipped);
    let ordered = sums(ORDERS.iter(), &["order_id", "line_id"]);
    for (line, quantity) in shipped {
        assert!(quantity <= ordered[&line], "{line}: {quantity} of {}", ordered[&line]);
    }
}

#[test]
fn an_invoice_is_its_orders_price_times_its_quantity() {
    let prices: BTreeMap<String, (i64, &str)> = ORDERS
        .iter()
        .map(|row| (key(row, &["order_id", "line_id"]), (cents(row, "unit_price"), row["currency"].as_str())))
        .collect();
    for row in &*INVOICES {
        let (price, currency) = prices[&key(row, &["order_id", "order_line_id"])];
        assert_eq!((cents(row, "net_amount"), row["currency"].as_str()), (whole(row, "quantity") * price, currency));
    }
}

#[test]
fn a_credit_note_takes_back_no_more_than_its_invoice() {
    let invoiced = sums(INVOICES.iter().filter(|row| row["is_credit_note"] == "false"), &["invoice_id", "line_id"]);
    let credited = INVOICES.iter().filter(|row| row["is_credit_note"] == "true");
    let credited = sums(credited, &["origin_invoice_id", "origin_line_id"]);
    assert!(!credited.is_empty());
    for (line, quantity) in credited {
        assert!(quantity < 0 && -quantity <= invoiced[&line], "{line}: {quantity} of {}", invoiced[&line]);
    }
}

#[test]
fn a_transfer_that_left_long_ago_arrived_whole_but_for_one() {
    let of_kind = |kind: &'static str| MOVEMENTS.iter().filter(move |row| row["type"] == kind);
    let sent = sums(of_kind("transfer_out"), &["movement_id", "line_id"]);
    let arrived = sums(of_kind("transfer_in"), &["linked_movement_id", "linked_line_id"]);
    assert!(arrived.iter().all(|(leg, quantity)| sent[leg] == -quantity), "{arrived:?}");
    let is_missing = |row: &&Row| !arrived.contains_key(&key(row, &["movement_id", "line_id"]));
    let is_old = |row: &&Row| row["moved_at"].as_str() < "2026-03-15";
    let lost: Vec<&Row> = of_kind("transfer_out").filter(is_missing).filter(is_old).collect();
    assert_eq!(lost.len(), 1, "{lost:?}");
    assert!(of_kind("transfer_out").any(|row| is_missing(&row) && !is_old(&row)), "some are on their way");
}

#[test]
fn one_delivery_that_nobody_booked_is_the_only_stock_below_zero() {
    let last = BALANCES.iter().filter(|row| row["snapshot_date"] == "2026-03-31");
    let below: Vec<&Row> = last.filter(|row| whole(row, "quantity") < 0).collect();
    assert_eq!(below.len(), 1, "{below:?}");
}

/// The rows of an extract of the sample, the latest for each key, without those that break a rule.
fn rows(extract: &str, by: &[&str]) -> Vec<Row> {
    let mut files: Vec<_> = std::fs::read_dir(repository().join("sample_data").join(extract))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut rows = BTreeMap::new();
    for file in files {
        let text = std::fs::read_to_string(file).unwrap();
        let mut lines = text.lines().map(|line| line.split(',').map(String::from).collect::<Vec<_>>());
        let names = lines.next().unwrap();
        for fields in lines.filter(|fields| fields.len() == names.len()) {
            let row: Row = names.iter().cloned().zip(fields).collect();
            if is_good(&row, by) {
                rows.insert(key(&row, by), row);
            }
        }
    }
    rows.into_values().collect()
}

fn is_good(row: &Row, by: &[&str]) -> bool {
    let is_day = |name: &String, value: &String| {
        !name.ends_with("_date") || value.is_empty() || value.parse::<NaiveDate>().is_ok()
    };
    by.iter().all(|name| !row[*name].is_empty())
        && row.iter().all(|(name, value)| is_day(name, value))
        && row["quantity"].parse::<i64>().is_ok()
        && row.get("status").is_none_or(|status| status != "open")
}

fn sums<'a>(rows: impl Iterator<Item = &'a Row>, by: &[&str]) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for row in rows {
        *sums.entry(key(row, by)).or_default() += whole(row, "quantity");
    }
    sums
}

fn key(row: &Row, by: &[&str]) -> String {
    by.iter().map(|name| row[*name].as_str()).collect::<Vec<_>>().join("/")
}

fn whole(row: &Row, column: &str) -> i64 {
    row[column].parse().unwrap_or_else(|error| panic!("{error}: {column} of {row:?}"))
}

/// An amount with two decimals, in hundredths.
fn cents(row: &Row, column: &str) -> i64 {
    let digits: String = row[column].chars().filter(|character| *character != '.').collect();
    digits.parse().unwrap_or_else(|error| panic!("{error}: {column} of {row:?}"))
}
