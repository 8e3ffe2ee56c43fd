//! Damaged files of every format are refused in words that name them, or land with each record accounted for: landed as
//! it was, or in quarantine. None makes a reader panic, hang, or change a record that the damage is not in.

use std::ops::Range;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use sopmart::pipeline::{Encoding, Reader};

use crate::good_files::{GoodFile, csv, fixed_width, json_array, json_lines, utf_16};
use crate::landing_stage::Stage;
use crate::numbers::Numbers;
use crate::read_rows::{Outcome, Row};

/// Far beyond what any of it takes: whoever is not done by then never will be.
const MOST_TIME: Duration = Duration::from_mins(2);

/// Does something for each file, each in time.
pub fn for_each(files: Vec<GoodFile>, work: impl Fn(&Stage, &GoodFile) + Clone + Send + 'static) {
    for file in files {
        let (sender, done) = channel();
        let (name, work) = (file.name, work.clone());
        let thread = std::thread::spawn(move || {
            work(&Stage::new(&[]), &file);
            drop(sender);
        });
        assert_eq!(done.recv_timeout(MOST_TIME), Err::<(), _>(RecvTimeoutError::Disconnected), "{name} hangs");
        if let Err(panic) = thread.join() {
            std::panic::resume_unwind(panic);
        }
    }
}

/// Some bytes of a file that others stand in the place of.
struct Damage {
    at: Range<usize>,
    with: Vec<u8>,
}

impl Damage {
    fn applied(&self, bytes: &[u8]) -> Vec<u8> {
        [&bytes[..self.at.start], &self.with, &bytes[self.at.end..]].concat()
    }

    /// Where a byte of the damaged file stood before.
    fn before(&self, place: usize) -> usize {
        let inserted = self.at.start..self.at.start + self.with.len();
        match place {
            _ if place < inserted.start => place,
            _ if inserted.contains(&place) => self.at.start,
            _ => place - inserted.end + self.at.end,
        }
    }

    /// Whether it is in a record, whose own text it then changes.
    fn hits(&self, record: &Range<usize>) -> bool {
        if self.at.is_empty() {
            record.contains(&self.at.start)
        } else {
            self.at.start < record.end && record.start < self.at.end
        }
    }
}

fn line_starts(bytes: &[u8], newline: &[u8]) -> Vec<usize> {
    let units = bytes.chunks(newline.len()).enumerate();
    let ends = units.filter(|(_, unit)| *unit == newline).map(|(number, _)| (number + 1) * newline.len());
    std::iter::once(0).chain(ends).collect()
}

/// Every record that the damage is not in has landed as it was; or it is part of what is in quarantine, or of the very
/// record that the damage is in, since quotes or lines do not end any more where they did.
fn assert_others_are_unchanged(file: &GoodFile, good: &[Row], damage: &Damage, outcome: &Outcome) {
    let damaged = damage.applied(&file.bytes);
    let starts = line_starts(&damaged, &file.newline);
    let rows = outcome.rows();
    let mut landed = vec![false; good.len()];
    for (line, values) in &rows {
        let place = damage.before(starts[usize::try_from(line - 1).unwrap()]);
        let number = file.records.iter().position(|record| record.contains(&place));
        let Some(number) = number else { panic!("{}: line {line} is no record: {values:?}", file.name) };
        let record = &file.records[number];
        if damage.hits(record) {
            continue;
        }
        let text = &file.bytes[record.clone()];
        let is_of_one_line = line_starts(text, &file.newline).len() <= 2;
        if place == record.start {
            assert_eq!(values, &good[number].1, "{} with {:?} at {:?}", file.name, damage.with, damage.at);
            landed[number] = true;
        } else {
            assert!(!is_of_one_line, "{}: {values:?} starts inside of a line", file.name);
        }
    }
    for (number, (_, values)) in good.iter().enumerate() {
        let id = values[0].as_deref().unwrap();
        let is_quarantined = || outcome.quarantined.iter().any(|record| record.raw_text.contains(id));
        let is_swallowed = || rows.iter().any(|(_, values)| values.iter().flatten().any(|value| value.contains(id)));
        let is_known = landed[number] || damage.hits(&file.records[number]) || is_quarantined() || is_swallowed();
        assert!(is_known, "{}: {id} is lost with {:?} at {:?}", file.name, damage.with, damage.at);
    }
}

fn text_files() -> Vec<GoodFile> {
    vec![csv("\n"), csv("\r\n"), csv("\r"), utf_16(), fixed_width(), json_lines(), json_array()]
}

