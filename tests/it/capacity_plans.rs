//! A plant with a production plan: what keeps a run from publishing, and what reconciles.

use serde_json::{Value, json};

use crate::cli_support::{Project, repository};

const ENTITIES: [&str; 4] = ["locations", "routings", "bills_of_material", "production_plans"];

const BILLS: &str =
    "product_id,location_id,version,component_id,valid_from,valid_to,is_default,quantity_per,yield_rate,is_phantom\n";

/// The plant plans ten tables, spread over the week of 4 May, in which their routing changes.
fn planned_plant(bills: &str) -> Project {
    let project = Project::of_the_plant();
    for entity in ENTITIES {
        let contract = format!("pipelines/standard/contracts/{entity}.odcs.yaml");
        project.write(&contract, &std::fs::read_to_string(repository().join(&contract)).unwrap());
        let pipeline = "pipelines/standard/pipeline.yaml";
        project.replace(pipeline, "extracts:\n", &format!("extracts:\n  {entity}: {{files: {entity}.csv}}\n"));
        project.replace(pipeline, "entities:\n", &format!("entities:\n  {entity}: [standard/{entity}]\n"));
    }
    project.replace("pipelines/standard/pipeline.yaml", "[capacity_gap,", "[capacity_gap, capacity_gap_drivers,");
    project.write(
        "sample_data/locations.csv",
        "location_id,name,company_id,market_region,supply_region,type,calendar_id\nPLANT-1,Celle,,,,stock,\n",
    );
    project.write(
        "sample_data/production_plans.csv",
        "snapshot_date,version,product_id,location_id,period_start,period_end,due_date,quantity,known_at,status\n\
         2026-03-30,V1,TB-120,PLANT-1,2026-05-04,2026-05-11,,97,2026-03-30T12:00:00Z,approved\n",
    );
    project.write(
        "sample_data/routings.csv",
        "product_id,location_id,routing_version,operation,valid_from,valid_to,is_default,work_center_id,\
         run_hours_per_unit,setup_hours,lot_size,setback_days,setback_unit,yield_rate\n\
         TB-120,(all),OLD,010,,2026-05-06,true,CUTTING,0.1,0.5,50,2,working,\n\
         TB-120,(all),OLD,020,,2026-05-06,true,WELDING,0.2,,,1,working,0.97\n\
         TB-120,(all),NEW,010,2026-05-06,,true,WELDING,0.25,,,1,working,0.97\n\
         BN-150,(all),R1,010,,,true,CUTTING,0.1,,,3,calendar,0.93\n",
    );
    project.write("sample_data/bills_of_material.csv", &format!("{BILLS}{bills}"));
    project
}

#[test]
fn the_hours_of_a_plan_are_those_of_its_rows_at_every_work_center() {
    let project = planned_plant("TB-120,(all),B1,BN-150,,,true,2,0.9,\n");
    project.sopmart(&["run"]).expect_exit(0);
    let hours = project.rows(
        "select work_center_id, sum(own_load_hours) as hours from marts.capacity_gap \
         where load_basis = 'production_plan' and period_kind = 'month' and own_load_hours > 0 \
         group by work_center_id order by work_center_id",
    );
    // Of five days two have the old routing. Cutting for it: (100 x 0.1 + 2 x 0.5) x 2 / 5 = 4.4. Benches take
    // 100 x 2 / 0.9 / 0.93 x 0.1 = 23.8949 hours on all days. Welding: 100 x 0.2 x 2 / 5 + 100 x 0.25 x 3 / 5 = 23.
    let expected: [Value; 2] = [
        json!({"work_center_id": "CUTTING", "hours": "28.2949"}),
        json!({"work_center_id": "WELDING", "hours": "23.0000"}),
    ];
    assert_eq!(hours, expected);
}

#[test]
fn hours_of_a_plan_that_are_lost_on_the_way_fail_the_run_with_their_work_center() {
    let project = planned_plant("");
    let plan_load = "sql/intermediate/capacity_load_plans.sql";
    project.overlay(
        plan_load,
        "from hours_and_counts\n",
        "from hours_and_counts\n    where work_center_id <> 'WELDING'\n",
    );
    let outcome = project.sopmart(&["run"]).expect_exit(1);
    assert!(outcome.stderr.contains("check capacity_gap__does_not_reconcile failed"), "{outcome:?}");
    assert!(outcome.stderr.contains("| own_load_hours production_plan at WELDING "), "{outcome:?}");
    assert_eq!(project.entry(), 0);
}

#[test]
fn a_bill_that_comes_back_to_its_product_is_told_as_a_loop_unless_its_ways_never_hold_together() {
    let there = "TB-120,(all),B1,BN-150,,2026-06-01,true,2,,\n";
    let project = planned_plant(&format!("{there}BN-150,(all),B1,TB-120,2026-05-31,,true,1,,\n"));
    let outcome = project.sopmart(&["run"]).expect_exit(1);
    assert!(outcome.stderr.contains("check capacity_gap__follows_a_bill_with_a_loop failed"), "{outcome:?}");
    assert!(outcome.stderr.contains("BN-150 > TB-120 > BN-150"), "{outcome:?}");
    let bills = format!("{BILLS}{there}BN-150,(all),B1,TB-120,2026-06-01,,true,1,,\n");
    project.write("sample_data/bills_of_material.csv", &bills);
    project.sopmart(&["run"]).expect_exit(0);
}
