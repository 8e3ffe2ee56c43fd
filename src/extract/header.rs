//! A header held against the contract: which column stands where in the file.

use crate::contract::{Contract, Drift};
use crate::extract::text::places::without_text;
use crate::fault::{Fault, Place, nearest};

/// The names of a file's columns, and where they stand.
#[derive(Debug)]
pub(super) struct Header {
    /// The physical line, from 1.
    pub line: u64,
    pub text: String,
    pub names: Vec<HeaderName>,
}

#[derive(Debug)]
pub(super) struct HeaderName {
    pub name: String,
    /// In characters of the line, from 1.
    pub column: usize,
    pub width: usize,
}

/// Where the contract's columns stand in a file.
#[derive(Debug)]
pub(super) struct Layout {
    /// How many fields a record of the file has.
    pub fields: usize,
    /// For each column of the contract its field, from 0.
    pub field_of_column: Vec<usize>,
}

/// The layout of a file without a header: the contract's columns in their order.
pub(super) fn by_position(contract: &Contract) -> Layout {
    Layout { fields: contract.columns.len(), field_of_column: (0..contract.columns.len()).collect() }
}

/// The layout that a header tells. Columns are found by their exact name, wherever they stand.
///
/// # Errors
/// Every column that is missing, double or (where drift stops) not in the contract.
pub(super) fn by_name(file: &str, header: &Header, contract: &Contract) -> Result<Layout, Vec<Fault>> {
    let Header { line, text, names } = header;
    let line = *line;
    let may_show = !contract.columns.iter().any(|column| column.is_personal);
    if text.trim().is_empty() {
        let at =
            Place { line: usize::try_from(line).unwrap_or(usize::MAX), column: 1, width: 1, line_text: String::new() };
        let fault = Fault::at(file, at, "the first line is empty, expected the header");
        return Err(vec![fault.with_help("have the file written without it, or leave it out with `skip_lines`")]);
    }
    let place = |name: &HeaderName| Place {
        line: usize::try_from(line).unwrap_or(usize::MAX),
        column: name.column,
        width: name.width.max(1),
        line_text: text.lines().next().unwrap_or_default().to_string(),
    };
    let missing: Vec<&str> = contract
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .filter(|wanted| !names.iter().any(|name| name.name == *wanted))
        .collect();
    let is_near = may_show && missing.iter().any(|name| near_to(name, names).is_some());
    if missing.len() == contract.columns.len() && !is_near {
        return Err(vec![no_header(file, line, text, contract)]);
    }
    let mut faults = Vec::new();
    let mut meant = Vec::new();
    for (position, name) in names.iter().enumerate() {
        // A spreadsheet leaves columns behind that have no name.
        if name.name.is_empty() && contract.drift == Drift::IgnoreExtra {
            continue;
        }
        if names[..position].iter().any(|earlier| earlier.name == name.name) {
            faults.push(Fault::at(file, place(name), format!("found column `{}` twice, expected it once", name.name)));
        } else if contract.column(&name.name).is_none() {
            let near = nearest(&name.name, missing.iter().copied());
            match near {
                Some(near) => {
                    meant.push(near);
                    let message = format!("found column `{}`, expected `{near}`", name.name);
                    faults.push(
                        Fault::at(file, place(name), message).with_help("rename it in the file, or in the contract"),
                    );
                }
                None if contract.drift == Drift::Stop => {
                    let message =
                        format!("found column `{}`, which contract `{}` does not know", name.name, contract.name);
                    let help = "add it to the contract, or set the contract's drift policy to ignore_extra";
                    faults.push(Fault::at(file, place(name), message).with_help(help));
                }
                None => {}
            }
        }
    }
    let whole_line =
        HeaderName { name: String::new(), column: 1, width: text.lines().next().unwrap_or_default().chars().count() };
    for name in missing.iter().filter(|name| !meant.contains(name)) {
        let found: Vec<&str> = names.iter().map(|name| name.name.as_str()).collect();
        let message = format!("column `{name}` is missing, found {}", found.join(", "));
        faults.push(
            Fault::at(file, place(&whole_line), message)
                .with_help(format!("expected the columns of contract `{}`", contract.name)),
        );
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let field_of_column =
        contract.columns.iter().filter_map(|column| names.iter().position(|name| name.name == column.name)).collect();
    Ok(Layout { fields: names.len(), field_of_column })
}

fn near_to<'a>(wanted: &str, names: &'a [HeaderName]) -> Option<&'a str> {
    nearest(wanted, names.iter().map(|name| name.name.as_str()))
}

/// The first line is none: a record most likely, which may hold personal values.
fn no_header(file: &str, line: u64, text: &str, contract: &Contract) -> Fault {
    let wanted: Vec<&str> = contract.columns.iter().map(|column| column.name.as_str()).collect();
    let shown = text.lines().next().unwrap_or_default();
    let width = shown.chars().count().max(1);
    let line = usize::try_from(line).unwrap_or(usize::MAX);
    let place = Place { line, column: 1, width, line_text: shown.to_string() };
    let is_personal = contract.columns.iter().any(|column| column.is_personal);
    let place = if is_personal { without_text(place) } else { place };
    let message = format!("found none of the contract's columns in the header, expected {}", wanted.join(", "));
    Fault::at(file, place, message).with_help(
        "see whether this is the right file and delimiter; a file without a header needs `csv: {header: false}`",
    )
}
