//! What comes with the service for the machine it runs on: the unit, the alarms, and what the
//! service manager is told.

use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use spor_tests::binary::{self, PATIENCE, Sandbox};
use spor_tests::watched::Watched;

fn packaging(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging").join(name)
}

#[test]
fn systemd_takes_the_unit_and_finds_it_little_exposed() {
    let unit = std::fs::read_to_string(packaging("spor.service")).unwrap();
    assert!(unit.contains("/usr/bin/spor"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spor.service");
    let here = binary::path().display().to_string();
    std::fs::write(&path, unit.replace("/usr/bin/spor", &here)).unwrap();
    let analyze =
        |arguments: &[&str]| Command::new("systemd-analyze").args(arguments).arg(&path).output();
    let Ok(verified) = analyze(&["verify"]) else {
        eprintln!("SKIPPED: there is no systemd-analyze here (Debian: apt install systemd)");
        return;
    };
    let told = String::from_utf8_lossy(&verified.stderr);
    assert!(verified.status.success() && told.is_empty(), "{told}");
    // In tenths: 2.0 of 10, where a service without any of it has 9.6.
    let secure = analyze(&["security", "--offline=yes", "--threshold=20"]).unwrap();
    let told = String::from_utf8_lossy(&secure.stdout);
    assert!(secure.status.success(), "{told}");
}

#[test]
fn every_alarm_watches_a_metric_that_is_there_and_says_what_to_do() {
    let alarms = std::fs::read_to_string(packaging("prometheus-alerts.yml")).unwrap();
    let page = packaging("../docs/operations.md");
    let page = std::fs::read_to_string(page).unwrap();
    let service = Watched::start(&Sandbox::new(), &[]);
    service.wait_for_reasons(&[]);
    let metrics = service.metrics();
    let named = |line: &str| {
        let words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        words.filter(|word| word.starts_with("spor_")).map(str::to_owned).collect::<Vec<_>>()
    };
    let is_there = |name: &str| metrics.keys().any(|key| key.split('{').next() == Some(name));
    let mut count = 0;
    for line in alarms.lines().map(str::trim) {
        if let Some(alarm) = line.strip_prefix("- alert: ") {
            count += 1;
            let (_, table) = page.split_once("## Alarms").unwrap();
            assert!(table.contains(alarm), "{alarm} is not explained");
        }
        for name in named(line.strip_prefix("expr: ").unwrap_or_default()) {
            assert!(is_there(&name), "{name} is watched and not told");
        }
    }
    assert!(count > 10, "the alarms were found");
    for name in metrics.keys().filter_map(|key| key.split('{').next()) {
        assert!(page.contains(name), "{name} is told and not explained");
    }
}

#[test]
fn the_service_manager_hears_of_the_beginning_the_life_and_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("notify");
    let manager = UnixDatagram::bind(&socket).unwrap();
    manager.set_read_timeout(Some(PATIENCE)).unwrap();
    let hear = || {
        let mut bytes = [0; 512];
        let read = manager.recv(&mut bytes).expect("the service says something");
        String::from_utf8_lossy(&bytes[..read]).trim_end().to_owned()
    };
    let sandbox = Sandbox::new();
    let patience = Duration::from_secs(3).as_micros().to_string();
    let environment =
        [("NOTIFY_SOCKET", socket.to_str().unwrap()), ("WATCHDOG_USEC", patience.as_str())];
    let service = Watched::start_with(&sandbox, &[], &environment);
    assert_eq!(hear(), "READY=1");
    assert_eq!(hear(), "WATCHDOG=1");
    assert_eq!(hear(), "WATCHDOG=1");
    service.signal("TERM");
    let mut words = hear();
    while words == "WATCHDOG=1" {
        words = hear();
    }
    assert_eq!(words, "STOPPING=1");
    assert!(service.end().0.success());
}
