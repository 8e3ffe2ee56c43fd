//! The thin binary: parse, run, print, exit code.

use std::process::ExitCode;

/// Planning a query makes and drops small things by the million, on every thread: a sixth of a small run's time went to
/// the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ExitCode::from(sopmart::cli::main())
}
