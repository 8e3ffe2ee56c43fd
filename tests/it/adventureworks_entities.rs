//! The canonical entities of a real company's extracts: their rows, quantities and amounts are held against sums over the
//! raw files that this test makes by itself, in whole billionths.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Read;
use std::path::{Path, PathBuf};

use encoding_rs::UTF_16LE;
use flate2::read::MultiGzDecoder;

use crate::cli_support::{Project, left_out};

const DATA: &str = "SOPMART_ADVENTUREWORKS";

/// Billionths.
type Sum = i128;
type Row = Vec<String>;

/// What each measure is made of: a query over the entities.
const MEASURES: [(&str, &str); 44] = [
    ("products", "count(*) from staging.products"),
    ("product costs", "sum(unit_cost) from staging.product_costs where location_id = '(all)'"),
    ("list prices", "sum(price) from staging.prices where price_type = 'list'"),
    ("locations", "count(*) from staging.locations where type = 'stock'"),
    ("consumers", "count(*) from staging.customers where customer_group = 'consumer' and name is null"),
    ("resellers", "count(name) from staging.customers where customer_group = 'reseller'"),
    ("average rates", "sum(rate) from staging.exchange_rates where rate_type = 'average'"),
    ("closing rates", "sum(rate) from staging.exchange_rates where rate_type = 'closing'"),
    ("order lines", "count(*) from staging.sales_orders where status = 'closed'"),
    (
        "order lines of known customers",
        "count(*) from staging.sales_orders inner join staging.customers \
      on sales_orders.customer_id = customers.customer_id",
    ),
    (
        "order lines of known products",
        "count(*) from staging.sales_orders inner join staging.products \
      on sales_orders.product_id = products.product_id",
    ),
    (
        "order lines of known salespeople",
        "count(*) from staging.sales_orders inner join staging.salespeople \
      on sales_orders.salesperson_id = salespeople.salesperson_id",
    ),
    ("ordered quantity", "sum(quantity) from staging.sales_orders"),
    ("order prices", "sum(unit_price) from staging.sales_orders"),
    ("shipped quantity", "sum(quantity) from staging.shipments"),
    (
        "shipments of known lines",
        "count(*) from staging.shipments inner join staging.sales_orders \
      on shipments.order_id = sales_orders.order_id and shipments.order_line_id = sales_orders.line_id",
    ),
    ("sold quantity", "sum(quantity) from staging.sales"),
    ("net sales", "sum(net_amount) from staging.sales"),
    ("cost of sales", "sum(cost_amount) from staging.sales"),
    ("tax", "sum(tax) from staging.orders"),
    ("freight", "sum(freight) from staging.orders"),
    ("purchased quantity", "sum(quantity) from staging.purchase_orders"),
    ("rejected quantity", "sum(rejected_quantity) from staging.purchase_orders"),
    ("open purchased quantity", "sum(quantity) from staging.purchase_orders where status = 'open'"),
    (
        "purchased lines of known vendors",
        "count(*) from staging.purchase_orders inner join staging.vendors \
      on purchase_orders.vendor_id = vendors.vendor_id",
    ),
    ("received quantity", "sum(quantity) from staging.receipts"),
    ("balances", "sum(quantity) from staging.stock_balances where snapshot_date = date '2014-08-12'"),
    ("balance rows", "count(*) from staging.stock_balances"),
    ("movements: receipts", "sum(quantity) from staging.stock_movements where movement_id like 'receipt-%'"),
    ("movements: receipt values", "sum(value) from staging.stock_movements"),
    ("movements: completions", "sum(quantity) from staging.stock_movements where movement_id like 'completion-%'"),
    ("movements: component issues", "sum(quantity) from staging.stock_movements where movement_id like 'issue-%'"),
    ("movements: component issue rows", "count(*) from staging.stock_movements where movement_id like 'issue-%'"),
    (
        "movements: issues of the bill's versions",
        "-sum(production_orders.quantity * bills_of_material.quantity_per) \
      from staging.production_orders inner join staging.bills_of_material \
      on production_orders.product_id = bills_of_material.product_id \
      and production_orders.scheduled_start >= bills_of_material.valid_from \
      and (bills_of_material.valid_to is null or production_orders.scheduled_start < bills_of_material.valid_to)",
    ),
    ("movements: shipments", "sum(quantity) from staging.stock_movements where movement_id like 'shipment-%'"),
    ("work-order quantity", "sum(quantity) from staging.production_orders"),
    ("bills of today", "sum(quantity_per) from staging.bills_of_material where valid_to is null"),
    ("quotas", "sum(amount) from staging.sales_targets where period_end > period_start"),
    ("quota rows", "count(*) from staging.sales_targets"),
    ("vendors", "count(*) from staging.vendors"),
    ("territories", "count(*) from staging.territories"),
    ("assignments", "count(*) from staging.territory_assignments"),
    ("accounts", "count(*) from staging.account_assignments"),
    (
        "salespeople with a manager",
        "count(*) from staging.salespeople inner join staging.salespeople as managers \
      on salespeople.manager_id = managers.salesperson_id",
    ),
];

