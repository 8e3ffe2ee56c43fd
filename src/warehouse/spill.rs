//! A folder for what does not fit into memory: it goes with its process, at the latest when the next one makes its own.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use uuid::Uuid;

const PREFIX: &str = "sopmart-spill-";
const LOCK: &str = "lock";

/// A folder of this process below a folder for temporary files. Beside it lies a file that the process holds locked
/// while it lives; a folder whose lock nobody holds is that of a process that was killed.
#[derive(Debug)]
pub struct SpillFolder {
    path: PathBuf,
    _lock: File,
}

impl SpillFolder {
    /// Makes one, and clears away those that killed processes left.
    ///
    /// # Errors
    /// When the folder cannot be made.
    #[expect(clippy::disallowed_methods, reason = "the folder is no part of a warehouse")]
    pub fn below(folder: &Path) -> Result<SpillFolder> {
        clear(folder);
        let path = folder.join(format!("{PREFIX}{}", Uuid::new_v4().simple()));
        let make = || -> std::io::Result<File> {
            let lock = File::create_new(path.with_extension(LOCK))?;
            lock.lock()?;
            fs::create_dir(&path)?;
            Ok(lock)
        };
        let lock = make().with_context(|| format!("preparing to spill to {}", path.display()))?;
        Ok(SpillFolder { path, _lock: lock })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A new file in it, open for writing.
    ///
    /// # Errors
    /// When it cannot be made.
    #[expect(clippy::disallowed_methods, reason = "the folder is no part of a warehouse")]
    pub fn file(&self, name: &str) -> Result<(PathBuf, File)> {
        let path = self.path.join(name);
        let file = File::create_new(&path).with_context(|| format!("making {}", path.display()))?;
        Ok((path, file))
    }
}

impl Drop for SpillFolder {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// What cannot be cleared away is another user's, or already gone.
fn clear(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let is_ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        if !is_ours || path.extension().is_none_or(|extension| extension != LOCK) {
            continue;
        }
        let Ok(lock) = File::open(&path) else { continue };
        match lock.try_lock() {
            Ok(()) => remove(&path.with_extension("")),
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => {}
        }
    }
}

/// The folder before its lock: what is left halfway is found again.
#[expect(clippy::disallowed_methods, reason = "the folder is no part of a warehouse")]
fn remove(path: &Path) {
    let gone = match fs::remove_dir_all(path) {
        Ok(()) => true,
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    };
    if gone {
        // It may be gone as well.
        let _ = fs::remove_file(path.with_extension(LOCK));
    }
}
