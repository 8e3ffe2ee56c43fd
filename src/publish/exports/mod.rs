//! Plain files of the published set: all of entry n below `<n>/`, and then `current`, one line with the n whose files are
//! whole. A reader that reads `current` first sees one set; `<n>/set.json` says which run made it, and from what.

mod csv;
mod excel;

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::prelude::SessionContext;
use futures::TryStreamExt;
use object_store::ObjectStoreExt;
use object_store::path::Path;
use serde_json::json;
use tokio::io::AsyncWriteExt;

use crate::contract::parse_type;
use crate::engine::{self, Engine};
use crate::pipeline::{ChosenMarts, ExportsTarget};
use crate::publish::Followed;
use crate::warehouse::Warehouse;
use crate::warehouse::parquet::{self, Purpose};
use crate::warehouse::publish_log::{Entry, PublishedColumn, PublishedMart};

/// Raised when files are made in another way than before, so that the set is made anew.
const LAYOUT: u32 = 1;

/// Where a set goes, file by file.
struct Place {
    warehouse: Warehouse,
    /// Before every path in it.
    prefix: String,
}

/// Brings the files to the entry.
pub async fn follow(
    warehouse: &Warehouse,
    engine: &Engine,
    entry: &Entry,
    pipeline: &str,
    target: &ExportsTarget,
) -> Result<Followed> {
    follow_place(warehouse, engine, entry, pipeline, target).await.with_context(|| {
        format!(
            "bringing the exports to {} to entry {} of the publish log; `current` is as it was, and the next run tries again",
            target.place(),
            entry.n
        )
    })
}

async fn follow_place(
    warehouse: &Warehouse,
    engine: &Engine,
    entry: &Entry,
    pipeline: &str,
    target: &ExportsTarget,
) -> Result<Followed> {
    let place = match &target.to {
        Some(to) => Place { warehouse: Warehouse::at(to)?, prefix: String::new() },
        None => Place { warehouse: warehouse.clone(), prefix: "exports/".to_string() },
    };
    let set = set(entry, pipeline, target)?;
    let current = place.current().await?;
    match current {
        Some(shown) if shown > entry.n => bail!(
            "{}current says {shown}, and the publish log ends at {}: its end is lost; bring published/ back, or remove {0}current, and the next run writes all files anew",
            place.prefix,
            entry.n
        ),
        Some(shown) if shown == entry.n && place.read(&format!("{shown}/set.json")).await?.as_deref() == Some(&set) => {
            return Ok(Followed::AlreadyThere);
        }
        _ => {}
    }
    let mut written = Vec::new();
    for (name, mart) in chosen(target.parquet.as_ref(), entry) {
        written.extend(place.parquet(warehouse, entry.n, name, mart).await?);
    }
    let session = engine.session(&engine::published_tables(entry)?)?;
    for (name, mart) in chosen(target.csv.as_ref(), entry) {
        let path = format!("{}{}/{name}.csv", place.prefix, entry.n);
        let rows = rows_in_order(&session, name, mart).await?;
        csv::write(&place.warehouse, &path, rows).await.with_context(|| format!("writing marts.{name} to {path}"))?;
        written.push(path);
    }
    if target.excel.is_some() {
        let marts = chosen(target.excel.as_ref(), entry);
        let workbook = excel::workbook(&session, entry, pipeline, &marts).await?;
        let path = format!("{}{}/{pipeline}.xlsx", place.prefix, entry.n);
        place.warehouse.jot(&path, workbook).await?;
        written.push(path);
    }
    let path = format!("{}{}/set.json", place.prefix, entry.n);
    place.warehouse.jot(&path, set).await?;
    written.push(path);
    place.warehouse.sync(&written).await?;
    // From here on it is the set that readers see.
    place.warehouse.put(&format!("{}current", place.prefix), format!("{}\n", entry.n)).await?;
    place.remove_old(entry.n, target.keep).await?;
    Ok(Followed::Delivered { marts: all_chosen(target, entry).len() })
}

/// Those of the marts that the entry publishes.
fn chosen<'a>(marts: Option<&'a ChosenMarts>, entry: &'a Entry) -> Vec<(&'a str, &'a PublishedMart)> {
    match marts {
        None => Vec::new(),
        Some(ChosenMarts::All) => entry.marts.iter().map(|(name, mart)| (name.as_str(), mart)).collect(),
        Some(ChosenMarts::These(names)) => {
            names.iter().filter_map(|name| Some((name.as_str(), entry.marts.get(name)?))).collect()
        }
    }
}

fn all_chosen<'a>(target: &'a ExportsTarget, entry: &'a Entry) -> BTreeMap<&'a str, &'a PublishedMart> {
    let formats = [&target.parquet, &target.csv, &target.excel];
    formats.into_iter().flat_map(|format| chosen(format.as_ref(), entry)).collect()
}

