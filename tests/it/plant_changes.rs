//! What a run publishes when files, SQL, contracts or dates change, and what it only builds.

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::cli_support::{Outcome, Project, newest_entry, repository};

fn published_plant() -> Project {
    let project = Project::of_the_plant();
    project.sopmart(&["run"]).expect_exit(0);
    project
}

/// The record of a run that publishes an entry.
#[track_caller]
fn publishes(project: &Project, arguments: &[&str]) -> Value {
    let before = project.entry();
    let record = run(project, arguments).expect_exit(0).json();
    assert_eq!((&record["status"], project.entry()), (&"published".into(), before + 1), "{record:#}");
    record
}

fn run(project: &Project, arguments: &[&str]) -> Outcome {
    project.sopmart(&[&["run", "--output", "json"], arguments].concat())
}

/// A run that ends with exit code 1 and moves nothing; what it says on stderr.
#[track_caller]
fn fails(project: &Project, arguments: &[&str]) -> String {
    let before = project.entry();
    let outcome = run(project, arguments).expect_exit(1);
    assert_eq!((&outcome.json()["status"], project.entry()), (&"failed".into(), before));
    outcome.stderr
}

const PAINTING_IN_MAY: &str = "select own_available_hours from marts.capacity_gap where work_center_id = 'PAINTING' \
     and period_kind = 'month' and period_start = date '2026-05-01' and load_basis = 'production_orders'";
const PAST_DUE: &str = "select sum(past_due_load_hours) from marts.capacity_gap where period_kind = 'month'";

#[test]
fn a_corrected_file_takes_the_place_of_what_it_brought_and_a_new_one_adds() {
    let project = published_plant();
    assert_eq!(project.value(PAINTING_IN_MAY), "115.4250");
    // Four hours more on one day, at 0.855 of an hour each.
    project.replace("sample_data/capacity/2026-05.csv", "PAINTING,2026-05-04,8.00,", "PAINTING,2026-05-04,12.00,");
    let record = publishes(&project, &[]);
    assert_eq!(project.value(PAINTING_IN_MAY), "118.8450");
    let changed = json!(["capacity_gap", "data_freshness"]);
    assert_eq!(record["published"]["changed"], changed, "the other marts keep their files");
    let entry = newest_entry(&project.warehouse()).unwrap();
    assert_eq!((entry.n, entry.previous_sha256.is_some()), (2, true));

    let extra = "work_center_id,date,shift_hours,break_hours,machine_count\nPAINTING,2026-05-09,8.00,0.50,\n";
    project.write("sample_data/capacity/2026-05-extra.csv", extra);
    publishes(&project, &[]);
    assert_eq!(project.value(PAINTING_IN_MAY), "125.2575");
    // A renamed copy is no news, and is said.
    project.write("sample_data/capacity/2026-05-extra-copy.csv", extra);
    let outcome = run(&project, &[]).expect_exit(0).json();
    assert_eq!(outcome["status"], "nothing_to_do");
    assert!(outcome["warnings"][0].as_str().unwrap().contains("its rows count once"), "{outcome:#}");
}

#[test]
fn the_newest_row_of_each_key_counts_in_an_upserted_extract() {
    let project = published_plant();
    assert_eq!(project.value(PAST_DUE), "39.0600");
    let header = project.read("sample_data/production_orders/2026-03-31.csv").lines().next().unwrap().to_string();
    let row = |status: &str| {
        format!("{header}\nPO-260052,BN-150,PLANT-1,21,0,0,2026-03-17,2026-03-25,2026-03-27,2026-03-17,,{status}\n")
    };
    project.write("sample_data/production_orders/2026-04-01.csv", &row("cancelled"));
    publishes(&project, &[]);
    // Without 3.36 + 0.75 hours at PAINTING and 6.05 + 0.25 at ASSEMBLY.
    assert_eq!(project.value(PAST_DUE), "28.6500");
    // An older export that comes late does not take back what is known since.
    project.write("sample_data/production_orders/2026-03-30.csv", &row("released"));
    assert_eq!(run(&project, &[]).expect_exit(0).json()["status"], "nothing_to_do");
    assert_eq!(project.value(PAST_DUE), "28.6500");
}

/// The lines of a CSV file as an array of JSON objects on one line.
fn on_one_line(csv: &str) -> String {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = reader.headers().unwrap().clone();
    let object = |record: csv::StringRecord| {
        let pairs = header.iter().zip(&record).filter(|(_, value)| !value.is_empty());
        Value::Object(pairs.map(|(name, value)| (name.to_string(), json!(value))).collect())
    };
    Value::Array(reader.records().map(|record| object(record.unwrap())).collect()).to_string()
}

