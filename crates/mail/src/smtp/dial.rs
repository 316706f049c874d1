//! The way to the relay: reach it, encrypt, say who we are, hear what it can do.

use std::{fmt, net::SocketAddr, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use lettre::transport::smtp::{
    self,
    authentication::{Credentials, Mechanism},
    client::{AsyncSmtpConnection, AsyncTokioStream},
    commands::Ehlo,
    response::Response,
};
use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};

use super::{Session, State, unexpected, within};
use crate::{
    failure::{Failure, Kind, Phase},
    relay::{self, Identity, Relay, Security, Way},
    token::Token,
    trust::Trust,
    wire::{Encrypted, Wire},
};

/// What the relay is told of us.
pub(super) enum Known<'relay> {
    Password(&'relay relay::Credentials, Way),
    Token(&'relay str, Token),
}

impl Known<'_> {
    /// Whether a newer one may be worth more.
    pub(super) fn may_be_stale(&self) -> bool {
        matches!(self, Known::Token(_, token) if !token.is_new)
    }

    fn secrets(&self) -> Vec<String> {
        match self {
            Known::Password(known, _) => vec![known.password.clone(), known.user.clone()],
            Known::Token(user, token) => vec![token.text.clone(), (*user).to_owned()],
        }
    }
}

/// Fetches what we say who we are with, before the relay is kept waiting.
pub(super) async fn credentials(relay: &Relay) -> Result<Option<Known<'_>>, Failure> {
    Ok(match &relay.identity {
        None => None,
        Some(Identity::Password { known, way }) => Some(Known::Password(known, *way)),
        Some(Identity::Token { user, tokens }) => Some(Known::Token(user, tokens.get().await?)),
    })
}

pub(super) async fn forget(relay: &Relay, known: &Known<'_>) {
    if let (Some(Identity::Token { tokens, .. }), Known::Token(_, token)) = (&relay.identity, known)
    {
        tokens.forget(token).await;
    }
}

pub(super) async fn reach(relay: &Relay, known: Option<&Known<'_>>) -> Result<Session, Failure> {
    let secrets = known.map(Known::secrets).unwrap_or_default();
    let stream = open(relay).await?;
    let stream: Box<dyn AsyncTokioStream> = match (relay.security, &relay.trust) {
        (Security::Tls, Some(trust)) => Box::new(encrypted(relay, trust, stream).await?),
        (Security::StartTls, _) => Box::new(Wire::to_be_encrypted(stream)),
        (Security::Tls | Security::None, _) => Box::new(Wire::settled(stream)),
    };
    let greeted = AsyncSmtpConnection::connect_with_transport(stream, &relay.hello);
    let mut connection =
        within(relay.timeouts.greeting, Phase::Greeting, &secrets, greeted).await?;
    if relay.security == Security::StartTls {
        encrypt(&mut connection, relay, &secrets).await?;
    }
    if let Some(known) = known {
        authenticate(&mut connection, known, (relay.timeouts.auth, &secrets)).await?;
    }
    let notifies = notifies(&mut connection, relay, &secrets).await?;
    let timeouts = relay.timeouts;
    Ok(Session { connection, timeouts, secrets, state: State::Ready, notifies })
}

async fn open(relay: &Relay) -> Result<TcpStream, Failure> {
    let unreachable = |text: &str| Failure::new(Kind::Retry, Phase::Connect, text);
    let reached = async {
        let found = lookup_host((relay.host.as_str(), relay.port)).await;
        let found = found.map_err(|_| unreachable("the relay's name cannot be looked up"))?;
        let addresses: Vec<SocketAddr> = found.collect();
        let reached = TcpStream::connect(&*addresses).await;
        reached.map_err(|e| unreachable(&format!("the relay cannot be reached: {}", e.kind())))
    };
    let reached = timeout(relay.timeouts.connect, reached).await;
    let stream = reached.map_err(|_| Failure::timeout(Phase::Connect))??;
    // A letter is two small writes; without this the second waits for the echo of the first.
    stream.set_nodelay(true).map_err(|_| unreachable("the connection was lost"))?;
    let peer = stream.peer_addr().map_err(|_| unreachable("the connection was lost"))?;
    if relay.security == Security::None && !peer.ip().is_loopback() {
        let text = "only a relay on this machine may be reached without encryption";
        return Err(Failure::new(Kind::Breaker, Phase::Connect, text));
    }
    Ok(stream)
}

