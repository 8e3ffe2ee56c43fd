//! What contracts promise of extracts: rules over whole rows decide at landing; keys, references, freshness, volume and
//! queries are checks, as errors or as warnings.

use serde_json::Value;

use crate::cli_support::{Outcome, Project};

/// A project of two small extracts.
struct Orders(Project);

const ORDERS: &str = "order_id,product_id,ordered,received,order_date\n1,A,10,10,2026-03-30\n2,B,5,4,2026-03-31\n";

impl Orders {
    fn new() -> Orders {
        let project = Project::of_the_plant();
        let orders = Orders(project);
        orders.0.write(
            "pipelines/orders/pipeline.yaml",
            "name: orders\ndescription: Orders of products.\nsource: ../../in\nsettings:\n  as_of: 2026-03-31\nextracts:\n  \
             orders: {files: orders.csv, load: replace}\n  products: {files: products.csv, load: replace}\nentities: {}\n",
        );
        orders.0.write("in/products.csv", "product_id,name\nA,Chair\nB,Table\n");
        orders.0.write("in/orders.csv", ORDERS);
        orders.contract("products", "", "", &[("product_id", "text", "primaryKey: true"), ("name", "text", "")]);
        orders.orders("", "", "");
        orders
    }

    /// The contract of orders, with further lines of its table, of its last column, and of the file.
    fn orders(&self, of_table: &str, of_column: &str, of_file: &str) {
        let columns = [
            ("order_id", "integer", ""),
            ("product_id", "text", ""),
            ("ordered", "integer", ""),
            ("received", "integer", ""),
            ("order_date", "date", of_column),
        ];
        self.contract("orders", of_table, of_file, &columns);
    }

    fn contract(&self, name: &str, of_table: &str, of_file: &str, columns: &[(&str, &str, &str)]) {
        let mut text = format!(
            "apiVersion: v3.1.0\nkind: DataContract\nid: {name}\nname: {name}\nversion: 1.0.0\nstatus: active\n\
             {of_file}schema:\n  - name: {name}\n    physicalType: file\n    description: One row.\n{of_table}    properties:\n"
        );
        for (column, data_type, further) in columns {
            text.push_str(&format!("      - name: {column}\n        physicalType: {data_type}\n"));
            if !further.is_empty() {
                text.push_str(&format!("        {further}\n"));
            }
        }
        self.0.write(&format!("pipelines/orders/contracts/{name}.odcs.yaml"), &text);
    }

    fn run(&self) -> Outcome {
        self.0.sopmart(&["run", "orders", "--output", "json"])
    }

    /// The check that did not pass, with what is said about it.
    #[track_caller]
    fn broken(&self, exit_code: i32) -> Value {
        let record = self.run().expect_exit(exit_code).json();
        let checks = record["checks"].as_array().unwrap().clone();
        let broken: Vec<Value> = checks.into_iter().filter(|check| check["passed"] == false).collect();
        assert_eq!(broken.len(), 1, "{broken:#?}");
        broken[0].clone()
    }

    #[track_caller]
    fn all_pass(&self) {
        let record = self.run().expect_exit(0).json();
        assert!(record["checks"].as_array().unwrap().iter().all(|check| check["passed"] == true), "{record:#}");
    }

    #[track_caller]
    fn fault(&self, expected: &[&str]) {
        let outcome = self.0.sopmart(&["check", "orders"]).expect_exit(1);
        for text in expected {
            assert!(outcome.stderr.contains(text), "no `{text}` in:\n{}", outcome.stderr);
        }
    }
}

const QUALITY: &str = "    quality:\n      - ";
const CUSTOM: &str = "    customProperties:\n      - ";

