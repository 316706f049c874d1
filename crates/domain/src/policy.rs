//! Policy is dated data: each setting has a value from a day on, and a question about a day is
//! answered with the values in force on that day.

mod keys;
mod settings;

use std::collections::BTreeMap;
use std::str::FromStr;

use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;
use serde_json::Value;

use crate::calendar::{LeapDay, OfficeDays};
use crate::nearest::nearest;
pub use keys::{KEYS, Key, Kind, Preset, Unit};

/// The values in force on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is the setting of that name; KEYS says what it means")]
pub struct Policy {
    pub follow_up_interval_days: u32,
    pub follow_up_notice_days: u32,
    pub follow_up_escalate_days: u32,
    pub follow_up_critical_after_days: u32,
    pub import_grace_days: u32,
    pub transition_age_months: u32,
    pub transition_notice_days: u32,
    pub transition_escalate_days: u32,
    pub transition_late_open_days: u32,
    pub leap_day: LeapDay,
    pub method_review_months: u32,
    pub method_review_notice_days: u32,
    pub method_review_escalate_days: u32,
    pub minimum_duration_months: u32,
    pub group_after_months: u32,
    pub lab_period_max_months: u32,
    pub lab_notice_days: u32,
    pub limited_support_months: u32,
    pub limited_support_notice_days: u32,
    pub handover_accept_days: u32,
    pub hours_window_weeks: u32,
    pub hours_tolerance_pct: u32,
    pub network_map_days: u32,
    pub network_map_notice_days: u32,
    pub closing_evaluation_days: u32,
    pub volunteer_min_hours_month: u32,
    pub parent_update_notice_days: u32,
    pub dialogue_days: u32,
    pub dialogue_escalate_days: u32,
    pub adult_support_days: u32,
    pub adult_support_notice_days: u32,
    pub adult_support_escalate_days: u32,
    pub method_choice_days: u32,
    pub method_choice_notice_days: u32,
    pub method_choice_escalate_days: u32,
    pub network_map_escalate_days: u32,
    pub handover_escalate_days: u32,
    pub parent_update_days: u32,
    pub supervision_days: u32,
    pub supervision_notice_days: u32,
    pub supervision_escalate_days: u32,
    pub waiting_days: u32,
    pub law_youth_plan_months: u32,
    pub law_first_follow_up_months: u32,
    pub law_notice_days: u32,
    pub group_max_size: u32,
    pub reminder_snooze_max_days: u32,
    pub reminder_pause_max_days: u32,
    pub law_steps_rule: bool,
    pub zone: Tz,
    pub letter_time: NaiveTime,
    pub offices: OfficeDays,
}

/// Why a setting cannot be what somebody wants it to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyProblem {
    /// No such setting.
    #[error("there is no setting {key}")]
    UnknownKey {
        /// What was asked for.
        key: String,
        /// The setting that was perhaps meant.
        nearest: Option<&'static str>,
    },
    /// The right kind of value, but not one of those allowed.
    #[error("{} cannot be {value}: {}", .key.name, allowed(.key))]
    OutOfRange {
        /// The setting.
        key: &'static Key,
        /// What it should have been.
        value: Value,
    },
    /// Another kind of value than the setting takes.
    #[error("{} cannot be {value}: {}", .key.name, allowed(.key))]
    WrongType {
        /// The setting.
        key: &'static Key,
        /// What it should have been.
        value: Value,
    },
}

/// The setting of a name.
pub fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// Says whether a setting may have a value.
pub fn check(name: &str, value: &Value) -> Result<(), PolicyProblem> {
    let Some(key) = find(name) else {
        let nearest = nearest(name, KEYS.iter().map(|key| key.name));
        return Err(PolicyProblem::UnknownKey { key: name.to_owned(), nearest });
    };
    match (read(key.kind, value), key.kind) {
        (Reading::WrongType, _) => Err(PolicyProblem::WrongType { key, value: value.clone() }),
        (Reading::Unknown, _) => Err(PolicyProblem::OutOfRange { key, value: value.clone() }),
        (Reading::Setting(Setting::Whole(number)), Kind::Whole { least, most, .. })
            if !(least..=most).contains(&number) =>
        {
            Err(PolicyProblem::OutOfRange { key, value: value.clone() })
        }
        (Reading::Setting(_), _) => Ok(()),
    }
}

impl Key {
    /// What the setting is when nobody has set it, as it is published.
    pub fn preset_value(&self) -> Value {
        match self.preset {
            Preset::Whole(number) => Value::from(number),
            Preset::Word(word) => Value::from(word),
            Preset::Flag(flag) => Value::from(flag),
        }
    }
}

/// The values a setting may have, in words.
pub fn allowed(key: &Key) -> String {
    match key.kind {
        Kind::Whole { unit, least, most } => {
            format!("it is a whole number of {} from {least} to {most}", unit.as_str())
        }
        Kind::LeapDay => "it is feb28 or mar1".to_owned(),
        Kind::Flag => "it is true or false".to_owned(),
        Kind::Time => "it is a time of day such as 06:30".to_owned(),
        Kind::Zone => "it is a time zone such as Europe/Copenhagen".to_owned(),
    }
}

