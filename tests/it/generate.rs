//! `sopmart generate`: the same bytes for the same seed, as much as was asked for, and figures that tie.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde_json::Value;

use crate::cli_support::{Project, repository};

/// A row by the names of its columns.
type Row = BTreeMap<String, String>;

/// Generates into a folder of the project, and says what was written of each extract.
#[track_caller]
fn generate(project: &Project, folder: &str, options: &[&str]) -> BTreeMap<String, Value> {
    let arguments = [&["generate", folder, "--output", "json"], options].concat();
    let told = project.sopmart(&arguments).expect_exit(0).json();
    let extracts = told["extracts"].as_array().unwrap().iter();
    extracts.map(|extract| (extract["extract"].as_str().unwrap().to_string(), extract.clone())).collect()
}

/// Every file below a folder with its bytes.
fn files_of(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "csv") {
                files.insert(path.strip_prefix(folder).unwrap().to_path_buf(), std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

#[track_caller]
fn expect_same(one: &Path, other: &Path) {
    let (one, other) = (files_of(one), files_of(other));
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (path, bytes) in &one {
        assert!(*bytes == other[path], "{} differs", path.display());
    }
}

/// The rows of an extract that keep their contract: those that are damaged are twins of rows that are there as well.
fn rows(folder: &Path, extract: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let is_of_extract = |path: &Path| path.starts_with(extract) || path == Path::new(&format!("{extract}.csv"));
    for (_, bytes) in files_of(folder).into_iter().filter(|(path, _)| is_of_extract(path)) {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes.as_slice());
        let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_string).collect();
        for record in reader.records().map(Result::unwrap).filter(|record| record.len() == header.len()) {
            rows.push(header.iter().cloned().zip(record.iter().map(str::to_string)).collect());
        }
    }
    rows
}

/// The newest row of each key, as an upsert shows it; files are read in the order of their days.
fn newest(rows: Vec<Row>, key: &[&str]) -> Vec<Row> {
    let mut newest: BTreeMap<Vec<String>, Row> = BTreeMap::new();
    for row in rows {
        newest.insert(key.iter().map(|column| row[*column].clone()).collect(), row);
    }
    newest.into_values().collect()
}

/// An amount in hundredths, or a quantity; None for a damaged one.
fn hundredths(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "00"));
    let digits = format!("{whole}{fraction}");
    (fraction.len() == 2).then(|| digits.parse().ok()).flatten()
}

fn sum(rows: &[Row], column: &str) -> i64 {
    rows.iter().filter(|row| !row[column].is_empty()).map(|row| row[column].parse::<i64>().unwrap()).sum()
}

fn movements(folder: &Path) -> Vec<Row> {
    let is_good = |row: &Row| row["quantity"].parse::<i64>().is_ok() && row["is_cancelled"] == "false";
    rows(folder, "stock_movements").into_iter().filter(is_good).collect()
}

fn of_type<'r>(movements: &'r [Row], kind: &'r str, document: &'r str) -> impl Iterator<Item = &'r Row> {
    movements.iter().filter(move |row| row["type"] == kind && row["document_id"].starts_with(document))
}

fn quantity<'r>(rows: impl Iterator<Item = &'r Row>) -> i64 {
    rows.map(|row| row["quantity"].parse::<i64>().unwrap()).sum()
}

#[test]
fn the_committed_sample_is_what_generate_writes_by_default() {
    let project = Project::of_the_sample();
    generate(&project, "again", &[]);
    expect_same(&project.path("again"), &repository().join("sample_data"));
}

#[test]
fn one_thread_and_four_write_the_same_bytes() {
    let project = Project::of_the_sample();
    generate(&project, "one", &["--scale", "0.03", "--threads", "1"]);
    generate(&project, "four", &["--scale", "0.03", "--threads", "4"]);
    expect_same(&project.path("one"), &project.path("four"));
}

