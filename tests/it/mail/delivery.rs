//! What each "no" of a relay comes to, and that a letter goes over whole, once, and encrypted.

use std::{path::Path, time::Duration};

use spor_mail::{
    failure::{Failure, Kind, Phase},
    relay::{Relay, Security},
    smtp::{Accepted, Session},
};
use spor_tests::smtp::{Config, Encryption, Server, program::Program};
use tempfile::TempDir;

use super::{address, envelope, letter, relay, settings};

/// Long enough for a busy machine, short enough for the test that waits for it to pass.
const BRIEF: Duration = Duration::from_millis(400);

struct House {
    server: Server,
    folder: TempDir,
}

async fn house(config: Config) -> House {
    let server = Server::start(config).await.expect("a free port");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("ca.pem"), server.ca_pem()).expect("a file");
    House { server, folder }
}

impl House {
    fn relay(&self) -> Relay {
        let ca_file = self.folder.path().join("ca.pem");
        relay(settings(self.server.port(), Security::StartTls, &ca_file))
    }

    /// A relay that is waited for briefly in one phase, and as long as ever in the others.
    fn hasty(&self, phase: Phase) -> Relay {
        let ca_file = self.folder.path().join("ca.pem");
        let mut settings = settings(self.server.port(), Security::StartTls, &ca_file);
        let limits = &mut settings.timeouts;
        let limit = match phase {
            Phase::Connect => &mut limits.connect,
            Phase::Greeting => &mut limits.greeting,
            Phase::Tls => &mut limits.tls,
            Phase::Auth => &mut limits.auth,
            Phase::Sender | Phase::Recipient | Phase::Data => &mut limits.command,
            Phase::Answer => &mut limits.letter,
        };
        *limit = BRIEF;
        relay(settings)
    }
}

async fn deliver(relay: &Relay) -> Result<Accepted, Failure> {
    let mut session = Session::connect(relay).await?;
    session.offer(&envelope()).await?.hand_over(&letter().bytes).await
}

async fn refused(script: &str) -> (Failure, usize) {
    let house = house(Config::default()).await;
    house.server.script(script);
    let failure = deliver(&house.relay()).await.expect_err(script);
    (failure, house.server.letters().len())
}

#[tokio::test]
async fn a_letter_arrives_whole_encrypted_and_under_its_account() {
    let house = house(Config::default()).await;
    let accepted = deliver(&house.relay()).await.unwrap();
    assert_eq!((accepted.code, accepted.text.as_str()), (250, "2.0.0 kept"));
    let kept = house.server.letters();
    assert_eq!(kept.len(), 1);
    assert!(kept[0].bytes == letter().bytes, "it was changed on its way");
    assert_eq!(kept[0].from, "spor@kommune.example");
    assert_eq!(kept[0].to, ["mentor.7@kommune.example"]);
    assert_eq!(kept[0].message_id, "<5f0c7a52-st-7-2026-11-16-1@spor.kommune.example>");
    assert!(kept[0].encrypted);
    assert_eq!(kept[0].account.as_deref(), Some("spor"));
}

#[tokio::test]
async fn each_refusal_is_known_by_its_phase_and_code() {
    let cases = [
        ("greeting:421", Kind::Retry, Phase::Greeting, Some(421)),
        ("greeting:554", Kind::Breaker, Phase::Greeting, Some(554)),
        ("hello:451", Kind::Retry, Phase::Greeting, Some(451)),
        ("starttls:454", Kind::Retry, Phase::Tls, Some(454)),
        ("starttls:501", Kind::Breaker, Phase::Tls, Some(501)),
        ("auth:535", Kind::Breaker, Phase::Auth, Some(535)),
        ("auth:454", Kind::Retry, Phase::Auth, Some(454)),
        ("sender:451", Kind::Retry, Phase::Sender, Some(451)),
        ("sender:550", Kind::Breaker, Phase::Sender, Some(550)),
        ("recipient:550", Kind::GiveUp, Phase::Recipient, Some(550)),
        ("recipient:451", Kind::Retry, Phase::Recipient, Some(451)),
        ("recipient:421", Kind::Retry, Phase::Recipient, Some(421)),
        ("data:451", Kind::Retry, Phase::Data, Some(451)),
        ("data:554", Kind::GiveUp, Phase::Data, Some(554)),
        ("answer:451", Kind::Retry, Phase::Answer, Some(451)),
        ("answer:421", Kind::Retry, Phase::Answer, Some(421)),
        ("answer:550", Kind::GiveUp, Phase::Answer, Some(550)),
        ("answer:354", Kind::InDoubt, Phase::Answer, Some(354)),
    ];
    for (script, kind, phase, code) in cases {
        let (failure, letters) = refused(script).await;
        assert_eq!((failure.kind, failure.phase, failure.code), (kind, phase, code), "{script}");
        assert_eq!(letters, 0, "{script}");
    }
}

