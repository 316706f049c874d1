//! Volume: how many letters and reminders a day, a week, a person and a rule will see, and where
//! the peaks are. One digest per person and day counts as one letter.

use std::collections::{BTreeMap, HashMap};

use chrono::{Days, NaiveDate};
use serde::Serialize;
use spor_domain::calendar::IsoWeek;
use spor_domain::rules;

use super::{Foretold, Span};

/// Peaks that are named.
const PEAKS: usize = 5;

/// Reminders counted by day and person, and by rule. Tallies of different cases add up.
#[derive(Debug, Clone)]
pub struct Tally {
    span: Span,
    /// By person and day, the lines of the letter.
    people: HashMap<String, Vec<u32>>,
    /// By rule and day.
    rules: BTreeMap<&'static str, Vec<u32>>,
    /// By day, what nobody could be told of.
    unreached: Vec<u32>,
    /// How many cases were looked at.
    pub cases: u64,
    /// How many could not be read.
    pub unreadable: u64,
}

/// What one day, one week, one person or one rule will see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Volume {
    /// Which: a day, a week, a person or a rule.
    pub of: String,
    /// Letters; of a rule, reminders stand in letters of several rules, so none are counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub letters: Option<u64>,
    /// The lines in them.
    pub reminders: u64,
    /// Reminders that nobody could be told of; of a person there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreached: Option<u64>,
    /// The day with the most reminders.
    pub busiest_day: Option<NaiveDate>,
    /// How many on that day.
    pub on_busiest_day: u64,
}

/// What a tally is ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Days with anything to say.
    Day,
    /// ISO weeks.
    Week,
    /// People.
    Person,
    /// Rules.
    Rule,
}

impl Tally {
    /// Nothing yet.
    pub fn new(span: Span) -> Self {
        let unreached = vec![0; span.days()];
        let (people, rules) = (HashMap::new(), BTreeMap::new());
        Self { span, people, rules, unreached, cases: 0, unreadable: 0 }
    }

    /// Counts the reminders of one case; nothing is known of one that cannot be read.
    pub fn add(&mut self, found: Option<&[Foretold]>) {
        let Some(found) = found else {
            self.unreadable += 1;
            return;
        };
        self.cases += 1;
        let days = self.span.days();
        for reminder in found {
            let Some(day) = self.place(reminder.day) else { continue };
            match (&reminder.person, reminder.unreached) {
                (Some(person), None) => {
                    let of_rule = self.rules.entry(reminder.rule.id);
                    of_rule.or_insert_with(|| vec![0; days])[day] += 1;
                    if let Some(lines) = self.people.get_mut(person) {
                        lines[day] += 1;
                    } else {
                        let mut lines = vec![0; days];
                        lines[day] = 1;
                        self.people.insert(person.clone(), lines);
                    }
                }
                (_, _) => self.unreached[day] += 1,
            }
        }
    }

    /// Takes in what was counted of other cases in the same span.
    pub fn merge(&mut self, other: Self) {
        let sum = |into: &mut Vec<u32>, from: &[u32]| {
            for (into, from) in into.iter_mut().zip(from) {
                *into += from;
            }
        };
        for (person, lines) in other.people {
            match self.people.get_mut(&person) {
                Some(known) => sum(known, &lines),
                None => _ = self.people.insert(person, lines),
            }
        }
        for (rule, counts) in other.rules {
            sum(self.rules.entry(rule).or_insert_with(|| vec![0; counts.len()]), &counts);
        }
        sum(&mut self.unreached, &other.unreached);
        self.cases += other.cases;
        self.unreadable += other.unreadable;
    }

    /// Everything in one line.
    pub fn total(&self) -> Volume {
        let days: Vec<u64> = (0..self.span.days()).map(|day| self.reminders_on(day)).collect();
        let letters = self.people.values().flatten().filter(|lines| **lines > 0).count();
        let unreached = self.unreached.iter().map(|count| u64::from(*count)).sum();
        self.volume("total".to_owned(), (Some(letters as u64), Some(unreached)), &days)
    }

