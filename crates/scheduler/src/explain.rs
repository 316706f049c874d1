//! Why a reminder did, or did not, go out: the anchor, the arithmetic step by step, who was meant,
//! what the ledger and the outbox say, and what ends it. Asked of the same fold and the same rows
//! that the letters come from.

mod acts;
mod reason_words;
mod reasons;
mod rules_words;
mod words;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use spor_domain::case::Case;
use spor_domain::ids::{CaseRef, EventId};
use spor_domain::policy::Policy;
use spor_domain::rejection::Language;
use spor_domain::reminding::RULES_VERSION;
use spor_domain::rules::{self, Deadline, How, Rule};
use spor_domain::staff::Directory;
use spor_domain::view::View;
use spor_history::load::{KnownAt, Memory};
use spor_projections::people;
use spor_projections::tables::deadlines::letter_day;

use crate::due::{People, Reach};
use crate::error::{Result, SchedulerError};
use crate::noted::Noted;
use crate::why::{Around, Ledger};

pub use acts::Did;

/// Everything there is to say about one rule in one case on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The case.
    pub case: String,
    /// The rule's number.
    pub rule: &'static str,
    /// The rule's name.
    pub name: &'static str,
    /// The recommendation or law it keeps.
    pub recommendation: &'static str,
    /// What it is about.
    pub about: &'static str,
    /// The day asked for.
    pub day: NaiveDate,
    /// `none`, `waiting`, `open` or `settled`.
    pub standing: &'static str,
    /// What the deadline is reckoned from.
    pub anchor: Option<Anchor>,
    /// The last day in time.
    pub due: Option<NaiveDate>,
    /// How urgent it is on the day.
    pub level: Option<&'static str>,
    /// Position of the newest policy in force on the day.
    pub policy_version: i64,
    /// Version of the rules.
    pub rules_version: i64,
    /// The arithmetic, date by date.
    pub steps: Vec<Step>,
    /// Who is told on the day, as things stand.
    pub recipients: Vec<Told>,
    /// What the ledger holds about this deadline.
    pub ledger: Vec<Entry>,
    /// The letters that carry it.
    pub letters: Vec<Carried>,
    /// What people did about it.
    pub acts: Vec<Did>,
    /// What it comes down to, in sentences.
    pub because: Vec<String>,
    /// Every reason that there is, or is no, letter: a stable word and a sentence each.
    pub reasons: Vec<Reason>,
    /// What to do now.
    pub now: String,
    /// What ends it.
    pub ends: String,
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// Its stable word.
    pub code: String,
    /// The sentence.
    pub text: String,
}

/// The event a deadline is reckoned from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Anchor {
    /// Its id.
    pub event: String,
    /// Its type.
    pub event_type: &'static str,
    /// The day it happened.
    pub on: NaiveDate,
}

/// One date and how it comes about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// `due`, or a level.
    pub what: &'static str,
    /// The reckoning in words.
    pub how: String,
    /// The result.
    pub date: NaiveDate,
    /// The working day on which its letter goes out.
    pub letter_on: Option<NaiveDate>,
}

/// One role and who stands behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Told {
    /// The role.
    pub role: &'static str,
    /// The person; nobody when the role is vacant.
    pub person: Option<String>,
    /// Why the person cannot be reached, or `role_vacant`.
    pub unreachable: Option<&'static str>,
}

/// One row of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// The level.
    pub level: String,
    /// The role.
    pub role: String,
    /// The person.
    pub person: Option<String>,
    /// What became of it.
    pub state: &'static str,
    /// Why.
    pub reason: Option<String>,
    /// When it was planned.
    pub planned_at: DateTime<Utc>,
    /// The letter that carries it.
    pub letter: Option<String>,
}