#[test]
fn every_quantity_and_amount_of_adventureworks_is_in_its_entities() {
    let Some(data) = std::env::var_os(DATA).map(PathBuf::from) else {
        return left_out("the entities of AdventureWorks", DATA);
    };
    let project = with_the_measures_as_a_mart();
    let output = project.command(&["run", "adventureworks"]).env(DATA, &data).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: BTreeMap<String, Sum> = project
        .rows("select measure, value from marts.measures")
        .iter()
        .map(|row| (row["measure"].as_str().unwrap().to_string(), billionths(row["value"].as_str().unwrap())))
        .collect();
    let expected = expected(&data);
    for (measure, value) in &found {
        assert_eq!((measure, Some(value)), (measure, expected.get(measure.as_str())));
    }
    assert_eq!(found.len(), expected.len());
    let shown = ["net sales", "ordered quantity", "movements: component issues"].map(|measure| found[measure]);
    let figures = [109_809_274_203_000_000, 274_776_000_000_000, -43_873_123_000_000_000];
    assert_eq!(shown, figures, "the figures of the README");
    holds_who_the_consumers_are(&project);
}

/// Of no extract are both numbers of a consumer: that every order lies in its customer's territory is what shows it.
fn holds_who_the_consumers_are(project: &Project) {
    let sql = "select count(*) from marts.strangers";
    assert_eq!(project.value(sql), 0, "lines whose customer belongs to another territory");
}

fn with_the_measures_as_a_mart() -> Project {
    let project = Project::of_the_sample();
    let selects = MEASURES.map(|(measure, query)| {
        let (value, from) = query.split_once(" from ").unwrap();
        let measure = measure.replace('\'', "''");
        format!("select '{measure}' as measure, cast({value} as decimal(38, 9)) as value from {from}")
    });
    let sums = selects.join("\nunion all\n");
    project.write("sql/marts/measures.sql", &sums);
    project.write("sql/marts/measures.odcs.yaml", &contract("measures", "measure", &[("value", "decimal(38,9)")]));

    // What is the whole order's and no entity has.
    let orders = ["internet", "reseller"].map(|file| {
        format!(
            "select distinct \"SalesOrderNumber\" as order_id, \"SalesTerritoryID\" as territory_id, \"TaxAmt\" as tax, \
             \"Freight\" as freight from landing.{file}_sales"
        )
    });
    project.write("sql/staging/adventureworks/orders.sql", &orders.join("\nunion all\n"));
    let columns = [("territory_id", "integer"), ("tax", "decimal(38,9)"), ("freight", "decimal(38,9)")];
    project.write("sql/staging/orders.odcs.yaml", &contract("orders", "order_id", &columns));
    project.replace(
        "pipelines/adventureworks/pipeline.yaml",
        "entities:\n",
        "entities:\n  orders: [adventureworks/orders]\n",
    );

    let strangers = "select distinct sales_orders.order_id from staging.sales_orders inner join staging.account_assignments \
        on sales_orders.customer_id = account_assignments.customer_id inner join staging.orders \
        on sales_orders.order_id = orders.order_id \
        where account_assignments.territory_id <> cast(orders.territory_id as varchar)";
    project.write("sql/marts/strangers.sql", strangers);
    project.write("sql/marts/strangers.odcs.yaml", &contract("strangers", "order_id", &[]));
    project
}

