//! What the targets in `fuzz/` found, each with the smallest input that shows it.

use std::collections::BTreeMap;
use std::path::Path;

use sopmart::contract::{self, Contract, type_name};
use sopmart::extract::{ReadOptions, Stop, find, read, sha256_of};
use sopmart::fault::Fault;
use sopmart::infer::infer;
use sopmart::model;
use sopmart::pipeline::{Extract, Overrides, Pipeline, Project, Ragged, TimePattern};

use crate::landing_stage::Stage;

/// How many rows land of each chunk that has any, and the records that go to quarantine as people may be shown them, with
/// chunks of this size.
fn in_chunks(extract: &Extract, chunk_bytes: usize) -> (Vec<usize>, Vec<String>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let file = runtime.block_on(find(extract)).unwrap().remove(0);
    let stop = Stop::default();
    let sha256 = sha256_of(&file, &stop).unwrap();
    let options = ReadOptions { threads: 1, chunk_bytes, also_required: Vec::new(), conditions: Vec::new(), stop };
    let (mut landed, mut quarantined) = (Vec::new(), Vec::new());
    read(&file, &sha256, extract, &options, Ok, |rows| {
        landed.push(rows.batch.num_rows());
        quarantined.extend(rows.quarantined.into_iter().map(|record| record.shown_text));
        Ok(())
    })
    .unwrap();
    landed.retain(|rows| *rows > 0);
    (landed, quarantined)
}

/// A contract of one text column, with more to say about it.
fn contract_of(column: &str) -> String {
    format!(
        "apiVersion: v3.1.0\nkind: DataContract\nid: x\nname: x\nversion: 1.0.0\nstatus: active\n\
         schema: [{{name: x, properties: [{{name: a, {column}}}]}}]\n"
    )
}

fn read_pipeline(folder: &Path, text: &str) -> Result<Pipeline, Vec<Fault>> {
    let file = folder.join("pipeline.yaml");
    std::fs::write(&file, text).unwrap();
    let project = Project { folder: folder.to_path_buf(), files: BTreeMap::new() };
    sopmart::pipeline::read(&project, &file, &Overrides::default())
}

/// The contract that is proposed for a file, how many rows land under it, and how many records go to quarantine.
fn proposed(name: &str, content: &str) -> (Contract, usize, usize) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::create_dir(folder.join("contracts")).unwrap();
    std::fs::write(folder.join(name), content).unwrap();
    let proposal = infer(&folder.join(name), None, 1).unwrap_or_else(|error| panic!("{error}"));
    std::fs::write(folder.join("contracts/orders.odcs.yaml"), &proposal.contract).unwrap();
    let pipeline = read_pipeline(folder, &format!("name: x\nextracts:\n{}", proposal.entry));
    let extract = pipeline.unwrap_or_else(|faults| panic!("{faults:?}\n{}", proposal.contract)).extracts.remove(0);
    let (landed, quarantined) = in_chunks(&extract, 1 << 20);
    (extract.contract, landed.into_iter().sum(), quarantined.len())
}

fn columns(contract: &Contract) -> Vec<String> {
    contract.columns.iter().map(|column| format!("{} {}", column.name, type_name(&column.data_type))).collect()
}

fn faults_of(text: &str) -> Vec<Fault> {
    contract::parse("x.odcs.yaml", text).unwrap_err()
}

#[test]
fn what_ends_a_line_does_not_depend_on_the_size_of_a_chunk() {
    let stage = Stage::new(&[("a", "text"), ("b", "text")]);
    stage.deliver("a.csv", "a,b\r1,x\r2,y\r");
    let together = in_chunks(&stage.extract, 1 << 20);
    assert_eq!(together, (vec![2], vec![]));
    let one_by_one = in_chunks(&stage.extract, 1);
    assert_eq!(one_by_one, (vec![1, 1], vec![]));
}

#[test]
fn a_pattern_in_which_a_number_of_any_length_runs_into_the_next_is_refused() {
    for pattern in ["%Y%-m%-d", "%-d%m.%Y", "%-d1.%m.%Y", "%Y-%m-%d %-H%M", "%Y-%m-%d %H:%M:%S.%f%f"] {
        TimePattern::parse(pattern, true).expect_err(pattern);
    }
    for pattern in ["%Y%m%-d", "%-d.%-m.%Y", "%Y%m%d%H%M%S%f", "%-d%b%Y", "%Y-%m-%d %H.%M.%f%z"] {
        TimePattern::parse(pattern, true).expect(pattern);
    }
}

