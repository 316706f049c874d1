//! The count: who was told of what, how often, and why not, against the log, the relay and a
//! municipality that had the same cases and no trouble.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use serde_json::Value;
use spor_store::{KeyFiles, Location, Open, Opened, Position, Store};

use super::super::stage::On;
use super::desk::Desk;
use super::office::Office;
use super::town::{Town, morning, text_of};
use super::{Options, Post};
use crate::smtp::Letter;

/// Copies of one letter that the relay may have without a person.
const MOST_COPIES: usize = 3;
/// Events read at a time.
const STEP: usize = 1_000;
const LEVELS: [&str; 4] = ["notice", "overdue", "escalated", "critical"];

/// What the count has shown.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    /// Reminders of the ledger.
    pub reminders: u64,
    /// Those of them that are in a letter that the relay has taken.
    pub told: u64,
    /// Those that reached nobody, by their reason.
    pub untold: BTreeMap<String, u64>,
    /// Letters that were written.
    pub letters: u64,
    /// Those of them that wait for a person after three doubts, and those that were given up.
    pub halted: (u64, u64),
    /// Copies that the relay has beyond the first.
    pub second_copies: u64,
    /// The most copies of one letter.
    pub most_copies: usize,
    /// Answers that the relay kept for itself.
    pub swallowed: u64,
    /// Events of the log.
    pub events: u64,
    /// Reminders that the municipality without trouble told.
    pub told_without_trouble: u64,
}

/// A row of the ledger, with the letter that carries it.
struct Reminder {
    rule: String,
    case: String,
    cycle: String,
    level: String,
    recipient: String,
    due: String,
    state: String,
    reason: Option<String>,
    /// State, Message-ID and address of its letter.
    letter: Option<(String, String, String)>,
}

/// What names a reminder in both municipalities.
type Named = (String, String, String, String, String);

impl Reminder {
    fn is_told(&self) -> bool {
        let is_sent = self.letter.as_ref().is_some_and(|(state, ..)| state == "sent");
        self.state == "composed" && is_sent
    }

    fn is_alarm(&self) -> bool {
        self.reason.as_deref().is_some_and(|reason| reason.starts_with("alarm:"))
    }

    fn named(&self) -> Named {
        let Self { case, rule, due, level, recipient, .. } = self;
        (case.clone(), rule.clone(), due.clone(), level.clone(), recipient.clone())
    }

    /// Why nobody was told; nothing when there is no reason.
    fn why_untold(&self) -> Option<String> {
        let halted = self.letter.as_ref().map(|(state, ..)| state.as_str());
        match (self.state.as_str(), halted) {
            ("composed", Some(state @ ("held" | "dead"))) => Some(format!("letter {state}")),
            ("composed" | "planned", _) => None,
            _ => self.reason.clone(),
        }
    }
}

/// Planned reminders that no letter carries yet.
pub(super) fn planned(desk: &Desk) -> usize {
    desk.rows("SELECT rule FROM reminders WHERE state = 'planned'".to_owned()).len()
}

/// Counts everything.
pub(super) fn judge(town: &Town, post: &Post<'_>, taken: Vec<Letter>, days: u64) -> Verdict {
    let mut verdict = Verdict::default();
    let ledger = ledger(&post.desk);
    for reminder in &ledger {
        verdict.reminders += 1;
        if reminder.is_told() {
            verdict.told += 1;
        } else {
            let why = reminder.why_untold();
            let why = why.unwrap_or_else(|| panic!("nobody knows why: {:?}", reminder.named()));
            *verdict.untold.entry(why).or_default() += 1;
        }
    }
    copies(&post.desk, &taken, &mut verdict);
    relay_has_what_was_sent(&ledger, &taken);
    let found = "SELECT stream, error FROM projection_failures".to_owned();
    assert_eq!(post.desk.rows(found), Vec::<Vec<_>>::new(), "nothing is found amiss on the way");
    verdict.events = post.runtime.block_on(recorded_once(town, &ledger));
    let at = text_of(post.now());
    let verified = town.sandbox.json(&["audit", "verify"]);
    assert_eq!(verified["entries"].as_u64(), Some(verdict.events), "{verified}");
    let audit = ["reminders", "silence-audit", "--unexplained", "--clock", &at];
    let silent = town.sandbox.json(&audit);
    assert_eq!(silent.as_array().map(Vec::len), Some(0), "{silent}");
    let rebuilt = town.sandbox.json(&["store", "rebuild"]);
    let is_same = |table: &Value| table["was_same"] == true;
    assert!(rebuilt.as_array().is_some_and(|tables| tables.iter().all(is_same)), "{rebuilt}");
    let calm = without_trouble(post, days);
    verdict.told_without_trouble = calm.iter().filter(|reminder| reminder.is_told()).count() as u64;
    same_as(&ledger, &calm);
    verdict
}