/// What a set is: which entry it shows, in which files. Equal for a set that need not be made anew.
fn set(entry: &Entry, pipeline: &str, target: &ExportsTarget) -> Result<Vec<u8>> {
    let names = |marts| chosen(marts, entry).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    let rows: BTreeMap<&str, u64> = all_chosen(target, entry).iter().map(|(name, mart)| (*name, mart.rows())).collect();
    let set = json!({
        "layout": LAYOUT,
        "pipeline": pipeline,
        "entry": entry.n,
        "entry_sha256": entry.sha256,
        "run_id": entry.run_id,
        "as_of": entry.as_of,
        "published_at": entry.published_at,
        "sopmart_version": entry.sopmart_version,
        "parquet": names(target.parquet.as_ref()),
        "csv": names(target.csv.as_ref()),
        "excel": names(target.excel.as_ref()),
        "rows": rows,
    });
    let mut text = serde_json::to_vec_pretty(&set).context("texts and numbers are JSON")?;
    text.push(b'\n');
    Ok(text)
}

/// A mart's rows in the order of its key.
async fn rows_in_order(
    session: &SessionContext,
    name: &str,
    mart: &PublishedMart,
) -> Result<SendableRecordBatchStream> {
    let table = session.table(format!("marts.\"{name}\"")).await?;
    let by_key = mart.key.iter().map(|column| datafusion::prelude::ident(column).sort(true, true)).collect();
    Ok(table.sort(by_key)?.execute_stream().await?)
}

impl Place {
    async fn read(&self, path: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.warehouse.read(&format!("{}{path}", self.prefix)).await?.map(|bytes| bytes.to_vec()))
    }

    async fn current(&self) -> Result<Option<u64>> {
        let Some(line) = self.read("current").await? else { return Ok(None) };
        let line = String::from_utf8_lossy(&line);
        let n = line.trim().parse().with_context(|| {
            format!("{}current holds `{}`, expected the number of an entry: remove it", self.prefix, line.trim())
        })?;
        Ok(Some(n))
    }

    /// The mart's files as they are, below a folder of its name; one without rows for a mart that has none.
    async fn parquet(&self, warehouse: &Warehouse, n: u64, name: &str, mart: &PublishedMart) -> Result<Vec<String>> {
        let folder = format!("{}{n}/{name}", self.prefix);
        if mart.files.is_empty() {
            let path = format!("{folder}/0.parquet");
            let (_, groups, blocks) = parquet::file(&schema(mart)?, Purpose::Mart)?;
            let (rows, stored) = tokio::join!(
                tokio::task::spawn_blocking(|| groups.finish()),
                parquet::store(&self.warehouse, &path, blocks)
            );
            rows.context("a thread that ends a file without rows")??;
            stored?.complete().await?;
            return Ok(vec![path]);
        }
        let mut written = Vec::new();
        for (position, file) in mart.files.iter().enumerate() {
            let path = format!("{folder}/{position}.parquet");
            let found = warehouse.store().get(&Path::from(file.path.as_str())).await;
            let mut bytes = found.with_context(|| format!("reading {}", file.path))?.into_stream();
            let mut writer = self.warehouse.writer(&path);
            while let Some(part) = bytes.try_next().await.with_context(|| format!("reading {}", file.path))? {
                writer.put(part).await.with_context(|| format!("writing {path}"))?;
            }
            writer.shutdown().await.with_context(|| format!("writing {path}"))?;
            written.push(path);
        }
        Ok(written)
    }

    /// Removes sets before the current one, but for the newest of them, and what a killed run left of others.
    async fn remove_old(&self, n: u64, keep: usize) -> Result<()> {
        let mut sets: BTreeMap<u64, Vec<String>> = BTreeMap::new();
        let root = self.prefix.trim_end_matches('/');
        for object in self.warehouse.list(root).await? {
            let path = object.location.to_string();
            let below = path.strip_prefix(&self.prefix).and_then(|below| below.split_once('/'));
            // Whatever else lies there is none of ours.
            let is_ours = |file: &str| {
                file == "set.json" || [".parquet", ".csv", ".xlsx"].iter().any(|ending| file.ends_with(ending))
            };
            let number = below.filter(|(_, file)| is_ours(file)).and_then(|(folder, _)| folder.parse().ok());
            if let Some(number) = number.filter(|number| *number < n) {
                sets.entry(number).or_default().push(path);
            }
        }
        for (_, paths) in sets.iter().rev().skip(keep - 1) {
            for path in paths {
                self.warehouse.remove(path).await?;
            }
        }
        Ok(())
    }
}

fn schema(mart: &PublishedMart) -> Result<SchemaRef> {
    let field = |column: &PublishedColumn| {
        let data_type = parse_type(&column.type_name);
        let data_type = data_type.with_context(|| format!("{} is no type of a mart", column.type_name))?;
        Ok(Field::new(&column.name, data_type, true))
    };
    Ok(Arc::new(Schema::new(mart.schema.iter().map(field).collect::<Result<Vec<_>>>()?)))
}
