//! How a file is written, as its first megabyte tells: format, encoding, delimiter, header. What follows is read so,
//! and records that are not so are told.

use encoding_rs::{UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::extract::{self, ReadError, SourceFile};
use crate::infer::guess;
use crate::pipeline::{CellRange, Csv, Encoding, Excel, Format, Json, Reader, RowEnd};

const START_BYTES: u64 = 1 << 20;
const RECORDS: usize = 1000;

/// How a file is written.
#[derive(Debug)]
pub(super) struct Sniffed {
    pub reader: Reader,
    /// The names of the columns of text by position: those of the header, or made up where there is none.
    pub header: Option<Vec<String>>,
    pub unsure: Vec<String>,
}

pub(super) fn sniff(file: &SourceFile) -> Result<Sniffed, ReadError> {
    let name = file.name.rsplit('/').next().unwrap_or_default().to_lowercase();
    let ends =
        |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending) || name.contains(&format!("{ending}.")));
    let excel = || Format::Excel(Excel { sheet: None, range: CellRange::default(), has_header: true, footer_lines: 0 });
    let by_name = if ends(&[".parquet"]) {
        Some(Format::Parquet)
    } else if ends(&[".arrow", ".feather", ".ipc"]) {
        Some(Format::Arrow)
    } else if ends(&[".avro"]) {
        Some(Format::Avro)
    } else if ends(&[".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"]) {
        Some(excel())
    } else {
        None
    };
    if let Some(format) = by_name {
        return Ok(Sniffed { reader: Reader::plain(format), header: None, unsure: Vec::new() });
    }
    let mut unsure = Vec::new();
    let encoding = encoding_of(file, &mut unsure)?;
    let start = extract::start_of(file, encoding, START_BYTES)?;
    let is_json = ends(&[".json", ".ndjson", ".jsonl"]) || start.trim_ascii_start().starts_with(b"{");
    let format = if is_json { Format::Json(Json::default()) } else { Format::Csv(csv_of(&start, &mut unsure)) };
    let mut sniffed = Sniffed { reader: Reader { encoding, ..Reader::plain(format) }, header: None, unsure };
    if let Format::Csv(csv) = &mut sniffed.reader.format {
        let records = extract::first_records(&start, csv, RECORDS);
        let (has_header, is_sure) = has_header(&records);
        csv.has_header = has_header;
        if !is_sure {
            let what =
                if has_header { "the first line is taken for the header" } else { "no line is taken for a header" };
            sniffed.unsure.push(format!("{what}, which nothing in the columns confirms"));
        }
        let first = records.into_iter().next().unwrap_or_default();
        let numbered = (1..=first.len()).map(|number| format!("column_{number}")).collect();
        sniffed.header = Some(if has_header { first } else { numbered });
    }
    Ok(sniffed)
}

/// UTF-8 where all of the start is; UTF-16 where every other byte is 0; else what most systems of the West write.
fn encoding_of(file: &SourceFile, unsure: &mut Vec<String>) -> Result<Encoding, ReadError> {
    let start = extract::start_of(file, Encoding::Utf8, START_BYTES)?;
    let zeros = |first: usize| start.iter().skip(first).step_by(2).take(500).filter(|byte| **byte == 0).count();
    let half = start.len().min(1000) / 2;
    if half > 0 && zeros(1) * 10 > half * 9 {
        return Ok(Encoding::Other(UTF_16LE));
    }
    if half > 0 && zeros(0) * 10 > half * 9 {
        return Ok(Encoding::Other(UTF_16BE));
    }
    // A character may be cut at the end of the start.
    let is_utf8 = std::str::from_utf8(&start).map_or_else(|error| error.error_len().is_none(), |_| true);
    if is_utf8 {
        return Ok(Encoding::Utf8);
    }
    unsure.push("the text is not UTF-8, and taken for windows-1252: look at words with accents".into());
    Ok(Encoding::Other(WINDOWS_1252))
}

/// Ends of fields and of records that some systems write because their texts hold all that is common.
const LONG_DELIMITERS: [&str; 4] = ["+|", "||", "~|~", "\u{1}"];
const LONG_ROW_ENDS: [&str; 2] = ["&|", "\u{2}"];