/// Never a fourth copy, and all copies of a letter are one letter to one person.
fn copies(desk: &Desk, taken: &[Letter], verdict: &mut Verdict) {
    let mut copies: BTreeMap<&str, Vec<&Letter>> = BTreeMap::new();
    for letter in taken {
        copies.entry(&letter.message_id).or_default().push(letter);
    }
    for (id, copies) in &copies {
        let first = copies[0];
        for copy in copies {
            assert!(copy.bytes == first.bytes && copy.to == first.to, "{id} is one letter");
        }
        assert!(copies.len() <= MOST_COPIES, "{id} came {} times", copies.len());
        verdict.most_copies = verdict.most_copies.max(copies.len());
    }
    let states = desk.rows("SELECT message_id, state FROM letters".to_owned());
    verdict.letters = states.len() as u64;
    for row in states {
        let (id, state) = (bare(row[0].as_deref()), row[1].as_deref().unwrap_or_default());
        let has_copies = copies.keys().any(|known| bare(Some(known)) == id);
        verdict.halted.0 += u64::from(state == "held");
        verdict.halted.1 += u64::from(state == "dead");
        let is_right = match state {
            "sent" => has_copies,
            "held" | "dead" => true,
            "cancelled" => !has_copies,
            _ => false,
        };
        assert!(is_right, "{id} is {state}; the relay has it: {has_copies}");
    }
    verdict.second_copies = (taken.len() - copies.len()) as u64;
    let swallowed = taken.iter().filter(|letter| letter.answered.is_none());
    verdict.swallowed = swallowed.count() as u64;
}

/// Who counts as told has the letter.
fn relay_has_what_was_sent(ledger: &[Reminder], taken: &[Letter]) {
    let taken: BTreeSet<(String, String)> =
        taken.iter().map(|letter| (bare(Some(&letter.message_id)), letter.to.concat())).collect();
    for reminder in ledger.iter().filter(|reminder| reminder.is_told()) {
        let (_, id, address) = reminder.letter.as_ref().expect("who is told has a letter");
        let has_it = taken.contains(&(bare(Some(id)), address.clone()));
        assert!(has_it, "{address} counts as told of {:?}", reminder.named());
    }
}

/// Each reminder that was told is in the log once as sent; counts the events of the log.
async fn recorded_once(town: &Town, ledger: &[Reminder]) -> u64 {
    let mut told: BTreeMap<[String; 5], i64> = BTreeMap::new();
    for reminder in ledger.iter().filter(|reminder| reminder.is_told()) {
        let Reminder { case, rule, cycle, level, recipient, .. } = reminder;
        let key = [case, rule, cycle, level, recipient].map(Clone::clone);
        *told.entry(key).or_default() += 1;
    }
    let location = Location::parse(&town.url).expect("a URL");
    let keys = KeyFiles::beside(&Location::Sqlite(town.sandbox.folder().join("spor.db")));
    let store = Store::open(&location, &keys, Open::ReadOnly).await.expect("the store opens");
    let (mut last, mut count) = (Position::ZERO, 0);
    loop {
        let events = store.read_after(last, STEP).await.expect("the log has no gap");
        let Some(end) = events.last() else { break };
        last = end.position;
        count += events.len() as u64;
        let parts = store.open_parts(&events).await.expect("sealed parts open");
        for (event, parts) in events.iter().zip(parts) {
            if event.event_type != "ReminderSent" {
                continue;
            }
            let clear: Value = serde_json::from_str(&event.body).expect("JSON");
            let sealed = parts.into_iter().find_map(|(_, opened)| match opened {
                Opened::Text(text) => serde_json::from_str::<Value>(&text).ok(),
                _ => None,
            });
            let sealed = sealed.expect("a reminder says which rule");
            let word = |of: &Value, name: &str| of[name].as_str().unwrap_or_default().to_owned();
            let key = [
                event.stream.reference().to_owned(),
                word(&sealed, "rule"),
                word(&sealed, "cycle").replace('-', ""),
                word(&sealed, "level"),
                word(&clear, "recipient"),
            ];
            let left = told.get_mut(&key);
            let left = left.unwrap_or_else(|| panic!("{key:?} is recorded and was not told"));
            *left -= 1;
        }
    }
    let wrong = told.into_iter().find(|(_, left)| *left != 0);
    assert_eq!(wrong, None, "each reminder is recorded as sent once");
    store.close().await.expect("the store closes");
    count
}

