//! Every setting: name, unit, what it may be, default, where the default comes from, meaning.

use std::ops::RangeInclusive;

/// What one unit of a whole number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Civil days.
    Days,
    /// Whole ISO weeks.
    Weeks,
    /// Calendar months, taken in one step.
    Months,
    /// Hours.
    Hours,
    /// Hundredths.
    Percent,
    /// People.
    Persons,
}

impl Unit {
    /// The word that stands behind a number.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Days => "days",
            Self::Weeks => "weeks",
            Self::Months => "months",
            Self::Hours => "hours",
            Self::Percent => "percent",
            Self::Persons => "persons",
        }
    }
}

/// What a setting may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole number of a unit, from `least` to `most`.
    Whole {
        /// What it counts.
        unit: Unit,
        /// The smallest value allowed.
        least: u32,
        /// The largest value allowed.
        most: u32,
    },
    /// `feb28` or `mar1`.
    LeapDay,
    /// true or false; also written on or off.
    Flag,
    /// A time of day, `HH:MM`.
    Time,
    /// A time zone of the IANA list.
    Zone,
}

/// What a setting is when nobody has set it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// A whole number.
    Whole(u32),
    /// A word, a time of day or a zone.
    Word(&'static str),
    /// A flag.
    Flag(bool),
}

/// One setting of the municipality.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Its name; never changed, only retired.
    pub name: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// What it is when nobody has set it.
    pub preset: Preset,
    /// The recommendation, the law or the own choice that the preset follows.
    pub source: &'static str,
    /// What it governs, in one line.
    pub meaning: &'static str,
}

impl Key {
    const fn new(name: &'static str, kind: Kind, preset: Preset) -> Self {
        Self { name, kind, preset, source: "", meaning: "" }
    }

    const fn whole(
        name: &'static str,
        unit: Unit,
        preset: u32,
        range: RangeInclusive<u32>,
    ) -> Self {
        let kind = Kind::Whole { unit, least: *range.start(), most: *range.end() };
        Self::new(name, kind, Preset::Whole(preset))
    }

    const fn days(name: &'static str, preset: u32, range: RangeInclusive<u32>) -> Self {
        Self::whole(name, Unit::Days, preset, range)
    }

    const fn months(name: &'static str, preset: u32, range: RangeInclusive<u32>) -> Self {
        Self::whole(name, Unit::Months, preset, range)
    }

    const fn flag(name: &'static str, preset: bool) -> Self {
        Self::new(name, Kind::Flag, Preset::Flag(preset))
    }

    const fn because(mut self, source: &'static str, meaning: &'static str) -> Self {
        self.source = source;
        self.meaning = meaning;
        self
    }
}