#[test]
fn the_newest_row_of_each_key_counts_also_among_records_that_share_a_line() {
    let project = Project::of_the_plant();
    let (folder, all) = ("sample_data/production_orders", "production_orders/*.csv");
    project.replace("pipelines/standard/pipeline.yaml", all, "production_orders/*.json");
    let file = project.read(&format!("{folder}/2026-03-31.csv"));
    project.write(&format!("{folder}/2026-03-31.json"), &on_one_line(&file));
    project.sopmart(&["run"]).expect_exit(0);
    assert_eq!(project.value(PAST_DUE), "39.0600");
    let header = file.lines().next().unwrap();
    let row = "PO-260052,BN-150,PLANT-1,21,0,0,2026-03-17,2026-03-25,2026-03-27,2026-03-17,,cancelled";
    project.write(&format!("{folder}/2026-04-01.json"), &on_one_line(&format!("{header}\n{row}\n")));
    publishes(&project, &[]);
    assert_eq!(project.value(PAST_DUE), "28.6500");
}

#[test]
fn a_failed_check_shows_the_rows_and_nothing_is_published() {
    let project = published_plant();
    project.replace("sample_data/products.csv", "Table Linden 120", "Table Lime 120");
    let check = "sql/checks/dim_product__has_tables.sql";
    project.write(check, "-- Every table.\nselect product_id, name from marts.dim_product where family = 'Tables'\n");
    let said = fails(&project, &[]);
    assert!(said.contains("check dim_product__has_tables failed"), "{said}");
    assert!(said.contains("| TB-120     | Table Lime 120"), "{said}");
    assert!(said.contains("Failed; nothing was published."), "{said}");
    assert_eq!(project.value("select name from marts.dim_product where product_id = 'TB-120'"), "Table Linden 120");
    assert_eq!(
        project.sopmart(&["runs"]).expect_exit(0).stdout.lines().nth(1).unwrap().split_whitespace().nth(3),
        Some("failed")
    );

    std::fs::remove_file(project.path(check)).unwrap();
    publishes(&project, &[]);
}

#[test]
fn a_product_that_does_not_reach_its_planning_unit_is_named_and_the_set_is_published() {
    let project = Project::of_the_plant();
    project.replace(
        "sample_data/products.csv",
        "Table Linden 120,Tables,Garden,STEEL,A,PCE,PCE",
        "Table Linden 120,Tables,Garden,STEEL,A,PCE,TON",
    );
    let said = project.sopmart(&["run"]).expect_exit(0).stderr;
    assert!(said.contains("check dim_product__warns_of_unreachable_planning_units did not pass (a warning)"), "{said}");
    assert!(said.contains("| TB-120     | Table Linden 120 | PCE        | TON           |"), "{said}");
    assert_eq!(project.entry(), 1);
}

#[test]
fn a_mart_that_breaks_its_readers_needs_a_word_and_a_version() {
    let project = published_plant();
    let (sql, contract) = ("sql/marts/dim_product.sql", "sql/marts/dim_product.odcs.yaml");
    project.overlay(contract, "      - name: launch_date\n", "      - name: first_sold_date\n");
    let text = std::fs::read_to_string(repository().join(sql)).unwrap();
    let renamed = text.replacen("products.launch_date,", "products.launch_date as first_sold_date,", 1);
    project.write(sql, &renamed.replacen("as launch_date", "as first_sold_date", 1));
    let said = fails(&project, &[]);
    assert!(said.contains("published with the column launch_date (date), which is gone"), "{said}");
    assert!(said.contains("--allow-breaking"), "{said}");
    let said = fails(&project, &["--allow-breaking"]);
    assert!(said.contains("version"), "{said}");
    project.replace(contract, "version: 1.0.0", "version: 2.0.0");
    fails(&project, &[]);
    publishes(&project, &["--allow-breaking"]);
    project.value("select count(first_sold_date) from marts.dim_product");
}

#[test]
fn a_file_of_the_project_takes_the_place_of_the_products_and_no_other() {
    let project = published_plant();
    project.overlay("sql/staging/standard/products.sql", "        name,", "        upper(name) as name,");
    let record = publishes(&project, &[]);
    assert_eq!(project.value("select name from marts.dim_product where product_id = 'TB-120'"), "TABLE LINDEN 120");
    assert_eq!(record["published"]["changed"], json!(["dim_product"]));
    std::fs::remove_file(project.path("sql/staging/standard/products.sql")).unwrap();
    let record = publishes(&project, &[]);
    assert!(record["models"].as_array().unwrap().iter().all(|model| model["outcome"] == "reused"), "{record:#}");
}

