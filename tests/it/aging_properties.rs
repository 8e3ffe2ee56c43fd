//! Thousands of random histories of stock, run as a person would run them: the layers are those that one finds by hand,
//! and together they are what lies there and what it is worth, in whatever order and by however many threads.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use chrono::{Days, NaiveDate};
use serde_json::Value;

use crate::aging_histories::{Kind, history};
use crate::aging_reference::{IN_TRANSIT, MINUTES_OF_A_DAY, StockLayer, StockLine, layers};
use crate::cli_support::{Project, repository};
use crate::numbers::Numbers;

const HISTORIES: usize = 2400;
/// Some movements lie after it.
const AS_OF_DAY: i64 = 36;
/// Where the plain histories are told once more, so that they are replayed: a count elsewhere is a reason to.
const ELSEWHERE: &str = "L9";

/// A product with its lines; some were cancelled.
struct Told {
    product: String,
    lines: Vec<(StockLine, bool)>,
}

impl Told {
    /// What counts by the day as of which the run looks at it.
    fn seen(&self) -> Vec<StockLine> {
        let counts = |(line, is_cancelled): &&(StockLine, bool)| !is_cancelled && line.day() <= AS_OF_DAY;
        self.lines.iter().filter(counts).map(|(line, _)| line.clone()).collect()
    }
}

fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 1).unwrap()
}

/// Every fourth history is a plain one, told twice.
fn told(seed: u64) -> Vec<Told> {
    let mut numbers = Numbers(seed);
    let mut products = Vec::new();
    for number in 0..HISTORIES {
        let kind = if number % 4 == 0 { Kind::Plain } else { Kind::Wild };
        let product = format!("P{number}");
        let lines = history(&mut numbers, &product, kind);
        let may_cancel = kind == Kind::Wild;
        let lines: Vec<(StockLine, bool)> =
            lines.into_iter().map(|line| (line, may_cancel && numbers.one_in(20))).collect();
        if kind == Kind::Plain {
            let twin = format!("T{number}");
            let again = |line: &StockLine| StockLine { movement_id: format!("T{}", line.movement_id), ..line.clone() };
            let mut twins: Vec<(StockLine, bool)> = lines.iter().map(|(line, _)| (again(line), false)).collect();
            let mut count = again(&lines[0].0);
            count.movement_id = format!("{twin}-count");
            (count.moved_at, count.kind, count.quantity) = (0, "count", 1);
            (count.location, count.batch, count.value) = (ELSEWHERE.to_string(), None, Some(1));
            twins.push((count, false));
            products.push(Told { product: twin, lines: twins });
        }
        products.push(Told { product, lines });
    }
    products
}

fn moment(minutes: i64) -> String {
    let day = first_day() + Days::new(minutes.div_euclid(MINUTES_OF_A_DAY).unsigned_abs());
    let of_day = minutes.rem_euclid(MINUTES_OF_A_DAY);
    format!("{day} {:02}:{:02}:00", of_day / 60, of_day % 60)
}

const PRODUCTS: &str = "product_id,name,family,category,product_group,product_class,stock_unit,planning_unit,launch_date,end_of_life_date,shelf_life_days,lead_time_days,safety_stock";

const LOCATIONS: &str = "location_id,name,company_id,market_region,supply_region,type,calendar_id";

const HEADER: &str = "movement_id,line_id,moved_at,created_at,product_id,location_id,batch_id,quantity,counted_quantity,value,type,document_id,linked_movement_id,linked_line_id,is_cancelled\n";

fn csv(product: &str, (line, is_cancelled): &(StockLine, bool)) -> String {
    let linked = line.linked.clone().unwrap_or_default();
    let value = line.value.map_or_else(String::new, |value| {
        let sign = if value < 0 { "-" } else { "" };
        format!("{sign}{}.{:04}", value.abs() / 10_000, value.abs() % 10_000)
    });
    format!(
        "{},{},{},{},{product},{},{},{},,{value},{},{},{},{},{is_cancelled}\n",
        line.movement_id,
        line.line_id,
        moment(line.moved_at),
        line.created_at.map(moment).unwrap_or_default(),
        line.location,
        line.batch.clone().unwrap_or_default(),
        line.quantity,
        line.kind,
        line.document.clone().unwrap_or_default(),
        linked.0,
        linked.1,
    )
}

