//! Erasing with the real binary: what was destroyed is in no byte of any file, what stays is whole.

mod keys;
mod killed;
mod life;
mod postgres;
mod search;

use std::fs;
use std::path::Path;

use serde_json::Value;
use spor_tests::binary::Sandbox;

use life::{BIRTH_DATES, canary, case_ref, journal};
use search::{hits, living_keys, pieces_gone, wrapped_keys};

const CASES: usize = 200;
const ERASED: usize = 20;
/// The morning on which notices of the erased cases' 17½-year meetings are written.
const MORNING: &str = "2025-03-10T07:00:00+01:00";
const CLOCK: [&str; 2] = ["--clock", "2025-03-11"];

/// Erases a case, with what the command needs to hear.
pub fn erase(sandbox: &Sandbox, case: &str) -> Value {
    let arguments = [&words(case)[..], &CLOCK[..]].concat();
    sandbox.json(&arguments)
}

fn words(case: &str) -> [&str; 9] {
    [
        "erase",
        case,
        "--legal-basis",
        "GDPR art. 17(1)(a)",
        "--decided-by",
        "DPO-01",
        "--approved-by",
        "L-01",
        "--yes",
    ]
}

/// Every question that could give something away, answered into files of a folder.
fn exports(sandbox: &Sandbox, folder: &Path, cases: std::ops::Range<usize>) {
    fs::create_dir_all(folder).unwrap();
    let file = folder.join("journal.ndjson");
    sandbox.must(&["export", "journal", "--file", file.to_str().unwrap()]);
    for table in ["cases", "deadlines", "follow_ups", "tracks", "sessions", "reminders", "events"] {
        for format in ["json", "csv"] {
            let answer = sandbox.must(&[&["query", table, "-o", format], &CLOCK[..]].concat());
            fs::write(folder.join(format!("{table}.{format}")), answer).unwrap();
        }
    }
    for number in cases {
        let case = case_ref(number);
        for (name, question) in [
            ("show", &["case", "show"][..]),
            ("timeline", &["case", "timeline"]),
            ("replay", &["replay"]),
        ] {
            let arguments = [question, &[&case, "-o", "json"], &CLOCK[..]].concat();
            fs::write(folder.join(format!("{case}.{name}")), sandbox.must(&arguments)).unwrap();
        }
        let early = ["case", "show", &case, "--as-of", "2025-02-01", "-o", "json"];
        fs::write(folder.join(format!("{case}.early")), sandbox.must(&early)).unwrap();
    }
}

/// The lines of a journal and the rows of tables that are about other cases.
fn about_others(folder: &Path) -> Vec<String> {
    let is_erased = |text: &str| (0..ERASED).any(|number| text.contains(&case_ref(number)));
    let journal = fs::read_to_string(folder.join("journal.ndjson")).unwrap();
    let mut told: Vec<String> =
        journal.lines().filter(|line| !is_erased(line)).map(str::to_owned).collect();
    for table in ["cases", "deadlines", "follow_ups", "tracks", "sessions"] {
        let rows = fs::read(folder.join(format!("{table}.json"))).unwrap();
        let rows: Vec<Value> = serde_json::from_slice(&rows).unwrap();
        let rows = rows.iter().map(Value::to_string).filter(|row| !is_erased(row));
        told.extend(rows);
    }
    told
}

/// What must not be found: every canary and birth date of the erased, and their wrapped keys.
fn needles(keys: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let texts = (0..ERASED).flat_map(|number| {
        [
            canary(number),
            BIRTH_DATES(number).to_string(),
            BIRTH_DATES(number).format("%d-%m-%Y").to_string(),
        ]
    });
    texts.map(String::into_bytes).chain(keys.iter().cloned()).collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in ["spor.db", "spor.keys", "spor.kek"] {
        fs::copy(from.join(file), to.join(file)).unwrap();
    }
}

