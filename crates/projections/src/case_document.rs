//! One case as of a day, as a person or a program reads it: the contract of `spor case show`.
//!
//! A key whose subject does not exist in the case is left out; what is there and has no value is
//! `null`.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;
use spor_domain::case::Case;
use spor_domain::opening::Administration;
use spor_domain::policy::Policy;
use spor_domain::progression::Suitability;
use spor_domain::sealed::Sealed;
use spor_domain::support::Basis;
use spor_domain::view::{
    self, Flag, FollowUpClock, MethodReviewClock, MonthHours, Phase, TrackHours, TransitionClock,
    TransitionStatus, View, decimal_hours,
};

const ADULT_YEARS: u32 = 18;

/// A case as of a day.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the fields are the keys of the contract, in its order")]
pub struct CaseDocument {
    pub state: &'static str,
    pub episode: u32,
    pub age: Option<u32>,
    pub adult: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<&'static str>,
    pub flags: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal_data: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_days: Option<i64>,
    pub responsible_administration: Option<&'static str>,
    pub caseworker: Option<String>,
    pub mentor: Option<String>,
    pub persons_met: usize,
    pub switches: u32,
    pub coverage_gap_days: u32,
    pub active_tracks: Vec<&'static str>,
    pub granted_weekly_hours: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follow_up: Option<FollowUp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transition_meeting: Option<TransitionMeeting>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method_review: Option<MethodReview>,
    pub minimum_duration_until: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lab_period: Option<LabPeriod>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limited_support: Option<LimitedSupport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<BTreeMap<String, Hours>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours_by_budget_4w: Option<BTreeMap<String, f64>>,
    pub hours_week: HoursWeek,
    pub group: Group,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progression: Option<Progression>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volunteer_month: Option<VolunteerMonth>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_updates: Option<ParentUpdates>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub notes: BTreeMap<String, Note>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handover: Option<Handover>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handover_file: Option<HandoverFile>,
    /// Entries accepted against a "should", each with the code of the refusal it would have had.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub overridden: BTreeMap<String, &'static str>,
    pub audit: Audit,
}

/// How far the plan from one to one to a volunteer has come.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the fields are the keys of the contract")]
pub struct Progression {
    pub stage: &'static str,
}

/// The volunteer's last whole month.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the fields are the keys of the contract")]
pub struct VolunteerMonth {
    pub person: String,
    pub month: String,
    pub hours: f64,
    pub status: &'static str,
}

/// Updates to parents.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the fields are the keys of the contract")]
pub struct ParentUpdates {
    pub status: &'static str,
    pub next_due: NaiveDate,
}

/// Where a note of the confidential room may be seen.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the fields are the keys of the contract")]
pub struct Note {
    pub in_parent_output: bool,
    pub in_email: bool,
}

/// The newest handover.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the fields are the keys of the contract")]
pub struct Handover {
    pub status: &'static str,
    pub due: NaiveDate,
}

/// What the new municipality has to know of the clocks.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the fields are the keys of the contract")]
pub struct HandoverFile {
    pub follow_up_due: NaiveDate,
    pub transition_meeting_due: Option<NaiveDate>,
    pub method_review_due: NaiveDate,
}

/// The six-week clock.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the fields are the keys of the contract")]
pub struct FollowUp {
    pub last: Option<NaiveDate>,
    pub due: NaiveDate,
    pub status: &'static str,
    pub missed_intervals: u32,
}

/// The 17½-year meeting; `n/a` stands alone, the lateness is told once it was held.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the fields are the keys of the contract")]
pub struct TransitionMeeting {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<NaiveDate>,
    pub status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_late: Option<u32>,
}

/// The half-yearly clock.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the fields are the keys of the contract")]
pub struct MethodReview {
    pub due: NaiveDate,
    pub status: &'static str,
}

/// The LAB period that runs, or ran out.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the fields are the keys of the contract")]
pub struct LabPeriod {
    pub track: String,
    pub until: NaiveDate,
}

/// The newest month with more support.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the fields are the keys of the contract")]
pub struct LimitedSupport {
    pub until: NaiveDate,
    pub status: &'static str,
}

/// A track's average against its grant.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the fields are the keys of the contract")]
pub struct Hours {
    pub avg_4w: f64,
    pub granted: f64,
    pub status: &'static str,
}

/// The hours of the week asked about, per track.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the fields are the keys of the contract")]
pub struct HoursWeek {
    pub week: String,
    #[serde(flatten)]
    pub tracks: BTreeMap<String, f64>,
}

/// Whether the young person may meet in a group.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the fields are the keys of the contract")]
pub struct Group {
    pub eligible_from: Option<NaiveDate>,
    pub eligible: bool,
    pub assessment: &'static str,
    pub sessions: usize,
}

/// How often each entry was told: 1 + corrections + retractions.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the fields are the keys of the contract")]
pub struct Audit {
    pub entries: BTreeMap<String, u32>,
}

