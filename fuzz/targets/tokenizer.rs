//! CSV of any dialect: the first 17 bytes choose the dialect, the contract, the encoding and the chunks; the others are
//! the file.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sopmart::extract::first_records;
use sopmart::pipeline::{Csv, Extract, Format, Ragged, RowEnd};
use sopmart_fuzz::choices::Choices;
use sopmart_fuzz::files::{Outcome, Ways, delivered, outcome, same, sensible, text_of, utf8_of, ways};
use sopmart_fuzz::lines::{Plan, counted};

fuzz_target!(|input: &[u8]| {
    let (mut choices, bytes) = Choices::split(input, 17);
    let Some(csv) = dialect(&mut choices) else { return };
    let Ways { mut extract, chunk_bytes, threads } = ways(&mut choices);
    let encoding = extract.reader.encoding;
    extract.reader.format = Format::Csv(csv.clone());

    let (file, sha256) = delivered(bytes);
    let at_once = outcome(&file, &sha256, &extract, 1 << 20, 1);
    let in_chunks = outcome(&file, &sha256, &extract, chunk_bytes, threads);
    same(&at_once, &in_chunks);
    let Some(text) = text_of(bytes, encoding) else {
        assert!(at_once.faults.is_some(), "UTF-32 is refused");
        return;
    };
    sensible(&at_once, &text);
    // What hides personal values is as long as they are; what is cut is not shown.
    for record in at_once.quarantined.iter().filter(|record| !record.shown_text.starts_with("(not shown")) {
        let [raw, shown] = [&record.raw_text, &record.shown_text].map(|text| text.chars().count());
        assert!(shown == raw || csv.ragged != Ragged::Quarantine && shown < raw, "{record:?}");
    }
    let is_plain = csv.quote.is_none() && csv.escape.is_none() && csv.row_end == RowEnd::Line;
    if let Some(bytes) = utf8_of(bytes, encoding).filter(|_| is_plain) {
        is_counted(&at_once, bytes, &csv, &extract);
    }
    // A comment that does not occur turns strides into steps.
    let absent = "\u{1}comment\u{2}";
    if csv.comments.is_empty() && !text.contains(absent) {
        extract.reader.format = Format::Csv(Csv { comments: vec![absent.into()], ..csv.clone() });
        let in_steps = outcome(&file, &sha256, &extract, chunk_bytes, 1);
        same(&at_once, &in_steps);
        assert_eq!(in_chunks.faults, in_steps.faults);
    }
    first_records(bytes, &csv, 100);
});

/// Nine choices; None where a pipeline would not allow them together.
fn dialect(choices: &mut Choices<'_>) -> Option<Csv> {
    let delimiter = choices.one_of(&[",", ";", "\t", "|", "+|", "::", "§", ",,", " ", "||;", "a", "#"]);
    let quote = choices.one_of(&[Some(b'"'), None, Some(b'\''), Some(b'|'), Some(b' '), Some(b'a')]);
    let escape = choices.one_of(&[None, Some(b'\\'), Some(b'^'), Some(b'"'), Some(b'a')]);
    let row_end = choices.one_of(&["", "&|", "#", "\n", "\r\n", "&|\r\n", "§", "\r", "aa", "\"", "\n\n", "\\"]);
    let comments: [&[&str]; 6] = [&[], &["#"], &["//", "--"], &["\""], &[","], &["a"]];
    let csv = Csv {
        delimiter: delimiter.into(),
        quote,
        escape: escape.filter(|_| escape != quote),
        row_end: if row_end.is_empty() { RowEnd::Line } else { RowEnd::Text(row_end.into()) },
        comments: choices.one_of(&comments).iter().map(ToString::to_string).collect(),
        skip_lines: choices.below(4) as u64,
        footer_lines: choices.below(4) as u64,
        has_header: !choices.flag(),
        ragged: choices.one_of(&[Ragged::Quarantine, Ragged::Pad, Ragged::Cut]),
    };
    let holds_mark = [csv.quote, csv.escape].into_iter().flatten().any(|mark| delimiter.as_bytes().contains(&mark));
    let ends = !row_end.is_empty() && (row_end.starts_with(delimiter) || delimiter.starts_with(row_end));
    (!holds_mark && !ends).then_some(csv)
}

/// Without quotes and escapes, lines can be counted.
fn is_counted(outcome: &Outcome, bytes: &[u8], csv: &Csv, extract: &Extract) {
    if outcome.faults.is_some() {
        return;
    }
    let fields = if csv.has_header { None } else { Some(extract.contract.columns.len()) };
    let plan = |counts_empty| Plan {
        skip_lines: usize::try_from(csv.skip_lines).expect("few lines"),
        footer_lines: usize::try_from(csv.footer_lines).expect("few lines"),
        comments: &csv.comments,
        has_header: csv.has_header,
        counts_empty,
    };
    // How many fields a header has is not told; either count is right then.
    let allowed: Vec<_> = [true, false]
        .into_iter()
        .filter(|counts_empty| fields.is_none_or(|fields| (fields == 1) == *counts_empty))
        .map(|counts_empty| counted(bytes, &plan(counts_empty)))
        .collect();
    let found = Some((outcome.rows_read, outcome.left_out.clone()));
    assert!(allowed.contains(&found), "read and left out are {found:?}, expected {allowed:?}");
}