#[tokio::test]
async fn a_lost_connection_is_in_doubt_only_after_the_letter() {
    let cases = [
        ("greeting:hang-up", Kind::Retry, Phase::Greeting, 0),
        ("starttls:hang-up", Kind::Retry, Phase::Tls, 0),
        ("auth:hang-up", Kind::Retry, Phase::Auth, 0),
        ("sender:hang-up", Kind::Retry, Phase::Sender, 0),
        ("recipient:hang-up", Kind::Retry, Phase::Recipient, 0),
        ("data:hang-up", Kind::Retry, Phase::Data, 0),
        ("answer:hang-up", Kind::InDoubt, Phase::Answer, 0),
        ("answer:swallow", Kind::InDoubt, Phase::Answer, 1),
    ];
    for (script, kind, phase, kept) in cases {
        let (failure, letters) = refused(script).await;
        assert_eq!((failure.kind, failure.phase, failure.code), (kind, phase, None), "{script}");
        assert_eq!(letters, kept, "{script}");
    }
}

#[tokio::test]
async fn every_phase_has_an_end_to_its_patience() {
    let cases = [
        ("greeting:stall", Kind::Retry, Phase::Greeting, 0),
        ("starttls:stall", Kind::Retry, Phase::Tls, 0),
        ("auth:stall", Kind::Retry, Phase::Auth, 0),
        ("sender:stall", Kind::Retry, Phase::Sender, 0),
        ("recipient:stall", Kind::Retry, Phase::Recipient, 0),
        ("data:stall", Kind::Retry, Phase::Data, 0),
        ("answer:stall", Kind::InDoubt, Phase::Answer, 1),
    ];
    for (script, kind, phase, kept) in cases {
        let house = house(Config::default()).await;
        house.server.script(script);
        let failure = deliver(&house.hasty(phase)).await.expect_err(script);
        assert_eq!((failure.kind, failure.phase), (kind, phase), "{script}");
        assert_eq!(failure.text, "the relay did not answer in time", "{script}");
        assert_eq!(house.server.letters().len(), kept, "{script}");
    }
}

#[tokio::test]
async fn what_is_no_answer_is_known_by_its_phase() {
    let cases = [
        ("greeting", Kind::Retry, Phase::Greeting, 0),
        ("hello", Kind::Retry, Phase::Greeting, 0),
        ("starttls", Kind::Retry, Phase::Tls, 0),
        ("auth", Kind::Retry, Phase::Auth, 0),
        ("sender", Kind::Retry, Phase::Sender, 0),
        ("recipient", Kind::Retry, Phase::Recipient, 0),
        ("data", Kind::Retry, Phase::Data, 0),
        ("answer", Kind::InDoubt, Phase::Answer, 1),
    ];
    for act in ["babble", "endless"] {
        for (step, kind, phase, kept) in cases {
            let (failure, letters) = refused(&format!("{step}:{act}")).await;
            let found = (failure.kind, failure.phase, failure.code);
            assert_eq!(found, (kind, phase, None), "{step}:{act}: {failure}");
            assert_eq!(letters, kept, "{step}:{act}");
            assert!(failure.text.len() < 100, "{failure}");
        }
    }
}

