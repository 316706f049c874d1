//! A relay that keeps every letter and passes none on: for demonstrations without a mail server.
//!
//! It listens on the machine's own loopback, in clear, and asks for no credentials.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use mail_parser::MessageParser;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// The longest line it reads.
const MAX_LINE_BYTES: u64 = 2_000;

/// The largest letter it keeps.
const MAX_LETTER_BYTES: usize = 1 << 20;

/// How many letters it keeps; then it answers that its disk is full.
const MAX_LETTERS: usize = 100_000;

/// A letter as it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The sender on the envelope.
    pub from: String,
    /// The recipients on the envelope.
    pub to: Vec<String>,
    /// The letter, its lines ended by CR LF.
    pub bytes: Vec<u8>,
}

impl Kept {
    /// The subject, decoded.
    pub fn subject(&self) -> String {
        let parsed = MessageParser::default().parse(&self.bytes);
        parsed.and_then(|letter| letter.subject().map(str::to_owned)).unwrap_or_default()
    }

    /// The letter as a reader sees it: its headers as they came, its text decoded.
    pub fn readable(&self) -> String {
        let raw = String::from_utf8_lossy(&self.bytes);
        let headers = raw.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n", "\n");
        let parsed = MessageParser::default().parse(&self.bytes);
        let text = parsed.and_then(|letter| letter.body_text(0).map(|text| text.replace('\r', "")));
        format!("{headers}\n\n{}", text.unwrap_or_default())
    }
}

/// The running relay; it ends when this is dropped.
pub struct Sink {
    address: SocketAddr,
    shelf: Arc<Shelf>,
    task: JoinHandle<()>,
}

struct Shelf {
    letters: Mutex<Vec<Kept>>,
    count: watch::Sender<usize>,
}

impl Sink {
    /// Starts it on a free port of the loopback.
    pub async fn start() -> io::Result<Sink> {
        Sink::start_slow(Duration::ZERO).await
    }

    /// The same, thinking so long before each answer.
    pub async fn start_slow(delay: Duration) -> io::Result<Sink> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shelf =
            Arc::new(Shelf { letters: Mutex::new(Vec::new()), count: watch::Sender::new(0) });
        let task = tokio::spawn(serve(listener, Arc::clone(&shelf), delay));
        Ok(Sink { address, shelf, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Every letter so far, in the order of arrival.
    pub fn letters(&self) -> Vec<Kept> {
        self.shelf.letters.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until so many letters have come in; the caller sets a limit to its patience.
    pub async fn wait_for(&self, count: usize) {
        let mut counted = self.shelf.count.subscribe();
        let _ = counted.wait_for(|&have| have >= count).await;
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shelf {
    fn keep(&self, letter: Kept) -> bool {
        let mut letters = self.letters.lock().unwrap_or_else(PoisonError::into_inner);
        if letters.len() >= MAX_LETTERS {
            return false;
        }
        letters.push(letter);
        self.count.send_replace(letters.len());
        true
    }
}

async fn serve(listener: TcpListener, shelf: Arc<Shelf>, delay: Duration) {
    // Its guests end with it, however many are under way.
    let mut guests = tokio::task::JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        while guests.try_join_next().is_some() {}
        let shelf = Arc::clone(&shelf);
        guests.spawn(async move {
            if let Err(error) = converse(stream, &shelf, delay).await {
                tracing::debug!(target: "spor::mail::sink", kind = ?error.kind(), "a guest left");
            }
        });
    }
}

async fn converse(stream: TcpStream, shelf: &Shelf, delay: Duration) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    let mut letter = Kept { from: String::new(), to: Vec::new(), bytes: Vec::new() };
    stream.write_all(b"220 localhost keeps letters\r\n").await?;
    loop {
        let line = String::from_utf8_lossy(&read_line(&mut stream).await?).trim_end().to_owned();
        let verb = line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
        let answer = match verb.as_str() {
            "EHLO" => "250-localhost\r\n250 8BITMIME",
            "HELO" | "NOOP" => "250 OK",
            "MAIL" => {
                letter = Kept { from: path(&line), to: Vec::new(), bytes: Vec::new() };
                "250 2.1.0 OK"
            }
            "RCPT" => {
                letter.to.push(path(&line));
                "250 2.1.5 OK"
            }
            "RSET" => {
                letter.to.clear();
                "250 2.0.0 OK"
            }
            "DATA" if letter.to.is_empty() => "503 5.5.1 name a recipient first",
            "DATA" => {
                think(delay).await;
                stream.write_all(b"354 end with a dot\r\n").await?;
                letter.bytes = read_letter(&mut stream).await?;
                let to = std::mem::take(&mut letter.to);
                let kept = Kept { from: letter.from.clone(), to, bytes: letter.bytes.clone() };
                if shelf.keep(kept) { "250 2.0.0 kept" } else { "452 4.3.1 the shelf is full" }
            }
            "QUIT" => return stream.write_all(b"221 2.0.0 bye\r\n").await,
            _ => "502 5.5.2 not known here",
        };
        think(delay).await;
        stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
}

async fn think(delay: Duration) {
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
}

async fn read_letter(stream: &mut BufReader<TcpStream>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let line = read_line(stream).await?;
        if line == b".\r\n" {
            return Ok(bytes);
        }
        bytes.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        if bytes.len() > MAX_LETTER_BYTES {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the letter is too large"));
        }
    }
}

async fn read_line(stream: &mut BufReader<TcpStream>) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    stream.take(MAX_LINE_BYTES).read_until(b'\n', &mut line).await?;
    if line.ends_with(b"\n") { Ok(line) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

fn path(line: &str) -> String {
    let inside = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map_or_else(String::new, |(path, _)| path.to_owned())
}

#[cfg(test)]
mod tests;
