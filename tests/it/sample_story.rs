//! The story that README.md tells of the sample, figure by figure, from the published marts.

use serde_json::{Value, json};

use crate::cli_support::Project;

/// The rows of a query, each as a list of its values.
fn rows(project: &Project, sql: &str) -> Vec<Value> {
    let rows = project.rows(sql).into_iter();
    rows.map(|row| row.as_object().unwrap().values().cloned().collect()).collect()
}

#[test]
fn each_mart_shows_its_part_of_the_story() {
    let project = Project::of_the_sample();
    project.sopmart(&["run"]).expect_exit(0);

    let fire_bowls = "select forecast_type, cast(sum(forecast_quantity) as bigint) as forecast, \
                      cast(sum(actual_quantity) as bigint) as actual \
                      from marts.forecast_accuracy_summary \
                      where level = 'family' and level_id = 'Fire bowls' and lag = 1 and period_kind = 'month' \
                      and period_start between date '2025-10-01' and date '2026-03-01' \
                      and forecast_type not like '%naive' group by 1 order by 1";
    let expected = [
        json!(["consensus", 825, 683]),
        json!(["marketing", 760, 683]),
        json!(["sales", 816, 583]),
        json!(["statistical", 688, 683]),
    ];
    assert_eq!(rows(&project, fire_bowls), expected);

    let coating = "select cast(period_start as varchar) as week, cast(own_load_hours as double) as load, \
                   cast(own_available_hours as double) as available, cast(cumulative_gap_hours as double) as ahead \
                   from marts.capacity_gap where work_center_id = 'COATING-101' and load_basis = 'production_plan' \
                   and period_kind = 'week' and period_start between date '2026-05-04' and date '2026-05-18' order by 1";
    let expected = [
        json!(["2026-05-04", 64.5877, 49.1625, 41.0613]),
        json!(["2026-05-11", 45.5361, 39.33, 34.8552]),
        json!(["2026-05-18", 88.8634, 49.1625, -4.8457]),
    ];
    assert_eq!(rows(&project, coating), expected);

    let benches = "select family, cast(round(sum(own_load_hours), 1) as double) as hours \
                   from marts.capacity_gap_drivers \
                   inner join marts.dim_product on capacity_gap_drivers.product_id = dim_product.product_id \
                   where work_center_id = 'COATING-101' and load_basis = 'production_plan' and period_kind = 'week' \
                   and period_start between date '2026-05-04' and date '2026-05-18' group by 1 order by 2 desc";
    let expected = [json!(["Benches", 142.3]), json!(["Tables", 35.1]), json!(["Fire bowls", 21.6])];
    assert_eq!(rows(&project, benches), expected);

    let planters = "select max(original_age_days) as age, cast(sum(quantity) as bigint) as quantity \
                    from marts.aging_stock where product_id = 'PL001-060' \
                    and original_receipt_date = date '2025-09-11' and location_id <> '(in transit)'";
    assert_eq!(rows(&project, planters), [json!([201, 234])]);

    let lacking = "select product_id, location_id, cast(sum(quantity) as bigint) as quantity from marts.aging_stock \
                   where layer_type = 'deficit' or (location_id = '(in transit)' and product_id = 'FB001-060') \
                   group by 1, 2 order by 1";
    let expected = [json!(["CU001-001", "WH-CH", -7]), json!(["FB001-060", "(in transit)", 56])];
    assert_eq!(rows(&project, lacking), expected);
}

#[test]
fn what_needs_a_decision_stands_on_top_by_money() {
    let project = Project::of_the_sample();
    project.sopmart(&["run"]).expect_exit(0);
    let worst = "select exception_type, product_family, territory_id, work_center_id, salesperson_id, \
                 cast(round(amount) as bigint) as amount from marts.exceptions where exception_rank <= 6 \
                 order by exception_rank";
    let expected = [
        json!(["stale_plan", "(all)", "(all)", "(all)", "(all)", 251_305]),
        json!(["territory_imbalance", "(all)", "TS-4", "(all)", "(all)", 48_411]),
        json!(["overload", "(all)", "(all)", "COATING-101", "(all)", 28_859]),
        json!(["quota_miss", "(all)", "(all)", "(all)", "S03", 13_108]),
        json!(["markdown", "Planters", "(all)", "(all)", "(all)", 12_280]),
        json!(["forecast_bias", "Fire bowls", "(all)", "(all)", "(all)", 11_741]),
    ];
    assert_eq!(rows(&project, worst), expected);
}

#[test]
fn sales_service_and_excess_are_what_the_readme_says() {
    let project = Project::of_the_sample();
    project.sopmart(&["run"]).expect_exit(0);

    let quota = "select salesperson_id, cast(round(attainment_rate * 100) as bigint) as percent \
                 from marts.quota_attainment where period_kind = 'quarter' and is_total \
                 and period_start = date '2026-01-01' and attainment_rate is not null order by 2";
    let expected = [json!(["S03", 72]), json!(["S04", 78]), json!(["S01", 102]), json!(["S02", 132])];
    assert_eq!(rows(&project, quota), expected);

    let switzerland = "select cast(round(workload_index * 100) as bigint) as work, \
                       cast(round(sales_index * 100) as bigint) as sales from marts.territory_balance \
                       where alignment = 'current' and territory_id = 'TS-4' and period_kind = 'month' \
                       and period_start = date '2026-03-01'";
    assert_eq!(rows(&project, switzerland), [json!([193, 77])]);

    let stale = "select distinct stale_plans, marketing_forecast_age_days from marts.plan_alignment where is_stale";
    assert_eq!(rows(&project, stale), [json!(["marketing", 34])]);

    let service = "select cast(sum(otif_line_count) as bigint) as good, cast(sum(counted_line_count) as bigint) as counted \
                   from marts.order_service_summary where period_kind = 'month' \
                   and period_start between date '2025-10-01' and date '2026-03-01'";
    assert_eq!(rows(&project, service), [json!([320, 327])]);

    let vendor = "select cast(sum(on_time_line_count) as bigint) as good, \
                  cast(sum(counted_line_count) as bigint) as counted from marts.purchase_service \
                  where vendor_id = 'V41' and period_kind = 'month' and period_start = date '2026-03-01'";
    assert_eq!(rows(&project, vendor), [json!([5, 7])]);

    let planters = "select cast(on_hand_quantity as bigint) as there, cast(round(excess_quantity) as bigint) as excess, \
                    cast(round(markdown_exposure_amount) as bigint) as markdown from marts.excess_stock \
                    where product_id = 'PL001-060' and location_id = 'PLANT-2'";
    assert_eq!(rows(&project, planters), [json!([218, 162, 12_280])]);
}
