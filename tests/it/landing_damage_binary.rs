//! Damaged files of formats that are not plain text. Where a format has check sums, nothing lands that they do not vouch
//! for; Parquet as it is usually written, Arrow and Avro have none, and there a changed byte may be another value.

use crate::good_files::{GoodFile, compressed, typed, workbook};
use crate::landing_damage::for_each;
use crate::landing_stage::Stage;
use crate::numbers::Numbers;

/// The file with each of its bytes changed in turn, and what was changed.
fn with_changed_bytes(file: &GoodFile, seed: u64) -> impl Iterator<Item = (usize, Vec<u8>)> {
    let mut numbers = Numbers(seed);
    (0..file.bytes.len()).map(move |at| {
        let mut bytes = file.bytes.clone();
        bytes[at] ^= u8::try_from(1 + numbers.below(255)).unwrap();
        (at, bytes)
    })
}

/// The file without its end, and with bytes behind it.
fn cut_and_prolonged(file: &GoodFile) -> impl Iterator<Item = (usize, Vec<u8>)> {
    let cut = (0..file.bytes.len()).map(|at| (at, file.bytes[..at].to_vec()));
    let mut numbers = Numbers(23);
    let prolonged = (0..20).map(move |_| {
        let behind = (0..=numbers.below(60)).map(|_| u8::try_from(numbers.below(256)).unwrap());
        (file.bytes.len(), file.bytes.iter().copied().chain(behind).collect())
    });
    cut.chain(prolonged)
}

#[test]
fn a_compressed_file_that_is_damaged_is_refused_or_lands_as_it_was() {
    for_each(compressed(), |stage, file| {
        let good = file.rows(stage);
        let mut refused = 0;
        let damaged = with_changed_bytes(file, 29).chain(with_changed_bytes(file, 31)).chain(cut_and_prolonged(file));
        for (at, bytes) in damaged {
            match file.read(stage, &bytes) {
                // Nothing is in such bytes: a name, a time, a comment.
                Ok(outcome) => {
                    assert!(outcome.quarantined.is_empty() && outcome.rows() == good, "{} at {at}", file.name);
                }
                Err(_) => refused += 1,
            }
        }
        assert!(refused > 2 * file.bytes.len(), "{}: only {refused} refused", file.name);
    });
}

#[test]
fn a_workbook_that_is_damaged_is_refused_or_lands_as_it_was() {
    for_each(vec![workbook()], |stage, file| {
        let good = file.rows(stage);
        let damaged = with_changed_bytes(file, 37).chain(cut_and_prolonged(file).step_by(5));
        for (at, bytes) in damaged {
            if let Ok(outcome) = file.read(stage, &bytes) {
                assert!(outcome.quarantined.is_empty() && outcome.rows() == good, "{} at {at}", file.name);
            }
        }
    });
}

#[test]
fn a_typed_file_that_is_damaged_is_refused_or_accounted_for() {
    for_each(typed(), |stage, file| {
        let good = file.rows(stage);
        for (_, bytes) in with_changed_bytes(file, 41).chain(with_changed_bytes(file, 43)) {
            // `read` holds what can be held: records read are landed or in quarantine, and a refusal names the file.
            drop(file.read(stage, &bytes));
        }
        for (at, bytes) in cut_and_prolonged(file) {
            if let Ok(outcome) = file.read(stage, &bytes) {
                // A stream of Arrow and a file of Avro may end behind any of their batches: both are whole without more.
                let rows = outcome.rows();
                assert!(matches!(file.name, "a.arrows" | "a.avro"), "{} at {at}", file.name);
                assert!(rows == good[..rows.len()] && [0, good.len() / 2, good.len()].contains(&rows.len()));
            }
        }
    });
}

#[test]
fn a_run_is_told_which_file_is_damaged() {
    for file in compressed().into_iter().chain(typed()).chain([workbook()]) {
        let mut stage = Stage::new(&[]);
        stage.extract = file.extract(&stage);
        stage.deliver(file.name, &file.bytes[..file.bytes.len() / 2]);
        let error = stage.land_error();
        assert!(error.starts_with(file.name), "{error}");
    }
}
