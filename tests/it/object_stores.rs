//! Extracts that lie in an object store, and warehouses that do, over a real S3 server.

use std::io::Write;
use std::time::{Duration, Instant};

use flate2::write::GzEncoder;
use futures::future::join_all;
use serde_json::Value;
use sopmart::warehouse::lock::{Holder, acquire};
use sopmart::warehouse::{Created, publish_log};

use crate::cli_support::{Outcome, Project};
use crate::s3_server::{S3, server};

fn run(s3: &S3, project: &Project, arguments: &[&str]) -> Outcome {
    let output = s3.command(project, arguments).output().unwrap();
    Outcome {
        exit_code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A project whose one extract `orders` lies below a prefix.
fn orders(s3: &S3, prefix: &str, entry: &str) -> Project {
    let project = Project::of_the_plant();
    let source = s3.url(prefix);
    project.write(
        "pipelines/orders/pipeline.yaml",
        &format!("name: orders\nsource: {source}\nextracts:\n  orders: {{{entry}}}\nentities: {{}}\n"),
    );
    project.write(
        "pipelines/orders/contracts/orders.odcs.yaml",
        "apiVersion: v3.1.0\nkind: DataContract\nid: orders\nname: orders\nversion: 1.0.0\nstatus: active\nschema:\n  \
         - name: orders\n    physicalType: file\n    description: One order.\n    properties:\n      \
         - {name: id, physicalType: integer, required: true}\n      - {name: product, physicalType: text}\n",
    );
    project
}

/// What became of each file, as `name what rows`.
fn files(record: &Value) -> Vec<String> {
    let files = record["extracts"][0]["files"].as_array().unwrap();
    let told = |file: &Value| {
        format!("{} {} {}", file["file"].as_str().unwrap(), file["outcome"].as_str().unwrap(), file["rows_landed"])
    };
    files.iter().map(told).collect()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(text.as_bytes()).unwrap();
    out.finish().unwrap()
}

fn zip(members: &[(&str, &str)]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in members {
        out.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        out.write_all(text.as_bytes()).unwrap();
    }
    out.finish().unwrap().into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn extracts_are_found_by_glob_and_fetched_when_they_have_changed() {
    let Some(s3) = server("extracts in an object store") else { return };
    let prefix = "found by glob";
    let project = orders(s3, prefix, "files: 'out/*/part-*', load: append");
    s3.deliver(prefix, "out/2026/part-1.csv", "id,product\n1,A\n2,B\n").await;
    s3.deliver(prefix, "out/2026/part-2.csv.gz", gzip("id,product\n3,C\n")).await;
    s3.deliver(
        prefix,
        "out/2026/part-3.zip",
        zip(&[("a.csv", "id,product\n4,D\n"), ("b/c.csv", "id,product\n5,E\n6,F\n")]),
    )
    .await;
    s3.deliver(prefix, "out/2026/other.csv", "what nobody asked for").await;
    let land = || run(s3, &project, &["run", "orders", "--output", "json"]);
    let expected = [
        "out/2026/part-1.csv landed 2",
        "out/2026/part-2.csv.gz landed 1",
        "out/2026/part-3.zip/a.csv landed 1",
        "out/2026/part-3.zip/b/c.csv landed 2",
    ];
    assert_eq!(files(&land().expect_exit(0).json()), expected);
    assert_eq!(project.value("select landed_row_count as n from marts.data_freshness"), 6);
    let unchanged = expected.map(|file| file.replace("landed", "unchanged"));
    assert_eq!(files(&land().expect_exit(0).json()), unchanged);
    // The same size, and another content.
    s3.deliver(prefix, "out/2026/part-1.csv", "id,product\n1,A\n2,X\n").await;
    let plan = run(s3, &project, &["plan", "orders"]).expect_exit(0).stdout;
    assert!(plan.contains("land     landing.orders out/2026/part-1.csv"), "{plan}");
    assert_eq!(files(&land().expect_exit(0).json())[0], expected[0]);
    let left: Vec<_> = std::fs::read_dir(project.temporary()).unwrap().collect();
    assert!(left.is_empty(), "what was fetched goes: {left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_terms_of_a_delivery_hold_in_an_object_store_too() {
    let Some(s3) = server("the terms of deliveries in an object store") else { return };
    let prefix = "terms";
    let terms = "ready: done, control_totals: {file: totals.csv, sums: [id]}, expected_files: 1";
    let project = orders(s3, prefix, &format!("files: 'in/*.csv', delivery: {{{terms}}}"));
    let land = || run(s3, &project, &["run", "orders", "--output", "json"]);
    let told = land().expect_exit(2).stderr;
    assert!(told.contains("extract `orders` found no file for this glob"), "{told}");
    s3.deliver(prefix, "in/orders.csv", "id,product\n1,A\n2,B\n").await;
    let told = land().expect_exit(2).stderr;
    assert!(told.contains("waits for this ready marker") && told.contains("waits for these control totals"), "{told}");
    s3.deliver(prefix, "totals.csv", "rows,id\n2,4\n").await;
    s3.deliver(prefix, "done", "").await;
    let told = land().expect_exit(2).stderr;
    assert!(
        told.contains("totals.csv:2") && told.contains("says the sum of `id` of the delivery is 4, found 3"),
        "{told}"
    );
    s3.deliver(prefix, "totals.csv", "rows,id\n2,3\n").await;
    land().expect_exit(0);
    // A file that is there under nearly that name is named.
    project.replace("pipelines/orders/pipeline.yaml", "in/*.csv", "in/order.csv");
    let told = land().expect_exit(2).stderr;
    assert!(told.contains("there is `in/orders.csv`"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_a_store_from_being_read_is_said_in_time() {
    let Some(s3) = server("object stores that cannot be read") else { return };
    let project = orders(s3, "nowhere", "files: orders.csv");
    let outcome = |name: &str, value: &str| {
        let mut command = s3.command(&project, &["run", "orders"]);
        let output = command.env(name, value).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (exit_code, told) = outcome("AWS_SECRET_ACCESS_KEY", "wrong");
    assert!(exit_code == Some(2) && told.contains("the object store cannot be read"), "{told}");
    assert!(!told.contains("wrong"), "no key is told: {told}");
    let started = Instant::now();
    let (exit_code, told) = outcome("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    assert!(exit_code == Some(2) && told.contains("the object store cannot be read"), "{told}");
    assert!(started.elapsed() < Duration::from_secs(90), "{:?}", started.elapsed());
    project.replace("pipelines/orders/pipeline.yaml", "source: s3", "source: ftp");
    let told = run(s3, &project, &["check", "orders"]).expect_exit(1).stderr;
    assert!(told.contains("pipeline.yaml:2:9") && told.contains("is of no kind that is known"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plant_runs_over_a_warehouse_in_an_object_store() {
    let Some(s3) = server("a warehouse in an object store") else { return };
    let project = Project::of_the_plant();
    let place = s3.url("warehouses/plant");
    let run = |arguments: &[&str]| run(s3, &project, &[&["--warehouse", &place], arguments].concat());
    let told = run(&["query", "select 1 as one"]).expect_exit(2).stderr;
    assert!(told.contains("there is no warehouse at s3://"), "{told}");
    run(&["plan"]).expect_exit(0);
    let first = run(&["run", "--output", "json"]).expect_exit(0).json();
    assert_eq!(first["published"]["entry"], 1);
    let again = run(&["run"]).expect_exit(0).stderr;
    assert!(again.contains("Nothing to do"), "{again}");
    let asked =
        run(&["query", "select count(*) as n from marts.capacity_gap", "--output", "json"]).expect_exit(0).json();
    assert_eq!(asked["rows"][0]["n"], 187);
    assert!(run(&["quarantine"]).expect_exit(0).stdout.contains("production_operations"));
    assert_eq!(run(&["runs", "--output", "json"]).expect_exit(0).json()["runs"].as_array().unwrap().len(), 2);
    // Every Delta table shows the entry, and the lock is free.
    let warehouse = s3.warehouse("warehouses/plant");
    let entry = publish_log::newest(&warehouse).await.unwrap().unwrap();
    for mart in entry.marts.keys() {
        let log = warehouse.read(&format!("marts/{mart}/_delta_log/00000000000000000000.json")).await.unwrap();
        assert!(String::from_utf8_lossy(&log.unwrap()).contains("\"appId\":\"sopmart\""), "{mart}");
    }
    assert_eq!(warehouse.read("lock").await.unwrap().unwrap(), "");
    // A change is published as entry 2, and the past is still there.
    project.replace("sample_data/products.csv", "Tables", "Desks");
    run(&["run"]).expect_exit(0);
    let families = |entry: &str| {
        let sql = "select count(*) as n from marts.dim_product where family = 'Desks'";
        run(&["query", sql, "--as-published-at", entry, "--output", "json"]).expect_exit(0).json()["rows"][0]["n"]
            .clone()
    };
    assert_eq!([families("1"), families("2")].map(|n| n == 0), [true, false]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_killed_over_an_object_store_leaves_the_old_set_and_the_next_one_ends_it() {
    let Some(s3) = server("killed runs over an object store") else { return };
    let project = Project::of_the_plant();
    let place = s3.url("warehouses/killed");
    run(s3, &project, &["--warehouse", &place, "run"]).expect_exit(0);
    project.replace("sample_data/products.csv", "Tables", "Desks");
    let mut killed = s3.command(&project, &["--warehouse", &place, "run"]).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    killed.kill().unwrap();
    killed.wait().unwrap();
    let warehouse = s3.warehouse("warehouses/killed");
    let n = publish_log::newest(&warehouse).await.unwrap().unwrap().n;
    assert!(n == 1 || n == 2);
    // The lock of the dead run is waited for, a minute at most.
    run(s3, &project, &["--warehouse", &place, "run", "--wait"]).expect_exit(0);
    let entry = publish_log::newest(&warehouse).await.unwrap().unwrap();
    assert_eq!(entry.n, 2);
    let log = warehouse.read("marts/dim_product/_delta_log/00000000000000000001.json").await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&log).contains("\"version\":2"), "Delta's table carries the entry's number");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_rivals_that_create_one_object_exactly_one_does() {
    let Some(s3) = server("conditional writes of an object store") else { return };
    let warehouse = s3.warehouse("rivals");
    for round in 0..20 {
        let path = format!("published/{round}.json");
        let rivals = (0..16).map(|rival| warehouse.create(&path, format!("of rival {rival}")));
        let outcomes: Vec<Created> = join_all(rivals).await.into_iter().map(Result::unwrap).collect();
        let ours = outcomes.iter().enumerate().filter(|(_, outcome)| **outcome == Created::Ours);
        let winners: Vec<usize> = ours.map(|(rival, _)| rival).collect();
        assert_eq!(winners.len(), 1, "{outcomes:?}");
        assert_eq!(warehouse.read(&path).await.unwrap().unwrap(), format!("of rival {}", winners[0]));
    }
    let holders: Vec<Holder> = (0..16).map(|n| Holder::this_process(&format!("run {n}"))).collect();
    let outcomes = join_all(holders.iter().map(|holder| acquire(&warehouse, holder, None))).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_that_start_at_once_over_an_object_store_publish_one_after_the_other() {
    let Some(s3) = server("runs that start at once over an object store") else { return };
    let project = Project::of_the_plant();
    let place = s3.url("warehouses/at once");
    let start =
        |arguments: &[&str]| s3.command(&project, &[&["--warehouse", &place], arguments].concat()).spawn().unwrap();
    let mut runs: Vec<_> = (0..3).map(|_| start(&["run", "--wait"])).collect();
    let codes: Vec<_> = runs.iter_mut().map(|run| run.wait().unwrap().code()).collect();
    assert_eq!(codes, [Some(0); 3]);
    assert_eq!(publish_log::newest(&s3.warehouse("warehouses/at once")).await.unwrap().unwrap().n, 1);
}
