//! How fast letters are taken from the outbox: as fast as all processes together may send them.

use std::time::Duration;

use spor_store::LetterRow;

use crate::deliver::Work;
use crate::error::Result;
use crate::settings::LEASE_SECS;
use crate::tick::Scheduler;

/// The bucket that all processes take from.
const BUCKET: &str = "letters";
/// How long to wait at most before a bucket is looked into again.
const LONGEST_REST: Duration = Duration::from_secs(1);

impl Scheduler {
    /// Leases letters, no more of them than the rate allows; none when nothing waits, or the round
    /// is over before a token comes.
    pub(crate) async fn lease(&self, work: &Work, wanted: usize) -> Result<Vec<LetterRow>> {
        let (worker, now) = (&self.settings.worker, work.round.now);
        let lease = async |most| self.store.lease_letters(worker, most, LEASE_SECS, now).await;
        let Some(rate) = self.settings.rate else {
            return Ok(lease(wanted).await?);
        };
        let tokens = loop {
            let granted = self.store.take_tokens(BUCKET, rate, wanted).await?;
            if granted.tokens > 0 {
                break granted.tokens;
            }
            // A clock that is wound by hand brings no token while somebody waits for it.
            if self.is_over(work) || self.store.is_wound() {
                return Ok(Vec::new());
            }
            tokio::time::sleep(granted.next_in.min(LONGEST_REST)).await;
        };
        let leased = lease(tokens).await?;
        if leased.len() < tokens {
            self.store.give_tokens(BUCKET, tokens - leased.len()).await?;
        }
        Ok(leased)
    }
}
