//! Random histories of a product's stock: receipts, issues, transfers, counts, returns, repackings, revaluations, with
//! batches and without, of the same time, in any order.

use crate::aging_reference::{MINUTES_OF_A_DAY, StockLine};
use crate::numbers::Numbers;

/// How wild a history is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Receipts and issues that never take more than is there: what the closed form is made for.
    Plain,
    Wild,
}

const DAYS: usize = 40;
const LOCATIONS: [&str; 3] = ["L1", "L2", "L3"];
const BATCHES: [&str; 2] = ["B1", "B2"];

/// The lines of one history. Movement ids begin with its name.
pub fn history(numbers: &mut Numbers, name: &str, kind: Kind) -> Vec<StockLine> {
    let count = 1 + numbers.below(24);
    let has_batches = numbers.one_in(3);
    let has_values = !numbers.one_in(4);
    let location_count = 1 + numbers.below(LOCATIONS.len());
    let mut lines: Vec<StockLine> = Vec::new();
    for movement in 0..count {
        let mut line = StockLine {
            moved_at: moment(numbers),
            created_at: (!numbers.one_in(3)).then(|| moment(numbers)),
            movement_id: format!("{name}-{}", numbers.below(1000) * 100 + movement),
            line_id: (1 + numbers.below(2)).to_string(),
            location: LOCATIONS[numbers.below(location_count)].to_string(),
            batch: None,
            quantity: 0,
            value: None,
            kind: "receipt",
            document: None,
            linked: None,
        };
        if has_batches && (kind == Kind::Plain || !numbers.one_in(4)) {
            line.batch = Some((*numbers.pick(&BATCHES)).to_string());
        }
        match kind {
            Kind::Plain => plain(numbers, &mut line, &lines),
            Kind::Wild => wild(numbers, &mut line, &lines),
        }
        if line.quantity != 0 && has_values && !numbers.one_in(30) {
            line.value = Some(line.quantity * i64::try_from(numbers.below(40_000)).unwrap() + 1);
        }
        if line.quantity != 0 || line.value.is_some() {
            lines.push(line);
        }
    }
    lines
}

/// One of a few moments of a day, so that many are the same.
fn moment(numbers: &mut Numbers) -> i64 {
    i64::try_from(numbers.below(DAYS)).unwrap() * MINUTES_OF_A_DAY + *numbers.pick(&[0, 0, 600, 601, 1439])
}

fn small(numbers: &mut Numbers) -> i64 {
    1 + i64::try_from(numbers.below(9)).unwrap()
}

fn plain(numbers: &mut Numbers, line: &mut StockLine, lines: &[StockLine]) {
    let has_opening = lines.iter().any(|one| one.kind == "opening");
    line.kind = match numbers.below(12) {
        0 if !has_opening => "opening",
        1 | 2 => "return",
        _ => "receipt",
    };
    line.quantity = small(numbers);
    if numbers.one_in(2) {
        let of_place = lines.iter().filter(|one| (&one.location, &one.batch) == (&line.location, &line.batch));
        let least = lowest_from(of_place.cloned().collect(), line.moved_at);
        if least > 0 {
            line.kind = if numbers.one_in(6) { "scrap" } else { "issue" };
            line.quantity = -(small(numbers).min(least));
        }
    }
    if line.kind == "opening" {
        line.moved_at = 0;
    }
}

/// The smallest balance at the end of this moment and of all later ones.
fn lowest_from(mut lines: Vec<StockLine>, moment: i64) -> i64 {
    lines.sort_by_key(|line| line.moved_at);
    let moments = lines.iter().map(|line| line.moved_at).filter(|one| *one >= moment).chain([moment]);
    let balance = |until: i64| lines.iter().filter(|one| one.moved_at <= until).map(|one| one.quantity).sum::<i64>();
    moments.map(balance).min().unwrap_or(0)
}

fn wild(numbers: &mut Numbers, line: &mut StockLine, lines: &[StockLine]) {
    (line.kind, line.quantity) = match numbers.below(16) {
        0..=3 => ("receipt", small(numbers)),
        4..=7 => ("issue", -small(numbers)),
        8 | 9 => ("transfer_out", -small(numbers)),
        10 | 11 => ("transfer_in", small(numbers)),
        12 => ("count", small(numbers) - 5),
        13 => ("return", small(numbers)),
        14 => ("scrap", -small(numbers)),
        _ => ("revaluation", 0),
    };
    if numbers.one_in(40) {
        line.quantity = -line.quantity;
    }
    if line.kind == "revaluation" {
        line.value = Some(i64::try_from(numbers.below(400)).unwrap() * 777 - 100_000);
    }
    if ["receipt", "issue", "return"].contains(&line.kind) && numbers.one_in(3) {
        line.document = Some(format!("D{}", numbers.below(3)));
    }
    if line.kind == "transfer_in" && !numbers.one_in(6) {
        let sent: Vec<&StockLine> = lines.iter().filter(|one| one.kind == "transfer_out").collect();
        if !sent.is_empty() {
            let sent = numbers.pick(&sent);
            line.linked = Some((sent.movement_id.clone(), sent.line_id.clone()));
            if numbers.one_in(3) {
                line.moved_at = sent.moved_at;
            }
        }
    }
}
