//! What other streams ask for: supervision of whoever holds two roles (R15), a volunteer's hours
//! with all young people (R12).

use spor_history::load::KnownAt;
use spor_projections::tables::watches;
use spor_scheduler::self_audit::SELF_AUDIT;
use spor_scheduler::silence::{Asked, audit};
use spor_store::ReminderRow;

use super::house::{House, OPENED, STAFF, at, on_both};

on_both! {
    supervision_that_is_missing_is_told_and_told_again_sixty_days_after_the_next,
    supervision_that_was_attended_or_is_no_longer_needed_is_not_told_of,
    a_supervision_that_is_taken_back_brings_the_reminder_back,
    a_month_below_the_agreed_hours_is_told_the_month_after,
    hours_with_another_young_person_count_until_the_letter_is_written,
    a_look_before_the_letters_of_a_morning_is_not_the_only_one_of_that_day,
    a_case_that_nobody_would_look_at_again_is_found_by_the_self_audit,
    a_silence_about_people_is_seen,
    a_clock_that_was_ahead_puts_no_morning_off,
}

/// The mentor gives support on two tracks from 12 January on: supervision by 13 March, told from
/// Friday 27 February on.
const TWO_ROLES: [&str; 2] = [
    "2026-01-06 SupportGranted track=T1 basis=SEL-85 weekly_hours=3 person=M-01",
    "2026-01-12 SupportGranted track=T2 basis=LAB-167 weekly_hours=3 person=M-01",
];
const NOTICED: &str = "2026-02-27T05:30";

const VOLUNTEER: [&str; 3] = [
    "2025-01-02 StaffRegistered person=K-01 name='Kaj Eksempel' email=korps@kommune.example \
     roles=volunteer_coordinator administration=other",
    "2026-01-06 ConfidentialityPledgeSigned person=V-01",
    "2026-01-06 MentorAssigned person=V-01 role=volunteer",
];
const CORPS: &str = "korps@kommune.example";

async fn house_with(more: &[&str]) -> House {
    let entries: Vec<&str> =
        STAFF.into_iter().chain([OPENED]).chain(more.iter().copied()).collect();
    House::with(&entries).await
}

impl House {
    /// What the ledger holds about a rule, as `level person state`.
    async fn about(&self, rule: &str) -> Vec<String> {
        let rows = self.ledger().await.into_iter().filter(|row| row.rule == rule);
        let line = |row: ReminderRow| {
            let person = row.recipient.unwrap_or_default();
            format!("{} {person} {}", row.level, row.state.as_str())
        };
        let mut lines: Vec<String> = rows.map(line).collect();
        lines.sort();
        lines
    }
}

async fn supervision_that_is_missing_is_told_and_told_again_sixty_days_after_the_next() {
    let house = house_with(&TWO_ROLES).await;
    house.tick("2026-02-26T05:30").await;
    assert!(house.about("R15").await.is_empty());
    house.tick(NOTICED).await;
    let noticed = ["notice L-01 composed", "notice M-01 composed"];
    assert_eq!(house.about("R15").await, noticed);
    house.tick("2026-03-02T05:30").await;
    assert_eq!(house.about("R15").await, noticed, "once");
    let attended = "2026-03-02 SupervisionAttended person=M-01";
    house.record(&[attended], at("2026-03-02T12:00")).await;
    house.tick("2026-04-16T05:30").await;
    assert_eq!(house.about("R15").await, noticed, "sixty days from 2 March end on 1 May");
    house.tick("2026-04-17T05:30").await;
    let twice = [noticed[0], noticed[0], noticed[1], noticed[1]];
    assert_eq!(house.about("R15").await, twice);
    house.tick("2026-05-04T05:30").await;
    let late = house.about("R15").await;
    assert!(late.contains(&"overdue M-01 composed".to_owned()), "{late:?}");
}

async fn supervision_that_was_attended_or_is_no_longer_needed_is_not_told_of() {
    let attended = house_with(&TWO_ROLES).await;
    let entry = "2026-02-25 SupervisionAttended person=M-01";
    attended.record(&[entry], at("2026-02-25T12:00")).await;
    let ended = house_with(&TWO_ROLES).await;
    let entry = "2026-02-25 SupportEnded track=T2 reason=goal_reached";
    ended.record(&[entry], at("2026-02-25T12:00")).await;
    let shared = "2026-01-12 SupportGranted track=T2 basis=LAB-167 weekly_hours=3 person=M-09";
    let shared = house_with(&[TWO_ROLES[0], shared]).await;
    for house in [attended, ended, shared] {
        for morning in [NOTICED, "2026-03-16T05:30"] {
            house.tick(morning).await;
        }
        assert!(house.about("R15").await.is_empty());
    }
}

async fn a_supervision_that_is_taken_back_brings_the_reminder_back() {
    let house = house_with(&TWO_ROLES).await;
    let attended = "2026-02-20 SupervisionAttended person=M-01 id=S1";
    house.record(&[attended], at("2026-02-20T12:00")).await;
    house.tick(NOTICED).await;
    assert!(house.about("R15").await.is_empty());
    let taken_back = "2026-03-04 EntryRetracted case=- person=M-01 target=S1";
    house.record(&[taken_back], at("2026-03-04T12:00")).await;
    house.tick("2026-03-05T05:30").await;
    assert_eq!(house.about("R15").await, ["notice L-01 composed", "notice M-01 composed"]);
}