#[tokio::test]
async fn what_was_erased_is_in_no_byte_of_any_file_and_the_others_read_as_before() {
    let sandbox = Sandbox::new();
    let aside = tempfile::tempdir().unwrap();
    let input = aside.path().join("journal.ndjson");
    fs::write(&input, journal(CASES)).unwrap();
    sandbox.must(&["import", input.to_str().unwrap()]);
    sandbox.must(&["scheduler", "tick", "--at", MORNING]);
    search::send_every_second_letter(sandbox.folder()).await;
    search::leave_half_a_rebuild(sandbox.folder(), &canary(1)).await;
    let case = case_ref(0);
    sandbox.must(&[
        "record",
        "session-held",
        "--case",
        &case,
        "--date",
        "2025-03-10",
        "minutes=30",
        "by=M-00",
        "form=one_to_one",
        "track=T3",
        "--reason",
        &canary(0),
    ]);
    exports(&sandbox, &aside.path().join("before"), 0..2);
    copy(sandbox.folder(), &aside.path().join("backup"));
    let keys = wrapped_keys(sandbox.folder(), ERASED).await;
    let living = living_keys(sandbox.folder()).await;
    let needles = needles(&keys);
    let views = search::stored_views(sandbox.folder(), ERASED).await;
    assert!(search::letters_tell(sandbox.folder()).await, "letters told of the erased before");
    let before = hits(&aside.path().join("before"), &needles);
    assert!(before.len() >= ERASED, "the search finds what is there: {}", before.len());
    assert_eq!(hits(&aside.path().join("backup"), &keys).len(), keys.len());

    for number in 0..ERASED {
        let told = erase(&sandbox, &case_ref(number));
        assert!(!told[0]["keys_destroyed"].as_array().unwrap().is_empty(), "{told}");
        assert!(told[0]["finished_at"].is_string(), "{told}");
    }

    exports(&sandbox, &sandbox.folder().join("after"), 0..CASES);
    let left = hits(sandbox.folder(), &needles);
    assert_eq!(left, Vec::<String>::new(), "found again");
    search::nothing_leads_to_a_birth_date(sandbox.folder(), ERASED).await;
    let gone = pieces_gone(&views, &search::stored_views(sandbox.folder(), CASES).await);
    assert!(hits(&aside.path().join("backup"), &gone).len() > ERASED, "they were there");
    assert_eq!(hits(sandbox.folder(), &gone), Vec::<String>::new(), "a dead row is left");
    let verified = sandbox.json(&["audit", "verify"]);
    assert_eq!(verified["outcome"], "ok");
    search::python_agrees(&sandbox.folder().join("spor.db"));
    let (then, now) =
        (about_others(&aside.path().join("before")), about_others(&sandbox.folder().join("after")));
    assert!(then.len() > (CASES - ERASED) * 20, "{}", then.len());
    assert_eq!(then, now, "the other cases read as before");
    assert_eq!(living_keys(sandbox.folder()).await, living - keys.len(), "no other key is gone");

    neither_brings_anybody_back(&sandbox, aside.path(), &keys);
}

/// An old log with today's keys, and today's log with old keys: neither brings anybody back.
fn neither_brings_anybody_back(sandbox: &Sandbox, aside: &Path, keys: &[Vec<u8>]) {
    for (log, ring) in [("backup", "now"), ("now", "backup")] {
        let mixed = aside.join(format!("{log}-{ring}"));
        let place = |which| match which {
            "now" => sandbox.folder().to_owned(),
            _ => aside.join("backup"),
        };
        copy(&place(ring), &mixed);
        fs::copy(place(log).join("spor.db"), mixed.join("spor.db")).unwrap();
        let store = format!("sqlite:{}", mixed.join("spor.db").display());
        let asked = ["--store", &store];
        let journal = sandbox.must(&[&["export", "journal"], &asked[..]].concat());
        for number in 0..ERASED {
            assert!(!journal.contains(&canary(number)), "{log} with the keys of {ring}");
            let show = ["case", "show", &case_ref(number)];
            let show = sandbox.json(&[&show[..], &asked[..]].concat());
            assert_eq!((&show["age"], &show["personal_data"]), (&Value::Null, &"erased".into()));
        }
        assert!(journal.contains(&canary(ERASED)));
        if log == "now" {
            sandbox.must(&[&["keys", "status"], &asked[..]].concat());
            assert_eq!(hits(&mixed, keys), Vec::<String>::new(), "destroyed again");
        }
    }
}

