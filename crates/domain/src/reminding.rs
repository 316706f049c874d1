//! What was done about a case's reminders: acts only, for everything else the fold knows anyway.
//!
//! Which rule an act is about is sealed: the day of a notice under a rule that is reckoned from a
//! birth date would tell that date.

mod refusal;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::event::{Decoded, read};
use crate::schema::{Category, EventType, Field, Kind};

pub use refusal::{MOST_REASON_CHARS, Refusal};

const RULE: Field = Field::required("rule", Kind::Name, "the rule: R01").personal();
const CYCLE: Field =
    Field::required("cycle", Kind::Name, "the anchor event; never a date").personal();
const LEVEL: Field =
    Field::required("level", Kind::Name, "notice, overdue, escalated, critical").personal();
const ROLE: Field = Field::required("recipient_role", Kind::Name, "to whom, as a role");
const RECIPIENT: Field = Field::optional("recipient", Kind::Name, "to whom, as a person");
const POLICY: Field = Field::required("policy_version", Kind::Whole, "position of the policy used");
const RULES: Field = Field::required("rules_version", Kind::Whole, "version of the rules used");
const MESSAGE: Field = Field::optional("message_id", Kind::Text(&[]), "the letter").in_clear();

/// Why a letter reached nobody: the relay knows no such address, it will not take this letter, it
/// did not take it for three days, or nobody noted it (as in the first shape of the event).
pub const FAILURES: &[&str] =
    &[ADDRESS_REFUSED, "letter_refused", "refused_too_long", NOT_RECORDED];
/// The relay knows no such address.
pub const ADDRESS_REFUSED: &str = "address_refused";
/// The first shape of the event did not say why.
pub const NOT_RECORDED: &str = "not_recorded";

/// What rests when all letters of a case do; else it is a rule's number.
pub const WHOLE_CASE: &str = "case";

/// The version of the rules that these events name; raised when a rule's meaning changes.
pub const RULES_VERSION: i64 = 1;

/// The types of this family.
pub const TYPES: &[EventType] = &[
    EventType {
        name: "ReminderSent",
        version: 2,
        category: Category::Reminders,
        fields: &[RULE, CYCLE, LEVEL, ROLE, RECIPIENT, POLICY, RULES, MESSAGE],
        da: "Påmindelse sendt",
        en: "Reminder sent",
        sample: r#"{"date":"2025-03-27","type":"ReminderSent","rule":"R01","cycle":"0190a0f0-0000-7000-8000-000000000002","level":"notice","recipient_role":"mentor","recipient":"M-05","policy_version":2,"rules_version":1,"message_id":"<0190@spor>"}"#,
    },
    EventType {
        name: "ReminderFailed",
        // Version 1 did not say why; `NOT_RECORDED` stands for that.
        version: 2,
        category: Category::Reminders,
        fields: &[
            RULE,
            CYCLE,
            LEVEL,
            ROLE,
            RECIPIENT,
            POLICY,
            RULES,
            MESSAGE,
            Field::required("reason", Kind::Code(FAILURES), "why it reached nobody"),
        ],
        da: "Påmindelse kunne ikke leveres",
        en: "Reminder failed",
        sample: r#"{"date":"2025-03-27","type":"ReminderFailed","rule":"R01","cycle":"0190a0f0-0000-7000-8000-000000000002","level":"notice","recipient_role":"mentor","recipient":"M-05","policy_version":2,"rules_version":1,"message_id":"<0190@spor>","reason":"address_refused"}"#,
    },
    EventType {
        name: "ReminderSuppressed",
        version: 2,
        category: Category::Reminders,
        fields: &[
            RULE,
            CYCLE,
            LEVEL,
            ROLE,
            RECIPIENT,
            POLICY,
            RULES,
            Field::required("reason", Kind::Name, "why nobody was written to"),
        ],
        da: "Påmindelse holdt tilbage",
        en: "Reminder suppressed",
        sample: r#"{"date":"2025-03-27","type":"ReminderSuppressed","rule":"R01","cycle":"0190a0f0-0000-7000-8000-000000000002","level":"escalated","recipient_role":"professional_lead","policy_version":2,"rules_version":1,"reason":"role_vacant"}"#,
    },
    EventType {
        name: "ReminderAcknowledged",
        version: 1,
        category: Category::Reminders,
        fields: &[RULE, CYCLE, LEVEL, ROLE, RECIPIENT, POLICY, RULES],
        da: "Påmindelse set",
        en: "Reminder acknowledged",
        sample: r#"{"date":"2025-03-28","type":"ReminderAcknowledged","rule":"R01","cycle":"0190a0f0-0000-7000-8000-000000000002","level":"notice","recipient_role":"mentor","recipient":"M-05","policy_version":2,"rules_version":1}"#,
    },
    EventType {
        name: "ReminderSnoozed",
        version: 1,
        category: Category::Reminders,
        fields: &[RULE, CYCLE, LEVEL, ROLE, RECIPIENT, POLICY, RULES, UNTIL, WHY],
        da: "Påmindelse udsat",
        en: "Reminder snoozed",
        sample: r#"{"date":"2025-03-28","type":"ReminderSnoozed","rule":"R01","cycle":"0190a0f0-0000-7000-8000-000000000002","level":"notice","recipient_role":"mentor","recipient":"M-05","policy_version":2,"rules_version":1,"until":"2025-04-01","reason":"holiday"}"#,
    },
    EventType {
        name: "RemindersPaused",
        version: 1,
        category: Category::Reminders,
        fields: &[SCOPE, Field::optional("until", Kind::Date, "last day"), WHY],
        da: "Påmindelser sat på pause",
        en: "Reminders paused",
        sample: r#"{"date":"2025-03-28","type":"RemindersPaused","scope":"case","until":"2025-04-30","reason":"moving"}"#,
    },
    EventType {
        name: "RemindersResumed",
        version: 1,
        category: Category::Reminders,
        fields: &[SCOPE, Field::optional("reason", Kind::Text(&[]), "why")],
        da: "Påmindelser genoptaget",
        en: "Reminders resumed",
        sample: r#"{"date":"2025-04-30","type":"RemindersResumed","scope":"case"}"#,
    },
];

