//! F4.1-9: the 17½-year meeting.

use super::flags;
use spor_tests::given::given;

const ALL: &str = "children_family,employment,adult_disability,mentor";

fn opened(on: &str, born: &str) -> String {
    format!("{on} CaseOpened birth_date={born}")
}

fn due(on: &str, born: &str) -> Option<String> {
    let mut due = None;
    given(&[&opened(on, born)]).on(on, |view, policy| {
        due = view.transition(policy).unwrap().due.map(|day| day.to_string());
    });
    due
}

#[test]
fn seventeen_and_a_half_years_are_reckoned_in_one_step() {
    for (born, expected) in [
        ("2008-02-29", "2025-08-29"),
        ("2008-03-31", "2025-09-30"),
        ("2008-08-31", "2026-02-28"),
        ("2008-08-28", "2026-02-28"),
    ] {
        assert_eq!(due("2025-01-06", born).as_deref(), Some(expected), "{born}");
    }
}

#[test]
fn a_case_opened_after_the_day_has_four_weeks_and_at_eighteen_none() {
    let born = "2007-03-10";
    for (on, expected) in [
        ("2024-09-10", Some("2024-09-10")),
        ("2024-09-11", Some("2024-10-09")),
        ("2025-03-09", Some("2025-04-06")),
        ("2025-03-10", None),
    ] {
        assert_eq!(due(on, born).as_deref(), expected, "{on}");
    }
}

#[test]
fn management_is_told_from_the_birthday_on_even_before_the_day() {
    let late = given(&[&opened("2025-03-09", "2007-03-10")]);
    assert_eq!(
        late.reminders_of("R03", "2025-03-09"),
        ["R03 2025-04-06 notice: caseworker mentor"]
    );
    assert_eq!(
        late.reminders_of("R03", "2025-03-10"),
        ["R03 2025-04-06 critical: caseworker management mentor"]
    );
    assert_eq!(
        late.reminders_of("R03", "2025-04-07"),
        ["R03 2025-04-06 critical: caseworker management mentor professional_lead"]
    );
}

#[test]
fn a_meeting_counts_with_the_three_administrations_and_the_mentor() {
    let started = given(&[&opened("2025-01-06", "2008-05-02")]);
    let status = |parties: &str| {
        let mut status = "";
        let wish = format!("2025-10-01 TransitionMeetingHeld parties={parties}");
        started.when(&wish).accepted().then(|view, policy| {
            status = view.transition(policy).unwrap().status.as_str();
            let is_partial = flags(view, policy).contains(&"transition_meeting_partial");
            assert_eq!(is_partial, status != "held");
        });
        status
    };
    assert_eq!(status(ALL), "held");
    assert_eq!(status(&format!("{ALL},youth,parents")), "held");
    assert_eq!(status("children_family,employment,mentor,youth"), "due_soon");
    assert_eq!(status("children_family,employment,adult_disability,youth"), "due_soon");
}

#[test]
fn two_meetings_with_half_the_parties_make_no_whole_one() {
    given(&[&opened("2025-01-06", "2008-05-02")])
        .when("2025-10-01 TransitionMeetingHeld parties=children_family,employment,mentor")
        .accepted()
        .when("2025-10-08 TransitionMeetingHeld parties=adult_disability,mentor")
        .accepted()
        .then(|view, policy| assert_eq!(view.transition(policy).unwrap().days_late, None))
        .when(&format!("2025-11-12 TransitionMeetingHeld parties={ALL}"))
        .accepted()
        .then(|view, policy| {
            assert_eq!(view.transition(policy).unwrap().days_late, Some(10));
            assert!(flags(view, policy).is_empty());
        });
}

#[test]
fn the_earliest_whole_meeting_holds_it_at_any_age() {
    given(&[&opened("2025-01-06", "2008-05-02")])
        .when(&format!("2026-06-01 TransitionMeetingHeld parties={ALL}"))
        .accepted()
        .when(&format!("2025-10-01 TransitionMeetingHeld recorded=2026-06-02 parties={ALL}"))
        .accepted()
        .then_on("2026-06-02", |view, policy| {
            let clock = view.transition(policy).unwrap();
            assert_eq!((clock.status.as_str(), clock.days_late), ("held", Some(0)));
        });
}

#[test]
fn the_eighteenth_birthday_of_a_leap_day_is_the_last_of_february_unless_set_otherwise() {
    let born = opened("2025-01-06", "2008-02-29");
    let set = "2025-01-06 PolicySet key=leap_day_birthday value=mar1 valid_from=2025-01-06";
    let age = |lines: &[&str], day: &str| {
        let mut age = None;
        given(lines).on(day, |view, policy| age = view.age(policy));
        age
    };
    assert_eq!(age(&[&born], "2026-02-27"), Some(17));
    assert_eq!(age(&[&born], "2026-02-28"), Some(18));
    assert_eq!(age(&[&born, set], "2026-02-28"), Some(17));
    assert_eq!(age(&[&born, set], "2026-03-01"), Some(18));
}

#[test]
fn the_reminder_ends_with_the_meeting_or_the_case_and_not_with_the_birthday() {
    let started = given(&[&opened("2025-01-06", "2007-08-10"), "2025-01-06 FollowUpHeld"]);
    let of_rule = |lines: Vec<String>| lines.into_iter().filter(|l| l.starts_with("R03")).count();
    assert_eq!(of_rule(started.reminders("2024-12-31")), 0);
    assert_eq!(of_rule(started.reminders("2025-08-10")), 1);
    assert_eq!(of_rule(started.reminders("2027-08-10")), 1);
    let held = started.when(&format!("2025-09-01 TransitionMeetingHeld parties={ALL}")).accepted();
    assert_eq!(of_rule(held.reminders("2025-09-01")), 0);
    let closed = started.when("2025-09-01 CaseClosed").accepted();
    assert_eq!(of_rule(closed.reminders("2025-09-01")), 0);
}
