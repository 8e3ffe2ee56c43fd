//! Random histories of forecasts: snapshots, versions, drafts, approvals and times that are known late. A plain reader
//! of the rules in this test finds the same forecast for every lag, with the same status and age.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days, NaiveDate};
use serde_json::Value;

use crate::cli_support::{Project, copy_folder, repository};
use crate::numbers::Numbers;

const PRODUCTS: usize = 500;
/// Months count from January 2025; the last that has begun by `$as_of` is April 2026.
const FIRST_TARGET: i64 = 10;
const LAST_TARGET: i64 = 15;
const AS_OF: &str = "2026-04-15";
const LAGS: [i64; 4] = [0, 1, 2, 3];

/// A row of the extract; time is in days and months, so that nothing has to be read back from text.
#[derive(Debug, Clone)]
struct Row {
    product: String,
    salesperson: &'static str,
    snapshot: NaiveDate,
    version: &'static str,
    start: NaiveDate,
    end: NaiveDate,
    quantity: Option<i64>,
    known: NaiveDate,
    approved: Option<NaiveDate>,
    is_draft: bool,
}

/// What the mart is to say of a product, month and lag.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    status: &'static str,
    quantity: Option<i64>,
    used_lag: Option<i64>,
    snapshot: Option<NaiveDate>,
    has_late: bool,
}

fn first_day(month: i64) -> NaiveDate {
    let (year, month) = (2025 + month.div_euclid(12), month.rem_euclid(12) + 1);
    NaiveDate::from_ymd_opt(i32::try_from(year).unwrap(), u32::try_from(month).unwrap(), 1).unwrap()
}

fn month_of(date: NaiveDate) -> i64 {
    i64::from(date.year() - 2025) * 12 + i64::from(date.month0())
}

fn days_after(date: NaiveDate, days: usize) -> NaiveDate {
    date + Days::new(u64::try_from(days).unwrap())
}

