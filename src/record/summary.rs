//! The end of a run in a few lines, for people: no more of them than a screen shows.

use crate::record::screen::{cut, wrapped};
use crate::record::{ExtractOutcome, ExtractRecord, ModelRecord, RunRecord, RunStatus, number};

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

/// How many names or warnings stand in a summary that is to be short.
const MOST_NAMES: usize = 3;

/// The most rows of a highlight that a summary shows which is to be short.
const MOST_ROWS: usize = 5;

/// What a run did, what it published and what that says, in so many lines and columns as there is room for; what is left
/// out is said, with the command that shows it. No line depends on how long anything took.
pub fn summary(record: &RunRecord, most_lines: usize, width: usize) -> String {
    let of_run = |sections: Vec<Vec<String>>| {
        let all = sections.into_iter().filter(|section| !section.is_empty());
        // An empty line in front of each.
        all.flat_map(|section| std::iter::once(String::new()).chain(section)).collect::<Vec<String>>()
    };
    let (extracts, marts) = (landed(record), published(record));
    let mut lines = of_run(vec![
        table_of_extracts(&extracts),
        table_of_marts(&marts),
        complaints(record, false),
        highlights(record, usize::MAX),
        still_in_quarantine(record),
        wrapped(&verdict(record), width),
    ]);
    if lines.len() > most_lines {
        let brief =
            [sum_of_extracts(&extracts), sum_of_marts(&marts), complaints(record, true), still_in_quarantine(record)];
        let rest = format!("The whole of it: sopmart runs {}", record.run_id);
        let end = [vec![rest], wrapped(&verdict(record), width)].concat();
        let short = |rows| of_run(vec![brief.concat(), highlights(record, rows), end.clone()]);
        let rows = (1..=MOST_ROWS).rev().find(|rows| short(*rows).len() <= most_lines);
        lines = short(rows.unwrap_or(0));
    }
    lines.iter().map(|line| cut(line.trim_end(), width)).collect::<Vec<_>>().join("\n")
}

/// The extracts that have brought something.
fn landed(record: &RunRecord) -> Vec<&ExtractRecord> {
    record.extracts.iter().filter(|extract| extract.outcome != ExtractOutcome::Unchanged).collect()
}

fn table_of_extracts(landed: &[&ExtractRecord]) -> Vec<String> {
    if landed.is_empty() {
        return Vec::new();
    }
    let width = landed.iter().map(|extract| extract.extract.len()).max().unwrap_or(0).max("extract".len());
    let mut lines = vec![format!("{:width$} {:>12} {:>12} {:>12}", "extract", "rows read", "landed", "quarantined")];
    for extract in landed {
        let [read, landed, bad] = [extract.rows_read, extract.rows_landed, extract.rows_quarantined].map(number);
        let refused = if extract.outcome == ExtractOutcome::Refused { "  refused" } else { "" };
        let before = extract.before();
        lines.push(format!("{:width$} {read:>12} {landed:>12} {bad:>12}{before}{refused}", extract.extract));
    }
    lines
}

/// The same in a line; what was refused has one of its own.
fn sum_of_extracts(landed: &[&ExtractRecord]) -> Vec<String> {
    if landed.is_empty() {
        return Vec::new();
    }
    let sum = |count: fn(&ExtractRecord) -> u64| landed.iter().map(|extract| count(extract)).sum::<u64>();
    let bad = match sum(|extract| extract.rows_quarantined) {
        0 => String::new(),
        bad => format!(", {} in quarantine: sopmart quarantine shows them", number(bad)),
    };
    let rows = number(sum(|extract| extract.rows_read));
    let mut lines = vec![format!("{}: {rows} rows{bad}", counted(landed.len(), "extract"))];
    let refused = landed.iter().filter(|extract| extract.outcome == ExtractOutcome::Refused);
    lines.extend(refused.map(|extract| format!("{} was refused", extract.extract)));
    lines
}

fn published(record: &RunRecord) -> Vec<&ModelRecord> {
    if record.status == RunStatus::NothingToDo {
        return Vec::new();
    }
    record.models.iter().filter(|model| model.is_published_mart).collect()
}

