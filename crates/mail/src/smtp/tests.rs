use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    pin::Pin,
    task::{Context, Poll},
};

use lettre::transport::smtp::{
    client::{AsyncSmtpConnection, AsyncTokioStream},
    extension::ClientId,
};
use tokio::io::{
    AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader, DuplexStream, ReadBuf, duplex,
};

use super::{Envelope, Session, State};
use crate::{
    address::Address,
    failure::{Failure, Kind, Phase},
    relay::Timeouts,
};

/// A line of known, small room, so that a large letter cannot be written ahead.
#[derive(Debug)]
struct Line(DuplexStream);

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, room)
    }
}

impl AsyncWrite for Line {
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

impl AsyncTokioStream for Line {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok((Ipv4Addr::LOCALHOST, 25).into())
    }
}

/// Answers until the letter begins, reads so many lines of it and leaves.
async fn leaves_after(lines: usize, line: DuplexStream) {
    let mut line = BufReader::new(line);
    line.write_all(b"220 here\r\n").await.unwrap();
    for answer in ["250 here", "250 sender", "250 recipient", "354 go on"] {
        line.read_line(&mut String::new()).await.unwrap();
        line.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
    }
    for _ in 0..lines {
        line.read_line(&mut String::new()).await.unwrap();
    }
}

async fn handed_over_to_one_who_leaves_after(lines: usize) -> Failure {
    let (ours, theirs) = duplex(256);
    let relay = tokio::spawn(leaves_after(lines, theirs));
    let hello = ClientId::Domain("spor.kommune.example".to_owned());
    let connection =
        AsyncSmtpConnection::connect_with_transport(Box::new(Line(ours)), &hello).await.unwrap();
    let (timeouts, secrets) = (Timeouts::default(), Vec::new());
    let mut session =
        Session { connection, timeouts, secrets, state: State::Ready, notifies: false };
    let envelope = Envelope {
        from: Address::parse("spor@kommune.example").unwrap(),
        to: Address::parse("mentor.7@kommune.example").unwrap(),
        id: None,
    };
    let letter = "a line of the letter\r\n".repeat(1_000);
    let offered = session.offer(&envelope).await.unwrap();
    let failure = offered.hand_over(letter.as_bytes()).await.unwrap_err();
    assert!(!session.is_usable());
    relay.await.unwrap();
    failure
}

#[tokio::test]
async fn a_letter_that_was_not_written_to_its_end_is_not_in_doubt() {
    let failure = handed_over_to_one_who_leaves_after(10).await;
    assert_eq!((failure.kind, failure.phase), (Kind::Retry, Phase::Data));
}

#[tokio::test]
async fn a_letter_written_to_its_end_without_an_answer_is_in_doubt() {
    let failure = handed_over_to_one_who_leaves_after(1_001).await;
    assert_eq!((failure.kind, failure.phase), (Kind::InDoubt, Phase::Answer));
}
