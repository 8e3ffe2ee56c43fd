//! What is to be made: the production plan by week and month, with a campaign that the coating line has no hours for.

use crate::generate::capacity::WorkCenters;
use crate::generate::company::Company;
use crate::generate::days::{Day, Month, Time, day_of_week};
use crate::generate::families::BENCHES;
use crate::generate::files::{Extract, Output};
use crate::generate::forecasts::{self, Kind as ForecastKind};
use crate::generate::making::Making;
use crate::generate::market::{LOCATIONS, PLANT_1};
use crate::generate::products::Product;
use crate::generate::routes::{self, Step};
use crate::generate::series::{self, Kind, Series};

/// Weeks of the campaign, the first of the month after the first open one.
const CAMPAIGN_WEEKS: usize = 3;
/// What coating is asked for in these weeks, in thousandths of what it has: what is free before them is enough for
/// the first two, not for the third.
const CAMPAIGN_LOADS: [i64; CAMPAIGN_WEEKS] = [1300, 1150, 1800];
/// Products are made so many days before they are sold.
const DAYS_AHEAD: i32 = 35;

/// A period of the plan.
#[derive(Debug, Clone, Copy)]
pub struct Bucket {
    pub start: Day,
    pub end: Day,
    /// The week of the campaign, from 0.
    pub campaign: Option<usize>,
    /// Near periods have a due day: the last working day of their week.
    pub is_week: bool,
}

#[derive(Debug, Default)]
pub struct Plan {
    pub buckets: Vec<Bucket>,
    /// How many times as many benches as else are made in the weeks of the campaign, in thousandths, by production
    /// line.
    campaign: Vec<[i64; CAMPAIGN_WEEKS]>,
}

/// What the consensus forecast expects to be sold in the week from a day on, in thousandths.
pub fn expected_in_week(product: &Product, month: Month) -> i64 {
    let bias = forecasts::bias(ForecastKind::Consensus, product, month);
    product.demand_without_campaign(month) * bias / 1000 * 7 / 30
}

impl Plan {
    pub fn new(company: &Company) -> Plan {
        let buckets = buckets(&company.time);
        let mut plan = Plan { buckets, campaign: Vec::new() };
        let centers = WorkCenters::new(company);
        for line in 1..=company.size.production_lines {
            plan.campaign.push([1000; CAMPAIGN_WEEKS]);
            let weeks: Vec<Bucket> = plan.buckets.iter().filter(|bucket| bucket.campaign.is_some()).copied().collect();
            for (week, bucket) in weeks.into_iter().enumerate() {
                let available = centers.available("COATING", PLANT_1, line, (bucket.start, bucket.end), company);
                let asked = available * CAMPAIGN_LOADS[week] / 1000;
                // Setups make it a little more than proportional: closer with every step.
                for _ in 0..4 {
                    let (benches, all) = plan.coating_hours(company, line, bucket);
                    let times = &mut plan.campaign[line - 1][week];
                    *times = (*times + (asked - all) * *times / benches.max(1)).max(1000);
                }
            }
        }
        plan
    }

    /// Hours of the coating line in a period, in hundredths: for benches, and for all.
    fn coating_hours(&self, company: &Company, line: usize, bucket: Bucket) -> (i64, i64) {
        let (mut benches, mut all) = (0, 0);
        for block in (0..company.size.blocks).filter(|block| company.production_line(*block) == line) {
            for series in series::of_block(company, block).iter().filter(|series| series.plant == Some(PLANT_1)) {
                for (place, product) in series.products.iter().enumerate() {
                    let quantity = self.quantity(company, product, bucket, true) / 1000;
                    let coating = &routes::of_product(series, place)[0];
                    let start = quantity * 1_000_000 / coating.yield_rate;
                    let hours = coating.run_hours(start) + coating.setup_hours(start);
                    all += hours;
                    benches += if product.model.family == BENCHES { hours } else { 0 };
                }
            }
        }
        (benches, all)
    }

    /// What is planned of a product in a period, in thousandths.
    fn quantity(&self, company: &Company, product: &Product, bucket: Bucket, has_campaign: bool) -> i64 {
        let months = &company.time;
        let sold_in = |day: Day| months.month(day + DAYS_AHEAD);
        let days = i64::from(bucket.end - bucket.start);
        let ordinary = expected_in_week(product, sold_in(bucket.start + (bucket.end - bucket.start) / 2)) * days / 7;
        match bucket.campaign.filter(|_| has_campaign && product.model.family == BENCHES) {
            Some(week) => ordinary * self.campaign[company.production_line(product.block) - 1][week] / 1000,
            None => ordinary,
        }
    }

