//! What a command says: errors and lines for people on stderr, what it is for on stdout.

use std::io::{IsTerminal, Write, stderr, stdout};

use annotate_snippets::Renderer;
use anyhow::Result;

use crate::fault::{Fault, Faults, with_causes};

/// Writes an error to stderr: faults with the line and a caret, others with their causes.
pub(super) fn complain(error: &anyhow::Error) {
    if let Some(faults) = error.downcast_ref::<Faults>() {
        show_faults(&faults.0);
    } else if let Some(fault) = error.downcast_ref::<Fault>() {
        show_faults(std::slice::from_ref(fault));
    } else {
        say(&format!("error: {}", with_causes(error)));
    }
}

pub(super) fn show_faults(faults: &[Fault]) {
    let is_styled = stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let renderer = if is_styled { Renderer::styled() } else { Renderer::plain() };
    for fault in faults {
        say(&fault.render(&renderer));
    }
}

/// A line for people, on stderr.
pub(super) fn say(line: &str) {
    // A closed stderr is no reason to fail.
    drop(writeln!(stderr(), "{line}"));
}

/// What a command is for, on stdout; a reader that has gone away wants no more of it.
pub(super) fn print(text: &str) -> Result<()> {
    match stdout().write_all(format!("{}\n", text.trim_end_matches('\n')).as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
