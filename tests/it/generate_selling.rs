//! What the sample's extracts of selling say of each other: deals follow from orders, targets from invoices, and the
//! story of README.md from both.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use chrono::NaiveDate;

use crate::cli_support::repository;

/// A row by the names of its columns.
type Row = BTreeMap<String, String>;

static INVOICES: LazyLock<Vec<Row>> = LazyLock::new(|| rows("sales"));
static DEALS: LazyLock<BTreeMap<String, Vec<Row>>> = LazyLock::new(|| {
    let mut deals: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in rows("opportunities") {
        deals.entry(row["opportunity_id"].clone()).or_default().push(row);
    }
    deals
});
static TARGETS: LazyLock<Vec<Row>> = LazyLock::new(|| rows("sales_targets"));

/// The rows of an extract in the order of its files, without the damaged ones.
fn rows(extract: &str) -> Vec<Row> {
    let folder = repository().join("sample_data");
    let mut files = vec![folder.join(format!("{extract}.csv"))];
    if folder.join(extract).is_dir() {
        files = std::fs::read_dir(folder.join(extract)).unwrap().map(|entry| entry.unwrap().path()).collect();
    }
    files.sort();
    files.iter().flat_map(|file| rows_of(file)).collect()
}

fn rows_of(file: &Path) -> Vec<Row> {
    let text = std::fs::read_to_string(file).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').map(String::from).collect::<Vec<_>>());
    let names = lines.next().unwrap();
    let whole = lines.filter(|fields| fields.len() == names.len());
    let is_bad = |(name, value): (&String, &String)| {
        let is_no_day = name.ends_with("_date") && !value.is_empty() && value.parse::<NaiveDate>().is_err();
        is_no_day || name == "share" && value.starts_with('-') || name == "changed_at" && value.is_empty()
    };
    let named = whole.map(|fields| names.iter().cloned().zip(fields).collect::<Row>());
    named.filter(|row| !row.iter().any(is_bad)).collect()
}

/// An amount in EUR, by the rates at which the company's prices are told in other currencies.
fn eur(row: &Row, column: &str) -> f64 {
    let amount: f64 = row[column].parse().unwrap_or_else(|error| panic!("{error}: {column} of {row:?}"));
    amount / BTreeMap::from([("EUR", 1.0), ("CHF", 0.95), ("PLN", 4.25)])[row["currency"].as_str()]
}

fn sums<'r>(rows: impl Iterator<Item = &'r Row>, by: &str, column: &str) -> BTreeMap<String, f64> {
    let mut sums = BTreeMap::new();
    for row in rows {
        *sums.entry(row[by].clone()).or_default() += eur(row, column);
    }
    sums
}

/// What each deal is in the newest export.
fn newest() -> impl Iterator<Item = &'static Row> {
    DEALS.values().filter_map(|states| states.last())
}

/// The approved targets of salespeople in some days, the last version of each.
fn targets(from: &str, until: &str) -> BTreeMap<String, f64> {
    let is_meant = |row: &&Row| {
        row["target_of"] == "salesperson"
            && row["status"] == "approved"
            && (from..until).contains(&row["period_start"].as_str())
    };
    let mut last = BTreeMap::new();
    for row in TARGETS.iter().filter(is_meant) {
        let key = [&row["target_id"], &row["product_group"], &row["period_start"]];
        last.insert(key, row);
    }
    sums(last.into_values(), "target_id", "amount")
}

/// What is credited to each salesperson since a day; a line without credits is all of the one who sold it.
fn sold_since(day: &str) -> BTreeMap<String, f64> {
    let mut shares: BTreeMap<[String; 2], Vec<(String, f64)>> = BTreeMap::new();
    for row in rows("sales_credits") {
        let line = [row["invoice_id"].clone(), row["line_id"].clone()];
        shares.entry(line).or_default().push((row["salesperson_id"].clone(), row["share"].parse().unwrap()));
    }
    let mut sold = BTreeMap::new();
    for row in INVOICES.iter().filter(|row| row["invoice_date"].as_str() >= day) {
        let whole = vec![(row["salesperson_id"].clone(), 1.0)];
        let credited = shares.get(&[row["invoice_id"].clone(), row["line_id"].clone()]).unwrap_or(&whole);
        for (salesperson, share) in credited {
            *sold.entry(salesperson.clone()).or_default() += share * eur(row, "net_amount");
        }
    }
    sold
}

