//! XOAUTH2 against the scripted relay and a token endpoint that answers as the test wants.

use std::{path::PathBuf, time::Duration};

use spor_mail::{
    failure::{Failure, Kind, Phase},
    relay::{Login, Relay, Security, Settings, Way},
    smtp::{Accepted, Session},
    token::Issuer,
};
use spor_tests::{
    smtp::{Config, Encryption, Server},
    token::{Answer, Endpoint},
};
use tempfile::TempDir;

use super::{envelope, letter, password, relay, settings};

const MAILBOX: &str = "spor@kommune.example";
const SECRET: &str = "meget/hemmelig+nr=7";

struct House {
    server: Server,
    endpoint: Endpoint,
    folder: TempDir,
}

impl House {
    /// A relay that takes this token, and an endpoint that gives out that one.
    async fn new(taken: &str, given: Answer) -> House {
        let account = Some((MAILBOX.to_owned(), taken.to_owned()));
        let mechanisms = "LOGIN XOAUTH2".to_owned();
        let config = Config { account, mechanisms, ..Config::default() };
        let server = Server::start(config).await.expect("a free port");
        let endpoint = Endpoint::start(given);
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in [
            ("relay.pem", server.ca_pem()),
            ("endpoint.pem", endpoint.ca_pem()),
            ("secret", &format!("{SECRET}\n")),
        ] {
            std::fs::write(folder.path().join(name), text).expect("a file");
        }
        House { server, endpoint, folder }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn settings(&self) -> Settings {
        let issuer = Issuer {
            url: self.endpoint.url(),
            client_id: "spor-klient".to_owned(),
            secret_file: self.file("secret"),
            scope: "https://outlook.office365.com/.default".to_owned(),
            ca_file: Some(self.file("endpoint.pem")),
        };
        let login = Login::Token { user: MAILBOX.to_owned(), issuer };
        let settings = settings(self.server.port(), Security::StartTls, &self.file("relay.pem"));
        Settings { login: Some(login), ..settings }
    }

    fn relay(&self) -> Relay {
        relay(self.settings())
    }
}

fn token(text: &str, lasts: u64) -> Answer {
    Answer::Token(text.to_owned(), lasts)
}

async fn deliver(relay: &Relay) -> Result<Accepted, Failure> {
    let mut session = Session::connect(relay).await?;
    session.offer(&envelope()).await?.hand_over(&letter().bytes).await
}

/// Not even in pieces.
fn keeps_secrets(failure: &Failure) {
    let shown = format!("{failure} {failure:?}");
    for secret in [SECRET, "hemmelig", "gammel", "frisk", MAILBOX] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn a_letter_goes_out_by_a_token_that_is_fetched_once_and_kept() {
    let house = House::new("frisk.1", token("frisk.1", 3_600)).await;
    let relay = house.relay();
    for _ in 0..3 {
        deliver(&relay).await.unwrap();
    }
    assert_eq!(house.server.letters().len(), 3);
    assert_eq!(house.server.letters()[0].account.as_deref(), Some(MAILBOX));
    assert_eq!(
        house.endpoint.asked(),
        ["grant_type=client_credentials&client_id=spor-klient&\
          client_secret=meget%2Fhemmelig%2Bnr%3D7&\
          scope=https%3A%2F%2Foutlook.office365.com%2F.default"]
    );
}

#[tokio::test]
async fn connections_that_are_made_at_once_fetch_one_token() {
    let house = House::new("frisk.1", token("frisk.1", 3_600)).await;
    let relay = house.relay();
    let (one, two, three) =
        tokio::join!(deliver(&relay), deliver(&relay), Session::connect(&relay));
    assert!(one.is_ok() && two.is_ok() && three.is_ok());
    assert_eq!(house.endpoint.asked().len(), 1);
}

#[tokio::test]
async fn a_token_at_its_end_is_fetched_anew_before_the_relay_refuses_it() {
    let house = House::new("frisk.1", token("frisk.1", 0)).await;
    let relay = house.relay();
    deliver(&relay).await.unwrap();
    deliver(&relay).await.unwrap();
    assert_eq!(house.endpoint.asked().len(), 2);
}

#[tokio::test]
async fn a_kept_token_that_is_refused_is_fetched_anew_once() {
    let house = House::new("frisk.2", token("gammel.1", 3_600)).await;
    let relay = house.relay();
    let failure = deliver(&relay).await.unwrap_err();
    assert_eq!((failure.kind, failure.phase), (Kind::Breaker, Phase::Auth), "{failure}");
    assert_eq!(failure.text, "535 5.7.8");
    assert_eq!(house.endpoint.asked().len(), 1, "a new token that is refused gets no better");
    keeps_secrets(&failure);

    house.endpoint.answer(token("frisk.2", 3_600));
    deliver(&relay).await.unwrap();
    assert_eq!(house.endpoint.asked().len(), 2);

    house.server.script("auth:535*1");
    deliver(&relay).await.unwrap();
    assert_eq!(house.endpoint.asked().len(), 3, "the kept one was refused, a new one was not");
    house.server.script("auth:535");
    assert_eq!(deliver(&relay).await.unwrap_err().kind, Kind::Breaker);
    assert_eq!(house.endpoint.asked().len(), 4);
}

#[tokio::test]
async fn without_a_token_nobody_is_asked_to_take_a_letter_and_the_cause_is_named() {
    let refusal = r#"{"error":"invalid_client","error_description":"AADSTS7000215: hemmelig"}"#;
    let cases = [
        (
            Answer::Refusal(401, refusal.to_owned()),
            Kind::Breaker,
            "401 invalid_client (AADSTS7000215)",
        ),
        (Answer::Refusal(503, "busy".to_owned()), Kind::Retry, "503"),
        (Answer::Refusal(200, "<html>login</html>".to_owned()), Kind::Retry, "no token"),
        (Answer::Refusal(302, String::new()), Kind::Retry, "302"),
        (Answer::Refusal(200, "x".repeat(200_000)), Kind::Retry, "no token"),
        (Answer::Babble, Kind::Retry, "no token"),
        (Answer::Stall, Kind::Retry, "in time"),
    ];
    for (answer, kind, words) in cases {
        let house = House::new("frisk.1", answer.clone()).await;
        let mut settings = house.settings();
        if answer == Answer::Stall {
            settings.timeouts.auth = Duration::from_millis(400);
        }
        let failure = deliver(&relay(settings)).await.unwrap_err();
        assert_eq!((failure.kind, failure.phase), (kind, Phase::Auth), "{answer:?}: {failure}");
        assert!(failure.text.contains(words), "{answer:?}: {failure}");
        assert!(failure.text.contains("token endpoint"), "{failure}");
        assert_eq!(house.server.connections(), 0, "the relay is not kept waiting");
        keeps_secrets(&failure);
    }
}

#[tokio::test]
async fn an_endpoint_that_is_down_or_somebody_else_gets_no_secret() {
    let house = House::new("frisk.1", token("frisk.1", 3_600)).await;
    let mut down = house.settings();
    let Some(Login::Token { issuer, .. }) = &mut down.login else { panic!("a token") };
    issuer.url = "https://localhost:1/token".to_owned();
    let failure = deliver(&relay(down)).await.unwrap_err();
    assert_eq!((failure.kind, failure.phase), (Kind::Retry, Phase::Auth), "{failure}");
    assert_eq!(failure.text, "the token endpoint cannot be reached");

    let mut other = house.settings();
    let Some(Login::Token { issuer, .. }) = &mut other.login else { panic!("a token") };
    issuer.ca_file = Some(house.file("relay.pem"));
    let failure = deliver(&relay(other)).await.unwrap_err();
    assert_eq!((failure.kind, failure.phase), (Kind::Breaker, Phase::Auth), "{failure}");
    assert!(failure.text.contains("encrypted connection"), "{failure}");
    assert!(house.endpoint.asked().is_empty());
}

#[tokio::test]
async fn a_secret_that_was_changed_is_told_without_a_restart() {
    let house = House::new("frisk.1", token("frisk.1", 0)).await;
    let relay = house.relay();
    deliver(&relay).await.unwrap();
    std::fs::write(house.file("secret"), "nyt-nr-8").unwrap();
    deliver(&relay).await.unwrap();
    assert!(house.endpoint.asked()[1].contains("client_secret=nyt-nr-8"));
    std::fs::remove_file(house.file("secret")).unwrap();
    let failure = deliver(&relay).await.unwrap_err();
    assert_eq!((failure.kind, failure.phase), (Kind::Breaker, Phase::Auth));
    assert!(failure.text.contains("the file of the secret"), "{failure}");
}

#[tokio::test]
async fn a_relay_that_takes_no_tokens_is_told_of_none() {
    let account = Some((MAILBOX.to_owned(), "frisk.1".to_owned()));
    let house = House::new("frisk.1", token("frisk.1", 3_600)).await;
    let old = Server::start(Config { account, ..Config::default() }).await.unwrap();
    let ca_file = house.file("old.pem");
    std::fs::write(&ca_file, old.ca_pem()).unwrap();
    let wishes = Settings { port: old.port(), ca_file: Some(ca_file), ..house.settings() };
    let failure = deliver(&relay(wishes)).await.unwrap_err();
    assert_eq!((failure.kind, failure.phase), (Kind::Breaker, Phase::Auth));
    assert_eq!(failure.text, "the relay offers no AUTH XOAUTH2");
}

#[tokio::test]
async fn a_chosen_way_to_tell_a_password_is_the_only_one() {
    for (offered, way, works) in [
        ("PLAIN LOGIN", Way::Login, true),
        ("PLAIN LOGIN", Way::Plain, true),
        ("PLAIN", Way::Login, false),
        ("LOGIN", Way::Plain, false),
        ("LOGIN", Way::WhatFits, true),
    ] {
        let mechanisms = offered.to_owned();
        let server = Server::start(Config { mechanisms, ..Config::default() }).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let ca_file = folder.path().join("ca.pem");
        std::fs::write(&ca_file, server.ca_pem()).unwrap();
        let settings = settings(server.port(), Security::StartTls, &ca_file);
        let relay = relay(Settings { login: Some(password(way)), ..settings });
        let delivered = deliver(&relay).await;
        assert_eq!(delivered.is_ok(), works, "{offered} {way:?}: {delivered:?}");
    }
}

#[tokio::test]
async fn a_token_goes_over_a_connection_that_is_encrypted_from_the_start_too() {
    let house = House::new("frisk.1", token("frisk.1", 3_600)).await;
    let config = Config {
        account: Some((MAILBOX.to_owned(), "frisk.1".to_owned())),
        mechanisms: "XOAUTH2".to_owned(),
        encryption: Encryption::FromTheStart,
        ..Config::default()
    };
    let server = Server::start(config).await.unwrap();
    let ca_file = house.file("start.pem");
    std::fs::write(&ca_file, server.ca_pem()).unwrap();
    let (port, security) = (server.port(), Security::Tls);
    let settings = Settings { port, security, ca_file: Some(ca_file), ..house.settings() };
    deliver(&relay(settings)).await.unwrap();
    assert!(server.letters()[0].encrypted);
}
