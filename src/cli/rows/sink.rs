//! Stdout as a place for many rows: written in large pieces, and quietly given up where its reader has gone away.

use std::io::{BufWriter as Buffered, ErrorKind, IsTerminal, Result, Stdout, Write, stdout};

/// Whether a person looks at stdout.
pub(in crate::cli) fn is_terminal() -> bool {
    stdout().is_terminal()
}

/// Stdout, which may be a pipe whose reader wants no more.
pub(in crate::cli) struct Pipe {
    out: Buffered<Stdout>,
    /// Whether the reader has gone away: that is how `head` says that it has enough.
    pub is_left: bool,
}

impl Pipe {
    pub fn open() -> Pipe {
        Pipe { out: Buffered::with_capacity(1 << 16, stdout()), is_left: false }
    }

    fn noting<Value>(&mut self, outcome: Result<Value>) -> Result<Value> {
        self.is_left |= outcome.as_ref().is_err_and(|error| error.kind() == ErrorKind::BrokenPipe);
        outcome
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let written = self.out.write(bytes);
        self.noting(written)
    }

    fn flush(&mut self) -> Result<()> {
        let flushed = self.out.flush();
        self.noting(flushed)
    }
}