#[test]
fn another_seed_makes_other_rows_of_the_same_extracts() {
    let project = Project::of_the_sample();
    let names = |extracts: BTreeMap<String, Value>| extracts.into_keys().collect::<Vec<_>>();
    let other = names(generate(&project, "other", &["--seed", "5"]));
    assert_eq!(other, names(generate(&project, "again", &[])));
    let (other, sample) = (files_of(&project.path("other")), files_of(&project.path("sample_data")));
    let changed = other.iter().filter(|(path, bytes)| sample.get(*path) != Some(*bytes)).count();
    assert!(changed * 2 > other.len(), "{changed} of {} files differ", other.len());
}

#[test]
fn rows_are_as_many_as_the_scale_says_and_twice_as_many_at_twice_the_scale() {
    let project = Project::of_the_sample();
    let mut counts = BTreeMap::new();
    for scale in ["0.02", "0.04"] {
        generate(&project, scale, &["--scale", scale]);
        let folder = project.path(scale);
        let orders = newest(rows(&folder, "sales_orders"), &["order_id", "line_id"]).len();
        let counted = [orders, rows(&folder, "stock_movements").len(), rows(&folder, "forecasts").len()];
        counts.insert(scale, counted);
    }
    for (scale, orders_movements_forecasts) in [("0.02", [20_000, 40_000, 30_000]), ("0.04", [40_000, 80_000, 60_000])]
    {
        for (is, wanted) in counts[scale].into_iter().zip(orders_movements_forecasts) {
            assert!(is.abs_diff(wanted) * 10 < wanted, "{is} rows at a scale of {scale}, expected about {wanted}");
        }
    }
}

#[test]
fn every_balance_is_the_opening_one_and_the_movements_since() {
    let project = Project::of_the_sample();
    generate(&project, "data", &["--scale", "0.01", "--seed", "3"]);
    let folder = project.path("data");
    let mut balances: BTreeMap<String, BTreeMap<[String; 2], [i64; 2]>> = BTreeMap::new();
    let key = |row: &Row| [row["product_id"].clone(), row["location_id"].clone()];
    for row in rows(&folder, "stock_balances") {
        let balance = balances.entry(row["snapshot_date"].clone()).or_default().entry(key(&row)).or_default();
        balance[0] += row["quantity"].parse::<i64>().unwrap();
        balance[1] += hundredths(&row["value"]).unwrap();
    }
    assert_eq!(balances.len(), 9, "the opening balance, and one for each quarter");
    let (opening_day, mut ledger) = balances.pop_first().unwrap();
    assert_eq!(opening_day, "2024-03-31");
    let mut movements = movements(&folder);
    movements.sort_by(|one, other| one["moved_at"].cmp(&other["moved_at"]));
    let mut movements = movements.into_iter().peekable();
    for (day, balance) in balances {
        while let Some(row) = movements.next_if(|row| row["moved_at"][..10] <= *day) {
            let stock = ledger.entry(key(&row)).or_default();
            stock[0] += row["quantity"].parse::<i64>().unwrap();
            stock[1] += hundredths(&row["value"]).unwrap();
        }
        let held: BTreeMap<_, _> =
            ledger.iter().filter(|(_, stock)| stock[0] != 0).map(|(key, stock)| (key, stock[0])).collect();
        assert_eq!(held, balance.iter().map(|(key, stock)| (key, stock[0])).collect(), "quantities of {day}");
        for (key, [_, value]) in &balance {
            // Batches share the value of their product to the cent, rounded each by itself.
            assert!(value.abs_diff(ledger[key][1]) < 20, "{day} {key:?}: {value} and {}", ledger[key][1]);
        }
    }
    assert_eq!(movements.next(), None, "nothing moves behind the last day");
}

