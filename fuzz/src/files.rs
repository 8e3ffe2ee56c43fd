//! A file that is read in several ways, each of which must come to the same.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use arrow::compute::concat_batches;
use arrow::record_batch::RecordBatch;
use chrono::DateTime;
use sopmart::contract::{Column, Contract, Drift, Rule, parse_type};
use sopmart::extract::{LeftOut, Quarantined, ReadError, ReadOptions, Rows, SourceFile, Stop, Sum};
use sopmart::extract::{landed_schema, read, sha256_of};
use sopmart::fault::Fault;
use sopmart::pipeline::{
    Compression, ControlTotals, DeliveryTerms, Encoding, Extract, Format, KnownAt, LoadMode, Reader, Source,
};

use crate::choices::Choices;

/// A folder of this process, in memory where the system has that.
pub fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let memory = Path::new("/dev/shm");
        let above = if memory.is_dir() { memory.to_path_buf() } else { std::env::temp_dir() };
        let folder = above.join(format!("sopmart-fuzz-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a temporary folder can be made");
        folder
    })
}

/// How a file is read beside its format: three choices and, for the encoding, one.
pub struct Ways {
    pub extract: Extract,
    pub chunk_bytes: usize,
    pub threads: usize,
}

/// Seven choices: the number of columns, their types, what the contract asks, the encoding, the size of a chunk, the
/// threads; the last is for the eye.
pub fn ways(choices: &mut Choices<'_>) -> Ways {
    let count = [2, 1, 3][choices.below(3)];
    let types: [&str; 3] = choices.one_of(&[
        ["text", "text", "text"],
        ["integer", "text", "decimal(6,2)"],
        ["date", "boolean", "text"],
        ["timestamp", "double", "bigint"],
    ]);
    let mut columns: Vec<Column> =
        ["a", "b", "c"].iter().zip(types).take(count).map(|(name, kind)| column(name, kind)).collect();
    let asked = choices.number();
    columns[0].is_personal = asked & 1 != 0;
    columns[count - 1].required = asked & 2 != 0;
    if asked & 4 != 0 && types[count - 1] == "text" {
        columns[count - 1].rules.push(Rule::MaxLength(3));
    }
    let mut contract = Contract::plain("lines", columns);
    contract.drift = if asked & 8 != 0 { Drift::Stop } else { Drift::IgnoreExtra };
    let encoding = choices.one_of(&[
        "utf-8",
        "latin-1",
        "windows-1252",
        "utf-16le",
        "utf-16be",
        "shift_jis",
        "gb18030",
        "iso-2022-jp",
        "big5",
    ]);
    let chunk_bytes = choices.number() + 1;
    let threads = choices.below(2) + 1;
    choices.number();
    let mut delivery = DeliveryTerms::default();
    if types[0] == "integer" {
        delivery.control_totals = Some(ControlTotals { file: "totals.csv".into(), sums: vec!["a".into()] });
    }
    let reader = Reader {
        encoding: Encoding::named(encoding).expect("all of them are known"),
        ..Reader::plain(Format::Parquet)
    };
    let extract = Extract {
        name: "lines".into(),
        source: Source::Folder(folder().to_path_buf()),
        files: "lines".into(),
        load: LoadMode::Replace,
        known_at: KnownAt::Now,
        reader,
        delivery,
        contract,
    };
    Ways { extract, chunk_bytes, threads }
}

fn column(name: &str, kind: &str) -> Column {
    Column::plain(name, parse_type(kind).expect("a type of ours"))
}

/// The bytes as a file that an extract brings, and the hash of it.
pub fn delivered(bytes: &[u8]) -> (SourceFile, String) {
    let path = folder().join("lines");
    std::fs::write(&path, bytes).expect("a temporary file can be written");
    let file = SourceFile {
        path,
        member: None,
        compression: Compression::None,
        name: "lines".into(),
        bytes: bytes.len() as u64,
        modified: DateTime::UNIX_EPOCH,
        stored: None,
    };
    let sha256 = sha256_of(&file, &Stop::default()).expect("the file is there");
    (file, sha256)
}

/// All that was read of a file, up to its end or to its first fault.
#[derive(Debug)]
pub struct Outcome {
    pub landed: RecordBatch,
    pub quarantined: Vec<Quarantined>,
    pub rows_read: u64,
    pub left_out: LeftOut,
    pub sums: Vec<Sum>,
    pub faults: Option<Vec<Fault>>,
}

