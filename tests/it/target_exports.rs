//! Plain files of the published set: Parquet, CSV and a workbook, of one entry each, and `current` with the one that is
//! whole.

use std::collections::BTreeMap;
use std::path::Path;

use calamine::{Data, Reader, Xlsx, open_workbook};
use serde_json::Value;

use crate::cli_support::Project;

const PIPELINE: &str = "pipelines/standard/pipeline.yaml";

fn workshop(exports: &str) -> Project {
    let project = Project::of_the_workshop();
    let pipeline = project.read(PIPELINE);
    project.write(PIPELINE, &format!("{pipeline}targets:\n  exports: {exports}\n"));
    project
}

fn rename_a_product(project: &Project, to: &str) {
    let products = project.read("sample_data/products.csv");
    let mut lines: Vec<String> = products.lines().map(str::to_string).collect();
    let cells: Vec<&str> = lines[1].splitn(3, ',').collect();
    lines[1] = format!("{},{to},{}", cells[0], cells[2]);
    project.write("sample_data/products.csv", &(lines.join("\n") + "\n"));
}

fn files_below(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_string();
        if path.is_dir() {
            found.extend(files_below(&path).into_iter().map(|below| format!("{name}/{below}")));
        } else {
            found.push(name);
        }
    }
    found.sort();
    found
}

#[test]
fn files_of_each_format_stand_below_the_entry_and_current_names_it() {
    let project = workshop("{parquet: all, csv: [workshop_products], excel: [workshop_hours, workshop_products]}");
    project.sopmart(&["run"]).expect_exit(0);
    let expected = [
        "1/set.json",
        "1/standard.xlsx",
        "1/workshop_hours/0.parquet",
        "1/workshop_products.csv",
        "1/workshop_products/0.parquet",
        "current",
    ];
    assert_eq!(files_below(&project.path("warehouse/exports")), expected);
    assert_eq!(project.read("warehouse/exports/current"), "1\n");
    let published = std::fs::read_dir(project.path("warehouse/marts/workshop_products"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|ending| ending == "parquet"))
        .unwrap();
    let exported = project.path("warehouse/exports/1/workshop_products/0.parquet");
    assert_eq!(std::fs::read(published).unwrap(), std::fs::read(exported).unwrap(), "Parquet is the mart's own file");
    let set: Value = serde_json::from_str(&project.read("warehouse/exports/1/set.json")).unwrap();
    assert_eq!(set["entry"], 1);
    assert_eq!(set["as_of"], "2026-03-31");
    assert_eq!(set["rows"]["workshop_products"], project.value("select count(*) as n from marts.workshop_products"));
}

#[test]
fn csv_holds_the_rows_in_the_order_of_the_key_and_tells_null_from_nothing() {
    let project = workshop("{csv: all}");
    project.write(
        "sql/marts/workshop_products.sql",
        "-- One row per product.\nselect\n    product_id,\n    case when product_id = 'TB-120' then 'a \"quoted\", name\nin two lines' \
         when product_id = 'TB-180' then '' else name end as name,\n    nullif(family, 'Tables') as family\nfrom staging.products\n",
    );
    project.sopmart(&["run"]).expect_exit(0);
    let text = project.read("warehouse/exports/1/workshop_products.csv");
    assert!(text.starts_with("product_id,name,family\r\n"), "{text}");
    assert!(text.contains("TB-120,\"a \"\"quoted\"\", name\nin two lines\",\r\n"), "{text}");
    assert!(text.contains("TB-180,\"\",\r\n"), "an empty text is none that is missing: {text}");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let ids: Vec<String> = reader.records().map(|record| record.unwrap()[0].to_string()).collect();
    let expected = project.rows("select product_id from marts.workshop_products order by product_id");
    assert_eq!(ids, expected.iter().map(|row| row["product_id"].as_str().unwrap()).collect::<Vec<_>>());
}

#[test]
fn the_workbook_has_typed_cells_a_dictionary_and_says_where_it_is_from() {
    let project = workshop("{excel: all}");
    let run = project.sopmart(&["run", "--output", "json"]).expect_exit(0).json();
    let path = project.path("warehouse/exports/1/standard.xlsx");
    let mut workbook: Xlsx<_> = open_workbook(&path).unwrap();
    assert_eq!(workbook.sheet_names(), ["About", "workshop_hours", "workshop_products", "Dictionary"]);
    let about = workbook.worksheet_range("About").unwrap();
    let said: BTreeMap<String, String> =
        about.rows().filter(|row| row.len() > 1).map(|row| (row[0].to_string(), row[1].to_string())).collect();
    assert_eq!(said["as of"], "2026-03-31");
    assert_eq!(said["run"], run["run_id"].as_str().unwrap());
    let hashes: Vec<String> = about.rows().filter_map(|row| Some(row.get(7)?.to_string())).collect();
    let file = project.path("warehouse/published/1.json");
    let entry: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let hash = entry["marts"]["workshop_hours"]["files"][0]["sha256"].as_str().unwrap();
    assert!(hashes.iter().any(|told| told == hash), "{hashes:?}");
    let hours = workbook.worksheet_range("workshop_hours").unwrap();
    let rows = project.rows("select * from marts.workshop_hours order by work_center_id, month");
    assert_eq!(hours.height(), rows.len() + 1);
    for (cells, row) in hours.rows().skip(1).zip(&rows) {
        assert_eq!(cells[0].to_string(), row["work_center_id"].as_str().unwrap());
        assert!(matches!(cells[1], Data::DateTime(_)), "a date is a date: {:?}", cells[1]);
        let date = cells[1].as_datetime_date();
        assert_eq!(date, row["month"].as_str().unwrap());
        match row["shift_hours"].as_str() {
            Some(hours) => assert_eq!(cells[2], Data::Float(hours.parse().unwrap())),
            None => assert_eq!(cells[2], Data::Empty),
        }
    }
    let dictionary = workbook.worksheet_range("Dictionary").unwrap();
    let line = dictionary.rows().find(|row| matches!(&row[1], Data::String(name) if name == "shift_hours")).unwrap();
    assert_eq!(line[3].to_string(), "hours");
    assert_eq!(line[6].to_string(), "Hours of its shifts.");
}