#[test]
fn shipments_are_of_orders_and_invoices_and_issues_of_shipments() {
    let project = Project::of_the_sample();
    generate(&project, "data", &["--scale", "0.01"]);
    let folder = project.path("data");
    let movements = movements(&folder);
    let is_a_day = |row: &Row| row["shipped_date"].parse::<NaiveDate>().is_ok();
    let shipments = rows(&folder, "shipments").into_iter().filter(is_a_day).collect();
    let shipments = newest(shipments, &["shipment_id", "line_id"]);
    let (credits, invoices): (Vec<Row>, Vec<Row>) =
        rows(&folder, "sales").into_iter().partition(|row| row["is_credit_note"] == "true");
    assert!(shipments.len() > 9_000 && credits.len() > 200);
    assert_eq!(sum(&shipments, "quantity"), sum(&invoices, "quantity"));
    assert_eq!(sum(&shipments, "quantity"), -quantity(of_type(&movements, "issue", "SH-")));
    assert_eq!(sum(&credits, "quantity"), -quantity(of_type(&movements, "return", "CN-")));
    let is_good = |row: &Row| !row["order_id"].is_empty() && row["status"] != "open";
    let orders = rows(&folder, "sales_orders").into_iter().filter(is_good).collect();
    let orders = newest(orders, &["order_id", "line_id"]).into_iter();
    let orders: BTreeMap<[String; 2], Row> =
        orders.map(|row| ([row["order_id"].clone(), row["line_id"].clone()], row)).collect();
    let mut shipped: BTreeMap<[String; 2], i64> = BTreeMap::new();
    for row in &shipments {
        *shipped.entry([row["order_id"].clone(), row["order_line_id"].clone()]).or_default() +=
            row["quantity"].parse::<i64>().unwrap();
    }
    for (line, shipped) in shipped {
        let order = &orders[&line];
        let open = order["quantity"].parse::<i64>().unwrap() - order["cancelled_quantity"].parse().unwrap_or(0);
        let is_all = if order["status"] == "closed" { shipped == open } else { shipped <= open };
        assert!(is_all && order["status"] != "draft", "{line:?}: {shipped} shipped of {order:?}");
    }
    for row in invoices.iter().chain(&credits) {
        let order = &orders[&[row["order_id"].clone(), row["order_line_id"].clone()]];
        let price = hundredths(&order["unit_price"]).unwrap();
        let amount = row["quantity"].parse::<i64>().unwrap() * price;
        assert_eq!(hundredths(&row["net_amount"]), Some(amount), "{row:?}");
    }
}

#[test]
fn of_a_line_that_comes_back_twice_each_part_has_a_credit_note() {
    let project = Project::of_the_sample();
    // Two shipments of one line were to come back on one day.
    generate(&project, "data", &["--scale", "0.3", "--seed", "6"]);
    let sales = rows(&project.path("data"), "sales/2025-01-31.csv");
    let notes = sales.iter().filter(|row| row["is_credit_note"] == "true");
    let of_line = notes.filter(|row| row["order_id"] == "SO-241202-0460" && row["line_id"] == "760");
    let numbers: BTreeSet<&str> = of_line.map(|row| row["invoice_id"].as_str()).collect();
    assert_eq!(numbers, BTreeSet::from(["CN-241202-0460-42", "CN-241202-0460-43"]));
}

