//! How the files of an extract are read: format, compression, encoding, and how values are written in them.

mod file;
mod formats_file;
mod notation;
mod values_file;

use std::collections::BTreeMap;

use chrono_tz::Tz;

pub(super) use file::{ColumnFile, ReaderFile};
pub(super) use formats_file::{CsvFile, ExcelFile, FixedWidthFile, JsonFile};
pub use notation::{Negative, Notation, TimePart, TimePattern};
pub(super) use values_file::ValuesFile;

/// How the files of an extract are read, valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    pub format: Format,
    /// None where the end of each file's name tells.
    pub compression: Option<Compression>,
    /// Which members of a zip archive are meant; a glob.
    pub member: Option<String>,
    /// Of text; a byte order mark has the last word.
    pub encoding: Encoding,
    /// Of all columns that have no notation of their own.
    pub notation: Notation,
    /// The columns that have something of their own.
    pub columns: BTreeMap<String, ColumnReader>,
}

/// What is particular to one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnReader {
    pub notation: Notation,
    /// Where the value stands in a nested record, from the outside in; None: under the column's name.
    pub path: Option<Vec<String>>,
    /// The folder `<name>=<value>` on a file's path that tells the value of all of its rows.
    pub folder: Option<String>,
}

/// The format of a file, with what there is to say about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    Csv(Csv),
    FixedWidth(FixedWidth),
    Json(Json),
    Parquet,
    /// Arrow IPC, as a file or as a stream.
    Arrow,
    Avro,
    Excel(Excel),
}

/// How text is cut into records and fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Csv {
    pub has_header: bool,
    /// One or several bytes.
    pub delimiter: String,
    /// None where no character quotes.
    pub quote: Option<u8>,
    /// A character that takes the meaning from the next one; in quotes, a doubled quote is one quote all the same.
    pub escape: Option<u8>,
    pub row_end: RowEnd,
    /// Lines that start so are no records.
    pub comments: Vec<String>,
    /// Lines before the header, or before the first record.
    pub skip_lines: u64,
    /// Lines behind the last record.
    pub footer_lines: u64,
    pub ragged: Ragged,
}

/// What ends a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowEnd {
    /// LF and CRLF alike, or CR where the first line ends in one.
    Line,
    /// This text, and a line end behind it where there is one.
    Text(String),
}

/// What becomes of records with too few or too many fields, and of lines that are too short or too long for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ragged {
    /// They go to quarantine.
    Quarantine,
    /// Missing fields are empty, and empty ones beyond the last are left out.
    Pad,
    /// As `Pad`, and what stands beyond the last field is left out.
    Cut,
}

/// Fields at fixed places of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixedWidth {
    /// For each column of the contract its first and its last character, from 1; the last column may be open.
    pub places: Vec<(usize, Option<usize>)>,
    pub comments: Vec<String>,
    pub skip_lines: u64,
    pub footer_lines: u64,
    pub ragged: Ragged,
}

/// Records as JSON objects.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Json {
    /// Where the array of records stands, from the outside in. Empty: the file is the array, or one record a line.
    pub rows: Vec<String>,
}

/// A sheet of a workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excel {
    /// None: the first.
    pub sheet: Option<String>,
    /// The cells that count, first and last row and column from 0; without an end down to the last row that is used.
    pub range: CellRange,
    pub has_header: bool,
    pub footer_lines: u64,
}

/// A rectangle of cells; rows and columns count from 0, and both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CellRange {
    pub first_row: u32,
    pub first_column: u32,
    pub last_row: Option<u32>,
    pub last_column: Option<u32>,
}

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    None,
    Gzip,
    Zstd,
    Bzip2,
    Xz,
    /// An archive, whose members are files of their own.
    Zip,
}

impl Compression {
    /// What the end of a file's name tells.
    pub fn of_name(name: &str) -> Compression {
        match name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).as_deref() {
            Some("gz" | "gzip") => Compression::Gzip,
            Some("zst" | "zstd") => Compression::Zstd,
            Some("bz2") => Compression::Bzip2,
            Some("xz") => Compression::Xz,
            Some("zip") => Compression::Zip,
            _ => Compression::None,
        }
    }
}

/// How characters are written as bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    /// ISO 8859-1 as it is defined, not as web pages mean it.
    Latin1,
    /// One that `encoding_rs` knows.
    Other(&'static encoding_rs::Encoding),
}

