//! On PostgreSQL: nothing is left in any file of the server after the documented maintenance.

use std::fs;
use std::path::Path;

use spor_tests::binary::Sandbox;
use spor_tests::postgres::{self, Cluster};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};

use super::life::{canary, case_ref, journal};
use super::search::{hits, pieces_gone};
use super::{CLOCK, MORNING, erase, needles};

const CASES: usize = 200;
const ERASED: usize = 20;

/// The lines that the handbook gives the administrator: before, and after an erasure.
fn maintenance() -> [Vec<String>; 2] {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/erasure.md");
    let page = fs::read_to_string(page).unwrap();
    let (_, chapter) = page.split_once("## PostgreSQL").unwrap();
    let (before, after) = chapter.split_once("After an erasure").unwrap();
    [before, after].map(|text| {
        let lines = text.lines().filter_map(|line| line.strip_prefix("    "));
        lines.map(str::to_owned).collect()
    })
}

/// Runs lines as `psql` does, `\\gexec` included.
async fn run(server: &mut PgConnection, lines: &[String]) {
    assert!(lines.len() >= 3, "{lines:?}");
    for line in lines {
        let Some(making) = line.strip_suffix("\\gexec") else {
            server.execute(AssertSqlSafe(line.clone())).await.unwrap();
            continue;
        };
        let made = server.fetch_all(AssertSqlSafe(making.to_owned())).await.unwrap();
        assert!(made.len() >= 5, "tables of rows");
        for row in made {
            server.execute(AssertSqlSafe(row.get::<String, _>(0))).await.unwrap();
        }
    }
}

async fn wrapped_keys(server: &mut PgConnection) -> Vec<Vec<u8>> {
    let subjects: Vec<String> = (0..ERASED)
        .flat_map(|number| ["case", "reminders"].map(|kind| format!("{kind}-{}", case_ref(number))))
        .collect();
    let asked = "SELECT wrapped FROM spor_keys.subject_keys WHERE subject = ANY ($1)";
    let rows = sqlx::query(asked).bind(subjects).fetch_all(server).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// What the rows of the first cases keep for those who look ahead.
async fn stored_views(server: &mut PgConnection, cases: usize) -> Vec<String> {
    let named = "SELECT tablename::text FROM pg_tables \
                 WHERE schemaname = 'spor_views' AND tablename LIKE 'p\\_views\\_%'";
    let table: String = sqlx::query_scalar(named).fetch_one(&mut *server).await.unwrap();
    let streams: Vec<String> =
        (0..cases).map(|number| format!("case-{}", case_ref(number))).collect();
    let asked = format!("SELECT views FROM spor_views.{table} WHERE stream = ANY ($1)");
    sqlx::query_scalar(AssertSqlSafe(asked)).bind(streams).fetch_all(server).await.unwrap()
}

#[tokio::test]
async fn what_was_erased_is_in_no_file_of_the_server_after_the_documented_maintenance() {
    let cluster = Cluster::new("autovacuum = off");
    cluster.prepare();
    let database = cluster.database();
    let mut server = postgres::connect(&database.admin_url).await;
    let [once, afterwards] = maintenance();
    run(&mut server, &once).await;
    let sandbox = Sandbox::in_database(database.url.clone());
    let aside = tempfile::tempdir().unwrap();
    let input = aside.path().join("journal");
    fs::write(&input, journal(CASES)).unwrap();
    sandbox.must(&["import", input.to_str().unwrap()]);
    sandbox.must(&["scheduler", "tick", "--at", MORNING]);
    // As the server's own upkeep does: samples of the columns now lie in its catalogue.
    server.execute("ANALYZE").await.unwrap();
    server.execute("CHECKPOINT").await.unwrap();
    let keys = wrapped_keys(&mut server).await;
    assert!(keys.len() >= ERASED);
    let views = stored_views(&mut server, ERASED).await;
    let needles = needles(&keys);
    let before = hits(cluster.folder(), &needles);
    assert!(before.len() > keys.len(), "the search finds what is there: {}", before.len());
    let others = || {
        let exported = sandbox.must(&["export", "journal"]);
        let is_erased = |line: &&str| (0..ERASED).any(|number| line.contains(&case_ref(number)));
        exported.lines().filter(|line| !is_erased(line)).map(str::to_owned).collect::<Vec<_>>()
    };
    let then = others();

    for number in 0..ERASED {
        let told = erase(&sandbox, &case_ref(number));
        assert!(told[0]["finished_at"].is_string(), "{told}");
    }
    run(&mut server, &afterwards).await;
    let gone = pieces_gone(&views, &stored_views(&mut server, CASES).await);
    server.close().await.unwrap();
    assert_eq!(hits(cluster.folder(), &gone), Vec::<String>::new(), "a dead row is left");

    assert_eq!(hits(cluster.folder(), &needles), Vec::<String>::new(), "found again");
    assert_eq!(then, others(), "the other cases read as before");
    assert!(then.iter().any(|line| line.contains(&canary(ERASED))));
    assert_eq!(sandbox.json(&["audit", "verify"])["outcome"], "ok");
    let show = ["case", "show", &case_ref(0), "-o", "json"];
    let show = sandbox.must(&[&show[..], &CLOCK[..]].concat());
    assert!(
        show.contains("\"personal_data\": \"erased\"")
            || show.contains("\"personal_data\":\"erased\""),
        "{show}"
    );
    sandbox.must(&["keys", "rotate"]);
    sandbox.must(&["keys", "export", "copy"]);
    assert_eq!(sandbox.json(&["keys", "status"])["epoch"], 2);
    assert_eq!(then, others(), "also under a new key-encryption key");
}
