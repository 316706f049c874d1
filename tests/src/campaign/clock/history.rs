//! Random histories of cases over two years: plausible, sometimes late, sometimes taken back.

use super::calendar::Day;
use crate::campaign::dice::Dice;

/// The first day on which a case may begin, and the last day that is played.
pub fn stage() -> (Day, Day) {
    (Day::of(2025, 1, 6), Day::of(2027, 1, 4))
}

/// An administration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Office {
    /// The child and family section.
    ChildrenFamily,
    /// The employment administration.
    Employment,
    /// The adult disability administration.
    AdultDisability,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    Opened { office: Office, mentor: u64, caseworker: u64, born: Day },
    Reopened { mentor: u64, caseworker: u64 },
    Closed,
    MentorChanged { mentor: u64 },
    Granted { track: u64, lab: bool, voluntary: bool, until: Option<Day> },
    Extended { track: u64, until: Day },
    Ended { track: u64 },
    LimitedStarted { track: u64, until: Day },
    LimitedEnded { track: u64 },
    FollowUp { who: Present },
    Review { counts: bool },
    Meeting { counts: bool },
    MethodChosen,
    Evaluated,
    Mapped,
    Paused { until: Option<Day> },
    Resumed,
    Talked,
    HandoverStarted { to: Office, caseworker: u64, effective: Day },
    HandoverAnswered { accepted: bool },
    Agreed { every: i32 },
    Consented { until: Option<Day> },
    Withdrawn,
    Updated,
    Retracted { entry: usize },
}

/// Who was at a follow-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Present {
    /// Caseworker, mentor, young person.
    Three,
    /// Those, and the volunteer.
    AndVolunteer,
    /// Caseworker and mentor; the young person declined.
    Declined,
    /// Caseworker and young person.
    NoMentor,
    /// Caseworker and mentor; the young person stayed away.
    NoYouth,
}

/// An entry of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// When it happened.
    pub on: Day,
    /// When it was recorded.
    pub recorded: Day,
    /// What.
    pub fact: Fact,
}

/// A case.
#[derive(Debug, Clone)]
pub struct History {
    /// Its number, from 1.
    pub number: usize,
    /// Its entries in the order in which they are recorded.
    pub entries: Vec<Entry>,
}

/// How many mentors and caseworkers there are.
pub const MENTORS: u64 = 8;
pub const CASEWORKERS: u64 = 4;

impl History {
    /// The reference of the case.
    pub fn case(&self) -> String {
        format!("SPOR-2025-{:04}", self.number)
    }

    /// Invents the case of a number.
    pub fn invent(seed: u64, number: usize) -> Self {
        let mut inventor = Inventor { dice: Dice::new(seed, number as u64), entries: Vec::new() };
        inventor.life();
        let mut entries = inventor.entries;
        let opened = entries[0].recorded;
        for entry in &mut entries {
            entry.recorded = entry.recorded.max(opened).max(entry.on);
        }
        entries[1..].sort_by_key(|entry| (entry.recorded, entry.on));
        let mut history = Self { number, entries };
        history.take_something_back(&mut inventor.dice);
        history
    }

    /// Sometimes an entry was of another case, and is retracted days later.
    fn take_something_back(&mut self, dice: &mut Dice) {
        let may_go = |entry: &Entry| {
            matches!(entry.fact, Fact::FollowUp { .. } | Fact::Review { .. } | Fact::Mapped)
        };
        let found = self.entries.iter().position(may_go).filter(|_| dice.below(5) == 0);
        if let Some(entry) = found {
            let on = self.entries[entry].recorded.plus(1 + in_days(dice, 60));
            let fact = Fact::Retracted { entry };
            let place = self.entries.partition_point(|entry| entry.recorded <= on);
            self.entries.insert(place, Entry { on, recorded: on, fact });
        }
    }
}

fn in_days(dice: &mut Dice, end: u64) -> i32 {
    i32::try_from(dice.below(end)).expect("a few days")
}

struct Inventor {
    dice: Dice,
    entries: Vec<Entry>,
}

