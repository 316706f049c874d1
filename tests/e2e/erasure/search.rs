//! Looking for bytes: in every file of a folder, in tables, in letters.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use aho_corasick::AhoCorasick;
use spor_domain::sealed::Sealed;
use spor_projections::tables::views;
use spor_store::{KeyFiles, Location, Open, Store};
use sqlx::{AssertSqlSafe, Connection, Executor, Row, SqliteConnection};

use super::life::case_ref;

/// So many letters of base64 stand nowhere by chance.
const PIECE: usize = 40;

/// The files that hold one of these, and which; archives are looked into as they are.
pub fn hits(folder: &Path, needles: &[Vec<u8>]) -> Vec<String> {
    let all = AhoCorasick::new(needles).expect("needles are short");
    let mut found = Vec::new();
    look(folder, &all, &mut |path, number| {
        let name = path.file_name().unwrap().to_string_lossy();
        found.push(format!("{name}: {}", String::from_utf8_lossy(&needles[number])));
    });
    found
}

fn look(folder: &Path, all: &AhoCorasick, found: &mut dyn FnMut(&Path, usize)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            look(&path, all, found);
        } else if path.is_file() {
            // A server's socket is no file and holds nothing.
            let bytes = fs::read(&path).unwrap();
            let held = all.find_overlapping_iter(&bytes).map(|hit| hit.pattern().as_usize());
            held.collect::<BTreeSet<_>>().into_iter().for_each(|number| found(&path, number));
        }
    }
}

async fn open(path: &Path) -> SqliteConnection {
    SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap()
}

/// The wrapped bytes of the keys of the first cases.
pub async fn wrapped_keys(folder: &Path, cases: usize) -> Vec<Vec<u8>> {
    let mut ring = open(&folder.join("spor.keys")).await;
    let mut keys = Vec::new();
    for number in 0..cases {
        let case = case_ref(number);
        let rows = sqlx::query("SELECT wrapped FROM subject_keys WHERE subject IN (?, ?)")
            .bind(format!("case-{case}"))
            .bind(format!("reminders-{case}"))
            .fetch_all(&mut ring)
            .await
            .unwrap();
        assert!(!rows.is_empty(), "{case} has a key");
        keys.extend(rows.iter().map(|row| row.get::<Vec<u8>, _>(0)));
    }
    ring.close().await.unwrap();
    keys
}

/// Keys of people that are not destroyed.
pub async fn living_keys(folder: &Path) -> usize {
    let mut ring = open(&folder.join("spor.keys")).await;
    let count: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM subject_keys WHERE wrapped IS NOT NULL AND compartment <> 'claims'",
    )
    .fetch_one(&mut ring)
    .await
    .unwrap();
    ring.close().await.unwrap();
    usize::try_from(count).unwrap()
}

/// As if rebuilds had failed half-way: one that gave back what it built, one that was killed an
/// hour ago. Rows run ahead of their checkpoint, so there are some although it stands at nothing.
pub async fn leave_half_a_rebuild(folder: &Path, about: &str) {
    let mut log = open(&folder.join("spor.db")).await;
    let found = "SELECT version, generation FROM projections \
                 WHERE name = 'cases' AND status = 'active'";
    let active = log.fetch_one(found).await.unwrap();
    let (version, answers) = (active.get::<i64, _>(0), active.get::<i64, _>(1));
    for (generation, owner, lease) in
        [(answers + 1, "NULL", "NULL"), (answers + 2, "'killed'", "(unixepoch() - 3600) * 1000000")]
    {
        let table = format!("p_cases_{version}_g{generation}");
        let left = format!(
            "CREATE TABLE {table} (row_no INTEGER PRIMARY KEY, stream TEXT NOT NULL) STRICT; \
             INSERT INTO {table} (stream) VALUES ('{about}'); \
             INSERT INTO projections \
                 (name, version, generation, status, position, logic_hash, owner, lease_until) \
             SELECT name, version, {generation}, 'building', 0, logic_hash, {owner}, {lease} \
             FROM projections WHERE name = 'cases' AND status = 'active'"
        );
        log.execute(AssertSqlSafe(left)).await.unwrap();
    }
    log.close().await.unwrap();
}

/// As if the relay had taken every second letter.
pub async fn send_every_second_letter(folder: &Path) {
    let mut log = open(&folder.join("spor.db")).await;
    let sent = "UPDATE letters SET state = 'sent' WHERE letter_no % 2 = 0";
    let sent = log.execute(sent).await.unwrap().rows_affected();
    assert!(sent > 0, "letters were written");
    log.close().await.unwrap();
}

async fn letters(folder: &Path) -> Vec<(String, String)> {
    let mut log = open(&folder.join("spor.db")).await;
    let rows = sqlx::query("SELECT state, bytes FROM letters").fetch_all(&mut log).await.unwrap();
    log.close().await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace("=\r\n", "");
    rows.iter().map(|row| (row.get(0), text(row.get(1)))).collect()
}

