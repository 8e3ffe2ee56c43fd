//! `sopmart check`: every fault with its file, line, column, a caret under the place, and what to do.

use crate::cli_support::{Outcome, Project, repository};

/// A project with one file of its own, and what checking it says.
fn checked(file: &str, text: &str) -> Outcome {
    let project = Project::of_the_plant();
    project.write(file, text);
    project.sopmart(&["check"])
}

/// What checking says once one place in the product's file is changed.
fn with(file: &str, old: &str, new: &str) -> Outcome {
    let project = Project::of_the_plant();
    project.overlay(file, old, new);
    project.sopmart(&["check"])
}

/// What checking says once one place in the plant's pipeline is changed.
fn with_pipeline(old: &str, new: &str) -> Outcome {
    let project = Project::of_the_plant();
    project.replace("pipelines/standard/pipeline.yaml", old, new);
    project.sopmart(&["check"])
}

#[track_caller]
fn says(outcome: Outcome, exit_code: i32, words: &[&str]) {
    let outcome = outcome.expect_exit(exit_code);
    for word in words {
        assert!(outcome.stderr.contains(word), "`{word}` is not in:\n{}", outcome.stderr);
    }
}

const MART: &str = "sql/marts/dim_product.sql";

#[test]
fn a_right_project_has_nothing_to_complain_about() {
    says(Project::of_the_plant().sopmart(&["check"]), 0, &["SQL files planned, nothing to complain about"]);
}

#[test]
fn an_unknown_table_is_shown_with_a_caret_and_the_nearest_name() {
    let outcome = with(MART, "staging.products", "staging.product").expect_exit(1);
    let shown: Vec<&str> = outcome.stderr.lines().collect();
    let line = shown.iter().position(|line| line.contains("select * from staging.product")).expect(&outcome.stderr);
    let table = shown[line].find("staging.product").unwrap();
    let caret = shown[line + 1].find("^^^^^^^^^^^^^^^").expect(&outcome.stderr);
    assert_eq!(caret, table, "the caret stands elsewhere:\n{}", outcome.stderr);
    says(
        outcome,
        1,
        &["unknown table `staging.product`", "sql/marts/dim_product.sql:", "did you mean `staging.products`?"],
    );
}

#[test]
fn an_unknown_column_is_shown_with_the_nearest_name() {
    let sql = "-- One row per product.\nwith\n\nproducts as (\n    select * from staging.products\n)\n\nselect products.nam as name from products\n";
    says(
        checked(MART, sql),
        1,
        &["unknown column `products.nam`", "sql/marts/dim_product.sql:8:", "did you mean `name`?"],
    );
}

#[test]
fn a_type_of_another_kind_than_the_contracts_is_named_with_both() {
    let outcome = with("sql/marts/dim_work_center.odcs.yaml", "physicalType: decimal", "physicalType: text # decimal");
    says(outcome, 1, &["sql/marts/dim_work_center.sql:", "says text"]);
}

#[test]
fn a_division_of_whole_numbers_is_shown_with_its_place_and_what_to_write() {
    says(
        with("sql/marts/dim_date.sql", "(fiscal_period - 1) / 3.0", "(fiscal_period - 1) / 3"),
        1,
        &["drops the fraction", "sql/marts/dim_date.sql:66:", "^^^^^^^^^^^^^", "floor(n / 2.0)"],
    );
}

#[test]
fn missing_and_surplus_columns_are_named() {
    let sql = "-- One row per product.\nselect product_id, name, 1 as colour from staging.products\n";
    says(
        checked(MART, sql),
        1,
        &["column `family` of sql/marts/dim_product.odcs.yaml is missing", "column `colour` is not in"],
    );
}

#[test]
fn models_that_read_each_other_in_a_circle_are_named_and_those_below_are_not_checked() {
    let project = Project::of_the_plant();
    project.write("sql/intermediate/one.sql", "-- One row per one.\nselect * from intermediate.other\n");
    project.write("sql/intermediate/other.sql", "-- One row per other.\nselect * from intermediate.one\n");
    project.write("sql/intermediate/third.sql", "-- One row per one.\nselect * from intermediate.one\n");
    let circle = "intermediate.one -> intermediate.other -> intermediate.one";
    says(
        project.sopmart(&["check"]),
        1,
        &[circle, "sql/intermediate/one.sql:2:15", "sql/intermediate/third.sql: not checked because"],
    );
}

