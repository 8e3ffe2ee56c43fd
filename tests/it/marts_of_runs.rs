//! What the runner knows, as marts: `runs`, `reconciliation` and `column_dictionary`, over the plant of the tests.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::cli_support::{Project, repository};

const RUNS: &str = "select status, exit_code, entry_number, error from marts.runs order by run_id";

const PIPELINE: &str = "pipelines/standard/pipeline.yaml";

/// The plant with its few marts and those that tell of runs.
fn published_plant() -> Project {
    let project = Project::of_the_plant();
    project.replace(PIPELINE, "marts: [", "marts: [runs, reconciliation, column_dictionary, ");
    project.sopmart(&["run"]).expect_exit(0);
    project
}

/// The plant with every mart that there is.
fn plant_with_all_marts() -> Project {
    let project = Project::of_the_plant();
    project.replace(PIPELINE, "marts: [", "# marts: [");
    project.sopmart(&["run"]).expect_exit(0);
    project
}

/// Something new for the next run to publish.
fn rename_a_product(project: &Project, old: &str, new: &str) {
    project.replace("sample_data/products.csv", old, new);
}

#[test]
fn an_unchanged_run_builds_nothing_that_tells_of_runs_and_writes_no_entry() {
    let project = published_plant();
    for _ in 0..2 {
        let record = project.sopmart(&["run", "--output", "json"]).expect_exit(0).json();
        assert_eq!((&record["status"], project.entry()), (&"nothing_to_do".into(), 1));
        let models = record["models"].as_array().unwrap();
        assert!(models.iter().all(|model| model["outcome"] == "reused"), "{record:#}");
        assert!(!models.iter().any(|model| model["model"] == "marts.runs"), "{record:#}");
    }
    assert_eq!(project.value("select count(*) as n from marts.runs"), 1);
}

#[test]
fn all_runs_stand_in_the_next_entry_and_the_newest_knows_what_it_published() {
    let project = published_plant();
    let first = json!({"status": "published", "exit_code": null, "entry_number": 1, "error": null});
    assert_eq!(project.rows(RUNS), [first]);

    project.sopmart(&["run"]).expect_exit(0);
    project.sopmart(&["run", "--select", "dim_product"]).expect_exit(0);
    // A product twice is a broken key, which fails a check.
    let products = project.read("sample_data/products.csv");
    let twice = format!("{products}{}\n", products.lines().nth(1).unwrap());
    project.write("sample_data/products.csv", &twice);
    let failed = project.sopmart(&["run", "--output", "json"]).expect_exit(1).json();
    project.write("sample_data/products.csv", &products);
    rename_a_product(&project, "Table Linden 120", "Table Lime 120");
    project.sopmart(&["run"]).expect_exit(0);

    let expected = [
        json!({"status": "published", "exit_code": 0, "entry_number": 1, "error": null}),
        json!({"status": "nothing_to_do", "exit_code": 0, "entry_number": null, "error": null}),
        json!({"status": "built", "exit_code": 0, "entry_number": null, "error": null}),
        json!({"status": "failed", "exit_code": 1, "entry_number": null, "error": failed["error"]}),
        json!({"status": "published", "exit_code": null, "entry_number": 2, "error": null}),
    ];
    assert_eq!(project.rows(RUNS), expected);
    let rows = "select sum(landed_row_count) as landed, sum(quarantined_row_count) as quarantined from marts.runs \
                where entry_number = 1";
    assert_eq!(project.rows(rows), [json!({"landed": 1409, "quarantined": 6})]);
}