fn table_of_marts(marts: &[&ModelRecord]) -> Vec<String> {
    if marts.is_empty() {
        return Vec::new();
    }
    let width = marts.iter().map(|mart| mart.model.len()).max().unwrap_or(0).max("mart".len());
    let mut lines = vec![format!("{:width$} {:>12}", "mart", "rows")];
    for mart in marts {
        let needs = match (mart.rows, mart.needs.as_slice()) {
            (0, needs @ [_, ..]) => format!("  needs {}", needs.join(", ")),
            _ => String::new(),
        };
        lines.push(format!("{:width$} {:>12}{needs}", mart.model, number(mart.rows)));
    }
    lines
}

/// The same in a line, and one for what has no rows.
fn sum_of_marts(marts: &[&ModelRecord]) -> Vec<String> {
    if marts.is_empty() {
        return Vec::new();
    }
    let rows = number(marts.iter().map(|mart| mart.rows).sum());
    let mut lines = vec![format!("{}: {rows} rows", counted(marts.len(), "mart"))];
    let empty: Vec<&&ModelRecord> = marts.iter().filter(|mart| mart.rows == 0).collect();
    if !empty.is_empty() {
        let names = empty.iter().take(MOST_NAMES).map(|mart| match mart.needs.as_slice() {
            [] => mart.model.clone(),
            needs => format!("{} (needs {})", mart.model, needs.join(", ")),
        });
        lines.push(format!("without rows: {}", and_more(&names.collect::<Vec<_>>(), empty.len())));
    }
    lines
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// The first names, and how many more there are.
fn and_more(names: &[String], all: usize) -> String {
    let more = if all > names.len() { format!(" and {} more", all - names.len()) } else { String::new() };
    format!("{}{more}", names.join(", "))
}

/// Checks that did not pass, warnings, and what has not followed. Where it is to be short, a check that only warns says
/// no more than that it does; what keeps a run from publishing is never left out.
fn complaints(record: &RunRecord, is_short: bool) -> Vec<String> {
    let mut lines = Vec::new();
    for check in record.checks.iter().filter(|check| !check.passed) {
        let complaint = check.complaint.as_deref().unwrap_or("failed");
        let what = if check.fails_the_run() { "failed" } else { "did not pass (a warning)" };
        if is_short && !check.fails_the_run() {
            let first = complaint.lines().next().unwrap_or_default().trim_end_matches(':');
            lines.push(format!("check {} {what}: {first}", check.check));
            continue;
        }
        lines.push(format!("check {} {what}", check.check));
        lines.extend(complaint.lines().map(str::to_string));
    }
    let warnings = record.warnings.iter().map(|warning| format!("warning: {warning}"));
    lines.extend(warnings.clone().take(if is_short { MOST_NAMES } else { usize::MAX }));
    if is_short && warnings.len() > MOST_NAMES {
        lines.push(format!("and {} more warnings", warnings.len() - MOST_NAMES));
    }
    for target in &record.targets {
        lines.extend(target.error.as_ref().map(|error| format!("{} has not followed: {error}", target.target)));
    }
    lines
}

/// What the marts say: of each table its title, the names of its columns, and so many of its rows.
fn highlights(record: &RunRecord, most_rows: usize) -> Vec<String> {
    if most_rows == 0 {
        return Vec::new();
    }
    let tables = record.highlights.split(String::is_empty);
    let shown = tables.flat_map(|lines| &lines[..lines.len().min(most_rows.saturating_add(2))]);
    shown.map(|line| format!("  {line}")).collect()
}

/// Where an extract has brought something, its line tells.
fn still_in_quarantine(record: &RunRecord) -> Vec<String> {
    let untold = record.extracts.iter().filter(|extract| extract.outcome == ExtractOutcome::Unchanged);
    let quarantined: u64 = untold.map(|extract| extract.quarantined_shown).sum();
    if quarantined == 0 {
        return Vec::new();
    }
    let records = if quarantined == 1 { "1 record" } else { &format!("{} records", number(quarantined)) };
    vec![format!("{records} of unchanged extracts in quarantine: sopmart quarantine shows them")]
}

/// How it ended, in one line.
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