#[test]
fn a_layer_that_reads_what_it_may_not_is_told_what_it_may() {
    let sql = "-- One row per product.\nselect * from landing.products\n";
    says(
        checked("sql/intermediate/short_cut.sql", sql),
        1,
        &["intermediate may not read `landing.products`", "short_cut.sql:2:15"],
    );
}

#[test]
fn a_setting_that_no_query_uses_is_named() {
    let setting = "as_of:\n  type: date\n";
    let spare = "spare_days:\n  type: integer\n  default: 3\n  meaning: Nothing.\n\nas_of:\n  type: date\n";
    says(
        with("sql/settings.yaml", setting, spare),
        1,
        &["setting `spare_days` is used by no SQL file", "sql/settings.yaml:"],
    );
}

#[test]
fn settings_that_there_are_not_or_that_do_not_fit_are_named_where_they_stand() {
    says(with_pipeline("as_of: 2026-03-31", "as_off: 2026-03-31"), 1, &["unknown setting `as_off`", "`as_of`"]);
    let month = "as_of: 2026-03-31\n  fiscal_year_start_month: 13";
    says(with_pipeline("as_of: 2026-03-31", month), 1, &["setting `fiscal_year_start_month`: 13, expected at most 12"]);
    says(with_pipeline("as_of: 2026-03-31", "as_of: soon"), 1, &["setting `as_of`: \"soon\" is no date"]);
    let sql = "-- One row per product.\nselect * from staging.products where name = $as_offf\n";
    says(
        checked("sql/intermediate/asks.sql", sql),
        1,
        &["unknown setting `$as_offf`", "asks.sql:2:45", "did you mean `$as_of`?"],
    );
}

#[test]
fn text_that_is_no_sql_is_shown_where_it_stops_being_it() {
    says(
        checked("sql/intermediate/typo.sql", "-- One row per x.\nselect 1 as one form\n"),
        1,
        &["typo.sql", "this is no SQL"],
    );
}

#[test]
fn a_file_holds_exactly_one_query() {
    says(
        checked("sql/intermediate/two.sql", "select 1 as a;\nselect 2 as a\n"),
        1,
        &["the file holds 2 statements", "two.sql:2:1"],
    );
    says(checked("sql/intermediate/none.sql", "-- Nothing yet.\n"), 1, &["the file holds no statement", "none.sql"]);
    says(
        checked("sql/intermediate/drop.sql", "drop table staging.products\n"),
        1,
        &["this is no query", "drop.sql:1:1"],
    );
}

#[test]
fn a_table_without_its_schema_is_told_what_to_write() {
    says(
        checked("sql/intermediate/bare.sql", "select * from products\n"),
        1,
        &["table `products` has no schema", "bare.sql:1:15"],
    );
}

#[test]
fn a_fault_in_one_model_does_not_hide_those_in_the_models_that_read_it() {
    let project = Project::of_the_plant();
    project.write("sql/intermediate/above.sql", "-- One row per product.\nselect nix from staging.products\n");
    project.write("sql/intermediate/below.sql", "-- One row per product.\nselect * from intermediate.above\n");
    project.overlay("sql/staging/standard/products.sql", "from landing.products", "from landing.product");
    let words = [
        "unknown column `nix`",
        "unknown table `landing.product`",
        "sql/intermediate/below.sql: not checked because intermediate.above",
    ];
    says(project.sopmart(&["check"]), 1, &words);
}

