//! Who should get which letter on which day: day by day, case by case, without any shortcut that
//! the product takes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::calendar::{Day, Minute, local_day};
use super::duties::{self, Duty, LEVELS, Role};
use super::history::{History, Office};
use super::known::Known;
use super::telling;

/// One line of a letter: the case, the rule, the level, and the empty role if it is an alarm.
pub type Line = (usize, &'static str, &'static str, Option<&'static str>);

/// What each person gets on each day.
pub type Post = BTreeMap<(Day, String), BTreeSet<Line>>;

/// Which of a person's reminders rise together: case, rule, cycle, person, the empty role.
type Climb = (usize, &'static str, (usize, usize), String, Option<&'static str>);

/// The calculation as it goes along.
pub struct Expected<'a> {
    histories: &'a [History],
    /// How many entries of each are recorded.
    recorded: Vec<usize>,
    cases: Vec<Kept>,
    told: HashMap<Climb, usize>,
    served: BTreeSet<(Day, String)>,
    /// Letters that could not be handed in yet, by person, with the day they were written.
    waiting: BTreeMap<String, (Day, Vec<(Climb, usize)>)>,
    /// The post so far.
    pub post: Post,
}

/// What follows from the entries of a case; the same as long as these are.
#[derive(Default)]
struct Kept {
    entries: (usize, usize),
    known: Option<(Known, Vec<Duty>)>,
}

impl<'a> Expected<'a> {
    /// Nothing is recorded yet.
    pub fn new(histories: &'a [History]) -> Self {
        Self {
            histories,
            recorded: vec![0; histories.len()],
            cases: histories.iter().map(|_| Kept::default()).collect(),
            told: HashMap::new(),
            served: BTreeSet::new(),
            waiting: BTreeMap::new(),
            post: Post::new(),
        }
    }

    /// An entry was recorded.
    pub fn record(&mut self, history: usize) {
        self.recorded[history] += 1;
    }

    /// The clock shows this minute and the service does its round. From half past six of a working
    /// day on, each person gets one letter of that day. What could not be handed in on its own day
    /// goes out as soon as it can, unless a newer letter takes its place or something in it is
    /// settled.
    pub fn round(&mut self, now: Minute, has_relay: bool) {
        let day = local_day(now);
        (0..self.histories.len()).for_each(|history| self.refresh(history, day));
        if has_relay {
            self.take_back(day);
        }
        if day.is_working() && now >= day.slot() {
            self.waiting.retain(|_, (written, _)| *written == day);
            for (person, lines) in self.letters(day) {
                self.served.insert((day, person.clone()));
                self.waiting.insert(person, (day, lines));
            }
        }
        if !has_relay {
            return;
        }
        for (person, (_, lines)) in std::mem::take(&mut self.waiting) {
            if lines.iter().all(|(climb, _)| self.is_settled(climb, day)) {
                continue;
            }
            let post = self.post.entry((day, person)).or_default();
            for (climb, level) in lines {
                post.insert((climb.0, climb.1, LEVELS[level], climb.4));
                self.told.insert(climb, level);
            }
        }
    }

    /// A letter that is about to go out and of which something is settled by now is written anew: at
    /// once where letters are written, else on the next working day.
    fn take_back(&mut self, day: Day) {
        for (person, letter) in std::mem::take(&mut self.waiting) {
            let settled = letter.1.iter().filter(|(climb, _)| self.is_settled(climb, day)).count();
            if settled == 0 || settled == letter.1.len() {
                self.waiting.insert(person, letter);
            } else {
                self.served.remove(&(day, person));
            }
        }
    }

    /// What is news on a day, to everybody who has had no letter of that day.
    fn letters(&self, day: Day) -> BTreeMap<String, Vec<(Climb, usize)>> {
        let mut letters: BTreeMap<String, Vec<(Climb, usize)>> = BTreeMap::new();
        for (history, kept) in self.histories.iter().zip(&self.cases) {
            let Some((known, duties)) = &kept.known else { continue };
            for duty in duties {
                for (person, vacant, level) in due(known, duty, day) {
                    let climb = (history.number, duty.rule, duty.cycle, person.clone(), vacant);
                    let is_news = self.told.get(&climb).is_none_or(|told| *told < level);
                    if is_news && !self.served.contains(&(day, person.clone())) {
                        letters.entry(person).or_default().push((climb, level));
                    }
                }
            }
        }
        letters
    }

