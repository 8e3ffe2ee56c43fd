//! How values are written: what stands for none, how numbers are grouped and signed, how dates are put.

use chrono_tz::Tz;

/// How the values of a column are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notation {
    /// Texts that stand for no value, beside an empty field.
    pub nulls: Vec<String>,
    /// What stands before the fraction: `.` or `,`.
    pub decimal_point: u8,
    /// What groups the digits of a number by three, where anything does.
    pub thousands: Option<String>,
    /// How a negative number may be written, beside a minus in front.
    pub negatives: Vec<Negative>,
    /// Signs that may stand before or behind a number: `€`, `EUR`, `%` is none of them.
    pub currency: Vec<String>,
    /// Empty: ISO 8601 alone.
    pub dates: Vec<TimePattern>,
    /// Empty: ISO 8601 alone.
    pub timestamps: Vec<TimePattern>,
    /// The time zone of timestamps that name none.
    pub time_zone: Tz,
    /// Texts for true and for false; empty: `true`, `false`, `1` and `0`.
    pub trues: Vec<String>,
    pub falses: Vec<String>,
}

/// A way to write a negative number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Negative {
    /// `12.50-`
    TrailingMinus,
    /// `(12.50)`
    Parentheses,
}

impl Notation {
    /// The notation of a file that says nothing else.
    pub fn iso(time_zone: Tz) -> Notation {
        Notation {
            nulls: Vec::new(),
            decimal_point: b'.',
            thousands: None,
            negatives: Vec::new(),
            currency: Vec::new(),
            dates: Vec::new(),
            timestamps: Vec::new(),
            time_zone,
            trues: Vec::new(),
            falses: Vec::new(),
        }
    }

    /// Whether numbers are digits with a point and a minus in front.
    pub fn has_plain_numbers(&self) -> bool {
        self.decimal_point == b'.' && self.thousands.is_none() && self.negatives.is_empty() && self.currency.is_empty()
    }
}

/// A pattern for dates and times in the manner of strftime, which a text has to match from its first to its last
/// character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimePattern {
    pub typed: String,
    pub parts: Vec<TimePart>,
}

/// A part of a date or a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimePart {
    /// These characters.
    Literal(String),
    /// `%Y`: four digits.
    Year,
    /// `%y`: two digits; 69 to 99 are 1969 to 1999, 00 to 68 are 2000 to 2068, as POSIX has it.
    ShortYear,
    /// `%m`: two digits; `%-m`: one or two.
    Month { padded: bool },
    /// `%b`: Jan, Feb, …, in any case.
    MonthName,
    /// `%B`: January, February, …, in any case.
    LongMonthName,
    /// `%d`: two digits; `%-d`: one or two.
    Day { padded: bool },
    /// `%H`: 00 to 23.
    Hour { padded: bool },
    /// `%I`: 01 to 12, with `%p`.
    HalfDayHour { padded: bool },
    /// `%p`: AM or PM, in any case.
    HalfDay,
    /// `%M`
    Minute,
    /// `%S`
    Second,
    /// `%f`: one to nine digits, a fraction of a second.
    Fraction,
    /// `%z`: `Z`, `+hh:mm` or `+hhmm`.
    Offset,
    /// `%j`: the day of the year, three digits.
    DayOfYear,
}

