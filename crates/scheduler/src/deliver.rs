//! From the outbox to the relay: lease, offer, mark, hand over, settle.
//!
//! The mark "handing over" is committed under fence and lease just before the letter itself, so
//! only what comes after it can be in doubt. A connection that cannot be made touches no letter.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use spor_mail::address::Address;
use spor_mail::bounce::Status;
use spor_mail::failure::{Failure, Kind, Phase};
use spor_mail::relay::Relay;
use spor_mail::smtp::{Accepted, Envelope, Session};
use spor_store::{
    LedgerChange, LetterId, LetterRow, LetterState, OpenBreaker, ReminderRow, StoreError,
};
use tokio::task::JoinSet;

use crate::due::People;
use crate::error::Result;
use crate::letter::{self, Circumstances, Effect, Input, Step, step};
use crate::pace::Work;
use crate::record::Done;
use crate::settings::BREAKER;
use crate::tick::{Round, Scheduler, Ticked};

/// Letters of one round; the next round goes on after them.
const MAX_LETTERS: usize = 20_000;
/// How long one letter may take to show whether the relay takes letters again.
const PROBE_SECS: u32 = 120;

/// What one worker did, and what the others must know.
#[derive(Debug, Default)]
struct Tally {
    sent: u64,
    deferred: u64,
    dead: u64,
    in_doubt: u64,
    held: u64,
    relay_fault: Option<String>,
    /// What reached nobody, and why.
    unheard: Vec<(ReminderRow, &'static str)>,
}

/// How an attempt ended.
enum Outcome {
    Taken(Accepted),
    Failed {
        failure: Failure,
        state: LetterState,
    },
    NotTried,
    /// Another worker holds the letter by now.
    Lost,
}

impl Scheduler {
    /// Sends what may go out now, as far as so many letters are left.
    pub(crate) async fn dispatch(
        &self,
        round: &Arc<Round>,
        left: usize,
        ticked: &mut Ticked,
    ) -> Result<()> {
        let Some(relay) = self.settings.relay.clone() else {
            return Ok(());
        };
        let breaker = self.store.breaker(BREAKER).await?;
        if let Some(open) = breaker.as_ref().filter(|open| open.is_open(round.now)) {
            ticked.relay_fault = Some(open.reason.clone());
            return Ok(());
        }
        if left == 0 || self.is_stopping() {
            return Ok(());
        }
        if let Some(open) = breaker {
            // One letter of one worker shows whether the relay takes them again.
            if !self.store.probe_breaker(BREAKER, PROBE_SECS, round.now).await? {
                ticked.relay_fault = Some(open.reason);
                return Ok(());
            }
            self.work_together(round, &relay, 1, ticked).await?;
            if ticked.relay_fault.is_some() {
                return Ok(());
            }
            self.store.set_breaker(BREAKER, None).await?;
        }
        self.work_together(round, &relay, left.min(MAX_LETTERS), ticked).await
    }

    async fn work_together(
        &self,
        round: &Arc<Round>,
        relay: &Relay,
        most: usize,
        ticked: &mut Ticked,
    ) -> Result<()> {
        // A dialogue is large; boxed, it does not make every future above it so.
        let first = match Box::pin(self.unless_cut_off(Session::connect(relay))).await {
            None => return Ok(()),
            Some(Ok(session)) => session,
            Some(Err(failure)) => {
                let why = failure.to_string();
                if failure.kind != Kind::Breaker {
                    tracing::warn!(target: "spor::scheduler", "nothing can be handed in: {why}");
                }
                ticked.relay_fault = Some(why);
                return self.pause_when_refused(round, &failure).await;
            }
        };
        let work = Arc::new(Work::new(round, relay, most));
        let mut workers = JoinSet::new();
        let mut session = Some(first);
        for _ in 0..self.settings.connections.min(most) {
            let (scheduler, work, session) = (self.clone(), Arc::clone(&work), session.take());
            workers.spawn(async move { scheduler.work(&work, session).await });
        }
        let mut unheard = Vec::new();
        let mut failed = None;
        while let Some(done) = workers.join_next().await {
            match done {
                Ok(Ok(tally)) => {
                    ticked.sent += tally.sent;
                    ticked.deferred += tally.deferred;
                    ticked.dead += tally.dead;
                    ticked.in_doubt += tally.in_doubt;
                    ticked.held += tally.held;
                    ticked.relay_fault = tally.relay_fault.or(ticked.relay_fault.take());
                    unheard.extend(tally.unheard);
                }
                Ok(Err(error)) => failed = Some(error),
                Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
            }
        }
        ticked.more |= work.is_cut_short();
        self.tell_leads(&work.round, unheard, ticked).await?;
        failed.map_or(Ok(()), Err)
    }

