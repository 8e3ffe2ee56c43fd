//! Where things are: every path in the warehouse, and the one door for writes into it.
//!
//! Everything goes through `object_store`. On a local disk the warehouse also syncs files and their folders,
//! which `object_store` does not, so that what an entry of the publish log names is on disk before the entry is.

mod built;
mod disk;
mod fingerprint;
pub mod format;
mod growing_file;
mod landing;
pub mod lock;
mod mart_file;
mod objects;
pub mod parquet;
mod past;
mod project_file;
pub mod publish_log;
mod recorded;
mod shown;
pub mod spill;
mod whole_file;

use std::path::{Path as LocalPath, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::buffered::BufWriter;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};
use url::Url;

use crate::store::{StoreUrl, local_path};
use crate::warehouse::disk::Disk;

pub use built::*;
pub use fingerprint::*;
pub use growing_file::GrowingFile;
pub use landing::*;
pub use mart_file::*;
pub use objects::*;
pub use past::{EntryRow, Past, past};
pub use project_file::{new_file, new_file_to_fill};
pub use recorded::Recorded;
pub use shown::*;
pub use whole_file::whole_file;

/// A warehouse that is open for reading and, once its lock is held, for writing.
#[derive(Debug, Clone)]
pub struct Warehouse {
    /// All paths are relative to this store's root, which is the warehouse's folder or prefix.
    store: Arc<dyn ObjectStore>,
    /// Where the warehouse is a folder on a local disk.
    disk: Option<Disk>,
}

/// How many small objects are written side by side.
const WRITTEN_AT_ONCE: usize = 16;

/// What became of a create-only write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Created {
    /// The object is now ours.
    Ours,
    /// Somebody created it before.
    Taken,
}

impl Warehouse {
    /// The warehouse that a command line names: a folder, its `file://` URL, or the URL of a place in an object store.
    ///
    /// # Errors
    /// When the folder cannot be made, or the URL is of a kind that is not known.
    pub fn at(named: &str) -> Result<Warehouse> {
        match local_path(named) {
            Some(folder) => Warehouse::in_folder(LocalPath::new(folder)),
            None => Ok(Warehouse::over(StoreUrl::parse(named)?.open()?, None)),
        }
    }

    /// The warehouse that a command line names, for looking: where there is none yet, one without anything in it.
    ///
    /// # Errors
    /// As `at`.
    pub fn to_look_at(named: &str) -> Result<Warehouse> {
        match local_path(named) {
            Some(folder) if !LocalPath::new(folder).is_dir() => Ok(Warehouse::over(Arc::new(InMemory::new()), None)),
            _ => Warehouse::at(named),
        }
    }

    /// The warehouse in a local folder, which is created where it is missing.
    ///
    /// # Errors
    /// When the folder cannot be made or is none.
    pub fn in_folder(folder: &LocalPath) -> Result<Warehouse> {
        std::fs::create_dir_all(folder).with_context(|| format!("making the warehouse folder {}", folder.display()))?;
        let folder = folder.canonicalize().with_context(|| format!("opening the warehouse {}", folder.display()))?;
        let store = LocalFileSystem::new_with_prefix(&folder)
            .with_context(|| format!("opening the warehouse {}", folder.display()))?;
        Ok(Warehouse { store: Arc::new(store), disk: Some(Disk::at(folder)) })
    }

    /// The warehouse over any object store; `folder` where its files also are on a local disk.
    pub fn over(store: Arc<dyn ObjectStore>, folder: Option<PathBuf>) -> Warehouse {
        Warehouse { store, disk: folder.map(Disk::at) }
    }

    /// The store, whose root is the warehouse; for readers, and for Delta's log.
    pub fn store(&self) -> Arc<dyn ObjectStore> {
        Arc::clone(&self.store)
    }

    /// The warehouse's folder on a local disk.
    pub fn folder(&self) -> Option<&LocalPath> {
        self.disk.as_ref().map(|disk| disk.folder.as_path())
    }

