//! Production orders as text: each in every export in which it was new or had changed, and the operations.

use crate::generate::capacity::MONTHS_OF_HOURS;
use crate::generate::chance::Chance;
use crate::generate::days::Day;
use crate::generate::families::TABLES;
use crate::generate::files::{Extract, Output};
use crate::generate::making::Order;
use crate::generate::market::LOCATIONS;
use crate::generate::routes::{self, Step};
use crate::generate::series::{Kind, Series};

/// The orders of a series, and the operations of the last months and of what is to come.
pub fn write(series: &Series<'_>, orders: &[Order], chance: &mut Chance, output: &mut Output) {
    let time = &series.company.time;
    let slips = slips(series, orders);
    for order in orders {
        let days = [Some(order.created), order.released, order.actual_start, order.actual_end];
        for export in time.exports(days.into_iter().flatten()) {
            write_order(series, order, export, output);
        }
        let operations_from = time.open.plus(-MONTHS_OF_HOURS).first_day();
        if order.start >= operations_from || order.actual_end.is_none() {
            let slip = slips.iter().find(|(slipped, _)| *slipped == order.number.as_str()).map(|(_, slip)| *slip);
            write_operations(series, order, slip, chance, output);
        }
    }
}

/// What somebody typed wrongly about an order's last operation, and no rule refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slip {
    /// A work center that no list knows.
    UnknownWorkCenter,
    /// No day on which it is to be done.
    NoDay,
}

/// Of the tables that are to be made next, two orders have one.
fn slips<'o>(series: &Series<'_>, orders: &'o [Order]) -> Vec<(&'o str, Slip)> {
    let is_told_of = series.is_told_of() && series.products[0].model.family == TABLES;
    let ahead = orders.iter().filter(|order| is_told_of && order.start > series.company.time.as_of);
    let products = ahead.filter(|order| matches!(series.parts[order.part].kind, Kind::Sold(_)));
    products.map(|order| order.number.as_str()).zip([Slip::UnknownWorkCenter, Slip::NoDay]).collect()
}

fn write_order(series: &Series<'_>, order: &Order, export: Day, output: &mut Output) {
    let time = &series.company.time;
    let known = |day: Option<Day>| day.filter(|day| *day <= export);
    let (start, end) = (known(order.actual_start), known(order.actual_end));
    let status = match (end, known(order.released)) {
        (Some(_), _) => "closed",
        (None, Some(_)) => "released",
        (None, None) => "planned",
    };
    let plant = series.plant.expect("only plants make");
    let mut row = output.row_in(Extract::ProductionOrders, export);
    row.text(&order.number).text(&series.parts[order.part].id).text(LOCATIONS[plant].id).whole(order.quantity);
    row.whole(if end.is_some() { order.completed() } else { 0 });
    row.whole(if end.is_some() { order.scrapped } else { 0 });
    row.day(time, order.start).day(time, scheduled(series, order, order.steps.len() - 1)).day(time, order.due);
    row.day_if(time, start).day_if(time, end).text(status).end();
}

/// The day on which an operation is to be done.
fn scheduled(series: &Series<'_>, order: &Order, step: usize) -> Day {
    let days = routes::days_into(&order.steps, step);
    series.company.time.working_days_later(series.calendar(), order.start, days)
}

fn write_operations(series: &Series<'_>, order: &Order, slip: Option<Slip>, chance: &mut Chance, output: &mut Output) {
    let time = &series.company.time;
    let mut good = order.started;
    for (place, step) in order.steps.iter().enumerate() {
        let days = routes::days_into(&order.steps, place);
        let done = order.actual_start.map(|start| time.working_days_later(series.calendar(), start, days));
        let done = done.filter(|day| *day <= time.as_of);
        let start = Step::start(&order.steps[place..], order.quantity);
        let planned = step.run_hours(start);
        let actual = planned * (chance.around(40) + 20) / 1000;
        // All that was lost is noted at the operation that loses most.
        let loses_most = order.steps.iter().map(|step| step.yield_rate).min() == Some(step.yield_rate);
        let scrapped = if order.actual_end.is_some() && loses_most { order.scrapped } else { 0 };
        good -= scrapped;
        let scheduled = scheduled(series, order, place);
        let down = if chance.happens(60) { chance.between(10, 150) } else { 0 };
        let mut row = output.row(Extract::ProductionOperations);
        let slip = slip.filter(|_| place + 1 == order.steps.len());
        let work_center = if slip == Some(Slip::UnknownWorkCenter) { "POLISHING" } else { &step.work_center };
        let scheduled = Some(scheduled).filter(|_| slip != Some(Slip::NoDay));
        row.text(&order.number).text(step.operation).text(work_center).day_if(time, scheduled);
        row.day_if(time, scheduled).day_if(time, done).day_if(time, done).money(planned);
        if done.is_some() {
            row.money(actual)
        } else {
            row.blank()
        };
        row.money(step.setup_hours(start));
        match done {
            Some(_) => row.money(down).whole(good).whole(scrapped),
            None => row.blanks(3),
        };
        row.decimal(step.hours * 9 / 10, 3).end();
    }
}
