//! F4.1: what counts as a follow-up, and how the six weeks run.

use super::{OPENED, SEL, flags};
use spor_domain::policy::Policy;
use spor_domain::view::View;
use spor_tests::given::given;

const VOLUNTARY: &str = "2025-01-06 SupportGranted track=T2 basis=voluntary person=V-01";

fn last(expected: Option<&'static str>) -> impl Fn(&View, &Policy) {
    move |view, policy| {
        let last = view.follow_up(policy).unwrap().last.map(|day| day.to_string());
        assert_eq!(last.as_deref(), expected);
    }
}

fn held(with: &str) -> String {
    format!("2025-02-10 FollowUpHeld participants={with}")
}

#[test]
fn a_follow_up_counts_with_caseworker_mentor_and_young_person() {
    let counted = Some("2025-02-10");
    for (tracks, with, expected) in [
        (vec![SEL], "caseworker,mentor,youth", counted),
        (vec![SEL], "caseworker,mentor,youth,parents", counted),
        (vec![SEL], "caseworker,mentor", None),
        (vec![SEL], "caseworker,youth", None),
        (vec![SEL], "mentor,youth", None),
        (vec![], "caseworker,mentor,youth", counted),
        (vec![], "caseworker,youth", None),
        (vec![VOLUNTARY], "caseworker,youth,volunteer", counted),
        (vec![VOLUNTARY], "caseworker,mentor,youth", None),
        (vec![SEL, VOLUNTARY], "caseworker,mentor,youth", None),
        (vec![SEL, VOLUNTARY], "caseworker,mentor,youth,volunteer", counted),
    ] {
        let lines: Vec<&str> = [OPENED].into_iter().chain(tracks).collect();
        given(&lines).when(&held(with)).accepted().then(last(expected));
    }
}

#[test]
fn a_young_person_who_declined_was_heard_and_it_is_flagged() {
    let declined = |with: &str| format!("{} youth_absence=declined", held(with));
    given(&[OPENED, SEL])
        .when(&declined("caseworker,mentor"))
        .accepted()
        .then(last(Some("2025-02-10")))
        .then(|view, policy| assert_eq!(flags(view, policy), ["youth_declined"]));
    given(&[OPENED, SEL]).when(&declined("caseworker")).accepted().then(last(None));
    for absence in ["no_show", "ill", "other"] {
        let wish = format!("{} youth_absence={absence}", held("caseworker,mentor"));
        given(&[OPENED, SEL]).when(&wish).accepted().then(last(None));
    }
}

#[test]
fn who_is_required_is_judged_on_the_day_of_the_follow_up() {
    given(&[OPENED, SEL, "2025-02-10 FollowUpHeld participants=caseworker,mentor,youth"])
        .when("2025-02-11 SupportGranted track=T2 basis=voluntary person=V-01")
        .accepted()
        .then(last(Some("2025-02-10")))
        .when("2025-02-12 SupportEnded track=T1")
        .accepted()
        .then(last(Some("2025-02-10")));
    given(&[OPENED, VOLUNTARY, "2025-02-09 SupportEnded track=T2"])
        .when(&held("caseworker,mentor,youth"))
        .accepted()
        .then(last(Some("2025-02-10")));
}

#[test]
fn six_weeks_are_forty_two_days_and_no_weekend_moves_them() {
    given(&["2025-01-04 CaseOpened birth_date=2004-06-18"]).on("2025-01-04", |view, policy| {
        assert_eq!(view.follow_up(policy).unwrap().due.to_string(), "2025-02-15");
    });
}

#[test]
fn the_clock_turns_at_each_day_of_its_own() {
    let opened = given(&[OPENED, SEL]);
    for (day, status, missed) in [
        ("2025-02-09", "ok", 0),
        ("2025-02-10", "due_soon", 0),
        ("2025-02-17", "due_soon", 0),
        ("2025-02-18", "overdue", 1),
        ("2025-03-31", "overdue", 1),
        ("2025-04-01", "overdue", 2),
        ("2025-05-13", "overdue", 3),
    ] {
        opened.on(day, |view, policy| {
            let clock = view.follow_up(policy).unwrap();
            assert_eq!((clock.status.as_str(), clock.missed_intervals), (status, missed), "{day}");
        });
    }
}

