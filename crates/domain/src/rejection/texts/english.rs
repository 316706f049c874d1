//! Refusals in English.

use super::super::{Deviation, Explanation, Rejection};
use super::{begun_english, names, policy_help};

#[expect(clippy::too_many_lines, reason = "one arm a refusal; a table in all but name")]
/// The refusal in English.
pub(in crate::rejection) fn english(rejection: &Rejection) -> Explanation {
    match rejection {
        Rejection::BornLater => Explanation {
            message: "the birth date lies after the first day of the case".to_owned(),
            because: "a case begins on the day of birth at the earliest".to_owned(),
            try_next: "put the birth date or the date right".to_owned(),
        },
        Rejection::UnknownCase { case } => Explanation {
            message: format!("there is no case {case}"),
            because: "nothing was ever recorded about it".to_owned(),
            try_next: "check the reference with `spor case list`, or open it with `spor record case-opened`".to_owned(),
        },
        Rejection::CaseExists { case } => Explanation {
            message: format!("the case {case} exists already"),
            because: "a reference belongs to one young person for ever".to_owned(),
            try_next: "use case-reopened if it was closed, else another reference".to_owned(),
        },
        Rejection::NotOpen { started_on } => Explanation {
            message: "the case was not open on that day".to_owned(),
            because: begun_english(*started_on),
            try_next: "give a day on which it was open".to_owned(),
        },
        Rejection::CaseClosed { closed_on } => Explanation {
            message: format!("the case was closed on {closed_on}"),
            because: "after closing only corrections and what happened before are taken".to_owned(),
            try_next: "give the day it happened, or reopen the case with case-reopened".to_owned(),
        },
        Rejection::NotClosed => Explanation {
            message: "the case is not closed".to_owned(),
            because: "only a closed case can begin anew".to_owned(),
            try_next: "record what happened in the running case".to_owned(),
        },
        Rejection::CaseErased { erased_on } => Explanation {
            message: format!("the personal data of the case were erased on {erased_on}"),
            because: "nothing more is kept about a person who was erased".to_owned(),
            try_next: "open a case under another reference".to_owned(),
        },
        Rejection::ErasureStays => Explanation {
            message: "an erasure cannot be corrected or taken back".to_owned(),
            because: "what it destroyed is gone for ever".to_owned(),
            try_next: "record anew what should be there".to_owned(),
        },
        Rejection::SamePersonTwice { person } => Explanation {
            message: format!("{person} cannot both decide and approve"),
            because: "what cannot be undone takes two people".to_owned(),
            try_next: "let somebody else approve it".to_owned(),
        },
        Rejection::LegalBasisUnclear => Explanation {
            message: "the legal basis is empty or too long".to_owned(),
            because: "it stands in clear for ever and names a law, in at most 120 characters".to_owned(),
            try_next: "give it as in 'GDPR art. 17(1)(a)'".to_owned(),
        },
        Rejection::TrackUnknown { track } => Explanation {
            message: format!("the case has no track {track}"),
            because: "support is always given on a granted track".to_owned(),
            try_next: "see the tracks with `spor case show`".to_owned(),
        },
        Rejection::TrackNotActive { track } => Explanation {
            message: format!("track {track} was not active on that day"),
            because: "support runs from its first day to its last".to_owned(),
            try_next: "give another day or another track; an expired track can be extended".to_owned(),
        },
        Rejection::TrackRequired { active } => Explanation {
            message: "several tracks are active; say which".to_owned(),
            because: "hours of two laws are kept apart".to_owned(),
            try_next: format!("add track={}", names(active)),
        },
        Rejection::TrackTaken { track } => Explanation {
            message: format!("the name {track} was used before"),
            because: "a track keeps its name for ever".to_owned(),
            try_next: "take a new name".to_owned(),
        },
        Rejection::BasisTaken { basis, track } => Explanation {
            message: format!("track {track} is already active on {}", basis.as_str()),
            because: "there is one active track per legal basis".to_owned(),
            try_next: format!("extend, switch or end {track} first"),
        },
        Rejection::NotLabTrack { track } => Explanation {
            message: format!("track {track} does not rest on LAB § 167"),
            because: "only mentor support under LAB has this".to_owned(),
            try_next: "name the LAB track".to_owned(),
        },
        Rejection::LabUntilMissing { latest } => Explanation {
            message: "mentor support needs a last day".to_owned(),
            because: "it is granted for at most six months at a time".to_owned(),
            try_next: format!("add until, at the latest {latest}"),
        },
        Rejection::LabPeriodTooLong { latest } => Explanation {
            message: "the period ends too late".to_owned(),
            because: "mentor support is granted for at most six months at a time".to_owned(),
            try_next: format!("give until {latest} or earlier"),
        },
        Rejection::UntilBeforeStart { from } => Explanation {
            message: "the last day lies before the first".to_owned(),
            because: format!("the support begins {from}"),
            try_next: "give an until on or after that day".to_owned(),
        },
        Rejection::HoursNotPositive => Explanation {
            message: "weekly hours must be above 0".to_owned(),
            because: "no hours are no support".to_owned(),
            try_next: "give the hours, or end the track".to_owned(),
        },
        Rejection::LimitedPeriodTooLong { latest } => Explanation {
            message: "the period is longer than one month".to_owned(),
            because: "the mentor may be more supportive for one month".to_owned(),
            try_next: format!("give until {latest} or earlier"),
        },
        Rejection::LimitedPeriodRunning { since } => Explanation {
            message: format!("the period begun {since} has not been ended"),
            because: "the month is not renewed; a lasting need leads to SEL § 85".to_owned(),
            try_next: "end it with limited-support-period-ended and its outcome".to_owned(),
        },
        Rejection::LimitedPeriodBackToBack { earliest } => Explanation {
            message: "the last period ran up to this one".to_owned(),
            because: "the month is not renewed back to back; a lasting need leads to SEL § 85".to_owned(),
            try_next: format!("grant SEL-85, or begin again on {earliest} at the earliest"),
        },
        Rejection::NoLimitedPeriod => Explanation {
            message: "no such period is running".to_owned(),
            because: "only a period that was begun can be ended".to_owned(),
            try_next: "see `spor case show`".to_owned(),
        },
        Rejection::MinutesOutOfRange { minutes } => Explanation {
            message: format!("{minutes} minutes cannot be"),
            because: "a session lasts 1 to 1440 minutes".to_owned(),
            try_next: "give the minutes of this one session".to_owned(),
        },
        Rejection::GoalTaken { goal } => Explanation {
            message: format!("the goal {goal} exists already"),
            because: "a goal keeps its name for ever".to_owned(),
            try_next: "revise it with goal-revised, or take a new name".to_owned(),
        },
        Rejection::GoalNotOpen { goal } => Explanation {
            message: format!("there is no open goal {goal}"),
            because: "only an open goal can be worked on".to_owned(),
            try_next: "set it with goal-set".to_owned(),
        },
        Rejection::MethodReasonMissing => Explanation {
            message: "the reason is empty".to_owned(),
            because: "what matters is that the choice is deliberate".to_owned(),
            try_next: "say why this method, or why none".to_owned(),
        },
        Rejection::TooEarly { earliest } => Explanation {
            message: format!("the case may close from {earliest}"),
            because: "a mentor case runs at least three months".to_owned(),
            try_next: "give reason=youth_wish or weighty_professional_reasons if it is so, or wait".to_owned(),
        },
        Rejection::EntryUnknown { target } => Explanation {
            message: format!("there is no entry {target} in this case"),
            because: "a correction points at what it corrects".to_owned(),
            try_next: "see the entries with `spor case timeline`".to_owned(),
        },
        Rejection::EntryAlreadyRetracted { target } => Explanation {
            message: format!("the entry {target} was retracted"),
            because: "what was taken back cannot be changed".to_owned(),
            try_next: "record it anew".to_owned(),
        },
        Rejection::DuplicateId { id } => Explanation {
            message: format!("the id {id} is taken in this case"),
            because: "corrections must know what they point at".to_owned(),
            try_next: "take another id, or correct the entry with entry-corrected".to_owned(),
        },
        Rejection::NotAssigned { person } => Explanation {
            message: format!("{person} is not assigned to the case"),
            because: "only an assignment that began can end".to_owned(),
            try_next: "see `spor case show`".to_owned(),
        },
        Rejection::Unadvised(Deviation::NobodyLeft) => Explanation {
            message: "the young person would be left without anybody".to_owned(),
            because: "an open case has somebody beside the young person".to_owned(),
            try_next: "assign somebody first, or add override_reason".to_owned(),
        },
        Rejection::PledgeMissing { person } => Explanation {
            message: format!("{person} has not signed the pledge of confidentiality"),
            because: "a volunteer is assigned only after the pledge".to_owned(),
            try_next: "record confidentiality-pledge-signed first".to_owned(),
        },
        Rejection::StaffExists { person } => Explanation {
            message: format!("{person} is registered already"),
            because: "a reference belongs to one person for ever".to_owned(),
            try_next: "correct the entry with entry-corrected, or take another reference".to_owned(),
        },
        Rejection::EmailTaken => Explanation {
            message: "the e-mail address belongs to somebody else".to_owned(),
            because: "letters go to one person".to_owned(),
            try_next: "give the person an address of their own".to_owned(),
        },
        Rejection::PolicyBackwards { valid_from } => Explanation {
            message: format!("{valid_from} lies in the past and no reason is given"),
            because: "a change backwards alters what was right".to_owned(),
            try_next: "give a reason".to_owned(),
        },
        Rejection::ChangeNotPossible { message, because, try_next } => Explanation {
            message: message.clone(),
            because: because.clone(),
            try_next: try_next.clone(),
        },
        Rejection::Policy(problem) => Explanation {
            message: problem.to_string(),
            because: "a setting that nobody reads changes nothing".to_owned(),
            try_next: policy_help("did you mean", problem),
        },
        Rejection::NotReferred => Explanation {
            message: "the case is not referred, or has begun".to_owned(),
            because: "only a referral can wait".to_owned(),
            try_next: "record case-referred first".to_owned(),
        },
        Rejection::NumberOutOfRange { field, number, least, most } => Explanation {
            message: format!("{field} cannot be {number}"),
            because: format!("it lies from {least} to {most}"),
            try_next: "give a number in that range".to_owned(),
        },
        Rejection::Unadvised(Deviation::MethodNotChosen) => Explanation {
            message: "no method was chosen in this case".to_owned(),
            because: "the value of a method is judged against a choice".to_owned(),
            try_next: "record method-chosen first (none is a choice), or say why with reason=".to_owned(),
        },
        Rejection::Unadvised(Deviation::YouthViewMissing) => Explanation {
            message: "the young person was not asked".to_owned(),
            because: "how the family takes part is agreed with the young person".to_owned(),
            try_next: "ask first, or say why not with reason=".to_owned(),
        },
        Rejection::NoConsent => Explanation {
            message: "no consent to parent updates is in force".to_owned(),
            because: "nothing goes from the mentor to parents without consent".to_owned(),
            try_next: "record consent-given scope=parent_updates once it is given".to_owned(),
        },
        Rejection::NoAgreement => Explanation {
            message: "nothing was agreed on the family's part".to_owned(),
            because: "updates follow an agreement, none is a valid one too".to_owned(),
            try_next: "record family-involvement-agreed first".to_owned(),
        },
        Rejection::MeetingInPast { on } => Explanation {
            message: format!("{on} has passed"),
            because: "a meeting is scheduled for a day to come".to_owned(),
            try_next: "give a later day, or record the meeting that was held".to_owned(),
        },
        Rejection::HandoverAwaits { since } => Explanation {
            message: format!("the handover begun {since} awaits an answer"),
            because: "there is one handover at a time".to_owned(),
            try_next: "answer it with handover-accepted or handover-rejected".to_owned(),
        },
        Rejection::NoHandover => Explanation {
            message: "no handover awaits an answer".to_owned(),
            because: "only a handover that was begun can be answered".to_owned(),
            try_next: "record handover-started first".to_owned(),
        },
        Rejection::HandoverReasonMissing => Explanation {
            message: "a rejection says why".to_owned(),
            because: "the giving side has to find another way".to_owned(),
            try_next: "add reason=".to_owned(),
        },
        Rejection::Unadvised(Deviation::MentorNotIncluded) => Explanation {
            message: "the mentor takes no part".to_owned(),
            because: "at a shift of administration the mentor is involved".to_owned(),
            try_next: "include the mentor, or say why not with reason=".to_owned(),
        },
        Rejection::PlanBeginsElsewhere => Explanation {
            message: "the plan does not begin one to one".to_owned(),
            because: "a course starts with mentor and young person alone".to_owned(),
            try_next: "put one_to_one first".to_owned(),
        },
        Rejection::PlanOrder => Explanation {
            message: "the stages are not in order".to_owned(),
            because: "from one to one, to one to many, to a volunteer".to_owned(),
            try_next: "name each stage once, in that order".to_owned(),
        },
        Rejection::NoPlan => Explanation {
            message: "there is no progression plan".to_owned(),
            because: "a stage is reached in a plan".to_owned(),
            try_next: "record progression-plan-set first".to_owned(),
        },
        Rejection::StageOrder { present } => Explanation {
            message: "the stage is not ahead in the plan".to_owned(),
            because: format!("the present stage is {present}"),
            try_next: "take a later stage of the plan, or set a new plan".to_owned(),
        },
        Rejection::GroupExists { group } => Explanation {
            message: format!("the group {group} exists already"),
            because: "a group keeps its name for ever".to_owned(),
            try_next: "take another reference".to_owned(),
        },
        Rejection::GroupUnknown { group } => Explanation {
            message: format!("there was no group {group} on that day"),
            because: "a group is formed before it meets".to_owned(),
            try_next: "record group-formed first".to_owned(),
        },
        Rejection::GroupDissolved { on } => Explanation {
            message: format!("the group was dissolved on {on}"),
            because: "after that day it does not meet".to_owned(),
            try_next: "form a new group".to_owned(),
        },
        Rejection::GroupPurposeMissing => Explanation {
            message: "the purpose is empty".to_owned(),
            because: "a group has a purpose that is relevant to everybody in it".to_owned(),
            try_next: "say what it is for".to_owned(),
        },
        Rejection::GroupSize { attendees, most } => Explanation {
            message: format!("{attendees} cannot meet in this group"),
            because: format!("a group is small: from 1 to {most}"),
            try_next: "meet in two groups, or form a larger one".to_owned(),
        },
        Rejection::AttendeeTwice { case } => Explanation {
            message: format!("{case} is named twice"),
            because: "each young person takes part once".to_owned(),
            try_next: "name each case once".to_owned(),
        },
        Rejection::AttendeeNotOpen { case } => Explanation {
            message: format!("{case} was not open on that day"),
            because: "the whole session is refused when one may not be there".to_owned(),
            try_next: "leave the case out, or give another day".to_owned(),
        },
        Rejection::NotAssessedSuitable { case } => Explanation {
            message: format!("{case} is not assessed suitable for a group"),
            because: "whether a group suits is assessed for each young person".to_owned(),
            try_next: "record group-suitability-assessed first, or leave the case out".to_owned(),
        },
        Rejection::GroupTooEarly { case, earliest } => Explanation {
            message: format!("{case} may meet in a group from {earliest}"),
            because: "the first months are one to one".to_owned(),
            try_next: "leave the case out, or wait".to_owned(),
        },
        Rejection::OtherMentor { case, mentor } => Explanation {
            message: format!("{case} has another mentor than {mentor}"),
            because: "a group has one mentor for all".to_owned(),
            try_next: "leave the case out, or assign the mentor".to_owned(),
        },
        Rejection::ParticipationOfGroup => Explanation {
            message: "the participation belongs to a group session".to_owned(),
            because: "what was recorded together is put right together".to_owned(),
            try_next: "correct or retract the session in the group".to_owned(),
        },
        Rejection::RoundOpen { period } => Explanation {
            message: format!("the round {period} is open already"),
            because: "a round is opened once".to_owned(),
            try_next: "close it first, or take another name".to_owned(),
        },
        Rejection::RoundNotOpen { period } => Explanation {
            message: format!("there is no open round {period}"),
            because: "only an open round can be closed".to_owned(),
            try_next: "record review-round-opened first".to_owned(),
        },
        Rejection::Reminding(refusal) => super::reminding::english(refusal),
    }
}
