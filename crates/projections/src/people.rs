//! What other streams say of a case's people: a volunteer's hours with other young people, the
//! supervision of whoever holds two roles. No entry of the case tells it, so a view is filled in
//! when somebody asks.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use spor_domain::assigning::AssignedRole;
use spor_domain::ids::{CaseRef, PersonRef};
use spor_domain::staff::Directory;
use spor_domain::view::{OtherSession, View};
use spor_history::load::{KnownAt, Memory};
use spor_store::{Cell, Filter, StreamName};

use crate::column::text;
use crate::error::Result;
use crate::runner::Runner;
use crate::tables::sessions;

/// How long the rows may take to become fresh before they answer as they are.
const FRESH_WITHIN: Duration = Duration::from_secs(2);
/// Streams folded at a time.
const STREAMS: usize = 200;
/// People asked about in one question.
const PEOPLE: usize = 500;

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
        runner.catch_up_asked(FRESH_WITHIN, asked.now).await?;
    }
    learn(runner.memory(), view, asked).await
}

/// Fills in what the case itself does not say, from the rows as they are.
pub async fn learn(memory: &Memory, view: &mut View, asked: Asked<'_>) -> Result<()> {
    view.learn_supervision(asked.directory);
    let volunteers: BTreeSet<_> = view.assigned_as(AssignedRole::Volunteer).into_iter().collect();
    if volunteers.is_empty() {
        return Ok(());
    }
    let asked_of = (view.day, asked.known_at);
    for sessions in sessions_of(memory, &volunteers, asked_of).await?.into_values() {
        learn_sessions(view, asked.case, &sessions);
    }
    Ok(())
}

/// Takes over a volunteer's sessions with other young people.
pub fn learn_sessions(view: &mut View, case: &CaseRef, sessions: &[(CaseRef, OtherSession)]) {
    let others = sessions.iter().filter(|(other, _)| other != case);
    view.other_sessions.extend(others.map(|(_, session)| session.clone()));
}

/// What volunteers did up to a day, case by case. The kept rows only tell where to look; what is
/// counted comes from the log, as known.
pub async fn sessions_of(
    memory: &Memory,
    volunteers: &BTreeSet<PersonRef>,
    (day, known_at): (NaiveDate, KnownAt),
) -> Result<BTreeMap<PersonRef, Vec<(CaseRef, OtherSession)>>> {
    let mut sessions: BTreeMap<_, Vec<_>> =
        volunteers.iter().map(|volunteer| (volunteer.clone(), Vec::new())).collect();
    let streams = streams_of(memory, volunteers).await?;
    for chunk in streams.chunks(STREAMS) {
        for (case, folded) in memory.fold(chunk, known_at).await? {
            let Ok(folded) = folded else { continue };
            for session in folded.as_of(day).sessions {
                if let Some(of_volunteer) = sessions.get_mut(&session.by) {
                    let (by, on, minutes) = (session.by, session.on, session.minutes);
                    of_volunteer.push((case.clone(), OtherSession { by, on, minutes }));
                }
            }
        }
    }
    Ok(sessions)
}

async fn streams_of(memory: &Memory, people: &BTreeSet<PersonRef>) -> Result<Vec<StreamName>> {
    let people: Vec<Cell> = people.iter().map(|person| text(person.as_str())).collect();
    let mut streams = BTreeSet::new();
    for chunk in people.chunks(PEOPLE) {
        let filter = Filter::In("by".to_owned(), chunk.to_vec());
        streams.extend(memory.store().streams_of(&sessions::TABLE.spec(), &filter).await?);
    }
    Ok(streams.into_iter().collect())
}
