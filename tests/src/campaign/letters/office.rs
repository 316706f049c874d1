//! Who sends the letters, one process after the other over a relay of its own, and dies over it.

use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::Ordering;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::super::deaths::Death;
use super::super::dice::Dice;
use super::super::fate::{DETACHED, Fault, HANGS, traced};
use super::super::load::{PAUSE, error_code, lock};
use super::town::text_of;
use super::{Ending, Post};
use crate::severed::{Cut, End, Wire};
use crate::smtp::{Config, Encryption, Server};

const POLL: Duration = Duration::from_millis(1);
/// How long the relay thinks before each answer, so that there is something to die over.
const THINKS: Duration = Duration::from_millis(4);
/// One of so many processes is the service; the others are single rounds.
const SERVICE_ONE_IN: u64 = 4;
/// How long the service runs before it is asked to end.
const SERVICE: Duration = Duration::from_millis(1_500);
/// One of so many processes meets trouble at the relay.
const TROUBLE_ONE_IN: u64 = 4;
const TROUBLE: [&str; 8] = [
    "answer:swallow*1",
    "answer:swallow*1",
    "answer:451*1",
    "recipient:451*1",
    "data:451*1",
    "letter:hang-up*1",
    "answer:hang-up*1",
    "greeting:hang-up*1",
];
/// How long after the relay's word a process dies at most.
const AFTER_THE_WORD_MILLIS: u64 = 30;
/// Rounds of the others that one who is frozen sleeps through, unless nobody can get past it.
const SLEPT_ROUNDS: u64 = 3;
const LONGEST_SLEEP: Duration = Duration::from_secs(20);
/// What plans and writes letters stores with these words.
const WRITES: [&str; 2] = ["INSERT INTO reminders", "INSERT INTO letters"];
const SIGTERM: i32 = 15;

/// One seat.
pub(super) struct Office<'a> {
    post: &'a Post<'a>,
    name: &'static str,
    pub(super) relay: Server,
    ca_file: PathBuf,
}

/// One process, and how far it has come.
struct Run {
    ending: Ending,
    /// When its death becomes possible.
    moment: Duration,
    is_service: bool,
    wire: Option<Wire>,
    /// Where its death is looked for, once it is.
    is_aimed: bool,
    has_struck: bool,
    is_asked: bool,
}

impl<'a> Office<'a> {
    pub(super) fn open(post: &'a Post<'a>, name: &'static str, delay: Duration) -> Self {
        let config =
            Config { encryption: Encryption::Required, account: None, delay, ..Config::default() };
        let relay = post.runtime.block_on(Server::start(config)).expect("a relay");
        let ca_file = post.town.sandbox.write(&format!("{name}.pem"), relay.ca_pem());
        Self { post, name, relay, ca_file }
    }

    pub(super) fn of_trouble(post: &'a Post<'a>, name: &'static str) -> Self {
        Self::open(post, name, THINKS)
    }

    /// Sends letters until all have died who should.
    pub(super) fn work(&self, dice: &mut Dice) {
        while !self.post.is_over() {
            self.run(dice);
        }
    }

    /// One round in which nothing happens.
    pub(super) fn round(&self) {
        let at = text_of(self.post.now());
        let mut child = self.command(&["scheduler", "tick", "--at", &at], None).spawn();
        let child = child.as_mut().expect("the binary is here");
        let status = child.wait().expect("a child can be waited for");
        assert!(status.success(), "{}", self.told());
        self.post.desk.wind(child.id());
    }

