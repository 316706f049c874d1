//! What people did about a deadline's reminders, as an explanation shows it.

use chrono::NaiveDate;
use serde::Serialize;
use spor_domain::ids::CaseRef;
use spor_domain::rejection::Language;
use spor_domain::rules::Deadline;
use spor_history::load::{KnownAt, Memory};

use super::Explanation;
use crate::acts::{ACKNOWLEDGED, Deed, PAUSED, SNOOZED, Standing, What, standings};
use crate::error::Result;

/// One act of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Did {
    /// `acknowledged`, `snoozed`, `paused` or `resumed`.
    pub what: &'static str,
    /// The day.
    pub on: NaiveDate,
    /// Who did it, or for whom.
    pub by: String,
    /// Whose reminder it is about; nobody's where it is about all of them.
    pub person: Option<String>,
    /// The level it is about, or `case` or the rule that rests.
    pub about: String,
    /// The last day of rest.
    pub until: Option<NaiveDate>,
    /// Why.
    pub reason: Option<String>,
}

/// Looks up the acts about a deadline, and says what they mean on the day.
pub(super) async fn look_up(
    memory: &Memory,
    (explanation, deadline): (&mut Explanation, &Deadline),
    case: &CaseRef,
    (known_at, language): (KnownAt, Language),
) -> Result<()> {
    let mut found = standings(memory, std::iter::once(case), known_at).await?;
    let standing = found.remove(case.as_str()).unwrap_or_default();
    let is_ours = |deed: &&Deed| match &deed.what {
        What::Acknowledged(about) | What::Snoozed { about, .. } => {
            about.rule == explanation.rule && about.cycle == deadline.cycle.0
        }
        What::Paused { scope, .. } | What::Resumed { scope } => {
            scope == "case" || scope == explanation.rule
        }
    };
    let day = explanation.day;
    let ours = standing.deeds().iter().filter(is_ours).filter(|deed| deed.on <= day);
    explanation.acts = ours.map(did).collect();
    if explanation.standing != "settled" {
        explanation.because.extend(rests(&standing, explanation, language));
    }
    Ok(())
}

fn did(deed: &Deed) -> Did {
    let (what, person, about, until) = match &deed.what {
        What::Acknowledged(about) => {
            (ACKNOWLEDGED, Some(about.person.clone()), about.level.clone(), None)
        }
        What::Snoozed { about, until } => {
            (SNOOZED, Some(about.person.clone()), about.level.clone(), Some(*until))
        }
        What::Paused { scope, until } => (PAUSED, None, scope.clone(), *until),
        What::Resumed { scope } => ("resumed", None, scope.clone(), None),
    };
    let (on, by, reason) = (deed.on, deed.by.clone(), deed.reason.clone());
    Did { what, on, by, person, about, until, reason }
}

/// Why letters of this deadline do not go out on the day, in sentences.
fn rests(standing: &Standing, explanation: &Explanation, language: Language) -> Vec<String> {
    let pause = standing.pause(explanation.rule, explanation.day);
    let mut said: Vec<String> =
        pause.map(|deed| sentence(&did(deed), language)).into_iter().collect();
    let mut people: Vec<_> = Vec::new();
    for deed in standing.deeds().iter().rev() {
        let (What::Acknowledged(about) | What::Snoozed { about, .. }) = &deed.what else {
            continue;
        };
        let is_shown = explanation.acts.contains(&did(deed));
        if !is_shown || Some(about.level.as_str()) != explanation.level || people.contains(&about) {
            continue;
        }
        people.push(about);
        let rest = standing.own(about, explanation.day);
        said.extend(rest.map(|rest| sentence(&did(rest.deed()), language)));
    }
    said
}

fn sentence(did: &Did, language: Language) -> String {
    let Did { what, on, by, about, .. } = did;
    let person = did.person.as_deref().unwrap_or_default();
    let until = did.until.map(|day| day.to_string()).unwrap_or_default();
    let why = did.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    match (*what, language) {
        (ACKNOWLEDGED, Language::Da) => format!(
            "{person} har set trinnet {about} (registreret {on} af {by}); det fortælles ikke igen{why}"
        ),
        (ACKNOWLEDGED, Language::En) => format!(
            "{person} has seen the level {about} (recorded {on} by {by}); it is not told again{why}"
        ),
        (SNOOZED, Language::Da) => {
            format!("{by} udsatte {on} trinnet {about} for {person} til og med {until}{why}")
        }
        (SNOOZED, Language::En) => {
            format!(
                "{by} put the level {about} off for {person} on {on}, to the end of {until}{why}"
            )
        }
        (_, Language::Da) => {
            format!("{by} satte {on} brevene på pause ({about}) til og med {until}{why}")
        }
        (_, Language::En) => {
            format!("{by} let the letters rest ({about}) on {on}, to the end of {until}{why}")
        }
    }
}
