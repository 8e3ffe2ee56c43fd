//! What will be there at the end of each period, what of it may still be promised, and how long it lasts.
//!
//! **Balance**: opening + supply - demand = closing, which opens the next period; the first opens with what there is to
//! start with.
//!
//! **Available to promise**, discrete, as APICS defines it: of each period the supply that may be promised, in the first
//! also what there is to start with, less the orders that are due until the next supply. A period whose orders are more
//! than its supply takes what it lacks from the period before, and that from the one before it; only the first may be left
//! with less than nothing. Up to each period they sum to the least that supply has over orders from it on.
//!
//! **Cover**: the days for which the closing balance lasts if nothing comes any more; of the period in which it ends, the
//! part in proportion. Where all demand that is known ends before it, the cover is open-ended, and its days are those to
//! the end of the last period.

use super::columns::{Found, Period};

/// One day, or one unit, in ten-thousandths.
const ONE: i128 = 10_000;

/// `None` where a quantity grows out of its type.
pub fn project(periods: &[Period]) -> Option<Vec<Found>> {
    let to_promise = available_to_promise(periods)?;
    let mut opening = periods.iter().try_fold(0_i128, |sum, period| sum.checked_add(period.quantities[0]))?;
    let mut promised = 0_i128;
    let mut found = Vec::with_capacity(periods.len());
    for (place, (period, to_promise)) in periods.iter().zip(to_promise).enumerate() {
        let [_, supply, demand, ..] = period.quantities;
        let closing = opening.checked_add(supply)?.checked_sub(demand)?;
        promised = promised.checked_add(to_promise)?;
        let (days, is_open_ended) = cover(closing, &periods[place + 1..])?;
        found.push(Found {
            number: period.number,
            quantities: [opening, closing, to_promise, promised, days],
            is_open_ended,
        });
        opening = closing;
    }
    Some(found)
}

fn available_to_promise(periods: &[Period]) -> Option<Vec<i128>> {
    let mut available = vec![0; periods.len()];
    let mut lacking = 0_i128;
    for (place, period) in periods.iter().enumerate().rev() {
        let [_, _, _, promisable, orders] = period.quantities;
        let own = promisable.checked_sub(orders)?.checked_add(lacking)?;
        (available[place], lacking) = (own.max(0), own.min(0));
    }
    // The first has what there is to start with, and keeps what nothing before it can give.
    if let Some(first) = available.first_mut() {
        let start = periods.iter().try_fold(0_i128, |sum, period| sum.checked_add(period.quantities[0]))?;
        *first = first.checked_add(lacking)?.checked_add(start)?;
    }
    Some(available)
}

/// For how many ten-thousandths of a day a balance lasts, and whether demand ends before it.
fn cover(balance: i128, periods: &[Period]) -> Option<(i128, bool)> {
    let (mut rest, mut days) = (balance, 0_i128);
    for period in periods {
        if rest <= 0 {
            break;
        }
        let length = i128::from(period.days).checked_mul(ONE)?;
        let demand = period.quantities[2];
        if demand > rest {
            // Rounded half up.
            return Some((days.checked_add(length.checked_mul(rest)?.checked_add(demand / 2)? / demand)?, false));
        }
        rest -= demand.max(0);
        days = days.checked_add(length)?;
    }
    Some((days, rest > 0))
}
