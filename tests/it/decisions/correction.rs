//! A wrong entry is put right by a new one; both stay.

use super::{LAB, OPENED, SEL, active, flags};
use spor_domain::ids::EntryId;
use spor_tests::book;
use spor_tests::given::{When, given};

const SESSION: &str = "2025-02-03 SessionHeld id=e1 minutes=600 track=T1";
const CORRECTED: &str = "2025-02-10 EntryCorrected id=k1 target=e1 changes={\"minutes\":60}";

fn minutes(when: &When) -> i64 {
    when.book().view("2025-02-09".parse().unwrap()).sessions.iter().map(|s| s.minutes).sum()
}

fn versions(when: &When, entry: &str) -> u32 {
    let case = when.book().case(&book::usual_case(), None);
    case.entry(&EntryId::parse(entry).unwrap()).unwrap().versions
}

#[test]
fn a_correction_points_at_an_entry_of_its_case() {
    let running = given(&[OPENED, SEL, SESSION]);
    let wish = |target: &str| {
        running
            .when(&format!("2025-02-10 EntryCorrected target={target} changes={{\"minutes\":60}}"))
    };
    wish("e9").rejected("entry_unknown").naming("e9");
    assert_eq!(minutes(&wish("e1").accepted()), 60);
    running.when("2025-02-10 EntryRetracted target=e9").rejected("entry_unknown");
    assert_eq!(minutes(&running.when("2025-02-10 EntryRetracted target=e1").accepted()), 0);
}

#[test]
fn an_entry_without_an_id_is_addressed_by_its_event() {
    let running = given(&[OPENED, SEL, "2025-02-03 SessionHeld minutes=600 track=T1"]);
    let event = book::event_id(3);
    let wish = format!("2025-02-10 EntryCorrected target={event} changes={{\"minutes\":60}}");
    assert_eq!(minutes(&running.when(&wish).accepted()), 60);
}

#[test]
fn what_was_taken_back_cannot_be_changed() {
    let retracted = given(&[OPENED, SEL, SESSION, "2025-02-10 EntryRetracted target=e1"]);
    retracted
        .when("2025-02-11 EntryCorrected target=e1 changes={\"minutes\":60}")
        .rejected("entry_retracted");
    retracted.when("2025-02-11 EntryRetracted target=e1").rejected("entry_retracted");
    retracted.when("2025-02-11 SessionHeld minutes=60").accepted();
}

#[test]
fn a_change_fits_the_type_of_its_entry() {
    let running = given(&[OPENED, SEL, SESSION]);
    let wish = |changes: &str| {
        running.when(&format!("2025-02-10 EntryCorrected target=e1 changes={changes}"))
    };
    wish("{\"minuts\":60}").rejected("change_not_possible").naming("minutes");
    wish("{\"minutes\":\"sixty\"}").rejected("change_not_possible");
    wish("{\"minutes\":null}").rejected("change_not_possible");
    wish("{\"form\":\"by-phone\"}").rejected("change_not_possible");
    wish("{\"date\":\"2025-02-30\"}").rejected("change_not_possible");
    wish("{\"date\":\"2025-02-11\"}").rejected("change_not_possible").naming("2025-02-11");
    wish("{\"type\":\"GoalSet\"}").rejected("change_not_possible");
    wish("{\"date\":\"2025-02-10\",\"minutes\":60,\"track\":null}").accepted();
}

#[test]
fn a_later_correction_builds_on_the_earlier_one() {
    given(&[OPENED, SEL, SESSION, CORRECTED])
        .when("2025-02-11 EntryCorrected target=e1 changes={\"by\":\"M-04\"}")
        .accepted()
        .then(|view, _| {
            assert_eq!(view.sessions[0].minutes, 60);
            assert_eq!(view.sessions[0].by.as_str(), "M-04");
            assert_eq!(view.sessions[0].versions, 3);
        });
}

#[test]
fn a_retracted_correction_gives_the_entry_back_as_it_was() {
    let corrected = given(&[OPENED, SEL, SESSION, CORRECTED]);
    let back = corrected.when("2025-02-12 EntryRetracted id=r1 target=k1").accepted();
    assert_eq!(minutes(&back), 600);
    assert_eq!((versions(&back, "e1"), versions(&back, "k1")), (2, 2));
    let forth = back.when("2025-02-13 EntryRetracted target=r1").accepted();
    assert_eq!(minutes(&forth), 60);
}

