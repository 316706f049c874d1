//! The hand-written loops: a bare connection, prepared statements, nothing else.

pub(crate) mod log;
pub(crate) mod rows;
pub(crate) mod scan;

use std::path::Path;

use anyhow::Result;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, ConnectOptions, Executor};

/// Statements kept ready; groups of many sizes each have their own.
const STATEMENTS: usize = 512;

/// A connection with the settings of the store's own.
pub(crate) async fn connect(path: &Path) -> Result<SqliteConnection> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("recursive_triggers", "ON")
        .statement_cache_capacity(STATEMENTS)
        .disable_statement_logging();
    Ok(options.connect().await?)
}

/// Runs statements with their values, prepared once.
pub(crate) async fn run(
    connection: &mut SqliteConnection,
    text: String,
    values: SqliteArguments,
) -> Result<()> {
    connection.execute(sqlx::query_with(AssertSqlSafe(text), values)).await?;
    Ok(())
}

/// `(?, ?), (?, ?)`: places for so many rows of so many values.
pub(crate) fn places(rows: usize, values: usize) -> String {
    let row = format!("({})", vec!["?"; values].join(", "));
    vec![row; rows].join(", ")
}