#[test]
fn contracts_that_are_not_odcs_are_refused_with_their_place() {
    let contract = "pipelines/standard/contracts/products.odcs.yaml";
    let with_contract = |old: &str, new: &str| {
        let project = Project::of_the_plant();
        project.replace(contract, old, new);
        project.sopmart(&["check"])
    };
    says(
        with_contract("apiVersion: v3.1.0", "apiVersion: v1"),
        1,
        &["`apiVersion` is `v1`, expected `v3.1.0`", "products.odcs.yaml:1:"],
    );
    says(with_contract("kind: DataContract", "kind: Recipe"), 1, &["`kind` is `Recipe`, expected `DataContract`"]);
    says(
        with_contract("physicalType: text", "physicalType: varchar"),
        1,
        &["`varchar` is no type, expected one of text"],
    );
    says(with_contract("properties:", "propertys:"), 1, &["propertys", "products.odcs.yaml:"]);
    let project = Project::of_the_plant();
    let orders = "pipelines/standard/contracts/production_orders.odcs.yaml";
    project.replace(orders, "{minimum: 0}", "{minimum: abc}");
    project.replace(orders, "{minimum: 0}", "{minimun: 0}");
    says(project.sopmart(&["check"]), 1, &["unknown field `minimun`", "minimum", "production_orders.odcs.yaml:46:"]);
    project.replace(orders, "{minimun: 0}", "{validValues: [1, x]}");
    let told = ["`minimum` names `abc`, which is no decimal(18,4)", "`validValues` names `x`", "odcs.yaml:38:"];
    says(project.sopmart(&["check"]), 1, &told);
    let project = Project::of_the_plant();
    project.replace(orders, "physicalType: text", "physicalType: text\n        logicalTypeOptions: {maxLength: 1}");
    says(project.sopmart(&["check"]), 1, &["`maxLength` in `logicalTypeOptions`", "production_orders.odcs.yaml:"]);
    let project = Project::of_the_plant();
    project.replace(orders, "name: quantity\n", "name: _source_row\n");
    says(project.sopmart(&["check"]), 1, &["column `_source_row` has a name that every landed table uses"]);
    let project = Project::of_the_plant();
    project.write(contract, "just: text\n");
    says(
        project.sopmart(&["check"]),
        1,
        &["products.odcs.yaml", "a contract is a file of the Open Data Contract Standard"],
    );
    std::fs::remove_file(project.path(contract)).unwrap();
    says(project.sopmart(&["check"]), 1, &["extract `products` has no contract"]);
}

#[test]
fn yaml_with_a_tab_a_duplicate_key_or_an_unknown_field_is_refused_with_its_place() {
    says(with_pipeline("settings:\n", "settings:\n\tas_of: 2026-03-31\n"), 1, &["pipelines/standard/pipeline.yaml:"]);
    says(
        with_pipeline("time_zone:", "name: twice\ntime_zone:"),
        1,
        &["duplicate", "pipelines/standard/pipeline.yaml:"],
    );
    let told = with_pipeline("time_zone:", "name: twice\ntime_zone:").stderr;
    assert!(!told.contains("Options"), "{told}");
    says(with_pipeline("time_zone:", "time_zon:"), 1, &["unknown field", "time_zon"]);
    let twice = "extracts:\n  products:\n    files: products.csv\n  products:\n    files: products.csv\n  x1:\n";
    says(with_pipeline("extracts:\n", twice), 1, &["duplicate", "products"]);
}

#[test]
fn what_a_pipeline_makes_no_use_of_is_named_and_no_fault() {
    let project = Project::of_the_plant();
    let outcome = project.sopmart(&["check"]).expect_exit(0);
    assert!(!outcome.stderr.contains("warning"), "{outcome:?}");
    project.replace("pipelines/standard/pipeline.yaml", "  products: [standard/products]\n", "");
    // The product's standard files are there to choose from; those of one's own are meant to be used.
    project.replace("pipelines/standard/pipeline.yaml", "name: standard", "name: acme");
    let standard = repository().join("sql/staging/standard/products.sql");
    project.write("sql/staging/acme/products.sql", &std::fs::read_to_string(standard).unwrap());
    let told = [
        "extract `products` is landed and read by no query",
        "sql/staging/acme/products.sql is in no use: pipelines/standard/pipeline.yaml names it under no entity",
    ];
    let outcome = project.sopmart(&["check", "--output", "json"]).expect_exit(0);
    assert_eq!(outcome.json()["warnings"], serde_json::json!(told));
    let record = project.sopmart(&["run", "--output", "json"]).json();
    assert_eq!(record["warnings"], serde_json::json!(told));
}