#[test]
fn receipts_are_of_what_was_bought_and_made_and_transfers_have_two_legs() {
    let project = Project::of_the_sample();
    generate(&project, "data", &["--scale", "0.01"]);
    let folder = project.path("data");
    let movements = movements(&folder);
    assert_eq!(sum(&rows(&folder, "receipts"), "quantity"), quantity(of_type(&movements, "receipt", "RC")));
    let is_good = |row: &Row| !row["status"].is_empty() && row["due_date"].parse::<NaiveDate>().is_ok();
    let orders = rows(&folder, "production_orders").into_iter().filter(is_good).collect();
    let orders = newest(orders, &["production_order_id"]);
    assert_eq!(sum(&orders, "completed_quantity"), quantity(of_type(&movements, "receipt", "MO")));
    let sent: BTreeMap<&str, &Row> =
        of_type(&movements, "transfer_out", "").map(|row| (row["movement_id"].as_str(), row)).collect();
    let mut arrived = BTreeSet::new();
    for row in of_type(&movements, "transfer_in", "") {
        let left = sent[row["linked_movement_id"].as_str()];
        assert_eq!(format!("-{}", row["quantity"]), left["quantity"]);
        assert_eq!(format!("-{}", row["value"]), left["value"], "a transfer takes its value along");
        assert!(left["moved_at"] < row["moved_at"] && left["location_id"] != row["location_id"]);
        assert!(arrived.insert(left["movement_id"].as_str()), "{row:?} arrives twice");
    }
    let missing: Vec<&Row> =
        sent.values().filter(|row| !arrived.contains(row["movement_id"].as_str())).copied().collect();
    let lost: Vec<&&Row> = missing.iter().filter(|row| row["moved_at"].as_str() < "2026-03-20").collect();
    assert_eq!((lost.len(), lost[0]["product_id"].as_str()), (1, "FB001-060"), "one transfer never arrived");
    assert!(missing.len() > 1, "some are on their way");
}

#[test]
fn every_extract_lands_without_its_bad_rows_and_the_marts_of_another_company_are_published() {
    let project = Project::of_the_sample();
    std::fs::remove_dir_all(project.path("sample_data")).unwrap();
    let written = generate(&project, "sample_data", &["--scale", "0.0015", "--seed", "8"]);
    let record = project.sopmart(&["run", "standard", "--output", "json"]).expect_exit(0).json();
    let landed = record["extracts"].as_array().unwrap();
    assert_eq!(landed.len(), written.len());
    for extract in landed {
        let written = &written[extract["extract"].as_str().unwrap()];
        assert_eq!((&extract["rows_read"], &extract["rows_quarantined"]), (&written["rows"], &written["bad_rows"]));
    }
    let refused: u64 = written.values().map(|extract| extract["bad_rows"].as_u64().unwrap()).sum();
    assert!(refused > 8, "{refused} rows are refused");
}

#[test]
fn a_folder_with_files_a_scale_of_nothing_and_a_far_date_are_refused() {
    let project = Project::of_the_sample();
    let outcome = project.sopmart(&["generate", "sample_data"]).expect_exit(2);
    insta::assert_snapshot!(outcome.stderr, @"error: generating extracts into sample_data: sample_data has files in it: name a folder that is empty, or not there yet");
    let outcome = project.sopmart(&["generate", "new", "--scale", "0"]).expect_exit(2);
    insta::assert_snapshot!(outcome.stderr, @"error: generating extracts into new: no company has a scale of 0, expected a number from 0.0005 to 100");
    let outcome = project.sopmart(&["generate", "new", "--as-of", "0001-01-01"]).expect_exit(2);
    insta::assert_snapshot!(outcome.stderr, @"error: generating extracts into new: as of 0001-01-01 there is no calendar of holidays, expected a year from 1900 to 2199");
    assert!(!project.path("new").exists());
}

#[test]
fn people_are_told_what_was_written_and_in_which_time() {
    let project = Project::of_the_sample();
    let outcome = project.sopmart(&["generate", "new", "--as-of", "2025-07-15"]).expect_exit(0);
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    assert_eq!(lines[0], "extract                       files          rows  bad rows          bytes");
    assert_eq!(lines[1], "companies                         1             3         0            118");
    assert!(outcome.stdout.contains("bytes into new as of 2025-07-15 in "), "{}", outcome.stdout);
    let last = rows(&project.path("new"), "stock_movements").into_iter().map(|row| row["moved_at"].clone()).max();
    assert!(last.as_deref().is_some_and(|last| last < "2025-07-16"), "{last:?}");
}
