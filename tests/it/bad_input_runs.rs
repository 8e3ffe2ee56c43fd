//! Bad input and warehouses that cannot be used, through the program: the exit code, the words, and that nothing moved.

use std::io::Write;
use std::path::Path;
use std::process::Command;

use flate2::write::GzEncoder;

use crate::cli_support::{Outcome, Project, copy_folder, left_out, newest_entry};
use crate::published_facts;

/// One fault of a delivery.
struct Delivery {
    what: &'static str,
    spoil: fn(&Project),
    exit_code: i32,
    /// What stderr says, in any order.
    told: &'static [&'static str],
}

const OPERATIONS: &str = "sample_data/production_operations.csv";

fn deliveries() -> Vec<Delivery> {
    let delivery = |what, spoil, exit_code, told| Delivery { what, spoil, exit_code, told };
    vec![
        delivery(
            "a missing file",
            |project| remove(project, "sample_data/products.csv"),
            2,
            &["sample_data/products.csv", "extract `products` did not find this file"],
        ),
        delivery("no file for a glob", empty_the_glob, 2, &["capacity/*.csv", "found no file for this glob"]),
        delivery(
            "an empty file",
            |project| project.write("sample_data/products.csv", ""),
            2,
            &["products.csv", "the file is empty, expected at least a header line"],
        ),
        delivery("a truncated gzip", truncated_gzip, 2, &["products.csv.gz", "it is truncated"]),
        delivery(
            "a header that does not match",
            |project| project.replace("sample_data/products.csv", "family", "famly"),
            2,
            &["products.csv:1:", "famly"],
        ),
        delivery(
            "an unclosed quote",
            |project| project.replace(OPERATIONS, "PO-260001,10", "\"PO-260001,10"),
            2,
            &["production_operations.csv:2:1", "quote"],
        ),
        delivery("a line of 50 MB", line_of_50_mb, 2, &["production_operations.csv:", "MiB"]),
        delivery(
            "more bad rows than allowed",
            bad_rows,
            1,
            &[
                "extract `production_operations` is refused: 10 of 609 rows break a rule, its contract allows 5 (1 minimum, 9 type)",
                "production_operations.csv:2:",
                "`lots`",
                "quarantine/production_operations/",
            ],
        ),
        delivery(
            "a pipeline with a tab",
            |project| project.replace(PIPELINE, "  products:", "\tproducts:"),
            2,
            &[PIPELINE],
        ),
        delivery(
            "an extract that stands twice",
            |project| project.replace(PIPELINE, "  work_centers:\n", "  products:\n"),
            2,
            &["pipelines/standard/pipeline.yaml", "products"],
        ),
        delivery(
            "an unknown field",
            |project| project.replace(PIPELINE, "load: append", "lode: append"),
            2,
            &["pipelines/standard/pipeline.yaml:", "lode"],
        ),
        delivery("a contract that is not ODCS", |project| project.write(CONTRACT, "columns: [a, b]\n"), 2, &[CONTRACT]),
        delivery(
            "SQL that names no table",
            |project| project.overlay(STAGING, "landing.products", "landing.product"),
            2,
            &[STAGING, "landing.product"],
        ),
    ]
}

const PIPELINE: &str = "pipelines/standard/pipeline.yaml";
const CONTRACT: &str = "pipelines/standard/contracts/products.odcs.yaml";
const STAGING: &str = "sql/staging/standard/products.sql";

fn remove(project: &Project, file: &str) {
    std::fs::remove_file(project.path(file)).unwrap();
}

fn empty_the_glob(project: &Project) {
    std::fs::remove_dir_all(project.path("sample_data/capacity")).unwrap();
    std::fs::create_dir(project.path("sample_data/capacity")).unwrap();
}

fn truncated_gzip(project: &Project) {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(project.read("sample_data/products.csv").as_bytes()).unwrap();
    let whole = encoder.finish().unwrap();
    std::fs::write(project.path("sample_data/products.csv.gz"), &whole[..whole.len() / 2]).unwrap();
    project.replace(PIPELINE, "files: products.csv", "files: products.csv.gz");
}

fn line_of_50_mb(project: &Project) {
    let mut text = project.read(OPERATIONS);
    text.push_str("PO-269999,10,\"");
    text.push_str(&"x".repeat(50 << 20));
    text.push_str("\",,,,,,,,,,,\n");
    project.write(OPERATIONS, &text);
}

fn bad_rows(project: &Project) {
    let text = project.read(OPERATIONS);
    let mut lines: Vec<&str> = text.lines().collect();
    let mut fields: Vec<&str> = lines[1].split(',').collect();
    fields[7] = "lots";
    let second = fields.join(",");
    lines[1] = &second;
    lines.truncate(603);
    let bad = "PO-260001,99,CUTTING,,,,,bad,,,,,,";
    let bad_lines: Vec<&str> = lines.iter().copied().chain([bad; 7]).collect();
    project.write(OPERATIONS, &(bad_lines.join("\n") + "\n"));
}

#[test]
fn a_bad_delivery_is_told_with_its_place_and_nothing_moves() {
    let published = Project::of_the_plant();
    published.sopmart(&["run"]).expect_exit(0);
    for Delivery { what, spoil, exit_code, told } in deliveries() {
        let project = published.copy();
        let before = set(&project);
        spoil(&project);
        let outcome = project.sopmart(&["run"]);
        assert_eq!(outcome.exit_code, Some(exit_code), "{what}: {}", outcome.stderr);
        for words in told {
            assert!(outcome.stderr.contains(words), "{what} is told without `{words}`:\n{}", outcome.stderr);
        }
        assert!(outcome.stderr.len() < 10_000, "{what} is told at length: {} bytes", outcome.stderr.len());
        assert!(!outcome.stderr.contains("panicked"), "{what}: {}", outcome.stderr);
        assert_eq!(set(&project), before, "{what} moves what is published");
        let shown = project.sopmart(&["query", "select count(*) from marts.capacity_gap"]).expect_exit(0).stdout;
        assert!(shown.contains("187"), "{what}: {shown}");
    }
}

