//! The entry a mentor makes in half a minute.

use super::{LAB, OPENED, SEL};
use spor_tests::given::given;

#[test]
fn a_session_lasts_from_a_minute_to_a_day() {
    let running = given(&[OPENED, SEL]);
    for minutes in ["0", "-5", "1441"] {
        let wish = format!("2025-02-03 SessionHeld minutes={minutes}");
        running.when(&wish).rejected("minutes_out_of_range").naming(minutes);
    }
    for minutes in ["1", "1440"] {
        running.when(&format!("2025-02-03 SessionHeld minutes={minutes}")).accepted();
    }
}

#[test]
fn hours_of_two_laws_are_kept_apart() {
    let two = given(&[OPENED, LAB, "2025-02-03 SupportGranted track=T2 basis=SEL-85"]);
    two.when("2025-02-03 SessionHeld").rejected("track_required").naming("T1").naming("T2");
    two.when("2025-02-03 SessionHeld track=T2 minutes=45").accepted().then(|view, _| {
        let minutes: Vec<i64> = view.week_hours().minutes.into_values().collect();
        assert_eq!(minutes, [0, 45]);
    });
    two.when("2025-02-02 SessionHeld recorded=2025-02-03 minutes=45").accepted();
}

#[test]
fn a_session_without_a_track_takes_the_only_active_one() {
    given(&[OPENED, SEL]).when("2025-02-03 SessionHeld minutes=45").accepted().then(|view, _| {
        assert_eq!(view.track_of(&view.sessions[0]).unwrap().as_str(), "T1");
    });
    given(&[OPENED]).when("2025-02-03 SessionHeld minutes=45").accepted().then(|view, _| {
        assert_eq!(view.track_of(&view.sessions[0]), None);
    });
}

#[test]
fn a_session_names_a_track_that_was_active_that_day() {
    let ended = given(&[OPENED, SEL, "2025-02-03 SupportEnded track=T1"]);
    ended.when("2025-02-03 SessionHeld track=T9").rejected("track_unknown");
    ended.when("2025-02-04 SessionHeld track=T1").rejected("track_not_active");
    ended.when("2025-02-03 SessionHeld track=T1").accepted();
    let lab = given(&[OPENED, LAB]);
    lab.when("2025-07-07 SessionHeld track=T1").rejected("track_not_active");
    lab.when("2025-07-06 SessionHeld track=T1").accepted();
}