#[test]
fn a_pattern_that_has_a_part_of_the_time_twice_is_refused() {
    let why = TimePattern::parse("%Y-%m-%d %M:%M", true).unwrap_err();
    assert_eq!(why, "has `%M` twice");
}

#[test]
fn blanks_around_a_pattern_are_no_part_of_it() {
    let mut stage = Stage::new(&[("a", "date"), ("b", "text")]);
    stage.extract.reader.notation.dates = vec![TimePattern::parse(" %d.%m.%Y ", false).unwrap()];
    stage.deliver("a.csv", "a,b\n29.02.2024,x\n");
    stage.land();
    assert_eq!(stage.rows(), ["2024-02-29|x"]);
}

#[test]
fn a_query_that_is_too_deep_is_refused_at_its_place() {
    let deep = [
        format!("select a{}", " or a".repeat(10_000)),
        format!("select a{} from from", " or a".repeat(10_000)),
        format!("select {}a{}", "case when true then ".repeat(10_000), " end".repeat(10_000)),
        format!("select 1{}", " union all select 1".repeat(10_000)),
        format!("select {}1", "interval ".repeat(10_000)),
        format!("select {}1{}", "(".repeat(10_000), ")".repeat(10_000)),
        format!("select (a{}) and a", " or a".repeat(999)),
    ];
    for sql in deep {
        let fault = model::parse("x.sql", &sql).unwrap_err();
        assert!(fault.place.is_some() || fault.message.contains("too deeply"), "{}: {fault}", &sql[..30]);
        model::condition_columns(sql.trim_start_matches("select ")).unwrap_err();
    }
}

#[test]
fn a_query_may_be_long_where_it_is_not_deep() {
    let sides = [
        format!("select {}0", "a + a, ".repeat(10_000)),
        format!("select case {} end", "when a = 1 then 'b' ".repeat(10_000)),
        format!("select a in ({}0)", "1, ".repeat(10_000)),
        format!("select a from (values {}(1, 'x')) as t", "(1, 'x'), ".repeat(10_000)),
        format!("select a{}", " or a".repeat(900)),
    ];
    for sql in sides {
        let read = model::parse("x.sql", &sql).unwrap_or_else(|fault| panic!("{fault}"));
        // A copy takes the most stack of all that is done with it.
        assert_eq!(read.clone().statement, read.statement);
    }
}

#[test]
fn a_fault_is_in_its_line_where_lines_end_in_cr_alone() {
    let text = contract_of("physicalType: txt").replace('\n', "\r");
    let place = faults_of(&text).remove(0).place.unwrap();
    assert_eq!((place.line, place.column), (7, 57));
    assert!(place.line_text.starts_with("schema: "), "{place:?}");
}

#[test]
fn a_rule_whose_pattern_is_one_between_brackets_alone_is_refused() {
    let column = "physicalType: text, quality: [{metric: invalidValues, arguments: {pattern: 'a)|(b'}, mustBe: 0}]";
    let message = &faults_of(&contract_of(column))[0].message;
    assert!(message.starts_with("`pattern` is no regular expression"), "{message}");
}

#[test]
fn a_file_of_which_all_is_left_out_has_no_header() {
    let mut stage = Stage::new(&[("a", "text"), ("b", "text")]);
    stage.csv().skip_lines = 1;
    stage.deliver("a.csv", "9");
    let error = stage.land_error();
    assert!(error.contains("the file is empty, expected a header line behind what is left out"), "{error}");
}

#[test]
fn of_two_signs_of_currency_the_longer_one_is_meant() {
    let mut stage = Stage::new(&[("a", "integer"), ("b", "text")]);
    stage.extract.reader.notation.currency = vec!["$".into(), "US$".into()];
    stage.deliver("a.csv", "a,b\n7US$,x\nUS$8,x\n$9,x\n");
    stage.land();
    assert_eq!(stage.rows(), ["7|x", "8|x", "9|x"]);
}

