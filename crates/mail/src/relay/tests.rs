use std::path::PathBuf;

use super::{BadRelay, Credentials, Login, Relay, Security, Settings, Timeouts, Way};

fn settings(host: &str, security: Security) -> Settings {
    Settings {
        host: host.to_owned(),
        port: 2525,
        security,
        login: None,
        ca_file: None,
        hello_name: Some("spor.kommune.example".to_owned()),
        timeouts: Timeouts::default(),
    }
}

#[test]
fn only_this_machine_may_be_reached_in_clear() {
    for host in ["localhost", "127.0.0.1", "127.8.8.8", "::1"] {
        assert!(Relay::prepare(settings(host, Security::None)).is_ok(), "{host}");
    }
    for host in ["relay.kommune.example", "10.0.0.5", "localhost.kommune.example", "0.0.0.0"] {
        let refused = Relay::prepare(settings(host, Security::None)).unwrap_err();
        assert_eq!(refused, BadRelay::InClear, "{host}");
    }
}

#[test]
fn a_name_that_ends_a_line_is_no_host() {
    for host in ["", "relay\r\nQUIT", "relay kommune", "relæ.example"] {
        let refused = Relay::prepare(settings(host, Security::StartTls)).unwrap_err();
        assert_eq!(refused, BadRelay::Name("relay"), "{host:?}");
    }
    let mut hello = settings("localhost", Security::None);
    hello.hello_name = Some("spor\r\nRSET".to_owned());
    assert_eq!(Relay::prepare(hello).unwrap_err(), BadRelay::Name("greeting"));
}

#[test]
fn a_certificate_file_that_holds_none_is_named() {
    for path in ["/nowhere/ca.pem", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")] {
        let mut settings = settings("localhost", Security::StartTls);
        settings.ca_file = Some(PathBuf::from(path));
        let refused = Relay::prepare(settings).unwrap_err();
        assert!(matches!(&refused, BadRelay::CaFile { path: named, .. } if named == path));
    }
}

#[test]
fn a_letter_takes_less_time_than_its_lease() {
    assert!(Timeouts::default().letter().as_secs() < 60);
}

#[test]
fn debug_shows_no_credentials() {
    let mut settings = settings("localhost", Security::None);
    let known = Credentials { user: "spor-konto".to_owned(), password: "hemmelig".to_owned() };
    settings.login = Some(Login::Password { known, way: Way::Plain });
    let relay = Relay::prepare(settings.clone()).unwrap();
    for shown in [format!("{settings:?}"), format!("{relay:?}")] {
        assert!(!shown.contains("hemmelig") && !shown.contains("spor-konto"), "{shown}");
    }
}