#[test]
fn equal_rows_are_equal_bytes_and_are_not_published_again() {
    let project = published_plant();
    let built = |record: &Value| {
        let models = record["models"].as_array().unwrap().iter();
        models.filter(|model| model["outcome"] == "built").count()
    };
    // The same rows from other SQL, over tables that are there, and everything anew on one thread.
    project.overlay("sql/marts/capacity_gap.sql", "-- One row per", "-- A row per");
    let record = run(&project, &[]).expect_exit(0).json();
    assert_eq!(
        (&record["status"], built(&record)),
        (&"nothing_to_do".into(), 2),
        "the mart and its totals: {record:#}"
    );
    let record = run(&project, &["--full-refresh", "--threads", "1"]).expect_exit(0).json();
    let all = record["models"].as_array().unwrap().len();
    assert_eq!((&record["status"], built(&record)), (&"nothing_to_do".into(), all), "{record:#}");
    assert_eq!(project.entry(), 1);
}

#[test]
fn selected_models_are_built_and_checked_and_never_published() {
    let project = published_plant();
    project.replace("sample_data/products.csv", "Table Linden 120", "Table Lime 120");
    let record = run(&project, &["--select", "dim_product"]).expect_exit(0).json();
    assert_eq!((&record["status"], project.entry()), (&"built".into(), 1));
    let checks: Vec<&str> =
        record["checks"].as_array().unwrap().iter().map(|check| check["check"].as_str().unwrap()).collect();
    let unreachable = "dim_product__warns_of_unreachable_planning_units";
    assert_eq!(checks, ["marts.dim_product keeps its contract", unreachable, "dim_product__does_not_reconcile"]);
    let name = "select name from marts.dim_product where product_id = 'TB-120'";
    assert_eq!(project.value(name), "Table Linden 120");
    let run_id = record["run_id"].as_str().unwrap();
    let built = project.sopmart(&["query", name, "--run", run_id, "--output", "json"]).expect_exit(0).json();
    assert_eq!(built["rows"], json!([{"name": "Table Lime 120"}]));
    // A mart that was built before is published as it is.
    let record = publishes(&project, &[]);
    let model =
        record["models"].as_array().unwrap().iter().find(|model| model["model"] == "marts.dim_product").unwrap();
    assert_eq!(model["outcome"], "reused");
}

#[test]
fn a_run_as_of_what_was_known_then_is_the_run_of_then_and_is_not_published() {
    let project = Project::of_the_plant();
    deliver_everything(&project, "2026-03-01T00:00:00Z");
    project.sopmart(&["run"]).expect_exit(0);
    let record = run(&project, &["--known-at", "2026-03-15"]).expect_exit(0).json();
    assert_eq!((&record["status"], project.entry()), (&"built".into(), 1));
    let hours = "select load_basis, sum(own_load_hours) as hours from marts.capacity_gap \
                 where period_kind = 'month' group by load_basis order by load_basis";
    let run_id = record["run_id"].as_str().unwrap();
    let then = project.sopmart(&["query", hours, "--run", run_id, "--output", "json"]).expect_exit(0).json();

    let earlier = Project::of_the_plant();
    std::fs::remove_file(earlier.path("sample_data/production_orders/2026-03-31.csv")).unwrap();
    earlier.sopmart(&["run"]).expect_exit(0);
    assert_eq!(then["rows"], Value::from(earlier.rows(hours)));
    assert_ne!(then["rows"], Value::from(project.rows(hours)));
}

/// Dates every file of the plant.
fn deliver_everything(project: &Project, at: &str) {
    let at = SystemTime::from(at.parse::<DateTime<Utc>>().unwrap());
    for file in ["products.csv", "work_centers.csv", "production_operations.csv", "capacity", "production_orders"] {
        let path = project.path("sample_data").join(file);
        let files = if path.is_dir() {
            std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect()
        } else {
            vec![path]
        };
        for file in files {
            std::fs::File::options().write(true).open(file).unwrap().set_modified(at).unwrap();
        }
    }
}

#[test]
fn an_older_date_publishes_nothing_where_no_mart_accumulates() {
    let project = published_plant();
    let planned = project.sopmart(&["plan", "--as-of", "2026-02-28"]).expect_exit(0).stdout;
    assert!(!planned.lines().any(|line| line.starts_with("build")), "{planned}");
    let record = run(&project, &["--as-of", "2026-02-28"]).expect_exit(0).json();
    assert_eq!((&record["status"], project.entry()), (&"nothing_to_do".into(), 1));
    assert_eq!(record["models"], json!([]), "nothing is built for nobody");
    publishes(&project, &["--as-of", "2026-04-01"]);
    assert_eq!(newest_entry(&project.warehouse()).unwrap().as_of.to_string(), "2026-04-01");
}