#[test]
fn a_run_that_died_or_whose_record_is_gone_is_told_of() {
    let project = published_plant();
    let first = project.value("select run_id from marts.runs");
    let first = first.as_str().unwrap();
    let died = "ffffffff-ffff-7fff-bfff-ffffffffffff";
    let record = project.read(&format!("warehouse/runs/{first}/run.json"));
    let record: Value = serde_json::from_str(&record).unwrap();
    let mut of_died = record.clone();
    of_died["run_id"] = died.into();
    of_died["status"] = "running".into();
    of_died["ended_at"] = Value::Null;
    of_died["exit_code"] = Value::Null;
    project.write(&format!("warehouse/runs/{died}/run.json"), &of_died.to_string());
    project.write("warehouse/runs/00000000-0000-7000-8000-000000000000/run.json", "{\"run_id\": ");
    std::fs::remove_dir_all(project.path(&format!("warehouse/runs/{first}"))).unwrap();

    rename_a_product(&project, "Table Linden 120", "Table Lime 120");
    let record = project.sopmart(&["run", "--output", "json"]).expect_exit(0).json();
    let warning = record["warnings"][0].as_str().unwrap();
    assert!(warning.starts_with("runs/00000000-0000-7000-8000-000000000000/run.json cannot be read"), "{warning}");
    let expected = [
        json!({"status": "published", "started": false, "entry_number": 1}),
        json!({"status": "published", "started": true, "entry_number": 2}),
        json!({"status": "died", "started": true, "entry_number": null}),
    ];
    let runs = "select status, started_at is not null as started, entry_number from marts.runs order by run_id";
    assert_eq!(project.rows(runs), expected);
}

#[test]
fn what_was_read_of_the_past_is_kept_and_is_no_more_than_a_help() {
    let project = published_plant();
    let names = ["Table Linden 120", "Table Lime 120", "Table Ash 120", "Table Elm 120"];
    for (step, pair) in names.windows(2).enumerate() {
        rename_a_product(&project, pair[0], pair[1]);
        let kept = project.path("warehouse/models/record.runs/read.json");
        match step {
            1 => std::fs::remove_file(kept).unwrap(),
            2 => std::fs::write(kept, "{").unwrap(),
            _ => assert!(kept.is_file()),
        }
        project.sopmart(&["run"]).expect_exit(0);
        let entries = "select entry_number from marts.runs where entry_number is not null order by entry_number";
        let entries: Vec<Value> = project.rows(entries).iter().map(|row| row["entry_number"].clone()).collect();
        assert_eq!(entries, (1..=project.entry()).map(Value::from).collect::<Vec<_>>());
    }
}

#[test]
fn every_reconciling_check_stands_in_reconciliation_and_nothing_differs() {
    let project = plant_with_all_marts();
    let shown = project.rows("select distinct mart from marts.reconciliation");
    let shown: BTreeSet<String> = shown.iter().map(|row| row["mart"].as_str().unwrap().to_string()).collect();
    let published = project.rows("select distinct mart from marts.column_dictionary");
    let has_check = |mart: &String| repository().join(format!("sql/checks/{mart}__does_not_reconcile.sql")).is_file();
    let has_rows = |mart: &String| project.value(&format!("select count(*) as n from marts.{mart}")) != 0;
    let published = published.iter().map(|row| row["mart"].as_str().unwrap().to_string());
    let expected: BTreeSet<String> = published.filter(|mart| mart != "reconciliation" && has_check(mart)).collect();
    assert!(shown.is_subset(&expected), "{shown:?}");
    // Totals by period have no rows where there is no mart to have them.
    let left_out: Vec<&String> = expected.difference(&shown).filter(|mart| has_rows(mart)).collect();
    assert!(left_out.is_empty(), "{left_out:?}");
    let differing = "select count(*) as n from marts.reconciliation where difference is distinct from 0";
    assert_eq!(project.value(differing), 0);
    let painting = "select source_total, mart_total, difference from marts.reconciliation where mart = 'capacity_gap' \
                    and measure = 'own_load_hours production_orders' and period_kind = 'month' \
                    and period_start = date '2026-05-01'";
    let hours = project.value(
        "select sum(own_load_hours) as hours from marts.capacity_gap where period_kind = 'month' \
         and period_start = date '2026-05-01' and load_basis = 'production_orders'",
    );
    let expected = json!({"source_total": hours, "mart_total": hours, "difference": "0.0000"});
    assert_eq!(project.rows(painting), [expected]);
}

