//! Published tables are read back by the readers of other engines: equal rows, types and sums, empty tables too.
//! They come from PyPI (`tests/readers/requirements.txt`), so these tests are left out where nobody has installed them.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use sopmart::warehouse::publish_log::Entry;

use crate::cli_support::{Project, left_out, newest_entry, repository};
use crate::published_facts;
use crate::publishing_types::publish_every_type;

/// The Python that has the readers.
const PYTHON: &str = "SOPMART_READERS_PYTHON";

#[test]
fn other_engines_read_from_the_plants_tables_what_was_published() {
    let Some(python) = std::env::var_os(PYTHON) else {
        return left_out("reading the plant's published tables back with other engines", PYTHON);
    };
    let project = Project::of_the_plant();
    project.sopmart(&["run"]).expect_exit(0);
    let entry = newest_entry(&project.warehouse()).unwrap();
    assert_read_back(Path::new(&python), &project.warehouse(), &entry);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_engines_read_every_type_from_full_and_empty_tables() {
    let Some(python) = std::env::var_os(PYTHON) else {
        return left_out("reading every type back with other engines", PYTHON);
    };
    let folder = tempfile::tempdir().unwrap();
    let entry = publish_every_type(folder.path()).await;
    assert_read_back(Path::new(&python), folder.path(), &entry);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_difference_is_seen_by_every_reader() {
    let Some(python) = std::env::var_os(PYTHON) else {
        return left_out("differences that other engines find", PYTHON);
    };
    let folder = tempfile::tempdir().unwrap();
    let entry = publish_every_type(folder.path()).await;
    let right = published_facts::of_entry(folder.path(), &entry);
    let differences = [
        ("/marts/full/rows", json!(4), "full, read by Polars: rows: 3 was read, 4 was published"),
        ("/marts/full/sums/decimal", json!("0.0000"), "full, read by DuckDB: sums:"),
        ("/marts/full/digest", json!("0"), "full, read by deltalake/pyarrow: values:"),
        ("/marts/empty/columns/4/type", json!("decimal(18,2)"), "empty, read by DuckDB (files): columns:"),
        ("/marts/nothing/columns/9/type", json!("date"), "nothing, read by Polars: columns:"),
        ("/entry", json!(2), "full: shows entry 1, and 2 is the newest"),
    ];
    for (place, wrong, expected) in differences {
        let mut facts = right.clone();
        *facts.pointer_mut(place).unwrap() = wrong;
        let output = read_back(Path::new(&python), folder.path(), &facts);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(expected), "{place} leads to {said}");
    }
}

fn assert_read_back(python: &Path, warehouse: &Path, entry: &Entry) {
    let output = read_back(python, warehouse, &published_facts::of_entry(warehouse, entry));
    assert!(
        output.status.success(),
        "what other engines read differs from what was published:\n{}{}",
        String::from_utf8_lossy(&output.stderr),
        String::from_utf8_lossy(&output.stdout)
    );
}

fn read_back(python: &Path, warehouse: &Path, expected: &Value) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("expected.json");
    std::fs::write(&file, expected.to_string()).unwrap();
    let script = repository().join("tests/readers/read_back.py");
    let output = Command::new(python).arg(script).arg(warehouse).arg(&file).output();
    output.unwrap_or_else(|error| panic!("{PYTHON} is {}, which does not start: {error}", python.display()))
}
