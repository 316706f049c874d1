//! How fast letters go out, for all processes together: a bucket of tokens in the database.
//!
//! It is never above the rate: a minute, wherever it begins, brings no more tokens than its number.
//! Therefore a full bucket, which is a second's worth, counts against what a minute brings.

use std::time::Duration;

use crate::backend::{Batch, values};
use crate::error::Result;
use crate::sql;
use crate::store::Store;

/// A token, in units: so many come in as microseconds pass, times the tokens of a minute.
const TOKEN: i64 = 60 * 1_000_000;
/// No bucket takes longer to fill; longer stretches of time count as this one.
const LONGEST_FILL: i64 = TOKEN;

/// So many a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    per_minute: i64,
}

/// What a bucket gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Granted {
    /// So many tokens.
    pub tokens: usize,
    /// When the next one comes.
    pub next_in: Duration,
}

impl Rate {
    /// So many a minute; none when there is no limit.
    pub fn per_minute(tokens: u32) -> Option<Self> {
        (tokens > 0).then_some(Self { per_minute: i64::from(tokens) })
    }

    /// How many tokens a bucket holds: a second's worth.
    fn most(self) -> i64 {
        (self.per_minute / 60).max(1)
    }

    /// How many come in each minute, so that a full bucket and a minute are not too many.
    fn coming(self) -> i64 {
        self.per_minute - self.most() + 1
    }
}

impl Store {
    /// Takes tokens from a bucket by the database's clock, at most as many as are wanted.
    pub async fn take_tokens(&self, name: &str, rate: Rate, wanted: usize) -> Result<Granted> {
        let wanted = i64::try_from(wanted).unwrap_or(i64::MAX);
        let brim = rate.most() * TOKEN;
        let fill = values![brim, rate.coming(), name, self.wound(), LONGEST_FILL];
        let batch = Batch::new()
            .run(sql::OPEN_BUCKET, values![name, brim, self.wound()])
            .run(sql::FILL_BUCKET, fill)
            .ask(sql::TAKE_TOKENS, values![wanted, TOKEN, name]);
        let done = self.work(batch, vec![]).await?;
        let (mut granted, mut units) = (0_i64, 0_i64);
        if let Some(mut row) = done.rows(0).pop() {
            (granted, units) = (row.take()?, row.take()?);
        }
        let lacking = (TOKEN - units % TOKEN).unsigned_abs();
        let next_in = Duration::from_micros(lacking.div_ceil(rate.coming().unsigned_abs()));
        Ok(Granted { tokens: usize::try_from(granted).unwrap_or(0), next_in })
    }

    /// Gives tokens back that were not needed.
    pub async fn give_tokens(&self, name: &str, tokens: usize) -> Result<()> {
        let units = i64::try_from(tokens).unwrap_or(0).saturating_mul(TOKEN);
        self.work(Batch::new().run(sql::GIVE_TOKENS, values![units, name]), vec![]).await?;
        Ok(())
    }
}
