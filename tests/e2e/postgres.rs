//! The real binary on a real PostgreSQL: prepared, made, asked, and run several times at once.

use std::collections::BTreeSet;
use std::process::Command;

use spor_tests::binary::{Sandbox, beside, wait_until};
use spor_tests::postgres;
use spor_tests::smtp::program::Program;

const MORNING: &str = "2025-02-24T06:45:00+01:00";

const JOURNAL: &str = r#"
{"date":"2025-01-02","type":"StaffRegistered","person":"M-01","name":"Asta Eksempel","email":"asta@kommune.example","roles":["mentor"],"administration":"employment","employment":"permanent"}
{"date":"2025-01-02","type":"StaffRegistered","person":"SB-01","name":"Bo Eksempel","email":"bo@kommune.example","roles":["caseworker"],"administration":"employment","employment":"permanent"}
{"date":"2025-01-13","type":"CaseOpened","case":"SPOR-2025-0001","administration":"employment","municipality":"A","mentor":"M-01","caseworker":"SB-01","birth_date":"2004-01-09","name":"Kastanje Frugtbar"}
{"date":"2025-01-13","type":"SupportGranted","case":"SPOR-2025-0001","track":"T1","basis":"SEL-85","weekly_hours":3,"budget":"social","person":"M-01"}
{"date":"2025-01-13","type":"CaseOpened","case":"SPOR-2025-0002","administration":"employment","municipality":"A","mentor":"M-01","caseworker":"SB-01","birth_date":"2005-02-03","name":"Pære Frugtbar"}
"#;

#[test]
fn an_administrator_prepares_and_the_program_makes_its_store() {
    let cluster = postgres::Cluster::new("");
    postgres::execute(&cluster.url("postgres", "postgres"), &["CREATE DATABASE sager"]);
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(spor_tests::binary::path());
        command.args(arguments).current_dir(folder.path()).output().unwrap()
    };
    let admin = cluster.url("postgres", "sager");
    let url = cluster.url("spor_program", "sager");
    let early = run(&["init", "--store", &admin]);
    assert_eq!(early.status.code(), Some(2), "not prepared yet");
    let said = String::from_utf8(early.stderr).unwrap();
    assert!(said.contains("spor store migrate --admin"), "{said}");
    let prepared = run(&["store", "migrate", "--admin", &admin]);
    assert!(prepared.status.success(), "{}", String::from_utf8_lossy(&prepared.stderr));
    let login = "CREATE ROLE spor_program LOGIN IN ROLE spor_app";
    postgres::execute(&cluster.url("postgres", "postgres"), &[login]);
    assert!(run(&["init", "--store", &url]).status.success());
    let again = run(&["store", "migrate", "--admin", &admin, "-o", "json"]);
    let again: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(again["migrations"], serde_json::json!([]));
    let refused = run(&["store", "migrate", "--admin", &url]);
    assert_eq!(refused.status.code(), Some(9), "the program is no administrator");
    let status = run(&["store", "status", "--store", &url, "-o", "json"]);
    let status: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!(status["kind"], "production");
    assert_eq!(status["warnings"], serde_json::json!([]));
    let warned = run(&["store", "status", "--store", &admin]);
    assert!(String::from_utf8(warned.stderr).unwrap().contains("is a superuser"));
}

#[test]
fn the_same_questions_have_the_same_answers_on_both_databases() {
    let here = [Sandbox::new(), Sandbox::in_postgres()];
    let questions: [&[&str]; 5] = [
        &["query", "cases"],
        &["query", "deadlines", "--where", "status!=met"],
        &["query", "tracks"],
        &["case", "show", "SPOR-2025-0001"],
        &["query", "deadlines", "--as-of", "2025-03-01"],
    ];
    let answers = here.map(|sandbox| {
        sandbox.write("journal", JOURNAL);
        sandbox.must(&["import", "journal"]);
        sandbox.must(&["store", "rebuild"]);
        sandbox.must(&["audit", "verify"]);
        questions.map(|question| {
            let answer = sandbox.run(&[question, &["-o", "json"]].concat());
            (answer.status.code(), without_ids(&String::from_utf8(answer.stdout).unwrap()))
        })
    });
    let [sqlite, postgres] = answers;
    assert!(sqlite.iter().filter(|(code, _)| *code == Some(0)).count() >= 4);
    assert_eq!(sqlite, postgres);
}

