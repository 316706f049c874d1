//! The moves: each asks the guard of the store and the step of the scheduler.

use chrono::{DateTime, TimeDelta, Utc};
use spor_scheduler::letter::{self, CEILING_HOURS, Circumstances, Effect, Input, STATES, step};
use spor_store::guard::{Found, Guard, Lease, copies_after};
use spor_store::{LetterId, LetterState};
use stateright::Model;

use super::world::{Ended, Event, Letters, Worker, World};

/// How often a person lets a letter out again.
const MOST_RELEASES: i64 = 1;
/// Steps within which a letter comes to its end when nothing more goes wrong.
const WAY_OUT: usize = 24;

impl Letters {
    /// Whether a guard lets a letter move, as far as this model has guards.
    fn lets(&self, guard: Guard, world: &World, fence: i64) -> bool {
        let lease = if self.guards.lease { guard.lease } else { Lease::Any };
        let guard = Guard {
            from: if self.guards.state { guard.from } else { &STATES },
            fenced: guard.fenced && self.guards.fence,
            lease,
            capped: guard.capped && self.guards.cap,
        };
        guard.lets(&Found {
            state: world.state,
            is_seen_fence: world.fence == fence,
            lease_lives: world.lease_lives,
            copies: world.copies,
        })
    }

    pub fn lease(&self, world: &mut World, at: usize) -> Option<()> {
        let is_let = self.lets(Guard::LEASE, world, world.fence);
        (is_let && !world.waits && world.workers[at] == Worker::Idle).then_some(())?;
        let step = step(world.state, Input::Leased, &self.circumstances(world.copies, false));
        if self.guards.state && step.state != LetterState::Leased {
            world.fault = Some("what was leased is not");
        }
        world.state = LetterState::Leased;
        world.fence += 1;
        world.lease_lives = true;
        world.holder = Some(at);
        world.workers[at] = Worker::Holds(world.fence, world.copies);
        Some(())
    }

    pub fn hand_over(&self, world: &mut World, at: usize) -> Option<()> {
        let Worker::Holds(fence, copies) = world.workers[at] else { return None };
        if !self.lets(Guard::HAND_OVER, world, fence) {
            world.workers[at] = Worker::Idle;
            return Some(());
        }
        if world.holder != Some(at) || !world.lease_lives {
            world.fault = Some("handed over by somebody who does not hold it");
        }
        world.state =
            step(world.state, Input::HandedOver, &self.circumstances(copies, false)).state;
        world.copies += 1;
        world.workers[at] = Worker::Marked(fence, copies + 1);
        Some(())
    }

    pub fn settle(&self, world: &mut World, at: usize) -> Option<()> {
        let Worker::Knows(fence, copies, ended) = world.workers[at] else { return None };
        world.workers[at] = Worker::Idle;
        let circumstances = self.circumstances(copies, ended.is_late);
        let step = step(ended.was, ended.input, &circumstances);
        let outcome = letter::outcome(&step, circumstances.now);
        if self.lets(Guard::settle(&outcome), world, fence) {
            let late_answer = world.holder.is_none() && world.state == LetterState::InDoubt;
            if world.holder != Some(at) && !late_answer {
                world.fault = Some("settled by somebody who does not hold it");
            }
            world.copies = copies_after(world.copies, world.state, step.state);
            world.waits = waits(&step.effects, circumstances.now);
            world.state = step.state;
            world.lease_lives = false;
            world.holder = None;
        }
        Some(())
    }

    /// Which letters the scheduler's round looks for, and what it means to do with them.
    pub fn is_looked_for(&self, world: &World, input: Input) -> bool {
        let is_waiting = matches!(world.state, LetterState::Ready | LetterState::Deferred);
        match input {
            Input::LeaseLapsed => {
                matches!(world.state, LetterState::Leased | LetterState::HandingOver)
                    && (!world.lease_lives || !self.guards.lease)
            }
            Input::DoubtOver => world.state == LetterState::InDoubt && !world.waits,
            Input::CopiesSpent => is_waiting && world.copies >= self.most_copies,
            Input::AllSettled => is_waiting && world.copies == 0,
            Input::Replaced => is_waiting,
            _ => false,
        }
    }

