//! The products that are sold: their numbers, prices and costs, and what demand of them is to be expected.

use crate::generate::chance::Chance;
use crate::generate::company::Size;
use crate::generate::days::{Calendar, Day, HISTORY_MONTHS, Month, PLAN_MONTHS, Time};
use crate::generate::families::{
    BENCHES, CHAIRS, FAMILIES, FIRE_BOWLS, Family, LINES, MODELS, Model, PLANTERS, Source,
};
use crate::generate::files::{Extract, Output};
use crate::generate::market::{Currency, GROUPS, LOCATIONS, NORTH, SWISS, warehouses};

/// A product that is sold.
#[derive(Debug)]
pub struct Product {
    pub id: String,
    /// Of all products that are sold, from 0.
    pub number: usize,
    pub block: usize,
    pub model: &'static Model,
    pub family: &'static Family,
    /// In hundredths of EUR, in the first year.
    pub price: i64,
    pub cost: i64,
    pub launch: Option<Day>,
    pub end_of_life: Option<Day>,
    first: Month,
    open: Month,
    /// Order lines of each month from the first on, in millionths, without promotions.
    lines: Vec<i64>,
}

/// Months beyond the plans for which demand is expected: what is made last is sold later.
const MONTHS_BEYOND: i32 = 4;
/// How much more of the benches is sold in the months of their campaign.
const CAMPAIGN: i64 = 1900;

pub fn of_block(seed: u64, time: &Time, size: &Size, block: usize) -> Vec<Product> {
    let mut chance = Chance::of(seed, "products", block);
    let products = MODELS.iter().enumerate().map(|(place, model)| {
        let family = &FAMILIES[model.family];
        let launch = (model.family == PLANTERS).then(|| time.open.plus(-7).first_day());
        let is_replaced = model.family == CHAIRS && model.size == "050";
        Product {
            id: format!("{}{:03}-{}", family.code, block + 1, model.size),
            number: block * MODELS.len() + place,
            block,
            model,
            family,
            price: model.price * chance.between(90, 110) / 1000 * 10,
            cost: model.cost * chance.between(95, 105) / 100,
            launch,
            end_of_life: is_replaced.then(|| time.open.plus(-4).last_day()),
            first: time.first,
            open: time.open,
            lines: Vec::new(),
        }
    });
    let mut products: Vec<Product> = products.collect();
    let months = HISTORY_MONTHS + PLAN_MONTHS + MONTHS_BEYOND;
    let weights = |product: &Product| (0..months).map(|month| product.weight(time.first.plus(month))).collect();
    let weights: Vec<Vec<i64>> = products.iter().map(weights).collect();
    let in_history = usize::try_from(HISTORY_MONTHS).expect("a positive number");
    let total: i64 = weights.iter().flat_map(|weights| &weights[..in_history]).sum();
    for (product, weights) in products.iter_mut().zip(weights) {
        let lines =
            |weight: i64| i128::from(weight) * i128::from(size.lines_of_a_block) * 1_000_000 / i128::from(total);
        product.lines = weights.into_iter().map(|weight| i64::try_from(lines(weight)).unwrap_or(i64::MAX)).collect();
    }
    products
}

impl Product {
    /// How much of a month's order lines are its own, beside those of the others.
    fn weight(&self, month: Month) -> i64 {
        let is_sold = self.launch.is_none_or(|launch| month >= Month::of(launch))
            && self.end_of_life.is_none_or(|end| month <= Month::of(end));
        let growth = 1000 + i64::from(month.0 - self.first.0) * 4;
        if is_sold { self.model.share * self.family.season[month.of_year()] * growth } else { 0 }
    }

    pub fn is_made(&self) -> bool {
        matches!(self.family.source, Source::Made(_))
    }

    pub fn plant(&self) -> Option<Calendar> {
        match self.family.source {
            Source::Made(calendar) => Some(calendar),
            Source::Bought { .. } => None,
        }
    }

    /// Order lines of a month, in millionths, without promotions.
    pub fn lines(&self, month: Month) -> i64 {
        usize::try_from(month.0 - self.first.0).ok().and_then(|place| self.lines.get(place).copied()).unwrap_or(0)
    }

    /// How much demand a promotion of the month makes of an ordinary one's, in thousandths.
    pub fn promotion(&self, month: Month) -> i64 {
        self.family.promotion.filter(|(of_year, _)| *of_year == month.of_year()).map_or(1000, |(_, demand)| demand)
    }

    /// As `promotion`, for the campaign that is to come.
    pub fn campaign(&self, month: Month) -> i64 {
        let is_in_campaign = month == self.open.plus(1) || month == self.open.plus(2);
        if self.model.family == BENCHES && is_in_campaign { CAMPAIGN } else { 1000 }
    }

