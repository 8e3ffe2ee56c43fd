//! `sopmart contract export`: contracts as they are in force, in files that others can read.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::cli_support::{Project, left_out, repository};

fn files_below(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path.strip_prefix(folder).unwrap().to_string_lossy().into_owned());
            }
        }
    }
    files.sort();
    files
}

#[test]
fn the_contracts_of_the_published_marts_are_written_as_they_are_in_force() {
    let project = Project::of_the_plant();
    project.overlay("sql/marts/dim_product.odcs.yaml", "purpose: ", "purpose: \"Of this project: \" # ");
    let outcome = project.sopmart(&["contract", "export", "--into", "out", "--output", "json"]).expect_exit(0);
    let marts = ["capacity_gap", "data_freshness", "dim_date", "dim_product", "dim_work_center"];
    let expected = marts.map(|mart| format!("{mart}.odcs.yaml"));
    assert_eq!(files_below(&project.path("out")), expected);
    assert_eq!(outcome.json()["written"].as_array().unwrap().len(), marts.len());
    let product = fs::read_to_string(repository().join("sql/marts/capacity_gap.odcs.yaml")).unwrap();
    assert_eq!(project.read("out/capacity_gap.odcs.yaml"), product);
    assert_eq!(project.read("out/dim_product.odcs.yaml"), project.read("sql/marts/dim_product.odcs.yaml"));
}

#[test]
fn a_file_that_holds_something_else_is_written_over_only_on_demand() {
    let project = Project::of_the_workshop();
    let export = ["contract", "export", "standard", "workshop_hours", "workshop_products", "--into", "out"];
    project.write("out/workshop_products.odcs.yaml", "mine\n");
    let outcome = project.sopmart(&export).expect_exit(2);
    assert!(outcome.stderr.contains("out/workshop_products.odcs.yaml: there already"), "{}", outcome.stderr);
    assert_eq!(files_below(&project.path("out")), ["workshop_products.odcs.yaml"], "nothing is written then");
    assert_eq!(project.read("out/workshop_products.odcs.yaml"), "mine\n");

    let outcome = project.sopmart(&[&export[..], &["--overwrite"]].concat()).expect_exit(0);
    assert_eq!(outcome.stdout.lines().count(), 2, "{}", outcome.stdout);
    let contract = project.read("sql/marts/workshop_products.odcs.yaml");
    assert_eq!(project.read("out/workshop_products.odcs.yaml"), contract);
    let again = project.sopmart(&export).expect_exit(0);
    assert!(again.stderr.contains("0 contracts written, 2 were there as they are"), "{}", again.stderr);
}

#[test]
fn an_unknown_mart_is_told_with_the_nearest_name() {
    let project = Project::of_the_workshop();
    let outcome = project.sopmart(&["contract", "export", "standard", "workshop_hour", "--into", "out"]).expect_exit(2);
    assert!(outcome.stderr.contains("publishes no mart `workshop_hour`; did you mean `workshop_hours`?"));
    assert!(!project.path("out").exists());
}

#[test]
fn entities_and_extracts_of_one_name_have_folders_of_their_own() {
    let project = Project::of_the_workshop();
    project.sopmart(&["contract", "export", "--all", "--into", "out"]).expect_exit(0);
    let files = files_below(&project.path("out"));
    for file in ["workshop_hours.odcs.yaml", "staging/products.odcs.yaml", "landing/products.odcs.yaml"] {
        assert!(files.iter().any(|found| found == file), "{file} is not among {files:?}");
    }
    assert_ne!(project.read("out/staging/products.odcs.yaml"), project.read("out/landing/products.odcs.yaml"));
}

#[test]
fn the_open_standards_own_linter_takes_what_is_exported() {
    let Some(python) = std::env::var_os("SOPMART_READERS_PYTHON") else {
        return left_out("the linter over exported contracts", "SOPMART_READERS_PYTHON");
    };
    let project = Project::of_the_sample();
    project.sopmart(&["contract", "export", "standard", "--all", "--into", "out"]).expect_exit(0);
    let files = files_below(&project.path("out"));
    assert!(files.len() > 100, "{} contracts", files.len());
    let files = files.iter().map(|file| project.path("out").join(file));
    let output = Command::new(python).arg(repository().join(".ci/lint_contracts.py")).args(files).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains(", 0 of them with findings"), "{said}");
}
