//! What a "no" of the relay means: try again, give up, stop altogether, or nobody knows.
//!
//! The answer depends on the phase more than on the code: a 535 during authentication says
//! nothing about a letter, and a connection that ends after the letter was written says nothing
//! at all.

use std::{error::Error as _, fmt, io};

use lettre::transport::smtp;
use tokio_rustls::rustls;

use crate::lint;

/// How much of the relay's words is kept.
const MAX_TEXT_CHARS: usize = 200;

/// Codes that say who we are not, whatever the letter: RFC 4954.
const IDENTITY_CODES: [u16; 4] = [530, 534, 535, 538];

/// Enhanced codes that say the same (RFC 4954, RFC 3463, and Exchange's anonymous sender).
const IDENTITY_STATUS: [&str; 6] = ["5.7.0", "5.7.8", "5.7.9", "5.7.10", "5.7.11", "5.7.57"];

/// How a line goes dead.
const LOST: [io::ErrorKind; 5] = [
    io::ErrorKind::UnexpectedEof,
    io::ErrorKind::ConnectionReset,
    io::ErrorKind::ConnectionAborted,
    io::ErrorKind::BrokenPipe,
    io::ErrorKind::TimedOut,
];

/// What to do after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The letter was certainly not taken and may be offered again later.
    Retry,
    /// The letter will never be taken; offering it again changes nothing.
    GiveUp,
    /// The relay refuses *us*, whatever the letter: stop, wake a person, burn no attempts.
    Breaker,
    /// The letter was written and no answer came: it may have been taken or not.
    InDoubt,
}

/// Where in the conversation it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Finding and reaching the relay.
    Connect,
    /// Its greeting and its answer to ours.
    Greeting,
    /// Encrypting the connection.
    Tls,
    /// Saying who we are.
    Auth,
    /// Naming the sender.
    Sender,
    /// Naming the recipient.
    Recipient,
    /// From the wish to write the letter until its last byte.
    Data,
    /// After the last byte of the letter.
    Answer,
}

impl fmt::Display for Phase {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Phase::Connect => "connect",
            Phase::Greeting => "greeting",
            Phase::Tls => "tls",
            Phase::Auth => "auth",
            Phase::Sender => "sender",
            Phase::Recipient => "recipient",
            Phase::Data => "data",
            Phase::Answer => "answer",
        })
    }
}

/// A letter that was not accepted, or not known to be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{phase}: {text}")]
pub struct Failure {
    /// What to do.
    pub kind: Kind,
    /// Where it happened.
    pub phase: Phase,
    /// The relay's code, when it gave one.
    pub code: Option<u16>,
    /// What happened, without addresses, numbers of people or credentials.
    pub text: String,
}

impl Failure {
    pub(crate) fn new(kind: Kind, phase: Phase, text: &str) -> Failure {
        let failure = Failure { kind, phase, code: None, text: text.to_owned() };
        failure.noted()
    }

    /// A step took longer than it may.
    pub(crate) fn timeout(phase: Phase) -> Failure {
        Failure::new(silence(phase), phase, "the relay did not answer in time")
    }

    /// The relay said no, or the connection to it failed.
    pub(crate) fn of(error: &smtp::Error, phase: Phase, secrets: &[String]) -> Failure {
        if let Some(code) = error.status().map(u16::from) {
            let words = error.source().map(ToString::to_string).unwrap_or_default();
            return Failure::answered(code, &words, phase, secrets);
        }
        if phase == Phase::Tls && !is_connection_loss(error) && !is_nonsense(error) {
            let text = format!("the encrypted connection was refused: {}", innermost(error));
            return Failure::new(Kind::Breaker, phase, &cleaned(&text, secrets));
        }
        let text = match io_kind(error) {
            Some(io::ErrorKind::ConnectionRefused) => "the relay refuses connections",
            Some(io::ErrorKind::InvalidData) => "the relay's answer cannot be read",
            _ if phase == Phase::Connect => "the relay cannot be reached",
            Some(_) => "the connection was lost",
            None => "the relay's answer was cut short or makes no sense",
        };
        Failure::new(silence(phase), phase, text)
    }

    /// A connection that is encrypted from the start came to nothing.
    pub(crate) fn of_handshake(error: &io::Error) -> Failure {
        if LOST.contains(&error.kind()) || !is_refusal(error) {
            return Failure::new(Kind::Retry, Phase::Tls, "the connection was lost");
        }
        let text = format!("the encrypted connection was refused: {error}");
        Failure::new(Kind::Breaker, Phase::Tls, &cleaned(&text, &[]))
    }

