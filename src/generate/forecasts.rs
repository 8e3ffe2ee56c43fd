//! The forecasts of four departments, month by month, each at its own grain and with its own bias.

use crate::generate::chance::Chance;
use crate::generate::company::Company;
use crate::generate::days::{Day, Month, Time};
use crate::generate::families::FAMILIES;
use crate::generate::files::{Extract, Output};
use crate::generate::market::{GROUPS, LOCATIONS, REGIONS, warehouses};
use crate::generate::products::Product;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// By product and warehouse; knows no promotion.
    Statistical,
    /// By product, group of customers and salesperson.
    Sales,
    /// By family, in planning units.
    Marketing,
    /// By product: what all have agreed on, and what is made.
    Consensus,
}

/// Sales sees so much more demand of its favourite family than there is, in thousandths, and since how many months.
const FAVOURITE: i64 = 1400;
const FAVOURITE_MONTHS: i32 = 6;
/// The day of the month of which the forecasts are.
const SNAPSHOT_DAY: i32 = 25;
/// Months before the first open one: of the snapshot of sales that came too late, of the one that consensus left out,
/// and of the one that consensus made twice.
const LATE: i32 = -4;
const LEFT_OUT: i32 = -9;
const MADE_TWICE: i32 = -2;
/// Of 1000 pieces that are ordered so many are neither drafts nor cancelled.
const KEPT: i64 = 970;
/// How many months sales look ahead.
const SALES_MONTHS: i32 = 4;
const HOUR: i64 = 3600;

/// What a department expects, in thousandths of what is to be expected.
pub fn bias(kind: Kind, product: &Product, month: Month) -> i64 {
    let is_favourite = product.is_over_forecast() && product.is_within(month, FAVOURITE_MONTHS);
    match kind {
        Kind::Statistical => 1000,
        Kind::Sales if is_favourite => FAVOURITE,
        Kind::Sales => 1030,
        Kind::Marketing if is_favourite => 1080,
        Kind::Marketing => 1020,
        Kind::Consensus if is_favourite => 1000 + (FAVOURITE - 1000) / 2,
        Kind::Consensus => 1015,
    }
}

/// A snapshot: when it was made, and how far it looks.
#[derive(Debug, Clone, Copy)]
struct Snapshot {
    month: Month,
    day: Day,
    months: i32,
    /// Sales are asked for the next months alone, but in the newest snapshot.
    sales_months: i32,
}

fn snapshots(company: &Company) -> Vec<Snapshot> {
    let time = &company.time;
    let newest = (time.open.0 - company.size.snapshots..time.open.0).map(Month);
    let of_month = |month: Month| {
        // The newest looks as far as plans are made.
        let planned = time.end.0 - time.open.0;
        let months = if month == time.open.plus(-1) { planned } else { company.size.horizon };
        let sales_months = if month == time.open.plus(-1) { planned } else { months.min(SALES_MONTHS) };
        Snapshot { month, day: month.first_day() + SNAPSHOT_DAY - 1, months, sales_months }
    };
    newest.map(of_month).filter(|snapshot| snapshot.day <= time.as_of).collect()
}

/// A row's key beside its snapshot and period.
#[derive(Debug, Clone, Copy)]
struct Grain<'g> {
    product: &'g str,
    family: &'g str,
    location: &'g str,
    group: &'g str,
    salesperson: &'g str,
}

const ALL: Grain<'static> =
    Grain { product: "(all)", family: "(all)", location: "(all)", group: "(all)", salesperson: "(all)" };

/// How a forecast came to be known.
#[derive(Debug, Clone, Copy)]
struct Version<'v> {
    kind: &'v str,
    number: &'v str,
    approved: Option<Day>,
    known: (Day, i64),
}

/// The forecasts that are about single products.
pub fn write_of_product(company: &Company, product: &Product, output: &mut Output) {
    let mut chance = Chance::of(company.seed, "forecasts", product.number);
    for snapshot in snapshots(company) {
        write_statistical(company, product, snapshot, &mut chance, output);
        write_sales(company, product, snapshot, &mut chance, output);
        write_consensus(company, product, snapshot, &mut chance, output);
    }
}

/// What is expected of a demand; it gets less exact the further it looks.
fn expected(demand: i64, bias: i64, lag: i32, chance: &mut Chance) -> i64 {
    let strayed = demand * KEPT / 1000 * bias / 1000 * chance.around(40 + 12 * i64::from(lag)) / 1000;
    (strayed + 500) / 1000
}

/// Whether anything is forecast of a product: nothing before its launch comes into sight, nothing after its end.
fn is_forecast(product: &Product, month: Month) -> bool {
    product.lines(month) > 0
}

fn write_statistical(
    company: &Company,
    product: &Product,
    snapshot: Snapshot,
    chance: &mut Chance,
    output: &mut Output,
) {
    // It needs two months of sales to begin with.
    if product.launch.is_some_and(|launch| snapshot.month < Month::of(launch).plus(1)) {
        return;
    }
    let version = Version { kind: "statistical", number: "1", approved: Some(snapshot.day), known: (snapshot.day, 6) };
    for (location, share) in warehouses(product.is_made()) {
        for lag in 1..=snapshot.months {
            let month = snapshot.month.plus(lag);
            let demand: i64 = (0..GROUPS.len()).map(|group| product.ordinary_demand(month, group)).sum();
            let quantity = expected(demand * share / 1000, bias(Kind::Statistical, product, month), lag, chance);
            if is_forecast(product, month) {
                let grain = Grain { product: &product.id, location: LOCATIONS[*location].id, ..ALL };
                let range = Some((quantity * 78 / 100, quantity, (quantity * 124 + 99) / 100));
                write_row(&company.time, snapshot, &version, &grain, month, (quantity, range), output);
            }
        }
    }
}

