//! Columns that folders tell, as Hive and Spark lay out what they write.

use std::sync::Arc;

use arrow::array::{Int32Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use chrono_tz::UTC;
use parquet::arrow::ArrowWriter;
use sopmart::contract::Rule;
use sopmart::pipeline::{ColumnReader, Format, KnownAt, LoadMode, Notation};

use crate::cli_support::Project;
use crate::landing_stage::{Stage, at};

/// An extract of `region=…/month=…/*`, whose columns of these names the folders tell.
fn stage() -> Stage {
    let mut stage = Stage::new(&[("region", "text"), ("id", "integer"), ("month", "date")]);
    for column in ["region", "month"] {
        let reader = ColumnReader { notation: Notation::iso(UTC), path: None, folder: Some(column.into()) };
        stage.extract.reader.columns.insert(column.into(), reader);
    }
    stage.extract.files = "**/*.*".into();
    stage
}

#[test]
fn a_folder_tells_the_value_of_all_rows_of_its_files() {
    let stage = stage();
    stage.deliver("region=north%20east/month=2026-03-01/a.csv", "id\n1\n2\n");
    stage.deliver("region=__HIVE_DEFAULT_PARTITION__/month=2026-04-01/a.csv", "id\n3\n");
    stage.land();
    assert_eq!(stage.rows(), ["∅|3|2026-04-01", "north east|1|2026-03-01", "north east|2|2026-03-01"]);
}

#[test]
fn equal_files_in_two_folders_are_two_contents() {
    let mut stage = stage();
    for region in ["east", "west"] {
        stage.deliver(&format!("region={region}/month=2026-03-01/a.csv"), "id\n1\n");
    }
    let landed = stage.land();
    assert_eq!(landed.shown.warnings, [""; 0]);
    assert_eq!(stage.rows(), ["east|1|2026-03-01", "west|1|2026-03-01"]);
    // Under `replace` a file that moves to another folder is news.
    stage.extract.load = LoadMode::Replace;
    stage.land();
    stage.remove("region=east/month=2026-03-01/a.csv");
    stage.deliver("region=south/month=2026-03-01/a.csv", "id\n1\n");
    stage.land_on("2024-06-02");
    assert_eq!(stage.rows(), ["south|1|2026-03-01", "west|1|2026-03-01"]);
}

#[test]
fn a_folder_may_date_the_rows() {
    let mut stage = stage();
    stage.extract.known_at = KnownAt::Column("month".into());
    stage.deliver("region=west/month=2024-03-01/a.csv", "id\n1\n");
    stage.deliver("region=west/month=2024-05-01/a.csv", "id\n2\n");
    let landed = stage.land();
    let known: Vec<_> = landed.loads.iter().map(|load| load.known_at).collect();
    assert_eq!(known, [at("2024-03-01"), at("2024-05-01")]);
}

#[test]
fn what_folders_do_not_tell_or_tell_wrongly_lands_nothing() {
    let mut stage = stage();
    stage.deliver("region=west/a.csv", "id\n1\n");
    let error = stage.land_error();
    assert!(error.contains("region=west/a.csv: the file lies below no folder `month=…`"), "{error}");
    stage.remove("region=west/a.csv");
    stage.deliver("region=west/month=March/a.csv", "id\n1\n");
    let error = stage.land_error();
    assert!(error.contains("folder `month=…`, column `month`: found `March`, expected date"), "{error}");
    stage.remove("region=west/month=March/a.csv");
    stage.deliver("region=west/month=2026-03-01/a.csv", "id\n1\n");
    for written in ["50%E9", "5%00"] {
        let name = format!("region={written}/month=2026-03-01/a.csv");
        stage.deliver(&name, "id\n1\n");
        let error = stage.land_error();
        assert!(error.contains("folder `region=…`, column `region`: found bytes that are no text"), "{error}");
        stage.remove(&name);
    }
    stage.rule("region", Rule::ValidValues(vec!["north".into(), "south".into()]));
    let error = stage.land_error();
    assert!(error.contains("found `west`, expected one of north, south"), "{error}");
}

#[test]
fn formats_with_types_have_such_folders_too() {
    let mut stage = stage();
    stage.extract.reader.format = Format::Parquet;
    let schema = Arc::new(Schema::new(vec![Field::new("id", DataType::Int32, true)]));
    let batch = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(Int32Array::from(vec![7, 8]))]).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, schema, None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    stage.deliver("region=west/month=2026-03-01/a.parquet", bytes);
    stage.land();
    assert_eq!(stage.rows_with_lines(), ["west|7|2026-03-01|1", "west|8|2026-03-01|2"]);
}

#[test]
fn a_pipeline_says_which_folder_tells_a_column() {
    let project = Project::of_the_plant();
    project.write("in/line=A/a.csv", "product_id\nX\nY\n");
    project.write("in/line=B/b.csv", "product_id\nZ\n");
    let entry = |further: &str| {
        let text = format!(
            "name: lines\nsource: ../../in\nsettings: {{as_of: 2026-03-31}}\nextracts:\n  lines:\n    files: '*/*.csv'\n    \
             columns: {{line: {{folder: line{further}}}}}\nentities: {{}}\n"
        );
        project.write("pipelines/lines/pipeline.yaml", &text);
    };
    entry("");
    let contract = |quality: &str| {
        let text = format!(
            "apiVersion: v3.1.0\nkind: DataContract\nid: lines\nname: lines\nversion: 1.0.0\nstatus: active\nschema:\n  \
             - name: lines\n    physicalType: file\n    description: One row.\n{quality}    properties:\n      \
             - {{name: line, physicalType: text, required: true}}\n      - {{name: product_id, physicalType: text}}\n"
        );
        project.write("pipelines/lines/contracts/lines.odcs.yaml", &text);
    };
    contract("");
    let record = project.sopmart(&["run", "lines", "--output", "json"]).expect_exit(0).json();
    assert_eq!(record["extracts"][0]["rows_landed"], 3);
    entry(", path: a.b");
    let told = project.sopmart(&["check", "lines"]).expect_exit(1).stderr;
    assert!(
        told.contains("a `path` in the records or a `folder`, not both") || told.contains("`path` does nothing"),
        "{told}"
    );
    entry("");
    contract("    quality:\n      - {type: sql, name: known, query: \"line = 'A'\", mustBe: true}\n");
    let told = project.sopmart(&["check", "lines"]).expect_exit(1).stderr;
    assert!(told.contains("row rule `known`"), "{told}");
}
