//! Who works on the store while processes die: writers, imports, rebuilds, the service.
//!
//! Whoever was not answered asks again with the same key until the answer comes.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use serde_json::json;

use super::deaths::{Death, Victim};
use super::load::{Load, PAUSE, lock, morning};
use super::server;
use super::stage;
use super::tally;

/// Lines of one import.
const CHUNK_LINES: u64 = 30;
/// The service runs after so many rounds of the scheduler, about.
const SERVICE_ONE_IN: u64 = 4;
/// The server dies so long after its last death at most.
const TROUBLE_MILLIS: u64 = 400;
const SIGTERM: i32 = 15;

impl Load<'_> {
    /// Records sessions, one process each.
    pub fn write(&self, name: &str) {
        let (mut dice, _alarm) = self.begin();
        let mut nth = 0;
        while !self.is_over() {
            let day = self.open_gate();
            nth += 1;
            let mark = tally::mark(name, nth);
            let (number, on) = (dice.roll(), stage::day(*day).to_string());
            let (case, mentor) = (stage::case(number), stage::mentor(number));
            let arguments = [
                &["session", &case, "30m", "--by", &mentor, "--activities", &mark][..],
                &["--date", &on, "--idempotency-key", &mark, "--as", name, "-o", "json"],
            ]
            .concat();
            let mut told = None;
            let answer =
                self.until_answered(Victim::Writer, name, &arguments, &mut dice, |ended| {
                    if !ended.answer.is_empty() {
                        let receipt = tally::receipt(&ended.answer).0;
                        assert_eq!(
                            told.get_or_insert(receipt.clone()),
                            &receipt,
                            "one answer a key"
                        );
                    }
                });
            let (receipt, is_replayed) = tally::receipt(&answer.text);
            assert!(answer.times > 1 || !is_replayed, "{mark}: nobody has asked this before");
            let is_right = match answer.died {
                Some(Death::BeforeAnswer | Death::Unheard) => is_replayed,
                // A file may hold what was not yet forced to disk: only a machine would lose it.
                Some(Death::BeforeCommit) if self.stage.server.is_some() => {
                    !is_replayed || answer.times > 2
                }
                _ => true,
            };
            assert!(is_right, "{mark}: died {:?}, replayed: {is_replayed}", answer.died);
            lock(&self.figures).stored_untold += u64::from(is_replayed);
            self.tally.note(mark, Some(receipt));
            drop(day);
            self.rest(Victim::Writer);
        }
    }

    /// Imports journals in chunks; a chunk is imported again until it is in.
    pub fn import(&self, name: &str) {
        let (mut dice, _alarm) = self.begin();
        let mut chunk = 0;
        while !self.is_over() {
            let day = self.open_gate();
            let marks = chunk * CHUNK_LINES..(chunk + 1) * CHUNK_LINES;
            chunk += 1;
            let marks: Vec<String> = marks.map(|nth| tally::mark(name, nth)).collect();
            let lines = marks.iter().map(|mark| {
                format!("{}\n", stage::session_line(dice.roll(), stage::day(*day), mark))
            });
            let file = format!("{name}.ndjson");
            self.stage.sandbox.write(&file, &lines.collect::<String>());
            self.until_answered(Victim::Import, name, &["import", &file], &mut dice, |_| {});
            marks.into_iter().for_each(|mark| self.tally.note(mark, None));
            drop(day);
            self.rest(Victim::Import);
        }
    }

    /// Rebuilds the tables, again and again.
    pub fn rebuild(&self, name: &str) {
        let (mut dice, _alarm) = self.begin();
        let arguments = ["store", "rebuild", "-o", "json"];
        while !self.is_over() {
            let day = self.open_gate();
            let answer = self.until_answered(Victim::Rebuild, name, &arguments, &mut dice, |_| {});
            assert!(!answer.text.contains("\"was_same\": false"), "{}", answer.text);
            drop(day);
            self.rest(Victim::Rebuild);
        }
    }

    /// Runs the service and rounds of the scheduler; letters go to the relay.
    pub fn serve(&self, name: &str) {
        let (mut dice, _alarm) = self.begin();
        while !self.is_over() {
            let day = self.open_gate();
            let morning = morning(*day);
            let run = ["run", "--clock", &morning];
            if dice.below(SERVICE_ONE_IN) == 0 {
                let death = self.next_death(Victim::Service, &mut dice);
                let ended = self.end(Victim::Service, name, &run, death, &mut dice);
                // Asked before it listens, it ends at once: it had not begun to work.
                let is_ended = ended.is_killed() || ended.status.signal() == Some(SIGTERM);
                // The service itself waits out a server that is away, and ends when that is long.
                assert!(
                    is_ended
                        || self.is_fine(Victim::Service, &ended)
                        || self.stage.server.is_some()
                );
            }
            let tick = ["scheduler", "tick", "--at", &morning];
            self.until_answered(Victim::Tick, name, &tick, &mut dice, |_| {});
        }
    }

    /// Kills the database server, whose store goes on where it was.
    pub fn trouble(&self) {
        let (mut dice, _alarm) = self.begin();
        let Some(server) = &self.stage.server else { return };
        while !self.is_over() {
            let day = self.open_gate();
            std::thread::sleep(Duration::from_millis(dice.below(TROUBLE_MILLIS)));
            let Some(death) = self.next_death(Victim::Database, &mut dice) else {
                drop(day);
                std::thread::sleep(PAUSE);
                continue;
            };
            let mut cluster = lock(server);
            let has_struck = match death {
                Death::Postmaster => {
                    server::kill_first(&mut cluster);
                    true
                }
                Death::Backend => server::kill_backend(&cluster, dice.roll()),
                _ => {
                    server::kill_all(&mut cluster);
                    true
                }
            };
            self.settle_death(Victim::Database, death, has_struck);
        }
    }

    /// Erases people, one after the other: nothing of them may be read afterwards.
    pub fn erase(&self, name: &str) {
        let (mut dice, _alarm) = self.begin();
        let mut nth = 0;
        while !self.is_over() {
            let day = self.open_gate();
            nth += 1;
            let (case, canary) = (format!("SPOR-2025-E{nth:05}"), tally::canary(nth));
            let opened = json!({
                "date": stage::day(*day).to_string(), "type": "CaseOpened", "case": case,
                "administration": "employment", "municipality": "A", "caseworker": "SB-01",
                "mentor": stage::mentor(nth), "birth_date": "2004-01-09", "name": canary,
            });
            let file = format!("{name}.ndjson");
            self.stage.sandbox.write(&file, &opened.to_string());
            self.until_answered(Victim::Import, name, &["import", &file], &mut dice, |_| {});
            let arguments = [
                &["erase", &case, "--legal-basis", "GDPR art. 17", "--decided-by", "DPO-01"][..],
                &["--approved-by", "L-01", "--yes", "-o", "json"],
            ]
            .concat();
            self.until_answered(Victim::Erasure, name, &arguments, &mut dice, |_| {});
            self.tally.note_erased(canary);
            drop(day);
            self.rest(Victim::Erasure);
        }
    }

    /// Copies the store elsewhere while others work on it; a copy that was cut short goes on.
    pub fn copy(&self, name: &str) {
        let (mut dice, _alarm) = self.begin();
        let mut nth = 0;
        while !self.is_over() {
            let day = self.open_gate();
            nth += 1;
            let folder = self.stage.sandbox.folder().join(format!("copy-{nth}"));
            let url = format!("sqlite:{}", folder.join("spor.db").display());
            let copy = ["store", "copy", "--to", &url, "-o", "json"];
            self.until_answered(Victim::Copy, name, &copy, &mut dice, |_| {});
            self.stage.sandbox.must(&["audit", "verify", "--store", &url]);
            fs::remove_dir_all(&folder).expect("a copy can be removed");
            drop(day);
            self.rest(Victim::Copy);
        }
    }
}
