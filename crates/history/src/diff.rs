//! The difference between two views of a case, over what `case show` shows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use chrono::NaiveDate;
use spor_domain::opening::Administration;
use spor_domain::policy::Policy;
use spor_domain::support::Basis;
use spor_domain::view::{Flag, Phase, State, View, decimal_hours};

/// A view and the policy it is read with.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// The case as of a day.
    pub view: &'a View,
    /// The policy in force on that day.
    pub policy: &'a Policy,
}

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What, as the path of its JSON key: `follow_up.due`.
    pub what: String,
    /// How it was; `-` when it was not there.
    pub before: String,
    /// How it is now; `-` when it is not there.
    pub after: String,
}

/// Everything that differs, in the order of `case show`.
pub fn between(before: Side<'_>, after: Side<'_>) -> Vec<Change> {
    let (before, after) = (shown(before), shown(after));
    let paths: BTreeSet<&Path> = before.keys().chain(after.keys()).collect();
    let absent = "-".to_owned();
    let mut changes = Vec::new();
    for path in paths {
        let was = before.get(path).unwrap_or(&absent);
        let is = after.get(path).unwrap_or(&absent);
        if was != is {
            let what = path.1.clone();
            changes.push(Change { what, before: was.clone(), after: is.clone() });
        }
    }
    changes
}

/// The place in `case show`, and the path of the JSON key.
type Path = (usize, String);

/// What is shown, as words.
#[derive(Default)]
struct Shown(BTreeMap<Path, String>);

impl Shown {
    fn put(&mut self, path: impl Into<String>, value: impl Display) {
        let path = path.into();
        let head = path.split('.').next().unwrap_or_default();
        let place = ORDER.iter().position(|known| *known == head).unwrap_or(ORDER.len());
        self.0.insert((place, path), value.to_string());
    }

    fn maybe(&mut self, path: impl Into<String>, value: Option<impl Display>) {
        if let Some(value) = value {
            self.put(path, value);
        }
    }
}

const ORDER: &[&str] = &[
    "state",
    "episode",
    "age",
    "adult",
    "phase",
    "flags",
    "duration_days",
    "responsible_administration",
    "caseworker",
    "mentor",
    "persons_met",
    "switches",
    "coverage_gap_days",
    "active_tracks",
    "granted_weekly_hours",
    "follow_up",
    "transition_meeting",
    "method_review",
    "minimum_duration_until",
    "lab_period",
    "limited_support",
    "hours",
    "hours_by_budget_4w",
    "hours_week",
];

fn shown(side: Side<'_>) -> BTreeMap<Path, String> {
    let mut shown = Shown::default();
    put_people(&mut shown, side);
    put_clocks(&mut shown, side);
    put_support(&mut shown, side);
    shown.0
}

fn put_people(shown: &mut Shown, Side { view, policy }: Side<'_>) {
    let flags: Vec<&str> = view.flags(policy).into_iter().map(Flag::as_str).collect();
    shown.maybe("state", view.state().map(State::as_str));
    shown.maybe("episode", view.episode().map(|episode| episode.number));
    let age = view.age(policy);
    shown.maybe("age", age);
    shown.maybe("adult", age.map(|age| age >= 18));
    shown.maybe("phase", view.phase(policy).map(Phase::as_str));
    shown.put("flags", flags.join(" "));
    shown.maybe("duration_days", view.duration_days());
    shown.maybe("responsible_administration", view.administration.map(Administration::as_str));
    shown.maybe("caseworker", view.caseworker.as_ref());
    shown.maybe("mentor", view.mentor.as_ref());
    shown.put("persons_met", view.persons_met.len());
    shown.put("switches", view.switches);
    shown.put("coverage_gap_days", view.coverage_gap_days());
}

fn put_clocks(shown: &mut Shown, Side { view, policy }: Side<'_>) {
    if let Some(clock) = view.follow_up(policy) {
        shown.maybe("follow_up.last", clock.last);
        shown.put("follow_up.due", clock.due);
        shown.put("follow_up.status", clock.status.as_str());
        shown.put("follow_up.missed_intervals", clock.missed_intervals);
    }
    if let Some(clock) = view.transition(policy) {
        shown.maybe("transition_meeting.due", clock.due);
        shown.put("transition_meeting.status", clock.status.as_str());
        shown.maybe("transition_meeting.days_late", clock.days_late);
    }
    if let Some(clock) = view.method_review(policy) {
        shown.put("method_review.due", clock.due);
        shown.put("method_review.status", clock.status.as_str());
    }
    let minimum: Option<NaiveDate> = view.minimum_duration_until(policy);
    shown.maybe("minimum_duration_until", minimum);
}

fn put_support(shown: &mut Shown, Side { view, policy }: Side<'_>) {
    let bases: Vec<&str> = view.active_bases().into_iter().map(Basis::as_str).collect();
    shown.put("active_tracks", bases.join(" "));
    shown.put("granted_weekly_hours", view.granted_weekly().as_decimal());
    if let Some(period) = view.lab_period() {
        shown.put("lab_period.track", period.track);
        shown.put("lab_period.until", period.until);
    }
    if let Some(period) = view.limited_support() {
        shown.put("limited_support.until", period.until);
        shown.put("limited_support.status", period.status.as_str());
    }
    if view.is_open() {
        for hours in view.track_hours(policy) {
            shown.put(format!("hours.{}.avg_4w", hours.track), hours.average.as_decimal());
            shown.put(format!("hours.{}.granted", hours.track), hours.granted.as_decimal());
            shown.put(format!("hours.{}.status", hours.track), hours.status.as_str());
        }
        for (budget, hours) in view.hours_by_budget(policy) {
            shown.put(format!("hours_by_budget_4w.{budget}"), hours);
        }
    }
    let week = view.week_hours();
    shown.put("hours_week.week", week.week);
    for (track, minutes) in week.minutes {
        shown.put(format!("hours_week.{track}"), decimal_hours(minutes));
    }
}
