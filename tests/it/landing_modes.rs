//! What deliveries mean for each other: the load modes, their order, redelivery and correction.

use arrow::datatypes::DataType;
use sopmart::contract::{MaxQuarantined, Rule};
use sopmart::land::{LandError, Landed, WhatBecame};
use sopmart::pipeline::{DateFrom, KnownAt, LoadMode};

use crate::landing_stage::{Stage, at, what_became};

fn stage(load: LoadMode) -> Stage {
    let mut stage = Stage::new(&[("id", "integer"), ("day", "date")]);
    stage.extract.load = load;
    stage
}

const APPEND: LoadMode = LoadMode::Append { same_path_adds: false };

#[test]
fn replace_shows_the_newest_delivery_with_all_its_files() {
    let mut stage = stage(LoadMode::Replace);
    stage.deliver("a.csv", "id,day\n1,\n");
    stage.deliver("b.csv", "id,day\n2,\n");
    assert_eq!(stage.land_on("2024-01-01").loads.len(), 1);
    assert_eq!(stage.rows(), ["1|∅", "2|∅"]);
    stage.remove("b.csv");
    stage.deliver("c.csv", "id,day\n3,\n");
    stage.land_on("2024-01-02");
    assert_eq!(stage.rows(), ["1|∅", "3|∅"]);
    assert_eq!(stage.rows_known_at(Some(at("2024-01-01"))), ["1|∅", "2|∅"]);
}

#[test]
fn append_adds_paths_and_takes_a_changed_file_as_a_correction() {
    let mut stage = stage(APPEND);
    stage.deliver("a.csv", "id,day\n1,\n");
    stage.deliver("b.csv", "id,day\n2,\n");
    assert_eq!(stage.land_on("2024-01-01").loads.len(), 2);
    stage.deliver_at("a.csv", "2024-01-02", "id,day\n10,\n");
    let landed = stage.land_on("2024-01-02");
    assert_eq!(what_became(&landed), [WhatBecame::Landed, WhatBecame::Unchanged]);
    assert_eq!(stage.rows(), ["2|∅", "10|∅"]);
    assert_eq!(stage.rows_known_at(Some(at("2024-01-01"))), ["1|∅", "2|∅"]);
}

#[test]
fn a_feed_that_reuses_one_name_adds() {
    let mut stage = stage(LoadMode::Append { same_path_adds: true });
    for (date, id) in [("2024-01-01", 1), ("2024-01-02", 2), ("2024-01-03", 1)] {
        stage.deliver_at("feed.csv", date, format!("id,day\n{id},\n"));
        stage.land_on(date);
    }
    assert_eq!(stage.rows(), ["1|∅", "2|∅", "1|∅"]);
}

#[test]
fn the_same_bytes_under_two_paths_count_once() {
    let stage = stage(APPEND);
    stage.deliver("a.csv", "id,day\n1,\n");
    stage.deliver("copy.csv", "id,day\n1,\n");
    let landed = stage.land();
    assert_eq!(stage.rows(), ["1|∅"]);
    assert_eq!(landed.shown.warnings, ["copy.csv has the same bytes as a.csv, which came before; its rows count once"]);
}

#[test]
fn snapshot_shows_the_newest_of_each_date_in_a_column() {
    let mut stage = stage(LoadMode::Snapshot { date: DateFrom::Column("day".into()) });
    stage.deliver_at("stock.csv", "2024-01-01", "id,day\n1,2024-01-01\n2,2024-01-01\n");
    stage.land_on("2024-01-01");
    stage.deliver_at("stock.csv", "2024-01-02", "id,day\n3,2024-01-02\n");
    stage.land_on("2024-01-02");
    stage.deliver_at("stock.csv", "2024-01-03", "id,day\n4,2024-01-01\n");
    let landed = stage.land_on("2024-01-03");
    assert_eq!(landed.loads[0].snapshot_date, Some("2024-01-01".parse().unwrap()));
    assert_eq!(stage.rows(), ["3|2024-01-02", "4|2024-01-01"]);
}

