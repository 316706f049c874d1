use std::time::Duration;

use super::{Issuer, MAX_TOKEN_BYTES, NO_TOKEN, Tokens, read_answer};
use crate::failure::{Kind, Phase};

fn good_for(lasts: &str) -> Duration {
    let answer =
        format!(r#"{{"token_type":"Bearer","access_token":"abc.DEF-1","expires_in":{lasts}}}"#);
    read_answer(200, answer.as_bytes()).unwrap().good_for
}

#[test]
fn a_token_is_fetched_anew_five_minutes_before_its_end_or_halfway() {
    assert_eq!(good_for("3599"), Duration::from_secs(3299));
    assert_eq!(good_for("\"3599\""), Duration::from_secs(3299));
    assert_eq!(good_for("400"), Duration::from_secs(200));
    assert_eq!(good_for("0"), Duration::ZERO);
    assert_eq!(good_for("-5"), Duration::from_mins(5), "nonsense is as good as nothing said");
    assert_eq!(good_for("99999999999999"), Duration::from_mins(1_435));
}

#[test]
fn what_is_no_token_is_not_taken_for_one() {
    let long = format!(r#"{{"access_token":"{}"}}"#, "a".repeat(MAX_TOKEN_BYTES + 1));
    let broken = r#"{"access_token":"abc\r\nRSET"}"#;
    for body in ["", "<html>", "[]", "{}", r#"{"access_token":7}"#, broken, &long] {
        let failure = read_answer(200, body.as_bytes()).unwrap_err();
        assert_eq!((failure.kind, failure.phase), (Kind::Retry, Phase::Auth), "{body}");
        assert_eq!(failure.text, NO_TOKEN);
    }
}

#[test]
fn a_refusal_is_told_by_its_word_and_number_alone() {
    let body = r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided for app 'hemmelig'. Trace: 1"}"#;
    let failure = read_answer(401, body.as_bytes()).unwrap_err();
    assert_eq!(failure.kind, Kind::Breaker);
    assert_eq!(
        failure.to_string(),
        "auth: the token endpoint gives no token: 401 invalid_client (AADSTS7000215)"
    );
    let rude = r#"{"error":"Bearer hemmelig","error_description":"AADSTSx: hemmelig"}"#;
    let failure = read_answer(400, rude.as_bytes()).unwrap_err();
    assert_eq!(failure.text, "the token endpoint gives no token: 400");
    for busy in [429, 500, 503] {
        assert_eq!(read_answer(busy, b"busy").unwrap_err().kind, Kind::Retry, "{busy}");
    }
}

#[test]
fn settings_that_would_tell_the_secret_in_clear_are_refused() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let issuer = |url: &str, secret: &str| Issuer {
        url: url.to_owned(),
        client_id: "spor".to_owned(),
        secret_file: secret.into(),
        scope: String::new(),
        ca_file: None,
    };
    let limit = Duration::from_secs(1);
    for url in ["http://login.example/token", "login.example", "", "https://", "ftp://a.example"] {
        let refused = Tokens::prepare(issuer(url, folder), limit).err().unwrap();
        assert!(refused.to_string().contains("https://"), "{url}: {refused}");
    }
    let refused = Tokens::prepare(issuer("https://a.example/token", "/nowhere"), limit).err();
    assert!(refused.unwrap().to_string().contains("/nowhere"));
    assert!(Tokens::prepare(issuer("https://a.example/token", folder), limit).is_ok());
}