    /// One worker: a connection, and letter after letter over it.
    async fn work(&self, work: &Work, mut session: Option<Session>) -> Result<Tally> {
        let mut tally = Tally::default();
        while let Some(letter) = self.next(work).await? {
            let outcome = match self.connected(work, &mut session, &mut tally).await? {
                Some(session) => self.attempt(work, session, &letter).await?,
                None => Outcome::NotTried,
            };
            self.settle(work, &letter, outcome, &mut tally).await?;
        }
        if let Some(session) = session.filter(|_| !self.is_cut_off()) {
            session.close().await;
        }
        Ok(tally)
    }

    /// A session that can carry a letter, unless this round sends no more.
    async fn connected<'session>(
        &self,
        work: &Work,
        session: &'session mut Option<Session>,
        tally: &mut Tally,
    ) -> Result<Option<&'session mut Session>> {
        if self.is_over(work) {
            return Ok(None);
        }
        if session.as_ref().is_none_or(|session| !session.is_usable()) {
            self.shared.heart.beat();
            *session = match Box::pin(self.unless_cut_off(Session::connect(&work.relay))).await {
                None => None,
                Some(Ok(fresh)) => Some(fresh),
                Some(Err(failure)) => {
                    work.halt();
                    tally.relay_fault = Some(failure.to_string());
                    self.pause_when_refused(&work.round, &failure).await?;
                    None
                }
            };
        }
        Ok(session.as_mut())
    }

    async fn attempt(
        &self,
        work: &Work,
        session: &mut Session,
        letter: &LetterRow,
    ) -> Result<Outcome> {
        work.tried.fetch_add(1, Ordering::Relaxed);
        let Ok(to) = Address::parse(&letter.letter.address) else {
            let text = "the address is none".to_owned();
            let failure = Failure { kind: Kind::GiveUp, phase: Phase::Recipient, code: None, text };
            return Ok(Outcome::Failed { failure, state: LetterState::Leased });
        };
        let (from, id) = (self.settings.return_path.clone(), Some(letter.letter.id.to_string()));
        let envelope = Envelope { from, to, id };
        let offered = match self.unless_cut_off(session.offer(&envelope)).await {
            None => return Ok(Outcome::NotTried),
            Some(Ok(offered)) => offered,
            Some(Err(failure)) => {
                return Ok(Outcome::Failed { failure, state: LetterState::Leased });
            }
        };
        match self.store.mark_handing_over(letter.letter.id, letter.fence).await {
            Ok(true) => {}
            Ok(false) => {
                offered.withdraw().await;
                return Ok(Outcome::Lost);
            }
            Err(error) => {
                offered.withdraw().await;
                return Err(error.into());
            }
        }
        let handed_over = self.unless_cut_off(offered.hand_over(&letter.letter.bytes)).await;
        Ok(match handed_over.unwrap_or_else(|| Err(cut_off())) {
            Ok(accepted) => Outcome::Taken(accepted),
            Err(failure) => Outcome::Failed { failure, state: LetterState::HandingOver },
        })
    }

    async fn settle(
        &self,
        work: &Work,
        letter: &LetterRow,
        outcome: Outcome,
        tally: &mut Tally,
    ) -> Result<()> {
        self.shared.heart.beat();
        let (state, input, answer) = match outcome {
            Outcome::Lost => return Ok(()),
            Outcome::NotTried => (LetterState::Leased, Input::NotTried, (None, String::new())),
            Outcome::Taken(accepted) => {
                let answer = (Some(accepted.code), accepted.text);
                (LetterState::HandingOver, Input::Accepted, answer)
            }
            Outcome::Failed { failure, state } => {
                if failure.kind == Kind::Breaker {
                    tally.relay_fault = Some(failure.to_string());
                    work.halt();
                }
                (state, input_of(&failure), (failure.code, failure.text))
            }
        };
        let rows = self.rows_of(letter.letter.id).await?;
        let circumstances = self.circumstances(&work.round, letter, &rows);
        // The mark has counted the copy that is on its way.
        let copies = letter.copies + i64::from(state == LetterState::HandingOver);
        let circumstances = Circumstances { copies, ..circumstances };
        let step = step(state, input, &circumstances);
        let settled = self.commit_step(&work.round, letter, &rows, (&step, answer)).await;
        match settled {
            Ok(()) => {}
            // The lease had run out and another worker holds the letter: the truth is theirs.
            Err(StoreError::LeaseLost { .. } | StoreError::MovedOn { .. }) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        tracing::info!(
            target: "spor::scheduler",
            {
                letter.id = %letter.letter.id,
                state = step.state.as_str(),
                attempt = letter.attempts
            },
            "a letter moved"
        );
        match step.state {
            LetterState::Sent => tally.sent += 1,
            LetterState::Deferred => tally.deferred += 1,
            LetterState::Dead => tally.dead += 1,
            LetterState::InDoubt => tally.in_doubt += 1,
            LetterState::Held => tally.held += 1,
            _ => {}
        }
        let died = step.effects.iter().find_map(|effect| match effect {
            Effect::RecordFailed(why) => Some(*why),
            _ => None,
        });
        tally.unheard.extend(
            died.into_iter().flat_map(|why| rows.iter().map(move |row| (row.clone(), why))),
        );
        Ok(())
    }

    /// Stores a step of a letter: what changed in the outbox and what was done, in one commit.
    async fn commit_step(
        &self,
        round: &Round,
        letter: &LetterRow,
        rows: &[ReminderRow],
        (step, (code, text)): (&Step, (Option<u16>, String)),
    ) -> Result<(), StoreError> {
        let (id, fence) = (letter.letter.id, letter.fence);
        let mut done = None;
        let mut changes = Vec::new();
        for effect in &step.effects {
            match effect {
                Effect::RecordSent => done = Some(Done::Sent),
                Effect::RecordFailed(why) => done = Some(Done::Failed(why)),
                Effect::RefuseAddress => changes.push(LedgerChange::AddressSuppressed {
                    address: letter.letter.address.clone(),
                    reason: text.clone(),
                }),
                Effect::PauseRelay(until) => {
                    let open = OpenBreaker { until: *until, reason: text.clone() };
                    self.store.set_breaker(BREAKER, Some(open)).await?;
                }
                Effect::SendFrom(_) | Effect::PlanAnew | Effect::CancelReminders => {}
            }
        }
        let outcome = letter::outcome(step, round.now);
        changes.push(LedgerChange::LetterSettled { letter: id, fence, outcome, code, text });
        let message_id = Some(letter.letter.message_id.as_str());
        match done {
            Some(done) => self.record(round, done, rows, message_id, changes).await,
            None => self.store.change_ledger(changes, round.now).await,
        }
    }

    /// After a refusal of us nothing is tried for a while: an account must not be locked out.
    async fn pause_when_refused(&self, round: &Round, failure: &Failure) -> Result<()> {
        if failure.kind != Kind::Breaker {
            return Ok(());
        }
        let any = Circumstances {
            letter: LetterId::new(self.store.id().get()),
            attempts: 0,
            since: round.now,
            now: round.now,
            copies: 0,
            most_copies: 0,
            was_in_doubt: false,
        };
        for effect in step(LetterState::Leased, Input::TurnedAway, &any).effects {
            if let Effect::PauseRelay(until) = effect {
                let reason = failure.to_string();
                tracing::error!(target: "spor::scheduler", reason, "the relay refuses us");
                self.store.set_breaker(BREAKER, Some(OpenBreaker { until, reason })).await?;
            }
        }
        Ok(())
    }

    /// Whoever leads hears of what reached nobody, as of an empty role.
    pub(crate) async fn tell_leads(
        &self,
        round: &Round,
        unheard: Vec<(ReminderRow, &'static str)>,
        ticked: &mut Ticked,
    ) -> Result<()> {
        if unheard.is_empty() {
            return Ok(());
        }
        let refused = self.store.suppressions().await?;
        let refused = refused.into_iter().map(|suppression| suppression.address).collect();
        let people = People { directory: round.people.directory.clone(), refused };
        let alarms = self.alarms(round, &people, &unheard).await?;
        self.enter(round, alarms, ticked).await
    }
}

/// The service ended while the relay had the word: nobody knows what it would have said.
fn cut_off() -> Failure {
    let text = "the service ended before the relay had answered".to_owned();
    Failure { kind: Kind::InDoubt, phase: Phase::Answer, code: None, text }
}

fn input_of(failure: &Failure) -> Input {
    match failure.kind {
        Kind::Retry => Input::Refused,
        Kind::Breaker => Input::TurnedAway,
        Kind::InDoubt => Input::Silent,
        Kind::GiveUp if names_the_address(failure) => Input::AddressRefused,
        Kind::GiveUp => Input::GivenUp,
    }
}

/// Whether it is the address itself that the relay does not know, and not this one letter.
fn names_the_address(failure: &Failure) -> bool {
    let status = failure.text.split_whitespace().nth(1).and_then(Status::parse);
    failure.phase == Phase::Recipient
        && match status {
            Some(status) => status.names_the_address(),
            None => matches!(failure.code, Some(550 | 551 | 553)),
        }
}