impl Inventor {
    fn days(&mut self, end: u64) -> i32 {
        in_days(&mut self.dice, end)
    }

    fn one_in(&mut self, chances: u64) -> bool {
        self.dice.below(chances) == 0
    }

    fn add(&mut self, on: Day, fact: Fact) {
        let late = if self.one_in(5) { 1 + self.days(12) } else { 0 };
        self.entries.push(Entry { on, recorded: on.plus(late), fact });
    }

    fn life(&mut self) {
        let (first, last) = stage();
        let start = first.plus(self.days(540));
        let born = start.plus(-(15 * 365 + self.days(7 * 365)));
        let is_young = start < born.birthday(18);
        let office =
            if is_young && !self.one_in(3) { Office::ChildrenFamily } else { Office::Employment };
        let (mentor, caseworker) = (self.dice.below(MENTORS), self.dice.below(CASEWORKERS));
        self.add(start, Fact::Opened { office, mentor, caseworker, born });
        // Some cases are brought in long after they began.
        if self.one_in(8) {
            self.entries[0].recorded = start.plus(self.days(70));
        }
        let mut from = start;
        for episode in 0..2 {
            let closes = from.plus(95 + self.days(500));
            let until = if self.one_in(2) { closes.min(last) } else { last };
            self.episode(from, until, episode);
            if episode == 0 {
                self.transition(born, start, until);
                self.handing_over(office, start, until);
            }
            if until == last {
                return;
            }
            self.add(until, Fact::Closed);
            if !self.one_in(3) {
                let on = until.plus(1 + self.days(30));
                self.add(on, Fact::Evaluated);
            }
            if !self.one_in(3) {
                return;
            }
            from = until.plus(20 + self.days(90));
            let (mentor, caseworker) = (self.dice.below(MENTORS), self.dice.below(CASEWORKERS));
            self.add(from, Fact::Reopened { mentor, caseworker });
        }
    }

    /// What happens again and again while a case is open.
    fn episode(&mut self, from: Day, until: Day, episode: u64) {
        self.again(from, until, (30, 30), |dice| {
            let who = match dice.below(12) {
                0 => Present::NoMentor,
                1 => Present::NoYouth,
                2 => Present::Declined,
                3 | 4 => Present::AndVolunteer,
                _ => Present::Three,
            };
            Fact::FollowUp { who }
        });
        self.again(from, until, (140, 80), |dice| Fact::Review { counts: dice.below(6) != 0 });
        if !self.one_in(4) {
            let on = from.plus(1 + self.days(80));
            self.within(on, until, Fact::MethodChosen);
        }
        if !self.one_in(4) {
            let on = from.plus(1 + self.days(80));
            self.within(on, until, Fact::Mapped);
        }
        if self.one_in(4) {
            let on = from.plus(1 + self.days(200));
            let mentor = self.dice.below(MENTORS);
            self.within(on, until, Fact::MentorChanged { mentor });
        }
        if self.one_in(3) {
            self.talking(from, until);
        } else {
            // Support rests as a whole: no weekly dialogue is asked for, and no hours.
            self.within(from, until, Fact::Paused { until: None });
            self.tracks(from, until, episode);
        }
        if self.one_in(3) {
            self.parents(from, until);
        }
    }

    fn within(&mut self, on: Day, until: Day, fact: Fact) {
        if on < until {
            self.add(on, fact);
        }
    }

    fn again(
        &mut self,
        from: Day,
        until: Day,
        (least, more): (i32, u64),
        mut fact: impl FnMut(&mut Dice) -> Fact,
    ) {
        let mut on = from.plus(least + self.days(more));
        while on < until {
            let fact = fact(&mut self.dice);
            self.add(on, fact);
            on = on.plus(least + self.days(more));
        }
    }

    /// Weekly talks for a while, then less; now and then support rests.
    fn talking(&mut self, from: Day, until: Day) {
        let busy = until.min(from.plus(120));
        self.again(from, busy, (3, 9), |_| Fact::Talked);
        self.again(busy, until, (20, 60), |_| Fact::Talked);
        let pause = from.plus(40 + self.days(120));
        let ends = self.one_in(2).then(|| pause.plus(10 + in_days(&mut self.dice, 30)));
        self.within(pause, until, Fact::Paused { until: ends });
        if ends.is_none() {
            let on = pause.plus(5 + self.days(60));
            self.within(on, until, Fact::Resumed);
        }
    }

