//! The real binary, as a person starts it: a folder of its own, arguments, an exit code.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// How long a test waits for something that must happen before it gives up.
pub const PATIENCE: Duration = Duration::from_mins(5);

/// A folder with a sandbox in it, and the binary beside it.
pub struct Sandbox {
    folder: TempDir,
    /// Where the store lies when it is not in the folder.
    store: Option<String>,
}

/// Where the binary lies: beside the running test. `tests/run` builds it first.
///
/// # Panics
/// When it is not there.
pub fn path() -> PathBuf {
    beside("spor")
}

/// A program of this package, beside the running test or program.
///
/// # Panics
/// When it is not there.
pub fn beside(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a running test has a path");
    // A test lies in `deps`, one folder below the programs.
    let mut beside = test.ancestors().skip(1).take(2).map(|folder| folder.join(name));
    let program = beside.find(|program| program.is_file());
    program.unwrap_or_else(|| panic!("{name} is missing: run `cargo build` first"))
}

impl Sandbox {
    /// A new sandbox, made by `spor init --sandbox`.
    ///
    /// # Panics
    /// When that fails.
    pub fn new() -> Self {
        Self::made_by(&["init", "--sandbox"])
    }

    /// A store that is none: a production store, made by `spor init`.
    ///
    /// # Panics
    /// When that fails.
    pub fn production() -> Self {
        Self::made_by(&["init"])
    }

    /// A folder without any store.
    ///
    /// # Panics
    /// When there can be none.
    pub fn empty() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), store: None }
    }

    /// A new sandbox in a PostgreSQL database of its own.
    ///
    /// # Panics
    /// When that fails.
    pub fn in_postgres() -> Self {
        Self::in_database(crate::postgres::shared().database().url)
    }

    /// A new sandbox in this prepared PostgreSQL database.
    ///
    /// # Panics
    /// When that fails.
    pub fn in_database(url: String) -> Self {
        let sandbox = Self { store: Some(url), ..Self::empty() };
        sandbox.must(&["init", "--sandbox"]);
        sandbox
    }

    fn made_by(arguments: &[&str]) -> Self {
        let sandbox = Self::empty();
        sandbox.must(arguments);
        sandbox
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file into the folder.
    ///
    /// # Panics
    /// When that fails.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder().join(name);
        std::fs::write(&path, text).expect("a file can be written");
        path
    }

    /// Runs the binary in the folder and waits for its end.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the binary starts")
    }

    /// Runs the binary and takes its answer; it must succeed.
    ///
    /// # Panics
    /// When it does not.
    pub fn must(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "spor {arguments:?}: {told}");
        String::from_utf8(output.stdout).expect("answers are UTF-8")
    }

    /// The same, as JSON.
    ///
    /// # Panics
    /// When it is not JSON.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let answer = self.must(&[arguments, &["-o", "json"]].concat());
        serde_json::from_str(&answer).expect("-o json gives JSON")
    }

    /// Starts the binary and leaves it running.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary starts")
    }

    /// The binary in the folder, not started yet.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(path());
        command.args(arguments).current_dir(self.folder()).stdin(Stdio::null());
        // Tests run side by side: only one service could have the usual place.
        command.env("SPOR_SERVICE_LISTEN", "");
        command.envs(self.store.iter().map(|url| ("SPOR_STORE", url)));
        command
    }
}

impl Default for Sandbox {
    fn default() -> Self {
        Self::new()
    }
}

/// Waits until something is so.
///
/// # Panics
/// When it is not so within [`PATIENCE`].
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < PATIENCE, "{what} did not happen");
        std::thread::sleep(Duration::from_millis(50));
    }
}
