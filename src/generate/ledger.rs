//! The stock ledger of a series: every movement changes the stock that it is about, in quantity and in value.

use std::collections::VecDeque;

use crate::generate::chance::Chance;

use crate::generate::days::{Day, Month};
use crate::generate::files::{Extract, Output};
use crate::generate::market::{LOCATIONS, SWISS};
use crate::generate::series::{Kind, Series};

/// Of 1000 issues so many are booked, cancelled and booked again.
const CANCELLED: u64 = 3;
const HOUR: i64 = 3600;

#[derive(Debug)]
pub struct Ledger<'a> {
    series: &'a Series<'a>,
    /// By part and location.
    stock: Vec<[Stock; LOCATIONS.len()]>,
    chance: Chance,
    pub day: Day,
    /// The time of day of the last movement.
    seconds: i64,
    movements: u32,
}

#[derive(Debug, Clone, Default)]
struct Stock {
    quantity: i64,
    value: i64,
    /// The oldest first, each with its quantity.
    batches: VecDeque<(String, i64)>,
}

/// One line of a movement.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'e> {
    pub part: usize,
    pub location: usize,
    pub quantity: i64,
    pub kind: &'static str,
    pub document: &'e str,
    pub batch: Option<&'e str>,
    /// The movement by which it left the sender.
    pub link: Option<&'e str>,
    /// What a count found.
    pub counted: Option<i64>,
}

impl<'e> Entry<'e> {
    pub fn new(kind: &'static str, part: usize, location: usize, quantity: i64, document: &'e str) -> Entry<'e> {
        Entry { part, location, quantity, kind, document, batch: None, link: None, counted: None }
    }
}

