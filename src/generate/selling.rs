//! Selling: order lines are shipped when there is stock, invoiced, and now and then come back.

use crate::generate::chance::Chance;
use crate::generate::credits;

use crate::generate::days::{Calendar, Day, Month};
use crate::generate::families::TABLES;
use crate::generate::files::{Extract, Output};
use crate::generate::ledger::{Entry, Ledger};
use crate::generate::market::{GROUPS, LOCATIONS, REGIONS, SWISS};
use crate::generate::orders::{self, OrderLine};
use crate::generate::series::Series;

/// Days on the way to the customer.
const ON_THE_WAY: i32 = 2;
/// Customers wait so many days for what is out of stock, then they cancel.
const PATIENCE: i32 = 45;
/// Of 1000 lines so many are shipped in two parts although all is there.
const IN_TWO_PARTS: u64 = 25;

#[derive(Debug)]
pub struct Selling<'a> {
    series: &'a Series<'a>,
    pub lines: Vec<OrderLine>,
    /// Lines by the day from which they may be shipped.
    due: Vec<Vec<usize>>,
    /// Lines that are due and not yet shipped, the longest first.
    waiting: Vec<usize>,
    returns: Vec<Vec<Return>>,
    chance: Chance,
    credits: Chance,
}

/// Goods on their way back.
#[derive(Debug)]
struct Return {
    line: usize,
    quantity: i64,
    shipped: Day,
    batch: Option<String>,
}

