//! The part of an extract's entry that says how its files are read, as typed, and what its words mean.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use serde::Deserialize;
use serde_saphyr::{Location, Spanned};

use crate::contract::Contract;
use crate::fault::nearest;
use crate::pipeline::file::Reading;
use crate::pipeline::reader::formats_file::{CsvFile, ExcelFile, FixedWidthFile, JsonFile};
use crate::pipeline::reader::values_file::ValuesFile;
use crate::pipeline::reader::{ColumnReader, Compression, Encoding, Format, Notation, Reader};

/// What is particular to one column: its path in a nested record, the folder that tells it, and all that `values` may
/// say.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pipeline) struct ColumnFile {
    path: Option<Spanned<String>>,
    folder: Option<Spanned<String>>,
    values: Option<ValuesFile>,
}

/// How an extract's files are read, as typed.
#[derive(Debug)]
pub(in crate::pipeline) struct ReaderFile<'a> {
    pub files: &'a Spanned<String>,
    pub format: Option<&'a Spanned<String>>,
    pub compression: Option<&'a Spanned<String>>,
    pub member: Option<&'a Spanned<String>>,
    pub encoding: Option<&'a Spanned<String>>,
    pub csv: Option<&'a Spanned<CsvFile>>,
    pub fixed_width: Option<&'a Spanned<FixedWidthFile>>,
    pub json: Option<&'a Spanned<JsonFile>>,
    pub excel: Option<&'a Spanned<ExcelFile>>,
    pub values: Option<&'a ValuesFile>,
    pub columns: &'a BTreeMap<String, Spanned<ColumnFile>>,
}

const FORMATS: &str = "csv, fixed_width, json, parquet, arrow, avro or excel";