    /// The URL under which query sessions know the warehouse; `path` is relative to it.
    pub fn query_url(path: &str) -> Url {
        Url::parse(&format!("warehouse://here/{path}")).expect("warehouse paths are made of URL-safe names")
    }

    /// The bytes of an object, or None where there is none.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn read(&self, path: &str) -> Result<Option<Bytes>> {
        match self.store.get(&Path::from(path)).await {
            Ok(found) => Ok(Some(found.bytes().await.with_context(|| format!("reading {path}"))?)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error).with_context(|| format!("reading {path}")),
        }
    }

    /// Whether there is such an object.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn exists(&self, path: &str) -> Result<bool> {
        Ok(self.bytes(path).await?.is_some())
    }

    /// How long an object is, or None where there is none.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn bytes(&self, path: &str) -> Result<Option<u64>> {
        match self.store.head(&Path::from(path)).await {
            Ok(found) => Ok(Some(found.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error).with_context(|| format!("looking for {path}")),
        }
    }

    /// What lies below a path, sorted by path.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(&self, below: &str) -> Result<Vec<ObjectMeta>> {
        let mut found: Vec<ObjectMeta> = self
            .store
            .list(Some(&Path::from(below)))
            .try_collect()
            .await
            .with_context(|| format!("listing {below}"))?;
        found.sort_by(|one, other| one.location.cmp(&other.location));
        Ok(found)
    }

    /// Writes an object whole, over what was there.
    ///
    /// # Errors
    /// When the store fails; what was there is then still there.
    pub async fn put(&self, path: &str, bytes: impl Into<Bytes>) -> Result<()> {
        self.jot(path, bytes).await?;
        self.sync(&[path.to_string()]).await
    }

    /// The same for many, which become durable together.
    ///
    /// # Errors
    /// When the store fails; some of them may be there then.
    pub async fn put_all(&self, objects: Vec<(String, Bytes)>) -> Result<()> {
        let (paths, bytes): (Vec<String>, Vec<Bytes>) = objects.into_iter().unzip();
        let writing = paths.iter().zip(bytes).map(|(path, bytes)| self.jot(path, bytes));
        stream::iter(writing).buffer_unordered(WRITTEN_AT_ONCE).try_collect::<()>().await?;
        self.sync(&paths).await
    }

    /// The same for what may be lost in a power cut, and is then made again.
    ///
    /// # Errors
    /// When the store fails; what was there is then still there.
    pub async fn jot(&self, path: &str, bytes: impl Into<Bytes>) -> Result<()> {
        self.store
            .put(&Path::from(path), PutPayload::from(bytes.into()))
            .await
            .with_context(|| format!("writing {path}"))?;
        Ok(())
    }

    /// Creates an object that nobody has created yet: of any number of rivals exactly one gets `Ours`.
    ///
    /// # Errors
    /// When the store fails and the object is not there, cannot be read back or cannot be made durable.
    pub async fn create(&self, path: &str, bytes: impl Into<Bytes>) -> Result<Created> {
        self.create_all(vec![(path.to_string(), bytes.into())]).await
    }

    /// The same for several, one after the other up to the first that is taken; they become durable together.
    ///
    /// # Errors
    /// As `create`; those before it are there then.
    pub async fn create_all(&self, objects: Vec<(String, Bytes)>) -> Result<Created> {
        let Some(disk) = &self.disk else {
            for (path, bytes) in objects {
                let create = PutOptions::from(PutMode::Create);
                let created = self.store.put_opts(&Path::from(path.as_str()), bytes.clone().into(), create).await;
                if self.what_stands(&path, &bytes, created.map(drop)).await? == Created::Taken {
                    return Ok(Created::Taken);
                }
            }
            return Ok(Created::Ours);
        };
        let incoming: Vec<String> = objects.iter().map(|_| format!("incoming/{}", uuid::Uuid::now_v7())).collect();
        let mut ours = Vec::new();
        let created = self.link_all(disk, &incoming, &objects, &mut ours).await;
        for incoming in &incoming {
            // One that is left over is nobody's and harms nothing.
            drop(self.store.delete(&Path::from(incoming.as_str())).await);
        }
        // What has its name stands, also where another could not be given one.
        disk.sync_names(&ours).await?;
        created
    }

    /// Gives objects their names on a disk, which has their bytes before: a power cut leaves a whole object or none.
    async fn link_all(
        &self,
        disk: &Disk,
        incoming: &[String],
        objects: &[(String, Bytes)],
        ours: &mut Vec<String>,
    ) -> Result<Created> {
        for (incoming, (path, bytes)) in incoming.iter().zip(objects) {
            self.jot(incoming, bytes.clone()).await.with_context(|| format!("creating {path}"))?;
        }
        disk.sync_bytes(incoming).await?;
        for (incoming, (path, bytes)) in incoming.iter().zip(objects) {
            let (from, to) = (Path::from(incoming.as_str()), Path::from(path.as_str()));
            let created = self.store.copy_if_not_exists(&from, &to).await;
            if self.what_stands(path, bytes, created).await? == Created::Taken {
                return Ok(Created::Taken);
            }
            ours.push(path.clone());
        }
        Ok(Created::Ours)
    }

    /// What became of a creation. A store that fails may have written all the same, and one that tries again by itself
    /// finds its own object in the way; so what stands there afterwards decides.
    async fn what_stands(&self, path: &str, bytes: &Bytes, created: object_store::Result<()>) -> Result<Created> {
        let Err(error) = created else { return Ok(Created::Ours) };
        match self.read(path).await {
            Ok(Some(standing)) if standing == *bytes => {
                if let Some(disk) = &self.disk {
                    disk.sync_bytes(&[path.to_string()]).await?;
                }
                Ok(Created::Ours)
            }
            Ok(Some(_)) => Ok(Created::Taken),
            Err(unreadable) if matches!(error, object_store::Error::AlreadyExists { .. }) => Err(unreadable),
            Ok(None) | Err(_) => Err(error).with_context(|| format!("creating {path}")),
        }
    }

    /// Whether there is nothing at all in it; asks an object store for no more than one page of names.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn is_empty(&self) -> Result<bool> {
        let first = self.store.list(None).try_next().await.context("listing the warehouse")?;
        Ok(first.is_none())
    }

    /// A writer that streams into one object; the object appears when the writer is shut down. Call `sync` after.
    /// What a killed run wrote on its way to that object goes.
    #[expect(clippy::disallowed_methods, reason = "the object store has no name for files that are not finished")]
    pub fn writer(&self, path: &str) -> BufWriter {
        if let Some(Disk { folder, .. }) = &self.disk {
            // The names that the local store gives to what is not finished; the first that is not there is the last.
            let unfinished = (1..).map(|n| folder.join(format!("{path}#{n}")));
            for _removed in unfinished.map_while(|part| std::fs::remove_file(part).ok()) {}
        }
        BufWriter::new(Arc::clone(&self.store), Path::from(path))
    }

    /// Removes an object that nothing refers to.
    ///
    /// # Errors
    /// When the store fails; it is no error that there is no such object.
    pub async fn remove(&self, path: &str) -> Result<()> {
        match self.store.delete(&Path::from(path)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error).with_context(|| format!("removing {path}")),
        }
    }

    /// Makes local files and their folders durable; object stores are durable by themselves.
    ///
    /// # Errors
    /// When the disk fails, or a file is not there.
    pub async fn sync(&self, paths: &[String]) -> Result<()> {
        let Some(disk) = &self.disk else { return Ok(()) };
        disk.sync_bytes(paths).await?;
        disk.sync_names(paths).await
    }
}
