//! The same letter at a server that others wrote: aiosmtpd, with STARTTLS and AUTH required.
//!
//! It needs a Python that has aiosmtpd (Debian: `python3-aiosmtpd`), named by `SPOR_TEST_PYTHON`
//! or found as `python3`: `tests/run` installs it.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use spor_mail::{
    failure::{Kind, Phase},
    relay::{Credentials, Login, Security, Way},
    smtp::Session,
};
use spor_tests::smtp::{certificates, letters_in};
use tempfile::TempDir;

use super::{envelope, letter, relay, settings};

struct Aiosmtpd {
    child: Child,
    folder: TempDir,
    port: u16,
}

impl Aiosmtpd {
    fn start() -> Aiosmtpd {
        let folder = tempfile::tempdir().expect("a folder");
        let made = certificates::make();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).expect("a file");
            path
        };
        file("ca.pem", &made.ca_pem);
        let certificate = file("certificate.pem", &made.certificate_pem);
        let key = file("key.pem", &made.key_pem);
        let python = std::env::var_os("SPOR_TEST_PYTHON").unwrap_or_else(|| "python3".into());
        let mut child = Command::new(python)
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("python/smtp_server.py"))
            .arg("--folder")
            .arg(folder.path().join("letters"))
            .arg("--certificate")
            .arg(certificate)
            .arg("--key")
            .arg(key)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 is installed");
        let mut line = String::new();
        let out = child.stdout.take().expect("its output is ours");
        BufReader::new(out).read_line(&mut line).expect("its output can be read");
        let port = line.trim_end().strip_prefix("ready ").and_then(|port| port.parse().ok());
        let port = port.expect("this Python has aiosmtpd (Debian: python3-aiosmtpd)");
        Aiosmtpd { child, folder, port }
    }

    fn settings(&self) -> spor_mail::relay::Settings {
        settings(self.port, Security::StartTls, &self.folder.path().join("ca.pem"))
    }
}

impl Drop for Aiosmtpd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn letters_reach_a_well_known_server_byte_for_byte() {
    let server = Aiosmtpd::start();
    let mut session = Session::connect(&relay(server.settings())).await.unwrap();
    for _ in 0..3 {
        let offered = session.offer(&envelope()).await.unwrap();
        assert_eq!(offered.hand_over(&letter().bytes).await.unwrap().code, 250);
    }
    session.close().await;
    let kept = letters_in(&server.folder.path().join("letters")).unwrap();
    assert_eq!(kept.len(), 3);
    for kept in kept {
        assert!(kept.bytes == letter().bytes, "it was changed on its way");
        assert_eq!(kept.from, "spor@kommune.example");
        assert_eq!(kept.to, ["mentor.7@kommune.example"]);
        assert_eq!(kept.account.as_deref(), Some("spor"));
        assert!(kept.encrypted);
    }
}

#[tokio::test]
async fn a_well_known_server_refuses_a_wrong_password_and_none() {
    let server = Aiosmtpd::start();
    let mut wrong = server.settings();
    let known = Credentials { user: "spor".to_owned(), password: "et-andet-ord".to_owned() };
    wrong.login = Some(Login::Password { known, way: Way::WhatFits });
    let failure = Session::connect(&relay(wrong)).await.err().expect("it is refused");
    assert_eq!((failure.kind, failure.phase), (Kind::Breaker, Phase::Auth));

    let mut none = server.settings();
    none.login = None;
    let mut session = Session::connect(&relay(none)).await.unwrap();
    let failure = session.offer(&envelope()).await.err().expect("it is refused");
    assert_eq!((failure.kind, failure.phase), (Kind::Breaker, Phase::Sender));
}
