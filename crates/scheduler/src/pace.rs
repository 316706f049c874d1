//! How much a round sends: for how long, and as fast as all processes together may.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use spor_mail::relay::Relay;
use spor_store::LetterRow;
use tokio::sync::Mutex;

use crate::error::Result;
use crate::settings::LEASE_SECS;
use crate::tick::{Round, Scheduler};

/// Letters that are leased at a time for each connection: each takes milliseconds, all of them less
/// than the lease.
const LEASE_BATCH: usize = 8;
/// How long one round sends; the next round goes on after it.
const SENDING: Duration = Duration::from_secs(45);
/// The bucket that all processes take from.
const BUCKET: &str = "letters";
/// How long to wait at most before a bucket is looked into again.
const LONGEST_REST: Duration = Duration::from_secs(1);

/// What the workers of a round share.
pub(crate) struct Work {
    pub(crate) round: Arc<Round>,
    pub(crate) relay: Relay,
    /// How many letters may be tried.
    most: usize,
    until: Instant,
    pub(crate) tried: AtomicUsize,
    /// What is leased and in nobody's hands.
    leased: Mutex<VecDeque<LetterRow>>,
    halted: AtomicBool,
}

impl Work {
    pub(crate) fn new(round: &Arc<Round>, relay: &Relay, most: usize) -> Self {
        Self {
            round: Arc::clone(round),
            relay: relay.clone(),
            most,
            until: Instant::now() + SENDING,
            tried: AtomicUsize::new(0),
            leased: Mutex::default(),
            halted: AtomicBool::new(false),
        }
    }

    /// Nothing more is sent in this round.
    pub(crate) fn halt(&self) {
        self.halted.store(true, Ordering::Relaxed);
    }

    /// How many letters may still be tried.
    pub(crate) fn left(&self) -> usize {
        self.most.saturating_sub(self.tried.load(Ordering::Relaxed))
    }

    /// Whether the time for sending is over.
    pub(crate) fn is_cut_short(&self) -> bool {
        Instant::now() >= self.until
    }
}

impl Scheduler {
    /// Whether this round sends no more.
    pub(crate) fn is_over(&self, work: &Work) -> bool {
        self.is_stopping()
            || work.halted.load(Ordering::Relaxed)
            || work.left() == 0
            || work.is_cut_short()
    }

    /// The next letter for whichever worker asks; none when this round has no more. Letters are
    /// leased together and handed out one by one: a dialogue that hangs holds its own letter alone.
    /// What is leased is handed out to its last, also when the round is over, so that it is given
    /// back.
    pub(crate) async fn next(&self, work: &Work) -> Result<Option<LetterRow>> {
        let mut leased = work.leased.lock().await;
        if leased.is_empty() && !self.is_over(work) {
            let most = LEASE_BATCH.saturating_mul(self.settings.connections);
            leased.extend(self.lease(work, work.left().min(most)).await?);
        }
        Ok(leased.pop_front())
    }

    /// Leases letters, no more of them than the rate allows; none when nothing waits, or the round
    /// is over before a token comes.
    async fn lease(&self, work: &Work, wanted: usize) -> Result<Vec<LetterRow>> {
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
