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