    pub fn act(&self, world: &mut World) -> Option<()> {
        let seen = world.seen.take()?;
        let is_lapse = seen.input == Input::LeaseLapsed;
        let guard = if is_lapse { Guard::LAPSE } else { Guard::MOVE };
        let is_same = world.state == seen.state || !self.guards.state;
        if !is_same || !self.lets(guard, world, seen.fence) {
            return Some(());
        }
        if is_lapse && world.lease_lives {
            world.fault = Some("taken from a worker whose lease runs");
        }
        let circumstances = Circumstances {
            was_in_doubt: seen.was_in_doubt,
            ..self.circumstances(seen.copies, false)
        };
        let step = step(seen.state, seen.input, &circumstances);
        world.replaced |= step.effects.contains(&Effect::PlanAnew);
        world.waits = waits(&step.effects, circumstances.now);
        world.state = step.state;
        world.lease_lives = false;
        world.holder = None;
        Some(())
    }

    pub fn release(&self, world: &mut World) -> Option<()> {
        let may = world.releases < MOST_RELEASES && self.lets(Guard::RELEASE, world, world.fence);
        may.then_some(())?;
        let step = step(world.state, Input::Released, &self.circumstances(world.copies, false));
        world.state = step.state;
        world.was_in_doubt |= world.copies > 0;
        (world.waits, world.copies, world.holder) = (false, 0, None);
        world.releases += 1;
        Some(())
    }

    fn circumstances(&self, copies: i64, is_late: bool) -> Circumstances {
        let since = DateTime::<Utc>::UNIX_EPOCH;
        let hours = if is_late { CEILING_HOURS } else { 0 };
        Circumstances {
            letter: LetterId::new(uuid::Uuid::nil()),
            attempts: 1,
            since,
            now: since.checked_add_signed(TimeDelta::hours(hours)).unwrap(),
            copies,
            most_copies: self.most_copies,
            was_in_doubt: false,
        }
    }

    /// Whether a letter is sent, given up, cancelled or before a person when nothing more goes
    /// wrong: everybody is gone, one worker comes back, time passes.
    pub fn comes_to_an_end(&self, world: &World) -> bool {
        let mut world = World { workers: [Worker::Idle; 2], seen: None, ..world.clone() };
        let accepted =
            Ended { was: LetterState::HandingOver, input: Input::Accepted, is_late: false };
        for _ in 0..WAY_OUT {
            let events: &[Event] = match world.state {
                LetterState::Sent | LetterState::Cancelled => return true,
                LetterState::Dead | LetterState::Held => {
                    let released = &self.circumstances(world.copies, false);
                    return step(world.state, Input::Released, released).state
                        == LetterState::Ready;
                }
                LetterState::Leased | LetterState::HandingOver => {
                    &[Event::LeaseEnds, Event::Look(Input::LeaseLapsed), Event::Act]
                }
                LetterState::InDoubt => {
                    &[Event::TimePasses, Event::Look(Input::DoubtOver), Event::Act]
                }
                LetterState::Ready | LetterState::Deferred => {
                    if world.copies >= self.most_copies {
                        &[Event::Look(Input::CopiesSpent), Event::Act]
                    } else {
                        &[
                            Event::TimePasses,
                            Event::Lease(0),
                            Event::HandOver(0),
                            Event::After(0, accepted, true),
                            Event::Settle(0),
                        ]
                    }
                }
            };
            for event in events {
                if let Some(next) = self.next_state(&world, *event) {
                    world = next;
                }
            }
        }
        false
    }
}

/// Whether a letter waits after a step.
fn waits(effects: &[Effect], now: DateTime<Utc>) -> bool {
    let until = effects.iter().find_map(|effect| match effect {
        Effect::SendFrom(instant) => Some(*instant),
        _ => None,
    });
    until.is_some_and(|until| until > now)
}
