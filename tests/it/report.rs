//! The page of the S&OP meeting: what it holds, what it loads, and what it says where there is nothing. How it looks and
//! works in a browser is held by `tests/browser/`.

use serde_json::Value;

use crate::cli_support::Project;

const PAGE: &str = "sopmart-report.html";

/// The plant with the marts that the page's section of supply asks, and one that is empty.
fn plant_with_its_marts() -> Project {
    let project = Project::of_the_plant();
    project.replace(
        "pipelines/standard/pipeline.yaml",
        "marts: [capacity_gap,",
        "marts: [capacity_gap, capacity_gap_drivers, dim_location, dim_stage, dim_territory, sales_pipeline,",
    );
    project
}

fn plant() -> Project {
    let project = plant_with_its_marts();
    project.sopmart(&["run"]).expect_exit(0);
    project
}

fn workshop() -> Project {
    let project = Project::of_the_workshop();
    project.sopmart(&["run"]).expect_exit(0);
    project
}

/// The data that stands in a page.
#[track_caller]
fn data(html: &str) -> Value {
    let opening = "<script type=\"application/json\" id=\"data\">";
    let (_, from) = html.split_once(opening).expect("the page holds its data");
    let (json, _) = from.split_once("</script>").expect("the data ends");
    serde_json::from_str(json).expect("the data is JSON")
}

#[track_caller]
fn report(project: &Project) -> Value {
    project.sopmart(&["report"]).expect_exit(0);
    data(&project.read(PAGE))
}

/// A column of an answer, as the page reads it.
fn column(data: &Value, answer: &str, name: &str) -> Vec<Value> {
    let column = &data["answers"][answer]["columns"][name];
    match column.as_array() {
        Some(values) => values.clone(),
        None => {
            let at = column["at"].as_array().expect("a column is a list, or texts and their places");
            let places = at.iter().map(|place| place.as_u64().and_then(|place| usize::try_from(place).ok()));
            places.map(|place| place.map_or(Value::Null, |place| column["values"][place].clone())).collect()
        }
    }
}

#[test]
fn the_page_loads_nothing_and_forbids_it() {
    let project = plant();
    project.sopmart(&["report"]).expect_exit(0);
    let html = project.read(PAGE);
    let policy = "content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-";
    assert!(html.contains(policy), "the page has no policy that forbids to load");
    assert!(!html.contains("unsafe-eval"));
    for loading in ["<link", "<img", "<iframe", "<script src", "@import", "url(http", "src=\"http", "sourceMappingURL"]
    {
        assert!(!html.contains(loading), "the page has `{loading}`");
    }
    for licensed in ["vega.LICENSE", "vega-lite.LICENSE", "vega-interpreter.LICENSE"] {
        let license = crate::cli_support::repository().join("src/report/page/vendor").join(licensed);
        assert!(license.is_file(), "{} is missing", license.display());
    }
}

#[test]
fn figures_of_the_page_are_those_of_the_marts() {
    let project = plant();
    let data = report(&project);
    let hours = project.rows(
        "select sum(group_load_hours) as hours from marts.capacity_gap
         where period_kind = 'month' and not is_group and load_basis = 'production_orders'",
    );
    let basis = column(&data, "load_rates", "load_basis");
    let shown = column(&data, "load_rates", "group_load_hours");
    let of_orders = basis.iter().zip(&shown).filter(|(basis, _)| *basis == "production_orders");
    let shown: f64 = of_orders.filter_map(|(_, hours)| hours.as_f64()).sum();
    let expected: f64 = hours[0]["hours"].as_str().unwrap().parse().unwrap();
    assert!(expected > 0.0 && (shown - expected).abs() < 1e-6, "the page has {shown} hours, the mart {expected}");
    let extracts = project.rows("select extract from marts.data_freshness");
    assert_eq!(data["answers"]["freshness"]["rows"], extracts.len());
}

#[test]
fn every_figure_has_the_words_of_its_contract() {
    let data = report(&plant());
    let rate = &data["marts"]["capacity_gap"]["columns"]["load_rate"];
    assert_eq!(rate["unit"], "fraction", "{rate}");
    assert!(rate["description"].as_str().is_some_and(|words| words.len() > 10), "{rate}");
    assert!(data["marts"]["capacity_gap"]["description"].is_string());
}

#[test]
fn text_of_the_data_ends_no_script() {
    let project = plant_with_its_marts();
    let hostile = "</script><script>alert(1)</script><!--";
    let products = project.read("sample_data/products.csv");
    let renamed = products.lines().enumerate().map(|(number, line)| match line.split(',').collect::<Vec<_>>() {
        cells if number > 0 => format!("{},{hostile},{}\n", cells[0], cells[2..].join(",")),
        _ => format!("{line}\n"),
    });
    project.write("sample_data/products.csv", &renamed.collect::<String>());
    project.sopmart(&["run"]).expect_exit(0);
    let data = report(&project);
    let names = column(&data, "overload_drivers", "product_name");
    assert!(names.iter().any(|name| name == hostile), "{names:?}");
    assert!(!project.read(PAGE).contains("<script>alert(1)"));
}

