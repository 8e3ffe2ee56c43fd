//! The metrics of forecast accuracy are those of Nixtla's utilsforecast, over random orders and forecasts that go the
//! whole way through a run. It comes from PyPI (`tests/metrics/requirements.txt`), so these tests are left out
//! where nobody has installed it.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::cli_support::{Project, copy_folder, left_out, repository};

/// The Python that has utilsforecast.
const PYTHON: &str = "SOPMART_READERS_PYTHON";

/// Months of orders from 2023-01 on, of which the last are forecast.
const MONTHS: usize = 36;
const FORECAST_MONTHS: usize = 12;

const PIPELINE: &str = "\
name: metrics
description: Random orders and forecasts.
time_zone: UTC
source: ../../metrics
settings:
  as_of: 2025-12-31
  forecast_lags: [{lag: 1}]
  forecast_rolling_windows: [{window_periods: 12}]
extracts:
  products: {files: products.csv, load: replace}
  sales_orders: {files: sales_orders.csv, load: replace}
  forecasts: {files: forecasts.csv, load: replace}
  prices: {files: prices.csv, load: replace}
entities:
  products: [standard/products]
  sales_orders: [standard/sales_orders]
  forecasts: [standard/forecasts]
  prices: [standard/prices]
";

const PRODUCT_COLUMNS: &str = "\
product_id,name,family,category,product_group,product_class,stock_unit,planning_unit,launch_date,end_of_life_date,\
shelf_life_days,lead_time_days,safety_stock\n";

const ORDER_COLUMNS: &str = "\
order_id,line_id,customer_id,product_id,location_id,salesperson_id,order_date,requested_date,first_promised_date,\
promised_date,quantity,cancelled_quantity,cancelled_date,unit_price,currency,status\n";

const FORECAST_COLUMNS: &str = "\
snapshot_date,forecast_type,version,product_id,product_family,location_id,customer_group,salesperson_id,period_start,\
period_end,quantity,p10,p50,p90,amount,currency,approved_at,known_at,status\n";

const PRICE_COLUMNS: &str = "product_id,location_id,price_type,valid_from,price,currency,is_promotion\n";

/// Products with their families and plan prices.
const PRODUCTS: [(&str, &str, &str); 5] = [
    ("A", "Seats", "12.5"),
    ("B", "Seats", "80"),
    ("C", "Tables", "3"),
    ("D", "Tables", "250"),
    ("E", "Tables", "41.99"),
];

#[test]
fn metrics_are_those_of_utilsforecast() {
    let Some(python) = std::env::var_os(PYTHON) else {
        return left_out("comparing forecast metrics with utilsforecast", PYTHON);
    };
    for seed in [1, 20_260_331] {
        let given = computed(&mut Random(seed));
        let output = compare(Path::new(&python), &given);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "of the series of seed {seed} there differ:\n{said}");
    }
}

#[test]
fn a_metric_that_is_another_is_seen() {
    let Some(python) = std::env::var_os(PYTHON) else {
        return left_out("a forecast metric that differs from utilsforecast's", PYTHON);
    };
    let right = computed(&mut Random(7));
    let total = right["rolling"].as_array().unwrap().iter().position(|row| row["level"] == "total").unwrap();
    let of_rows = ["wape", "mape", "smape", "wrmsse", "p10_loss", "p50_loss", "p90_loss", "interval_coverage_rate"];
    let of_the_level = ["wape_at_level", "mae", "rmse", "error_quantity"];
    for metric in of_rows.into_iter().chain(of_the_level) {
        let mut given = right.clone();
        let value = &mut given["rolling"][total][metric];
        *value = json!(number(value) * (1.0 + 1e-8));
        let output = compare(Path::new(&python), &given);
        let said = String::from_utf8_lossy(&output.stderr);
        let expected = format!("window total (all) {metric}: ");
        assert!(!output.status.success() && said.starts_with(&expected), "{metric} leads to {said}");
    }
}

