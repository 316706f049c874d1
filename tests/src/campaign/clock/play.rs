//! The two years: day by day, slot by slot, with what goes wrong on the way.

use std::collections::{BTreeMap, BTreeSet};

use spor_mail::reading;
use spor_store::{LetterState, ReminderFilter};

use super::Found;
use super::calendar::{DAY, Day, Minute, last_sunday, local_day};
use super::duties::LEVELS;
use super::expected::{Expected, Line, Post};
use super::history::{History, MENTORS, Supervision, stage};
use super::house::{HOST, House};
use super::telling;
use crate::campaign::dice::Dice;

/// Days beyond the last entry, so that what it leaves is told too.
const AFTERWARDS: i32 = 30;
/// Days of these, at the end, in which every case is audited once.
const AUDITED: i32 = 7;
/// How far the clock jumps.
const JUMP: i32 = 400;
/// Lines of a letter.
const LINES: usize = 50;
/// Ledger rows read at the end.
const MAX_ROWS: usize = 5_000_000;

/// What goes wrong on a morning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// Nothing.
    None,
    /// Nothing can be handed in the whole day.
    Outage,
    /// The service does not run that day.
    Down,
    /// The relay does something by script.
    Relay(&'static str, &'static str),
    /// A worker took letters and was never heard of again, before or after its mark.
    WorkerLost { has_marked: bool },
}

const FAULTS: [Fault; 11] = [
    Fault::Outage,
    Fault::Down,
    Fault::Relay("refused for now", "recipient[@]:451*1"),
    Fault::Relay("refused for now twice", "answer[@]:452*2"),
    Fault::Relay("answer swallowed", "answer[@]:swallow*1"),
    Fault::Relay("hung up after the letter", "answer[@]:hang-up*1"),
    Fault::Relay("hung up at the greeting", "greeting:421*1"),
    Fault::Relay("breaker", "sender:550*1"),
    Fault::Relay("hung up in the letter", "letter[@]:hang-up*1"),
    Fault::WorkerLost { has_marked: false },
    Fault::WorkerLost { has_marked: true },
];

struct Stage<'a> {
    house: House,
    histories: &'a [History],
    supervision: &'a [Supervision],
    expected: Expected<'a>,
    dice: Dice,
    found: Found,
    /// By Message-ID the day of its first arrival and to whom, and the cases named in it.
    arrived: BTreeMap<String, (Day, String, BTreeSet<usize>)>,
    heard: usize,
    /// Whether the rounds audit.
    audits: bool,
}

/// Plays all histories at once in one store.
pub async fn play(histories: &[History], seed: u64, house_number: u64) -> Found {
    let (first, last) = stage();
    let house = House::new().await;
    house.record(&telling::staff(histories), first.plus(-30).at(12, 0)).await;
    let supervision = Supervision::invent(seed);
    let mut stage = Stage {
        house,
        histories,
        supervision: &supervision,
        expected: Expected::new(histories, &supervision),
        dice: Dice::new(seed, u64::MAX - house_number),
        found: Found { seed, histories: histories.len(), ..Found::default() },
        arrived: BTreeMap::new(),
        heard: 0,
        audits: false,
    };
    let mut entries: BTreeMap<Day, Vec<(usize, usize)>> = BTreeMap::new();
    for (at, history) in histories.iter().enumerate() {
        for (number, entry) in history.entries.iter().enumerate() {
            entries.entry(entry.recorded).or_default().push((at, number));
        }
    }
    let end = last.max(*entries.keys().next_back().unwrap_or(&last)).plus(AFTERWARDS);
    let downtime = first.plus(200)..first.plus(214);
    let jumps = [(first.plus(290), JUMP), (first.plus(410), -JUMP)];
    let mut day = first;
    while day <= end {
        let is_down = downtime.contains(&day);
        if !is_down {
            stage.morning(day).await;
        }
        let todays = entries.remove(&day).unwrap_or_default();
        stage.afternoon(day, &todays, is_down).await;
        stage.audits = day > end.plus(-AUDITED);
        if stage.audits {
            stage.round(day.at(21, 0), true).await;
        }
        if let Some((_, days)) = jumps.iter().find(|(on, _)| *on == day) {
            stage.jump(day, *days).await;
        }
        day = day.plus(1);
    }
    stage.end().await
}

