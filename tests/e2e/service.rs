//! The running service, as whoever operates it sees it: probes, metrics, logs, a graceful end.

mod ending;
mod logs;
mod manager;

use std::net::TcpListener;
use std::path::Path;

use spor_tests::binary::{Sandbox, beside, wait_until};
use spor_tests::postgres::Cluster;
use spor_tests::smtp::program::Program;
use spor_tests::watched::Watched;

/// The morning on which the notice of the two cases goes out.
const MORNING: &str = "2025-02-24T06:45:00+01:00";

/// People and names that stand nowhere else: where one turns up, it came from here.
const JOURNAL: &str = r#"
{"date":"2025-01-02","type":"StaffRegistered","person":"M-01","name":"Kanariana Mentorsen","email":"kanariana.mentorsen@kommune.example","roles":["mentor"],"administration":"employment","employment":"permanent"}
{"date":"2025-01-02","type":"StaffRegistered","person":"SB-01","name":"Kanarius Raadgiver","email":"kanarius.raadgiver@kommune.example","roles":["caseworker"],"administration":"employment","employment":"permanent"}
{"date":"2025-01-02","type":"StaffRegistered","person":"L-01","name":"Kanarine Leder","email":"kanarine.leder@kommune.example","roles":["professional_lead"],"administration":"employment","employment":"permanent"}
{"date":"2025-01-13","type":"CaseOpened","case":"SPOR-2025-0001","administration":"employment","municipality":"A","mentor":"M-01","caseworker":"SB-01","birth_date":"2004-03-19","name":"Zebulina Kolibrisen"}
{"date":"2025-01-13","type":"SupportGranted","case":"SPOR-2025-0001","track":"T1","basis":"SEL-85","weekly_hours":3,"budget":"social","person":"M-01"}
{"date":"2025-01-13","type":"CaseOpened","case":"SPOR-2025-0002","administration":"employment","municipality":"A","mentor":"M-01","caseworker":"SB-01","birth_date":"2005-02-13","name":"Quintus Ibismark"}
"#;

/// A store with two cases whose letters go to this relay.
fn set_up(sandbox: Sandbox, port: u16, ca_file: &Path) -> Sandbox {
    let configuration = format!(
        "[mail]\nhost = \"localhost\"\nport = {port}\nusername = \"spor\"\n\
         password_file = \"password\"\nca_file = \"{}\"\nfrom = \"spor@kommune.example\"\n\
         hello = \"spor.kommune.example\"\n",
        ca_file.display()
    );
    sandbox.write("password", "hemmelig-7");
    sandbox.write("spor.toml", &configuration);
    sandbox.write("journal", JOURNAL);
    sandbox.must(&["import", "journal"]);
    sandbox
}

fn relay(folder: &Path, script: &[&str]) -> Program {
    let mut arguments = vec!["--account", "spor:hemmelig-7"];
    arguments.extend(script.iter().flat_map(|rule| ["--script", rule]));
    Program::start(&beside("smtp_sink"), folder, &arguments).expect("the relay starts")
}

