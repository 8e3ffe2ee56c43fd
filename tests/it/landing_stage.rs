//! The landing stage for tests: files in, rows out. One folder of deliveries, one warehouse, one extract.

use std::path::PathBuf;

use arrow::util::display::{ArrayFormatter, FormatOptions};
use chrono::{DateTime, Utc};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use sopmart::contract::{Column, Contract, MaxQuarantined, Rule, parse_type};
use sopmart::extract::{SourceFile, Stop, find};
use sopmart::land::{LandError, LandOptions, Landed, QuarantinedRow, WhatBecame, land, quarantined_rows};
use sopmart::pipeline::{Csv, DeliveryTerms, Extract, Format, KnownAt, LoadMode, Reader, Source};
use sopmart::warehouse::{Batch, Warehouse, read_loads, shown};

pub struct Stage {
    folder: tempfile::TempDir,
    runtime: tokio::runtime::Runtime,
    pub warehouse: Warehouse,
    pub extract: Extract,
    pub options: LandOptions,
}

/// A time as tests write it: a date, at midnight UTC.
pub fn at(date: &str) -> DateTime<Utc> {
    format!("{date}T00:00:00Z").parse().unwrap()
}

impl Stage {
    /// An append extract over `*.csv` with header and these columns (name, type).
    pub fn new(columns: &[(&str, &str)]) -> Stage {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("in");
        std::fs::create_dir(&source).unwrap();
        let warehouse = Warehouse::in_folder(&folder.path().join("warehouse")).unwrap();
        let extract = Extract {
            name: "lines".into(),
            source: Source::Folder(source),
            files: "*.csv".into(),
            load: LoadMode::Append { same_path_adds: false },
            known_at: KnownAt::Now,
            reader: Reader::plain(Format::Csv(Csv::plain())),
            delivery: DeliveryTerms::default(),
            contract: contract(columns),
        };
        let options = LandOptions {
            now: at("2024-06-01"),
            known_at: None,
            full_refresh: false,
            accept_shrunk: false,
            threads: 2,
            stop: Stop::default(),
            progress: None,
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        Stage { folder, runtime, warehouse, extract, options }
    }

    /// How its CSV is written.
    pub fn csv(&mut self) -> &mut Csv {
        match &mut self.extract.reader.format {
            Format::Csv(csv) => csv,
            other => panic!("the extract is {other:?}"),
        }
    }

    pub fn column(&mut self, name: &str) -> &mut Column {
        self.extract.contract.columns.iter_mut().find(|column| column.name == name).unwrap()
    }

    pub fn rule(&mut self, column: &str, rule: Rule) {
        self.column(column).rules.push(rule);
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("in").join(name)
    }

    /// The files that the extract names.
    pub fn found(&self) -> Vec<SourceFile> {
        self.wait_for(find(&self.extract)).unwrap()
    }

    pub fn wait_for<Value>(&self, future: impl Future<Output = Value>) -> Value {
        self.runtime.block_on(future)
    }

    pub fn warehouse_folder(&self) -> PathBuf {
        self.folder.path().join("warehouse")
    }

    /// Delivers a file; its modification time is that of the disk's clock.
    pub fn deliver(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// Delivers a file with a modification time.
    pub fn deliver_at(&self, name: &str, date: &str, content: impl AsRef<[u8]>) {
        self.deliver(name, content);
        let file = std::fs::File::options().write(true).open(self.path(name)).unwrap();
        file.set_modified(at(date).into()).unwrap();
    }

    pub fn remove(&self, name: &str) {
        std::fs::remove_file(self.path(name)).unwrap();
    }

    pub fn try_land(&self) -> Result<Landed, LandError> {
        self.try_land_in(&self.warehouse)
    }

    pub fn try_land_in(&self, warehouse: &Warehouse) -> Result<Landed, LandError> {
        self.runtime.block_on(land(warehouse, &self.extract, &self.options))
    }

    pub fn land(&self) -> Landed {
        self.try_land().unwrap_or_else(|error| panic!("{error}"))
    }

    /// Lands as of a wall-clock date.
    pub fn land_on(&mut self, date: &str) -> Landed {
        self.options.now = at(date);
        self.land()
    }

    /// Lands, expects an error and returns what it says; nothing may be shown that was not shown before.
    pub fn land_error(&self) -> String {
        let before = self.rows();
        let error = self.try_land().expect_err("landing should fail").to_string();
        assert_eq!(before, self.rows(), "a failed landing changes nothing that is shown");
        error
    }

    /// What `landing.lines` shows, a row as `a|b|c`, NULL as `∅`, without `_source_row`.
    pub fn rows(&self) -> Vec<String> {
        self.rows_known_at(None)
    }

    pub fn rows_known_at(&self, known_at: Option<DateTime<Utc>>) -> Vec<String> {
        self.shown_rows(known_at).into_iter().map(|row| row.rsplit_once('|').unwrap().0.to_string()).collect()
    }

    /// As `rows`, with `_source_row`.
    pub fn rows_with_lines(&self) -> Vec<String> {
        self.shown_rows(None)
    }

    fn shown_rows(&self, known_at: Option<DateTime<Utc>>) -> Vec<String> {
        let loads = self.runtime.block_on(read_loads(&self.warehouse, &self.extract.name)).unwrap();
        let shown = shown(&loads, &self.extract.load, known_at);
        let files = shown.batches.iter().flat_map(|batch| &batch.files);
        files.flat_map(|file| self.parquet_rows(&file.path)).collect()
    }

    fn parquet_rows(&self, path: &str) -> Vec<String> {
        let bytes = self.runtime.block_on(self.warehouse.read(path)).unwrap().unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap().build().unwrap();
        let options = FormatOptions::default().with_null("∅");
        let mut rows = Vec::new();
        for batch in reader {
            let batch = batch.unwrap();
            let columns: Vec<_> =
                batch.columns().iter().map(|array| ArrayFormatter::try_new(array, &options).unwrap()).collect();
            for row in 0..batch.num_rows() {
                rows.push(columns.iter().map(|column| column.value(row).to_string()).collect::<Vec<_>>().join("|"));
            }
        }
        rows
    }

    /// The quarantine of the only batch of all loads that has one.
    pub fn quarantine(&self) -> Vec<QuarantinedRow> {
        let loads = self.runtime.block_on(read_loads(&self.warehouse, &self.extract.name)).unwrap();
        let batches: Vec<Batch> = loads.into_iter().flat_map(|load| load.files).map(|file| file.batch).collect();
        let batch = batches.iter().find(|batch| batch.rows_quarantined > 0).expect("a batch with quarantine");
        self.runtime.block_on(quarantined_rows(&self.warehouse, &batch.quarantine, usize::MAX)).unwrap()
    }

    /// Lands one file and returns `line column rule: message` per quarantined record.
    pub fn complaints(&mut self, content: impl AsRef<[u8]>) -> Vec<String> {
        self.extract.contract.max_quarantined = MaxQuarantined::Rows(u64::MAX);
        self.deliver("a.csv", content);
        self.land();
        let told = |row: QuarantinedRow| {
            format!(
                "{} {} {}: {}",
                row.source_row,
                row.column_name.unwrap_or_else(|| "-".into()),
                row.rule,
                row.message
            )
        };
        self.quarantine().into_iter().map(told).collect()
    }
}

/// What became of each file, in the order of their names.
pub fn what_became(landed: &Landed) -> Vec<WhatBecame> {
    landed.files.iter().map(|file| file.what).collect()
}

/// A contract of these columns (name, type).
pub fn contract(columns: &[(&str, &str)]) -> Contract {
    let column = |(name, data_type): &(&str, &str)| Column::plain(name, parse_type(data_type).unwrap());
    Contract::plain("lines", columns.iter().map(column).collect())
}