impl Stage<'_> {
    async fn round(&mut self, now: Minute, has_relay: bool) {
        let audit_fault = self.house.round(now, has_relay, self.audits).await;
        let day = local_day(now);
        self.found.differences.extend(audit_fault.map(|why| format!("{day}: {why}")));
        self.expected.round(now, has_relay);
        self.found.rounds += 1;
        self.hear(now);
    }

    /// The rounds of a morning: at the slot, sometimes just before it, and again after a fault.
    async fn morning(&mut self, day: Day) {
        let slot = day.slot();
        if !day.is_working() {
            self.night(day).await;
            return;
        }
        if self.dice.below(6) == 0 {
            self.round(slot - 1, true).await;
        }
        match self.fault() {
            Fault::None => self.round(slot, true).await,
            Fault::Down => self.count("service down"),
            Fault::Outage => {
                self.count("outage");
                self.round(slot, false).await;
                self.round(slot + 90, false).await;
            }
            Fault::Relay(name, rule) => {
                self.count(name);
                let person = telling::mentor(self.dice.below(MENTORS));
                self.house.server.script(&rule.replace('@', &telling::address(&person)));
                self.round(slot, true).await;
                self.recover(slot).await;
            }
            Fault::WorkerLost { has_marked } => {
                self.count("worker lost");
                self.lose_worker(slot, has_marked).await;
                self.recover(slot).await;
            }
        }
    }

    fn fault(&mut self) -> Fault {
        match self.dice.below(5) {
            0 => FAULTS[usize::try_from(self.dice.below(FAULTS.len() as u64)).expect("a place")],
            _ => Fault::None,
        }
    }

    fn count(&mut self, fault: &'static str) {
        *self.found.faults.entry(fault).or_insert(0) += 1;
    }

    /// A worker takes some of what is written and is gone.
    async fn lose_worker(&mut self, now: Minute, has_marked: bool) {
        // The letters are written; to the calculation that is the round which will hand them in.
        self.house.round(now, false, false).await;
        self.expected.round(now, true);
        let at = super::house::instant(now);
        let leased = self.house.store.lease_letters("gone", 3, 60, at).await.expect("a lease");
        for letter in leased.iter().filter(|_| has_marked) {
            let marked = self.house.store.mark_handing_over(letter.letter.id, letter.fence).await;
            assert!(marked.expect("a mark"), "the lease is young");
        }
    }

    /// Later rounds, the same morning: every letter of the day goes out.
    async fn recover(&mut self, slot: Minute) {
        for minutes in [2, 13, 20, 32, 60, 120] {
            self.round(slot + minutes, true).await;
            if !self.waits().await {
                break;
            }
        }
        self.house.server.clear();
        if self.waits().await {
            let what = format!("{}: letters are still under way", local_day(slot));
            self.found.differences.push(what);
        }
    }

    async fn waits(&self) -> bool {
        !self.house.store.waiting_letters(1).await.expect("the outbox").is_empty()
    }

    /// How many letters have not come to an end.
    async fn under_way(&self) -> i64 {
        let measures = self.house.store.measures().await.expect("measures");
        let ended = |state| matches!(state, LetterState::Sent | LetterState::Cancelled);
        let under_way = measures.letters.iter().filter(|letters| !ended(letters.state));
        under_way.map(|letters| letters.count).sum()
    }

    /// Nothing goes out on a day off; the nights of the clock's change are looked at closely.
    async fn night(&mut self, day: Day) {
        let (year, _, _) = day.date();
        if [3, 10].iter().any(|month| last_sunday(year, *month) == day) {
            self.count("clock changed");
            for minute in [59, 60, 61, 90, 119, 120, 121] {
                self.round(i64::from(day.0) * DAY + minute, true).await;
            }
        } else if self.dice.below(3) == 0 {
            self.round(day.at(10, 0), true).await;
        }
    }

    /// What is recorded on a day, and sometimes a round after it.
    async fn afternoon(&mut self, day: Day, entries: &[(usize, usize)], is_down: bool) {
        let now = day.at(14, 0);
        let line = |(history, number): &(usize, usize)| {
            let history = &self.histories[*history];
            telling::line(history, *number, &history.entries[*number])
        };
        let mut lines: Vec<String> = entries.iter().map(line).collect();
        let is_new = |had: &&Supervision| had.recorded == day;
        lines.extend(self.supervision.iter().filter(is_new).map(telling::supervision));
        self.house.record(&lines, now).await;
        let recorded = self.supervision.partition_point(|had| had.recorded <= day);
        self.expected.record_supervision(recorded);
        for (history, _) in entries {
            self.expected.record(*history);
        }
        self.found.entries += lines.len();
        if !is_down && self.dice.below(4) == 0 {
            self.round(now + 1, true).await;
        }
    }

    /// Somebody sets the clock wrongly, and right again in the evening.
    async fn jump(&mut self, day: Day, days: i32) {
        self.count(if days > 0 { "clock 400 days ahead" } else { "clock 400 days behind" });
        let there = day.plus(days).working_after();
        self.round(there.slot() + 5, true).await;
        self.round(there.at(20, 0), true).await;
        self.round(day.at(20, 30), true).await;
    }

    /// Notes what has come in at the relay.
    fn hear(&mut self, now: Minute) {
        let letters = self.house.server.letters_after(self.heard);
        let day = local_day(now);
        self.heard += letters.len();
        for letter in letters {
            let person = letter.to.join(",").replace("@kommune.example", "").to_uppercase();
            let cases = named_in(&letter.bytes);
            let first = (day, person, cases);
            let known = self.arrived.get(&letter.message_id);
            if known.is_some_and(|known| known.1 != first.1 || known.2 != first.2) {
                self.found.differences.push(format!("{day}: two letters under one name"));
            }
            match known {
                Some(_) => self.found.copies += 1,
                None => _ = self.arrived.insert(letter.message_id.clone(), first),
            }
        }
    }

    /// Reads in the ledger what was in the letters that arrived, and compares.
    async fn end(mut self) -> Found {
        let left = self.under_way().await;
        if left > 0 {
            self.found.differences.push(format!("{left} letters are under way at the end"));
        }
        let filter = ReminderFilter::default();
        let rows = self.house.store.reminders(&filter, MAX_ROWS).await.expect("the ledger");
        let mut arrived = Post::new();
        let mut told: BTreeMap<&String, (BTreeSet<usize>, usize)> = BTreeMap::new();
        for row in rows {
            let Some(letter) = row.letter else { continue };
            let Some((name, (day, person, _))) =
                self.arrived.get_key_value(&format!("<{letter}@{HOST}>"))
            else {
                continue;
            };
            let line = line_of(&row);
            let (cases, lines) = told.entry(name).or_default();
            cases.insert(line.0);
            *lines += 1;
            *self.found.lines.entry(line.1).or_insert(0) += 1;
            arrived.entry((*day, person.clone())).or_default().insert(line);
        }
        for (name, (day, person, named)) in &self.arrived {
            let (told, lines) = told.remove(name).unwrap_or_default();
            // A long letter has the first fifty lines and says how many more there are.
            let is_whole = lines <= LINES;
            if !named.is_subset(&told) || is_whole && *named != told {
                let what = format!("{day}: the letter to {person} names other cases than it tells");
                self.found.differences.push(what);
            }
        }
        self.found.letters = self.arrived.len();
        self.found.compare(self.histories, &self.expected.post, &arrived);
        self.found
    }
}

