//! The life of a letter as one pure function: where it is, what happened, where it is now.
//!
//! The store keeps the states and guards each move by state and fence; what a move means, when the
//! next attempt is and when it is the last one is decided here and nowhere else. An input that a
//! state does not know changes nothing, so a worker that wakes too late can do no harm.

use chrono::{DateTime, TimeDelta, Utc};
use spor_domain::reminding;
use spor_store::{LetterId, LetterOutcome, LetterState};

use crate::due::{LETTER_REFUSED, REFUSED_TOO_LONG};

/// The waits between attempts, in minutes; the last one repeats.
pub const BACKOFF_MINUTES: [i64; 7] = [1, 5, 15, 60, 120, 240, 480];
/// How far a wait strays from the table, so that letters do not all come back at once.
pub const JITTER_PERCENT: i64 = 20;
/// A letter that is still refused after this long is given up.
pub const CEILING_HOURS: i64 = 72;
/// How long a letter in doubt waits before the same bytes go out again.
pub const DOUBT_MINUTES: i64 = 10;
/// How long a letter is left alone after the worker that held it was lost.
pub const COOL_DOWN_SECS: i64 = 60;
/// How long nothing is sent after the relay has refused us.
pub const BREAKER_MINUTES: i64 = 15;

/// What happens to a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Input {
    /// A worker takes the right to send it.
    Leased,
    /// That right has lapsed.
    LeaseLapsed,
    /// The mark is committed; the relay hears the letter next.
    HandedOver,
    /// The relay has taken it.
    Accepted,
    /// The relay does not take it now.
    Refused,
    /// The relay will never take it.
    GivenUp,
    /// The relay will never take anything for this address.
    AddressRefused,
    /// The relay refuses us, whatever the letter.
    TurnedAway,
    /// The worker did not come to it.
    NotTried,
    /// It was written to its last byte and no answer came.
    Silent,
    /// It has been in doubt for long enough.
    DoubtOver,
    /// The relay may have as many copies as it may.
    CopiesSpent,
    /// Everything in it was settled before it went out.
    AllSettled,
    /// A newer letter will carry what is in it, or what is left of that.
    Replaced,
    /// A person lets it go out again.
    Released,
    /// A mail server reports later that it will not arrive.
    Bounced,
    /// A mail server reports later that the address is no good.
    AddressBounced,
}

impl Input {
    /// Everything that can happen.
    pub const ALL: [Self; 17] = [
        Self::Leased,
        Self::LeaseLapsed,
        Self::HandedOver,
        Self::Accepted,
        Self::Refused,
        Self::GivenUp,
        Self::AddressRefused,
        Self::TurnedAway,
        Self::NotTried,
        Self::Silent,
        Self::DoubtOver,
        Self::CopiesSpent,
        Self::AllSettled,
        Self::Replaced,
        Self::Released,
        Self::Bounced,
        Self::AddressBounced,
    ];
}

/// Every state a letter can be in.
pub const STATES: [LetterState; 9] = [
    LetterState::Ready,
    LetterState::Leased,
    LetterState::HandingOver,
    LetterState::InDoubt,
    LetterState::Deferred,
    LetterState::Sent,
    LetterState::Dead,
    LetterState::Cancelled,
    LetterState::Held,
];

/// What a decision about a letter needs to know beside its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Circumstances {
    /// Which letter.
    pub letter: LetterId,
    /// How often it was leased.
    pub attempts: i64,
    /// The slot at which what is in it could first have gone out.
    pub since: DateTime<Utc>,
    /// The present instant.
    pub now: DateTime<Utc>,
    /// Copies that the relay may have, since a person last decided.
    pub copies: i64,
    /// How many it may have before a person decides.
    pub most_copies: i64,
    /// Whether it may have copies beside these, from before a person last decided.
    pub was_in_doubt: bool,
}

impl Circumstances {
    fn are_copies_spent(&self) -> bool {
        self.copies >= self.most_copies
    }