fn write_sales(company: &Company, product: &Product, snapshot: Snapshot, chance: &mut Chance, output: &mut Output) {
    let time = &company.time;
    let is_late = snapshot.month == time.open.plus(LATE);
    let known = if is_late { snapshot.month.last_day() + 8 } else { snapshot.day + 1 };
    let version = Version { kind: "sales", number: "1", approved: Some(known), known: (known.min(time.as_of), 10) };
    let draft = Version { number: "2", approved: None, known: ((snapshot.day + 4).min(time.as_of), 9), ..version };
    for (group, facts) in GROUPS.iter().enumerate() {
        // Garden centres are two salespeople's, by region.
        let people: &[(usize, i64)] = if group == 1 { &[(0, 600), (2, 400)] } else { &[(0, 1000)] };
        debug_assert!(people.iter().all(|(region, _)| *region < REGIONS.len()));
        for (region, share) in people {
            for lag in 1..=snapshot.sales_months {
                let month = snapshot.month.plus(lag);
                let demand = product.ordinary_demand(month, group) * product.promotion(month) / 1000;
                let demand = demand * known_campaign(company, product, snapshot, month) / 1000 * share / 1000;
                let quantity = expected(demand, bias(Kind::Sales, product, month), lag, chance);
                if is_forecast(product, month) {
                    let salesperson = company.salesperson_of(group, *region, product.block);
                    let grain = Grain { product: &product.id, group: facts.name, salesperson, ..ALL };
                    write_row(time, snapshot, &version, &grain, month, (quantity, None), output);
                    // The chains' buyer hopes for more, and has not been asked yet.
                    if group == 0 && snapshot.month == time.open.plus(-1) && lag <= 3 {
                        write_row(time, snapshot, &draft, &grain, month, (quantity * 6 / 5, None), output);
                    }
                }
            }
        }
    }
}

fn write_consensus(company: &Company, product: &Product, snapshot: Snapshot, chance: &mut Chance, output: &mut Output) {
    let time = &company.time;
    if snapshot.month == time.open.plus(LEFT_OUT) {
        return;
    }
    let day = (snapshot.day + 3).min(time.as_of);
    let version = Version { kind: "consensus", number: "1", approved: Some(day), known: (day, 16) };
    let corrected = Version { number: "2", known: (day, 18), ..version };
    for lag in 1..=snapshot.months {
        let month = snapshot.month.plus(lag);
        let demand = product.demand_without_campaign(month) * known_campaign(company, product, snapshot, month) / 1000;
        let quantity = expected(demand, bias(Kind::Consensus, product, month), lag, chance);
        if is_forecast(product, month) {
            let grain = Grain { product: &product.id, ..ALL };
            let first = if snapshot.month == time.open.plus(MADE_TWICE) { quantity * 11 / 10 } else { quantity };
            write_row(time, snapshot, &version, &grain, month, (first, None), output);
            if snapshot.month == time.open.plus(MADE_TWICE) {
                write_row(time, snapshot, &corrected, &grain, month, (quantity, None), output);
            }
        }
    }
}

/// The campaign is known since two months.
fn known_campaign(company: &Company, product: &Product, snapshot: Snapshot, month: Month) -> i64 {
    if snapshot.month >= company.time.open.plus(-2) { product.campaign(month) } else { 1000 }
}

/// The forecasts of marketing, by family over all products.
pub fn write_of_families(company: &Company, output: &mut Output) {
    for (place, family) in FAMILIES.iter().enumerate() {
        let mut chance = Chance::of(company.seed, "families", place);
        for snapshot in snapshots(company) {
            // Marketing has been busy with the campaign: its plan of the last month has not come.
            if snapshot.month == company.time.open.plus(-1) {
                continue;
            }
            let (day, hour) = ((snapshot.day + 2).min(company.time.as_of), 14);
            let version = Version { kind: "marketing", number: "1", approved: Some(day), known: (day, hour) };
            for lag in 1..=snapshot.months {
                let month = snapshot.month.plus(lag);
                let products = company.products.iter().filter(|product| product.model.family == place);
                let demand: i64 = products
                    .map(|product| {
                        let campaign = known_campaign(company, product, snapshot, month);
                        let demand = product.demand_without_campaign(month) * campaign / 1000;
                        demand * bias(Kind::Marketing, product, month) / 1000
                    })
                    .sum();
                let quantity = expected(demand * family.planning_factor / 10, 1000, lag, &mut chance);
                if quantity > 0 {
                    let grain = Grain { family: family.name, ..ALL };
                    write_row(&company.time, snapshot, &version, &grain, month, (quantity, None), output);
                }
            }
        }
    }
}

fn write_row(
    time: &Time,
    snapshot: Snapshot,
    version: &Version<'_>,
    grain: &Grain<'_>,
    month: Month,
    (quantity, range): (i64, Option<(i64, i64, i64)>),
    output: &mut Output,
) {
    let mut row = output.row_in(Extract::Forecasts, snapshot.day);
    row.day(time, snapshot.day).text(version.kind).text(version.number).text(grain.product).text(grain.family);
    row.text(grain.location).text(grain.group).text(grain.salesperson).day(time, month.first_day());
    row.day(time, month.plus(1).first_day()).whole(quantity);
    match range {
        Some((low, middle, high)) => row.whole(low).whole(middle).whole(high),
        None => row.blanks(3),
    };
    row.blanks(2);
    match version.approved {
        Some(day) => row.moment(time, day, version.known.1 * HOUR),
        None => row.blank(),
    };
    row.moment(time, version.known.0, version.known.1 * HOUR);
    row.text(if version.approved.is_some() { "approved" } else { "draft" }).end();
}