/// The cases that a letter reminds of; what it takes out of calendars is no reminder.
fn named_in(bytes: &[u8]) -> BTreeSet<usize> {
    let text = reading::read(bytes).expect("a letter").text;
    let lines = text.split("\n\n").filter(|lines| !lines.starts_with("Holdt siden sidst"));
    let body: Vec<&str> = lines.collect();
    let body = body.join("\n\n");
    let places = body.match_indices("SPOR-2025-").map(|(at, name)| at + name.len());
    places.filter_map(|at| body.get(at..at + 4)?.parse().ok()).collect()
}

fn line_of(row: &spor_store::ReminderRow) -> Line {
    const RULES: [&str; 17] = [
        "R01", "R02", "R03", "R04", "R05", "R06", "R07", "R08", "R09", "R10", "R11", "R12", "R13",
        "R14", "R15", "R16", "R17",
    ];
    const ROLES: [&str; 4] = ["mentor", "caseworker", "volunteer", "receiving_caseworker"];
    let known = |words: &'static [&'static str], word: &str| {
        *words.iter().find(|known| **known == word).unwrap_or_else(|| panic!("{word} is new"))
    };
    let number = row.case_ref.trim_start_matches("SPOR-2025-").parse().expect("a number");
    let vacant = row.reason.as_deref().and_then(|why| why.strip_prefix("alarm:role_vacant:"));
    let vacant = vacant.map(|role| known(&ROLES, role));
    (number, known(&RULES, &row.rule), known(&LEVELS, &row.level), vacant)
}