#[test]
fn a_snapshot_file_with_two_dates_is_an_error() {
    let stage = stage(LoadMode::Snapshot { date: DateFrom::Column("day".into()) });
    stage.deliver("stock.csv", "id,day\n1,2024-01-01\n2,2024-01-02\n");
    assert!(
        stage.land_error().contains("stock.csv: found snapshot dates from 2024-01-01 to 2024-01-02 in column `day`")
    );
}

#[test]
fn a_snapshot_row_without_a_date_is_quarantined() {
    let mut stage = stage(LoadMode::Snapshot { date: DateFrom::Column("day".into()) });
    stage.extract.contract.max_quarantined = MaxQuarantined::Rows(1);
    stage.deliver("stock.csv", "id,day\n1,2024-01-01\n2,\n");
    stage.land();
    assert_eq!(stage.rows(), ["1|2024-01-01"]);
    assert_eq!(stage.quarantine()[0].rule, "required");
}

#[test]
fn snapshot_dates_stand_in_file_names() {
    let mut stage = stage(LoadMode::Snapshot { date: DateFrom::FileName("%Y%m%d".into()) });
    stage.extract.files = "**/*.csv".into();
    // A longer number and a date that no calendar has are passed over.
    stage.deliver("plant_20241399/stock_1234567890_20240131.csv", "id,day\n1,\n");
    stage.deliver("b/stock_20240131.csv", "id,day\n2,\n");
    stage.deliver("stock_20240229.csv", "id,day\n3,\n");
    let landed = stage.land();
    let dates: Vec<_> =
        landed.loads.iter().map(|load| (load.snapshot_date.unwrap().to_string(), load.files.len())).collect();
    assert_eq!(dates, [("2024-01-31".to_string(), 2), ("2024-02-29".to_string(), 1)]);
    stage.deliver("undated.csv", "id,day\n4,\n");
    assert!(stage.land_error().contains("undated.csv: found no date like `%Y%m%d` in the file's name"));
}

#[test]
fn upsert_lists_all_loads_by_known_time_then_number() {
    let mut stage = stage(LoadMode::Upsert { delete_when: None });
    stage.extract.known_at = KnownAt::FileName("%Y-%m-%d".into());
    stage.deliver("2024-01-03.csv", "id,day\n3,\n");
    stage.land_on("2024-02-01");
    // Known earlier, delivered later.
    stage.deliver("2024-01-02.csv", "id,day\n2,\n");
    stage.deliver("2024-01-01.csv", "id,day\n1,\n");
    let landed = stage.land_on("2024-02-02");
    assert_eq!(stage.rows(), ["1|∅", "2|∅", "3|∅"]);
    assert_eq!(landed.shown.batches.iter().map(|batch| batch.load).collect::<Vec<_>>(), [2, 3, 1]);
    assert_eq!(stage.rows_known_at(Some(at("2024-01-02"))), ["1|∅", "2|∅"]);
}

#[test]
fn an_unchanged_file_is_not_read_again() {
    let mut stage = stage(APPEND);
    stage.deliver_at("a.csv", "2024-01-01", "id,day\n1,\n");
    stage.land_on("2024-01-01");
    // Same path, length and time: nobody looks into it.
    stage.deliver_at("a.csv", "2024-01-01", "id,day\n2,\n");
    assert_eq!(what_became(&stage.land_on("2024-01-02")), [WhatBecame::Unchanged]);
    assert_eq!(stage.rows(), ["1|∅"]);
    stage.options.full_refresh = true;
    assert_eq!(what_became(&stage.land_on("2024-01-03")), [WhatBecame::Landed]);
    assert_eq!(stage.rows(), ["2|∅"]);
}

#[test]
fn a_redelivery_keeps_its_known_time() {
    for load in [
        LoadMode::Replace,
        APPEND,
        LoadMode::Upsert { delete_when: None },
        LoadMode::Snapshot { date: DateFrom::Column("day".into()) },
    ] {
        let mut stage = stage(load);
        stage.deliver_at("a.csv", "2024-01-01", "id,day\n1,2024-01-01\n");
        stage.land_on("2024-01-01");
        stage.deliver_at("a.csv", "2024-01-05", "id,day\n1,2024-01-01\n");
        let landed = stage.land_on("2024-01-05");
        assert_eq!(what_became(&landed), [WhatBecame::SameContent]);
        assert!(landed.loads.is_empty());
        assert_eq!(landed.shown.batches[0].known_at, at("2024-01-01"));
    }
}

