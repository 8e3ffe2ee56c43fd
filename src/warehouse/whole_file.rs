//! A file beside the warehouse that is made anew whenever it is asked for: a page, an export. There is the old one or the
//! new one, whole.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};

/// Writes a file whole, over what was there, with the folders that it needs.
///
/// # Errors
/// When it cannot be written; what was there is then still there.
#[expect(clippy::disallowed_methods, reason = "this is the warehouse's door for files beside it")]
pub fn whole_file(path: &Path, text: &str) -> Result<()> {
    let shown = path.display();
    let name = path.file_name().with_context(|| format!("{shown} is no name of a file"))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let unfinished = folder.join(format!(".{}.{}", name.to_string_lossy(), uuid::Uuid::now_v7()));
    let written = File::create_new(&unfinished)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        })
        .and_then(|()| std::fs::rename(&unfinished, path));
    if written.is_err() {
        // What is left over harms nothing, and why it is there is told.
        drop(std::fs::remove_file(&unfinished));
    }
    written.with_context(|| format!("writing {shown}"))
}
