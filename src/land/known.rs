//! Dates in file names: when a file became known, or which day a snapshot shows.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use crate::extract::SourceFile;
use crate::fault::Fault;
use crate::pipeline::{DATE_PATTERN_HELP, date_pattern};

/// The date in a file's path, written as a pattern in strftime's notation says (`%Y-%m-%d`, `%Y%m%d`, `%Y-%m`).
/// Without a day it is the first of the month.
///
/// # Errors
/// When the pattern is none, or no date like it is in the path.
pub(super) fn date_in_name(file: &SourceFile, pattern: &str) -> Result<NaiveDate, Fault> {
    Ok(time_in_name(file, pattern)?.date_naive())
}

/// As `date_in_name`, with the time of day where the pattern has one (`%H`, `%M`, `%S`); in UTC.
pub(super) fn time_in_name(file: &SourceFile, pattern: &str) -> Result<DateTime<Utc>, Fault> {
    let (regex, parts) = date_pattern(pattern).ok_or_else(|| {
        Fault::of_file(&file.name, format!("`{pattern}` is no date pattern")).with_help(DATE_PATTERN_HELP)
    })?;
    // The first stretch that is a date of the calendar and no part of a longer number.
    let mut from = 0;
    while let Some(found) = regex.captures_at(&file.name, from) {
        let whole = found.get(0).expect("group 0 is the whole match");
        let part = |wanted: char| {
            parts.iter().position(|part| *part == wanted).and_then(|at| found.get(at + 1)?.as_str().parse::<u32>().ok())
        };
        let is_alone = !digit_before(&file.name, whole.start()) && !digit_after(&file.name, whole.end());
        if let Some(time) = time_of(part).filter(|_| is_alone) {
            return Ok(time.and_utc());
        }
        from = whole.start() + file.name[whole.start()..].chars().next().map_or(1, char::len_utf8);
    }
    let message = format!("found no date like `{pattern}` in the file's name, expected one");
    Err(Fault::of_file(&file.name, message).with_help("rename the file, or set another pattern for the extract"))
}

fn time_of(part: impl Fn(char) -> Option<u32>) -> Option<NaiveDateTime> {
    let date = NaiveDate::from_ymd_opt(part('Y')?.try_into().ok()?, part('m').unwrap_or(1), part('d').unwrap_or(1))?;
    let time = NaiveTime::from_hms_opt(part('H').unwrap_or(0), part('M').unwrap_or(0), part('S').unwrap_or(0))?;
    Some(date.and_time(time))
}

fn digit_before(text: &str, at: usize) -> bool {
    text[..at].ends_with(|last: char| last.is_ascii_digit())
}

fn digit_after(text: &str, at: usize) -> bool {
    text[at..].starts_with(|first: char| first.is_ascii_digit())
}