    /// The volume by day, week, person or rule, in that order.
    pub fn by(&self, by: By) -> Vec<Volume> {
        match by {
            By::Day => self.by_day(),
            By::Week => self.by_week(),
            By::Person => self.by_person(),
            By::Rule => self.by_rule(),
        }
    }

    /// The days with the most letters, the busiest first.
    pub fn peaks(&self) -> Vec<Volume> {
        let mut days = self.by_day();
        days.sort_by_key(|day| (std::cmp::Reverse((day.letters, day.reminders)), day.of.clone()));
        days.truncate(PEAKS);
        days
    }

    fn by_day(&self) -> Vec<Volume> {
        let volume = |day: usize| {
            let (letters, unreached) = (self.letters_on(day), u64::from(self.unreached[day]));
            let reminders = self.reminders_on(day);
            let of = self.date(day);
            (reminders + unreached > 0).then(|| Volume {
                of: of.to_string(),
                letters: Some(letters),
                reminders,
                unreached: Some(unreached),
                busiest_day: Some(of),
                on_busiest_day: reminders,
            })
        };
        (0..self.span.days()).filter_map(volume).collect()
    }

    fn by_week(&self) -> Vec<Volume> {
        let mut weeks: BTreeMap<NaiveDate, Vec<usize>> = BTreeMap::new();
        for day in 0..self.span.days() {
            weeks.entry(IsoWeek::of(self.date(day)).monday()).or_default().push(day);
        }
        let volume = |(monday, days): (NaiveDate, Vec<usize>)| {
            let letters = days.iter().map(|day| self.letters_on(*day)).sum();
            let unreached = days.iter().map(|day| u64::from(self.unreached[*day])).sum();
            let mut counts = vec![0; self.span.days()];
            for day in days {
                counts[day] = self.reminders_on(day);
            }
            let of = IsoWeek::of(monday).to_string();
            self.volume(of, (Some(letters), Some(unreached)), &counts)
        };
        weeks.into_iter().map(volume).collect()
    }

    fn by_person(&self) -> Vec<Volume> {
        let volume = |(person, lines): (&String, &Vec<u32>)| {
            let letters = lines.iter().filter(|lines| **lines > 0).count();
            self.volume(person.clone(), (Some(letters as u64), None), &widened(lines))
        };
        let mut people: Vec<Volume> = self.people.iter().map(volume).collect();
        people.sort_by(|one, other| one.of.cmp(&other.of));
        people
    }

    fn by_rule(&self) -> Vec<Volume> {
        let told = rules::ALL.into_iter().filter_map(|rule| {
            let counts = self.rules.get(rule.id)?;
            Some(self.volume(rule.id.to_owned(), (None, None), &widened(counts)))
        });
        told.collect()
    }

    fn volume(
        &self,
        of: String,
        (letters, unreached): (Option<u64>, Option<u64>),
        days: &[u64],
    ) -> Volume {
        let most = days.iter().enumerate().rev().max_by_key(|(_, count)| **count);
        let most = most.filter(|(_, count)| **count > 0);
        Volume {
            of,
            letters,
            reminders: days.iter().sum(),
            unreached,
            busiest_day: most.map(|(day, _)| self.date(day)),
            on_busiest_day: most.map_or(0, |(_, count)| *count),
        }
    }

    fn letters_on(&self, day: usize) -> u64 {
        self.people.values().filter(|lines| lines[day] > 0).count() as u64
    }

    fn reminders_on(&self, day: usize) -> u64 {
        self.rules.values().map(|counts| u64::from(counts[day])).sum()
    }

    fn place(&self, day: NaiveDate) -> Option<usize> {
        let place = usize::try_from(day.signed_duration_since(self.span.from).num_days()).ok()?;
        (place < self.span.days()).then_some(place)
    }

    fn date(&self, day: usize) -> NaiveDate {
        self.span.from.checked_add_days(Days::new(day as u64)).unwrap_or(self.span.until)
    }
}

fn widened(counts: &[u32]) -> Vec<u64> {
    counts.iter().map(|count| u64::from(*count)).collect()
}
