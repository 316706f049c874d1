//! What people did about reminders: seen, put off, resting. The fold of the acts in a case's own
//! stream of reminders, asked before a letter is written and when somebody wants to know why none
//! came.
//!
//! An act rests letters and never the duty: levels rise meanwhile, and what ends a reminder is the
//! fact alone. A person's own act is about one level; the next one is told whatever was said.

pub mod deciding;
pub mod doing;
mod writing;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use spor_domain::event::Event;
use spor_domain::ids::CaseRef;
use spor_domain::reminding::{self, WHOLE_CASE};
use spor_domain::schema::Category;
use spor_domain::sealed::{Compartment, Sealed};
use spor_history::codec::decode_row;
use spor_history::load::{KnownAt, Memory};
use spor_history::stream;
use spor_history::timeline::TimelineEntry;
use spor_store::{PackedStream, ReminderRow, Store, StoredEvent, StreamName, Upto};
use uuid::Uuid;

use crate::differing::is_of_audit;
use crate::due::{CASE_UNREADABLE, alarm_about};
use crate::error::Result;

/// Why a reminder that somebody has seen is in no letter any more.
pub const ACKNOWLEDGED: &str = "acknowledged";
/// Why a reminder waits: somebody wants to hear of it later.
pub const SNOOZED: &str = "snoozed";
/// Why a reminder waits: the letters of its case rest.
pub const PAUSED: &str = "paused";
/// Stands on a reminder that is told once more since somebody put off what had been sent.
pub(crate) const TOLD_AGAIN: &str = "again_after_snooze";

/// Streams read at a time.
const STREAMS: usize = 500;
/// Events of a page when every case is looked through.
const SCAN_EVENTS: usize = 4_000;
/// The acts of people, among those of the program.
const BY_PEOPLE: [&str; 4] = ["ReminderAcknowledged", "ReminderSnoozed", RESTING[0], RESTING[1]];
/// Those of them that are about every reminder of a case or of a rule.
const RESTING: [&str; 2] = ["RemindersPaused", "RemindersResumed"];

/// One level of one deadline, told to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The rule's number.
    pub rule: String,
    /// The event that anchors the deadline.
    pub cycle: Uuid,
    /// How urgent.
    pub level: String,
    /// To whom.
    pub person: String,
}

/// What somebody did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Has seen it: it is in no letter to this person any more.
    Acknowledged(About),
    /// Wants to hear of it later.
    Snoozed {
        /// Of what.
        about: About,
        /// The last day it rests.
        until: NaiveDate,
    },
    /// Lets letters rest.
    Paused {
        /// `case`, or the number of a rule.
        scope: String,
        /// The last day they rest.
        until: Option<NaiveDate>,
    },
    /// Lets them go out again.
    Resumed {
        /// `case`, or the number of a rule.
        scope: String,
    },
}

/// One act: what, when, by whom and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// What was done.
    pub what: What,
    /// The day it was done.
    pub on: NaiveDate,
    /// When it was recorded.
    pub at: DateTime<Utc>,
    /// Who did it, or for whom it was done.
    pub by: String,
    /// Why, where somebody said so and it can be read.
    pub reason: Option<String>,
}

/// Why a letter does not go to somebody on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest<'a> {
    /// The person has seen it.
    Acknowledged(&'a Deed),
    /// The person wants to hear of it later.
    Snoozed(&'a Deed),
    /// The letters of the case, or of the rule in it, rest.
    Paused(&'a Deed),
}

impl<'a> Rest<'a> {
    /// The stable word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Acknowledged(_) => ACKNOWLEDGED,
            Self::Snoozed(_) => SNOOZED,
            Self::Paused(_) => PAUSED,
        }
    }

    /// The act that it comes from.
    pub fn deed(self) -> &'a Deed {
        match self {
            Self::Acknowledged(deed) | Self::Snoozed(deed) | Self::Paused(deed) => deed,
        }
    }
}

impl About {
    /// What a row of the ledger is about; nothing where it is told to nobody.
    pub fn row(row: &ReminderRow) -> Option<Self> {
        Some(Self {
            rule: row.rule.clone(),
            cycle: row.cycle,
            level: row.level.clone(),
            person: row.recipient.clone()?,
        })
    }
}

