//! `targets`: where a published set goes beside the warehouse's own Delta tables.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::Spanned;
use tokio_postgres::config::Host;

use crate::fault::{Fault, nearest, yaml_place};
use crate::model::TableName;
use crate::pipeline::file::{Reading, from_folder_of};
use crate::store::{StoreUrl, local_path};

/// The targets that a pipeline names.
#[derive(Debug, Clone, Default)]
pub struct Targets {
    pub postgres: Option<PostgresTarget>,
    pub exports: Option<ExportsTarget>,
}

/// A schema of a PostgreSQL database that shows the published set.
#[derive(Debug, Clone)]
pub struct PostgresTarget {
    /// How it is reached; shows no password where it is printed.
    pub connection: tokio_postgres::Config,
    pub schema: String,
}

/// Plain files of the published set: `<n>/…` for entry n, and `current`, one line with the n that is whole.
#[derive(Debug, Clone)]
pub struct ExportsTarget {
    /// A folder or a place in an object store; None is `exports/` in the warehouse.
    pub to: Option<String>,
    pub parquet: Option<ChosenMarts>,
    pub csv: Option<ChosenMarts>,
    pub excel: Option<ChosenMarts>,
    /// How many sets stay: the current one and those before it.
    pub keep: usize,
}

/// Which marts a format gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChosenMarts {
    All,
    /// In the order of the file.
    These(Vec<String>),
}

