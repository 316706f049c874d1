//! The Danish calendar: lengths of time, birthdays, holidays, working days, and the local zone.
//!
//! A due date is a civil date and never moves for a weekend or a holiday; only the letter about it
//! does. All arithmetic stays between [`FIRST_DAY`] and [`LAST_DAY`] and never fails.

use std::fmt;

use chrono::{DateTime, Datelike, Days, MappedLocalTime, Months, NaiveDate, NaiveTime};
use chrono::{Offset, TimeDelta, TimeZone, Utc, Weekday};
use chrono_tz::Tz;

/// The first day that an entry may carry.
pub const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(1900, 1, 1).expect("a valid date");
/// The last day that an entry may carry, and that a computed date may reach.
pub const LAST_DAY: NaiveDate = NaiveDate::from_ymd_opt(2199, 12, 31).expect("a valid date");
/// More days than the offices are ever closed in one stretch.
const LONGEST_CLOSURE_DAYS: u32 = 14;
/// The last year with Store Bededag as a public holiday.
const LAST_PRAYER_DAY_YEAR: i32 = 2023;

/// The same day of the month so many months later, in one step, or that month's last day.
pub fn months_after(date: NaiveDate, months: u32) -> NaiveDate {
    date.checked_add_months(Months::new(months)).unwrap_or(LAST_DAY).clamp(FIRST_DAY, LAST_DAY)
}

/// The day so many days later.
pub fn days_after(date: NaiveDate, days: u32) -> NaiveDate {
    date.checked_add_days(Days::new(days.into())).unwrap_or(LAST_DAY).clamp(FIRST_DAY, LAST_DAY)
}

/// The day so many days earlier.
pub fn days_before(date: NaiveDate, days: u32) -> NaiveDate {
    date.checked_sub_days(Days::new(days.into())).unwrap_or(FIRST_DAY).clamp(FIRST_DAY, LAST_DAY)
}

/// The first day of a day's month.
pub fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// When somebody born on 29 February has a birthday in a year without that day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeapDay {
    /// On 28 February.
    Feb28,
    /// On 1 March.
    Mar1,
}

/// The day on which somebody turns so many years.
pub fn birthday(birth: NaiveDate, years: u32, leap_day: LeapDay) -> NaiveDate {
    let year = i32::try_from(years).ok().and_then(|years| birth.year().checked_add(years));
    let Some(year) = year.filter(|year| *year <= LAST_DAY.year()) else {
        return LAST_DAY;
    };
    let elsewhere = match leap_day {
        LeapDay::Feb28 => NaiveDate::from_ymd_opt(year, 2, 28),
        LeapDay::Mar1 => NaiveDate::from_ymd_opt(year, 3, 1),
    };
    birth.with_year(year).or(elsewhere).unwrap_or(LAST_DAY)
}

/// Age in completed years; 0 before birth.
pub fn age_on(birth: NaiveDate, day: NaiveDate, leap_day: LeapDay) -> u32 {
    let Ok(years) = u32::try_from(day.year().saturating_sub(birth.year())) else {
        return 0;
    };
    if birthday(birth, years, leap_day) <= day { years } else { years.saturating_sub(1) }
}

/// A week from Monday to Sunday, numbered as Danish calendars number it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IsoWeek {
    monday: NaiveDate,
}

impl IsoWeek {
    /// The week a day lies in.
    pub fn of(day: NaiveDate) -> Self {
        Self { monday: days_before(day, day.weekday().num_days_from_monday()) }
    }

    /// The year the week is counted in, which near New Year may differ from the day's.
    pub fn year(self) -> i32 {
        self.monday.iso_week().year()
    }

    /// Its number, 1-53.
    pub fn week(self) -> u32 {
        self.monday.iso_week().week()
    }

    /// Its first day.
    pub fn monday(self) -> NaiveDate {
        self.monday
    }

    /// Its last day.
    pub fn sunday(self) -> NaiveDate {
        days_after(self.monday, 6)
    }
}

impl fmt::Display for IsoWeek {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-W{:02}", self.year(), self.week())
    }
}

/// Whether the offices work on a day that is no public holiday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Office {
    /// An ordinary working day.
    Open,
    /// Nobody is there to read a letter.
    Closed,
}

/// The days that each municipality decides for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfficeDays {
    /// Labour Day.
    pub may_1: Office,
    /// Constitution Day.
    pub jun_5: Office,
    /// Christmas Eve.
    pub dec_24: Office,
    /// New Year's Eve.
    pub dec_31: Office,
}

