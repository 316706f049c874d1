use std::time::Duration;

use super::Sink;
use crate::{
    address::Address,
    relay::{Relay, Security, Settings, Timeouts},
    smtp::{Envelope, Session},
};

fn envelope() -> Envelope {
    Envelope {
        from: Address::parse("spor@kommune.example").unwrap(),
        to: Address::parse("mentor.7@kommune.example").unwrap(),
        id: None,
    }
}

async fn session(sink: &Sink) -> Session {
    let settings = Settings {
        host: "127.0.0.1".to_owned(),
        port: sink.address().port(),
        security: Security::None,
        login: None,
        ca_file: None,
        hello_name: Some("spor.kommune.example".to_owned()),
        timeouts: Timeouts::default(),
    };
    Session::connect(&Relay::prepare(settings).unwrap()).await.unwrap()
}

#[tokio::test]
async fn letters_are_kept_byte_for_byte_on_one_connection() {
    let sink = Sink::start().await.unwrap();
    let mut session = session(&sink).await;
    let letters: [&[u8]; 3] =
        [b"A: b\r\n\r\n.dots\r\n..two\r\n.\r\n", b"B: c\r\n\r\n\r\n\r\n", b"C: d\r\n\r\nend\r\n"];
    for letter in letters {
        let accepted = session.offer(&envelope()).await.unwrap().hand_over(letter).await.unwrap();
        assert_eq!(accepted.text, "2.0.0 kept");
    }
    session.close().await;
    tokio::time::timeout(Duration::from_secs(30), sink.wait_for(3)).await.unwrap();
    let kept = sink.letters();
    assert_eq!(kept.iter().map(|letter| letter.bytes.as_slice()).collect::<Vec<_>>(), letters);
    assert_eq!(kept[0].from, "spor@kommune.example");
    assert_eq!(kept[0].to, ["mentor.7@kommune.example"]);
}

#[tokio::test]
async fn an_offer_taken_back_or_dropped_leaves_nothing_behind() {
    let sink = Sink::start().await.unwrap();
    let mut session = session(&sink).await;
    session.offer(&envelope()).await.unwrap().withdraw().await;
    drop(session.offer(&envelope()).await.unwrap());
    session.offer(&envelope()).await.unwrap().hand_over(b"A: b\r\n\r\nc\r\n").await.unwrap();
    assert_eq!(sink.letters().len(), 1);
    assert_eq!(sink.letters()[0].to.len(), 1);
}

#[tokio::test]
async fn a_bare_line_break_never_reaches_the_wire() {
    let sink = Sink::start().await.unwrap();
    let mut session = session(&sink).await;
    let smuggled = b"A: b\r\n\r\nc\n.\r\nMAIL FROM:<x@y.example>\r\n";
    let failure = session.offer(&envelope()).await.unwrap().hand_over(smuggled).await.unwrap_err();
    assert_eq!(failure.kind, crate::failure::Kind::GiveUp);
    assert!(session.is_usable());
    assert!(sink.letters().is_empty());
}
