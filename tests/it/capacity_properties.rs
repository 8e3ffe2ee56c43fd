//! Random plans, routings, bills and calendars: a plain scheduler in this test places the same operations on the same
//! days with the same hours, and no hour of a plan's row is lost or made up.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};

use crate::cli_support::Project;
use crate::numbers::Numbers;

const LOCATIONS: [&str; 2] = ["CELLE", "OPOLE"];
const WORK_CENTERS: [&str; 4] = ["SAW", "WELD", "PAINT", "PACK"];
const CASES: u64 = 40;

/// Millionths of millionths, in which all that the test chooses can be told exactly.
const ONE: i128 = 1_000_000_000_000;

#[derive(Clone)]
struct Operation {
    name: String,
    work_center: &'static str,
    /// Thousandths of hours.
    run: i128,
    setup: i128,
    lot: Option<i128>,
    setback: i64,
    is_calendar: bool,
    /// Quantity started per quantity that comes out.
    started: (i128, &'static str),
}

struct Component {
    product: usize,
    quantity: i128,
    taken: (i128, &'static str),
    is_phantom: bool,
}

struct Row {
    product: usize,
    location: usize,
    start: NaiveDate,
    end: NaiveDate,
    due: Option<NaiveDate>,
    quantity: i128,
}

/// Everything of one case. Products take products of higher numbers alone, so that no bill comes back to itself.
struct World {
    rows: Vec<Row>,
    routings: Vec<Vec<Operation>>,
    bills: Vec<Vec<Component>>,
    closed: [BTreeSet<NaiveDate>; 2],
    capacity: BTreeMap<&'static str, BTreeSet<NaiveDate>>,
}

fn day(month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, month, day).unwrap()
}

fn after(date: NaiveDate, days: usize) -> NaiveDate {
    date + TimeDelta::days(i64::try_from(days).unwrap())
}

impl World {
    fn random(numbers: &mut Numbers) -> World {
        // Their inverses are exact: 1, 0.5, 0.8 and 0.25.
        let yields = [(ONE, ""), (2 * ONE, "0.5"), (ONE * 5 / 4, "0.8"), (4 * ONE, "0.25")];
        let products = 2 + numbers.below(5);
        let routings = (0..products).map(|_| {
            let operations = numbers.below(5);
            (0..operations)
                .map(|number| Operation {
                    name: format!("{:03}", (number + 1) * 10),
                    work_center: WORK_CENTERS[numbers.below(4)],
                    run: i128::try_from(numbers.below(2000)).unwrap(),
                    setup: i128::try_from(numbers.below(3)).unwrap() * 250,
                    lot: (!numbers.one_in(3)).then(|| i128::try_from(1 + numbers.below(40)).unwrap()),
                    setback: i64::try_from(numbers.below(7)).unwrap(),
                    is_calendar: numbers.one_in(2),
                    started: *numbers.pick(&yields),
                })
                .collect()
        });
        let routings: Vec<Vec<Operation>> = routings.collect();
        let bills = (0..products).map(|product| {
            let mut taken = BTreeSet::new();
            (0..numbers.below(3))
                .filter_map(|_| {
                    let component = product + 1 + numbers.below(products);
                    (component < products && taken.insert(component)).then(|| Component {
                        product: component,
                        quantity: i128::try_from(1 + numbers.below(4)).unwrap(),
                        taken: *numbers.pick(&yields),
                        is_phantom: numbers.one_in(4),
                    })
                })
                .collect()
        });
        let bills = bills.collect();
        let closed = [0, 1].map(|_| (0..12).map(|_| after(day(3, 1), numbers.below(110))).collect());
        let capacity = WORK_CENTERS.iter().map(|work_center| {
            let share = numbers.below(5);
            let days = (0..110).map(|days| after(day(3, 15), days)).filter(|_| numbers.below(4) < share).collect();
            (*work_center, days)
        });
        let capacity = capacity.collect();
        let mut rows: Vec<Row> = Vec::new();
        for _ in 0..6 {
            let (product, location) = (numbers.below(products), numbers.below(2));
            let start = after(day(4, 1), numbers.below(60));
            let end = after(start, 1 + numbers.below(10));
            let due = (!numbers.one_in(3)).then(|| after(start, numbers.below(5)));
            let quantity = i128::try_from(numbers.below(200)).unwrap();
            if !rows.iter().any(|row| (row.product, row.location, row.start) == (product, location, start)) {
                rows.push(Row { product, location, start, end, due, quantity });
            }
        }
        World { rows, routings, bills, closed, capacity }
    }

