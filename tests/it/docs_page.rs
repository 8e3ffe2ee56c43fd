//! `sopmart docs`: the dictionary as one page that holds all it shows, and holds it rightly.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;

use crate::cli_support::Project;

/// The data that a page holds.
fn data_of(html: &str) -> Value {
    let (_, rest) = html.split_once("<script type=\"application/json\" id=\"data\">").unwrap();
    let (data, _) = rest.split_once("</script>").unwrap();
    serde_json::from_str(data).unwrap()
}

/// The page of a project, and its data.
#[track_caller]
fn page_of(project: &Project) -> (String, Value) {
    project.sopmart(&["docs", "--to", "docs.html"]).expect_exit(0);
    let html = project.read("docs.html");
    let data = data_of(&html);
    (html, data)
}

fn named<'d>(listed: &'d Value, name: &str) -> &'d Value {
    listed.as_array().unwrap().iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("there is no {name}"))
}

/// For every column the columns that its value comes from, by full names.
fn values_from(data: &Value) -> BTreeMap<String, Vec<String>> {
    let tables = data["tables"].as_array().unwrap();
    let mut names = Vec::new();
    for table in tables {
        for column in table["columns"].as_array().unwrap() {
            names.push(format!("{}.{}", table["name"].as_str().unwrap(), column["name"].as_str().unwrap()));
        }
    }
    let mut from = BTreeMap::new();
    let mut number = 0;
    for table in tables {
        for place in 0..table["columns"].as_array().unwrap().len() {
            let packed = table["lineage"][place].as_array().cloned().unwrap_or_default();
            let packed = packed.iter().map(|packed| usize::try_from(packed.as_u64().unwrap()).unwrap());
            let values = packed.filter(|packed| packed % 4 != 0).map(|packed| names[packed / 4].clone());
            from.insert(names[number].clone(), values.collect());
            number += 1;
        }
    }
    from
}

/// All that a column's value comes from, through every layer.
fn origins(from: &BTreeMap<String, Vec<String>>, column: &str) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut open = vec![column.to_string()];
    while let Some(at) = open.pop() {
        open.extend(from[&at].iter().filter(|source| reached.insert((*source).clone())).cloned());
    }
    reached
}

#[test]
fn the_page_loads_nothing_from_outside() {
    let (html, _) = page_of(&Project::of_the_workshop());
    for outside in [" src=", "<link", "<iframe", "url(", "@import", "fetch(", "XMLHttpRequest", "import("] {
        assert!(!html.contains(outside), "the page has `{outside}`");
    }
    let policy = html.split_once("Content-Security-Policy\" content=\"").unwrap().1.split_once('"').unwrap().0;
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
}

#[test]
fn a_pipeline_without_sources_and_without_a_warehouse_has_a_dictionary() {
    let project = Project::of_the_workshop();
    fs::remove_dir_all(project.path("sample_data")).unwrap();
    let (_, data) = page_of(&project);
    assert!(!project.warehouse().exists(), "a dictionary makes no warehouse");
    assert_eq!(data["last"]["set"], Value::Null);
    let mart = named(&data["tables"], "marts.workshop_hours");
    assert_eq!(mart["published"], true);
    assert!(mart["sql"][0]["text"].as_str().unwrap().starts_with("-- One row per"));
    assert!(data["checks"].as_array().unwrap().iter().all(|check| check["verdict"].is_null()));
}

#[test]
fn the_page_is_written_whole_over_what_was_there_and_is_the_same_each_time() {
    let project = Project::of_the_workshop();
    let (first, _) = page_of(&project);
    project.write("docs.html", "something else");
    let (second, _) = page_of(&project);
    assert!(first == second, "two pages of one pipeline differ");
    let left: Vec<_> = fs::read_dir(project.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with('.')), "{left:?}");
    let outcome = project.sopmart(&["docs", "--to", "-"]).expect_exit(0);
    assert_eq!(outcome.stdout.trim_end(), first.trim_end());
}

#[test]
fn a_place_that_is_no_file_leaves_no_page_and_says_so() {
    let project = Project::of_the_workshop();
    fs::create_dir(project.path("docs.html")).unwrap();
    let outcome = project.sopmart(&["docs", "--to", "docs.html"]).expect_exit(2);
    assert!(outcome.stderr.contains("writing docs.html"), "{}", outcome.stderr);
    assert!(fs::read_dir(project.path("docs.html")).unwrap().next().is_none());
}

#[test]
fn words_of_a_project_cannot_end_the_script_that_holds_them() {
    let project = Project::of_the_workshop();
    let sql = project.read("sql/marts/workshop_hours.sql");
    let hostile = "</script><script>alert(1)</script><!-- {style}";
    project.write("sql/marts/workshop_hours.sql", &format!("{sql}\n-- {hostile}\n"));
    let (html, data) = page_of(&project);
    assert_eq!(html.matches("<script").count(), 2, "the data's and the page's own");
    assert_eq!(html.matches("</script>").count(), 2);
    let text = named(&data["tables"], "marts.workshop_hours")["sql"][0]["text"].as_str().unwrap().to_string();
    assert!(text.contains(hostile), "{text}");
}