fn percent(part: f64, whole: f64) -> String {
    format!("{:.0}", part / whole * 100.0)
}

#[test]
fn every_state_of_a_deal_is_the_one_before_and_what_its_history_says_since() {
    let history = rows("opportunity_history");
    for (id, states) in &*DEALS {
        let changes = history.iter().filter(|row| row["opportunity_id"] == *id);
        let mut values: BTreeMap<&str, &str> = BTreeMap::new();
        for change in changes {
            assert!(change["changed_at"][..10] >= *states[0]["created_date"], "{change:?}");
            let old = values.insert(&change["field"], &change["new_value"]);
            assert!(old.is_none_or(|old| old == change["old_value"]), "{change:?}");
        }
        let last = states.last().unwrap();
        for (field, value) in values {
            assert_eq!(last[field], value, "{field} of {id}");
        }
        let is_closed = ["Won", "Lost"].contains(&last["stage"].as_str());
        assert_eq!((last["is_closed"] == "true", !last["closed_date"].is_empty()), (is_closed, is_closed), "{last:?}");
        assert_eq!(last["is_won"] == "true", last["stage"] == "Won", "{last:?}");
    }
}

#[test]
fn what_is_won_is_about_what_was_ordered() {
    let won = sums(newest().filter(|row| row["is_won"] == "true"), "salesperson_id", "amount");
    let mut orders: BTreeMap<(String, String), Row> = BTreeMap::new();
    for row in rows("sales_orders").into_iter().filter(|row| !row["order_id"].is_empty() && row["status"] != "open") {
        orders.insert((row["order_id"].clone(), row["line_id"].clone()), row);
    }
    let mut ordered: BTreeMap<String, f64> = BTreeMap::new();
    for row in orders.values().filter(|row| !["draft", "cancelled"].contains(&row["status"].as_str())) {
        let quantity: f64 = row["quantity"].parse().unwrap();
        *ordered.entry(row["salesperson_id"].clone()).or_default() += quantity * eur(row, "unit_price");
    }
    assert_eq!(won.len(), 4);
    for (salesperson, won) in won {
        let part = won / ordered[&salesperson];
        assert!((0.9..1.1).contains(&part), "{salesperson} won {won} of {}", ordered[&salesperson]);
    }
}

#[test]
fn shared_invoice_lines_are_there_and_their_shares_are_whole_but_for_two() {
    let lines: BTreeSet<[&str; 2]> =
        INVOICES.iter().map(|row| [row["invoice_id"].as_str(), row["line_id"].as_str()]).collect();
    let mut shares: BTreeMap<[String; 2], f64> = BTreeMap::new();
    for row in rows("sales_credits") {
        let share: f64 = row["share"].parse().unwrap();
        *shares.entry([row["invoice_id"].clone(), row["line_id"].clone()]).or_default() += share;
    }
    assert!(shares.keys().all(|line| lines.contains(&line.each_ref().map(String::as_str))));
    let odd: BTreeSet<String> = shares.values().map(|share| format!("{share:.2}")).collect();
    assert_eq!(odd, ["0.90", "1.00", "1.10"].map(String::from).into());
    assert_eq!(shares.values().filter(|share| (*share - 1.0).abs() > 0.01).count(), 2);
    assert!((lines.len() / 25..lines.len() / 15).contains(&shares.len()), "{} of {}", shares.len(), lines.len());
}

#[test]
fn one_salesperson_misses_the_target_and_one_goes_beyond() {
    for (from, expected) in [("2025-04-01", [98, 124, 64, 100]), ("2026-01-01", [102, 132, 72, 78])] {
        let (targets, sold) = (targets(from, "2026-04-01"), sold_since(from));
        let rate = |id: &str| percent(sold[id], targets[id]).parse::<i32>().unwrap();
        assert_eq!(["S01", "S02", "S03", "S04"].map(rate), expected, "since {from}");
        let of_people: f64 = targets.iter().filter(|(id, _)| *id != "S00").map(|(_, target)| target).sum();
        assert_eq!(percent(targets["S00"], of_people), "95");
    }
}