impl<'a> Selling<'a> {
    pub fn new(series: &'a Series<'a>, mut chance: Chance) -> Selling<'a> {
        let company = series.company;
        let days = usize::try_from(company.time.as_of - company.time.first_day() + 1).expect("two years");
        let mut lines = Vec::new();
        for (place, product) in series.products.iter().enumerate() {
            lines.extend(orders::of_product(company, place, product, &mut chance));
        }
        let mut selling = Selling {
            series,
            lines: Vec::new(),
            due: vec![Vec::new(); days],
            waiting: Vec::new(),
            returns: (0..days).map(|_| Vec::new()).collect(),
            chance,
            credits: Chance::of(company.seed, "credits", series.products[0].number),
        };
        for line in lines {
            selling.add(line);
        }
        if series.is_told_of() && series.products[0].model.family == TABLES {
            selling.credit_wrongly();
        }
        selling
    }

    /// Two lines of some weeks ago are credited with less and with more than the whole.
    fn credit_wrongly(&mut self) {
        let as_of = self.series.company.time.as_of;
        let is_told_of = |line: &&mut OrderLine| {
            (as_of - 110..as_of - 40).contains(&line.requested) && !line.is_draft && line.cancelled.is_empty()
        };
        for (line, shares) in self.lines.iter_mut().filter(is_told_of).zip([credits::TOO_LITTLE, credits::TOO_MUCH]) {
            line.credit = Some(shares);
        }
    }

    fn place(&self, day: Day) -> usize {
        usize::try_from(day - self.series.company.time.first_day()).expect("lies in the history")
    }

    /// Takes a line on; a draft, or what was cancelled before, is never shipped.
    fn add(&mut self, mut line: OrderLine) -> usize {
        line.credit = credits::shares(&mut self.credits);
        let time = &self.series.company.time;
        let wanted = (line.requested - ON_THE_WAY).max(line.order_date + 1);
        let from = time.working_day_from(Calendar::German, wanted);
        let is_shipped = !line.is_draft && line.cancelled_by(Day::MAX) < line.quantity;
        let number = self.lines.len();
        self.lines.push(line);
        if is_shipped && from <= time.as_of {
            let place = self.place(from);
            self.due[place].push(number);
        }
        number
    }

    /// What is promised to customers, by product and location.
    pub fn reserved(&self, day: Day) -> Vec<Vec<i64>> {
        let mut reserved = vec![vec![0; LOCATIONS.len()]; self.series.parts.len()];
        let is_open = |line: &&OrderLine| !line.is_draft && line.closed.is_none() && line.order_date <= day;
        for line in self.lines.iter().filter(is_open) {
            reserved[line.product][line.location] += line.open(day).max(0);
        }
        reserved
    }

    /// What customers have been waiting for, by product and location.
    pub fn backlog(&self, product: usize, location: usize, day: Day) -> i64 {
        let lines = self.waiting.iter().map(|number| &self.lines[*number]);
        lines.filter(|line| (line.product, line.location) == (product, location)).map(|line| line.open(day)).sum()
    }

    /// Ships what is due and in stock.
    pub fn ship(&mut self, ledger: &mut Ledger<'_>, output: &mut Output) {
        let day = ledger.day;
        let place = self.place(day);
        let mut waiting = std::mem::take(&mut self.waiting);
        waiting.extend(std::mem::take(&mut self.due[place]));
        for number in waiting {
            let line = &self.lines[number];
            let open = line.open(day);
            let stock = ledger.quantity(line.product, line.location).max(0);
            let is_split = line.shipped == 0 && open > 5 && self.chance.happens(IN_TWO_PARTS);
            let shipped = match stock {
                stock if stock >= open && is_split => open / 2,
                stock if stock >= open => open,
                // What is out of stock waits, but for a good part of a long line.
                stock if stock * 3 > open && open > 10 => stock,
                _ => 0,
            };
            if shipped > 0 {
                self.ship_line(number, shipped, ledger, output);
            }
            let line = &mut self.lines[number];
            if line.open(day) > 0 && day - line.requested > PATIENCE {
                line.cancelled.push((day, line.open(day)));
                line.closed = Some(day);
            } else if line.open(day) > 0 {
                self.waiting.push(number);
            }
        }
    }

    fn ship_line(&mut self, number: usize, quantity: i64, ledger: &mut Ledger<'_>, output: &mut Output) {
        let (company, day) = (self.series.company, ledger.day);
        let time = &company.time;
        let line = &mut self.lines[number];
        line.shipped += quantity;
        if line.open(day) == 0 {
            line.closed = Some(day);
        }
        let (order, days) = (line.order(), day - line.order_date);
        let shipment = format!("SH-{order}-{days}");
        let entry = Entry::new("issue", line.product, line.location, -quantity, &shipment);
        let (_, batch) = ledger.issue(&entry, output);
        let delivered = time.working_days_later(Calendar::German, day, self.chance.days(1, 3));
        let line = &self.lines[number];
        let exports = [time.export(day), time.export(delivered.min(time.as_of))];
        let count = if delivered > time.as_of || exports[0] == exports[1] { 1 } else { 2 };
        for export in &exports[..count] {
            let mut row = output.row_in(Extract::Shipments, *export);
            row.text(&shipment).whole(line.line).text(&format!("SO-{order}")).whole(line.line).whole(quantity);
            row.day(time, day).day_if(time, Some(delivered).filter(|delivered| delivered <= export)).end();
        }
        self.write_invoice(line, (day, quantity), None, output);
        let returned = GROUPS[line.customer.group].returned;
        if self.chance.happens(returned) {
            let mut back = time.working_day_from(Calendar::German, day + self.chance.days(9, 35));
            let quantity = self.chance.between(1, quantity.min(6));
            // A credit note is numbered by its order and its day: two shipments of a line come back on two days.
            let is_taken = |back: Day| self.returns[self.place(back)].iter().any(|other| other.line == number);
            while back <= time.as_of && is_taken(back) {
                back = time.working_days_later(Calendar::German, back, 1);
            }
            if back <= time.as_of {
                let place = self.place(back);
                self.returns[place].push(Return { line: number, quantity, shipped: day, batch });
            }
        }
    }

    /// Books what comes back in, and gives credit for it.
    pub fn take_back(&mut self, ledger: &mut Ledger<'_>, output: &mut Output) {
        let place = self.place(ledger.day);
        for back in std::mem::take(&mut self.returns[place]) {
            let line = &self.lines[back.line];
            let credit = format!("CN-{}-{}", line.order(), ledger.day - line.order_date);
            let entry = Entry::new("return", line.product, line.location, back.quantity, &credit);
            ledger.book(&Entry { batch: back.batch.as_deref(), ..entry }, output);
            self.write_invoice(line, (ledger.day, -back.quantity), Some(back.shipped), output);
        }
    }

    /// An invoice, or a credit note for the invoice of the day of shipping.
    fn write_invoice(&self, line: &OrderLine, (day, quantity): (Day, i64), origin: Option<Day>, output: &mut Output) {
        let company = self.series.company;
        let time = &company.time;
        let currency = REGIONS[line.customer.region].currency;
        let order = line.order();
        let number = |day: Day, kind: &str| format!("{kind}-{order}-{}", day - line.order_date);
        // Cost of what lies in the Swiss warehouse is in its currency already, which is its customers'.
        let cost = self.series.parts[line.product].cost_in(company, Month::of(day), line.location);
        let cost = if line.location == SWISS { cost } else { currency.of_eur(cost) };
        let invoice = number(day, if origin.is_some() { "CN" } else { "IN" });
        let (product, amount) = (&self.series.products[line.product], quantity * line.price);
        output.books.invoice(time, line.customer, product, (day, amount, quantity));
        credits::write(company, line, &invoice, day, output);
        let mut row = output.row_in(Extract::Sales, time.export(day));
        row.text(&invoice).whole(line.line);
        row.text(&format!("SO-{order}")).whole(line.line).text(&line.customer.id());
        row.text(&product.id).text(LOCATIONS[line.location].id);
        row.text(company.salesperson(line.customer)).day(time, day).whole(quantity).money(amount);
        row.money(quantity * cost).text(currency.code()).flag(origin.is_some());
        match origin {
            Some(shipped) => row.text(&number(shipped, "IN")).whole(line.line),
            None => row.blanks(2),
        };
        row.end();
    }

    /// Goods are handed over whose receipt nobody has booked: more leaves than the books have.
    pub fn ship_unbooked(&mut self, location: usize, beyond: i64, ledger: &mut Ledger<'_>, output: &mut Output) {
        let company = self.series.company;
        let time = &company.time;
        let stock = ledger.quantity(0, location).max(0);
        let customer = company.customer_of(1, REGIONS.len() - 1, self.series.block, &mut self.chance);
        let product = &self.series.products[0];
        let ordered = time.working_day_from(Calendar::German, ledger.day - 6);
        let price = product.price_in(time.month(ordered)) * 850 / 1000;
        let number = self.add(OrderLine {
            product: 0,
            // Behind all lines of this product's own.
            line: (i64::try_from(product.number).unwrap_or(0) + 1) * 10 + 1_000_000_000,
            customer,
            location,
            order_date: ordered,
            requested: ledger.day + 2,
            first_promised: Some(ledger.day + 2),
            promised_again: None,
            quantity: stock + beyond,
            price: REGIONS[customer.region].currency.of_eur(price),
            is_draft: false,
            cancelled: Vec::new(),
            shipped: 0,
            closed: None,
            credit: None,
        });
        for due in &mut self.due {
            due.retain(|due| *due != number);
        }
        self.ship_line(number, stock + beyond, ledger, output);
    }

    /// Every line in each export in which it was new or had changed, as it was known then.
    pub fn write_lines(&self, output: &mut Output) {
        let time = &self.series.company.time;
        output.books.order(time, self.series.products, self.lines.iter());
        for line in &self.lines {
            let changes = [Some(line.order_date), line.promised_again.map(|(_, when)| when), line.closed];
            let days = changes.into_iter().flatten().chain(line.cancelled.iter().map(|(when, _)| *when));
            for export in time.exports(days) {
                self.write_line(line, export, output);
            }
        }
    }

    fn write_line(&self, line: &OrderLine, export: Day, output: &mut Output) {
        let time = &self.series.company.time;
        let cancelled = line.cancelled_by(export);
        let is_cancelled = cancelled == line.quantity;
        let status = match line.closed {
            _ if line.is_draft => "draft",
            _ if is_cancelled => "cancelled",
            Some(closed) if closed <= export => "closed",
            _ => "firm",
        };
        let promised = line.promised_again.filter(|(_, when)| *when <= export).map(|(promised, _)| promised);
        let mut row = output.row_in(Extract::SalesOrders, export);
        row.text(&format!("SO-{}", line.order())).whole(line.line).text(&line.customer.id());
        row.text(&self.series.products[line.product].id).text(LOCATIONS[line.location].id);
        row.text(self.series.company.salesperson(line.customer)).day(time, line.order_date).day(time, line.requested);
        row.day_if(time, line.first_promised).day_if(time, promised.or(line.first_promised)).whole(line.quantity);
        // Some clerks cancel a line without a quantity: it is the whole line then.
        match cancelled {
            0 => row.blank(),
            _ if is_cancelled && line.line % 2 == 0 => row.blank(),
            quantity => row.whole(quantity),
        };
        let cancelled = line.cancelled.iter().map(|(when, _)| *when).filter(|when| *when <= export).max();
        row.day_if(time, cancelled).money(line.price).text(REGIONS[line.customer.region].currency.code());
        row.text(status).end();
    }
}
