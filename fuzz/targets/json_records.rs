//! JSON by lines and in arrays: the first 9 bytes choose where the records stand, the columns' paths, the contract, the
//! encoding and the chunks; the others are the file.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sopmart::pipeline::{ColumnReader, Format, Json};
use sopmart_fuzz::choices::{Choices, grown};
use sopmart_fuzz::files::{Outcome, Ways, delivered, outcome, same, sensible, text_of, utf8_of, ways};

fuzz_target!(|input: &[u8]| {
    let (mut choices, bytes) = Choices::split(input, 9);
    let rows: [&[&str]; 4] = [&[], &["r"], &["d", "r"], &[""]];
    let rows: Vec<String> = choices.one_of(&rows).iter().map(ToString::to_string).collect();
    let is_nested = choices.flag();
    let Ways { mut extract, chunk_bytes, threads } = ways(&mut choices);
    extract.reader.format = Format::Json(Json { rows: rows.clone() });
    if is_nested {
        let path = Some(vec!["o".to_string(), "b".to_string()]);
        let notation = extract.reader.notation.clone();
        extract.reader.columns.insert("b".into(), ColumnReader { notation, path, folder: None });
    }
    // Deep nesting is text, whatever the encoding.
    let grown = std::str::from_utf8(bytes).map(grown);
    let bytes = grown.as_ref().map_or(bytes, |grown| grown.as_bytes());

    let (file, sha256) = delivered(bytes);
    let at_once = outcome(&file, &sha256, &extract, 1 << 22, 1);
    let in_chunks = outcome(&file, &sha256, &extract, chunk_bytes.max(bytes.len() / 100), threads);
    same(&at_once, &in_chunks);
    let Some(text) = text_of(bytes, extract.reader.encoding) else { return };
    sensible(&at_once, &text);
    if let Some(bytes) = utf8_of(bytes, extract.reader.encoding).filter(|_| rows.is_empty()) {
        is_counted(&at_once, bytes);
    }
});

/// As another reader counts them.
fn is_counted(outcome: &Outcome, bytes: &[u8]) {
    if outcome.faults.is_some() {
        return;
    }
    let is_array = bytes.trim_ascii_start().starts_with(b"[");
    if !is_array {
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).count();
        assert_eq!(outcome.rows_read, lines as u64, "a line that is not blank is a record");
    } else if let Ok(elements) = serde_json::from_slice::<Vec<serde_json::Value>>(bytes) {
        assert_eq!(outcome.rows_read, elements.len() as u64, "an element is a record");
    }
}
