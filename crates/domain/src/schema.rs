//! Every event type with its fields: the contract of the log and of the journal.
//!
//! One table serves the door (what a line may hold), the split between clear and sealed, the
//! generated `--help` of `record`, golden files and the glossary.

use serde_json::Value;

use crate::nearest::nearest;
use crate::{
    assigning, closing, consent, contact, correction, erasure, family, follow_up, goal, group,
    handover, method, opening, pausing, programme, progression, referral, reminding, session,
    staff, support, transition,
};

/// The kind of stream an event type belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Category {
    /// `case-<case_ref>`
    Case,
    /// `staff-<person_ref>`
    Staff,
    /// `group-<group_ref>`
    Group,
    /// `programme`
    Programme,
    /// `reminders-<case_ref>`: what was done about a case's reminders; written by the system.
    Reminders,
    /// `claim-<kind>-<hmac>`: a fact that may exist once; written by the system.
    Claim,
}

impl Category {
    /// The stored prefix of the stream name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Case => "case",
            Self::Staff => "staff",
            Self::Group => "group",
            Self::Programme => "programme",
            Self::Reminders => "reminders",
            Self::Claim => "claim",
        }
    }

    /// The journal key that names the stream, where people write to it.
    pub fn key(self) -> Option<&'static str> {
        match self {
            Self::Case => Some("case"),
            Self::Staff => Some("person"),
            Self::Group => Some("group"),
            Self::Programme | Self::Reminders | Self::Claim => None,
        }
    }
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A pseudonymous reference to a person or a case.
    Reference,
    /// The name of a track, goal or entry.
    Name,
    /// A list of such names.
    Names,
    /// One word of a closed list.
    Code(&'static [&'static str]),
    /// A list of words, each of a closed list.
    Codes(&'static [&'static str]),
    /// Who: a reference, which stands in clear, or open text.
    Who,
    /// A list of cases.
    Cases,
    /// true or false, which stands in clear, or open text.
    Answer,
    /// Open text; the words named here are known to the rules and stand in clear.
    Text(&'static [&'static str]),
    /// A list of open texts; the words named here are known to the rules and stand in clear.
    Texts(&'static [&'static str]),
    /// A civil date, `YYYY-MM-DD`, 1900-2199.
    Date,
    /// A whole number.
    Whole,
    /// Hours with at most two decimals.
    Decimal,
    /// true or false.
    Flag,
    /// A policy value: number, text or true/false.
    Value,
    /// The corrected fields of an earlier entry.
    Changes,
}

/// Whether a field stands in clear or under which key it is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Codes, numbers, dates and references.
    Clear,
    /// Under the person's key.
    Person,
    /// Under the key of the confidential room.
    Confidential,
}

/// One field of an event type.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its stored and journal name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether an entry must have it.
    pub required: bool,
    /// Clear or sealed.
    pub class: Class,
    /// What it means, in one line.
    pub meaning: &'static str,
    /// What a sealed value leaves beside it in clear, where a rule asks about it.
    pub mark: Option<Mark>,
}

/// A clear code beside a sealed value.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    /// Its stored name.
    pub name: &'static str,
    /// What it says of the value.
    pub of: fn(&Value) -> Option<Value>,
}

/// Whether a text says anything.
#[expect(clippy::unnecessary_wraps, reason = "every mark may say nothing")]
pub(crate) fn is_filled(value: &Value) -> Option<Value> {
    Some(Value::Bool(value.as_str().is_some_and(|text| !text.trim().is_empty())))
}

impl Field {
    /// A field that must be there. Open text is sealed, everything else clear.
    pub const fn required(name: &'static str, kind: Kind, meaning: &'static str) -> Self {
        Self { name, kind, required: true, class: class_of(kind), meaning, mark: None }
    }

    /// A field that may be there.
    pub const fn optional(name: &'static str, kind: Kind, meaning: &'static str) -> Self {
        Self { name, kind, required: false, class: class_of(kind), meaning, mark: None }
    }

