//! The conversation of the scripted relay, one guest at a time.

use std::{io, sync::Arc};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    net::TcpStream,
};
use tokio_rustls::TlsAcceptor;

use super::{Act, Encryption, Letter, Shelf, Step};

/// The longest line it reads.
const MAX_LINE_BYTES: u64 = 4_000;

/// The largest letter it reads.
const MAX_LETTER_BYTES: usize = 4 << 20;

trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

struct Guest {
    wire: BufReader<Box<dyn Wire>>,
    shelf: Arc<Shelf>,
    encrypted: bool,
    account: Option<String>,
    from: String,
    to: Vec<String>,
    envelope: Vec<String>,
    /// Whether the last thing it heard was that its letter is taken.
    has_handed_in: bool,
}

/// What a step came to.
#[derive(PartialEq, Eq)]
enum Said {
    /// The usual answer.
    Usual,
    /// The answer of the script.
    Scripted,
    /// Nothing more: the conversation is over.
    Over,
}

/// Talks with one guest until either side has had enough.
pub(crate) async fn converse(stream: TcpStream, acceptor: TlsAcceptor, shelf: Arc<Shelf>) {
    // A guest that leaves in the middle of a word is part of the tests.
    let _ = talk(Box::new(stream), acceptor, shelf).await;
}

async fn talk(wire: Box<dyn Wire>, tls: TlsAcceptor, shelf: Arc<Shelf>) -> io::Result<()> {
    let from_the_start = shelf.config.encryption == Encryption::FromTheStart;
    let wire: Box<dyn Wire> = if from_the_start { Box::new(tls.accept(wire).await?) } else { wire };
    let mut guest = Guest {
        wire: BufReader::new(wire),
        shelf,
        encrypted: from_the_start,
        account: None,
        from: String::new(),
        to: Vec::new(),
        envelope: Vec::new(),
        has_handed_in: false,
    };
    let mut said = guest.step(Step::Greeting, "220 localhost answers by script").await?;
    while said != Said::Over {
        let line = String::from_utf8_lossy(&guest.line().await?).trim_end().to_owned();
        if line.eq_ignore_ascii_case("STARTTLS") && guest.offers_starttls() {
            said = guest.step(Step::StartTls, "220 2.0.0 go on").await?;
            if said == Said::Usual {
                guest.wire = BufReader::new(Box::new(tls.accept(guest.wire.into_inner()).await?));
                guest.encrypted = true;
            }
        } else {
            said = guest.hear(&line).await?;
        }
    }
    Ok(())
}

impl Guest {
    async fn hear(&mut self, line: &str) -> io::Result<Said> {
        if std::mem::take(&mut self.has_handed_in)
            && let Some(said) = self.acts(Step::Next).await?
        {
            return Ok(said);
        }
        let mut words = line.split(' ');
        match words.next().unwrap_or_default().to_ascii_uppercase().as_str() {
            "EHLO" => {
                let features = self.features();
                self.step(Step::Hello, &features).await
            }
            "AUTH" => self.hear_account(words.next(), words.next()).await,
            "MAIL" => self.hear_sender(line).await,
            "RCPT" => {
                self.to.push(path(line));
                self.envelope.push(line.to_owned());
                let said = self.step(Step::Recipient, "250 2.1.5 OK").await?;
                if said == Said::Scripted {
                    self.to.pop();
                }
                Ok(said)
            }
            "DATA" if self.to.is_empty() => self.say("503 5.5.1 name a recipient first").await,
            "DATA" => self.hear_letter().await,
            "RSET" => {
                self.to.clear();
                self.say("250 2.0.0 OK").await
            }
            "NOOP" => self.say("250 2.0.0 OK").await,
            "QUIT" => self.say("221 2.0.0 bye").await.map(|_| Said::Over),
            _ => self.say("502 5.5.2 not known here").await,
        }
    }