#[test]
fn a_changed_contract_reads_the_same_bytes_anew_under_the_old_known_time() {
    for load in
        [LoadMode::Replace, APPEND, LoadMode::Append { same_path_adds: true }, LoadMode::Upsert { delete_when: None }]
    {
        let mut stage = stage(load);
        stage.deliver("a.csv", "id,day\n1,\n2,\n");
        stage.land_on("2024-01-01");
        stage.rule("id", Rule::Minimum("2".into()));
        stage.extract.contract.max_quarantined = MaxQuarantined::Rows(1);
        let landed = stage.land_on("2024-01-05");
        assert_eq!((landed.loads[0].known_at, landed.loads[0].rereads), (at("2024-01-01"), Some(1)));
        assert_eq!(stage.rows(), ["2|∅"], "{:?}", stage.extract.load);
    }
}

#[test]
fn a_contract_that_is_changed_back_counts_again() {
    let mut stage = stage(LoadMode::Append { same_path_adds: true });
    stage.deliver("a.csv", "id,day\n1,\n2,\n");
    stage.land_on("2024-01-01");
    stage.extract.contract.max_quarantined = MaxQuarantined::Rows(1);
    stage.rule("id", Rule::Minimum("2".into()));
    stage.land_on("2024-01-02");
    stage.column("id").rules.clear();
    let landed = stage.land_on("2024-01-03");
    assert_eq!((landed.loads[0].known_at, landed.loads[0].rereads), (at("2024-01-01"), Some(2)));
    assert_eq!(stage.rows(), ["1|∅", "2|∅"]);
    assert_eq!(what_became(&stage.land_on("2024-01-04")), [WhatBecame::Unchanged]);
}

#[test]
fn an_older_file_that_is_put_back_is_no_news() {
    let mut stage = stage(APPEND);
    stage.extract.known_at = KnownAt::FileTime;
    stage.deliver_at("a.csv", "2024-01-02", "id,day\n2,\n");
    stage.land();
    stage.deliver_at("a.csv", "2024-01-01", "id,day\n1,\n");
    assert_eq!(stage.land().loads.len(), 1);
    assert_eq!(stage.rows(), ["2|∅"], "what was known later is newer, whenever it came");
    assert_eq!(what_became(&stage.land()), [WhatBecame::SameContent]);
}

#[test]
fn a_correction_that_is_taken_back_counts_also_where_all_are_known_at_one_time() {
    let by_name = || KnownAt::FileName("%Y-%m".into());
    let by_column = || KnownAt::Column("day".into());
    let snapshot = || LoadMode::Snapshot { date: DateFrom::Column("day".into()) };
    for (load, known_at) in
        [(APPEND, by_name()), (snapshot(), by_name()), (LoadMode::Replace, by_column()), (LoadMode::Replace, by_name())]
    {
        let mut stage = stage(load);
        stage.extract.known_at = known_at;
        for (date, id) in [("2024-02-01", 1), ("2024-02-02", 2), ("2024-02-03", 1)] {
            stage.deliver_at("x-2024-01.csv", date, format!("id,day\n{id},2024-01-31\n"));
            assert_eq!(stage.land_on(date).loads.len(), 1, "{:?} {:?}", stage.extract.load, stage.extract.known_at);
        }
        assert_eq!(stage.rows(), ["1|2024-01-31"], "{:?} {:?}", stage.extract.load, stage.extract.known_at);
    }
}