#[test]
fn names_in_a_pipeline_that_lead_nowhere_are_named_with_the_nearest() {
    says(
        with_pipeline("  work_centers: [standard/", "  work_center: [standard/"),
        1,
        &["unknown entity `work_center`", "did you mean `work_centers`?"],
    );
    says(
        with_pipeline("[standard/products]", "[standard/product]"),
        1,
        &["there is no sql/staging/standard/product.sql"],
    );
    says(
        with_pipeline("marts: [capacity_gap,", "marts: [capacity_gab,"),
        1,
        &["unknown mart `capacity_gab`", "`capacity_gap`"],
    );
    says(
        with_pipeline("load: upsert", "load: upsurt"),
        1,
        &["`load` is `upsurt`, expected replace, append, snapshot or upsert"],
    );
    says(with_pipeline("'%Y-%m-%d'", "'%y-%m'"), 1, &["`%y-%m` is no date pattern", "use %Y", "pipeline.yaml:24:"]);
    says(with_pipeline("capacity/*.csv", "'capacity/a[.csv'"), 1, &["`files` is no glob", "pipeline.yaml:18:"]);
}

#[test]
fn what_is_wrong_with_how_an_extract_is_read_is_told_with_its_line() {
    let cases = [
        ("csv: {delimiter: '\"'}", "`delimiter` holds the character that quotes or escapes"),
        ("csv: {quote: ab}", "`quote` is `ab`, expected `none` or one ASCII character"),
        ("csv: {row_end: ',x'}", "`row_end` and `delimiter` begin alike"),
        ("csv: {ragged: keep}", "`ragged` is `keep`, expected quarantine, pad or cut"),
        ("csv: {headers: true}", "unknown field `headers`"),
        ("format: cvs", "`format` is `cvs`, expected csv, fixed_width, json, parquet, arrow, avro or excel"),
        ("json: {rows: a}\n    format: csv", "`json` does nothing with files of format csv"),
        ("format: fixed_width", "format fixed_width needs `fixed_width: {columns: {NAME: 1-10, …}}`"),
        ("fixed_width: {columns: {product_id: 5-1}}", "`5-1`, expected characters such as 1-10 or 11-"),
        ("excel: {range: 4B}", "`range` is `4B`, expected cells such as B4:H200 or B4:H"),
        ("compression: rar", "`compression` is `rar`, expected none, gzip, zstd, bz2, xz or zip"),
        ("member: '*.csv'", "`member` does nothing but with zip archives"),
        ("encoding: utf-7", "`encoding` is `utf-7`, expected utf-8"),
        ("format: parquet\n    encoding: latin-1", "`encoding` does nothing with a format that is not text"),
        ("columns: {product: {values: {nulls: x}}}", "has no column `product`; did you mean"),
        ("columns: {name: {path: a.b}}", "`path` does nothing with a format that is not nested"),
        ("values: {decimal: ',', thousands: ','}", "`thousands` and `decimal` are the same character"),
        ("values: {thousands: x}", "`thousands` is `x`, expected"),
        ("values: {negative: behind}", "`negative` is `behind`, expected trailing_minus or parentheses"),
        ("values: {dates: ['%d.%m']}", "`dates`: `%d.%m` does not have year, month and day once each"),
        ("values: {time_zone: Europe/Berlim}", "did you mean `Europe/Berlin`?"),
        ("values: {'true': J}", "`true` and `false` are said together"),
        ("delivery: {expected_files: 0}", "`expected_files` allows no delivery"),
        ("delivery: {minimum_age: soon}", "`minimum_age` is `soon`, expected a time such as 90s, 10m or 2h"),
        ("delivery: {shrink_guard: 200%}", "`shrink_guard` is `200%`, expected a share such as 20%"),
        ("delivery: {late_files: drop}", "`late_files` is `drop`, expected accept, warn or refuse"),
        ("delivery: {control_totals: {file: t.csv, sums: [name]}}", "has no whole or decimal column `name`"),
    ];
    for (typed, told) in cases {
        let outcome = with_pipeline("products.csv\n", &format!("products.csv\n    {typed}\n"));
        says(outcome, 1, &[told, "pipelines/standard/pipeline.yaml:1"]);
    }
}

