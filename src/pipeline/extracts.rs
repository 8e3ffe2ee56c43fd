//! The extracts that a pipeline's file names: each with its contract, and where its files are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_saphyr::Spanned;

use crate::contract;
use crate::fault::Fault;
use crate::pipeline::file::{PipelineFile, Reading, from_folder_of};
use crate::pipeline::sql::expect_named;
use crate::pipeline::{Extract, Source};
use crate::store::{StoreUrl, local_path};

/// Every extract, with what is wrong about it in the reading's faults.
pub(super) fn extracts(
    typed: &PipelineFile,
    reading: &mut Reading<'_>,
    file: &Path,
    source_of_all: &Source,
    texts: &mut BTreeMap<String, Arc<str>>,
    unset_environment: &mut Vec<Fault>,
) -> Vec<Extract> {
    let mut extracts = Vec::new();
    for (name, entry) in &typed.extracts {
        if !is_table_name(name) {
            reading
                .fault(&entry.referenced, format!("extract `{name}`: a name has lower-case letters, digits and `_`"));
        }
        let path = from_folder_of(file, &format!("contracts/{name}.odcs.yaml"));
        let shown = shown_beside(reading.file, &format!("contracts/{name}.odcs.yaml"));
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => {
                let propose = format!("sopmart contract infer FILE --name {name} proposes one");
                let message = format!("extract `{name}` has no contract: {shown}: {error}; {propose}");
                reading.fault(&entry.referenced, message);
                continue;
            }
        };
        match contract::parse(&shown, &text) {
            Ok(contract) => {
                expect_named(&contract, name, &mut reading.faults);
                let own = entry.value.source.as_ref();
                let own = own.map(|own| source(Some(own), file, reading, unset_environment));
                extracts.extend(reading.extract(name, &entry.value, own.as_ref().unwrap_or(source_of_all), contract));
            }
            Err(faults) => reading.faults.extend(faults),
        }
        texts.insert(shown, Arc::from(text));
    }
    extracts
}

/// Where files are, as `source` says; a variable that is not set is no obstacle to planning.
pub(super) fn source(
    typed: Option<&Spanned<String>>,
    file: &Path,
    reading: &mut Reading<'_>,
    unset_environment: &mut Vec<Fault>,
) -> Source {
    let Some(typed) = typed else { return Source::Folder(from_folder_of(file, "")) };
    let named = match reading.with_environment(typed) {
        Ok(named) => named,
        Err(fault) => {
            unset_environment.push(fault);
            return Source::Folder(PathBuf::new());
        }
    };
    match (local_path(&named), StoreUrl::parse(&named)) {
        (Some(path), _) => Source::Folder(from_folder_of(file, path)),
        (None, Ok(url)) => Source::Store(url),
        (None, Err(why)) => {
            reading.fault(&typed.referenced, format!("`source`: {why:#}"));
            Source::Folder(PathBuf::new())
        }
    }
}

fn shown_beside(file: &str, path: &str) -> String {
    file.rsplit_once('/').map_or_else(|| path.to_string(), |(folder, _)| format!("{folder}/{path}"))
}

fn is_table_name(name: &str) -> bool {
    name.starts_with(|letter: char| letter.is_ascii_lowercase())
        && name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
}