#[test]
fn a_follow_up_recorded_late_takes_its_place_among_the_others() {
    given(&[OPENED, SEL, "2025-03-24 FollowUpHeld"])
        .when("2025-02-10 FollowUpHeld recorded=2025-04-01")
        .accepted()
        .then_on("2025-03-01", last(Some("2025-02-10")))
        .then_on("2025-04-01", last(Some("2025-03-24")));
}

#[test]
fn a_follow_up_that_does_not_count_is_flagged_until_one_counts() {
    let alone = "FollowUpHeld participants=caseworker,mentor";
    let partial = given(&[OPENED, SEL, &format!("2025-02-10 {alone}")]);
    partial.on("2025-02-10", |view, policy| {
        assert_eq!(flags(view, policy), ["follow_up_partial"]);
    });
    partial.on("2025-02-09", |view, policy| assert!(flags(view, policy).is_empty()));
    partial
        .when("2025-02-10 FollowUpHeld")
        .accepted()
        .then(|view, policy| assert!(flags(view, policy).is_empty()))
        .when(&format!("2025-02-17 {alone}"))
        .accepted()
        .then(|view, policy| assert_eq!(flags(view, policy), ["follow_up_partial"]))
        .then(last(Some("2025-02-10")));
}

#[test]
fn an_explanation_moves_nothing_and_shows_while_it_is_late() {
    let explained =
        given(&[OPENED, SEL, "2025-02-12 FollowUpDelayExplained planned_for=2025-02-25"]);
    explained.on("2025-02-17", |view, policy| assert!(flags(view, policy).is_empty())).on(
        "2025-02-18",
        |view, policy| {
            assert_eq!(flags(view, policy), ["follow_up_delay_explained"]);
            assert_eq!(view.follow_up(policy).unwrap().due.to_string(), "2025-02-17");
        },
    );
    explained
        .when("2025-02-25 FollowUpHeld")
        .accepted()
        .then_on("2025-04-09", |view, policy| assert!(flags(view, policy).is_empty()));
}

#[test]
fn an_explanation_of_the_day_of_the_last_follow_up_is_newer_than_it() {
    given(&[OPENED, SEL, "2025-02-10 FollowUpHeld", "2025-02-10 FollowUpDelayExplained"]).on(
        "2025-03-25",
        |view, policy| {
            assert_eq!(flags(view, policy), ["follow_up_delay_explained"]);
        },
    );
}

#[test]
fn what_another_system_claims_opens_the_clocks() {
    let imported = "2025-03-03 CaseImported birth_date=2004-06-18 \
                    last_follow_up=2025-02-10 last_method_review=2024-10-15";
    given(&[imported])
        .on("2025-03-03", last(Some("2025-02-10")))
        .on("2025-03-03", |view, policy| {
            assert_eq!(view.follow_up(policy).unwrap().due.to_string(), "2025-03-24");
            assert_eq!(view.method_review(policy).unwrap().due.to_string(), "2025-04-15");
            assert_eq!(view.minimum_duration_until(policy).unwrap().to_string(), "2025-06-03");
        })
        .when("2025-03-17 FollowUpHeld")
        .accepted()
        .then(last(Some("2025-03-17")));
}

#[test]
fn claims_belong_to_the_first_episode() {
    let imported = "2025-03-03 CaseImported last_follow_up=2025-02-10 birth_date=2004-06-18";
    given(&[imported, "2025-06-16 CaseClosed", "2025-06-20 CaseReopened"])
        .on("2025-06-20", last(None))
        .on("2025-06-20", |view, policy| {
            assert_eq!(view.follow_up(policy).unwrap().due.to_string(), "2025-08-01");
        });
}

#[test]
fn the_clock_is_the_cases_and_runs_on_across_a_switch() {
    given(&[OPENED, SEL, "2025-02-10 FollowUpHeld"])
        .when("2025-02-20 SupportSwitched from_track=T1 track=T2 basis=BL-32")
        .accepted()
        .then(last(Some("2025-02-10")));
}
