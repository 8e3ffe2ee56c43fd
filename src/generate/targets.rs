//! Targets: of salespeople by quarter and group of products, of territories by year, as they were set each year.

use std::collections::BTreeMap;

use crate::generate::books::{Books, Invoiced, MIXED, PRODUCT_GROUPS, Quarter, first_month, quarter_of};
use crate::generate::chance::Chance;
use crate::generate::company::Company;
use crate::generate::days::Day;
use crate::generate::files::{Extract, Output};
use crate::generate::people::{CZERNYS, DREIERS, ENGELS, PATCHES};
use crate::generate::territories::{self, Territory};

/// What is to be reached, in thousandths of what was sold a year before, and online, where sales grow slowly.
const USUAL: i64 = 1050;
const ONLINE: i64 = 980;
/// As much as that, for the one who is to make up for everybody, and for the one whose market was taken for small.
const TOO_HIGH: i64 = 1500;
const LOW: i64 = 980;
/// What leaders promise, in thousandths of the sum of their people's targets: less, since some will miss theirs.
const OF_A_LEADER: i64 = 970;
const OF_THE_HEAD: i64 = 950;
/// A draft for the year to come that nobody has approved.
const DRAFT: i64 = 1100;
/// Days before a year of targets on which they are set.
const SET_BEFORE: i32 = 12;
const HOUR: i64 = 3600;

/// Amounts by quarter and group of products, from the first quarter on.
type Sums = BTreeMap<(Quarter, usize), Invoiced>;

/// Whose targets these are: salespeople by patch and place, and territories.
#[derive(Debug, Default)]
struct LastYears {
    people: BTreeMap<(usize, usize), Sums>,
    territories: BTreeMap<Territory, Sums>,
}

impl LastYears {
    fn new(company: &Company, books: &Books) -> LastYears {
        let mut sums = LastYears::default();
        let mut invoiced = books.invoiced.iter().peekable();
        for customer in company.customers() {
            let (seat, territory) = (company.seat(customer), territories::of_customer(company, customer));
            while let Some(((_, quarter, group), sum)) =
                invoiced.next_if(|((number, ..), _)| *number == customer.number)
            {
                add(sums.people.entry(seat).or_default(), (*quarter, *group), *sum);
                if let Some(territory) = territory {
                    add(sums.territories.entry(territory).or_default(), (*quarter, *group), *sum);
                }
            }
        }
        sums
    }
}

fn add(sums: &mut Sums, key: (Quarter, usize), more: Invoiced) {
    let sum = sums.entry(key).or_default();
    sum.amount += more.amount;
    sum.quantity += more.quantity;
}

/// A snapshot's version: when it was set and known, what it says of the story's person, and of all.
#[derive(Debug, Clone, Copy)]
struct Version {
    snapshot: Day,
    number: &'static str,
    known: Day,
    is_approved: bool,
    of_dreier: i64,
    factor: i64,
    /// The quarters that it is about: the first, and how many.
    quarters: (Quarter, i32),
}

/// A year before the open quarter targets were set for a year, and corrected a week later; now they are for the next.
fn versions(company: &Company) -> [Version; 4] {
    let open = quarter_of(company.time.open);
    let set = |quarter: Quarter| (first_month(quarter).first_day() - SET_BEFORE).min(company.time.as_of);
    let version = |snapshot: Day, number: &'static str, days: i32, quarters: (Quarter, i32)| Version {
        snapshot,
        number,
        known: (snapshot + days).min(company.time.as_of),
        is_approved: true,
        of_dreier: TOO_HIGH,
        factor: 1000,
        quarters,
    };
    let (last_year, this_year) = (set(open - 4), set(open));
    let draft = version(this_year, "2", 7, (open, 4));
    [
        Version { of_dreier: USUAL, ..version(last_year, "1", 1, (open - 4, 4)) },
        version(last_year, "2", 8, (open - 4, 4)),
        // The newest list has the year that ends as well.
        version(this_year, "1", 1, (open - 4, 8)),
        Version { is_approved: false, factor: DRAFT, ..draft },
    ]
}

/// Every version of the targets.
pub fn write(company: &Company, books: &Books, output: &mut Output) {
    let sums = LastYears::new(company, books);
    for version in versions(company) {
        let (first, count) = version.quarters;
        // Of a quarter whose year before lies before the history nothing is known.
        let quarters: Vec<Quarter> =
            (first..first + count).filter(|quarter| first_month(quarter - 4) >= company.time.first).collect();
        for quarter in &quarters {
            for group in 0..PRODUCT_GROUPS.len() {
                write_people(company, &sums, version, (*quarter, group), output);
            }
        }
        for year in quarters.chunks_exact(4) {
            write_territories(company, &sums, version, year, output);
        }
    }
}

