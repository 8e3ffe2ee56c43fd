//! `sopmart contract export`: the contracts of a pipeline as ODCS files, byte for byte as they are in force.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use clap::builder::FalseyValueParser;

use crate::cli::{Cli, Output, open_pipeline, print, say};
use crate::contract::Contract;
use crate::fault::nearest;
use crate::model::TableName;
use crate::pipeline::{Overrides, Pipeline};
use crate::warehouse::whole_file;

#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// A name below pipelines/, or the path of a pipeline.yaml
    #[arg(env = "SOPMART_PIPELINE")]
    pipeline: Option<String>,
    /// Only these marts [default: all that the pipeline publishes]
    marts: Vec<String>,
    /// The folder that gets <mart>.odcs.yaml for each
    #[arg(long, env = "SOPMART_INTO", value_name = "DIR")]
    into: PathBuf,
    /// Also those of entities and extracts, in the folders staging/ and landing/ below
    #[arg(long, env = "SOPMART_ALL", value_parser = FalseyValueParser::new(), conflicts_with = "marts")]
    all: bool,
    /// Write over files that hold something else
    #[arg(long, env = "SOPMART_OVERWRITE", value_parser = FalseyValueParser::new())]
    overwrite: bool,
}

/// One contract on its way into a file.
struct Exported<'a> {
    path: PathBuf,
    text: &'a str,
    /// Whether the file holds that already.
    is_there: bool,
}

pub(super) fn export(cli: &Cli, arguments: &ExportArgs) -> Result<u8> {
    let (_, pipeline) = open_pipeline(cli, arguments.pipeline.as_deref(), &Overrides::default())?;
    let contracts = chosen(&pipeline, arguments)?;
    let mut exported = Vec::new();
    let mut other = Vec::new();
    for (table, contract) in contracts {
        let path = path(&arguments.into, &table);
        let found = match std::fs::read(&path) {
            Ok(found) => Some(found),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
        };
        let is_there = found.as_deref() == Some(contract.text.as_bytes());
        if found.is_some() && !is_there {
            other.push(path.display().to_string());
        }
        exported.push(Exported { path, text: &contract.text, is_there });
    }
    if !other.is_empty() && !arguments.overwrite {
        let other = other.join(", ");
        bail!("{other}: there already, and holds something else; nothing was written. --overwrite writes over it");
    }
    for file in exported.iter().filter(|file| !file.is_there) {
        whole_file(&file.path, file.text)?;
    }
    tell(cli, &exported)
}

/// The contracts that a command line names, each with its table.
fn chosen<'a>(pipeline: &'a Pipeline, arguments: &ExportArgs) -> Result<Vec<(TableName, &'a Contract)>> {
    let is_published = |table: &TableName| pipeline.marts.contains(table);
    for wanted in &arguments.marts {
        if !is_published(&TableName::new("marts", wanted)) {
            let known = pipeline.marts.iter().map(|mart| mart.name.as_str());
            let meant = nearest(wanted, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            bail!("the pipeline {} publishes no mart `{wanted}`{meant}", pipeline.name);
        }
    }
    let is_chosen = |table: &TableName| match table.schema.as_str() {
        "marts" => is_published(table) && (arguments.marts.is_empty() || arguments.marts.contains(&table.name)),
        "staging" | "landing" => arguments.all,
        // What the runner puts together has no file.
        _ => false,
    };
    Ok(pipeline.contracts().filter(|(table, _)| is_chosen(table)).collect())
}

/// Extracts and entities bear the same names, and so have folders of their own.
fn path(into: &Path, table: &TableName) -> PathBuf {
    let folder = if table.schema == "marts" { into.to_path_buf() } else { into.join(&table.schema) };
    folder.join(format!("{}.odcs.yaml", table.name))
}

fn tell(cli: &Cli, exported: &[Exported<'_>]) -> Result<u8> {
    let shown = |is_there: bool| {
        let files = exported.iter().filter(move |file| file.is_there == is_there);
        files.map(|file| file.path.display().to_string()).collect::<Vec<_>>()
    };
    let (written, unchanged) = (shown(false), shown(true));
    if cli.output == Output::Json {
        print(&serde_json::json!({ "written": written, "unchanged": unchanged }).to_string())?;
    } else {
        for path in &written {
            print(path)?;
        }
    }
    say(&format!("{} contracts written, {} were there as they are", written.len(), unchanged.len()));
    Ok(0)
}
