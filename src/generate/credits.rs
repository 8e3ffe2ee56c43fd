//! Credits: invoice lines of which a colleague gets a share.

use crate::generate::chance::Chance;
use crate::generate::company::Company;
use crate::generate::days::Day;
use crate::generate::files::{Extract, Output};
use crate::generate::orders::OrderLine;

/// Of 1000 order lines so many are credited to two people.
const SHARED: u64 = 50;

/// Thousandths of a line for the one who sold it and for a colleague.
pub type Shares = (i64, i64);

/// What is agreed of a line before it is shipped.
pub fn shares(chance: &mut Chance) -> Option<Shares> {
    let is_shared = chance.happens(SHARED);
    let shares = if chance.happens(800) { (700, 300) } else { (500, 500) };
    is_shared.then_some(shares)
}

/// Two lines of a story that do not add up: one lacks a tenth, one has a tenth too much.
pub const TOO_LITTLE: Shares = (600, 300);
pub const TOO_MUCH: Shares = (700, 400);

/// Which patch's people help those of each. Online shops' people help nobody: a share of what chains buy would be more
/// than all that they sell.
const HELPER: [usize; 4] = [1, 2, 1, 0];

/// The credits of an invoice or a credit note for a line.
pub fn write(company: &Company, line: &OrderLine, invoice: &str, day: Day, output: &mut Output) {
    let Some((own, other)) = line.credit else {
        return;
    };
    let (patch, place) = company.seat(line.customer);
    let helper = &company.people.opposite(patch, place, HELPER[patch]).id;
    for (salesperson, share) in [(&company.people.of_patch(patch)[place].id, own), (helper, other)] {
        let mut row = output.row_in(Extract::SalesCredits, company.time.export(day));
        row.text(invoice).whole(line.line).text(salesperson).decimal(share / 10, 2).end();
    }
}
