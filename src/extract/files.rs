//! The files that an extract's path or glob names.

use std::io::{BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use glob::{MatchOptions, Pattern};

use crate::extract::{SourceFile, archive, stored};
use crate::fault::{Fault, nearest};
use crate::pipeline::{Compression, Extract, Source};

pub(super) const MATCHING: MatchOptions =
    MatchOptions { require_literal_separator: true, require_literal_leading_dot: true, case_sensitive: true };

/// The files of an extract, sorted by name.
///
/// # Errors
/// When a file is missing or a glob finds none: the fault names the path and the nearest name that exists.
pub async fn find(extract: &Extract) -> Result<Vec<SourceFile>, Fault> {
    match &extract.source {
        Source::Folder(folder) => find_below(extract, folder),
        Source::Store(url) => stored::find(extract, url).await,
    }
}

/// When a file beside the extract's was written, or None where there is none.
///
/// # Errors
/// When its store fails.
pub async fn written(extract: &Extract, name: &str) -> Result<Option<DateTime<Utc>>, Fault> {
    match &extract.source {
        Source::Folder(folder) => {
            let facts = std::fs::metadata(folder.join(name)).ok().filter(std::fs::Metadata::is_file);
            Ok(facts.and_then(|facts| facts.modified().ok()).map(DateTime::<Utc>::from))
        }
        Source::Store(url) => stored::written(url, name).await,
    }
}

/// The text of a small file beside the extract's.
///
/// # Errors
/// When it cannot be read or is not UTF-8.
pub async fn text_of(extract: &Extract, name: &str) -> Result<String, Fault> {
    let unreadable = |error: &dyn std::fmt::Display| Fault::of_file(name, format!("the file cannot be read: {error}"));
    let bytes = match &extract.source {
        Source::Folder(folder) => std::fs::read(folder.join(name)).map_err(|error| unreadable(&error))?.into(),
        Source::Store(url) => stored::bytes_of(url, name).await?,
    };
    String::from_utf8(bytes.into()).map_err(|error| unreadable(&error))
}

pub(super) fn is_glob(files: &str) -> bool {
    files.contains(['*', '?', '['])
}

fn find_below(extract: &Extract, source: &Path) -> Result<Vec<SourceFile>, Fault> {
    let is_glob = is_glob(&extract.files);
    let paths = if is_glob { glob_below(source, &extract.files)? } else { vec![source.join(&extract.files)] };
    let mut files = Vec::with_capacity(paths.len());
    for path in paths {
        match described(extract, source, &path) {
            Ok(Some(file)) if file.compression == Compression::Zip => {
                let archive = std::fs::File::open(&file.path);
                let archive = archive.map_err(|error| unopened(&path, &error))?;
                files.extend(members_of(extract, &file, BufReader::new(archive))?);
            }
            Ok(Some(file)) => files.push(file),
            // A glob also finds folders, which are not meant.
            Ok(None) if is_glob => {}
            Ok(None) => return Err(Fault::of_file(path.display().to_string(), "found a folder, expected a file")),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && path.is_symlink() => {
                let fault = Fault::of_file(path.display().to_string(), "found a link to nothing, expected a file");
                return Err(fault.with_help("remove the link, or bring back what it points to"));
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(missing(extract, source, &path)),
            Err(error) => return Err(unopened(&path, &error)),
        }
    }
    if files.is_empty() {
        return Err(missing(extract, source, &source.join(&extract.files)));
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(files)
}

fn unopened(path: &Path, error: &std::io::Error) -> Fault {
    Fault::of_file(path.display().to_string(), format!("the file cannot be opened: {error}"))
}

/// What a glob finds. The folders are walked here, since `glob` panics where a name is not UTF-8.
fn glob_below(source: &Path, files: &str) -> Result<Vec<PathBuf>, Fault> {
    let parts = files.split('/').filter(|part| !part.is_empty());
    let parts: Vec<Pattern> = parts.map(Pattern::new).collect::<Result<_, _>>().map_err(|error| {
        Fault::of_file(files, format!("this is no glob: {}", error.msg)).with_help("see `files` of the extract")
    })?;
    let start = if files.starts_with('/') { Path::new("/") } else { source };
    let mut found = Vec::new();
    walk(start, &parts, &mut found)?;
    found.sort();
    found.dedup();
    // Two such names could look alike, and a file's name is what it is known by.
    match found.iter().find(|path| path.strip_prefix(start).unwrap_or(path).to_str().is_none()) {
        Some(path) => Err(Fault::of_file(path.display().to_string(), "the name is not UTF-8, expected UTF-8")
            .with_help("rename the file, or let the glob leave it out")),
        None => Ok(found),
    }
}

fn walk(folder: &Path, parts: &[Pattern], found: &mut Vec<PathBuf>) -> Result<(), Fault> {
    let Some((part, rest)) = parts.split_first() else { return Ok(()) };
    let is_any_depth = part.as_str() == "**";
    if is_any_depth && !rest.is_empty() {
        walk(folder, rest, found)?;
    }
    if part.as_str() == Pattern::escape(part.as_str()) {
        // A plain name leads through folders that may not be listed.
        return go_on(&folder.join(part.as_str()), rest, found);
    }
    let unreadable =
        |error| Fault::of_file(folder.display().to_string(), format!("the folder cannot be read: {error}"));
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unreadable(error)),
    };
    for entry in entries {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !part.matches_with(&name, MATCHING) {
            continue;
        }
        if is_any_depth {
            // Links may lead back to where they are.
            if path.is_dir() && !path.is_symlink() {
                walk(&path, parts, found)?;
            }
            if rest.is_empty() {
                found.push(path);
            }
        } else {
            go_on(&path, rest, found)?;
        }
    }
    Ok(())
}

fn go_on(path: &Path, rest: &[Pattern], found: &mut Vec<PathBuf>) -> Result<(), Fault> {
    if rest.is_empty() {
        if path.exists() || path.is_symlink() {
            found.push(path.to_path_buf());
        }
        return Ok(());
    }
    if path.is_dir() { walk(path, rest, found) } else { Ok(()) }
}

/// The members of an archive that are meant.
pub(super) fn members_of(
    extract: &Extract,
    file: &SourceFile,
    archive: impl Read + Seek,
) -> Result<Vec<SourceFile>, Fault> {
    let wanted = extract.reader.member.as_deref();
    let pattern = wanted.map(Pattern::new).transpose().map_err(|error| Fault::of_file(&file.name, error.msg))?;
    let is_meant = |name: &str| match &pattern {
        Some(pattern) => pattern.matches_with(name, MATCHING),
        // What a computer adds by itself is meant by nobody.
        None => !name.split('/').any(|part| part.starts_with('.') || part == "__MACOSX"),
    };
    let unreadable = |error: std::io::Error| {
        Fault::of_file(&file.name, format!("found bytes that are not zip, expected a zip archive: {error}"))
    };
    let members = archive::members(archive).map_err(unreadable)?;
    let chosen: Vec<SourceFile> = members
        .iter()
        .filter(|member| is_meant(&member.name))
        .map(|member| SourceFile {
            name: format!("{}/{}", file.name, member.name),
            member: Some(member.name.clone()),
            bytes: member.bytes,
            ..file.clone()
        })
        .collect();
    if chosen.is_empty() {
        let names: Vec<String> = members.into_iter().map(|member| member.name).collect();
        let what = wanted.map_or_else(String::new, |wanted| format!(" that matches `{wanted}`"));
        let fault = Fault::of_file(&file.name, format!("the archive has no member{what}"));
        return Err(fault.with_help(if names.is_empty() {
            "the archive is empty".to_string()
        } else {
            format!("it holds {}", some_of(&names))
        }));
    }
    Ok(chosen)
}

fn described(extract: &Extract, source: &Path, path: &Path) -> std::io::Result<Option<SourceFile>> {
    let facts = std::fs::metadata(path)?;
    if !facts.is_file() {
        return Ok(None);
    }
    let below = path.strip_prefix(source).unwrap_or(path);
    let name = below.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
    Ok(Some(SourceFile {
        path: path.to_path_buf(),
        member: None,
        compression: extract.reader.compression_of(&name),
        name,
        bytes: facts.len(),
        modified: DateTime::<Utc>::from(facts.modified()?),
        stored: None,
    }))
}

/// Nothing is where the extract points: says how far the path exists, and what is there instead.
fn missing(extract: &Extract, source: &Path, path: &Path) -> Fault {
    let message = if is_glob(&extract.files) {
        format!("extract `{}` found no file for this glob", extract.name)
    } else {
        format!("extract `{}` did not find this file", extract.name)
    };
    let fault = Fault::of_file(path.display().to_string(), message);
    let folder = path.parent().unwrap_or(source);
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

pub(super) fn some_of(names: &[String]) -> String {
    let shown = names.iter().take(3).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(3) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
