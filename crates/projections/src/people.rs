//! What other streams say of a case's people: a volunteer's hours with other young people, the
//! supervision of whoever holds two roles. No entry of the case tells it, so a view is filled in
//! when somebody asks.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, Utc};
use spor_domain::assigning::AssignedRole;
use spor_domain::ids::{CaseRef, PersonRef};
use spor_domain::staff::Directory;
use spor_domain::view::{OtherSession, View};
use spor_history::load::KnownAt;
use spor_history::stream;
use spor_store::{Filter, Op, Select, StreamName};

use crate::column::text;
use crate::error::Result;
use crate::runner::Runner;
use crate::tables::sessions;

/// How long the rows may take to become fresh before they answer as they are.
const FRESH_WITHIN: Duration = Duration::from_secs(2);
/// Streams folded at a time.
const STREAMS: usize = 200;

/// Who is asked about, and what may be known.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The case of the view.
    pub case: &'a CaseRef,
    /// Everybody, as known.
    pub directory: &'a Directory,
    /// What may be known.
    pub known_at: KnownAt,
    /// The present, for rows that are behind.
    pub now: DateTime<Utc>,
}

/// Fills in what the case itself does not say. The kept rows only tell where to look; what is
/// counted comes from the log, as known.
pub async fn fill_in(runner: &Runner, view: &mut View, asked: Asked<'_>) -> Result<()> {
    for (person, known) in asked.directory.people() {
        if !known.supervised.is_empty() {
            view.supervised.insert(person.clone(), known.supervised.clone());
        }
    }
    let volunteers = view.assigned_as(AssignedRole::Volunteer);
    if volunteers.is_empty() {
        return Ok(());
    }
    runner.catch_up(FRESH_WITHIN, asked.now).await?;
    let own = stream::of_case(asked.case);
    for volunteer in volunteers {
        let mut others = streams_of(runner, &volunteer).await?;
        others.remove(&own);
        let others: Vec<StreamName> = others.into_iter().collect();
        for chunk in others.chunks(STREAMS) {
            for (_, folded) in runner.memory().fold(chunk, asked.known_at).await? {
                let Ok(folded) = folded else { continue };
                let other = folded.as_of(view.day);
                let held = other.sessions.iter().filter(|session| session.by == volunteer);
                view.other_sessions.extend(held.map(|session| OtherSession {
                    by: volunteer.clone(),
                    on: session.on,
                    minutes: session.minutes,
                }));
            }
        }
    }
    Ok(())
}

async fn streams_of(runner: &Runner, person: &PersonRef) -> Result<BTreeSet<StreamName>> {
    let filter = Filter::Is("by".to_owned(), Op::Equal, text(person.as_str()));
    let select = Select { filter: Some(filter), order: Vec::new(), limit: None };
    let rows = runner.store().select_rows(&sessions::TABLE.spec(), &select).await?;
    Ok(rows.into_iter().map(|row| row.stream).collect())
}
