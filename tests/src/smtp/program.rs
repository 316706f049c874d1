//! The scripted relay as a process of its own, started from the program `smtp_sink`.

use std::{
    io::{self, BufRead, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use super::{Letter, letters_in};

/// The running process; it ends when this is dropped.
pub struct Program {
    child: Child,
    orders: ChildStdin,
    answers: io::BufReader<ChildStdout>,
    folder: PathBuf,
    /// Its port on `127.0.0.1`.
    pub port: u16,
    /// The file of the authority a client has to trust.
    pub ca_file: PathBuf,
}

impl Program {
    /// Starts it; letters go into `folder`. It ends with this value, and with the test.
    pub fn start(program: &Path, folder: &Path, arguments: &[&str]) -> io::Result<Program> {
        let mut child = Command::new(program)
            .arg("--folder")
            .arg(folder)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let orders = child.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let mut answers = io::BufReader::new(child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?);
        let port = word_after(&mut answers, "port ")?;
        let port = port.parse().map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
        let ca_file = PathBuf::from(word_after(&mut answers, "ca ")?);
        word_after(&mut answers, "ready")?;
        Ok(Program { child, orders, answers, folder: folder.to_owned(), port, ca_file })
    }

    /// Adds a rule while it runs, as `answer:swallow*2`; `clear` forgets every rule.
    pub fn script(&mut self, rule: &str) -> io::Result<()> {
        writeln!(self.orders, "{rule}")?;
        word_after(&mut self.answers, "ok").map(|_| ())
    }

    /// Every letter so far.
    pub fn letters(&self) -> io::Result<Vec<Letter>> {
        letters_in(&self.folder)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn word_after(answers: &mut impl BufRead, prefix: &str) -> io::Result<String> {
    let mut line = String::new();
    answers.read_line(&mut line)?;
    let word = line.trim_end().strip_prefix(prefix).map(str::to_owned);
    word.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, format!("{prefix}: {line}")))
}
