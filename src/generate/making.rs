//! Making: production orders of a series, from the review of stocks to the receipt of what was made.

use crate::generate::chance::Chance;

use crate::generate::days::Day;
use crate::generate::files::Output;
use crate::generate::ledger::{Entry, Ledger};
use crate::generate::production_orders;
use crate::generate::routes::{self, Step};
use crate::generate::series::{Kind, SCREWS, STEEL_YIELD, Series};

/// An order to make a product or its frames.
#[derive(Debug)]
pub struct Order {
    pub number: String,
    pub part: usize,
    /// Good quantity that is wanted, and what is started for it.
    pub quantity: i64,
    pub started: i64,
    pub scrapped: i64,
    pub steps: Vec<Step>,
    pub created: Day,
    pub released: Option<Day>,
    pub start: Day,
    pub due: Day,
    pub actual_start: Option<Day>,
    pub actual_end: Option<Day>,
    /// The order that takes what this one makes, and how many working days it is held up.
    next: Option<usize>,
    held_up: i32,
}

impl Order {
    pub fn completed(&self) -> i64 {
        if self.actual_end.is_some() { self.started - self.scrapped } else { 0 }
    }
}

#[derive(Debug)]
pub struct Making<'a> {
    series: &'a Series<'a>,
    pub orders: Vec<Order>,
    /// Orders by the day on which they are to start or to end.
    starts: Vec<Vec<usize>>,
    ends: Vec<Vec<usize>>,
    chance: Chance,
}

