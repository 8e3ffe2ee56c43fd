//! How products are made: the operations of frames and of products, and where they are done.

use crate::generate::market::PLANT_1;
use crate::generate::series::Series;

/// An operation of a routing.
#[derive(Debug, Clone)]
pub struct Step {
    pub operation: &'static str,
    pub work_center: String,
    /// For one piece, in thousandths.
    pub hours: i64,
    /// Setting up, in hundredths of an hour, and the pieces that are made after it.
    pub setup: i64,
    pub lot_size: Option<i64>,
    /// Working days before the due day.
    pub setback: i32,
    /// Thousandths.
    pub yield_rate: i64,
}

impl Step {
    /// What has to be started for a good quantity, in thousandths: it and the losses of this and the later steps.
    pub fn start(steps: &[Step], good: i64) -> i64 {
        steps.iter().rev().fold(good * 1000, |needed, step| needed * 1000 / step.yield_rate)
    }

    /// Hours of a quantity in hundredths, without setup; the quantity in thousandths.
    pub fn run_hours(&self, start: i64) -> i64 {
        (start * self.hours + 5000) / 10_000
    }

    /// Hours of setting up for a quantity, in hundredths; the quantity in thousandths.
    pub fn setup_hours(&self, start: i64) -> i64 {
        self.setup * self.lot_size.map_or(1, |lot| (start + lot * 1000 - 1) / (lot * 1000))
    }
}

/// Working days from the first step's day to that of a later one.
pub fn days_into(steps: &[Step], step: usize) -> i32 {
    steps[0].setback - steps[step].setback
}

/// Working days from the first step to the day on which all is due.
pub fn days_of(steps: &[Step]) -> i32 {
    steps[0].setback
}

/// The number of a work center: its plant and its production line.
pub fn work_center(name: &str, plant: usize, line: usize) -> String {
    format!("{name}-{}{line:02}", plant + 1)
}

/// Coating and assembly in the series' own plant.
pub fn of_product(series: &Series<'_>, product: usize) -> Vec<Step> {
    of_product_in(series, product, series.plant.unwrap_or(PLANT_1))
}

pub fn of_product_in(series: &Series<'_>, product: usize, plant: usize) -> Vec<Step> {
    let hours = &series.products[product].model.hours;
    let at = (series, plant);
    vec![
        step(at, "010", "COATING", hours[3], (75, Some(80)), 1, 970),
        step(at, "020", "ASSEMBLY", hours[4], (25, None), 0, 1000),
    ]
}

/// Cutting, bending and welding in the series' own plant; the Slovak plant bends where it cuts.
pub fn of_frame(series: &Series<'_>, product: usize) -> Vec<Step> {
    of_frame_in(series, product, series.plant.unwrap_or(PLANT_1))
}

pub fn of_frame_in(series: &Series<'_>, product: usize, plant: usize) -> Vec<Step> {
    let hours = &series.products[product].model.hours;
    let at = (series, plant);
    if plant == PLANT_1 {
        vec![
            step(at, "010", "CUTTING", hours[0], (50, Some(200)), 2, 990),
            step(at, "020", "BENDING", hours[1], (50, Some(200)), 2, 1000),
            step(at, "030", "WELDING", hours[2], (50, None), 1, 980),
        ]
    } else {
        vec![
            step(at, "010", "METAL", hours[0] + hours[1], (75, Some(200)), 2, 990),
            step(at, "020", "WELDING", hours[2], (50, None), 1, 980),
        ]
    }
}

fn step(
    (series, plant): (&Series<'_>, usize),
    operation: &'static str,
    name: &str,
    hours: i64,
    (setup, lot_size): (i64, Option<i64>),
    setback: i32,
    yield_rate: i64,
) -> Step {
    let work_center = work_center(name, plant, series.company.production_line(series.block));
    Step { operation, work_center, hours, setup, lot_size, setback, yield_rate }
}