pub fn outcome(file: &SourceFile, sha256: &str, extract: &Extract, chunk_bytes: usize, threads: usize) -> Outcome {
    let options =
        ReadOptions { threads, chunk_bytes, also_required: Vec::new(), conditions: Vec::new(), stop: Stop::default() };
    let mut batches = Vec::new();
    let (mut quarantined, mut rows_read, mut left_out) = (Vec::new(), 0, LeftOut::new());
    let mut sums: Vec<Sum> = Vec::new();
    let end = read(file, sha256, extract, &options, Ok, |rows: Rows| {
        rows_read += rows.rows_read;
        let of_chunk = rows.batch.num_rows() as u64 + rows.quarantined.len() as u64;
        assert_eq!(rows.rows_read, of_chunk, "a record is landed or in quarantine");
        quarantined.extend(rows.quarantined);
        for (what, lines) in rows.left_out {
            *left_out.entry(what).or_insert(0) += lines;
        }
        sums.resize(rows.sums.len(), Some(0));
        for (sum, of_chunk) in sums.iter_mut().zip(&rows.sums) {
            *sum = sum.zip(*of_chunk).and_then(|(sum, more)| sum.checked_add(more));
        }
        batches.push(rows.batch);
        Ok(())
    });
    let faults = match end {
        Ok(()) => None,
        Err(ReadError::Source(faults)) => Some(faults.0),
        Err(other) => panic!("{other}"),
    };
    let landed = concat_batches(&landed_schema(&extract.contract), &batches).expect("all have the contract's columns");
    Outcome { landed, quarantined, rows_read, left_out, sums, faults }
}

/// What is read is the same whatever the size of a chunk; where a file is refused, it is refused each time.
pub fn same(one: &Outcome, other: &Outcome) {
    assert_eq!(one.faults.is_some(), other.faults.is_some(), "{:?} and {:?}", one.faults, other.faults);
    if one.faults.is_some() {
        return;
    }
    assert_eq!(one.landed, other.landed, "the same rows land");
    assert_eq!(one.quarantined, other.quarantined, "the same records go to quarantine");
    assert_eq!(one.rows_read, other.rows_read, "as many records are read");
    assert_eq!(one.left_out, other.left_out, "the same lines are left out");
    assert_eq!(one.sums, other.sums, "the sums are the same");
}

/// What has to be true of an outcome by itself, for a file with this text.
pub fn sensible(outcome: &Outcome, text: &str) {
    if let Some(faults) = &outcome.faults {
        let lines = text.matches('\n').count().max(text.matches('\r').count()) + 1;
        assert!(!faults.is_empty(), "what is refused says why");
        for fault in faults {
            fault.render(&annotate_snippets::Renderer::plain());
            let Some(place) = &fault.place else { continue };
            assert!((1..=lines).contains(&place.line) && place.column >= 1, "{fault:?} is not in the file");
        }
    }
    let lines: Vec<&str> = text.split('\n').collect();
    for record in &outcome.quarantined {
        // Of a long record only the start is kept.
        if text.len() > 64 << 10 {
            continue;
        }
        assert!(text.contains(&record.raw_text), "{record:?} is not in the file");
        // With CR alone, lines are others.
        if text.contains('\r') {
            continue;
        }
        let line = lines.get(usize::try_from(record.line).expect("few lines") - 1);
        let first = record.raw_text.split('\n').next().unwrap_or_default();
        assert!(line.is_some_and(|line| line.contains(first)), "{record:?} is not in its line");
        let line = lines.get(usize::try_from(record.field_at.0).expect("few lines") - 1);
        let columns = line.map_or(0, |line| line.chars().count() as u64 + 1);
        assert!((1..=columns).contains(&record.field_at.1), "{record:?} is not in its column");
    }
}

/// The text of a file, decoded by `encoding_rs` alone; what is no character is `�`. None for UTF-32.
pub fn text_of(bytes: &[u8], encoding: Encoding) -> Option<String> {
    let (encoding, bytes) = match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => (Encoding::Utf8, rest),
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] => return None,
        [0xFF, 0xFE, rest @ ..] => (Encoding::Other(encoding_rs::UTF_16LE), rest),
        [0xFE, 0xFF, rest @ ..] => (Encoding::Other(encoding_rs::UTF_16BE), rest),
        _ => (encoding, bytes),
    };
    Some(match encoding {
        Encoding::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
        Encoding::Latin1 => bytes.iter().copied().map(char::from).collect(),
        Encoding::Other(encoding) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
    })
}

/// The bytes as they are, where they are read as UTF-8; without a byte order mark.
pub fn utf8_of(bytes: &[u8], encoding: Encoding) -> Option<&[u8]> {
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => Some(rest),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [0, 0, 0xFE, 0xFF, ..] => None,
        _ => (encoding == Encoding::Utf8).then_some(bytes),
    }
}