    /// The same field, sealed under the person's key whatever its kind.
    #[must_use]
    pub const fn personal(mut self) -> Self {
        self.class = Class::Person;
        self
    }

    /// The same field, in clear although it is open text: what it says is about the law alone.
    #[must_use]
    pub const fn in_clear(mut self) -> Self {
        self.class = Class::Clear;
        self
    }

    /// The same field, sealed under the key of the confidential room.
    #[must_use]
    pub const fn confidential(mut self) -> Self {
        self.class = Class::Confidential;
        self
    }

    /// The same field, leaving a clear mark beside it.
    #[must_use]
    pub const fn marked(mut self, name: &'static str, of: fn(&Value) -> Option<Value>) -> Self {
        self.mark = Some(Mark { name, of });
        self
    }
}

const fn class_of(kind: Kind) -> Class {
    match kind {
        Kind::Text(_) | Kind::Texts(_) | Kind::Who | Kind::Answer => Class::Person,
        Kind::Reference
        | Kind::Name
        | Kind::Names
        | Kind::Code(_)
        | Kind::Codes(_)
        | Kind::Cases
        | Kind::Date
        | Kind::Whole
        | Kind::Decimal
        | Kind::Flag
        | Kind::Value
        | Kind::Changes => Class::Clear,
    }
}

/// One event type: its stored name, its fields and how people call it.
#[derive(Debug, Clone, Copy)]
pub struct EventType {
    /// The stored and journal name; never changed, only retired.
    pub name: &'static str,
    /// The newest stored shape.
    pub version: u16,
    /// Which streams hold it.
    pub category: Category,
    /// Its fields in stored order.
    pub fields: &'static [Field],
    /// Headline in Danish.
    pub da: &'static str,
    /// Headline in English.
    pub en: &'static str,
    /// An example as a journal line.
    pub sample: &'static str,
}

impl EventType {
    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Whether people may write it: system facts are written by the program alone.
    pub fn is_written_by_people(&self) -> bool {
        match self.category {
            Category::Programme => self.name != "StoreCreated",
            Category::Case => self.name != "ParticipationRecorded",
            Category::Staff | Category::Group => true,
            Category::Reminders | Category::Claim => false,
        }
    }

    /// The name in kebab case, as the command line takes it: `session-held`.
    pub fn kebab(&self) -> String {
        let mut kebab = String::with_capacity(self.name.len() + 4);
        for (at, letter) in self.name.char_indices() {
            if at > 0 && letter.is_ascii_uppercase() {
                kebab.push('-');
            }
            kebab.push(letter.to_ascii_lowercase());
        }
        kebab
    }
}

static FAMILIES: [&[EventType]; 22] = [
    referral::TYPES,
    opening::TYPES,
    assigning::TYPES,
    support::TYPES,
    pausing::TYPES,
    session::TYPES,
    contact::TYPES,
    goal::TYPES,
    follow_up::TYPES,
    method::TYPES,
    family::TYPES,
    consent::TYPES,
    transition::TYPES,
    handover::TYPES,
    progression::TYPES,
    closing::TYPES,
    correction::TYPES,
    erasure::TYPES,
    staff::TYPES,
    group::TYPES,
    programme::TYPES,
    reminding::TYPES,
];

/// Every event type, family by family.
pub fn event_types() -> impl Iterator<Item = &'static EventType> {
    FAMILIES.iter().flat_map(|family| family.iter())
}

/// The event type of a stored name.
pub fn find(name: &str) -> Option<&'static EventType> {
    event_types().find(|kind| kind.name == name)
}

/// The event type of a name as people write it: `SessionHeld` or `session-held`.
pub fn find_written(name: &str) -> Option<&'static EventType> {
    event_types().find(|kind| kind.name == name || kind.kebab() == name)
}

/// The event type whose name is nearest to an unknown one.
pub fn nearest_type(name: &str) -> Option<&'static str> {
    let pascal = name.replace('-', "");
    nearest(&pascal, event_types().map(|kind| kind.name))
}