/// One letter of the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Carried {
    /// Its id.
    pub id: String,
    /// Its Message-ID.
    pub message_id: String,
    /// To whom.
    pub person: String,
    /// The local day of its slot.
    pub day: NaiveDate,
    /// Where it is on its way.
    pub state: &'static str,
    /// How often it was tried.
    pub attempts: i64,
    /// The relay's last code.
    pub code: Option<u16>,
    /// The relay's last words.
    pub answer: Option<String>,
    /// When the relay took it.
    pub sent_at: Option<DateTime<Utc>>,
    /// When it may go out, or out again.
    pub next_at: DateTime<Utc>,
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The case.
    pub case: &'a CaseRef,
    /// The rule, by number or name.
    pub rule: &'a str,
    /// The day; today in the municipality when none is given.
    pub day: Option<NaiveDate>,
    /// What may be known.
    pub known_at: KnownAt,
    /// The language of the sentences.
    pub language: Language,
}

/// Explains one rule in one case.
pub async fn explain(
    memory: &Memory,
    question: &Question<'_>,
    now: DateTime<Utc>,
) -> Result<Explanation> {
    let rule = rules::find(question.rule)
        .ok_or_else(|| SchedulerError::UnknownRule(question.rule.to_owned()))?;
    let remembered = memory.case(question.case, question.known_at).await?;
    if remembered.case.is_empty() {
        return Err(SchedulerError::UnknownCase(question.case.to_string()));
    }
    let (policies, _) = memory.policies(question.known_at).await?;
    let day = question.day.unwrap_or_else(|| crate::due::local_day(&policies, now));
    let directory = memory.directory(question.known_at).await?;
    let mut view = remembered.case.as_of(day);
    let known_at = question.known_at;
    let asked = people::Asked { case: question.case, directory: &directory, known_at, now };
    people::learn(memory, &mut view, asked).await?;
    let policy = policies.on(day);
    let deadline = choose((rule.deadlines)(&view, policy), day);
    let mut explanation =
        Explanation { policy_version: policies.version_on(day), ..blank(question, rule, day) };
    let around = Around::of(memory, now).await?;
    let noted = Noted::of(memory, question.case, question.known_at).await?;
    let ledger = Ledger::of(memory, question.case.as_str()).await?;
    if let Some(deadline) = &deadline {
        describe(&mut explanation, deadline, (&remembered.case, &view), policy, question.language);
        explanation.anchor = explanation.anchor.or_else(|| supervision(&view, deadline.cycle));
        let people = People { directory, refused: around.refused.clone() };
        explanation.recipients = told(deadline, &view, &people);
        look_up(&mut explanation, deadline, &ledger);
    }
    explanation.because = words::because(&explanation, deadline.as_ref(), question.language);
    if let Some(deadline) = &deadline {
        let manner = (question.known_at, question.language);
        acts::look_up(memory, (&mut explanation, deadline), question.case, manner).await?;
    }
    let asked = reasons::Asked {
        rule,
        case: &remembered.case,
        view: &view,
        policy,
        deadline: deadline.as_ref(),
        ledger: &ledger,
        noted: &noted,
        around: &around,
        held_before: memory.store().held_before().await?,
        language: question.language,
    };
    (explanation.reasons, explanation.now) = asked.reasons(&explanation);
    Ok(explanation)
}

fn blank(question: &Question<'_>, rule: &'static Rule, day: NaiveDate) -> Explanation {
    Explanation {
        case: question.case.to_string(),
        rule: rule.id,
        name: rule.name,
        recommendation: rule.recommendation,
        about: match question.language {
            Language::Da => rule.da,
            Language::En => rule.en,
        },
        day,
        standing: "none",
        anchor: None,
        due: None,
        level: None,
        policy_version: 0,
        rules_version: RULES_VERSION,
        steps: Vec::new(),
        recipients: Vec::new(),
        ledger: Vec::new(),
        letters: Vec::new(),
        acts: Vec::new(),
        because: Vec::new(),
        reasons: Vec::new(),
        now: String::new(),
        ends: words::ends(rule, question.language).to_owned(),
    }
}

/// The deadline that matters on a day: the most urgent open one, else the next one, else the last.
fn choose(deadlines: Vec<Deadline>, day: NaiveDate) -> Option<Deadline> {
    deadlines.into_iter().max_by_key(|deadline| {
        let is_settled = deadline.settled.is_some_and(|settled| settled.on <= day);
        (deadline.level_on(day), !is_settled, deadline.due)
    })
}

