//! What runs and checks do not let pass: lost files, inputs that no fingerprint would show, queries whose result changes by
//! itself, personal values in complaints, queries that keep every thread busy.

use std::fmt::Write as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use sopmart::model::Settings;

use crate::cli_support::{Project, newest_entry};
use crate::published_facts;

const DIM_PRODUCT: &str = "sql/marts/dim_product.sql";

fn published_plant() -> Project {
    let project = Project::of_the_plant();
    project.sopmart(&["run"]).expect_exit(0);
    project
}

#[test]
fn a_published_file_that_is_lost_or_cut_short_is_published_anew() {
    let project = published_plant();
    for (n, cut) in [(2, false), (3, true)] {
        let file = newest_entry(&project.warehouse()).unwrap().marts["dim_product"].files[0].path.clone();
        let path = project.warehouse().join(&file);
        if cut {
            std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(500).unwrap();
        } else {
            std::fs::remove_file(&path).unwrap();
        }
        let record = project.sopmart(&["run", "--output", "json"]).expect_exit(0).json();
        assert_eq!((record["status"].as_str(), project.entry()), (Some("published"), n));
        let told = record["warnings"][0].as_str().unwrap();
        assert!(told.contains("of marts.dim_product a published file is gone or cut short"), "{told}");
        assert_eq!(project.value("select count(*) from marts.dim_product"), 10);
        let entry = newest_entry(&project.warehouse()).unwrap();
        let table = published_facts::delta_table(&project.warehouse(), "dim_product").unwrap();
        assert_eq!(
            table.files,
            entry.marts["dim_product"].files.iter().map(|file| file.path.clone()).collect::<Vec<_>>()
        );
    }
    project.sopmart(&["run"]).expect_exit(0);
    assert_eq!(project.entry(), 3);
}

#[test]
fn landed_files_that_are_lost_are_landed_again() {
    let project = published_plant();
    std::fs::remove_dir_all(project.path("warehouse/landing/products/batches")).unwrap();
    std::fs::remove_dir_all(project.path("warehouse/models")).unwrap();
    project.sopmart(&["run"]).expect_exit(0);
    assert_eq!(project.entry(), 1, "equal rows are no news");
}

#[test]
fn tables_that_are_ahead_of_the_publish_log_are_named_and_those_of_a_lost_entry_follow_the_new_one() {
    let project = published_plant();
    let rename = |old: &str, new: &str| project.replace("sample_data/products.csv", old, new);
    rename("Table Linden 120", "Table Lime 120");
    project.sopmart(&["run"]).expect_exit(0);
    std::fs::remove_file(project.path("warehouse/published/2.json")).unwrap();
    rename("Table Lime 120", "Table Linden 120");
    let outcome = project.sopmart(&["run", "--output", "json"]).expect_exit(3);
    assert!(outcome.stderr.ends_with("entry 1 stands, and the next run brings the rest up to it\n"), "{outcome:?}");
    let told = outcome.json()["targets"].to_string();
    assert!(told.contains("the table shows entry 2, and the publish log ends at 1: its end is lost"), "{told}");
    rename("Table Linden 120", "Table Oak 120");
    project.sopmart(&["run"]).expect_exit(0);
    assert_eq!(project.entry(), 2, "it stands again, and is of another run");
    let entry = newest_entry(&project.warehouse()).unwrap();
    let table = published_facts::delta_table(&project.warehouse(), "dim_product").unwrap();
    assert_eq!(table.files, entry.marts["dim_product"].files.iter().map(|file| file.path.clone()).collect::<Vec<_>>());
}

#[test]
fn every_row_of_a_settings_table_counts() {
    let of_rows = |changed: &str| {
        let mut text =
            "buckets:\n  type: table\n  columns: {label: text}\n  meaning: Labels.\n  default:\n".to_string();
        for row in 0..40 {
            let label = if row == 20 { changed.to_string() } else { format!("l{row}") };
            writeln!(text, "    - {{label: {label}}}").unwrap();
        }
        Settings::parse("settings.yaml", &text).unwrap().fingerprint(["buckets"])
    };
    assert_ne!(of_rows("one"), of_rows("other"));
    assert_eq!(of_rows("one"), of_rows("one"));
}

