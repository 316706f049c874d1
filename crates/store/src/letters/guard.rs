//! What must hold before a letter moves: from which states, under whose fence, under which lease.
//!
//! The statements say the same in SQL. A test holds both databases against [`Guard::lets`] in every
//! case there is, so that a model which asks it has asked the store.

use super::LetterState::{
    self, Cancelled, Dead, Deferred, HandingOver, Held, InDoubt, Leased, Ready, Sent,
};
use super::MAX_COPIES;
use crate::ledger::LetterOutcome;

/// What a guard wants of a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lease {
    /// Nothing.
    Any,
    /// It still runs.
    Lives,
    /// It has run out.
    Lapsed,
}

/// What must hold before a letter moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guard {
    /// The states it may be in.
    pub from: &'static [LetterState],
    /// Whether its fence must be the one that was seen.
    pub fenced: bool,
    /// What its lease must be.
    pub lease: Lease,
    /// Whether the relay must have fewer copies than [`MAX_COPIES`].
    pub capped: bool,
}

/// A letter as a guard finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where it is on its way.
    pub state: LetterState,
    /// Whether its fence is the one that was seen.
    pub is_seen_fence: bool,
    /// Whether its lease still runs.
    pub lease_lives: bool,
    /// The copies that the relay may have.
    pub copies: i64,
}

impl Guard {
    const BARE: Self = Self { from: &[], fenced: false, lease: Lease::Any, capped: false };
    const UNDER_A_FENCE: Self = Self { fenced: true, ..Self::BARE };

    /// A worker takes it.
    pub const LEASE: Self = Self { from: &[Ready, Deferred], ..Self::BARE };
    /// A worker gives it to the relay.
    pub const HAND_OVER: Self =
        Self { from: &[Leased], lease: Lease::Lives, capped: true, ..Self::UNDER_A_FENCE };
    /// It is taken from a worker, from the state that was seen.
    pub const LAPSE: Self =
        Self { from: &[Leased, HandingOver], lease: Lease::Lapsed, ..Self::UNDER_A_FENCE };
    /// Somebody else than a worker moves it, from the state that was seen: while a worker holds it,
    /// nobody does.
    pub const MOVE: Self = Self {
        from: &[Ready, InDoubt, Deferred, Sent, Dead, Cancelled, Held],
        ..Self::UNDER_A_FENCE
    };
    /// A person lets it go out again.
    pub const RELEASE: Self = Self { from: &[Dead, Held, Deferred, InDoubt], ..Self::BARE };

    /// A worker says how its attempt ended. The relay's answer still counts when the lease has
    /// lapsed in the meantime.
    pub fn settle(outcome: &LetterOutcome) -> Self {
        let from: &[LetterState] = match outcome {
            LetterOutcome::Sent | LetterOutcome::Held | LetterOutcome::InDoubt { .. } => {
                &[HandingOver, InDoubt]
            }
            LetterOutcome::Dead | LetterOutcome::Deferred { .. } => &[Leased, HandingOver],
            LetterOutcome::GivenBack => &[Leased],
        };
        Self { from, ..Self::UNDER_A_FENCE }
    }

    /// Whether a letter may move.
    pub fn lets(&self, found: &Found) -> bool {
        self.from.contains(&found.state)
            && (!self.fenced || found.is_seen_fence)
            && match self.lease {
                Lease::Any => true,
                Lease::Lives => found.lease_lives,
                Lease::Lapsed => !found.lease_lives,
            }
            && (!self.capped || found.copies < MAX_COPIES)
    }
}

/// How many copies the relay has after a letter was settled: one that it refused with an answer is
/// none.
pub fn copies_after(copies: i64, from: LetterState, to: LetterState) -> i64 {
    copies - i64::from(from == HandingOver && matches!(to, Deferred | Dead))
}
