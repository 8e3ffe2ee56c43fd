//! One star: the published set joined in DuckDB, every mart to every dimension that it names.

use std::path::Path;
use std::process::Command;

use crate::cli_support::{Project, left_out, repository};

/// The Python that has DuckDB and a reader of Delta tables.
const PYTHON: &str = "SOPMART_READERS_PYTHON";

#[test]
fn every_mart_of_the_sample_joins_every_dimension_that_it_names() {
    if std::env::var_os(PYTHON).is_none() {
        return left_out("joining the sample's marts to their dimensions", PYTHON);
    }
    let project = Project::of_the_sample();
    project.sopmart(&["run"]).expect_exit(0);
    assert_is_one_star(&project.warehouse());
}

/// Joins what a warehouse has published, where there is a Python to do so.
pub fn assert_is_one_star(warehouse: &Path) {
    let Some(python) = std::env::var_os(PYTHON) else { return };
    let output = Command::new(&python).arg(repository().join("tests/readers/star.py")).arg(warehouse).output();
    let output =
        output.unwrap_or_else(|error| panic!("{PYTHON} is {}, which does not start: {error}", python.display()));
    assert!(
        output.status.success(),
        "the published set is not one star:\n{}{}",
        String::from_utf8_lossy(&output.stderr),
        String::from_utf8_lossy(&output.stdout)
    );
}
