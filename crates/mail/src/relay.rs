//! Where letters are handed in: the relay of the municipality, and how it is trusted.

use std::{fmt, net::IpAddr, path::PathBuf, time::Duration};

use lettre::transport::smtp::{
    client::{Certificate, CertificateStore, TlsParameters},
    extension::ClientId,
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

/// What the configuration says about the relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Its name, which is also the name its certificate must carry.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the conversation is protected.
    pub security: Security,
    /// What we are known by, if it asks.
    pub credentials: Option<Credentials>,
    /// A PEM file with the only authorities to trust; without it those of the machine.
    pub ca_file: Option<PathBuf>,
    /// The name we greet with; without it the name of the machine.
    pub hello_name: Option<String>,
    /// How long each step may take.
    pub timeouts: Timeouts,
}

/// A relay whose settings were checked and whose certificates were read, once.
#[derive(Clone)]
pub struct Relay {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) security: Security,
    pub(crate) tls: Option<TlsParameters>,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) hello: ClientId,
    pub(crate) timeouts: Timeouts,
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
        let tls = match settings.security {
            Security::None if is_loopback(&settings.host) => None,
            Security::None => return Err(BadRelay::InClear),
            Security::StartTls | Security::Tls => {
                Some(trust(&settings.host, settings.ca_file.as_ref())?)
            }
        };
        Ok(Relay {
            host: settings.host,
            port: settings.port,
            security: settings.security,
            tls,
            credentials: settings.credentials,
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

fn trust(host: &str, ca_file: Option<&PathBuf>) -> Result<TlsParameters, BadRelay> {
    let mut builder = TlsParameters::builder(host.to_owned());
    let unusable = |what: String| BadRelay::CaFile {
        path: ca_file.map(|path| path.display().to_string()).unwrap_or_default(),
        what,
    };
    if let Some(path) = ca_file {
        let pem = std::fs::read(path).map_err(|error| unusable(error.to_string()))?;
        if !String::from_utf8_lossy(&pem).contains("-----BEGIN CERTIFICATE-----") {
            return Err(unusable("it holds no PEM certificate".to_owned()));
        }
        let authority = Certificate::from_pem(&pem).map_err(|error| unusable(error.to_string()))?;
        builder = builder.certificate_store(CertificateStore::None).add_root_certificate(authority);
    }
    builder.build_rustls().map_err(|error| unusable(error.to_string()))
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