    /// Whether the relay may have it: then it stays what it is, for nothing is told in two letters.
    fn may_be_at_relay(&self) -> bool {
        self.copies > 0 || self.was_in_doubt
    }
}

/// What else is to be done when a letter moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It may be sent, or sent again, from this instant on.
    SendFrom(DateTime<Utc>),
    /// The reminders in it were sent: record that.
    RecordSent,
    /// The reminders in it reached nobody: record that.
    RecordFailed(&'static str),
    /// Nothing is written to this address any more.
    RefuseAddress,
    /// Nothing is sent to anybody until this instant, and a person has to look.
    PauseRelay(DateTime<Utc>),
    /// What is in it goes back to be composed anew.
    PlanAnew,
    /// What is in it is done.
    CancelReminders,
}

/// Where a letter is now, and what else is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The state it has now.
    pub state: LetterState,
    /// What comes with the move; nothing when it did not move.
    pub effects: Vec<Effect>,
}

/// Moves a letter on. What a state does not know leaves the letter where it is.
pub fn step(state: LetterState, input: Input, circumstances: &Circumstances) -> Step {
    let stay = || Step { state, effects: Vec::new() };
    if let Some(step) = bounced(state, input) {
        return step;
    }
    match state {
        LetterState::Deferred if input == Input::Released => released(circumstances),
        LetterState::Ready | LetterState::Deferred => {
            waiting(input, circumstances).unwrap_or_else(stay)
        }
        LetterState::Leased => leased(input, circumstances).unwrap_or_else(stay),
        LetterState::HandingOver => handing_over(input, circumstances).unwrap_or_else(stay),
        LetterState::InDoubt => match input {
            Input::DoubtOver if circumstances.are_copies_spent() => to(LetterState::Held, []),
            Input::DoubtOver => to(LetterState::Ready, []),
            Input::Released => released(circumstances),
            // The worker was slow, not dead: its answer ends the doubt.
            Input::Accepted => to(LetterState::Sent, [Effect::RecordSent]),
            _ => stay(),
        },
        LetterState::Dead | LetterState::Held => match input {
            Input::Released => released(circumstances),
            _ => stay(),
        },
        LetterState::Sent | LetterState::Cancelled => stay(),
    }
}

/// A report that the letter will not arrive is the relay's last word, also when its first was yes.
/// While a worker holds the letter, that worker's answer is awaited.
fn bounced(state: LetterState, input: Input) -> Option<Step> {
    let may_have_gone_out = [
        LetterState::Ready,
        LetterState::Deferred,
        LetterState::InDoubt,
        LetterState::Sent,
        LetterState::Held,
    ];
    let answer = match input {
        Input::Bounced => Input::GivenUp,
        Input::AddressBounced => Input::AddressRefused,
        _ => return None,
    };
    may_have_gone_out.contains(&state).then(|| given_up(answer)).flatten()
}

/// How a worker tells the outbox of a step.
pub fn outcome(step: &Step, now: DateTime<Utc>) -> LetterOutcome {
    let next_at = step.effects.iter().find_map(|effect| match effect {
        Effect::SendFrom(instant) => Some(*instant),
        _ => None,
    });
    let next_at = next_at.unwrap_or(now);
    match step.state {
        LetterState::Sent => LetterOutcome::Sent,
        LetterState::Dead => LetterOutcome::Dead,
        LetterState::Held => LetterOutcome::Held,
        LetterState::InDoubt => LetterOutcome::InDoubt { next_at },
        LetterState::Ready => LetterOutcome::GivenBack,
        _ => LetterOutcome::Deferred { next_at },
    }
}

fn waiting(input: Input, circumstances: &Circumstances) -> Option<Step> {
    match input {
        Input::Leased => Some(to(LetterState::Leased, [])),
        Input::CopiesSpent => Some(to(LetterState::Held, [])),
        Input::AllSettled => Some(to(LetterState::Cancelled, [Effect::CancelReminders])),
        Input::Replaced if !circumstances.may_be_at_relay() => {
            Some(to(LetterState::Cancelled, [Effect::PlanAnew]))
        }
        _ => None,
    }
}

