//! A little calendar of its own: days counted from 1970, minutes of UTC, the offices' days.
//!
//! It shares nothing with the product: plain whole numbers, and the Easter Sundays written out.

use std::fmt;

/// A day, counted from 1 January 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

/// A minute of UTC, counted from the same midnight.
pub type Minute = i64;

/// Minutes of a day.
pub const DAY: Minute = 24 * 60;

/// Days from 1 March of the year 0 to the first day that is counted.
const BEFORE_1970: i32 = 719_468;

/// Easter Sundays, as an almanac has them.
const EASTER: [(i32, i32, i32); 10] = [
    (2022, 4, 17),
    (2023, 4, 9),
    (2024, 3, 31),
    (2025, 4, 20),
    (2026, 4, 5),
    (2027, 3, 28),
    (2028, 4, 16),
    (2029, 4, 1),
    (2030, 4, 21),
    (2031, 4, 13),
];

impl Day {
    /// The day of a date. A year is counted from March, so that February's end is the year's.
    pub fn of(year: i32, month: i32, day: i32) -> Self {
        let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
        let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
        Self(365 * year + leap_days + (153 * month + 2) / 5 + day - 1 - BEFORE_1970)
    }

    /// Year, month and day of the month.
    pub fn date(self) -> (i32, i32, i32) {
        let mut year = 1970 + self.0.div_euclid(366);
        while Self::of(year + 1, 1, 1) <= self {
            year += 1;
        }
        let mut month = 1;
        while month < 12 && Self::of(year, month + 1, 1) <= self {
            month += 1;
        }
        (year, month, self.0 - Self::of(year, month, 1).0 + 1)
    }

    /// So many days later, or earlier.
    pub fn plus(self, days: i32) -> Self {
        Self(self.0 + days)
    }

    /// So many months later in one step, at the latest the last of that month.
    pub fn plus_months(self, months: i32) -> Self {
        let (year, month, day) = self.date();
        let count = year * 12 + month - 1 + months;
        let (year, month) = (count / 12, count % 12 + 1);
        Self::of(year, month, day.min(days_of_month(year, month)))
    }

    /// The birthday of so many years; 28 February stands in for the 29th.
    pub fn birthday(self, years: i32) -> Self {
        self.plus_months(12 * years)
    }

    /// 0 on Mondays, 6 on Sundays.
    pub fn weekday(self) -> i32 {
        (self.0 + 3).rem_euclid(7)
    }

    /// Whether the offices work.
    pub fn is_working(self) -> bool {
        let (year, month, day) = self.date();
        let closed = matches!((month, day), (1, 1) | (6, 5) | (12, 24 | 25 | 26 | 31));
        let easter = EASTER.iter().find(|easter| easter.0 == year).expect("the table has the year");
        let from_easter = self.0 - Self::of(easter.0, easter.1, easter.2).0;
        let movable = match from_easter {
            -3 | -2 | 0 | 1 | 39 | 49 | 50 => true,
            26 => year <= 2023,
            _ => false,
        };
        self.weekday() < 5 && !closed && !movable
    }

    /// The day itself or the last working day before it.
    pub fn working_before(self) -> Self {
        if self.is_working() { self } else { self.plus(-1).working_before() }
    }

    /// The day itself or the first working day after it.
    pub fn working_after(self) -> Self {
        if self.is_working() { self } else { self.plus(1).working_after() }
    }

    /// The minute at which clocks in Copenhagen show a time of this day.
    pub fn at(self, hour: i64, minute: i64) -> Minute {
        let shown = i64::from(self.0) * DAY + hour * 60 + minute;
        let summer = shown - 120;
        if is_summer(summer) { summer } else { shown - 60 }
    }

    /// The morning's letters: half past six.
    pub fn slot(self) -> Minute {
        self.at(6, 30)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// The day that clocks in Copenhagen show at a minute.
pub fn local_day(minute: Minute) -> Day {
    let shown = minute + if is_summer(minute) { 120 } else { 60 };
    Day(i32::try_from(shown.div_euclid(DAY)).expect("a day of our time"))
}

/// Summer time runs from 01:00 UTC of March's last Sunday to that of October's.
fn is_summer(minute: Minute) -> bool {
    let day = Day(i32::try_from(minute.div_euclid(DAY)).expect("a day of our time"));
    let (year, _, _) = day.date();
    let change = |month: i32| i64::from(last_sunday(year, month).0) * DAY + 60;
    change(3) <= minute && minute < change(10)
}

/// The last Sunday of a month.
pub fn last_sunday(year: i32, month: i32) -> Day {
    let last = Day::of(year, month, days_of_month(year, month));
    last.plus(-(last.weekday() + 1) % 7)
}

fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of_month(year: i32, month: i32) -> i32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_knows_the_days_the_summer_and_the_offices() {
        for (text, day) in [("1970-01-01", 0), ("2000-02-29", 11_016), ("2026-11-22", 20_779)] {
            assert_eq!(Day(day).to_string(), text);
            let (year, month, of_month) = Day(day).date();
            assert_eq!(Day::of(year, month, of_month), Day(day));
        }
        assert_eq!(Day::of(2026, 11, 22).weekday(), 6);
        assert_eq!(Day::of(2008, 2, 29).plus_months(210), Day::of(2025, 8, 29));
        assert_eq!(Day::of(2008, 2, 29).birthday(18), Day::of(2026, 2, 28));
        assert_eq!(last_sunday(2026, 3), Day::of(2026, 3, 29));
        assert_eq!(last_sunday(2026, 10), Day::of(2026, 10, 25));
        let utc = |minute: Minute| minute.rem_euclid(DAY);
        assert_eq!(utc(Day::of(2026, 3, 27).slot()), 5 * 60 + 30);
        assert_eq!(utc(Day::of(2026, 3, 30).slot()), 4 * 60 + 30);
        assert_eq!(utc(Day::of(2026, 10, 26).slot()), 5 * 60 + 30);
        assert_eq!(Day::of(2026, 4, 2).working_before(), Day::of(2026, 4, 1));
        assert_eq!(Day::of(2026, 4, 2).working_after(), Day::of(2026, 4, 7));
        assert!(Day::of(2026, 5, 1).is_working() && !Day::of(2026, 6, 5).is_working());
    }
}
