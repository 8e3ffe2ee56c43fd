//! Moving: transfers from the plant to the warehouses, each of two linked movements.

use crate::generate::chance::Chance;
use crate::generate::days::{Calendar, Day};
use crate::generate::files::Output;
use crate::generate::ledger::{Entry, Ledger};
use crate::generate::market::{SOUTH, warehouses};
use crate::generate::series::Series;

/// A transfer on its way.
#[derive(Debug)]
struct Transfer {
    arrives: Day,
    product: usize,
    location: usize,
    quantity: i64,
    document: String,
    /// The movement by which it left.
    left_by: String,
}

#[derive(Debug)]
pub struct Moving<'a> {
    series: &'a Series<'a>,
    on_the_way: Vec<Transfer>,
    transfers: u32,
    /// Whether the transfer that never arrives has left.
    has_lost_one: bool,
    chance: Chance,
}

impl<'a> Moving<'a> {
    pub fn new(series: &'a Series<'a>, chance: Chance) -> Moving<'a> {
        Moving { series, on_the_way: Vec::new(), transfers: 0, has_lost_one: false, chance }
    }

    pub fn on_the_way(&self, product: usize) -> i64 {
        self.on_the_way.iter().filter(|transfer| transfer.product == product).map(|transfer| transfer.quantity).sum()
    }

    fn on_the_way_to(&self, product: usize, location: usize) -> i64 {
        let to = self.on_the_way.iter().filter(|transfer| (transfer.product, transfer.location) == (product, location));
        to.map(|transfer| transfer.quantity).sum()
    }

    /// Books what arrives today.
    pub fn arrive(&mut self, ledger: &mut Ledger<'_>, output: &mut Output) {
        let today = ledger.day;
        for transfer in self.on_the_way.extract_if(.., |transfer| transfer.arrives == today) {
            let (product, location) = (transfer.product, transfer.location);
            let entry = Entry::new("transfer_in", product, location, transfer.quantity, &transfer.document);
            ledger.book(&Entry { link: Some(&transfer.left_by), ..entry }, output);
        }
    }

    /// Fills up warehouses that have less than some weeks' demand, as far as the plant's stock goes.
    pub fn send(
        &mut self,
        plant: usize,
        backlog: impl Fn(usize, usize) -> i64,
        ledger: &mut Ledger<'_>,
        output: &mut Output,
    ) {
        let company = self.series.company;
        let (time, today) = (&company.time, ledger.day);
        let weeks = i64::from(company.size.review_weeks);
        for (product, facts) in self.series.products.iter().enumerate() {
            for (location, share) in warehouses(true) {
                let a_week = facts.demand(time.month(today + 14)) * share * 7 / 30_000;
                let stock = ledger.quantity(product, *location) + self.on_the_way_to(product, *location)
                    - backlog(product, *location);
                let wanted = a_week * (weeks + 3) / 1000 + 2 - stock;
                let quantity = wanted.min(ledger.quantity(product, plant));
                if (wanted - 2) * 2000 >= a_week * (weeks * 2 - 3) && quantity > 0 {
                    let days = match self.series.calendar() {
                        Calendar::German => self.chance.days(1, 3),
                        Calendar::Slovak => self.chance.days(3, 5),
                    };
                    let arrives = time.working_days_later(Calendar::German, today, days);
                    self.send_off((product, plant, *location), quantity, arrives, ledger, output);
                }
            }
        }
    }

    fn send_off(
        &mut self,
        (product, plant, location): (usize, usize, usize),
        quantity: i64,
        arrives: Day,
        ledger: &mut Ledger<'_>,
        output: &mut Output,
    ) {
        self.transfers += 1;
        let document = format!("TR{:03}{}-{:04}", self.series.block + 1, self.series.letter, self.transfers);
        let entry = Entry::new("transfer_out", product, plant, -quantity, &document);
        let left_by = ledger.book(&entry, output);
        let time = &self.series.company.time;
        let is_lost = self.series.is_told_of()
            && self.series.products[product].is_over_forecast()
            && location == SOUTH
            && !self.has_lost_one
            && ledger.day >= time.open.plus(-5).first_day();
        if is_lost {
            self.has_lost_one = true;
        } else {
            self.on_the_way.push(Transfer { arrives, product, location, quantity, document, left_by });
        }
    }
}