const SCOPE: Field = Field::required("scope", Kind::Name, "what rests: case, or a rule's number");
const UNTIL: Field = Field::required("until", Kind::Date, "the last day it rests");
const WHY: Field = Field::required("reason", Kind::Text(&[]), "why");

/// An event of this family.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// The relay took the letter.
    Sent(Act),
    /// The letter was refused for good.
    Failed(Act),
    /// Nobody was written to, for a reason.
    Suppressed(Act),
    /// Somebody has seen it; that stops repeats, never the next level.
    Acknowledged(Act),
    /// Somebody wants to hear of it later.
    Snoozed(Act),
    /// Nothing is sent for a while.
    Paused(Rest),
    /// Letters go out again.
    Resumed(Rest),
}

/// One act on one reminder: what stands of it in clear. Its first shape held the rule as well.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Act {
    /// To whom, as a role.
    pub recipient_role: String,
    /// To whom, as a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
    /// Position of the newest policy then in force.
    pub policy_version: i64,
    /// Version of the rules then used.
    pub rules_version: i64,
    /// The letter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// Why nobody was written to, or why the letter reached nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Until when it rests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
}

/// Letters rest, or no longer do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rest {
    /// What rests.
    pub scope: String,
    /// The last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
}

impl Event {
    pub(crate) fn decode(name: &str, body: &str) -> Decoded<Self> {
        Some(match name {
            "ReminderSent" => read(name, body).map(Self::Sent),
            "ReminderFailed" => read(name, body).map(Self::Failed),
            "ReminderSuppressed" => read(name, body).map(Self::Suppressed),
            "ReminderAcknowledged" => read(name, body).map(Self::Acknowledged),
            "ReminderSnoozed" => read(name, body).map(Self::Snoozed),
            "RemindersPaused" => read(name, body).map(Self::Paused),
            "RemindersResumed" => read(name, body).map(Self::Resumed),
            _ => return None,
        })
    }

    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Sent(_) => "ReminderSent",
            Self::Failed(_) => "ReminderFailed",
            Self::Suppressed(_) => "ReminderSuppressed",
            Self::Acknowledged(_) => "ReminderAcknowledged",
            Self::Snoozed(_) => "ReminderSnoozed",
            Self::Paused(_) => "RemindersPaused",
            Self::Resumed(_) => "RemindersResumed",
        }
    }
}