async fn a_month_below_the_agreed_hours_is_told_the_month_after() {
    let house = house_with(&VOLUNTEER).await;
    house.record(&["2026-02-05 SessionHeld minutes=599 by=V-01"], at("2026-02-05T12:00")).await;
    house.tick("2026-02-27T05:30").await;
    assert!(house.about("R12").await.is_empty(), "January was not a whole month");
    house.tick("2026-03-02T05:30").await;
    assert_eq!(house.about("R12").await, ["notice K-01 composed"]);
    assert_eq!(house.arrived()[CORPS], 1);
    house.record(&["2026-03-05 SessionHeld minutes=600 by=V-01"], at("2026-03-05T12:00")).await;
    house.tick("2026-04-01T05:30").await;
    house.tick("2026-05-01T05:30").await;
    assert_eq!(house.about("R12").await, ["notice K-01 composed"; 2], "of February and of April");
}

async fn hours_with_another_young_person_count_until_the_letter_is_written() {
    let second = OPENED.replace("birth_date", "case=SPOR-2025-0002 birth_date");
    let house = house_with(&[&VOLUNTEER[..], &[&second]].concat()).await;
    let of_second = "MentorAssigned case=SPOR-2025-0002 person=V-01 role=volunteer";
    let entries = [
        format!("2026-02-02 {of_second}"),
        "2026-02-05 SessionHeld minutes=300 by=V-01".to_owned(),
        "2026-02-06 SessionHeld case=SPOR-2025-0002 minutes=300 by=V-01 id=S2".to_owned(),
    ];
    let entries: Vec<&str> = entries.iter().map(String::as_str).collect();
    house.record(&entries, at("2026-02-06T12:00")).await;
    house.tick("2026-03-02T05:30").await;
    assert!(house.about("R12").await.is_empty(), "ten hours, both together");
    let taken_back = "2026-03-03 EntryRetracted case=SPOR-2025-0002 target=S2";
    house.record(&[taken_back], at("2026-03-03T12:00")).await;
    house.tick("2026-03-04T05:30").await;
    assert_eq!(house.about("R12").await, ["notice K-01 composed"], "the first case's month");
}

async fn a_look_before_the_letters_of_a_morning_is_not_the_only_one_of_that_day() {
    let house = house_with(&VOLUNTEER).await;
    house.record(&["2026-02-05 SessionHeld minutes=600 by=V-01"], at("2026-02-05T12:00")).await;
    house.tick("2026-03-02T05:30").await;
    // An entry wakes the case: a round finds it a minute before the first letters of April.
    house.record(&["2026-03-31 SessionHeld minutes=60 by=V-01"], at("2026-03-31T12:00")).await;
    house.tick("2026-04-01T04:29").await;
    assert!(house.about("R12").await.is_empty());
    house.tick("2026-04-01T04:30").await;
    assert_eq!(house.about("R12").await, ["notice K-01 composed"], "on the first working day");
}

async fn a_case_that_nobody_would_look_at_again_is_found_by_the_self_audit() {
    let house = house_with(&TWO_ROLES).await;
    house.tick("2026-01-20T12:00").await;
    house.tamper(&watches::TABLE, "UPDATE TABLE SET wakes_at = NULL").await;
    house.found_in_seven_nights("2026-01-21T05:30").await;
    let finding = &house.open_findings(SELF_AUDIT).await[0];
    assert!(finding.error.contains("nobody looks at it"), "{}", finding.error);
    house.tick(NOTICED).await;
    assert_eq!(house.about("R15").await.len(), 2, "it is watched again");
}

async fn a_silence_about_people_is_seen() {
    let silences = async |house: &House| {
        let day = |text: &str| text.parse().expect("a day");
        let (from, to) = (day("2026-02-20"), day("2026-03-20"));
        let (known_at, now) = (KnownAt::Everything, at("2026-03-20T20:00"));
        let asked = Asked { from, to, known_at, now };
        let audited = audit(&house.memory, &asked, |_| {}).await.expect("an audit");
        let of_people = audited.silent.into_iter().filter(|s| ["R12", "R15"].contains(&&*s.rule));
        of_people.map(|silent| (silent.rule, silent.reason)).collect::<Vec<_>>()
    };
    let entries = [&TWO_ROLES[..], &VOLUNTEER[..]].concat();
    let told = house_with(&entries).await;
    for morning in [NOTICED, "2026-03-02T05:30", "2026-03-16T05:30"] {
        told.tick(morning).await;
    }
    assert_eq!(silences(&told).await, []);
    let off = house_with(&entries).await;
    off.runner
        .advance_upto(0, std::time::Duration::from_secs(20), at("2026-01-20T12:00"))
        .await
        .expect("tables");
    let was_off = || Some("scheduler_was_off".to_owned());
    let expected = [("R12".to_owned(), was_off()), ("R15".to_owned(), was_off())];
    assert_eq!(silences(&off).await, expected);
}

async fn a_clock_that_was_ahead_puts_no_morning_off() {
    let house = house_with(&VOLUNTEER).await;
    house.tick("2027-03-01T05:30").await;
    assert_eq!(house.about("R12").await.len(), 1, "of a February that is yet to come");
    for morning in ["2026-02-26T05:30", "2026-02-27T05:30"] {
        house.tick(morning).await;
    }
    assert_eq!(house.about("R12").await.len(), 1);
    house.tick("2026-03-02T05:30").await;
    assert_eq!(house.about("R12").await.len(), 2, "of this one");
}
