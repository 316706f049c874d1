//! The token that stands in for a password (XOAUTH2): fetched by client credentials, kept, and
//! fetched anew before it ends.
//!
//! Neither the secret nor a token ever stands in an error or a log.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use serde_json::Value;
use tokio::{sync::Mutex, time::Instant};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::{
    failure::{Failure, Kind, Phase},
    relay::BadRelay,
    trust,
};

/// How long before its end a token is fetched anew.
const EARLY: Duration = Duration::from_mins(5);
/// What a token is good for when its issuer does not say.
const UNSAID: Duration = Duration::from_mins(10);
/// The longest a token is believed to last, whatever its issuer says.
const LONGEST: Duration = Duration::from_hours(24);
/// The longest token; a command of SMTP holds no longer one.
const MAX_TOKEN_BYTES: usize = 9_000;
/// The longest answer of an issuer that is read.
const MAX_ANSWER_BYTES: u64 = 65_536;
/// The longest word for a refusal that is repeated to a person.
const MAX_WORD_CHARS: usize = 40;

/// Who issues tokens, and what it knows us by.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// Where tokens are fetched: an address that begins with `https://`.
    pub url: String,
    /// What it calls us.
    pub client_id: String,
    /// The file with the secret, read anew for each token, so that it may be changed any time.
    pub secret_file: PathBuf,
    /// What the token is for; nothing when empty.
    pub scope: String,
    /// A PEM file with the only authorities to trust; without it those of the machine.
    pub ca_file: Option<PathBuf>,
}

/// A token; `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) text: String,
    /// Whether it was fetched just now; another one would be no better.
    pub(crate) is_new: bool,
}

/// The token at hand, and where the next one comes from.
pub(crate) struct Tokens {
    counter: Arc<Counter>,
    limit: Duration,
    kept: Mutex<Option<Kept>>,
}

/// The counter at which a token is fetched.
struct Counter {
    issuer: Issuer,
    agent: ureq::Agent,
}

struct Kept {
    text: String,
    until: Instant,
}

impl Tokens {
    /// Checks the settings; nothing is fetched yet.
    pub(crate) fn prepare(issuer: Issuer, limit: Duration) -> Result<Tokens, BadRelay> {
        let bad = |what: &str| BadRelay::Token(what.to_owned());
        let address: Result<ureq::http::Uri, _> = issuer.url.parse();
        let is_encrypted = address
            .is_ok_and(|address| address.scheme_str() == Some("https") && address.host().is_some());
        if !is_encrypted {
            return Err(bad("its address must begin with https:// and name a host"));
        }
        if issuer.client_id.is_empty() {
            return Err(bad("a client id is needed"));
        }
        read_secret(&issuer.secret_file).map_err(BadRelay::Token)?;
        let trusted = trust::authorities(issuer.ca_file.as_deref())?;
        let trusted: Vec<_> =
            trusted.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&trusted))
            .unversioned_rustls_crypto_provider(trust::provider())
            .build();
        let agent = ureq::Agent::config_builder()
            .https_only(true)
            .tls_config(tls)
            .timeout_global(Some(limit))
            .http_status_as_error(false)
            // A secret is told to the address that was set, and to no other one.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .build()
            .new_agent();
        Ok(Tokens { counter: Arc::new(Counter { issuer, agent }), limit, kept: Mutex::default() })
    }

    /// The token at hand while it is good for a while, or a new one. Whoever comes while one is
    /// fetched waits for it.
    pub(crate) async fn get(&self) -> Result<Token, Failure> {
        let mut kept = self.kept.lock().await;
        if let Some(kept) = kept.as_ref().filter(|kept| Instant::now() < kept.until) {
            return Ok(Token { text: kept.text.clone(), is_new: false });
        }
        let counter = Arc::clone(&self.counter);
        let fetching = tokio::task::spawn_blocking(move || counter.fetch());
        let fetched = match tokio::time::timeout(self.limit.saturating_mul(2), fetching).await {
            Ok(Ok(fetched)) => fetched?,
            Ok(Err(_)) | Err(_) => return Err(failure(Kind::Retry, TOO_SLOW)),
        };
        let until = Instant::now() + fetched.good_for;
        *kept = Some(Kept { text: fetched.text.clone(), until });
        Ok(Token { text: fetched.text, is_new: true })
    }

    /// Forgets a token that the relay has refused.
    pub(crate) async fn forget(&self, refused: &Token) {
        let mut kept = self.kept.lock().await;
        if kept.as_ref().is_some_and(|kept| kept.text == refused.text) {
            *kept = None;
        }
    }
}

