//! F4.2: the average of four whole weeks against the grant.

use super::{LAB, OPENED, SEL};
use spor_tests::given::given;

fn hours(lines: &[&str], day: &str) -> Vec<String> {
    let mut hours = Vec::new();
    given(lines).on(day, |view, policy| {
        let of_track = view.track_hours(policy).into_iter().map(|hours| {
            let (average, granted) = (hours.average.as_decimal(), hours.granted.as_decimal());
            format!("{} {average} of {granted} {}", hours.track, hours.status.as_str())
        });
        hours.extend(of_track);
    });
    hours
}

#[test]
fn a_track_is_averaged_once_it_spans_four_whole_weeks() {
    assert!(hours(&[OPENED, SEL], "2025-02-02").is_empty());
    assert_eq!(hours(&[OPENED, SEL], "2025-02-03"), ["T1 0 of 4 low"]);
    let tuesday = "2025-01-07 SupportGranted track=T1 basis=SEL-85 weekly_hours=4";
    assert!(hours(&[OPENED, tuesday], "2025-02-03").is_empty());
    assert_eq!(hours(&[OPENED, tuesday], "2025-02-10"), ["T1 0 of 4 low"]);
}

#[test]
fn fifteen_percent_off_is_still_kept_and_a_minute_more_is_not() {
    for (minutes, expected) in [
        (815, "T1 3.4 of 4 low"),
        (816, "T1 3.4 of 4 ok"),
        (1104, "T1 4.6 of 4 ok"),
        (1105, "T1 4.6 of 4 high"),
    ] {
        let session = format!("2025-01-15 SessionHeld track=T1 minutes={minutes}");
        assert_eq!(hours(&[OPENED, SEL, &session], "2025-02-03"), [expected], "{minutes}");
    }
}

#[test]
fn averages_are_rounded_half_up_in_whole_numbers() {
    for (minutes, expected) in [(1, "0"), (2, "0.01"), (3, "0.01"), (4, "0.02"), (842, "3.51")] {
        let session = format!("2025-01-15 SessionHeld track=T1 minutes={minutes}");
        let shown = hours(&[OPENED, SEL, &session], "2025-02-03").remove(0);
        assert!(shown.starts_with(&format!("T1 {expected} of")), "{minutes}: {shown}");
    }
}

#[test]
fn the_running_week_and_the_fifth_week_back_do_not_count() {
    let sessions = [
        "2025-01-12 SessionHeld track=T1 minutes=100",
        "2025-01-13 SessionHeld track=T1 minutes=240",
        "2025-02-09 SessionHeld track=T1 minutes=240",
        "2025-02-10 SessionHeld track=T1 minutes=100",
    ];
    let lines: Vec<&str> = [OPENED, SEL].into_iter().chain(sessions).collect();
    assert_eq!(hours(&lines, "2025-02-10"), ["T1 2 of 4 low"]);
}

#[test]
fn only_tracks_active_on_the_day_are_averaged_and_their_budgets_kept_apart() {
    let lines = [
        OPENED,
        LAB,
        "2025-01-06 SupportGranted track=T2 basis=SEL-85 weekly_hours=2 budget=social",
        "2025-01-15 SessionHeld track=T1 minutes=480",
        "2025-01-16 SessionHeld track=T2 minutes=480",
    ];
    assert_eq!(hours(&lines, "2025-02-03"), ["T1 2 of 4 low", "T2 2 of 2 ok"]);
    given(&lines).on("2025-02-03", |view, policy| {
        let budgets: Vec<(String, f64)> = view.hours_by_budget(policy).into_iter().collect();
        assert_eq!(budgets, [("employment".to_owned(), 8.0), ("social".to_owned(), 8.0)]);
    });
    let ended: Vec<&str> = lines.into_iter().chain(["2025-02-03 SupportEnded track=T2"]).collect();
    assert_eq!(hours(&ended, "2025-02-03").len(), 2);
    assert_eq!(hours(&ended, "2025-02-04"), ["T1 2 of 4 low"]);
}

#[test]
fn the_week_shows_every_track_ended_ones_too() {
    given(&[
        OPENED,
        SEL,
        "2025-02-03 SessionHeld minutes=90",
        "2025-02-03 SupportEnded track=T1",
        "2025-02-05 SupportGranted track=T2 basis=BL-32",
        "2025-02-06 SessionHeld minutes=30",
    ])
    .on("2025-02-05", |view, _| {
        let week = view.week_hours();
        assert_eq!((week.week.year(), week.week.week()), (2025, 6));
        assert_eq!(week.minutes.into_values().collect::<Vec<_>>(), [90, 0]);
    })
    .on("2025-02-09", |view, _| {
        assert_eq!(view.week_hours().minutes.into_values().collect::<Vec<_>>(), [90, 30]);
    })
    .on("2025-02-10", |view, _| {
        assert_eq!(view.week_hours().minutes.into_values().collect::<Vec<_>>(), [0, 0]);
    });
}

#[test]
fn the_year_of_a_week_is_the_years_of_its_thursday() {
    given(&["2024-12-30 CaseOpened", "2024-12-30 SupportGranted track=T1 basis=SEL-85"]).on(
        "2024-12-31",
        |view, _| {
            let week = view.week_hours().week;
            assert_eq!((week.year(), week.week()), (2025, 1));
        },
    );
}