#[test]
fn a_retraction_taken_back_gives_the_entry_back() {
    let gone = given(&[OPENED, SEL, SESSION, "2025-02-10 EntryRetracted id=r1 target=e1"]);
    let back = gone.when("2025-02-11 EntryRetracted target=r1").accepted();
    assert_eq!(minutes(&back), 600);
    back.when("2025-02-12 EntryCorrected target=e1 changes={\"minutes\":60}").accepted();
}

#[test]
fn a_corrected_date_moves_the_entry_among_the_others() {
    given(&[
        OPENED,
        "2025-02-10 MentorAssigned id=a1 person=M-02",
        "2025-02-20 MentorAssigned person=M-03",
    ])
    .when("2025-03-01 EntryCorrected target=a1 changes={\"date\":\"2025-02-25\"}")
    .accepted()
    .then_on("2025-02-15", |view, _| assert_eq!(view.mentor.as_ref().unwrap().as_str(), "M-01"))
    .then_on("2025-02-22", |view, _| assert_eq!(view.mentor.as_ref().unwrap().as_str(), "M-03"))
    .then_on("2025-02-25", |view, _| assert_eq!(view.mentor.as_ref().unwrap().as_str(), "M-02"));
}

#[test]
fn a_corrected_follow_up_moves_the_deadline() {
    let held = given(&[OPENED, SEL, "2025-02-10 FollowUpHeld id=f1"]);
    assert!(held.reminders_of("R01", "2025-03-08").is_empty());
    let moved = held
        .when("2025-02-17 EntryCorrected target=f1 changes={\"date\":\"2025-01-27\"}")
        .accepted();
    assert_eq!(
        moved.reminders_of("R01", "2025-03-08"),
        ["R01 2025-03-10 notice: caseworker mentor"]
    );
    let alone = held
        .when("2025-02-17 EntryCorrected target=f1 changes={\"participants\":[\"mentor\"]}")
        .accepted();
    assert_eq!(
        alone.reminders_of("R01", "2025-02-17"),
        ["R01 2025-02-17 notice: caseworker mentor"]
    );
}

#[test]
fn a_corrected_birth_date_moves_the_transition_meeting() {
    given(&["2025-01-06 CaseOpened id=o1 birth_date=2008-02-29"])
        .when("2025-02-10 EntryCorrected target=o1 changes={\"birth_date\":\"2008-03-29\"}")
        .accepted()
        .then(|view, policy| {
            let clock = view.transition(policy).unwrap();
            assert_eq!(clock.due.unwrap().to_string(), "2025-09-29");
        });
}

#[test]
fn a_corrected_birth_date_never_stands_in_clear() {
    let opened = given(&["2025-01-06 CaseOpened id=o1 birth_date=2008-02-29"]);
    let corrected = opened
        .when("2025-02-10 EntryCorrected id=k1 target=o1 changes={\"birth_date\":\"2008-03-29\"}")
        .accepted();
    for (_, recorded) in corrected.book().entries() {
        let clear = serde_json::Value::Object(recorded.event.clear_fields()).to_string();
        assert!(!clear.contains("2008-"), "{clear}");
    }
}

#[test]
fn an_opening_moved_by_a_correction_moves_every_clock() {
    given(&["2025-01-20 CaseOpened id=o1 birth_date=2004-06-18", "2025-01-27 SessionHeld"])
        .when("2025-02-03 EntryCorrected target=o1 changes={\"date\":\"2025-01-06\"}")
        .accepted()
        .then(|view, policy| {
            assert_eq!(view.follow_up(policy).unwrap().due.to_string(), "2025-02-17");
            assert_eq!(view.minimum_duration_until(policy).unwrap().to_string(), "2025-04-06");
        });
}

#[test]
fn a_grant_is_corrected_with_its_basis_hours_and_last_day() {
    given(&[OPENED, "2025-01-06 SupportGranted id=g1 track=T1 basis=SEL-85 weekly_hours=4"])
        .when(
            "2025-02-03 EntryCorrected target=g1 \
             changes={\"basis\":\"LAB-167\",\"weekly_hours\":3,\"until\":\"2025-07-06\"}",
        )
        .accepted()
        .then(|view, _| {
            assert_eq!(active(view), ["LAB-167"]);
            assert_eq!(view.granted_weekly().hundredths, 300);
        })
        .when("2025-02-04 EntryCorrected target=g1 changes={\"until\":null}")
        .accepted()
        .then(|view, _| assert_eq!(view.lab_period(), None));
}