fn contract(name: &str, key: &str, further: &[(&str, &str)]) -> String {
    let further: String = further
        .iter()
        .map(|(column, physical)| {
            let logical = if *physical == "integer" { "integer" } else { "number" };
            format!(
                "      - {{name: {column}, logicalType: {logical}, physicalType: '{physical}', description: Its sum.}}\n"
            )
        })
        .collect();
    format!(
        "apiVersion: v3.1.0\nkind: DataContract\nid: {name}\nname: {name}\nversion: 1.0.0\nstatus: active\n\
         description: {{purpose: What this test asks., usage: Read by this test.}}\nschema:\n  - name: {name}\n\
         \x20   physicalType: table\n    description: What this test asks.\n    properties:\n      - {{name: {key}, \
         logicalType: string, physicalType: text, required: true, primaryKey: true, primaryKeyPosition: 1, \
         description: What it is.}}\n{further}"
    )
}

fn expected(data: &Path) -> BTreeMap<&'static str, Sum> {
    let mut found = BTreeMap::new();
    of_sales(data, &mut found);
    of_stock_and_production(data, &mut found);
    of_people_and_money(data, &mut found);
    found
}

fn of_sales(data: &Path, found: &mut BTreeMap<&'static str, Sum>) {
    let internet = zipped(data, "sales/InternetSalesOrderLines.csv.gz");
    let reseller = zipped(data, "sales/ResellerSalesOrderLines.csv.gz");
    let lines = || internet.iter().chain(&reseller);
    for measure in ["order lines", "order lines of known customers", "order lines of known products"] {
        found.insert(measure, rows(internet.len() + reseller.len()));
    }
    found.insert("shipments of known lines", rows(internet.len() + reseller.len()));
    found.insert("order lines of known salespeople", rows(reseller.len()));
    let quantity = sum(lines(), 7);
    for measure in ["ordered quantity", "shipped quantity", "sold quantity"] {
        found.insert(measure, quantity);
    }
    found.insert("movements: shipments", -quantity);
    found.insert("net sales", sum(lines(), 10));
    let whole = |row: &Row, column: usize| -> Sum { row[column].parse().unwrap() };
    found.insert("cost of sales", lines().map(|row| billionths(&row[11]) * whole(row, 7)).sum());
    // A price is kept in ten-thousandths, halves away from zero.
    let price = |row: &Row| {
        let exact = billionths(&row[8]) * (1_000_000_000 - billionths(&row[9]));
        (exact + 50_000_000_000_000) / 100_000_000_000_000 * 100_000
    };
    found.insert("order prices", lines().map(price).sum());
    let once = |column: usize| -> Sum {
        let orders: HashMap<&str, &str> = lines().map(|row| (row[0].as_str(), row[column].as_str())).collect();
        assert!(lines().all(|row| orders[row[0].as_str()] == row[column]), "one of each per order");
        orders.values().map(|amount| billionths(amount)).sum()
    };
    found.insert("tax", once(12));
    found.insert("freight", once(13));
}

fn of_stock_and_production(data: &Path, found: &mut BTreeMap<&'static str, Sum>) {
    let purchases = plain(data, "oltp/PurchaseOrderDetail.csv");
    found.insert("purchased lines of known vendors", rows(purchases.len()));
    found.insert("purchased quantity", sum(&purchases, 3));
    found.insert("received quantity", sum(&purchases, 7));
    found.insert("rejected quantity", sum(&purchases, 8));
    let statuses: HashMap<String, String> =
        plain(data, "oltp/PurchaseOrderHeader.csv").into_iter().map(|row| (row[0].clone(), row[2].clone())).collect();
    let open = purchases.iter().filter(|row| ["1", "2"].contains(&statuses[&row[0]].as_str()));
    found.insert("open purchased quantity", sum(open, 3));
    found.insert("movements: receipts", sum(&purchases, 9));
    let value = |row: &Row| billionths(&row[9]) * billionths(&row[5]) / 1_000_000_000;
    found.insert("movements: receipt values", purchases.iter().map(value).sum());
    let inventory = plain(data, "oltp/ProductInventory.csv");
    found.insert("balances", sum(&inventory, 4));
    found.insert("balance rows", rows(inventory.len()));

    let orders = zipped(data, "production/WorkOrder.csv.gz");
    found.insert("work-order quantity", sum(&orders, 2));
    found.insert("movements: completions", sum(&orders, 3));
    let bill = plain(data, "oltp/BillOfMaterials.csv");
    let mut components: HashMap<&str, Vec<&Row>> = HashMap::new();
    for row in bill.iter().filter(|row| !row[1].is_empty()) {
        components.entry(&row[1]).or_default().push(row);
    }
    let (mut issues, mut issued) = (0, 0);
    for order in &orders {
        let start = order[5].as_str();
        let holds = |row: &&&Row| &row[3][..10] <= start && (row[4].is_empty() || start <= &row[4][..10]);
        for row in components[order[1].as_str()].iter().filter(holds) {
            issues += 1;
            issued += billionths(&order[2]) * billionths(&row[7]) / 1_000_000_000;
        }
    }
    found.insert("movements: component issues", -issued);
    found.insert("movements: issues of the bill's versions", -issued);
    found.insert("movements: component issue rows", rows(issues));
    found.insert("bills of today", sum(bill.iter().filter(|row| !row[1].is_empty() && row[4].is_empty()), 7));
}