#[test]
fn a_delivery_that_an_earlier_one_outdoes_is_landed_with_a_warning() {
    for load in [LoadMode::Replace, APPEND] {
        let mut stage = stage(load);
        stage.extract.known_at = KnownAt::FileTime;
        stage.deliver_at("a.csv", "2024-01-02", "id,day\n2,\n");
        assert!(stage.land().shown.warnings.is_empty());
        stage.deliver_at("a.csv", "2024-01-01", "id,day\n1,\n");
        let told = "a.csv was known on 2024-01-01 00:00:00, before a.csv (2024-01-02 00:00:00), which stays what is \
                    shown; a correction needs a newer time";
        assert_eq!(stage.land().shown.warnings, [told]);
        assert_eq!(stage.land().shown.warnings, [told], "it is said for as long as it is so");
        assert_eq!(stage.rows(), ["2|∅"]);
    }
}

#[test]
fn a_file_that_is_read_again_keeps_its_place_among_those_known_at_its_time() {
    let mut stage = stage(LoadMode::Upsert { delete_when: None });
    stage.extract.known_at = KnownAt::FileName("%Y-%m-%d".into());
    stage.deliver("b-2024-01-01.csv", "id,day\n1,\n");
    stage.land_on("2024-02-01");
    stage.deliver("a-2024-01-01.csv", "id,day\n2,\n");
    stage.land_on("2024-02-02");
    assert_eq!(stage.rows(), ["1|∅", "2|∅"]);
    stage.rule("id", Rule::Minimum("0".into()));
    let landed = stage.land_on("2024-02-03");
    assert_eq!(landed.loads.len(), 2, "the contract has changed: both are read again");
    assert_eq!(stage.rows(), ["1|∅", "2|∅"]);
    assert_eq!(landed.shown.batches.iter().map(|batch| batch.place).collect::<Vec<_>>(), [1, 2]);
    stage.remove("a-2024-01-01.csv");
    stage.column("id").rules.clear();
    let landed = stage.land_on("2024-02-04");
    assert_eq!(landed.shown.batches.iter().map(|batch| batch.place).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn what_an_earlier_contract_landed_is_shown_only_where_nothing_of_it_is_lost() {
    let mut stage = Stage::new(&[("id", "integer"), ("amount", "decimal(10,4)")]);
    stage.deliver("a.csv", "id,amount\n1,1.2399\n");
    stage.land();
    stage.remove("a.csv");
    stage.deliver("b.csv", "id,amount\n2,2\n");
    stage.column("amount").data_type = DataType::Decimal128(10, 2);
    let error = stage.land_error();
    assert!(
        error.contains(
            "a.csv: was landed with column `amount` as decimal(10,4), and the contract now says decimal(10,2)"
        ),
        "{error}"
    );
    stage.column("amount").data_type = DataType::Decimal128(12, 5);
    stage.column("id").data_type = DataType::Int64;
    stage.land();
    assert_eq!(stage.rows(), ["1|1.2399", "2|2.00000"]);
    stage.column("amount").name = "value".into();
    stage.deliver("b.csv", "id,value\n22,2\n");
    let told = "extract `lines` shows a.csv, which is no longer delivered, without the column `amount` that it was \
                landed with";
    assert_eq!(stage.land().shown.warnings, [told]);
    stage.column("value").required = true;
    let error = stage.land_error();
    assert!(error.contains("a.csv: was landed without column `value`, which the contract now requires"), "{error}");
}

#[test]
fn rules_that_came_after_a_file_had_gone_are_named() {
    let mut stage = stage(APPEND);
    stage.deliver("a.csv", "id,day\n1,\n");
    stage.land();
    stage.remove("a.csv");
    stage.deliver("b.csv", "id,day\n20,2024-01-01\n");
    stage.rule("id", Rule::Minimum("10".into()));
    stage.column("day").required = true;
    let without =
        "extract `lines` shows a.csv, which is no longer delivered, without having been held against the rule";
    let told = [format!("{without}: `day` required"), format!("{without}: `id` at least 10")];
    assert_eq!(stage.land().shown.warnings, told);
    stage.column("day").required = false;
    stage.column("id").rules.clear();
    assert!(stage.land().shown.warnings.is_empty());
}

#[test]
fn an_extract_that_loads_in_another_way_starts_anew_with_all_that_is_delivered() {
    let by_name = |pattern: &str| LoadMode::Snapshot { date: DateFrom::FileName(pattern.into()) };
    let same_path_adds = LoadMode::Append { same_path_adds: true };
    let ways = [LoadMode::Replace, APPEND, by_name("%Y-%m-%d"), by_name("%Y-%m"), same_path_adds];
    for (before, after) in ways.iter().flat_map(|one| ways.iter().map(move |other| (one, other))) {
        let mut stage = stage(before.clone());
        stage.deliver("x-2024-01-31.csv", "id,day\n1,\n");
        stage.deliver("x-2024-02-29.csv", "id,day\n2,\n");
        stage.land_on("2024-03-01");
        stage.extract.load = after.clone();
        let landed = stage.land_on("2024-03-02");
        assert_eq!(landed.loads.is_empty(), before == after, "{before} -> {after}");
        assert_eq!(stage.rows(), ["1|∅", "2|∅"], "{before} -> {after}");
        assert_eq!(stage.rows_known_at(Some(at("2024-03-01"))), ["1|∅", "2|∅"], "{before} -> {after}: seen before");
        assert!(stage.land_on("2024-03-03").loads.is_empty(), "{before} -> {after}: once");
        stage.extract.load = before.clone();
        stage.land_on("2024-03-04");
        assert_eq!(stage.rows(), ["1|∅", "2|∅"], "{before} -> {after} and back");
    }
}

#[test]
fn an_extract_loads_in_another_way_only_where_nothing_of_it_is_lost() {
    let mut stage = stage(LoadMode::Replace);
    stage.deliver("old.csv", "id,day\n9,\n");
    stage.land_on("2024-01-01");
    stage.remove("old.csv");
    stage.deliver("a.csv", "id,day\n1,\n");
    stage.deliver("b.csv", "id,day\n2,\n");
    stage.land_on("2024-01-02");
    stage.remove("b.csv");
    stage.extract.load = APPEND;
    let told = "b.csv: extract `lines` was loaded as `replace`, is now to load as `append`, and this file is no longer \
                delivered (deliver it once more, or give the extract another name: its rows would be lost or count \
                twice)";
    assert_eq!(stage.land_error(), told);
    stage.deliver("b.csv", "id,day\n3,\n");
    stage.land_on("2024-01-03");
    assert_eq!(stage.rows(), ["1|∅", "3|∅"], "what was replaced before is not asked for");
    // As a run leaves it that is killed on its way.
    std::fs::remove_file(stage.warehouse_folder().join("landing/lines/loads/4.json")).unwrap();
    stage.remove("b.csv");
    assert_eq!(stage.land_error(), told);
    stage.extract.load = LoadMode::Upsert { delete_when: None };
    assert_eq!(stage.land_error(), told.replace("load as `append`", "load as `upsert`"), "nor by a further change");
    stage.extract.load = APPEND;
    stage.deliver("b.csv", "id,day\n2,\n");
    let landed = stage.land_on("2024-01-04");
    assert_eq!(landed.loads[0].known_at, at("2024-01-02"), "it was seen before");
    assert_eq!(stage.rows(), ["1|∅", "2|∅"]);
}

#[test]
fn another_rule_for_known_times_is_for_what_comes_or_with_a_full_refresh_for_all() {
    let mut stage = stage(LoadMode::Upsert { delete_when: None });
    stage.extract.known_at = KnownAt::FileTime;
    stage.deliver_at("a-2024-01-05.csv", "2024-02-01", "id,day\n1,\n");
    stage.land();
    stage.extract.known_at = KnownAt::FileName("%Y-%m-%d".into());
    stage.deliver_at("b-2024-01-06.csv", "2024-02-01", "id,day\n2,\n");
    let landed = stage.land();
    let told = "extract `lines`: a-2024-01-05.csv became known by another `known_at` than that of now; \
                --full-refresh applies it";
    assert_eq!(landed.shown.warnings, [told]);
    let known = |landed: &Landed| landed.shown.batches.iter().map(|batch| batch.known_at).collect::<Vec<_>>();
    assert_eq!(known(&landed), [at("2024-01-06"), at("2024-02-01")]);
    stage.options.full_refresh = true;
    let landed = stage.land();
    assert_eq!(known(&landed), [at("2024-01-05"), at("2024-01-06")]);
    assert!(landed.shown.warnings.is_empty());
    assert!(stage.land().loads.is_empty());
}

#[test]
fn history_keeps_the_known_times_of_its_rows_when_later_files_are_known_by_their_own() {
    let mut stage = stage(APPEND);
    stage.extract.known_at = KnownAt::Column("day".into());
    stage.deliver("history.csv", "id,day\n1,2024-01-05\n2,2024-01-01\n");
    stage.land();
    stage.extract.known_at = KnownAt::FileTime;
    let landed = stage.land();
    let shown = &landed.shown.batches[0];
    assert_eq!((shown.known_at, shown.known_at_column.as_deref()), (at("2024-01-05"), Some("day")));
    assert_eq!(stage.land().loads.len(), 0);
}

#[test]
fn a_full_refresh_holds_every_delivery_against_what_its_contract_allows_now() {
    let mut stage = stage(APPEND);
    stage.extract.contract.max_quarantined = MaxQuarantined::Rows(1);
    stage.deliver("a.csv", "id,day\n1,\nx,\n");
    stage.land();
    stage.extract.contract.max_quarantined = MaxQuarantined::Rows(0);
    stage.land();
    stage.options.full_refresh = true;
    assert!(stage.land_error().contains("1 of 2 rows break a rule, its contract allows 0"));
}

#[test]
fn what_has_gone_from_the_warehouse_is_landed_again() {
    let stage = stage(APPEND);
    stage.deliver("a.csv", "id,day\n1,\n");
    let landed = stage.land();
    let file = stage.warehouse_folder().join(&landed.shown.batches[0].files[0].path);
    std::fs::remove_file(&file).unwrap();
    assert!(stage.land().loads.is_empty());
    assert_eq!(stage.rows(), ["1|∅"]);
}

#[test]
fn known_times_may_stand_in_a_column() {
    let mut stage = stage(APPEND);
    stage.extract.known_at = KnownAt::Column("day".into());
    stage.deliver("a.csv", "id,day\n1,2024-01-05\n2,2024-01-01\n");
    let landed = stage.land();
    let batch = &landed.shown.batches[0];
    assert_eq!((batch.known_at, batch.known_at_column.as_deref()), (at("2024-01-05"), Some("day")));
    assert_eq!(stage.rows_known_at(Some(at("2024-01-01"))).len(), 2, "rows known later are left out by their column");
    assert_eq!(stage.rows_known_at(Some(at("2023-12-31"))).len(), 0);
}

#[test]
fn one_bad_file_keeps_the_whole_delivery_out() {
    let stage = stage(APPEND);
    stage.deliver("a.csv", "id,day\n1,\n");
    stage.deliver("b.csv", "id,day\nx,\n");
    assert!(matches!(stage.try_land(), Err(LandError::Refused(_))));
    assert_eq!(stage.rows(), Vec::<String>::new());
    stage.deliver("b.csv", "id,day\n22,\n");
    assert_eq!(stage.land().loads.len(), 2);
}

#[test]
fn content_that_is_known_is_not_written_twice() {
    let mut stage = stage(APPEND);
    stage.extract.contract.max_quarantined = MaxQuarantined::Rows(1);
    stage.deliver("a.csv", "id,day\n1,\nx,\n");
    let first = stage.land();
    stage.deliver("b.csv", "id,day\n1,\nx,\n");
    let second = stage.land();
    assert_eq!(first.files[0].batch_id, second.files[1].batch_id);
    assert_eq!(second.files[1].rows_quarantined, 1);
}

#[test]
fn what_a_killed_run_wrote_of_a_file_goes_when_the_file_is_written() {
    let stage = stage(APPEND);
    stage.deliver("a.csv", "id,day\n1,\n");
    let landed = stage.land();
    let file = stage.warehouse_folder().join(&landed.shown.batches[0].files[0].path);
    std::fs::remove_dir_all(stage.warehouse_folder()).unwrap();
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    for n in [1, 2] {
        std::fs::write(file.with_file_name(format!("rows.parquet#{n}")), "half").unwrap();
    }
    stage.land();
    let left: Vec<_> = std::fs::read_dir(file.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(left, [file]);
}
