//! Bad input gets a clear error; nothing is lost and nothing that is shown has moved.

use std::io::{Seek, SeekFrom, Write};
use std::sync::Arc;

use flate2::write::GzEncoder;
use sopmart::contract::Drift;
use sopmart::land::LandError;
use sopmart::warehouse::Warehouse;

use crate::failing_store::{FailingStore, Fault};
use crate::landing_stage::Stage;

fn stage() -> Stage {
    Stage::new(&[("id", "integer"), ("name", "text")])
}

#[test]
fn a_missing_file_is_named_with_the_nearest_one() {
    let mut stage = stage();
    stage.deliver("products.csv", "id,name\n");
    stage.extract.files = "product.csv".into();
    let error = stage.land_error();
    assert!(
        error.contains("/in/product.csv: extract `lines` did not find this file (there is `products.csv`)"),
        "{error}"
    );
    stage.extract.files = "no_folder/a.csv".into();
    let error = stage.land_error();
    assert!(error.contains("no_folder does not exist"), "{error}");
}

#[test]
fn names_that_are_not_utf8_and_links_to_nothing_are_no_matter_where_nobody_asks_for_them() {
    use std::os::unix::ffi::OsStrExt;
    let mut stage = stage();
    let named = |name: &[u8]| stage.path("").join(std::ffi::OsStr::from_bytes(name));
    std::fs::write(named(b"M\xe4rz.txt"), "").unwrap();
    std::fs::write(named(b".hidden.csv"), "").unwrap();
    std::os::unix::fs::symlink("nowhere", stage.path("link.txt")).unwrap();
    stage.deliver("deep/er/b.csv", "id,name\n2,b\n");
    stage.deliver("a.csv", "id,name\n1,a\n");
    stage.land();
    assert_eq!(stage.rows(), ["1|a"]);
    for (files, names) in [
        ("**/*.csv", &["a.csv", "deep/er/b.csv"][..]),
        ("deep/**", &["deep/er/b.csv"]),
        ("d*/e?/b.csv", &["deep/er/b.csv"]),
        ("*/../[ab].csv", &["deep/../a.csv"]),
        (".h*", &[".hidden.csv"]),
    ] {
        stage.extract.files = files.into();
        let found = stage.found();
        assert_eq!(found.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), names, "{files}");
    }
    stage.extract.files = "*".into();
    let error = stage.land_error();
    assert!(error.contains("the name is not UTF-8") || error.contains("found a link to nothing"), "{error}");
    stage.extract.files = "l*".into();
    assert!(stage.land_error().contains("link.txt: found a link to nothing, expected a file (remove the link"));
}

#[test]
fn a_glob_without_files_is_named() {
    let mut stage = stage();
    stage.deliver("order_2024.csv", "id,name\n");
    stage.extract.files = "orders_*.csv".into();
    let error = stage.land_error();
    assert!(error.contains("/in/orders_*.csv: extract `lines` found no file for this glob"), "{error}");
    assert!(error.contains("`order_2024.csv`"), "{error}");
}

#[test]
fn an_empty_file_is_an_error() {
    let stage = stage();
    stage.deliver("a.csv", "");
    assert!(stage.land_error().contains("a.csv: the file is empty, expected at least a header line"));
    stage.deliver("a.csv", "\u{feff}");
    assert!(stage.land_error().contains("a.csv: the file is empty"));
}

#[test]
fn a_truncated_gzip_is_an_error() {
    let mut stage = stage();
    stage.extract.files = "a.csv.gz".into();
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
    let text: String = (0..5000).map(|row| format!("{row},name {}\n", row * 7919 % 1000)).collect();
    encoder.write_all(format!("id,name\n{text}").as_bytes()).unwrap();
    let whole = encoder.finish().unwrap();
    for kept in [5, 12, whole.len() / 2, whole.len() - 9, whole.len() - 1] {
        stage.deliver("a.csv.gz", &whole[..kept]);
        let error = stage.land_error();
        assert!(error.contains("a.csv.gz: the compressed file ends too early: it is truncated"), "{kept}: {error}");
    }
    stage.deliver("a.csv.gz", "id,name\n1,a\n");
    assert!(stage.land_error().contains("a.csv.gz: found bytes that are not gzip, expected a gzip file"));
}

#[test]
fn a_row_that_is_not_utf8_is_quarantined() {
    let mut stage = stage();
    let complaints = stage.complaints(b"id,name\n1,M\xfcller\n2,M\xc3\xbcller\n");
    assert_eq!(complaints, ["2 - encoding: found byte 0xFC, which is not UTF-8, expected UTF-8"]);
    assert_eq!(stage.quarantine()[0].raw_text, "1,M\u{fffd}ller");
    assert_eq!(stage.quarantine()[0].place, 3);
    assert_eq!(stage.rows(), ["2|Müller"]);
}

