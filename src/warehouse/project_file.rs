//! A new file of a project: what stands beside a warehouse and that people go on to write.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, anyhow};

/// Writes a file of a project, with the folders that it needs, and never over one that is there.
///
/// # Errors
/// When the file is there already, or cannot be written.
pub fn new_file(path: &Path, text: &str) -> Result<()> {
    let mut file = new_file_to_fill(path)?;
    file.write_all(text.as_bytes()).with_context(|| format!("writing {}", path.display()))
}

/// As `new_file`, for one that is written piece by piece.
///
/// # Errors
/// When the file is there already, or cannot be made.
pub fn new_file_to_fill(path: &Path) -> Result<File> {
    let shown = path.display();
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    file.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => anyhow!("{shown} is there already, and is not written over"),
        _ => anyhow!(error).context(format!("writing {shown}")),
    })
}
