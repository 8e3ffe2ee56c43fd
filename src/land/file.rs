//! One file -> one batch: hashed first, since its bytes decide the batch's name, then read, held against its contract
//! and written. A file or a batch that is known already is not read or written again.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use anyhow::anyhow;
use tokio::sync::OnceCell;

use crate::contract::type_name;
use crate::engine::{self, Condition};
use crate::extract::{self, Fetch, ReadOptions, Rows, SourceFile, Sum, landed_schema};
use crate::fault::Fault;
use crate::land::date_columns::DateColumns;
use crate::land::tally::{Encoded, Tally, span_of};
use crate::land::{Foreseen, LandError, LandOptions, Progress, quarantine};
use crate::pipeline::{Compression, DeliveryTerms, Extract};
use crate::warehouse::parquet::{self, Purpose};
use crate::warehouse::{
    Batch, BatchFile, LandedFile, Load, Warehouse, batch_id, landed_path, quarantine_path, read_as,
};

/// How much text one thread takes at a time, and with it the size of a row group: large enough to compress well,
/// small enough that a few of them are a few hundred MB.
const CHUNK_BYTES: usize = 12 << 20;

/// A file of this delivery, with its content in the warehouse.
#[derive(Debug, Clone)]
pub(super) struct Delivered {
    pub source: SourceFile,
    pub landed: LandedFile,
    /// Whether its bytes were looked at; they are not where path, size and modification time are known.
    pub was_hashed: bool,
    /// How many of its records were in quarantine when it came before, under the same path.
    pub quarantined_before: Option<u64>,
    /// The first records that went to quarantine, where the file was read now.
    pub offenders: Vec<Fault>,
}

/// What earlier loads brought, to be found by path and by content.
pub(super) struct KnownFiles<'a> {
    newest_by_path: HashMap<&'a str, &'a LandedFile>,
    batches: HashMap<&'a str, &'a Batch>,
}

impl<'a> KnownFiles<'a> {
    /// Of loads in their order.
    pub(super) fn of(loads: &'a [Load]) -> KnownFiles<'a> {
        let files = || loads.iter().flat_map(|load| &load.files);
        KnownFiles {
            newest_by_path: files().map(|file| (file.path.as_str(), file)).collect(),
            batches: files().map(|file| (file.batch.batch_id.as_str(), &file.batch)).collect(),
        }
    }

    fn newest_under(&self, path: &str) -> Option<&'a LandedFile> {
        self.newest_by_path.get(path).copied()
    }

    fn batch(&self, batch_id: &str) -> Option<&'a Batch> {
        self.batches.get(batch_id).copied()
    }
}

/// An extract whose files land: what is the same for all of them.
pub(super) struct Landing<'a> {
    warehouse: &'a Warehouse,
    extract: &'a Arc<Extract>,
    options: &'a LandOptions,
    dates: DateColumns,
    /// The contract's conditions, planned for the first file that is read.
    conditions: OnceCell<Vec<Condition>>,
}

