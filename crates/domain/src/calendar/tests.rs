use super::*;

const HOLIDAYS: &str = include_str!("../../../../tests/golden/calendar/denmark_1990_2100.txt");
const COPENHAGEN: Tz = chrono_tz::Europe::Copenhagen;
const OFFICES: OfficeDays = OfficeDays {
    may_1: Office::Open,
    jun_5: Office::Closed,
    dec_24: Office::Closed,
    dec_31: Office::Closed,
};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn time(text: &str) -> NaiveTime {
    text.parse().unwrap()
}

#[test]
fn danish_holidays_agree_with_an_independent_calendar() {
    let mut years = 0;
    for line in HOLIDAYS.lines().filter(|line| !line.starts_with('#')) {
        let (year, days) = line.split_once(' ').unwrap();
        let listed: Vec<NaiveDate> =
            days.split(' ').map(|month_day| day(&format!("{year}-{month_day}"))).collect();
        let first = day(&format!("{year}-01-01"));
        let ours: Vec<NaiveDate> = first
            .iter_days()
            .take_while(|date| date.year() == first.year())
            .filter(|date| is_public_holiday(*date))
            .collect();
        assert_eq!(ours, listed, "in {year}");
        years += 1;
    }
    assert_eq!(years, 111);
}

#[test]
fn months_are_one_step_and_clamp_to_the_end_of_the_month() {
    for (from, months, to) in [
        ("2025-01-15", 6, "2025-07-15"),
        ("2025-08-31", 6, "2026-02-28"),
        ("2027-08-31", 6, "2028-02-29"),
        ("2025-01-31", 1, "2025-02-28"),
        ("2025-02-28", 1, "2025-03-28"),
        ("2008-02-29", 210, "2025-08-29"),
        ("2025-12-01", 0, "2025-12-01"),
        ("2199-12-01", 1, "2199-12-31"),
        ("2025-01-01", u32::MAX, "2199-12-31"),
    ] {
        assert_eq!(months_after(day(from), months), day(to), "{from} + {months} months");
    }
}

#[test]
fn days_stay_within_the_calendar() {
    assert_eq!(days_after(day("2025-02-20"), 42), day("2025-04-03"));
    assert_eq!(days_before(day("2025-04-03"), 7), day("2025-03-27"));
    assert_eq!(days_after(day("2199-12-30"), u32::MAX), LAST_DAY);
    assert_eq!(days_after(NaiveDate::MAX, 1), LAST_DAY);
    assert_eq!(days_before(day("1900-01-02"), 2), FIRST_DAY);
    assert_eq!(days_before(NaiveDate::MIN, u32::MAX), FIRST_DAY);
    assert_eq!(months_after(NaiveDate::MAX, u32::MAX), LAST_DAY);
    assert_eq!(birthday(NaiveDate::MAX, u32::MAX, LeapDay::Mar1), LAST_DAY);
}

#[test]
fn a_leap_day_child_turns_18_on_the_day_the_setting_names() {
    let birth = day("2008-02-29");
    assert_eq!(birthday(birth, 18, LeapDay::Feb28), day("2026-02-28"));
    assert_eq!(birthday(birth, 18, LeapDay::Mar1), day("2026-03-01"));
    assert_eq!(birthday(birth, 20, LeapDay::Mar1), day("2028-02-29"));
    for (on, leap_day, age) in [
        ("2026-02-27", LeapDay::Feb28, 17),
        ("2026-02-28", LeapDay::Feb28, 18),
        ("2026-02-28", LeapDay::Mar1, 17),
        ("2026-03-01", LeapDay::Mar1, 18),
        ("2008-02-29", LeapDay::Feb28, 0),
        ("2008-02-28", LeapDay::Feb28, 0),
        ("1999-12-31", LeapDay::Feb28, 0),
    ] {
        assert_eq!(age_on(birth, day(on), leap_day), age, "on {on}");
    }
}