#[test]
fn a_snapshot_shows_its_own_date_and_no_other() {
    let project = Project::of_the_plant();
    project.overlay(DIM_PRODUCT, "select * from members", "select date '2026-03-31' as as_of, * from members");
    let contract = "sql/marts/dim_product.odcs.yaml";
    let column = "      - {name: as_of, logicalType: date, physicalType: date, required: true}\n";
    let snapshot = "    customProperties:\n      - {property: snapshotBy, value: as_off}\n";
    project.overlay(contract, "    properties:\n", &format!("{snapshot}    properties:\n{column}"));
    let outcome = project.sopmart(&["check"]).expect_exit(1);
    assert!(outcome.stderr.contains("`snapshotBy` is `as_off`, expected the name of a date column"), "{outcome:?}");
    project.replace(contract, "as_off", "as_of");
    project.sopmart(&["run"]).expect_exit(0);
    let outcome = project.sopmart(&["run", "--as-of", "2026-04-01"]).expect_exit(1);
    assert!(outcome.stderr.contains("is another date than that of the snapshot, 2026-04-01"), "{outcome:?}");
}

#[test]
fn queries_whose_result_changes_by_itself_are_none() {
    for call in ["now()", "current_date()", "random()"] {
        let project = Project::of_the_plant();
        project.write("sql/intermediate/mine.sql", &format!("-- One row.\nselect {call} as value\n"));
        let outcome = project.sopmart(&["check"]).expect_exit(1);
        assert!(outcome.stderr.contains("does not give the same result again"), "{call}: {outcome:?}");
        assert!(outcome.stderr.contains("sql/intermediate/mine.sql:2:8"), "{call}: {outcome:?}");
    }
}

#[test]
fn groups_of_what_unnest_makes_of_groups_are_refused_before_they_come_out_wrong() {
    let project = Project::of_the_plant();
    let lists = "-- One row per family.\nwith\n\nlists as (select family, array_agg(product_id) as ids from marts.dim_product group by family),\n\n\
         rows as (select family, unnest(ids) as id from lists)\n\n";
    for query in ["select family, count(*) as n from rows group by family, id", "select distinct family from rows"] {
        project.write("sql/intermediate/mine.sql", &format!("{lists}{query}\n"));
        let outcome = project.sopmart(&["check"]).expect_exit(1);
        assert!(outcome.stderr.contains("groups of what `unnest` makes of groups"), "{query}: {outcome:?}");
        assert!(outcome.stderr.contains("sql/intermediate/mine.sql:6:"), "{query}: {outcome:?}");
    }
    project.write("sql/intermediate/mine.sql", &format!("{lists}select family, id from rows\n"));
    project.sopmart(&["check"]).expect_exit(0);
}

#[test]
fn what_contracts_name_and_files_make_is_there_once() {
    let complaint = |file: &str, old: &str, new: &str| {
        let project = Project::of_the_plant();
        project.overlay(file, old, new);
        project.sopmart(&["check"]).expect_exit(1).stderr
    };
    let contract = "sql/marts/capacity_gap.odcs.yaml";
    let said = complaint(contract, "needs, value: [work_centers", "needs, value: [work_centres");
    assert!(
        said.contains("`needs` names `work_centres`, which is no entity") && said.contains("`work_centers`?"),
        "{said}"
    );
    let said = complaint(contract, "to: dim_work_center.work_center_id", "to: dim_work_centre.work_center_id");
    assert!(
        said.contains("refers to `dim_work_centre`, which is no mart") && said.contains("`dim_work_center`?"),
        "{said}"
    );
    let said = complaint(contract, "to: dim_work_center.work_center_id", "to: dim_work_center.work_center");
    assert!(said.contains("refers to `dim_work_center.work_center`, which is no column"), "{said}");
    let project = Project::of_the_plant();
    project.write("sql/intermediate/mine/event_dates.sql", "-- One row.\nselect 1 as a\n");
    let said = project.sopmart(&["check"]).expect_exit(1).stderr;
    assert!(said.contains("makes `intermediate.event_dates` already"), "{said}");
}

