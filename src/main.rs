//! The thin binary: parse, run, print, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(sopmart::cli::main())
}
