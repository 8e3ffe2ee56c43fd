//! Buying: purchase orders for materials and for what is bought to be sold, and what arrives of them.

use crate::generate::chance::Chance;

use crate::generate::days::{Calendar, Day, date_of};
use crate::generate::files::{Extract, Output};
use crate::generate::ledger::{Entry, Ledger};
use crate::generate::lists;
use crate::generate::market::LOCATIONS;
use crate::generate::series::Series;

/// A line of a purchase order; each order has one.
#[derive(Debug)]
struct Purchase {
    number: String,
    part: usize,
    location: usize,
    quantity: i64,
    ordered: Day,
    due: Day,
    /// What arrived, by day.
    received: Vec<(Day, i64)>,
    rejected: i64,
}

impl Purchase {
    fn received_by(&self, day: Day) -> i64 {
        self.received.iter().filter(|(when, _)| *when <= day).map(|(_, quantity)| quantity).sum()
    }
}

#[derive(Debug)]
pub struct Buying<'a> {
    series: &'a Series<'a>,
    purchases: Vec<Purchase>,
    /// Arrivals by day: the purchase and the quantity.
    arrivals: Vec<Vec<(usize, i64)>>,
    chance: Chance,
}

/// Of 1000 deliveries so many come in two parts, and so many have something to turn down.
const IN_TWO_PARTS: u64 = 100;
const REJECTED: u64 = 40;

impl<'a> Buying<'a> {
    pub fn new(series: &'a Series<'a>, chance: Chance) -> Buying<'a> {
        let days = usize::try_from(series.company.time.as_of - series.company.time.first_day() + 1).expect("two years");
        Buying { series, purchases: Vec::new(), arrivals: vec![Vec::new(); days], chance }
    }

    /// What is still to come.
    pub fn open_quantity(&self, part: usize, location: usize, day: Day) -> i64 {
        let open = self.purchases.iter().filter(|purchase| (purchase.part, purchase.location) == (part, location));
        open.map(|purchase| (purchase.quantity - purchase.received_by(day)).max(0)).sum()
    }

    /// Orders a quantity, which arrives in some weeks.
    pub fn order(&mut self, part: usize, location: usize, quantity: i64, day: Day) {
        let time = &self.series.company.time;
        let later = |days: i32| time.working_days_later(Calendar::German, day, days);
        let lead = self.chance.days(8, 14);
        let arrives = later(if self.chance.happens(250) { lead + self.chance.days(1, 5) } else { lead });
        let first = if quantity > 10 && self.chance.happens(IN_TWO_PARTS) { quantity * 3 / 5 } else { quantity };
        let number = self.add(part, location, quantity, (day, later(lead)));
        self.arrive(number, arrives, first);
        if first < quantity {
            self.arrive(number, time.working_days_later(Calendar::German, arrives, 4), quantity - first);
        }
    }

    /// As `order`, for goods that come without anybody booking them in time.
    pub fn order_unbooked(&mut self, part: usize, location: usize, quantity: i64, (ordered, due): (Day, Day)) {
        self.add(part, location, quantity, (ordered, due));
    }

    fn add(&mut self, part: usize, location: usize, quantity: i64, (ordered, due): (Day, Day)) -> usize {
        let number = format!("PU{:03}{}-{:04}", self.series.block + 1, self.series.letter, self.purchases.len() + 1);
        let (received, rejected) = (Vec::new(), 0);
        self.purchases.push(Purchase { number, part, location, quantity, ordered, due, received, rejected });
        self.purchases.len() - 1
    }

    fn arrive(&mut self, purchase: usize, day: Day, quantity: i64) {
        let time = &self.series.company.time;
        if day <= time.as_of {
            let place = usize::try_from(day - time.first_day()).expect("lies in the history");
            self.arrivals[place].push((purchase, quantity));
        }
    }

    /// Books what arrives today; what is turned down is thrown away.
    pub fn receive(&mut self, ledger: &mut Ledger<'_>, output: &mut Output) {
        let (time, day) = (&self.series.company.time, ledger.day);
        let place = usize::try_from(day - time.first_day()).expect("lies in the history");
        for (number, quantity) in std::mem::take(&mut self.arrivals[place]) {
            let purchase = &mut self.purchases[number];
            purchase.received.push((day, quantity));
            let receipt = format!("RC{}-{}", &purchase.number[2..], purchase.received.len());
            let batch = self.series.has_batches.then(|| format!("B{}", &purchase.number[2..]));
            let entry = Entry::new("receipt", purchase.part, purchase.location, quantity, &receipt);
            ledger.book(&Entry { batch: batch.as_deref(), ..entry }, output);
            let mut row = output.row_in(Extract::Receipts, time.export(day));
            row.text(&receipt).text("1").text(&purchase.number).text("1").day(time, day).whole(quantity).end();
            if let Some(batch) = batch.filter(|_| purchase.received.len() == 1) {
                let produced = day - self.chance.days(10, 40);
                write_batch(self.series, purchase.part, &batch, produced, time.export(day), output);
            }
            if quantity > 20 && !self.series.has_batches && self.chance.happens(REJECTED) {
                let rejected = self.chance.between(1, quantity / 20);
                purchase.rejected += rejected;
                let entry = Entry::new("scrap", purchase.part, purchase.location, -rejected, &receipt);
                ledger.book(&entry, output);
            }
        }
    }

    /// Every line in each export in which it was new or had changed, as it was known then.
    pub fn write(&self, output: &mut Output) {
        let time = &self.series.company.time;
        for purchase in &self.purchases {
            let days = purchase.received.iter().map(|(day, _)| *day).chain([purchase.ordered]);
            let vendor = lists::vendor(usize::from(self.series.plant.is_none()), self.series.block);
            for export in time.exports(days) {
                let received = purchase.received_by(export);
                let is_closed = received >= purchase.quantity;
                let mut row = output.row_in(Extract::PurchaseOrders, export);
                row.text(&purchase.number).text("1").text(&self.series.parts[purchase.part].id);
                row.text(LOCATIONS[purchase.location].id).text(&vendor).day(time, purchase.ordered);
                row.day(time, purchase.due).whole(purchase.quantity);
                if received > 0 {
                    row.whole(purchase.rejected)
                } else {
                    row.blank()
                };
                row.text(if is_closed { "closed" } else { "open" }).end();
            }
        }
    }
}

/// A batch of the series, which keeps for two years.
pub fn write_batch(series: &Series<'_>, part: usize, batch: &str, produced: Day, export: Day, output: &mut Output) {
    let mut row = output.row_in(Extract::Batches, export);
    row.text(&series.parts[part].id).text(batch).text(&date_of(produced).to_string());
    row.text(&date_of(produced + 730).to_string()).end();
}
