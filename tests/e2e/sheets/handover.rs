//! A case for its reader, and one that goes on in another municipality; the first days of a batch.

use std::fs;

use serde_json::{Value, json};
use spor_tests::binary::Sandbox;

use super::import;
use crate::bad_input::Refused;

const COURSE: &str = r#"
{"date":"2025-01-13","type":"CaseOpened","case":"SPOR-2025-0001","administration":"employment","municipality":"A","mentor":"M-01","caseworker":"SB-01","birth_date":"2008-02-29","name":"Kastanje Frugtbar"}
{"date":"2025-01-20","type":"GoalSet","case":"SPOR-2025-0001","goal":"G1","domain":"education","text":"back to school"}
{"date":"2025-02-03","type":"FollowUpHeld","case":"SPOR-2025-0001","participants":["caseworker","mentor","youth"],"outcome":"continue"}
{"date":"2025-02-05","type":"ConfidentialNoteAdded","case":"SPOR-2025-0001","note_ref":"N-7","visibility":"youth_confidential","text":"wants to move out","id":"n7"}
{"date":"2025-02-06","type":"EntryCorrected","case":"SPOR-2025-0001","target":"n7","changes":{"text":"wants to move soon"},"reason":"said again"}
"#;
const MOVED: &str = r#"{"date":"2025-02-20","type":"CaseTransferredToMunicipality","case":"SPOR-2025-0001","to_municipality":"B","moved_on":"2025-02-20","notice_sent":true,"material":["goals"],"mentor_included":true}"#;

fn course() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("course", COURSE);
    sandbox.must(&["import", "course"]);
    sandbox
}

#[test]
fn parents_read_nothing_of_the_confidential_room_and_the_others_do() {
    let sandbox = course();
    for (audience, reads_it) in [("parents", false), ("case", true), ("archive", true)] {
        let export = ["export", "case", "SPOR-2025-0001", "--audience", audience];
        let told = sandbox.must(&export) + &sandbox.must(&[&export[..], &["-o", "json"]].concat());
        assert!(told.contains("back to school"), "{audience}: {told}");
        for word in ["N-7", "move out", "move soon", "said again", "ConfidentialNoteAdded"] {
            assert_eq!(told.contains(word), reads_it, "{audience}: {word}: {told}");
        }
    }
    let archive = ["export", "case", "SPOR-2025-0001", "--audience", "archive"];
    assert!(sandbox.json(&archive)["entries"][0]["position"].is_i64());
}

#[test]
fn nothing_is_written_for_parents_who_take_no_part() {
    let sandbox = course();
    let agreed = |extent: &str| {
        let extent = format!("extent={extent}");
        let agree = ["record", "family-involvement-agreed", "--case", "SPOR-2025-0001"];
        sandbox.must(&[&agree[..], &[&extent, "youth_view_recorded=true"]].concat());
    };
    let export = ["export", "case", "SPOR-2025-0001", "--audience", "parents"];
    for extent in ["none", "limited"] {
        agreed(extent);
        let refused = Refused::read(&sandbox.run(&[&export[..], &["-o", "json"]].concat()));
        refused.with(3, "parents_not_involved");
        assert!(sandbox.must(&[&export[..4], &["archive"]].concat()).contains("back to school"));
    }
    agreed("weekly call");
    assert!(sandbox.must(&export).contains("back to school"));
}

