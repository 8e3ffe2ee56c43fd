//! CSV side by side with the `csv` crate, over bytes in which special characters are as common as letters. Where the crate
//! takes what landing does not, it is for one of the reasons that are named here.

use std::collections::BTreeMap;

use sopmart::extract::Quarantined;
use sopmart::pipeline::{Csv, Extract, Format, Reader};

use crate::landing_stage::{Stage, contract};
use crate::numbers::Numbers;
use crate::read_rows::{Outcome, read_rows};

/// The `csv` crate returns a record with any number of fields.
const RAGGED: &str = "a record of another width";
/// The `csv` crate takes text behind a closing quote for a part of the field.
const BEHIND_QUOTE: &str = "text behind a closing quote";
/// The `csv` crate ends a record at LF, CRLF and CR alike; landing at what ends the first line.
const OTHER_LINE_END: &str = "a line end of another kind";
/// The `csv` crate takes the rest of the file for the field.
const OPEN_QUOTE: &str = "a quote that is never closed";

const DIFFERENCES: [&str; 4] = [RAGGED, BEHIND_QUOTE, OTHER_LINE_END, OPEN_QUOTE];

const COLUMNS: [(&str, &str); 2] = [("a", "text"), ("b", "text")];
const WIDTH: usize = COLUMNS.len();

/// A dialect in which all special characters are single bytes.
fn dialect(numbers: &mut Numbers) -> Csv {
    let delimiter = *numbers.pick(&[",", ";", "\t", "|"]);
    let quote = *numbers.pick(&[Some(b'"'), Some(b'"'), Some(b'\''), None]);
    // Outside of quotes an escape means nothing to the `csv` crate, and without quotes it would stand nowhere else.
    let escape = quote.and(*numbers.pick(&[None, None, Some(b'\\')]));
    Csv { has_header: false, delimiter: delimiter.into(), quote, escape, ..Csv::plain() }
}

/// What separates lines: mostly one kind alone.
fn line_ends(numbers: &mut Numbers) -> &'static [&'static str] {
    numbers.pick::<&[&str]>(&[&["\n"], &["\r\n"], &["\r"], &["\n", "\r\n"], &["\n", "\r\n", "\r"]])
}

/// Bytes in which special characters are as common as letters: fields that are well-formed, and some that are not.
fn soup(numbers: &mut Numbers, csv: &Csv, ends: &[&str]) -> String {
    let quote = csv.quote.map_or(String::new(), |quote| char::from(quote).to_string());
    let escape = csv.escape.map_or(String::new(), |escape| char::from(escape).to_string());
    let (doubled, escaped) = (quote.repeat(2), format!("{escape}{quote}"));
    let twice = escape.repeat(2);
    let escaped = if escape.is_empty() { &doubled } else { &escaped };
    let inside = ["a", "é", " ", &csv.delimiter, "\n", "\r\n", "\r", &doubled, escaped, &twice, "#"];
    let mut text = String::new();
    for _ in 0..numbers.below(12) {
        let fields = if numbers.one_in(8) { numbers.below(4) } else { WIDTH };
        for field in 0..fields {
            if field > 0 {
                text.push_str(&csv.delimiter);
            }
            if numbers.one_in(2) {
                text.push_str(&quote);
                (0..numbers.below(4)).for_each(|_| text.push_str(numbers.pick::<&str>(&inside)));
                // Behind an open quote escapes would stand outside of quotes, where the `csv` crate does not see them.
                let is_open = csv.escape.is_none() && numbers.one_in(40);
                text.push_str(if is_open { "" } else { &quote });
                text.push_str(if numbers.one_in(20) { "b" } else { "" });
            } else {
                let plain = ["", "a", "bc", " ", "é", &format!("x{quote}y"), &format!("z{quote}")];
                text.push_str(numbers.pick::<&str>(&plain));
            }
        }
        text.push_str(numbers.pick::<&str>(ends));
    }
    if numbers.one_in(3) {
        text.truncate(text.trim_end_matches(['\r', '\n']).len());
    }
    text
}

/// The records of the `csv` crate, by the byte where they start.
fn records_of_the_crate(text: &str, csv: &Csv) -> BTreeMap<usize, Vec<String>> {
    let mut reader = csv::ReaderBuilder::new();
    reader.delimiter(csv.delimiter.as_bytes()[0]).has_headers(false).flexible(true).escape(csv.escape);
    match csv.quote {
        Some(quote) => reader.quote(quote),
        None => reader.quoting(false),
    };
    let mut records = BTreeMap::new();
    for record in reader.from_reader(text.as_bytes()).records() {
        let record = record.unwrap();
        let from = usize::try_from(record.position().unwrap().byte()).unwrap();
        // Line ends of the record before, and empty lines, count to this one.
        let start = from + text[from..].len() - text[from..].trim_start_matches(['\r', '\n']).len();
        records.insert(start, record.iter().map(str::to_string).collect());
    }
    records
}