#[test]
fn a_store_moves_to_a_database_is_backed_up_there_and_comes_back_the_same() {
    let (file, elsewhere) = (Sandbox::new(), Sandbox::empty());
    file.write("journal", JOURNAL);
    file.must(&["import", "journal"]);
    let root = |sandbox: &Sandbox, store: &[&str]| {
        sandbox.json(&[&["audit", "verify"], store].concat())["root"].clone()
    };
    let database = postgres::shared().database();
    let keys = ["--keys", "moved.keys", "--kek", "moved.kek"];
    file.must(&[&["store", "copy", "--to", &database.url][..], &keys].concat());
    file.write(
        "moved.toml",
        &format!("[store]\nurl = \"{}\"\nkek = \"moved.kek\"\n", database.url),
    );
    let moved = ["--config", "moved.toml"];
    assert_eq!(root(&file, &moved), root(&file, &[]));
    file.must(&[&["session", "SPOR-2025-0001", "60m", "--by", "M-01"][..], &moved].concat());
    file.must(&[&["store", "backup", "moved.db", "--with-key-file"][..], &moved].concat());
    let backup = file.folder().join("moved.db");
    elsewhere.must(&["store", "restore", backup.to_str().unwrap(), "--to", "sqlite:spor.db"]);
    assert_eq!(root(&elsewhere, &[]), root(&file, &moved));
    let asked = ["case", "show", "SPOR-2025-0001", "-o", "json"];
    assert_eq!(elsewhere.must(&asked), file.must(&[&asked[..], &moved].concat()));
}

/// Two stores have the same facts under ids of their own.
fn without_ids(answer: &str) -> String {
    let is_id = |word: &str| word.len() == 36 && word.matches('-').count() == 4;
    answer.split('"').map(|word| if is_id(word) { "id" } else { word }).collect()
}

#[test]
fn of_two_services_on_one_database_each_person_gets_one_letter() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--account", "spor:hemmelig-7", "--delay-ms", "50"];
    let relay = Program::start(&beside("smtp_sink"), folder.path(), &arguments).unwrap();
    let sandbox = Sandbox::in_postgres();
    sandbox.write("password", "hemmelig-7");
    sandbox.write(
        "spor.toml",
        &format!(
            "[mail]\nhost = \"localhost\"\nport = {}\nca_file = \"{}\"\n\
             username = \"spor\"\npassword_file = \"password\"\n\
             from = \"spor@kommune.example\"\nhello = \"spor.kommune.example\"\n",
            relay.port,
            relay.ca_file.display()
        ),
    );
    sandbox.write("journal", JOURNAL);
    sandbox.must(&["import", "journal"]);
    let mut services: Vec<_> =
        (0..2).map(|_| sandbox.start(&["run", "--clock", MORNING])).collect();
    wait_until("both letters are sent", || {
        let outbox = sandbox.json(&["reminders", "outbox"]);
        let letters = outbox.as_array().unwrap();
        letters.len() == 2 && letters.iter().all(|letter| letter["state"] == "sent")
    });
    for service in &mut services {
        Command::new("kill").arg(service.id().to_string()).status().unwrap();
        assert!(service.wait().unwrap().success(), "SIGTERM ends the service gracefully");
    }
    let letters = relay.letters().unwrap();
    let to: Vec<&String> = letters.iter().flat_map(|letter| &letter.to).collect();
    assert_eq!(to.len(), 2, "no letter twice");
    assert_eq!(BTreeSet::from_iter(to).len(), 2, "nobody is forgotten");
    sandbox.must(&["audit", "verify"]);
}