#[test]
fn a_pipeline_with_a_fault_has_no_dictionary() {
    let project = Project::of_the_workshop();
    project.replace("sql/marts/workshop_hours.sql", "select", "select nothing_of_that_name,");
    let outcome = project.sopmart(&["docs", "--to", "docs.html"]).expect_exit(2);
    assert!(outcome.stderr.contains("sql/marts/workshop_hours.sql"), "{}", outcome.stderr);
    assert!(!project.path("docs.html").exists());
}

#[test]
fn a_mart_says_rows_and_the_last_verdict_of_each_check_without_its_rows() {
    let project = Project::of_the_workshop();
    project.sopmart(&["run"]).expect_exit(0);
    let (_, data) = page_of(&project);
    let rows = project.value("select count(*) from marts.workshop_hours");
    assert_eq!(named(&data["tables"], "marts.workshop_hours")["rows"], rows);
    assert_eq!(data["last"]["set"]["entry"], 1);
    let carried_out = data["checks"].as_array().unwrap();
    assert!(carried_out.iter().all(|check| check["verdict"]["outcome"] == "passed"), "{carried_out:?}");

    let check = "sql/checks/workshop_hours__are_negative.sql";
    project.write(check, "-- Every row.\nselect * from marts.workshop_hours\n");
    project.sopmart(&["run"]).expect_exit(1);
    let (_, data) = page_of(&project);
    let verdict = &named(&data["checks"], "workshop_hours__are_negative")["verdict"];
    assert_eq!(verdict["outcome"], "failed");
    let run = usize::try_from(verdict["run"].as_u64().unwrap()).unwrap();
    assert_eq!(data["last"]["runs"][run]["status"], "failed");
    assert_eq!(verdict["complaint"], format!("{rows} rows"), "a dictionary shows no rows");
}

#[test]
fn the_warehouse_of_another_pipeline_says_nothing() {
    let project = Project::of_the_workshop();
    project.sopmart(&["run"]).expect_exit(0);
    project.replace("pipelines/standard/pipeline.yaml", "name: standard", "name: other");
    let outcome = project.sopmart(&["docs"]).expect_exit(0);
    assert!(outcome.stderr.contains("is the warehouse of another pipeline than other"), "{}", outcome.stderr);
    assert_eq!(data_of(&project.read("sopmart-docs.html"))["last"]["set"], Value::Null);
}

#[test]
fn the_command_tells_machines_what_it_wrote() {
    let project = Project::of_the_workshop();
    let told = project.sopmart(&["docs", "--to", "docs.html", "--output", "json"]).expect_exit(0).json();
    let html = project.read("docs.html");
    assert_eq!(told["bytes"], html.len());
    assert_eq!(told["tables"], data_of(&html)["tables"].as_array().unwrap().len());
    let outcome = project.sopmart(&["docs", "--to", "-", "--output", "json"]).expect_exit(2);
    assert!(outcome.stderr.contains("name a file"), "{}", outcome.stderr);
}

#[test]
fn every_column_of_the_product_is_walked_back_and_facts_end_at_extracts() {
    let project = Project::of_the_sample();
    let told = project.sopmart(&["docs", "standard", "--to", "docs.html", "--output", "json"]).expect_exit(0).json();
    assert_eq!(told["without_lineage"], serde_json::json!([]));
    assert!(told["bytes"].as_u64().unwrap() < 5_000_000, "{} bytes", told["bytes"]);
    let from = values_from(&data_of(&project.read("docs.html")));
    for (column, extract) in [
        ("marts.capacity_gap.own_load_hours", "landing.production_operations."),
        ("marts.capacity_gap.own_available_hours", "landing.capacity."),
        ("marts.demand_history.demand_quantity", "landing.sales_orders.quantity"),
        ("marts.demand_history.shipped_quantity", "landing.shipments.quantity"),
        ("marts.dim_territory.parent_id", "landing.territories."),
        ("marts.aging_stock.quantity", "landing.stock_movements.quantity"),
        ("marts.exceptions.amount", "landing."),
    ] {
        let origins = origins(&from, column);
        assert!(origins.iter().any(|origin| origin.starts_with(extract)), "{column} comes from {origins:?}");
    }
    let of_orders = origins(&from, "marts.demand_history.demand_quantity");
    assert!(!of_orders.contains("landing.sales_orders.unit_price"), "a quantity comes from no price");
}

#[test]
fn settings_stand_as_they_were_typed() {
    let project = Project::of_the_workshop();
    let (_, data) = page_of(&project);
    let as_of = named(&data["settings"], "as_of");
    assert_eq!((&as_of["value"], &as_of["own"]), (&Value::from("2026-03-31"), &Value::from(true)));
    project.replace("pipelines/standard/pipeline.yaml", "settings:\n  as_of: 2026-03-31\n", "");
    let (_, data) = page_of(&project);
    let as_of = named(&data["settings"], "as_of");
    assert_eq!((&as_of["value"], &as_of["own"]), (&Value::from("yesterday"), &Value::from(false)));
    assert!(as_of["meaning"].as_str().unwrap().starts_with("The last day that has happened"));
}