/// Random series, and what the marts of a run make of them.
fn computed(random: &mut Random) -> Value {
    let project = Project::of_the_sample();
    project.write("pipelines/metrics/pipeline.yaml", PIPELINE);
    copy_folder(&repository().join("pipelines/standard/contracts"), &project.path("pipelines/metrics/contracts"));
    let (mut actuals, mut forecasts) = (Vec::new(), Vec::new());
    let (mut products, mut orders, mut snapshots) =
        (String::from(PRODUCT_COLUMNS), String::from(ORDER_COLUMNS), String::from(FORECAST_COLUMNS));
    let mut prices = String::from(PRICE_COLUMNS);
    for (product, family, price) in PRODUCTS {
        prices.push_str(&format!("{product},(all),plan,2023-01-01,{price},EUR,false\n"));
        products.push_str(&format!("{product},,{family},Furniture,,,piece,,,,,,\n"));
        for index in 0..MONTHS {
            let (month, quantity) = (month(index), random.quantity(product));
            actuals.push(json!({"product": product, "family": family, "month": month, "quantity": quantity}));
            orders.push_str(&format!("{product}{index},1,,{product},,,,{month},,,{quantity},,,,,closed\n"));
            if index >= MONTHS - FORECAST_MONTHS {
                let quantity = random.quantity("A");
                let [p10, p50, p90] = random.quantiles();
                let quantities = [quantity.as_str(), &p10, &p50, &p90].join(",");
                snapshots.push_str(&forecast(product, index, &quantities));
                forecasts.push(json!({
                    "product": product, "family": family, "month": month, "quantity": quantity,
                    "p10": p10, "p50": p50, "p90": p90,
                }));
            }
        }
    }
    let files = [("products", products), ("sales_orders", orders), ("forecasts", snapshots), ("prices", prices)];
    for (file, text) in files {
        project.write(&format!("metrics/{file}.csv"), &text);
    }
    project.sopmart(&["run", "metrics"]).expect_exit(0);
    let rolling = project.rows(
        "select level, level_id, period_start, wape, wape_at_level, mape, smape, mae, rmse, error_quantity, wrmsse, \
         p10_loss, p50_loss, p90_loss, interval_coverage_rate \
         from marts.forecast_accuracy_rolling \
         where forecast_type = 'statistical' and period_start = date '2025-12-01'",
    );
    let summary = project.rows(
        "select level, level_id, period_start, mase, rmsse from marts.forecast_accuracy_summary \
         where forecast_type = 'statistical' and level = 'product'",
    );
    let prices: Value = PRODUCTS.iter().map(|(product, _, price)| (product.to_string(), json!(price))).collect();
    json!({"actuals": actuals, "forecasts": forecasts, "prices": prices, "rolling": rolling, "summary": summary})
}

/// A forecast that is made on the first day of the month before: its quantity and quantiles.
fn forecast(product: &str, index: usize, quantities: &str) -> String {
    let (made, start, end) = (month(index - 1), month(index), month(index + 1));
    format!(
        "{made},statistical,1,{product},(all),(all),(all),(all),{start},{end},{quantities},,,{made} 09:00:00,\
         {made} 09:00:00,approved\n"
    )
}

fn month(index: usize) -> String {
    format!("{}-{:02}-01", 2023 + index / 12, index % 12 + 1)
}

fn number(value: &Value) -> f64 {
    value.as_f64().or_else(|| value.as_str().and_then(|text| text.parse().ok())).unwrap()
}

fn compare(python: &Path, given: &Value) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("series.json");
    std::fs::write(&file, given.to_string()).unwrap();
    let output = Command::new(python).arg(repository().join("tests/metrics/compare.py")).arg(&file).output();
    output.unwrap_or_else(|error| panic!("{PYTHON} is {}, which does not start: {error}", python.display()))
}

/// Numbers that look random and are the same in every run.
struct Random(u64);

impl Random {
    /// The next of splitmix64.
    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A quantity of up to four places; of some products none in every third month or so.
    fn quantity(&mut self, product: &str) -> String {
        if ["B", "D"].contains(&product) && self.draw().is_multiple_of(3) {
            return "0".to_string();
        }
        let drawn = self.draw() % 5_000_000 + 1;
        format!("{}.{:04}", drawn / 10_000, drawn % 10_000)
    }

    /// Three quantities, the least first.
    fn quantiles(&mut self) -> [String; 3] {
        let mut drawn = [(); 3].map(|()| self.draw() % 5_000_000 + 1);
        drawn.sort_unstable();
        drawn.map(|drawn| format!("{}.{:04}", drawn / 10_000, drawn % 10_000))
    }
}
