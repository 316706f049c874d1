//! The sentences of an explanation, in Danish and English.

use chrono::NaiveDate;
use spor_domain::calendar;
use spor_domain::policy::Policy;
use spor_domain::rejection::Language;
use spor_domain::rules::{Deadline, How, Rule};

use super::{Carried, Entry, Explanation, settled_how};

/// How the due date comes about. A birth date is named, never told.
pub(super) fn due(deadline: &Deadline, policy: &Policy, language: Language) -> String {
    let days = policy.follow_up_interval_days;
    let base = calendar::days_before(deadline.due, days);
    match (deadline.rule.id, language) {
        ("R01", Language::Da) => {
            format!("{base} + {days} dage (follow_up_interval_days): sidste opfølgning, der tæller")
        }
        ("R01", Language::En) => {
            format!("{base} + {days} days (follow_up_interval_days): the last one that counts")
        }
        ("R03", Language::Da) => format!(
            "fødselsdato + {} måneder i ét skridt; ved senere start: start + {} dage",
            policy.transition_age_months, policy.transition_late_open_days
        ),
        ("R03", Language::En) => format!(
            "birth date + {} months in one step; when opened later: start + {} days",
            policy.transition_age_months, policy.transition_late_open_days
        ),
        ("R05", Language::Da) => format!(
            "sidste gennemgang, ellers start, + {} måneder (method_review_months)",
            policy.method_review_months
        ),
        ("R05", Language::En) => format!(
            "last review, else start, + {} months (method_review_months)",
            policy.method_review_months
        ),
        ("R07", Language::Da) => "bevillingens slutdato".to_owned(),
        ("R07", Language::En) => "the day the grant runs until".to_owned(),
        ("R08", Language::Da) => "slutdatoen for perioden med mere støtte".to_owned(),
        ("R08", Language::En) => "the day the month of more support runs until".to_owned(),
        (_, Language::Da) => "reglens frist".to_owned(),
        (_, Language::En) => "the rule's deadline".to_owned(),
    }
}

/// How the first day of a level comes about.
pub(super) fn level(deadline: &Deadline, since: NaiveDate, language: Language) -> String {
    if since == deadline.opens_on {
        return match language {
            Language::Da => format!("tidligst den dag, fristen begynder at løbe: {since}"),
            Language::En => format!("no earlier than the day the deadline opens: {since}"),
        };
    }
    let days = since.signed_duration_since(deadline.due).num_days();
    let (sign, days) = if days < 0 { ('−', -days) } else { ('+', days) };
    match language {
        Language::Da => format!("{} {sign} {days} dage", deadline.due),
        Language::En => format!("{} {sign} {days} days", deadline.due),
    }
}

/// What ends a deadline of a rule.
pub(super) fn ends(rule: &Rule, language: Language) -> &'static str {
    match (rule.id, language) {
        ("R01", Language::Da) => {
            "en opfølgning (FollowUpHeld) med de krævede parter, eller at forløbet afsluttes"
        }
        ("R01", Language::En) => {
            "a follow-up (FollowUpHeld) with the required parties, or the end of the case"
        }
        ("R03", Language::Da) => {
            "et 17½-års møde (TransitionMeetingHeld) med de tre forvaltninger og mentor, eller at \
             forløbet afsluttes"
        }
        ("R03", Language::En) => {
            "a meeting (TransitionMeetingHeld) with the three administrations and the mentor, or \
             the end of the case"
        }
        ("R05", Language::Da) => {
            "en gennemgang (MethodReviewHeld) med faglig leder og mentor, eller at forløbet \
             afsluttes"
        }
        ("R05", Language::En) => {
            "a review (MethodReviewHeld) with professional lead and mentor, or the end of the case"
        }
        ("R07", Language::Da) => {
            "at støtten forlænges, skiftes eller afsluttes, eller at en senere mentorbevilling \
             begynder"
        }
        ("R07", Language::En) => {
            "support that is extended, switched or ended, or a later mentor grant that begins"
        }
        ("R08", Language::Da) => "at perioden afsluttes (LimitedSupportPeriodEnded)",
        ("R08", Language::En) => "the end of the period (LimitedSupportPeriodEnded)",
        (_, Language::Da) => "den hændelse, reglen kræver",
        (_, Language::En) => "the event that the rule asks for",
    }
}

/// What it comes down to.
pub(super) fn because(
    explanation: &Explanation,
    deadline: Option<&Deadline>,
    language: Language,
) -> Vec<String> {
    let Some(deadline) = deadline else {
        return vec![match language {
            Language::Da => "reglen har ingen frist i forløbet på denne dag".to_owned(),
            Language::En => "the rule has no deadline in this case on this day".to_owned(),
        }];
    };
    let mut said = vec![standing(explanation, deadline, language)];
    if explanation.standing == "open" && explanation.ledger.is_empty() {
        said.push(
            match language {
                Language::Da => {
                    "intet er planlagt: brevets dag er ikke kommet, eller ingen runde er kørt siden"
                }
                Language::En => {
                    "nothing is planned: its letter's day has not come, or no round ran"
                }
            }
            .to_owned(),
        );
    }
    said.extend(explanation.ledger.iter().map(|entry| entry_words(entry, explanation, language)));
    said
}

fn standing(explanation: &Explanation, deadline: &Deadline, language: Language) -> String {
    if let Some((on, how)) = settled_how(deadline, explanation.day) {
        return match (how, language) {
            (How::Met, Language::Da) => format!("fristen blev opfyldt {on}"),
            (How::Met, Language::En) => format!("the deadline was met on {on}"),
            (How::Ended, Language::Da) => format!("forløbet endte {on}, så fristen bortfaldt"),
            (How::Ended, Language::En) => format!("the case ended on {on}, and the deadline too"),
        };
    }
    let first = deadline.notice_from;
    match (explanation.level, language) {
        (Some(level), Language::Da) => format!("påmindelsen er åben på trinnet {level}"),
        (Some(level), Language::En) => format!("the reminder is open at level {level}"),
        (None, Language::Da) => format!("det er for tidligt: varsles først fra {first}"),
        (None, Language::En) => format!("it is too early: announced from {first} on"),
    }
}

fn entry_words(entry: &Entry, explanation: &Explanation, language: Language) -> String {
    let whom = match &entry.person {
        Some(person) => format!("{person} ({})", entry.role),
        None => entry.role.clone(),
    };
    let reason = entry.reason.as_ref().map(|why| format!(", {why}")).unwrap_or_default();
    let letter = entry.letter.as_ref();
    let letter = letter.and_then(|id| explanation.letters.iter().find(|known| known.id == *id));
    let letter = letter.map(|letter| letter_words(letter, language)).unwrap_or_default();
    format!("{} → {whom}: {}{reason}{letter}", entry.level, entry.state)
}

fn letter_words(letter: &Carried, language: Language) -> String {
    let code = letter.code.map(|code| format!(" {code}")).unwrap_or_default();
    match (letter.sent_at, language) {
        (Some(at), Language::Da) => format!("; brev sendt {at}{code}"),
        (Some(at), Language::En) => format!("; letter sent at {at}{code}"),
        (None, Language::Da) => format!("; brevet er {}{code}", letter.state),
        (None, Language::En) => format!("; the letter is {}{code}", letter.state),
    }
}
