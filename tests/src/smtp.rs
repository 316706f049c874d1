//! A relay that does what a script says: refuses, stalls, hangs up, or takes a letter in silence.
//!
//! In process: [`Server::start`]. As a process of its own, for the real binary:
//! [`program::Program::start`] with the program `smtp_sink`. A script is a line such as
//! `recipient:550`, `answer:swallow*2`, `data:stall` or `recipient[a@b.example]:451*1`.

use std::{
    collections::VecDeque,
    fs, io,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use tokio_rustls::TlsAcceptor;

pub mod certificates;
pub mod program;
mod talk;

/// How the server protects the conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encryption {
    /// Offers STARTTLS and refuses a sender before it.
    #[default]
    Required,
    /// Knows no STARTTLS, as behind a box that strips it.
    Stripped,
    /// Encrypted from the first byte.
    FromTheStart,
}

/// Where in the conversation a rule applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The first line of the server.
    Greeting,
    /// EHLO.
    Hello,
    /// STARTTLS.
    StartTls,
    /// AUTH.
    Auth,
    /// MAIL.
    Sender,
    /// RCPT.
    Recipient,
    /// DATA.
    Data,
    /// In the middle of the letter: acts once its first line has come in.
    Letter,
    /// After the last byte of the letter.
    Answer,
    /// At the first word after a letter was taken: by then the guest has noted that it was.
    Next,
}

/// What the server does there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Answers with this code and goes on; with 421 it hangs up afterwards.
    Reply(u16),
    /// Says nothing more, and keeps the connection.
    Stall,
    /// Closes the connection; a letter that has come in is thrown away.
    HangUp,
    /// Keeps the letter that has come in and closes the connection without an answer.
    Swallow,
    /// Answers with bytes that are no answer, and goes on.
    Babble,
    /// Answers with a line that does not end.
    Endless,
    /// Says nothing until [`Server::go_on`], and then what it would have said.
    Wait,
}

/// One line of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Where it applies.
    pub step: Step,
    /// What it does.
    pub act: Act,
    /// How often; `None` is for ever.
    pub times: Option<u32>,
    /// For this recipient only.
    pub recipient: Option<String>,
}

impl Rule {
    /// Reads `step:act`, `step:act*times` or `step[recipient]:act`.
    pub fn parse(text: &str) -> Option<Rule> {
        let (place, act) = text.trim().rsplit_once(':')?;
        let (act, times) = match act.split_once('*') {
            Some((act, times)) => (act, Some(times.parse().ok()?)),
            None => (act, None),
        };
        let (step, recipient) = match place.strip_suffix(']').and_then(|p| p.split_once('[')) {
            Some((step, recipient)) => (step, Some(recipient.to_owned())),
            None => (place, None),
        };
        let step = match step {
            "greeting" => Step::Greeting,
            "hello" => Step::Hello,
            "starttls" => Step::StartTls,
            "auth" => Step::Auth,
            "sender" => Step::Sender,
            "recipient" => Step::Recipient,
            "data" => Step::Data,
            "letter" => Step::Letter,
            "answer" => Step::Answer,
            "next" => Step::Next,
            _ => return None,
        };
        let act = match act {
            "stall" => Act::Stall,
            "hang-up" => Act::HangUp,
            "babble" => Act::Babble,
            "endless" => Act::Endless,
            "wait" => Act::Wait,
            "swallow" if step == Step::Answer => Act::Swallow,
            code => Act::Reply(code.parse().ok().filter(|code| (200..600).contains(code))?),
        };
        Some(Rule { step, act, times, recipient })
    }
}

/// How a server is set up.
#[derive(Clone, Debug)]
pub struct Config {
    /// Its port; 0 takes a free one.
    pub port: u16,
    /// How it protects the conversation.
    pub encryption: Encryption,
    /// The one account it knows; without it, it asks for none.
    pub account: Option<(String, String)>,
    /// The ways it offers to name that account; of XOAUTH2 the password is the token.
    pub mechanisms: String,
    /// Whether it says that it reports later what becomes of a letter.
    pub reports: bool,
    /// How long it thinks before each answer.
    pub delay: Duration,
    /// Where each letter is written as a file, before it is answered.
    pub folder: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            port: 0,
            encryption: Encryption::Required,
            account: Some(("spor".to_owned(), "hemmelig-7".to_owned())),
            mechanisms: "PLAIN LOGIN".to_owned(),
            reports: true,
            delay: Duration::ZERO,
            folder: None,
        }
    }
}

/// A letter the server has kept.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Letter {
    /// The sender on the envelope.
    pub from: String,
    /// The recipients on the envelope.
    pub to: Vec<String>,
    /// Its `Message-ID`, with the angle brackets.
    pub message_id: String,
    /// The lines that named sender and recipient, with all that was asked for in them.
    #[serde(default)]
    pub envelope: Vec<String>,
    /// Whether it came over an encrypted connection.
    pub encrypted: bool,
    /// The account that handed it in.
    pub account: Option<String>,
    /// What the server answered; `None` when it swallowed the answer.
    pub answered: Option<u16>,
    /// The letter as it came in. In files these are beside, as `.eml`.
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

/// A running server; it ends when this is dropped.
pub struct Server {
    port: u16,
    ca_pem: String,
    shelf: Arc<Shelf>,
    task: JoinHandle<()>,
}

