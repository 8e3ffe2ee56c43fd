//! The tokenizer against a slow one that is plainly right, over random files and chunk sizes.

use sopmart::pipeline::Extract;

use crate::landing_stage::Stage;
use crate::numbers::Numbers;
use crate::read_rows::{Row, read_rows};

/// Records as (line, fields); fields as text, None where empty and unquoted.
type Records = Vec<Row>;

/// One state per character; `Err` holds how many records do not have `width` well-quoted fields.
fn slowly(text: &str, width: usize) -> (Records, u64) {
    let (mut good, mut bad) = (Records::new(), 0);
    let characters: Vec<char> = text.chars().collect();
    let (mut at, mut line) = (0, 1);
    while at < characters.len() {
        let (start, first_line, mut fields, mut is_misquoted) = (at, line, Vec::new(), false);
        loop {
            let mut field = String::new();
            let is_quoted = characters.get(at) == Some(&'"');
            if is_quoted {
                at += 1;
                loop {
                    if characters[at] == '"' && characters.get(at + 1) == Some(&'"') {
                        field.push('"');
                        at += 2;
                    } else if characters[at] == '"' {
                        at += 1;
                        break;
                    } else {
                        line += i64::from(characters[at] == '\n');
                        field.push(characters[at]);
                        at += 1;
                    }
                }
            }
            let mut behind = String::new();
            while at < characters.len() && characters[at] != ',' && characters[at] != '\n' {
                behind.push(characters[at]);
                at += 1;
            }
            let is_last = characters.get(at) != Some(&',');
            if is_last && behind.ends_with('\r') {
                behind.pop();
            }
            is_misquoted |= is_quoted && !behind.is_empty();
            field.push_str(&behind);
            fields.push((is_quoted || !field.is_empty()).then_some(field));
            at += 1;
            if is_last {
                break;
            }
        }
        line += 1;
        let text: String = characters[start..(at - 1).min(characters.len())].iter().collect();
        if width > 1 && text.trim_end_matches('\r').is_empty() && text.len() <= 1 {
            continue;
        }
        if fields.len() == width && !is_misquoted {
            good.push((first_line, fields));
        } else {
            bad += 1;
        }
    }
    (good, bad)
}

fn quickly(extract: &Extract, chunk_bytes: usize, threads: usize) -> (Records, u64) {
    let outcome = read_rows(extract, chunk_bytes, threads).unwrap_or_else(|error| panic!("{error}"));
    (outcome.rows(), outcome.quarantined.len() as u64)
}

/// Fields of every unpleasant kind, and now and then a record of the wrong width. Every quote is closed.
fn random_csv(numbers: &mut Numbers, width: usize) -> String {
    let plain = ["", "a", "00123", " x ", "mid\"quote", "längeres Feld", "0123456789abcdef"];
    let quoted =
        ["", "\"\"", "a,b", "x\ny", "\r\n", "ends in two \"\"", "\"\",\"\"", "ü\n\n,", "some longer text, quoted"];
    let mut text = String::new();
    for _ in 0..numbers.below(40) {
        let fields = if numbers.below(12) == 0 { numbers.below(width + 2) } else { width };
        for field in 0..fields {
            if field > 0 {
                text.push(',');
            }
            if numbers.below(3) == 0 {
                let behind = if numbers.below(20) == 0 { "behind" } else { "" };
                text.push_str(&format!("\"{}\"{behind}", quoted[numbers.below(quoted.len())]));
            } else {
                text.push_str(plain[numbers.below(plain.len())]);
            }
        }
        text.push_str(["\n", "\r\n"][numbers.below(2)]);
    }
    if numbers.below(2) == 0 {
        text.truncate(text.trim_end_matches(['\r', '\n']).len());
    }
    text
}

#[test]
fn random_files_are_read_as_a_slow_reader_reads_them() {
    let mut numbers = Numbers(7);
    let mut stages: Vec<Stage> = [&["a"][..], &["a", "b"], &["a", "b", "c"]]
        .map(|names| Stage::new(&names.iter().map(|name| (*name, "text")).collect::<Vec<_>>()))
        .into();
    for stage in &mut stages {
        stage.csv().has_header = false;
        stage.extract.files = "a.csv".into();
    }
    for round in 0..400 {
        let stage = &stages[round % stages.len()];
        let width = stage.extract.contract.columns.len();
        let text = random_csv(&mut numbers, width);
        if text.is_empty() {
            continue;
        }
        let expected = slowly(&text, width);
        stage.deliver("a.csv", &text);
        for _ in 0..4 {
            let (chunk_bytes, threads) = (1 + numbers.below(80), 1 + numbers.below(3));
            let found = quickly(&stage.extract, chunk_bytes, threads);
            assert_eq!(found, expected, "chunks of {chunk_bytes} bytes, {threads} threads, {text:?}");
        }
    }
}

#[test]
fn the_same_file_lands_as_the_same_bytes_on_any_number_of_threads() {
    let text: String = (0..20_000).map(|row| format!("{row},name {}\n", row % 97)).collect();
    let landed = [1, 3].map(|threads| {
        let mut stage = Stage::new(&[("id", "integer"), ("name", "text")]);
        stage.options.threads = threads;
        stage.deliver("a.csv", format!("id,name\n{text}"));
        let path = stage.land().shown.batches[0].files[0].path.clone();
        std::fs::read(stage.warehouse_folder().join(path)).unwrap()
    });
    assert!(landed[0] == landed[1], "one thread and three wrote different files");
}
