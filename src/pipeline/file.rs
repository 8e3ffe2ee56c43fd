//! `pipeline.yaml` as typed, and what its words mean.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::{Location, Spanned};

use crate::contract::Contract;
use crate::fault::{Fault, nearest, yaml_place};
use crate::model::condition_columns;
use crate::pipeline::delivery::DeliveryFile;
use crate::pipeline::reader::{ColumnFile, CsvFile, ExcelFile, FixedWidthFile, JsonFile, ReaderFile, ValuesFile};
use crate::pipeline::targets::TargetsFile;
use crate::pipeline::{DATE_PATTERN_HELP, DateFrom, Extract, KnownAt, LoadMode, Source, date_pattern};

/// What landing adds to the columns of a contract.
pub const LANDED_COLUMNS: [&str; 4] = ["_source_row", "_known_at", "_source_file", "_batch_id"];

/// The file, field by field.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PipelineFile {
    pub name: Spanned<String>,
    /// For its readers alone.
    #[serde(rename = "description")]
    pub _description: Option<String>,
    pub time_zone: Option<Spanned<String>>,
    pub source: Option<Spanned<String>>,
    #[serde(default)]
    pub settings: BTreeMap<String, Spanned<Value>>,
    #[serde(default)]
    pub extracts: BTreeMap<String, Spanned<ExtractFile>>,
    #[serde(default)]
    pub entities: BTreeMap<String, Spanned<Vec<Spanned<String>>>>,
    pub marts: Option<Spanned<Vec<Spanned<String>>>>,
    pub targets: Option<TargetsFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExtractFile {
    pub source: Option<Spanned<String>>,
    pub files: Spanned<String>,
    pub load: Option<Spanned<String>>,
    same_path: Option<Spanned<String>>,
    snapshot_date: Option<Spanned<Value>>,
    delete_when: Option<Spanned<String>>,
    known_at: Option<Spanned<Value>>,
    format: Option<Spanned<String>>,
    compression: Option<Spanned<String>>,
    member: Option<Spanned<String>>,
    encoding: Option<Spanned<String>>,
    delivery: Option<DeliveryFile>,
    csv: Option<Spanned<CsvFile>>,
    fixed_width: Option<Spanned<FixedWidthFile>>,
    json: Option<Spanned<JsonFile>>,
    excel: Option<Spanned<ExcelFile>>,
    values: Option<ValuesFile>,
    #[serde(default)]
    columns: BTreeMap<String, Spanned<ColumnFile>>,
}

impl ExtractFile {
    fn reader(&self) -> ReaderFile<'_> {
        ReaderFile {
            files: &self.files,
            format: self.format.as_ref(),
            compression: self.compression.as_ref(),
            member: self.member.as_ref(),
            encoding: self.encoding.as_ref(),
            csv: self.csv.as_ref(),
            fixed_width: self.fixed_width.as_ref(),
            json: self.json.as_ref(),
            excel: self.excel.as_ref(),
            values: self.values.as_ref(),
            columns: &self.columns,
        }
    }
}

/// The text of a pipeline file, and what was found wrong with it so far.
pub(super) struct Reading<'file> {
    pub file: &'file str,
    pub text: &'file str,
    pub faults: Vec<Fault>,
}

