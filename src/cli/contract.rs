//! `sopmart contract`: contracts from files, contracts read, and contracts for others.

use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use clap::Subcommand;

use crate::cli::console::show_faults;
use crate::cli::contract_export::{ExportArgs, export};
use crate::cli::{Cli, Output, print, say};
use crate::contract;
use crate::extract::ReadError;
use crate::fault::{Fault, Faults};
use crate::infer::{self, Proposal};
use crate::record::number;
use crate::warehouse::new_file;

#[derive(Debug, Subcommand)]
pub(super) enum ContractCommand {
    /// Propose a contract for a file that has none, from all of its rows
    Infer {
        /// CSV, JSON, Parquet, Arrow, Avro or Excel, also compressed
        file: PathBuf,
        /// What the extract is called [default: after the file]
        #[arg(long, env = "SOPMART_NAME")]
        name: Option<String>,
        /// Write it below this folder: contracts/<name>.odcs.yaml, and pipeline.yaml where there is none
        #[arg(long, env = "SOPMART_INTO", value_name = "DIR")]
        into: Option<PathBuf>,
    },
    /// Read contracts and say what is wrong with them
    Lint {
        /// Files, or folders with all contracts below them [default: the project's]
        paths: Vec<PathBuf>,
    },
    /// Write the contracts of the published marts as ODCS files, as they are in force
    Export(ExportArgs),
}

pub(super) fn contract(cli: &Cli, command: &ContractCommand, threads: usize) -> Result<u8> {
    match command {
        ContractCommand::Infer { file, name, into } => infer(cli, file, name.as_deref(), into.as_deref(), threads),
        ContractCommand::Lint { paths } => lint(cli, paths),
        ContractCommand::Export(arguments) => export(cli, arguments),
    }
}

fn infer(cli: &Cli, file: &Path, name: Option<&str>, into: Option<&Path>, threads: usize) -> Result<u8> {
    let proposal = infer::infer(file, name, threads).map_err(|error| match error {
        ReadError::Source(faults) => anyhow!(faults),
        other => anyhow!(other),
    })?;
    let written = into.map(|folder| write(&proposal, folder, file)).transpose()?.unwrap_or_default();
    if cli.output == Output::Json {
        let told = serde_json::json!({
            "extract": proposal.name,
            "rows": proposal.rows,
            "columns": proposal.columns,
            "contract": proposal.contract,
            "entry": proposal.entry,
            "unsure": proposal.unsure,
            "written": written,
        });
        print(&told.to_string())?;
    } else if into.is_none() {
        print(&proposal.contract)?;
    }
    let Proposal { name, rows, columns, unsure, entry, .. } = &proposal;
    say(&format!("{name}: {columns} columns, from {} records", number(*rows)));
    for what in unsure {
        say(&format!("unsure: {what}"));
    }
    for path in &written {
        say(&format!("wrote {path}"));
    }
    match into {
        Some(_) if written.iter().any(|path| path.ends_with("pipeline.yaml")) => {}
        Some(folder) => {
            let pipeline = folder.join("pipeline.yaml").display().to_string();
            say(&format!("\n{pipeline} was there and is left as it is; put this under its `extracts`:\n\n{entry}"));
        }
        None => say(&format!("\nunder `extracts` of pipeline.yaml:\n\n{entry}")),
    }
    Ok(0)
}

/// Never over a file that is there.
fn write(proposal: &Proposal, folder: &Path, file: &Path) -> Result<Vec<String>> {
    let mut written = Vec::new();
    let contract = folder.join("contracts").join(format!("{}.odcs.yaml", proposal.name));
    new_file(&contract, &proposal.contract)?;
    written.push(contract.display().to_string());
    let pipeline = folder.join("pipeline.yaml");
    if !pipeline.exists() {
        let real = |path: &Path| std::fs::canonicalize(path).with_context(|| path.display().to_string());
        let file = real(file)?;
        let source = from_to(&real(folder)?, file.parent().unwrap_or(Path::new("/"))).display().to_string();
        let name = folder.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let text = format!(
            "name: {}\ndescription: {}\nsource: {}\nextracts:\n{}entities: {{}}\n",
            serde_json::Value::from(name),
            serde_json::Value::from(format!("Extracts as {} has them.", proposal.name)),
            serde_json::Value::from(source),
            proposal.entry
        );
        new_file(&pipeline, &text)?;
        written.push(pipeline.display().to_string());
    }
    Ok(written)
}

/// The way from one folder to another, both of them without links.
fn from_to(from: &Path, to: &Path) -> PathBuf {
    let shared = from.components().zip(to.components()).take_while(|(one, other)| one == other).count();
    // Where they have no more in common than the root, one of them may move without the other.
    if shared <= 1 {
        return to.to_path_buf();
    }
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    let way: PathBuf = up.chain(to.components().skip(shared)).collect();
    if way.as_os_str().is_empty() { PathBuf::from(".") } else { way }
}

fn lint(cli: &Cli, paths: &[PathBuf]) -> Result<u8> {
    let default = [cli.project.join("pipelines"), cli.project.join("sql")];
    let mut files = Vec::new();
    for path in if paths.is_empty() { &default[..] } else { paths } {
        if path.is_file() {
            files.push(path.clone());
        } else if path.is_dir() {
            contracts_below(path, &mut files)?;
        } else if !paths.is_empty() {
            let fault = Fault::of_file(path.display().to_string(), "there is no such file or folder");
            return Err(Faults(vec![fault]).into());
        }
    }
    if files.is_empty() {
        let below = if paths.is_empty() { &default[..] } else { paths };
        let below: Vec<String> = below.iter().map(|path| path.display().to_string()).collect();
        let fault = Fault::of_file(below.join(", "), "found no contract, expected files that end in .odcs.yaml");
        return Err(Faults(vec![fault]).into());
    }
    files.sort();
    let mut faults = Vec::new();
    for file in &files {
        let shown = file.strip_prefix("./").unwrap_or(file).display().to_string();
        let text = std::fs::read_to_string(file).with_context(|| format!("{shown}: cannot be read"))?;
        faults.extend(contract::parse(&shown, &text).err().into_iter().flatten());
    }
    show_faults(&faults);
    if cli.output == Output::Json {
        let faults: Vec<_> = faults.iter().map(super::check::fault_json).collect();
        print(&serde_json::json!({ "contracts": files.len(), "faults": faults }).to_string())?;
    }
    say(&format!("{} contracts, {} faults", files.len(), faults.len()));
    Ok(u8::from(!faults.is_empty()))
}

fn contracts_below(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry.with_context(|| folder.display().to_string())?.path();
        if path.is_dir() && !path.is_symlink() {
            contracts_below(&path, files)?;
        } else if path.to_string_lossy().ends_with(".odcs.yaml") {
            files.push(path);
        }
    }
    Ok(())
}