impl<'a> Making<'a> {
    pub fn new(series: &'a Series<'a>, chance: Chance) -> Making<'a> {
        let days = usize::try_from(series.company.time.as_of - series.company.time.first_day() + 1).expect("two years");
        let (starts, ends) = (vec![Vec::new(); days], vec![Vec::new(); days]);
        Making { series, orders: Vec::new(), starts, ends, chance }
    }

    /// What is still to come from orders that are open.
    pub fn open_quantity(&self, part: usize) -> i64 {
        let open = self.orders.iter().filter(|order| order.part == part && order.actual_end.is_none());
        open.map(|order| order.quantity).sum()
    }

    /// What open orders are still going to take of a material.
    pub fn reserved(&self, kind: Kind) -> i64 {
        let waiting = self.orders.iter().filter(|order| order.actual_start.is_none());
        waiting
            .map(|order| self.needs(order).into_iter().find(|(need, _)| *need == kind).map_or(0, |need| need.1))
            .sum()
    }

    /// Orders a quantity of a product, and frames for it; made in about two weeks.
    pub fn order(&mut self, product: usize, quantity: i64, day: Day) {
        let calendar = self.series.calendar();
        let time = &self.series.company.time;
        let later = |from: Day, days: i32| time.working_days_later(calendar, from, days);
        let (frame_steps, steps) = (routes::of_frame(self.series, product), routes::of_product(self.series, product));
        let first = later(day, 2 + self.chance.days(0, 3));
        // What is to start behind the history is the plan's business.
        if first > time.as_of {
            return;
        }
        let coating = later(first, routes::days_of(&frame_steps));
        let frames = (Step::start(&steps, quantity) + 999) / 1000;
        let held_up = [self.delay(), self.delay()];
        let (frame, part) = (self.series.place_of(Kind::Frame(product)), self.series.place_of(Kind::Sold(product)));
        let number = self.orders.len();
        self.add(frame, frames, frame_steps, (day, first, coating), (Some(number + 1), held_up[0]));
        let due = later(coating, routes::days_of(&steps) + 1);
        self.add(part, quantity, steps, (day, coating, due), (None, held_up[1]));
        self.schedule_start(number, later(first, held_up[0]));
    }

    /// Working days by which something starts too late.
    fn delay(&mut self) -> i32 {
        if self.chance.happens(200) { self.chance.days(1, 4) } else { 0 }
    }

    fn add(
        &mut self,
        part: usize,
        quantity: i64,
        steps: Vec<Step>,
        (created, start, due): (Day, Day, Day),
        (next, held_up): (Option<usize>, i32),
    ) {
        let started = (Step::start(&steps, quantity) + 999) / 1000;
        let number = format!("MO{:03}{}-{:04}", self.series.block + 1, self.series.letter, self.orders.len() + 1);
        let released = Some((start - 5).max(created));
        let (actual_start, actual_end, scrapped) = (None, None, 0);
        let order = Order {
            number,
            part,
            quantity,
            started,
            scrapped,
            steps,
            created,
            released,
            start,
            due,
            actual_start,
            actual_end,
            next,
            held_up,
        };
        self.orders.push(order);
    }

    /// An order of the plan that is to come, released or only planned.
    pub fn plan(&mut self, part: usize, quantity: i64, steps: Vec<Step>, days: (Day, Day, Day), is_released: bool) {
        self.add(part, quantity, steps, days, (None, 0));
        if let Some(order) = self.orders.last_mut() {
            order.released = is_released.then_some(order.created);
        }
    }

    /// The newest order of a product waits for good, from before its first operation.
    pub fn hold_up_last(&mut self) {
        if let Some(order) = self.orders.last_mut() {
            order.held_up = 60;
        }
    }

    fn place(&self, day: Day) -> Option<usize> {
        let time = &self.series.company.time;
        (day <= time.as_of).then(|| usize::try_from(day - time.first_day()).expect("lies in the history"))
    }

    fn schedule_start(&mut self, number: usize, day: Day) {
        if let Some(place) = self.place(day) {
            self.starts[place].push(number);
        }
    }

    /// What an order takes from stock.
    fn needs(&self, order: &Order) -> Vec<(Kind, i64)> {
        match self.series.parts[order.part].kind {
            Kind::Sold(product) => {
                let of_each = [
                    (Kind::Frame(product), 1),
                    (Kind::Wood, self.series.wood()),
                    (Kind::Powder, self.series.powder(product)),
                    (Kind::Screws, SCREWS),
                ];
                of_each.map(|(kind, quantity)| (kind, order.started * quantity)).to_vec()
            }
            Kind::Frame(product) => {
                let steel = order.started * self.series.steel(product) * 1000;
                vec![(Kind::Steel, (steel + STEEL_YIELD - 1) / STEEL_YIELD)]
            }
            _ => Vec::new(),
        }
    }

    /// Takes parts from stock for orders that start today. What lacks parts waits for the next day.
    pub fn start(&mut self, plant: usize, ledger: &mut Ledger<'_>, output: &mut Output) {
        let (time, day) = (&self.series.company.time, ledger.day);
        let Some(place) = self.place(day) else { return };
        for number in std::mem::take(&mut self.starts[place]) {
            let order = &self.orders[number];
            if let (Kind::Sold(product), true) = (self.series.parts[order.part].kind, order.actual_start.is_none()) {
                // Losses in welding leave a frame or two too few: as many products are started.
                let frames = ledger.quantity(self.series.place_of(Kind::Frame(product)), plant);
                let started = order.started.min(frames);
                self.orders[number].started = started;
            }
            let order = &self.orders[number];
            let needs = self.needs(order);
            let lacks = |(kind, need): &(Kind, i64)| ledger.quantity(self.series.place_of(*kind), plant) < *need;
            if order.started <= 0 || needs.iter().any(lacks) {
                let tomorrow = time.working_days_later(self.series.calendar(), day, 1);
                self.schedule_start(number, tomorrow);
                continue;
            }
            let movement = ledger.movement();
            let document = order.number.clone();
            for ((kind, need), line) in needs.into_iter().zip(1..) {
                let entry = Entry::new("issue", self.series.place_of(kind), plant, -need, &document);
                ledger.book_line(&movement, line, &entry, output);
            }
            let days = routes::days_into(&order.steps, order.steps.len() - 1);
            let end = time.working_days_later(self.series.calendar(), day, days);
            self.orders[number].actual_start = Some(day);
            if let Some(place) = self.place(end) {
                self.ends[place].push(number);
            }
        }
    }

    /// Books what was made today into stock.
    pub fn finish(&mut self, plant: usize, ledger: &mut Ledger<'_>, output: &mut Output) {
        let (time, day) = (&self.series.company.time, ledger.day);
        let Some(place) = self.place(day) else { return };
        for number in std::mem::take(&mut self.ends[place]) {
            let order = &mut self.orders[number];
            let lost = order.started * 1000
                - order.steps.iter().fold(order.started * 1000, |good, step| good * step.yield_rate / 1000);
            let strayed = lost * self.chance.around(250) / 1000;
            order.scrapped = self.chance.rounded(strayed).min(order.started);
            order.actual_end = Some(day);
            let (good, document) = (order.completed(), order.number.clone());
            if good > 0 {
                let entry = Entry::new("receipt", order.part, plant, good, &document);
                ledger.book(&entry, output);
            }
            if let Some(next) = order.next {
                let earliest = self.orders[next].start.max(day + 1);
                let start = time.working_days_later(self.series.calendar(), earliest, self.orders[next].held_up);
                self.schedule_start(next, start);
            }
        }
    }

    pub fn write(&mut self, output: &mut Output) {
        production_orders::write(self.series, &self.orders, &mut self.chance, output);
    }
}