#[test]
fn a_condition_over_a_row_decides_at_landing() {
    let orders = Orders::new();
    let rule = "{type: sql, name: not_over_received, query: 'received <= ordered', mustBe: true}\n";
    orders.orders(&format!("{CUSTOM}{{property: maxQuarantined, value: 1}}\n{QUALITY}{rule}"), "", "");
    orders.0.write("in/orders.csv", &format!("{ORDERS}3,A,2,3,2026-03-31\n4,A,,9,2026-03-31\n"));
    let record = orders.run().expect_exit(0).json();
    assert_eq!([&record["extracts"][0]["rows_landed"], &record["extracts"][0]["rows_quarantined"]], [3, 1]);
    let rows = orders.0.sopmart(&["quarantine", "orders", "--rows", "--output", "json"]).expect_exit(0).json();
    let row = &rows["rows"][0];
    assert_eq!(
        (&row["rule"], &row["line"], &row["column"]),
        (&"not_over_received".into(), &4.into(), &"received".into())
    );
    assert_eq!(row["message"], "found received `3`, ordered `2`, expected received <= ordered");
}

#[test]
fn a_condition_that_cannot_be_computed_for_a_row_keeps_the_others() {
    let orders = Orders::new();
    let rule = "{type: sql, name: share, query: '100.0 / ordered >= 1', mustBe: true}\n";
    orders.orders(&format!("{CUSTOM}{{property: maxQuarantined, value: 50%}}\n{QUALITY}{rule}"), "", "");
    orders.0.write("in/orders.csv", &format!("{ORDERS}3,A,0,3,2026-03-31\n"));
    let record = orders.run().expect_exit(0).json();
    assert_eq!([&record["extracts"][0]["rows_landed"], &record["extracts"][0]["rows_quarantined"]], [2, 1]);
    let rows = orders.0.sopmart(&["quarantine", "orders", "--rows", "--output", "json"]).expect_exit(0).json();
    let message = rows["rows"][0]["message"].as_str().unwrap().to_lowercase();
    assert!(message.contains("cannot be computed") && message.contains("divide by zero"), "{message}");
}

#[test]
fn a_share_of_rows_in_quarantine_is_a_threshold() {
    let orders = Orders::new();
    orders.0.write("in/orders.csv", &format!("{ORDERS}x,A,1,1,2026-03-31\ny,A,1,1,2026-03-31\n"));
    orders.orders(&format!("{CUSTOM}{{property: maxQuarantined, value: '49.9%'}}\n"), "", "");
    let outcome = orders.run().expect_exit(1);
    assert!(outcome.stderr.contains("2 of 4 rows break a rule, its contract allows 49.9%"), "{outcome:?}");
    orders.orders(&format!("{CUSTOM}{{property: maxQuarantined, value: 50%}}\n"), "", "");
    orders.run().expect_exit(0);
    orders.orders(&format!("{CUSTOM}{{property: maxQuarantined, value: 101%}}\n"), "", "");
    orders.fault(&["orders.odcs.yaml:12:", "expected a number of rows, or a percentage such as `0.5%`"]);
}

#[test]
fn a_key_of_an_extract_is_unique_or_it_is_said() {
    let orders = Orders::new();
    orders.0.write("in/products.csv", "product_id,name\nA,Chair\nB,Table\nA,Stool\n");
    let broken = orders.broken(1);
    assert_eq!(
        (&broken["check"], &broken["severity"]),
        (&"landing.products keeps its contract".into(), &"error".into())
    );
    assert!(broken["complaint"].as_str().unwrap().contains("the primary key (\"product_id\") is not unique: 1 row:"));
    let columns = [("product_id", "text", "primaryKey: true"), ("name", "text", "")];
    orders.contract("products", &format!("{CUSTOM}{{property: warnOnly, value: [primaryKey]}}\n"), "", &columns);
    assert_eq!(orders.broken(0)["severity"], "warning");
    let again = orders.run().expect_exit(0);
    assert!(
        again.stderr.contains("landing.products keeps its contract, warnings did not pass (a warning)"),
        "{again:?}"
    );
    orders.contract("products", "", "", &[("product_id", "text", "unique: true"), ("name", "text", "")]);
    assert!(
        orders.broken(1)["complaint"]
            .as_str()
            .unwrap()
            .contains("the number of rows that repeat (product_id) is not 0")
    );
}