/// The ledger of a municipality with the same cases, in which nobody dies.
fn without_trouble(post: &Post<'_>, days: u64) -> Vec<Reminder> {
    let town = Town::new(On::Sqlite);
    let options = Options { on: On::Sqlite, kills: 0, seed: 0 };
    let calm = Post::new(&town, post.runtime, &options);
    let office = Office::open(&calm, "calm", Duration::ZERO);
    for nth in 0..days {
        town.take_in(nth);
        *super::lock(&calm.clock) = morning(nth);
        office.round();
    }
    ledger(&calm.desk)
}

/// Whoever would have been told without trouble was told, or of a higher level, or waits for a
/// person; and nobody else was told but of letters that died.
fn same_as(ledger: &[Reminder], calm: &[Reminder]) {
    let mut here: BTreeMap<Named, Vec<&Reminder>> = BTreeMap::new();
    for reminder in ledger.iter().filter(|reminder| !reminder.is_alarm()) {
        here.entry(reminder.named()).or_default().push(reminder);
    }
    for reminder in calm {
        let named = reminder.named();
        let twin = here.get_mut(&named).and_then(Vec::pop);
        let twin = twin.unwrap_or_else(|| panic!("{named:?} is in no ledger: it was lost"));
        if !reminder.is_told() || twin.is_told() {
            continue;
        }
        let place = |level: &str| LEVELS.iter().position(|known| *known == level);
        let is_outranked = twin.state == "overtaken"
            && ledger.iter().any(|other| {
                (&other.case, &other.rule, &other.cycle, &other.recipient)
                    == (&twin.case, &twin.rule, &twin.cycle, &twin.recipient)
                    && place(&other.level) > place(&twin.level)
                    && (other.is_told() || other.why_untold().is_some())
            });
        let halted = twin.letter.as_ref().is_some_and(|(state, ..)| state != "sent");
        assert!(is_outranked || halted, "{named:?}: {} {:?}", twin.state, twin.reason);
    }
    let more = here.into_iter().find(|(_, left)| !left.is_empty());
    assert!(more.is_none(), "{:?} was planned for no reason", more.map(|(named, _)| named));
}

fn ledger(desk: &Desk) -> Vec<Reminder> {
    let cycle = desk.id("cycle");
    let rows = desk.rows(format!(
        "SELECT rule, case_ref, {cycle}, level, reminders.recipient, due, reminders.state, reason, \
             letters.state, message_id, address \
         FROM reminders LEFT JOIN letters ON letters.letter_id = reminders.letter_id"
    ));
    let reminder = |row: Vec<Option<String>>| {
        let mut cells = row.into_iter();
        let mut text = || cells.next().flatten().unwrap_or_default();
        let (rule, case, cycle, level) = (text(), text(), text(), text());
        let (recipient, due, state) = (text(), text(), text());
        let reason = Some(text()).filter(|reason| !reason.is_empty());
        let letter = (text(), text(), text());
        let letter = Some(letter).filter(|(state, ..)| !state.is_empty());
        Reminder { rule, case, cycle, level, recipient, due, state, reason, letter }
    };
    rows.into_iter().map(reminder).collect()
}

fn bare(message_id: Option<&str>) -> String {
    message_id.unwrap_or_default().trim_matches(['<', '>']).to_owned()
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { reminders, told, untold, letters, .. } = self;
        let calm = self.told_without_trouble;
        writeln!(f, "{reminders} reminders, 0 lost: {told} told ({calm} without trouble)")?;
        for (why, count) in untold {
            writeln!(f, "  {count} not told: {why}")?;
        }
        let (second, most, swallowed) = (self.second_copies, self.most_copies, self.swallowed);
        let (held, dead) = self.halted;
        writeln!(f, "{letters} letters: {held} wait for a person, {dead} given up")?;
        writeln!(f, "{second} second copies, at most {most} of one letter")?;
        writeln!(f, "{swallowed} answers swallowed by the relay")?;
        writeln!(f, "{} events, each told reminder recorded once; root verifies", self.events)
    }
}