#[test]
fn a_file_that_cannot_be_read_hides_no_fault_in_another() {
    let project = Project::of_the_plant();
    project.write("sql/intermediate/x1.sql", "selec 1\n");
    project.write("sql/intermediate/x2.sql", "-- One row.\nselect nosuch from staging.products\n");
    project.write("sql/intermediate/x3.sql", "-- One row.\nselect * from intermediate.x1\n");
    let said = project.sopmart(&["check"]).expect_exit(1).stderr;
    for told in
        ["sql/intermediate/x1.sql:1:1", "unknown column `nosuch`", "x3.sql: not checked because intermediate.x1"]
    {
        assert!(said.contains(told), "{told} is not in:\n{said}");
    }
    assert!(said.contains("2 faults"), "{said}");
}

#[test]
fn a_run_that_cannot_be_planned_lands_nothing() {
    let project = Project::of_the_plant();
    project.overlay(DIM_PRODUCT, "from staging.products", "from staging.products where nosuch = 1");
    let outcome = project.sopmart(&["run", "--output", "json"]).expect_exit(2);
    assert!(outcome.stderr.contains("unknown column `nosuch`"), "{outcome:?}");
    assert_eq!(outcome.json()["status"], "could_not_run");
    assert!(!project.path("warehouse/landing").exists());
}

#[test]
fn products_models_are_planned_before_a_run_where_they_read_what_a_project_changed() {
    let project = Project::of_the_plant();
    let units = "sql/intermediate/planning_units.sql";
    project.overlay(units, "select * from converted", "select product_id from converted");
    let told = project.sopmart(&["run"]).expect_exit(2).stderr;
    assert!(told.contains("sql/marts/dim_product.sql:") && told.contains("unknown column"), "{told}");
    assert!(!project.path("warehouse/landing").exists());
    // And where a contract of the project's tells them of other columns.
    let project = Project::of_the_plant();
    let renamed = "select * except (conversion_status), conversion_status as conversion_state from members";
    project.overlay(DIM_PRODUCT, "select * from members", renamed);
    project.overlay("sql/marts/dim_product.odcs.yaml", "- name: conversion_status", "- name: conversion_state");
    let told = project.sopmart(&["run"]).expect_exit(2).stderr;
    let check = "sql/checks/dim_product__warns_of_unreachable_planning_units.sql:";
    assert!(told.contains(check) && told.contains("unknown column `conversion_status`"), "{told}");
    assert!(!project.path("warehouse/landing").exists());
    // And where a rule of a mart asks what no mart reads.
    let project = Project::of_the_plant();
    let rule = "    quality:\n      - {type: sql, mustBe: 0, query: \"select count(*) from staging.locations where nosuch = 1\"}\n";
    project.overlay("sql/marts/dim_work_center.odcs.yaml", "    properties:\n", &format!("{rule}    properties:\n"));
    let told = project.sopmart(&["run"]).expect_exit(2).stderr;
    assert!(told.contains("unknown column `nosuch`"), "{told}");
    assert!(!project.path("warehouse/landing").exists());
}

#[test]
fn personal_values_stand_in_no_complaint_and_no_record() {
    let project = Project::of_the_plant();
    let contract = "sql/marts/dim_product.odcs.yaml";
    let rule = "      - name: name\n        classification: personal\n        quality:\n          - {type: library, metric: invalidValues, arguments: {maxLength: 3}, mustBe: 0}\n";
    project.overlay(contract, "      - name: name\n", rule);
    let outcome = project.sopmart(&["run", "--output", "json"]).expect_exit(1);
    assert!(outcome.stderr.contains("(personal)") && outcome.stderr.contains("at most 3 characters"), "{outcome:?}");
    assert!(!outcome.stderr.contains("Table Linden") && !outcome.stdout.contains("Table Linden"), "{outcome:?}");
}

