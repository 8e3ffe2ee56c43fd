//! `sopmart run` on the plant of the tests, as a person and as a machine sees it, and what the other commands say around it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cli_support::{Project, repository};

/// The end of a run for people: what stderr says after the steps.
fn summary(stderr: &str) -> &str {
    stderr.split_once("\n\n").unwrap_or_else(|| panic!("no summary in\n{stderr}")).1
}

#[test]
fn the_first_run_ends_with_what_landed_what_is_published_and_what_it_says() {
    let project = Project::of_the_plant();
    let outcome = project.sopmart(&["run"]).expect_exit(0);
    assert_eq!(outcome.stdout, "", "people read stderr");
    insta::assert_snapshot!(summary(&outcome.stderr), @r"
    extract                  rows read       landed  quarantined
    capacity                       616          615            1
    production_operations          609          606            3
    production_orders              176          174            2
    products                         8            8            0
    work_centers                     6            6            0

    mart                          rows
    marts.capacity_gap             187
    marts.data_freshness             5
    marts.dim_date                 365
    marts.dim_product               10
    marts.dim_work_center            8

      The months in which most hours are missing, by what the load is made of:
      period start  work center id  overload hours  load basis         load hours  available hours  name
      2026-05-01    PAINTING               25.6350  production_orders    141.0600         115.4250  Powder coating
      2026-04-01    (unknown)               4.8200  production_orders      4.8200           0.0000  (unknown)

    Published 5 tables as of 2026-03-31, entry 1 of the publish log; 55 checks passed
    ");
    let outcome = project.sopmart(&["run"]).expect_exit(0);
    insta::assert_snapshot!(outcome.stderr, @r"
    land
    land      capacity: unchanged
    land      production_operations: unchanged
    land      production_orders: unchanged
    land      products: unchanged
    land      work_centers: unchanged
    transform
    check
    publish

    6 records of unchanged extracts in quarantine: sopmart quarantine shows them

    Nothing to do: all is as in entry 1 of the publish log, as of 2026-03-31
    ");
}

#[test]
fn a_second_run_reads_no_data_writes_no_entry_and_is_quick() {
    let project = Project::of_the_plant();
    project.sopmart(&["run"]).expect_exit(0);
    // Whoever reads any of these bytes stumbles: names, sizes and times are as they were.
    for file in files_below(&project.path("sample_data")) {
        garble(&file);
    }
    for file in
        files_below(&project.warehouse()).into_iter().filter(|file| file.extension() == Some("parquet".as_ref()))
    {
        garble(&file);
    }
    let started = Instant::now();
    let record = project.sopmart(&["run", "--output", "json"]).expect_exit(0).json();
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    assert_eq!(record["status"], "nothing_to_do");
    assert_eq!(project.entry(), 1);
    let outcomes =
        |of: &str| -> Vec<Value> { record[of].as_array().unwrap().iter().map(|one| one["outcome"].clone()).collect() };
    assert!(outcomes("extracts").iter().all(|outcome| outcome == "unchanged"), "{record:#}");
    assert!(outcomes("models").iter().all(|outcome| outcome == "reused"), "{record:#}");
    assert!(record["checks"].as_array().unwrap().iter().all(|check| check["reused"] == true), "{record:#}");
    let outcome = project.sopmart(&["run", "--full-refresh"]).expect_exit(2);
    assert!(outcome.stderr.contains("capacity/2026-01.csv"), "read again, the files are found out: {}", outcome.stderr);
    assert_eq!(project.entry(), 1);
}

/// Other bytes under the same name, size and time.
fn garble(file: &Path) {
    let facts = file.metadata().unwrap();
    std::fs::write(file, "#".repeat(usize::try_from(facts.len()).unwrap())).unwrap();
    std::fs::File::options().write(true).open(file).unwrap().set_modified(facts.modified().unwrap()).unwrap();
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

#[test]
fn machines_get_the_record_as_the_one_line_of_stdout_and_as_run_json() {
    let project = Project::of_the_plant();
    let outcome = project.sopmart(&["run", "--output", "json"]).expect_exit(0);
    assert_eq!(outcome.stdout.lines().count(), 1);
    let record = outcome.json();
    let run_id = record["run_id"].as_str().unwrap();
    let kept = project.read(&format!("warehouse/runs/{run_id}/run.json"));
    assert_eq!(serde_json::from_str::<Value>(&kept).unwrap(), record);
    assert_eq!((&record["status"], &record["exit_code"]), (&"published".into(), &0.into()));
    assert_eq!((&record["pipeline"], &record["as_of"]), (&"standard".into(), &"2026-03-31".into()));
    let steps: Vec<&str> =
        record["steps"].as_array().unwrap().iter().map(|step| step["step"].as_str().unwrap()).collect();
    assert_eq!(steps, ["land", "transform", "check", "publish"]);
    assert!(record["steps"].as_array().unwrap().iter().all(|step| step["milliseconds"].is_u64()), "{record:#}");
    let facts: BTreeMap<&str, [u64; 4]> = record["extracts"].as_array().unwrap().iter().map(counts).collect();
    let expected = [
        ("capacity", [616, 615, 1, 1]),
        ("production_operations", [609, 606, 3, 3]),
        ("production_orders", [176, 174, 2, 2]),
        ("products", [8, 8, 0, 0]),
        ("work_centers", [6, 6, 0, 0]),
    ];
    assert_eq!(facts, BTreeMap::from(expected));
    assert_eq!(
        record["published"],
        serde_json::json!({
            "entry": 1,
            "as_of": "2026-03-31",
            "marts": {
                "capacity_gap": 187, "data_freshness": 5, "dim_date": 365, "dim_product": 10, "dim_work_center": 8
            },
            "changed": ["capacity_gap", "data_freshness", "dim_date", "dim_product", "dim_work_center"],
        })
    );
    let text = |sha256: &Value| project.read(&format!("warehouse/objects/{}", sha256.as_str().unwrap()));
    let own = record["texts"].as_object().unwrap();
    assert!(own.contains_key("pipelines/standard/pipeline.yaml") && own.len() == 6, "{own:#?}");
    for (file, sha256) in own {
        assert_eq!(text(sha256), project.read(file));
    }
    let of_product: Value = serde_json::from_str(&text(&record["product_texts"])).unwrap();
    let file = "sql/marts/capacity_gap.sql";
    assert_eq!(of_product[file], std::fs::read_to_string(repository().join(file)).unwrap());
}

fn counts(extract: &Value) -> (&str, [u64; 4]) {
    let counts = ["rows_read", "rows_landed", "rows_quarantined", "quarantined_shown"];
    (extract["extract"].as_str().unwrap(), counts.map(|count| extract[count].as_u64().unwrap()))
}

#[test]
fn past_runs_are_listed_newest_first_and_those_that_died_are_told_apart() {
    let project = Project::of_the_plant();
    let first = project.sopmart(&["run", "--output", "json"]).expect_exit(0).json();
    project.sopmart(&["run"]).expect_exit(0);
    // What `kill -9` leaves is a record of a run at work.
    let died = "ffffffff-ffff-7fff-bfff-ffffffffffff";
    let first_id = first["run_id"].as_str().unwrap();
    let record = project.read(&format!("warehouse/runs/{first_id}/run.json"));
    let record = record.replace(first_id, died).replace("\"status\":\"published\"", "\"status\":\"running\"");
    project.write(&format!("warehouse/runs/{died}/run.json"), &record);
    let text = project.sopmart(&["runs"]).expect_exit(0).stdout;
    let shown: Vec<(&str, &str)> = text
        .lines()
        .skip(1)
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            (words[2], words[3])
        })
        .collect();
    assert_eq!(shown, [("2026-03-31", "died"), ("2026-03-31", "nothing_to_do"), ("2026-03-31", "published")], "{text}");
    let answer = project.sopmart(&["runs", "--output", "json", "--limit", "2"]).expect_exit(0).json();
    let runs = answer["runs"].as_array().unwrap();
    assert_eq!((runs.len(), &runs[0]["run_id"]), (2, &died.into()));
}

#[test]
fn a_query_sees_the_newest_set_or_the_one_that_is_named() {
    let project = Project::of_the_plant();
    let outcome = project.sopmart(&["query", "select 1"]).expect_exit(2);
    assert!(outcome.stderr.contains("there is no warehouse at warehouse: sopmart run makes one"), "{outcome:?}");
    let first = project.sopmart(&["run", "--output", "json"]).expect_exit(0).json();
    let worst = "select period_start, own_load_hours as load, overload_hours from marts.capacity_gap \
                 where work_center_id = 'PAINTING' and period_kind = 'month' and overload_hours > 0";
    insta::assert_snapshot!(project.sopmart(&["query", worst]).expect_exit(0).stdout, @r"
    period_start      load  overload_hours
    ────────────  ────────  ──────────────
    2026-05-01    141.0600         25.6350
    ");
    let outcome = project.sopmart(&["query", worst, "--output", "json"]).expect_exit(0);
    let columns = r#""rows":[{"period_start":"2026-05-01","load":"141.0600","overload_hours":"25.6350"}]"#;
    assert!(outcome.stdout.contains(columns), "columns stand as the query has them: {}", outcome.stdout);

    project.replace("sample_data/products.csv", "Table Linden 120", "Table Lime 120");
    project.sopmart(&["run"]).expect_exit(0);
    let name = "select name from marts.dim_product where product_id = 'TB-120'";
    assert_eq!(project.value(name), "Table Lime 120");
    let run_id = first["run_id"].as_str().unwrap();
    for earlier in [["--as-published-at", "1"], ["--run", run_id]] {
        let answer =
            project.sopmart(&["query", name, earlier[0], earlier[1], "--output", "json"]).expect_exit(0).json();
        assert_eq!(answer, serde_json::json!({"entry": 1, "run_id": run_id, "rows": [{"name": "Table Linden 120"}]}));
    }
    for (arguments, told) in [
        (["query", name, "--as-published-at", "3"].as_slice(), "the publish log has no entry 3"),
        (&["query", name, "--run", "nobody"], "there is no run nobody; sopmart runs lists them"),
        (&["query", "select * from marts.dim_products"], "did you mean `marts.dim_product`?"),
        (&["query", "select * from dim_products"], "unknown table `marts.dim_products`"),
        (&["query", "select * form marts.dim_product"], "query:1:10"),
        (&["query", "drop table marts.dim_product"], "published sets are read, never changed"),
    ] {
        let outcome = project.sopmart(arguments).expect_exit(2);
        assert!(outcome.stderr.contains(told), "{outcome:?}");
    }
}

#[test]
fn a_plan_says_what_a_run_would_do_and_makes_no_warehouse() {
    let project = Project::of_the_plant();
    let before = plan(&project);
    assert!(!project.warehouse().exists());
    assert_eq!(before["landing.capacity capacity/2026-01.csv"], ("land".into(), "the file is new".into()));
    assert_eq!(before["marts.capacity_gap"].0, "build");
    assert_eq!(before["as of 2026-03-31"], ("publish".into(), "entry 1, the first".into()));

    project.sopmart(&["run"]).expect_exit(0);
    let after = plan(&project);
    let does: Vec<&str> = after.values().map(|(does, _)| does.as_str()).collect();
    assert!(does.iter().all(|does| ["skip", "reuse", "publish"].contains(does)), "{after:#?}");

    project.replace("sample_data/products.csv", "Table Linden 120", "Table Lime 120");
    let changed = plan(&project);
    let built: Vec<&str> =
        changed.iter().filter(|(_, (does, _))| does == "build").map(|(name, _)| name.as_str()).collect();
    assert!(built.contains(&"staging.products") && built.contains(&"marts.dim_product"), "{changed:#?}");
    assert_eq!(changed["landing.products products.csv"].0, "land");
    assert_eq!(changed["marts.dim_work_center"].0, "reuse");
    assert_eq!(changed["marts.dim_product"].1, "landing.products may bring other rows");
    assert_eq!(project.entry(), 1);
}

/// By name: what is done with it, and why.
fn plan(project: &Project) -> BTreeMap<String, (String, String)> {
    let answer = project.sopmart(&["plan", "--output", "json"]).expect_exit(0).json();
    let text = |line: &Value, field: &str| line[field].as_str().unwrap().to_string();
    let lines = answer["plan"].as_array().unwrap().iter();
    lines.map(|line| (text(line, "name"), (text(line, "does"), text(line, "why")))).collect()
}

#[test]
fn a_list_names_what_a_pipeline_is_made_of_and_where_it_comes_from() {
    let project = Project::of_the_plant();
    project.overlay("sql/staging/standard/products.sql", "-- One row", "-- One line");
    let text = project.sopmart(&["list", "--select", "+dim_product"]).expect_exit(0).stdout;
    insta::assert_snapshot!(text, @r"
    staging.product_units                  no source: empty
    staging.products             project   sql/staging/standard/products.sql
    intermediate.planning_units  product   sql/intermediate/planning_units.sql
    marts.dim_product            product   sql/marts/dim_product.sql
    ");
    let answer = project.sopmart(&["list", "--output", "json"]).expect_exit(0).json();
    let listed = answer["listed"].as_array().unwrap();
    assert_eq!(
        listed[0],
        serde_json::json!({"name": "landing.capacity", "from": "pipeline", "file": "capacity/*.csv"})
    );
    let outcome = project.sopmart(&["list", "--select", "dim_produkt"]).expect_exit(2);
    assert!(outcome.stderr.contains("no model is meant by `dim_produkt`; did you mean `dim_product`?"), "{outcome:?}");
}

#[test]
fn one_project_is_the_same_from_whatever_folder_it_is_run() {
    let project = Project::of_the_plant();
    project.sopmart(&["run"]).expect_exit(0);
    let folder = project.path("");
    let elsewhere = tempfile::tempdir().unwrap();
    let warehouse = project.warehouse();
    let arguments = ["run", "--output", "json", "--project", folder.to_str().unwrap()];
    let mut command = project.command(&arguments);
    let output = command.arg("--warehouse").arg(warehouse).current_dir(elsewhere.path()).output().unwrap();
    let record: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(record["status"], "nothing_to_do");
    assert!(
        record["extracts"].as_array().unwrap().iter().all(|extract| extract["outcome"] == "unchanged"),
        "{record:#}"
    );
    let loads = (1..=6).map(|n| project.read(&format!("warehouse/landing/capacity/loads/{n}.json")));
    let paths: Vec<Value> =
        loads.map(|load| serde_json::from_str::<Value>(&load).unwrap()["files"][0]["path"].clone()).collect();
    assert!(paths.contains(&"capacity/2026-01.csv".into()), "paths are those below the source: {paths:?}");
}
