//! `sopmart man`: the manual, a page for the program and one for each command.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, Command, CommandFactory};
use clap_mangen::Man;

use crate::cli::{Cli, Output, print, say};
use crate::warehouse::whole_file;

#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// Write all pages into this folder: sopmart.1, sopmart-run.1, … [default: the first page to stdout]
    #[arg(long, env = "SOPMART_INTO", value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    into: Option<PathBuf>,
}

pub(super) fn man(cli: &Cli, arguments: &ManArgs) -> Result<u8> {
    let mut command = Cli::command();
    // Global flags reach the commands, and each command its full name, once the whole is built.
    command.build();
    let Some(folder) = &arguments.into else {
        print(&page(&command)?.1)?;
        return Ok(0);
    };
    let mut pages = Vec::new();
    collect(&command, &mut pages)?;
    for (name, text) in &pages {
        whole_file(&folder.join(name), text)?;
    }
    let shown = folder.display();
    say(&format!("wrote {} pages into {shown}; read one with: man {shown}/sopmart.1", pages.len()));
    if cli.output == Output::Json {
        let names: Vec<&String> = pages.iter().map(|(name, _)| name).collect();
        print(&serde_json::json!({ "folder": folder, "pages": names }).to_string())?;
    }
    Ok(0)
}

fn collect(command: &Command, pages: &mut Vec<(String, String)>) -> Result<()> {
    pages.push(page(command)?);
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        collect(below, pages)?;
    }
    Ok(())
}

/// The file of a page, and its text.
fn page(command: &Command) -> Result<(String, String)> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_string();
    let mut text = Vec::new();
    let page = Man::new(command.clone()).title(name.to_uppercase()).section("1").manual("sopmart");
    page.render(&mut text).with_context(|| format!("writing the page of {name}"))?;
    Ok((format!("{name}.1"), String::from_utf8(text).with_context(|| format!("writing the page of {name}"))?))
}