/// Every published value, folded into the policy of each day.
#[derive(Debug, Clone)]
pub struct Policies {
    entries: BTreeMap<(NaiveDate, i64), (&'static str, Setting)>,
    presets: Policy,
    steps: Vec<Step>,
}

/// The policy from one day until the next step.
#[derive(Debug, Clone)]
struct Step {
    from: NaiveDate,
    version: i64,
    policy: Policy,
}

impl Default for Policies {
    fn default() -> Self {
        let presets = Policy::from_settings(&preset_settings());
        Self { entries: BTreeMap::new(), presets, steps: Vec::new() }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::from_settings(&preset_settings())
    }
}

impl Policies {
    /// Takes in one published value.
    ///
    /// It was checked when it was published, so it holds even where today's range is narrower; a
    /// setting that this release no longer has governs nothing.
    pub fn insert(&mut self, position: i64, name: &str, value: &Value, valid_from: NaiveDate) {
        let Some(key) = find(name) else {
            return;
        };
        if let Reading::Setting(setting) = read(key.kind, value) {
            self.entries.insert((valid_from, position), (key.name, setting));
            self.steps = steps(&self.entries);
        }
    }

    /// The policy in force on a day.
    pub fn on(&self, day: NaiveDate) -> &Policy {
        self.step_on(day).map_or(&self.presets, |step| &step.policy)
    }

    /// The log position of the newest value in force on a day; 0 where only presets are.
    pub fn version_on(&self, day: NaiveDate) -> i64 {
        self.step_on(day).map_or(0, |step| step.version)
    }

    /// The next day after this one on which a published value comes into force.
    pub fn next_change_after(&self, day: NaiveDate) -> Option<NaiveDate> {
        self.steps.iter().map(|step| step.from).find(|from| *from > day)
    }

    fn step_on(&self, day: NaiveDate) -> Option<&Step> {
        self.steps.iter().rev().find(|step| step.from <= day)
    }
}

type Settings = BTreeMap<&'static str, Setting>;

/// A value of the right kind for its setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Setting {
    Whole(u32),
    LeapDay(LeapDay),
    Flag(bool),
    Time(NaiveTime),
    Zone(Tz),
}

/// What became of a value when it was read for a setting.
enum Reading {
    Setting(Setting),
    /// A text where a text belongs, but none that is known.
    Unknown,
    WrongType,
}

fn read(kind: Kind, value: &Value) -> Reading {
    let setting = match (kind, value) {
        (Kind::Whole { .. }, Value::Number(number)) if number.is_f64() => None,
        (Kind::Whole { .. }, Value::Number(number)) => {
            let Some(number) = number.as_u64().and_then(|number| u32::try_from(number).ok()) else {
                return Reading::Unknown;
            };
            Some(Setting::Whole(number))
        }
        (Kind::Flag, Value::Bool(flag)) => Some(Setting::Flag(*flag)),
        (_, Value::String(word)) => return read_word(kind, word),
        (_, _) => None,
    };
    setting.map_or(Reading::WrongType, Reading::Setting)
}

fn read_word(kind: Kind, word: &str) -> Reading {
    let setting = match kind {
        Kind::LeapDay => match word {
            "feb28" => Some(Setting::LeapDay(LeapDay::Feb28)),
            "mar1" => Some(Setting::LeapDay(LeapDay::Mar1)),
            _ => None,
        },
        Kind::Flag => match word {
            "on" => Some(Setting::Flag(true)),
            "off" => Some(Setting::Flag(false)),
            _ => None,
        },
        Kind::Time => NaiveTime::parse_from_str(word, "%H:%M").ok().map(Setting::Time),
        Kind::Zone => Tz::from_str(word).ok().map(Setting::Zone),
        Kind::Whole { .. } => return Reading::WrongType,
    };
    setting.map_or(Reading::Unknown, Reading::Setting)
}

fn preset_settings() -> Settings {
    let read_preset = |key: &'static Key| match read(key.kind, &key.preset_value()) {
        Reading::Setting(setting) => Some((key.name, setting)),
        Reading::Unknown | Reading::WrongType => None,
    };
    KEYS.iter().filter_map(read_preset).collect()
}

/// One step per day on which values come into force, so that a question is a look-up.
fn steps(entries: &BTreeMap<(NaiveDate, i64), (&'static str, Setting)>) -> Vec<Step> {
    let mut settings = preset_settings();
    let mut in_force: BTreeMap<&'static str, i64> = BTreeMap::new();
    let mut steps: Vec<Step> = Vec::new();
    for (&(from, position), &(name, setting)) in entries {
        settings.insert(name, setting);
        in_force.insert(name, position);
        let version = in_force.values().copied().max().unwrap_or(0);
        let step = Step { from, version, policy: Policy::from_settings(&settings) };
        match steps.last_mut() {
            Some(last) if last.from == from => *last = step,
            Some(_) | None => steps.push(step),
        }
    }
    steps
}

#[cfg(test)]
mod tests;
