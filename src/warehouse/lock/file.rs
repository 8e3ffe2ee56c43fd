//! The lock on a local disk: an OS file lock, which the kernel frees with the process, however that ends. The file
//! itself stays: were it removed, two runs could hold locks on two files of one name.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use anyhow::{Context, anyhow};
use chrono::Utc;

use crate::warehouse::lock::{Holder, LockError};

/// The held lock; dropping it frees it.
#[derive(Debug)]
pub struct FileLock {
    file: File,
}

pub(super) fn try_acquire(path: &Path, holder: &Holder) -> Result<FileLock, LockError> {
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(path)
        .with_context(|| format!("opening the lock {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(LockError::Held { holder: written_in(&mut file) }),
        Err(TryLockError::Error(error)) => {
            return Err(LockError::Failed(anyhow!(error).context(format!("locking {}", path.display()))));
        }
    }
    write_holder(&mut file, holder).with_context(|| format!("writing the lock {}", path.display()))?;
    Ok(FileLock { file })
}

/// Who holds the lock, if anybody does and has written its name.
pub(super) fn holder(path: &Path) -> Option<Holder> {
    let mut file = File::open(path).ok()?;
    match file.try_lock_shared() {
        // Nobody holds it, whatever name a run that died has left; closing the file frees it again.
        Ok(()) => None,
        Err(_) => written_in(&mut file),
    }
}

/// A lock whose holder cannot be read is held all the same.
fn written_in(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

fn write_holder(file: &mut File, holder: &Holder) -> anyhow::Result<()> {
    // Who has waited holds it from now on.
    let mut text = serde_json::to_vec(&Holder { since: Utc::now(), ..holder.clone() })?;
    text.push(b'\n');
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&text)?;
    Ok(())
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // So that nobody is named after having left; closing the file is what frees the lock.
        drop(self.file.set_len(0));
    }
}
