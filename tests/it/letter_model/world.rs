//! One letter, two workers, a scheduler that looks after it, a relay and a person.

use spor_scheduler::letter::Input;
use spor_store::{LetterState, MAX_COPIES};
use stateright::{Model, Property};

/// Leases that are looked at: one more than the copies need.
const MOST_LEASES: i64 = 4;

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
    pub guards: Guards,
    pub most_copies: i64,
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
    pub was: LetterState,
    pub input: Input,
    /// Whether it is past the ceiling.
    pub is_late: bool,
}

/// What the scheduler has seen of the letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Seen {
    pub state: LetterState,
    pub fence: i64,
    pub copies: i64,
    pub was_in_doubt: bool,
    pub input: Input,
}

/// Everything there is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct World {
    pub state: LetterState,
    pub fence: i64,
    pub lease_lives: bool,
    /// Its instant lies ahead.
    pub waits: bool,
    pub copies: i64,
    /// A person has let it out again while the relay may have had copies.
    pub was_in_doubt: bool,
    pub workers: [Worker; 2],
    pub seen: Option<Seen>,
    /// Copies that the relay has taken.
    pub relay: i64,
    /// What is in it was planned anew.
    pub replaced: bool,
    pub releases: i64,
    /// Who was given it last, until it is taken away.
    pub holder: Option<usize>,
    pub fault: Option<&'static str>,
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
            was_in_doubt: false,
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
                let World { state, fence, copies, was_in_doubt, .. } = *world;
                next.seen = Some(Seen { state, fence, copies, was_in_doubt, input });
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
                !world.replaced || world.relay == 0
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
