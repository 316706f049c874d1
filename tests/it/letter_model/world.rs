//! One letter, two workers, a scheduler that looks after it, a relay and a person.

use chrono::{DateTime, TimeDelta, Utc};
use spor_scheduler::letter::{self, CEILING_HOURS, Circumstances, Effect, Input, STATES, step};
use spor_store::guard::{Found, Guard, Lease, copies_after};
use spor_store::{LetterId, LetterState, MAX_COPIES};
use stateright::{Model, Property};

/// Leases that are looked at: one more than the copies need.
const MOST_LEASES: i64 = 4;
/// How often a person lets a letter out again.
const MOST_RELEASES: i64 = 1;
/// Steps within which a letter comes to its end when nothing more goes wrong.
const WAY_OUT: usize = 24;

/// Which guards hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guards {
    pub state: bool,
    pub fence: bool,
    pub lease: bool,
    pub cap: bool,
}

impl Guards {
    pub const ALL: Self = Self { state: true, fence: true, lease: true, cap: true };
}

/// The model.
#[derive(Clone, Copy, Debug)]
pub struct Letters {
    guards: Guards,
    most_copies: i64,
}

impl Letters {
    pub fn with(guards: Guards) -> Self {
        let most_copies = if guards.cap { MAX_COPIES } else { i64::MAX };
        Self { guards, most_copies }
    }

    /// In doubt a person decides.
    pub fn holding() -> Self {
        Self { guards: Guards::ALL, most_copies: 1 }
    }
}

/// What a worker has in its hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Worker {
    Idle,
    /// It may send, under this fence; the row said so many copies.
    Holds(i64, i64),
    /// The mark is committed.
    Marked(i64, i64),
    /// It knows how its attempt ended, and has told nobody.
    Knows(i64, i64, Ended),
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ended {
    was: LetterState,
    input: Input,
    /// Whether it is past the ceiling.
    is_late: bool,
}

/// What the scheduler has seen of the letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Seen {
    state: LetterState,
    fence: i64,
    copies: i64,
    input: Input,
}

/// Everything there is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct World {
    pub state: LetterState,
    fence: i64,
    lease_lives: bool,
    /// Its instant lies ahead.
    waits: bool,
    copies: i64,
    workers: [Worker; 2],
    seen: Option<Seen>,
    /// Copies that the relay has taken.
    pub relay: i64,
    /// What is in it was planned anew.
    replaced: bool,
    pub releases: i64,
    /// Who was given it last, until it is taken away.
    holder: Option<usize>,
    fault: Option<&'static str>,
}

/// What may happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    Lease(usize),
    HandOver(usize),
    /// Before the mark: the relay refuses, or the worker does not come to it.
    Before(usize, Ended),
    /// After the mark; whether the relay has taken the copy.
    After(usize, Ended, bool),
    Settle(usize),
    Crash(usize),
    LeaseEnds,
    TimePasses,
    Look(Input),
    Act,
    Release,
}

const BEFORE: [(Input, bool); 5] = [
    (Input::Refused, false),
    (Input::Refused, true),
    (Input::GivenUp, false),
    (Input::TurnedAway, false),
    (Input::NotTried, false),
];
const AFTER: [(Input, bool, bool); 6] = [
    (Input::Accepted, false, true),
    (Input::Silent, false, true),
    (Input::Silent, false, false),
    (Input::Refused, false, false),
    (Input::Refused, true, false),
    (Input::TurnedAway, false, false),
];

impl Model for Letters {
    type State = World;
    type Action = Event;

    fn init_states(&self) -> Vec<World> {
        vec![World {
            state: LetterState::Ready,
            fence: 0,
            lease_lives: false,
            waits: false,
            copies: 0,
            workers: [Worker::Idle; 2],
            seen: None,
            relay: 0,
            replaced: false,
            releases: 0,
            holder: None,
            fault: None,
        }]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Event>) {
        for (at, worker) in world.workers.into_iter().enumerate() {
            match worker {
                Worker::Idle => actions.push(Event::Lease(at)),
                Worker::Holds(..) => {
                    actions.push(Event::HandOver(at));
                    let ended =
                        |(input, is_late)| Ended { was: LetterState::Leased, input, is_late };
                    actions.extend(BEFORE.map(|before| Event::Before(at, ended(before))));
                }
                Worker::Marked(..) => actions.extend(AFTER.map(|(input, is_late, taken)| {
                    let was = LetterState::HandingOver;
                    Event::After(at, Ended { was, input, is_late }, taken)
                })),
                Worker::Knows(..) => actions.push(Event::Settle(at)),
            }
            if worker != Worker::Idle {
                actions.push(Event::Crash(at));
            }
        }
        actions.extend([Event::LeaseEnds, Event::TimePasses, Event::Act, Event::Release]);
        actions.extend(Input::ALL.map(Event::Look));
    }

