//! The running service, asked how it fares: its probes, its metrics, its log.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::Value;

use crate::binary::{PATIENCE, Sandbox, wait_until};

/// A service that was started with `spor run`.
pub struct Watched {
    child: Child,
    /// Where it answers.
    pub address: SocketAddr,
    log: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

/// What it answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The lines before the body.
    pub head: String,
    /// The body.
    pub body: String,
}

impl Watched {
    /// Starts it; it answers at a free place of this machine.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn start(sandbox: &Sandbox, arguments: &[&str]) -> Self {
        Self::start_with(sandbox, arguments, &[])
    }

    /// The same with an environment of its own.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn start_with(sandbox: &Sandbox, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = sandbox.command(&[&["run"], arguments].concat());
        command.envs(environment.iter().copied());
        command.env("SPOR_SERVICE_LISTEN", "127.0.0.1:0");
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        let stderr = child.stderr.take().expect("a pipe");
        let log = Arc::new(Mutex::new(String::new()));
        let kept = Arc::clone(&log);
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let mut log = kept.lock().expect("no reader panics");
                log.push_str(&line);
                log.push('\n');
            }
        });
        let place = |log: &str| {
            let (_, place) = log.split_once("health and metrics at http://")?;
            place.lines().next()?.parse().ok()
        };
        let mut found: Option<SocketAddr> = None;
        wait_until("the service comes up", || {
            found = place(&log.lock().expect("no reader panics"));
            found.is_some()
        });
        let address = found.expect("it was waited for");
        Self { child, address, log, reader: Some(reader) }
    }

    /// Asks it.
    ///
    /// # Panics
    /// When it does not answer.
    pub fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
    }

    /// Says something to it, word by word.
    ///
    /// # Panics
    /// When it does not answer.
    pub fn ask(&self, words: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
        stream.write_all(words.as_bytes()).expect("it hears");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("it answers");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.expect("a status");
        Answer { status, head: head.to_lowercase(), body: body.to_owned() }
    }

    /// Whether it is ready, and the codes of why not.
    pub fn readiness(&self) -> (u16, Vec<String>) {
        self.get("/readyz").reasons()
    }

    /// Waits until it gives these reasons for not being ready; none when it is.
    ///
    /// # Panics
    /// When it never does.
    pub fn wait_for_reasons(&self, reasons: &[&str]) {
        wait_until(&format!("readiness {reasons:?}"), || self.readiness().1 == reasons);
    }

    /// Every metric with its labels.
    ///
    /// # Panics
    /// When a line of them is none.
    pub fn metrics(&self) -> BTreeMap<String, f64> {
        let answer = self.get("/metrics");
        assert_eq!(answer.status, 200, "{answer:?}");
        let told = answer.body.lines().filter(|line| !line.starts_with('#'));
        let pair = |line: &str| {
            let (name, value) = line.rsplit_once(' ').expect("a name and a value");
            (name.to_owned(), value.parse().expect("a number"))
        };
        told.map(pair).collect()
    }

    /// Sends it a signal by name: TERM, INT.
    ///
    /// # Panics
    /// When that cannot be.
    pub fn signal(&self, name: &str) {
        let number = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &number]).status();
        assert!(sent.expect("kill runs").success());
    }

    /// Waits for its end and gives what it ended with, and all it said.
    ///
    /// # Panics
    /// When that cannot be known.
    pub fn end(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().expect("it ends");
        if let Some(reader) = self.reader.take() {
            reader.join().expect("its last words are read");
        }
        let log = self.log.lock().expect("no reader panics").clone();
        (status, log)
    }
}

impl Answer {
    /// Status and reasons of a probe.
    ///
    /// # Panics
    /// When it is no probe's answer.
    pub fn reasons(&self) -> (u16, Vec<String>) {
        let told: Value = serde_json::from_str(&self.body).expect("a small document");
        let reasons = told["reasons"].as_array().expect("a list of reasons");
        let code = |reason: &Value| reason["code"].as_str().expect("a code").to_owned();
        (self.status, reasons.iter().map(code).collect())
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // One that has ended cannot be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