#[test]
fn a_set_goes_back_to_an_older_date_only_with_leave() {
    let project = published_plant();
    publishes(&project, &["--as-of", "2027-01-01"]);
    project.replace("sample_data/work_centers.csv", "Powder coating", "Powder coat");
    let outcome = project.sopmart(&["run"]).expect_exit(0);
    let told = "Not published: entry 2 of the publish log is as of 2027-01-01, later than 2026-03-31; \
                --allow-breaking goes back to it";
    assert!(outcome.stderr.contains(told), "{outcome:?}");
    let planned = project.sopmart(&["plan", "--allow-breaking"]).expect_exit(0).stdout;
    assert!(planned.contains("marts.dim_work_center") && !planned.contains("snapshot marts alone"), "{planned}");
    publishes(&project, &["--allow-breaking"]);
    assert_eq!(newest_entry(&project.warehouse()).unwrap().as_of.to_string(), "2026-03-31");
    assert_eq!(
        project.value("select name from marts.dim_work_center where work_center_id = 'PAINTING'"),
        "Powder coat"
    );
    assert_eq!(run(&project, &[]).expect_exit(0).json()["status"], "nothing_to_do");
}

#[test]
fn a_snapshot_mart_accumulates_the_dates_and_is_all_that_an_older_date_publishes() {
    let project = Project::of_the_plant();
    let pipeline = "pipelines/standard/pipeline.yaml";
    project.replace(pipeline, "marts: [capacity_gap,", "marts: [order_counts, capacity_gap,");
    project.write("sql/marts/order_counts.sql", SNAPSHOT_SQL);
    project.write("sql/marts/order_counts.odcs.yaml", SNAPSHOT_CONTRACT);
    project.sopmart(&["run"]).expect_exit(0);
    let dates = "select as_of, sum(order_count) as orders from marts.order_counts group by as_of order by as_of";
    assert_eq!(project.rows(dates), [json!({"as_of": "2026-03-31", "orders": 121})]);

    let record = publishes(&project, &["--as-of", "2026-02-28"]);
    assert_eq!(record["published"]["changed"], json!(["order_counts"]));
    let both = [json!({"as_of": "2026-02-28", "orders": 121}), json!({"as_of": "2026-03-31", "orders": 121})];
    assert_eq!(project.rows(dates), both);
    let today = "select max(date) from marts.dim_date where is_latest_as_of";
    assert_eq!(project.value(today), "2026-03-31", "the other marts stand where they stood");
    assert_eq!(newest_entry(&project.warehouse()).unwrap().as_of.to_string(), "2026-03-31");
    for arguments in [["--as-of", "2026-02-28"], ["--as-of", "2026-03-31"]] {
        assert_eq!(run(&project, &arguments).expect_exit(0).json()["status"], "nothing_to_do");
    }
    // A later delivery moves the date that is run, and leaves the other as it was.
    let header = project.read("sample_data/production_orders/2026-03-31.csv").lines().next().unwrap().to_string();
    let order = format!("{header}\nPO-270001,BN-150,PLANT-1,21,0,0,,,,,,planned\n");
    project.write("sample_data/production_orders/2026-04-01.csv", &order);
    publishes(&project, &[]);
    let after = [json!({"as_of": "2026-02-28", "orders": 121}), json!({"as_of": "2026-03-31", "orders": 122})];
    assert_eq!(project.rows(dates), after);
    assert_eq!(newest_entry(&project.warehouse()).unwrap().marts["order_counts"].files.len(), 2);
}

const SNAPSHOT_SQL: &str = "-- Orders by status, as they stood on each date.
select
    $as_of as as_of,
    status,
    count(*) as order_count
from staging.production_orders
group by status
";

const SNAPSHOT_CONTRACT: &str = "apiVersion: v3.1.0
kind: DataContract
id: order_counts
name: order_counts
version: 1.0.0
status: active
schema:
  - name: order_counts
    physicalType: table
    customProperties:
      - {property: snapshotBy, value: as_of}
    properties:
      - {name: as_of, logicalType: date, physicalType: date, required: true, primaryKey: true, primaryKeyPosition: 1}
      - {name: status, logicalType: string, physicalType: text, required: true, primaryKey: true, primaryKeyPosition: 2}
      - {name: order_count, logicalType: integer, physicalType: bigint, required: true}
";
