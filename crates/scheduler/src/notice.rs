//! The proof of a notice: from the fact to the deadline, the reminder, the letter's bytes, each
//! attempt, the relay's answer and the recorded act, with the signed checkpoint that covers them.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use sha2::{Digest, Sha256};
use spor_domain::ids::CaseRef;
use spor_domain::rejection::Language;
use spor_domain::rules;
use spor_history::load::{KnownAt, Memory};
use spor_history::stream;
use spor_store::{
    Compartment, LetterFilter, LetterId, LetterRow, Position, ReminderFilter, ReminderId,
    ReminderRow, SavedCheckpoint, StreamName, hex,
};
use uuid::Uuid;

use crate::error::{Result, SchedulerError};
use crate::explain::{Step, steps};
use crate::noted::{Noted, SENT};
use crate::plan::CASE_ROWS;

/// The word that opens every notice.
pub const NOTICE_FORMAT: &str = "spor/notice/1";

/// Everything there is to show about one reminder, or about all of one letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// [`NOTICE_FORMAT`].
    pub format: &'static str,
    /// The reminders, each from its fact on.
    pub reminders: Vec<Reminded>,
    /// The letter; none when nothing was written.
    pub letter: Option<Letter>,
    /// Each step of the letter's way, reports of its delivery included.
    pub attempts: Vec<Attempt>,
    /// The signed checkpoint that covers every event named here.
    pub checkpoint: Option<Checkpoint>,
}

/// One reminder: why it was due, and what was recorded of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reminded {
    /// Its id.
    pub id: String,
    /// The case.
    pub case: String,
    /// The rule.
    pub rule: String,
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
    /// The fact that the deadline is reckoned from.
    pub fact: Option<Recorded>,
    /// The last day in time.
    pub due: Option<NaiveDate>,
    /// The arithmetic.
    pub steps: Vec<Step>,
    /// Position of the policy used.
    pub policy_version: i64,
    /// Version of the rules used.
    pub rules_version: i64,
    /// The recorded act: that the relay took the letter.
    pub sent: Option<Recorded>,
}

/// An event of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recorded {
    /// Its id.
    pub event: String,
    /// Its type.
    pub event_type: String,
    /// The day it happened.
    pub on: NaiveDate,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Its place in the log.
    pub position: i64,
    /// The hash that stands for it in the tree.
    pub leaf: String,
}

/// The letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Letter {
    /// Its id.
    pub id: String,
    /// Its Message-ID, the same on every attempt.
    pub message_id: String,
    /// To whom.
    pub person: String,
    /// The local day of its slot.
    pub day: NaiveDate,
    /// Where it is on its way.
    pub state: &'static str,
    /// How many bytes it has.
    pub bytes: usize,
    /// SHA-256 of them; every copy has the same.
    pub sha256: String,
    /// When the relay took it.
    pub sent_at: Option<DateTime<Utc>>,
    /// The relay's code.
    pub code: Option<u16>,
    /// The relay's words.
    pub answer: Option<String>,
}

/// One step of a letter's way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// When.
    pub at: DateTime<Utc>,
    /// The state it led to.
    pub phase: &'static str,
    /// The relay's code.
    pub code: Option<u16>,
    /// The relay's words, or what was reported.
    pub text: Option<String>,
}

/// A signed checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checkpoint {
    /// How many events it covers.
    pub entries: i64,
    /// The root of their tree.
    pub root: String,
    /// When it was signed.
    pub signed_at: DateTime<Utc>,
    /// The signed note.
    pub note: String,
}

/// What goes with a notice into a file: the letter as it went out, and what the proof rests on.
#[derive(Debug)]
pub struct Enclosed {
    /// The bytes of the letter.
    pub source: Option<String>,
    /// The streams whose events are named.
    pub streams: Vec<StreamName>,
    /// The checkpoint that covers them.
    pub checkpoint: Option<SavedCheckpoint>,
}

/// The notice of a reminder or of a letter.
pub async fn notice(memory: &Memory, id: &str, language: Language) -> Result<(Notice, Enclosed)> {
    let unknown = || SchedulerError::UnknownNotice(id.to_owned());
    let asked: Uuid = id.parse().map_err(|_| unknown())?;
    let (rows, letter) = found(memory, asked).await?;
    if rows.is_empty() {
        return Err(unknown());
    }
    let mut reminders = Vec::with_capacity(rows.len());
    for row in &rows {
        reminders.push(reminded(memory, row, letter.as_ref(), language).await?);
    }
    let events = reminders.iter().flat_map(|reminder| [&reminder.fact, &reminder.sent]);
    let newest = events.flatten().map(|event| event.position).max();
    let checkpoint = match newest {
        Some(newest) => {
            let after = Position::new(newest - 1);
            memory.store().log_checkpoints(after).await?.into_iter().next()
        }
        None => None,
    };
    let attempts = match &letter {
        Some(letter) => memory.store().attempts(letter.letter.id).await?,
        None => Vec::new(),
    };
    let attempts = attempts.into_iter().map(|attempt| Attempt {
        at: attempt.at,
        phase: attempt.phase.as_str(),
        code: attempt.code,
        text: attempt.text,
    });
    let source =
        letter.as_ref().map(|letter| String::from_utf8_lossy(&letter.letter.bytes).into_owned());
    let cases = rows.iter().filter_map(|row| CaseRef::parse(&row.case_ref).ok());
    let mut streams: Vec<StreamName> =
        cases.flat_map(|case| [stream::of_case(&case), stream::of_reminders(&case)]).collect();
    streams.sort();
    streams.dedup();
    let notice = Notice {
        format: NOTICE_FORMAT,
        reminders,
        letter: letter.as_ref().map(told),
        attempts: attempts.collect(),
        checkpoint: checkpoint.as_ref().map(|saved| Checkpoint {
            entries: saved.position.get(),
            root: hex(&saved.root),
            signed_at: saved.signed_at,
            note: saved.note.clone(),
        }),
    };
    Ok((notice, Enclosed { source, streams, checkpoint }))
}

