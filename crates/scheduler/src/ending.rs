//! The end of the service: the letter in hand is finished, and nothing is left leased.
//!
//! A relay that does not answer cannot keep the service alive: after some seconds its dialogue is
//! cut off, and the letter is put down as what it is – untouched, or in doubt.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::timeout;

use crate::error::Result;
use crate::tick::{Scheduler, Ticked};

/// How long the letter in hand may take after the service was told to stop.
const LAST_DIALOGUE: Duration = Duration::from_secs(20);
/// How long the round may then take to put down what became of it.
const LAST_WORD: Duration = Duration::from_secs(5);

impl Scheduler {
    /// Makes the scheduler ready for rounds.
    pub(crate) fn begin(&self) {
        self.shared.stopping.store(false, Ordering::Relaxed);
        self.shared.cut_off.send_replace(false);
    }

    /// Lets the round under way end; gives none when not even its dialogue's end could be noted.
    pub(crate) async fn finish(
        &self,
        mut round: Pin<&mut impl Future<Output = Result<Ticked>>>,
    ) -> Option<Result<Ticked>> {
        self.stop();
        if let Ok(done) = timeout(LAST_DIALOGUE, round.as_mut()).await {
            return Some(done);
        }
        tracing::warn!(target: "spor::scheduler", "the dialogue in hand is cut off");
        self.shared.cut_off.send_replace(true);
        timeout(LAST_WORD, round).await.ok()
    }

    /// A step of a dialogue; none when the service has to end before it is done.
    pub(crate) async fn unless_cut_off<T>(&self, step: impl Future<Output = T>) -> Option<T> {
        let mut cut_off = self.shared.cut_off.subscribe();
        tokio::select! {
            biased;
            done = step => Some(done),
            _ = cut_off.wait_for(|is_cut_off| *is_cut_off) => None,
        }
    }

    pub(crate) fn is_cut_off(&self) -> bool {
        *self.shared.cut_off.borrow()
    }
}
