//! Opportunities: what customers ordered in a quarter was won before, some was lost, and some is still open.

use crate::generate::books::{Books, Ordered, Quarter, first_month, quarter_of};
use crate::generate::chance::Chance;
use crate::generate::company::Company;
use crate::generate::days::{Calendar, Day, date_of};
use crate::generate::deals::{self, End, Plan, State, probability};
use crate::generate::files::{Extract, Output};
use crate::generate::lists::{STAGES, WON};
use crate::generate::market::{Customer, REGIONS};
use crate::generate::people::DREIERS;

/// What is open to be closed in the first open quarter and in the next, in thousandths of the orders of a year before;
/// and what it is with the person of whom the story is.
const OPEN: [i64; 2] = [2900, 1300];
const OPEN_OF_DREIER: [i64; 2] = [700, 250];
/// Of 1000 deals so many slip, so many are pulled in, and of open ones so many are overdue.
const SLIPPED: u64 = 300;
const PULLED_IN: u64 = 120;
const OVERDUE: u64 = 80;
/// Of 1000 deals so many are closed in the last week of their quarter.
const IN_LAST_WEEK: u64 = 300;

/// The opportunities of some customers.
pub fn write(company: &Company, books: &Books, customers: &[Customer], output: &mut Output) {
    for customer in customers {
        let number = usize::try_from(customer.number).unwrap_or(0);
        let chance = Chance::of(company.seed, "opportunities", number);
        let mut account = Account { company, books, customer: *customer, chance, count: 0 };
        account.write(output);
    }
}

/// A customer as sales sees it.
struct Account<'a> {
    company: &'a Company,
    books: &'a Books,
    customer: Customer,
    chance: Chance,
    /// Opportunities so far.
    count: usize,
}

