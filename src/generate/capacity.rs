//! Work centers and their hours: as many as an ordinary month needs, and a part beyond it.

use std::collections::BTreeMap;

use crate::generate::company::Company;
use crate::generate::days::{Day, Month, PLAN_MONTHS};
use crate::generate::files::{Extract, Output};
use crate::generate::market::{LOCATIONS, PLANT_1};
use crate::generate::plan::expected_in_week;
use crate::generate::routes::{self, Step, work_center};
use crate::generate::series::{self, Series};

/// Months of history whose hours and operations are told, before the plans' months.
pub const MONTHS_OF_HOURS: i32 = 6;
/// Hours of a break, in hundredths.
const BREAK: i64 = 75;
/// Hours that a machine works on a day at most, without breaks, in hundredths.
const LONGEST_DAY: i64 = 1500;
/// And at least.
const SHORTEST_DAY: i64 = 750;
/// Working days of a month, for what has to be done in one, in tenths.
const DAYS_OF_A_MONTH: i64 = 210;

/// A kind of work center, which each production line has one of.
#[derive(Debug)]
struct Kind {
    name: &'static str,
    title: &'static str,
    /// What it is asked for in an ordinary month, in thousandths of what it has.
    load: i64,
    efficiency: i64,
    utilization: i64,
    hour_cost: i64,
    /// How many there are at least.
    machines: i64,
}

const KINDS: [Kind; 6] = [
    Kind {
        name: "CUTTING",
        title: "Laser cutting",
        load: 520,
        efficiency: 950,
        utilization: 900,
        hour_cost: 7800,
        machines: 1,
    },
    Kind {
        name: "BENDING",
        title: "Press brake",
        load: 520,
        efficiency: 950,
        utilization: 900,
        hour_cost: 6400,
        machines: 1,
    },
    Kind {
        name: "METAL",
        title: "Cutting and bending",
        load: 620,
        efficiency: 950,
        utilization: 900,
        hour_cost: 5200,
        machines: 1,
    },
    Kind {
        name: "WELDING",
        title: "Welding booths",
        load: 560,
        efficiency: 900,
        utilization: 850,
        hour_cost: 5800,
        machines: 2,
    },
    Kind {
        name: "COATING",
        title: "Powder coating",
        load: 770,
        efficiency: 950,
        utilization: 900,
        hour_cost: 8500,
        machines: 1,
    },
    Kind {
        name: "ASSEMBLY",
        title: "Assembly and packing",
        load: 520,
        efficiency: 1000,
        utilization: 850,
        hour_cost: 4200,
        machines: 3,
    },
];

