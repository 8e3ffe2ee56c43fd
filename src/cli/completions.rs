//! `sopmart completions`: what a shell needs to complete commands, flags and their values.

use anyhow::Result;
use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use crate::cli::{Cli, print};

#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell that is to read it
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn completions(arguments: &CompletionsArgs) -> Result<u8> {
    let mut script = Vec::new();
    generate(arguments.shell, &mut Cli::command(), "sopmart", &mut script);
    print(&String::from_utf8(script)?)?;
    Ok(0)
}
