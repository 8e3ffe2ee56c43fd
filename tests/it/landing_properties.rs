//! A table lands as it is, whatever dialect it was written in: the same values in the same rows, none in quarantine.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use sopmart::contract::Drift;
use sopmart::pipeline::{Extract, Format, Reader};

use crate::landing_stage::Stage;
use crate::random_dialects::{Dialect, dialects};
use crate::random_tables::tables;
use crate::read_rows::read_rows;
use crate::table_writer::{Written, written};

/// Enough that each dialect meets every kind of value; `PROPTEST_CASES` and `PROPTEST_RNG_SEED` ask for more and for others.
fn config() -> Config {
    let config = Config { failure_persistence: None, ..Config::default() };
    match std::env::var_os("PROPTEST_RNG_SEED") {
        None => Config { cases: config.cases.max(1500), rng_seed: RngSeed::Fixed(7), ..config },
        Some(_) => config,
    }
}

fn extract_of(stage: &Stage, written: &Written, dialect: &Dialect) -> Extract {
    let mut extract = stage.extract.clone();
    extract.contract = written.table.contract();
    extract.contract.drift = if dialect.has_more { Drift::IgnoreExtra } else { Drift::Stop };
    extract.reader = Reader {
        encoding: dialect.encoding(),
        compression: Some(dialect.compression),
        notation: dialect.notation.clone(),
        ..Reader::plain(Format::Csv(dialect.csv.clone()))
    };
    extract
}

#[test]
fn every_table_lands_as_it_is_from_every_dialect_in_chunks_of_any_size() {
    let stage = Stage::new(&[]);
    let cases = (tables(), dialects(), prop_oneof![4 => 1..300_usize, 1 => Just(1 << 20)]);
    let outcome = TestRunner::new(config()).run(&cases, |(table, dialect, chunk_bytes)| {
        let written = written(&table, &dialect);
        stage.deliver("a.csv", &written.bytes);
        let extract = extract_of(&stage, &written, &dialect);
        let expected = written.table.as_landed(written.lines.clone());
        for threads in [1, 3] {
            let outcome = read_rows(&extract, chunk_bytes, threads);
            let found = outcome.map_err(|error| TestCaseError::fail(format!("{error}\nin {:?}", written.text)))?;
            prop_assert!(found.quarantined.is_empty(), "{:#?}\nin {:?}", found.quarantined, written.text);
            prop_assert_eq!(&found.landed, &expected, "in {:?}", written.text);
            prop_assert_eq!(&found.left_out, &written.left_out, "in {:?}", written.text);
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}