#[test]
fn weeks_are_numbered_as_in_denmark() {
    for (on, name, monday) in [
        ("2025-03-16", "2025-W11", "2025-03-10"),
        ("2025-03-17", "2025-W12", "2025-03-17"),
        ("2024-12-31", "2025-W01", "2024-12-30"),
        ("2027-01-03", "2026-W53", "2026-12-28"),
    ] {
        let week = IsoWeek::of(day(on));
        assert_eq!(week.to_string(), name);
        assert_eq!(week.monday(), day(monday));
        assert_eq!(week.sunday(), days_after(day(monday), 6));
    }
    assert!(IsoWeek::of(day("2026-12-31")) < IsoWeek::of(day("2027-01-04")));
}

#[test]
fn letters_move_to_working_days() {
    for (on, before, after) in [
        ("2025-04-17", "2025-04-16", "2025-04-22"), // Maundy Thursday to Easter Monday
        ("2025-12-24", "2025-12-23", "2025-12-29"),
        ("2025-12-31", "2025-12-30", "2026-01-02"),
        ("2025-05-01", "2025-05-01", "2025-05-01"),
        ("2025-06-05", "2025-06-04", "2025-06-06"),
        ("2026-11-21", "2026-11-20", "2026-11-23"), // a Saturday
        ("2023-05-05", "2023-05-04", "2023-05-08"), // the last Store Bededag
        ("2024-04-26", "2024-04-26", "2024-04-26"),
    ] {
        assert_eq!(working_day_on_or_before(day(on), OFFICES), day(before), "before {on}");
        assert_eq!(working_day_on_or_after(day(on), OFFICES), day(after), "after {on}");
    }
    assert!(!is_working_day(day("2026-05-01"), OfficeDays { may_1: Office::Closed, ..OFFICES }));
}

#[test]
fn the_nights_of_summer_time_have_one_answer() {
    for (date, shown, utc) in [
        ("2025-01-15", "06:30", "2025-01-15T05:30:00Z"),
        ("2025-07-15", "06:30", "2025-07-15T04:30:00Z"),
        ("2025-03-30", "01:59", "2025-03-30T00:59:00Z"),
        ("2025-03-30", "02:30", "2025-03-30T01:30:00Z"), // skipped: 03:30 summer time
        ("2025-03-30", "03:00", "2025-03-30T01:00:00Z"),
        ("2025-10-26", "02:30", "2025-10-26T00:30:00Z"), // twice: the first
        ("2025-10-26", "03:00", "2025-10-26T02:00:00Z"),
    ] {
        let expected: DateTime<Utc> = utc.parse().unwrap();
        assert_eq!(instant_at(day(date), time(shown), COPENHAGEN), expected, "{date} {shown}");
    }
    let skipped_day = instant_at(day("2011-12-30"), time("12:00"), chrono_tz::Pacific::Apia);
    assert_eq!(local_date(skipped_day, chrono_tz::Pacific::Apia), day("2011-12-31"));
}

#[test]
fn a_day_ends_at_local_midnight() {
    for (date, utc) in [
        ("2025-01-15", "2025-01-15T22:59:59.999999Z"),
        ("2025-03-30", "2025-03-30T21:59:59.999999Z"),
        ("2025-10-26", "2025-10-26T22:59:59.999999Z"),
    ] {
        let end = end_of_day(day(date), COPENHAGEN);
        assert_eq!(end, utc.parse::<DateTime<Utc>>().unwrap());
        assert_eq!(local_date(end, COPENHAGEN), day(date));
        let next = end.checked_add_signed(TimeDelta::microseconds(1)).unwrap();
        assert_eq!(local_date(next, COPENHAGEN), days_after(day(date), 1));
    }
}

#[test]
fn dates_are_written_the_danish_way() {
    assert_eq!(danish_date(day("2026-11-21")), "21.11.2026");
    assert_eq!(danish_date(day("2026-01-05")), "05.01.2026");
}
