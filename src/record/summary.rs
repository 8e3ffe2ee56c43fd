//! The end of a run in a few lines, for people.

use std::fmt::Write as _;

use anyhow::Result;
use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};

use crate::record::{ExtractOutcome, ExtractRecord, RunRecord, RunStatus};

/// A count with thousands separators, as people read it.
pub fn number(count: u64) -> String {
    let digits = count.to_string();
    let mut shown = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

impl ExtractRecord {
    /// The extract in one line.
    pub fn line(&self) -> String {
        match self.outcome {
            ExtractOutcome::Unchanged => format!("{}: unchanged", self.extract),
            ExtractOutcome::Landed | ExtractOutcome::Refused => format!(
                "{}: {} rows read, {} landed, {} quarantined{}",
                self.extract,
                number(self.rows_read),
                number(self.rows_landed),
                number(self.rows_quarantined),
                self.before()
            ),
        }
    }

    /// What a correction has mended.
    fn before(&self) -> String {
        match self.quarantined_before {
            Some(before) if before > 0 => format!(" ({} before)", number(before)),
            _ => String::new(),
        }
    }
}

/// Rows as people read them: a title, the names of the columns, numbers to the right. Nothing where there are no rows.
///
/// # Errors
/// When a value cannot be shown.
pub fn table(title: &str, batches: &[RecordBatch]) -> Result<Vec<String>> {
    let Some(schema) = batches.iter().find(|batch| batch.num_rows() > 0).map(RecordBatch::schema) else {
        return Ok(Vec::new());
    };
    let names: Vec<String> = schema.fields().iter().map(|field| field.name().replace('_', " ")).collect();
    let mut rows = vec![names];
    for batch in batches {
        let options = FormatOptions::default();
        let columns = batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options));
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        rows.extend(
            (0..batch.num_rows()).map(|row| columns.iter().map(|column| column.value(row).to_string()).collect()),
        );
    }
    let mut lines = vec![format!("{title}:")];
    for row in &rows {
        let cells = row.iter().zip(schema.fields()).enumerate().map(|(position, (cell, field))| {
            let width = rows.iter().map(|row| row[position].chars().count()).max().unwrap_or(0);
            if field.data_type().is_numeric() { format!("{cell:>width$}") } else { format!("{cell:width$}") }
        });
        lines.push(cells.collect::<Vec<_>>().join("  ").trim_end().to_string());
    }
    Ok(lines)
}

/// What a run did, what it published and what that says; no line depends on how long anything took.
pub fn summary(record: &RunRecord) -> String {
    let mut text = String::new();
    extracts(record, &mut text);
    marts(record, &mut text);
    for check in record.checks.iter().filter(|check| !check.passed) {
        let complaint = check.complaint.as_deref().unwrap_or("failed");
        let what = if check.fails_the_run() { "failed" } else { "did not pass (a warning)" };
        push(&mut text, &format!("\ncheck {} {what}\n{complaint}", check.check));
    }
    for warning in &record.warnings {
        push(&mut text, &format!("warning: {warning}"));
    }
    for target in record.targets.iter().filter(|target| target.error.is_some()) {
        let error = target.error.as_deref().unwrap_or_default();
        push(&mut text, &format!("{} has not followed: {error}", target.target));
    }
    if !record.highlights.is_empty() {
        text.push('\n');
        for line in &record.highlights {
            push(&mut text, &format!("  {line}"));
        }
    }
    // Where an extract has brought something, its line tells.
    let untold = record.extracts.iter().filter(|extract| extract.outcome == ExtractOutcome::Unchanged);
    let quarantined: u64 = untold.map(|extract| extract.quarantined_shown).sum();
    if quarantined > 0 {
        let records = if quarantined == 1 { "1 record" } else { &format!("{} records", number(quarantined)) };
        push(&mut text, &format!("\n{records} of unchanged extracts in quarantine: sopmart quarantine shows them"));
    }
    push(&mut text, &format!("\n{}", verdict(record)));
    text
}