async fn encrypted(relay: &Relay, trust: &Trust, stream: TcpStream) -> Result<Encrypted, Failure> {
    let step = trust.connector.connect(trust.name.clone(), Wire::settled(stream));
    match timeout(relay.timeouts.tls, step).await {
        Err(_) => Err(Failure::timeout(Phase::Tls)),
        Ok(Err(error)) => Err(Failure::of_handshake(&error)),
        Ok(Ok(stream)) => Ok(Encrypted(stream)),
    }
}

async fn encrypt(
    connection: &mut AsyncSmtpConnection,
    relay: &Relay,
    secrets: &[String],
) -> Result<(), Failure> {
    let Some(trust) = relay.trust.as_ref().filter(|_| connection.can_starttls()) else {
        let text = "the relay does not offer STARTTLS, and nothing is sent in clear";
        return Err(Failure::new(Kind::Breaker, Phase::Tls, text));
    };
    let step = connection.starttls(trust.starttls.clone(), &relay.hello);
    within(relay.timeouts.tls, Phase::Tls, secrets, step).await
}

async fn authenticate(
    connection: &mut AsyncSmtpConnection,
    known: &Known<'_>,
    (limit, secrets): (Duration, &[String]),
) -> Result<(), Failure> {
    match known {
        Known::Password(known, way) => {
            let mechanisms = way.mechanisms();
            if connection.server_info().get_auth_mechanism(mechanisms).is_none() {
                return Err(not_offered(match way {
                    Way::WhatFits => "neither AUTH PLAIN nor AUTH LOGIN",
                    Way::Plain => "no AUTH PLAIN",
                    Way::Login => "no AUTH LOGIN",
                }));
            }
            let known = Credentials::new(known.user.clone(), known.password.clone());
            let step = connection.auth(mechanisms, &known);
            within(limit, Phase::Auth, secrets, step).await.map(|_| ())
        }
        Known::Token(user, token) => {
            let wanted = [Mechanism::Xoauth2];
            if connection.server_info().get_auth_mechanism(&wanted).is_none() {
                return Err(not_offered("no AUTH XOAUTH2"));
            }
            let step = by_token(connection, user, token);
            let answer = within(limit, Phase::Auth, secrets, step).await?;
            if answer.has_code(235) {
                Ok(())
            } else {
                Err(unexpected(&answer, Phase::Auth, secrets))
            }
        }
    }
}

/// A relay that refuses a token says why first and waits for an empty line before its 535, which
/// lettre's own AUTH does not send.
async fn by_token(
    connection: &mut AsyncSmtpConnection,
    user: &str,
    token: &Token,
) -> Result<Response, smtp::Error> {
    let words =
        BASE64_STANDARD.encode(format!("user={user}\x01auth=Bearer {}\x01\x01", token.text));
    let answer = connection.command(Line(&format!("AUTH XOAUTH2 {words}"))).await?;
    if answer.has_code(334) { connection.command(Line("")).await } else { Ok(answer) }
}

/// A command and the end of its line.
struct Line<'a>(&'a str);

impl fmt::Display for Line<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}\r\n", self.0)
    }
}

fn not_offered(what: &str) -> Failure {
    Failure::new(Kind::Breaker, Phase::Auth, &format!("the relay offers {what}"))
}

/// Asks once more what the relay can do: lettre keeps no more of it than it needs itself, and some
/// relays offer more to whom they know.
async fn notifies(
    connection: &mut AsyncSmtpConnection,
    relay: &Relay,
    secrets: &[String],
) -> Result<bool, Failure> {
    let step = connection.command(Ehlo::new(relay.hello.clone()));
    let answer = within(relay.timeouts.command, Phase::Greeting, secrets, step).await?;
    Ok(answer.message().skip(1).any(|line| line.eq_ignore_ascii_case("DSN")))
}
