//! Control totals: what the sender says a delivery holds, against what was read.

use std::collections::{BTreeMap, BTreeSet};

use crate::contract::values::decimal;
use crate::extract;
use crate::fault::{Fault, Faults, Place};
use crate::land::file::Delivered;
use crate::pipeline::{ControlTotals, Extract};

/// # Errors
/// Every total that differs from what was read, every file that is listed and missing, or new and not listed.
pub(super) async fn hold(extract: &Extract, totals: &ControlTotals, files: &[Delivered]) -> Result<(), Faults> {
    let text = extract::text_of(extract, &totals.file).await.map_err(|fault| Faults(vec![fault]))?;
    let mut control = Control { extract, totals, text: &text, faults: Vec::new() };
    control.hold(files);
    if control.faults.is_empty() { Ok(()) } else { Err(Faults(control.faults)) }
}

struct Control<'a> {
    extract: &'a Extract,
    totals: &'a ControlTotals,
    text: &'a str,
    faults: Vec<Fault>,
}

/// A line of the side file by the names in its first one, and its number.
struct Line<'a> {
    number: usize,
    fields: BTreeMap<&'a str, &'a str>,
}

impl<'a> Control<'a> {
    fn fault(&mut self, line: usize, message: String) {
        let place = Place::of_line(self.text, line, 1, 1);
        let fault = Fault::at(&self.totals.file, place, message);
        let help = format!("nothing of `{}` was landed; ask the sender which of them is right", self.extract.name);
        self.faults.push(fault.with_help(help));
    }

    fn lacks(&mut self, column: &str) {
        let place = Place::of_line(self.text, 1, 1, 1);
        let wanted = std::iter::once("rows").chain(self.totals.sums.iter().map(String::as_str));
        let help =
            format!("its first line has to name {}, with commas between them", wanted.collect::<Vec<_>>().join(", "));
        self.faults.push(Fault::at(&self.totals.file, place, format!("has no column `{column}`")).with_help(help));
    }

    fn hold(&mut self, files: &[Delivered]) {
        let lines = self.lines();
        let Some(first) = lines.first() else {
            return self.fault(1, "found no totals, expected a line of names and a line of totals".into());
        };
        if !first.fields.contains_key("file") {
            if lines.len() > 1 {
                self.fault(lines[1].number, "found a second line of totals, expected a column `file`".into());
            }
            let all: Vec<&Delivered> = files.iter().collect();
            return self.compare(&lines[0], &all, "the delivery");
        }
        let mut listed = BTreeSet::new();
        for line in &lines {
            let name = line.fields.get("file").copied().unwrap_or_default();
            match meant(name, files)[..] {
                [] => self.fault(line.number, format!("lists `{name}`, which was not delivered")),
                [file] => {
                    listed.insert(&file.source.name);
                    self.compare(line, &[file], &file.source.name);
                }
                [first, second, ..] => {
                    let both = format!("{} and {}", first.source.name, second.source.name);
                    self.fault(line.number, format!("lists `{name}`, which may be {both}, expected its path"));
                }
            }
        }
        for file in files.iter().filter(|file| file.was_hashed && !listed.contains(&file.source.name)) {
            self.fault(1, format!("does not list {}, which was delivered", file.source.name));
        }
    }

    fn lines(&self) -> Vec<Line<'a>> {
        let cells = |line: &'a str| line.split(',').map(|cell| cell.trim().trim_matches('"'));
        let mut lines = self.text.trim_start_matches('\u{feff}').lines().enumerate();
        let Some((_, names)) = lines.next() else { return Vec::new() };
        let names: Vec<&str> = cells(names).collect();
        lines
            .filter(|(_, line)| !line.trim().is_empty())
            .map(|(number, line)| Line { number: number + 1, fields: names.iter().copied().zip(cells(line)).collect() })
            .collect()
    }

    fn compare(&mut self, line: &Line<'_>, files: &[&Delivered], what: &str) {
        let rows: u64 = files.iter().map(|file| file.landed.batch.rows_read).sum();
        match line.fields.get("rows").map(|rows| rows.parse::<u64>()) {
            Some(Ok(said)) if said == rows => {}
            Some(Ok(said)) => self.fault(line.number, format!("says {said} rows of {what}, found {rows}")),
            Some(Err(_)) => self.fault(line.number, format!("`rows` is `{}`, expected a number", line.fields["rows"])),
            None => self.lacks("rows"),
        }
        for name in &self.totals.sums {
            let scale = self.extract.contract.column(name).map_or(0, |column| scale_of(&column.data_type));
            let Some(said) = line.fields.get(name.as_str()) else {
                self.lacks(name);
                continue;
            };
            let found = files.iter().try_fold(0_i128, |sum, file| {
                let of_file = file.landed.batch.sums.get(name)?.parse::<i128>().ok()?;
                sum.checked_add(of_file)
            });
            match (decimal(said.as_bytes(), 38, scale), found) {
                (Ok(said), Some(found)) if said == found => {}
                (Ok(_), Some(found)) => {
                    let found = shown(found, scale);
                    self.fault(line.number, format!("says the sum of `{name}` of {what} is {said}, found {found}"));
                }
                (Ok(_), None) => self.fault(line.number, format!("the sum of `{name}` is beyond what can be summed")),
                (Err(why), _) => {
                    self.fault(line.number, format!("the sum of `{name}` is `{said}`{why}, expected a number"));
                }
            }
        }
    }
}

/// The file of that path, or else those of that name, in whatever folder.
fn meant<'f>(name: &str, files: &'f [Delivered]) -> Vec<&'f Delivered> {
    let of_path = files.iter().find(|file| file.source.name == name);
    let of_name = || files.iter().filter(|file| file.source.name.rsplit('/').next() == Some(name)).collect();
    of_path.map_or_else(of_name, |file| vec![file])
}

fn scale_of(data_type: &arrow::datatypes::DataType) -> usize {
    match data_type {
        arrow::datatypes::DataType::Decimal128(_, scale) => usize::try_from(*scale).unwrap_or(0),
        _ => 0,
    }
}

/// A number without its point, with its point.
fn shown(number: i128, scale: usize) -> String {
    if scale == 0 {
        return number.to_string();
    }
    let digits = format!("{:0width$}", number.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    format!("{}{whole}.{fraction}", if number < 0 { "-" } else { "" })
}
