//! A file that nobody has described -> a contract and an entry of a pipeline, as a proposal: read whole, with the same
//! readers that land it, and with what it is unsure of marked.

mod dialect;
mod facts;
mod guess;
mod numbers;
mod propose;

use std::path::Path;

use arrow::array::AsArray;
use arrow::datatypes::DataType;

use crate::contract::{Column, Contract, MaxQuarantined};
use crate::extract::{self, Found, ReadError, ReadOptions, SourceFile, Stop};
use crate::fault::Fault;
use crate::infer::facts::Facts;
use crate::pipeline::{Compression, DeliveryTerms, Extract, Format, KnownAt, LANDED_COLUMNS, LoadMode, Reader, Source};

/// How much text a thread takes at a time.
const CHUNK_BYTES: usize = 4 << 20;

/// What is proposed for a file.
#[derive(Debug)]
pub struct Proposal {
    /// The extract's name.
    pub name: String,
    /// The contract, as a file of the Open Data Contract Standard.
    pub contract: String,
    /// The entry under `extracts` of a pipeline, indented as it stands there.
    pub entry: String,
    /// What a person should look at.
    pub unsure: Vec<String>,
    pub rows: u64,
    pub columns: usize,
}

/// Reads a file whole and proposes how to land it.
///
/// # Errors
/// When the file cannot be read, or is of a format whose columns it does not tell.
pub fn infer(path: &Path, name: Option<&str>, threads: usize) -> Result<Proposal, ReadError> {
    let shown = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let compression = Compression::of_name(&shown);
    if compression == Compression::Zip {
        let fault = Fault::of_file(path.display().to_string(), "found a zip archive, expected one file");
        return Err(fault.with_help("unpack one of its members, and name the archive in the pipeline").into());
    }
    let file = extract::source_file(path, compression)?;
    let name = name.map_or_else(|| name_of(&shown), str::to_string);
    let sniffed = dialect::sniff(&file)?;
    let mut columns = match &sniffed.header {
        Some(names) => names.iter().map(|name| Found { path: vec![name.clone()], data_type: None }).collect(),
        None => extract::columns_in(&file, &sniffed.reader.format, sniffed.reader.encoding)?,
    };
    // Lists have no type in a contract, and no path leads to a member with a dot in its name: both are left out.
    let known = |found: &Found| {
        let is_reached = found.path.len() == 1 || !found.path.iter().any(|name| name.contains('.'));
        is_reached && found.data_type.as_ref().is_none_or(|data_type| guess::of_arrow(data_type).is_some())
    };
    let left_out: Vec<Found> = columns.iter().filter(|found| !known(found)).cloned().collect();
    columns.retain(known);
    named_once(&file, &columns)?;
    let (facts, quarantined, rows) = read_whole(&file, &name, &sniffed.reader, &columns, threads)?;
    Ok(propose::propose(&propose::Read { file: shown, name, sniffed, columns, left_out, facts, quarantined, rows }))
}

/// `Orders 2026-03.csv.gz` -> `orders`.
fn name_of(file: &str) -> String {
    let stem = file.split('.').next().unwrap_or_default().to_lowercase();
    let stem = stem.replace('ä', "ae").replace('ö', "oe").replace('ü', "ue").replace('ß', "ss");
    let name: String = stem.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect();
    let name = name.trim_matches(|letter: char| letter == '_' || letter.is_ascii_digit()).to_string();
    if name.starts_with(|letter: char| letter.is_ascii_lowercase()) { name } else { "extract".to_string() }
}

/// The name of a column, which a nested one has of all names on its way.
fn column_name(found: &Found) -> String {
    found.path.join("_")
}

fn named_once(file: &SourceFile, columns: &[Found]) -> Result<(), Fault> {
    let names: Vec<String> = columns.iter().map(column_name).collect();
    for (number, name) in names.iter().enumerate() {
        let why = if name.is_empty() {
            format!("column {} has no name", number + 1)
        } else if names[..number].contains(name) {
            format!("column `{name}` is there twice")
        } else if LANDED_COLUMNS.contains(&name.as_str()) {
            format!("column `{name}` has a name that every landed table uses for its own")
        } else {
            continue;
        };
        let help = "have the columns named, each once; or land it by position, with `header: false`";
        return Err(Fault::of_file(&file.name, why).with_help(help));
    }
    if names.is_empty() {
        Err(Fault::of_file(&file.name, "found no columns, expected at least one record of one value"))
    } else {
        Ok(())
    }
}

/// What the columns hold, over all rows; how many records could not be read so, and how many there are.
fn read_whole(
    file: &SourceFile,
    name: &str,
    reader: &Reader,
    columns: &[Found],
    threads: usize,
) -> Result<(Vec<Facts>, u64, u64), ReadError> {
    let typed = |found: &Found| found.data_type.as_ref().and_then(guess::of_arrow).unwrap_or(DataType::Utf8);
    let described = columns.iter().map(|found| Column::plain(&column_name(found), typed(found))).collect();
    let contract = Contract {
        max_quarantined: MaxQuarantined::Rows(u64::MAX),
        drift: crate::contract::Drift::IgnoreExtra,
        ..Contract::plain(name, described)
    };
    let mut reader = reader.clone();
    propose::add_paths(&mut reader, columns);
    let extract = Extract {
        name: name.to_string(),
        source: Source::Folder(file.path.parent().unwrap_or(Path::new("")).to_path_buf()),
        files: file.name.clone(),
        load: LoadMode::Replace,
        known_at: KnownAt::Now,
        reader,
        delivery: DeliveryTerms::default(),
        contract,
    };
    let stop = Stop::default();
    let sha256 = extract::sha256_of(file, &stop)?;
    let options =
        ReadOptions { threads, chunk_bytes: CHUNK_BYTES, also_required: Vec::new(), conditions: Vec::new(), stop };
    let mut facts: Vec<Facts> = columns.iter().map(|_| Facts::of_one_of(columns.len())).collect();
    let (mut quarantined, mut rows) = (0, 0);
    extract::read(file, &sha256, &extract, &options, Ok, |read| {
        rows += read.rows_read;
        quarantined += read.quarantined.len() as u64;
        for (facts, values) in facts.iter_mut().zip(read.batch.columns()) {
            match values.as_string_opt::<i32>() {
                Some(texts) => facts.add_texts(texts),
                None => facts.add_typed(values),
            }
        }
        Ok(())
    })?;
    Ok((facts, quarantined, rows))
}

/// Whether a file's records are text.
fn is_text(format: &Format) -> bool {
    matches!(format, Format::Csv(_) | Format::FixedWidth(_) | Format::Json(_) | Format::Excel(_))
}
