//! A session with the relay, in steps, so that the caller can commit its mark before the last.
//!
//! [`Session::connect`] → [`Session::offer`] (sender, recipient) → the caller commits "handing
//! over" → [`Offered::hand_over`] (the letter) → [`Accepted`] or a [`Failure`] that knows its
//! phase. `Offered` borrows the session: one connection never has two letters under way.

use std::{
    future::Future,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use lettre::transport::smtp::{
    self,
    authentication::{Credentials, Mechanism},
    client::{AsyncSmtpConnection, AsyncTokioStream},
    commands::{Data, Mail, Quit, Rcpt, Rset},
    response::Response,
};
use tokio::{net::TcpStream, time::timeout};

use crate::{
    address::Address,
    failure::{Failure, Kind, Phase, cleaned},
    mime,
    relay::{Relay, Security, Timeouts},
    wire::Wire,
};

/// The largest letter we hand over; ours are a few kilobytes.
const MAX_LETTER_BYTES: usize = 1 << 20;

/// A connection to the relay, greeted, encrypted and known, that carries letter after letter.
pub struct Session {
    connection: AsyncSmtpConnection,
    timeouts: Timeouts,
    secrets: Vec<String>,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Ready,
    /// A sender was named: the next letter needs a reset first.
    Begun,
    Broken,
}

/// The outside of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Whom failures are reported to.
    pub from: Address,
    /// The one recipient.
    pub to: Address,
}

/// A letter whose sender and recipient the relay has accepted. Nothing was handed over yet.
#[must_use = "hand the letter over, or withdraw it"]
pub struct Offered<'session> {
    session: &'session mut Session,
}

/// The relay has taken the letter into its care.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Its code, 250.
    pub code: u16,
    /// Its words, often with its own reference; without addresses.
    pub text: String,
}

impl Session {
    /// Reaches the relay, encrypts the connection and says who we are.
    pub async fn connect(relay: &Relay) -> Result<Session, Failure> {
        let secrets = match &relay.credentials {
            Some(known) => vec![known.password.clone(), known.user.clone()],
            None => Vec::new(),
        };
        let mut connection = match relay.security {
            Security::Tls => encrypted_from_the_start(relay, &secrets).await?,
            Security::StartTls | Security::None => in_clear(relay, &secrets).await?,
        };
        if relay.security == Security::StartTls {
            encrypt(&mut connection, relay, &secrets).await?;
        }
        if let Some(known) = &relay.credentials {
            let known = Credentials::new(known.user.clone(), known.password.clone());
            authenticate(&mut connection, &known, relay.timeouts.auth, &secrets).await?;
        }
        Ok(Session { connection, timeouts: relay.timeouts, secrets, state: State::Ready })
    }

    /// Whether another letter may be offered on this connection.
    pub fn is_usable(&self) -> bool {
        self.state != State::Broken
    }

    /// Names sender and recipient; the letter itself is handed over in a second step.
    ///
    /// After a refusal the session carries other letters while [`Session::is_usable`].
    pub async fn offer(&mut self, envelope: &Envelope) -> Result<Offered<'_>, Failure> {
        if self.state == State::Broken {
            return Err(Failure::new(Kind::Retry, Phase::Sender, "the connection has ended"));
        }
        self.hide(&envelope.to);
        if self.state == State::Begun {
            self.say(Rset, Phase::Sender).await?;
        }
        self.state = State::Begun;
        let sender = Mail::new(Some(envelope.from.to_lettre()), Vec::new());
        self.say(sender, Phase::Sender).await?;
        let recipient = Rcpt::new(envelope.to.to_lettre(), Vec::new());
        self.say(recipient, Phase::Recipient).await?;
        Ok(Offered { session: self })
    }

    /// Says goodbye; a relay that does not answer is left standing.
    pub async fn close(mut self) {
        if self.is_usable() {
            let _ = timeout(self.timeouts.command, self.connection.command(Quit)).await;
        }
    }

    /// What a relay repeats of an address is hidden like a password.
    fn hide(&mut self, to: &Address) {
        let name = to.local_part().to_owned();
        if name.len() >= 3 && !self.secrets.contains(&name) {
            self.secrets.push(name);
        }
    }

    async fn say(
        &mut self,
        command: impl std::fmt::Display,
        phase: Phase,
    ) -> Result<Response, Failure> {
        let step = self.connection.command(command);
        let answer = within(self.timeouts.command, phase, &self.secrets, step).await;
        answer.inspect_err(|failure| self.settle(failure))
    }

    fn settle(&mut self, failure: &Failure) {
        if !failure.leaves_a_connection() {
            self.state = State::Broken;
        }
    }
}

impl Offered<'_> {
    /// Hands the letter over. Commit the mark "handing over" before: from here on a letter may
    /// be in doubt, and before here it never is.
    pub async fn hand_over(self, bytes: &[u8]) -> Result<Accepted, Failure> {
        if bytes.len() > MAX_LETTER_BYTES || !mime::has_clean_lines(bytes) {
            let text = "the letter is too large or holds a bare line break";
            return Err(Failure::new(Kind::GiveUp, Phase::Data, text));
        }
        let session = self.session;
        let go_on = session.say(Data, Phase::Data).await?;
        if !go_on.has_code(354) {
            session.state = State::Broken;
            return Err(unexpected(&go_on, Phase::Data, &session.secrets));
        }
        match session.write(bytes).await {
            Ok(answer) if answer.has_code(250) => {
                session.state = State::Ready;
                let text = answer.message().collect::<Vec<_>>().join(" ");
                Ok(Accepted { code: 250, text: cleaned(&text, &session.secrets) })
            }
            Ok(answer) => {
                session.state = State::Broken;
                Err(unexpected(&answer, Phase::Answer, &session.secrets))
            }
            Err(failure) => {
                session.settle(&failure);
                Err(failure)
            }
        }
    }

    /// Takes the offer back, as when the mark could not be committed.
    pub async fn withdraw(self) {
        if self.session.say(Rset, Phase::Data).await.is_ok() {
            self.session.state = State::Ready;
        }
    }
}