impl TimePattern {
    /// # Errors
    /// What is wrong with the pattern, as the end of a sentence about it.
    pub fn parse(typed: &str, has_time: bool) -> Result<TimePattern, String> {
        let mut parts: Vec<TimePart> = Vec::new();
        // Blanks around a value are no part of it.
        let mut rest = typed.trim().chars();
        while let Some(character) = rest.next() {
            if character != '%' {
                push_literal(&mut parts, character);
                continue;
            }
            let mut kind = rest.next();
            let padded = kind != Some('-');
            if !padded {
                kind = rest.next();
            }
            parts.push(match (kind, padded) {
                (Some('Y'), true) => TimePart::Year,
                (Some('y'), true) => TimePart::ShortYear,
                (Some('m'), padded) => TimePart::Month { padded },
                (Some('b'), true) => TimePart::MonthName,
                (Some('B'), true) => TimePart::LongMonthName,
                (Some('d'), padded) => TimePart::Day { padded },
                (Some('j'), true) => TimePart::DayOfYear,
                (Some('H'), padded) => TimePart::Hour { padded },
                (Some('I'), padded) => TimePart::HalfDayHour { padded },
                (Some('p'), true) => TimePart::HalfDay,
                (Some('M'), true) => TimePart::Minute,
                (Some('S'), true) => TimePart::Second,
                (Some('f'), true) => TimePart::Fraction,
                (Some('z'), true) => TimePart::Offset,
                (Some('%'), true) => {
                    push_literal(&mut parts, '%');
                    continue;
                }
                (Some(other), _) => return Err(format!("has `%{}{other}`", if padded { "" } else { "-" })),
                (None, _) => return Err("ends with `%`".into()),
            });
        }
        let pattern = TimePattern { typed: typed.to_string(), parts };
        pattern.complaint(has_time).map_or(Ok(pattern), Err)
    }

    /// A date needs year, month and day, once each; a time of day may stand behind.
    fn complaint(&self, has_time: bool) -> Option<String> {
        let count = |is: &dyn Fn(&TimePart) -> bool| self.parts.iter().filter(|part| is(part)).count();
        let years = count(&|part| matches!(part, TimePart::Year | TimePart::ShortYear));
        let months = count(&|part| {
            matches!(part, TimePart::Month { .. } | TimePart::MonthName | TimePart::LongMonthName | TimePart::DayOfYear)
        });
        let days = count(&|part| matches!(part, TimePart::Day { .. } | TimePart::DayOfYear));
        let half_days = count(&|part| matches!(part, TimePart::HalfDayHour { .. }));
        let is_time = |part: &TimePart| {
            matches!(
                part,
                TimePart::Hour { .. }
                    | TimePart::HalfDayHour { .. }
                    | TimePart::HalfDay
                    | TimePart::Minute
                    | TimePart::Second
                    | TimePart::Fraction
                    | TimePart::Offset
            )
        };
        if [years, months, days] != [1, 1, 1] {
            return Some("does not have year, month and day once each".into());
        }
        if half_days != count(&|part| *part == TimePart::HalfDay) {
            return Some("has `%I` without `%p`, or `%p` without `%I`".into());
        }
        if half_days + count(&|part| matches!(part, TimePart::Hour { .. })) > 1 {
            return Some("has the hour twice".into());
        }
        if !has_time && count(&is_time) > 0 {
            return Some("has a time of day, which a date has not".into());
        }
        for (part, named) in
            [(TimePart::Minute, "%M"), (TimePart::Second, "%S"), (TimePart::Fraction, "%f"), (TimePart::Offset, "%z")]
        {
            if count(&|other| *other == part) > 1 {
                return Some(format!("has `{named}` twice"));
            }
        }
        if self.parts.windows(2).any(|pair| pair[0].is_of_any_length() && pair[1].starts_with_digit()) {
            return Some("has digits right behind a number of any length, so that none can tell where it ends".into());
        }
        None
    }
}

impl TimePart {
    /// Whether it takes as many digits as there are.
    fn is_of_any_length(&self) -> bool {
        match self {
            TimePart::Month { padded }
            | TimePart::Day { padded }
            | TimePart::Hour { padded }
            | TimePart::HalfDayHour { padded } => !padded,
            part => *part == TimePart::Fraction,
        }
    }

    fn starts_with_digit(&self) -> bool {
        match self {
            TimePart::Literal(text) => text.starts_with(|first: char| first.is_ascii_digit()),
            TimePart::MonthName | TimePart::LongMonthName | TimePart::HalfDay | TimePart::Offset => false,
            _ => true,
        }
    }
}

fn push_literal(parts: &mut Vec<TimePart>, character: char) {
    match parts.last_mut() {
        Some(TimePart::Literal(text)) => text.push(character),
        _ => parts.push(TimePart::Literal(character.to_string())),
    }
}
