//! Files in object stores: found by their listing, and fetched to the local disk before they are read, since a file is
//! read once for its hash and once for its rows, and some formats from their end.

use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use bytes::Bytes;
use chrono::{DateTime, SubsecRound, Utc};
use futures::{StreamExt, TryStreamExt};
use glob::Pattern;
use object_store::path::Path;
use object_store::{Error, ObjectMeta, ObjectStore, ObjectStoreExt};
use tokio::runtime::Handle;

use crate::extract::files::{MATCHING, is_glob, members_of, some_of};
use crate::extract::{ReadError, SourceFile, Stop};
use crate::fault::{Fault, nearest};
use crate::pipeline::{Compression, Extract};
use crate::store::StoreUrl;
use crate::warehouse::spill::SpillFolder;

/// How much of an archive is fetched at a time while its table of contents is read, before and behind what is asked for.
const STRETCH_BEFORE: u64 = 64 << 10;
const STRETCH_BEHIND: u64 = 192 << 10;

/// Where a file is in an object store.
#[derive(Debug, Clone)]
pub struct Stored {
    store: Arc<dyn ObjectStore>,
    path: Path,
    /// What the store says of the content: where it is another, the content is.
    pub e_tag: Option<String>,
}

/// The files of an extract in an object store.
///
/// # Errors
/// As `find`.
pub(super) async fn find(extract: &Extract, url: &StoreUrl) -> Result<Vec<SourceFile>, Fault> {
    let store = opened(url)?;
    let shown = url.join(&extract.files).to_string();
    let failed = |error: Error| unreachable_file(&shown, &error);
    let found: Vec<ObjectMeta> = if is_glob(&extract.files) {
        let (below, pattern) = parts_of(&extract.files)?;
        let listed = store.list(Some(&below)).try_collect::<Vec<_>>().await.map_err(failed)?;
        listed.into_iter().filter(|meta| pattern.matches_with(meta.location.as_ref(), MATCHING)).collect()
    } else {
        match store.head(&Path::from(extract.files.as_str())).await {
            Ok(meta) => vec![meta],
            Err(Error::NotFound { .. }) => Vec::new(),
            Err(error) => return Err(failed(error)),
        }
    };
    if found.is_empty() {
        return Err(missing(extract, store.as_ref(), &shown).await);
    }
    let mut files = Vec::new();
    for meta in found {
        let file = described(extract, &store, meta);
        if file.compression == Compression::Zip {
            files.extend(members(extract, file).await?);
        } else {
            files.push(file);
        }
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(files)
}

/// When a file beside the extract's was written, or None where there is none.
///
/// # Errors
/// When the store fails.
pub(super) async fn written(url: &StoreUrl, name: &str) -> Result<Option<DateTime<Utc>>, Fault> {
    match opened(url)?.head(&Path::from(name)).await {
        Ok(meta) => Ok(Some(meta.last_modified)),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(unreachable_file(&url.join(name).to_string(), &error)),
    }
}

/// The text of a small file beside the extract's.
///
/// # Errors
/// When it cannot be read.
pub(super) async fn bytes_of(url: &StoreUrl, name: &str) -> Result<Bytes, Fault> {
    let failed = |error: Error| unreachable_file(&url.join(name).to_string(), &error);
    opened(url)?.get(&Path::from(name)).await.map_err(failed)?.bytes().await.map_err(failed)
}

fn opened(url: &StoreUrl) -> Result<Arc<dyn ObjectStore>, Fault> {
    url.open().map_err(|error| Fault::of_file(url.to_string(), format!("{error:#}")))
}

fn unreachable_file(shown: &str, error: &Error) -> Fault {
    Fault::of_file(shown, format!("the object store cannot be read: {error}"))
}

/// The folder that all files of a glob lie in, and the glob.
fn parts_of(files: &str) -> Result<(Path, Pattern), Fault> {
    let files = files.trim_start_matches('/');
    let pattern = Pattern::new(files).map_err(|error| Fault::of_file(files, format!("this is no glob: {error}")))?;
    let folders = files.rsplit_once('/').map_or("", |(folders, _)| folders);
    let plain: Vec<&str> = folders.split('/').take_while(|part| !is_glob(part)).collect();
    Ok((Path::from(plain.join("/")), pattern))
}

fn described(extract: &Extract, store: &Arc<dyn ObjectStore>, meta: ObjectMeta) -> SourceFile {
    let name = meta.location.to_string();
    SourceFile {
        path: PathBuf::new(),
        member: None,
        compression: extract.reader.compression_of(&name),
        name,
        bytes: meta.size,
        // A listing tells milliseconds, what is asked of one file whole seconds.
        modified: meta.last_modified.trunc_subsecs(0),
        stored: Some(Stored { store: Arc::clone(store), path: meta.location, e_tag: meta.e_tag }),
    }
}

async fn missing(extract: &Extract, store: &dyn ObjectStore, shown: &str) -> Fault {
    let what = if is_glob(&extract.files) { "found no file for this glob" } else { "did not find this file" };
    let fault = Fault::of_file(shown, format!("extract `{}` {what}", extract.name));
    let folder = extract.files.rsplit_once('/').map_or("", |(folder, _)| folder);
    let below = if is_glob(folder) { Path::default() } else { Path::from(folder) };
    let names: Vec<String> = store
        .list(Some(&below))
        .take(1000)
        .filter_map(|meta| async { Some(meta.ok()?.location.to_string()) })
        .collect()
        .await;
    match nearest(extract.files.trim_start_matches('/'), names.iter().map(String::as_str)) {
        Some(name) => fault.with_help(format!("there is `{name}`")),
        None if names.is_empty() => fault.with_help("there is nothing below it in the store"),
        None => fault.with_help(format!("there are {}", some_of(&names))),
    }
}

async fn members(extract: &Extract, file: SourceFile) -> Result<Vec<SourceFile>, Fault> {
    let extract = extract.clone();
    let handle = Handle::current();
    let listing = tokio::task::spawn_blocking(move || {
        let stored = file.stored.clone().expect("the file was found in a store");
        let input = Seeking { stored, bytes: file.bytes, at: 0, stretch: (0, Bytes::new()), handle };
        members_of(&extract, &file, BufReader::new(input))
    });
    listing.await.map_err(|error| Fault::of_file("archive", error.to_string()))?
}

/// A stored file that can be read from any place.
struct Seeking {
    stored: Stored,
    bytes: u64,
    at: u64,
    /// What was fetched last, and where it begins.
    stretch: (u64, Bytes),
    handle: Handle,
}

impl Read for Seeking {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.bytes {
            return Ok(0);
        }
        let (start, stretch) = &self.stretch;
        if self.at < *start || self.at >= start + stretch.len() as u64 {
            let start = self.at.saturating_sub(STRETCH_BEFORE);
            let range = start..(self.at + STRETCH_BEHIND).min(self.bytes);
            let fetched = self.handle.block_on(self.stored.store.get_range(&self.stored.path, range));
            self.stretch = (start, fetched.map_err(io::Error::other)?);
        }
        let (start, stretch) = &self.stretch;
        let offset = usize::try_from(self.at - start).map_err(io::Error::other)?;
        let rest = stretch.get(offset..).unwrap_or_default();
        let length = rest.len().min(into.len());
        into[..length].copy_from_slice(&rest[..length]);
        self.at += length as u64;
        Ok(length)
    }
}