/// A company that has nothing but stock. Its lines lie in several files, shuffled.
fn project(products: &[Told], seed: u64) -> Project {
    let project = Project::of_the_sample();
    let as_of = first_day() + Days::new(AS_OF_DAY.unsigned_abs());
    let mut pipeline = format!(
        "name: stock\ntime_zone: Asia/Tokyo\nsource: ../../stock\nsettings:\n  as_of: {as_of}\n  return_age: new\nextracts:\n"
    );
    for extract in ["products", "locations", "stock_movements"] {
        write!(pipeline, "  {extract}:\n    files: '{extract}*.csv'\n    load: replace\n").unwrap();
        // Their times are written down where the company is.
        pipeline.push_str("    values: {time_zone: Asia/Tokyo}\n");
        let contract = std::fs::read_to_string(repository().join(format!("sql/staging/{extract}.odcs.yaml"))).unwrap();
        let alone: Vec<&str> = contract.lines().filter(|line| !line.contains("relationships:")).collect();
        project.write(&format!("pipelines/stock/contracts/{extract}.odcs.yaml"), &alone.join("\n"));
    }
    pipeline.push_str("entities:\n");
    for entity in ["products", "locations", "stock_movements"] {
        writeln!(pipeline, "  {entity}: [standard/{entity}]").unwrap();
    }
    pipeline.push_str("marts: [aging_stock, aging_stock_buckets, dim_date, dim_location, dim_product]\n");
    project.write("pipelines/stock/pipeline.yaml", &pipeline);
    let names: String = products.iter().map(|told| format!("{}{}\n", told.product, ",".repeat(12))).collect();
    project.write("stock/products.csv", &format!("{PRODUCTS}\n{names}"));
    let locations: String =
        ["L1", "L2", "L3", "L9"].iter().map(|location| format!("{location},,,,,stock,\n")).collect();
    project.write("stock/locations.csv", &format!("{LOCATIONS}\n{locations}"));
    let mut lines: Vec<String> =
        products.iter().flat_map(|told| told.lines.iter().map(|line| csv(&told.product, line))).collect();
    let mut numbers = Numbers(seed);
    for place in (1..lines.len()).rev() {
        lines.swap(place, numbers.below(place + 1));
    }
    let files = 1 + numbers.below(4);
    for file in 0..files {
        let own: String = lines.iter().skip(file).step_by(files).map(String::as_str).collect();
        project.write(&format!("stock/stock_movements{file}.csv"), &format!("{HEADER}{own}"));
    }
    project
}

const COLUMNS: &str = "product_id, location_id, batch_id, layer_id, layer_type, receipt_date, original_receipt_date, \
    is_original_date_known, is_age_minimum, cast(quantity as bigint) as quantity, cast(value * 10000 as bigint) as value, \
    sender_location_id, has_unknown_value";

fn run(project: &Project, threads: &str) -> Vec<Value> {
    project.sopmart(&["run", "stock", "--threads", threads]).expect_exit(0);
    project
        .rows(&format!("select {COLUMNS} from marts.aging_stock order by product_id, location_id, batch_id, layer_id"))
}

fn text(row: &Value, column: &str) -> Option<String> {
    row[column].as_str().map(str::to_string)
}

fn layer(row: &Value) -> StockLayer {
    let day = |column: &str| {
        let date: NaiveDate = row[column].as_str().unwrap().parse().unwrap();
        (date - first_day()).num_days()
    };
    let types = ["receipt", "opening", "return", "deficit"];
    StockLayer {
        location: text(row, "location_id").unwrap(),
        batch: text(row, "batch_id").filter(|batch| batch != "(none)"),
        layer_id: text(row, "layer_id").unwrap(),
        layer_type: types.into_iter().find(|one| row["layer_type"] == *one).unwrap(),
        day: day("receipt_date"),
        original_day: day("original_receipt_date"),
        is_original_day_known: row["is_original_date_known"].as_bool().unwrap(),
        is_age_minimum: row["is_age_minimum"].as_bool().unwrap(),
        quantity: row["quantity"].as_i64().unwrap(),
        value: row["value"].as_i64(),
        sender: text(row, "sender_location_id"),
    }
}

