//! Canonical entities: the standard staging files take extracts that are canonical already, and one entity may be made
//! of several systems' extracts.

use std::path::Path;

use sopmart::contract;

use crate::cli_support::{Project, repository};

/// The names of all canonical entities.
fn entities() -> Vec<String> {
    let staging = std::fs::read_dir(repository().join("sql/staging")).unwrap();
    let names = staging.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter_map(|name| Some(name.strip_suffix(".odcs.yaml")?.to_string())).collect();
    names.sort();
    assert_eq!(names.len(), 41, "{names:?}");
    names
}

/// The header line of a file that brings what a contract asks for.
fn header(contract_file: &Path) -> String {
    let text = std::fs::read_to_string(contract_file).unwrap();
    let contract = contract::parse(&contract_file.display().to_string(), &text).unwrap();
    contract.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(",")
}

#[test]
fn every_entity_can_come_as_it_is() {
    let project = Project::of_the_plant();
    let (mut extracts, mut mapped) = (String::new(), String::new());
    for entity in entities() {
        let contract = repository().join(format!("pipelines/standard/contracts/{entity}.odcs.yaml"));
        project.write(&format!("in/{entity}.csv"), &format!("{}\n", header(&contract)));
        let target = format!("pipelines/whole/contracts/{entity}.odcs.yaml");
        project.write(&target, &std::fs::read_to_string(contract).unwrap());
        extracts.push_str(&format!("  {entity}: {{files: {entity}.csv}}\n"));
        mapped.push_str(&format!("  {entity}: [standard/{entity}]\n"));
    }
    let pipeline = format!(
        "name: whole\nsource: ../../in\nsettings: {{as_of: 2026-03-31}}\nextracts:\n{extracts}entities:\n{mapped}"
    );
    project.write("pipelines/whole/pipeline.yaml", &pipeline);
    project.sopmart(&["check", "whole"]).expect_exit(0);
    let record = project.sopmart(&["run", "whole", "--full-refresh", "--output", "json"]).expect_exit(0).json();
    assert_eq!(record["extracts"].as_array().unwrap().len(), 41);
    assert_eq!(project.value("select count(*) as n from marts.data_freshness where file_count = 1"), 41);
    // Each entity is built, with the columns that its contract says: what models of no mart read is selected by name.
    let staging: Vec<String> = entities().iter().map(|entity| format!("staging.{entity}")).collect();
    let mut arguments = vec!["run", "whole", "--output", "json", "--select"];
    arguments.extend(staging.iter().map(String::as_str));
    let record = project.sopmart(&arguments).expect_exit(0).json();
    let models = record["models"].as_array().unwrap();
    assert!(staging.iter().all(|entity| models.iter().any(|model| model["model"] == **entity)), "{record:#}");
}

/// The plant with the products of a second system, whose columns are called otherwise.
fn with_a_second_system(items: &str) -> Project {
    let project = Project::of_the_plant();
    project.write("sample_data/items.csv", items);
    project.write(
        "pipelines/standard/contracts/items.odcs.yaml",
        "apiVersion: v3.1.0\nkind: DataContract\nid: items\nname: items\nversion: 1.0.0\nstatus: active\nschema:\n  \
         - name: items\n    physicalType: file\n    description: One item of the old system.\n    properties:\n      \
         - {name: item, physicalType: text, required: true, primaryKey: true, primaryKeyPosition: 1}\n      \
         - {name: label, physicalType: text}\n",
    );
    project.write(
        "sql/staging/old_system/products.sql",
        "-- One row per item of the old system.\nwith\n\nlanded as (\n    select * from landing.items\n),\n\nrenamed as (\n    \
         select\n        item as product_id,\n        label as name,\n        cast(null as varchar) as family,\n        \
         cast(null as varchar) as category,\n        cast(null as varchar) as product_group,\n        \
         cast(null as varchar) as product_class,\n        cast(null as varchar) as stock_unit,\n        \
         cast(null as varchar) as planning_unit,\n        cast(null as date) as launch_date,\n        \
         cast(null as date) as end_of_life_date,\n        cast(null as integer) as shelf_life_days,\n        \
         cast(null as integer) as lead_time_days,\n        cast(null as decimal(18, 4)) as safety_stock\n    \
         from landed\n)\n\nselect * from renamed\n",
    );
    let pipeline = "pipelines/standard/pipeline.yaml";
    project.replace(pipeline, "  work_centers:\n    files", "  items: {files: items.csv}\n  work_centers:\n    files");
    project.replace(pipeline, "[standard/products]", "[standard/products, old_system/products]");
    project
}

#[test]
fn an_entity_is_the_union_of_its_systems_and_says_which_one_brought_a_row() {
    let project = with_a_second_system("item,label\nX-1,Old bench\nX-2,Old chair\n");
    project.sopmart(&["run"]).expect_exit(0);
    assert_eq!(project.value("select count(*) as n from marts.dim_product"), 12);
    assert_eq!(project.value("select name from marts.dim_product where product_id = 'X-2'"), "Old chair");
}

#[test]
fn a_key_that_two_systems_share_fails_the_run() {
    let project = with_a_second_system("item,label\nX-1,Old bench\n");
    project.sopmart(&["run"]).expect_exit(0);
    let known = project.value("select min(product_id) as id from marts.dim_product where product_id not like '(%'");
    let known = known.as_str().unwrap();
    project.write("sample_data/items.csv", &format!("item,label\n{known},The same\n"));
    let outcome = project.sopmart(&["run"]).expect_exit(1);
    assert!(outcome.stderr.contains("staging.products keeps its contract"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("the primary key (\"product_id\") is not unique"), "{}", outcome.stderr);
    assert_eq!(project.entry(), 1);
}
