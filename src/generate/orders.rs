//! Order lines of a product: what is to be expected, with the surprises of the market, spread over customers and days.

use std::collections::HashMap;

use crate::generate::chance::Chance;
use crate::generate::company::Company;
use crate::generate::credits::Shares;
use crate::generate::days::{Calendar, Day, Month, date_of};
use crate::generate::market::{Customer, GROUPS, REGIONS, warehouses};
use crate::generate::products::Product;

/// A line of a sales order. A customer's lines of one day are one order.
#[derive(Debug, Clone)]
pub struct OrderLine {
    /// The product, by its place in the series.
    pub product: usize,
    pub line: i64,
    pub customer: Customer,
    pub location: usize,
    pub order_date: Day,
    pub requested: Day,
    pub first_promised: Option<Day>,
    /// A later promise, and the day on which it was made.
    pub promised_again: Option<(Day, Day)>,
    pub quantity: i64,
    /// Of the customer's currency, in hundredths.
    pub price: i64,
    pub is_draft: bool,
    /// When so much was cancelled.
    pub cancelled: Vec<(Day, i64)>,
    pub shipped: i64,
    pub closed: Option<Day>,
    /// Whether a colleague gets a share of it.
    pub credit: Option<Shares>,
}

impl OrderLine {
    /// The customer's day, which names order, shipments and invoices.
    pub fn order(&self) -> String {
        format!("{}-{:04}", date_of(self.order_date).format("%y%m%d"), self.customer.number)
    }

    /// What was cancelled up to a day.
    pub fn cancelled_by(&self, day: Day) -> i64 {
        self.cancelled.iter().filter(|(when, _)| *when <= day).map(|(_, quantity)| quantity).sum()
    }

    /// What is still to be shipped on a day.
    pub fn open(&self, day: Day) -> i64 {
        self.quantity - self.shipped - self.cancelled_by(day)
    }
}

/// Of 1000 lines so many are drafts, cancelled, and cancelled in part.
const DRAFTS: u64 = 10;
const CANCELLED: u64 = 15;
const CANCELLED_IN_PART: u64 = 20;
/// How far a month's demand strays from what is to be expected: of the product, and of each group and warehouse beside it.
const STRAY_OF_PRODUCT: i64 = 90;
const STRAY_OF_GROUP: i64 = 60;
const STRAY_OF_WAREHOUSE: i64 = 60;

/// All lines of a product that were ordered by `as_of`, in the order of their months.
pub fn of_product(company: &Company, place: usize, product: &Product, chance: &mut Chance) -> Vec<OrderLine> {
    let mut lines = Vec::new();
    let mut taken: HashMap<(Day, i64), i64> = HashMap::new();
    // Orders for the two months to come are there already.
    for month in (company.time.first.0..company.time.open.0 + 2).map(Month) {
        let stray = chance.around(STRAY_OF_PRODUCT);
        for (group, facts) in GROUPS.iter().enumerate() {
            let expected = product.ordinary_demand(month, group) * product.promotion(month) / 1000;
            let strayed = expected * stray / 1000 * chance.around(STRAY_OF_GROUP) / 1000;
            let count = product.lines(month) / 1000 * facts.share / 1000 * product.promotion(month) / 1000;
            for (warehouse, share) in warehouses(product.is_made()) {
                let stray = chance.around(STRAY_OF_WAREHOUSE);
                let quantity = chance.rounded(strayed * share / 1000 * stray / 1000);
                let count = chance.rounded(count * share / 1000).clamp(1, quantity.max(1));
                for part in parts(quantity, count, chance) {
                    let customer = company.any_customer(group, *warehouse, product, chance);
                    let line = line(company, place, product, (month, customer, part), &mut taken, chance);
                    lines.extend(line.filter(|line| line.order_date <= company.time.as_of));
                }
            }
        }
    }
    lines
}

/// A quantity in so many parts of different sizes, none of them empty.
fn parts(quantity: i64, count: i64, chance: &mut Chance) -> Vec<i64> {
    let weights: Vec<i64> = (0..count).map(|_| chance.between(50, 150)).collect();
    let total: i64 = weights.iter().sum();
    let (mut running, mut before) = (0, 0);
    let parts = weights.into_iter().map(|weight| {
        running += weight;
        let until = quantity * running / total;
        let part = until - before;
        before = until;
        part
    });
    parts.filter(|part| *part > 0).collect()
}

fn line(
    company: &Company,
    place: usize,
    product: &Product,
    (month, customer, quantity): (Month, Customer, i64),
    taken: &mut HashMap<(Day, i64), i64>,
    chance: &mut Chance,
) -> Option<OrderLine> {
    let time = &company.time;
    let facts = &GROUPS[customer.group];
    let day = month.first_day() + chance.days(0, month.last_day() - month.first_day());
    let requested = time.working_day_from(Calendar::German, day);
    // A holiday at the end of the month would make it the next month's.
    let requested = if time.month(requested) == month { requested } else { day };
    let earliest = time.working_day_from(Calendar::German, time.first_day());
    let wanted = requested - chance.days(facts.lead.0, facts.lead.1);
    let order_date = time.working_day_from(Calendar::German, wanted).clamp(earliest, requested.max(earliest));
    let count = taken.entry((order_date, customer.number)).or_default();
    *count += 1;
    // The last digit of a line's number tells lines of one product apart.
    if *count > 10 {
        return None;
    }
    let list = product.price_in(time.month(order_date));
    let price = list * (1000 - facts.discount) / 1000 * if product.promotion(month) > 1000 { 85 } else { 100 } / 100;
    let is_draft = chance.happens(DRAFTS);
    let is_as_wanted = chance.happens(850);
    let days = if is_as_wanted { 0 } else { chance.days(1, 6) };
    let first_promised = (!is_draft).then(|| time.working_days_later(Calendar::German, requested, days));
    let promised_again = first_promised.filter(|_| chance.happens(60)).map(|promised| {
        let later = time.working_days_later(Calendar::German, promised, chance.days(2, 9));
        (later, (order_date + chance.days(1, 5)).min(promised))
    });
    let mut line = OrderLine {
        product: place,
        line: i64::try_from(product.number + 1).unwrap_or(i64::MAX) * 10 + *count - 1,
        customer,
        location: customer.warehouse(product.is_made()),
        order_date,
        requested,
        first_promised,
        promised_again,
        quantity,
        price: REGIONS[customer.region].currency.of_eur(price),
        is_draft,
        cancelled: Vec::new(),
        shipped: 0,
        closed: None,
        credit: None,
    };
    let is_early_enough = requested - order_date > 4 && !is_draft;
    let cancelled = order_date + 1;
    if is_early_enough && chance.happens(CANCELLED) {
        line.cancelled.push((cancelled, quantity));
    } else if is_early_enough && quantity > 3 && chance.happens(CANCELLED_IN_PART) {
        line.cancelled.push((cancelled, quantity / 3));
    }
    Some(line)
}
