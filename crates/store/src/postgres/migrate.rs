//! A database is prepared by its administrator: roles, schemas, tables, triggers, rights.

use super::{PostgresLink, connect};
use crate::backend::{Batch, Connection, values};
use crate::error::{Result, StoreError};
use crate::location::{Open, OpenOptions, Servers};
use crate::sql;

/// A migration: its number, its name, its text.
type Migration = (i64, &'static str, &'static str);

macro_rules! migrations {
    ($($number:literal $name:literal,)*) => {
        &[$((
            $number,
            $name,
            include_str!(concat!("../../../../migrations/postgres/", $name, ".sql")),
        ),)*]
    };
}

/// The migrations, by number; the last number is the format.
const MIGRATIONS: &[Migration] = migrations! {
    1 "0001_log",
    2 "0002_derived",
    3 "0003_reminders",
    4 "0004_keyring",
    5 "0005_anchors",
    6 "0006_erasure",
    7 "0007_keyring_epochs",
    8 "0008_restore",
    9 "0009_protocol",
    10 "0010_reports",
    11 "0011_letters_counted",
};

/// Nobody else prepares the database meanwhile.
const ONE_AT_A_TIME: &str = "SELECT pg_advisory_lock(8389758)";

/// Brings a database to the newest format, one migration in one transaction; what a killed run has
/// done stays done. Gives the names of the migrations that were made.
pub(crate) async fn migrate(servers: &Servers) -> Result<Vec<&'static str>> {
    let mut link = connect(servers, OpenOptions::new(Open::ReadWrite)).await?;
    let begun = Batch::new()
        .run_built("RESET ROLE", vec![])
        .run_built(ONE_AT_A_TIME, vec![])
        .run_built("BEGIN", vec![])
        .run_built(sql::server::MAKE_ROLES, vec![])
        .run_built("COMMIT", vec![]);
    link.run_batch(begun).await?;
    let found = format(&mut link).await?;
    if found > newest() {
        return Err(StoreError::NewerFormat { found, known: newest() });
    }
    let mut made = Vec::new();
    for (number, name, text) in MIGRATIONS.iter().filter(|(number, ..)| *number > found) {
        let noted =
            "INSERT INTO spor.migrations (migration_no, name) VALUES ($1::bigint, $2::text)";
        let batch = Batch::new()
            .run_built("BEGIN", vec![])
            .run_built("SET LOCAL ROLE spor_owner", vec![])
            .run_built(*text, vec![])
            .run_built(noted, values![*number, *name])
            .run_built(sql::server::GRANT_RIGHTS, vec![])
            .run_built("COMMIT", vec![]);
        link.run_batch(batch).await?;
        made.push(*name);
    }
    Box::new(link).close().await?;
    Ok(made)
}

/// The number of the last migration that a database had.
pub(super) async fn format(link: &mut PostgresLink) -> Result<i64> {
    let answers = link.run_batch(Batch::new().ask(sql::READ_FORMAT, vec![])).await?;
    let row = answers.into_iter().flat_map(|answer| answer.rows).next();
    row.ok_or_else(|| StoreError::unreadable("the database does not tell its format"))?.take()
}

/// The format that this program knows.
pub(super) fn newest() -> i64 {
    MIGRATIONS.last().map_or(0, |(number, ..)| *number)
}

/// The names of all triggers that the migrations made.
pub(super) fn triggers() -> impl Iterator<Item = &'static str> {
    let lines = MIGRATIONS.iter().flat_map(|(.., text)| text.lines());
    let names = lines.filter_map(|line| line.strip_prefix("CREATE TRIGGER "));
    names.filter_map(|rest| rest.split_whitespace().next())
}