pub(crate) struct Shelf {
    pub(crate) config: Config,
    rules: Mutex<VecDeque<Rule>>,
    letters: Mutex<Vec<Letter>>,
    count: watch::Sender<usize>,
    connections: watch::Sender<usize>,
    /// Guests that wait.
    waiting: watch::Sender<usize>,
    /// How often they were told to go on.
    told: watch::Sender<u64>,
}

impl Server {
    /// Starts a server on the loopback.
    pub async fn start(config: Config) -> io::Result<Server> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, config.port)).await?;
        let port = listener.local_addr()?.port();
        let made = certificates::make();
        let shelf = Arc::new(Shelf {
            config,
            rules: Mutex::default(),
            letters: Mutex::default(),
            count: watch::Sender::new(0),
            connections: watch::Sender::new(0),
            waiting: watch::Sender::new(0),
            told: watch::Sender::new(0),
        });
        let task = tokio::spawn(serve(listener, certificates::acceptor(&made), Arc::clone(&shelf)));
        Ok(Server { port, ca_pem: made.ca_pem, shelf, task })
    }

    /// Its port on `127.0.0.1`.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The authority a client has to trust, as PEM.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// Adds a rule, as `answer:swallow*2`; the first that fits is the one that counts.
    ///
    /// # Panics
    ///
    /// When it is not a rule.
    pub fn script(&self, rule: &str) {
        let rule = Rule::parse(rule).expect("a rule as step:act*times");
        locked(&self.shelf.rules).push_back(rule);
    }

    /// Forgets every rule.
    pub fn clear(&self) {
        locked(&self.shelf.rules).clear();
    }

    /// Every letter so far, also those whose answer was swallowed.
    pub fn letters(&self) -> Vec<Letter> {
        locked(&self.shelf.letters).clone()
    }

    /// How many letters it has taken without a word.
    pub fn swallowed(&self) -> usize {
        locked(&self.shelf.letters).iter().filter(|letter| letter.answered.is_none()).count()
    }

    /// The letters after the first so many.
    pub fn letters_after(&self, count: usize) -> Vec<Letter> {
        locked(&self.shelf.letters).iter().skip(count).cloned().collect()
    }

    /// How many connections were opened so far.
    pub fn connections(&self) -> usize {
        *self.shelf.connections.borrow()
    }

    /// How many guests wait at this moment for [`Server::go_on`].
    pub fn waiting(&self) -> usize {
        *self.shelf.waiting.borrow()
    }

    /// Lets every guest that waits go on.
    pub fn go_on(&self) {
        self.shelf.told.send_modify(|times| *times += 1);
    }

    /// Waits until so many letters have come in; the caller sets a limit to its patience.
    pub async fn wait_for(&self, count: usize) {
        let mut counted = self.shelf.count.subscribe();
        let _ = counted.wait_for(|&have| have >= count).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shelf {
    /// What the script says about this step, if anything; a rule counts down as it is used.
    pub(crate) fn act(&self, step: Step, to: &[String]) -> Option<Act> {
        let mut rules = locked(&self.rules);
        let rule = rules.iter_mut().find(|rule| {
            let meant = rule.recipient.as_ref().is_none_or(|only| to.contains(only));
            rule.step == step && rule.times != Some(0) && meant
        })?;
        if let Some(times) = &mut rule.times {
            *times -= 1;
        }
        Some(rule.act)
    }

    /// Waits for [`Server::go_on`].
    pub(crate) async fn wait(&self) {
        let mut told = self.told.subscribe();
        self.waiting.send_modify(|count| *count += 1);
        let _ = told.changed().await;
        self.waiting.send_modify(|count| *count -= 1);
    }

    pub(crate) fn keep(&self, letter: Letter) -> io::Result<()> {
        let mut letters = locked(&self.letters);
        if let Some(folder) = &self.config.folder {
            write_letter(folder, &letter)?;
        }
        letters.push(letter);
        self.count.send_replace(letters.len());
        Ok(())
    }
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, shelf: Arc<Shelf>) {
    let mut guests = tokio::task::JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        while guests.try_join_next().is_some() {}
        shelf.connections.send_modify(|count| *count += 1);
        let _ = stream.set_nodelay(true);
        guests.spawn(talk::converse(stream, acceptor.clone(), Arc::clone(&shelf)));
    }
}

/// Writes `000001.eml` and `000001.json`; the second is there when the first is complete.
fn write_letter(folder: &Path, letter: &Letter) -> io::Result<()> {
    let have = fs::read_dir(folder)?
        .filter_map(Result::ok)
        .filter(|file| file.path().extension().is_some_and(|kind| kind == "json"))
        .count();
    let path = folder.join(format!("{:06}", have + 1));
    fs::write(path.with_extension("eml"), &letter.bytes)?;
    fs::write(path.with_extension("part"), serde_json::to_vec_pretty(letter)?)?;
    fs::rename(path.with_extension("part"), path.with_extension("json"))
}

/// Reads the letters of a folder in the order in which they came.
pub fn letters_in(folder: &Path) -> io::Result<Vec<Letter>> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?
        .filter_map(Result::ok)
        .map(|file| file.path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "json"))
        .collect();
    files.sort();
    let read = |path: PathBuf| {
        let mut letter: Letter = serde_json::from_slice(&fs::read(&path)?)?;
        letter.bytes = fs::read(path.with_extension("eml"))?;
        Ok(letter)
    };
    files.into_iter().map(read).collect()
}

fn locked<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().expect("nobody panics with it in hand")
}