/// The reminder of this id with its letter, or the letter with its reminders.
async fn found(memory: &Memory, id: Uuid) -> Result<(Vec<ReminderRow>, Option<LetterRow>)> {
    let one = ReminderFilter { id: Some(ReminderId::new(id)), ..ReminderFilter::default() };
    let rows = memory.store().reminders(&one, 1).await?;
    let letter = match rows.first() {
        Some(row) => row.letter,
        None => Some(LetterId::new(id)),
    };
    let letter = match letter {
        Some(id) => {
            let filter = LetterFilter { id: Some(id), ..LetterFilter::default() };
            memory.store().letters(&filter, 1).await?.pop()
        }
        None => None,
    };
    match (&letter, rows.is_empty()) {
        (Some(found), true) => {
            let of = Some(found.letter.id);
            let filter = ReminderFilter { letter: of, ..ReminderFilter::default() };
            Ok((memory.store().reminders(&filter, CASE_ROWS).await?, letter))
        }
        (_, _) => Ok((rows, letter)),
    }
}

async fn reminded(
    memory: &Memory,
    row: &ReminderRow,
    letter: Option<&LetterRow>,
    language: Language,
) -> Result<Reminded> {
    let case = CaseRef::parse(&row.case_ref)
        .map_err(|_| SchedulerError::UnknownCase(row.case_ref.clone()))?;
    let remembered = memory.case(&case, KnownAt::Everything).await?;
    let (policies, _) = memory.policies(KnownAt::Everything).await?;
    let day = letter.map_or_else(
        || crate::due::local_day(&policies, row.planned_at),
        |letter| letter.letter.local_day,
    );
    let policy = policies.on(day);
    let mut view = remembered.case.as_of(day);
    view.learn_supervision(&memory.directory(KnownAt::Everything).await?);
    let mut deadlines = rules::deadlines(&view, policy);
    let deadline = deadlines.find(|known| known.rule.id == row.rule && known.cycle.0 == row.cycle);
    let entry = remembered.case.entries().iter().find(|entry| entry.event_id.0 == row.cycle);
    let fact = entry.map(|entry| entry.position.0);
    let noted = Noted::of(memory, &case, KnownAt::Everything).await?;
    let message_id = letter.map(|letter| letter.letter.message_id.as_str());
    let cycle = row.cycle.to_string();
    let sent = noted.acts.iter().find(|act| {
        act.kind == SENT
            && act.message_id.as_deref() == message_id
            && act.says("cycle") == Some(&cycle)
            && act.says("level") == Some(&row.level)
            && act.recipient == row.recipient
    });
    Ok(Reminded {
        id: row.id.to_string(),
        case: row.case_ref.clone(),
        rule: row.rule.clone(),
        level: row.level.clone(),
        role: row.recipient_role.clone(),
        person: row.recipient.clone(),
        state: row.state.as_str(),
        reason: row.reason.clone(),
        planned_at: row.planned_at,
        fact: event(memory, fact).await?,
        due: deadline.as_ref().and_then(rules::Deadline::dated).or(row.due),
        steps: deadline.map(|deadline| steps(&deadline, policy, language)).unwrap_or_default(),
        policy_version: sent.map_or_else(|| policies.version_on(day), |act| act.policy_version),
        rules_version: sent.map_or(spor_domain::reminding::RULES_VERSION, |act| act.rules_version),
        sent: event(memory, sent.map(|act| act.position)).await?,
    })
}

/// The event at a position.
async fn event(memory: &Memory, position: Option<i64>) -> Result<Option<Recorded>> {
    let positions: Vec<Position> = position.into_iter().map(Position::new).collect();
    let events = memory.store().read_events(&positions, Compartment::Person.as_str()).await?;
    Ok(events.into_iter().next().map(|event| Recorded {
        event: event.id.to_string(),
        event_type: event.event_type,
        on: event.occurred_on,
        recorded_at: event.recorded_at,
        position: event.position.get(),
        leaf: hex(&event.leaf_hash),
    }))
}

fn told(row: &LetterRow) -> Letter {
    Letter {
        id: row.letter.id.to_string(),
        message_id: row.letter.message_id.clone(),
        person: row.letter.recipient.clone(),
        day: row.letter.local_day,
        state: row.state.as_str(),
        bytes: row.letter.bytes.len(),
        sha256: hex(&Sha256::digest(&row.letter.bytes)),
        sent_at: row.sent_at,
        code: row.smtp_code,
        answer: row.smtp_text.clone(),
    }
}
