//! Fixed width: the first 14 bytes choose the places, what is left out, the contract, the encoding and the chunks; the
//! others are the file.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sopmart::pipeline::{FixedWidth, Format, Ragged};
use sopmart_fuzz::choices::Choices;
use sopmart_fuzz::files::{Ways, delivered, outcome, same, sensible, text_of, utf8_of, ways};
use sopmart_fuzz::lines::{Plan, counted};

fuzz_target!(|input: &[u8]| {
    let (mut choices, bytes) = Choices::split(input, 15);
    let (skip_lines, footer_lines) = (choices.below(4), choices.below(4));
    let comments: [&[&str]; 4] = [&[], &["#"], &["//", "--"], &["é"]];
    let comments: Vec<String> = choices.one_of(&comments).iter().map(ToString::to_string).collect();
    let places: Vec<(usize, Option<usize>)> = (0..3)
        .map(|number| {
            let first = choices.below(10) + 4 * number + 1;
            let is_open = number == 2 && first % 2 == 0;
            (first, (!is_open).then_some(first + 2 + number))
        })
        .collect();
    let Ways { mut extract, chunk_bytes, threads } = ways(&mut choices);
    let places = places.into_iter().take(extract.contract.columns.len()).collect();
    let mut form = FixedWidth::of(places);
    form.comments.clone_from(&comments);
    (form.skip_lines, form.footer_lines) = (skip_lines as u64, footer_lines as u64);
    form.ragged = choices.one_of(&[Ragged::Quarantine, Ragged::Pad, Ragged::Cut]);
    extract.reader.format = Format::FixedWidth(form);

    let (file, sha256) = delivered(bytes);
    let at_once = outcome(&file, &sha256, &extract, 1 << 20, 1);
    let in_chunks = outcome(&file, &sha256, &extract, chunk_bytes, threads);
    same(&at_once, &in_chunks);
    assert_eq!(at_once.faults, in_chunks.faults);
    let Some(text) = text_of(bytes, extract.reader.encoding) else { return };
    sensible(&at_once, &text);
    if let Some(bytes) = utf8_of(bytes, extract.reader.encoding).filter(|_| at_once.faults.is_none()) {
        let plan = Plan { skip_lines, footer_lines, comments: &comments, has_header: false, counts_empty: false };
        assert_eq!(Some((at_once.rows_read, at_once.left_out)), counted(bytes, &plan));
    }
});