/// The dialects in which the start of a file may be written.
fn dialects(start: &[u8]) -> Vec<Csv> {
    let count = |mark: &str| memchr::memmem::find_iter(start, mark.as_bytes()).count();
    let is_there = |mark: &&str| count(mark) > 0;
    // A row end stands where a file ends that is all there, and before line ends otherwise.
    let is_row_end = |mark: &&str| {
        let behind = format!("{mark}\n");
        let crlf = format!("{mark}\r\n");
        start.trim_ascii_end().ends_with(mark.as_bytes()) || is_there(&behind.as_str()) || is_there(&crlf.as_str())
    };
    let row_end = LONG_ROW_ENDS.into_iter().find(is_row_end).map(|mark| RowEnd::Text(mark.into()));
    // Where it is one, nearly every `|` belongs to it or to a row end.
    let bars = |mark: &str| mark.matches('|').count() * count(mark);
    let in_row_ends = LONG_ROW_ENDS.iter().map(|mark| bars(mark)).max().unwrap_or(0);
    let is_whole = |mark: &&str| (bars(mark) + in_row_ends) * 10 >= count("|") * 9;
    let long = LONG_DELIMITERS.into_iter().filter(is_there).filter(is_whole);
    let delimiters = [",", ";", "\t", "|"].into_iter().chain(long);
    let of = |delimiter: &str| Csv {
        delimiter: delimiter.into(),
        row_end: row_end.clone().unwrap_or(RowEnd::Line),
        ..Csv::plain()
    };
    delimiters.map(of).collect()
}

/// The dialect with whose delimiter most records have as many fields as each other, and more than one.
fn csv_of(start: &[u8], unsure: &mut Vec<String>) -> Csv {
    let mut candidates: Vec<(f64, usize, Csv)> = Vec::new();
    for csv in dialects(start) {
        let records = extract::first_records(start, &csv, RECORDS);
        let Some(fields) = records.first().map(Vec::len) else { continue };
        let alike = records.iter().filter(|record| record.len() == fields).count();
        #[expect(clippy::cast_precision_loss, reason = "there are a thousand at most")]
        candidates.push((alike as f64 / records.len() as f64, fields, csv));
    }
    // Of two that fit alike, the longer one: `+|` leaves no `+` behind.
    let rank = |(share, fields, csv): &(f64, usize, Csv)| (*fields > 1, *share, csv.delimiter.chars().count(), *fields);
    let better =
        |one: &&(f64, usize, Csv), other: &&(f64, usize, Csv)| rank(one).partial_cmp(&rank(other)).expect("no NaN");
    let Some((share, fields, csv)) = candidates.iter().max_by(better) else { return Csv::plain() };
    if *fields == 1 {
        unsure.push("no delimiter was found: each line is one column".into());
        return Csv::plain();
    }
    let is_part = |rival: &Csv| csv.delimiter.contains(&rival.delimiter);
    let rivals = candidates.iter().filter(|(other, others, rival)| *others > 1 && other >= share && !is_part(rival));
    let rivals: Vec<String> = rivals.map(|(.., rival)| format!("`{}`", rival.delimiter.escape_debug())).collect();
    if !rivals.is_empty() {
        let delimiter = csv.delimiter.escape_debug();
        unsure.push(format!("the delimiter is taken to be `{delimiter}`; {} would fit as well", rivals.join(" and ")));
    }
    csv.clone()
}

/// Whether the first record names the columns, and whether the others show that.
fn has_header(records: &[Vec<String>]) -> (bool, bool) {
    let Some((first, rest)) = records.split_first() else { return (true, false) };
    if first.iter().any(|name| name.is_empty() || guess::is_value(name)) {
        return (false, !rest.is_empty());
    }
    let is_distinct = first.iter().enumerate().all(|(number, name)| !first[..number].contains(name));
    let confirms = |number: usize| {
        let mut values = rest.iter().filter_map(|record| record.get(number)).filter(|value| !value.is_empty());
        let mut any = false;
        values.all(|value| {
            any = true;
            guess::is_value(value)
        }) && any
    };
    // Names that stand twice are names all the same, where the values below are none.
    let is_confirmed = (0..first.len()).any(confirms);
    (is_distinct || is_confirmed, is_confirmed)
}
