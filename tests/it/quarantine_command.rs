//! `sopmart quarantine`: bad rows as an output.

use crate::cli_support::Project;

fn ran() -> Project {
    let project = Project::of_the_plant();
    project.sopmart(&["run"]).expect_exit(0);
    project
}

#[test]
fn records_in_quarantine_are_counted_by_extract_and_rule() {
    let project = ran();
    let outcome = project.sopmart(&["quarantine"]).expect_exit(0);
    let lines: Vec<Vec<&str>> = outcome.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["extract", "rule", "rows", "files"]);
    let counted: u64 = lines[1..].iter().map(|line| line[2].parse::<u64>().unwrap()).sum();
    assert_eq!(counted, 6, "{outcome:?}");
    let told = project.sopmart(&["quarantine", "--output", "json", "--extract", "capacity"]).expect_exit(0).json();
    let expected =
        serde_json::json!([{"extract": "capacity", "rule": told["quarantine"][0]["rule"], "rows": 1, "files": 1}]);
    assert_eq!(told["quarantine"], expected);
}

#[test]
fn records_in_quarantine_are_shown_with_file_and_line() {
    let project = ran();
    let rows = project.sopmart(&["quarantine", "--rows", "--output", "json"]).expect_exit(0).json()["rows"].clone();
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), 6);
    for row in rows {
        let file = row["file"].as_str().unwrap();
        let text = std::fs::read_to_string(project.path("sample_data").join(file)).unwrap();
        let line = usize::try_from(row["line"].as_u64().unwrap()).unwrap();
        assert_eq!(text.lines().nth(line - 1).unwrap(), row["raw_text"].as_str().unwrap(), "{row}");
    }
    let outcome = project.sopmart(&["quarantine", "--rows", "1", "--rule", "type"]).expect_exit(0);
    assert!(outcome.stdout.contains("[type]\n"), "{outcome:?}");
    assert_eq!(outcome.stdout.lines().count(), 2, "{outcome:?}");
    let outcome = project.sopmart(&["quarantine", "--extract", "capacitiy"]).expect_exit(2);
    assert!(outcome.stderr.contains("the pipeline has no extract `capacitiy`; did you mean `capacity`?"));
}

#[test]
fn records_in_quarantine_are_written_as_csv_with_the_reason_beside() {
    let project = ran();
    let text = project.sopmart(&["quarantine", "--csv"]).expect_exit(0).stdout;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names = ["extract", "file", "line", "place", "column", "rule", "message", "raw_text"];
    assert_eq!(reader.headers().unwrap().iter().collect::<Vec<_>>(), names);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 6);
    assert!(rows.iter().all(|row| row[6].contains("expected") && row[7].contains(',')), "{rows:?}");
}

#[test]
fn a_correction_tells_how_many_records_were_bad_before_and_only_it_counts() {
    let project = ran();
    let orders = project.sopmart(&["quarantine", "--rows", "--output", "json", "--extract", "production_operations"]);
    let rows = orders.expect_exit(0).json()["rows"].clone();
    let file = format!("sample_data/{}", rows[0]["file"].as_str().unwrap());
    let before = rows.as_array().unwrap().len();
    assert_eq!(before, 3);
    // Two of the three bad records are taken out.
    for row in &rows.as_array().unwrap()[..2] {
        project.replace(&file, &format!("{}\n", row["raw_text"].as_str().unwrap()), "");
    }
    let outcome = project.sopmart(&["run"]).expect_exit(0);
    assert!(outcome.stderr.contains("1 quarantined (3 before)"), "{outcome:?}");
    let counted = project.sopmart(&["quarantine", "--output", "json", "--extract", "production_operations"]).json();
    let rows: u64 = counted["quarantine"].as_array().unwrap().iter().map(|line| line["rows"].as_u64().unwrap()).sum();
    assert_eq!(rows, 1);
}

#[test]
fn records_of_a_refused_delivery_are_shown_by_the_file_that_the_refusal_names() {
    let project = Project::of_the_plant();
    let contract = "pipelines/standard/contracts/production_operations.odcs.yaml";
    let text = std::fs::read_to_string(project.path(contract)).unwrap();
    let allowed = text.lines().find(|line| line.contains("maxQuarantined")).unwrap().to_string();
    project.replace(contract, &allowed, "      - {property: maxQuarantined, value: 0}");
    let outcome = project.sopmart(&["run"]).expect_exit(1);
    let named = outcome.stderr.lines().find_map(|line| line.split("sopmart quarantine --rows --refused ").nth(1));
    let file = named.unwrap_or_else(|| panic!("{outcome:?}")).to_string();
    let told = project.sopmart(&["quarantine", "--refused", &file, "--rows", "--output", "json"]).expect_exit(0).json();
    assert_eq!(told["rows"].as_array().unwrap().len(), 3, "{told:#}");
    let told = project.sopmart(&["quarantine", "--refused", &file, "--output", "json"]).expect_exit(0).json();
    assert_eq!(told["quarantine"][0]["extract"], "production_operations");
    let outcome = project.sopmart(&["quarantine", "--refused", "elsewhere.parquet"]).expect_exit(2);
    assert!(outcome.stderr.contains("expected quarantine/EXTRACT/….parquet"), "{outcome:?}");
    // Nothing of it is shown.
    let outcome = project.sopmart(&["quarantine", "--extract", "production_operations"]).expect_exit(0);
    assert!(outcome.stderr.contains("no record is in quarantine"), "{outcome:?}");
}

#[test]
fn a_run_with_nothing_to_do_still_tells_of_what_is_in_quarantine() {
    let project = ran();
    let outcome = project.sopmart(&["run"]).expect_exit(0);
    let line = "6 records of unchanged extracts in quarantine: sopmart quarantine shows them";
    assert!(outcome.stderr.contains(line), "{outcome:?}");
}

#[test]
fn what_is_wrong_with_every_extract_is_told_in_one_run() {
    let project = Project::of_the_plant();
    for extract in ["production_operations", "capacity"] {
        let contract = format!("pipelines/standard/contracts/{extract}.odcs.yaml");
        let text = std::fs::read_to_string(project.path(&contract)).unwrap();
        let allowed = text.lines().find(|line| line.contains("maxQuarantined")).unwrap().to_string();
        project.replace(&contract, &allowed, "      - {property: maxQuarantined, value: 0}");
    }
    let outcome = project.sopmart(&["run"]).expect_exit(1);
    for extract in ["production_operations", "capacity"] {
        assert!(outcome.stderr.contains(&format!("extract `{extract}` is refused")), "{outcome:?}");
    }
    project.replace("sample_data/products.csv", "product_id", "product");
    let outcome = project.sopmart(&["run"]).expect_exit(2);
    for text in ["products.csv", "found column `product`, expected `product_id`", "extract `capacity` is refused"] {
        assert!(outcome.stderr.contains(text), "no {text}: {outcome:?}");
    }
}
