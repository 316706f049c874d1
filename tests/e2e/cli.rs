//! The command line as its contract says: help, formats, exit codes, short forms, questions.

mod directory;
mod foresight;
mod formats;
mod handbook;
mod help;
mod leaving;
mod letters;
mod questions;
mod reminding;

use spor_tests::binary::Sandbox;

/// Two cases and two people; the follow-up of the first is late.
const JOURNAL: &str = r#"{"date":"2025-01-02","type":"StaffRegistered","person":"M-01","name":"Asta Eksempel","email":"asta@kommune.example","roles":["mentor"],"administration":"employment","employment":"permanent","capacity_hours":30}
{"date":"2025-01-02","type":"PolicySet","key":"lab_notice_days","value":30,"valid_from":"2025-02-01","reason":"decided by the board"}
{"date":"2025-01-13","type":"CaseOpened","case":"SPOR-2025-0001","administration":"employment","municipality":"A","mentor":"M-01","caseworker":"SB-01","birth_date":"2004-01-09","name":"Kastanje","id":"o1"}
{"date":"2025-01-13","type":"SupportGranted","case":"SPOR-2025-0001","track":"T1","basis":"SEL-85","weekly_hours":2.5,"budget":"social"}
{"date":"2025-01-20","type":"CaseOpened","case":"SPOR-2025-0002","administration":"social","municipality":"A","mentor":"M-02","caseworker":"SB-02","birth_date":"2008-05-02"}
{"date":"2025-02-03","type":"SessionHeld","case":"SPOR-2025-0001","minutes":600,"by":"M-01","form":"one_to_one","id":"s1","activities":["=SUM(A1)","walk; talk"]}
{"date":"2025-02-10","type":"EntryCorrected","case":"SPOR-2025-0001","target":"s1","changes":{"minutes":60},"reason":"typing error"}
{"date":"2025-02-20","type":"FollowUpHeld","case":"SPOR-2025-0002","participants":["caseworker","mentor","youth"],"outcome":"continue"}
{"date":"2025-03-03","type":"GoalSet","case":"SPOR-2025-0002","goal":"G1","domain":"education","text":"at school at eight"}
"#;

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("journal.ndjson", JOURNAL);
    sandbox.must(&["import", "journal.ndjson"]);
    sandbox
}
