//! The model tests of the repository, as `sopmart test` runs them.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::cli_support::{Project, repository};

#[test]
fn every_model_test_finds_the_rows_that_it_expects() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sopmart"));
    let command = command.args(["test", "--output", "json"]).current_dir(repository());
    let output = command.output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let answer: Value = serde_json::from_str(stdout.lines().last().unwrap_or_default())
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let cases = answer["cases"].as_array().unwrap();
    let failed: Vec<String> = cases
        .iter()
        .filter(|case| case["passed"] != true)
        .map(|case| format!("{}\n{}", case["case"].as_str().unwrap(), case["difference"].as_str().unwrap_or_default()))
        .collect();
    assert!(failed.is_empty(), "{} of {} cases failed\n\n{}", failed.len(), cases.len(), failed.join("\n"));
    assert_eq!(output.status.code(), Some(0));
    let folders = count_of_case_folders(&repository().join("tests/models"));
    assert_eq!(cases.len(), folders, "every folder is a case");
}

#[test]
fn a_name_that_no_case_has_is_an_error_with_the_nearest() {
    let project = Project::of_the_plant();
    project.write("tests/models/capacity_gap/one/expected.csv", "");
    let outcome = project.sopmart(&["test", "capacitygap"]).expect_exit(2);
    let told = "error: of 1 model tests none has `capacitygap` in its name; did you mean `capacity_gap`?";
    assert!(outcome.stderr.contains(told), "{outcome:?}");
}

fn count_of_case_folders(models: &Path) -> usize {
    let folders =
        |folder: &Path| -> Vec<_> { std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect() };
    folders(models).iter().map(|model| folders(model).len()).sum()
}

#[test]
fn a_case_whose_rows_differ_fails_and_shows_the_difference() {
    let project = Project::of_the_plant();
    let case = "tests/models/dim_product/products_are_there";
    project.write(&format!("{case}/staging.products.csv"), "product_id,name\nP1,Table\n");
    project.write(&format!("{case}/expected.csv"), "product_id,name\nP1,Chair\n(unknown),(unknown)\n(all),(all)\n");
    let outcome = project.sopmart(&["test"]).expect_exit(1);
    assert_eq!(
        outcome.stderr,
        "FAILED  dim_product/products_are_there\n  product_id,name\n- P1,Chair\n+ P1,Table\n\n0 passed, 1 failed\n"
    );
    project.write(&format!("{case}/staging.product.csv"), "product_id,name\n");
    let outcome = project.sopmart(&["test"]).expect_exit(1);
    assert!(
        outcome.stderr.contains("dim_product does not read staging.product; did you mean staging.products.csv?"),
        "{outcome:?}"
    );
}
