//! What a client is told when something is not to be: PostgreSQL's severities and codes.

use arrow::error::ArrowError;
use datafusion::common::SchemaError;
use datafusion::error::DataFusionError;
use pgwire::error::{ErrorInfo, PgWireError};

/// The codes that are used here (PostgreSQL manual, appendix A).
pub const SYNTAX_ERROR: &str = "42601";
pub const TOO_DEEP: &str = "54001";
pub const PROTOCOL: &str = "08P01";
pub const MALFORMED: &str = "22P02";
pub const OTHER_TYPE: &str = "42804";
pub const READ_ONLY: &str = "25006";
pub const NOT_SUPPORTED: &str = "0A000";
pub const QUERY_CANCELED: &str = "57014";
pub const TOO_MUCH: &str = "54000";
pub const UNKNOWN_SETTING: &str = "42704";
pub const INVALID_VALUE: &str = "22023";
pub const UNKNOWN_CURSOR: &str = "34000";
pub const TAKEN_CURSOR: &str = "42P03";
pub const ABORTED: &str = "25P02";
pub const NO_TRANSACTION: &str = "25P01";
pub const NOT_ALLOWED: &str = "28000";
const UNKNOWN_TABLE: &str = "42P01";
const UNKNOWN_COLUMN: &str = "42703";
const AMBIGUOUS_COLUMN: &str = "42702";
const WRONG: &str = "42000";
const DIVISION_BY_ZERO: &str = "22012";
const WRONG_DATA: &str = "22000";
const OUT_OF_MEMORY: &str = "53200";
pub const INTERNAL: &str = "XX000";

/// An error that ends the statement.
pub fn error(code: &str, message: impl Into<String>) -> PgWireError {
    PgWireError::UserError(Box::new(ErrorInfo::new("ERROR".into(), code.into(), message.into())))
}

/// One that tells what to do, too.
pub fn error_with_hint(code: &str, message: impl Into<String>, hint: impl Into<String>) -> PgWireError {
    let mut info = ErrorInfo::new("ERROR".into(), code.into(), message.into());
    info.hint = Some(hint.into());
    PgWireError::UserError(Box::new(info))
}

/// One that ends the connection.
pub fn fatal(code: &str, message: impl Into<String>) -> PgWireError {
    PgWireError::UserError(Box::new(ErrorInfo::new("FATAL".into(), code.into(), message.into())))
}

/// What the engine says, under the code that clients know it by.
pub fn of_engine(found: &DataFusionError) -> PgWireError {
    let root = found.find_root();
    let code = match root {
        DataFusionError::SQL(..) => SYNTAX_ERROR,
        DataFusionError::SchemaError(schema, _) => match schema.as_ref() {
            SchemaError::AmbiguousReference { .. } => AMBIGUOUS_COLUMN,
            _ => UNKNOWN_COLUMN,
        },
        DataFusionError::Plan(message) if message.contains("not found") && message.contains("table") => UNKNOWN_TABLE,
        DataFusionError::Plan(_) => WRONG,
        DataFusionError::NotImplemented(_) => NOT_SUPPORTED,
        DataFusionError::ResourcesExhausted(_) => OUT_OF_MEMORY,
        DataFusionError::ArrowError(arrow, _) => match arrow.as_ref() {
            ArrowError::DivideByZero => DIVISION_BY_ZERO,
            _ => WRONG_DATA,
        },
        DataFusionError::Execution(_) => WRONG_DATA,
        _ => INTERNAL,
    };
    error(code, root.message())
}