impl Seek for Seeking {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(offset) => self.bytes.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.at.checked_add_signed(offset),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

/// Whether two entity tags are of one content: some servers put marks around or behind them, by how they are asked.
fn is_same_content(one: &str, other: &str) -> bool {
    let bare = |e_tag: &str| e_tag.trim_start_matches("W/").trim_matches('"').to_string();
    let (one, other) = (bare(one), bare(other));
    one.starts_with(&other) || other.starts_with(&one)
}

/// Brings files to the local disk, one at a time: the last one goes when the next one comes.
#[derive(Debug, Default)]
pub struct Fetch {
    last: Option<(Path, Option<String>, PathBuf, SpillFolder)>,
}

impl Fetch {
    /// The file on the local disk: itself where it is there already, otherwise a copy that lasts until the next one.
    ///
    /// # Errors
    /// When the store fails or the disk does, or when asked to stop.
    pub async fn local(&mut self, file: &SourceFile, stop: &Stop) -> Result<SourceFile, ReadError> {
        let Some(stored) = &file.stored else { return Ok(file.clone()) };
        // All members of an archive come with it.
        if let Some((path, e_tag, copy, _)) = &self.last
            && *path == stored.path
            && e_tag.is_some()
            && *e_tag == stored.e_tag
        {
            return Ok(SourceFile { path: copy.clone(), ..file.clone() });
        }
        self.last = None;
        let folder = SpillFolder::below(&std::env::temp_dir())?;
        let (copy, mut out) = folder.file("fetched")?;
        let failed = |error: Error| unreachable_file(&file.name, &error);
        let found = stored.store.get(&stored.path).await.map_err(failed)?;
        if let (Some(now), Some(listed)) = (&found.meta.e_tag, &stored.e_tag)
            && !is_same_content(now, listed)
        {
            let message = "the file was written anew while the run looked at it";
            return Err(Fault::of_file(&file.name, message).with_help("run again once it is delivered").into());
        }
        let mut pieces = found.into_stream();
        while let Some(piece) = pieces.next().await {
            if stop.is_asked() {
                return Err(ReadError::Stopped);
            }
            out.write_all(&piece.map_err(failed)?).with_context(|| format!("writing {}", copy.display()))?;
        }
        drop(out);
        self.last = Some((stored.path.clone(), stored.e_tag.clone(), copy.clone(), folder));
        Ok(SourceFile { path: copy, ..file.clone() })
    }
}