/// As typed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TargetsFile {
    postgres: Option<PostgresFile>,
    exports: Option<Spanned<ExportsFile>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PostgresFile {
    url: Spanned<String>,
    schema: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExportsFile {
    to: Option<Spanned<String>>,
    parquet: Option<Spanned<Value>>,
    csv: Option<Spanned<Value>>,
    excel: Option<Spanned<Value>>,
    keep: Option<Spanned<usize>>,
}

/// The current set, and the one that a reader may be in the middle of.
const KEPT: usize = 2;

/// The targets, with what is wrong about them in the reading's faults.
pub(super) fn targets(
    typed: Option<&TargetsFile>,
    file: &Path,
    marts: &[TableName],
    reading: &mut Reading<'_>,
    unset_environment: &mut Vec<Fault>,
) -> Targets {
    let Some(typed) = typed else { return Targets::default() };
    Targets {
        postgres: typed.postgres.as_ref().and_then(|typed| postgres(typed, reading, unset_environment)),
        exports: typed.exports.as_ref().and_then(|typed| exports(typed, file, marts, reading, unset_environment)),
    }
}

/// None as well where the URL is empty: a machine without the database leaves the target out.
fn postgres(typed: &PostgresFile, reading: &mut Reading<'_>, unset: &mut Vec<Fault>) -> Option<PostgresTarget> {
    let at = typed.url.referenced;
    if has_password(&typed.url.value) {
        let place = yaml_place(reading.text, &at);
        let message = "`url` holds a password, and everybody who may read the project would read it";
        let help = "put the URL or its password into the environment, as in `url: ${env:SOPMART_POSTGRES_URL}`";
        reading.faults.push(Fault::at(reading.file, place, message).with_help(help));
        return None;
    }
    let schema = typed.schema.as_ref().map_or("marts", |schema| schema.value.as_str());
    let is_plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
    let begins = schema.starts_with(|letter: char| letter.is_ascii_lowercase() || letter == '_');
    if !begins || !schema.chars().all(is_plain) || schema.starts_with("pg_") || schema.len() > 63 {
        let at = typed.schema.as_ref().map_or(at, |schema| schema.referenced);
        let expected = "expected lower-case letters, digits and `_`, at most 63 of them, and no `pg_` at the start";
        reading.fault(&at, format!("`schema` is `{schema}`, {expected}"));
        return None;
    }
    let url = match reading.with_environment(&typed.url) {
        Ok(url) if url.trim().is_empty() => return None,
        Ok(url) => url,
        Err(fault) => {
            unset.push(fault);
            return None;
        }
    };
    match url.trim().parse::<tokio_postgres::Config>() {
        Ok(connection) if connection.get_hosts().is_empty() || connection.get_dbname().is_none() => {
            let expected = "expected postgres://user@host:5432/database?sslmode=require";
            reading.fault(&at, format!("`url` names no host or no database, {expected}"));
            None
        }
        Ok(connection) => Some(PostgresTarget { connection, schema: schema.to_string() }),
        Err(error) => {
            // What the library cites is a name or an option, never the password.
            reading.fault(
                &at,
                format!("`url` is no URL of a PostgreSQL database: {}", crate::fault::with_causes(&error.into())),
            );
            None
        }
    }
}

/// Whether a password stands in the file itself: `//user:secret@` or `password=secret`.
fn has_password(typed: &str) -> bool {
    let is_written = |secret: &str| !secret.is_empty() && !secret.starts_with("${env:");
    let in_url = typed.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@'));
    // The colon of `${env:USER}` is none that begins a password.
    let in_url = in_url.and_then(|(user, _)| {
        let behind = user.rfind('}').filter(|_| user.starts_with("${env:")).map_or(0, |end| end + 1);
        user[behind..].split_once(':')
    });
    let in_words = typed.split_once("password=").map(|(_, rest)| rest);
    in_url.is_some_and(|(_, secret)| is_written(secret)) || in_words.is_some_and(is_written)
}

fn exports(
    typed: &Spanned<ExportsFile>,
    file: &Path,
    marts: &[TableName],
    reading: &mut Reading<'_>,
    unset: &mut Vec<Fault>,
) -> Option<ExportsTarget> {
    let exports = &typed.value;
    let mut chosen = BTreeMap::new();
    for (format, field) in [("parquet", &exports.parquet), ("csv", &exports.csv), ("excel", &exports.excel)] {
        if let Some(field) = field {
            chosen.insert(format, chosen_marts(format, field, marts, reading)?);
        }
    }
    if chosen.is_empty() {
        let message = "`exports` names no format, expected `parquet`, `csv` or `excel`, each `all` or a list of marts";
        reading.fault(&typed.referenced, message);
        return None;
    }
    let keep = exports.keep.as_ref().map_or(KEPT, |keep| keep.value);
    if keep == 0 {
        let at = exports.keep.as_ref().map_or(typed.referenced, |keep| keep.referenced);
        reading.fault(&at, "`keep` is 0, expected 1 or more: the current set is one of them");
        return None;
    }
    let to = match &exports.to {
        None => None,
        Some(to) => Some(place(to, file, reading, unset)?),
    };
    let mut take = |format: &str| chosen.remove(format);
    Some(ExportsTarget { to, parquet: take("parquet"), csv: take("csv"), excel: take("excel"), keep })
}

/// A folder, from that of the pipeline's file, or the URL of a place in an object store.
fn place(typed: &Spanned<String>, file: &Path, reading: &mut Reading<'_>, unset: &mut Vec<Fault>) -> Option<String> {
    let named = match reading.with_environment(typed) {
        Ok(named) => named,
        Err(fault) => {
            unset.push(fault);
            return None;
        }
    };
    match (local_path(&named), StoreUrl::parse(&named)) {
        (Some(path), _) => Some(from_folder_of(file, path).to_string_lossy().into_owned()),
        (None, Ok(_)) => Some(named),
        (None, Err(why)) => {
            reading.fault(&typed.referenced, format!("`to`: {why:#}"));
            None
        }
    }
}

fn chosen_marts(
    format: &str,
    typed: &Spanned<Value>,
    marts: &[TableName],
    reading: &mut Reading<'_>,
) -> Option<ChosenMarts> {
    if typed.value == "all" {
        return Some(ChosenMarts::All);
    }
    let listed = typed.value.as_array().filter(|listed| !listed.is_empty());
    let names = listed.and_then(|listed| listed.iter().map(|name| name.as_str().map(str::to_string)).collect());
    let Some(names): Option<Vec<String>> = names else {
        reading.fault(&typed.referenced, format!("`{format}` is not understood, expected `all` or a list of marts"));
        return None;
    };
    for name in &names {
        if !marts.iter().any(|mart| mart.name == *name) {
            let near = nearest(name, marts.iter().map(|mart| mart.name.as_str()));
            let meant = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            reading.fault(&typed.referenced, format!("`{format}`: unknown mart `{name}`{meant}"));
            return None;
        }
    }
    Some(ChosenMarts::These(names))
}

impl ExportsTarget {
    /// Where they go, as people call it.
    pub fn place(&self) -> &str {
        self.to.as_deref().unwrap_or("exports/ in the warehouse")
    }
}

impl std::fmt::Display for PostgresTarget {
    /// Where it is, without who asks and with which password.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let host = match self.connection.get_hosts().first() {
            Some(Host::Tcp(host)) => host.clone(),
            Some(Host::Unix(folder)) => folder.to_string_lossy().into_owned(),
            None => "localhost".to_string(),
        };
        let port = self.connection.get_ports().first().copied().unwrap_or(5432);
        let database = self.connection.get_dbname().unwrap_or_default();
        write!(out, "PostgreSQL {host}:{port}/{database}, schema {}", self.schema)
    }
}
