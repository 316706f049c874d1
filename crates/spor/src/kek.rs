//! Where the key-encryption key comes from, when it is not in the file beside the store: a command,
//! a credential of the service manager, or – in a sandbox – the environment.

use std::process::{Command, Stdio};

use spor_store::{Kek, Kind};

use crate::config::Config;
use crate::environment::{credential, variable};
use crate::report::{Exit, Report};

/// The variable that holds a sandbox's key.
const VARIABLE: &str = "SPOR_KEK";

/// The key, where it is supplied; none when it lies in its file.
pub fn supplied(config: &Config) -> Result<Option<Kek>, Report> {
    if let Some(command) = config.filled("store.kek_command") {
        return from_command(command).map(Some);
    }
    if let Some(name) = config.filled("store.kek_credential") {
        return from_credential(name).map(Some);
    }
    match variable(VARIABLE) {
        None => Ok(None),
        Some(text) => parsed(&text, VARIABLE).map(Some),
    }
}

/// Refuses the environment's key where it may not be used.
pub fn check(config: &Config, kind: Kind) -> Result<(), Report> {
    let by_other_means = ["store.kek_command", "store.kek_credential"];
    let is_other = by_other_means.into_iter().any(|key| config.filled(key).is_some());
    if kind == Kind::Sandbox || is_other || variable(VARIABLE).is_none() {
        return Ok(());
    }
    Err(Report::new(
        Exit::NotAllowed,
        "kek_in_environment",
        format!("{VARIABLE} can only be used in a sandbox"),
        "the environment of a process is seen by too many others",
        "use a key file, store.kek_credential or store.kek_command",
    ))
}

fn from_command(command: &str) -> Result<Kek, Report> {
    let output = Command::new("/bin/sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(missing(&format!("store.kek_command ended with {}", output.status)));
    }
    parsed(&String::from_utf8_lossy(&output.stdout), "the answer of store.kek_command")
}

fn from_credential(name: &str) -> Result<Kek, Report> {
    let Some(path) = credential(name) else {
        return Err(missing("the service manager gives no credentials"));
    };
    let text = std::fs::read_to_string(&path)
        .map_err(|error| missing(&format!("the credential {name} cannot be read: {error}")))?;
    parsed(&text, "the credential")
}

fn parsed(text: &str, from: &str) -> Result<Kek, Report> {
    Kek::parse(text).ok_or_else(|| {
        Report::new(
            Exit::Usage,
            "key_file_malformed",
            format!("{from} does not hold a key"),
            "a key-encryption key is 64 hexadecimal digits",
            "supply the key that the keyring was wrapped under",
        )
    })
}

fn missing(message: &str) -> Report {
    Report::new(
        Exit::Usage,
        "key_file_missing",
        message,
        "without its keys a store cannot open sealed texts",
        "see store.kek_command and store.kek_credential in the configuration",
    )
}
