//! What may be said in a transaction that has failed, and what heals it. Sets are only read: a transaction changes
//! nothing, but clients wait for its states.

use pgwire::error::PgWireResult;
use pgwire::messages::response::TransactionStatus;

use crate::serve::refusal::{ABORTED, NO_TRANSACTION, error};
use crate::serve::statement::Statement;

/// Nothing but its end, or the way back to a savepoint, is heard in a transaction that has failed.
///
/// # Errors
/// When the transaction has failed and the statement is none of these.
pub fn may_be_said(status: TransactionStatus, statement: &Statement) -> PgWireResult<()> {
    let ends = matches!(statement, Statement::Commit | Statement::Rollback | Statement::RollbackTo);
    if status == TransactionStatus::Error && !ends {
        let message = "current transaction is aborted, commands ignored until end of transaction block";
        return Err(error(ABORTED, message));
    }
    Ok(())
}

/// What a statement comes to in a transaction of this status: one that has failed is never committed.
///
/// # Errors
/// When it may not be said, or goes back to a savepoint where there is no transaction.
pub fn within(status: TransactionStatus, statement: Statement) -> PgWireResult<Statement> {
    may_be_said(status, &statement)?;
    match (status, statement) {
        (TransactionStatus::Error, Statement::Commit) => Ok(Statement::Rollback),
        (TransactionStatus::Idle, Statement::RollbackTo) => {
            Err(error(NO_TRANSACTION, "ROLLBACK TO SAVEPOINT can only be used in transaction blocks"))
        }
        (_, statement) => Ok(statement),
    }
}