impl Reading<'_> {
    pub fn fault(&mut self, at: &Location, message: impl Into<String>) {
        self.faults.push(Fault::at(self.file, yaml_place(self.text, at), message));
    }

    /// The extract that an entry of `extracts` asks for; None with a fault where it asks for nothing sensible.
    pub fn extract(&mut self, name: &str, typed: &ExtractFile, source: &Source, contract: Contract) -> Option<Extract> {
        let reader = self.reader(&typed.reader(), &contract)?;
        if let Err(error) = glob::Pattern::new(&typed.files.value) {
            self.fault(&typed.files.referenced, format!("`files` is no glob: {}", error.msg));
        }
        for column in contract.columns.iter().filter(|column| LANDED_COLUMNS.contains(&column.name.as_str())) {
            let message = format!("column `{}` has a name that every landed table uses for its own", column.name);
            self.faults.push(Fault::of_file(&contract.file, message).with_help("give it another name"));
        }
        let delivery = self.delivery_terms(typed.delivery.as_ref(), &contract)?;
        for sum in delivery.control_totals.iter().flat_map(|totals| &totals.sums) {
            if reader.folder_of(sum).is_some() {
                let message = format!("control totals of `{sum}`, which folders tell and no record holds");
                self.fault(&typed.files.referenced, message);
            }
        }
        Some(Extract {
            name: name.to_string(),
            source: source.clone(),
            files: typed.files.value.clone(),
            load: self.load_mode(typed, &contract)?,
            known_at: self.known_at(typed, &contract)?,
            reader,
            delivery,
            contract,
        })
    }

    fn load_mode(&mut self, typed: &ExtractFile, contract: &Contract) -> Option<LoadMode> {
        let named = typed.load.as_ref().map_or("replace", |load| load.value.as_str());
        let at = typed.load.as_ref().map_or(typed.files.referenced, |load| load.referenced);
        let mode = match named {
            "replace" => LoadMode::Replace,
            "append" => LoadMode::Append { same_path_adds: self.same_path_adds(typed)? },
            "upsert" => {
                if contract.key().is_empty() {
                    self.fault(&at, format!("`load: upsert` needs a primary key, and {} names none", contract.file));
                }
                if let Some(condition) = &typed.delete_when {
                    self.delete_when(condition, contract);
                }
                LoadMode::Upsert { delete_when: typed.delete_when.as_ref().map(|condition| condition.value.clone()) }
            }
            "snapshot" => {
                let Some(date) = &typed.snapshot_date else {
                    self.fault(&at, "`load: snapshot` needs `snapshot_date: {column: NAME}` or `snapshot_date: {file_name: '%Y-%m-%d'}`");
                    return None;
                };
                LoadMode::Snapshot { date: self.date_from("snapshot_date", date, contract)? }
            }
            other => {
                self.fault(&at, format!("`load` is `{other}`, expected replace, append, snapshot or upsert"));
                return None;
            }
        };
        let idle = [
            (named != "append", "same_path", "append", typed.same_path.as_ref().map(|idle| idle.referenced)),
            (
                named != "snapshot",
                "snapshot_date",
                "snapshot",
                typed.snapshot_date.as_ref().map(|idle| idle.referenced),
            ),
            (named != "upsert", "delete_when", "upsert", typed.delete_when.as_ref().map(|idle| idle.referenced)),
        ];
        for (is_idle, field, mode, at) in idle {
            if let Some(at) = at.filter(|_| is_idle) {
                self.fault(&at, format!("`{field}` does nothing with `load: {named}`, only with `load: {mode}`"));
            }
        }
        Some(mode)
    }

    /// One condition over the contract's columns, and nothing behind it.
    fn delete_when(&mut self, typed: &Spanned<String>, contract: &Contract) {
        let at = &typed.referenced;
        match condition_columns(&typed.value) {
            Err(why) => self.fault(at, format!("`delete_when` is no condition: {why}")),
            Ok(columns) => {
                let names: Vec<&str> = contract.columns.iter().map(|column| column.name.as_str()).collect();
                for column in columns.iter().filter(|column| !names.contains(&column.as_str())) {
                    let meant = nearest(column, names.iter().copied());
                    let meant = meant.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                    self.fault(at, format!("`delete_when`: {} has no column `{column}`{meant}", contract.file));
                }
            }
        }
    }

    fn same_path_adds(&mut self, typed: &ExtractFile) -> Option<bool> {
        match typed.same_path.as_ref().map(|same_path| (same_path.value.as_str(), same_path.referenced)) {
            None | Some(("correct", _)) => Some(false),
            Some(("add", _)) => Some(true),
            Some((other, at)) => {
                self.fault(&at, format!("`same_path` is `{other}`, expected `correct` or `add`"));
                None
            }
        }
    }

    fn known_at(&mut self, typed: &ExtractFile, contract: &Contract) -> Option<KnownAt> {
        let Some(known_at) = &typed.known_at else { return Some(KnownAt::FileTime) };
        match known_at.value.as_str() {
            Some("now") => Some(KnownAt::Now),
            Some("file_time") => Some(KnownAt::FileTime),
            Some(other) => {
                let expected = "now, file_time, {file_name: '%Y-%m-%d'} or {column: NAME}";
                self.fault(&known_at.referenced, format!("`known_at` is `{other}`, expected {expected}"));
                None
            }
            None => Some(match self.date_from("known_at", known_at, contract)? {
                DateFrom::Column(column) => KnownAt::Column(column),
                DateFrom::FileName(pattern) => KnownAt::FileName(pattern),
            }),
        }
    }

    fn date_from(&mut self, field: &str, typed: &Spanned<Value>, contract: &Contract) -> Option<DateFrom> {
        let one_entry = typed.value.as_object().filter(|map| map.len() == 1).and_then(|map| map.iter().next());
        match one_entry.and_then(|(key, value)| Some((key.as_str(), value.as_str()?))) {
            Some(("column", column)) => {
                let is_date = contract.column(column).map(|column| column.data_type.is_temporal());
                match is_date {
                    Some(true) => Some(DateFrom::Column(column.to_string())),
                    Some(false) => {
                        self.fault(
                            &typed.referenced,
                            format!("`{field}`: column `{column}` is neither a date nor a timestamp"),
                        );
                        None
                    }
                    None => {
                        self.fault(&typed.referenced, format!("`{field}`: {} has no column `{column}`", contract.file));
                        None
                    }
                }
            }
            Some(("file_name", pattern)) if date_pattern(pattern).is_some() => {
                Some(DateFrom::FileName(pattern.to_string()))
            }
            Some(("file_name", pattern)) => {
                let place = yaml_place(self.text, &typed.referenced);
                let fault = Fault::at(self.file, place, format!("`{field}`: `{pattern}` is no date pattern"));
                self.faults.push(fault.with_help(DATE_PATTERN_HELP));
                None
            }
            _ => {
                self.fault(
                    &typed.referenced,
                    format!("`{field}` is not understood, expected {{column: NAME}} or {{file_name: '%Y-%m-%d'}}"),
                );
                None
            }
        }
    }

    /// Puts `${env:NAME}` in; a variable that is not set is a fault that the caller may decide to live with.
    pub fn with_environment(&mut self, typed: &Spanned<String>) -> Result<String, Fault> {
        let mut text = String::new();
        let mut rest = typed.value.as_str();
        while let Some((before, after)) = rest.split_once("${env:") {
            let Some((name, behind)) = after.split_once('}') else {
                break;
            };
            text.push_str(before);
            let value = std::env::var(name).map_err(|_| {
                let place = yaml_place(self.text, &typed.referenced);
                Fault::at(self.file, place, format!("the environment variable {name} is not set"))
                    .with_help(format!("set {name}, for instance: {name}=/path/to/data sopmart run"))
            })?;
            text.push_str(&value);
            rest = behind;
        }
        text.push_str(rest);
        Ok(text)
    }
}

/// A path of the file, from the folder that the file is in; without `..` and links where it exists, so that the names
/// of files below it are the same from wherever sopmart is called.
pub(super) fn from_folder_of(file: &Path, path: &str) -> PathBuf {
    let path = file.parent().unwrap_or(Path::new(".")).join(path);
    path.canonicalize().unwrap_or(path)
}
