//! What a person sees of the scheduler's watch over itself: `spor doctor`, and a clock that is off.

use serde_json::Value;
use spor_tests::binary::{Sandbox, wait_until};
use spor_tests::watched::Watched;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

const JOURNAL: &str = r#"
{"date":"2025-01-02","type":"StaffRegistered","person":"M-01","name":"Asta Eksempel","email":"asta@kommune.example","roles":["mentor"],"administration":"employment","employment":"permanent"}
{"date":"2025-01-13","type":"CaseOpened","case":"SPOR-2025-0001","administration":"employment","municipality":"A","mentor":"M-01","caseworker":"SB-01","birth_date":"2004-01-09","name":"Kastanje Frugtbar"}
"#;

/// The line of a check: whether it is fine, and what was found.
fn checked(sandbox: &Sandbox, what: &str) -> (bool, String) {
    let output = sandbox.run(&["doctor", "-o", "json"]);
    let lines: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let line = lines.iter().find(|line| line["check"] == what).unwrap();
    (line["state"] == "ok", line["found"].as_str().unwrap().to_owned())
}

/// Changes what was derived, past the program.
async fn tamper(sandbox: &Sandbox, statement: &str) {
    let options = SqliteConnectOptions::new().filename(sandbox.folder().join("spor.db"));
    let mut raw: SqliteConnection = options.connect().await.unwrap();
    let find = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'p_deadlines_%'";
    let table: String = sqlx::query_scalar(find).fetch_one(&mut raw).await.unwrap();
    let done = raw.execute(AssertSqlSafe(statement.replace("TABLE", &table))).await.unwrap();
    assert!(done.rows_affected() > 0);
    raw.close().await.unwrap();
}

#[tokio::test]
async fn the_doctor_shows_a_deadline_that_nobody_would_have_been_woken_for() {
    let sandbox = Sandbox::new();
    sandbox.write("journal", JOURNAL);
    sandbox.must(&["import", "journal"]);
    let morning = |day: u32| format!("2025-01-{day:02}T06:45:00+01:00");
    sandbox.must(&["scheduler", "tick", "--at", &morning(20)]);
    assert_eq!(checked(&sandbox, "self-audit"), (true, "nothing".to_owned()));
    tamper(&sandbox, "UPDATE TABLE SET wakes_at = NULL WHERE rule = 'R01'").await;
    let mut found = None;
    for day in 21..28 {
        sandbox.must(&["scheduler", "tick", "--at", &morning(day)]);
        let (is_fine, what) = checked(&sandbox, "self-audit");
        if !is_fine {
            assert!(what.contains("SPOR-2025-0001: R01 is not armed"), "{what}");
            found = Some(day);
            break;
        }
    }
    let found = found.expect("it is found in seven nights");
    sandbox.must(&["scheduler", "tick", "--at", &morning(found + 1)]);
    assert_eq!(checked(&sandbox, "self-audit"), (true, "nothing".to_owned()));
}

#[tokio::test]
async fn the_service_counts_what_the_self_audit_found_until_it_agrees() {
    let sandbox = Sandbox::new();
    sandbox.write("journal", JOURNAL);
    sandbox.must(&["import", "journal"]);
    let morning = |day: u32, hour: u32| format!("2025-01-{day:02}T{hour:02}:45:00+01:00");
    sandbox.must(&["scheduler", "tick", "--at", &morning(20, 6)]);
    tamper(&sandbox, "UPDATE TABLE SET wakes_at = NULL WHERE rule = 'R01'").await;
    let is_found = |day: &u32| {
        let ticked = sandbox.json(&["scheduler", "tick", "--at", &morning(*day, 6)]);
        ticked["audit_fault"].is_string()
    };
    let found = (21..28).find(is_found).expect("it is found in seven nights");
    for (day, differences) in [(found, 1.0), (found + 1, 0.0)] {
        let service = Watched::start(&sandbox, &["--clock", &morning(day, 7)]);
        wait_until("the count of differences", || {
            let metrics = service.metrics();
            metrics.get("spor_rounds_total").is_some_and(|rounds| *rounds > 0.0)
                && metrics.get("spor_self_audit_differences") == Some(&differences)
        });
        service.signal("TERM");
        assert!(service.end().0.success());
    }
}

#[tokio::test]
async fn a_service_that_doubts_its_clock_is_unready_until_a_person_trusts_it() {
    let sandbox = Sandbox::production();
    sandbox.must(&["scheduler", "tick"]);
    let ten_years = "UPDATE leases SET done_at = done_at + 315360000000000 WHERE name = 'round'";
    tamper(&sandbox, ten_years).await;
    let service = Watched::start(&sandbox, &[]);
    service.wait_for_reasons(&["clock_doubted"]);
    assert_eq!(service.readiness().0, 503);
    assert_eq!(service.get("/livez").status, 200, "a new start would not help");
    wait_until("the metric says so", || service.metrics()["spor_clock_doubted"] == 1.0);
    sandbox.must(&["scheduler", "trust-clock"]);
    service.wait_for_reasons(&[]);
    wait_until("the metric is down", || service.metrics()["spor_clock_doubted"] == 0.0);
}

#[tokio::test]
async fn a_clock_that_nobody_believes_is_told_and_trusted_by_a_person() {
    let sandbox = Sandbox::production();
    sandbox.must(&["scheduler", "tick"]);
    assert!(checked(&sandbox, "clock").0);
    // As if the last round had been run by a clock that was ten years ahead.
    let ten_years = "UPDATE leases SET done_at = done_at + 315360000000000 WHERE name = 'round'";
    tamper(&sandbox, ten_years).await;
    let refused = sandbox.run(&["scheduler", "tick"]);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && told.contains("the last round was at"), "{told}");
    assert!(told.contains("spor scheduler trust-clock"), "{told}");
    assert!(!checked(&sandbox, "clock").0);
    sandbox.must(&["scheduler", "trust-clock"]);
    sandbox.must(&["scheduler", "tick"]);
    assert!(checked(&sandbox, "clock").0);
}
