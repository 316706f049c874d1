//! A reminder that cannot be written is let go of with its reason, and whoever leads is told so:
//! a text that fails must not be the same as silence.

use std::collections::BTreeSet;

use spor_domain::ids::CaseRef;
use spor_history::stream;
use spor_store::{ReminderRow, StreamName};

use crate::due::{alarm_about, level_of};
use crate::error::Result;
use crate::tick::{Round, Scheduler, Ticked};

/// What the alarm about an unwritten reminder is called; the reason of the reminder follows.
const ABOUT: &str = "alarm:refused_";
/// The reasons under which not even the case may be named.
const HIDING: [&str; 3] = ["cpr_shape", "known_name", "value"];

/// Whether a row tells of another one that could not be written.
pub(crate) fn is_of_unwritten(row: &ReminderRow) -> bool {
    row.reason.as_deref().is_some_and(|reason| reason.starts_with(ABOUT))
}

/// Whether what could not be written may have been the case's own reference.
pub(crate) fn hides_its_case(row: &ReminderRow) -> bool {
    let why = row.reason.as_deref().and_then(|reason| reason.strip_prefix(ABOUT));
    why.is_some_and(|why| HIDING.iter().any(|hiding| why.starts_with(hiding)))
}

impl Scheduler {
    /// Plans a line to whoever leads for each reminder that was let go of; what is itself such an
    /// alarm stays in the ledger and the log alone.
    pub(crate) async fn tell_of_unwritten(
        &self,
        round: &Round,
        written_of: &[ReminderRow],
        refused: &[ReminderRow],
        ticked: &mut Ticked,
    ) -> Result<()> {
        let was_alarm = |row: &&ReminderRow| {
            let before = written_of.iter().find(|before| before.id == row.id);
            before.is_some_and(|before| alarm_about(before).is_some())
        };
        let refused: Vec<&ReminderRow> = refused.iter().filter(|row| !was_alarm(row)).collect();
        if refused.is_empty() {
            return Ok(());
        }
        let refs = refused.iter().filter_map(|row| CaseRef::parse(&row.case_ref).ok());
        let streams: BTreeSet<StreamName> = refs.map(|case| stream::of_case(&case)).collect();
        let cases = self.fold(&streams.into_iter().collect::<Vec<_>>(), round).await?;
        let mut alarms = Vec::new();
        for row in refused {
            let case = CaseRef::parse(&row.case_ref).ok();
            let known = case.as_ref().and_then(|case| Some((case, cases.get(case)?.as_ref()?)));
            let Some((case, known)) = known else { continue };
            let deadline = known.deadline(&row.rule, row.cycle);
            let (Some(deadline), Some(level)) = (deadline, level_of(&row.level)) else { continue };
            let why = row.reason.as_deref().unwrap_or_default();
            let question = self.question(round, case, &known.view, deadline);
            alarms.extend(question.alarms_of(level, &row.recipient_role, "unwritten", why));
        }
        // One line for one reminder, to however many it could not be written.
        let mut seen = BTreeSet::new();
        alarms.retain(|alarm| seen.insert(alarm.id));
        self.enter(round, alarms, ticked).await
    }
}