fn leased(input: Input, circumstances: &Circumstances) -> Option<Step> {
    match input {
        Input::NotTried => Some(to(LetterState::Ready, [])),
        // Whatever took the worker may take the next one too.
        Input::LeaseLapsed => {
            let again = later(circumstances.now, TimeDelta::seconds(COOL_DOWN_SECS));
            Some(to(LetterState::Ready, [Effect::SendFrom(again)]))
        }
        Input::HandedOver => Some(to(LetterState::HandingOver, [])),
        Input::TurnedAway => {
            let until = later(circumstances.now, TimeDelta::minutes(BREAKER_MINUTES));
            Some(to(LetterState::Ready, [Effect::PauseRelay(until)]))
        }
        Input::Refused | Input::GivenUp | Input::AddressRefused => refused(input, circumstances),
        _ => None,
    }
}

fn handing_over(input: Input, circumstances: &Circumstances) -> Option<Step> {
    match input {
        Input::Accepted => Some(to(LetterState::Sent, [Effect::RecordSent])),
        Input::Silent | Input::LeaseLapsed if circumstances.are_copies_spent() => {
            Some(to(LetterState::Held, []))
        }
        Input::Silent | Input::LeaseLapsed => {
            let again = later(circumstances.now, TimeDelta::minutes(DOUBT_MINUTES));
            Some(to(LetterState::InDoubt, [Effect::SendFrom(again)]))
        }
        Input::Refused | Input::GivenUp | Input::AddressRefused | Input::TurnedAway => {
            refused(input, circumstances)
        }
        _ => None,
    }
}

fn refused(input: Input, circumstances: &Circumstances) -> Option<Step> {
    let now = circumstances.now;
    match input {
        Input::Refused => {
            let again = later(now, backoff(circumstances.letter, circumstances.attempts));
            let last = later(circumstances.since, TimeDelta::hours(CEILING_HOURS));
            Some(if again > last {
                to(LetterState::Dead, [Effect::RecordFailed(REFUSED_TOO_LONG)])
            } else {
                to(LetterState::Deferred, [Effect::SendFrom(again)])
            })
        }
        Input::GivenUp | Input::AddressRefused => given_up(input),
        Input::TurnedAway => {
            let until = later(now, TimeDelta::minutes(BREAKER_MINUTES));
            Some(to(LetterState::Deferred, [Effect::SendFrom(now), Effect::PauseRelay(until)]))
        }
        _ => None,
    }
}

fn given_up(input: Input) -> Option<Step> {
    match input {
        Input::GivenUp => Some(to(LetterState::Dead, [Effect::RecordFailed(LETTER_REFUSED)])),
        Input::AddressRefused => {
            let failed = Effect::RecordFailed(reminding::ADDRESS_REFUSED);
            Some(to(LetterState::Dead, [failed, Effect::RefuseAddress]))
        }
        _ => None,
    }
}

fn released(circumstances: &Circumstances) -> Step {
    to(LetterState::Ready, [Effect::SendFrom(circumstances.now)])
}

fn to<const N: usize>(state: LetterState, effects: [Effect; N]) -> Step {
    Step { state, effects: effects.into() }
}

/// The wait after so many attempts; the same letter and attempt always get the same one.
pub fn backoff(letter: LetterId, attempts: i64) -> TimeDelta {
    let done = usize::try_from(attempts).unwrap_or(0).saturating_sub(1);
    let minutes = BACKOFF_MINUTES[done.min(BACKOFF_MINUTES.len() - 1)];
    let turn = u32::try_from(done % 128).unwrap_or(0);
    let spread = u128::try_from(2 * JITTER_PERCENT + 1).unwrap_or(1);
    let dice = letter.get().as_u128().rotate_right(turn) % spread;
    let percent = 100 - JITTER_PERCENT + i64::try_from(dice).unwrap_or(0);
    TimeDelta::milliseconds(minutes * 600 * percent)
}

fn later(instant: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    instant.checked_add_signed(by).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[cfg(test)]
mod tests;
