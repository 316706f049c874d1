//! The line to the relay: nothing is read ahead of encryption, and no answer is endless.
//!
//! Whoever sits on the line could send answers along with the relay's "go on" to STARTTLS. Read
//! ahead, they would pass for answers from inside the encrypted connection, down to the 250 of a
//! letter that nobody took. So bytes are taken one at a time until our first TLS record goes
//! out; what was slipped in then meets the handshake, and the handshake fails.
//!
//! A line without an end would be gathered in memory until time is up. So there is a limit to what
//! may come in before we say something again.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll, ready},
};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::client::TlsStream;

/// The first byte of a TLS handshake record; no SMTP command begins with it.
const TLS_HANDSHAKE: u8 = 0x16;

/// The most that a relay may say at once: its certificates are the longest of it.
const MAX_ANSWER_BYTES: usize = 128 << 10;

/// A connection to the relay.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    reads_ahead: bool,
    heard: usize,
}

impl Wire {
    /// A connection that will be encrypted after some words in clear.
    pub(crate) fn to_be_encrypted(stream: TcpStream) -> Wire {
        Wire { stream, reads_ahead: false, heard: 0 }
    }

    /// A connection that stays as it is from its first byte on.
    pub(crate) fn settled(stream: TcpStream) -> Wire {
        Wire { stream, reads_ahead: true, heard: 0 }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.heard >= MAX_ANSWER_BYTES {
            return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
        }
        let before = room.filled().len();
        if self.reads_ahead || room.remaining() == 0 {
            ready!(Pin::new(&mut self.stream).poll_read(context, room))?;
        } else {
            let mut byte = [0; 1];
            let mut one = ReadBuf::new(&mut byte);
            ready!(Pin::new(&mut self.stream).poll_read(context, &mut one))?;
            room.put_slice(one.filled());
        }
        self.heard += room.filled().len() - before;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.reads_ahead |= bytes.first() == Some(&TLS_HANDSHAKE);
        self.heard = 0;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl AsyncTokioStream for Wire {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }
}

/// A connection that we have encrypted ourselves from its first byte.
#[derive(Debug)]
pub(crate) struct Encrypted(pub(crate) TlsStream<Wire>);

impl AsyncRead for Encrypted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, room)
    }
}

impl AsyncWrite for Encrypted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

impl AsyncTokioStream for Encrypted {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.get_ref().0.peer_addr()
    }
}

#[cfg(test)]
mod tests;
