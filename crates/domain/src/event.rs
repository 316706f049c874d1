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
    assigning, closing, correction, erasure, follow_up, goal, method, opening, programme,
    reminding, session, staff, support, transition,
};

/// A fact, typed. Stored under the flat name of its type.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A case begins, or is taken over from elsewhere.
    Opening(opening::Event),
    /// Who stands beside the young person.
    Assigning(assigning::Event),
    /// Which law pays for how much support.
    Support(support::Event),
    /// Support was given.
    Session(session::Event),
    /// Where it is going.
    Goal(goal::Event),
    /// The six-week follow-up.
    FollowUp(follow_up::Event),
    /// The choice and review of method.
    Method(method::Event),
    /// The 17½-year meeting.
    Transition(transition::Event),
    /// A case ends, or begins anew.
    Closing(closing::Event),
    /// An earlier entry was wrong.
    Correction(correction::Event),
    /// What was sealed is destroyed.
    Erasure(erasure::Event),
    /// The directory of people.
    Staff(staff::Event),
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
        use {
            assigning::Event as A, closing::Event as C, correction::Event as X,
            erasure::Event as E, follow_up::Event as F, goal::Event as G, method::Event as M,
            opening::Event as O, programme::Event as P, reminding::Event as R, staff::Event as W,
            support::Event as S,
        };
        Ok(match name {
            "CaseOpened" => Self::Opening(O::Opened(read(name, body)?)),
            "CaseImported" => Self::Opening(O::Imported(read(name, body)?)),
            "MentorAssigned" => Self::Assigning(A::Assigned(read(name, body)?)),
            "MentorAssignmentEnded" => Self::Assigning(A::Ended(read(name, body)?)),
            "SupportGranted" => Self::Support(S::Granted(read(name, body)?)),
            "MentorAgreementSigned" => Self::Support(S::AgreementSigned(read(name, body)?)),
            "SupportExtended" => Self::Support(S::Extended(read(name, body)?)),
            "SupportHoursChanged" => Self::Support(S::HoursChanged(read(name, body)?)),
            "SupportSwitched" => Self::Support(S::Switched(read(name, body)?)),
            "SupportEnded" => Self::Support(S::Ended(read(name, body)?)),
            "LimitedSupportPeriodStarted" => Self::Support(S::LimitedStarted(read(name, body)?)),
            "LimitedSupportPeriodEnded" => Self::Support(S::LimitedEnded(read(name, body)?)),
            "SessionHeld" => Self::Session(session::Event::Held(read(name, body)?)),
            "GoalSet" => Self::Goal(G::Set(read(name, body)?)),
            "GoalRevised" => Self::Goal(G::Revised(read(name, body)?)),
            "FollowUpHeld" => Self::FollowUp(F::Held(read(name, body)?)),
            "FollowUpDelayExplained" => Self::FollowUp(F::DelayExplained(read(name, body)?)),
            "MethodChosen" => Self::Method(M::Chosen(read(name, body)?)),
            "MethodReviewHeld" => Self::Method(M::ReviewHeld(read(name, body)?)),
            "TransitionMeetingHeld" => {
                Self::Transition(transition::Event::MeetingHeld(read(name, body)?))
            }
            "CaseClosed" => Self::Closing(C::Closed(read(name, body)?)),
            "CaseReopened" => Self::Closing(C::Reopened(read(name, body)?)),
            "EntryCorrected" => Self::Correction(X::Corrected(read(name, body)?)),
            "EntryRetracted" => Self::Correction(X::Retracted(read(name, body)?)),
            "PersonalDataErased" => Self::Erasure(E::PersonalData(read(name, body)?)),
            "EntryErased" => Self::Erasure(E::Entry(read(name, body)?)),
            "StaffRegistered" => Self::Staff(W::Registered(read(name, body)?)),
            "ConfidentialityPledgeSigned" => Self::Staff(W::PledgeSigned),
            "StoreCreated" => Self::Programme(P::StoreCreated(read(name, body)?)),
            "PolicySet" => Self::Programme(P::PolicySet(read(name, body)?)),
            "FactClaimed" => Self::Programme(P::FactClaimed(read(name, body)?)),
            "ReminderSent" => Self::Reminding(R::Sent(read(name, body)?)),
            "ReminderFailed" => Self::Reminding(R::Failed(read(name, body)?)),
            "ReminderSuppressed" => Self::Reminding(R::Suppressed(read(name, body)?)),
            unknown => return Err(DecodeError::UnknownType(unknown.to_owned())),
        })
    }

    /// The stored name of the event's type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Opening(event) => event.type_name(),
            Self::Assigning(event) => event.type_name(),
            Self::Support(event) => event.type_name(),
            Self::Session(event) => event.type_name(),
            Self::Goal(event) => event.type_name(),
            Self::FollowUp(event) => event.type_name(),
            Self::Method(event) => event.type_name(),
            Self::Transition(event) => event.type_name(),
            Self::Closing(event) => event.type_name(),
            Self::Correction(event) => event.type_name(),
            Self::Erasure(event) => event.type_name(),
            Self::Staff(event) => event.type_name(),
            Self::Programme(event) => event.type_name(),
            Self::Reminding(event) => event.type_name(),
        }
    }

    /// The fields that stand in clear, as they are stored.
    pub fn clear_fields(&self) -> Map<String, Value> {
        match self {
            Self::Opening(event) => event.clear_fields(),
            Self::Assigning(event) => event.clear_fields(),
            Self::Support(event) => event.clear_fields(),
            Self::Session(session::Event::Held(held)) => fields_of(held),
            Self::Goal(event) => event.clear_fields(),
            Self::FollowUp(event) => event.clear_fields(),
            Self::Method(event) => event.clear_fields(),
            Self::Transition(transition::Event::MeetingHeld(held)) => fields_of(held),
            Self::Closing(event) => event.clear_fields(),
            Self::Correction(event) => event.clear_fields(),
            Self::Erasure(event) => event.clear_fields(),
            Self::Staff(event) => event.clear_fields(),
            Self::Programme(event) => event.clear_fields(),
            Self::Reminding(event) => event.clear_fields(),
        }
    }

    /// Whether the fold needs something out of this event's sealed part.
    pub fn wants_opening(&self) -> bool {
        match self {
            Self::Opening(_) | Self::Correction(_) | Self::Staff(staff::Event::Registered(_)) => {
                true
            }
            Self::Support(event) => event.budget_is_sealed(),
            Self::Assigning(_)
            | Self::Session(_)
            | Self::Goal(_)
            | Self::FollowUp(_)
            | Self::Method(_)
            | Self::Transition(_)
            | Self::Closing(_)
            | Self::Erasure(_)
            | Self::Staff(staff::Event::PledgeSigned)
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
            Self::Assigning(_)
            | Self::Session(_)
            | Self::Goal(_)
            | Self::FollowUp(_)
            | Self::Method(_)
            | Self::Transition(_)
            | Self::Closing(_)
            | Self::Erasure(_)
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
            (_, _) => {}
        }
    }
}

fn read<T: DeserializeOwned>(name: &str, body: &str) -> Result<T, DecodeError> {
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