    fn features(&self) -> String {
        let mut features = vec!["localhost".to_owned(), "8BITMIME".to_owned()];
        if self.shelf.config.reports {
            features.push("DSN".to_owned());
        }
        if self.offers_starttls() {
            features.push("STARTTLS".to_owned());
        } else if self.shelf.config.account.is_some() {
            features.push(format!("AUTH {}", self.shelf.config.mechanisms));
        }
        features.push("SIZE 4194304".to_owned());
        let last = features.len() - 1;
        let mark = |(at, line): (usize, &String)| {
            if at == last { format!("250 {line}") } else { format!("250-{line}") }
        };
        features.iter().enumerate().map(mark).collect::<Vec<_>>().join("\r\n")
    }

    fn offers_starttls(&self) -> bool {
        self.shelf.config.encryption == Encryption::Required && !self.encrypted
    }

    async fn hear_account(&mut self, way: Option<&str>, first: Option<&str>) -> io::Result<Said> {
        let Some((user, password)) = self.shelf.config.account.clone() else {
            return self.say("502 5.5.1 nobody is asked for here").await;
        };
        let matches = match way.unwrap_or_default().to_ascii_uppercase().as_str() {
            "PLAIN" => {
                let given = match first {
                    Some(given) => given.to_owned(),
                    None => self.ask("334 ").await?,
                };
                given == base64(format!("\0{user}\0{password}").as_bytes())
            }
            "LOGIN" => {
                let name = self.ask("334 VXNlcm5hbWU6").await?;
                let word = self.ask("334 UGFzc3dvcmQ6").await?;
                name == base64(user.as_bytes()) && word == base64(password.as_bytes())
            }
            "XOAUTH2" => {
                let words = format!("user={user}\x01auth=Bearer {password}\x01\x01");
                let is_right = first == Some(base64(words.as_bytes()).as_str());
                if !is_right {
                    // Why, as Microsoft and Google say it; an empty line asks for the 535.
                    let why = base64(br#"{"status":"400","schemes":"Bearer"}"#);
                    self.ask(&format!("334 {why}")).await?;
                }
                is_right
            }
            _ => return self.say("504 5.5.4 not this way").await,
        };
        if !matches {
            return self.say("535 5.7.8 authentication failed").await;
        }
        let said = self.step(Step::Auth, "235 2.7.0 welcome").await?;
        if said == Said::Usual {
            self.account = Some(user);
        }
        Ok(said)
    }

    async fn hear_sender(&mut self, line: &str) -> io::Result<Said> {
        if self.offers_starttls() {
            return self.say("530 5.7.0 STARTTLS first").await;
        }
        if self.shelf.config.account.is_some() && self.account.is_none() {
            return self.say("530 5.7.0 authentication required").await;
        }
        self.from = path(line);
        self.to.clear();
        self.envelope = vec![line.to_owned()];
        self.step(Step::Sender, "250 2.1.0 OK").await
    }

    async fn hear_letter(&mut self) -> io::Result<Said> {
        let said = self.step(Step::Data, "354 end with a dot").await?;
        if said != Said::Usual {
            return Ok(said);
        }
        let mut bytes = Vec::new();
        loop {
            let line = self.line().await?;
            if bytes.is_empty() && self.acts(Step::Letter).await? == Some(Said::Over) {
                return Ok(Said::Over);
            }
            if line == b".\r\n" {
                break;
            }
            bytes.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
            if bytes.len() > MAX_LETTER_BYTES {
                return Ok(Said::Over);
            }
        }
        let to = std::mem::take(&mut self.to);
        let act = self.shelf.act(Step::Answer, &to);
        match act {
            Some(Act::Reply(code)) => return self.refuse(code).await,
            Some(Act::HangUp) => return Ok(Said::Over),
            Some(_) | None => {}
        }
        self.shelf.keep(Letter {
            from: self.from.clone(),
            to,
            message_id: message_id(&bytes),
            envelope: std::mem::take(&mut self.envelope),
            encrypted: self.encrypted,
            account: self.account.clone(),
            answered: matches!(act, None | Some(Act::Wait)).then_some(250),
            bytes,
        })?;
        if act == Some(Act::Wait) {
            self.shelf.wait().await;
        }
        match act {
            Some(Act::Stall) => self.wait_for_the_end().await,
            Some(Act::Babble) => self.babble().await,
            Some(Act::Endless) => self.say_endlessly().await,
            None | Some(Act::Wait) => {
                self.has_handed_in = true;
                self.say("250 2.0.0 kept").await
            }
            Some(_) => Ok(Said::Over),
        }
    }

    /// Does what the script says about a step, or answers as usual.
    async fn step(&mut self, step: Step, usual: &str) -> io::Result<Said> {
        match self.acts(step).await? {
            Some(said) => Ok(said),
            None => self.say(usual).await,
        }
    }

    async fn acts(&mut self, step: Step) -> io::Result<Option<Said>> {
        Ok(match self.shelf.act(step, &self.to) {
            None => None,
            Some(Act::Reply(code)) => Some(self.refuse(code).await?),
            Some(Act::Stall) => Some(self.wait_for_the_end().await?),
            Some(Act::HangUp | Act::Swallow) => Some(Said::Over),
            Some(Act::Babble) => Some(self.babble().await?),
            Some(Act::Endless) => Some(self.say_endlessly().await?),
            Some(Act::Wait) => {
                self.shelf.wait().await;
                None
            }
        })
    }

    async fn babble(&mut self) -> io::Result<Said> {
        self.wire.write_all(b"\x00\xffHTTP/1.1 400 Bad Request\r\n\r\n").await?;
        self.wire.flush().await?;
        Ok(Said::Scripted)
    }

    async fn say_endlessly(&mut self) -> io::Result<Said> {
        loop {
            self.wire.write_all(&[b'2'; 4_096]).await?;
            self.wire.flush().await?;
        }
    }

    async fn refuse(&mut self, code: u16) -> io::Result<Said> {
        self.say(&format!("{code} by script")).await?;
        Ok(if code == 421 { Said::Over } else { Said::Scripted })
    }

    async fn say(&mut self, answer: &str) -> io::Result<Said> {
        if !self.shelf.config.delay.is_zero() {
            tokio::time::sleep(self.shelf.config.delay).await;
        }
        self.wire.write_all(format!("{answer}\r\n").as_bytes()).await?;
        self.wire.flush().await?;
        Ok(Said::Usual)
    }

    async fn ask(&mut self, question: &str) -> io::Result<String> {
        self.say(question).await?;
        Ok(String::from_utf8_lossy(&self.line().await?).trim_end().to_owned())
    }

    async fn line(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        (&mut self.wire).take(MAX_LINE_BYTES).read_until(b'\n', &mut line).await?;
        if line.ends_with(b"\n") { Ok(line) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    /// Says nothing and listens to nothing until the guest has left.
    async fn wait_for_the_end(&mut self) -> io::Result<Said> {
        while !self.wire.fill_buf().await?.is_empty() {
            let heard = self.wire.buffer().len();
            self.wire.consume(heard);
        }
        Ok(Said::Over)
    }
}

fn path(line: &str) -> String {
    let inside = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map_or_else(String::new, |(path, _)| path.to_owned())
}

fn message_id(letter: &[u8]) -> String {
    let text = String::from_utf8_lossy(letter);
    let headers = text.lines().take_while(|line| !line.is_empty());
    let mut named = headers.filter_map(|line| line.split_once(": "));
    let found = named.find(|(name, _)| name.eq_ignore_ascii_case("Message-ID"));
    found.map_or_else(String::new, |(_, id)| id.trim().to_owned())
}

/// RFC 4648, to compare what a guest says with what it should say.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let three = [chunk[0], *chunk.get(1).unwrap_or(&0), *chunk.get(2).unwrap_or(&0)];
        let number = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        for place in 0..4 {
            let letter = LETTERS[(number >> (18 - 6 * place)) as usize & 63];
            text.push(if place <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    text
}