#[test]
fn an_erasure_takes_two_people_a_case_and_a_yes() {
    let sandbox = Sandbox::new();
    sandbox.write("journal", &journal(2));
    sandbox.must(&["import", "journal"]);
    let fails = |arguments: &[&str]| {
        let output = sandbox.run(&[arguments, &["-o", "json"], &CLOCK[..]].concat());
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        let last: Value = serde_json::from_str(told.trim_end().lines().last().unwrap()).unwrap();
        (output.status.code().unwrap(), last["error"]["code"].as_str().unwrap().to_owned())
    };
    let case = case_ref(0);
    let mut same = words(&case).to_vec();
    same[7] = "DPO-01";
    assert_eq!(fails(&same), (3, "same_person_twice".to_owned()));
    let mut empty = words(&case).to_vec();
    empty[3] = " ";
    assert_eq!(fails(&empty), (3, "legal_basis_unclear".to_owned()));
    assert_eq!(fails(&words("SPOR-2025-9999")), (4, "case_not_found".to_owned()));
    assert_eq!(fails(&words(&case)[..8]), (2, "usage".to_owned()), "nobody to ask");
    let by_hand = [
        "record",
        "personal-data-erased",
        "--case",
        &case,
        "compartments=person",
        "legal_basis=x",
        "decided_by=DPO-01",
    ];
    assert_eq!(fails(&by_hand), (9, "use_erase".to_owned()));
    let tried = sandbox.json(&[&words(&case)[..], &["--dry-run"], &CLOCK[..]].concat());
    assert_eq!(tried["outcome"], "would_erase");
    assert!(sandbox.must(&["export", "journal"]).contains(&canary(0)), "nothing was erased");

    let paper = sandbox.folder().join("certificate");
    let file = ["-f", paper.to_str().unwrap()];
    let told = sandbox.json(&[&words(&case)[..], &file[..], &CLOCK[..]].concat());
    assert_eq!(serde_json::from_slice::<Value>(&fs::read(&paper).unwrap()).unwrap(), told);
    assert_eq!(
        (&told[0]["decided_by"], &told[0]["approved_by"]),
        (&"DPO-01".into(), &"L-01".into())
    );
    for date in ["key_rotation_due", "last_backup_dies_on"] {
        assert!(told[0][date].is_string(), "{told}");
    }
    assert_eq!(erase(&sandbox, &case), told, "the certificate again, and no second erasure");
    let late = ["session", &case, "60m", "--by", "M-00", "--date", "2025-03-11"];
    assert_eq!(fails(&late), (3, "case_erased".to_owned()));
    let other = case_ref(1);
    assert!(sandbox.must(&["export", "journal"]).contains(&canary(1)), "{other} is untouched");
}

#[test]
fn one_note_is_erased_while_the_rest_stays() {
    let sandbox = Sandbox::new();
    sandbox.write("journal", &journal(1));
    sandbox.must(&["import", "journal"]);
    let case = case_ref(0);
    sandbox.must(&[
        "record",
        "goal-set",
        "--case",
        &case,
        "--date",
        "2025-03-10",
        "--id",
        "wrong",
        "goal=G9",
        "domain=health",
        "text=about-another-child",
    ]);
    let arguments =
        [&words(&case)[..], &["--entry", "wrong", "--part", "person"], &CLOCK[..]].concat();
    let told = sandbox.json(&arguments);
    assert_eq!(told[0]["erased"], "EntryErased");
    let journal = sandbox.must(&["export", "journal"]);
    assert!(!journal.contains("about-another-child") && journal.contains(&canary(0)));
    assert_eq!(hits(sandbox.folder(), &[b"about-another-child".to_vec()]), Vec::<String>::new());
    assert_eq!(sandbox.json(&["audit", "verify"])["outcome"], "ok");
    search::python_agrees(&sandbox.folder().join("spor.db"));
    let show = sandbox.json(&["case", "show", &case]);
    assert!(show["age"].is_number(), "the person is not erased");
    let absent =
        [&words(&case)[..], &["--entry", "wrong", "--part", "reason"], &CLOCK[..]].concat();
    assert_eq!(sandbox.run(&absent).status.code(), Some(4));
}