    fn run(&self, dice: &mut Dice) {
        let day = self.post.day();
        let ending = self.post.next_ending(dice);
        let is_service = ending.may_be_service() && dice.below(SERVICE_ONE_IN) == 0;
        if self.post.lacks_a_swallowed_answer() {
            self.relay.script(TROUBLE[0]);
        } else if dice.below(TROUBLE_ONE_IN) == 0 {
            self.relay
                .script(TROUBLE[usize::try_from(dice.below(TROUBLE.len() as u64)).unwrap_or(0)]);
        }
        // What is looked for at the relay must come before the last letter does.
        let usual = self.post.usual() / if ending.is_at_relay() { 2 } else { 1 };
        let mut run = Run {
            moment: Duration::from_micros(dice.below(usual.as_micros() as u64 + 1)),
            is_service,
            wire: None,
            is_aimed: false,
            has_struck: false,
            is_asked: false,
            ending,
        };
        let begun = Instant::now();
        let child = self.start(&mut run, dice);
        let process = child.id();
        let status = self.wait(child, &mut run, begun, dice);
        self.relay.clear();
        self.relay.go_on();
        if self.relay.swallowed() > 0 {
            self.post.has_swallowed.store(true, Ordering::SeqCst);
        }
        // Whoever is dead for a moment counts as dead for longer than a lease.
        self.post.desk.wind(process);
        self.settle(&run, status, begun.elapsed(), day);
    }

    fn start(&self, run: &mut Run, dice: &mut Dice) -> Child {
        let at = text_of(self.post.now());
        let mut arguments = match run.is_service {
            true => vec!["run", "--clock", &at],
            false => vec!["scheduler", "tick", "--at", &at],
        };
        let is_before_commit = matches!(run.ending, Ending::Death(Death::BeforeCommit));
        let url = self.post.town.server.as_ref().filter(|_| is_before_commit).map(|server| {
            let _runs = self.post.runtime.enter();
            let words = WRITES[usize::from(dice.below(2) == 0)];
            let wire = Wire::lay_for(server.folder(), End::Silent, words);
            wire.cut_next(Cut::BeforeCommit);
            let name = self.post.town.url.rsplit('/').next().unwrap_or_default();
            let url = wire.url("spor_program", name);
            run.wire = Some(wire);
            url
        });
        arguments.extend(url.iter().flat_map(|url| ["--store", url]));
        let fault = (is_before_commit && url.is_none()).then(|| {
            let log = self.post.town.sandbox.folder().join("spor.db-wal");
            Fault::kill("pwrite64", Some(log), 1 + dice.below(self.post.writes()))
        });
        self.command(&arguments, fault.as_ref()).spawn().expect("run tests/run first")
    }

    fn command(&self, arguments: &[&str], fault: Option<&Fault>) -> Command {
        let folder = self.post.town.sandbox.folder();
        let plain = self.post.town.sandbox.command(arguments);
        let mut command = match fault {
            Some(fault) => {
                traced(plain, &folder.join(format!("trace-{}", self.name)), fault, DETACHED)
            }
            None => plain,
        };
        command.env("SPOR_MAIL_PORT", self.relay.port().to_string());
        command.env("SPOR_MAIL_CA_FILE", &self.ca_file);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(File::create(self.told_file()).expect("a file for the talk"));
        command
    }

    fn wait(&self, mut child: Child, run: &mut Run, begun: Instant, dice: &mut Dice) -> ExitStatus {
        loop {
            if let Some(status) = child.try_wait().expect("a child can be waited for") {
                return status;
            }
            let ran = begun.elapsed();
            assert!(ran < HANGS, "{} hangs: {}", self.name, self.told());
            if run.is_service && ran >= SERVICE && !run.is_asked {
                run.is_asked = true;
                signal("-TERM", &child);
            }
            if !run.has_struck && self.is_time(run, ran, dice) {
                run.has_struck = true;
                self.strike(&mut child, run, dice);
            }
            sleep(POLL);
        }
    }

    /// Whether the process has come to the point at which it shall end.
    fn is_time(&self, run: &mut Run, ran: Duration, dice: &mut Dice) -> bool {
        let rule = match run.ending {
            Ending::Live => return false,
            Ending::Death(Death::Moment) => return ran >= run.moment,
            Ending::Death(Death::BeforeCommit) => {
                return run.wire.as_ref().is_some_and(Wire::was_cut);
            }
            Ending::Death(Death::AfterMark) if dice.below(2) == 0 => "letter:wait*1",
            Ending::Death(Death::AfterMark) => "data:wait*1",
            Ending::Death(Death::AfterSettle) => "next:wait*1",
            Ending::Death(_) => "answer:wait*1",
            Ending::Freeze if dice.below(2) == 0 => "data:wait*1",
            Ending::Freeze => "answer:wait*1",
        };
        if !run.is_aimed && ran >= run.moment {
            run.is_aimed = true;
            self.relay.script(rule);
        }
        self.relay.waiting() > 0
    }