    fn tracks(&mut self, from: Day, until: Day, episode: u64) {
        let on = from.plus(self.days(20));
        if on >= until {
            return;
        }
        let (lab, voluntary) = (10 * episode + 1, 10 * episode + 2);
        let ends = on.plus(60 + self.days(120));
        if !self.one_in(3) {
            self.add(
                on,
                Fact::Granted { track: lab, lab: true, voluntary: false, until: Some(ends) },
            );
            self.lab(lab, on, ends, until);
        }
        if self.one_in(3) {
            let on = on.plus(self.days(60));
            let fact = Fact::Granted { track: voluntary, lab: false, voluntary: true, until: None };
            self.within(on, until, fact);
            let ended = on.plus(30 + self.days(200));
            if on < until && self.one_in(2) {
                self.within(ended, until, Fact::Ended { track: voluntary });
            }
        }
        if self.one_in(3) {
            let on = on.plus(self.days(90));
            let fact =
                Fact::Granted { track: voluntary + 1, lab: false, voluntary: false, until: None };
            self.within(on, until, fact);
        }
    }

    /// A LAB period that is extended, ended or forgotten, with a month of more support in it.
    fn lab(&mut self, track: u64, on: Day, ends: Day, until: Day) {
        if self.one_in(2) {
            let limited = on.plus(5 + self.days(20));
            let over = limited.plus(14 + self.days(14));
            self.within(limited, until, Fact::LimitedStarted { track, until: over });
            if limited < until && !self.one_in(3) {
                let on = over.plus(self.days(20) - 8);
                self.within(on, until, Fact::LimitedEnded { track });
            }
        }
        match self.dice.below(3) {
            0 => {
                let on = ends.plus(self.days(40) - 30);
                let longer = ends.plus(60 + self.days(100));
                self.within(on, until, Fact::Extended { track, until: longer });
            }
            1 => {
                let on = ends.plus(self.days(40) - 30);
                self.within(on, until, Fact::Ended { track });
            }
            _ => {}
        }
    }

    fn transition(&mut self, born: Day, start: Day, until: Day) {
        let due = born.plus_months(210);
        for counts in [false, true] {
            let on = due.plus(self.days(90) - 50);
            if on > start && !self.one_in(3) {
                self.within(on, until, Fact::Meeting { counts });
            }
        }
    }

    fn handing_over(&mut self, office: Office, start: Day, until: Day) {
        if !self.one_in(3) {
            return;
        }
        let to = match office {
            Office::Employment => Office::AdultDisability,
            _ => Office::Employment,
        };
        let on = start.plus(30 + self.days(300));
        let (caseworker, effective) = (self.dice.below(CASEWORKERS), on.plus(self.days(40)));
        if on >= until {
            return;
        }
        self.add(on, Fact::HandoverStarted { to, caseworker, effective });
        if !self.one_in(4) {
            let accepted = !self.one_in(4);
            let answered = on.plus(1 + self.days(35));
            self.within(answered, until, Fact::HandoverAnswered { accepted });
        }
    }

    fn parents(&mut self, from: Day, until: Day) {
        let agreed = from.plus(5 + self.days(40));
        let every = 7 + self.days(14);
        self.within(agreed, until, Fact::Agreed { every });
        let consented = agreed.plus(self.days(10));
        let ends = self.one_in(4).then(|| consented.plus(40 + in_days(&mut self.dice, 100)));
        self.within(consented, until, Fact::Consented { until: ends });
        let withdrawn = consented.plus(30 + self.days(200));
        let gone = if self.one_in(2) { withdrawn } else { until };
        self.again(consented, gone.min(until), (5, 25), |_| Fact::Updated);
        if gone < until {
            self.add(gone, Fact::Withdrawn);
        }
    }
}
