//! The working days of both plants: Monday to Friday without the holidays of their countries.

use chrono::{Datelike, Duration, NaiveDate};

use crate::generate::days::{Calendar, Day, Time, date_of, day_of_week};
use crate::generate::files::{Extract, Output};

/// Month and day of holidays that have the same date each year.
const GERMAN: [(u32, u32); 3] = [(1, 1), (5, 1), (10, 3)];
const SLOVAK: [(u32, u32); 7] = [(1, 1), (1, 6), (5, 1), (5, 8), (7, 5), (8, 29), (11, 1)];
/// From this day of December to the end of the year both plants are closed.
const CLOSED_FROM: u32 = 24;
/// Days from Easter Sunday: Good Friday, Easter Monday and, in Germany, Ascension and Whit Monday.
const GERMAN_FROM_EASTER: [i64; 4] = [-2, 1, 39, 50];
const SLOVAK_FROM_EASTER: [i64; 2] = [-2, 1];

pub fn is_working_day(calendar: Calendar, day: Day) -> bool {
    if day_of_week(day) >= 5 {
        return false;
    }
    let date = date_of(day);
    let (fixed, from_easter): (&[(u32, u32)], &[i64]) = match calendar {
        Calendar::German => (&GERMAN, &GERMAN_FROM_EASTER),
        Calendar::Slovak => (&SLOVAK, &SLOVAK_FROM_EASTER),
    };
    let easter = easter_sunday(date.year());
    let is_closed = date.month() == 12 && date.day() >= CLOSED_FROM;
    !is_closed
        && !fixed.contains(&(date.month(), date.day()))
        && !from_easter.iter().any(|days| easter + Duration::days(*days) == date)
}

/// By the rule of Gauss as corrected by Lichtenberg, which holds for every year of the Gregorian calendar.
fn easter_sunday(year: i32) -> NaiveDate {
    let century = year / 100;
    let secular = 15 + (3 * century + 3) / 4 - (8 * century + 13) / 25;
    let sun = 2 - (3 * century + 3) / 4;
    let moon = year % 19;
    let seed = (19 * moon + secular) % 30;
    let correction = (seed + moon / 11) / 29;
    let limit = 21 + seed - correction;
    let first_sunday = 7 - (year + year / 4 + sun) % 7;
    let distance = 7 - (limit - first_sunday).rem_euclid(7);
    let first_of_march = NaiveDate::from_ymd_opt(year, 3, 1).expect("every year has a 1st of March");
    first_of_march + Duration::days(i64::from(limit + distance - 1))
}

/// One row per plant's calendar and day of the span.
pub fn write(time: &Time, output: &mut Output) {
    for calendar in Calendar::ALL {
        for day in time.first_day()..time.end.first_day() {
            let mut row = output.row(Extract::Calendars);
            row.text(calendar.id()).day(time, day).flag(time.is_working_day(calendar, day));
            row.end();
        }
    }
}