#[test]
fn a_changed_byte_changes_no_record_that_it_is_not_in() {
    for_each(text_files(), |stage, file| {
        let good = file.rows(stage);
        let mut numbers = Numbers(17);
        for at in 0..file.bytes.len() {
            let marks = [b'"', b',', b'\n', b'\r', 0, 0xFF, b'}', b']'];
            let flipped = file.bytes[at] ^ u8::try_from(1 + numbers.below(255)).unwrap();
            for byte in [flipped, marks[at % marks.len()]] {
                let damage = Damage { at: at..at + 1, with: vec![byte] };
                let Ok(outcome) = file.read(stage, &damage.applied(&file.bytes)) else { continue };
                if at >= file.records[0].start {
                    assert_others_are_unchanged(file, &good, &damage, &outcome);
                    continue;
                }
                // What stands before the records tells how to read them, and that the first line ends with CR alone.
                for (_, values) in outcome.rows() {
                    let same = good.iter().find(|(_, known)| known[0] == values[0]);
                    assert!(
                        same.is_none_or(|(_, known)| *known == values),
                        "{} changed at {at}: {values:?}",
                        file.name
                    );
                }
            }
        }
    });
}

#[test]
fn text_that_is_cut_lands_unchanged_up_to_the_line_of_the_cut() {
    for_each(text_files(), |stage, file| {
        let good = file.rows(stage);
        for at in (0..file.bytes.len()).step_by(3) {
            let damage = Damage { at: at..file.bytes.len(), with: Vec::new() };
            let whole = file.records.iter().filter(|record| record.end <= at).count();
            match file.read(stage, &file.bytes[..at]) {
                // The value that the cut goes through may look whole: only what says how many rows there should be
                // (a footer, control totals) could tell.
                Ok(outcome) => {
                    let rows = outcome.rows();
                    assert_eq!(rows[..whole.min(rows.len())], good[..whole], "{} cut at {at}", file.name);
                    assert!(rows.len() + outcome.quarantined.len() <= whole + 1, "{} cut at {at}", file.name);
                    assert_others_are_unchanged(file, &good[..whole], &damage, &outcome);
                }
                Err(refusal) => {
                    let is_told = ["is empty", "never closed", "truncated", "header", "column"];
                    assert!(is_told.iter().any(|words| refusal.contains(words)), "{refusal}");
                }
            }
        }
    });
}

#[test]
fn a_nul_or_a_byte_order_mark_sends_its_record_alone_to_quarantine() {
    for_each(text_files(), |stage, file| {
        let good = file.rows(stage);
        let encoded = |text: &str| -> Vec<u8> {
            if file.newline.len() == 1 { text.into() } else { text.encode_utf16().flat_map(u16::to_le_bytes).collect() }
        };
        for (number, record) in file.records.iter().enumerate() {
            let middle = record.start + 4 * file.newline.len();
            let places = [(record.start, "\u{feff}"), (record.start, "\0"), (middle, "\0")];
            // At the very start of a file a byte order mark is one.
            for (at, inserted) in places.into_iter().filter(|place| *place != (0, "\u{feff}")) {
                let damage = Damage { at: at..at, with: encoded(inserted) };
                let outcome =
                    file.read(stage, &damage.applied(&file.bytes)).unwrap_or_else(|refusal| panic!("{refusal}"));
                assert_others_are_unchanged(file, &good, &damage, &outcome);
                let id = good[number].1[0].as_deref();
                assert!(outcome.rows().iter().all(|(_, values)| values[0].as_deref() != id), "{} landed", file.name);
                assert_eq!(outcome.landed.num_rows(), good.len() - 1, "{}: {inserted:?} at {at}", file.name);
                assert_eq!(outcome.quarantined.len(), 1, "{:?}", outcome.quarantined);
            }
        }
    });
}

#[test]
fn a_line_end_of_another_kind_is_the_same_or_sends_its_two_records_to_quarantine() {
    let files =
        [(csv("\n"), "\n"), (csv("\r\n"), "\r\n"), (csv("\r"), "\r"), (fixed_width(), "\n"), (json_lines(), "\n")];
    let stage = Stage::new(&[]);
    for (file, end) in files {
        let good = file.rows(&stage);
        // How the first line ends tells how all of them do.
        let first = usize::from(file.records[0].start == 0);
        for (number, record) in file.records[..file.records.len() - 1].iter().enumerate().skip(first) {
            for other in ["\n", "\r\n", "\r"].into_iter().filter(|other| *other != end) {
                let damage = Damage { at: record.end - end.len()..record.end, with: other.into() };
                let outcome =
                    file.read(&stage, &damage.applied(&file.bytes)).unwrap_or_else(|refusal| panic!("{refusal}"));
                let lost = match (end, other) {
                    // LF is a line end with and without CR before it.
                    ("\n" | "\r\n", "\n" | "\r\n") => number..number,
                    // Where CR ends lines, the LF behind it stands in the next one.
                    ("\r", "\r\n") => number + 1..number + 2,
                    _ => number..number + 2,
                };
                let rows: Vec<_> = outcome.rows().into_iter().map(|(_, values)| values).collect();
                let kept = (0..good.len()).filter(|row| !lost.contains(row)).map(|row| good[row].1.clone());
                assert_eq!(rows, kept.collect::<Vec<_>>(), "{} with {other:?} in record {number}", file.name);
            }
        }
    }
}