impl Encoding {
    pub fn named(name: &str) -> Option<Encoding> {
        match name.to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" | "ascii" | "us-ascii" => Some(Encoding::Utf8),
            "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" => Some(Encoding::Latin1),
            "utf-16" => Some(Encoding::Other(encoding_rs::UTF_16LE)),
            other => match encoding_rs::Encoding::for_label_no_replacement(other.as_bytes()) {
                Some(known) if known == encoding_rs::UTF_8 => Some(Encoding::Utf8),
                known => known.map(Encoding::Other),
            },
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "UTF-8",
            Encoding::Latin1 => "ISO-8859-1",
            Encoding::Other(encoding) => encoding.name(),
        }
    }
}

impl Csv {
    /// Comma, double quote, header: what a file that says nothing else is.
    pub fn plain() -> Csv {
        Csv {
            has_header: true,
            delimiter: ",".into(),
            quote: Some(b'"'),
            escape: None,
            row_end: RowEnd::Line,
            comments: Vec::new(),
            skip_lines: 0,
            footer_lines: 0,
            ragged: Ragged::Quarantine,
        }
    }
}

impl FixedWidth {
    /// Columns at these places, and nothing else in the file.
    pub fn of(places: Vec<(usize, Option<usize>)>) -> FixedWidth {
        FixedWidth { places, comments: Vec::new(), skip_lines: 0, footer_lines: 0, ragged: Ragged::Quarantine }
    }
}

impl Reader {
    /// How a file is read that says nothing of itself: every column in the notation of ISO, under its own name.
    pub fn plain(format: Format) -> Reader {
        Reader {
            format,
            compression: None,
            member: None,
            encoding: Encoding::Utf8,
            notation: Notation::iso(Tz::UTC),
            columns: BTreeMap::new(),
        }
    }

    pub fn notation_of(&self, column: &str) -> &Notation {
        self.columns.get(column).map_or(&self.notation, |column| &column.notation)
    }

    /// Where a column's value stands in a nested record, from the outside in.
    pub fn path_of(&self, column: &str) -> Vec<String> {
        let own = self.columns.get(column).and_then(|column| column.path.clone());
        own.unwrap_or_else(|| vec![column.to_string()])
    }

    /// The folder that tells a column's value, where one does.
    pub fn folder_of(&self, column: &str) -> Option<&str> {
        self.columns.get(column)?.folder.as_deref()
    }

    pub fn compression_of(&self, name: &str) -> Compression {
        self.compression.unwrap_or_else(|| Compression::of_name(name))
    }
}

impl Format {
    pub fn is_text(&self) -> bool {
        matches!(self, Format::Csv(_) | Format::FixedWidth(_) | Format::Json(_))
    }

    /// Whether a record may hold records.
    pub fn is_nested(&self) -> bool {
        matches!(self, Format::Json(_) | Format::Parquet | Format::Arrow | Format::Avro)
    }
}

impl CellRange {
    /// `B4:H200`, `B4:H` (down to the last row) or `B4` (from there on).
    pub fn parse(text: &str) -> Option<CellRange> {
        let (first, last) = match text.split_once(':') {
            Some((first, last)) => (first, Some(last)),
            None => (text, None),
        };
        let (first_column, first_row) = cell(first.trim())?;
        let mut range = CellRange { first_row: first_row?, first_column, last_row: None, last_column: None };
        if let Some(last) = last {
            let (last_column, last_row) = cell(last.trim())?;
            let is_in_order =
                last_column >= range.first_column && last_row.is_none_or(|last_row| last_row >= range.first_row);
            if !is_in_order {
                return None;
            }
            (range.last_row, range.last_column) = (last_row, Some(last_column));
        }
        Some(range)
    }
}

/// Column and row of a cell's name, from 0.
fn cell(name: &str) -> Option<(u32, Option<u32>)> {
    let name = name.replace('$', "");
    let letters = name.chars().take_while(char::is_ascii_alphabetic).count();
    let (letters, digits) = name.split_at(letters);
    if letters.is_empty() || letters.len() > 3 {
        return None;
    }
    let column =
        letters.bytes().fold(0, |column, letter| column * 26 + u32::from(letter.to_ascii_uppercase() - b'A') + 1);
    let row = match digits {
        "" => None,
        digits => Some(digits.parse::<u32>().ok().filter(|row| *row > 0)? - 1),
    };
    Some((column - 1, row))
}
