//! The relay does not know us, or nobody gives us the token that it asks for.

use std::path::Path;
use std::process::Command;

use spor_tests::token::{Answer, Endpoint};

use super::{CASEWORKER, House, MENTOR, MORNING, NOON, fault};

const ACCOUNT: &str = "spor@kommune.example";
const SECRET: &str = "klient-hemmelighed-7";
const TOKEN: &str = "eyJ0eXAi.et-token.abc";

/// A house whose relay wants a password or a token, and what it is told.
fn house(mechanisms: &str, word: &str, mail: &str) -> House {
    let account = format!("{ACCOUNT}:{word}");
    let arguments = ["--account", &account, "--mechanisms", mechanisms];
    let house = House::with(&arguments, &format!("username = \"{ACCOUNT}\"\n{mail}"));
    house.sandbox.write("secret", SECRET);
    house
}

fn house_with_tokens(endpoint: &Endpoint) -> House {
    let mail = format!(
        "token_url = \"{}\"\nclient_id = \"spor-klient\"\nclient_secret_file = \"secret\"\n\
         scope = \"https://outlook.office365.com/.default\"\ntoken_ca_file = \"endpoint.pem\"\n",
        endpoint.url()
    );
    let house = house("XOAUTH2", TOKEN, &mail);
    house.sandbox.write("endpoint.pem", endpoint.ca_pem());
    house
}

fn token(text: &str) -> Answer {
    Answer::Token(text.to_owned(), 3_600)
}

/// All of them wait, untried, and nothing that was told holds what nobody may know.
#[track_caller]
fn all_wait(house: &House, words: &str) {
    let mut tick = house.sandbox.command(&["scheduler", "tick", "--at", MORNING, "-o", "json"]);
    let output = tick.args(["-v", "-v"]).env("SPOR_LOG_LEVEL", "debug").output().unwrap();
    let (out, told) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{told}");
    assert!(fault(&serde_json::from_str(&out).unwrap()).contains(words), "{out}");
    for secret in [SECRET, TOKEN, "et-token", "gammel"] {
        assert!(!out.contains(secret) && !told.contains(secret), "{secret} was told: {out}{told}");
    }
    for person in ["M-01", "SB-01"] {
        house.stands(person, "ready 0 null");
    }
    assert!(house.relay.letters().unwrap().is_empty());
}

#[track_caller]
fn all_go(house: &House) {
    house.recover();
    house.has_arrived(MENTOR, 1);
    house.has_arrived(CASEWORKER, 1);
}

#[test]
fn a_535_pauses_everything_and_burns_no_attempt() {
    let house = house("PLAIN LOGIN", "et-andet-ord", "password_file = \"secret\"\n");
    all_wait(&house, "535");
    let again = house.tick("2025-02-17T06:46:00+01:00");
    assert!(fault(&again).contains("535"), "nothing is tried for a while: {again}");
    // The account is set right.
    house.sandbox.write("secret", "et-andet-ord");
    all_go(&house);
}

#[test]
fn a_relay_that_hangs_at_auth_is_left() {
    for script in ["auth:stall*1", "auth:hang-up*1", "auth:454*1", "auth:babble*1"] {
        let mut house = house("PLAIN LOGIN", SECRET, "password_file = \"secret\"\n");
        house.relay.script(script).unwrap();
        all_wait(&house, "auth");
        all_go(&house);
    }
}

#[test]
fn letters_go_out_by_a_token() {
    let endpoint = Endpoint::start(token(TOKEN));
    let house = house_with_tokens(&endpoint);
    assert_eq!(house.tick(MORNING)["sent"], 2);
    assert_eq!(house.arrived(MENTOR)[0].account.as_deref(), Some(ACCOUNT));
    assert_eq!(endpoint.asked().len(), 1, "both connections share it");
    house.sandbox.must(&["reminders", "send-test", "prov@kommune.example"]);
}

#[test]
fn without_a_token_letters_wait_and_the_cause_is_named() {
    let refusal = r#"{"error":"invalid_client","error_description":"AADSTS7000215: gammel"}"#;
    let cases = [
        (Answer::Refusal(401, refusal.to_owned()), "401 invalid_client (AADSTS7000215)"),
        (Answer::Refusal(503, "busy".to_owned()), "503"),
        (Answer::Refusal(200, "<html>".to_owned()), "no token"),
        (Answer::Babble, "no token"),
        (Answer::Stall, "in time"),
        (token("gammel-token"), "535"),
    ];
    for (answer, words) in cases {
        let endpoint = Endpoint::start(answer);
        let house = house_with_tokens(&endpoint);
        all_wait(&house, words);
        endpoint.answer(token(TOKEN));
        all_go(&house);
    }
}