fn describe(
    explanation: &mut Explanation,
    deadline: &Deadline,
    (case, view): (&Case, &View),
    policy: &Policy,
    language: Language,
) {
    let day = view.day;
    let settled = deadline.settled.filter(|settled| settled.on <= day);
    explanation.standing = match (settled, deadline.level_on(day)) {
        (Some(_), _) => "settled",
        (None, Some(_)) => "open",
        (None, None) => "waiting",
    };
    explanation.due = deadline.dated();
    explanation.level = deadline.level_on(day).map(rules::Level::as_str);
    let anchor = case.entries().iter().find(|entry| entry.event_id == deadline.cycle);
    explanation.anchor = anchor.map(|entry| Anchor {
        event: entry.event_id.to_string(),
        event_type: entry.event.type_name(),
        on: entry.on,
    });
    explanation.steps = steps(deadline, policy, language);
}

/// The supervision that a deadline is reckoned from: it stands in a person's stream.
fn supervision(view: &View, cycle: EventId) -> Option<Anchor> {
    let attended = view.supervised.values().flatten().find(|(_, by)| **by == cycle);
    attended.map(|(on, by)| Anchor {
        event: by.to_string(),
        event_type: "SupervisionAttended",
        on: *on,
    })
}

/// The arithmetic of a deadline, date by date.
pub(crate) fn steps(deadline: &Deadline, policy: &Policy, language: Language) -> Vec<Step> {
    let how = words::due(deadline, policy, language);
    let due = deadline.dated().map(|date| Step { what: "due", how, date, letter_on: None });
    let level = |(level, since): (rules::Level, NaiveDate)| Step {
        what: level.as_str(),
        how: words::level(deadline, since, language),
        date: since,
        letter_on: Some(letter_day(level, since, policy)),
    };
    due.into_iter().chain(deadline.level_days().into_iter().map(level)).collect()
}

fn told(deadline: &Deadline, view: &View, people: &People) -> Vec<Told> {
    let directory: &Directory = &people.directory;
    let mut told = Vec::new();
    for role in deadline.roles_on(view.day) {
        let persons = directory.resolve(role, view);
        if persons.is_empty() {
            let unreachable = Some(crate::due::ROLE_VACANT);
            told.push(Told { role: role.as_str(), person: None, unreachable });
        }
        told.extend(persons.into_iter().map(|person| Told {
            role: role.as_str(),
            unreachable: match people.reach(&person, view.day) {
                Reach::At(_) => None,
                Reach::Not(why) => Some(why),
            },
            person: Some(person.to_string()),
        }));
    }
    told
}

fn look_up(explanation: &mut Explanation, deadline: &Deadline, ledger: &Ledger) {
    for row in ledger.about(deadline.rule.id, deadline.cycle.0) {
        let found = row.letter.and_then(|id| Some((id.to_string(), ledger.letters.get(&id)?)));
        if let Some((id, found)) = found
            && !explanation.letters.iter().any(|known| known.id == id)
        {
            explanation.letters.push(Carried {
                id,
                message_id: found.letter.message_id.clone(),
                person: found.letter.recipient.clone(),
                day: found.letter.local_day,
                state: found.state.as_str(),
                attempts: found.attempts,
                code: found.smtp_code,
                answer: found.smtp_text.clone(),
                sent_at: found.sent_at,
                next_at: found.letter.next_at,
            });
        }
        explanation.ledger.push(Entry {
            id: row.id.to_string(),
            level: row.level.clone(),
            role: row.recipient_role.clone(),
            person: row.recipient.clone(),
            state: row.state.as_str(),
            reason: row.reason.clone(),
            planned_at: row.planned_at,
            letter: row.letter.map(|id| id.to_string()),
        });
    }
}

/// How a deadline was settled, for the sentences.
fn settled_how(deadline: &Deadline, day: NaiveDate) -> Option<(NaiveDate, How)> {
    let settled = deadline.settled.filter(|settled| settled.on <= day)?;
    Some((settled.on, settled.how))
}
