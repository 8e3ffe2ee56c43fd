//! What models are built as: few rows in the manifest of a table, others in files; what is damaged is built again.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::Schema;
use sopmart::engine::{self, Engine, EngineOptions, Tables, batches_table};
use sopmart::model::TableName;
use sopmart::warehouse::{BuiltFile, BuiltTable, Warehouse, find_built, note_built};

fn rows() -> RecordBatch {
    let columns: [(&str, ArrayRef); 6] = [
        ("text", Arc::new(StringArray::from(vec![Some("a"), None, Some("ü")]))),
        ("whole", Arc::new(Int64Array::from(vec![Some(i64::MIN), None, Some(7)]))),
        (
            "share",
            Arc::new(Decimal128Array::from(vec![Some(-12), None, Some(5)]).with_precision_and_scale(18, 4).unwrap()),
        ),
        ("day", Arc::new(Date32Array::from(vec![Some(19_000), None, Some(-1)]))),
        ("flag", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]))),
        ("moment", Arc::new(TimestampMicrosecondArray::from(vec![Some(1), None, Some(2)]).with_timezone("UTC"))),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, values)| (name, values, true))).unwrap()
}

fn built(rows: Vec<RecordBatch>, files: Vec<BuiltFile>) -> BuiltTable {
    BuiltTable {
        name: TableName::new("intermediate", "t"),
        fingerprint: "f".to_string(),
        schema: self::rows().schema(),
        files,
        rows,
        is_reused: false,
        milliseconds: 1,
    }
}

async fn found(warehouse: &Warehouse) -> Option<BuiltTable> {
    find_built(warehouse, &TableName::new("intermediate", "t"), "f").await.unwrap()
}

#[tokio::test]
async fn few_rows_are_found_again_as_they_were_and_none_as_none() {
    let folder = tempfile::tempdir().unwrap();
    let warehouse = Warehouse::in_folder(folder.path()).unwrap();
    assert!(found(&warehouse).await.is_none());
    for batches in [vec![rows(), rows().slice(1, 2)], Vec::new()] {
        let count = batches.iter().map(|batch| batch.num_rows() as u64).sum::<u64>();
        note_built(&warehouse, &built(batches.clone(), Vec::new())).await.unwrap();
        let again = found(&warehouse).await.unwrap();
        assert_eq!((again.rows(), &again.rows, again.is_reused), (count, &batches, true));
        assert_eq!(again.schema, rows().schema());
    }
}

#[tokio::test]
async fn rows_in_files_stay_there_and_without_a_file_there_is_no_table() {
    let folder = tempfile::tempdir().unwrap();
    let warehouse = Warehouse::in_folder(folder.path()).unwrap();
    warehouse.put("models/intermediate.t/f/a.parquet", "five5").await.unwrap();
    let file = BuiltFile { path: "models/intermediate.t/f/a.parquet".to_string(), rows: 3, bytes: 5 };
    note_built(&warehouse, &built(vec![rows()], vec![file])).await.unwrap();
    let again = found(&warehouse).await.unwrap();
    assert_eq!((again.rows(), again.rows.len(), again.files.len()), (3, 0, 1));
    warehouse.put("models/intermediate.t/f/a.parquet", "four").await.unwrap();
    assert!(found(&warehouse).await.is_none(), "the file is shorter than it was");
}

#[tokio::test]
async fn a_damaged_manifest_is_no_table() {
    let folder = tempfile::tempdir().unwrap();
    let warehouse = Warehouse::in_folder(folder.path()).unwrap();
    note_built(&warehouse, &built(vec![rows()], Vec::new())).await.unwrap();
    let path = "models/intermediate.t/f.arrow";
    let whole = std::fs::read(folder.path().join(path)).unwrap();
    let mut damaged: Vec<Vec<u8>> = (0..whole.len()).step_by(7).map(|end| whole[..end].to_vec()).collect();
    damaged.extend((0..whole.len()).step_by(5).map(|at| {
        let mut other = whole.clone();
        other[at] ^= 0x40;
        other
    }));
    damaged.push(vec![0; whole.len()]);
    for bytes in damaged {
        warehouse.put(path, bytes.clone()).await.unwrap();
        assert!(found(&warehouse).await.is_none(), "{} bytes", bytes.len());
    }
    warehouse.put(path, whole).await.unwrap();
    assert_eq!(found(&warehouse).await.unwrap().rows, [rows()]);
}

