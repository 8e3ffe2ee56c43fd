//! A real company's extracts: what the run publishes is held against sums over the raw files that this test makes by
//! itself, in whole ten-thousandths of hours.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};
use flate2::read::MultiGzDecoder;
use serde_json::Value;

use crate::cli_support::{Project, left_out};
use crate::star::assert_is_one_star;

const DATA: &str = "SOPMART_ADVENTUREWORKS";

/// Ten-thousandths of hours by location and month.
type Hours = BTreeMap<(String, NaiveDate), i64>;

/// What the raw files say.
struct Raw {
    /// Hours per working day, by location.
    available: BTreeMap<String, i64>,
    operations: Vec<Operation>,
    /// Monday to Friday, from the first scheduled start to the last due date.
    working_days: Vec<NaiveDate>,
}

struct Operation {
    location: String,
    scheduled_start: NaiveDate,
    actual_start: NaiveDate,
    actual_end: NaiveDate,
    actual_hours: i64,
    planned_hours: i64,
}

#[test]
fn every_hour_of_adventureworks_is_in_the_published_mart() {
    let Some(data) = std::env::var_os(DATA).map(PathBuf::from) else {
        return left_out("the run over AdventureWorks", DATA);
    };
    let project = Project::of_the_sample();
    let run = || {
        let mut command = project.command(&["run", "adventureworks", "--output", "json"]);
        let output = command.env(DATA, &data).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let record = run();
    holds_every_row(&record);
    let raw = Raw::read(&data);
    holds_every_hour(&project, &raw);
    holds_the_overloads(&project, &raw);
    holds_the_forecasts_and_the_stock(&project);
    assert_is_one_star(&project.warehouse());

    let started = Instant::now();
    assert_eq!(run()["status"], "nothing_to_do");
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    assert_eq!(project.entry(), 1);
}

/// The figures of the README.
fn holds_the_forecasts_and_the_stock(project: &Project) {
    let values = |sql: &str| -> Vec<Vec<Value>> {
        project.rows(sql).iter().map(|row| row.as_object().unwrap().values().cloned().collect()).collect()
    };
    let wapes = "select level_id, forecast_type, round(wape, 3) as wape, round(bias_rate, 3) as bias \
                 from marts.forecast_accuracy_rolling where level = 'category' and lag = 1 and window_periods = 12 \
                 and period_end = date '2014-04-01' order by 1, 2";
    let expected = serde_json::json!([
        ["Accessories", "naive", 0.281, -0.083],
        ["Accessories", "seasonal_naive", 0.584, -0.584],
        ["Bikes", "naive", 0.385, 0.02],
        ["Bikes", "seasonal_naive", 0.291, -0.001],
        ["Clothing", "naive", 0.391, -0.013],
        ["Clothing", "seasonal_naive", 0.462, -0.46],
        ["Components", "naive", 0.698, 0.092],
        ["Components", "seasonal_naive", 0.276, 0.038],
    ]);
    assert_eq!(serde_json::json!(values(wapes)), expected);
    let stock = "select layer_type, count(*) as layers, cast(sum(quantity) as bigint) as quantity, \
                 cast(sum(quantity) filter (where original_age_days > 360) as bigint) as old \
                 from marts.aging_stock where layer_type = 'receipt' group by 1";
    assert_eq!(serde_json::json!(values(stock)), serde_json::json!([["receipt", 2405, 307_182, 4044]]));
    let lacking =
        "select cast(sum(quantity) as bigint) as quantity from marts.aging_stock where layer_type = 'deficit'";
    assert_eq!(project.value(lacking), -34_884_200);
}

fn holds_every_row(record: &Value) {
    let counts = |extract: &Value| {
        ["rows_read", "rows_landed", "rows_quarantined"].map(|count| extract[count].as_u64().unwrap())
    };
    let extracts = record["extracts"].as_array().unwrap().iter();
    let found: BTreeMap<&str, [u64; 3]> = extracts.map(|one| (one["extract"].as_str().unwrap(), counts(one))).collect();
    let expected = [
        ("bills_of_material", 2679),
        ("currency_rates", 13_532),
        ("customers", 19_820),
        ("employees", 290),
        ("internet_sales", 60_398),
        ("locations", 14),
        ("product_categories", 4),
        ("product_cost_history", 395),
        ("product_inventory", 1069),
        ("product_list_price_history", 395),
        ("product_subcategories", 37),
        ("products", 504),
        ("purchase_order_details", 8845),
        ("purchase_order_headers", 4012),
        ("reseller_sales", 60_855),
        ("resellers", 701),
        ("sales_person_quota_history", 163),
        ("sales_persons", 17),
        ("sales_territories", 10),
        ("sales_territory_history", 17),
        ("scrap_reasons", 16),
        ("stores", 701),
        ("unit_measures", 38),
        ("vendors", 104),
        ("work_order_routings", 67_131),
        ("work_orders", 72_591),
    ];
    assert_eq!(found, expected.into_iter().map(|(name, rows)| (name, [rows, rows, 0])).collect());
    assert_eq!(record["status"], "published");
    let marts = &record["published"]["marts"];
    let counted = ["capacity_gap", "data_freshness", "dim_date", "dim_product", "dim_work_center", "demand_history"];
    assert_eq!(counted.map(|mart| marts[mart].as_u64().unwrap()), [1389, 26, 1461, 506, 9, 5186]);
    for mart in ["forecast_accuracy", "forecast_accuracy_summary", "capacity_gap_drivers", "aging_stock"] {
        assert!(marts[mart].as_u64().unwrap() > 1000, "{mart}: {marts}");
    }
}

/// Sums of load and availability, to the last minute.
fn holds_every_hour(project: &Project, raw: &Raw) {
    let as_of = as_of();
    let done: i64 = raw.operations.iter().filter(|one| one.actual_start <= as_of).map(|one| one.actual_hours).sum();
    let open = || raw.operations.iter().filter(|one| one.actual_end > as_of);
    let asked: i64 = open().map(|one| one.planned_hours).sum();
    let past_due: i64 = open().filter(|one| one.scheduled_start <= as_of).map(|one| one.planned_hours).sum();
    let last_asked = open().map(|one| one.scheduled_start).max().unwrap();
    let last_done = raw.operations.iter().map(|one| one.actual_start).filter(|start| *start <= as_of).max().unwrap();
    let last_booked = as_of + TimeDelta::days(12);
    let a_day: i64 = raw.available.values().sum();
    let hours = |is_in: &dyn Fn(NaiveDate) -> bool| {
        a_day * i64::try_from(raw.working_days.iter().filter(|day| is_in(**day)).count()).unwrap()
    };
    // The mart goes to the end of the last period with load, and not beyond as_of for what has happened.
    let expected = [
        ("actual", "month", done, hours(&|day| day <= as_of), 0),
        ("actual", "week", done, hours(&|day| day <= as_of && monday(day) <= monday(last_done)), 0),
        // What is booked is due twelve days after its order; without routings nobody knows its hours.
        ("booked_orders", "month", 0, hours(&|day| day > as_of && first(day) <= first(last_booked)), 0),
        ("booked_orders", "week", 0, hours(&|day| day > as_of && monday(day) <= monday(last_booked)), 0),
        ("production_orders", "month", asked, hours(&|day| day > as_of && first(day) <= first(last_asked)), past_due),
        ("production_orders", "week", asked, hours(&|day| day > as_of && monday(day) <= monday(last_asked)), past_due),
    ];
    let sql = "select load_basis, period_kind, sum(own_load_hours) as load, sum(own_available_hours) as available, \
               sum(past_due_load_hours) as past_due from marts.capacity_gap \
               group by load_basis, period_kind order by load_basis, period_kind";
    let found = project.rows(sql);
    let number = |row: &Value, column: &str| ten_thousandths(row[column].as_str().unwrap());
    assert_eq!(found.len(), expected.len());
    for (row, (basis, kind, load, available, past_due)) in found.iter().zip(expected) {
        assert_eq!((&row["load_basis"], &row["period_kind"]), (&basis.into(), &kind.into()));
        let found = [number(row, "load"), number(row, "available"), number(row, "past_due")];
        assert_eq!(found, [load, available, past_due], "{basis} by {kind}: load, available, past due");
    }
    assert_eq!([done, asked, past_due], [2_030_666_000, 300_434_000, 63_048_000], "the figures of the README");
}

/// Which locations are overloaded, and in how many months.
fn holds_the_overloads(project: &Project, raw: &Raw) {
    let as_of = as_of();
    let mut load = Hours::new();
    for one in raw.operations.iter().filter(|one| one.actual_start <= as_of) {
        *load.entry((one.location.clone(), first(one.actual_start))).or_default() += one.actual_hours;
    }
    let mut available = Hours::new();
    for day in raw.working_days.iter().filter(|day| **day <= as_of) {
        for (location, hours) in &raw.available {
            *available.entry((location.clone(), first(*day))).or_default() += hours;
        }
    }
    let overload = load.iter().map(|(key, load)| (key, load - available.get(key).copied().unwrap_or(0)));
    let overload: BTreeMap<_, i64> = overload.filter(|(_, hours)| *hours > 0).collect();
    let sql = "select work_center_id, period_start, overload_hours from marts.capacity_gap \
               where load_basis = 'actual' and period_kind = 'month' and overload_hours > 0 \
               order by work_center_id, period_start";
    let published = project.rows(sql);
    let text = |row: &Value, column: &str| row[column].as_str().unwrap().to_string();
    let published: BTreeMap<_, i64> = published
        .iter()
        .map(|row| {
            let key = (text(row, "work_center_id"), text(row, "period_start").parse().unwrap());
            (key, ten_thousandths(&text(row, "overload_hours")))
        })
        .collect();
    assert_eq!(published, overload.into_iter().map(|(key, hours)| (key.clone(), hours)).collect());

    let months = |location: &str| -> BTreeSet<NaiveDate> {
        published.keys().filter(|(of, _)| of == location).map(|(_, month)| *month).collect()
    };
    let counts = ["10", "20", "30", "40", "45", "50", "60"].map(|location| months(location).len());
    assert_eq!(counts, [34, 16, 0, 0, 0, 34, 34], "the figures of the README");
    assert_eq!(months("20").first(), NaiveDate::from_ymd_opt(2012, 11, 1).as_ref());
}

impl Raw {
    fn read(data: &Path) -> Raw {
        let locations = std::fs::read_to_string(data.join("oltp/Location.csv")).unwrap();
        let mut rates = BTreeMap::new();
        let mut available = BTreeMap::new();
        for fields in locations.lines().map(|line| line.split('\t').collect::<Vec<_>>()) {
            rates.insert(fields[0].to_string(), i128::from(ten_thousandths(fields[2])));
            let a_week = ten_thousandths(fields[3]);
            if a_week > 0 {
                available.insert(fields[0].to_string(), a_week / 5);
            }
        }
        let routings = unzipped(&data.join("production/WorkOrderRouting.csv.gz"));
        let mut operations = Vec::new();
        for fields in routings.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>()) {
            let scaled = i128::from(ten_thousandths(fields[9])) * 10_000;
            let rate = rates[fields[3]];
            assert_eq!(scaled % rate, 0, "four places hold the hours: {fields:?}");
            operations.push(Operation {
                location: fields[3].to_string(),
                scheduled_start: fields[4].parse().unwrap(),
                actual_start: fields[6].parse().unwrap(),
                actual_end: fields[7].parse().unwrap(),
                actual_hours: ten_thousandths(fields[8]),
                planned_hours: i64::try_from(scaled / rate).unwrap(),
            });
        }
        let orders = unzipped(&data.join("production/WorkOrder.csv.gz"));
        let due = orders.lines().skip(1).map(|line| line.split(',').nth(7).unwrap().parse::<NaiveDate>().unwrap());
        let last = due.max().unwrap();
        let first = operations.iter().map(|one| one.scheduled_start).min().unwrap();
        let days = first.iter_days().take_while(|day| *day <= last);
        let working_days = days.filter(|day| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)).collect();
        Raw { available, operations, working_days }
    }
}

fn as_of() -> NaiveDate {
    NaiveDate::from_ymd_opt(2014, 3, 31).unwrap()
}

fn first(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap()
}

fn monday(day: NaiveDate) -> NaiveDate {
    day - TimeDelta::days(day.weekday().num_days_from_monday().into())
}

fn unzipped(file: &Path) -> String {
    let mut text = String::new();
    MultiGzDecoder::new(std::fs::File::open(file).unwrap()).read_to_string(&mut text).unwrap();
    text
}

/// `12.25` -> 122,500.
fn ten_thousandths(decimal: &str) -> i64 {
    let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().unwrap() };
    assert!(fraction.len() <= 4 && !decimal.starts_with('-'), "{decimal}");
    whole * 10_000 + format!("{fraction:0<4}").parse::<i64>().unwrap()
}
