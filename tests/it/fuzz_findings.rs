//! What the targets in `fuzz/` found, each with the smallest input that shows it.

use sopmart::contract;
use sopmart::extract::{ReadOptions, Stop, read, sha256_of};
use sopmart::fault::Fault;
use sopmart::model;
use sopmart::pipeline::TimePattern;

use crate::landing_stage::Stage;

/// The lines of the rows that land, and how many records go to quarantine, with chunks of this size.
fn in_chunks(stage: &Stage, chunk_bytes: usize) -> (Vec<usize>, usize) {
    let file = stage.found().remove(0);
    let stop = Stop::default();
    let sha256 = sha256_of(&file, &stop).unwrap();
    let options = ReadOptions { threads: 1, chunk_bytes, also_required: Vec::new(), conditions: Vec::new(), stop };
    let (mut landed, mut quarantined) = (Vec::new(), 0);
    read(&file, &sha256, &stage.extract, &options, Ok, |rows| {
        landed.push(rows.batch.num_rows());
        quarantined += rows.quarantined.len();
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

fn faults_of(text: &str) -> Vec<Fault> {
    contract::parse("x.odcs.yaml", text).unwrap_err()
}

#[test]
fn what_ends_a_line_does_not_depend_on_the_size_of_a_chunk() {
    let stage = Stage::new(&[("a", "text"), ("b", "text")]);
    stage.deliver("a.csv", "a,b\r1,x\r2,y\r");
    let together = in_chunks(&stage, 1 << 20);
    assert_eq!(together, (vec![2], 0));
    let one_by_one = in_chunks(&stage, 1);
    assert_eq!(one_by_one, (vec![1, 1], 0));
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