#[test]
fn a_closing_reason_is_corrected_into_and_out_of_what_the_rules_know() {
    let closed = given(&[OPENED, SEL, "2025-05-05 CaseClosed id=c1 reason=done"]);
    closed
        .when(
            "2025-05-06 EntryCorrected target=c1 \
             changes={\"reason\":\"weighty_professional_reasons\"}",
        )
        .accepted()
        .then(|view, policy| assert_eq!(flags(view, policy), ["reason_unapproved"]))
        .when("2025-05-07 EntryCorrected target=c1 changes={\"reason\":\"all-goals-reached\"}")
        .accepted()
        .then(|view, policy| assert!(flags(view, policy).is_empty()));
}

#[test]
fn a_retracted_grant_was_never_there() {
    given(&[OPENED, LAB.replace("track=T1", "id=g1 track=T1").as_str()])
        .when("2025-02-03 EntryRetracted target=g1")
        .accepted()
        .then(|view, _| assert!(active(view).is_empty()))
        .when("2025-02-04 SupportGranted track=T1 basis=SEL-85")
        .accepted();
}

#[test]
fn a_correction_of_a_correction_counts_at_once_and_stays() {
    let corrected = given(&[OPENED, SEL, SESSION, CORRECTED]);
    let again = corrected
        .when("2025-02-11 EntryCorrected id=k2 target=k1 changes={\"changes\":{\"minutes\":45}}")
        .accepted();
    assert_eq!(minutes(&again), 45);
    assert_eq!((versions(&again, "e1"), versions(&again, "k1")), (2, 2));
    let other = again.clone().when("2025-02-12 EntryCorrected target=e1 changes={\"by\":\"M-04\"}");
    assert_eq!(minutes(&other.accepted()), 45);
    let back = again.clone().when("2025-02-12 EntryRetracted target=k2").accepted();
    assert_eq!(minutes(&back), 60);
    let third = again
        .when("2025-02-12 EntryCorrected target=k2 changes={\"changes\":{\"changes\":{\"minutes\":30}}}")
        .accepted();
    assert_eq!(minutes(&third), 30);
}

#[test]
fn a_correction_of_a_correction_fits_the_type_of_the_entry_behind_it() {
    let corrected = given(&[OPENED, SEL, SESSION, CORRECTED]);
    let wish = |changes: &str| {
        corrected.when(&format!("2025-02-11 EntryCorrected target=k1 changes={changes}"))
    };
    wish("{\"changes\":{\"minuts\":45}}").rejected("change_not_possible").naming("minutes");
    wish("{\"changes\":{\"date\":\"2025-02-12\"}}").rejected("change_not_possible");
    wish("{\"target\":\"e2\"}").rejected("change_not_possible").naming("entry-retracted");
    wish("{\"reason\":\"typing error\",\"date\":\"2025-02-09\"}").accepted();
}

#[test]
fn a_birth_date_stays_sealed_however_often_it_is_corrected() {
    let opened = given(&["2025-01-06 CaseOpened id=o1 birth_date=2008-02-29"]);
    let first = "2025-02-10 EntryCorrected id=k1 target=o1 changes={\"birth_date\":\"2008-03-29\"}";
    let again = opened
        .when(first)
        .accepted()
        .when("2025-02-11 EntryCorrected target=k1 changes={\"changes\":{\"birth_date\":\"2008-04-29\"}}")
        .accepted()
        .then(|view, _| {
            assert_eq!(view.known_birth_date().unwrap().to_string(), "2008-04-29");
        });
    for (_, recorded) in again.book().entries() {
        let clear = serde_json::Value::Object(recorded.event.clear_fields()).to_string();
        assert!(!clear.contains("2008-"), "{clear}");
    }
    given(&["2025-01-06 CaseOpened id=o1 birth_date=2008-02-29", first])
        .when("2025-02-11 EntryCorrected target=k1 changes={\"reason\":\"typing error\"}")
        .accepted()
        .then(|view, _| {
            assert_eq!(view.known_birth_date().unwrap().to_string(), "2008-03-29");
        })
        .when("2025-02-12 EntryCorrected target=k1 changes={\"changes\":{\"mentor\":\"M-09\"}}")
        .accepted()
        .then(|view, _| {
            assert_eq!(view.known_birth_date().unwrap().to_string(), "2008-02-29");
            assert_eq!(view.mentor.as_ref().unwrap().as_str(), "M-09");
        });
}

#[test]
fn a_fact_is_not_moved_before_the_case_began() {
    let held = "2025-02-10 SessionHeld id=s1";
    let to =
        |day: &str| format!("2025-03-01 EntryCorrected target=s1 changes={{\"date\":\"{day}\"}}");
    given(&[OPENED, held])
        .when(&to("2025-01-05"))
        .rejected("not_open")
        .naming("2025-01-06")
        .when(&to("2025-01-06"))
        .accepted();
}
