//! Territories: where and to whom people sell, who works in each, and which customers belong to it.

use crate::generate::company::Company;
use crate::generate::days::Day;
use crate::generate::files::{Extract, Output};
use crate::generate::market::{Customer, REGIONS};
use crate::generate::people::{self, CZERNYS, DREIERS};

/// A part of the market whose territories have one parent; each person of its patch has one of them.
#[derive(Debug)]
struct Leaf {
    id: &'static str,
    name: &'static str,
    parent: usize,
    region: usize,
    patch: usize,
    /// The groups and regions of its customers.
    cells: &'static [(usize, usize)],
}

const fn leaf(
    id: &'static str,
    name: &'static str,
    (parent, region, patch): (usize, usize, usize),
    cells: &'static [(usize, usize)],
) -> Leaf {
    Leaf { id, name, parent, region, patch, cells }
}

/// The territories at the top: their number, name and region.
const PARENTS: [(&str, &str, usize); 2] = [("TN", "North and East", 0), ("TS", "South and Switzerland", 2)];

const LEAVES: [Leaf; 8] = [
    leaf("TN-1", "Chains North", (0, 0, 0), &[(0, 0)]),
    leaf("TN-2", "Chains East", (0, 1, 0), &[(0, 1)]),
    leaf("TN-3", "Garden centres North and East", (0, 0, 1), &[(1, 0), (1, 1)]),
    leaf("TN-4", "Online North and East", (0, 0, 3), &[(2, 0), (2, 1)]),
    leaf("TS-1", "Chains South", (1, 2, 0), &[(0, 2)]),
    leaf("TS-2", "Garden centres South", (1, 2, 2), &[(1, 2)]),
    leaf("TS-3", "Online South", (1, 2, 3), &[(2, 2)]),
    leaf("TS-4", "Switzerland", (1, 3, 2), &[(0, 3), (1, 3), (2, 3)]),
];
/// The one that its people share with those of another patch, and the one that was given to another patch's.
const SHARED: usize = 7;
const HANDED_OVER: usize = 3;
/// Territories are handed over in the middle of a month, so many months before the first open one.
const HANDED_OVER_MONTHS: i32 = -2;

/// A territory that is no parent: its leaf, and its place in it.
pub type Territory = (usize, usize);

/// Customers whose numbers leave these remainders have a story: in no territory, in two at once, moved to another.
const UNASSIGNED: (i64, i64) = (211, 7);
const DOUBLE: (i64, i64) = (223, 9);
const MOVED: (i64, i64) = (29, 13);

fn is_one_of(customer: Customer, (divisor, remainder): (i64, i64)) -> bool {
    customer.number % divisor == remainder
}

/// The territory in which a customer lies by region and group.
fn natural(company: &Company, customer: Customer) -> Territory {
    let cell = (customer.group, customer.region);
    let leaf = LEAVES.iter().position(|leaf| leaf.cells.contains(&cell)).expect("every cell lies in a leaf");
    let (place, count) = company.place_in_cell(customer);
    (leaf, people::place_of(place, count, count_of(company, leaf)))
}

/// As `natural`, none for customers that nobody has assigned.
pub fn of_customer(company: &Company, customer: Customer) -> Option<Territory> {
    (!is_one_of(customer, UNASSIGNED)).then(|| natural(company, customer))
}

/// How many territories a leaf has.
fn count_of(company: &Company, leaf: usize) -> usize {
    company.people.of_patch(LEAVES[leaf].patch).len()
}

/// All territories that are no parents, each with its number and its parent's.
pub fn all(company: &Company) -> Vec<(Territory, String, &'static str)> {
    let leaves = LEAVES.iter().enumerate();
    let places = leaves.flat_map(|(leaf, facts)| (0..count_of(company, leaf)).map(move |place| (leaf, place, facts)));
    places.map(|(leaf, place, facts)| ((leaf, place), id_of(company, (leaf, place)), PARENTS[facts.parent].0)).collect()
}

fn id_of(company: &Company, (leaf, place): Territory) -> String {
    let id = LEAVES[leaf].id;
    if count_of(company, leaf) == 1 { id.to_string() } else { format!("{id}-{:02}", place + 1) }
}

/// Territories, who works in them, and which customers are theirs.
pub fn write(company: &Company, output: &mut Output) {
    for (id, name, region) in PARENTS {
        output.row(Extract::Territories).text(id).text(name).text(REGIONS[region].name).blank().end();
    }
    for ((leaf, place), id, parent) in all(company) {
        let facts = &LEAVES[leaf];
        let is_one = count_of(company, leaf) == 1;
        let name = if is_one { facts.name.to_string() } else { format!("{} {}", facts.name, place + 1) };
        let mut row = output.row(Extract::Territories);
        row.text(&id).text(&name).text(REGIONS[facts.region].name).text(parent).end();
        write_people(company, (leaf, place), &id, output);
    }
    for customer in company.customers() {
        write_account(company, customer, output);
    }
}

/// Who works in a territory: one person, two who share it, or one after the other.
fn write_people(company: &Company, (leaf, place): Territory, id: &str, output: &mut Output) {
    let (time, patch) = (&company.time, LEAVES[leaf].patch);
    let began = time.first.plus(-3).first_day();
    let own = company.people.of_patch(patch)[place].id.as_str();
    let mut write = |salesperson: &str, from: Day, until: Option<Day>, share: i64| {
        let mut row = output.row(Extract::TerritoryAssignments);
        row.text(id).text(salesperson).day(time, from).day_if(time, until).decimal(share, 1).end();
    };
    if leaf == SHARED {
        debug_assert_eq!(patch, DREIERS);
        write(own, began, None, 6);
        write(&company.people.opposite(patch, place, 0).id, began, None, 4);
    } else if leaf == HANDED_OVER && place.is_multiple_of(8) {
        let day = time.open.plus(HANDED_OVER_MONTHS).first_day() + 15;
        write(own, began, Some(day), 10);
        write(&company.people.opposite(patch, place, CZERNYS).id, day, None, 10);
    } else {
        write(own, began, None, 10);
    }
}

fn write_account(company: &Company, customer: Customer, output: &mut Output) {
    let Some((leaf, place)) = of_customer(company, customer) else {
        return;
    };
    let time = &company.time;
    let began = time.first.plus(-3).first_day();
    let mut write = |leaf: usize, from: Day, until: Option<Day>| {
        let territory = (leaf, place.min(count_of(company, leaf) - 1));
        let mut row = output.row(Extract::AccountAssignments);
        row.text(&customer.id()).text(&id_of(company, territory)).day(time, from).day_if(time, until).end();
    };
    let another = |leaves: usize| (leaf + leaves) % LEAVES.len();
    if is_one_of(customer, MOVED) {
        let moved = time.open.plus(-9).first_day();
        write(another(7), began, Some(moved));
        write(leaf, moved, None);
    } else {
        write(leaf, began, None);
    }
    // Moved as well, but nobody has ended what was.
    if is_one_of(customer, DOUBLE) {
        write(another(6), time.open.plus(-3).first_day(), None);
    }
}