#[test]
fn a_reference_stands_in_the_other_extract() {
    let orders = Orders::new();
    let with = |to: &str| {
        let columns = [
            ("order_id", "integer", String::new()),
            ("product_id", "text", format!("relationships: [{{to: {to}}}]")),
            ("ordered", "integer", String::new()),
            ("received", "integer", String::new()),
            ("order_date", "date", String::new()),
        ];
        let columns: Vec<(&str, &str, &str)> =
            columns.iter().map(|(name, kind, more)| (*name, *kind, more.as_str())).collect();
        orders.contract("orders", "", "", &columns);
    };
    with("products.product_id");
    orders.all_pass();
    orders.0.write("in/orders.csv", &format!("{ORDERS}3,C,1,1,2026-03-31\n4,C,1,1,2026-03-31\n5,,1,1,2026-03-31\n"));
    let complaint = orders.broken(1)["complaint"].as_str().unwrap().to_string();
    assert!(complaint.contains("\"product_id\" does not stand in \"landing\".\"products\": 1 row:"), "{complaint}");
    assert!(complaint.contains("| C          | 2 "), "{complaint}");
    with("product.product_id");
    orders.fault(&[
        "column `product_id` refers to `product`, which is no extract of this pipeline",
        "did you mean `products`?",
    ]);
    with("products.id");
    orders.fault(&["refers to `products.id`, which is no column"]);
}

#[test]
fn rows_reach_as_far_as_promised() {
    let orders = Orders::new();
    let sla = |value: &str, unit: &str, element: &str| {
        format!("slaProperties:\n  - {{property: freshness, value: {value}, unit: {unit}, element: {element}}}\n")
    };
    orders.orders("", "", &sla("0", "d", "orders.order_date"));
    orders.all_pass();
    orders.0.write("in/orders.csv", &ORDERS.replace("2026-03-31", "2026-03-29"));
    let complaint = orders.broken(1)["complaint"].as_str().unwrap().to_string();
    assert!(complaint.contains("\"order_date\" ends more than 0 days before the end of 2026-03-31"), "{complaint}");
    assert!(complaint.contains("2026-03-30"), "{complaint}");
    orders.orders("", "", &sla("24", "h", "order_date"));
    orders.all_pass();
    // A month that is not over is not asked for.
    orders.orders(&format!("{CUSTOM}{{property: period, value: month}}\n"), "", &sla("0", "d", "order_date"));
    orders.broken(1);
    orders.0.replace("pipelines/orders/pipeline.yaml", "2026-03-31", "2026-04-29");
    orders.broken(1);
    orders.0.write("in/orders.csv", ORDERS);
    orders.all_pass();
    // Files became known when they were written, which is later than this.
    orders.orders("", "", &sla("1", "d", "orders"));
    orders.all_pass();
    orders.orders("", "", &sla("1", "mo", "orders"));
    orders.fault(&["`unit` is `mo`, expected h, d or w"]);
    orders.orders("", "", &sla("1", "d", "ordered"));
    orders.fault(&["`ordered` is no date and no timestamp"]);
}

