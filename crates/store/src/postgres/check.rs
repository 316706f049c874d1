//! What is looked at before a store in PostgreSQL is trusted: format, triggers, settings, rights.

use std::collections::BTreeSet;

use super::{PostgresLink, migrate};
use crate::backend::{Answer, Batch};
use crate::error::{Result, StoreError};
use crate::event::Kind;
use crate::ids::{Position, StoreId};
use crate::location::Servers;
use crate::sql;

/// What was found when a store was opened.
pub(crate) struct Checked {
    /// The kind of the store; none when there is none in the database.
    pub(crate) kind: Option<Kind>,
    /// What takes the ground from under a promise, in words.
    pub(crate) warnings: Vec<String>,
}

/// Settings without which an acknowledged event can be lost when the machine fails.
const NEEDED_SETTINGS: &[&str] = &["fsync is off", "full_page_writes is off"];

/// Refuses a database that cannot keep what is promised; tells what is merely unwise.
pub(crate) async fn check(link: &mut PostgresLink, servers: &Servers) -> Result<Checked> {
    let asked = Batch::new().ask_built(sql::server::FIND_SCHEMA.to_owned(), vec![]);
    let mut row = one(link.run_batch(asked).await?)?;
    let found = if row.take()? { migrate::format(link).await? } else { 0 };
    let known = migrate::newest();
    match found.cmp(&known) {
        std::cmp::Ordering::Greater => return Err(StoreError::NewerFormat { found, known }),
        std::cmp::Ordering::Less => {
            return Err(StoreError::NotMigrated { place: servers.place(), found, known });
        }
        std::cmp::Ordering::Equal => {}
    }
    let batch = Batch::new()
        .ask_built(sql::server::FIND_TRIGGERS.to_owned(), vec![])
        .ask_built(sql::server::FIND_RISKS.to_owned(), vec![])
        .ask(sql::READ_HEAD, vec![]);
    let answers = link.run_batch(batch).await?;
    let [triggers, risks, head] = answers
        .try_into()
        .map_err(|_| StoreError::unreadable("three questions have three answers"))?;
    let firing: BTreeSet<String> = texts(triggers)?.into_iter().collect();
    if let Some(name) = migrate::triggers().find(|name| !firing.contains(*name)) {
        let what = format!("the trigger {name} is missing or disabled");
        return Err(StoreError::Integrity { position: Position::ZERO, what });
    }
    let kind = head.rows.into_iter().next().map(|mut row| {
        row.take::<StoreId>()?;
        row.take::<Kind>()
    });
    let checked = Checked { kind: kind.transpose()?, warnings: texts(risks)? };
    checked.refuse_unsafe(checked.kind)?;
    Ok(checked)
}

impl Checked {
    /// Refuses a production store where the server may lose what it has acknowledged.
    pub(crate) fn refuse_unsafe(&self, kind: Option<Kind>) -> Result<()> {
        let needed = |warning: &&String| NEEDED_SETTINGS.contains(&warning.as_str());
        match (kind, self.warnings.iter().find(needed)) {
            (Some(Kind::Production), Some(what)) => {
                Err(StoreError::UnsafeServer { what: what.clone() })
            }
            _ => Ok(()),
        }
    }
}

fn texts(answer: Answer) -> Result<Vec<String>> {
    answer.rows.into_iter().map(|mut row| row.take()).collect()
}

fn one(answers: Vec<Answer>) -> Result<crate::backend::Row> {
    let row = answers.into_iter().flat_map(|answer| answer.rows).next();
    row.ok_or_else(|| StoreError::unreadable("an answer has no row"))
}
