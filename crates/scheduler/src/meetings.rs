//! Which reminders are of meetings, and which of these are taken out of a calendar again.
//!
//! A follow-up, a transition meeting and a method review are held on a day by several people: they
//! get an entry. A handover is answered by one, a grant runs out, a dialogue is weekly: they do not.
//! What the letters themselves say is the record of what a calendar knows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{Days, NaiveDate};
use spor_domain::ids::CaseRef;
use spor_history::stream;
use spor_mail::calendar::{Method, Said};
use spor_mail::digest::Held;
use spor_store::{LetterFilter, LetterId, LetterName, ReminderRow, StoreId, StreamName};
use uuid::Uuid;

use crate::error::Result;
use crate::tick::{Round, Scheduler};

/// The rules whose day is that of a meeting.
const MEETINGS: [&str; 3] = ["R01", "R03", "R05"];
/// Days beyond the longest notice in which a letter may have put a coming meeting in a calendar.
const MARGIN_DAYS: u32 = 21;

/// What letters told calendars. A letter is frozen: each is read and taken apart once.
#[derive(Debug, Default)]
pub(crate) struct Told(Mutex<BTreeMap<LetterId, (NaiveDate, Arc<Said>)>>);

impl Told {
    fn locked(&self) -> MutexGuard<'_, BTreeMap<LetterId, (NaiveDate, Arc<Said>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn by(&self, letter: LetterId) -> Option<Arc<Said>> {
        self.locked().get(&letter).map(|(_, said)| Arc::clone(said))
    }

    fn keep(&self, letter: &LetterName, said: &Arc<Said>) {
        self.locked().insert(letter.id, (letter.local_day, Arc::clone(said)));
    }

    fn forget_before(&self, since: NaiveDate) {
        self.locked().retain(|_, (day, _)| *day >= since);
    }
}

/// What a meeting is called in calendars: the same in every letter and to everybody, and without
/// a digit, so that no part of it looks like the number of a person.
pub(crate) fn calendar_id(store: StoreId, row: &ReminderRow) -> Option<String> {
    if !MEETINGS.contains(&row.rule.as_str()) {
        return None;
    }
    let name = format!("calendar/{}/{}/{}", row.rule, row.case_ref, row.cycle);
    let mut id = String::new();
    for byte in Uuid::new_v5(&store.get(), name.as_bytes()).into_bytes() {
        let letter = |nibble: u8| char::from(b'a' + nibble);
        write!(id, "{}{}", letter(byte >> 4), letter(byte & 15)).expect("a text grows");
    }
    Some(id)
}

impl Scheduler {
    /// By person, the meetings that stand in a calendar on a day to come and need not be held any
    /// more. Nobody gets a letter for these alone.
    pub(crate) async fn held(
        &self,
        round: &Round,
        people: &BTreeSet<&str>,
    ) -> Result<BTreeMap<String, Vec<Held>>> {
        let since = earliest_notice(round);
        let told = self.store.told(people, &MEETINGS, since, round.day).await?;
        let refs = told.iter().filter_map(|row| CaseRef::parse(&row.case_ref).ok());
        let streams: BTreeSet<StreamName> = refs.map(|case| stream::of_case(&case)).collect();
        let cases = self.fold(&streams.into_iter().collect::<Vec<_>>(), round).await?;
        let mut settled: BTreeMap<String, Vec<Held>> = BTreeMap::new();
        for row in told {
            let case = CaseRef::parse(&row.case_ref).ok();
            let known = case.and_then(|case| cases.get(&case)?.as_ref());
            let is_open = known.is_none_or(|known| {
                let deadline = known.deadline(&row.rule, row.cycle);
                deadline.is_some_and(|known| known.settled.is_none_or(|s| s.on > round.day))
            });
            let (Some(id), Some(due)) = (calendar_id(self.store.id(), &row), row.due) else {
                continue;
            };
            let Some(person) = row.recipient.filter(|_| !is_open) else { continue };
            let held = Held {
                rule: row.rule,
                case_ref: row.case_ref,
                role: row.recipient_role,
                due,
                calendar_id: id,
            };
            let of_person = settled.entry(person).or_default();
            if !of_person.iter().any(|known| known.calendar_id == held.calendar_id) {
                of_person.push(held);
            }
        }
        self.keep_published(since, &mut settled).await?;
        Ok(settled)
    }

    /// Keeps the meetings of which the newest letter that names them says that they shall be held.
    async fn keep_published(
        &self,
        since: NaiveDate,
        settled: &mut BTreeMap<String, Vec<Held>>,
    ) -> Result<()> {
        self.shared.told.forget_before(since);
        let people = settled.keys().map(String::as_str).collect();
        let mut letters: BTreeMap<String, Vec<LetterName>> = BTreeMap::new();
        for letter in self.store.letters_since(&people, since).await? {
            letters.entry(letter.recipient.clone()).or_default().push(letter);
        }
        for (person, held) in settled {
            let mut newest: BTreeMap<String, Method> = BTreeMap::new();
            for letter in letters.get(person).into_iter().flatten() {
                if newest.len() == held.len() {
                    break;
                }
                let said = self.said(letter).await?;
                for id in held.iter().map(|held| &held.calendar_id) {
                    if let Some(method) = said.about(id) {
                        newest.entry(id.clone()).or_insert(method);
                    }
                }
            }
            held.retain(|held| newest.get(&held.calendar_id) == Some(&Method::Publish));
        }
        Ok(())
    }

    async fn said(&self, letter: &LetterName) -> Result<Arc<Said>> {
        if let Some(said) = self.shared.told.by(letter.id) {
            return Ok(said);
        }
        let filter = LetterFilter { id: Some(letter.id), ..LetterFilter::default() };
        let row = self.store.letters(&filter, 1).await?.pop();
        let said = Arc::new(row.map(|row| Said::of(&row.letter.bytes)).unwrap_or_default());
        self.shared.told.keep(letter, &said);
        Ok(said)
    }
}

fn earliest_notice(round: &Round) -> NaiveDate {
    let policy = &round.policy;
    let notices = [
        policy.follow_up_notice_days,
        policy.transition_notice_days,
        policy.method_review_notice_days,
    ];
    let days = notices.into_iter().max().unwrap_or(0).saturating_add(MARGIN_DAYS);
    round.day.checked_sub_days(Days::new(days.into())).unwrap_or(round.day)
}