#[test]
fn a_sign_of_currency_that_is_a_part_of_numbers_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("contracts")).unwrap();
    std::fs::write(folder.path().join("contracts/x.odcs.yaml"), contract_of("physicalType: integer")).unwrap();
    let faults = |sign: &str| {
        let text = format!("name: x\nextracts: {{x: {{files: x.csv, values: {{currency: ['€', '{sign}']}}}}}}\n");
        read_pipeline(folder.path(), &text).map_or_else(|faults| faults.len(), |_| 0)
    };
    // `-5` would land as 5, and `.5` as 5.
    assert_eq!(["-", ".", "0", " ", "(", "-1"].map(faults), [1; 6]);
    assert_eq!(["kr.", ",-", "CHF", ".--"].map(faults), [0; 4]);
}

#[test]
fn a_proposal_has_characters_of_control_as_yaml_takes_them() {
    let (contract, landed, _) = proposed("orders.csv", "a\u{8d},\u{7f}b\nx,1\n");
    assert_eq!((columns(&contract), landed), (vec!["a\u{8d} text".into(), "\u{7f}b integer".into()], 1));
}

#[test]
fn what_is_null_in_every_object_is_a_column_unless_it_is_an_object_elsewhere() {
    let text = "{\"id\": 1, \"x\": null, \"o\": null}\n{\"id\": 2, \"x\": null, \"o\": {\"y\": \"z\"}}\n";
    let (contract, landed, quarantined) = proposed("orders.json", text);
    assert_eq!(columns(&contract), ["id integer", "x text", "o_y text"]);
    assert_eq!((landed, quarantined), (2, 0));
}

#[test]
fn what_no_path_leads_to_is_left_out_of_a_proposal() {
    let (contract, landed, _) = proposed("orders.json", "{\"a.b\": 1, \"o\": {\"x.y\": 1, \"z\": 2}}\n");
    assert_eq!((columns(&contract), landed), (vec!["a.b integer".into(), "o_z integer".into()], 1));
}

#[test]
fn a_file_with_a_name_of_every_landed_table_is_refused_before_it_is_proposed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("orders.csv");
    std::fs::write(&file, "_source_row,b\nx,1\n").unwrap();
    let error = infer(&file, None, 1).unwrap_err().to_string();
    assert!(error.contains("column `_source_row` has a name that every landed table uses"), "{error}");
}

#[test]
fn a_proposal_reads_dates_and_numbers_as_landing_does() {
    // Chrono takes blanks before a number, and signs; a decimal has 38 digits in all.
    let wide = "1234567890123456789012345678901234,x\n0.12345678,x\n";
    for rows in [" 1/02/2024,x\n", "01/ 2/2024,x\n", "+1/+2/2024,x\n", "\u{a0},1\n", " NULL,1\n", "1.,x\n", wide] {
        let (contract, landed, quarantined) = proposed("orders.csv", &format!("a,b\n{rows}"));
        assert_eq!((landed, quarantined), (rows.lines().count(), 0), "{rows} as {:?}", columns(&contract));
    }
}

#[test]
fn a_masked_record_that_was_padded_shows_nothing_of_the_next_one() {
    let mut stage = Stage::new(&[("a", "integer"), ("b", "text"), ("c", "text")]);
    stage.csv().delimiter = "::".into();
    stage.csv().ragged = Ragged::Pad;
    stage.column("a").is_personal = true;
    stage.deliver("a.csv", "a::b::c\nx\nSecret::1::2\n");
    let (_, shown) = in_chunks(&stage.extract, 1 << 20);
    assert_eq!(shown, ["*", "******::1::2"]);
}

#[test]
fn a_cr_behind_a_quote_at_the_end_of_a_file_is_half_a_crlf_in_every_dialect() {
    let mut stage = Stage::new(&[("a", "text"), ("b", "text")]);
    stage.deliver("a.csv", "a,b\n1,\"x\"\r");
    stage.land();
    assert_eq!(stage.rows(), ["1|x"]);
    stage.csv().comments = vec!["#".into()];
    stage.land_on("2024-06-02");
    assert_eq!(stage.rows(), ["1|x"]);
}
