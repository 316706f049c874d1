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
    client::AsyncSmtpConnection,
    commands::{Data, Mail, Quit, Rcpt, Rset},
    extension::{MailParameter, RcptParameter},
    response::Response,
};
use tokio::time::timeout;

use crate::{
    address::Address,
    failure::{Failure, Kind, Phase, cleaned},
    mime,
    relay::{Relay, Timeouts},
};

mod dial;

/// The largest letter we hand over; ours are a few kilobytes.
const MAX_LETTER_BYTES: usize = 1 << 20;

/// A connection to the relay, greeted, encrypted and known, that carries letter after letter.
pub struct Session {
    connection: AsyncSmtpConnection,
    timeouts: Timeouts,
    secrets: Vec<String>,
    state: State,
    /// Whether the relay tells of what becomes of a letter later: RFC 3461.
    notifies: bool,
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
    /// What a later report calls the letter by; letters, digits, `-` and `.` alone.
    pub id: Option<String>,
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
    ///
    /// A token that was kept and is refused is fetched anew, once.
    pub async fn connect(relay: &Relay) -> Result<Session, Failure> {
        let known = dial::credentials(relay).await?;
        let refused = match dial::reach(relay, known.as_ref()).await {
            Err(failure) if failure.is_refused_login() => failure,
            reached => return reached,
        };
        let Some(known) = known.filter(dial::Known::may_be_stale) else {
            return Err(refused);
        };
        dial::forget(relay, &known).await;
        let known = dial::credentials(relay).await?;
        dial::reach(relay, known.as_ref()).await
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
        let (of_sender, of_recipient) = self.wishes(envelope);
        let sender = Mail::new(Some(envelope.from.to_lettre()), of_sender);
        self.say(sender, Phase::Sender).await?;
        let recipient = Rcpt::new(envelope.to.to_lettre(), of_recipient);
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

    /// That a failure or a delay is reported later, under the name of the letter, and without it.
    fn wishes(&self, envelope: &Envelope) -> (Vec<MailParameter>, Vec<RcptParameter>) {
        if !self.notifies {
            return (Vec::new(), Vec::new());
        }
        let of_letter = |keyword: &str, value: &str| MailParameter::Other {
            keyword: keyword.to_owned(),
            value: Some(value.to_owned()),
        };
        let of_recipient = |keyword: &str, value: String| RcptParameter::Other {
            keyword: keyword.to_owned(),
            value: Some(value),
        };
        let mut letter = vec![of_letter("RET", "HDRS")];
        letter.extend(envelope.id.as_deref().map(|id| of_letter("ENVID", id)));
        let recipient = vec![
            of_recipient("NOTIFY", "FAILURE,DELAY".to_owned()),
            of_recipient("ORCPT", format!("rfc822;{}", envelope.to.as_str())),
        ];
        (letter, recipient)
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

pub(crate) async fn within<T>(
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
