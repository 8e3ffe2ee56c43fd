//! What the blocks have sold, added up by customer: what targets, commissions and opportunities follow from.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::generate::days::{Day, Month, Time};
use crate::generate::families::FAMILIES;
use crate::generate::market::{Customer, REGIONS};
use crate::generate::orders::OrderLine;
use crate::generate::products::Product;

/// Calendar quarters since the year 0.
pub type Quarter = i32;

/// The quarter that a month lies in.
pub fn quarter_of(month: Month) -> Quarter {
    month.0.div_euclid(3)
}

/// The first month of a quarter.
pub fn first_month(quarter: Quarter) -> Month {
    Month(quarter * 3)
}

/// The groups of products that are sold, by their place.
pub const PRODUCT_GROUPS: [&str; 3] = ["FURNITURE", "LEISURE", "ACCESSORIES"];
/// A group of which quantities cannot be added: its families have different planning units.
pub const MIXED: usize = 2;

/// The place of a product's group among those that are sold.
pub fn product_group(product: &Product) -> usize {
    PRODUCT_GROUPS.iter().position(|group| *group == product.family.group).unwrap_or(0)
}

/// What was invoiced: hundredths of EUR, and tenths of the planning unit.
#[derive(Debug, Clone, Copy, Default)]
pub struct Invoiced {
    pub amount: i64,
    pub quantity: i64,
}

/// What a customer ordered in a quarter: hundredths of its currency.
#[derive(Debug, Clone, Default)]
pub struct Ordered {
    pub amount: i64,
    /// The products with most of it, by their number: amount and quantity.
    pub products: Vec<(i64, usize, i64)>,
}

/// Products that are remembered of what a customer orders in a quarter.
const PRODUCTS: usize = 3;

/// The sums of some blocks.
#[derive(Debug, Default)]
pub struct Books {
    /// By customer, quarter and group of products; without what is no longer sold a year later.
    pub invoiced: BTreeMap<(i64, Quarter, usize), Invoiced>,
    /// By customer and quarter.
    pub ordered: BTreeMap<(i64, Quarter), Ordered>,
}

impl Books {
    /// An invoice or a credit note of a day: its amount in the customer's currency, and its quantity.
    pub fn invoice(
        &mut self,
        time: &Time,
        customer: Customer,
        product: &Product,
        (day, amount, quantity): (Day, i64, i64),
    ) {
        let is_sold_on = product.end_of_life.is_none_or(|end| end >= day + 365);
        if is_sold_on {
            let group = product_group(product);
            let key = (customer.number, quarter_of(time.month(day)), group);
            let sum = self.invoiced.entry(key).or_default();
            sum.amount += REGIONS[customer.region].currency.to_eur(amount);
            sum.quantity += quantity * FAMILIES[product.model.family].planning_factor;
        }
    }

    /// The orders of a series' products.
    pub fn order<'l>(&mut self, time: &Time, products: &[Product], lines: impl Iterator<Item = &'l OrderLine>) {
        let mut sums: BTreeMap<(i64, Quarter, usize), (i64, i64)> = BTreeMap::new();
        for line in lines.filter(|line| !line.is_draft) {
            let quantity = line.quantity - line.cancelled_by(time.as_of);
            let key = (line.customer.number, quarter_of(time.month(line.order_date)), products[line.product].number);
            let sum = sums.entry(key).or_default();
            sum.0 += quantity * line.price;
            sum.1 += quantity;
        }
        for ((customer, quarter, product), (amount, quantity)) in sums.into_iter().filter(|(_, sum)| sum.1 > 0) {
            let ordered = Ordered { amount, products: vec![(amount, product, quantity)] };
            self.ordered.entry((customer, quarter)).or_default().add(ordered);
        }
    }

    /// Adds the books of another block.
    pub fn add(&mut self, other: Books) {
        for (key, more) in other.invoiced {
            let sum = self.invoiced.entry(key).or_default();
            sum.amount += more.amount;
            sum.quantity += more.quantity;
        }
        for (key, more) in other.ordered {
            match self.ordered.entry(key) {
                Entry::Vacant(place) => {
                    place.insert(more);
                }
                Entry::Occupied(mut sum) => sum.get_mut().add(more),
            }
        }
    }
}

impl Ordered {
    fn add(&mut self, more: Ordered) {
        self.amount += more.amount;
        self.products.extend(more.products);
        self.products.sort_unstable_by_key(|(amount, product, _)| (-amount, *product));
        self.products.truncate(PRODUCTS);
    }
}