#[test]
fn a_mart_that_does_not_reconcile_fails_the_run_and_nothing_is_published() {
    let project = published_plant();
    project.overlay("sql/marts/dim_product.sql", "select * from staging.products", FEWER_PRODUCTS);
    let outcome = project.sopmart(&["run", "--output", "json"]).expect_exit(1);
    assert_eq!((&outcome.json()["status"], project.entry()), (&"failed".into(), 1));
    assert!(outcome.stderr.contains("check dim_product__does_not_reconcile failed"), "{outcome:?}");
    assert!(outcome.stderr.contains("| products "), "the measure is named: {}", outcome.stderr);
}

const FEWER_PRODUCTS: &str = "select * from staging.products where product_id <> 'TB-120'";

#[test]
fn a_reconciling_check_selects_compared_totals_in_decimals() {
    let project = published_plant();
    let check = "sql/checks/dim_product__does_not_reconcile.sql";
    project.overlay(check, "source.source_total,", "cast(source.source_total as double) as source_total,");
    let outcome = project.sopmart(&["check"]).expect_exit(1);
    let told = "column `source_total` is double, but a reconciling check says decimal(38,12)";
    assert!(outcome.stderr.contains(told), "{}", outcome.stderr);
    project.overlay(check, "'products' as measure,", "'products' as what,");
    let outcome = project.sopmart(&["check"]).expect_exit(1);
    assert!(outcome.stderr.contains("column `measure` of a reconciling check is missing"), "{}", outcome.stderr);
}

#[test]
fn every_column_of_every_mart_stands_once_in_the_dictionary_with_a_sentence() {
    let project = plant_with_all_marts();
    let columns = "select mart, column_name, data_type from marts.column_dictionary order by mart, column_position";
    let text = |row: &Value, field: &str| row[field].as_str().unwrap().to_string();
    let told: Vec<(String, String)> =
        project.rows(columns).iter().map(|row| (text(row, "mart"), text(row, "column_name"))).collect();
    let there = "select table_name as mart, column_name from information_schema.columns where table_schema = 'marts' \
                 order by table_name, ordinal_position";
    let there: Vec<(String, String)> =
        project.rows(there).iter().map(|row| (text(row, "mart"), text(row, "column_name"))).collect();
    assert_eq!(told, there);
    let silent = "select mart, column_name from marts.column_dictionary where description is null \
                  or mart_purpose is null or mart_description is null";
    assert_eq!(project.rows(silent), Vec::<Value>::new());
    let lost = "select told.mart, told.column_name from marts.column_dictionary as told \
                left join marts.column_dictionary as target on told.referenced_mart = target.mart \
                and told.referenced_column = target.column_name \
                where told.referenced_mart is not null and target.mart is null";
    assert_eq!(project.rows(lost), Vec::<Value>::new(), "what is referred to is published, too");
}

#[test]
fn a_changed_description_is_worth_an_entry_and_changed_rows_of_runs_are_not() {
    let project = published_plant();
    project.overlay("sql/marts/dim_product.odcs.yaml", "\"One row per product, and", "\"One row per product and");
    project.sopmart(&["run"]).expect_exit(0);
    assert_eq!(project.entry(), 2);
    let sentence = "select distinct mart_description from marts.column_dictionary where mart = 'dim_product'";
    assert_eq!(project.value(sentence), "One row per product and the members `(unknown)` and `(all)`.");
    project.sopmart(&["run"]).expect_exit(0);
    assert_eq!(project.entry(), 2);
}

#[test]
fn what_tells_of_runs_is_published_anew_where_its_file_is_lost() {
    let project = published_plant();
    let files = std::fs::read_dir(project.path("warehouse/marts/runs")).unwrap().map(|entry| entry.unwrap().path());
    let lost: Vec<_> = files.filter(|file| file.extension() == Some("parquet".as_ref())).collect();
    std::fs::remove_file(&lost[0]).unwrap();
    let record = project.sopmart(&["run", "--output", "json"]).expect_exit(0).json();
    assert_eq!((&record["status"], project.entry()), (&"published".into(), 2), "{record:#}");
    assert_eq!(project.value("select count(*) as n from marts.runs"), 2);
}
