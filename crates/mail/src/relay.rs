//! Where letters are handed in: the relay of the municipality, and how it is trusted.

use std::{fmt, net::IpAddr, path::PathBuf, sync::Arc, time::Duration};

use lettre::transport::smtp::{authentication::Mechanism, extension::ClientId};

use crate::{
    token::{self, Tokens},
    trust::Trust,
};

/// How the conversation is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Security {
    /// Starts in clear and must be encrypted before anything else is said: port 587 or 25.
    #[default]
    StartTls,
    /// Encrypted from the first byte: port 465.
    Tls,
    /// In clear. Accepted for the machine's own loopback only.
    None,
}

/// How long each step may take.
///
/// [`Timeouts::letter`] is to stay below the lease of a letter, so that two senders never hold
/// the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Finding and reaching the relay.
    pub connect: Duration,
    /// Its greeting; some relays let strangers wait on purpose.
    pub greeting: Duration,
    /// Encrypting.
    pub tls: Duration,
    /// Saying who we are.
    pub auth: Duration,
    /// Each command before the letter.
    pub command: Duration,
    /// Writing the letter and waiting for the answer.
    pub letter: Duration,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts {
            connect: Duration::from_secs(10),
            greeting: Duration::from_secs(30),
            tls: Duration::from_secs(10),
            auth: Duration::from_secs(10),
            command: Duration::from_secs(8),
            letter: Duration::from_secs(25),
        }
    }
}

impl Timeouts {
    /// The longest time from offering a letter until its fate is known: reset, sender,
    /// recipient, the word before the letter, and the letter.
    pub fn letter(&self) -> Duration {
        self.command.saturating_mul(4).saturating_add(self.letter)
    }
}

/// What the relay knows us by. `Debug` shows neither part.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The name of the account.
    pub user: String,
    /// Its password.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Credentials(…)")
    }
}

/// How a password is told to the relay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Way {
    /// The first of the two that the relay offers.
    #[default]
    WhatFits,
    /// AUTH PLAIN and nothing else.
    Plain,
    /// AUTH LOGIN and nothing else.
    Login,
}

impl Way {
    pub(crate) fn mechanisms(self) -> &'static [Mechanism] {
        match self {
            Way::WhatFits => &[Mechanism::Plain, Mechanism::Login],
            Way::Plain => &[Mechanism::Plain],
            Way::Login => &[Mechanism::Login],
        }
    }
}

/// How we say who we are.
#[derive(Clone, Debug)]
pub enum Login {
    /// By a password.
    Password {
        /// The account and its password.
        known: Credentials,
        /// How they are told.
        way: Way,
    },
    /// By a token that somebody else issues for a while: XOAUTH2.
    Token {
        /// The mailbox in whose name letters are handed in.
        user: String,
        /// Who issues the token, and to whom.
        issuer: token::Issuer,
    },
}

/// What the configuration says about the relay.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Its name, which is also the name its certificate must carry.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the conversation is protected.
    pub security: Security,
    /// How we say who we are, if it asks.
    pub login: Option<Login>,
    /// A PEM file with the only authorities to trust; without it those of the machine.
    pub ca_file: Option<PathBuf>,
    /// The name we greet with; without it the name of the machine.
    pub hello_name: Option<String>,
    /// How long each step may take.
    pub timeouts: Timeouts,
}

/// A relay whose settings were checked and whose certificates were read, once. Copies share the
/// token.
#[derive(Clone)]
pub struct Relay {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) security: Security,
    pub(crate) trust: Option<Trust>,
    pub(crate) identity: Option<Identity>,
    pub(crate) hello: ClientId,
    pub(crate) timeouts: Timeouts,
}

/// A checked [`Login`].
#[derive(Clone)]
pub(crate) enum Identity {
    Password { known: Credentials, way: Way },
    Token { user: String, tokens: Arc<Tokens> },
}

/// Why settings are no relay.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRelay {
    /// A host name that ends a line or is none.
    #[error("the name of the {0} is empty or holds a character that no name has")]
    Name(&'static str),
    /// A relay elsewhere without encryption.
    #[error("only a relay on this machine may be reached without encryption; use starttls or tls")]
    InClear,
    /// The file of the authority cannot be used.
    #[error("the certificate file {path} cannot be used: {what}")]
    CaFile {
        /// The file.
        path: String,
        /// What is wrong with it.
        what: String,
    },
    /// The settings of the token cannot be used.
    #[error("no token can be fetched: {0}")]
    Token(String),
}

impl Relay {
    /// Checks the settings and reads the certificates.
    pub fn prepare(settings: Settings) -> Result<Relay, BadRelay> {
        if !is_host(&settings.host) {
            return Err(BadRelay::Name("relay"));
        }
        let hello = match settings.hello_name {
            Some(name) if is_host(&name) => ClientId::Domain(name),
            Some(_) => return Err(BadRelay::Name("greeting")),
            None => ClientId::default(),
        };
        let trust = match settings.security {
            Security::None if is_loopback(&settings.host) => None,
            Security::None => return Err(BadRelay::InClear),
            Security::StartTls | Security::Tls => {
                Some(Trust::prepare(&settings.host, settings.ca_file.as_deref())?)
            }
        };
        let limit = settings.timeouts.auth;
        let identity = settings.login.map(|login| Identity::prepare(login, limit)).transpose()?;
        Ok(Relay {
            host: settings.host,
            port: settings.port,
            security: settings.security,
            trust,
            identity,
            hello,
            timeouts: settings.timeouts,
        })
    }

    /// How long each step may take.
    pub fn timeouts(&self) -> Timeouts {
        self.timeouts
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Relay({}:{}, {:?})", self.host, self.port, self.security)
    }
}

impl Identity {
    fn prepare(login: Login, limit: Duration) -> Result<Identity, BadRelay> {
        Ok(match login {
            Login::Password { known, way } => Identity::Password { known, way },
            // The two are parts of one line, kept apart by a control character.
            Login::Token { user, .. } if user.is_empty() || user.chars().any(char::is_control) => {
                return Err(BadRelay::Token("it needs the name of a mailbox".to_owned()));
            }
            Login::Token { user, issuer } => {
                Identity::Token { user, tokens: Arc::new(Tokens::prepare(issuer, limit)?) }
            }
        })
    }
}

fn is_host(name: &str) -> bool {
    (1..=253).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '_'))
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests;