/// Whether letters tell of the first case.
pub async fn letters_tell(folder: &Path) -> bool {
    letters(folder).await.iter().any(|(_, text)| text.contains(&case_ref(0)))
}

/// Looks where a birth date, or a day reckoned from it, could have stood.
pub async fn nothing_leads_to_a_birth_date(folder: &Path, erased: usize) {
    for (state, text) in letters(folder).await {
        for number in 0..erased {
            assert!(!text.contains(&case_ref(number)), "a letter that is {state} still tells");
        }
    }
    let mut log = open(&folder.join("spor.db")).await;
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB 'p_*'",
    )
    .fetch_all(&mut log)
    .await
    .unwrap();
    assert!(tables.len() >= 5, "{tables:?}");
    for number in 0..erased {
        let case = case_ref(number);
        let count = async |log: &mut SqliteConnection, text: String| -> i64 {
            sqlx::query_scalar(sqlx::AssertSqlSafe(text)).fetch_one(log).await.unwrap()
        };
        for table in &tables {
            let told = match table.split('_').nth(1).unwrap() {
                "deadlines" => "true",
                "cases" => "born_on IS NOT NULL OR next_due IS NOT NULL",
                _ => "false",
            };
            let text =
                format!("SELECT count(*) FROM {table} WHERE stream = 'case-{case}' AND ({told})");
            assert_eq!(count(&mut log, text).await, 0, "{table} {case}");
        }
        let ledger = format!(
            "SELECT count(*) FROM reminders WHERE case_ref = '{case}' \
             AND (due IS NOT NULL OR letter_id IS NOT NULL OR state = 'planned')"
        );
        assert_eq!(count(&mut log, ledger).await, 0, "the ledger on {case}");
    }
    log.close().await.unwrap();
    kept_views_know_no_birth_date(folder, erased).await;
    // A row of the deadlines as SQLite writes it: no dead copy is left in a corner of a page.
    let rows: Vec<Vec<u8>> = (0..erased)
        .map(|number| format!("{}employmentR03", case_ref(number)).into_bytes())
        .collect();
    assert_eq!(hits(folder, &rows), Vec::<String>::new());
}

/// What the rows of the first cases keep for those who look ahead, as it is stored.
pub async fn stored_views(folder: &Path, cases: usize) -> Vec<String> {
    let mut log = open(&folder.join("spor.db")).await;
    let named = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB 'p_views_*'";
    let table: String = sqlx::query_scalar(named).fetch_one(&mut log).await.unwrap();
    let streams: Vec<String> =
        (0..cases).map(|number| format!("'case-{}'", case_ref(number))).collect();
    let asked = format!("SELECT views FROM {table} WHERE stream IN ({})", streams.join(", "));
    let stored = sqlx::query_scalar(AssertSqlSafe(asked)).fetch_all(&mut log).await.unwrap();
    log.close().await.unwrap();
    stored
}

/// Pieces of texts that stood there and of which none stands in any row now.
pub fn pieces_gone(before: &[String], now: &[String]) -> Vec<Vec<u8>> {
    let mut gone = Vec::new();
    for text in before {
        let pieces = text.as_bytes().chunks_exact(PIECE);
        let known = gone.len();
        gone.extend(pieces.map(<[u8]>::to_vec).filter(|piece| {
            let piece = String::from_utf8_lossy(piece);
            !now.iter().any(|text| text.contains(&*piece))
        }));
        assert!(gone.len() > known, "the row of an erased case says something else");
    }
    gone
}

/// What is kept of the erased cases for those who look ahead.
async fn kept_views_know_no_birth_date(folder: &Path, erased: usize) {
    let location = Location::Sqlite(folder.join("spor.db"));
    let keys = KeyFiles::beside(&location);
    let store = Store::open(&location, &keys, Open::ReadOnly).await.unwrap();
    let kept = views::after(&store, None, 10_000).await.unwrap();
    let cases: BTreeSet<String> = (0..erased).map(case_ref).collect();
    let of_erased: Vec<_> = kept.iter().filter(|kept| cases.contains(kept.case.as_str())).collect();
    assert_eq!(of_erased.len(), erased);
    for kept in of_erased {
        for day in [kept.last_day, kept.day_before] {
            let view = kept.on(day.unwrap()).unwrap();
            assert_eq!(view.birth_date, Some(Sealed::Erased), "{} on {day:?}", kept.case);
        }
    }
    store.close().await.unwrap();
}

/// The verifier that knows only the format agrees.
pub fn python_agrees(store: &Path) {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/verify_store.py");
    let output = Command::new("python3").arg(program).arg(store).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
}