#[tokio::test]
async fn a_relay_that_reports_is_asked_to_and_another_one_is_not_confused() {
    let house = house(Config::default()).await;
    deliver(&house.relay()).await.unwrap();
    let plus = address("mentor+a=b@kommune.example");
    let mut session = Session::connect(&house.relay()).await.unwrap();
    let nameless = spor_mail::smtp::Envelope { to: plus, id: None, ..envelope() };
    session.offer(&nameless).await.unwrap().hand_over(&letter().bytes).await.unwrap();
    let said: Vec<Vec<String>> =
        house.server.letters().into_iter().map(|letter| letter.envelope).collect();
    assert_eq!(
        said,
        [
            [
                "MAIL FROM:<spor@kommune.example> RET=HDRS \
                 ENVID=5f0c7a52-0000-5000-8000-000000000007",
                "RCPT TO:<mentor.7@kommune.example> NOTIFY=FAILURE,DELAY \
                 ORCPT=rfc822;mentor.7@kommune.example",
            ],
            [
                "MAIL FROM:<spor@kommune.example> RET=HDRS",
                "RCPT TO:<mentor+a=b@kommune.example> NOTIFY=FAILURE,DELAY \
                 ORCPT=rfc822;mentor+2Ba+3Db@kommune.example",
            ],
        ]
    );
    let plain = self::house(Config { reports: false, ..Config::default() }).await;
    deliver(&plain.relay()).await.unwrap();
    assert_eq!(
        plain.server.letters()[0].envelope,
        ["MAIL FROM:<spor@kommune.example>", "RCPT TO:<mentor.7@kommune.example>"]
    );
}

#[tokio::test]
async fn a_relay_that_cannot_be_reached_is_tried_again() {
    let house = house(Config::default()).await;
    let relay = house.relay();
    drop(house.server);
    let failure = deliver(&relay).await.unwrap_err();
    assert_eq!((failure.kind, failure.phase), (Kind::Retry, Phase::Connect));
}

#[tokio::test]
async fn without_starttls_nothing_is_said_at_all() {
    let house = house(Config { encryption: Encryption::Stripped, ..Config::default() }).await;
    let failure = deliver(&house.relay()).await.unwrap_err();
    assert_eq!((failure.kind, failure.phase), (Kind::Breaker, Phase::Tls));
    assert!(failure.text.contains("STARTTLS"), "{failure}");
    assert!(house.server.letters().is_empty());
}

#[tokio::test]
async fn a_certificate_of_somebody_else_is_not_trusted() {
    let ours = house(Config::default()).await;
    let other = house(Config::default()).await;
    let ca_file = other.folder.path().join("ca.pem");
    for security in [Security::StartTls, Security::Tls] {
        let encryption = match security {
            Security::Tls => Encryption::FromTheStart,
            Security::StartTls | Security::None => Encryption::Required,
        };
        let server = Server::start(Config { encryption, ..Config::default() }).await.unwrap();
        let failure = deliver(&relay(settings(server.port(), security, &ca_file))).await;
        let failure = failure.unwrap_err();
        assert_eq!((failure.kind, failure.phase), (Kind::Breaker, Phase::Tls), "{failure}");
        assert!(failure.text.contains("certificate"), "{failure}");
    }
    assert!(ours.server.letters().is_empty());
}

#[tokio::test]
async fn a_wrong_password_opens_the_breaker_and_is_not_repeated() {
    let account = Some(("spor".to_owned(), "et-andet-ord".to_owned()));
    let house = house(Config { account, ..Config::default() }).await;
    let failure = deliver(&house.relay()).await.unwrap_err();
    assert_eq!((failure.kind, failure.phase), (Kind::Breaker, Phase::Auth));
    assert_eq!(failure.text, "535 5.7.8");
}

#[tokio::test]
async fn a_relay_that_knows_login_only_is_served_too() {
    let mechanisms = "LOGIN".to_owned();
    let login = house(Config { mechanisms, ..Config::default() }).await;
    deliver(&login.relay()).await.unwrap();
    assert_eq!(login.server.letters()[0].account.as_deref(), Some("spor"));
    let none = house(Config { mechanisms: "GSSAPI".to_owned(), ..Config::default() }).await;
    let failure = deliver(&none.relay()).await.unwrap_err();
    assert_eq!((failure.kind, failure.phase), (Kind::Breaker, Phase::Auth));
}

#[tokio::test]
async fn a_connection_encrypted_from_the_start_works_and_fails_in_known_phases() {
    let encryption = Encryption::FromTheStart;
    let house = house(Config { encryption, ..Config::default() }).await;
    let ca_file = house.folder.path().join("ca.pem");
    let relay = relay(settings(house.server.port(), Security::Tls, &ca_file));
    deliver(&relay).await.unwrap();
    assert!(house.server.letters()[0].encrypted);
    house.server.script("greeting:421*1");
    let failure = deliver(&relay).await.unwrap_err();
    assert_eq!((failure.kind, failure.phase), (Kind::Retry, Phase::Greeting));
    drop(house.server);
    let failure = deliver(&relay).await.unwrap_err();
    assert_eq!((failure.kind, failure.phase), (Kind::Retry, Phase::Connect));
}

