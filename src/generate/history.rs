//! The history of a series: two years, day by day, in which everything follows from what was ordered and what there is.

use crate::generate::buying::{Buying, write_batch};
use crate::generate::chance::Chance;
use crate::generate::company::Company;
use crate::generate::days::{Calendar, Day, Month, day_of_week};
use crate::generate::families::BENCHES;
use crate::generate::files::Output;
use crate::generate::ledger::{Entry, Ledger};
use crate::generate::making::Making;
use crate::generate::market::{LOCATIONS, SWISS, warehouses};
use crate::generate::moving::Moving;
use crate::generate::plan;
use crate::generate::selling::Selling;
use crate::generate::series::{Kind, SCREWS, STEEL_YIELD, Series};

/// Everything that goes on in a series.
struct History<'a> {
    series: &'a Series<'a>,
    ledger: Ledger<'a>,
    selling: Selling<'a>,
    making: Making<'a>,
    buying: Buying<'a>,
    moving: Moving<'a>,
}

/// Days before `as_of` on which a delivery was not booked, and on which it went on to a customer all the same.
const UNBOOKED_DUE: i32 = 6;
const UNBOOKED_SHIPPED: i32 = 4;

pub fn write(series: &Series<'_>, output: &mut Output) {
    let company = series.company;
    let time = &company.time;
    let unit = series.products[0].number;
    let chance = |part: &str| Chance::of(company.seed, part, unit);
    let mut history = History {
        series,
        ledger: Ledger::new(series, time.first_day() - 1, chance("ledger")),
        selling: Selling::new(series, chance("selling")),
        making: Making::new(series, chance("making")),
        buying: Buying::new(series, chance("buying")),
        moving: Moving::new(series, chance("moving")),
    };
    history.open(output);
    for day in time.first_day()..=time.as_of {
        history.live_through(day, output);
    }
    plan::order_ahead(series, &mut history.making);
    history.selling.write_lines(output);
    history.making.write(output);
    history.buying.write(output);
}

