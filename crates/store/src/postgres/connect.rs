//! The way to a server: each one named is tried, the one that may be written to is taken.

use std::str::FromStr;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

use super::failure::{translate, unreachable};
use super::link::PostgresLink;
use crate::backend::Batch;
use crate::error::{Result, StoreError};
use crate::location::{Open, OpenOptions, Servers};
use crate::sql;

/// A server that has not answered by then is taken for dead.
const CONNECT_WAIT: Duration = Duration::from_secs(3);
/// Between two rounds while no server may be written to.
const ROUND_WAIT: Duration = Duration::from_millis(250);
/// How long a fail-over may take before the program gives up.
const FAIL_OVER: Duration = Duration::from_secs(30);
/// The oldest PostgreSQL whose words are used here.
const OLDEST_SERVER: i64 = 14;
/// Prepared statements kept per connection: more than there are.
const STATEMENTS: usize = 256;

/// Connects to the server that may be written to; for reading only, to any if there is none.
pub(crate) async fn connect(servers: &Servers, options: OpenOptions) -> Result<PostgresLink> {
    let mut replica = None;
    let mut failed = None;
    for url in servers.urls() {
        match open(url, options).await {
            Ok((link, Role::Primary)) => return Ok(link),
            Ok((link, Role::Replica)) => replica = Some(link),
            // A server that cannot be reached says less than one that refuses.
            Err(StoreError::Unreachable { .. }) if failed.is_some() => {}
            Err(error) => failed = Some(error),
        }
    }
    match (replica, failed, options.mode) {
        (Some(link), _, Open::ReadOnly) => Ok(link),
        (_, Some(error), _) if !matches!(error, StoreError::Unreachable { .. }) => Err(error),
        (Some(_), _, Open::ReadWrite) => Err(StoreError::Replica { place: servers.place() }),
        (None, Some(error), _) => Err(error),
        (None, None, _) => Err(unreachable(&servers.place(), "no server is named")),
    }
}

/// Connects after a connection was lost: rounds over the servers until one may be written to.
pub(super) async fn connect_again(servers: &Servers, options: OpenOptions) -> Result<PostgresLink> {
    let rounds = async {
        loop {
            match connect(servers, options).await {
                Err(StoreError::Unreachable { .. } | StoreError::Replica { .. }) => {
                    tokio::time::sleep(ROUND_WAIT).await;
                }
                answered => return answered,
            }
        }
    };
    match tokio::time::timeout(FAIL_OVER, rounds).await {
        Ok(connected) => connected,
        Err(_) => connect(servers, options).await,
    }
}

/// What a server is in its cluster.
enum Role {
    Primary,
    Replica,
}

async fn open(url: &str, options: OpenOptions) -> Result<(PostgresLink, Role)> {
    let bad = |_| StoreError::BadLocation { text: Servers::without_password(url) };
    let place = Servers::without_password(url);
    let connect = PgConnectOptions::from_str(url)
        .map_err(bad)?
        .application_name("spor")
        .statement_cache_capacity(STATEMENTS)
        .disable_statement_logging();
    let connection = match tokio::time::timeout(CONNECT_WAIT, connect.connect()).await {
        Ok(connected) => connected.map_err(|error| translate(error, &place))?,
        Err(_) => return Err(unreachable(&place, "no answer")),
    };
    let mut link = PostgresLink::new(place, connection);
    let waits = format!("SET lock_timeout = {}", options.lock_wait_ms);
    let batch = Batch::new().run_built(sql::server::BEGIN_SESSION, vec![]).run_built(waits, vec![]);
    let asked = batch.ask_built(sql::server::READ_SERVER.to_owned(), vec![]);
    let answers = link.run_batch(asked).await?;
    let row = answers.into_iter().flat_map(|answer| answer.rows).next();
    let mut row = row.ok_or_else(|| StoreError::unreadable("the server tells nothing"))?;
    check_version(&row.take::<String>()?)?;
    let encoding: String = row.take()?;
    if encoding != "UTF8" {
        return Err(StoreError::NotUtf8 { found: encoding });
    }
    let role = if row.take()? { Role::Replica } else { Role::Primary };
    Ok((link, role))
}

/// Refuses a server whose version is not known to keep what is promised.
fn check_version(found: &str) -> Result<()> {
    let major = found.split(['.', ' ', 'r', 'b', 'd']).next().and_then(|n| n.parse::<i64>().ok());
    if major.is_some_and(|major| major >= OLDEST_SERVER) {
        return Ok(());
    }
    let found = format!("PostgreSQL {found}");
    Err(StoreError::OldLibrary { found, needed: "PostgreSQL 14" })
}

#[cfg(test)]
mod tests {
    use super::check_version;

    #[test]
    fn a_server_older_than_fourteen_is_refused_by_name() {
        for good in ["14.0", "15.14 (Debian 15.14-0+deb12u1)", "18rc1", "19devel", "20beta2"] {
            assert!(check_version(good).is_ok(), "{good}");
        }
        for bad in ["13.22", "9.6.24", "10devel", "", "EnterpriseDB"] {
            let error = check_version(bad).unwrap_err();
            assert_eq!(error.code(), "old_library");
            assert!(error.to_string().starts_with(&format!("PostgreSQL {bad}")), "{error}");
        }
    }
}