impl What {
    fn scope(&self) -> Option<&str> {
        match self {
            Self::Paused { scope, .. } | Self::Resumed { scope } => Some(scope),
            Self::Acknowledged(_) | Self::Snoozed { .. } => None,
        }
    }

    fn about(&self) -> Option<&About> {
        match self {
            Self::Acknowledged(about) | Self::Snoozed { about, .. } => Some(about),
            Self::Paused { .. } | Self::Resumed { .. } => None,
        }
    }
}

/// Everything people did about the reminders of a case, in the order of the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing(Vec<Deed>);

impl Standing {
    /// Takes in what was done next.
    pub fn evolve(&mut self, deed: Deed) {
        self.0.push(deed);
    }

    /// Takes in an entry of the stream, where it is a person's act.
    pub(crate) fn take(&mut self, entry: &TimelineEntry) {
        self.0.extend(deed(entry));
    }

    /// Every act, the first one first.
    pub fn deeds(&self) -> &[Deed] {
        &self.0
    }

    /// Why a reminder of the ledger does not go out on a day. An alarm is neither seen nor put
    /// off; it rests with its case alone.
    pub fn rest(&self, row: &ReminderRow, day: NaiveDate) -> Option<Rest<'_>> {
        if row.reason.as_deref() == Some(CASE_UNREADABLE) || is_of_audit(row) {
            return None;
        }
        let about = About::row(row).filter(|_| alarm_about(row).is_none());
        let own = about.and_then(|about| self.own(&about, day));
        match own {
            Some(Rest::Acknowledged(_)) => own,
            _ => self.pause(&row.rule, day).map(Rest::Paused).or(own),
        }
    }

    /// What a person's newest act on a reminder means on a day.
    pub fn own(&self, about: &About, day: NaiveDate) -> Option<Rest<'_>> {
        let deed = self.newest(day, |what| what.about() == Some(about))?;
        match &deed.what {
            What::Acknowledged(_) => Some(Rest::Acknowledged(deed)),
            What::Snoozed { until, .. } => (day <= *until).then_some(Rest::Snoozed(deed)),
            What::Paused { .. } | What::Resumed { .. } => None,
        }
    }

    /// The pause under which the letters of a rule rest on a day: the case's, else its own.
    pub fn pause(&self, rule: &str, day: NaiveDate) -> Option<&Deed> {
        [WHOLE_CASE, rule].into_iter().find_map(|scope| self.paused(scope, day))
    }

    /// The pause of exactly this scope on a day.
    pub fn paused(&self, scope: &str, day: NaiveDate) -> Option<&Deed> {
        let deed = self.newest(day, |what| what.scope() == Some(scope))?;
        let rests = match &deed.what {
            What::Paused { until, .. } => until.is_none_or(|until| day <= until),
            _ => false,
        };
        rests.then_some(deed)
    }

    /// Whether somebody put this reminder off, however long ago.
    pub(crate) fn was_snoozed(&self, about: &About) -> bool {
        let put_off =
            |deed: &Deed| matches!(&deed.what, What::Snoozed { about: of, .. } if of == about);
        self.0.iter().any(put_off)
    }

    fn newest(&self, day: NaiveDate, is_meant: impl Fn(&What) -> bool) -> Option<&Deed> {
        self.0.iter().rfind(|deed| deed.on <= day && is_meant(&deed.what))
    }
}

/// What people did about the reminders of these cases, by case.
pub type Standings = BTreeMap<String, Standing>;

