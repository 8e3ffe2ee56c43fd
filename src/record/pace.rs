//! How far a step is, how fast it goes, and how long the rest of it will take at that.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::record::number;

/// What the work of a step is counted in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Amount {
    #[default]
    Bytes,
    /// Such as `models`.
    Of(&'static str),
}

/// Before so much time has gone by, nobody knows how fast it goes.
const TO_BEGIN_WITH: Duration = Duration::from_millis(1500);

/// How wide the bar of a moving line is.
const BAR: usize = 20;

/// How far the reading of a file is.
#[derive(Debug, Clone, Copy)]
pub struct FileAt<'a> {
    pub file: &'a str,
    pub rows: u64,
    /// How much of the file, as it is stored, has been gone through.
    pub bytes: u64,
    /// Whether it is known from before, and was not read.
    pub is_known: bool,
}

/// One step of a run, from its begin on.
#[derive(Debug, Default)]
pub(super) struct Pace {
    step: String,
    since: Option<Instant>,
    amount: Amount,
    total: u64,
    pub(super) done: u64,
    pub(super) at: String,
    rows: u64,
    /// Rows and bytes of the files that are being read.
    files: HashMap<String, (u64, u64)>,
}

impl Pace {
    pub(super) fn begin(&mut self, step: &str) {
        *self = Pace { step: step.to_string(), since: Some(Instant::now()), ..Pace::default() };
    }

    pub(super) fn expect(&mut self, total: u64, amount: Amount) {
        (self.total, self.amount) = (total, amount);
    }

    /// What is known is no work, and says nothing of how fast work goes.
    pub(super) fn file(&mut self, file: &FileAt<'_>) {
        if file.is_known {
            self.total = self.total.saturating_sub(file.bytes);
            return;
        }
        let (rows, bytes) = self.files.insert(file.file.to_string(), (file.rows, file.bytes)).unwrap_or_default();
        self.rows += file.rows.saturating_sub(rows);
        self.done += file.bytes.saturating_sub(bytes);
        self.at = file.file.to_string();
    }

    fn elapsed(&self) -> Duration {
        self.since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// The line of a step that is at work, for a terminal.
    pub(super) fn moving(&self) -> String {
        let elapsed = duration(self.elapsed());
        if self.total == 0 {
            return format!("{:9} {elapsed}  {}", self.step, self.at);
        }
        let is_filled = |part: &usize| (*part as u64) * self.total < self.done * BAR as u64;
        let bar: String = (0..BAR).map(|part| if is_filled(&part) { '━' } else { '─' }).collect();
        format!("{:9} {bar} {}", self.step, self.told())
    }

    /// How far the step is, where it has been at work for so long and how much there is to do is known.
    pub(super) fn told_after(&self, least: Duration) -> Option<String> {
        let is_long = !self.step.is_empty() && self.elapsed() >= least;
        let told = if self.total == 0 { duration(self.elapsed()) } else { self.told() };
        is_long.then(|| format!("{:9} {told}", self.step))
    }

    /// What a step did, in one line; nothing before the first step.
    pub(super) fn ended(&self) -> Option<String> {
        if self.step.is_empty() {
            return None;
        }
        let took = duration(self.elapsed());
        let what = match (self.amount, self.total) {
            (Amount::Bytes, _) if !self.files.is_empty() => {
                format!("{} read, {} rows, {took}", bytes(self.done), number(self.rows))
            }
            (Amount::Of(what), 1..) => format!("{} {what}, {took}", number(self.done)),
            _ => took,
        };
        Some(format!("{:9} {what}", self.step))
    }

    fn told(&self) -> String {
        let (done, total) = (self.done.min(self.total), self.total);
        let mut told = match self.amount {
            Amount::Bytes => format!("{} of {}", bytes(done), bytes(total)),
            Amount::Of(what) => format!("{} of {} {what}", number(done), number(total)),
        };
        let elapsed = self.elapsed();
        if elapsed >= TO_BEGIN_WITH && done > 0 {
            if self.rows > 0 {
                told.push_str(&format!(", {} rows/s", number(per_second(self.rows, elapsed))));
            }
            let left = elapsed.as_millis() * u128::from(total - done) / u128::from(done);
            let left = Duration::from_millis(u64::try_from(left).unwrap_or(u64::MAX));
            told.push_str(&format!(", about {} left", duration(left)));
        }
        if !self.at.is_empty() {
            told.push_str(&format!(": {}", self.at));
        }
        told
    }
}

fn per_second(count: u64, elapsed: Duration) -> u64 {
    let milliseconds = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
    count.saturating_mul(1000) / milliseconds
}

/// Bytes as people say them, with one digit behind the point from a million on.
fn bytes(count: u64) -> String {
    match count {
        0..1_000 => format!("{count} B"),
        1_000..1_000_000 => format!("{} kB", count / 1_000),
        1_000_000..1_000_000_000 => format!("{}.{} MB", count / 1_000_000, count % 1_000_000 / 100_000),
        _ => format!("{}.{} GB", count / 1_000_000_000, count % 1_000_000_000 / 100_000_000),
    }
}

/// A stretch of time as people say it, no more exact than it is of use.
fn duration(time: Duration) -> String {
    match time.as_secs() {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        seconds @ 10..100 => format!("{seconds} s"),
        seconds @ 100..6000 => format!("{} min", (seconds + 30) / 60),
        seconds => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}