impl Account<'_> {
    fn write(&mut self, output: &mut Output) {
        let time = &self.company.time;
        let open = quarter_of(time.open);
        for quarter in quarter_of(time.first)..=quarter_of(time.month(time.as_of)) {
            let Some(ordered) = self.ordered(quarter) else {
                continue;
            };
            let won = ordered.amount * self.chance.between(85, 115) / 100;
            self.write_closed(quarter, End::Won, won, &ordered, output);
            for _ in 0..self.lost() {
                let lost = ordered.amount * self.chance.between(40, 120) / 100;
                self.write_closed(quarter, End::Lost, lost, &ordered, output);
            }
        }
        for (place, quarter) in (open..).enumerate().take(2) {
            if let Some(ordered) = self.ordered(quarter - 4) {
                self.write_open(quarter, place, &ordered, output);
            }
        }
    }

    /// What was ordered in a quarter, if anything worth it.
    fn ordered(&self, quarter: Quarter) -> Option<Ordered> {
        self.books.ordered.get(&(self.customer.number, quarter)).filter(|ordered| ordered.amount > 0).cloned()
    }

    fn is_dreiers(&self) -> bool {
        self.company.seat(self.customer) == (DREIERS, 0)
    }

    /// How many deals are lost beside one that is won.
    fn lost(&mut self) -> u64 {
        match self.chance.below(10) {
            number if self.is_dreiers() => 1 + number / 5,
            0..4 => 0,
            4..8 => 1,
            _ => 2,
        }
    }

    fn write_closed(&mut self, quarter: Quarter, end: End, amount: i64, ordered: &Ordered, output: &mut Output) {
        let time = &self.company.time;
        let first = first_month(quarter).first_day().max(time.first_day());
        let last = first_month(quarter + 1).first_day() - 1;
        let last = last.min(time.as_of);
        let is_late = self.chance.happens(IN_LAST_WEEK);
        let from = if is_late { (last - 6).max(first) } else { first };
        let day = self.chance_day(from, last);
        let day = self.working_day(day).max(first);
        let long = if self.customer.group == 0 { 40 } else { 0 };
        let created = day - self.chance.days(20, 100) - long;
        let created = self.working_day(created);
        let stray = if self.chance.happens(300) { self.chance.days(-9, 12) } else { 0 };
        let moved = self.moved();
        let plan = Plan { end, created, last: day, amount, expected: (day + stray).max(created + 3), moved };
        self.write_deal(&plan, ordered, output);
    }

    fn chance_day(&mut self, from: Day, to: Day) -> Day {
        self.chance.days(from, to.max(from))
    }

    fn working_day(&self, day: Day) -> Day {
        self.company.time.working_day_up_to(Calendar::German, day)
    }

    /// By how many days what is expected last lies behind what was expected first.
    fn moved(&mut self) -> i32 {
        if self.chance.happens(SLIPPED) {
            self.chance.days(20, 80)
        } else if self.chance.happens(PULLED_IN) {
            -self.chance.days(15, 50)
        } else {
            0
        }
    }

    /// The deals that are to be closed in one of the quarters to come.
    fn write_open(&mut self, quarter: Quarter, place: usize, ordered: &Ordered, output: &mut Output) {
        let time = &self.company.time;
        let is_dreiers = self.is_dreiers();
        // Every fourth of the customers of the story's person has a deal that is overdue and one that was put off.
        let is_told_of = is_dreiers && self.customer.number % 4 == 0;
        let part = if is_dreiers { OPEN_OF_DREIER[place] } else { OPEN[place] };
        let total = ordered.amount * part / 1000 * self.chance.between(850, 1150) / 1000;
        let count = if place == 0 { self.chance.between(2, 3) } else { self.chance.between(1, 2) };
        let from = first_month(quarter).first_day().max(time.as_of + 1);
        let to = first_month(quarter + 1).first_day() - 1;
        for number in 0..count {
            let amount = total / count * self.chance.between(700, 1300) / 1000;
            let created = time.as_of - self.chance.days(8, 110);
            let is_overdue = place == 0 && (self.chance.happens(OVERDUE) || (is_told_of && number == 0));
            let expected = self.chance_day(from, to);
            let expected = if is_overdue { time.as_of - self.chance.days(4, 40) } else { expected };
            let moved = match self.moved() {
                // What was to be closed in the quarter that has just ended.
                _ if is_told_of && number == 1 => expected - time.as_of + self.chance.days(3, 30),
                _ if is_overdue => 0,
                moved => moved,
            };
            let created = self.working_day(created.min(expected - moved.max(0) - 10));
            let plan = Plan { end: End::Open, created, last: time.as_of, amount, expected, moved };
            self.write_deal(&plan, ordered, output);
        }
    }

    /// Every state of a deal in each export in which it was new or had changed, and the changes themselves.
    fn write_deal(&mut self, plan: &Plan, ordered: &Ordered, output: &mut Output) {
        let time = &self.company.time;
        self.count += 1;
        let id = format!("OP-{:04}-{:03}", self.customer.number, self.count);
        let states = deals::states(time, plan, &mut self.chance);
        // What was there before the history is in its first export.
        let export = |day: Day| time.export(day.max(time.first_day()));
        for (place, (day, _, state)) in states.iter().enumerate() {
            let is_last_of_export = states.get(place + 1).is_none_or(|next| export(next.0) != export(*day));
            if is_last_of_export {
                self.write_state(&id, plan, state, *day, export(*day), output);
            }
        }
        for pair in states.windows(2) {
            let (before, (day, second, after)) = (&pair[0].2, pair[1]);
            let mut write = |field: &str, old: &str, new: &str| {
                if old != new {
                    let mut row = output.row_in(Extract::OpportunityHistory, export(day));
                    row.text(&id).moment(time, day, second).text(field).text(old).text(new).end();
                }
            };
            write("stage", STAGES[before.stage].0, STAGES[after.stage].0);
            write("probability_rate", &probability(before.stage), &probability(after.stage));
            write("amount", &money(before.amount), &money(after.amount));
            write("expected_close_date", &date_of(before.expected).to_string(), &date_of(after.expected).to_string());
        }
        for (amount, product, quantity) in &ordered.products {
            // Small parts of an order are not planned.
            let quantity = i128::from(*quantity) * i128::from(plan.amount) / i128::from(ordered.amount.max(1));
            let is_main = amount * 5 > ordered.amount || *product == ordered.products[0].1;
            if is_main {
                let mut row = output.row_in(Extract::OpportunityProducts, export(plan.created));
                row.text(&id).text(&self.company.products[*product].id);
                row.whole(i64::try_from(quantity).unwrap_or(0).max(1)).end();
            }
        }
    }

    fn write_state(&self, id: &str, plan: &Plan, state: &State, day: Day, export: Day, output: &mut Output) {
        let (company, time) = (self.company, &self.company.time);
        let mut row = output.row_in(Extract::Opportunities, export);
        row.text(id).text(&self.customer.id()).text(company.salesperson(self.customer)).text(STAGES[state.stage].0);
        row.money(state.amount).text(REGIONS[self.customer.region].currency.code()).text(&probability(state.stage));
        row.day(time, plan.created).day(time, state.expected);
        row.day_if(time, state.is_closed().then_some(day)).flag(state.stage == WON).flag(state.is_closed()).end();
    }
}

fn money(amount: i64) -> String {
    format!("{}.{:02}", amount / 100, amount % 100)
}
