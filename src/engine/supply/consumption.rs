//! Orders are a part of what was forecast, and take it: first that of their own period, and what of them is left that of
//! the periods before, the nearest first, then that of the periods after.
//!
//! All periods give to their own orders before any gives to others. What is left of these then goes from the first period
//! to the last. How far an order looks is counted in numbers of periods, those without a row among them.

use super::columns::{Found, Period};

const FORECAST: usize = 0;
const ORDERS: usize = 1;

/// What is left of each period's forecast and of its orders; `None` where a quantity grows out of its type.
pub fn consume(periods: &[Period], back: i64, ahead: i64) -> Option<Vec<Found>> {
    // Less than nothing is neither forecast nor ordered.
    let mut forecasts: Vec<i128> = periods.iter().map(|period| period.quantities[FORECAST].max(0)).collect();
    let mut orders: Vec<i128> = periods.iter().map(|period| period.quantities[ORDERS].max(0)).collect();
    for (forecast, order) in forecasts.iter_mut().zip(&mut orders) {
        take(forecast, order);
    }
    for place in 0..periods.len() {
        let number = periods[place].number;
        let before = (0..place).rev().take_while(|other| number.saturating_sub(periods[*other].number) <= back);
        let after =
            (place + 1..periods.len()).take_while(|other| periods[*other].number.saturating_sub(number) <= ahead);
        for other in before.chain(after) {
            if orders[place] == 0 {
                break;
            }
            take(&mut forecasts[other], &mut orders[place]);
        }
    }
    let found = |((period, forecast), order): ((&Period, &i128), &i128)| {
        let [given, ordered, ..] = period.quantities;
        let consumed = given.max(0).checked_sub(*forecast)?;
        let net = given.checked_sub(consumed)?;
        Some(Found { number: period.number, quantities: [given, ordered, consumed, net, *order], is_open_ended: false })
    };
    periods.iter().zip(&forecasts).zip(&orders).map(found).collect()
}

fn take(forecast: &mut i128, order: &mut i128) {
    let taken = (*forecast).min(*order);
    *forecast -= taken;
    *order -= taken;
}