#[test]
fn a_query_that_keeps_every_thread_busy_holds_no_signal_up() {
    let project = Project::of_the_plant();
    let busy = "-- One row.\nselect count(*) as n from generate_series(1, 600000) as a (x) cross join generate_series(1, 100000) as b (y)\nwhere (a.x * b.y) % 7 = 3\n";
    project.write("sql/intermediate/busy.sql", busy);
    project.overlay(
        DIM_PRODUCT,
        "from staging.products",
        "from staging.products where (select n from intermediate.busy) > 0",
    );
    let mut run =
        project.command(&["run", "--output", "json"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(3));
    let asked = Instant::now();
    std::process::Command::new("kill").args(["-TERM", &run.id().to_string()]).status().unwrap();
    // A record is longer than a pipe holds: it is read before the end is waited for.
    let record = std::io::read_to_string(run.stdout.take().unwrap()).unwrap();
    let exit_code = run.wait().unwrap().code();
    assert!(asked.elapsed() < Duration::from_millis(2500), "{:?}", asked.elapsed());
    assert_eq!(exit_code, Some(143));
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    assert_eq!((&record["status"], &record["exit_code"]), (&"stopped".into(), &143.into()));
    assert_eq!(record["error"], "SIGTERM at step transform; nothing was published");
}

#[test]
fn what_is_published_is_published_whoever_could_not_be_told() {
    let project = Project::of_the_plant();
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = project.command(&["run", "--output", "json"]).stdout(full).output().unwrap();
    assert_eq!((output.status.code(), project.entry()), (Some(0), 1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("warning: stdout cannot be written"), "{output:?}");
}

#[test]
fn a_folder_with_other_files_in_it_is_no_warehouse() {
    let project = Project::of_the_plant();
    let outcome = project.sopmart(&["run", "--warehouse", "."]).expect_exit(2);
    assert!(outcome.stderr.contains("is no warehouse, and not empty (it holds `"), "{outcome:?}");
    assert!(!project.path("warehouse.json").exists() && !project.path("runs").exists());
}

#[test]
fn machines_are_told_of_what_could_not_begin() {
    let project = Project::of_the_plant();
    let told = project.sopmart(&["run", "nosuch", "--output", "json"]).expect_exit(2).json();
    assert!(told["error"].as_str().unwrap().contains("nosuch") && told["exit_code"] == 2, "{told}");
    project.sopmart(&["run"]).expect_exit(0);
    let twice = "select a.name, b.name from marts.dim_product a join marts.dim_product b on a.name = b.name";
    let told = project.sopmart(&["query", twice, "--output", "json"]).expect_exit(2).json();
    assert!(told["error"].as_str().unwrap().contains("two columns are named `name`"), "{told}");
    for (arguments, told) in [
        (&["run", "--as-of", "x"][..], "invalid value 'x' for '--as-of <YYYY-MM-DD>'"),
        (&["test", "nosuchcase"], "there are no model tests: no folder ./tests/models"),
        (&["fly"], "unrecognized subcommand 'fly'"),
    ] {
        let outcome = project.sopmart(&[arguments, &["--output", "json"]].concat()).expect_exit(2);
        let error = outcome.json()["error"].as_str().unwrap().to_string();
        assert!(error.starts_with(told), "{error}");
    }
    let values =
        "select null as nothing, cast(null as text) as t, cast(18446744073709551615 as bigint unsigned) as big";
    let told = project.sopmart(&["query", values, "--output", "json"]).expect_exit(0).json();
    assert_eq!(told["rows"], serde_json::json!([{"nothing": null, "t": null, "big": 18_446_744_073_709_551_615_u64}]));
    let outcome = project.sopmart(&["query", "select 7 / 2"]).expect_exit(2);
    assert!(outcome.stderr.starts_with("error: a whole number divided by a whole number"), "{outcome:?}");
}