/// Whether the first line end outside of quotes is a CR alone, looked for character by character.
fn ends_with_cr(text: &str, csv: &Csv) -> bool {
    let (quote, escape) = (csv.quote.map(char::from), csv.escape.map(char::from));
    let mut characters = text.chars().peekable();
    let (mut is_quoted, mut is_start) = (false, true);
    while let Some(character) = characters.next() {
        if is_quoted {
            match character {
                _ if Some(character) == escape => drop(characters.next()),
                _ if Some(character) == quote => is_quoted = characters.next_if_eq(&character).is_some(),
                _ => {}
            }
            continue;
        }
        match character {
            '\n' => return false,
            // At the end of a file it may be half a CRLF.
            '\r' => return characters.peek().is_some_and(|next| *next != '\n'),
            _ => {}
        }
        is_quoted = is_start && Some(character) == quote;
        is_start = csv.delimiter.contains(character);
    }
    false
}

/// Why a record that the `csv` crate takes is in quarantine.
fn difference(record: &Quarantined, newline: char, of_the_crate: Option<&Vec<String>>) -> &'static str {
    let is_of_other_width = of_the_crate.is_some_and(|fields| fields.len() != WIDTH);
    let has_other_end = match newline {
        '\r' => record.raw_text.contains('\n'),
        _ => record.raw_text.replace("\r\n", "").contains('\r'),
    };
    match record.rule.as_str() {
        "line_ends" => OTHER_LINE_END,
        _ if has_other_end => OTHER_LINE_END,
        "quoting" if of_the_crate.is_some() => BEHIND_QUOTE,
        "fields" if is_of_other_width => RAGGED,
        _ => panic!("{record:?} and {of_the_crate:?}"),
    }
}

fn compare(text: &str, csv: &Csv, outcome: &Outcome, met: &mut BTreeMap<&str, usize>) {
    let theirs = records_of_the_crate(text, csv);
    let newline = if ends_with_cr(text, csv) { '\r' } else { '\n' };
    let starts: Vec<usize> = std::iter::once(0).chain(text.match_indices(newline).map(|(at, _)| at + 1)).collect();
    let start_of = |line: i64| starts[usize::try_from(line - 1).unwrap()];
    let quarantined = |record: &Quarantined| (start_of(i64::try_from(record.line).unwrap()), record.clone());
    let quarantined: BTreeMap<usize, Quarantined> = outcome.quarantined.iter().map(quarantined).collect();
    // Behind a line end that only one of the two sees they may be on different sides of quotes.
    let why = |start: &usize, record: &Quarantined| difference(record, newline, theirs.get(start));
    let others = quarantined.iter().filter(|(start, record)| why(start, record) == OTHER_LINE_END);
    let until = others.map(|(start, _)| *start).next().unwrap_or(text.len());
    for (start, record) in quarantined.iter().filter(|(start, _)| **start <= until) {
        *met.entry(why(start, record)).or_insert(0) += 1;
    }
    let rows: BTreeMap<usize, Vec<String>> = outcome
        .rows()
        .into_iter()
        .map(|(line, fields)| (start_of(line), fields.into_iter().map(Option::unwrap_or_default).collect()))
        .collect();
    for (start, fields) in rows.range(..until) {
        assert_eq!(theirs.get(start), Some(fields), "byte {start} of {text:?} in {csv:?}");
    }
    for start in theirs.range(..until).map(|(start, _)| start) {
        let is_known = rows.contains_key(start) || quarantined.contains_key(start);
        assert!(is_known, "the record at byte {start} of {text:?} in {csv:?} did not land");
    }
}

#[test]
fn records_are_those_of_the_csv_crate_or_differ_for_a_reason_that_is_named() {
    let stage = Stage::new(&[]);
    let mut numbers = Numbers(11);
    let (mut met, mut landed) = (BTreeMap::new(), 0);
    for _ in 0..4000 {
        let csv = dialect(&mut numbers);
        let ends = line_ends(&mut numbers);
        let text = soup(&mut numbers, &csv, ends);
        if text.is_empty() {
            continue;
        }
        stage.deliver("a.csv", &text);
        let reader = Reader::plain(Format::Csv(csv.clone()));
        let extract = Extract { contract: contract(&COLUMNS), reader, ..stage.extract.clone() };
        match read_rows(&extract, 1 + numbers.below(60), 2) {
            Ok(outcome) => {
                landed += outcome.landed.num_rows();
                compare(&text, &csv, &outcome, &mut met);
            }
            Err(error) => {
                assert!(error.to_string().contains("never closed"), "{error} in {text:?}");
                *met.entry(OPEN_QUOTE).or_insert(0) += 1;
            }
        }
    }
    assert!(landed > 10_000, "only {landed} rows were compared");
    for difference in DIFFERENCES {
        assert!(met.get(difference).is_some_and(|times| *times > 20), "{difference} was hardly met: {met:?}");
    }
}
