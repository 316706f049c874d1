//! `spor reminders explain`: why a reminder went out, or why not, and what to do now.

use std::fmt::Write;

use spor_history::load::KnownAt;
use spor_scheduler::explain::{self, Explanation};

use crate::commands::case::reference;
use crate::context::{Context, day};
use crate::output;
use crate::report::{Exit, Report};

/// Explains one rule in one case on a day, as it was known.
pub async fn run(
    context: &Context,
    (case, rule): (&str, &str),
    (on, known_at): (Option<&str>, Option<&str>),
) -> Result<Exit, Report> {
    let session = context.open_to_read().await?;
    let case = reference(case)?;
    let known_at = known_at.map_or(Ok(KnownAt::Everything), |text| session.known_at(text))?;
    let question = explain::Question {
        case: &case,
        rule,
        day: on.map(day).transpose()?,
        known_at,
        language: context.language,
    };
    let explained = explain::explain(&session.memory, &question, session.now).await?;
    let document = serde_json::to_value(&explained).map_err(anyhow::Error::from)?;
    if output::is_for_programs(&context.global) {
        output::json(&document)?;
    } else {
        output::text(&explained_in_words(&explained))?;
    }
    Ok(Exit::Done)
}

/// The reasons first, then the arithmetic, who is told, what was sent, and what ends it.
fn explained_in_words(explained: &Explanation) -> String {
    let mut out = format!(
        "{} {} in {} on {}: {} ({})\n",
        explained.rule,
        explained.about,
        explained.case,
        explained.day,
        explained.standing,
        explained.recommendation,
    );
    for because in &explained.because {
        let _ = writeln!(out, "  {because}");
    }
    if let Some(anchor) = &explained.anchor {
        let _ =
            writeln!(out, "\nanchor  {} of {} ({})", anchor.event_type, anchor.on, anchor.event);
    }
    for step in &explained.steps {
        let letter = step.letter_on.map(|day| format!(", letter {day}")).unwrap_or_default();
        let _ = writeln!(out, "  {:<10} {}  = {}{letter}", step.what, step.date, step.how);
    }
    let _ = writeln!(
        out,
        "policy as of position {}, rules version {}",
        explained.policy_version, explained.rules_version
    );
    for told in &explained.recipients {
        let person = told.person.as_deref().unwrap_or("nobody");
        let reach = told.unreachable.map(|why| format!(" ({why})")).unwrap_or_default();
        let _ = writeln!(out, "to      {}: {person}{reach}", told.role);
    }
    for act in &explained.acts {
        let whose = act.person.as_ref().map(|person| format!(" of {person}")).unwrap_or_default();
        let until = act.until.map(|day| format!(" until {day}")).unwrap_or_default();
        let why = act.reason.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        let (on, by, what, about) = (act.on, &act.by, act.what, &act.about);
        let _ = writeln!(out, "act     {on} {by} {what} {about}{whose}{until}{why}");
    }
    for letter in &explained.letters {
        let answer = letter.answer.as_deref().unwrap_or("no answer yet");
        let (day, person, state) = (letter.day, &letter.person, letter.state);
        let _ = writeln!(out, "letter  {day} to {person}: {state}, {answer} {}", letter.message_id);
    }
    let _ = writeln!(out, "ends    {}", explained.ends);
    for reason in &explained.reasons {
        let _ = writeln!(out, "reason  {} ({})", reason.text, reason.code);
    }
    let _ = write!(out, "now     {}", explained.now);
    out
}