#[test]
fn one_pipeline_is_thin_and_has_what_is_overdue_and_what_slipped() {
    let is_due = |row: &&Row| {
        let day = row["expected_close_date"].as_str();
        row["is_closed"] == "false" && ("2026-04-01".."2026-07-01").contains(&day)
    };
    let open = sums(newest().filter(is_due), "salesperson_id", "amount");
    let targets = targets("2026-04-01", "2026-07-01");
    let coverage = |id: &str| format!("{:.1}", open[id] / targets[id]);
    assert_eq!(["S01", "S02", "S03", "S04"].map(coverage), ["2.8", "2.6", "0.3", "3.7"]);
    let overdue = &DEALS["OP-0008-023"].last().unwrap();
    assert_eq!((overdue["expected_close_date"].as_str(), overdue["is_closed"].as_str()), ("2026-03-21", "false"));
    let moved = |id: &str| -> Vec<String> {
        let of_deal = |row: &&Row| row["opportunity_id"] == id && row["field"] == "expected_close_date";
        let history = rows("opportunity_history");
        history.iter().filter(of_deal).flat_map(|row| [row["old_value"].clone(), row["new_value"].clone()]).collect()
    };
    assert_eq!(moved("OP-0008-024"), ["2026-03-18", "2026-06-26"]);
    assert_eq!(moved("OP-0003-012"), ["2026-05-04", "2026-04-10"]);
}

#[test]
fn one_territory_is_twice_as_loaded_as_its_neighbour() {
    let customers = rows("customers");
    let hours = |id: &str| -> f64 {
        let row = customers.iter().find(|row| row["customer_id"] == id).unwrap();
        row["visits_per_year"].parse::<f64>().unwrap() * row["minutes_per_visit"].parse::<f64>().unwrap() / 60.0
    };
    let sold =
        sums(INVOICES.iter().filter(|row| row["invoice_date"].as_str() >= "2025-04-01"), "customer_id", "net_amount");
    let accounts = rows("account_assignments");
    let now: Vec<&Row> = accounts.iter().filter(|row| row["valid_to"].is_empty()).collect();
    let load = |territory: &str| -> [f64; 2] {
        let own = now.iter().filter(|row| row["territory_id"] == territory).map(|row| row["customer_id"].as_str());
        own.fold([0.0; 2], |[hours_so_far, sold_so_far], id| [hours_so_far + hours(id), sold_so_far + sold[id]])
    };
    let (south, east) = (load("TS-1"), load("TN-2"));
    assert_eq!((south[0], east[0]), (12.0, 5.25));
    assert!((1.7..2.3).contains(&(south[1] / east[1])), "{south:?} {east:?}");
    let mut assigned: BTreeMap<&str, usize> = customers.iter().map(|row| (row["customer_id"].as_str(), 0)).collect();
    for row in now {
        *assigned.get_mut(row["customer_id"].as_str()).unwrap() += 1;
    }
    assigned.retain(|_, count| *count != 1);
    assert_eq!(assigned, [("C0007", 0), ("C0009", 2)].into());
}

#[test]
fn the_newest_plan_of_marketing_is_weeks_older_than_the_others() {
    let mut newest: BTreeMap<String, String> = BTreeMap::new();
    for row in rows("forecasts") {
        newest.insert(row["forecast_type"].clone(), row["snapshot_date"].clone());
    }
    let expected = [("consensus", 3), ("marketing", 2), ("sales", 3), ("statistical", 3)];
    assert_eq!(newest, expected.map(|(kind, month)| (kind.to_string(), format!("2026-0{month}-25"))).into());
}

#[test]
fn what_the_plants_supply_is_the_whole_of_what_each_warehouse_asks_for() {
    // A share holds until the plant's next row.
    let mut shares: BTreeMap<[String; 2], BTreeMap<String, f64>> = BTreeMap::new();
    for row in rows("sourcing") {
        let at = shares.entry([row["product_id"].clone(), row["demand_location_id"].clone()]).or_default();
        at.insert(row["plant_id"].clone(), row["share"].parse().unwrap());
    }
    assert_eq!(shares.len(), 14);
    for (at, plants) in &shares {
        assert_eq!(percent(plants.values().sum(), 1.0), "100", "{at:?}: {plants:?}");
    }
    let twice: Vec<&[String; 2]> = shares.iter().filter(|(_, plants)| plants.len() > 1).map(|(at, _)| at).collect();
    assert_eq!(twice, [&["CH001-045".to_string(), "WH-NORTH".to_string()]]);
    let makes = |plant: &str| {
        rows("routings").iter().any(|row| row["product_id"] == "CH001-045" && row["location_id"] == plant)
    };
    assert!(makes("PLANT-1") && makes("PLANT-2"));
}

