//! Values in the notations that systems print.

use chrono_tz::Europe::Berlin;
use sopmart::pipeline::{ColumnReader, Negative, Notation, TimePattern};

use crate::landing_stage::Stage;

fn iso() -> Notation {
    Notation::iso(chrono_tz::UTC)
}

fn one(data_type: &str, notation: Notation) -> Stage {
    let mut stage = Stage::new(&[("v", data_type)]);
    stage.csv().delimiter = ";".into();
    stage.extract.reader.notation = notation;
    stage
}

fn rows(data_type: &str, notation: Notation, values: &[&str]) -> Vec<String> {
    let stage = one(data_type, notation);
    stage.deliver("a.csv", format!("v\n{}\n", values.join("\n")));
    stage.land();
    stage.rows()
}

fn complaints(data_type: &str, notation: Notation, values: &[&str]) -> Vec<String> {
    one(data_type, notation).complaints(format!("v\n{}\n", values.join("\n")))
}

fn german() -> Notation {
    Notation {
        decimal_point: b',',
        thousands: Some(".".into()),
        negatives: vec![Negative::TrailingMinus, Negative::Parentheses],
        currency: vec!["€".into(), "EUR".into()],
        ..iso()
    }
}

#[test]
fn numbers_may_be_grouped_signed_behind_and_carry_a_currency() {
    let written =
        ["1.234.567,89", "1234567,89", "12,5-", "(12,5)", "€ 12,50", "12,50 EUR", "-1.000", "-€5", "€-5", "5-€"];
    let expected =
        ["1234567.89", "1234567.89", "-12.50", "-12.50", "12.50", "12.50", "-1000.00", "-5.00", "-5.00", "-5.00"];
    assert_eq!(rows("decimal(12,2)", german(), &written), expected);
    // As spreadsheets write what is negative in accounts.
    let written = ["€ (12,50)", "(12,50) €", "(€12,50)", "(12,50 EUR)"];
    assert_eq!(rows("decimal(12,2)", german(), &written), ["-12.50"; 4]);
    assert_eq!(rows("bigint", german(), &["1.234", "7-"]), ["1234", "-7"]);
    assert_eq!(rows("double", german(), &["1.234,5"]), ["1234.5"]);
}

#[test]
fn a_number_that_is_only_nearly_one_goes_to_quarantine() {
    let written =
        ["1.23", "1.2345,6", "1.234.56", "12.50", "1,2,3", "--5", "(-5)", "5--", "$5", "1.234,567", "€5€", "€(€5)"];
    let complaints = complaints("decimal(12,2)", german(), &written);
    assert_eq!(complaints.len(), written.len(), "{complaints:?}");
    let expected = "2 v type: found `1.23`, whose digits are not grouped by three, expected decimal(12,2) as 1.234,56";
    assert_eq!(complaints[0], expected);
}

#[test]
fn swiss_and_french_groups_are_known() {
    let swiss = Notation { thousands: Some("'".into()), ..iso() };
    assert_eq!(rows("decimal(12,2)", swiss, &["1'234'567.80"]), ["1234567.80"]);
    let french = Notation { thousands: Some("\u{202f}".into()), decimal_point: b',', ..iso() };
    assert_eq!(rows("decimal(12,2)", french, &["1\u{202f}234,80"]), ["1234.80"]);
}

#[test]
fn texts_that_stand_for_nothing_are_null_per_column() {
    let mut stage = Stage::new(&[("n", "integer"), ("t", "text")]);
    stage.extract.reader.notation.nulls = vec!["NULL".into(), "-".into()];
    let own = Notation { nulls: vec!["n/a".into(), String::new()], ..iso() };
    stage.extract.reader.columns.insert("t".into(), ColumnReader { notation: own, path: None, folder: None });
    stage.deliver("a.csv", "n,t\nNULL,NULL\n-,n/a\n1,\"\"\n\"NULL\",-\n");
    stage.land();
    assert_eq!(stage.rows(), ["∅|NULL", "∅|∅", "1|∅", "∅|-"]);
}

fn dates(patterns: &[&str]) -> Notation {
    let parsed = patterns.iter().map(|pattern| TimePattern::parse(pattern, false).unwrap());
    Notation { dates: parsed.collect(), ..iso() }
}