#[tokio::test]
async fn a_letter_is_not_handed_over_before_the_caller_says_so() {
    let house = house(Config::default()).await;
    let mut session = Session::connect(&house.relay()).await.unwrap();
    let offered = session.offer(&envelope()).await.unwrap();
    assert!(house.server.letters().is_empty());
    offered.withdraw().await;
    assert!(house.server.letters().is_empty());
    session.offer(&envelope()).await.unwrap().hand_over(&letter().bytes).await.unwrap();
    assert_eq!(house.server.letters().len(), 1);
}

#[tokio::test]
async fn one_connection_carries_the_letters_after_a_refused_one() {
    let house = house(Config::default()).await;
    house.server.script("recipient[gone@kommune.example]:550");
    house.server.script("answer:451*1");
    let mut session = Session::connect(&house.relay()).await.unwrap();
    let gone = spor_mail::smtp::Envelope { to: address("gone@kommune.example"), ..envelope() };
    let failure = session.offer(&gone).await.err().expect("it is refused");
    assert_eq!((failure.kind, failure.text.as_str()), (Kind::GiveUp, "550 by script"));
    let late = session.offer(&envelope()).await.unwrap().hand_over(&letter().bytes).await;
    assert_eq!(late.unwrap_err().kind, Kind::Retry);
    for _ in 0..3 {
        assert!(session.is_usable());
        session.offer(&envelope()).await.unwrap().hand_over(&letter().bytes).await.unwrap();
    }
    session.close().await;
    assert_eq!(house.server.letters().len(), 3);
    assert_eq!(house.server.connections(), 1);
}

#[tokio::test]
async fn after_silence_or_a_421_the_connection_is_not_used_again() {
    for script in ["answer:swallow*1", "answer:421*1", "recipient:hang-up*1"] {
        let house = house(Config::default()).await;
        house.server.script(script);
        let mut session = Session::connect(&house.relay()).await.unwrap();
        match session.offer(&envelope()).await {
            Ok(offered) => drop(offered.hand_over(&letter().bytes).await.unwrap_err()),
            Err(failure) => assert_eq!(failure.kind, Kind::Retry),
        }
        assert!(!session.is_usable(), "{script}");
        assert!(session.offer(&envelope()).await.is_err(), "{script}");
    }
}

#[tokio::test]
async fn a_letter_in_doubt_comes_again_as_the_same_letter() {
    let house = house(Config::default()).await;
    house.server.script("answer:swallow*1");
    assert_eq!(deliver(&house.relay()).await.unwrap_err().kind, Kind::InDoubt);
    deliver(&house.relay()).await.unwrap();
    let kept = house.server.letters();
    assert_eq!(kept.len(), 2);
    assert_eq!(kept[0].message_id, kept[1].message_id);
    assert!(kept[0].bytes == kept[1].bytes, "the copies differ");
    assert_eq!((kept[0].answered, kept[1].answered), (None, Some(250)));
}

#[tokio::test]
async fn the_scripted_relay_runs_as_a_process_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_smtp_sink"));
    let mut sink = Program::start(program, folder.path(), &["--delay-ms", "5"]).unwrap();
    let relay = relay(settings(sink.port, Security::StartTls, &sink.ca_file));
    deliver(&relay).await.unwrap();
    sink.script("answer:swallow*1").unwrap();
    assert_eq!(deliver(&relay).await.unwrap_err().kind, Kind::InDoubt);
    sink.script("recipient:550").unwrap();
    assert_eq!(deliver(&relay).await.unwrap_err().kind, Kind::GiveUp);
    sink.script("clear").unwrap();
    deliver(&relay).await.unwrap();
    let letters = sink.letters().unwrap();
    let answers: Vec<_> = letters.iter().map(|letter| letter.answered).collect();
    assert_eq!(answers, [Some(250), None, Some(250)]);
    assert!(letters.iter().all(|kept| kept.bytes == letter().bytes && kept.encrypted));
}