impl Session {
    async fn write(&mut self, bytes: &[u8]) -> Result<Response, Failure> {
        // The end of data brings the last line break along.
        let body = bytes.strip_suffix(b"\r\n").unwrap_or(bytes);
        let written = AtomicBool::new(false);
        let parts = Watched { body: Some(body), written: &written };
        let answer = timeout(self.timeouts.letter, self.connection.message_iter(parts)).await;
        let phase = if written.load(Ordering::Relaxed) { Phase::Answer } else { Phase::Data };
        match answer {
            Err(_) => Err(Failure::timeout(phase)),
            Ok(Err(error)) => Err(Failure::of(&error, phase, &self.secrets)),
            Ok(Ok(answer)) => Ok(answer),
        }
    }
}

/// The letter in one part. Asked for a second one, the first is written to its last byte and the
/// mark that ends it comes next: from here on the relay may have taken the letter.
struct Watched<'a> {
    body: Option<&'a [u8]>,
    written: &'a AtomicBool,
}

impl<'a> Iterator for Watched<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let body = self.body.take();
        if body.is_none() {
            self.written.store(true, Ordering::Relaxed);
        }
        body
    }
}

async fn in_clear(relay: &Relay, secrets: &[String]) -> Result<AsyncSmtpConnection, Failure> {
    let address = (relay.host.as_str(), relay.port);
    let reached = timeout(relay.timeouts.connect, TcpStream::connect(address)).await;
    let unreachable = |text: &str| Failure::new(Kind::Retry, Phase::Connect, text);
    let stream = reached
        .map_err(|_| Failure::timeout(Phase::Connect))?
        .map_err(|error| unreachable(&format!("the relay cannot be reached: {}", error.kind())))?;
    // A letter is two small writes; without this the second waits for the echo of the first.
    stream.set_nodelay(true).map_err(|_| unreachable("the connection was lost"))?;
    let peer = stream.peer_addr().map_err(|_| unreachable("the connection was lost"))?;
    if relay.security == Security::None && !peer.ip().is_loopback() {
        let text = "only a relay on this machine may be reached without encryption";
        return Err(Failure::new(Kind::Breaker, Phase::Connect, text));
    }
    let stream: Box<dyn AsyncTokioStream> = match relay.security {
        Security::StartTls => Box::new(Wire::new(stream)),
        Security::Tls | Security::None => Box::new(stream),
    };
    let greeted = AsyncSmtpConnection::connect_with_transport(stream, &relay.hello);
    within(relay.timeouts.greeting, Phase::Greeting, secrets, greeted).await
}

async fn encrypt(
    connection: &mut AsyncSmtpConnection,
    relay: &Relay,
    secrets: &[String],
) -> Result<(), Failure> {
    let Some(tls) = relay.tls.clone().filter(|_| connection.can_starttls()) else {
        let text = "the relay does not offer STARTTLS, and nothing is sent in clear";
        return Err(Failure::new(Kind::Breaker, Phase::Tls, text));
    };
    let step = connection.starttls(tls, &relay.hello);
    within(relay.timeouts.tls, Phase::Tls, secrets, step).await
}

/// Here lettre opens the socket itself, so `TCP_NODELAY` is out of reach: a letter may wait for
/// a delayed acknowledgement (40 ms). STARTTLS has no such wait.
async fn encrypted_from_the_start(
    relay: &Relay,
    secrets: &[String],
) -> Result<AsyncSmtpConnection, Failure> {
    let limits = relay.timeouts;
    let step = AsyncSmtpConnection::connect_tokio1(
        (relay.host.as_str(), relay.port),
        Some(limits.connect),
        &relay.hello,
        relay.tls.clone(),
        None,
    );
    let all = limits.connect.saturating_add(limits.tls).saturating_add(limits.greeting);
    match timeout(all, step).await {
        Err(_) => Err(Failure::timeout(Phase::Greeting)),
        Ok(Err(error)) => Err(Failure::of_start(&error, secrets)),
        Ok(Ok(connection)) => Ok(connection),
    }
}

async fn authenticate(
    connection: &mut AsyncSmtpConnection,
    known: &Credentials,
    limit: Duration,
    secrets: &[String],
) -> Result<(), Failure> {
    let mechanisms = [Mechanism::Plain, Mechanism::Login];
    if connection.server_info().get_auth_mechanism(&mechanisms).is_none() {
        let text = "the relay offers neither AUTH PLAIN nor AUTH LOGIN";
        return Err(Failure::new(Kind::Breaker, Phase::Auth, text));
    }
    let step = connection.auth(&mechanisms, known);
    within(limit, Phase::Auth, secrets, step).await.map(|_| ())
}

async fn within<T>(
    limit: Duration,
    phase: Phase,
    secrets: &[String],
    step: impl Future<Output = Result<T, smtp::Error>>,
) -> Result<T, Failure> {
    match timeout(limit, step).await {
        Err(_) => Err(Failure::timeout(phase)),
        Ok(Err(error)) => Err(Failure::of(&error, phase, secrets)),
        Ok(Ok(done)) => Ok(done),
    }
}

fn unexpected(answer: &Response, phase: Phase, secrets: &[String]) -> Failure {
    let text = answer.message().collect::<Vec<_>>().join(" ");
    Failure::answered(u16::from(answer.code()), &text, phase, secrets)
}

#[cfg(test)]
mod tests;