type ByProduct<'a> = BTreeMap<&'a str, Vec<&'a Value>>;

fn by_product(rows: &[Value]) -> ByProduct<'_> {
    let mut found: ByProduct<'_> = BTreeMap::new();
    for row in rows {
        found.entry(row["product_id"].as_str().unwrap()).or_default().push(row);
    }
    found
}

fn layers_of(rows: Option<&Vec<&Value>>) -> Vec<StockLayer> {
    let rows = rows.into_iter().flatten().filter(|row| row["layer_type"] != "valuation_difference");
    let mut layers: Vec<StockLayer> = rows.map(|row| layer(row)).collect();
    layers.sort();
    layers
}

/// The layers are those of the reference, quantities are what lies there, and values, where all are known, what it is
/// worth.
fn hold(products: &[Told], rows: &[Value], returns_keep_their_age: bool) {
    let found = by_product(rows);
    for told in products {
        let seen = told.seen();
        let rows = found.get(told.product.as_str());
        let expected = layers(&seen, returns_keep_their_age);
        assert_eq!(layers_of(rows), expected, "{}: {seen:#?}", told.product);
        let places: BTreeSet<&str> = seen.iter().map(|line| line.location.as_str()).collect();
        for place in places {
            let lines = || seen.iter().filter(|line| line.location == place);
            let here = || rows.into_iter().flatten().filter(|row| row["location_id"] == place);
            let quantity: i64 = here().map(|row| row["quantity"].as_i64().unwrap()).sum();
            assert_eq!(quantity, lines().map(|line| line.quantity).sum::<i64>(), "{} {place}", told.product);
            let is_known = lines().all(|line| line.quantity == 0 || line.value.is_some());
            assert!(here().all(|row| row["has_unknown_value"] == !is_known), "{} {place}", told.product);
            if is_known {
                let value: i64 = here().map(|row| row["value"].as_i64().unwrap()).sum();
                assert_eq!(value, lines().filter_map(|line| line.value).sum::<i64>(), "{} {place}", told.product);
            }
        }
    }
}

/// Plain histories and their twins, which are replayed, have the same layers.
fn agree(products: &[Told], rows: &[Value]) {
    let found = by_product(rows);
    let mut twins = 0;
    for told in products.iter().filter(|told| told.product.starts_with('T')) {
        let plain = format!("P{}", &told.product[1..]);
        let mut of_twin = layers_of(found.get(told.product.as_str()));
        of_twin.retain(|layer| layer.location != ELSEWHERE);
        for layer in &mut of_twin {
            layer.layer_id.remove(0);
        }
        of_twin.sort();
        assert_eq!(layers_of(found.get(plain.as_str())), of_twin, "{plain}");
        twins += 1;
    }
    assert_eq!(twins, HISTORIES / 4);
}

#[test]
fn layers_are_those_found_by_hand_whatever_happened() {
    let products = told(1);
    let project = project(&products, 11);
    let rows = run(&project, "2");
    hold(&products, &rows, false);
    agree(&products, &rows);
    for kind in ["receipt", "opening", "return", "deficit", "valuation_difference"] {
        assert!(rows.iter().filter(|row| row["layer_type"] == kind).count() > 100, "hardly any {kind}");
    }
    assert!(rows.iter().filter(|row| row["location_id"] == IN_TRANSIT).count() > 100, "hardly anything in transit");
    project.replace("pipelines/stock/pipeline.yaml", "return_age: new", "return_age: original");
    hold(&products, &run(&project, "2"), true);
}

#[test]
fn layers_do_not_depend_on_the_order_of_rows_and_files_or_on_threads() {
    let products = told(2);
    let rows = run(&project(&products, 21), "1");
    hold(&products, &rows, false);
    assert_eq!(run(&project(&products, 22), "4"), rows);
}
