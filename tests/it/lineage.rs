//! Where columns come from, held against SQL of which everybody sees it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use sopmart::engine::{self, Flow, PlannedTable, RowUse};
use sopmart::model::TableName;
use sopmart::pipeline::{self, Overrides};

use crate::cli_support::Project;

/// One model of a project's own as it is planned.
fn planned(sql: &str) -> PlannedTable {
    let project = Project::of_the_workshop();
    project.write("sql/intermediate/probe.sql", &format!("-- One row per row.\n{sql}"));
    let opened = pipeline::Project::open(&project.path("")).unwrap();
    let file = opened.pipeline_file(None).unwrap();
    let pipeline = pipeline::read(&opened, &file, &Overrides::default()).unwrap();
    let graph = pipeline.graph().unwrap();
    let name = TableName::new("intermediate", "probe");
    let wanted: BTreeSet<TableName> = graph.with_upstream([name.clone()]);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut tables = runtime.block_on(engine::planned_tables(&pipeline, &graph, &wanted)).unwrap();
    tables.remove(&name).unwrap()
}

/// The sources of each column, without their schema: `products.name` and how its value goes on.
fn sources(sql: &str) -> BTreeMap<String, Vec<(String, Flow)>> {
    let table = planned(sql);
    let lineage = table.lineage.expect("the plan is understood");
    let columns = table.schema.fields().iter().zip(lineage.columns);
    let named = columns.map(|(field, sources)| {
        let sources =
            sources.into_iter().map(|(source, flow)| (format!("{}.{}", source.table.name, source.column), flow));
        (field.name().clone(), sources.collect())
    });
    named.collect()
}

fn from(expected: &[(&str, Flow)]) -> Vec<(String, Flow)> {
    expected.iter().map(|(name, flow)| ((*name).to_string(), *flow)).collect()
}

use Flow::{Computed, Copied, Decides, OverRows};

#[test]
fn a_renamed_and_a_cast_column_is_a_copy() {
    let found = sources(
        "with products as (select * from staging.products), renamed as (select name as title, \
         cast(lead_time_days as bigint) as days, 1 as one from products) select * from renamed",
    );
    assert_eq!(found["title"], from(&[("products.name", Copied)]));
    assert_eq!(found["days"], from(&[("products.lead_time_days", Copied)]));
    assert_eq!(found["one"], from(&[]), "a constant comes from nowhere");
}

#[test]
fn an_expression_is_computed_from_all_that_it_names() {
    let found = sources("select lead_time_days + shelf_life_days as days, upper(name) as name from staging.products");
    assert_eq!(found["days"], from(&[("products.lead_time_days", Computed), ("products.shelf_life_days", Computed)]));
    assert_eq!(found["name"], from(&[("products.name", Computed)]));
}

#[test]
fn what_a_case_asks_decides_and_what_it_answers_is_the_value() {
    let found = sources(
        "select case when family = 'chairs' then name when category = 'x' then stock_unit else product_class end as word \
         from staging.products",
    );
    let expected = [
        ("products.category", Decides),
        ("products.family", Decides),
        ("products.name", Computed),
        ("products.product_class", Computed),
        ("products.stock_unit", Computed),
    ];
    assert_eq!(found["word"], from(&expected));
}

#[test]
fn a_column_of_a_join_comes_from_its_own_side_although_both_have_its_name() {
    let sql = "select products.name, capacity.work_center_id from staging.products as products \
               inner join staging.capacity as capacity on products.product_id = capacity.work_center_id";
    let found = sources(sql);
    assert_eq!(found["name"], from(&[("products.name", Copied)]));
    assert_eq!(found["work_center_id"], from(&[("capacity.work_center_id", Copied)]));
    let rows = planned(sql).lineage.unwrap().rows;
    let joins: Vec<String> = rows
        .iter()
        .filter(|(_, uses)| uses.contains(&RowUse::Joins))
        .map(|(source, _)| format!("{}.{}", source.table.name, source.column))
        .collect();
    assert_eq!(joins, ["capacity.work_center_id", "products.product_id"]);
}