/// Reads the acts of people in these cases, and of no other.
pub async fn standings<'a>(
    memory: &Memory,
    cases: impl Iterator<Item = &'a CaseRef>,
    known_at: KnownAt,
) -> Result<Standings> {
    let mut streams: Vec<StreamName> = cases.map(stream::of_reminders).collect();
    streams.sort();
    streams.dedup();
    let mut standings = Standings::new();
    for chunk in streams.chunks(STREAMS) {
        // Such a stream is full of what the program has sent; few have an act of a person.
        let acts = memory.store().events_of_types(chunk, &BY_PEOPLE).await?;
        let mut acted: Vec<StreamName> = acts.into_iter().map(|(_, stream)| stream).collect();
        acted.sort();
        acted.dedup();
        if acted.is_empty() {
            continue;
        }
        let slices = memory.store().read_streams(&acted, known_at.into()).await?;
        let events = slices.into_iter().flat_map(|slice| slice.events);
        let acts: Vec<StoredEvent> =
            events.filter(|event| BY_PEOPLE.contains(&event.event_type.as_str())).collect();
        for entry in memory.tell(&acts).await? {
            let case = entry.stream.reference().to_owned();
            standings.entry(case).or_default().take(&entry);
        }
    }
    Ok(standings)
}

/// Every pause that runs on a day, by case. It reads each case's acts, for those who look at
/// everything; what a pause is about stands in clear, so no key is needed.
pub async fn pauses(store: &Store, day: NaiveDate) -> Result<Vec<(String, Deed)>> {
    let category = Category::Reminders.as_str();
    let mut scan = store.scan_by_stream(category, None, SCAN_EVENTS, Upto::Everything)?;
    let mut running = Vec::new();
    loop {
        let slices = scan.next().await?;
        if slices.is_empty() {
            return Ok(running);
        }
        for slice in slices {
            let standing = pauses_of(&slice)?;
            let mut scopes: Vec<&str> =
                standing.0.iter().filter_map(|deed| deed.what.scope()).collect();
            scopes.sort_unstable();
            scopes.dedup();
            let paused = scopes.into_iter().filter_map(|scope| standing.paused(scope, day));
            let case = slice.stream.reference();
            running.extend(paused.map(|deed| (case.to_owned(), deed.clone())));
        }
    }
}

/// What was paused and resumed in a case, as far as it stands in clear.
fn pauses_of(slice: &PackedStream) -> Result<Standing> {
    let mut standing = Standing::default();
    for row in slice.events() {
        let row = row?;
        if !RESTING.contains(&row.event_type) {
            continue;
        }
        let recorded = decode_row(&row)?;
        if let Event::Reminding(event) = &recorded.event {
            let (on, at) = (recorded.occurred_on, recorded.recorded_at);
            let deed = |what| Deed { what, on, at, by: String::new(), reason: None };
            standing.0.extend(resting(event).map(deed));
        }
    }
    Ok(standing)
}

fn resting(event: &reminding::Event) -> Option<What> {
    match event {
        reminding::Event::Paused(rest) => {
            Some(What::Paused { scope: rest.scope.clone(), until: rest.until })
        }
        reminding::Event::Resumed(rest) => Some(What::Resumed { scope: rest.scope.clone() }),
        _ => None,
    }
}

/// An act as the fold takes it. What it is about may be erased: then it is about nobody.
fn deed(entry: &TimelineEntry) -> Option<Deed> {
    let sealed = match entry.sealed.get(&Compartment::Person) {
        Some(Sealed::Known(fields)) => Some(fields),
        _ => None,
    };
    let text = |name: &str| sealed?.get(name).and_then(Value::as_str).map(str::to_owned);
    let Event::Reminding(event) = &entry.recorded.event else { return None };
    let about = |act: &reminding::Act| {
        Some(About {
            rule: text("rule")?,
            cycle: text("cycle")?.parse().ok()?,
            level: text("level")?,
            person: act.recipient.clone()?,
        })
    };
    let what = match event {
        reminding::Event::Acknowledged(act) => What::Acknowledged(about(act)?),
        reminding::Event::Snoozed(act) => What::Snoozed { about: about(act)?, until: act.until? },
        other => resting(other)?,
    };
    let commit = &entry.commit.commit;
    let said = match &entry.reason {
        Some(Sealed::Known(reason)) => Some(reason.clone()),
        _ => None,
    };
    Some(Deed {
        what,
        on: entry.recorded.occurred_on,
        at: entry.recorded.recorded_at,
        by: commit.on_behalf_of.as_ref().unwrap_or(&commit.actor).clone(),
        reason: text("reason").or(said),
    })
}

#[cfg(test)]
mod tests;