#[test]
fn a_relay_that_cannot_be_found_is_told_in_the_round_and_in_the_log() {
    let house = House::new(&[]);
    let right = std::fs::read_to_string(house.sandbox.folder().join("spor.toml")).unwrap();
    // No such name is ever given to anybody; where nobody answers for names, the time runs out.
    let wrong = right.replace("host = \"localhost\"", "host = \"relay.invalid\"");
    house.sandbox.write("spor.toml", &wrong);
    house.tick(MORNING);
    let round = house.sandbox.run(&["scheduler", "tick", "--at", NOON, "-o", "json"]);
    let ticked = serde_json::from_slice(&round.stdout).unwrap();
    let why = fault(&ticked);
    assert!(why.contains("name cannot be looked up") || why.contains("in time"), "{why}");
    let log = String::from_utf8_lossy(&round.stderr);
    assert!(log.contains(&format!("nothing can be handed in: {why}")), "{log}");
    house.sandbox.write("spor.toml", &right);
    all_go(&house);
}

#[test]
fn a_token_endpoint_that_is_down_holds_nothing_but_the_letters() {
    let endpoint = Endpoint::start(token(TOKEN));
    let house = house_with_tokens(&endpoint);
    let right = std::fs::read_to_string(house.sandbox.folder().join("spor.toml")).unwrap();
    let down = right.replace(&endpoint.url(), "https://localhost:1/token");
    house.sandbox.write("spor.toml", &down);
    all_wait(&house, "the token endpoint cannot be reached");
    let trial = house.sandbox.run(&["reminders", "send-test", "prov@kommune.example"]);
    assert_eq!(trial.status.code(), Some(6));
    house.sandbox.must(&["case", "show", "SPOR-2025-0001"]);
    house.sandbox.write("spor.toml", &right);
    all_go(&house);
}

#[test]
fn a_half_set_login_is_named_before_anything_is_sent() {
    for (mail, missing) in [
        ("auth = \"xoauth2\"\n", "mail.username"),
        ("auth = \"xoauth2\"\nusername = \"a@b.example\"\n", "mail.token_url"),
        ("token_url = \"https://a.example/t\"\nusername = \"a@b.example\"\n", "mail.client_id"),
        ("auth = \"plain\"\nusername = \"a@b.example\"\n", "mail.password_file"),
        ("auth = \"login\"\n", "mail.username"),
        (
            "username = \"a@b.example\"\npassword_credential = \"word\"\n",
            "mail.password_credential is word: the service manager gives no credentials",
        ),
        (
            "token_url = \"http://a.example/t\"\nclient_id = \"c\"\n\
             client_secret_file = \"secret\"\nusername = \"a@b.example\"\n",
            "https://",
        ),
        (
            "token_url = \"https://a.example/t\"\nclient_id = \"c\"\n\
             client_secret_file = \"nowhere\"\nusername = \"a@b.example\"\n",
            "nowhere",
        ),
    ] {
        let house = House::with(&["--open"], mail);
        house.sandbox.write("secret", SECRET);
        for command in [&["config", "check"][..], &["scheduler", "tick", "--at", NOON]] {
            let output = house.sandbox.run(command);
            let told = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{command:?} {mail}: {told}");
            assert!(told.contains(missing), "{command:?} {mail}: {told}");
        }
        let doctor = house.sandbox.run(&["doctor", "-o", "json"]);
        let told = String::from_utf8_lossy(&doctor.stdout);
        assert!(told.contains(missing), "doctor {mail}: {told}");
    }
    // What a service manager hands over is found in its folder.
    let mail = "username = \"a@b.example\"\npassword_credential = \"word\"\n";
    let house = House::with(&["--open"], mail);
    let checked = |credentials: &Path| {
        let mut command = Command::new(spor_tests::binary::path());
        command.args(["config", "check"]).current_dir(house.sandbox.folder());
        command.env("CREDENTIALS_DIRECTORY", credentials).output().unwrap().status.code()
    };
    assert_eq!(checked(house.sandbox.folder()), Some(2), "it is not there yet");
    house.sandbox.write("word", SECRET);
    assert_eq!(checked(house.sandbox.folder()), Some(0));
    let nonsense = House::new(&[]);
    nonsense.sandbox.write("spor.toml", "[mail]\nauth = \"kerberos\"\n");
    let output = nonsense.sandbox.run(&["config", "check"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("xoauth2"));
}
