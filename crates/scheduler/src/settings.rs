//! How letters are written and where they are handed in.

use std::fmt;
use std::sync::Arc;

use chrono::TimeDelta;
use spor_mail::address::Address;
use spor_mail::digest::Language;
use spor_mail::relay::Relay;
use spor_mail::texts::Texts;
use spor_store::{MAX_COPIES, Rate};
use uuid::Uuid;

use crate::anchor::Anchors;
use crate::error::{Result, SchedulerError};

/// How long a worker may hold a letter, in seconds of the database's clock.
pub const LEASE_SECS: u32 = 60;
/// More connections than this do not make a relay faster.
pub const MAX_CONNECTIONS: usize = 8;
/// The name of the breaker that a refusal of us opens.
pub const BREAKER: &str = "relay";

/// What becomes of a letter of which nobody knows whether the relay has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenInDoubt {
    /// The same bytes go out again, at most [`MAX_COPIES`] times in all.
    Resend,
    /// It waits for a person.
    Hold,
}

impl WhenInDoubt {
    /// How many copies a relay may have before a person decides.
    pub(crate) fn most_copies(self) -> i64 {
        match self {
            Self::Resend => MAX_COPIES,
            Self::Hold => 1,
        }
    }
}

/// How letters are written and where they are handed in.
#[derive(Clone)]
pub struct Settings {
    /// Where letters are handed in; without it they wait in the outbox.
    pub relay: Option<Relay>,
    /// Whom letters come from.
    pub from: Address,
    /// Whom mail servers report failures to.
    pub return_path: Address,
    /// The part of a Message-ID behind the `@`.
    pub message_host: String,
    /// The `List-Id`, without angle brackets.
    pub list_id: String,
    /// Whether a subject may show the reference of the case.
    pub case_in_subject: bool,
    /// The language of the letters.
    pub language: Language,
    /// The words of the letters.
    pub texts: Arc<Texts>,
    /// The municipality that sends them.
    pub municipality: Option<String>,
    /// Where a case can be opened; `{case}` stands for its reference.
    pub case_link: Option<String>,
    /// How many letters may be under way at once, 1 to [`MAX_CONNECTIONS`].
    pub connections: usize,
    /// What becomes of a letter of which nobody knows whether the relay has it.
    pub when_in_doubt: WhenInDoubt,
    /// How many letters may go out in a minute, over all processes; none when there is no limit.
    pub rate: Option<Rate>,
    /// What this worker is called in the outbox, different in each process.
    pub worker: String,
    /// Who signs checkpoints and where they go; without it none are made.
    pub anchors: Option<Anchors>,
    /// Makes the ids of events and commits, of version 7.
    pub new_id: Arc<dyn Fn() -> Uuid + Send + Sync>,
}

impl Settings {
    /// Refuses settings under which two workers could hold the same letter.
    pub(crate) fn check(&self) -> Result<()> {
        if !(1..=MAX_CONNECTIONS).contains(&self.connections) {
            return Err(SchedulerError::Settings("letters go over 1 to 8 connections"));
        }
        let longest = self.relay.as_ref().map(|relay| relay.timeouts().letter());
        let longest = longest.and_then(|limit| TimeDelta::from_std(limit).ok());
        if longest.is_some_and(|limit| limit >= TimeDelta::seconds(LEASE_SECS.into())) {
            return Err(SchedulerError::Settings(
                "the relay's timeouts for one letter must stay below the lease of 60 seconds",
            ));
        }
        Ok(())
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Settings(relay {:?}, worker {})", self.relay, self.worker)
    }
}
