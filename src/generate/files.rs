//! Rows as text: what one unit of work brings to which file, and the lines themselves.

use std::collections::BTreeMap;

use crate::generate::books::Books;
use crate::generate::days::{Day, Time};
pub use crate::generate::extracts::{Extract, Spread};

/// Which file of an extract: 0 for its only one, the first of the month, or the day.
pub type FileKey = (Extract, Day);

/// What one unit of work brings to each file, without headers, and to the books.
#[derive(Debug, Default)]
pub struct Output {
    pub parts: BTreeMap<FileKey, Part>,
    pub books: Books,
}

#[derive(Debug, Default)]
pub struct Part {
    pub text: Vec<u8>,
    pub rows: u64,
}

impl Output {
    /// A row of an extract's only file.
    pub fn row(&mut self, extract: Extract) -> Row<'_> {
        self.row_in(extract, 0)
    }

    /// A row of the file of a day or, by its first day, of a month.
    pub fn row_in(&mut self, extract: Extract, day: Day) -> Row<'_> {
        let part = self.parts.entry((extract, day)).or_default();
        part.rows += 1;
        Row { text: &mut part.text }
    }
}

/// A line that is being written, field by field in the order of the columns.
#[derive(Debug)]
pub struct Row<'a> {
    text: &'a mut Vec<u8>,
}

impl Row<'_> {
    /// A text without commas, quotes and line ends.
    pub fn text(&mut self, value: &str) -> &mut Self {
        self.text.extend_from_slice(value.as_bytes());
        self.text.push(b',');
        self
    }

    pub fn blank(&mut self) -> &mut Self {
        self.text.push(b',');
        self
    }

    pub fn blanks(&mut self, count: usize) -> &mut Self {
        self.text.extend(std::iter::repeat_n(b',', count));
        self
    }

    pub fn flag(&mut self, value: bool) -> &mut Self {
        self.text(if value { "true" } else { "false" })
    }

    pub fn whole(&mut self, value: i64) -> &mut Self {
        push_whole(self.text, value);
        self.blank()
    }

    pub fn whole_if(&mut self, value: Option<i64>) -> &mut Self {
        match value {
            Some(value) => self.whole(value),
            None => self.blank(),
        }
    }

    /// A number with decimals, given without its point.
    pub fn decimal(&mut self, value: i64, places: u32) -> &mut Self {
        if value < 0 {
            self.text.push(b'-');
        }
        let unit = 10_u64.pow(places);
        let (whole, fraction) = (value.unsigned_abs() / unit, value.unsigned_abs() % unit);
        push_digits(self.text, whole, 1);
        self.text.push(b'.');
        push_digits(self.text, fraction, places as usize);
        self.blank()
    }

    /// An amount in hundredths.
    pub fn money(&mut self, value: i64) -> &mut Self {
        self.decimal(value, 2)
    }

    pub fn day(&mut self, time: &Time, day: Day) -> &mut Self {
        self.text.extend_from_slice(time.text(day));
        self.blank()
    }

    pub fn day_if(&mut self, time: &Time, day: Option<Day>) -> &mut Self {
        match day {
            Some(day) => self.day(time, day),
            None => self.blank(),
        }
    }

    /// A moment in UTC, in seconds of its day.
    pub fn moment(&mut self, time: &Time, day: Day, seconds: i64) -> &mut Self {
        self.text.extend_from_slice(time.text(day));
        self.text.push(b'T');
        let seconds = seconds.unsigned_abs();
        push_digits(self.text, seconds / 3600, 2);
        self.text.push(b':');
        push_digits(self.text, seconds / 60 % 60, 2);
        self.text.push(b':');
        push_digits(self.text, seconds % 60, 2);
        self.text.push(b'Z');
        self.blank()
    }

    /// Ends the line where the last field's comma stands.
    pub fn end(&mut self) {
        if let Some(last) = self.text.last_mut() {
            *last = b'\n';
        }
    }
}

fn push_whole(text: &mut Vec<u8>, value: i64) {
    if value < 0 {
        text.push(b'-');
    }
    push_digits(text, value.unsigned_abs(), 1);
}

/// A number with zeros in front up to a width.
fn push_digits(text: &mut Vec<u8>, mut value: u64, width: usize) {
    let mut digits = [b'0'; 20];
    let mut first = digits.len();
    while value > 0 {
        first -= 1;
        digits[first] = b'0' + u8::try_from(value % 10).expect("a digit");
        value /= 10;
    }
    let first = first.min(digits.len() - width);
    text.extend_from_slice(&digits[first..]);
}
