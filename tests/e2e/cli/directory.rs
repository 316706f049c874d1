//! The directory, groups and settings by their own words.

use serde_json::Value;
use spor_tests::binary::Sandbox;

const BORN: &str = "birth_date=2008-02-29";

fn first(sandbox: &Sandbox, arguments: &[&str]) -> Value {
    sandbox.json(arguments)[0].clone()
}

#[test]
fn people_enter_learn_are_away_and_leave_and_the_list_says_so_on_the_day() {
    let sandbox = Sandbox::new();
    sandbox.must(&[
        "staff",
        "add",
        "M-01",
        "--name",
        "Mette Prøve",
        "--email",
        "m01@kommune.example",
        "--roles",
        "mentor",
        "--administration",
        "employment",
        "--capacity",
        "12.5",
        "--date",
        "2025-01-02",
    ]);
    for said in [
        ["pledge", "M-01", "--date", "2025-01-03"],
        ["supervision", "M-01", "--date", "2025-02-03"],
        ["sparring", "M-01", "--date", "2025-02-10"],
    ] {
        sandbox.must(&[&["staff"], &said[..]].concat());
    }
    sandbox.must(&["staff", "competence", "M-01", "dual_role", "--date", "2025-02-11"]);
    sandbox.must(&["staff", "profile", "M-01", "booklet-7", "--date", "2025-02-12"]);
    let away = ["--from", "2025-03-03", "--until", "2025-03-07", "--deputy", "M-02"];
    sandbox.must(&[&["staff", "absent", "M-01", "--date", "2025-02-20"], &away[..]].concat());
    let on = |day: &str| first(&sandbox, &["staff", "list", "--as-of", day]);
    let known = on("2025-03-05");
    assert_eq!(known["person"], "M-01");
    assert_eq!(known["capacity"], 12.5);
    assert_eq!(known["pledged_on"], "2025-01-03");
    assert_eq!(known["last_supervision"], "2025-02-03");
    assert_eq!(known["competences"], "dual_role");
    assert_eq!(known["deputy"], "M-02");
    assert_eq!(on("2025-02-01")["last_supervision"], Value::Null);
    assert_eq!(on("2025-03-08")["deputy"], Value::Null);
    // Nobody is told before the first day, and the name stands nowhere in the list.
    assert_eq!(on("2025-01-01"), Value::Null);
    assert!(!known.to_string().contains("Mette"));
}

#[test]
fn a_group_is_formed_meets_says_what_it_is_for_and_ends() {
    let sandbox = Sandbox::new();
    let case = "SPOR-2025-0101";
    let opened = ["municipality=A", "caseworker=SB-01", "mentor=M-01", BORN];
    let opened = [&["record", "case-opened", "--case", case, "--date", "2025-01-06"], &opened[..]];
    sandbox.must(&[&opened.concat()[..], &["administration=employment"]].concat());
    let assessed = ["--case", case, "--date", "2025-04-07", "outcome=suitable", "by=SB-01"];
    sandbox.must(&[&["record", "group-suitability-assessed"], &assessed[..]].concat());
    let purpose = "cooking on a small budget";
    sandbox.must(&[
        "group",
        "form",
        "G-01",
        "--mentor",
        "M-01",
        "--purpose",
        purpose,
        "--theme",
        "food",
        "--date",
        "2025-04-08",
    ]);
    let met = ["--minutes", "90", "--by", "M-01", "--guests", "2", "--date", "2025-04-10"];
    sandbox.must(&[&["group", "session", "G-01", "--with", case], &met[..]].concat());
    let row = first(&sandbox, &["query", "groups", "--where", "group=G-01"]);
    assert_eq!(row["purpose"], purpose);
    assert_eq!(row["case"], case);
    assert_eq!(row["sessions"], 1);
    assert_eq!(row["eligible_from"], "2025-04-06");
    let ended = ["--because", "everybody has moved on", "--date", "2025-06-02"];
    sandbox.must(&[&["group", "dissolve", "G-01"], &ended[..]].concat());
    assert_eq!(first(&sandbox, &["group", "list"])["dissolved_on"], "2025-06-02");
    let again = ["group", "session", "G-01", "--with", case, "--minutes", "60", "--by", "M-01"];
    assert_eq!(sandbox.run(&again).status.code(), Some(3), "a dissolved group does not meet");
}

#[test]
fn a_setting_governs_from_its_day_and_its_history_stays() {
    let sandbox = Sandbox::new();
    let set = ["policy", "set", "follow_up_interval_days", "35", "--from", "2026-01-01"];
    let why = ["--reason", "the council wants five weeks", "--date", "2025-11-03"];
    sandbox.must(&[&set[..], &why[..]].concat());
    let value = |day: &str| {
        let shown = sandbox.json(&["policy", "show", "--as-of", day, "--known-at", "now"]);
        let rows = shown.as_array().expect("settings").clone();
        let of = rows.iter().find(|row| row["key"] == "follow_up_interval_days");
        of.expect("a setting of that name")["value"].clone()
    };
    assert_eq!((value("2025-12-31"), value("2026-01-01")), (42.into(), 35.into()));
    let history = sandbox.json(&["policy", "show", "--history"]);
    let rows = history.as_array().expect("settings").iter();
    let ours = rows.filter(|row| row["key"] == "follow_up_interval_days");
    let told: Vec<_> = ours.map(|row| (row["value"].clone(), row["valid_from"].clone())).collect();
    assert_eq!(told, [(42.into(), "1900-01-01".into()), (35.into(), "2026-01-01".into())]);
    let far = ["policy", "set", "follow_up_interval_days", "4000", "--from", "2026-02-01"];
    assert_eq!(sandbox.run(&[&far[..], &why[..]].concat()).status.code(), Some(3));
}