#[test]
fn a_condition_for_deleting_is_one_condition_over_the_columns() {
    for (condition, told) in [
        ("status_ = 'x'", "has no column `status_`; did you mean `status`?"),
        ("status =", "`delete_when` is no condition"),
        ("status = 'x') or (1=1", "`delete_when` is no condition: this is no SQL: found `)` behind its end"),
    ] {
        let with = format!("load: upsert\n    delete_when: \"{condition}\"");
        says(with_pipeline("load: upsert", &with), 1, &[told, "pipeline.yaml:24:"]);
    }
    says(with_pipeline("load: upsert", "load: upsert\n    delete_when: status = 'x'"), 0, &[]);
}

#[test]
fn an_unset_environment_variable_is_no_fault_of_a_plan_but_of_a_run() {
    let project = Project::of_the_plant();
    let pipeline = "pipelines/standard/pipeline.yaml";
    let text = project.read(pipeline);
    let source = text.lines().find(|line| line.starts_with("source:")).unwrap().to_string();
    project.replace(pipeline, &source, "source: ${env:SOPMART_TEST_NOWHERE}");
    says(project.sopmart(&["check"]), 0, &["nothing to complain about"]);
    says(project.sopmart(&["run"]), 2, &["the environment variable SOPMART_TEST_NOWHERE is not set"]);
}

#[test]
fn a_run_stops_at_the_faults_that_check_shows_with_exit_code_2() {
    let project = Project::of_the_plant();
    project.write("sql/intermediate/two.sql", "select 1 as a;\nselect 2 as a\n");
    says(project.sopmart(&["run"]), 2, &["the file holds 2 statements"]);
}

#[test]
fn selectors_mean_what_they_mean_in_dbt() {
    let project = Project::of_the_plant();
    let listed = |selectors: &[&str]| -> Vec<String> {
        let mut arguments = vec!["list", "--output", "json", "--select"];
        arguments.extend(selectors);
        let answer = project.sopmart(&arguments).expect_exit(0).json();
        let mut names: Vec<String> =
            answer["listed"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_string()).collect();
        names.dedup();
        names
    };
    assert_eq!(listed(&["dim_product"]), ["marts.dim_product"]);
    assert_eq!(listed(&["+dim_customer"]), ["staging.customers", "marts.dim_customer"]);
    let below = [
        "staging.territories",
        "marts.dim_territory",
        "marts.dim_region",
        "checks.dim_region__does_not_reconcile",
        "checks.dim_territory__does_not_reconcile",
        "checks.sales_pipeline__does_not_reconcile",
    ];
    assert_eq!(listed(&["staging.territories+1"]), below, "what a reconciling check compares is a table, too");
    assert!(listed(&["staging.territories+"]).contains(&"record.totals".to_string()));
    assert_eq!(listed(&["path:sql/marts,dim_*,dim_d*"]), ["marts.dim_date"]);
    assert_eq!(listed(&["tag:marts,dim_prod*", "dim_date"]).len(), 3);
    says(
        project.sopmart(&["list", "--select", "dim_produkt"]),
        2,
        &["no model is meant by `dim_produkt`; did you mean `dim_product`?"],
    );
}

#[test]
fn a_projects_file_hides_the_products_of_the_same_path() {
    let project = Project::of_the_plant();
    let origin = |project: &Project| {
        let answer = project.sopmart(&["list", "--output", "json", "--select", "dim_product"]).expect_exit(0).json();
        answer["listed"][0]["from"].as_str().unwrap().to_string()
    };
    assert_eq!(origin(&project), "product");
    project.overlay(MART, "-- One row per", "-- One row for each");
    assert_eq!(origin(&project), "project");
}