impl OfficeDays {
    fn is_closed(self, day: NaiveDate) -> bool {
        let office = match (day.month(), day.day()) {
            (5, 1) => self.may_1,
            (6, 5) => self.jun_5,
            (12, 24) => self.dec_24,
            (12, 31) => self.dec_31,
            _ => Office::Open,
        };
        office == Office::Closed
    }
}

/// From the earliest Maundy Thursday, 19 March, to the latest Whit Monday, 14 June.
const MONTHS_OF_EASTER: std::ops::RangeInclusive<u32> = 3..=6;

/// Whether a day is a public holiday in Denmark.
pub fn is_public_holiday(day: NaiveDate) -> bool {
    let fixed = matches!((day.month(), day.day()), (1, 1) | (12, 25 | 26));
    let easter = MONTHS_OF_EASTER.contains(&day.month()).then(|| easter(day.year())).flatten();
    let movable = easter.is_some_and(|easter| match day.signed_duration_since(easter).num_days() {
        -3 | -2 | 0 | 1 | 39 | 49 | 50 => true,
        26 => day.year() <= LAST_PRAYER_DAY_YEAR,
        _ => false,
    });
    fixed || movable
}

/// Whether people are at work: neither weekend, public holiday nor a day the offices are closed.
pub fn is_working_day(day: NaiveDate, offices: OfficeDays) -> bool {
    let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    !weekend && !is_public_holiday(day) && !offices.is_closed(day)
}

/// The day itself when people are at work, else the last working day before it.
pub fn working_day_on_or_before(day: NaiveDate, offices: OfficeDays) -> NaiveDate {
    let days = (0..LONGEST_CLOSURE_DAYS).map(|back| days_before(day, back));
    first_working(days, offices).unwrap_or(day)
}

/// The day itself when people are at work, else the first working day after it.
pub fn working_day_on_or_after(day: NaiveDate, offices: OfficeDays) -> NaiveDate {
    let days = (0..LONGEST_CLOSURE_DAYS).map(|ahead| days_after(day, ahead));
    first_working(days, offices).unwrap_or(day)
}

/// The instant at which clocks in a zone show a time on a day.
///
/// A time that the spring change skips is as much later as the clocks moved; of a time that the
/// autumn change shows twice, the first counts.
pub fn instant_at(date: NaiveDate, time: NaiveTime, zone: Tz) -> DateTime<Utc> {
    let shown = date.and_time(time);
    match zone.from_local_datetime(&shown) {
        MappedLocalTime::Single(instant) | MappedLocalTime::Ambiguous(instant, _) => {
            instant.to_utc()
        }
        MappedLocalTime::None => {
            let day_before = shown.checked_sub_signed(TimeDelta::days(1)).unwrap_or(shown);
            let offset = zone.offset_from_utc_datetime(&day_before).fix().local_minus_utc();
            let offset = TimeDelta::seconds(offset.into());
            shown.checked_sub_signed(offset).unwrap_or(shown).and_utc()
        }
    }
}

/// The civil date that a zone's clocks show at an instant.
pub fn local_date(instant: DateTime<Utc>, zone: Tz) -> NaiveDate {
    instant.with_timezone(&zone).date_naive()
}

/// The last microsecond of a local day.
pub fn end_of_day(date: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let next_day = date.succ_opt().unwrap_or(date);
    let midnight = instant_at(next_day, NaiveTime::MIN, zone);
    midnight.checked_sub_signed(TimeDelta::microseconds(1)).unwrap_or(midnight)
}

/// A date as it stands in a Danish letter: 21.11.2026.
pub fn danish_date(date: NaiveDate) -> String {
    date.format("%d.%m.%Y").to_string()
}

/// Easter Sunday of a Gregorian year (the anonymous computus).
fn easter(year: i32) -> Option<NaiveDate> {
    let golden = year.rem_euclid(19);
    let (century, rest) = (year.div_euclid(100), year.rem_euclid(100));
    let moon_shift = (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + century - century / 4 - moon_shift + 15).rem_euclid(30);
    let to_sunday = (32 + 2 * (century % 4) + 2 * (rest / 4) - epact - rest % 4).rem_euclid(7);
    let exception = (golden + 11 * epact + 22 * to_sunday) / 451;
    let days_past_march = epact + to_sunday - 7 * exception + 114;
    let (month, day) = (days_past_march / 31, days_past_march % 31 + 1);
    NaiveDate::from_ymd_opt(year, month.unsigned_abs(), day.unsigned_abs())
}

fn first_working(
    mut days: impl Iterator<Item = NaiveDate>,
    offices: OfficeDays,
) -> Option<NaiveDate> {
    days.find(|day| is_working_day(*day, offices))
}

#[cfg(test)]
mod tests;
