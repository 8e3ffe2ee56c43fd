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
    let expected =
        [json!(["consensus", 825, 683]), json!(["marketing", 760, 683]), json!(["sales", 957, 683]), json!(["statistical", 688, 683])];
    assert_eq!(rows(&project, fire_bowls), expected);

    let coating = "select cast(period_start as varchar) as week, cast(own_load_hours as double) as load, \
                   cast(own_available_hours as double) as available, cast(cumulative_gap_hours as double) as ahead \
                   from marts.capacity_gap where work_center_id = 'COATING-101' and load_basis = 'production_plan' \
                   and period_kind = 'week' and period_start between date '2026-05-04' and date '2026-05-18' order by 1";
    assert_eq!(rows(&project, coating), Vec::<Value>::new());

    let benches = "select product_family, cast(round(sum(hours_to_move), 1) as double) as hours \
                   from marts.capacity_gap_drivers \
                   inner join marts.dim_product on capacity_gap_drivers.product_id = dim_product.product_id \
                   where work_center_id = 'COATING-101' and load_basis = 'production_plan' and period_kind = 'week' \
                   and period_start between date '2026-05-04' and date '2026-05-18' \
                   group by 1 order by 2 desc";
    assert_eq!(rows(&project, benches), Vec::<Value>::new());
}