impl Reading<'_> {
    /// The reader that an extract's entry asks for; None with a fault where it asks for nothing sensible.
    pub(in crate::pipeline) fn reader(&mut self, typed: &ReaderFile<'_>, contract: &Contract) -> Option<Reader> {
        let compression = match typed.compression {
            None => None,
            Some(named) => Some(self.compression(named)?),
        };
        let of_names = compression.unwrap_or_else(|| Compression::of_name(&typed.files.value));
        if let Some(member) = typed.member {
            if of_names != Compression::Zip {
                self.fault(&member.referenced, "`member` does nothing but with zip archives");
            }
            if let Err(error) = glob::Pattern::new(&member.value) {
                self.fault(&member.referenced, format!("`member` is no glob: {}", error.msg));
            }
        }
        let encoding = match typed.encoding {
            None => Encoding::Utf8,
            Some(named) => {
                let encoding = Encoding::named(&named.value);
                if encoding.is_none() {
                    let expected = "utf-8, utf-16le, utf-16be, windows-1252, latin-1 or another name of the WHATWG";
                    self.fault(&named.referenced, format!("`encoding` is `{}`, expected {expected}", named.value));
                }
                encoding?
            }
        };
        // What folders tell, no file holds.
        let mut inside = contract.clone();
        inside
            .columns
            .retain(|column| typed.columns.get(&column.name).is_none_or(|entry| entry.value.folder.is_none()));
        let format = self.format(typed, &inside)?;
        if let Some(encoding) = typed.encoding.filter(|_| !format.is_text()) {
            self.fault(&encoding.referenced, "`encoding` does nothing with a format that is not text");
        }
        let notation = match typed.values {
            None => Notation::iso(Tz::UTC),
            Some(values) => self.notation(values, Notation::iso(Tz::UTC))?,
        };
        let columns = self.column_readers(typed, contract, &format, &notation)?;
        let member = typed.member.map(|member| member.value.clone());
        Some(Reader { format, compression, member, encoding, notation, columns })
    }

    fn compression(&mut self, named: &Spanned<String>) -> Option<Compression> {
        Some(match named.value.as_str() {
            "none" => Compression::None,
            "gzip" => Compression::Gzip,
            "zstd" => Compression::Zstd,
            "bz2" => Compression::Bzip2,
            "xz" => Compression::Xz,
            "zip" => Compression::Zip,
            other => {
                let message = format!("`compression` is `{other}`, expected none, gzip, zstd, bz2, xz or zip");
                self.fault(&named.referenced, message);
                return None;
            }
        })
    }

    fn format(&mut self, typed: &ReaderFile<'_>, contract: &Contract) -> Option<Format> {
        let blocks = [
            ("csv", typed.csv.map(|block| block.referenced)),
            ("fixed_width", typed.fixed_width.map(|block| block.referenced)),
            ("json", typed.json.map(|block| block.referenced)),
            ("excel", typed.excel.map(|block| block.referenced)),
        ];
        let named = match typed.format {
            Some(named) => named.value.as_str(),
            None => blocks
                .iter()
                .find(|(_, at)| at.is_some())
                .map_or_else(|| format_of_name(&typed.files.value, typed.member), |(name, _)| *name),
        };
        for (block, at) in blocks {
            if let Some(at) = at.filter(|_| block != named) {
                self.fault(&at, format!("`{block}` does nothing with files of format {named}"));
            }
        }
        match named {
            "csv" => self.csv(typed.csv.map(|csv| &csv.value), default_delimiter(&typed.files.value)).map(Format::Csv),
            "fixed_width" => match typed.fixed_width {
                Some(block) => self.fixed_width(block, contract).map(Format::FixedWidth),
                None => {
                    let at = typed.format.map_or(typed.files.referenced, |format| format.referenced);
                    self.fault(&at, "format fixed_width needs `fixed_width: {columns: {NAME: 1-10, …}}`");
                    None
                }
            },
            "json" => Some(Format::Json(typed.json.map(|json| json.value.meant()).unwrap_or_default())),
            "parquet" => Some(Format::Parquet),
            "arrow" => Some(Format::Arrow),
            "avro" => Some(Format::Avro),
            "excel" => self.excel(typed.excel.map(|excel| &excel.value)).map(Format::Excel),
            other => {
                let at = typed.format.map_or(typed.files.referenced, |format| format.referenced);
                self.fault(&at, format!("`format` is `{other}`, expected {FORMATS}"));
                None
            }
        }
    }

    fn column_readers(
        &mut self,
        typed: &ReaderFile<'_>,
        contract: &Contract,
        format: &Format,
        everywhere: &Notation,
    ) -> Option<BTreeMap<String, ColumnReader>> {
        let mut readers = BTreeMap::new();
        for (name, entry) in typed.columns {
            self.known_column(name, &entry.referenced, contract);
            let notation = match &entry.value.values {
                None => everywhere.clone(),
                Some(values) => self.notation(values, everywhere.clone())?,
            };
            if let Some(path) = entry.value.path.as_ref().filter(|_| !format.is_nested()) {
                self.fault(&path.referenced, "`path` does nothing with a format that is not nested");
            }
            let path = entry.value.path.as_ref().map(|path| path.value.split('.').map(str::to_string).collect());
            let folder = entry.value.folder.as_ref().map(|folder| folder.value.clone());
            if let (Some(at), true) = (&entry.value.folder, path.is_some()) {
                self.fault(&at.referenced, "a column has a `path` in the records or a `folder`, not both");
            }
            readers.insert(name.clone(), ColumnReader { notation, path, folder });
        }
        Some(readers)
    }

    pub(super) fn known_column(&mut self, name: &str, at: &Location, contract: &Contract) {
        if contract.column(name).is_none() {
            let near = nearest(name, contract.columns.iter().map(|column| column.name.as_str()));
            let meant = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            self.fault(at, format!("{} has no column `{name}`{meant}", contract.file));
        }
    }
}

/// What the end of a file's name tells, behind that of its compression.
fn format_of_name(files: &str, member: Option<&Spanned<String>>) -> &'static str {
    let name = match Compression::of_name(files) {
        Compression::None => files,
        Compression::Zip => member.map_or("", |member| member.value.as_str()),
        _ => files.rsplit_once('.').map_or(files, |(before, _)| before),
    };
    match name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).as_deref() {
        Some("json" | "ndjson" | "jsonl") => "json",
        Some("parquet" | "pq") => "parquet",
        Some("arrow" | "arrows" | "ipc" | "feather") => "arrow",
        Some("avro") => "avro",
        Some("xlsx" | "xlsm" | "xlsb" | "xls" | "ods") => "excel",
        _ => "csv",
    }
}

fn default_delimiter(files: &str) -> &'static str {
    let name = files.to_ascii_lowercase();
    if name.split('.').skip(1).any(|end| end == "tsv" || end == "tab") { "\t" } else { "," }
}