impl<'a> Landing<'a> {
    pub(super) fn of(warehouse: &'a Warehouse, extract: &'a Arc<Extract>, options: &'a LandOptions) -> Landing<'a> {
        Landing { warehouse, extract, options, dates: DateColumns::of(extract), conditions: OnceCell::new() }
    }

    /// The file as it is in the warehouse afterwards; what is new there is not durable yet.
    pub(super) async fn deliver(
        &self,
        source: SourceFile,
        known: &KnownFiles<'_>,
        fetch: &mut Fetch,
    ) -> Result<Delivered, LandError> {
        let Landing { warehouse, extract, options, dates, .. } = self;
        let read_as = read_as_of(extract, &source, dates);
        let same = known.newest_under(&source.name).filter(|landed| is_same(landed, &source, &read_as));
        if let Some(landed) = same
            && !options.full_refresh
            && is_whole(warehouse, &landed.batch).await?
        {
            self.report_end(&source, &landed.batch, true);
            return Ok(Delivered {
                source,
                landed: landed.clone(),
                was_hashed: false,
                quarantined_before: None,
                offenders: Vec::new(),
            });
        }
        let stop = options.stop.clone();
        let local = fetch.local(&source, &stop).await?;
        let hashed = local.clone();
        let sha256 = blocking(move || extract::sha256_of(&hashed, &stop)).await??;
        let batch_id = batch_id(&extract.name, &sha256, &read_as);
        let (batch, offenders) = match known.batch(&batch_id) {
            Some(batch) if is_whole(warehouse, batch).await? => (batch.clone(), Vec::new()),
            _ => self.write_batch(&local, &sha256, batch_id).await?,
        };
        self.report_end(&source, &batch, false);
        let landed = LandedFile {
            path: source.name.clone(),
            bytes: source.bytes,
            modified: source.modified,
            e_tag: source.e_tag().map(str::to_string),
            folders: extract::folder_values(&source, extract),
            sha256,
            read_as,
            batch,
        };
        let quarantined_before = known.newest_under(&source.name).map(|before| before.batch.rows_quarantined);
        Ok(Delivered { source, landed, was_hashed: true, quarantined_before, offenders })
    }

    fn report_end(&self, source: &SourceFile, batch: &Batch, is_known: bool) {
        let (file, rows, bytes) = (source.name.as_str(), batch.rows_read, source.bytes);
        self.options.report(&Progress { extract: &self.extract.name, file, rows, bytes, is_known });
    }

    /// Reads a file and writes its batch: landed rows and quarantine.
    async fn write_batch(
        &self,
        source: &SourceFile,
        sha256: &str,
        batch_id: String,
    ) -> Result<(Batch, Vec<Fault>), LandError> {
        let Landing { warehouse, extract, options, dates, conditions } = self;
        let (encoder, groups, landed_blocks) = parquet::file(&landed_schema(&extract.contract), Purpose::Landed)?;
        let (quarantine_encoder, quarantine_groups, quarantine_blocks) =
            parquet::file(&quarantine::schema(), Purpose::Landed)?;
        let planned = conditions.get_or_try_init(async || engine::conditions(&extract.inside_files().contract).await);
        let writing = Writing {
            conditions: planned.await?.clone(),
            extract: Arc::clone(extract),
            source: source.clone(),
            sha256: sha256.to_string(),
            dates: dates.clone(),
            options: (*options).clone(),
            landed: (encoder, groups),
            quarantine: (quarantine_encoder, quarantine_groups),
        };
        let (landed_path, quarantine_path) =
            (landed_path(&extract.name, &batch_id), quarantine_path(&extract.name, &batch_id));
        let (read, landed, quarantined) = tokio::join!(
            blocking(move || writing.read_to_end()),
            parquet::store(warehouse, &landed_path, landed_blocks),
            parquet::store(warehouse, &quarantine_path, quarantine_blocks),
        );
        // A store that fails also makes the reader fail; its own words are the ones that help.
        let (mut landed, mut quarantined) = match (landed, quarantined) {
            (Ok(landed), Ok(quarantined)) => (landed, quarantined),
            (Err(error), Ok(mut other)) | (Ok(mut other), Err(error)) => {
                other.abandon().await;
                return Err(LandError::Warehouse(error));
            }
            (Err(error), Err(_)) => return Err(LandError::Warehouse(error)),
        };
        let tally = match read.and_then(|read| read) {
            Ok(tally) => tally,
            Err(error) => {
                landed.abandon().await;
                quarantined.abandon().await;
                return Err(error);
            }
        };
        let quarantined_bytes = quarantined.complete().await?;
        let landed_bytes = landed.complete().await?;
        let quarantine = BatchFile { path: quarantine_path, rows: tally.rows_quarantined, bytes: quarantined_bytes };
        let contract_columns = extract.contract.columns.iter();
        let batch = Batch {
            batch_id,
            columns: contract_columns.map(|column| (column.name.clone(), type_name(&column.data_type))).collect(),
            rules: extract.contract.row_rules(),
            rows_read: tally.rows_read,
            rows_landed: tally.rows_landed,
            rows_quarantined: tally.rows_quarantined,
            quarantined_by_rule: tally.by_rule,
            left_out: tally.left_out,
            sums: sums_by_name(&extract.delivery, tally.sums.as_deref()),
            files: vec![BatchFile { path: landed_path, rows: tally.rows_landed, bytes: landed_bytes }],
            quarantine: if tally.rows_quarantined > 0 { vec![quarantine] } else { Vec::new() },
            known: tally.known.times(),
            covered: tally.covered.times(),
            snapshot_dates: tally.snapshot.times().map(|(first, last)| (first.date_naive(), last.date_naive())),
        };
        Ok((batch, tally.offenders))
    }
}

fn read_as_of(extract: &Extract, source: &SourceFile, dates: &DateColumns) -> String {
    let (reader, compression) = (&extract.reader, source.compression);
    let sums = extract.delivery.control_totals.as_ref().map(|totals| &totals.sums);
    let (folders, contract) = (extract::folder_values(source, extract), extract.contract.landing_digest());
    read_as(&format!("{reader:?} {compression:?} {folders:?}\n{dates:?} {sums:?}\n{contract}"))
}

/// Whether a run would read the file, as far as its name, size and time can tell.
pub(super) fn foresee(extract: &Extract, source: &SourceFile, known: &KnownFiles<'_>) -> Foreseen {
    match known.newest_under(&source.name) {
        None => Foreseen::New,
        Some(landed) if is_same(landed, source, &read_as_of(extract, source, &DateColumns::of(extract))) => {
            Foreseen::Unchanged
        }
        Some(_) => Foreseen::Changed,
    }
}

fn is_same(landed: &LandedFile, source: &SourceFile, read_as: &str) -> bool {
    let is_untouched = match (landed.e_tag.as_deref(), source.e_tag()) {
        (Some(landed), Some(now)) => landed == now,
        _ => landed.modified == source.modified,
    };
    is_untouched && landed.bytes == source.bytes && landed.read_as == read_as
}

/// Whether the files of a batch are in the warehouse as they were written.
async fn is_whole(warehouse: &Warehouse, batch: &Batch) -> Result<bool, LandError> {
    for file in batch.files.iter().chain(&batch.quarantine) {
        if warehouse.bytes(&file.path).await? != Some(file.bytes) {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn blocking<Value: Send + 'static>(work: impl FnOnce() -> Value + Send + 'static) -> Result<Value, LandError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| LandError::Warehouse(anyhow!(error).context("reading in the background")))
}

/// Sums of no records are 0.
fn sums_by_name(terms: &DeliveryTerms, sums: Option<&[Sum]>) -> BTreeMap<String, String> {
    let names = terms.control_totals.iter().flat_map(|totals| &totals.sums);
    let sum = |number: usize| sums.map_or(Some(0), |sums| sums[number]);
    names.enumerate().filter_map(|(number, name)| Some((name.clone(), sum(number)?.to_string()))).collect()
}

/// The blocking side of `write_batch`.
struct Writing {
    conditions: Vec<Condition>,
    extract: Arc<Extract>,
    source: SourceFile,
    sha256: String,
    dates: DateColumns,
    options: LandOptions,
    landed: (parquet::Encoder, parquet::RowGroups),
    quarantine: (parquet::Encoder, parquet::RowGroups),
}

impl Writing {
    fn read_to_end(self) -> Result<Tally, LandError> {
        let Writing {
            conditions,
            extract,
            source,
            sha256,
            dates,
            options,
            landed: (encoder, mut groups),
            quarantine: (bad_encoder, mut bad_groups),
        } = self;
        // What one takes up at once is not handed out; of a packed file nobody knows how much comes out.
        let is_packed = source.compression != Compression::None;
        let is_small = !is_packed && source.bytes < CHUNK_BYTES as u64;
        let reading = ReadOptions {
            threads: if is_small { 1 } else { options.threads },
            chunk_bytes: CHUNK_BYTES,
            also_required: dates.required(),
            conditions,
            stop: options.stop.clone(),
        };
        let mut tally = Tally::default();
        let encode = |rows: Rows| {
            let known = span_of(&rows.batch, dates.known_at.as_deref());
            let snapshot = span_of(&rows.batch, dates.snapshot.as_deref());
            let covered = span_of(&rows.batch, dates.covered.as_deref());
            let rows_landed = rows.batch.num_rows() as u64;
            let group = encoder.encode(&rows.batch)?;
            Ok(Encoded {
                group,
                rows_landed,
                rows_read: rows.rows_read,
                bytes: rows.bytes,
                quarantined: rows.quarantined,
                left_out: rows.left_out,
                sums: rows.sums,
                known,
                snapshot,
                covered,
            })
        };
        extract::read(&source, &sha256, &extract, &reading, encode, |encoded| {
            if !encoded.quarantined.is_empty() {
                bad_groups.write(bad_encoder.encode(&quarantine::rows(&source.name, &encoded.quarantined)?)?)?;
            }
            tally.add(&source, &encoded);
            groups.write(encoded.group)?;
            let (extract, file, rows) = (extract.name.as_str(), source.name.as_str(), tally.rows_read);
            let bytes = if is_packed { 0 } else { tally.bytes.min(source.bytes) };
            options.report(&Progress { extract, file, rows, bytes, is_known: false });
            Ok(())
        })?;
        let written = groups.finish()?;
        if written != tally.rows_landed || tally.rows_read != tally.rows_landed + tally.rows_quarantined {
            let (read, kept, bad) = (tally.rows_read, tally.rows_landed, tally.rows_quarantined);
            return Err(LandError::Warehouse(anyhow!(
                "{}: {read} rows read, but {kept} landed, {written} written and {bad} quarantined",
                source.name
            )));
        }
        if tally.rows_quarantined > 0 {
            bad_groups.finish()?;
        }
        Ok(tally)
    }
}