#[test]
fn figures_of_an_extract_are_as_expected() {
    let orders = Orders::new();
    let quality = |rule: &str| orders.orders(&format!("{QUALITY}{rule}\n"), "", "");
    quality("{metric: rowCount, mustBeBetween: [2, 5]}");
    orders.all_pass();
    quality("{metric: rowCount, mustBeGreaterThan: 2, severity: warning}");
    let broken = orders.broken(0);
    assert_eq!(broken["severity"], "warning");
    assert!(
        broken["complaint"]
            .as_str()
            .unwrap()
            .contains("number of rows is more than 2: the number of rows is not more than 2")
    );
    quality("{metric: duplicateValues, arguments: {properties: [product_id, order_date]}, mustBe: 0}");
    orders.all_pass();
    quality("{metric: duplicateValues, arguments: {properties: [product_id, date]}, mustBe: 0}");
    orders.fault(&["there is no column `date`"]);

    orders.0.write("in/orders.csv", &format!("{ORDERS}3,A,1,1,\n4,A,1,1,\n"));
    let column = |rule: &str| orders.orders("", &format!("quality: [{rule}]"), "");
    column("{metric: nullValues, mustBeLessOrEqualTo: 50, unit: percent}");
    orders.all_pass();
    column("{metric: nullValues, mustBeLessThan: 50, unit: percent, name: order dates}");
    assert!(
        orders.broken(1)["complaint"]
            .as_str()
            .unwrap()
            .contains("order dates: the percentage of rows without order_date")
    );
    column("{metric: nullValues, mustBeLessThan: fifty}");
    orders.fault(&["`mustBeLessThan` takes a number"]);
    column("{metric: nullValues}");
    orders.fault(&["a rule with 0 comparisons, expected one such as `mustBe: 0`"]);
    column("{metric: rowCount, mustBe: 0}");
    orders.fault(&["metric `rowCount` of a column, expected invalidValues, nullValues or duplicateValues"]);
}

#[test]
fn a_query_of_a_contract_selects_one_value_that_is_as_it_must_be() {
    let orders = Orders::new();
    let query = |query: &str, must: &str| {
        orders.orders(&format!("{QUALITY}{{type: sql, name: received, query: '{query}', {must}}}\n"), "", "");
    };
    query("select sum(received) from landing.orders", "mustBe: 14");
    orders.all_pass();
    query("select sum(received) from landing.orders", "mustBeLessThan: 14");
    let broken = orders.broken(1);
    assert_eq!(broken["check"], "landing.orders: received");
    assert!(broken["complaint"].as_str().unwrap().contains("expected less than 14: 1 row:"), "{broken}");
    query("select max(received) from landing.orders where order_id = 9", "mustBe: 0");
    orders.broken(1);
    query("select received from landing.orders", "mustBe: 4");
    assert_eq!(orders.broken(1)["complaint"], "the query selects several rows, expected one value");
    query("select sum(received) from landing.order", "mustBe: 14");
    orders.fault(&["unknown table `landing.order`", "orders.odcs.yaml:12:", "did you mean `landing.orders`?"]);
    query("select sum(received) from marts.dim_date", "mustBe: 14");
    orders.fault(&["an extract's contract may not read `marts.dim_date`, only landing, settings"]);
    query("select summ(received) from landing.orders", "mustBe: 14");
    orders.fault(&["Invalid function", "orders.odcs.yaml:12:"]);
    query("select sum(received from landing.orders", "mustBe: 14");
    orders.fault(&["orders.odcs.yaml:12:"]);
}

#[test]
fn what_is_no_condition_over_a_row_is_refused_at_its_place() {
    let orders = Orders::new();
    for (query, expected) in [
        ("received", "is of type Int32, expected a condition that is true or false"),
        ("recieved > 0", "did you mean `received`?"),
        ("sum(received) > 0", "row rule `sql`"),
        ("received > (select max(ordered) from landing.orders)", "a row rule is about one row alone"),
        ("received > $as_of", "what lands does not depend on settings"),
        ("random() > 0.5", "does not give the same result again"),
        ("received / ordered > 0.5", "drops the fraction"),
        ("received >", "row rule `sql`"),
    ] {
        orders.orders(&format!("{QUALITY}{{type: sql, query: '{query}', mustBe: true}}\n"), "", "");
        orders.fault(&["orders.odcs.yaml:12:", expected]);
        orders.run().expect_exit(2);
    }
}