#[test]
fn it_tells_that_it_is_alive_and_ready_and_what_it_has_done_on_both_databases() {
    for sandbox in [Sandbox::new(), Sandbox::in_postgres()] {
        let folder = tempfile::tempdir().unwrap();
        let relay = relay(folder.path(), &[]);
        let sandbox = set_up(sandbox, relay.port, &relay.ca_file);
        let service = Watched::start(&sandbox, &["--clock", MORNING]);
        wait_until("three letters", || relay.letters().unwrap().len() == 3);
        service.wait_for_reasons(&[]);
        let live = service.get("/livez");
        assert_eq!((live.status, live.body.as_str()), (200, r#"{"reasons":[],"status":"ok"}"#));
        wait_until("the metrics know of the letters", || {
            service.metrics()["spor_letters_sent_total"] == 3.0
        });
        let metrics = service.metrics();
        for state in ["ready", "leased", "handing_over", "in_doubt", "deferred", "held", "dead"] {
            assert_eq!(metrics[&format!("spor_letters{{state=\"{state}\"}}")], 0.0, "{state}");
        }
        for none in [
            "spor_reminders_due",
            "spor_reminders_planned",
            "spor_letters_lag_seconds",
            "spor_letters_oldest_age_seconds",
            "spor_breaker_open",
            "spor_relay_fault",
            "spor_erasures_unfinished",
            "spor_self_audit_differences",
            "spor_clock_doubted",
            "spor_streams_quarantined",
            "spor_rounds_failed_total",
        ] {
            assert_eq!(metrics[none], 0.0, "{none}");
        }
        for some in ["spor_log_position", "spor_rounds_total", "spor_round_duration_seconds"] {
            assert!(metrics[some] > 0.0, "{some}");
        }
        assert_eq!(metrics["spor_store_up"], 1.0);
        // What a round records the tables learn in the next one.
        assert!(metrics.contains_key("spor_tables_lag_seconds"));
        assert!(metrics.contains_key("spor_tables_behind_events"));
        assert!(metrics.contains_key("spor_loop_round_age_seconds"));
        assert!(metrics.contains_key("spor_loop_step_age_seconds"));
        service.signal("TERM");
        assert!(service.end().0.success());
    }
}

#[test]
fn it_answers_three_questions_and_no_other() {
    let sandbox = Sandbox::new();
    let service = Watched::start(&sandbox, &[]);
    let told = service.get("/metrics");
    assert!(told.head.contains("content-type: application/openmetrics-text"), "{told:?}");
    assert!(told.head.contains("cache-control: no-store"), "{told:?}");
    assert!(told.body.ends_with("# EOF\n"), "{told:?}");
    assert_eq!(service.get("/").status, 404);
    assert_eq!(service.get("/metrics/../spor.toml").status, 404);
    let posted = "POST /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let refused = service.ask(posted);
    assert_eq!(refused.status, 405);
    assert!(refused.head.contains("allow: get, head"), "{refused:?}");
    let head = service.ask("HEAD /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(service.ask("not a question\r\n\r\n").status, 400);
    assert_eq!(service.get("/livez").status, 200, "it goes on");
}

#[test]
fn a_relay_that_refuses_us_makes_it_unready_but_leaves_it_alive() {
    let folder = tempfile::tempdir().unwrap();
    let relay = relay(folder.path(), &["auth:535"]);
    let sandbox = set_up(Sandbox::new(), relay.port, &relay.ca_file);
    let service = Watched::start(&sandbox, &["--clock", MORNING]);
    service.wait_for_reasons(&["relay_refused"]);
    assert_eq!(service.readiness().0, 503);
    assert_eq!(service.get("/livez").status, 200);
    let metrics = service.metrics();
    assert_eq!(metrics["spor_breaker_open"], 1.0);
    assert_eq!(metrics["spor_letters{state=\"ready\"}"], 3.0, "no attempt was burnt");
    assert!(metrics["spor_letters_lag_seconds"] > 0.0);
    assert!(metrics["spor_letters_oldest_age_seconds"] > 0.0);
}

#[test]
fn a_store_out_of_reach_makes_it_unready_until_it_is_back() {
    let mut cluster = Cluster::new("");
    cluster.prepare();
    let sandbox = Sandbox::in_database(cluster.database().url);
    let service = Watched::start(&sandbox, &[]);
    service.wait_for_reasons(&[]);
    cluster.stop();
    wait_until("it misses its store", || {
        let (status, reasons) = service.readiness();
        status == 503 && reasons.contains(&"store_unreachable".to_owned())
    });
    assert_eq!(service.get("/livez").status, 200, "a new start would not help");
    let metrics = service.metrics();
    assert_eq!(metrics["spor_store_up"], 0.0);
    assert!(!metrics.contains_key("spor_log_position"), "what is not known is not told");
    cluster.start();
    service.wait_for_reasons(&[]);
    assert_eq!(service.metrics()["spor_store_up"], 1.0);
}

#[test]
fn it_listens_on_this_machine_alone_or_not_at_all() {
    let sandbox = Sandbox::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().to_string();
    for (listen, code) in [
        ("0.0.0.0:9464", "listen_not_loopback"),
        ("192.0.2.7:9464", "listen_not_loopback"),
        ("[::]:9464", "listen_not_loopback"),
        ("localhost", "listen_malformed"),
        (port.as_str(), "listen_taken"),
    ] {
        let mut command = sandbox.command(&["run", "-o", "json"]);
        let output = command.env("SPOR_SERVICE_LISTEN", listen).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{listen}: {told}");
        assert!(told.contains(&format!("\"code\":\"{code}\"")), "{listen}: {told}");
    }
}
