//! What `examples/` shows to BI developers holds: generated files are those of the contracts, and what reads a published
//! set reads what `sopmart query` says. Superset itself is started by `examples/superset/run`.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use crate::cli_support::{Project, left_out, repository};

/// A Python that has the readers, and `PyYAML`.
const PYTHON: &str = "SOPMART_READERS_PYTHON";

const PIPELINE: &str = "pipelines/standard/pipeline.yaml";

#[test]
fn dashboards_and_sources_are_those_that_the_contracts_make() {
    let Some(python) = std::env::var_os(PYTHON) else {
        return left_out("the examples that are made of the contracts", PYTHON);
    };
    let said = example(&python, "examples/generate", &[Path::new("--check")]);
    assert!(said.contains("files equal what the contracts say"), "{said}");
}

#[test]
fn examples_read_from_every_form_of_the_set_what_is_published() {
    let Some(python) = std::env::var_os(PYTHON) else {
        return left_out("the examples that read the published set", PYTHON);
    };
    let project = Project::of_the_sample();
    let pipeline = project.read(PIPELINE);
    project.write(PIPELINE, &format!("{pipeline}targets:\n  exports: {{parquet: all}}\n"));
    project.sopmart(&["run"]).expect_exit(0);
    let overloads = "select work_center_id, period_start, own_load_hours, own_available_hours from marts.capacity_gap \
         where period_kind = 'week' and load_basis = 'production_plan' and not is_group and overload_hours > 0 \
         order by work_center_id, period_start";
    let mut expected = "work_center_id,period_start,own_load_hours,own_available_hours\n".to_string();
    for row in project.rows(overloads) {
        let cell = |name: &str| row[name].as_str().unwrap().to_string();
        let cells = ["work_center_id", "period_start", "own_load_hours", "own_available_hours"].map(cell);
        expected.push_str(&(cells.join(",") + "\n"));
    }
    assert!(expected.lines().count() > 1, "the sample has overloaded weeks");
    let (warehouse, exports) = (project.warehouse(), project.path("warehouse/exports"));
    assert_eq!(example(&python, "examples/duckdb/published.py", &[&warehouse]), expected);
    assert_eq!(example(&python, "examples/polars/delta.py", &[&warehouse]), expected);
    assert_eq!(example(&python, "examples/duckdb/exports.py", &[&exports]), expected);
    assert_eq!(example(&python, "examples/polars/exports.py", &[&exports]), expected);
    project.replace(PIPELINE, "parquet: all", "csv: [capacity_gap]");
    std::fs::remove_dir_all(&exports).unwrap();
    project.sopmart(&["run"]).expect_exit(0);
    assert_eq!(example(&python, "examples/polars/exports.py", &[&exports]), expected);
    let found = example(&python, "examples/grafana/queries.py", &[&warehouse]);
    assert!(found.lines().count() > 10 && !found.contains(": 0 rows"), "{found}");
}

/// What a script prints. It leaves no compiled files in the repository.
#[track_caller]
fn example(python: &OsStr, script: &str, arguments: &[&Path]) -> String {
    let output = Command::new(python).arg("-B").arg(repository().join(script)).args(arguments).output();
    let output =
        output.unwrap_or_else(|error| panic!("{PYTHON} is {}, which does not start: {error}", python.display()));
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