#[test]
fn bytes_behind_the_end_of_a_text_change_nothing_before_them() {
    for_each(text_files(), |stage, file| {
        let good = file.rows(stage);
        let mut numbers = Numbers(19);
        for _ in 0..60 {
            let behind: Vec<u8> = (0..=numbers.below(60)).map(|_| u8::try_from(numbers.below(256)).unwrap()).collect();
            match file.read(stage, &[file.bytes.as_slice(), &behind].concat()) {
                // A line of fixed width may be a record however short it is.
                Ok(outcome) => assert_eq!(outcome.rows()[..good.len()], good, "{} with {behind:?}", file.name),
                Err(refusal) => {
                    let is_told = refusal.contains("never closed") || refusal.contains("behind the document");
                    assert!(is_told, "{refusal}");
                }
            }
        }
    });
}

#[test]
fn a_quote_that_nobody_closes_takes_no_more_with_it_than_quarantine_shows() {
    let stage = Stage::new(&[]);
    let file = csv("\n");
    let good = file.rows(&stage);
    let closing = |record: &Range<usize>| {
        let text = &file.bytes[record.clone()];
        text.iter().rposition(|byte| *byte == b'"').map(|at| record.start + at)
    };
    let quoted: Vec<usize> = file.records.iter().filter_map(closing).collect();
    for (number, at) in quoted.iter().enumerate() {
        let damage = Damage { at: *at..at + 1, with: Vec::new() };
        match file.read(&stage, &damage.applied(&file.bytes)) {
            Ok(outcome) => {
                assert_others_are_unchanged(&file, &good, &damage, &outcome);
                assert_eq!(outcome.quarantined[0].rule, "quoting");
            }
            // Nothing closes it any more.
            Err(refusal) => {
                assert_eq!(number + 1, quoted.len());
                assert!(refusal.contains("found a quote that is opened here and never closed"), "{refusal}");
            }
        }
    }
}

#[test]
fn text_in_another_encoding_than_is_said_is_refused_or_in_quarantine_where_bytes_can_tell() {
    let stage = Stage::new(&[]);
    let said = |file: GoodFile, encoding: &str| {
        let encoding = Encoding::named(encoding).unwrap();
        GoodFile { reader: Reader { encoding, ..file.reader }, ..file }
    };
    let good = csv("\n").rows(&stage);
    let is_ascii = |values: &Vec<Option<String>>| values.iter().flatten().all(|value| value.is_ascii());
    let ascii: Vec<Row> = good.iter().filter(|(_, values)| is_ascii(values)).cloned().collect();

    // Windows-1252 as UTF-8: what has other characters than ASCII is in quarantine.
    let text = String::from_utf8(csv("\n").bytes).unwrap().replace("日本 🚲", "Straße");
    let bytes = encoding_rs::WINDOWS_1252.encode(&text).0;
    let outcome = csv("\n").read(&stage, &bytes).unwrap();
    assert_eq!(outcome.rows(), ascii);
    assert!(outcome.quarantined.iter().all(|record| record.rule == "encoding"));

    // UTF-8 as UTF-16 and UTF-16 as anything else: no name of a column is found.
    let without_mark = GoodFile { bytes: utf_16().bytes[2..].to_vec(), ..utf_16() };
    for (file, encoding) in [(csv("\n"), "utf-16le"), (csv("\n"), "utf-16be"), (without_mark, "utf-16be")] {
        let file = said(file, encoding);
        let refusal = file.read(&stage, &file.bytes).unwrap_err();
        assert!(refusal.contains("found none of the contract's columns in the header"), "{refusal}");
    }
    for encoding in ["utf-8", "windows-1252"] {
        let file = said(utf_16(), encoding);
        file.read(&stage, &file.bytes[2..]).unwrap_err();
    }

    // UTF-8 as windows-1252: every byte is a character there, so that only people see it; nothing is lost.
    let file = said(csv("\n"), "windows-1252");
    let outcome = file.read(&stage, &file.bytes).unwrap();
    assert!(outcome.quarantined.is_empty() && outcome.landed.num_rows() == good.len());
    assert_eq!(outcome.rows().into_iter().filter(|(_, values)| is_ascii(values)).collect::<Vec<_>>(), ascii);
}
