//! Who should get which letter on which day: day by day, case by case, without any shortcut that
//! the product takes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::calendar::{Day, Minute, local_day};
use super::duties::{self, Duty, LEVELS, Role};
use super::elsewhere::{self, Elsewhere};
use super::history::{History, Office, Supervision};
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
    supervision: &'a [Supervision],
    /// How many entries of each are recorded.
    recorded: Vec<usize>,
    supervised: usize,
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
    /// What follows today from what stands elsewhere, too.
    beyond: Vec<Duty>,
    /// The day of that, and how much was recorded anywhere.
    beyond_of: Option<(Day, usize)>,
    /// The same as it was when it was looked for last, and on which working morning that was.
    seen: Vec<Duty>,
    looked_on: Option<Day>,
}

impl<'a> Expected<'a> {
    /// Nothing is recorded yet.
    pub fn new(histories: &'a [History], supervision: &'a [Supervision]) -> Self {
        Self {
            histories,
            supervision,
            recorded: vec![0; histories.len()],
            supervised: 0,
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

    /// So much of the supervision is recorded.
    pub fn record_supervision(&mut self, recorded: usize) {
        self.supervised = recorded;
    }

    /// The clock shows this minute and the service does its round. From half past six of a working
    /// day on, each person gets one letter of that day. What could not be handed in on its own day
    /// goes out as soon as it can, unless a newer letter takes its place or something in it is
    /// settled.
    pub fn round(&mut self, now: Minute, has_relay: bool) {
        let day = local_day(now);
        let writes = day.is_working() && now >= day.slot();
        let all = self.supervised + self.recorded.iter().sum::<usize>();
        (0..self.histories.len()).for_each(|history| self.refresh(history, (day, all), writes));
        if has_relay {
            self.take_back(day);
        }
        if writes {
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
            let of_case = duties
                .iter()
                .flat_map(|duty| due(known, duty, day).into_iter().map(move |told| (duty, told)));
            for (duty, (person, vacant, level)) in of_case.chain(kept.due_beyond(known, day)) {
                let climb = (history.number, duty.rule, duty.cycle, person.clone(), vacant);
                let is_news = self.told.get(&climb).is_none_or(|told| *told < level);
                if is_news && !self.served.contains(&(day, person.clone())) {
                    letters.entry(person).or_default().push((climb, level));
                }
            }
        }
        letters
    }

    fn is_settled(&self, climb: &Climb, day: Day) -> bool {
        let (number, rule, cycle, ..) = climb;
        let at = self.histories.binary_search_by_key(number, |history| history.number).ok();
        let kept = at.map(|at| &self.cases[at]);
        let duties = kept.into_iter().flat_map(Kept::duties);
        let duty = duties.into_iter().find(|duty| duty.rule == *rule && duty.cycle == *cycle);
        duty.is_none_or(|duty| duty.settled.is_some_and(|settled| settled <= day))
    }

    /// What other cases and the mentors' own entries say is looked up on each working morning, and
    /// whenever something was entered in the case.
    fn refresh(&mut self, history: usize, (day, all_recorded): (Day, usize), is_morning: bool) {
        let (of, recorded) = (&self.histories[history], self.recorded[history]);
        let happened = of.entries[..recorded].iter().filter(|entry| entry.on <= day).count();
        let kept = &mut self.cases[history];
        let is_changed = kept.entries != (recorded, happened);
        if is_changed {
            let known = Known::of(of, recorded, day);
            kept.known = known.map(|known| {
                let duties = duties::of(&known);
                (known, duties)
            });
            kept.entries = (recorded, happened);
        }
        let Some((known, _)) = &kept.known else {
            kept.beyond.clear();
            kept.beyond_of = None;
            return;
        };
        let elsewhere = Elsewhere {
            histories: self.histories,
            recorded: &self.recorded,
            supervision: &self.supervision[..self.supervised],
            number: of.number,
            day,
        };
        if is_changed || kept.beyond_of != Some((day, all_recorded)) {
            kept.beyond = elsewhere::of(known, &elsewhere);
            kept.beyond_of = Some((day, all_recorded));
        }
        if is_changed || is_morning && kept.looked_on != Some(day) {
            kept.seen.clone_from(&kept.beyond);
            kept.looked_on = is_morning.then_some(day);
        }
    }
}

impl Kept {
    fn duties(&self) -> impl Iterator<Item = &Duty> {
        let of_case = self.known.iter().flat_map(|(_, duties)| duties);
        of_case.chain(&self.beyond)
    }

    /// What was due when it was looked for and is so still.
    fn due_beyond(&self, known: &Known, day: Day) -> Vec<(&Duty, Told)> {
        let mut found = Vec::new();
        for duty in &self.beyond {
            let is_it = |seen: &&Duty| seen.rule == duty.rule && seen.cycle == duty.cycle;
            let Some(seen) = self.seen.iter().find(is_it) else { continue };
            let seen = due(known, seen, day);
            let both = due(known, duty, day).into_iter().filter(|told| seen.contains(told));
            found.extend(both.map(|told| (duty, told)));
        }
        found
    }
}

/// Who is told, of which empty role if it is one, and of which level.
type Told = (String, Option<&'static str>, usize);

/// Who is to hear of a duty on a day, of which level; for an empty role whoever leads.
fn due(known: &Known, duty: &Duty, day: Day) -> Vec<Told> {
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
    let mut told: Vec<Told> = Vec::new();
    for role in roles {
        let lines = match people(known, role, day) {
            Ok(people) => people.into_iter().map(|person| (person, None, level)).collect(),
            Err(empty) => vec![(lead(known, day), Some(empty), level)],
        };
        for line in lines {
            if !told.contains(&line) {
                told.push(line);
            }
        }
    }
    told
}

fn lead(known: &Known, day: Day) -> String {
    let office = Known::on_day(&known.offices, day).expect("somebody is responsible");
    telling::lead(office).to_owned()
}

/// Who has a role on a day, or its name when nobody has.
fn people(known: &Known, role: Role, day: Day) -> Result<Vec<String>, &'static str> {
    let only = |person: String| Ok(vec![person]);
    match role {
        Role::Mentor => Known::on_day(&known.mentors, day)
            .map(|mentor| vec![telling::mentor(mentor)])
            .ok_or("mentor"),
        Role::Caseworker => Known::on_day(&known.caseworkers, day)
            .map(|caseworker| vec![telling::caseworker(caseworker)])
            .ok_or("caseworker"),
        Role::Volunteer if known.volunteers.is_empty() => Err("volunteer"),
        Role::Volunteer => {
            Ok(known.volunteers.iter().map(|(_, person)| telling::volunteer(*person)).collect())
        }
        Role::Lead => only(lead(known, day)),
        Role::ReceivingCaseworker => {
            let newest = known.handovers.last();
            newest.map(|h| vec![telling::caseworker(h.caseworker)]).ok_or("receiving_caseworker")
        }
        Role::ReceivingLead => {
            let to = known.handovers.last().map_or(Office::AdultDisability, |newest| newest.to);
            only(telling::lead(to).to_owned())
        }
        Role::Management => only(telling::MANAGEMENT.to_owned()),
        Role::Coordinator => only(telling::COORDINATOR.to_owned()),
    }
}
