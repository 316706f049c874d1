//! One wish after the other, and several at once.

use spor_casework::error::CaseworkError;
use spor_casework::execute::{Mode, Outcome, Receipt};
use spor_domain::door::read_date;
use spor_domain::event::Event;
use spor_domain::sealed::{Compartment, Sealed};
use spor_history::load::KnownAt;
use spor_store::StoreError;

use super::{Desk, OPENED, SESSION, actor, clock, instant, wish};

fn receipt(outcome: Outcome) -> Receipt {
    match outcome {
        Outcome::Recorded(receipt) => receipt,
        other => panic!("not recorded: {other:?}"),
    }
}

fn refusal(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Refused(rejection) => rejection.code(),
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_repeated_wish_finds_its_first_answer() {
    let desk = Desk::sandbox().await;
    let mut wish = wish(OPENED);
    wish.idempotency_key = Some("key-1".to_owned());
    wish.reason = Some("asked for by the school".to_owned());
    let first = receipt(desk.wish(&wish).await.expect("an answer"));
    let head = desk.head().await;
    let second = receipt(desk.wish(&wish).await.expect("an answer"));
    assert!(!first.replayed && second.replayed);
    assert_eq!((first.event_id, first.position), (second.event_id, second.position));
    assert_eq!(desk.head().await, head);
}

#[tokio::test]
async fn one_key_does_not_stand_for_two_wishes() {
    let desk = Desk::sandbox().await;
    let mut first = wish(OPENED);
    first.idempotency_key = Some("key-1".to_owned());
    desk.wish(&first).await.expect("an answer");
    let mut other = wish(SESSION);
    other.idempotency_key = first.idempotency_key;
    let refused = desk.wish(&other).await.expect_err("the key is taken");
    assert_eq!(refused.code(), "idempotency_mismatch");
    assert!(matches!(refused.store_error(), Some(StoreError::IdempotencyMismatch { .. })));
}

#[tokio::test]
async fn who_is_overtaken_decides_again() {
    let desk = Desk::sandbox().await;
    desk.record(OPENED).await;
    let line = |n: u32| SESSION.replace("e-2", &format!("s-{n}"));
    let wishes = [wish(&line(1)), wish(&line(2)), wish(&line(3)), wish(&line(4))];
    let [one, two, three, four] = &wishes;
    let answers = tokio::join!(desk.wish(one), desk.wish(two), desk.wish(three), desk.wish(four));
    for answer in [answers.0, answers.1, answers.2, answers.3] {
        receipt(answer.expect("an answer"));
    }
    assert_eq!(desk.case("SPOR-2025-0101").await.entries().len(), 5);
}

#[tokio::test]
async fn of_two_wishes_with_one_id_the_later_is_refused() {
    let desk = Desk::sandbox().await;
    desk.record(OPENED).await;
    let wish = wish(SESSION);
    let (one, two) = tokio::join!(desk.wish(&wish), desk.wish(&wish));
    let answers = [one.expect("an answer"), two.expect("an answer")];
    let refused: Vec<_> =
        answers.iter().filter(|answer| matches!(answer, Outcome::Refused(_))).collect();
    assert_eq!(refused.len(), 1);
    assert_eq!(refusal(refused[0]), "duplicate_id");
}

#[tokio::test]
async fn a_try_writes_nothing() {
    let desk = Desk::sandbox().await;
    let head = desk.head().await;
    let tried = desk.casework.execute(&actor(), &wish(OPENED), &clock(), Mode::DryRun).await;
    assert!(matches!(tried, Ok(Outcome::WouldRecord { warnings }) if warnings.len() == 2));
    assert_eq!(desk.head().await, head);
}

#[tokio::test]
async fn nothing_is_recorded_before_it_happens() {
    let desk = Desk::sandbox().await;
    let tomorrow = OPENED.replace("2025-01-15", "2025-12-02");
    let refused = desk.wish(&wish(&tomorrow)).await.expect_err("a day ahead");
    assert!(matches!(refused, CaseworkError::Malformed(_)));
    assert_eq!(refused.code(), "date_in_future");
}

#[tokio::test]
async fn a_clear_field_is_corrected_and_both_versions_stay() {
    let desk = Desk::sandbox().await;
    desk.record(OPENED).await;
    desk.record(SESSION).await;
    let before = desk.store().head().await.expect("a head").recorded_at;
    let correction = r#"{"date":"2025-02-04","type":"EntryCorrected","case":"SPOR-2025-0101","target":"e-2","changes":{"minutes":90,"date":"2025-02-02"},"reason":"typing error"}"#;
    let correction = wish(correction);
    let later = spor_casework::actor::Now { business: instant("2025-12-01T12:00:00Z") };
    let answer = desk.casework.execute(&actor(), &correction, &later, Mode::Write).await;
    receipt(answer.expect("an answer"));
    let day = read_date("2025-02-10").expect("a day");
    let session = |case: &spor_domain::case::Case| {
        let view = case.as_of(day);
        (view.sessions[0].on.to_string(), view.sessions[0].minutes, view.sessions[0].versions)
    };
    let now = desk.case("SPOR-2025-0101").await;
    assert_eq!(session(&now), ("2025-02-02".to_owned(), 90, 2));
    let reference = spor_domain::ids::CaseRef::parse("SPOR-2025-0101").expect("a reference");
    let memory = desk.casework.memory();
    let then = memory.case(&reference, KnownAt::Until(before)).await.expect("a case").case;
    assert_eq!(session(&then), ("2025-02-03".to_owned(), 60, 1));
}

#[tokio::test]
async fn a_sealed_field_is_corrected_without_standing_in_clear() {
    let desk = Desk::sandbox().await;
    desk.record(OPENED).await;
    let correction = r#"{"date":"2025-02-04","type":"EntryCorrected","case":"SPOR-2025-0101","target":"e-1","changes":{"birth_date":"2009-03-01","mentor":"M-02"},"reason":"wrong person"}"#;
    receipt(desk.record(correction).await);
    let view = desk.case("SPOR-2025-0101").await.as_of(read_date("2025-02-10").expect("a day"));
    assert_eq!(view.known_birth_date(), read_date("2009-03-01"));
    assert_eq!(view.mentor.as_ref().map(ToString::to_string).as_deref(), Some("M-02"));
    let reference = spor_domain::ids::CaseRef::parse("SPOR-2025-0101").expect("a reference");
    let told = desk.casework.memory().timeline(&reference, KnownAt::Everything).await;
    let told = told.expect("a timeline");
    assert_eq!((told[0].versions, told[1].versions), (2, 1));
    assert!(!format!("{:?}", told[1].clear).contains("2009"));
    let Some(Sealed::Known(opened)) = told[1].sealed.get(&Compartment::Person) else {
        panic!("the correction has an opened part");
    };
    assert_eq!(opened["changes"]["birth_date"], "2009-03-01");
    let Event::Opening(opening) = &told[0].recorded.event else {
        panic!("the case begins with its opening");
    };
    assert_eq!(opening.birth_date().known().copied(), read_date("2008-02-29"));
}

#[tokio::test]
async fn why_a_commit_was_made_is_sealed_and_can_be_read() {
    let desk = Desk::sandbox().await;
    let mut wish = wish(
        r#"{"date":"2025-01-02","type":"PolicySet","key":"follow_up_interval_days","value":28,"valid_from":"2025-02-01","reason":"default"}"#,
    );
    wish.reason = Some("decided by the board".to_owned());
    receipt(desk.wish(&wish).await.expect("an answer"));
    let memory = desk.casework.memory();
    let programme = spor_history::stream::programme();
    let told = memory.stream_timeline(&programme, KnownAt::Everything).await.expect("a timeline");
    let last = told.last().expect("an entry");
    assert_eq!(last.reason, Some(Sealed::Known("decided by the board".to_owned())));
    assert_eq!(last.commit.commit.actor, "tester");
    let (policies, _) = memory.policies(KnownAt::Everything).await.expect("policies");
    let days = |day| policies.on(read_date(day).expect("a day")).follow_up_interval_days;
    assert_eq!((days("2025-01-31"), days("2025-02-01")), (42, 28));
}

#[tokio::test]
async fn an_address_belongs_to_one_person() {
    let desk = Desk::sandbox().await;
    let asta = r#"{"date":"2025-01-02","type":"StaffRegistered","person":"M-01","name":"Asta Eksempel","email":"asta@kommune.example","roles":["mentor"],"administration":"employment","employment":"permanent"}"#;
    receipt(desk.record(asta).await);
    let other = asta.replace("M-01", "M-02").replace("asta@", "ASTA@");
    assert_eq!(refusal(&desk.record(&other).await), "email_taken");
    assert_eq!(refusal(&desk.record(asta).await), "staff_exists");
    let directory = desk.casework.memory().directory(KnownAt::Everything).await;
    assert_eq!(directory.expect("a directory").people().count(), 1);
}
