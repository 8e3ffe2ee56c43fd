//! What a delivery has to be before it lands, and what becomes of files that come again, corrected, late or renamed.

use std::time::Duration;

use sopmart::contract::MaxQuarantined;
use sopmart::land::{WhatBecame, awaited};
use sopmart::pipeline::{ControlTotals, ExpectedFiles, KnownAt, LateFiles, LoadMode};

use crate::landing_stage::{Stage, at, what_became};

fn stage() -> Stage {
    Stage::new(&[("id", "integer"), ("amount", "decimal(10,2)")])
}

/// What is missing of the delivery, without the advice that is always the same.
fn missing(stage: &Stage) -> Vec<String> {
    let told = stage.wait_for(awaited(&stage.extract, stage.options.now)).missing;
    told.iter().map(|fault| format!("{}: {}", fault.location(), fault.message)).collect()
}

#[test]
fn a_delivery_is_waited_for_until_its_ready_marker_is_there() {
    let mut stage = stage();
    stage.extract.delivery.ready = Some("orders.done".into());
    stage.deliver_at("a.csv", "2024-05-02", "id,amount\n1,1\n");
    assert_eq!(missing(&stage), ["orders.done: extract `lines` waits for this ready marker"]);
    stage.deliver_at("orders.done", "2024-05-01", "");
    let expected = "orders.done: this ready marker is older than a.csv, which is still being delivered";
    assert_eq!(missing(&stage), [expected]);
    stage.deliver_at("orders.done", "2024-05-02", "");
    assert!(missing(&stage).is_empty());
}

#[test]
fn a_delivery_has_as_many_files_as_are_expected() {
    let mut stage = stage();
    stage.extract.delivery.expected_files = Some(ExpectedFiles { at_least: 2, at_most: 2 });
    stage.deliver("a.csv", "id,amount\n1,1\n");
    assert_eq!(missing(&stage), ["*.csv: extract `lines` found 1 files (a.csv), expected 2"]);
    stage.deliver("b.csv", "id,amount\n2,1\n");
    assert!(missing(&stage).is_empty());
}

#[test]
fn a_file_that_may_still_be_written_is_waited_for() {
    let mut stage = stage();
    stage.extract.delivery.minimum_age = Some(Duration::from_mins(10));
    stage.options.now = at("2024-06-01") + chrono::TimeDelta::seconds(599);
    stage.deliver_at("a.csv", "2024-06-01", "id,amount\n1,1\n");
    let expected = "a.csv: the file was written 599 s ago, expected at least 600 s: it may still be written";
    assert_eq!(missing(&stage), [expected]);
    stage.options.now += chrono::TimeDelta::seconds(1);
    assert!(missing(&stage).is_empty());
}

fn with_totals(sums: &[&str]) -> Stage {
    let mut stage = stage();
    let sums = sums.iter().map(ToString::to_string).collect();
    stage.extract.delivery.control_totals = Some(ControlTotals { file: "totals.ctl".into(), sums });
    stage.extract.contract.max_quarantined = MaxQuarantined::Rows(1);
    stage.deliver("a.csv", "id,amount\n1,10.50\n2,-0.25\nx,3.00\n");
    stage
}

#[test]
fn control_totals_hold_for_every_record_also_for_those_in_quarantine() {
    let stage = with_totals(&["amount"]);
    assert_eq!(missing(&stage), ["totals.ctl: extract `lines` waits for these control totals"]);
    stage.deliver("totals.ctl", "rows,amount\n3,13.25\n");
    stage.land();
    assert_eq!(stage.rows(), ["1|10.50", "2|-0.25"]);
}

#[test]
fn a_total_that_differs_keeps_the_whole_delivery_out() {
    let stage = with_totals(&["amount"]);
    stage.deliver("totals.ctl", "rows,amount\n4,13.26\n");
    let error = stage.land_error();
    assert!(error.contains("totals.ctl:2:1: says 4 rows of the delivery, found 3"), "{error}");
    assert!(error.contains("says the sum of `amount` of the delivery is 13.26, found 13.25"), "{error}");
    stage.deliver("totals.ctl", "file,rows\nb.csv,3\n");
    let error = stage.land_error();
    assert!(error.contains("totals.ctl:2:1: lists `b.csv`, which was not delivered"), "{error}");
    assert!(error.contains("totals.ctl:1:1: does not list a.csv, which was delivered"), "{error}");
    stage.deliver("totals.ctl", "file,rows,amount\n\"a.csv\",3,13.25\n");
    stage.land();
}

#[test]
fn a_full_delivery_that_has_shrunk_is_refused_until_it_is_accepted() {
    let mut stage = stage();
    stage.extract.load = LoadMode::Replace;
    stage.extract.delivery.shrink_guard = Some(200_000);
    let rows = |count: usize| (0..count).map(|id| format!("{id},1\n")).collect::<String>();
    stage.deliver("a.csv", format!("id,amount\n{}", rows(10)));
    stage.land();
    stage.deliver("a.csv", format!("id,amount\n{}", rows(8)));
    stage.land();
    stage.deliver("a.csv", format!("id,amount\n{}", rows(6)));
    let error = stage.land_error();
    let told = "a.csv: extract `lines` had 8 rows and has 6 now, 25.0 % fewer, expected at most 20.0 % fewer";
    assert!(error.starts_with(told), "{error}");
    stage.options.accept_shrunk = true;
    stage.land();
    assert_eq!(stage.rows().len(), 6);
}

fn dated(policy: LateFiles) -> Stage {
    let mut stage = stage();
    stage.extract.known_at = KnownAt::FileName("%Y-%m".into());
    stage.extract.delivery.late_files = policy;
    stage.deliver("2024-07.csv", "id,amount\n7,7\n");
    stage.land();
    stage.deliver("2024-06.csv", "id,amount\n6,6\n");
    stage
}

#[test]
fn junes_file_after_julys_lands_where_it_belongs_or_is_told_or_refused() {
    let stage = dated(LateFiles::Accept);
    assert!(stage.land().shown.warnings.is_empty());
    assert_eq!(stage.rows(), ["6|6.00", "7|7.00"]);

    let landed = dated(LateFiles::Warn).land();
    let told = "2024-06.csv came late: it is about 2024-06-01, and 2024-07.csv about 2024-07-01 is known already";
    assert_eq!(landed.shown.warnings, [told]);

    let stage = dated(LateFiles::Refuse);
    assert!(stage.land_error().starts_with("2024-06.csv: came late: it is about 2024-06-01"));
    assert_eq!(stage.rows(), ["7|7.00"]);
    // A correction of what is known is none that comes late.
    std::fs::remove_file(stage.path("2024-06.csv")).unwrap();
    stage.deliver("2024-07.csv", "id,amount\n7,8\n");
    stage.land();
    assert_eq!(stage.rows(), ["7|8.00"]);
}

#[test]
fn the_same_file_again_or_under_another_name_is_no_news() {
    let mut stage = stage();
    stage.extract.load = LoadMode::Replace;
    stage.deliver("a.csv", "id,amount\n1,1\n");
    stage.land();
    std::fs::rename(stage.path("a.csv"), stage.path("b.csv")).unwrap();
    let landed = stage.land_on("2024-07-01");
    assert_eq!(what_became(&landed), [WhatBecame::SameContent]);
    assert!(landed.loads.is_empty());
}