fn of_people_and_money(data: &Path, found: &mut BTreeMap<&'static str, Sum>) {
    let count = |file: &str| rows(plain(data, file).len());
    found.insert("products", count("oltp/Product.csv"));
    found.insert("locations", count("oltp/Location.csv"));
    found.insert("product costs", sum(&plain(data, "oltp/ProductCostHistory.csv"), 3));
    found.insert("list prices", sum(&plain(data, "oltp/ProductListPriceHistory.csv"), 3));
    let rates = plain(data, "oltp/CurrencyRate.csv");
    found.insert("average rates", sum(&rates, 4));
    found.insert("closing rates", sum(&rates, 5));
    let customers = plain(data, "oltp/Customer.csv");
    let consumers = customers.iter().filter(|row| row[2].is_empty()).count();
    found.insert("consumers", rows(consumers));
    found.insert("resellers", rows(customers.len() - consumers));
    found.insert("accounts", rows(customers.len()));
    let quotas = plain(data, "oltp/SalesPersonQuotaHistory.csv");
    found.insert("quotas", sum(&quotas, 2));
    found.insert("quota rows", rows(quotas.len()));
    found.insert("vendors", count("oltp/Vendor.csv"));
    found.insert("territories", count("oltp/SalesTerritory.csv"));
    found.insert("assignments", count("oltp/SalesTerritoryHistory.csv"));
    // All but the three managers of a region, who report to one who sells nothing.
    let people: BTreeSet<String> = plain(data, "oltp/SalesPerson.csv").into_iter().map(|row| row[0].clone()).collect();
    let employees = plain(data, "oltp/Employee.csv");
    let managers = employees.iter().filter(|row| people.contains(&row[0]) && row[5].ends_with("Manager")).count();
    found.insert("salespeople with a manager", rows(people.len() - managers));
}

/// A file without a header and without quotes, tab-separated.
fn plain(data: &Path, file: &str) -> Vec<Row> {
    let bytes = std::fs::read(data.join(file)).unwrap();
    let text = match bytes.strip_prefix(b"\xff\xfe") {
        Some(rest) => UTF_16LE.decode_without_bom_handling(rest).0.into_owned(),
        None => String::from_utf8(bytes).unwrap(),
    };
    text.lines().map(|line| line.split('\t').map(str::to_string).collect()).collect()
}

/// A zipped file with a header and without quotes, comma-separated.
fn zipped(data: &Path, file: &str) -> Vec<Row> {
    let mut text = String::new();
    MultiGzDecoder::new(std::fs::File::open(data.join(file)).unwrap()).read_to_string(&mut text).unwrap();
    text.lines().skip(1).map(|line| line.split(',').map(str::to_string).collect()).collect()
}

fn sum<'a>(rows: impl IntoIterator<Item = &'a Row>, column: usize) -> Sum {
    rows.into_iter().map(|row| billionths(&row[column])).sum()
}

fn rows(count: usize) -> Sum {
    Sum::try_from(count).unwrap() * 1_000_000_000
}

/// `-12.25` -> -12,250,000,000.
fn billionths(decimal: &str) -> Sum {
    let (sign, digits) = decimal.strip_prefix('-').map_or((1, decimal), |digits| (-1, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    assert!(fraction.len() <= 9, "{decimal}");
    let whole: Sum = if whole.is_empty() { 0 } else { whole.parse().unwrap() };
    sign * (whole * 1_000_000_000 + format!("{fraction:0<9}").parse::<Sum>().unwrap())
}
