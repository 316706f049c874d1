//! The typed events: facts in the past tense, family by family.
//!
//! An event holds what stands in clear, and from the sealed part only what the fold needs (a birth
//! date, a budget's own name, a correction of these). Notes and names never enter the case, so no
//! rule, table or letter can leak them.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::ids::EntryId;
use crate::sealed::Sealed;
use crate::{
    assigning, closing, consent, contact, correction, erasure, family, follow_up, goal, group,
    handover, method, opening, pausing, programme, progression, referral, reminding, session,
    staff, support, transition,
};

/// A fact, typed. Stored under the flat name of its type.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A case is referred, and may wait.
    Referral(referral::Event),
    /// A case begins, or is taken over from elsewhere.
    Opening(opening::Event),
    /// Who stands beside the young person.
    Assigning(assigning::Event),
    /// Which law pays for how much support.
    Support(support::Event),
    /// Support rests for a while.
    Pausing(pausing::Event),
    /// Support was given.
    Session(session::Event),
    /// The young person was spoken with, or should have been.
    Contact(contact::Event),
    /// Where it is going.
    Goal(goal::Event),
    /// The six-week follow-up.
    FollowUp(follow_up::Event),
    /// The choice and review of method.
    Method(method::Event),
    /// Network and family.
    Family(family::Event),
    /// Who may be told what.
    Consent(consent::Event),
    /// The 17½-year meeting.
    Transition(transition::Event),
    /// Others take over.
    Handover(handover::Event),
    /// From one to one to a group to a volunteer.
    Progression(progression::Event),
    /// A case ends, or begins anew.
    Closing(closing::Event),
    /// An earlier entry was wrong.
    Correction(correction::Event),
    /// What was sealed is destroyed.
    Erasure(erasure::Event),
    /// The directory of people.
    Staff(staff::Event),
    /// A group of young people.
    Group(group::Event),
    /// The municipality's own programme.
    Programme(programme::Event),
    /// What was done about reminders.
    Reminding(reminding::Event),
}

/// A stored body that its type cannot be read from.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// No such event type.
    #[error("unknown event type {0}")]
    UnknownType(String),
    /// The body does not fit the type.
    #[error("the body of a {name} cannot be read: {source}")]
    Body {
        /// The type's name.
        name: String,
        /// What serde found.
        source: serde_json::Error,
    },
}

impl Event {
    /// Reads an event of the newest shape from its type and its clear body.
    pub fn decode(name: &str, body: &str) -> Result<Self, DecodeError> {
        let families: [fn(&str, &str) -> Decoded<Self>; 22] = [
            |name, body| of(session::Event::decode(name, body), Self::Session),
            |name, body| of(follow_up::Event::decode(name, body), Self::FollowUp),
            |name, body| of(support::Event::decode(name, body), Self::Support),
            |name, body| of(contact::Event::decode(name, body), Self::Contact),
            |name, body| of(assigning::Event::decode(name, body), Self::Assigning),
            |name, body| of(goal::Event::decode(name, body), Self::Goal),
            |name, body| of(method::Event::decode(name, body), Self::Method),
            |name, body| of(opening::Event::decode(name, body), Self::Opening),
            |name, body| of(closing::Event::decode(name, body), Self::Closing),
            |name, body| of(correction::Event::decode(name, body), Self::Correction),
            |name, body| of(erasure::Event::decode(name, body), Self::Erasure),
            |name, body| of(progression::Event::decode(name, body), Self::Progression),
            |name, body| of(family::Event::decode(name, body), Self::Family),
            |name, body| of(consent::Event::decode(name, body), Self::Consent),
            |name, body| of(transition::Event::decode(name, body), Self::Transition),
            |name, body| of(handover::Event::decode(name, body), Self::Handover),
            |name, body| of(pausing::Event::decode(name, body), Self::Pausing),
            |name, body| of(referral::Event::decode(name, body), Self::Referral),
            |name, body| of(staff::Event::decode(name, body), Self::Staff),
            |name, body| of(group::Event::decode(name, body), Self::Group),
            |name, body| of(programme::Event::decode(name, body), Self::Programme),
            |name, body| of(reminding::Event::decode(name, body), Self::Reminding),
        ];
        let decoded = families.iter().find_map(|decode| decode(name, body));
        decoded.unwrap_or_else(|| Err(DecodeError::UnknownType(name.to_owned())))
    }