    fn is_worked(&self, location: usize, date: NaiveDate) -> bool {
        !matches!(date.weekday(), Weekday::Sat | Weekday::Sun) && !self.closed[location].contains(&date)
    }

    /// So many working days before a day.
    fn set_back(&self, location: usize, due: NaiveDate, days: i64) -> NaiveDate {
        let (mut date, mut left) = (due, days);
        while left > 0 {
            date -= TimeDelta::days(1);
            left -= i64::from(self.is_worked(location, date));
        }
        date
    }

    fn due_days(&self, row: &Row) -> Vec<NaiveDate> {
        if let Some(due) = row.due {
            return vec![due];
        }
        let days: Vec<NaiveDate> = row
            .start
            .iter_days()
            .take_while(|date| *date < row.end)
            .filter(|date| self.is_worked(row.location, *date))
            .collect();
        if days.is_empty() { vec![row.end.pred_opt().unwrap()] } else { days }
    }

    /// The expected rows of one product that is due on a day, and of all that goes into it.
    fn explode(&self, node: &Node<'_>, found: &mut String, totals: &mut BTreeMap<String, i128>) {
        let Node { row, product, way, due, start, number, count, is_phantom } = node;
        let (mut moved, mut begun, mut first_day) = (TimeDelta::zero(), *start, *due);
        let operations = if *is_phantom { &[][..] } else { &self.routings[*product][..] };
        for operation in operations.iter().rev() {
            begun = begun * operation.started.0 / ONE;
            let wanted = if operation.is_calendar {
                *due - TimeDelta::days(operation.setback)
            } else {
                self.set_back(row.location, *due, operation.setback)
            } - moved;
            let placed = self.capacity[operation.work_center].range(..=wanted).next_back();
            moved += placed.map_or(TimeDelta::zero(), |placed| wanted - *placed);
            first_day = placed.copied().unwrap_or(wanted);
            let quantity = row.quantity * begun;
            let lots = operation.lot.map_or(1, |lot| (quantity + lot * ONE - 1) / (lot * ONE));
            let setup = if quantity > 0 { operation.setup * lots * ONE } else { 0 };
            // Thousandths of hours, times ONE, to ten-thousandths.
            let hours = rounded((quantity * operation.run + setup) * 10, ONE);
            let part = rounded(hours * number, *count) - rounded(hours * (number - 1), *count);
            // The parts of all days, less the whole.
            let left = totals.entry(format!("{way}/{}", operation.name)).or_insert(-hours);
            *left += part;
            writeln!(
                found,
                "P{},{},{},{number},{way},{},{},{first_day},{},{}.{:04}",
                row.product,
                LOCATIONS[row.location],
                row.start,
                operation.name,
                operation.work_center,
                placed.is_some(),
                part / 10_000,
                part % 10_000
            )
            .unwrap();
        }
        // What has neither operations nor a bill is bought, unless the plan itself asks for it.
        let is_made = way == &format!("P{}", row.product) || !self.bills[*product].is_empty();
        if operations.is_empty() && is_made && !is_phantom {
            let (product, location, start) = (row.product, LOCATIONS[row.location], row.start);
            writeln!(found, "P{product},{location},{start},{number},{way},,(unknown),{due},false,0.0000").unwrap();
        }
        for component in &self.bills[*product] {
            let is_planned =
                self.rows.iter().any(|other| (other.product, other.location) == (component.product, row.location));
            if !is_planned {
                self.explode(
                    &Node {
                        product: component.product,
                        way: format!("{way} > P{}", component.product),
                        due: first_day,
                        start: begun * component.quantity * component.taken.0 / ONE,
                        is_phantom: component.is_phantom,
                        ..*node
                    },
                    found,
                    totals,
                );
            }
        }
    }