    fn next_state(&self, world: &World, event: Event) -> Option<World> {
        // After a fault nothing more has to be known.
        world.fault.is_none().then_some(())?;
        let mut next = world.clone();
        match event {
            Event::Lease(at) => self.lease(&mut next, at)?,
            Event::HandOver(at) => self.hand_over(&mut next, at)?,
            Event::Before(at, ended) => {
                let Worker::Holds(fence, copies) = world.workers[at] else { return None };
                next.workers[at] = Worker::Knows(fence, copies, ended);
            }
            Event::After(at, ended, is_taken) => {
                let Worker::Marked(fence, copies) = world.workers[at] else { return None };
                next.workers[at] = Worker::Knows(fence, copies, ended);
                next.relay += i64::from(is_taken);
            }
            Event::Settle(at) => self.settle(&mut next, at)?,
            Event::Crash(at) => next.workers[at] = Worker::Idle,
            Event::LeaseEnds => {
                world.lease_lives.then_some(())?;
                next.lease_lives = false;
            }
            Event::TimePasses => {
                world.waits.then_some(())?;
                next.waits = false;
            }
            Event::Look(input) => {
                self.is_looked_for(world, input).then_some(())?;
                let World { state, fence, copies, .. } = *world;
                next.seen = Some(Seen { state, fence, copies, input });
            }
            Event::Act => self.act(&mut next)?,
            Event::Release => self.release(&mut next)?,
        }
        if next.fence < world.fence {
            next.fault = Some("the fence shrank");
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(
                "the relay gets no more copies than it may",
                |model: &Self, world: &World| {
                    let most = if model.guards.cap { model.most_copies } else { MAX_COPIES };
                    world.relay <= most * (1 + world.releases)
                },
            ),
            Property::always("what was sent is at the relay", |_, world: &World| {
                world.state != LetterState::Sent || world.relay > 0
            }),
            Property::always("what was planned anew is not at the relay", |_, world: &World| {
                !world.replaced || world.relay == 0 || world.releases > 0
            }),
            Property::always("only who holds a letter moves it", |_, world: &World| {
                world.fault.is_none_or(|fault| fault == "the fence shrank")
            }),
            Property::always("the fence only grows", |_, world: &World| {
                world.fault.is_none_or(|fault| fault != "the fence shrank")
            }),
            Property::always("there is a way out of every state", |model: &Self, world: &World| {
                model.comes_to_an_end(world)
            }),
            Property::sometimes("sent", |_, world: &World| world.state == LetterState::Sent),
            Property::sometimes("dead", |_, world: &World| world.state == LetterState::Dead),
            Property::sometimes("held", |_, world: &World| world.state == LetterState::Held),
            Property::sometimes("cancelled", |_, world: &World| {
                world.state == LetterState::Cancelled
            }),
            Property::sometimes("three copies at the relay", |_, world: &World| {
                world.relay == MAX_COPIES && world.releases == 0
            }),
        ]
    }

    fn within_boundary(&self, world: &World) -> bool {
        world.fence <= MOST_LEASES
    }
}

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

    fn lease(&self, world: &mut World, at: usize) -> Option<()> {
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

    fn hand_over(&self, world: &mut World, at: usize) -> Option<()> {
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

    fn settle(&self, world: &mut World, at: usize) -> Option<()> {
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
    fn is_looked_for(&self, world: &World, input: Input) -> bool {
        let is_waiting = matches!(world.state, LetterState::Ready | LetterState::Deferred);
        match input {
            Input::LeaseLapsed => {
                matches!(world.state, LetterState::Leased | LetterState::HandingOver)
                    && (!world.lease_lives || !self.guards.lease)
            }
            Input::DoubtOver => world.state == LetterState::InDoubt && !world.waits,
            Input::CopiesSpent => is_waiting && world.copies >= self.most_copies,
            Input::AllSettled | Input::Replaced => is_waiting && world.copies == 0,
            _ => false,
        }
    }

    fn act(&self, world: &mut World) -> Option<()> {
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
        let circumstances = self.circumstances(seen.copies, false);
        let step = step(seen.state, seen.input, &circumstances);
        world.replaced |= step.effects.contains(&Effect::PlanAnew);
        world.waits = waits(&step.effects, circumstances.now);
        world.state = step.state;
        world.lease_lives = false;
        world.holder = None;
        Some(())
    }

    fn release(&self, world: &mut World) -> Option<()> {
        let may = world.releases < MOST_RELEASES && self.lets(Guard::RELEASE, world, world.fence);
        may.then_some(())?;
        let step = step(world.state, Input::Released, &self.circumstances(world.copies, false));
        world.state = step.state;
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
        }
    }

    /// Whether a letter is sent, given up, cancelled or before a person when nothing more goes
    /// wrong: everybody is gone, one worker comes back, time passes.
    fn comes_to_an_end(&self, world: &World) -> bool {
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