#[test]
fn a_line_with_too_many_or_too_few_fields_is_quarantined() {
    let mut stage = stage();
    let complaints = stage.complaints("id,name\n1\n2,b\n3,c,d,\n");
    assert_eq!(complaints, ["2 - fields: found 1 field, expected 2", "4 - fields: found 4 fields, expected 2"]);
    assert_eq!(stage.rows(), ["2|b"]);
}

#[test]
fn text_behind_a_closing_quote_is_quarantined() {
    let mut stage = stage();
    let complaints = stage.complaints("id,name\n1,\"a\"b\n2,\"c\" \n3,d\"e\"\n");
    assert_eq!(complaints.len(), 2);
    assert!(complaints[0].starts_with("2 - quoting: found text behind the quote that ends a field"), "{complaints:?}");
    assert_eq!(stage.rows(), ["3|d\"e\""]);
}

#[test]
fn an_unclosed_quote_is_named_where_it_opened() {
    let stage = stage();
    stage.deliver("a.csv", "id,name\n1,a\n2,\"b\n3,c\n");
    let error = stage.land_error();
    assert!(error.contains("a.csv:3:3: found a quote that is opened here and never closed"), "{error}");
    let Err(LandError::Source(faults)) = stage.try_land() else { panic!("a fault of the source") };
    assert_eq!(faults.0[0].place.as_ref().unwrap().line_text, "2,\"b");
}

#[test]
fn a_single_line_of_50_mb_is_an_error() {
    let stage = stage();
    let mut text = b"id,name\n1,a\n2,".to_vec();
    text.resize(50 << 20, b'x');
    stage.deliver("a.csv", &text);
    let error = stage.land_error();
    assert!(error.contains("a.csv:3:1: found a record longer than 16 MiB, expected its end before that"), "{error}");
    text[14] = b'"';
    stage.deliver("a.csv", &text);
    let error = stage.land_error();
    assert!(
        error.contains("a.csv:3:3: found an unclosed quote, opened at line 3: the record is longer than 16 MiB"),
        "{error}"
    );
}

#[test]
fn a_record_just_within_the_limit_is_read() {
    let stage = stage();
    let name = "x".repeat((16 << 20) - 2);
    stage.deliver("a.csv", format!("id,name\n1,{name}\n2,b\n"));
    stage.land();
    assert_eq!(stage.rows().len(), 2);
    stage.deliver("a.csv", format!("id,name\n1,{name}y\n2,b\n"));
    assert!(stage.land_error().contains("a.csv:2:1: found a record longer than 16 MiB"));
}

#[test]
fn a_decimal_that_does_not_fit_is_quarantined() {
    let mut stage = Stage::new(&[("n", "decimal(6,2)")]);
    let complaints = stage.complaints("n\n9999.99\n10000\n0.001\n123456789012345678901234567890123456789012345\n");
    assert_eq!(
        complaints,
        [
            "3 n type: found `10000`, which does not fit, expected decimal(6,2)",
            "4 n type: found `0.001`, which does not fit, expected decimal(6,2)",
            "5 n type: found `123456789012345678901234567890123456789012345`, which does not fit, expected decimal(6,2)",
        ]
    );
}

#[test]
fn the_31st_of_february_is_quarantined() {
    let mut stage = Stage::new(&[("day", "date")]);
    let complaints = stage.complaints("day\n2024-02-29\n2024-02-31\n2023-02-29\n2024-1-1\n2024-01-01 12:00:00\n");
    assert_eq!(
        complaints,
        [
            "3 day type: found `2024-02-31`, which is no day of the calendar, expected date as YYYY-MM-DD",
            "4 day type: found `2023-02-29`, which is no day of the calendar, expected date as YYYY-MM-DD",
            "5 day type: found `2024-1-1`, expected date as YYYY-MM-DD",
            "6 day type: found `2024-01-01 12:00:00`, expected date as YYYY-MM-DD",
        ]
    );
}