/// The targets of everybody who sells, of their leaders, and of the head of sales.
fn write_people(
    company: &Company,
    sums: &LastYears,
    version: Version,
    (quarter, group): (Quarter, usize),
    output: &mut Output,
) {
    let mut of_all = Invoiced::default();
    for patch in 0..PATCHES {
        let mut of_patch = Invoiced::default();
        for (place, person) in company.people.of_patch(patch).iter().enumerate() {
            let mut chance = Chance::of(company.seed, "targets", patch * 100_000 + place);
            let usual = if patch == ENGELS { ONLINE } else { USUAL } + chance.between(-20, 20);
            let factor = match (patch, place) {
                (DREIERS, 0) => version.of_dreier,
                (CZERNYS, 0) => LOW,
                _ => usual,
            };
            let last_year = sums.people.get(&(patch, place)).and_then(|sums| sums.get(&(quarter - 4, group)));
            let target = scaled(last_year.copied().unwrap_or_default(), factor * version.factor / 1000);
            add_to(&mut of_patch, target);
            write_target(company, version, ("salesperson", &person.id, group), quarter, target, output);
        }
        if let Some(leader) = company.people.leader(patch) {
            let target = scaled(of_patch, OF_A_LEADER);
            write_target(company, version, ("salesperson", &leader, group), quarter, target, output);
        }
        add_to(&mut of_all, of_patch);
    }
    write_target(company, version, ("salesperson", "S00", group), quarter, scaled(of_all, OF_THE_HEAD), output);
}

fn add_to(sum: &mut Invoiced, more: Invoiced) {
    sum.amount += more.amount;
    sum.quantity += more.quantity;
}

/// By hundreds of EUR, and by whole units.
fn scaled(last_year: Invoiced, factor: i64) -> Invoiced {
    let amount = last_year.amount * factor / 1000;
    Invoiced { amount: (amount + 5_000) / 10_000 * 10_000, quantity: last_year.quantity * factor / 10_000 * 10 }
}

/// The targets of territories, over all products, and of their parents.
fn write_territories(company: &Company, sums: &LastYears, version: Version, year: &[Quarter], output: &mut Output) {
    let mut parents: BTreeMap<&str, i64> = BTreeMap::new();
    let mut write = |id: &str, amount: i64| {
        let period = (year[0], year.len());
        write_row(company, version, ("territory", id, "(all)"), period, Invoiced { amount, quantity: 0 }, output);
    };
    for (territory, id, parent) in territories::all(company) {
        let sums = sums.territories.get(&territory).into_iter().flatten();
        let of_year = sums.filter(|((quarter, _), _)| year.contains(&(quarter + 4)));
        let last_year = Invoiced { amount: of_year.map(|(_, sum)| sum.amount).sum(), quantity: 0 };
        let target = scaled(last_year, USUAL * version.factor / 1000).amount;
        *parents.entry(parent).or_default() += target;
        write(&id, target);
    }
    for (parent, amount) in parents {
        write(parent, scaled(Invoiced { amount, quantity: 0 }, OF_A_LEADER).amount);
    }
}

fn write_target(
    company: &Company,
    version: Version,
    (kind, id, group): (&str, &str, usize),
    quarter: Quarter,
    target: Invoiced,
    output: &mut Output,
) {
    let quantity = if group == MIXED { 0 } else { target.quantity };
    let target = Invoiced { quantity, ..target };
    write_row(company, version, (kind, id, PRODUCT_GROUPS[group]), (quarter, 1), target, output);
}

fn write_row(
    company: &Company,
    version: Version,
    (kind, id, group): (&str, &str, &str),
    (first, quarters): (Quarter, usize),
    target: Invoiced,
    output: &mut Output,
) {
    let time = &company.time;
    let end = first_month(first + i32::try_from(quarters).unwrap_or(1)).first_day();
    let mut row = output.row_in(Extract::SalesTargets, version.snapshot);
    row.day(time, version.snapshot).text(version.number).text(kind).text(id).text(group);
    row.day(time, first_month(first).first_day()).day(time, end);
    row.whole_if((target.quantity > 0).then_some(target.quantity / 10)).money(target.amount).text("EUR");
    row.moment(time, version.known, 13 * HOUR).text(if version.is_approved { "approved" } else { "draft" }).end();
}
