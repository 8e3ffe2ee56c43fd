//! `sopmart query` in each of its formats, as people, pipes and files get it.

use std::path::Path;
use std::process::{Command, Stdio};

use arrow::array::{Array, AsArray};
use arrow::datatypes::DataType;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};

use crate::cli_support::Project;

/// One row of values that formats like to get wrong, and one of none.
const DIFFICULT: &str = "select * from (values \
     (1, cast('12345678901234567890.1200' as decimal(38, 4)), 'a \"b\", c', '', true, date '2026-03-31', \
      arrow_cast('2026-03-31T18:00:00.5Z', 'Timestamp(Microsecond, Some(\"+00:00\"))'), cast(0.1 as double)), \
     (2, null, ' x', null, null, null, null, null)) \
     as v(number, amount, text, empty, truth, day, moment, ratio) order by number";

fn published() -> Project {
    let project = Project::of_the_workshop();
    project.sopmart(&["run"]).expect_exit(0);
    project
}

#[test]
fn csv_keeps_null_and_empty_text_apart_and_every_digit() {
    let project = published();
    let outcome = project.sopmart(&["query", DIFFICULT, "--format", "csv"]).expect_exit(0);
    let expected = "number,amount,text,empty,truth,day,moment,ratio\r\n\
         1,12345678901234567890.1200,\"a \"\"b\"\", c\",\"\",true,2026-03-31,2026-03-31T18:00:00.500Z,0.1\r\n\
         2,,\" x\",,,,,\r\n";
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), (expected, ""));
    let none = project.sopmart(&["query", "select 1 as one where false", "--format", "csv"]).expect_exit(0);
    assert_eq!(none.stdout, "one\r\n");
}

#[test]
fn json_is_one_array_and_jsonl_a_line_for_each_row_with_the_values_that_machines_get() {
    let project = published();
    let told = project.sopmart(&["query", DIFFICULT, "--output", "json"]).expect_exit(0).json();
    let rows = json!([
        {"number": 1, "amount": "12345678901234567890.1200", "text": "a \"b\", c", "empty": "", "truth": true,
         "day": "2026-03-31", "moment": "2026-03-31T18:00:00.500Z", "ratio": 0.1},
        {"number": 2, "amount": null, "text": " x", "empty": null, "truth": null, "day": null, "moment": null,
         "ratio": null}
    ]);
    assert_eq!((&told["rows"], &told["entry"]), (&rows, &json!(1)));
    let array = project.sopmart(&["query", DIFFICULT, "--format", "json"]).expect_exit(0).stdout;
    assert_eq!(serde_json::from_str::<Value>(&array).unwrap(), rows);
    let lines = project.sopmart(&["query", DIFFICULT, "--format", "jsonl"]).expect_exit(0).stdout;
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(Value::Array(lines), rows);
    let none = project.sopmart(&["query", "select 1 as one where false", "--format", "json"]).expect_exit(0).stdout;
    assert_eq!(none, "[]\n");
    let infinite = project.sopmart(&["query", "select cast('inf' as double) as x", "--format", "jsonl"]);
    assert_eq!(infinite.expect_exit(0).stdout, "{\"x\":\"inf\"}\n");
}

#[test]
fn a_file_gets_the_format_that_its_name_ends_in() {
    let project = published();
    for (file, format) in [("a.csv", "csv"), ("below/b.JSON", "json"), ("c.jsonl", "jsonl"), ("d.ndjson", "jsonl")] {
        let outcome = project.sopmart(&["query", DIFFICULT, "--to", file]).expect_exit(0);
        assert_eq!(outcome.stdout, "");
        assert!(outcome.stderr.starts_with("wrote 2 rows and "), "{outcome:?}");
        let piped = project.sopmart(&["query", DIFFICULT, "--format", format]).expect_exit(0).stdout;
        assert_eq!(project.read(file), piped);
    }
    project.sopmart(&["query", "select 1 as one", "--to", "a.csv"]).expect_exit(0);
    assert_eq!(project.read("a.csv"), "one\r\n1\r\n", "over what was there");
    let told = project.sopmart(&["query", DIFFICULT, "--to", "e.txt", "--format", "csv", "--output", "json"]);
    let told = told.expect_exit(0).json();
    assert_eq!((&told["file"], &told["row_count"]), (&"e.txt".into(), &2.into()), "{told}");
    let outcome = project.sopmart(&["query", DIFFICULT, "--to", "e.xyz"]).expect_exit(2);
    assert!(outcome.stderr.contains("let its name end in .csv, .json, .jsonl, .parquet or .txt"), "{outcome:?}");
    let outcome = project.sopmart(&["query", DIFFICULT, "--format", "csv", "--output", "json"]).expect_exit(2);
    assert!(outcome.stderr.contains("name a file with --to"), "{outcome:?}");
}

#[test]
fn parquet_has_the_types_of_the_query_whether_it_goes_to_a_file_or_down_a_pipe() {
    let project = published();
    project.sopmart(&["query", DIFFICULT, "--to", "x.parquet"]).expect_exit(0);
    let output = project.command(&["query", DIFFICULT, "--format", "parquet"]).output().unwrap();
    assert!(output.status.success());
    std::fs::write(project.path("piped.parquet"), output.stdout).unwrap();
    for file in ["x.parquet", "piped.parquet"] {
        let file = std::fs::File::open(project.path(file)).unwrap();
        let mut reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
        let rows = reader.next().unwrap().unwrap();
        assert_eq!((rows.num_rows(), rows.column(1).data_type()), (2, &DataType::Decimal128(38, 4)));
        let texts = rows.column(3).as_string::<i32>();
        assert_eq!((texts.value(0), texts.is_null(0), texts.is_null(1)), ("", false, true));
    }
    let twice = "select one.name, other.name from marts.workshop_products as one \
                 inner join marts.workshop_products as other on one.name = other.name";
    let outcome = project.sopmart(&["query", twice, "--to", "y.parquet"]).expect_exit(2);
    assert!(outcome.stderr.contains("two columns are named `name`"), "{outcome:?}");
    assert!(!project.path("y.parquet").exists());
}