/// Every setting, by subject.
pub static KEYS: [Key; 55] = [
    Key::days("follow_up_interval_days", 42, 7..=92)
        .because("F4.1", "longest time between two follow-ups that count: six weeks"),
    Key::days("follow_up_notice_days", 7, 0..=42)
        .because("F4.1", "how long before its day a follow-up is announced"),
    Key::days("follow_up_escalate_days", 7, 1..=92)
        .because("F4.1", "how long after its day the professional lead is told"),
    Key::days("follow_up_critical_after_days", 85, 8..=366)
        .because("F4.1", "days since the last follow-up when management is told: two missed"),
    Key::days("import_grace_days", 7, 0..=60)
        .because("own choice", "how long what an import brought late goes to the lead alone"),
    Key::months("transition_age_months", 210, 192..=216)
        .because("F4.1", "age at the transition meeting: 17½ years"),
    Key::days("transition_notice_days", 42, 0..=366)
        .because("F4.1", "how long before its day the transition meeting is announced"),
    Key::days("transition_escalate_days", 14, 1..=92)
        .because("F4.1", "how long after its day the receiving lead is told"),
    Key::days("transition_late_open_days", 28, 1..=92)
        .because("F4.1", "time to hold the meeting in a case that opens after its day"),
    Key::new("leap_day_birthday", Kind::LeapDay, Preset::Word("feb28"))
        .because("own choice", "birthday of 29 February in other years"),
    Key::months("method_review_months", 6, 1..=12)
        .because("F4.6", "longest time between two method reviews: half a year"),
    Key::days("method_review_notice_days", 30, 0..=92)
        .because("F4.6", "how long before its day a method review is announced"),
    Key::days("method_review_escalate_days", 14, 1..=92)
        .because("F4.6", "how long after its day management is told"),
    Key::months("minimum_duration_months", 3, 1..=12)
        .because("F4.4", "shortest course, unless the young person or weighty reasons end it"),
    Key::months("group_after_months", 3, 0..=12)
        .because("F4.3", "time one to one before a group session"),
    Key::months("lab_period_max_months", 6, 1..=12)
        .because("LAB § 167", "longest period of mentor support granted at a time"),
    Key::days("lab_notice_days", 42, 0..=182)
        .because("LAB § 167", "how long before its end a LAB period is announced"),
    Key::months("limited_support_months", 1, 1..=3)
        .because("Case 2", "longest period of more support in everyday coping"),
    Key::days("limited_support_notice_days", 7, 0..=31)
        .because("Case 2", "how long before its end the limited period is announced"),
    Key::days("handover_accept_days", 14, 1..=92).because("F4.1", "time to accept a handover"),
    Key::whole("hours_window_weeks", Unit::Weeks, 4, 1..=13)
        .because("F4.2", "whole weeks over which granted hours are averaged"),
    Key::whole("hours_tolerance_pct", Unit::Percent, 15, 0..=100)
        .because("F4.2", "how far the average may be off the granted hours"),
    Key::days("network_map_days", 42, 7..=182)
        .because("F4.5", "time to map the network after the start"),
    Key::days("network_map_notice_days", 7, 0..=42)
        .because("F4.5", "how long before its day the network map is announced"),
    Key::days("closing_evaluation_days", 14, 1..=92)
        .because("F4.6", "time to evaluate the method after closing"),
    Key::whole("volunteer_min_hours_month", Unit::Hours, 10, 0..=100)
        .because("F4.2", "hours a volunteer gives in a calendar month, all mentees together"),
    Key::days("parent_update_notice_days", 1, 0..=14)
        .because("F4.5", "how long before its day an agreed update to parents is announced"),
    Key::days("dialogue_days", 7, 1..=31)
        .because("F4.2", "longest time between two dialogues with the young person: weekly"),
    Key::days("dialogue_escalate_days", 14, 1..=92).because(
        "F4.2",
        "how long after its day the professional lead is told of a missing dialogue",
    ),
    Key::days("adult_support_days", 28, 0..=366)
        .because("F4.1", "how long before the 18th birthday support after it is in place"),
    Key::days("adult_support_notice_days", 28, 0..=366)
        .because("F4.1", "how long before its day that is announced"),
    Key::days("adult_support_escalate_days", 14, 1..=92)
        .because("F4.1", "how long after its day it is escalated"),
    Key::days("method_choice_days", 42, 7..=182)
        .because("F4.6", "time to choose a method after the start"),
    Key::days("method_choice_notice_days", 7, 0..=42)
        .because("F4.6", "how long before its day the choice of method is announced"),
    Key::days("method_choice_escalate_days", 14, 1..=92)
        .because("F4.6", "how long after its day the professional lead is told"),
    Key::days("network_map_escalate_days", 14, 1..=92)
        .because("F4.5", "how long after its day the professional lead is told"),
    Key::days("handover_escalate_days", 7, 1..=92)
        .because("F4.1", "how long after its day the receiving lead is told"),
    Key::days("parent_update_days", 7, 1..=92)
        .because("F4.5", "days between updates to parents where the agreement names none"),
    Key::days("supervision_days", 60, 7..=366)
        .because("own choice", "longest time between two supervisions of whoever holds two roles"),
    Key::days("supervision_notice_days", 14, 0..=92)
        .because("own choice", "how long before its day supervision is announced"),
    Key::days("supervision_escalate_days", 30, 1..=92)
        .because("own choice", "how long after its day management is told"),
    Key::days("waiting_days", 28, 1..=366)
        .because("own choice", "time on the waiting list before the professional lead is told"),
    Key::months("law_youth_plan_months", 3, 0..=24)
        .because("Barnets Lov § 108", "time after the 16th birthday to make a youth plan"),
    Key::months("law_first_follow_up_months", 3, 1..=12)
        .because("Barnets Lov § 95", "time after the start of a measure to its first follow-up"),
    Key::days("law_notice_days", 28, 0..=182)
        .because("own choice", "how long before its day a step of the law is announced"),
    Key::whole("group_max_size", Unit::Persons, 6, 2..=30)
        .because("F4.3", "young people in a group where it names no number"),
    Key::days("reminder_snooze_max_days", 14, 1..=92).because(
        "own choice",
        "how far ahead a reminder can be put off where no later level ends that",
    ),
    Key::days("reminder_pause_max_days", 90, 1..=366)
        .because("own choice", "how long the letters of a case can rest at a time"),
    Key::flag("law_steps_rule", true)
        .because("Barnets Lov", "reminders of the steps of the law while a BL-32 track is active"),
    Key::new("time_zone", Kind::Zone, Preset::Word("Europe/Copenhagen"))
        .because("own choice", "zone in which a day begins and ends"),
    Key::new("letter_time", Kind::Time, Preset::Word("06:30"))
        .because("own choice", "local time from which the day's letters are sent"),
    // Much of a municipality is at work on Labour Day, so a letter finds its reader.
    Key::flag("office_closed_may_1", false)
        .because("own choice", "no letters on 1 May: the offices are closed"),
    Key::flag("office_closed_jun_5", true)
        .because("own choice", "no letters on Constitution Day: the offices are closed"),
    Key::flag("office_closed_dec_24", true)
        .because("own choice", "no letters on Christmas Eve: the offices are closed"),
    Key::flag("office_closed_dec_31", true)
        .because("own choice", "no letters on New Year's Eve: the offices are closed"),
];