/// The forecasts of one product: of whole months or of their halves, by one person, or by several.
fn history(numbers: &mut Numbers, product: &str) -> Vec<Row> {
    let has_halves = numbers.one_in(3);
    let people: &[&'static str] = if numbers.one_in(2) { &["(all)"] } else { &["Ann", "Bob", "Cem"] };
    let snapshots: BTreeSet<NaiveDate> = (0..=numbers.below(7))
        .map(|_| {
            let month = FIRST_TARGET - 4 + i64::try_from(numbers.below(10)).unwrap();
            days_after(first_day(month), *numbers.pick(&[0, 14, 24, 27]))
        })
        .collect();
    let mut rows = Vec::new();
    for snapshot in snapshots {
        for version in ["1", "2", "3"].into_iter().take(1 + numbers.below(3)) {
            for person in people {
                for month in month_of(snapshot)..=month_of(snapshot) + 5 {
                    let (start, end) = (first_day(month), first_day(month + 1));
                    let middle = days_after(start, 14);
                    let buckets = if has_halves { vec![(start, middle), (middle, end)] } else { vec![(start, end)] };
                    for (start, end) in buckets {
                        if !numbers.one_in(3) {
                            rows.push(row(numbers, product, person, (snapshot, version), (start, end)));
                        }
                    }
                }
            }
        }
    }
    rows
}

fn row(
    numbers: &mut Numbers,
    product: &str,
    salesperson: &'static str,
    (snapshot, version): (NaiveDate, &'static str),
    (start, end): (NaiveDate, NaiveDate),
) -> Row {
    let late = *numbers.pick(&[0, 0, 0, 1, 3, 5, 10, 40]);
    let approval = *numbers.pick(&[0, 0, 2, 5, 35]);
    Row {
        product: product.to_string(),
        salesperson,
        snapshot,
        version,
        start,
        end,
        quantity: (!numbers.one_in(12)).then(|| i64::try_from(numbers.below(4) * numbers.below(30)).unwrap()),
        known: days_after(snapshot, late),
        approved: (!numbers.one_in(4)).then(|| days_after(snapshot, approval)),
        is_draft: numbers.one_in(8),
    }
}

/// What one reads in the rows of a product by going through them once for each part, as a person would.
fn reference(rows: &[&Row], target: i64, lag: i64, carry: i64, cutoff_days: usize) -> Found {
    let lag_month = target - lag;
    let cutoff = days_after(first_day(lag_month + 1), cutoff_days).pred_opt().unwrap();
    let counted = |row: &&&Row| !row.is_draft && row.quantity.is_some() && month_of(row.start) == target;
    let mut parts: BTreeMap<(&str, NaiveDate), Vec<&Row>> = BTreeMap::new();
    for row in rows.iter().filter(counted) {
        parts.entry((row.salesperson, row.start)).or_default().push(row);
    }
    let mut found = Found { status: "missing", quantity: None, used_lag: None, snapshot: None, has_late: false };
    for mut rows in parts.into_values() {
        rows.sort_by_key(|row| (row.snapshot, row.version, row.known));
        let in_time = |row: &&&Row| row.known <= cutoff && row.approved.is_none_or(|approved| approved <= cutoff);
        let of_lag = |row: &&&Row| month_of(row.snapshot) == lag_month;
        let before = |row: &&&Row| (lag_month - carry..lag_month).contains(&month_of(row.snapshot));
        let present = rows.iter().filter(of_lag).rfind(in_time);
        let carried = rows.iter().filter(before).rfind(in_time);
        let late = rows.iter().filter(of_lag).rfind(|row| !in_time(row));
        let chosen = match (present, carried, late) {
            (Some(row), _, _) => (row, "present"),
            (None, Some(row), _) => (row, "carried"),
            (None, None, Some(row)) => (row, "late"),
            (None, None, None) => continue,
        };
        let (row, status) = chosen;
        found.has_late |= late.is_some();
        found.quantity = Some(found.quantity.unwrap_or(0) + row.quantity.unwrap());
        found.used_lag = found.used_lag.max(Some(target - month_of(row.snapshot)));
        found.snapshot = Some(found.snapshot.map_or(row.snapshot, |earliest| earliest.min(row.snapshot)));
        let order = ["missing", "present", "carried", "late"];
        let rank = |status| order.iter().position(|one| *one == status);
        found.status = if rank(status) > rank(found.status) { status } else { found.status };
    }
    found
}

const HEADER: &str = "\
snapshot_date,forecast_type,version,product_id,product_family,location_id,customer_group,salesperson_id,period_start,\
period_end,quantity,p10,p50,p90,amount,currency,approved_at,known_at,status\n";

const ORDER_HEADER: &str = "\
order_id,line_id,customer_id,product_id,location_id,salesperson_id,order_date,requested_date,first_promised_date,\
promised_date,quantity,cancelled_quantity,cancelled_date,unit_price,currency,status\n";

/// The last moment of a day counts as that day; the first one too.
fn csv(numbers: &mut Numbers, row: &Row) -> String {
    let mut moment = |date: NaiveDate| format!("{date} {}", numbers.pick(&["00:00:00", "11:30:00", "23:59:59"]));
    let quantity = row.quantity.map(|quantity| quantity.to_string()).unwrap_or_default();
    let (known, approved) = (moment(row.known), row.approved.map(moment).unwrap_or_default());
    let status = if row.is_draft { "draft" } else { "approved" };
    format!(
        "{},sales,{},{},(all),(all),(all),{},{},{},{quantity},,,,,,{approved},{known},{status}\n",
        row.snapshot, row.version, row.product, row.salesperson, row.start, row.end
    )
}

/// A company that has forecasts, in shuffled rows, and orders of which there is none.
fn project(rows: &[Row], carry: i64, cutoff_days: usize) -> Project {
    let project = Project::of_the_sample();
    let lags = LAGS.map(|lag| format!("{{lag: {lag}}}")).join(", ");
    let pipeline = format!(
        "name: forecasts\ntime_zone: UTC\nsource: ../../forecasts\nsettings:\n  as_of: {AS_OF}\n  \
         carry_periods: {carry}\n  forecast_cutoff_days: {cutoff_days}\n  forecast_lags: [{lags}]\nextracts:\n  \
         products: {{files: products.csv, load: replace}}\n  forecasts: {{files: forecasts.csv, load: replace}}\n  \
         sales_orders: {{files: sales_orders.csv, load: replace}}\nentities:\n  products: [standard/products]\n  \
         forecasts: [standard/forecasts]\n  sales_orders: [standard/sales_orders]\n\
         marts: [forecast_accuracy, demand_history, dim_customer_group, dim_date, dim_location, dim_product, \
         dim_product_family]\n"
    );
    project.write("pipelines/forecasts/pipeline.yaml", &pipeline);
    copy_folder(&repository().join("pipelines/standard/contracts"), &project.path("pipelines/forecasts/contracts"));
    let products: String = (0..PRODUCTS).map(|number| format!("P{number},,,,,,,,,,,,\n")).collect();
    let columns = "product_id,name,family,category,product_group,product_class,stock_unit,planning_unit,launch_date,\
                   end_of_life_date,shelf_life_days,lead_time_days,safety_stock";
    project.write("forecasts/products.csv", &format!("{columns}\n{products}"));
    project.write("forecasts/sales_orders.csv", ORDER_HEADER);
    let mut numbers = Numbers(u64::try_from(carry).unwrap());
    let mut lines: Vec<String> = rows.iter().map(|row| csv(&mut numbers, row)).collect();
    for place in (1..lines.len()).rev() {
        lines.swap(place, numbers.below(place + 1));
    }
    project.write("forecasts/forecasts.csv", &format!("{HEADER}{}", lines.concat()));
    project
}

fn found(row: &Value) -> Found {
    let statuses = ["present", "carried", "late", "missing"];
    Found {
        status: statuses.into_iter().find(|status| row["forecast_status"] == *status).unwrap(),
        quantity: row["quantity"].as_i64(),
        used_lag: row["used_lag"].as_i64(),
        snapshot: row["snapshot_date"].as_str().map(|date| date.parse().unwrap()),
        has_late: row["has_late_forecast"].as_bool().unwrap(),
    }
}

/// Runs it and compares every row; returns how often each status was there.
fn hold(seed: u64, carry: i64, cutoff_days: usize) -> BTreeMap<&'static str, usize> {
    let mut numbers = Numbers(seed);
    let rows: Vec<Row> = (0..PRODUCTS).flat_map(|number| history(&mut numbers, &format!("P{number}"))).collect();
    let project = project(&rows, carry, cutoff_days);
    project.sopmart(&["run", "forecasts"]).expect_exit(0);
    let mut computed: BTreeMap<(String, i64, i64), Found> = BTreeMap::new();
    let sql = "select product_id, lag, period_start, forecast_status, cast(forecast_quantity as bigint) as quantity, \
               used_lag, snapshot_date, has_late_forecast from marts.forecast_accuracy";
    for row in project.rows(sql) {
        let month = month_of(row["period_start"].as_str().unwrap().parse().unwrap());
        let key = (row["product_id"].as_str().unwrap().to_string(), month, row["lag"].as_i64().unwrap());
        assert!(computed.insert(key, found(&row)).is_none(), "twice: {row}");
    }
    let mut seen = BTreeMap::new();
    for number in 0..PRODUCTS {
        let product = format!("P{number}");
        let rows: Vec<&Row> = rows.iter().filter(|row| row.product == product).collect();
        let targets = rows.iter().filter(|row| !row.is_draft && row.quantity.is_some()).map(|row| month_of(row.start));
        let first = targets.min().unwrap_or(LAST_TARGET + 1);
        for (month, lag) in (first..=LAST_TARGET).flat_map(|month| LAGS.map(|lag| (month, lag))) {
            let expected = reference(&rows, month, lag, carry, cutoff_days);
            let given = || rows.iter().filter(|row| month_of(row.start) == month).collect::<Vec<_>>();
            let is_found = computed.remove(&(product.clone(), month, lag));
            let at = format!("{product}, {}, lag {lag}, carry {carry}", first_day(month));
            assert_eq!(is_found.as_ref(), Some(&expected), "{at}: {:#?}", given());
            *seen.entry(expected.status).or_default() += 1;
        }
    }
    assert!(computed.is_empty(), "no row was expected: {computed:#?}");
    seen
}

#[test]
fn forecasts_at_their_lags_are_those_that_a_plain_reader_finds() {
    for (seed, carry, cutoff_days) in [(1, 1, 0), (2, 0, 4), (3, 3, 36)] {
        let seen = hold(seed, carry, cutoff_days);
        let common =
            if carry == 0 { vec!["present", "late", "missing"] } else { vec!["present", "carried", "missing"] };
        for status in common {
            assert!(seen[status] > 100, "hardly any {status}: {seen:?}");
        }
    }
}