/// A work center of a plant and line.
type Key = (&'static str, usize, usize);

#[derive(Debug)]
struct WorkCenter {
    kind: &'static Kind,
    machines: i64,
    /// Hours of a shift in each month, breaks included, in hundredths.
    shifts: Vec<i64>,
}

#[derive(Debug)]
pub struct WorkCenters {
    first: Month,
    centers: BTreeMap<Key, WorkCenter>,
}

/// Hours by work center and month, in hundredths.
type Loads = BTreeMap<Key, Vec<i64>>;

impl WorkCenters {
    pub fn new(company: &Company) -> WorkCenters {
        let first = company.time.open.plus(-MONTHS_OF_HOURS);
        let months: Vec<Month> = (first.0..company.time.end.0).map(Month).collect();
        let mut loads = Loads::new();
        for block in 0..company.size.blocks {
            for series in series::of_block(company, block) {
                let made = series.products.iter().enumerate().filter(|_| series.plant.is_some());
                for (place, _) in made.filter(|(_, product)| product.launch.is_none()) {
                    add_loads(&series, place, &months, &mut loads);
                }
            }
        }
        let centers = loads.into_iter().map(|(key, loads)| (key, work_center_of(key, &loads))).collect();
        WorkCenters { first, centers }
    }

    /// Hours that a work center has from a day to before another, in hundredths.
    pub fn available(
        &self,
        name: &'static str,
        plant: usize,
        line: usize,
        (from, to): (Day, Day),
        company: &Company,
    ) -> i64 {
        let center = &self.centers[&(name, plant, line)];
        let days = (from..to).filter(|day| company.time.is_working_day(LOCATIONS[plant].calendar, *day));
        let hours: i64 =
            days.map(|day| (center.shifts[self.column(company.time.month(day))] - BREAK) * center.machines).sum();
        hours * center.kind.efficiency / 1000 * center.kind.utilization / 1000
    }

    fn column(&self, month: Month) -> usize {
        usize::try_from(month.0 - self.first.0)
            .expect("a month whose hours are told")
            .min(usize::try_from(MONTHS_OF_HOURS + PLAN_MONTHS - 1).expect("a positive number"))
    }

    pub fn write(&self, company: &Company, output: &mut Output) {
        for (key, center) in &self.centers {
            write_work_center(*key, center, output);
            self.write_hours(*key, center, company, output);
        }
    }

    fn write_hours(&self, (name, plant, line): Key, center: &WorkCenter, company: &Company, output: &mut Output) {
        let (id, calendar) = (work_center(name, plant, line), LOCATIONS[plant].calendar);
        // One welding booth is overhauled in the third week of the first open month.
        let overhaul = company.time.open.first_day() + 18;
        let is_overhauled = (name, plant, line) == ("WELDING", PLANT_1, 1) && center.machines > 1;
        for day in self.first.first_day()..company.time.end.first_day() {
            if !company.time.is_working_day(calendar, day) {
                continue;
            }
            let month = company.time.month(day);
            let mut row = output.row_in(Extract::Capacity, month.first_day());
            row.text(&id).day(&company.time, day).money(center.shifts[self.column(month)]).money(BREAK);
            let has_one_less = is_overhauled && (overhaul..overhaul + 7).contains(&day);
            row.whole_if(has_one_less.then_some(center.machines - 1)).end();
        }
    }
}

fn write_work_center((name, plant, line): Key, center: &WorkCenter, output: &mut Output) {
    let calendar = LOCATIONS[plant].calendar;
    let group = work_center("SHOP", plant, line);
    if name == "WELDING" {
        let mut row = output.row(Extract::WorkCenters);
        row.text(&group).text(&format!("Metal shop {line}")).text(LOCATIONS[plant].id).blanks(5).text("EUR");
        row.text(calendar.id()).end();
    }
    let is_metal = ["CUTTING", "BENDING", "METAL", "WELDING"].contains(&name);
    let mut row = output.row(Extract::WorkCenters);
    row.text(&work_center(name, plant, line)).text(&format!("{} {line}", center.kind.title));
    row.text(LOCATIONS[plant].id).text(if is_metal { &group } else { "" }).whole(center.machines);
    match center.kind.efficiency {
        1000 => row.blank(),
        rate => row.decimal(rate / 10, 2),
    };
    row.decimal(center.kind.utilization / 10, 2).money(center.kind.hour_cost).text("EUR").text(calendar.id()).end();
}

/// The hours that an ordinary month's quantity of a product asks for.
fn add_loads(series: &Series<'_>, place: usize, months: &[Month], loads: &mut Loads) {
    let line = series.company.production_line(series.block);
    let plant = series.plant.expect("only plants make");
    let (frame, steps) = (routes::of_frame(series, place), routes::of_product(series, place));
    for (column, month) in months.iter().enumerate() {
        // What is sold in a month is made in the one before.
        let quantity = expected_in_week(&series.products[place], month.plus(1)) * 30 / 7;
        let frames = Step::start(&steps, quantity) / 1000;
        for (steps, good) in [(&steps, quantity), (&frame, frames)] {
            for (at, step) in steps.iter().enumerate() {
                let start = Step::start(&steps[at..], good) / 1000;
                // Lots of a week, each with its setup.
                let hours = step.run_hours(start) + step.setup_hours(start / 4) * 4;
                let kind = KINDS.iter().find(|kind| step.work_center.starts_with(kind.name));
                let key = (kind.expect("a known work center").name, plant, line);
                loads.entry(key).or_insert_with(|| vec![0; months.len()])[column] += hours;
            }
        }
    }
}

/// As many machines as the busiest month needs, and shifts that are as long as each month needs, by quarters of hours.
fn work_center_of((name, plant, _): Key, loads: &[i64]) -> WorkCenter {
    let kind = KINDS.iter().find(|kind| kind.name == name).expect("a known work center");
    // The second plant was built for more than it makes now.
    let asked = if plant == PLANT_1 { kind.load } else { kind.load * 3 / 4 };
    // Machine hours of a day for a load of a month.
    let a_day = |load: i64| {
        let hours = load * 1000 / asked * 10 / DAYS_OF_A_MONTH;
        hours * 1000 / kind.efficiency * 1000 / kind.utilization
    };
    let busiest = loads.iter().copied().max().unwrap_or(0);
    let machines = (a_day(busiest) + LONGEST_DAY - 1) / LONGEST_DAY;
    let machines = machines.max(kind.machines);
    let shifts =
        loads.iter().map(|load| ((a_day(*load) / machines + 24) / 25 * 25).max(SHORTEST_DAY) + BREAK).collect();
    WorkCenter { kind, machines, shifts }
}