    /// Whether the relay does not know us by what we said.
    pub(crate) fn is_refused_login(&self) -> bool {
        self.phase == Phase::Auth && self.kind == Kind::Breaker && self.code.is_some()
    }

    /// The relay answered with a code that is not a success.
    pub(crate) fn answered(code: u16, words: &str, phase: Phase, secrets: &[String]) -> Failure {
        let kind = match code {
            400..=499 => Kind::Retry,
            500..=599 => permanent(code, words, phase),
            _ => silence(phase),
        };
        // What a relay says about credentials may repeat them; the code is enough.
        let text = match (phase, status_of(words)) {
            (Phase::Auth, Some(status)) => format!("{code} {status}"),
            (Phase::Auth, None) => code.to_string(),
            _ => format!("{code} {}", cleaned(words, secrets)),
        };
        Failure { kind, phase, code: Some(code), text: text.trim_end().to_owned() }.noted()
    }

    /// Whether the connection can carry another letter after this failure.
    pub(crate) fn leaves_a_connection(&self) -> bool {
        self.code.is_some_and(|code| code != 421)
    }

    fn noted(self) -> Failure {
        tracing::debug!(
            target: "spor::mail",
            kind = ?self.kind, phase = %self.phase, code = self.code, "the relay took no letter"
        );
        self
    }
}

/// What silence means: only after the last byte of a letter is anything in doubt.
fn silence(phase: Phase) -> Kind {
    if phase == Phase::Answer { Kind::InDoubt } else { Kind::Retry }
}

fn permanent(code: u16, words: &str, phase: Phase) -> Kind {
    let identity = IDENTITY_CODES.contains(&code)
        || status_of(words).is_some_and(|status| IDENTITY_STATUS.contains(&status));
    match phase {
        // Nothing of the letter has been said yet, and the sender is the same in every letter.
        Phase::Connect | Phase::Greeting | Phase::Tls | Phase::Auth | Phase::Sender => {
            Kind::Breaker
        }
        // "Relay access denied": the relay knows us no more. Dead letters would be the wrong end.
        Phase::Recipient if identity || words.to_lowercase().contains("relay") => Kind::Breaker,
        Phase::Data if identity => Kind::Breaker,
        Phase::Recipient | Phase::Data | Phase::Answer => Kind::GiveUp,
    }
}

/// The enhanced status code (`5.7.8`) that opens an answer, if there is one.
fn status_of(words: &str) -> Option<&str> {
    let first = words.split_whitespace().next()?;
    let is_status = first.split('.').count() == 3
        && first
            .split('.')
            .all(|part| (1..=3).contains(&part.len()) && part.chars().all(|c| c.is_ascii_digit()));
    is_status.then_some(first)
}

fn io_kind(error: &smtp::Error) -> Option<io::ErrorKind> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return Some(error.kind());
        }
        source = error.source();
    }
    None
}

/// A line that went dead says nothing about trust; everything else in this phase does.
fn is_connection_loss(error: &smtp::Error) -> bool {
    error.is_response() || io_kind(error).is_some_and(|kind| LOST.contains(&kind))
}

/// Bytes that are no answer, before encryption has begun, say nothing about trust either.
fn is_nonsense(error: &smtp::Error) -> bool {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return error.kind() == io::ErrorKind::InvalidData && !is_refusal(error);
        }
        source = error.source();
    }
    false
}

/// Whether it is the encryption itself that was refused, by either side.
fn is_refusal(error: &io::Error) -> bool {
    error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()).is_some()
}

fn innermost(error: &smtp::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = error.to_string();
        source = error.source();
    }
    text
}

/// The relay's words without addresses, secrets, numbers of people and control characters.
pub(crate) fn cleaned(words: &str, secrets: &[String]) -> String {
    let mut text = words.replace(|c: char| c.is_control(), " ");
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret.as_str(), "…");
    }
    let words = text.split_whitespace().map(|word| if word.contains('@') { "<…>" } else { word });
    let text = words.collect::<Vec<_>>().join(" ");
    if lint::check_cpr(&text).is_err() {
        return "(an answer with a number in it)".to_owned();
    }
    text.chars().take(MAX_TEXT_CHARS).collect()
}

#[cfg(test)]
mod tests;
