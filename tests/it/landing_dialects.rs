//! CSV in the dialects that systems print: what ends a field and a record, what is quoted and escaped, what is no record.

use sopmart::pipeline::{Ragged, RowEnd};

use crate::landing_stage::Stage;

fn two_texts() -> Stage {
    Stage::new(&[("a", "text"), ("b", "text")])
}

#[test]
fn fields_and_records_may_end_with_several_characters() {
    let mut stage = Stage::new(&[("id", "integer"), ("name", "text"), ("note", "text")]);
    stage.csv().has_header = false;
    stage.csv().delimiter = "+|".into();
    stage.csv().row_end = RowEnd::Text("&|\r\n".into());
    stage.csv().quote = None;
    stage.deliver("a.csv", "1+|one\ttab+|two\r\nlines&|\r\n2+|a+b|c+|&&|\r\n3+|+|last&|");
    stage.land();
    let expected = ["1|one\ttab|two\r\nlines|1", "2|a+b|c|&|3", "3|∅|last|4"];
    assert_eq!(stage.rows_with_lines(), expected);
}

#[test]
fn a_line_end_behind_the_mark_of_a_record_belongs_to_no_record() {
    let mut stage = two_texts();
    stage.csv().delimiter = ";".into();
    stage.csv().row_end = RowEnd::Text("#".into());
    stage.deliver("a.csv", "a;b#\n1;x\ny#\r\n2;z#3;w#\n");
    stage.land();
    assert_eq!(stage.rows(), ["1|x\ny", "2|z", "3|w"]);
}

#[test]
fn an_escape_takes_the_meaning_from_what_follows() {
    let mut stage = two_texts();
    stage.csv().escape = Some(b'\\');
    let text = "a,b\n\"say \\\"no\\\"\",x\\,y\n\"doubled \"\" too\",back\\\\slash\nline\\\nend,\"\\\\\"\n";
    stage.deliver("a.csv", text);
    stage.land();
    let expected = ["say \"no\"|x,y|2", "doubled \" too|back\\slash|3", "line\nend|\\|4"];
    assert_eq!(stage.rows_with_lines(), expected);
}

#[test]
fn lines_may_end_in_cr_alone_or_in_crlf() {
    for end in ["\r", "\r\n", "\n"] {
        let stage = two_texts();
        stage.deliver("a.csv", ["a,b", "1,x", "\"2\",y", "", "3,z"].join(end));
        stage.land();
        assert_eq!(stage.rows_with_lines(), ["1|x|2", "2|y|3", "3|z|5"], "{end:?}");
    }
}

#[test]
fn a_line_end_of_another_kind_goes_to_quarantine() {
    let complaints = two_texts().complaints("a,b\n1,x\n2,y\r3,z\n\"4\r\",\"in\rquotes\"\n");
    let expected =
        ["3 - line_ends: found a CR alone in the text, expected the line end of the first line, or quotes around it"];
    // Three fields and a CR among them: the number of fields is what is told.
    assert_eq!(complaints, ["3 - fields: found 3 fields, expected 2"]);
    let complaints = two_texts().complaints("a,b\n1,x\n2,y\rz\n");
    assert_eq!(complaints, expected);
    let complaints = two_texts().complaints("a,b\r1,x\r2,y\nz\r");
    let expected =
        ["3 - line_ends: found an LF in the text, expected the line end of the first line, or quotes around it"];
    assert_eq!(complaints, expected);
}

#[test]
fn comments_preambles_footers_and_headers_that_come_again_are_counted_and_left_out() {
    let mut stage = Stage::new(&[("id", "integer"), ("name", "text")]);
    stage.csv().skip_lines = 2;
    stage.csv().footer_lines = 2;
    stage.csv().comments = vec!["#".into(), "//".into()];
    let text = "Orders \"as of\nToday,,\n# a comment, with a \"quote\nid,name\n1,one\n#2,two\n\nid,name\n3,\"# three\"\n\u{feff}id,name\n//4\nTotal,2\nprinted by X\n\n";
    stage.deliver("a.csv", text);
    let landed = stage.land();
    assert_eq!(stage.rows_with_lines(), ["1|one|5", "3|# three|9"]);
    let left_out = &landed.loads[0].files[0].batch.left_out;
    let told: Vec<String> = left_out.iter().map(|(what, lines)| format!("{lines} {what}")).collect();
    assert_eq!(told, ["3 comment", "2 footer", "2 header again", "2 preamble"]);
}

#[test]
fn a_footer_is_left_out_wherever_chunks_end() {
    let rows: String = (0..300_000).map(|row| format!("{row},name of row {row}, with more text\n")).collect();
    let mut stage = Stage::new(&[("id", "integer"), ("name", "text"), ("more", "text")]);
    stage.csv().has_header = false;
    stage.csv().footer_lines = 3;
    stage.deliver("a.csv", format!("{rows}sum,1,2\n\nmean,1,2\nend"));
    let landed = stage.land();
    assert_eq!(landed.files[0].rows_landed, 300_000);
}

#[test]
fn ragged_records_are_padded_or_cut_only_where_that_is_said() {
    let text = "a,b\n1\n2,x\n3,y,\"\"\n4,z,more\n,\n5,w,,\n";
    let complaints = two_texts().complaints(text);
    assert_eq!(complaints.len(), 4);
    assert_eq!(complaints[0], "2 - fields: found 1 field, expected 2");

    let mut stage = two_texts();
    stage.csv().ragged = Ragged::Pad;
    assert_eq!(stage.complaints(text), ["5 - fields: found 3 fields, expected 2"]);
    assert_eq!(stage.rows(), ["1|∅", "2|x", "3|y", "∅|∅", "5|w"]);

    let mut stage = two_texts();
    stage.csv().ragged = Ragged::Cut;
    stage.deliver("a.csv", text);
    stage.land();
    assert_eq!(stage.rows(), ["1|∅", "2|x", "3|y", "4|z", "∅|∅", "5|w"]);
}

#[test]
fn what_is_no_text_goes_to_quarantine() {
    let mut text = b"a,b\n1,x\n2,n\0l\n3,".to_vec();
    text.extend(b"\xFF\n\xEF\xBB\xBF4,y\n");
    let complaints = two_texts().complaints(text);
    let expected = [
        "3 - encoding: found a NUL character, expected text",
        "4 - encoding: found bytes that are no character of the file's encoding",
        "5 - encoding: found a byte order mark, expected it at the start of the file alone",
    ];
    assert_eq!(complaints, expected);
}

#[test]
fn a_tsv_is_separated_by_tabs_and_a_header_may_have_blanks_around_its_names() {
    let mut stage = two_texts();
    stage.csv().delimiter = "\t".into();
    stage.deliver("a.csv", " b \ta\nx\t1\n");
    stage.land();
    assert_eq!(stage.rows(), ["1|x"]);
}