fn numbers(count: i64) -> RecordBatch {
    let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..count));
    RecordBatch::try_from_iter_with_nullable([("n", numbers, true)]).unwrap()
}

/// What a query over `staging.many` and `staging.few` is written as, by three threads.
async fn written(folder: &Path, many: i64, few: i64, sql: &str) -> (engine::Written, Warehouse) {
    let warehouse = Warehouse::in_folder(&folder.join("warehouse")).unwrap();
    let options = EngineOptions { threads: 3, memory_limit: None, spill_folder: folder.to_path_buf() };
    let engine = Engine::new(&options, &warehouse).unwrap();
    let mut tables = Tables::default();
    for (name, count) in [("many", many), ("few", few)] {
        tables.add(&TableName::new("staging", name), batches_table(vec![numbers(count)]).unwrap());
    }
    let session = engine.session(&tables).unwrap();
    let plan = session.sql(sql).await.unwrap().into_unoptimized_plan();
    (engine::write(&engine, &session, plan, &warehouse, "models/x", None).await.unwrap(), warehouse)
}

#[tokio::test]
async fn few_rows_are_in_no_file_and_beside_many_they_are() {
    for (many, few, width, in_files) in [
        (500, 500, 1, false),
        (0, 0, 1, false),
        (10_000, 3, 1, false),
        (10_000, 3, 200, true),
        (400_000, 3, 1, true),
        (400_000, 0, 1, true),
    ] {
        let text = format!("repeat('x', {width}) as t");
        let both = format!("select n, {text} from staging.many union all select n + 1000000, {text} from staging.few");
        let folder = tempfile::tempdir().unwrap();
        let (written, warehouse) = written(folder.path(), many, few, &both).await;
        assert_eq!(!written.files.is_empty(), in_files, "{many} and {few} rows");
        let expected = (0..many).sum::<i64>() + (1_000_000..1_000_000 + few).sum::<i64>();
        let sum = |batches: &[RecordBatch]| -> i64 {
            let columns = batches.iter().map(|batch| batch.column(0).as_any().downcast_ref::<Int64Array>().unwrap());
            columns.flat_map(|column| column.values().to_vec()).sum()
        };
        assert_eq!(sum(&written.rows), expected, "{many} and {few} rows, in memory");
        let mut stored = Vec::new();
        for file in &written.files {
            let bytes = warehouse.read(&file.path).await.unwrap().unwrap();
            assert_eq!(bytes.len() as u64, file.bytes);
            let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
            stored.extend(reader.build().unwrap().map(Result::unwrap));
        }
        if in_files {
            assert_eq!(sum(&stored), expected, "{many} and {few} rows, in files");
            assert_eq!(written.files.iter().map(|file| file.rows).sum::<u64>(), u64::try_from(many + few).unwrap());
        }
    }
}

#[tokio::test]
async fn marts_are_in_a_file_however_few_their_rows_are() {
    let folder = tempfile::tempdir().unwrap();
    let warehouse = Warehouse::in_folder(folder.path()).unwrap();
    let options = EngineOptions { threads: 2, memory_limit: None, spill_folder: folder.path().to_path_buf() };
    let engine = Engine::new(&options, &warehouse).unwrap();
    let session = engine.session(&Tables::default()).unwrap();
    let plan = session.sql("select 1 as k").await.unwrap().into_unoptimized_plan();
    let mart = engine::write(&engine, &session, plan, &warehouse, "marts/m", Some(&["k"])).await.unwrap();
    assert_eq!((mart.files.len(), mart.rows.len()), (1, 1), "what is built of it next need not open the file");
    let schema: &Schema = &mart.schema;
    let built = BuiltTable {
        name: TableName::new("marts", "m"),
        schema: Arc::new(schema.clone()),
        files: mart
            .files
            .iter()
            .map(|file| BuiltFile { path: file.path.clone(), rows: file.rows, bytes: file.bytes })
            .collect(),
        ..built(vec![numbers(5)], Vec::new())
    };
    let read = engine::read_back(&engine, &built).await.unwrap();
    assert_eq!((read.rows[0].num_rows(), read.rows()), (1, 1), "the file's rows, not those at hand");
}