    /// Whole pieces of a product for each period. What has just been launched lies about already.
    fn quantities(&self, company: &Company, product: &Product, has_campaign: bool) -> Vec<i64> {
        let (mut running, mut before) = (0, 0);
        let whole = |bucket: &Bucket| {
            running +=
                if product.launch.is_some() { 0 } else { self.quantity(company, product, *bucket, has_campaign) };
            let until = running / 1000;
            let quantity = until - before;
            before = until;
            quantity
        };
        self.buckets.iter().map(whole).collect()
    }
}

/// Weeks up to the end of the second open month, then months.
fn buckets(time: &Time) -> Vec<Bucket> {
    let first = time.as_of + 1;
    let mut start = first + (7 - day_of_week(first)) % 7;
    let months_from = time.open.plus(2);
    let mut buckets = Vec::new();
    let mut campaign = 0;
    while start < months_from.first_day() {
        let is_campaign = time.month(start) == time.open.plus(1) && campaign < CAMPAIGN_WEEKS;
        let week = is_campaign.then_some(campaign);
        campaign += usize::from(is_campaign);
        buckets.push(Bucket { start, end: start + 7, campaign: week, is_week: true });
        start += 7;
    }
    for month in (months_from.0..time.end.0).map(Month) {
        let start = month.first_day().max(start);
        buckets.push(Bucket { start, end: month.plus(1).first_day(), campaign: None, is_week: false });
    }
    buckets
}

/// The plans of the last months. The newest came in two versions: the second has the campaign.
pub fn write(series: &Series<'_>, output: &mut Output) {
    let company = series.company;
    let time = &company.time;
    let Some(plant) = series.plant else { return };
    for product in series.products {
        for month in [time.open.plus(-3), time.open.plus(-2)] {
            let snapshot = month.first_day() + 26;
            for period in (1..=6).map(|months| month.plus(months)) {
                let bucket = Bucket {
                    start: period.first_day(),
                    end: period.plus(1).first_day(),
                    campaign: None,
                    is_week: false,
                };
                let quantity = company.plan.quantity(company, product, bucket, false) / 1000;
                if product.launch.is_none() && quantity > 0 {
                    write_row(time, (snapshot, snapshot, "1"), &product.id, plant, (bucket, None, quantity), output);
                }
            }
        }
        for (version, known, has_campaign) in [("1", time.as_of - 4, false), ("2", time.as_of - 1, true)] {
            let quantities = company.plan.quantities(company, product, has_campaign);
            for (bucket, quantity) in company.plan.buckets.iter().zip(quantities).filter(|(_, quantity)| *quantity > 0)
            {
                let due = bucket.is_week.then(|| due(series, bucket));
                let row = (*bucket, due, quantity);
                write_row(time, (time.as_of - 4, known, version), &product.id, plant, row, output);
            }
        }
    }
}

fn due(series: &Series<'_>, bucket: &Bucket) -> Day {
    series.company.time.working_days_later(series.calendar(), bucket.start + 5, -1)
}

fn write_row(
    time: &Time,
    (snapshot, known, version): (Day, Day, &str),
    product: &str,
    plant: usize,
    (bucket, due, quantity): (Bucket, Option<Day>, i64),
    output: &mut Output,
) {
    let mut row = output.row_in(Extract::ProductionPlans, snapshot);
    row.day(time, snapshot).text(version).text(product).text(LOCATIONS[plant].id).day(time, bucket.start);
    row.day(time, bucket.end).day_if(time, due).whole(quantity).moment(time, known, 15 * 3600).text("approved").end();
}

/// Orders for what the newest plan says: released as far as it goes by weeks, planned beyond.
pub fn order_ahead(series: &Series<'_>, making: &mut Making<'_>) {
    let company = series.company;
    let time = &company.time;
    if series.plant.is_none() {
        return;
    }
    let calendar = series.calendar();
    for (place, product) in series.products.iter().enumerate() {
        let quantities = company.plan.quantities(company, product, true);
        for (bucket, quantity) in company.plan.buckets.iter().zip(quantities).filter(|(_, quantity)| *quantity > 0) {
            let middle = time.working_day_from(calendar, bucket.start + (bucket.end - bucket.start) / 2);
            let due = if bucket.is_week { due(series, bucket) } else { middle };
            let (frame_steps, steps) = (routes::of_frame(series, place), routes::of_product(series, place));
            let coating = time.working_days_later(calendar, due, -routes::days_of(&steps));
            let cutting = time.working_days_later(calendar, coating, -routes::days_of(&frame_steps));
            let frames = (Step::start(&steps, quantity) + 999) / 1000;
            let created = time.as_of - 1;
            let part = |kind: Kind| series.place_of(kind);
            making.plan(part(Kind::Frame(place)), frames, frame_steps, (created, cutting, coating), bucket.is_week);
            making.plan(part(Kind::Sold(place)), quantity, steps, (created, coating, due), bucket.is_week);
        }
    }
}
