//! Commissions: the plans by which people are paid, and who is paid by which.

use crate::generate::books::{Books, quarter_of};
use crate::generate::company::Company;
use crate::generate::days::{Day, Month};
use crate::generate::files::{Extract, Output};
use crate::generate::people::{self, PATCHES};

/// A version of a plan; its tiers are told in hundredths of what a person of the patch usually sells in its period.
#[derive(Debug)]
struct Plan {
    id: &'static str,
    version: &'static str,
    patch: usize,
    is_new: bool,
    method: &'static str,
    base: &'static str,
    period: &'static str,
    /// From which hundredth on, and the rate in ten thousandths.
    tiers: &'static [(i64, i64)],
}

const PLANS: [Plan; 5] = [
    Plan {
        id: "CP-CHAINS",
        version: "1",
        patch: 0,
        is_new: false,
        method: "whole_amount",
        base: "revenue",
        period: "quarter",
        tiers: &[(0, 40), (90, 60), (110, 80)],
    },
    Plan {
        id: "CP-GARDEN",
        version: "1",
        patch: 1,
        is_new: false,
        method: "marginal",
        base: "margin",
        period: "quarter",
        tiers: &[(0, 300), (80, 500), (110, 800)],
    },
    Plan {
        id: "CP-GARDEN",
        version: "2",
        patch: 1,
        is_new: true,
        method: "marginal",
        base: "margin",
        period: "quarter",
        tiers: &[(0, 250), (90, 500), (115, 900)],
    },
    Plan {
        id: "CP-ONLINE",
        version: "1",
        patch: 3,
        is_new: false,
        method: "flat",
        base: "revenue",
        period: "month",
        tiers: &[(0, 200)],
    },
    Plan {
        id: "CP-ONLINE-GROWTH",
        version: "1",
        patch: 3,
        is_new: true,
        method: "marginal",
        base: "revenue",
        period: "year",
        tiers: &[(0, 150), (75, 300), (105, 450)],
    },
];

/// Hundredths of revenue that are margin.
const MARGIN: i64 = 45;

/// The plans, with tiers that fit what is usually sold, and who is paid by which.
pub fn write(company: &Company, books: &Books, output: &mut Output) {
    let time = &company.time;
    let (began, january) = (time.first.plus(-6).first_day(), Month(time.open.year() * 12).first_day());
    let usual = usual_quarters(company, books);
    for plan in &PLANS {
        let quarters = if plan.period == "year" { 4 } else { 1 };
        let usual = usual[plan.patch] * quarters * if plan.base == "margin" { MARGIN } else { 100 } / 100;
        // By thousands of EUR, or by tens in the smallest companies.
        let step = if usual > 2_000_000 { 100_000 } else { 1_000 };
        let bound = |hundredths: i64| usual * hundredths / 100 / step * step;
        for (place, (from, rate)) in plan.tiers.iter().enumerate() {
            let mut row = output.row(Extract::CommissionPlans);
            row.text(plan.id).text(plan.version).whole(i64::try_from(place + 1).unwrap_or(0));
            row.day(time, if plan.is_new { january } else { began }).money(bound(*from));
            match plan.tiers.get(place + 1) {
                Some((until, _)) => row.money(bound(*until)),
                None => row.blank(),
            };
            row.text("EUR").decimal(*rate, 4).text(plan.method).text(plan.base).text(plan.period).end();
        }
    }
    for patch in 0..PATCHES {
        for person in company.people.of_patch(patch) {
            let mut write = |plan: &str, from: Day, until: Option<Day>| {
                let mut row = output.row(Extract::CommissionPlanAssignments);
                row.text(&person.id).text(plan).day(time, from).day_if(time, until).end();
            };
            match patch {
                0 => write("CP-CHAINS", began, None),
                1 | 2 => write("CP-GARDEN", began, None),
                _ => {
                    write("CP-ONLINE", began, Some(january));
                    write("CP-ONLINE-GROWTH", january, None);
                }
            }
        }
    }
}

/// What a person of each patch invoiced in one of the last four quarters, in hundredths of EUR.
fn usual_quarters(company: &Company, books: &Books) -> [i64; PATCHES] {
    let open = quarter_of(company.time.open);
    let mut by_customer = books.invoiced.iter().peekable();
    let mut sums = [0; PATCHES];
    for customer in company.customers() {
        let patch = people::patch_of(customer.group, customer.region);
        while let Some(((_, quarter, _), sum)) = by_customer.next_if(|((number, ..), _)| *number == customer.number) {
            if (open - 4..open).contains(quarter) {
                sums[patch] += sum.amount;
            }
        }
    }
    std::array::from_fn(|patch| sums[patch] / 4 / i64::try_from(company.people.of_patch(patch).len()).unwrap_or(1))
}
