//! A well-formed no: what is refused, which recommendation stands behind it, what to do instead.

mod texts;

use chrono::NaiveDate;

use crate::ids::{CaseRef, EntryId, GoalId, GroupRef, PersonRef, TrackId};
use crate::policy::PolicyProblem;
use crate::reminding::Refusal;
use crate::support::Basis;
use crate::view::Deviation;

/// The language a person reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// Danish.
    Da,
    /// English.
    #[default]
    En,
}

/// Why a command is refused. Codes are stable; a *should* says how to override it.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "`explain` says in words what each of them means")]
pub enum Rejection {
    BornLater,
    UnknownCase { case: CaseRef },
    CaseExists { case: CaseRef },
    NotOpen { started_on: Option<NaiveDate> },
    CaseClosed { closed_on: NaiveDate },
    NotClosed,
    CaseErased { erased_on: NaiveDate },
    ErasureStays,
    SamePersonTwice { person: PersonRef },
    LegalBasisUnclear,
    TrackUnknown { track: TrackId },
    TrackNotActive { track: TrackId },
    TrackRequired { active: Vec<TrackId> },
    TrackTaken { track: TrackId },
    BasisTaken { basis: Basis, track: TrackId },
    NotLabTrack { track: TrackId },
    LabUntilMissing { latest: NaiveDate },
    LabPeriodTooLong { latest: NaiveDate },
    UntilBeforeStart { from: NaiveDate },
    HoursNotPositive,
    LimitedPeriodTooLong { latest: NaiveDate },
    LimitedPeriodRunning { since: NaiveDate },
    LimitedPeriodBackToBack { earliest: NaiveDate },
    NoLimitedPeriod,
    MinutesOutOfRange { minutes: i64 },
    GoalTaken { goal: GoalId },
    GoalNotOpen { goal: GoalId },
    MethodReasonMissing,
    TooEarly { earliest: NaiveDate },
    EntryUnknown { target: EntryId },
    EntryAlreadyRetracted { target: EntryId },
    ChangeNotPossible { message: String, because: String, try_next: String },
    DuplicateId { id: EntryId },
    NotAssigned { person: PersonRef },
    Unadvised(Deviation),
    PledgeMissing { person: PersonRef },
    StaffExists { person: PersonRef },
    EmailTaken,
    Policy(PolicyProblem),
    PolicyBackwards { valid_from: NaiveDate },
    NotReferred,
    NumberOutOfRange { field: &'static str, number: i64, least: i64, most: i64 },
    NoConsent,
    NoAgreement,
    MeetingInPast { on: NaiveDate },
    HandoverAwaits { since: NaiveDate },
    NoHandover,
    HandoverReasonMissing,
    PlanBeginsElsewhere,
    PlanOrder,
    NoPlan,
    StageOrder { present: &'static str },
    GroupExists { group: GroupRef },
    GroupUnknown { group: GroupRef },
    GroupDissolved { on: NaiveDate },
    GroupPurposeMissing,
    GroupSize { attendees: i64, most: i64 },
    AttendeeTwice { case: CaseRef },
    AttendeeNotOpen { case: CaseRef },
    NotAssessedSuitable { case: CaseRef },
    GroupTooEarly { case: CaseRef, earliest: NaiveDate },
    OtherMentor { case: CaseRef, mentor: PersonRef },
    ParticipationOfGroup,
    RoundOpen { period: String },
    RoundNotOpen { period: String },
    Reminding(Refusal),
}

/// Three lines for a person: what, why, what now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What is refused.
    pub message: String,
    /// Why.
    pub because: String,
    /// What to do instead.
    pub try_next: String,
}

impl Rejection {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BornLater => "born_later",
            Self::UnknownCase { .. } => "case_not_found",
            Self::CaseExists { .. } => "case_exists",
            Self::NotOpen { .. } => "not_open",
            Self::CaseClosed { .. } => "case_closed",
            Self::NotClosed => "not_closed",
            Self::CaseErased { .. } => "case_erased",
            Self::ErasureStays => "erasure_stays",
            Self::SamePersonTwice { .. } => "same_person_twice",
            Self::LegalBasisUnclear => "legal_basis_unclear",
            Self::TrackUnknown { .. } => "track_unknown",
            Self::TrackNotActive { .. } => "track_not_active",
            Self::TrackRequired { .. } => "track_required",
            Self::TrackTaken { .. } => "track_taken",
            Self::BasisTaken { .. } => "basis_taken",
            Self::NotLabTrack { .. } => "not_lab_track",
            Self::LabUntilMissing { .. } => "lab_until_missing",
            Self::LabPeriodTooLong { .. } => "lab_period_too_long",
            Self::UntilBeforeStart { .. } => "until_before_start",
            Self::HoursNotPositive => "hours_not_positive",
            Self::LimitedPeriodTooLong { .. } => "limited_period_too_long",
            Self::LimitedPeriodRunning { .. } => "limited_period_running",
            Self::LimitedPeriodBackToBack { .. } => "limited_period_back_to_back",
            Self::NoLimitedPeriod => "no_limited_period",
            Self::MinutesOutOfRange { .. } => "minutes_out_of_range",
            Self::GoalTaken { .. } => "goal_taken",
            Self::GoalNotOpen { .. } => "goal_not_open",
            Self::MethodReasonMissing => "method_reason_missing",
            Self::TooEarly { .. } => "too_early",
            Self::EntryUnknown { .. } => "entry_unknown",
            Self::EntryAlreadyRetracted { .. } => "entry_retracted",
            Self::ChangeNotPossible { .. } => "change_not_possible",
            Self::DuplicateId { .. } => "duplicate_id",
            Self::NotAssigned { .. } => "not_assigned",
            Self::Unadvised(deviation) => deviation.as_str(),
            Self::PledgeMissing { .. } => "pledge_missing",
            Self::StaffExists { .. } => "staff_exists",
            Self::EmailTaken => "email_taken",
            Self::Policy(problem) => policy_code(problem),
            Self::PolicyBackwards { .. } => "policy_backwards",
            Self::NotReferred => "not_referred",
            Self::NumberOutOfRange { .. } => "number_out_of_range",
            Self::NoConsent => "no_consent",
            Self::NoAgreement => "no_agreement",
            Self::MeetingInPast { .. } => "meeting_in_past",
            Self::HandoverAwaits { .. } => "handover_awaiting",
            Self::NoHandover => "no_handover_awaiting",
            Self::HandoverReasonMissing => "handover_reason_missing",
            Self::PlanBeginsElsewhere => "plan_first_stage",
            Self::PlanOrder => "plan_order",
            Self::NoPlan => "no_progression_plan",
            Self::StageOrder { .. } => "stage_order",
            Self::GroupExists { .. } => "group_exists",
            Self::GroupUnknown { .. } => "group_unknown",
            Self::GroupDissolved { .. } => "group_dissolved",
            Self::GroupPurposeMissing => "group_purpose_missing",
            Self::GroupSize { .. } => "group_size",
            Self::AttendeeTwice { .. } => "attendee_twice",
            Self::AttendeeNotOpen { .. } => "attendee_not_open",
            Self::NotAssessedSuitable { .. } => "not_assessed_suitable",
            Self::GroupTooEarly { .. } => "group_too_early",
            Self::OtherMentor { .. } => "other_mentor",
            Self::ParticipationOfGroup => "participation_of_group",
            Self::RoundOpen { .. } => "round_open",
            Self::RoundNotOpen { .. } => "round_not_open",
            Self::Reminding(refusal) => refusal.code(),
        }
    }

    /// The recommendation or law it comes from, where it is not mere bookkeeping.
    pub fn recommendation(&self) -> Option<&'static str> {
        Some(match self {
            Self::TooEarly { .. } => "F4.4-4",
            Self::MethodReasonMissing => "F4.6-5",
            Self::LimitedPeriodTooLong { .. } => "C2-10",
            Self::LimitedPeriodRunning { .. } | Self::LimitedPeriodBackToBack { .. } => "C2-11",
            Self::LabUntilMissing { .. } | Self::LabPeriodTooLong { .. } => "LAB § 167",
            Self::TrackRequired { .. } => "C2-4",
            Self::Unadvised(Deviation::NobodyLeft) => "F4.4-1",
            Self::PledgeMissing { .. } => "F4.2-17",
            Self::EntryUnknown { .. } | Self::EntryAlreadyRetracted { .. } => "GDPR art. 16",
            Self::CaseErased { .. }
            | Self::ErasureStays
            | Self::SamePersonTwice { .. }
            | Self::LegalBasisUnclear => "GDPR art. 17",
            Self::Policy(_) | Self::PolicyBackwards { .. } => "F4.1-3",
            Self::NotReferred => "F4.3-12",
            Self::Unadvised(Deviation::MethodNotChosen) => "F4.6-4",
            Self::Unadvised(Deviation::YouthViewMissing) | Self::NoAgreement => "F4.5-6",
            Self::NoConsent => "F4.5-14",
            Self::HandoverAwaits { .. }
            | Self::NoHandover
            | Self::HandoverReasonMissing
            | Self::Unadvised(Deviation::MentorNotIncluded) => "F4.1-8",
            Self::PlanBeginsElsewhere => "F4.3-2",
            Self::PlanOrder | Self::NoPlan | Self::StageOrder { .. } => "F4.3-4",
            Self::GroupPurposeMissing => "F4.3-7",
            Self::GroupSize { .. } => "F4.3-5",
            Self::AttendeeNotOpen { .. } | Self::NotAssessedSuitable { .. } => "F4.3-16",
            Self::GroupTooEarly { .. } => "F4.3-3",
            Self::OtherMentor { .. } => "F4.3-6",
            Self::RoundOpen { .. } | Self::RoundNotOpen { .. } => "F4.6-7",
            Self::BornLater
            | Self::UnknownCase { .. }
            | Self::CaseExists { .. }
            | Self::NotOpen { .. }
            | Self::CaseClosed { .. }
            | Self::NotClosed
            | Self::TrackUnknown { .. }
            | Self::TrackNotActive { .. }
            | Self::TrackTaken { .. }
            | Self::BasisTaken { .. }
            | Self::NotLabTrack { .. }
            | Self::UntilBeforeStart { .. }
            | Self::HoursNotPositive
            | Self::NoLimitedPeriod
            | Self::MinutesOutOfRange { .. }
            | Self::GoalTaken { .. }
            | Self::GoalNotOpen { .. }
            | Self::ChangeNotPossible { .. }
            | Self::DuplicateId { .. }
            | Self::NotAssigned { .. }
            | Self::StaffExists { .. }
            | Self::EmailTaken
            | Self::NumberOutOfRange { .. }
            | Self::MeetingInPast { .. }
            | Self::GroupExists { .. }
            | Self::GroupUnknown { .. }
            | Self::GroupDissolved { .. }
            | Self::AttendeeTwice { .. }
            | Self::ParticipationOfGroup
            | Self::Reminding(_) => return None,
        })
    }

    /// What, why and what now, in a person's language.
    pub fn explain(&self, language: Language) -> Explanation {
        match language {
            Language::Da => texts::danish(self),
            Language::En => texts::english(self),
        }
    }
}

fn policy_code(problem: &PolicyProblem) -> &'static str {
    match problem {
        PolicyProblem::UnknownKey { .. } => "policy_unknown_key",
        PolicyProblem::OutOfRange { .. } | PolicyProblem::WrongType { .. } => "policy_out_of_range",
    }
}
