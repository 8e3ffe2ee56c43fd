//! Rows that senders get wrong: damaged twins of good rows, so that what is refused is missing nowhere.

use chrono::Datelike;

use crate::generate::days::{Month, Time, date_of, day_of};
use crate::generate::files::{Extract, FileKey};

/// What is wrong with a row; columns count from 0.
#[derive(Debug, Clone, Copy)]
enum Damage {
    /// A day that no month has.
    NoSuchDay(usize),
    /// A text where a number stands.
    Text(usize),
    /// A number below 0 that cannot be.
    Negative(usize),
    /// Nothing where something has to be.
    Missing(usize),
    /// A comma for a decimal point, which makes one field too many.
    DecimalComma(usize),
    /// A word that is not in the list.
    UnknownWord(usize),
}

/// The damaged rows of a file.
fn damages(time: &Time, (extract, day): FileKey) -> Vec<Damage> {
    let month = Month::of(day.max(time.first_day()));
    let months_ago = time.open.0 - month.0;
    match extract {
        Extract::Capacity if month == time.open => vec![Damage::NoSuchDay(1)],
        Extract::ProductionOrders if day == time.as_of => vec![Damage::Missing(11), Damage::NoSuchDay(8)],
        Extract::ProductionOperations => vec![Damage::Text(7), Damage::Negative(7), Damage::DecimalComma(7)],
        Extract::SalesOrders if months_ago == 3 => vec![Damage::Missing(0)],
        Extract::SalesOrders if months_ago == 8 => vec![Damage::UnknownWord(15)],
        Extract::Sales if months_ago == 5 => vec![Damage::DecimalComma(10)],
        Extract::Shipments if months_ago == 11 => vec![Damage::NoSuchDay(5)],
        Extract::StockMovements if months_ago == 4 => vec![Damage::Text(7)],
        Extract::SalesCredits if months_ago == 7 => vec![Damage::Negative(3)],
        Extract::Opportunities if months_ago == 2 => vec![Damage::NoSuchDay(8)],
        Extract::OpportunityHistory if months_ago == 9 => vec![Damage::Missing(1)],
        Extract::Forecasts if months_ago == 6 => vec![Damage::Negative(10)],
        _ => Vec::new(),
    }
}

/// The first rows of a file with its damaged ones behind them, and how many these are.
pub fn with_bad_rows(time: &Time, key: FileKey, rows: &[u8]) -> (Vec<u8>, u64) {
    let mut text = rows.to_vec();
    let mut count = 0;
    let mut lines = rows.split_inclusive(|byte| *byte == b'\n').filter_map(|line| std::str::from_utf8(line).ok());
    for damage in damages(time, key) {
        // The twin of the first row that has something to damage.
        if let Some(damaged) = lines.find_map(|line| damaged(line.trim_end(), damage)) {
            text.extend_from_slice(damaged.as_bytes());
            text.push(b'\n');
            count += 1;
        }
    }
    (text, count)
}

fn damaged(line: &str, damage: Damage) -> Option<String> {
    let mut fields: Vec<String> = line.split(',').map(str::to_string).collect();
    let (Damage::NoSuchDay(column)
    | Damage::Text(column)
    | Damage::Negative(column)
    | Damage::Missing(column)
    | Damage::DecimalComma(column)
    | Damage::UnknownWord(column)) = damage;
    let field = fields.get_mut(column).filter(|field| !field.is_empty())?;
    *field = match damage {
        Damage::NoSuchDay(_) => format!("{}-31", no_long_month(field)?),
        Damage::Text(_) => "n/a".to_string(),
        Damage::Negative(_) => format!("-{field}"),
        Damage::Missing(_) => String::new(),
        Damage::DecimalComma(_) => field.contains('.').then(|| field.replace('.', ","))?,
        Damage::UnknownWord(_) => "open".to_string(),
    };
    Some(fields.join(","))
}

/// The month of a date, or the next one, that has no 31st.
fn no_long_month(date: &str) -> Option<String> {
    let date: chrono::NaiveDate = date.parse().ok()?;
    let month = Month::of(day_of(date));
    let short = (0..3).map(|months| month.plus(months)).find(|month| date_of(month.last_day()).day() < 31)?;
    Some(date_of(short.first_day()).format("%Y-%m").to_string())
}
