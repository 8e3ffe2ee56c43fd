//! A file beside a warehouse that grows row by row, such as an answer that somebody asked for. There is the old one or
//! the new one, whole.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::warehouse::project_file::new_file_to_fill;

/// A file that takes its place when it `appears`; until then it stands beside it under a name of its own.
#[derive(Debug)]
pub struct GrowingFile {
    path: PathBuf,
    unfinished: PathBuf,
    file: BufWriter<File>,
    bytes: u64,
}

impl GrowingFile {
    /// Begins a file, with the folders that it needs.
    ///
    /// # Errors
    /// When there can be no such file.
    pub fn begin(path: &Path) -> Result<GrowingFile> {
        let name = path.file_name().with_context(|| format!("{} is no name of a file", path.display()))?;
        let unfinished = path.with_file_name(format!(".{}.{}", name.to_string_lossy(), uuid::Uuid::now_v7()));
        let file = BufWriter::new(new_file_to_fill(&unfinished)?);
        Ok(GrowingFile { path: path.to_path_buf(), unfinished, file, bytes: 0 })
    }

    /// Puts the file into its place, over what was there; returns its bytes.
    ///
    /// # Errors
    /// When the disk fails; what was there is then still there.
    #[expect(clippy::disallowed_methods, reason = "this is the warehouse's door for files beside it")]
    pub fn appear(mut self) -> Result<u64> {
        let synced = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        let placed = synced.and_then(|()| std::fs::rename(&self.unfinished, &self.path));
        placed.with_context(|| format!("writing {}", self.path.display()))?;
        Ok(self.bytes)
    }
}

impl Write for GrowingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for GrowingFile {
    #[expect(clippy::disallowed_methods, reason = "this is the warehouse's door for files beside it")]
    fn drop(&mut self) {
        // One that has taken its place is no longer there; one that cannot be removed harms nothing.
        drop(std::fs::remove_file(&self.unfinished));
    }
}