impl<'a> Ledger<'a> {
    pub fn new(series: &'a Series<'a>, day: Day, chance: Chance) -> Ledger<'a> {
        let stock = series.parts.iter().map(|_| Default::default()).collect();
        Ledger { series, stock, chance, day, seconds: 0, movements: 0 }
    }

    pub fn quantity(&self, part: usize, location: usize) -> i64 {
        self.stock[part][location].quantity
    }

    /// What lies in all locations.
    pub fn total(&self, part: usize) -> i64 {
        self.stock[part].iter().map(|stock| stock.quantity).sum()
    }

    /// What stands in the books of the day before the first movement.
    pub fn open_with(&mut self, part: usize, location: usize, quantity: i64, batch: Option<&str>) {
        let value = quantity * self.cost(part, location, self.day);
        let stock = &mut self.stock[part][location];
        stock.quantity += quantity;
        stock.value += value;
        if let Some(batch) = batch {
            stock.batches.push_back((batch.to_string(), quantity));
        }
    }

    pub fn begin_day(&mut self, day: Day) {
        (self.day, self.seconds) = (day, 0);
    }

    /// What follows happens at this hour (UTC) or later.
    pub fn not_before(&mut self, hour: i64) {
        self.seconds = self.seconds.max(hour * HOUR);
    }

    /// The number of a new movement.
    pub fn movement(&mut self) -> String {
        self.movements += 1;
        format!("M{:03}{}-{:05}", self.series.block + 1, self.series.letter, self.movements)
    }

    fn cost(&self, part: usize, location: usize, day: Day) -> i64 {
        self.series.parts[part].cost_in(self.series.company, Month::of(day), location)
    }

    /// Books a movement of one line under a number of its own.
    pub fn book(&mut self, entry: &Entry<'_>, output: &mut Output) -> String {
        let movement = self.movement();
        self.book_line(&movement, 1, entry, output);
        movement
    }

    /// Books a line of a movement.
    pub fn book_line(&mut self, movement: &str, line: i64, entry: &Entry<'_>, output: &mut Output) {
        let value = entry.quantity * self.cost(entry.part, entry.location, self.day);
        let stock = &mut self.stock[entry.part][entry.location];
        stock.quantity += entry.quantity;
        stock.value += value;
        if let Some(batch) = entry.batch.filter(|_| entry.quantity > 0) {
            // What comes back lies on top of its batch.
            match stock.batches.iter_mut().find(|(known, _)| known == batch) {
                Some((_, quantity)) => *quantity += entry.quantity,
                None => stock.batches.push_back((batch.to_string(), entry.quantity)),
            }
        }
        self.write(movement, line, entry, value, false, output);
    }

    /// Books stock out; of stock with batches the oldest go first, each as a line of its own.
    pub fn issue(&mut self, entry: &Entry<'_>, output: &mut Output) -> (String, Option<String>) {
        if self.chance.happens(CANCELLED) {
            let movement = self.movement();
            let value = entry.quantity * self.cost(entry.part, entry.location, self.day);
            self.write(&movement, 1, entry, value, true, output);
        }
        let movement = self.movement();
        if !self.series.has_batches {
            self.book_line(&movement, 1, entry, output);
            return (movement, None);
        }
        let (mut missing, mut line, mut last) = (-entry.quantity, 1, None);
        while missing > 0 {
            let Some((batch, quantity)) = self.stock[entry.part][entry.location].batches.front_mut() else { break };
            let taken = missing.min(*quantity);
            *quantity -= taken;
            let batch = batch.clone();
            if *quantity == 0 {
                self.stock[entry.part][entry.location].batches.pop_front();
            }
            // Now and then nobody notes from which batch it was.
            let is_noted = taken < missing || line > 1 || !self.chance.happens(30);
            let batch_of_line = is_noted.then_some(batch.as_str());
            self.book_line(&movement, line, &Entry { quantity: -taken, batch: batch_of_line, ..*entry }, output);
            (missing, line, last) = (missing - taken, line + 1, Some(batch));
        }
        (movement, last)
    }

    fn write(
        &mut self,
        movement: &str,
        line: i64,
        entry: &Entry<'_>,
        value: i64,
        is_cancelled: bool,
        output: &mut Output,
    ) {
        let time = &self.series.company.time;
        if line == 1 {
            self.seconds += self.chance.between(20, 90);
        }
        let created = self.seconds + self.chance.between(30, 900);
        let mut row = output.row_in(Extract::StockMovements, time.export(self.day));
        row.text(movement).whole(line).moment(time, self.day, self.seconds).moment(time, self.day, created);
        row.text(&self.series.parts[entry.part].id).text(LOCATIONS[entry.location].id);
        row.text(entry.batch.unwrap_or_default()).whole(entry.quantity);
        row.whole_if(entry.counted);
        row.money(value).text(entry.kind).text(entry.document).text(entry.link.unwrap_or_default());
        row.text(if entry.link.is_some() { "1" } else { "" }).flag(is_cancelled).end();
    }

    /// New costs of a year make the stock dearer.
    pub fn revalue(&mut self, output: &mut Output) {
        for part in 0..self.stock.len() {
            for location in 0..LOCATIONS.len() {
                let dearer = self.cost(part, location, self.day) - self.cost(part, location, self.day - 1);
                let value = dearer * self.stock[part][location].quantity;
                if value != 0 {
                    self.stock[part][location].value += value;
                    let movement = self.movement();
                    let entry = Entry::new("revaluation", part, location, 0, "");
                    self.write(&movement, 1, &entry, value, false, output);
                }
            }
        }
    }

    /// Half of the stock is counted; what is found differs now and then.
    pub fn count(&mut self, document: &str, output: &mut Output) {
        for part in 0..self.stock.len() {
            for location in 0..LOCATIONS.len() {
                let quantity = self.quantity(part, location);
                let is_counted = quantity > 3 && !self.series.has_batches && self.chance.happens(300);
                let difference = self.chance.between(-2, 1);
                if is_counted && difference != 0 {
                    let counted = Some(quantity + difference);
                    let entry = Entry::new("count", part, location, difference, document);
                    self.book(&Entry { counted, ..entry }, output);
                }
            }
        }
    }

    /// The stock of a day's end. Of stock without movements yet the books know more or less when it came.
    pub fn write_balances(&mut self, snapshot: Day, is_opening: bool, reserved: &[Vec<i64>], output: &mut Output) {
        let time = &self.series.company.time;
        for (part, stocks) in self.stock.iter().enumerate() {
            let is_sold = matches!(self.series.parts[part].kind, Kind::Sold(_));
            for (location, stock) in stocks.iter().enumerate() {
                // Under one value for all batches each has its share by quantity, which is exact at one cost.
                let batches: Vec<(&str, i64)> = if self.series.has_batches {
                    stock.batches.iter().map(|(batch, quantity)| (batch.as_str(), *quantity)).collect()
                } else {
                    vec![("(none)", stock.quantity)]
                };
                for (place, (batch, quantity)) in batches.into_iter().enumerate().filter(|(_, (_, left))| *left != 0) {
                    let mut row = output.row_in(Extract::StockBalances, snapshot);
                    row.day(time, snapshot).text(&self.series.parts[part].id).text(LOCATIONS[location].id).text(batch);
                    row.whole(quantity);
                    let is_first = is_sold && place == 0;
                    row.whole_if(is_first.then(|| reserved[part][location].clamp(0, quantity.max(0))));
                    row.money(if self.series.has_batches {
                        stock.value * quantity / stock.quantity
                    } else {
                        stock.value
                    });
                    let is_known = is_opening && self.chance.happens(600);
                    row.day_if(time, is_known.then(|| snapshot - self.chance.days(5, 90))).end();
                }
            }
        }
    }

    /// Whether the books of a warehouse begin with this history.
    pub fn begins_with_history(location: usize) -> bool {
        location == SWISS
    }
}
