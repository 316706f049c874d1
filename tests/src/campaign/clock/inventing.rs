//! What happens in a case: a little of everything, in an order that makes sense.

use std::ops::Range;

use super::calendar::Day;
use super::history::{Basis, CASEWORKERS, Entry, Fact, MENTORS, Office, Present, Step, stage};
use crate::campaign::dice::Dice;

/// One case in so many has a volunteer.
const HELPED: u64 = 8;
/// Hours a week where nobody counts them.
const HOURS: i32 = 3;

/// Some days, fewer than `end`.
pub fn in_days(dice: &mut Dice, end: u64) -> i32 {
    i32::try_from(dice.below(end)).expect("a few days")
}

/// Whoever makes up a case.
pub struct Inventor {
    /// What falls as it falls.
    pub dice: Dice,
    /// What has been made up, each life in its order.
    pub entries: Vec<Entry>,
    volunteers: Range<u64>,
}

impl Inventor {
    /// With nothing made up yet.
    pub fn new(dice: Dice, volunteers: Range<u64>) -> Self {
        Self { dice, entries: Vec::new(), volunteers }
    }

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

    /// A case from its referral to its end, or to the end of the two years.
    pub fn life(&mut self) {
        let (first, last) = stage();
        let start = first.plus(self.days(540));
        let born = start.plus(-(15 * 365 + self.days(7 * 365)));
        let is_young = start < born.birthday(18);
        let office =
            if is_young && !self.one_in(3) { Office::ChildrenFamily } else { Office::Employment };
        let (mentor, caseworker) = (self.dice.below(MENTORS), self.dice.below(CASEWORKERS));
        if start > first.plus(100) && self.one_in(5) {
            let referred = start.plus(-60 - self.days(40));
            self.add(referred, Fact::Referred { office });
            let waits = referred.plus(self.days(60));
            self.add(waits, Fact::Waits);
        }
        self.add(start, Fact::Opened { office, mentor, caseworker, born });
        // Some cases are brought in long after they began.
        if self.one_in(8) {
            let opened = self.entries.len() - 1;
            self.entries[opened].recorded = start.plus(self.days(70));
        }
        let mut from = start;
        for episode in 0..2 {
            // Most end within the year; some last until the end.
            let closes = from.plus(95 + self.days(250));
            let until = if self.one_in(6) { last } else { closes.min(last) };
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
        match self.dice.below(10) {
            0..3 => self.talking(from, until),
            3..5 => self.working(from, until, 10 * episode + 4),
            _ => {
                // Support rests as a whole: no weekly dialogue is asked for, and no hours.
                self.within(from, until, Fact::Paused { until: None });
                self.tracks(from, until, episode);
            }
        }
        if self.one_in(3) {
            self.parents(from, until);
        }
        if self.one_in(HELPED) {
            self.helping(from, until);
        }
    }

    /// A volunteer comes, for a while; then perhaps another one, or the same once more.
    fn helping(&mut self, from: Day, until: Day) {
        let mut comes = from.plus(self.days(60));
        while comes < until {
            let volunteer = self.volunteers.start + self.dice.below(2);
            self.add(comes, Fact::VolunteerCame { volunteer });
            let leaves = comes.plus(60 + self.days(250));
            self.again(comes, leaves.min(until), (4, 12), |dice| {
                let minutes = 30 * (2 + in_days(dice, 6));
                Fact::Helped { volunteer, minutes }
            });
            if self.one_in(2) {
                self.within(leaves, until, Fact::VolunteerLeft { volunteer });
            }
            comes = leaves.plus(self.days(60));
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

    /// Weekly sessions on one track: as granted, then more or less for a while, then none.
    fn working(&mut self, from: Day, until: Day, track: u64) {
        let (on, hours) = (from.plus(self.days(20)), 1 + self.days(4));
        let basis = if self.one_in(3) { Basis::Child } else { Basis::Social };
        if on >= until {
            return;
        }
        self.add(on, Fact::Granted { track, basis, hours, until: None, person: None });
        self.steps(basis, on, until);
        let over = until.min(on.plus(100 + self.days(150)));
        let mut session = on.plus(self.days(7));
        let (mut percent, mut phase) = (100, on.plus(30 + self.days(40)));
        while session < over {
            if session >= phase {
                percent = self.percent();
                phase = session.plus(20 + self.days(50));
            }
            let minutes = hours * 60 * percent / 100;
            self.add(session, Fact::Session { track, minutes });
            session = session.plus(7);
        }
        match self.dice.below(3) {
            0 => self.within(over, until, Fact::Ended { track }),
            1 => self.within(over, until, Fact::Paused { until: None }),
            _ => {
                let back = over.plus(20 + self.days(60));
                self.within(over, until, Fact::Paused { until: Some(back) });
                self.within(back.plus(30), until, Fact::Ended { track });
            }
        }
    }

    /// How much of the hours are given, both edges of what is tolerated among them.
    fn percent(&mut self) -> i32 {
        match self.dice.below(7) {
            0 => 60,
            1 => 84,
            2 => 85,
            3 => 116,
            4 => 140,
            _ => 100,
        }
    }

    /// What the law asks for beside a measure for children.
    fn steps(&mut self, basis: Basis, on: Day, until: Day) {
        if basis != Basis::Child {
            return;
        }
        for step in [Step::FirstFollowUp, Step::Preparation, Step::YouthPlan] {
            if !self.one_in(3) {
                let on = on.plus(10 + self.days(120));
                self.within(on, until, Fact::Stepped { step });
            }
        }
    }

    fn tracks(&mut self, from: Day, until: Day, episode: u64) {
        let on = from.plus(self.days(20));
        if on >= until {
            return;
        }
        let (lab, voluntary) = (10 * episode + 1, 10 * episode + 2);
        let ends = on.plus(60 + self.days(120));
        // Two tracks of one person: two roles.
        let (hours, person) = (HOURS, (!self.one_in(3)).then(|| self.dice.below(MENTORS)));
        if !self.one_in(3) {
            let (track, basis) = (lab, Basis::Lab);
            self.add(on, Fact::Granted { track, basis, hours, until: Some(ends), person });
            self.lab(lab, on, ends, until);
        }
        if self.one_in(3) {
            let on = on.plus(self.days(60));
            let (track, basis) = (voluntary, Basis::Voluntary);
            let granted = Fact::Granted { track, basis, hours, until: None, person: None };
            self.within(on, until, granted);
            let ended = on.plus(30 + self.days(200));
            if on < until && self.one_in(2) {
                self.within(ended, until, Fact::Ended { track: voluntary });
            }
        }
        if self.one_in(3) {
            let on = on.plus(self.days(90));
            let basis = if self.one_in(2) { Basis::Child } else { Basis::Social };
            let track = voluntary + 1;
            self.within(on, until, Fact::Granted { track, basis, hours, until: None, person });
            self.steps(basis, on, until);
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
