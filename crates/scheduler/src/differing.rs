//! What the self-audit found is told to whoever leads, one line a finding: that the rows were made
//! anew at once does not undo that somebody may have been forgotten.

use std::collections::BTreeMap;

use spor_domain::ids::{CaseRef, PersonRef};
use spor_domain::rules::Level;
use spor_domain::staff::Role;
use spor_domain::view::View;
use spor_history::stream;
use spor_mail::texts::AUDITED;
use spor_store::{ReminderRow, ReminderState, StreamName};
use uuid::Uuid;

use crate::due::{People, Reach, reminder_id};
use crate::error::Result;
use crate::self_audit::SELF_AUDIT;
use crate::tick::{Round, Scheduler, Ticked};

/// Whether a row tells of a finding of the self-audit.
pub(crate) fn is_of_audit(row: &ReminderRow) -> bool {
    row.rule == AUDITED
}

/// Why the reader of such a line cannot be reached, and who is told instead.
pub(crate) struct Elsewhere {
    pub(crate) why: &'static str,
    pub(crate) rows: Vec<ReminderRow>,
}

impl Scheduler {
    /// Plans the lines about findings that are new. It is done before they are noted: whoever dies
    /// in between finds them again, and the line has the same id.
    pub(crate) async fn tell_of_differences(
        &self,
        round: &Round,
        wrong: &BTreeMap<StreamName, String>,
        ticked: &mut Ticked,
    ) -> Result<()> {
        let failures = self.store.failures().await?.into_iter();
        let of_audit = failures.filter(|known| known.what == SELF_AUDIT);
        let known: BTreeMap<StreamName, _> =
            of_audit.map(|known| (known.stream.clone(), known)).collect();
        let is_open = |stream: &StreamName| {
            known.get(stream).is_some_and(|finding| finding.resolution.is_none())
        };
        let new: Vec<StreamName> =
            wrong.keys().filter(|stream| !is_open(stream)).cloned().collect();
        let cases = self.fold(&new, round).await?;
        let mut rows = Vec::new();
        for stream in &new {
            let Some(case) = stream::case_of(stream) else { continue };
            let before = known.get(stream).map_or(0, |finding| finding.tries);
            let name = format!("{SELF_AUDIT}/{case}/{before}");
            let finding = Uuid::new_v5(&self.store.id().get(), name.as_bytes());
            let view = cases.get(&case).and_then(Option::as_ref).map(|known| &known.view);
            rows.extend(self.lines(round, &round.people, (&case, view), finding, ""));
        }
        self.enter(round, rows, ticked).await
    }

    /// The line about a finding to whoever else leads, as its reader cannot be told.
    pub(crate) fn tell_another(
        &self,
        round: &Round,
        people: &People,
        (case, view): (&CaseRef, &View),
        row: &ReminderRow,
    ) -> Vec<ReminderRow> {
        let whom = row.recipient.as_deref().unwrap_or_default();
        self.lines(round, people, (case, Some(view)), row.cycle, whom)
    }

    /// Whether the line about a finding has to go to somebody else.
    pub(crate) fn elsewhere(
        &self,
        round: &Round,
        about: (&CaseRef, &View),
        row: &ReminderRow,
    ) -> Option<Elsewhere> {
        let person = PersonRef::parse(row.recipient.as_deref()?).ok()?;
        match round.people.reach(&person, round.day) {
            Reach::At(_) => None,
            Reach::Not(why) => {
                Some(Elsewhere { why, rows: self.tell_another(round, &round.people, about, row) })
            }
        }
    }

    /// One line to each who leads the case; when that cannot be told, to everybody who leads.
    fn lines(
        &self,
        round: &Round,
        people: &People,
        (case, view): (&CaseRef, Option<&View>),
        finding: Uuid,
        whom: &str,
    ) -> Vec<ReminderRow> {
        let readers: Vec<(Role, PersonRef)> = match view {
            Some(view) => {
                let alarmed = people.alarmed(view, whom);
                let of_role = |(role, people): (Role, Vec<PersonRef>)| {
                    people.into_iter().map(move |person| (role, person))
                };
                alarmed.into_iter().flat_map(of_role).collect()
            }
            None => people.leads().collect(),
        };
        if readers.is_empty() {
            tracing::error!(
                target: "spor::scheduler",
                { case.id = case.as_str() }, "nobody can be told what the self-audit found"
            );
        }
        let level = Level::Overdue.as_str();
        let row = |(role, person): (Role, PersonRef)| ReminderRow {
            id: reminder_id(
                self.store.id(),
                &[AUDITED, case.as_str(), &finding.to_string(), level, person.as_str()],
            ),
            rule: AUDITED.to_owned(),
            case_ref: case.to_string(),
            cycle: finding,
            level: level.to_owned(),
            recipient_role: role.as_str().to_owned(),
            recipient: Some(person.to_string()),
            state: ReminderState::Planned,
            reason: None,
            letter: None,
            due: None,
            planned_at: round.now,
        };
        readers.into_iter().map(row).collect()
    }
}