    fn expected(&self) -> String {
        let mut found = String::from(
            "plan_product_id,location_id,period_start,slice_number,way,operation,work_center_id,date,is_placed,hours\n",
        );
        for row in &self.rows {
            let days = self.due_days(row);
            let count = i128::try_from(days.len()).unwrap();
            let mut differences = BTreeMap::new();
            for (number, due) in (1..).zip(days) {
                let way = format!("P{}", row.product);
                let node = Node { row, product: row.product, way, due, start: ONE, number, count, is_phantom: false };
                self.explode(&node, &mut found, &mut differences);
            }
            assert!(
                differences.values().all(|difference| *difference == 0),
                "the parts are the whole: {differences:?}"
            );
        }
        found
    }
}

/// A product on its way down the bills, for one of the days on which a row of the plan is due.
struct Node<'a> {
    row: &'a Row,
    product: usize,
    way: String,
    due: NaiveDate,
    /// Quantity per planned quantity.
    start: i128,
    number: i128,
    count: i128,
    is_phantom: bool,
}

/// Half away from zero.
fn rounded(number: i128, by: i128) -> i128 {
    (2 * number + by) / (2 * by)
}

#[test]
fn a_plain_scheduler_places_the_same_hours_on_the_same_days() {
    let project = Project::of_the_plant();
    for number in 0..CASES {
        write_case(&project, number, &World::random(&mut Numbers(number)));
    }
    let outcome = project.sopmart(&["test", "capacity_plan_hours"]).expect_exit(0);
    assert!(outcome.stderr.contains(&format!("{CASES} passed, 0 failed")), "{}", outcome.stderr);
}

fn write_case(project: &Project, number: u64, world: &World) {
    let folder = format!("tests/models/capacity_plan_hours/case_{number}");
    let write = |name: &str, text: &str| project.write(&format!("{folder}/{name}"), text);
    write("settings.yaml", "as_of: 2026-03-31\n");
    write("expected.csv", &world.expected());
    let mut plans =
        String::from("snapshot_date,version,product_id,location_id,period_start,period_end,due_date,quantity,status\n");
    for row in &world.rows {
        let (location, due) = (LOCATIONS[row.location], row.due.map(|due| due.to_string()).unwrap_or_default());
        let (product, start, end, quantity) = (row.product, row.start, row.end, row.quantity);
        writeln!(plans, "2026-03-30,V1,P{product},{location},{start},{end},{due},{quantity},approved").unwrap();
    }
    write("staging.production_plans.csv", &plans);
    let mut routings = String::from(
        "product_id,location_id,routing_version,operation,work_center_id,run_hours_per_unit,setup_hours,lot_size,setback_days,setback_unit,yield_rate\n",
    );
    for (product, operations) in world.routings.iter().enumerate() {
        for operation in operations {
            let Operation { name, work_center, run, setup, lot, setback, is_calendar, started } = operation;
            let lot = lot.map(|lot| lot.to_string()).unwrap_or_default();
            let unit = if *is_calendar { "calendar" } else { "working" };
            let (run, setup) = (thousandths(*run), thousandths(*setup));
            let yields = started.1;
            writeln!(
                routings,
                "P{product},(all),R1,{name},{work_center},{run},{setup},{lot},{setback},{unit},{yields}"
            )
            .unwrap();
        }
    }
    write("staging.routings.csv", &routings);
    let mut bills = String::from("product_id,location_id,version,component_id,quantity_per,yield_rate,is_phantom\n");
    for (product, components) in world.bills.iter().enumerate() {
        for component in components {
            let Component { product: taken, quantity, taken: (_, yields), is_phantom } = component;
            writeln!(bills, "P{product},(all),B1,P{taken},{quantity},{yields},{is_phantom}").unwrap();
        }
    }
    write("staging.bills_of_material.csv", &bills);
    write("staging.locations.csv", "location_id,calendar_id\nCELLE,CELLE\nOPOLE,OPOLE\n");
    let mut calendars = String::from("calendar_id,date,is_working_day\n");
    for (location, closed) in LOCATIONS.iter().zip(&world.closed) {
        for date in closed {
            writeln!(calendars, "{location},{date},false").unwrap();
        }
    }
    write("staging.calendars.csv", &calendars);
    write("staging.work_centers.csv", &format!("work_center_id\n{}\n", WORK_CENTERS.join("\n")));
    let mut capacity = String::from("work_center_id,date,shift_hours\n");
    for (work_center, days) in &world.capacity {
        for date in days {
            writeln!(capacity, "{work_center},{date},8").unwrap();
        }
    }
    write("staging.capacity.csv", &capacity);
}

fn thousandths(number: i128) -> String {
    format!("{}.{:03}", number / 1000, number % 1000)
}