const TOO_SLOW: &str = "the token endpoint did not answer in time";

#[derive(Debug)]
struct Fetched {
    text: String,
    good_for: Duration,
}

impl Counter {
    fn fetch(&self) -> Result<Fetched, Failure> {
        let issuer = &self.issuer;
        let secret =
            read_secret(&issuer.secret_file).map_err(|what| failure(Kind::Breaker, &what))?;
        let mut form = vec![
            ("grant_type", "client_credentials"),
            ("client_id", &issuer.client_id),
            ("client_secret", &secret),
        ];
        if !issuer.scope.is_empty() {
            form.push(("scope", &issuer.scope));
        }
        let mut answer = self.agent.post(&issuer.url).send_form(form).map_err(|e| unfetched(&e))?;
        let code = answer.status().as_u16();
        let body = answer.body_mut().with_config().limit(MAX_ANSWER_BYTES).read_to_vec();
        let body = body.map_err(|error| match error {
            ureq::Error::BodyExceedsLimit(_) => failure(Kind::Retry, NO_TOKEN),
            error => unfetched(&error),
        })?;
        read_answer(code, &body)
    }
}

const NO_TOKEN: &str = "the token endpoint answered with something that is no token";

/// What an issuer's answer comes to.
fn read_answer(code: u16, body: &[u8]) -> Result<Fetched, Failure> {
    let answer: Option<Value> = serde_json::from_slice(body).ok();
    let field = |name: &str| answer.as_ref().and_then(|answer| answer.get(name));
    if code != 200 {
        let words = [field("error"), field("error_description")].map(|word| word?.as_str());
        let refusal = words[0].filter(|word| is_word(word)).map(|word| format!(" {word}"));
        let number = words[1].and_then(number_of).map(|number| format!(" ({number})"));
        let (refusal, number) = (refusal.unwrap_or_default(), number.unwrap_or_default());
        // Asked again and again with a wrong secret, an issuer may lock the account.
        let is_busy = [408, 425, 429].contains(&code);
        let is_refusal = (400..500).contains(&code) && !is_busy;
        let kind = if is_refusal { Kind::Breaker } else { Kind::Retry };
        let text = format!("the token endpoint gives no token: {code}{refusal}{number}");
        return Err(failure(kind, &text));
    }
    let token = field("access_token").and_then(Value::as_str).filter(|token| is_token(token));
    let Some(token) = token else {
        return Err(failure(Kind::Retry, NO_TOKEN));
    };
    let said = field("expires_in").and_then(|said| match said {
        Value::String(said) => said.parse().ok(),
        said => said.as_u64(),
    });
    let lasts = said.map_or(UNSAID, Duration::from_secs).min(LONGEST);
    Ok(Fetched { text: token.to_owned(), good_for: lasts.saturating_sub(EARLY.min(lasts / 2)) })
}

/// RFC 6750: what a token is made of.
fn is_token(text: &str) -> bool {
    (1..=MAX_TOKEN_BYTES).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-._~+/=".contains(c))
}

/// An error of OAuth is one plain word; anything else is not repeated.
fn is_word(text: &str) -> bool {
    (1..=MAX_WORD_CHARS).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_lowercase() || c == '_')
}

/// The number by which Microsoft explains a refusal, `AADSTS7000215`.
fn number_of(words: &str) -> Option<&str> {
    let number = words.split(':').next()?.trim();
    let digits = number.strip_prefix("AADSTS")?;
    ((1..=12).contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_digit()))
        .then_some(number)
}

fn unfetched(error: &ureq::Error) -> Failure {
    match error {
        ureq::Error::Timeout(_) => failure(Kind::Retry, TOO_SLOW),
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            failure(Kind::Breaker, UNTRUSTED)
        }
        ureq::Error::Rustls(_) | ureq::Error::Tls(_) => failure(Kind::Breaker, UNTRUSTED),
        ureq::Error::Protocol(_) | ureq::Error::Http(_) => failure(Kind::Retry, NO_TOKEN),
        _ => failure(Kind::Retry, "the token endpoint cannot be reached"),
    }
}

const UNTRUSTED: &str = "the encrypted connection to the token endpoint was refused";

fn failure(kind: Kind, text: &str) -> Failure {
    Failure::new(kind, Phase::Auth, text)
}

fn read_secret(path: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|error| {
        format!("the file of the secret, {}, cannot be read: {}", path.display(), error.kind())
    })?;
    let text = text.trim().to_owned();
    if text.is_empty() {
        return Err(format!("the file of the secret, {}, is empty", path.display()));
    }
    Ok(text)
}

impl fmt::Debug for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests;