impl History<'_> {
    /// The books of the day before: some weeks' demand of everything that is sold or made then.
    fn open(&mut self, output: &mut Output) {
        let company = self.series.company;
        let before = self.ledger.day;
        let unit = self.series.products[0].number;
        let mut chance = Chance::of(company.seed, "opening", unit);
        for (part, facts) in self.series.parts.iter().enumerate() {
            let a_week = self.use_of_a_week(facts.kind, company.time.first);
            let places: Vec<(usize, i64)> = match (facts.kind, self.series.plant) {
                (Kind::Sold(_), None) => warehouses(false).to_vec(),
                (Kind::Sold(_), Some(plant)) => [(plant, 300)].into_iter().chain(warehouses(true).to_vec()).collect(),
                (_, plant) => plant.map(|plant| (plant, 1000)).into_iter().collect(),
            };
            for (location, share) in places.into_iter().filter(|(place, _)| !Ledger::begins_with_history(*place)) {
                let weeks = if matches!(facts.kind, Kind::Frame(_)) { 1 } else { chance.between(6, 9) };
                let quantity = a_week * share * weeks / 1_000_000;
                let batch = self
                    .series
                    .has_batches
                    .then(|| format!("B{:03}{}-0{location}", self.series.block + 1, self.series.letter));
                if quantity > 0 {
                    self.ledger.open_with(part, location, quantity, batch.as_deref());
                }
                if let Some(batch) = batch.filter(|_| quantity > 0) {
                    let export = company.time.export(before + 1);
                    write_batch(self.series, part, &batch, before - chance.days(20, 120), export, output);
                }
            }
        }
        let reserved = vec![vec![0; LOCATIONS.len()]; self.series.parts.len()];
        self.ledger.write_balances(before, true, &reserved, output);
    }

    /// What is used of a part in a week of a month, in thousandths.
    fn use_of_a_week(&self, kind: Kind, month: Month) -> i64 {
        let sold = |product: usize| self.series.products[product].demand(month) * 7 / 30;
        let all = |use_of: &dyn Fn(usize) -> i64| {
            (0..self.series.products.len()).map(|product| sold(product) * use_of(product)).sum()
        };
        match kind {
            Kind::Sold(product) | Kind::Frame(product) => sold(product),
            Kind::Steel => all(&|product| self.series.steel(product)),
            Kind::Wood => all(&|_| self.series.wood()),
            Kind::Powder => all(&|product| self.series.powder(product)),
            Kind::Screws => all(&|_| SCREWS),
        }
    }

    fn live_through(&mut self, day: Day, output: &mut Output) {
        let time = &self.series.company.time;
        self.ledger.begin_day(day);
        if day == time.first_day() {
            self.open_new_warehouse(output);
        } else if time.month(day).of_year() == 0 && time.month(day).first_day() == day {
            self.ledger.revalue(output);
        }
        self.ledger.not_before(5);
        if time.is_working_day(Calendar::German, day) {
            self.buying.receive(&mut self.ledger, output);
            self.moving.arrive(&mut self.ledger, output);
            self.selling.take_back(&mut self.ledger, output);
        }
        if let Some(plant) = self.series.plant
            && time.is_working_day(self.series.calendar(), day)
        {
            self.ledger.not_before(7);
            self.making.start(plant, &mut self.ledger, output);
            self.ledger.not_before(9);
            self.making.finish(plant, &mut self.ledger, output);
            self.ledger.not_before(10);
            self.transfer(plant, output);
        }
        if time.is_working_day(Calendar::German, day) {
            self.ledger.not_before(12);
            self.selling.ship(&mut self.ledger, output);
            self.review(day);
        }
        self.ledger.not_before(16);
        self.tell(output);
        let month = time.month(day);
        if day == month.first_day() + 18 && month.of_year() % 6 == 4 {
            let document =
                format!("CT{:03}{}-{:02}", self.series.block + 1, self.series.letter, month.0 - time.first.0);
            self.ledger.count(&document, output);
        }
        let is_quarter_end = month.last_day() == day && month.of_year() % 3 == 2;
        if is_quarter_end || day == time.as_of {
            let reserved = self.selling.reserved(day);
            self.ledger.write_balances(day, false, &reserved, output);
        }
    }

    /// The Swiss warehouse opens with stock that no earlier book knows.
    fn open_new_warehouse(&mut self, output: &mut Output) {
        if self.series.plant.is_none() {
            let time = &self.series.company.time;
            let a_week = self.use_of_a_week(Kind::Sold(0), time.first) / 10;
            let quantity = a_week * 8 / 1000 + 2;
            let batch = self
                .series
                .has_batches
                .then(|| format!("B{:03}{}-0{SWISS}", self.series.block + 1, self.series.letter));
            let entry = Entry::new("opening", 0, SWISS, quantity, "");
            self.ledger.book(&Entry { batch: batch.as_deref(), ..entry }, output);
            if let Some(batch) = batch {
                write_batch(self.series, 0, &batch, self.ledger.day - 60, time.export(self.ledger.day), output);
            }
        }
    }

    fn transfer(&mut self, plant: usize, output: &mut Output) {
        let time = &self.series.company.time;
        let day = self.ledger.day;
        // Lorries leave once a week, on the weekday before that of `as_of`; not in the last days of a year, so that
        // nothing is on its way while costs change.
        let is_day_of_lorry = (time.as_of - day) % 7 == departure(self.series.company);
        let is_year_end = Month::of(day).year() != Month::of(day + 14).year();
        if is_day_of_lorry && !is_year_end {
            let selling = &self.selling;
            let backlog = |product: usize, location: usize| selling.backlog(product, location, day);
            self.moving.send(plant, backlog, &mut self.ledger, output);
        }
    }

    /// Every few weeks, on Mondays, it is looked at what is there and what is needed.
    fn review(&mut self, day: Day) {
        let company = self.series.company;
        let weeks = (company.time.as_of - 15 - day).div_euclid(7);
        // Each product has its own week, so that not all are made at once.
        let is_week_of = |product: usize| {
            let turn = i32::try_from(self.series.products[product].number % 100).unwrap_or(0);
            (weeks + turn).rem_euclid(self.weeks_between_reviews(product)) == 0
        };
        let is_first_working_day =
            (day - day_of_week(day)..day).all(|before| !company.time.is_working_day(Calendar::German, before));
        if !is_first_working_day {
            return;
        }
        match self.series.plant {
            Some(plant) => {
                let reviewed: Vec<usize> =
                    (0..self.series.products.len()).filter(|product| is_week_of(*product)).collect();
                for product in reviewed {
                    self.review_product(product, day);
                }
                let materials = [Kind::Steel, Kind::Wood, Kind::Powder, Kind::Screws];
                for kind in materials {
                    self.review_material(kind, plant, day);
                }
            }
            None if is_week_of(0) => {
                for (location, share) in warehouses(false) {
                    self.review_bought(*location, *share, day);
                }
            }
            None => {}
        }
    }

    /// Benches take long to coat: they are made in smaller lots.
    fn weeks_between_reviews(&self, product: usize) -> i32 {
        let weeks = self.series.company.size.review_weeks;
        if self.series.products[product].model.family == BENCHES { weeks / 2 } else { weeks }
    }

    fn review_product(&mut self, product: usize, day: Day) {
        let company = self.series.company;
        let facts = &self.series.products[product];
        if let Some(launch) = facts.launch {
            // The smallest lot of its mould is more than two years of demand.
            let lot = facts.demand(company.time.open.plus(-7)) * 30 / 1000 + 20;
            if self.making.orders.is_empty() && day > launch - 42 {
                self.making.order(product, lot, day);
            }
            return;
        }
        let weeks = self.weeks_between_reviews(product) + 7;
        let need: i64 =
            (0..weeks).map(|week| plan::expected_in_week(facts, company.time.month(day + week * 7))).sum::<i64>()
                / 1000;
        let part = self.series.place_of(Kind::Sold(product));
        let waiting: i64 = warehouses(true).iter().map(|(place, _)| self.selling.backlog(product, *place, day)).sum();
        let there = self.ledger.total(part) + self.moving.on_the_way(product) + self.making.open_quantity(part);
        let quantity = need + waiting - there;
        if quantity > 4 {
            self.making.order(product, quantity, day);
            // The powder for one table's order has not come.
            let is_held_up = self.series.is_told_of() && facts.model.family == 0 && product == 0;
            if is_held_up && (13..7 * company.size.review_weeks + 12).contains(&(company.time.as_of - day)) {
                self.making.hold_up_last();
            }
        }
    }

    fn review_material(&mut self, kind: Kind, plant: usize, day: Day) {
        let part = self.series.place_of(kind);
        let a_week = self.use_of_a_week(kind, self.series.company.time.month(day + 21));
        let loss = if kind == Kind::Steel { STEEL_YIELD } else { 1000 };
        let a_week = a_week / loss;
        let there = self.ledger.quantity(part, plant) + self.buying.open_quantity(part, plant, day)
            - self.making.reserved(kind);
        if there < a_week * 8 + 20 {
            self.buying.order(part, plant, a_week * 16 + 40 - there, day);
        }
    }

    fn review_bought(&mut self, location: usize, share: i64, day: Day) {
        let company = self.series.company;
        let time = &company.time;
        let is_unbooked = self.is_unbooked() && location == SWISS && day > time.as_of - 45;
        let a_week = self.use_of_a_week(Kind::Sold(0), time.month(day + 28)) * share / 1000;
        let there = self.ledger.quantity(0, location) + self.buying.open_quantity(0, location, day)
            - self.selling.backlog(0, location, day);
        let weeks = i64::from(company.size.review_weeks);
        if !is_unbooked && there * 1000 < a_week * (weeks + 4) {
            self.buying.order(0, location, a_week * (weeks + 8) / 1000 + 4 - there, day);
        }
    }

    /// Whether the story of the delivery that nobody booked is one of this series.
    fn is_unbooked(&self) -> bool {
        self.series.is_told_of() && self.series.plant.is_none() && !self.series.has_batches
    }

    /// The delivery that was handed on to a customer before it was booked.
    fn tell(&mut self, output: &mut Output) {
        let time = &self.series.company.time;
        let working_day = |days: i32| time.working_day_from(Calendar::German, time.as_of - days);
        if self.is_unbooked() && self.ledger.day == working_day(UNBOOKED_SHIPPED) {
            let beyond = self.use_of_a_week(Kind::Sold(0), time.open) / 10_000 + 6;
            let days = (time.as_of - 30, working_day(UNBOOKED_DUE));
            let quantity = beyond + self.ledger.quantity(0, SWISS).max(0) + 10;
            self.buying.order_unbooked(0, SWISS, quantity, days);
            self.selling.ship_unbooked(SWISS, beyond, &mut self.ledger, output);
        }
    }
}

/// Days from the last departure of lorries to `as_of`.
fn departure(company: &Company) -> i32 {
    let time = &company.time;
    let is_departure = |days: &i32| time.is_working_day(Calendar::German, time.as_of - days);
    (1..7).find(is_departure).unwrap_or(1)
}
