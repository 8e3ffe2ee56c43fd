//! How a file is written, as its first megabyte tells: format, encoding, delimiter, header. What follows is read so,
//! and records that are not so are told.

use encoding_rs::{UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::extract::{self, ReadError, SourceFile};
use crate::infer::guess;
use crate::pipeline::{CellRange, Csv, Encoding, Excel, Format, Json, Reader};

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
    let name = file.name.to_lowercase();
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

/// The delimiter with which most records have as many fields as each other, and more than one.
fn csv_of(start: &[u8], unsure: &mut Vec<String>) -> Csv {
    let mut candidates: Vec<(f64, usize, Csv)> = Vec::new();
    for delimiter in [",", ";", "\t", "|"] {
        let csv = Csv { delimiter: delimiter.into(), ..Csv::plain() };
        let records = extract::first_records(start, &csv, RECORDS);
        let Some(fields) = records.first().map(Vec::len) else { continue };
        let alike = records.iter().filter(|record| record.len() == fields).count();
        #[expect(clippy::cast_precision_loss, reason = "there are a thousand at most")]
        candidates.push((alike as f64 / records.len() as f64, fields, csv));
    }
    let better = |(one, one_fields, _): &&(f64, usize, Csv), (other, other_fields, _): &&(f64, usize, Csv)| {
        (*one_fields > 1, one, one_fields).partial_cmp(&(*other_fields > 1, other, other_fields)).expect("no NaN")
    };
    let Some((share, fields, csv)) = candidates.iter().max_by(better) else { return Csv::plain() };
    if *fields == 1 {
        unsure.push("no delimiter was found: each line is one column".into());
        return Csv::plain();
    }
    let rivals = candidates.iter().filter(|(other, others, rival)| *others > 1 && other >= share && rival != csv);
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