fn push(text: &mut String, line: &str) {
    text.push_str(line.trim_end());
    text.push('\n');
}

fn extracts(record: &RunRecord, text: &mut String) {
    let landed: Vec<_> =
        record.extracts.iter().filter(|extract| extract.outcome != ExtractOutcome::Unchanged).collect();
    if landed.is_empty() {
        return;
    }
    let width = landed.iter().map(|extract| extract.extract.len()).max().unwrap_or(0).max("extract".len());
    writeln!(text, "\n{:width$} {:>12} {:>12} {:>12}", "extract", "rows read", "landed", "quarantined").expect(WRITES);
    for extract in landed {
        let counts = [extract.rows_read, extract.rows_landed, extract.rows_quarantined].map(number);
        let refused = if extract.outcome == ExtractOutcome::Refused { "  refused" } else { "" };
        let before = extract.before();
        let line = format!(
            "{:width$} {:>12} {:>12} {:>12}{before}{refused}",
            extract.extract, counts[0], counts[1], counts[2]
        );
        push(text, &line);
    }
}

const WRITES: &str = "a String takes all that is written";

fn marts(record: &RunRecord, text: &mut String) {
    let marts: Vec<_> = record.models.iter().filter(|model| model.is_published_mart).collect();
    if marts.is_empty() || record.status == RunStatus::NothingToDo {
        return;
    }
    let width = marts.iter().map(|mart| mart.model.len()).max().unwrap_or(0).max("mart".len());
    writeln!(text, "\n{:width$} {:>12}", "mart", "rows").expect(WRITES);
    for mart in marts {
        let needs = match (mart.rows, mart.needs.as_slice()) {
            (0, needs @ [_, ..]) => format!("  needs {}", needs.join(", ")),
            _ => String::new(),
        };
        push(text, &format!("{:width$} {:>12}{needs}", mart.model, number(mart.rows)));
    }
}

fn verdict(record: &RunRecord) -> String {
    let published = record.published.as_ref();
    let entry = published.map_or(0, |published| published.entry);
    match record.status {
        RunStatus::Running => "still at work, or died without a word".to_string(),
        RunStatus::NotFollowed if published.is_some_and(|published| published.changed.is_empty()) => {
            format!("Nothing new to publish: entry {entry} stands, and the next run brings the rest up to it")
        }
        RunStatus::Published | RunStatus::NotFollowed => {
            let tables = published.map_or(0, |published| published.marts.len());
            let checks = record.checks.iter().filter(|check| check.passed).count();
            let behind =
                if record.status == RunStatus::NotFollowed { "; the next run brings the rest up to it" } else { "" };
            format!(
                "Published {tables} tables as of {}, entry {entry} of the publish log; {checks} checks passed{behind}",
                record.as_of
            )
        }
        RunStatus::NothingToDo => match published {
            Some(published) if record.as_of < published.as_of => format!(
                "Not published: entry {} of the publish log is as of {}, later than {}; --allow-breaking goes back to it",
                published.entry, published.as_of, record.as_of
            ),
            Some(published) => format!(
                "Nothing to do: all is as in entry {} of the publish log, as of {}",
                published.entry, published.as_of
            ),
            None => "Nothing to do".to_string(),
        },
        RunStatus::Built if record.built_set.is_none() => {
            "Built and checked, not published; no mart is among what was built".to_string()
        }
        RunStatus::Built => {
            format!(
                "Built and checked, not published; look at it with: sopmart query --run {} \"select …\"",
                record.run_id
            )
        }
        // Why, stands above already.
        RunStatus::Failed => format!("Failed; nothing was published. The record: {}", record.path()),
        RunStatus::CouldNotRun => "Could not run; nothing was published".to_string(),
        RunStatus::Stopped => format!("Stopped by {}", record.error.as_deref().unwrap_or("a signal")),
    }
}