    fn is_settled(&self, climb: &Climb, day: Day) -> bool {
        let (number, rule, cycle, ..) = climb;
        let at = self.histories.binary_search_by_key(number, |history| history.number).ok();
        let known = at.and_then(|at| self.cases[at].known.as_ref());
        let duty = known.and_then(|(_, duties)| {
            duties.iter().find(|duty| duty.rule == *rule && duty.cycle == *cycle)
        });
        duty.is_none_or(|duty| duty.settled.is_some_and(|settled| settled <= day))
    }

    fn refresh(&mut self, history: usize, day: Day) {
        let (of, recorded) = (&self.histories[history], self.recorded[history]);
        let happened = of.entries[..recorded].iter().filter(|entry| entry.on <= day).count();
        let kept = &mut self.cases[history];
        if kept.entries != (recorded, happened) {
            let known = Known::of(of, recorded, day);
            kept.known = known.map(|known| {
                let duties = duties::of(&known);
                (known, duties)
            });
            kept.entries = (recorded, happened);
        }
    }
}

/// Who is to hear of a duty on a day, of which level; for an empty role whoever leads.
fn due(known: &Known, duty: &Duty, day: Day) -> Vec<(String, Option<&'static str>, usize)> {
    let has_come = |level: usize| duty.letters[level].is_some_and(|letter| letter <= day);
    let Some(level) = (0..4).rev().find(|level| has_come(*level)) else {
        return Vec::new();
    };
    // A letter that comes before the weekend speaks of the day after it.
    let spoken_of = duty.since[level].map_or(day, |since| since.max(day));
    if duty.settled.is_some_and(|settled| settled <= spoken_of) {
        return Vec::new();
    }
    let mut roles: Vec<Role> = duty
        .roles
        .iter()
        .filter(|(from, _)| has_come(*from) && duty.since[*from].is_some_and(|s| s <= spoken_of))
        .map(|(_, role)| *role)
        .collect();
    let is_in = |(from, last): &(Day, Option<Day>)| {
        *from <= spoken_of && last.is_none_or(|last| spoken_of <= last)
    };
    if duty.volunteer.iter().any(is_in) {
        roles.push(Role::Volunteer);
    }
    let mut told: Vec<(String, Option<&'static str>, usize)> = Vec::new();
    for role in roles {
        let line = match person(known, role, day) {
            Ok(person) => (person, None, level),
            Err(empty) => (lead(known, day), Some(empty), level),
        };
        if !told.contains(&line) {
            told.push(line);
        }
    }
    told
}

fn lead(known: &Known, day: Day) -> String {
    let office = Known::on_day(&known.offices, day).expect("somebody is responsible");
    telling::lead(office).to_owned()
}

/// Who has a role on a day, or its name when nobody has.
fn person(known: &Known, role: Role, day: Day) -> Result<String, &'static str> {
    match role {
        Role::Mentor => Known::on_day(&known.mentors, day).map(telling::mentor).ok_or("mentor"),
        Role::Caseworker => {
            Known::on_day(&known.caseworkers, day).map(telling::caseworker).ok_or("caseworker")
        }
        Role::Volunteer => Err("volunteer"),
        Role::Lead => Ok(lead(known, day)),
        Role::ReceivingCaseworker => {
            let newest = known.handovers.last();
            newest.map(|h| telling::caseworker(h.caseworker)).ok_or("receiving_caseworker")
        }
        Role::ReceivingLead => {
            let to = known.handovers.last().map_or(Office::AdultDisability, |newest| newest.to);
            Ok(telling::lead(to).to_owned())
        }
        Role::Management => Ok(telling::MANAGEMENT.to_owned()),
    }
}
