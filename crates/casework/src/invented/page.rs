//! The lines of one day, and those of earlier days that are still to be recorded.

use std::collections::{BTreeMap, VecDeque};

use chrono::NaiveDate;
use spor_domain::calendar::{self, OfficeDays, days_after};

use super::line::Line;

/// What is written on a day; what is recorded late waits here for its day.
#[derive(Debug)]
pub(super) struct Page {
    today: NaiveDate,
    last: NaiveDate,
    offices: OfficeDays,
    lines: VecDeque<String>,
    late: BTreeMap<NaiveDate, Vec<String>>,
}

impl Page {
    /// An empty page of a journal that ends on a day.
    pub(super) fn new(today: NaiveDate, last: NaiveDate, offices: OfficeDays) -> Self {
        Self { today, last, offices, lines: VecDeque::new(), late: BTreeMap::new() }
    }

    /// The day.
    pub(super) fn today(&self) -> NaiveDate {
        self.today
    }

    /// The last day of the journal.
    pub(super) fn last(&self) -> NaiveDate {
        self.last
    }

    /// The day itself, or the last one before it on which people are at work.
    pub(super) fn working_day_on_or_before(&self, day: NaiveDate) -> NaiveDate {
        calendar::working_day_on_or_before(day, self.offices)
    }

    /// The day itself, or the first one after it on which people are at work.
    pub(super) fn working_day_on_or_after(&self, day: NaiveDate) -> NaiveDate {
        calendar::working_day_on_or_after(day, self.offices)
    }

    /// The next line to hand out.
    pub(super) fn take(&mut self) -> Option<String> {
        self.lines.pop_front()
    }

    /// The next day on which something waits to be recorded.
    pub(super) fn next_late(&self) -> Option<NaiveDate> {
        self.late.keys().next().copied()
    }

    /// Turns to a day; what waited for it comes first.
    pub(super) fn turn_to(&mut self, day: NaiveDate) {
        self.today = day;
        self.lines.extend(self.late.remove(&day).unwrap_or_default());
    }

    /// Records something on the day it happened.
    pub(super) fn write(&mut self, line: Line) {
        self.lines.push_back(line.finish(None));
    }

    /// Records something of today so many days later, yet within the journal; says when.
    pub(super) fn write_late(&mut self, line: Line, days: u32) -> NaiveDate {
        let day = days_after(self.today, days).min(self.last);
        if day <= self.today {
            self.write(line);
        } else {
            self.late.entry(day).or_default().push(line.finish(Some(day)));
        }
        day
    }

    /// Takes lines that are finished already.
    pub(super) fn extend(&mut self, lines: Vec<String>) {
        self.lines.extend(lines);
    }
}
