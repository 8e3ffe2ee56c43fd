//! Files that Python's `csv` module writes are read as Python itself reads them, in every dialect that it has.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use sopmart::pipeline::{Csv, Extract, Format, Reader};

use crate::cli_support::{left_out, repository};
use crate::landing_stage::{Stage, contract};
use crate::numbers::Numbers;
use crate::read_rows::read_rows;

const PYTHON: &str = "SOPMART_READERS_PYTHON";

const CASES: usize = 1000;

/// Some rows, and a dialect of Python's to write them in.
struct Case {
    dialect: Value,
    csv: Csv,
    rows: Vec<Vec<Value>>,
    /// Whether the last column holds numbers.
    has_numbers: bool,
}

fn case(numbers: &mut Numbers) -> Case {
    let quoting = *numbers.pick(&["QUOTE_MINIMAL", "QUOTE_MINIMAL", "QUOTE_ALL", "QUOTE_NONE", "QUOTE_NONNUMERIC"]);
    let delimiter = *numbers.pick(&[",", ";", "\t", "|", "§"]);
    let quote = *numbers.pick(&["\"", "'"]);
    let end = *numbers.pick(&["\n", "\r\n", "\r"]);
    // Where quotes are not doubled and where there are none, only an escape can keep them apart.
    let doubles = numbers.one_in(2);
    let escape = (!doubles || quoting == "QUOTE_NONE" || numbers.one_in(3)).then_some("\\");
    let dialect = json!({
        "quoting": quoting, "delimiter": delimiter, "quotechar": quote, "doublequote": doubles, "escapechar": escape,
        "lineterminator": end,
    });
    let csv = Csv {
        has_header: false,
        delimiter: delimiter.into(),
        quote: (quoting != "QUOTE_NONE").then_some(quote.as_bytes()[0]),
        escape: escape.map(|escape| escape.as_bytes()[0]),
        ..Csv::plain()
    };
    // Without quotes Python has no way to write a record of one empty field.
    let width = if quoting == "QUOTE_NONE" { 2 + numbers.below(2) } else { 1 + numbers.below(3) };
    let has_numbers = quoting == "QUOTE_NONNUMERIC";
    // Where Python does not quote everything, its writer before 3.13 sees only the line ends of its own terminator, and
    // its reader then ends the record at the others.
    let ends: &[&str] = match (quoting, end) {
        ("QUOTE_ALL" | "QUOTE_NONNUMERIC", _) | (_, "\r\n") => &["\n", "\r\n", "\r"],
        _ => &[end],
    };
    let pieces =
        [&["", "a", " b ", "ü", "日本🚲", "0", "#", "\"", "'", "\\", ",", "|", delimiter, quote], ends].concat();
    let mut row = || {
        let text = |numbers: &mut Numbers| (0..numbers.below(5)).map(|_| *numbers.pick(&pieces)).collect::<String>();
        let mut row: Vec<Value> = (0..width).map(|_| text(numbers).into()).collect();
        if has_numbers {
            let number = *numbers.pick(&[0.0, -1.5, 0.1, 1e22, 1e-7, 123_456.789, 5e-324]);
            row.push(number.into());
        }
        row
    };
    let rows = (0..12).map(|_| row()).collect();
    Case { dialect, csv, rows, has_numbers }
}

/// What Python writes, and what it makes of that itself.
fn there_and_back(python: &Path, cases: &[Case]) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.json");
    let cases = cases.iter().map(|case| json!({"rows": case.rows, "dialect": case.dialect}));
    std::fs::write(&file, cases.collect::<Value>().to_string()).unwrap();
    let output = Command::new(python).arg(repository().join("tests/readers/python_csv.py")).arg(&file).output();
    let output =
        output.unwrap_or_else(|error| panic!("{PYTHON} is {}, which does not start: {error}", python.display()));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn what_python_writes_is_read_as_python_reads_it() {
    let Some(python) = std::env::var_os(PYTHON) else {
        return left_out("reading CSV that Python writes", PYTHON);
    };
    let mut numbers = Numbers(13);
    let cases: Vec<Case> = (0..CASES).map(|_| case(&mut numbers)).collect();
    let stage = Stage::new(&[]);
    for (case, answer) in cases.iter().zip(there_and_back(Path::new(&python), &cases)) {
        let text = answer["text"].as_str().unwrap();
        assert_eq!(
            answer["read"],
            json!(case.rows),
            "Python does not read what it wrote: {answer} in {}",
            case.dialect
        );
        let width = case.rows[0].len();
        let names = ["a", "b", "c", "d"];
        let is_number = |column: usize| case.has_numbers && column + 1 == width;
        let columns: Vec<_> =
            (0..width).map(|column| (names[column], if is_number(column) { "double" } else { "text" })).collect();
        let reader = Reader::plain(Format::Csv(case.csv.clone()));
        let extract = Extract { contract: contract(&columns), reader, ..stage.extract.clone() };
        stage.deliver("a.csv", text);
        let found =
            read_rows(&extract, 1 + numbers.below(100), 2).unwrap_or_else(|error| panic!("{error} in {text:?}"));
        assert!(found.quarantined.is_empty(), "{:?} in {text:?} of {}", found.quarantined, case.dialect);
        // Python has no NULL: an empty field is an empty text.
        let value = |(column, value): (usize, Option<String>)| match value {
            Some(number) if is_number(column) => number.parse::<f64>().unwrap().into(),
            value => Value::from(value.unwrap_or_default()),
        };
        let rows = found.rows().into_iter().map(|(_, row)| row.into_iter().enumerate().map(value).collect::<Value>());
        assert_eq!(rows.collect::<Value>(), answer["read"], "{text:?} of {}", case.dialect);
    }
}