#[test]
fn header_names_that_do_not_match_are_named() {
    let mut stage = stage();
    stage.deliver("a.csv", "ID,nam,colour,nam\n1,a,b,c\n");
    let error = stage.land_error();
    let lines: Vec<&str> = error.lines().collect();
    assert!(lines[0].starts_with("a.csv:1:1: found column `ID`, expected `id`"), "{error}");
    assert!(lines[1].starts_with("a.csv:1:4: found column `nam`, expected `name`"), "{error}");
    assert!(lines[2].starts_with("a.csv:1:8: found column `colour`, which contract `lines` does not know"), "{error}");
    assert!(lines[3].starts_with("a.csv:1:15: found column `nam` twice, expected it once"), "{error}");
    stage.extract.contract.drift = Drift::IgnoreExtra;
    stage.deliver("a.csv", "id,colour\n1,b\n");
    let error = stage.land_error();
    assert!(error.contains("a.csv:1:1: column `name` is missing, found id, colour"), "{error}");
    stage.deliver("a.csv", "7;Bolt\n8;Nut\n");
    let error = stage.land_error();
    let told = "a.csv:1:1: found none of the contract's columns in the header, expected id, name (see whether this is";
    assert!(error.starts_with(told), "{error}");
}

#[test]
fn a_first_line_that_is_no_header_is_told_as_what_it_is() {
    let mut stage = stage();
    stage.extract.contract.drift = Drift::IgnoreExtra;
    stage.deliver("a.csv", "\nid,name\n1,a\n");
    let error = stage.land_error();
    assert!(error.starts_with("a.csv:1:1: the first line is empty, expected the header"), "{error}");
    stage.deliver("a.csv", "id,name,,\n1,a,,\n");
    stage.land();
    assert_eq!(stage.rows(), ["1|a"], "columns without a name are extra ones");
    stage.extract.contract.drift = Drift::Stop;
    stage.deliver("a.csv", "id,name,,\n2,a,,\n");
    assert!(stage.land_error().contains("found column ``, which contract `lines` does not know"));
}

#[test]
fn a_rule_that_names_no_value_of_its_type_is_an_error() {
    let mut stage = stage();
    stage.rule("id", sopmart::contract::Rule::Minimum("low".into()));
    stage.deliver("a.csv", "id,name\n1,a\n");
    assert!(
        stage.land_error().contains("lines.odcs.yaml: rule `minimum` of column `id` names `low`, which is no integer")
    );
}

#[test]
fn a_warehouse_that_cannot_be_written_is_named() {
    let stage = stage();
    stage.deliver("a.csv", "id,name\n1,a\n");
    // A file where a folder should be stops every user, the superuser too, whom no permission stops.
    let in_the_way = stage.warehouse_folder().join("landing/lines/batches");
    std::fs::create_dir_all(in_the_way.parent().unwrap()).unwrap();
    std::fs::write(&in_the_way, "").unwrap();
    let error = stage.try_land().expect_err("a warehouse that takes nothing");
    assert!(
        matches!(&error, LandError::Warehouse(error) if format!("{error:#}").contains("writing landing/lines/batches/")),
        "{error:?}"
    );
    std::fs::remove_file(&in_the_way).unwrap();
    stage.land();
    assert_eq!(stage.rows(), ["1|a"]);
}

#[test]
fn a_warehouse_that_fails_at_any_write_shows_what_it_showed() {
    let stage = stage();
    stage.deliver("a.csv", "id,name\n1,a\n");
    let folder = stage.warehouse_folder();
    stage.land();
    let before = stage.rows();
    stage.deliver("b.csv", "id,name\n2,b\n");
    let warehouse = |fault| Warehouse::over(Arc::new(FailingStore::over_folder(&folder, fault)), Some(folder.clone()));
    let mut failures = 0;
    for write in 1.. {
        // From the first write on: a warehouse that is read-only; later: a disk that fills up.
        match stage.try_land_in(&warehouse(Fault::From(write))) {
            Ok(_) => break,
            Err(error) => {
                assert!(matches!(error, LandError::Warehouse(_)), "{error:?}");
                assert_eq!(stage.rows(), before, "write {write} failed");
                failures += 1;
            }
        }
    }
    assert!(failures >= 3, "content, the load and its name are written one by one");
    assert_eq!(stage.rows(), ["1|a", "2|b"]);
}

#[test]
fn a_file_that_changes_while_it_is_read_is_an_error() {
    let mut stage = stage();
    let text = format!("id,name\n{}", "1,some text that fills the file quickly\n".repeat(1_200_000));
    stage.deliver("a.csv", &text);
    let path = stage.path("a.csv");
    stage.options.threads = 1;
    stage.options.progress = Some(Arc::new(move |_| {
        // Far behind what can have been read when the first rows are through.
        let mut file = std::fs::File::options().write(true).open(&path).unwrap();
        file.seek(SeekFrom::End(-5)).unwrap();
        file.write_all(b"@@@").unwrap();
    }));
    assert!(stage.land_error().contains("a.csv: the file changed while it was read"));
    stage.options.progress = None;
    stage.land();
    assert_eq!(stage.rows().len(), 1_200_000);
}