    /// Demand to be expected from a group of customers, in thousandths of the stock unit, without promotions.
    pub fn ordinary_demand(&self, month: Month, group: usize) -> i64 {
        let GroupFacts { share, quantity } = GroupFacts::of(group);
        let demand = i128::from(self.lines(month)) * i128::from(share * quantity * self.model.quantity);
        i64::try_from(demand / 1_000_000_000).unwrap_or(i64::MAX)
    }

    /// Demand to be expected in a month, in thousandths, promotions included.
    pub fn demand(&self, month: Month) -> i64 {
        let ordinary: i64 = (0..GROUPS.len()).map(|group| self.ordinary_demand(month, group)).sum();
        ordinary * self.promotion(month) / 1000 * self.campaign(month) / 1000
    }

    /// As `demand`, without the campaign that is to come.
    pub fn demand_without_campaign(&self, month: Month) -> i64 {
        self.demand(month) * 1000 / self.campaign(month)
    }

    /// The list price of a year.
    pub fn price_in(&self, month: Month) -> i64 {
        let years = i64::from(month.year() - self.first.year());
        self.price * (1000 + 25 * years) / 10_000 * 10
    }

    /// Whether a month is one of the last months of the history, or lies behind it.
    pub fn is_within(&self, month: Month, last_months: i32) -> bool {
        month >= self.open.plus(-last_months)
    }

    pub fn is_over_forecast(&self) -> bool {
        self.model.family == FIRE_BOWLS
    }

    pub fn name(&self) -> String {
        let line = LINES[self.block % LINES.len()];
        let round = self.block / LINES.len();
        let line = if round == 0 { line.to_string() } else { format!("{line} {}", round + 1) };
        format!("{} {line} {}", self.family.noun, self.model.size.trim_start_matches('0'))
    }

    /// Its prices: the list's and the plan's of each year, those of promotions, and what clears the rest of a model.
    pub fn write_prices(&self, time: &Time, output: &mut Output) {
        let mut write = |location: &str, kind: &str, from: Day, price: i64, currency: Currency, is_promotion: bool| {
            let mut row = output.row(Extract::Prices);
            row.text(&self.id).text(location).text(kind).day(time, from).money(price).text(currency.code());
            row.flag(is_promotion).end();
        };
        for year in time.first.year()..=time.end.year() {
            let january = Month(year * 12);
            let from = january.first_day().max(time.first.plus(-3).first_day());
            let price = self.price_in(january);
            write("(all)", "list", from, price, Currency::Eur, false);
            write("(all)", "plan", from, price * 80 / 100, Currency::Eur, false);
            if !self.is_made() {
                let price = Currency::Chf.of_eur(price * 80 / 100);
                write(LOCATIONS[SWISS].id, "plan", from, price, Currency::Chf, false);
            }
        }
        for month in (time.first.0..time.open.0).map(Month).filter(|month| self.promotion(*month) > 1000) {
            write("(all)", "list", month.first_day(), self.price_in(month) * 85 / 100, Currency::Eur, true);
            write("(all)", "list", month.plus(1).first_day(), self.price_in(month), Currency::Eur, false);
        }
        // What lies there of planters is to be cleared below cost.
        if self.model.family == PLANTERS {
            let from = time.open.plus(-1).first_day();
            write("(all)", "clearance", from, self.price_in(time.open) * 40 / 100, Currency::Eur, false);
        }
        if let Some(end) = self.end_of_life {
            write("(all)", "clearance", end + 1, self.price_in(time.open) * 55 / 100, Currency::Eur, false);
        }
    }

    /// Whether it is made in the other plant as well, since the second year of the history.
    pub fn is_made_twice(&self) -> bool {
        self.model.family == CHAIRS && self.end_of_life.is_none()
    }

    /// From which plants its warehouses are supplied.
    pub fn write_sourcing(&self, time: &Time, (plant, other): (usize, usize), output: &mut Output) {
        let (began, second) = (time.first.plus(-3).first_day(), time.open.plus(-12).first_day());
        for (warehouse, _) in warehouses(true) {
            let mut write = |plant: usize, from: Day, share: i64| {
                let mut row = output.row(Extract::Sourcing);
                row.text(&self.id).text(LOCATIONS[*warehouse].id).text(LOCATIONS[plant].id);
                row.day(time, from).decimal(share, 1).end();
            };
            write(plant, began, 10);
            if self.is_made_twice() && *warehouse == NORTH {
                write(plant, second, 7);
                write(other, second, 3);
            }
        }
    }
}

/// What decides of a group's demand.
struct GroupFacts {
    share: i64,
    quantity: i64,
}

impl GroupFacts {
    fn of(group: usize) -> GroupFacts {
        GroupFacts { share: GROUPS[group].share, quantity: GROUPS[group].quantity }
    }
}
