//! When a line is recorded: by the clock in production, by its own word in a sandbox.

use chrono::{DateTime, NaiveDate, NaiveTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use spor_domain::calendar::{self, LAST_DAY};
use spor_domain::door::{Line, Malformed, SaidRecorded};
use spor_store::{Head, Kind};

use super::reading::ReadLine;

/// A day alone stands for this time of it.
const NOON: NaiveTime = NaiveTime::from_hms_opt(12, 0, 0).expect("noon is a time of day");

/// Gives each line its time of recording.
#[derive(Debug)]
pub(super) struct Clock {
    kind: Kind,
    zone: Tz,
    now: DateTime<Utc>,
    latest: DateTime<Utc>,
}

impl Clock {
    pub(super) fn new(head: Head, zone: Tz, now: DateTime<Utc>) -> Self {
        Self { kind: head.kind, zone, now, latest: head.recorded_at }
    }

    /// Whether a line goes back in time, which only an earlier import would explain.
    pub(super) fn suspects(&self, line: &ReadLine) -> bool {
        let Ok(parsed) = &line.parsed else {
            return false;
        };
        self.kind == Kind::Sandbox && self.said(parsed) < self.latest
    }

    /// When the line is recorded; a line known from an earlier import may go back.
    pub(super) fn time(&mut self, line: &Line, is_known: bool) -> Result<DateTime<Utc>, Malformed> {
        let at = match self.kind {
            Kind::Production if line.recorded.is_some() => {
                return Err(Malformed::recorded_not_allowed());
            }
            Kind::Production => self.now,
            Kind::Sandbox => self.said(line),
        };
        let day = calendar::local_date(at, self.zone);
        if day > LAST_DAY {
            return Err(too_far(day));
        }
        if line.command.on > day {
            return Err(Malformed::in_future(line.command.on, day));
        }
        if self.kind == Kind::Sandbox && at < self.latest {
            if is_known {
                return Ok(self.latest);
            }
            return Err(Malformed::recorded_goes_back(&written(at), &written(self.latest)));
        }
        self.latest = at.max(self.latest);
        Ok(at)
    }

    fn said(&self, line: &Line) -> DateTime<Utc> {
        match line.recorded {
            Some(SaidRecorded::At(at)) => at,
            Some(SaidRecorded::Day(day)) => calendar::instant_at(day, NOON, self.zone),
            None => calendar::instant_at(line.command.on, NOON, self.zone),
        }
    }
}

fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

fn too_far(day: NaiveDate) -> Malformed {
    Malformed {
        code: "bad_date",
        message: format!("recorded {day} lies after {LAST_DAY}"),
        because: "a date is from 1900 to 2199".to_owned(),
        try_next: "give recorded as in 2025-03-12".to_owned(),
    }
}
