//! A token endpoint that answers as a test wants: on the loopback, over TLS, in a thread of its own.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use tokio_rustls::rustls::{ServerConnection, Stream};

use crate::smtp::certificates;

/// The longest request that is read.
const MAX_REQUEST_BYTES: usize = 1 << 16;

/// What the endpoint answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A token that is good for so many seconds.
    Token(String, u64),
    /// A code with a body.
    Refusal(u16, String),
    /// Bytes that are no answer of HTTP.
    Babble,
    /// Nothing, while the connection stays.
    Stall,
}

/// The running endpoint.
pub struct Endpoint {
    port: u16,
    ca_pem: String,
    shelf: Arc<Shelf>,
}

struct Shelf {
    answer: Mutex<Answer>,
    asked: Mutex<Vec<String>>,
    /// Guests that are answered by nothing; they end with the endpoint.
    waiting: Mutex<Vec<TcpStream>>,
}

impl Endpoint {
    /// Starts an endpoint that gives out this.
    ///
    /// # Panics
    /// When there is no free port.
    pub fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("it listens").port();
        let made = certificates::make();
        let config = Arc::new(certificates::server(&made));
        let shelf = Arc::new(Shelf {
            answer: Mutex::new(answer),
            asked: Mutex::default(),
            waiting: Mutex::default(),
        });
        let guests = Arc::clone(&shelf);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let Ok(tls) = ServerConnection::new(Arc::clone(&config)) else { return };
                let shelf = Arc::clone(&guests);
                // A guest that leaves in the middle of a word is part of the tests.
                std::thread::spawn(move || shelf.serve(tls, stream).unwrap_or_default());
            }
        });
        Self { port, ca_pem: made.ca_pem, shelf }
    }

    /// Where tokens are fetched.
    pub fn url(&self) -> String {
        format!("https://localhost:{}/kommune/oauth2/v2.0/token", self.port)
    }

    /// The authority a client has to trust, as PEM.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// What it answers from now on.
    pub fn answer(&self, answer: Answer) {
        *self.shelf.answer.lock().unwrap_or_else(PoisonError::into_inner) = answer;
    }

    /// The bodies of all requests so far.
    pub fn asked(&self) -> Vec<String> {
        self.shelf.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Shelf {
    fn serve(&self, mut tls: ServerConnection, mut stream: TcpStream) -> std::io::Result<()> {
        let mut wire = Stream::new(&mut tls, &mut stream);
        let mut request = Vec::new();
        let mut room = [0; 4_096];
        let body = loop {
            if let Some(body) = whole(&request) {
                break body;
            }
            let read = wire.read(&mut room)?;
            request.extend_from_slice(&room[..read]);
            if read == 0 || request.len() > MAX_REQUEST_BYTES {
                return Ok(());
            }
        };
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(body);
        let answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (code, body) = match answer {
            Answer::Token(token, lasts) => {
                let body = format!(
                    r#"{{"token_type":"Bearer","expires_in":{lasts},"access_token":"{token}"}}"#
                );
                (200, body)
            }
            Answer::Refusal(code, body) => (code, body),
            Answer::Babble => {
                wire.write_all(b"220 relay.example ESMTP\r\n\r\n")?;
                return wire.flush();
            }
            Answer::Stall => {
                let stays = stream.try_clone()?;
                self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(stays);
                return Ok(());
            }
        };
        let length = body.len();
        write!(
            wire,
            "HTTP/1.1 {code} so\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
             Connection: close\r\n\r\n{body}"
        )?;
        wire.flush()?;
        tls.send_close_notify();
        tls.write_tls(&mut stream).map(|_| ())
    }
}

/// The body of a request once all of it has come in.
fn whole(request: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(request);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    (body.len() >= length.unwrap_or(0)).then(|| body.to_owned())
}