#[test]
fn what_filters_groups_and_sorts_decides_which_rows_there_are_and_is_no_source_of_their_values() {
    let sql = "select family, max(name) as last_name from staging.products where category <> 'x' \
               group by family order by family limit 3";
    assert_eq!(sources(sql)["last_name"], from(&[("products.name", OverRows)]));
    let rows = planned(sql).lineage.unwrap().rows;
    let uses = |column: &str| {
        let of_column = rows.iter().filter(|(source, _)| source.column == column);
        of_column.flat_map(|(_, uses)| uses.iter().copied()).collect::<Vec<_>>()
    };
    assert_eq!(uses("category"), [RowUse::Filters]);
    assert_eq!(uses("family"), [RowUse::Groups, RowUse::Sorts]);
    assert!(uses("name").is_empty());
}

#[test]
fn an_aggregate_is_made_over_rows_and_its_filter_decides() {
    let found = sources(
        "select family, count(*) as products, sum(lead_time_days) filter (where category = 'x') as days \
         from staging.products where product_class = 'A' group by family",
    );
    assert_eq!(found["family"], from(&[("products.family", Copied)]));
    assert_eq!(found["products"], from(&[]), "counted rows come from no column");
    assert_eq!(found["days"], from(&[("products.category", Decides), ("products.lead_time_days", OverRows)]));
}

#[test]
fn a_window_is_made_over_rows_and_its_order_decides() {
    let found = sources(
        "select lag(name) over (partition by family order by launch_date) as before, \
         row_number() over (order by product_id) as place from staging.products",
    );
    let expected = [("products.family", Decides), ("products.launch_date", Decides), ("products.name", OverRows)];
    assert_eq!(found["before"], from(&expected));
    assert_eq!(found["place"], from(&[("products.product_id", Decides)]));
}

#[test]
fn a_union_has_the_sources_of_all_its_parts_by_place_and_not_by_name() {
    let found = sources(
        "select name as word, family as other from staging.products \
         union all select category, name from staging.products",
    );
    assert_eq!(found["word"], from(&[("products.category", Copied), ("products.name", Copied)]));
    assert_eq!(found["other"], from(&[("products.family", Copied), ("products.name", Copied)]));
}

#[test]
fn what_a_column_of_a_case_goes_through_later_stays_a_decision() {
    let found = sources(
        "with asked as (select case when family = 'x' then 1 else 2 end as number from staging.products) \
         select sum(number) as numbers from asked",
    );
    assert_eq!(found["numbers"], from(&[("products.family", Decides)]));
}

#[test]
fn a_list_that_is_taken_apart_comes_from_what_it_was_made_of() {
    let found = sources("select product_id, unnest(range(0, lead_time_days)) as day from staging.products");
    assert_eq!(found["product_id"], from(&[("products.product_id", Copied)]));
    assert_eq!(found["day"], from(&[("products.lead_time_days", Computed)]));
}

#[test]
fn a_subquery_brings_its_value_and_what_its_rows_depend_on() {
    let found = sources(
        "select products.name, (select max(capacity.date) from staging.capacity as capacity \
         where capacity.work_center_id = products.product_id) as last_date from staging.products as products",
    );
    assert_eq!(found["name"], from(&[("products.name", Copied)]));
    assert_eq!(
        found["last_date"],
        from(&[("capacity.date", OverRows), ("capacity.work_center_id", Decides), ("products.product_id", Decides)])
    );
}

#[test]
fn a_query_that_reads_itself_has_the_sources_of_every_round() {
    let found = sources(
        "with recursive chain as (
             select product_id, name as path, 0 as depth from staging.products
             union all
             select products.product_id, chain.path || products.family as path, chain.depth + 1 as depth
             from chain inner join staging.products as products on chain.product_id = products.category
             where chain.depth < 5
         ) select * from chain",
    );
    assert_eq!(found["path"], from(&[("products.family", Computed), ("products.name", Computed)]));
    assert_eq!(found["product_id"], from(&[("products.product_id", Copied)]));
}

#[test]
fn rows_that_a_function_makes_come_from_no_column() {
    let found = sources("select value, value + 1 as next from generate_series(1, 3)");
    assert_eq!((&found["value"], &found["next"]), (&from(&[]), &from(&[])));
}

#[test]
fn a_branch_that_the_settings_switch_off_is_a_source_all_the_same() {
    let found =
        sources("select case when $fiscal_calendar = 'never' then name else family end as word from staging.products");
    assert_eq!(found["word"], from(&[("products.family", Computed), ("products.name", Computed)]));
}