#[test]
fn a_file_whose_query_fails_half_way_is_as_it_was_and_nothing_lies_beside_it() {
    let project = published();
    project.write("out/x.csv", "as it was");
    // The division fails in a late row only, when others are written.
    let fails = "select 1 / (value - 200000.0) as x from generate_series(1, 300000) as s(value)";
    let outcome = project.sopmart(&["query", fails, "--to", "out/x.csv"]).expect_exit(2);
    assert!(outcome.stderr.starts_with("error: "), "{outcome:?}");
    assert_eq!(project.read("out/x.csv"), "as it was");
    assert_eq!(std::fs::read_dir(project.path("out")).unwrap().count(), 1);
}

#[test]
fn many_rows_pass_through_little_memory() {
    let project = published();
    let many = "select value, repeat(cast(value as varchar), 20) as text from generate_series(1, 2000000) as s(value)";
    for (file, least) in [("many.csv", 200 << 20), ("many.jsonl", 200 << 20), ("many.parquet", 1 << 20)] {
        let peak = peak_memory(&project, &["query", many, "--to", file]);
        let written = project.path(file).metadata().unwrap().len();
        assert!(written > least, "{file} has {written} bytes");
        assert!(peak < 200 << 20, "{file}: {} MB at most, {} MB written", peak >> 20, written >> 20);
    }
}

/// How much memory a command took at most, as the kernel counts it.
fn peak_memory(project: &Project, arguments: &[&str]) -> u64 {
    let mut child = project.command(arguments).stderr(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        peak = peak.max(kilobytes.unwrap_or(0) << 10);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(child.wait().unwrap().success());
    peak
}

#[test]
fn a_table_that_is_no_screens_shows_all_rows_whole_and_what_is_null() {
    let project = published();
    let outcome = project.sopmart(&["query", DIFFICULT]).expect_exit(0);
    insta::assert_snapshot!(outcome.stdout, @r#"
    number                     amount  text      empty  truth  day         moment                    ratio
    ──────  ─────────────────────────  ────────  ─────  ─────  ──────────  ────────────────────────  ─────
         1  12345678901234567890.1200  a "b", c  ''     true   2026-03-31  2026-03-31T18:00:00.500Z    0.1
         2                       NULL  ' x'      NULL   NULL   NULL        NULL                       NULL
    "#);
    assert!(outcome.stderr.starts_with("2 rows in ") && outcome.stderr.contains("of entry 1 of"), "{outcome:?}");
    let long = "select value, repeat('x', 300) as text from generate_series(1, 1500) as s(value) order by value";
    let outcome = project.sopmart(&["query", long]).expect_exit(0);
    assert_eq!(outcome.stdout.lines().count(), 1502);
    assert!(outcome.stdout.lines().skip(2).all(|line| line.ends_with(&"x".repeat(300))));
    let null = "select 'NULL' as a, null as b, '' as c, 'x\u{1b}[31my' as d";
    let line = project.sopmart(&["query", null]).expect_exit(0).stdout.lines().last().unwrap().to_string();
    assert_eq!(line, r"'NULL'  NULL  ''  x\u{1b}[31my", "what could be mistaken stands in quotes");
}

#[test]
fn a_reader_that_has_enough_ends_the_query_without_a_word() {
    let project = published();
    let sql = "select value from generate_series(1, 100000000) as s(value)";
    let mut child = project
        .command(&["query", sql, "--format", "csv"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let head = Command::new("head").arg("-n2").stdin(child.stdout.take().unwrap()).output().unwrap();
    assert_eq!(head.stdout, b"value\r\n1\r\n");
    let ended = child.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), ended.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn what_is_no_query_is_told_what_one_is() {
    let project = published();
    for (sql, told) in [
        ("", "found no SQL, expected one query"),
        ("/* nothing */", "found no SQL, expected one query"),
        ("select 1; select 2", "found 2 statements, expected one query"),
        ("how many products", "this is no SQL: Expected: an SQL statement, found: how"),
        ("how many products", "`show tables` lists what there is"),
        ("select * from marts.workshop_product", "did you mean `marts.workshop_products`?"),
        ("select nam from marts.workshop_products", "did you mean `name`?"),
        ("delete from marts.workshop_products", "published sets are read, never changed"),
        ("insert into marts.workshop_products values (1)", "published sets are read, never changed"),
        ("update marts.workshop_products set name = 'x'", "published sets are read, never changed"),
        ("create table x as select 1", "published sets are read, never changed"),
        ("copy (select 1) to 'x.csv'", "published sets are read, never changed"),
        ("set datafusion.execution.batch_size = 1", "published sets are read, never changed"),
    ] {
        let outcome = project.sopmart(&["query", sql]).expect_exit(2);
        assert!(outcome.stderr.contains(told), "{sql}: {}", outcome.stderr);
    }
    assert!(!Path::new("x.csv").exists() && !project.path("x.csv").exists());
    let tables = project.sopmart(&["query", "show tables"]).expect_exit(0).stdout;
    assert!(tables.contains("workshop_products"), "{tables}");
}
