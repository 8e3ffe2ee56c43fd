//! The files that an extract's path or glob names.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::extract::SourceFile;
use crate::fault::{Fault, nearest};
use crate::pipeline::Extract;

/// The files of an extract, sorted by name.
///
/// # Errors
/// When a file is missing or a glob finds none: the fault names the path and the nearest name that exists.
pub fn find(extract: &Extract) -> Result<Vec<SourceFile>, Fault> {
    let is_glob = extract.files.contains(['*', '?', '[']);
    let paths =
        if is_glob { glob_below(&extract.source, &extract.files)? } else { vec![extract.source.join(&extract.files)] };
    let mut files = Vec::with_capacity(paths.len());
    for path in paths {
        match described(&extract.source, &path) {
            Ok(Some(file)) => files.push(file),
            // A glob also finds folders, which are not meant.
            Ok(None) if is_glob => {}
            Ok(None) => return Err(Fault::of_file(path.display().to_string(), "found a folder, expected a file")),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(missing(extract, &path)),
            Err(error) => {
                return Err(Fault::of_file(path.display().to_string(), format!("the file cannot be opened: {error}")));
            }
        }
    }
    if files.is_empty() {
        return Err(missing(extract, &extract.source.join(&extract.files)));
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(files)
}

fn glob_below(source: &Path, files: &str) -> Result<Vec<PathBuf>, Fault> {
    let pattern = if Path::new(files).is_absolute() {
        files.to_string()
    } else {
        format!("{}/{files}", glob::Pattern::escape(&source.to_string_lossy()))
    };
    let options =
        glob::MatchOptions { require_literal_separator: true, require_literal_leading_dot: true, case_sensitive: true };
    let found = glob::glob_with(&pattern, options).map_err(|error| {
        Fault::of_file(files, format!("this is no glob: {}", error.msg)).with_help("see `files` of the extract")
    })?;
    found
        .map(|path| {
            path.map_err(|error| {
                Fault::of_file(
                    error.path().display().to_string(),
                    format!("the folder cannot be read: {}", error.error()),
                )
            })
        })
        .collect()
}

fn described(source: &Path, path: &Path) -> std::io::Result<Option<SourceFile>> {
    let facts = std::fs::metadata(path)?;
    if !facts.is_file() {
        return Ok(None);
    }
    let below = path.strip_prefix(source).unwrap_or(path);
    let name = below.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
    Ok(Some(SourceFile {
        path: path.to_path_buf(),
        name,
        bytes: facts.len(),
        modified: DateTime::<Utc>::from(facts.modified()?),
    }))
}

/// Nothing is where the extract points: says how far the path exists, and what is there instead.
fn missing(extract: &Extract, path: &Path) -> Fault {
    let message = if extract.files.contains(['*', '?', '[']) {
        format!("extract `{}` found no file for this glob", extract.name)
    } else {
        format!("extract `{}` did not find this file", extract.name)
    };
    let fault = Fault::of_file(path.display().to_string(), message);
    let folder = path.parent().unwrap_or(&extract.source);
    let Ok(entries) = std::fs::read_dir(folder) else {
        return fault.with_help(format!("the folder {} does not exist", folder.display()));
    };
    let mut names: Vec<String> =
        entries.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned())).collect();
    names.sort();
    let wanted = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    match nearest(&wanted, names.iter().map(String::as_str)) {
        Some(name) => fault.with_help(format!("there is `{name}`")),
        None if names.is_empty() => fault.with_help(format!("the folder {} is empty", folder.display())),
        None => fault.with_help(format!("the folder {} holds {}", folder.display(), some_of(&names))),
    }
}

fn some_of(names: &[String]) -> String {
    let shown = names.iter().take(3).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(3) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
