//! A new file of a project: what stands beside a warehouse and that people go on to write.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, anyhow};

/// Writes a file of a project, with the folders that it needs, and never over one that is there.
///
/// # Errors
/// When the file is there already, or cannot be written.
pub fn new_file(path: &Path, text: &str) -> Result<()> {
    let shown = path.display();
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = file.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => anyhow!("{shown} is there already, and is not written over"),
        _ => anyhow!(error).context(format!("writing {shown}")),
    })?;
    file.write_all(text.as_bytes()).with_context(|| format!("writing {shown}"))
}