/// The document of a case; none before it began.
pub fn build(view: &View, policy: &Policy, case: &Case) -> Option<CaseDocument> {
    let state = view.state()?;
    let age = view.age(policy);
    let is_open = view.is_open();
    let running = |track_hours: Vec<TrackHours>| track_hours.into_iter().map(hours).collect();
    Some(CaseDocument {
        state: state.as_str(),
        episode: view.episode().map_or(0, |episode| episode.number),
        age,
        adult: age.map(|age| age >= ADULT_YEARS),
        phase: view.phase(policy).map(Phase::as_str),
        flags: flags(view, policy),
        personal_data: (view.birth_date == Some(Sealed::Erased)).then_some("erased"),
        duration_days: view.duration_days(),
        responsible_administration: view.administration.map(Administration::as_str),
        caseworker: view.caseworker.as_ref().map(ToString::to_string),
        mentor: view.mentor.as_ref().map(ToString::to_string),
        persons_met: view.persons_met.len(),
        switches: view.switches,
        coverage_gap_days: view.coverage_gap_days(),
        active_tracks: view.active_bases().into_iter().map(Basis::as_str).collect(),
        granted_weekly_hours: view.granted_weekly().as_decimal(),
        follow_up: view.follow_up(policy).map(follow_up),
        transition_meeting: view.transition(policy).map(transition_meeting),
        method_review: view.method_review(policy).map(method_review),
        minimum_duration_until: view.minimum_duration_until(policy),
        lab_period: is_open.then(|| lab_period(view)).flatten(),
        limited_support: is_open.then(|| limited_support(view)).flatten(),
        hours: is_open.then(|| running(view.track_hours(policy))),
        hours_by_budget_4w: is_open.then(|| view.hours_by_budget(policy)),
        hours_week: hours_week(view),
        group: Group {
            eligible_from: view.group_from(policy),
            eligible: view.may_join_group(policy),
            assessment: view.suitability().map_or("none", Suitability::as_str),
            sessions: view.participations.len(),
        },
        progression: view.progression.reached.map(|stage| Progression { stage: stage.as_str() }),
        volunteer_month: view.volunteer_month(policy).map(|month| volunteer_month(&month)),
        parent_updates: is_open.then(|| view.parent_updates(policy)).flatten().map(parent_updates),
        notes: notes(view),
        handover: view.handover().map(|newest| handover(newest, policy)),
        handover_file: view.handover_file(policy).map(|file| handover_file(&file)),
        overridden: view.deviations.iter().map(overridden).collect(),
        audit: audit(case),
    })
}

fn flags(view: &View, policy: &Policy) -> Vec<&'static str> {
    let mut flags: Vec<&str> = view.flags(policy).into_iter().map(Flag::as_str).collect();
    flags.sort_unstable();
    flags
}

fn follow_up(clock: FollowUpClock) -> FollowUp {
    let FollowUpClock { last, due, status, missed_intervals } = clock;
    FollowUp { last, due, status: status.as_str(), missed_intervals }
}

fn transition_meeting(clock: TransitionClock) -> TransitionMeeting {
    let is_known = clock.status != TransitionStatus::NotApplicable;
    TransitionMeeting {
        due: clock.due.filter(|_| is_known),
        status: clock.status.as_str(),
        days_late: clock.days_late.filter(|_| is_known),
    }
}

fn method_review(clock: MethodReviewClock) -> MethodReview {
    MethodReview { due: clock.due, status: clock.status.as_str() }
}

fn lab_period(view: &View) -> Option<LabPeriod> {
    let period = view.lab_period()?;
    Some(LabPeriod { track: period.track.to_string(), until: period.until })
}

fn limited_support(view: &View) -> Option<LimitedSupport> {
    let period = view.limited_support()?;
    Some(LimitedSupport { until: period.until, status: period.status.as_str() })
}

fn hours(of_track: TrackHours) -> (String, Hours) {
    let TrackHours { track, average, granted, status } = of_track;
    let (avg_4w, granted) = (average.as_decimal(), granted.as_decimal());
    (track.to_string(), Hours { avg_4w, granted, status: status.as_str() })
}

fn hours_week(view: &View) -> HoursWeek {
    let week = view.week_hours();
    let decimal = |(track, minutes): (&spor_domain::ids::TrackId, &i64)| {
        (track.to_string(), decimal_hours(*minutes))
    };
    HoursWeek { week: week.week.to_string(), tracks: week.minutes.iter().map(decimal).collect() }
}

fn volunteer_month(month: &MonthHours) -> VolunteerMonth {
    VolunteerMonth {
        person: month.person.to_string(),
        month: month.month.format("%Y-%m").to_string(),
        hours: decimal_hours(month.minutes),
        status: if month.is_enough { "ok" } else { "below_minimum" },
    }
}

fn parent_updates(updates: view::ParentUpdates) -> ParentUpdates {
    let status = if updates.is_active { "active" } else { "stopped" };
    ParentUpdates { status, next_due: updates.next_due }
}

/// A note is shown to its readers alone: never to parents, never in mail.
fn notes(view: &View) -> BTreeMap<String, Note> {
    let hidden = Note { in_parent_output: false, in_email: false };
    view.family.notes.iter().map(|note| (note.to_string(), hidden.clone())).collect()
}

fn handover(newest: &view::Handover, policy: &Policy) -> Handover {
    Handover { status: newest.status().as_str(), due: newest.due(policy) }
}

fn handover_file(file: &view::HandoverFile) -> HandoverFile {
    let view::HandoverFile { follow_up_due, transition_meeting_due, method_review_due, .. } = *file;
    HandoverFile { follow_up_due, transition_meeting_due, method_review_due }
}

fn overridden((entry, deviation): &(String, view::Deviation)) -> (String, &'static str) {
    (entry.clone(), deviation.as_str())
}

fn audit(case: &Case) -> Audit {
    let entries = case.entries().iter().map(|entry| (entry.address(), entry.versions));
    Audit { entries: entries.collect() }
}