#[test]
fn the_draft_of_next_years_targets_is_a_tenth_above_what_was_approved() {
    let newest = |status: &str| -> f64 {
        let is_meant = |row: &&Row| {
            row["target_of"] == "salesperson"
                && row["snapshot_date"] == "2026-03-20"
                && row["status"] == status
                && row["period_start"].as_str() >= "2026-04-01"
        };
        TARGETS.iter().filter(is_meant).map(|row| eur(row, "amount")).sum()
    };
    assert_eq!(percent(newest("draft"), newest("approved")), "110");
}

#[test]
fn tiers_follow_each_other_without_gaps_and_everybody_who_sells_is_paid_by_one_plan_at_a_time() {
    let mut tiers: BTreeMap<[String; 2], Vec<Row>> = BTreeMap::new();
    for row in rows("commission_plans") {
        tiers.entry([row["plan_id"].clone(), row["version"].clone()]).or_default().push(row);
    }
    assert_eq!(tiers.len(), 5);
    for (plan, tiers) in &tiers {
        assert_eq!(tiers[0]["lower_bound"], "0.00", "{plan:?}");
        assert!(tiers.windows(2).all(|pair| pair[0]["upper_bound"] == pair[1]["lower_bound"]), "{plan:?}: {tiers:?}");
        let from: Vec<f64> = tiers.iter().map(|tier| tier["lower_bound"].parse().unwrap()).collect();
        assert!(from.windows(2).all(|pair| pair[0] < pair[1]), "{plan:?}: {from:?}");
        assert_eq!(tiers.last().unwrap()["upper_bound"], "", "{plan:?}");
    }
    let mut spans: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in rows("commission_plan_assignments") {
        spans.entry(row["salesperson_id"].clone()).or_default().push(row);
    }
    assert_eq!(spans.keys().collect::<Vec<_>>(), ["S01", "S02", "S03", "S04"]);
    for (salesperson, spans) in &spans {
        assert!(spans[0]["valid_from"].as_str() < "2024-04-01", "{salesperson}");
        assert!(spans.windows(2).all(|pair| pair[0]["valid_to"] == pair[1]["valid_from"]), "{salesperson}: {spans:?}");
        assert_eq!(spans.last().unwrap()["valid_to"], "", "{salesperson}");
    }
}

#[test]
fn the_older_budget_was_corrected_once_and_the_newer_knows_nothing_of_the_campaign() {
    let budgets = rows("budgets");
    let amount = |snapshot: &str, version: &str| -> f64 {
        let is_meant = |row: &&Row| row["snapshot_date"] == snapshot && row["version"] == version;
        budgets.iter().filter(is_meant).map(|row| eur(row, "amount")).sum()
    };
    assert_eq!(percent(amount("2025-03-13", "2"), amount("2025-03-13", "1")), "98");
    let benches = |month: &str| -> u32 {
        let is_meant = |row: &&Row| row["family"] == "Benches" && row["period_start"] == month;
        budgets.iter().filter(is_meant).map(|row| row["quantity"].parse::<u32>().unwrap()).sum()
    };
    assert_eq!(["2026-05-01", "2026-06-01", "2026-07-01"].map(benches), [111, 105, 92]);
}

#[test]
fn one_territory_is_shared_and_one_was_handed_over() {
    let mut held: BTreeMap<String, Vec<[String; 4]>> = BTreeMap::new();
    for row in rows("territory_assignments") {
        let how = ["salesperson_id", "valid_from", "valid_to", "share"].map(|name| row[name].clone());
        held.entry(row["territory_id"].clone()).or_default().push(how);
    }
    held.retain(|_, people| people.len() > 1);
    let expected = BTreeMap::from([
        ("TN-4", [["S04", "2024-01-01", "2026-02-16", "1.0"], ["S02", "2026-02-16", "", "1.0"]]),
        ("TS-4", [["S03", "2024-01-01", "", "0.6"], ["S01", "2024-01-01", "", "0.4"]]),
    ]);
    let held: BTreeMap<&str, Vec<[&str; 4]>> = held
        .iter()
        .map(|(id, people)| (id.as_str(), people.iter().map(|how| how.each_ref().map(String::as_str)).collect()))
        .collect();
    assert_eq!(held, expected.into_iter().map(|(id, people)| (id, people.to_vec())).collect());
}
