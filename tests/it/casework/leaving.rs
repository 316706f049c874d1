//! Leaving is as easy as entering: what goes out comes in again as the same cases.

use spor_domain::door::read_date;
use spor_domain::ids::CaseRef;
use spor_history::diff::{Side, between};
use spor_history::load::KnownAt;

use super::{Desk, OPENED, SESSION};

const JOURNAL: &[&str] = &[
    r#"{"date":"2025-01-02","type":"StaffRegistered","person":"M-01","name":"Asta Eksempel","email":"asta@kommune.example","roles":["mentor"],"administration":"children_family","employment":"permanent"}"#,
    OPENED,
    r#"{"date":"2025-01-20","type":"SupportGranted","case":"SPOR-2025-0101","track":"T1","basis":"LAB-167","weekly_hours":2.5,"budget":"the bridge fund","until":"2025-07-20","person":"M-01","purpose":"a calm start"}"#,
    r#"{"date":"2025-02-01","type":"PolicySet","key":"follow_up_interval_days","value":28,"valid_from":"2025-02-01","reason":"decided by the board"}"#,
    SESSION,
    r#"{"date":"2025-02-04","type":"SessionHeld","case":"SPOR-2025-0101","minutes":45,"by":"M-01","form":"outreach","activities":["a walk"]}"#,
    r#"{"date":"2025-02-05","type":"EntryCorrected","case":"SPOR-2025-0101","target":"e-2","changes":{"minutes":75,"activities":["cooking"]},"reason":"typing error"}"#,
    r#"{"date":"2025-02-06","type":"EntryCorrected","case":"SPOR-2025-0101","target":"e-1","changes":{"birth_date":"2008-03-01"},"reason":"wrong in the file"}"#,
    r#"{"date":"2025-02-20","type":"FollowUpHeld","case":"SPOR-2025-0101","participants":["caseworker","mentor","youth","an aunt"],"outcome":"continue"}"#,
    r#"{"date":"2025-03-20","type":"FollowUpHeld","case":"SPOR-2025-0101","id":"f-2","participants":["caseworker"],"outcome":"continue"}"#,
    r#"{"date":"2025-03-21","type":"EntryRetracted","case":"SPOR-2025-0101","target":"f-2","reason":"wrong case"}"#,
    r#"{"date":"2025-05-02","type":"CaseClosed","case":"SPOR-2025-0101","reason":"weighty_professional_reasons","approver":"PL-01","explanation":"moves abroad"}"#,
];

async fn export(desk: &Desk) -> String {
    let mut output = Vec::new();
    let exported = desk.casework.export_journal(&mut output, &|_| {}).await.expect("an export");
    assert_eq!((exported.erased, exported.keys_missing), (0, 0));
    String::from_utf8(output).expect("a journal is text")
}

#[tokio::test]
async fn what_goes_out_comes_in_again_as_the_same_cases() {
    let first = Desk::sandbox().await;
    let (summary, _) = first.import(&JOURNAL.join("\n")).await;
    assert_eq!(summary.accepted, 12);
    let journal = export(&first).await;
    assert_eq!(journal.lines().count(), 12);
    let second = Desk::sandbox().await;
    let (summary, lines) = second.import(&journal).await;
    assert_eq!(summary.accepted, 12, "{lines:?}");
    let (one, two) = (first.case("SPOR-2025-0101").await, second.case("SPOR-2025-0101").await);
    let memory = first.casework.memory();
    let (policies, _) = memory.policies(KnownAt::Everything).await.expect("policies");
    for day in ["2025-01-20", "2025-02-04", "2025-03-20", "2025-04-28", "2025-06-01"] {
        let day = read_date(day).expect("a day");
        let policy = policies.on(day);
        let (one, two) = (one.as_of(day), two.as_of(day));
        let changes = between(Side { view: &one, policy }, Side { view: &two, policy });
        assert_eq!(changes, []);
        assert_eq!(one.known_birth_date(), two.known_birth_date());
    }
    assert_eq!(export(&second).await, journal);
}

#[tokio::test]
async fn what_was_known_then_is_known_then_in_the_copy() {
    let first = Desk::sandbox().await;
    first.import(&JOURNAL.join("\n")).await;
    let second = Desk::sandbox().await;
    second.import(&export(&first).await).await;
    let case = CaseRef::parse("SPOR-2025-0101").expect("a reference");
    let until = KnownAt::Until(super::instant("2025-02-04T23:00:00Z"));
    for desk in [&first, &second] {
        let known = desk.casework.memory().case(&case, until).await.expect("a case").case;
        let view = known.as_of(read_date("2025-02-10").expect("a day"));
        assert_eq!(view.known_birth_date(), read_date("2008-02-29"));
        assert_eq!(view.sessions.iter().map(|session| session.minutes).sum::<i64>(), 105);
    }
}

#[tokio::test]
async fn a_difference_names_what_changed_and_nothing_else() {
    let desk = Desk::sandbox().await;
    desk.import(&JOURNAL.join("\n")).await;
    let case = desk.case("SPOR-2025-0101").await;
    let (policies, _) =
        desk.casework.memory().policies(KnownAt::Everything).await.expect("policies");
    let [before, after] =
        ["2025-03-19", "2025-03-21"].map(|day| case.as_of(read_date(day).expect("a day")));
    let policy = policies.on(before.day);
    let changes = between(Side { view: &before, policy }, Side { view: &after, policy });
    let changes: Vec<_> = changes
        .iter()
        .map(|change| format!("{}: {} → {}", change.what, change.before, change.after))
        .collect();
    assert_eq!(
        changes,
        ["follow_up.missed_intervals: 0 → 1", "follow_up.status: due_soon → overdue"]
    );
}
