//! The lock on an object store: an object that its holder writes anew every ten seconds, each time on the condition
//! that nobody else has. One that was not renewed for a minute is taken over; one without text is free.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode, PutPayload, UpdateVersion};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::warehouse::lock::{Holder, LockError, PATH};

/// How often a holder says that it is still there.
pub const RENEWED_EVERY: Duration = Duration::from_secs(10);
/// How long after it last did so others may take its place.
pub const TAKEN_OVER_AFTER: Duration = Duration::from_mins(1);

/// What stands in the object.
#[derive(Debug, Serialize, Deserialize)]
struct Written {
    #[serde(flatten)]
    holder: Holder,
    /// Makes every renewal another text.
    renewed_at: DateTime<Utc>,
}

impl Written {
    fn by(holder: &Holder) -> Bytes {
        let written = Written { holder: holder.clone(), renewed_at: Utc::now() };
        Bytes::from(serde_json::to_vec(&written).expect("names and times are JSON"))
    }
}

/// The held lock.
#[derive(Debug)]
pub struct ObjectLock {
    store: Arc<dyn ObjectStore>,
    /// What is ours in the store; None once somebody else has taken over.
    version: Arc<Mutex<Option<UpdateVersion>>>,
    renewing: JoinHandle<()>,
}

/// What a waiting run saw of somebody else's lock, and since when it has been so: clocks of two hosts may differ by
/// more than a minute, that of one does not.
#[derive(Debug, Default)]
pub(super) struct Sighting(Option<(Bytes, Instant)>);

impl Sighting {
    fn is_stale(&mut self, text: &Bytes) -> bool {
        match &self.0 {
            Some((seen, since)) if seen == text => since.elapsed() > TAKEN_OVER_AFTER,
            _ => {
                self.0 = Some((text.clone(), Instant::now()));
                false
            }
        }
    }
}

pub(super) async fn try_acquire(
    store: Arc<dyn ObjectStore>,
    holder: &Holder,
    seen: &mut Sighting,
) -> Result<ObjectLock, LockError> {
    // Who has waited holds it from now on.
    let ours = Written::by(&Holder { since: Utc::now(), ..holder.clone() });
    if let Some(version) = create(store.as_ref(), &ours).await? {
        return Ok(ObjectLock::held(store, version, holder.clone()));
    }
    let Some(found) = read(store.as_ref()).await? else { return Err(LockError::Held { holder: None }) };
    let Found { text, version, modified } = found;
    let age = (Utc::now() - modified).to_std().unwrap_or_default();
    if !text.is_empty() && age <= TAKEN_OVER_AFTER && !seen.is_stale(&text) {
        let holder = serde_json::from_slice(&text).ok().map(|Written { holder, .. }| holder);
        return Err(LockError::Held { holder });
    }
    match update(store.as_ref(), &version, &ours).await? {
        Some(version) => Ok(ObjectLock::held(store, version, holder.clone())),
        // A rival was faster.
        None => Err(LockError::Held { holder: None }),
    }
}

pub(super) async fn holder(store: &dyn ObjectStore) -> anyhow::Result<Option<Holder>> {
    let Some(Found { text, modified, .. }) = read(store).await? else { return Ok(None) };
    let is_stale = (Utc::now() - modified).to_std().is_ok_and(|age| age > TAKEN_OVER_AFTER);
    let written: Option<Written> = serde_json::from_slice(&text).ok();
    Ok(written.filter(|_| !is_stale).map(|written| written.holder))
}

impl ObjectLock {
    fn held(store: Arc<dyn ObjectStore>, version: UpdateVersion, holder: Holder) -> ObjectLock {
        let version = Arc::new(Mutex::new(Some(version)));
        let renewing = tokio::spawn(renew(Arc::clone(&store), Arc::clone(&version), holder));
        ObjectLock { store, version, renewing }
    }

    /// Frees it, if it still is ours.
    pub(super) async fn release(self) {
        // A renewal that is under way holds the version until it is through.
        let mut version = self.version.lock().await;
        self.renewing.abort();
        if let Some(version) = version.take() {
            // Where that fails, the lock frees itself after a minute.
            drop(update(self.store.as_ref(), &version, &Bytes::new()).await);
        }
    }
}

impl Drop for ObjectLock {
    fn drop(&mut self) {
        self.renewing.abort();
    }
}

/// Says that the holder is still there, until somebody else has taken its place: the publish log then keeps both apart.
async fn renew(store: Arc<dyn ObjectStore>, version: Arc<Mutex<Option<UpdateVersion>>>, holder: Holder) {
    loop {
        tokio::time::sleep(RENEWED_EVERY).await;
        let mut version = version.lock().await;
        let Some(before) = version.clone() else { return };
        // A store that fails for a while is asked again.
        if let Ok(renewed) = update(store.as_ref(), &before, &Written::by(&holder)).await {
            *version = renewed;
        }
    }
}

/// Writes the lock where there is none; None where there is one.
async fn create(store: &dyn ObjectStore, text: &Bytes) -> anyhow::Result<Option<UpdateVersion>> {
    match store.put_opts(&Path::from(PATH), PutPayload::from(text.clone()), PutMode::Create.into()).await {
        Ok(put) => Ok(Some(put.into())),
        Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => {
            Ok(read(store).await?.filter(|found| found.text == *text).map(|found| found.version))
        }
        Err(Error::NotImplemented { .. }) => Err(anyhow!(
            "the store of the warehouse has no conditional writes, without which two runs could both publish"
        )),
        Err(error) => Err(error).context("writing the lock"),
    }
}

/// Writes the lock where it still is as it was; None where somebody else has written it.
///
/// The client tries again by itself where an answer was lost, and then finds what it has written before. And some
/// stores, Ceph's until 2025 among them, deny an `If-Match` that holds, since they compare it without its quotes.
async fn update(
    store: &dyn ObjectStore,
    before: &UpdateVersion,
    text: &Bytes,
) -> anyhow::Result<Option<UpdateVersion>> {
    let e_tag = before.e_tag.as_ref().map(|e_tag| e_tag.trim_matches('"').to_string());
    let without_quotes = UpdateVersion { e_tag, ..before.clone() };
    for version in [before.clone(), without_quotes] {
        let mode = PutMode::Update(version).into();
        match store.put_opts(&Path::from(PATH), PutPayload::from(text.clone()), mode).await {
            Ok(put) => return Ok(Some(put.into())),
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. } | Error::NotFound { .. }) => {}
            Err(error) => return Err(error).context("writing the lock"),
        }
        match read(store).await? {
            Some(found) if found.text == *text => return Ok(Some(found.version)),
            Some(found) if found.version == *before => {}
            _ => return Ok(None),
        }
    }
    Ok(None)
}

struct Found {
    text: Bytes,
    version: UpdateVersion,
    modified: DateTime<Utc>,
}

async fn read(store: &dyn ObjectStore) -> anyhow::Result<Option<Found>> {
    match store.get(&Path::from(PATH)).await {
        Ok(found) => {
            let version = UpdateVersion { e_tag: found.meta.e_tag.clone(), version: found.meta.version.clone() };
            let modified = found.meta.last_modified;
            Ok(Some(Found { text: found.bytes().await.context("reading the lock")?, version, modified }))
        }
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error).context("reading the lock"),
    }
}