#[test]
fn dates_are_read_by_any_of_several_patterns() {
    let notation = dates(&["%d.%m.%Y", "%-d.%-m.%y", "%d-%b-%Y", "%B %-d, %Y", "%Y%m%d", "%Y/%j"]);
    let written = ["29.02.2024", "1.2.68", "1.2.69", "05-mar-2024", "July 4, 2024", "20241231", "2024/366"];
    let expected = ["2024-02-29", "2068-02-01", "1969-02-01", "2024-03-05", "2024-07-04", "2024-12-31", "2024-12-31"];
    assert_eq!(rows("date", notation.clone(), &written), expected);
    let written = ["30.02.2024", "2024-01-01", "1.13.2024", "20240101x", "2023/366"];
    let complaints = complaints("date", notation, &written);
    assert_eq!(complaints.len(), written.len(), "{complaints:?}");
    assert!(complaints[0].contains("found `30.02.2024`, which is no day of the calendar"), "{complaints:?}");
}

#[test]
fn a_date_that_two_patterns_read_differently_is_neither() {
    let notation = dates(&["%d/%m/%Y", "%m/%d/%Y"]);
    assert_eq!(rows("date", notation.clone(), &["31/01/2024", "01/31/2024", "05/05/2024"]).len(), 3);
    let complaints = complaints("date", notation, &["01/02/2024"]);
    let expected = "2 v type: found `01/02/2024`, which its patterns read as different days or times, expected date as %d/%m/%Y or %m/%d/%Y";
    assert_eq!(complaints, [expected]);
}

#[test]
fn local_times_become_utc() {
    let notation = Notation { time_zone: Berlin, ..iso() };
    let written =
        ["2024-07-01 12:00:00", "2024-01-01 12:00:00", "2024-07-01T12:00:00Z", "2024-07-01", "2024-10-27 02:30:00"];
    let expected = [
        "2024-07-01T10:00:00Z",
        "2024-01-01T11:00:00Z",
        "2024-07-01T12:00:00Z",
        "2024-06-30T22:00:00Z",
        // The first of the two times that clocks show so.
        "2024-10-27T00:30:00Z",
    ];
    assert_eq!(rows("timestamp", notation.clone(), &written), expected);
    let complaints = complaints("timestamp", notation, &["2024-03-31 02:30:00"]);
    assert!(complaints[0].contains("which the clocks of its time zone leave out"), "{complaints:?}");

    let patterns = ["%d.%m.%Y %H:%M", "%m/%d/%Y %I:%M:%S %p", "%Y-%m-%dT%H:%M:%S.%f%z"];
    let patterns = patterns.iter().map(|pattern| TimePattern::parse(pattern, true).unwrap()).collect();
    let notation = Notation { timestamps: patterns, time_zone: Berlin, ..iso() };
    let written = ["01.07.2024 12:00", "07/01/2024 12:15:00 am", "2024-07-01T12:00:00.5-0300"];
    let expected = ["2024-07-01T10:00:00Z", "2024-06-30T22:15:00Z", "2024-07-01T15:00:00.500Z"];
    assert_eq!(rows("timestamp", notation, &written), expected);
}

#[test]
fn booleans_may_be_any_words() {
    let notation = Notation { trues: vec!["J".into(), "X".into()], falses: vec!["N".into()], ..iso() };
    assert_eq!(rows("boolean", notation.clone(), &["j", "X", "n"]), ["true", "true", "false"]);
    let complaints = complaints("boolean", notation, &["true"]);
    assert_eq!(complaints, ["2 v type: found `true`, expected boolean as J or X or N"]);
}

#[test]
fn a_pattern_has_to_be_one() {
    let why = |pattern: &str, has_time| TimePattern::parse(pattern, has_time).unwrap_err();
    assert_eq!(why("%d.%m", false), "does not have year, month and day once each");
    assert_eq!(why("%Y-%m-%d %H", false), "has a time of day, which a date has not");
    assert_eq!(why("%Y-%m-%d %I", true), "has `%I` without `%p`, or `%p` without `%I`");
    assert_eq!(why("%Q", false), "has `%Q`");
    assert_eq!(why("%Y-%m-%d%", false), "ends with `%`");
}
