//! Days and months: the span that the extracts cover, with the working days of both plants.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};

use crate::generate::calendars::is_working_day;

/// Days since 1970-01-01.
pub type Day = i32;

/// From the first day of the Common Era, as `chrono` counts, to 1970-01-01.
const EPOCH: i32 = 719_163;

/// Whose working days: of the German company and its plant, or of the Slovak plant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calendar {
    German,
    Slovak,
}

impl Calendar {
    pub const ALL: [Calendar; 2] = [Calendar::German, Calendar::Slovak];

    pub fn id(self) -> &'static str {
        match self {
            Calendar::German => "DE",
            Calendar::Slovak => "SK",
        }
    }
}

pub fn date_of(day: Day) -> NaiveDate {
    NaiveDate::from_num_days_from_ce_opt(day + EPOCH).expect("the span lies within the calendar")
}

pub fn day_of(date: NaiveDate) -> Day {
    date.num_days_from_ce() - EPOCH
}

/// Months since the year 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(pub i32);

impl Month {
    pub fn of(day: Day) -> Month {
        let date = date_of(day);
        Month(date.year() * 12 + date.month0().cast_signed())
    }

    pub fn plus(self, months: i32) -> Month {
        Month(self.0 + months)
    }

    pub fn year(self) -> i32 {
        self.0.div_euclid(12)
    }

    /// From 0 (January) to 11.
    pub fn of_year(self) -> usize {
        usize::try_from(self.0.rem_euclid(12)).expect("a remainder is not negative")
    }

    pub fn first_day(self) -> Day {
        let month = u32::try_from(self.of_year() + 1).expect("at most 12");
        day_of(NaiveDate::from_ymd_opt(self.year(), month, 1).expect("every month has a first day"))
    }

    pub fn last_day(self) -> Day {
        self.plus(1).first_day() - 1
    }
}

/// The span of the extracts. Two years of history end with `as_of`; plans go on for six months.
#[derive(Debug)]
pub struct Time {
    pub as_of: Day,
    /// The first month of the history.
    pub first: Month,
    /// The first open month: the one that holds the day after `as_of`.
    pub open: Month,
    /// The month after the last that is planned.
    pub end: Month,
    /// The day that stands first in the tables below.
    origin: Day,
    texts: Vec<[u8; 10]>,
    months: Vec<Month>,
    /// How many working days of each calendar there are from the origin to before a day.
    working_before: [Vec<i32>; 2],
    /// The working days of each calendar in their order.
    working_days: [Vec<Day>; 2],
}

/// How many months of history there are, and how many are planned.
pub const HISTORY_MONTHS: i32 = 24;
pub const PLAN_MONTHS: i32 = 6;
/// Promised days and due dates reach beyond the span by less than this.
const MARGIN_MONTHS: i32 = 14;

impl Time {
    pub fn seen_from(as_of: NaiveDate) -> Time {
        let as_of = day_of(as_of);
        let open = Month::of(as_of + 1);
        let (first, end) = (open.plus(-HISTORY_MONTHS), open.plus(PLAN_MONTHS));
        let days = first.plus(-MARGIN_MONTHS).first_day()..=end.plus(MARGIN_MONTHS).last_day();
        let texts = days.clone().map(text).collect();
        let months = days.clone().map(Month::of).collect();
        let working_days =
            Calendar::ALL.map(|calendar| days.clone().filter(|day| is_working_day(calendar, *day)).collect::<Vec<_>>());
        let working_before = Calendar::ALL.map(|calendar| {
            let mut count = 0;
            let counted = days.clone().map(|day| {
                let before = count;
                count += i32::from(is_working_day(calendar, day));
                before
            });
            counted.collect()
        });
        Time { as_of, first, open, end, origin: *days.start(), texts, months, working_before, working_days }
    }

    fn place(&self, day: Day) -> usize {
        usize::try_from(day - self.origin).expect("days lie within the span and its margins")
    }

    pub fn text(&self, day: Day) -> &[u8; 10] {
        &self.texts[self.place(day)]
    }

    pub fn month(&self, day: Day) -> Month {
        self.months[self.place(day)]
    }

    pub fn first_day(&self) -> Day {
        self.first.first_day()
    }

    /// The day on which a day's news is exported: the last of its month, or `as_of` where that comes before.
    pub fn export(&self, day: Day) -> Day {
        self.month(day).last_day().min(self.as_of)
    }

    /// The exports that tell of what happened on some days, each once; what lies behind `as_of` is told by none.
    pub fn exports(&self, days: impl Iterator<Item = Day>) -> BTreeSet<Day> {
        days.filter(|day| *day <= self.as_of).map(|day| self.export(day)).collect()
    }

    pub fn is_working_day(&self, calendar: Calendar, day: Day) -> bool {
        let before = &self.working_before[calendar as usize];
        before[self.place(day) + 1] > before[self.place(day)]
    }

    /// The day itself, or the next one on which the calendar's people work.
    pub fn working_day_from(&self, calendar: Calendar, day: Day) -> Day {
        self.working_days_later(calendar, day, 0)
    }

    /// The day itself, or the last one before it on which the calendar's people work.
    pub fn working_day_up_to(&self, calendar: Calendar, day: Day) -> Day {
        if self.is_working_day(calendar, day) { day } else { self.working_days_later(calendar, day, -1) }
    }

    /// The working day that lies some working days behind a day, or, with a negative number, before it.
    /// With 0 it is the day itself or the next that is one.
    pub fn working_days_later(&self, calendar: Calendar, day: Day, days: i32) -> Day {
        let before = self.working_before[calendar as usize][self.place(day)];
        let place = usize::try_from(before + days).expect("days lie within the span and its margins");
        self.working_days[calendar as usize][place]
    }
}

/// Monday is 0.
pub fn day_of_week(day: Day) -> i32 {
    (day + 3).rem_euclid(7)
}

fn text(day: Day) -> [u8; 10] {
    let text = date_of(day).format("%Y-%m-%d").to_string();
    text.as_bytes().try_into().expect("the years of the span have four digits")
}
