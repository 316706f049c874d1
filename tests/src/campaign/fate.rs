//! How a process ends: by itself, or killed at a moment or before a chosen system call.

use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::binary::Sandbox;
use crate::severed::Wire;

/// The calls by which a process changes a file or speaks to a database.
pub const CHANGING: &str = "pwrite64,fsync,fdatasync,ftruncate,unlink,sendto";
/// A process that runs so long will never end.
pub const HANGS: Duration = Duration::from_secs(600);
const SIGKILL: i32 = 9;
const POLL: Duration = Duration::from_millis(1);

/// How a process shall end.
#[derive(Debug)]
pub enum Fate {
    /// By itself.
    Live,
    /// Killed when it has run so long.
    After(Duration),
    /// Killed together with everybody else.
    WithEverybody(Duration),
    /// Asked to end when it has run so long.
    Asked(Duration),
    /// Something happens at its nth call.
    Fault(Fault),
    /// Killed when its wire to the database was cut.
    Cut(Wire),
}

/// What `strace` does to a process.
#[derive(Debug, Clone)]
pub struct Fault {
    /// Which calls, separated by commas.
    pub calls: String,
    /// Only calls on this file.
    pub file: Option<PathBuf>,
    /// The nth such call of a thread; `3+` is the third and all after it.
    pub when: String,
    /// `signal=KILL` or `error=EIO`.
    pub what: String,
}

impl Fault {
    /// Death before the nth call of this kind is carried out.
    pub fn kill(calls: &str, file: Option<PathBuf>, nth: u64) -> Self {
        let what = "signal=KILL".to_owned();
        Self { calls: calls.to_owned(), file, when: nth.to_string(), what }
    }
}

/// What became of a process.
#[derive(Debug)]
pub struct Ended {
    /// Its exit.
    pub status: ExitStatus,
    /// What it said on stdout.
    pub answer: String,
    /// What it said on stderr.
    pub told: String,
    /// How long it ran.
    pub ran: Duration,
}

impl Ended {
    /// Whether it was killed.
    pub fn is_killed(&self) -> bool {
        self.status.signal() == Some(SIGKILL)
    }

    /// Its exit code, when it ended by itself.
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }
}

/// The end of everybody at once: who runs meanwhile looks whether it has come.
#[derive(Debug, Default)]
pub struct Doom {
    times: AtomicU64,
}

/// One seat on which processes run, one after the other; their answers lie in files of its name.
#[derive(Clone, Copy)]
pub struct Seat<'a> {
    /// Where the store lies.
    pub sandbox: &'a Sandbox,
    /// The name of the seat.
    pub name: &'a str,
    /// The end of everybody.
    pub doom: &'a Doom,
}

impl Seat<'_> {
    /// The file that takes what the process says on stdout.
    pub fn answer_file(&self) -> PathBuf {
        self.sandbox.folder().join(format!("answer-{}", self.name))
    }

    /// The file that takes the calls that `strace` saw.
    pub fn trace_file(&self) -> PathBuf {
        self.sandbox.folder().join(format!("trace-{}", self.name))
    }

    /// Runs the binary to its end, whichever that is.
    ///
    /// # Panics
    /// When it cannot be started, or hangs.
    pub fn run(&self, arguments: &[&str], fate: &Fate) -> Ended {
        let told_file = self.sandbox.folder().join(format!("told-{}", self.name));
        let plain = self.sandbox.command(arguments);
        let mut command = match fate {
            Fate::Fault(fault) => traced(plain, &self.trace_file(), fault, &[]),
            _ => plain,
        };
        command.stdin(Stdio::null());
        command.stdout(File::create(self.answer_file()).expect("a file for the answer"));
        command.stderr(File::create(&told_file).expect("a file for the talk"));
        let doomed = self.doom.times.load(Ordering::SeqCst);
        let started = Instant::now();
        let child = command.spawn().expect("the binary and strace are here: run tests/run");
        let status = self.wait(child, fate, started, doomed);
        Ended {
            status,
            ran: started.elapsed(),
            answer: read(&self.answer_file()),
            told: read(&told_file),
        }
    }

    fn wait(&self, mut child: Child, fate: &Fate, started: Instant, doomed: u64) -> ExitStatus {
        let mut is_asked = false;
        loop {
            if let Some(status) = child.try_wait().expect("a child can be waited for") {
                return status;
            }
            let ran = started.elapsed();
            // Who dies at a named point is spared, and so is strace, which would leave the process
            // behind it alone.
            let is_spared = matches!(fate, Fate::Fault(_) | Fate::Cut(_));
            let is_doom = self.doom.times.load(Ordering::SeqCst) != doomed && !is_spared;
            match fate {
                Fate::After(moment) if ran >= *moment => drop(child.kill()),
                Fate::Cut(wire) if wire.was_cut() => drop(child.kill()),
                Fate::WithEverybody(moment) if ran >= *moment && !is_doom => {
                    self.doom.times.fetch_add(1, Ordering::SeqCst);
                }
                Fate::Asked(moment) if ran >= *moment && !is_asked => {
                    is_asked = true;
                    drop(Command::new("kill").arg(child.id().to_string()).status());
                }
                _ => {}
            }
            if is_doom {
                drop(child.kill());
            }
            assert!(ran < HANGS, "{} hangs: {:?}", self.name, read(&self.answer_file()));
            thread::sleep(POLL);
        }
    }
}

/// `strace` as a grandchild: the child is the program itself.
pub(super) const DETACHED: &[&str] = &["-D"];

/// The same command under `strace`.
pub(super) fn traced(plain: Command, trace: &Path, fault: &Fault, ways: &[&str]) -> Command {
    let mut command = Command::new("strace");
    command.args(ways);
    // With --seccomp-bpf strace 6.1 sends no signal.
    command.args(["-f", "-q", "-ttt", "-o"]).arg(trace);
    command.args(["-e", "signal=none", "-e", &format!("trace={}", fault.calls)]);
    let Fault { calls, what, when, .. } = fault;
    command.args(["-e", &format!("inject={calls}:{what}:when={when}")]);
    if let Some(file) = &fault.file {
        command.arg("-P").arg(file);
    }
    command.arg(plain.get_program()).args(plain.get_args());
    if let Some(folder) = plain.get_current_dir() {
        command.current_dir(folder);
    }
    command
}

fn read(path: &Path) -> String {
    fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}