fn set(project: &Project) -> serde_json::Value {
    published_facts::of_entry(&project.warehouse(), &newest_entry(&project.warehouse()).unwrap())
}

#[test]
fn a_first_run_that_fails_publishes_nothing_and_the_corrected_one_does() {
    let project = Project::of_the_plant();
    project.replace("sample_data/products.csv", "family", "famly");
    project.sopmart(&["run"]).expect_exit(2);
    assert_eq!(project.entry(), 0);
    project.replace("sample_data/products.csv", "famly", "family");
    project.sopmart(&["run"]).expect_exit(0);
    assert_eq!(project.entry(), 1);
}

#[test]
fn a_file_with_a_header_alone_is_a_valid_empty_extract() {
    let project = Project::of_the_plant();
    let header = project.read("sample_data/products.csv").lines().next().unwrap().to_string();
    project.write("sample_data/products.csv", &(header + "\n"));
    project.sopmart(&["run"]).expect_exit(0);
    assert_eq!(
        project.value("select count(*) from marts.dim_product"),
        2,
        "the members for what is not known and for all"
    );
}

#[test]
fn a_row_that_is_not_utf8_is_quarantined_and_the_run_goes_on() {
    let project = Project::of_the_plant();
    project.replace(
        "pipelines/standard/contracts/products.odcs.yaml",
        "driftPolicy, value: stop}",
        "driftPolicy, value: stop}\n      - {property: maxQuarantined, value: 1}",
    );
    let mut bytes = std::fs::read(project.path("sample_data/products.csv")).unwrap();
    bytes.extend(b"TB-999,Table M\xfcller,Tables,Garden,STEEL,A,PCE,PCE,,,,10,60\n");
    std::fs::write(project.path("sample_data/products.csv"), bytes).unwrap();
    let record = project.sopmart(&["run", "--output", "json"]).expect_exit(0).json();
    let products =
        record["extracts"].as_array().unwrap().iter().find(|extract| extract["extract"] == "products").unwrap();
    assert_eq!((&products["rows_read"], &products["rows_quarantined"]), (&9.into(), &1.into()));
}

#[test]
fn a_warehouse_of_another_pipeline_or_a_newer_format_is_refused() {
    let project = Project::of_the_plant();
    project.sopmart(&["run"]).expect_exit(0);
    let other = std::fs::read_to_string(project.path(PIPELINE)).unwrap().replacen("name: standard", "name: other", 1);
    project.write("pipelines/other/pipeline.yaml", &other);
    copy_folder(&project.path("pipelines/standard/contracts"), &project.path("pipelines/other/contracts"));
    let outcome = project.sopmart(&["run", "other"]).expect_exit(2);
    let told = "the warehouse belongs to the pipeline \"standard\", not to \"other\"";
    assert!(outcome.stderr.contains(told), "{outcome:?}");
    let before = runs(&project);
    project.write("warehouse/warehouse.json", "{\"pipeline\": \"standard\", \"format_version\": 2, \"more\": true}");
    for arguments in [["run"].as_slice(), &["query", "select 1"], &["plan"], &["runs"]] {
        let outcome = project.sopmart(arguments).expect_exit(2);
        assert!(outcome.stderr.contains("the warehouse is of format 2"), "{arguments:?}: {outcome:?}");
        assert!(outcome.stderr.contains("use a newer sopmart"), "{arguments:?}: {outcome:?}");
    }
    assert_eq!((project.entry(), runs(&project)), (1, before), "nothing is written into what is not understood");
}

fn runs(project: &Project) -> usize {
    std::fs::read_dir(project.path("warehouse/runs")).unwrap().count()
}

#[test]
fn a_read_only_warehouse_is_queried_and_not_written() {
    let project = Project::of_the_plant();
    project.sopmart(&["run"]).expect_exit(0);
    let warehouse = project.warehouse();
    // Root writes whatever the modes say, so that for it the file system itself has to refuse.
    let is_bound = mount(&["--bind", path(&warehouse), path(&warehouse)])
        && (mount(&["-o", "remount,ro,bind", path(&warehouse)]) || !unmount(&warehouse));
    if !is_bound {
        let mut modes = warehouse.metadata().unwrap().permissions();
        modes.set_readonly(true);
        std::fs::set_permissions(&warehouse, modes).unwrap();
        std::fs::set_permissions(warehouse.join("runs"), warehouse.metadata().unwrap().permissions()).unwrap();
        if std::fs::write(warehouse.join("probe"), "").is_ok() {
            return left_out("a read-only warehouse", "a user that may mount, or one that is not root");
        }
    }
    let outcomes = [project.sopmart(&["run"]), project.sopmart(&["query", "select count(*) from marts.dim_product"])];
    if is_bound {
        assert!(unmount(&warehouse));
    }
    let [run, query]: [Outcome; 2] = outcomes;
    let run = run.expect_exit(2);
    assert!(run.stderr.contains("Read-only file system") || run.stderr.contains("Permission denied"), "{run:?}");
    assert!(run.stderr.contains("error: writing runs/"), "what could not be written is named: {run:?}");
    query.expect_exit(0);
    assert_eq!(project.entry(), 1);
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

pub fn mount(arguments: &[&str]) -> bool {
    Command::new("mount").args(arguments).output().is_ok_and(|output| output.status.success())
}

pub fn unmount(folder: &Path) -> bool {
    Command::new("umount").arg(folder).output().is_ok_and(|output| output.status.success())
}