    fn strike(&self, child: &mut Child, run: &Run, dice: &mut Dice) {
        match run.ending {
            Ending::Freeze => self.freeze(child),
            Ending::Death(Death::AfterRelay) => {
                // While nobody can change a letter, what the relay has said is not noted.
                let _nothing_is_noted = self.post.desk.lock();
                self.relay.go_on();
                sleep(Duration::from_millis(dice.below(AFTER_THE_WORD_MILLIS)));
                kill(child);
            }
            _ => kill(child),
        }
    }

    /// Stops a process for longer than its lease, and lets it go on.
    fn freeze(&self, child: &Child) {
        let Ok(_alone) = self.post.frozen.try_lock() else {
            // One sleeper at a time, or nobody is left to go past.
            *lock(&self.post.freezes) += 1;
            self.relay.go_on();
            return;
        };
        signal("-STOP", child);
        while !self.post.desk.wind_frozen(child.id()) {
            // Nobody gets past a process that sleeps in the middle of a write.
            signal("-CONT", child);
            sleep(PAUSE);
            signal("-STOP", child);
        }
        let (before, begun) = (self.post.rounds(), Instant::now());
        while self.post.rounds() < before + SLEPT_ROUNDS
            && begun.elapsed() < LONGEST_SLEEP
            && !self.post.is_over()
        {
            sleep(PAUSE);
        }
        self.relay.go_on();
        signal("-CONT", child);
        let mut figures = lock(&self.post.figures);
        figures.frozen += 1;
        figures.overslept += u64::from(self.post.rounds() >= before + SLEPT_ROUNDS);
        if figures.overslept == 0 {
            *lock(&self.post.freezes) += 1;
        }
    }

    fn settle(&self, run: &Run, status: ExitStatus, ran: Duration, day: u64) {
        let is_killed = status.signal() == Some(9);
        self.post.count(&run.ending, is_killed, run.has_struck);
        if is_killed {
            let may_die = matches!(run.ending, Ending::Death(_));
            assert!(may_die, "{} was killed by somebody else", self.name);
            return;
        }
        match status.code() {
            Some(0) if !run.is_service => self.post.note_round(day, ran),
            Some(0) => {}
            Some(5 | 6) => {
                let code = error_code(&self.told());
                *lock(&self.post.figures).all.refused.entry(code).or_default() += 1;
                sleep(PAUSE);
            }
            // Asked before it listens, it ends at once.
            None if run.is_asked && status.signal() == Some(SIGTERM) => {}
            _ => panic!("{status:?}: {}", self.told()),
        }
    }

    fn told_file(&self) -> PathBuf {
        self.post.town.sandbox.folder().join(format!("told-{}", self.name))
    }

    fn told(&self) -> String {
        read(&self.told_file())
    }
}

impl Ending {
    fn is_at_relay(&self) -> bool {
        !matches!(self, Self::Live | Self::Death(Death::Moment | Death::BeforeCommit))
    }

    /// A single round of a day's beginning is what plans and writes letters.
    fn may_be_service(&self) -> bool {
        !matches!(self, Self::Death(Death::BeforeCommit))
    }
}

fn kill(child: &mut Child) {
    // It may have ended by itself a moment ago.
    let _ = child.kill();
    child.wait().expect("a child can be waited for");
}

fn signal(what: &str, child: &Child) {
    let sent = Command::new("kill").args([what, &child.id().to_string()]).status();
    sent.expect("kill is here");
}

fn read(path: &Path) -> String {
    fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}
