use std::net::Ipv4Addr;

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
};

use crate::{
    failure::{Kind, Phase},
    relay::{Relay, Security, Settings, Timeouts},
    smtp::Session,
};

/// A relay with somebody on the line who answers, in clear, what will be asked later.
async fn answers_ahead(listener: TcpListener) {
    let (stream, _) = listener.accept().await.unwrap();
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 here\r\n").await.unwrap();
    stream.read_line(&mut String::new()).await.unwrap();
    stream.write_all(b"250-here\r\n250 STARTTLS\r\n").await.unwrap();
    stream.read_line(&mut String::new()).await.unwrap();
    stream.write_all(b"220 go on\r\n250 slipped in\r\n250 and again\r\n").await.unwrap();
    let _ = stream.read_to_end(&mut Vec::new()).await;
}

#[tokio::test]
async fn answers_slipped_in_before_encryption_break_the_handshake() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let relay = tokio::spawn(answers_ahead(listener));
    let settings = Settings {
        host: "localhost".to_owned(),
        port,
        security: Security::StartTls,
        login: None,
        ca_file: None,
        hello_name: Some("spor.kommune.example".to_owned()),
        timeouts: Timeouts::default(),
    };
    let failure = Session::connect(&Relay::prepare(settings).unwrap()).await.err().unwrap();
    assert_eq!((failure.kind, failure.phase), (Kind::Breaker, Phase::Tls), "{failure}");
    relay.await.unwrap();
}