/// The day of a cell, as everybody writes it.
trait Day {
    fn as_datetime_date(&self) -> String;
}

impl Day for Data {
    fn as_datetime_date(&self) -> String {
        let Data::DateTime(moment) = self else { panic!("{self:?} is no date") };
        let (year, month, day, ..) = moment.to_ymd_hms_milli();
        format!("{year:04}-{month:02}-{day:02}")
    }
}

#[test]
fn equal_sets_make_equal_files() {
    let project = workshop("{csv: all, excel: all}");
    project.sopmart(&["run"]).expect_exit(0);
    let files = ["1/standard.xlsx", "1/workshop_hours.csv", "1/workshop_products.csv", "1/set.json"];
    let read = || files.map(|file| std::fs::read(project.path(&format!("warehouse/exports/{file}"))).unwrap());
    let before = read();
    std::fs::remove_dir_all(project.path("warehouse/exports")).unwrap();
    project.sopmart(&["run"]).expect_exit(0);
    assert_eq!(read(), before);
}

#[test]
fn an_unchanged_set_writes_nothing_and_another_choice_of_formats_the_set_anew() {
    let project = workshop("{csv: [workshop_hours]}");
    project.sopmart(&["run"]).expect_exit(0);
    let file = project.path("warehouse/exports/1/workshop_hours.csv");
    let written = file.metadata().unwrap().modified().unwrap();
    project.sopmart(&["run"]).expect_exit(0);
    assert_eq!(file.metadata().unwrap().modified().unwrap(), written);
    project.replace(PIPELINE, "csv: [workshop_hours]", "csv: all");
    project.sopmart(&["run"]).expect_exit(0);
    assert!(project.path("warehouse/exports/1/workshop_products.csv").is_file());
}

#[test]
fn old_sets_go_and_files_of_others_stay() {
    let project = workshop("{to: out, csv: [workshop_products], keep: 2}");
    project.write("pipelines/standard/out/1/notes.txt", "mine");
    for round in 1..=4 {
        rename_a_product(&project, &format!("Name {round}"));
        project.sopmart(&["run"]).expect_exit(0);
    }
    let files = files_below(&project.path("pipelines/standard/out"));
    let expected =
        ["1/notes.txt", "3/set.json", "3/workshop_products.csv", "4/set.json", "4/workshop_products.csv", "current"];
    assert_eq!(files, expected);
    assert!(project.read("pipelines/standard/out/4/workshop_products.csv").contains("Name 4"));
}

#[test]
fn a_mart_beyond_a_sheets_rows_is_refused_with_advice_and_current_stays() {
    let project = workshop("{excel: all}");
    project.sopmart(&["run"]).expect_exit(0);
    project.write(
        "sql/marts/workshop_products.sql",
        "-- One row per number.\nselect\n    cast(value as varchar) as product_id,\n    'x' as name,\n    'y' as family\nfrom generate_series(1, 1048576)\n",
    );
    let refused = project.sopmart(&["run"]).expect_exit(3);
    assert!(
        refused.stderr.contains(
            "marts.workshop_products has 1048576 rows, and a sheet of Excel holds 1048575: leave it out of `excel`"
        ),
        "{}",
        refused.stderr
    );
    assert_eq!(project.read("warehouse/exports/current"), "1\n");
    project.replace(PIPELINE, "excel: all", "excel: [workshop_hours]");
    project.sopmart(&["run"]).expect_exit(0);
    assert_eq!(project.read("warehouse/exports/current"), "2\n");
}

#[test]
fn a_place_that_cannot_be_written_is_named_and_the_set_is_published() {
    let project = workshop("{to: out, csv: all}");
    project.write("pipelines/standard/out", "a file where a folder should be");
    let behind = project.sopmart(&["run"]).expect_exit(3);
    assert!(behind.stderr.contains("exports to") && behind.stderr.contains("out"), "{}", behind.stderr);
    assert_eq!(project.entry(), 1);
}
