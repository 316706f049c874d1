use super::{Failure, Kind, Phase, cleaned, status_of};

fn kind(code: u16, words: &str, phase: Phase) -> Kind {
    Failure::answered(code, words, phase, &[]).kind
}

#[test]
fn temporary_answers_are_tried_again_in_every_phase() {
    for phase in [Phase::Greeting, Phase::Tls, Phase::Auth, Phase::Sender, Phase::Recipient] {
        assert_eq!(kind(421, "4.3.2 closing", phase), Kind::Retry);
        assert_eq!(kind(454, "4.7.0 not now", phase), Kind::Retry);
    }
    assert_eq!(kind(451, "4.3.0 try later", Phase::Data), Kind::Retry);
    assert_eq!(kind(451, "4.3.0 try later", Phase::Answer), Kind::Retry);
}

#[test]
fn a_relay_that_refuses_us_opens_the_breaker() {
    assert_eq!(kind(554, "no SMTP service here", Phase::Greeting), Kind::Breaker);
    assert_eq!(kind(535, "5.7.8 authentication failed", Phase::Auth), Kind::Breaker);
    assert_eq!(kind(550, "5.7.3 unsuccessful", Phase::Auth), Kind::Breaker);
    assert_eq!(kind(530, "5.7.0 authentication required", Phase::Sender), Kind::Breaker);
    assert_eq!(kind(550, "5.7.60 cannot send as this sender", Phase::Sender), Kind::Breaker);
    assert_eq!(kind(530, "5.7.57 client was not authenticated", Phase::Recipient), Kind::Breaker);
    assert_eq!(kind(554, "5.7.1 Relay access denied", Phase::Recipient), Kind::Breaker);
    assert_eq!(kind(530, "5.7.57 client was not authenticated", Phase::Data), Kind::Breaker);
}

#[test]
fn a_recipient_or_letter_that_is_refused_is_given_up() {
    assert_eq!(kind(550, "5.1.1 user unknown", Phase::Recipient), Kind::GiveUp);
    assert_eq!(kind(553, "mailbox name not allowed", Phase::Recipient), Kind::GiveUp);
    assert_eq!(kind(550, "5.7.1 rejected by policy", Phase::Recipient), Kind::GiveUp);
    assert_eq!(kind(554, "5.6.0 not wanted", Phase::Answer), Kind::GiveUp);
    assert_eq!(kind(552, "5.3.4 too big", Phase::Data), Kind::GiveUp);
}

#[test]
fn silence_is_in_doubt_only_after_the_last_byte() {
    for phase in [Phase::Connect, Phase::Greeting, Phase::Tls, Phase::Auth, Phase::Data] {
        assert_eq!(Failure::timeout(phase).kind, Kind::Retry);
    }
    assert_eq!(Failure::timeout(Phase::Answer).kind, Kind::InDoubt);
    assert_eq!(kind(354, "go on", Phase::Answer), Kind::InDoubt);
}

#[test]
fn the_text_names_no_person_and_no_secret() {
    let secrets = ["hemmelig".to_owned(), "mentor.7".to_owned()];
    let words = "5.1.1 <mentor.7@kommune.example>: mentor.7 unknown (hemmelig)\r\n in table";
    assert_eq!(cleaned(words, &secrets), "5.1.1 <…> … unknown (…) in table");
    assert_eq!(cleaned("999999-9999 unknown", &[]), "(an answer with a number in it)");
    assert_eq!(cleaned(&"x".repeat(900), &[]).len(), 200);
}

#[test]
fn an_answer_about_credentials_keeps_its_code_alone() {
    let failure = Failure::answered(535, "5.7.8 no such user: spor-relay", Phase::Auth, &[]);
    assert_eq!(failure.text, "535 5.7.8");
    assert_eq!(failure.to_string(), "auth: 535 5.7.8");
    assert_eq!(Failure::answered(535, "nej", Phase::Auth, &[]).text, "535");
}

#[test]
fn enhanced_codes_are_read_where_they_stand() {
    assert_eq!(status_of("5.7.8 Error"), Some("5.7.8"));
    assert_eq!(status_of("Error 5.7.8"), None);
    assert_eq!(status_of("10.0.0.1 is blocked"), None);
    assert_eq!(status_of(""), None);
}

#[test]
fn after_a_421_the_connection_is_gone() {
    assert!(Failure::answered(550, "no", Phase::Recipient, &[]).leaves_a_connection());
    assert!(!Failure::answered(421, "bye", Phase::Recipient, &[]).leaves_a_connection());
    assert!(!Failure::timeout(Phase::Sender).leaves_a_connection());
}
