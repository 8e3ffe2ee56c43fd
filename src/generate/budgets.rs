//! The budget: what finance expects of each family and region in each month, made once a year.

use crate::generate::chance::Chance;
use crate::generate::company::Company;
use crate::generate::days::{Day, Month};
use crate::generate::families::FAMILIES;
use crate::generate::files::{Extract, Output};
use crate::generate::market::{GROUPS, REGIONS};

/// Months of a budget, and of them those that lie behind it in the newest.
const MONTHS: i32 = 12;
const MONTHS_BEHIND: i32 = 6;
/// Days before its first month on which a budget is made.
const MADE_BEFORE: i32 = 19;
const HOUR: i64 = 3600;

/// A version: the day of its snapshot, its number, when it was known, its first month, and how it was corrected.
type Version = (Day, &'static str, Day, Month, i64);

/// A year ago two versions were made, of which the second took a fiftieth off; now there is one.
fn versions(company: &Company) -> [Version; 3] {
    let time = &company.time;
    let year_ago = time.open.plus(-MONTHS);
    let (before, now) = (year_ago.first_day() - MADE_BEFORE, (time.open.first_day() - MADE_BEFORE).min(time.as_of));
    [
        (before, "1", before, year_ago, 1000),
        (before, "2", before + 3, year_ago, 980),
        (now, "1", now, time.open.plus(-MONTHS_BEHIND), 1000),
    ]
}

/// Every version of the budget.
pub fn write(company: &Company, output: &mut Output) {
    let versions = versions(company);
    for (place, family) in FAMILIES.iter().enumerate() {
        for version in &versions {
            let (snapshot, number, known, first, correction) = *version;
            let mut chance = Chance::of(company.seed, "budgets", place);
            let strays: [i64; REGIONS.len()] = std::array::from_fn(|_| chance.between(970, 1060));
            for month in (first.0..first.0 + MONTHS).map(Month) {
                let (quantity, amount) = expected(company, place, month);
                let units = quantity * family.planning_factor / 10;
                for (region, stray) in REGIONS.iter().zip(strays).filter(|_| units > 0) {
                    let part = |whole: i64| whole / 1000 * region.share / 1000 * stray / 1000 * correction / 1000;
                    let time = &company.time;
                    let mut row = output.row_in(Extract::Budgets, snapshot);
                    row.day(time, snapshot).text(number).text(family.name).text(region.name);
                    row.day(time, month.first_day()).day(time, month.plus(1).first_day());
                    // Thousandths of a planning unit, and of a hundredth of EUR: by units and by tens of EUR.
                    row.whole((part(units * 1000) + 500) / 1000).money((part(amount) + 500) / 1000 * 1000).text("EUR");
                    row.moment(time, known, 9 * HOUR).text("approved").end();
                }
            }
        }
    }
}

/// What is expected of a family in a month: thousandths of the stock unit, and of a hundredth of EUR. Of the campaign
/// nobody knew.
fn expected(company: &Company, family: usize, month: Month) -> (i64, i64) {
    let mut sums = (0, 0);
    for product in company.products.iter().filter(|product| product.model.family == family) {
        let promotion = product.promotion(month);
        for (group, facts) in GROUPS.iter().enumerate() {
            let demand = product.ordinary_demand(month, group) * promotion / 1000;
            let price = product.price_in(month) * (1000 - facts.discount) / 1000;
            let price = price * if promotion > 1000 { 85 } else { 100 } / 100;
            sums.0 += demand;
            sums.1 += demand * price;
        }
    }
    sums
}
