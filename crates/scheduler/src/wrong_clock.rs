//! A clock that is years off writes to everybody about everything at once, or to nobody for years.
//!
//! In a production store a round believes the clock when it goes on from the last round: not back by
//! more than an hour, not ahead by more than six weeks and some days, and not away from the clock of
//! the database. Otherwise it plans and sends nothing, says so, and waits: for the clock to be put
//! right, or for a person who says that it is right.
//!
//! A clock that goes back was wrong before. What its rounds passed over is looked at again: a duty
//! that ends on a day to come had ended for them, and nobody would be told of it.

use chrono::{DateTime, TimeDelta, Utc};
use spor_history::stream;
use spor_store::{Kind, Position};

use crate::error::Result;
use crate::tick::Scheduler;

/// What a clock that nobody believes is filed under.
pub const CLOCK: &str = "clock";
/// A clock may be put back by so much.
const BACK: TimeDelta = TimeDelta::hours(1);
/// So long may nothing have run: the longest holidays, and some days.
const AHEAD: TimeDelta = TimeDelta::days(45);
/// So far may the clocks of the program and of the database be apart.
const APART: TimeDelta = TimeDelta::minutes(5);
/// How often the instant of a round is noted.
pub(crate) const NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);

impl Scheduler {
    /// Why the clock is not believed, if it is not; else the instant is noted for the next round.
    pub(crate) async fn doubt_clock(&self, now: DateTime<Utc>) -> Result<Option<String>> {
        let noted = self.store.last_round().await?;
        let since = noted.map(|at| now.signed_duration_since(at));
        let is_news = since.is_none_or(|since| since < -BACK || since >= NOTED_EVERY);
        if self.store.kind() != Kind::Production {
            if is_news {
                self.note_clock(now, noted).await?;
            }
            return Ok(None);
        }
        let before = match noted {
            Some(at) => at,
            None => self.store.head().await?.recorded_at,
        };
        let database = self.store.clock().await?;
        let doubt = doubt(now, before, database);
        match &doubt {
            Some(why) => {
                let place = stream::programme();
                tracing::error!(target: "spor::scheduler", { reason = why }, "the clock is wrong");
                self.store.quarantine(CLOCK, (&place, Position::ZERO), why, now).await?;
            }
            None if is_news => self.trust_clock(now).await?,
            None => {}
        }
        Ok(doubt)
    }

    /// Notes the instant of a round; what a clock that was ahead passed over is looked at again.
    async fn note_clock(&self, now: DateTime<Utc>, noted: Option<DateTime<Utc>>) -> Result<()> {
        let is_back = |before: &DateTime<Utc>| now.signed_duration_since(before) < -BACK;
        if let Some(before) = noted.filter(is_back) {
            self.runner.forget_ahead(now, before).await?;
        }
        Ok(self.store.note_round(now).await?)
    }

    /// From now on the clock is believed: a person says that it is right.
    pub async fn trust_clock(&self, now: DateTime<Utc>) -> Result<()> {
        self.note_clock(now, self.store.last_round().await?).await?;
        let place = stream::programme();
        self.store.resolve_failure(CLOCK, &place, "the clock is believed again").await?;
        Ok(())
    }
}

fn doubt(now: DateTime<Utc>, before: DateTime<Utc>, database: DateTime<Utc>) -> Option<String> {
    let since = now.signed_duration_since(before);
    let apart = now.signed_duration_since(database).abs();
    let day = |instant: DateTime<Utc>| instant.format("%Y-%m-%d %H:%M UTC");
    if apart > APART {
        return Some(format!(
            "this program's clock says {} and the database's {}",
            day(now),
            day(database)
        ));
    }
    (since < -BACK || since > AHEAD)
        .then(|| format!("the clock says {}, and the last round was at {}", day(now), day(before)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_clock_that_goes_on_is_believed_and_one_that_jumps_is_not() {
        let before = at("2026-03-02T05:30:00Z");
        let doubted = |now: &str| doubt(at(now), before, at(now)).is_some();
        for fine in ["2026-03-02T04:31:00Z", "2026-03-16T05:30:00Z", "2026-04-16T05:00:00Z"] {
            assert!(!doubted(fine), "{fine}");
        }
        for wrong in ["1970-01-01T00:00:00Z", "2026-03-02T04:29:00Z", "2027-04-06T05:30:00Z"] {
            assert!(doubted(wrong), "{wrong}");
        }
        let now = at("2026-03-02T05:31:00Z");
        assert!(doubt(now, before, at("2026-03-02T05:35:00Z")).is_none());
        assert!(doubt(now, before, at("2026-03-02T05:37:00Z")).is_some());
    }
}
