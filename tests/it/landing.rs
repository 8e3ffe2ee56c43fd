//! What a delivered file becomes: values, row rules, quarantine, counts.

use std::io::Write;

use flate2::Compression as Level;
use flate2::write::GzEncoder;
use regex::Regex;
use sopmart::contract::{Drift, MaxQuarantined, Rule};
use sopmart::land::{LandError, WhatBecame};

use crate::landing_stage::{Stage, what_became};

fn gzipped(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Level::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn text_stays_what_it_is() {
    let stage = Stage::new(&[("a", "text"), ("b", "text")]);
    stage.deliver("a.csv", "a,b\n00123,1e5\n 7 ,NULL\n\"\",\n\"x, \"\"y\"\"\",true\n");
    stage.land();
    assert_eq!(stage.rows(), ["00123|1e5", " 7 |NULL", "|∅", "x, \"y\"|true"]);
}

#[test]
fn decimals_are_exact() {
    let stage = Stage::new(&[("a", "decimal(38,10)"), ("b", "decimal(6,2)")]);
    stage.deliver("a.csv", "a,b\n1234567890123456789012345678.0123456789,.5\n-0.1,+1234.5600\n 9999999999999999999999999999.9999999999,-9999.99\n0000000000000000000000000000000000000000000001,00.\n");
    stage.land();
    let expected = [
        "1234567890123456789012345678.0123456789|0.50",
        "-0.1000000000|1234.56",
        "9999999999999999999999999999.9999999999|-9999.99",
        "1.0000000000|0.00",
    ];
    assert_eq!(stage.rows(), expected);
}

#[test]
fn every_type_is_read_as_the_contract_says() {
    let columns = [
        ("s", "smallint"),
        ("i", "integer"),
        ("l", "bigint"),
        ("d", "double"),
        ("b", "boolean"),
        ("day", "date"),
        ("at", "timestamp"),
    ];
    let stage = Stage::new(&columns);
    let text = "s,i,l,d,b,day,at\n\
        -32768,+7,-9223372036854775808,1e-3,TRUE,2024-02-29,2024-02-29 12:34:56.789012\n\
        32767, 8 ,9223372036854775807,-.5,0,2024-01-01 00:00:00,2024-01-01T00:00+02:00\n\
        ,,,,,,\n\
        \"1\",\"\",\"3\",\"4\",\"false\",\"0001-01-01\",1969-12-31T23:59:59.999999000Z\n";
    stage.deliver("a.csv", text);
    stage.land();
    let expected = [
        "-32768|7|-9223372036854775808|0.001|true|2024-02-29|2024-02-29T12:34:56.789012Z",
        "32767|8|9223372036854775807|-0.5|false|2024-01-01|2023-12-31T22:00:00Z",
        "∅|∅|∅|∅|∅|∅|∅",
        "1|∅|3|4.0|false|0001-01-01|1969-12-31T23:59:59.999999Z",
    ];
    assert_eq!(stage.rows(), expected);
}

#[test]
fn values_that_are_nearly_right_are_quarantined() {
    let mut stage =
        Stage::new(&[("i", "integer"), ("n", "decimal(6,2)"), ("d", "double"), ("b", "boolean"), ("at", "timestamp")]);
    let complaints = stage.complaints(
        "i,n,d,b,at\n1.0,,,,\n1e5,,,,\n2147483648,,,,\n,1e5,,,\n,1.234,,,\n,1,NaN,,\n,,1e999,,\n,,,yes,\n,,,,2024-01-01 24:00:00\n,,,,2024-01-01 00:00:00.0000001\n,.,,,\n-,,,,\n",
    );
    assert_eq!(
        complaints,
        [
            "2 i type: found `1.0`, expected integer",
            "3 i type: found `1e5`, expected integer",
            "4 i type: found `2147483648`, which does not fit, expected integer",
            "5 n type: found `1e5`, expected decimal(6,2)",
            "6 n type: found `1.234`, which does not fit, expected decimal(6,2)",
            "7 d type: found `NaN`, expected double",
            "8 d type: found `1e999`, which does not fit, expected double",
            "9 b type: found `yes`, expected boolean as true, false, 1 or 0",
            "10 at type: found `2024-01-01 24:00:00`, which is no time of day, expected timestamp as YYYY-MM-DD hh:mm:ss, with an offset where it is not UTC",
            "11 at type: found `2024-01-01 00:00:00.0000001`, which is finer than microseconds, expected timestamp as YYYY-MM-DD hh:mm:ss, with an offset where it is not UTC",
            "12 n type: found `.`, expected decimal(6,2)",
            "13 i type: found `-`, expected integer",
        ]
    );
}

#[test]
fn rows_that_break_a_rule_of_the_contract_are_quarantined() {
    let mut stage = Stage::new(&[("id", "text"), ("n", "decimal(10,2)"), ("day", "date")]);
    stage.column("id").required = true;
    stage.rule("id", Rule::Pattern(Regex::new("[A-Z]+[0-9]").unwrap()));
    stage.rule("id", Rule::MaxLength(4));
    stage.rule("n", Rule::Minimum("0".into()));
    stage.rule("n", Rule::ValidValues(vec!["1".into(), "2.50".into(), "-1".into()]));
    stage.rule("day", Rule::Maximum("2024-12-31".into()));
    let complaints =
        stage.complaints("id,n,day\nA1,2.5,2024-12-31\n,1,\nA12,1,\nABCD1,1,\nA1,-1,\nA1,3,\nA1,,2025-01-01\nb,x,y\n");
    assert_eq!(
        complaints,
        [
            "3 id required: found nothing, expected a value",
            "4 id pattern: found `A12`, expected a match of [A-Z]+[0-9]",
            "5 id max_length: found `ABCD1`, expected at most 4 characters",
            "6 n minimum: found `-1`, expected at least 0",
            "7 n valid_values: found `3`, expected one of 1, 2.50, -1",
            "8 day maximum: found `2025-01-01`, expected at most 2024-12-31",
            "9 id pattern: found `b`, expected a match of [A-Z]+[0-9]",
        ]
    );
    assert_eq!(stage.rows(), ["A1|2.50|2024-12-31"]);
}

#[test]
fn quarantine_keeps_the_record_as_it_stood() {
    let mut stage = Stage::new(&[("id", "integer"), ("note", "text")]);
    stage.complaints("id,note\n1,\"two\nlines\"\nx,\"also\r\ntwo\"\r\n3,end\n");
    let quarantined = &stage.quarantine()[0];
    assert_eq!((quarantined.source_file.as_str(), quarantined.source_row, quarantined.place), ("a.csv", 4, 1));
    assert_eq!(quarantined.raw_text, "x,\"also\r\ntwo\"");
}

#[test]
fn rows_know_their_physical_line() {
    let stage = Stage::new(&[("id", "integer"), ("note", "text")]);
    stage.deliver("a.csv", "\u{feff}id,note\r\n1,\"a\r\n\r\nb\"\r\n\r\n2,c\r\n3,\"\"\"\n\"\n4,no line end");
    stage.land();
    assert_eq!(stage.rows_with_lines(), ["1|a\r\n\r\nb|2", "2|c|6", "3|\"\n|7", "4|no line end|9"]);
}

#[test]
fn rows_read_are_rows_landed_and_quarantined() {
    let mut stage = Stage::new(&[("id", "integer")]);
    stage.extract.contract.max_quarantined = MaxQuarantined::Rows(2);
    stage.deliver("a.csv", "id\n1\nx\n3\ny\n\n");
    let landed = stage.land();
    let file = &landed.files[0];
    assert_eq!((file.rows_read, file.rows_landed, file.rows_quarantined), (5, 3, 2));
    assert_eq!(file.quarantined_by_rule["type"], 2);
    assert_eq!(stage.rows(), ["1", "3", "∅"], "an empty line is an empty value where a record has one field");
}

#[test]
fn a_delivery_with_more_bad_rows_than_allowed_is_refused() {
    let mut stage = Stage::new(&[("id", "integer"), ("name", "text")]);
    stage.extract.contract.max_quarantined = MaxQuarantined::Rows(1);
    stage.deliver("a.csv", "id,name\n1,a\nx,b\n2\n");
    let error = stage.land_error();
    assert!(
        error
            .contains("extract `lines` is refused: 2 of 3 rows break a rule, its contract allows 1 (1 fields, 1 type)"),
        "{error}"
    );
    assert!(error.contains("a.csv:3:1: column `id`: found `x`, expected integer [type]\n    x,b"), "{error}");
    assert!(error.contains("a.csv:4:1: found 1 field, expected 2 [fields]\n    2"), "{error}");
    assert!(matches!(stage.try_land(), Err(LandError::Refused(_))));
    let quarantine = error.rsplit("all of them: sopmart quarantine --rows --refused ").next().unwrap();
    assert!(stage.warehouse_folder().join(quarantine).is_file());
    assert!(!stage.warehouse_folder().join("landing/lines/loads").exists());
}

#[test]
fn personal_values_reach_no_message() {
    let mut stage = Stage::new(&[("born", "date"), ("city", "text")]);
    stage.column("born").is_personal = true;
    stage.deliver("a.csv", "born,city\n1970-13-01,Bonn\n1971-01-01\n");
    let error = stage.land_error();
    assert!(error.contains("**********,Bonn"), "{error}");
    assert!(!error.contains("1970") && !error.contains("1971"), "{error}");
    for text in ["1970-01-01,Bonn\n", "born,city\n1970-01-01,\"Bonn\n", "born,city\n\"1970\n-01-01\",\"x\",y\n"] {
        stage.deliver("a.csv", text);
        let error = stage.land_error();
        assert!(!error.contains("1970") && error.contains("a.csv:"), "{error}");
    }
}

#[test]
fn the_place_of_a_field_is_its_line_and_its_place_there() {
    let mut stage = Stage::new(&[("note", "text"), ("id", "integer")]);
    let long = "y".repeat(70_000);
    let lines = "z\n".repeat(40_000);
    stage.deliver("a.csv", format!("note,id\n\"x\ny\",bad\n{long},bad\n\"{lines}\",bad\n"));
    let error = stage.land_error();
    for place in ["a.csv:3:4: ", "a.csv:4:70002: ", "a.csv:40005:3: "] {
        assert!(error.contains(place), "{place} is not in {}", error.chars().take(2000).collect::<String>());
    }
    assert!(error.len() < 2000, "{} characters", error.len());
    stage.column("note").is_personal = true;
    assert!(stage.land_error().contains("a.csv:3:4: "));
}

#[test]
fn each_file_is_decompressed_by_its_own_name() {
    let mut stage = Stage::new(&[("id", "integer")]);
    stage.extract.files = "a*".into();
    stage.deliver("a1.csv", "id\n1\n");
    stage.deliver("a2.csv.gz", gzipped(b"id\n2\n"));
    stage.land();
    assert_eq!(stage.rows(), ["1", "2"]);
    stage.extract.files = stage.path("*.csv").display().to_string();
    assert_eq!(what_became(&stage.land()), [WhatBecame::Unchanged], "a glob may be absolute");
}

#[test]
fn bounds_hold_exactly_whatever_digits_they_have() {
    let mut stage = Stage::new(&[("small", "decimal(10,2)"), ("large", "decimal(38,2)")]);
    stage.rule("small", Rule::Minimum("0.001".into()));
    stage.rule("small", Rule::Maximum("100000000.5".into()));
    stage.rule("large", Rule::Minimum("-0.001".into()));
    stage.rule("large", Rule::Maximum("12345678901234567890123.25".into()));
    let complaints = stage.complaints(
        "small,large\n0.01,12345678901234567890123.25\n0.00,1\n1,12345678901234567890123.26\n1,-0.01\n1,0.00\n",
    );
    let told: Vec<&str> = complaints.iter().map(|told| told.split(':').next().unwrap()).collect();
    assert_eq!(told, ["3 small minimum", "4 large maximum", "5 large minimum"], "{complaints:?}");
}

#[test]
fn a_header_only_file_is_an_empty_table() {
    let stage = Stage::new(&[("id", "integer")]);
    stage.deliver("a.csv", "id\n");
    let landed = stage.land();
    assert_eq!(what_became(&landed), [WhatBecame::Landed]);
    assert_eq!(landed.files[0].rows_read, 0);
    assert_eq!(landed.shown.batches[0].files[0].rows, 0);
    assert_eq!(stage.rows(), Vec::<String>::new());
}

#[test]
fn columns_are_found_by_their_names() {
    let mut stage = Stage::new(&[("id", "integer"), ("name", "text")]);
    stage.extract.contract.drift = Drift::IgnoreExtra;
    stage.deliver("a.csv", "\"name\",comment_of_clerk,id\nbolt,x,1\n");
    stage.land();
    assert_eq!(stage.rows(), ["1|bolt"]);
}

#[test]
fn tabs_without_header_and_quotes_are_read() {
    let mut stage = Stage::new(&[("id", "integer"), ("name", "text")]);
    stage.csv().has_header = false;
    stage.csv().delimiter = "\t".into();
    stage.csv().quote = None;
    stage.deliver("a.csv", "1\t\"half\r\n2\tan \"inch\"\r\n");
    stage.land();
    assert_eq!(stage.rows(), ["1|\"half", "2|an \"inch\""]);
}

#[test]
fn gzip_of_several_members_is_read_whole() {
    let mut stage = Stage::new(&[("id", "integer")]);
    stage.extract.files = "*.csv.gz".into();
    stage.deliver("a.csv.gz", [gzipped(b"id\n1\n"), gzipped(b"2\n3\n")].concat());
    stage.land();
    assert_eq!(stage.rows(), ["1", "2", "3"]);
}

#[test]
fn a_stop_ends_landing_without_a_trace() {
    let stage = Stage::new(&[("id", "integer")]);
    stage.deliver("a.csv", "id\n1\n");
    stage.options.stop.ask();
    assert!(matches!(stage.try_land(), Err(LandError::Stopped)));
    assert!(!stage.warehouse_folder().join("landing").exists());
}
