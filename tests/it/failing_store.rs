//! An object store that fails on purpose, for tests that ask what a disk or a network leaves behind.
//!
//! Run once with `Fault::None` and ask `writes` and `bytes` how many there were; then run again for every k. Use it as
//! `Warehouse::over(Arc::new(FailingStore::over_folder(folder, fault)), Some(folder))`.

use std::fmt;
use std::path::Path as LocalPath;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result, UploadPart,
};

/// What goes wrong; writes count from 1, and each put, part, completed upload, copy and rename is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    None,
    /// The k-th write and all after it fail, and so do deletes from then on: the process or the disk is gone.
    From(u64),
    /// The k-th write fails and nothing else does.
    Once(u64),
    /// The k-th write is done, but is told to have failed, and all after it fail.
    AnswerLostFrom(u64),
    /// As `AnswerLostFrom`, but nothing after it fails.
    AnswerLostOnce(u64),
    /// The disk is full after so many bytes: a write that does not fit fails whole.
    AfterBytes(u64),
}

/// A store over another that fails where its `Fault` says; clones share the count.
#[derive(Debug, Clone)]
pub struct FailingStore {
    inner: Arc<dyn ObjectStore>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    fault: Fault,
    writes: u64,
    bytes: u64,
    /// How many bytes there were after each write.
    bytes_after: Vec<u64>,
}

/// Whether a write is to be done, and whether its success is to be told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Do,
    DoAndDeny,
    Refuse,
}

impl FailingStore {
    pub fn over(inner: Arc<dyn ObjectStore>, fault: Fault) -> FailingStore {
        FailingStore {
            inner,
            state: Arc::new(Mutex::new(State { fault, writes: 0, bytes: 0, bytes_after: Vec::new() })),
        }
    }

    /// Over the files of a folder, which must be there.
    pub fn over_folder(folder: &LocalPath, fault: Fault) -> FailingStore {
        FailingStore::over(Arc::new(LocalFileSystem::new_with_prefix(folder).unwrap()), fault)
    }

    /// How many writes there were, failed ones included.
    pub fn writes(&self) -> u64 {
        self.state.lock().unwrap().writes
    }

    /// How many bytes there were after each write, in order.
    pub fn bytes_after(&self) -> Vec<u64> {
        self.state.lock().unwrap().bytes_after.clone()
    }

    /// How many bytes were written.
    pub fn bytes(&self) -> u64 {
        self.state.lock().unwrap().bytes
    }
}

impl State {
    fn next(&mut self, bytes: u64) -> Verdict {
        self.writes += 1;
        let n = self.writes;
        let verdict = match self.fault {
            Fault::From(k) if n >= k => Verdict::Refuse,
            Fault::Once(k) if n == k => Verdict::Refuse,
            Fault::AnswerLostFrom(k) | Fault::AnswerLostOnce(k) if n == k => Verdict::DoAndDeny,
            Fault::AnswerLostFrom(k) if n > k => Verdict::Refuse,
            Fault::AfterBytes(k) if self.bytes + bytes > k => Verdict::Refuse,
            _ => Verdict::Do,
        };
        if verdict != Verdict::Refuse {
            self.bytes += bytes;
        }
        self.bytes_after.push(self.bytes);
        verdict
    }

    fn is_gone(&self) -> bool {
        matches!(self.fault, Fault::From(k) | Fault::AnswerLostFrom(k) if self.writes >= k)
    }
}

fn failure() -> Error {
    Error::Generic { store: "FailingStore", source: "this write fails on purpose".into() }
}

/// Does a write as the state says; `bytes` is what it would take on a disk.
async fn write<T>(state: &Mutex<State>, bytes: usize, doing: impl Future<Output = Result<T>>) -> Result<T> {
    let verdict = state.lock().unwrap().next(bytes as u64);
    match verdict {
        Verdict::Do => doing.await,
        Verdict::DoAndDeny => doing.await.and(Err(failure())),
        Verdict::Refuse => Err(failure()),
    }
}

impl fmt::Display for FailingStore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "FailingStore({})", self.inner)
    }
}

#[async_trait]
impl ObjectStore for FailingStore {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        let bytes = payload.content_length();
        write(&self.state, bytes, self.inner.put_opts(location, payload, options)).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let inner = write(&self.state, 0, self.inner.put_multipart_opts(location, options)).await?;
        Ok(Box::new(FailingUpload { inner, state: Arc::clone(&self.state) }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(location, options).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        if self.state.lock().unwrap().is_gone() {
            return locations.map(|_| Err(failure())).boxed();
        }
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        write(&self.state, 0, self.inner.copy_opts(from, to, options)).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        write(&self.state, 0, self.inner.rename_opts(from, to, options)).await
    }
}

#[derive(Debug)]
struct FailingUpload {
    inner: Box<dyn MultipartUpload>,
    state: Arc<Mutex<State>>,
}

#[async_trait]
impl MultipartUpload for FailingUpload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let (bytes, state) = (data.content_length(), Arc::clone(&self.state));
        // A refused part never starts: on a local disk its bytes are written when it is made, not when it is awaited.
        let verdict = state.lock().unwrap().next(bytes as u64);
        if verdict == Verdict::Refuse {
            return async { Err(failure()) }.boxed();
        }
        let part = self.inner.put_part(data);
        async move {
            part.await?;
            if verdict == Verdict::DoAndDeny { Err(failure()) } else { Ok(()) }
        }
        .boxed()
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let state = Arc::clone(&self.state);
        write(&state, 0, self.inner.complete()).await
    }

    async fn abort(&mut self) -> Result<()> {
        self.inner.abort().await
    }
}