    /// The stored name of the event's type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Referral(event) => event.type_name(),
            Self::Opening(event) => event.type_name(),
            Self::Assigning(event) => event.type_name(),
            Self::Support(event) => event.type_name(),
            Self::Pausing(event) => event.type_name(),
            Self::Session(event) => event.type_name(),
            Self::Contact(event) => event.type_name(),
            Self::Goal(event) => event.type_name(),
            Self::FollowUp(event) => event.type_name(),
            Self::Method(event) => event.type_name(),
            Self::Family(event) => event.type_name(),
            Self::Consent(event) => event.type_name(),
            Self::Transition(event) => event.type_name(),
            Self::Handover(event) => event.type_name(),
            Self::Progression(event) => event.type_name(),
            Self::Closing(event) => event.type_name(),
            Self::Correction(event) => event.type_name(),
            Self::Erasure(event) => event.type_name(),
            Self::Staff(event) => event.type_name(),
            Self::Group(event) => event.type_name(),
            Self::Programme(event) => event.type_name(),
            Self::Reminding(event) => event.type_name(),
        }
    }

    /// The fields that stand in clear, as they are stored.
    pub fn clear_fields(&self) -> Map<String, Value> {
        match self {
            Self::Referral(event) => fields_of(event),
            Self::Opening(event) => fields_of(event),
            Self::Assigning(event) => fields_of(event),
            Self::Support(event) => fields_of(event),
            Self::Pausing(event) => fields_of(event),
            Self::Session(event) => fields_of(event),
            Self::Contact(event) => fields_of(event),
            Self::Goal(event) => fields_of(event),
            Self::FollowUp(event) => fields_of(event),
            Self::Method(event) => fields_of(event),
            Self::Family(event) => fields_of(event),
            Self::Consent(event) => fields_of(event),
            Self::Transition(event) => fields_of(event),
            Self::Handover(event) => fields_of(event),
            Self::Progression(event) => fields_of(event),
            Self::Closing(event) => fields_of(event),
            Self::Correction(event) => fields_of(event),
            Self::Erasure(event) => fields_of(event),
            Self::Staff(event) => fields_of(event),
            Self::Group(event) => fields_of(event),
            Self::Programme(event) => fields_of(event),
            Self::Reminding(event) => fields_of(event),
        }
    }

    /// Whether the fold needs something out of this event's sealed part.
    pub fn wants_opening(&self) -> bool {
        match self {
            Self::Opening(_) | Self::Correction(_) | Self::Staff(staff::Event::Registered(_)) => {
                true
            }
            Self::Support(event) => event.budget_is_sealed(),
            Self::Consent(event) => event.scope_is_sealed(),
            Self::Staff(_)
            | Self::Referral(_)
            | Self::Assigning(_)
            | Self::Pausing(_)
            | Self::Session(_)
            | Self::Contact(_)
            | Self::Goal(_)
            | Self::FollowUp(_)
            | Self::Method(_)
            | Self::Family(_)
            | Self::Transition(_)
            | Self::Handover(_)
            | Self::Progression(_)
            | Self::Closing(_)
            | Self::Erasure(_)
            | Self::Group(_)
            | Self::Programme(_)
            | Self::Reminding(_) => false,
        }
    }

    /// Takes from the opened personal part what the fold needs.
    pub fn open(&mut self, part: &Sealed<Map<String, Value>>) {
        match self {
            Self::Opening(event) => event.open(part),
            Self::Support(event) => event.open(part),
            Self::Correction(event) => event.open(part),
            Self::Staff(event) => event.open(part),
            Self::Consent(event) => event.open(part),
            Self::Referral(_)
            | Self::Assigning(_)
            | Self::Pausing(_)
            | Self::Session(_)
            | Self::Contact(_)
            | Self::Goal(_)
            | Self::FollowUp(_)
            | Self::Method(_)
            | Self::Family(_)
            | Self::Transition(_)
            | Self::Handover(_)
            | Self::Progression(_)
            | Self::Closing(_)
            | Self::Erasure(_)
            | Self::Group(_)
            | Self::Programme(_)
            | Self::Reminding(_) => {}
        }
    }

    /// The event as a correction leaves it. What the correction does not name stays; a change that
    /// does not fit the type leaves the event as it was, for a fold never fails.
    #[must_use]
    pub fn corrected(
        &self,
        clear: &Map<String, Value>,
        sealed: &Sealed<Map<String, Value>>,
    ) -> Self {
        let mut fields = self.clear_fields();
        for (name, value) in clear {
            match value {
                Value::Null => fields.remove(name),
                value => fields.insert(name.clone(), value.clone()),
            };
        }
        let body = Value::Object(fields).to_string();
        let Ok(mut corrected) = Self::decode(self.type_name(), &body) else {
            return self.clone();
        };
        corrected.keep_personal(self);
        corrected.open(sealed);
        corrected
    }

    fn keep_personal(&mut self, earlier: &Self) {
        match (self, earlier) {
            (Self::Opening(now), Self::Opening(then)) => now.keep_personal(then),
            (Self::Support(now), Self::Support(then)) => now.keep_personal(then),
            (Self::Staff(now), Self::Staff(then)) => now.keep_personal(then),
            (Self::Correction(now), Self::Correction(then)) => now.keep_personal(then),
            (Self::Consent(now), Self::Consent(then)) => now.keep_personal(then),
            (_, _) => {}
        }
    }
}

/// An event of a family; nothing when the family does not know the name.
pub(crate) type Decoded<T> = Option<Result<T, DecodeError>>;

fn of<T>(decoded: Decoded<T>, family: fn(T) -> Event) -> Decoded<Event> {
    decoded.map(|event| event.map(family))
}

pub(crate) fn read<T: DeserializeOwned>(name: &str, body: &str) -> Result<T, DecodeError> {
    serde_json::from_str(body).map_err(|source| DecodeError::Body { name: name.to_owned(), source })
}

/// The stored fields of one event struct.
pub(crate) fn fields_of<T: Serialize>(event: &T) -> Map<String, Value> {
    match serde_json::to_value(event) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) | Err(_) => Map::new(),
    }
}

/// Opens a body with the entry's own reference, where it has one.
pub fn with_entry_id(id: Option<&EntryId>, clear: &Map<String, Value>) -> String {
    let fields = Value::Object(clear.clone()).to_string();
    match id {
        None => fields,
        Some(id) if clear.is_empty() => format!("{{\"id\":\"{id}\"}}"),
        Some(id) => format!("{{\"id\":\"{id}\",{}", &fields[1..]),
    }
}

/// The entry's own reference, which opens the body of an entry that has one.
pub fn entry_id(body: &str) -> Option<EntryId> {
    let rest = body.strip_prefix("{\"id\":\"")?;
    EntryId::parse(&rest[..rest.find('"')?]).ok()
}