#[test]
fn marts_that_a_set_does_not_have_are_told_with_what_they_need() {
    let project = workshop();
    let outcome = project.sopmart(&["report"]).expect_exit(0);
    assert!(
        outcome.stderr.contains("not in this set, and told on the page: aging_stock_buckets"),
        "{}",
        outcome.stderr
    );
    let data = data(&project.read(PAGE));
    assert_eq!(data["answers"]["load_rates"]["missing"][0], "capacity_gap");
    assert_eq!(data["answers"]["load_rates"]["rows"], 0);
    let needs: Vec<&str> =
        data["marts"]["capacity_gap"]["needs"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(needs, ["work_centers", "capacity"]);
}

#[test]
fn an_empty_mart_is_no_error_and_says_so() {
    let data = report(&plant());
    assert_eq!(data["answers"]["pipeline_stages"]["missing"].as_array().unwrap().len(), 0);
    assert_eq!(data["answers"]["pipeline_stages"]["rows"], 0);
    assert_eq!(data["marts"]["sales_pipeline"]["rows"], 0);
    assert_eq!(data["marts"]["sales_pipeline"]["needs"][0], "opportunities");
}

#[test]
fn the_same_set_gives_the_same_bytes() {
    let project = plant();
    project.sopmart(&["report", "--to", "one.html", "--threads", "1"]).expect_exit(0);
    project.sopmart(&["report", "--to", "other.html", "--threads", "4"]).expect_exit(0);
    assert!(project.read("one.html") == project.read("other.html"), "the two pages differ");
}

#[test]
fn a_page_is_written_whole_over_the_one_before() {
    let project = workshop();
    project.write("pages/page.html", "the one before");
    let told = project.sopmart(&["report", "--to", "pages/page.html", "--output", "json"]).expect_exit(0).json();
    let page = project.read("pages/page.html");
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
    assert_eq!(told["bytes"], page.len());
    assert_eq!((&told["entry"], &told["as_of"]), (&Value::from(1), &Value::from("2026-03-31")));
    let beside: Vec<_> = std::fs::read_dir(project.path("pages")).unwrap().collect();
    assert_eq!(beside.len(), 1, "{beside:?}");
    // A folder stands where the page should: what was there stays, and nothing is left beside it.
    project.write("pages/folder/file", "");
    project.sopmart(&["report", "--to", "pages/folder"]).expect_exit(2);
    assert_eq!(std::fs::read_dir(project.path("pages")).unwrap().count(), 2);
    assert_eq!(project.sopmart(&["report", "--to", "-"]).expect_exit(0).stdout, page);
}

#[test]
fn a_project_changes_what_the_page_asks() {
    let project = plant();
    let before = report(&project)["answers"]["load_rates"]["rows"].as_u64().unwrap();
    project.overlay("sql/report/load_rates.sql", "limit 8000", "limit 1");
    assert!(before > 1);
    assert_eq!(report(&project)["answers"]["load_rates"]["rows"], 1);
    project.write("sql/report/load_rates.sql", "-- One row per nothing.\nselect hours from marts.capacity_gap\n");
    let outcome = project.sopmart(&["report"]).expect_exit(2);
    assert!(outcome.stderr.contains("sql/report/load_rates.sql"), "{}", outcome.stderr);
    let outcome = project.sopmart(&["check"]).expect_exit(1);
    assert!(outcome.stderr.contains("sql/report/load_rates.sql"), "{}", outcome.stderr);
    project
        .write("sql/report/load_rates.sql", "-- One row per nothing.\nselect $as_of as day from marts.capacity_gap\n");
    let outcome = project.sopmart(&["check"]).expect_exit(1);
    assert!(outcome.stderr.contains("`$as_of` is a setting"), "{}", outcome.stderr);
}

#[test]
fn an_older_set_is_shown_by_its_number() {
    let project = workshop();
    project.replace("sample_data/products.csv", "Table Linden 120", "Table Birch 120");
    project.sopmart(&["run"]).expect_exit(0);
    project.sopmart(&["report", "--as-published-at", "1"]).expect_exit(0);
    assert_eq!(data(&project.read(PAGE))["entry"], 1);
    assert_eq!(report(&project)["entry"], 2);
    let outcome = project.sopmart(&["report", "--as-published-at", "9"]).expect_exit(2);
    assert!(outcome.stderr.contains("the publish log has no entry 9"), "{}", outcome.stderr);
}
