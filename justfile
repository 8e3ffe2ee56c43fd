# Daily commands; `just` lists them. None needs more than is written here: `cargo run -- …` does the same by hand.

# Show this list
default:
    @just --list --unsorted

# Run the sample's pipeline, or another: `just run adventureworks`
run *arguments:
    cargo run --quiet -- run {{ arguments }}

# Plan every model of a pipeline without data
check *arguments:
    cargo run --quiet -- check {{ arguments }}

# All tests, or those whose name contains a word: `just test kill`
test *filter:
    cargo test -- {{ filter }}

# Formatting and lints of Rust and SQL (sqruff comes from PyPI)
lint:
    cargo fmt --check
    cargo clippy --all-targets -- -D warnings
    sqruff lint sql

# Put Rust and SQL into shape
fmt:
    cargo fmt
    sqruff fix sql

# Every contract against the Open Data Contract Standard (datacontract-cli comes from PyPI)
contracts:
    find sql pipelines -name '*.odcs.yaml' -print0 | xargs -0 -n 1 datacontract lint

# Landing side by side with DuckDB (duckdb comes from PyPI)
bench *arguments:
    python3 benches/landing_vs_duckdb.py {{ arguments }}

# The headline marts side by side with DuckDB, on what `sopmart generate` wrote into a folder
bench-marts *arguments:
    python3 benches/marts_vs_duckdb.py {{ arguments }}

# What must hold before a change counts as done
ci:
    .ci/run
