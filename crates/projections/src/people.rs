//! What other streams say of a case's people: a volunteer's hours with other young people, the
//! supervision of whoever holds two roles. No entry of the case tells it, so a view is filled in
//! when somebody asks.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use spor_domain::assigning::AssignedRole;
use spor_domain::ids::{CaseRef, PersonRef};
use spor_domain::staff::Directory;
use spor_domain::view::{OtherSession, View};
use spor_history::load::{KnownAt, Memory};
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

/// Fills in what the case itself does not say, from fresh rows.
pub async fn fill_in(runner: &Runner, view: &mut View, asked: Asked<'_>) -> Result<()> {
    if !view.assigned_as(AssignedRole::Volunteer).is_empty() {
        runner.catch_up(FRESH_WITHIN, asked.now).await?;
    }
    learn(runner.memory(), view, asked).await
}

/// Fills in what the case itself does not say, from the rows as they are.
pub async fn learn(memory: &Memory, view: &mut View, asked: Asked<'_>) -> Result<()> {
    view.learn_supervision(asked.directory);
    for volunteer in view.assigned_as(AssignedRole::Volunteer) {
        let sessions = sessions_of(memory, &volunteer, (view.day, asked.known_at)).await?;
        learn_sessions(view, asked.case, &sessions);
    }
    Ok(())
}

/// Takes over a volunteer's sessions with other young people.
pub fn learn_sessions(view: &mut View, case: &CaseRef, sessions: &[(CaseRef, OtherSession)]) {
    let others = sessions.iter().filter(|(other, _)| other != case);
    view.other_sessions.extend(others.map(|(_, session)| session.clone()));
}

/// A volunteer's sessions up to a day, case by case. The kept rows only tell where to look; what is
/// counted comes from the log, as known.
pub async fn sessions_of(
    memory: &Memory,
    volunteer: &PersonRef,
    (day, known_at): (NaiveDate, KnownAt),
) -> Result<Vec<(CaseRef, OtherSession)>> {
    let streams: Vec<StreamName> = streams_of(memory, volunteer).await?.into_iter().collect();
    let mut sessions = Vec::new();
    for chunk in streams.chunks(STREAMS) {
        for (case, folded) in memory.fold(chunk, known_at).await? {
            let Ok(folded) = folded else { continue };
            let of_case = folded.as_of(day).sessions.into_iter();
            let held = of_case.filter(|session| session.by == *volunteer);
            sessions.extend(held.map(|session| {
                let (on, minutes) = (session.on, session.minutes);
                (case.clone(), OtherSession { by: volunteer.clone(), on, minutes })
            }));
        }
    }
    Ok(sessions)
}

async fn streams_of(memory: &Memory, person: &PersonRef) -> Result<BTreeSet<StreamName>> {
    let filter = Filter::Is("by".to_owned(), Op::Equal, text(person.as_str()));
    let select = Select { filter: Some(filter), order: Vec::new(), limit: None };
    let rows = memory.store().select_rows(&sessions::TABLE.spec(), &select).await?;
    Ok(rows.into_iter().map(|row| row.stream).collect())
}