#[test]
fn a_case_that_moves_goes_on_elsewhere_with_its_clocks() {
    let here = course();
    let export = ["export", "case", "SPOR-2025-0001", "--audience", "municipality"];
    let no = here.run(&[&export[..], &["-o", "json"]].concat());
    Refused::read(&no).with(3, "not_transferred");
    here.write("moved", MOVED);
    here.must(&["import", "moved"]);
    here.must(&[&export[..], &["-f", "handover.json", "--lang", "da"]].concat());
    let text = fs::read_to_string(here.folder().join("handover.txt")).unwrap();
    assert!(text.contains("Næste opfølgning: 17.03.2025"), "{text}");
    let file = fs::read_to_string(here.folder().join("handover.json")).unwrap();
    let document: Value = serde_json::from_str(&file).unwrap();
    assert_eq!(document["clocks"]["follow_up_due"], json!("2025-03-17"));
    let shown = here.json(&["case", "show", "SPOR-2025-0001"]);
    assert_eq!(document["clocks"], shown["handover_file"], "the file says what the case shows");

    let there = Sandbox::new();
    let changes = ["--set", "case=NY-0007", "--set", "mentor=M-77", "--set", "caseworker=SB-77"];
    let more = [&["--format", "handover"], &changes[..]].concat();
    let answer = import(&there, "h.json", file.as_bytes(), &more);
    assert_eq!(answer["accepted"], 2, "{answer}");
    let case = there.json(&["case", "show", "NY-0007", "--as-of", "2025-03-03"]);
    assert_eq!(case["follow_up"]["due"], json!("2025-03-17"), "{case}");
    for clock in ["method_review", "transition_meeting"] {
        assert_eq!(case[clock]["due"], document["clocks"][format!("{clock}_due")], "{case}");
    }
    assert_eq!(case["mentor"], "M-77");
    let again = import(&there, "h.json", file.as_bytes(), &more);
    assert_eq!((&again["accepted"], &again["unchanged"]), (&json!(0), &json!(2)), "{again}");

    there.write("bad.json", "{\"format\":\"spor-handover-1\",\"entries\":[]}");
    let bad = ["import", "bad.json", "--format", "handover", "-o", "json"];
    Refused::read(&there.run(&bad)).with(2, "not_a_handover");
}

const STAFF: &str = r#"
{"date":"2025-01-02","type":"StaffRegistered","person":"M-01","name":"Asta Eksempel","email":"asta@kommune.example","roles":["mentor"],"administration":"employment","employment":"permanent"}
{"date":"2025-01-02","type":"StaffRegistered","person":"SB-01","name":"Bo Eksempel","email":"bo@kommune.example","roles":["caseworker"],"administration":"employment","employment":"permanent"}
{"date":"2025-01-02","type":"StaffRegistered","person":"FL-01","name":"Fie Eksempel","email":"fie@kommune.example","roles":["professional_lead"],"administration":"employment","employment":"permanent"}
"#;

#[test]
fn what_a_batch_brings_late_is_told_to_the_lead_alone_until_the_grace_is_over() {
    let sandbox = Sandbox::new();
    sandbox.write("staff", STAFF);
    sandbox.must(&["import", "staff"]);
    let mut rows = String::from(
        "kilde_id;sag;fødselsdato;kommune;forvaltning;sagsbehandler;mentor;startdato;\
         seneste_opfølgning;seneste_sagsgennemgang\n",
    );
    for case in 1..=5 {
        rows += &format!(
            "{case};SPOR-2025-000{case};01-02-2000;A;employment;SB-01;M-01;01-06-2024;01-11-2024;\
             01-03-2025\n"
        );
    }
    import(&sandbox, "f.csv", rows.as_bytes(), &["--format", "cases-csv"]);
    let told = |at: &str| {
        sandbox.must(&["scheduler", "tick", "--at", at, "--clock", at]);
        let outbox = sandbox.json(&["reminders", "outbox"]);
        let letters = outbox.as_array().unwrap().iter();
        let mut to: Vec<String> =
            letters.map(|letter| letter["recipient"].as_str().unwrap().to_owned()).collect();
        to.sort();
        to
    };
    assert_eq!(told("2025-03-04T08:00:00+01:00"), ["FL-01"], "one summary on the first day");
    let later = told("2025-03-10T08:00:00+01:00");
    assert!(later.contains(&"M-01".to_owned()) && later.contains(&"SB-01".to_owned()), "{later:?}");
}
