//! `sopmart contract infer`: from a file that nobody has described to a landed extract; and `contract lint`.

use std::io::Write;

use serde_json::Value;

use crate::cli_support::Project;

/// What is proposed for a file of these bytes.
fn inferred(file: &str, bytes: &[u8]) -> (Project, Value) {
    let project = Project::of_the_plant();
    std::fs::create_dir_all(project.path("in")).unwrap();
    std::fs::write(project.path("in").join(file), bytes).unwrap();
    let told = project.sopmart(&["contract", "infer", &format!("in/{file}"), "--output", "json"]).expect_exit(0).json();
    (project, told)
}

/// The type of each column, as `name type` in the order of the contract.
fn types(told: &Value) -> Vec<String> {
    let contract = told["contract"].as_str().unwrap();
    let mut names = contract.lines().filter_map(|line| line.strip_prefix("      - name: "));
    let kinds = contract.lines().filter_map(|line| line.strip_prefix("        physicalType: "));
    kinds.map(|kind| format!("{} {kind}", names.next().unwrap())).collect()
}

fn unsure(told: &Value) -> String {
    told["unsure"].as_array().unwrap().iter().map(|what| what.as_str().unwrap()).collect::<Vec<_>>().join("\n")
}

const GERMAN: &[u8] = b"Auftrag;Kunde;Menge;Betrag;Datum;Rabatt;Aktiv\n\
    001;M\xfcller;1.200;1.234,56;31.03.2026;;ja\n002;Schmidt;3;-7,50;01.04.2026;NULL;nein\n";

#[test]
fn a_file_that_nobody_described_lands_with_what_is_proposed_for_it() {
    let (project, told) = inferred("Aufträge 2026-03.csv", GERMAN);
    assert_eq!(told["extract"], "auftraege", "{told:#}");
    let project_file = "in/Aufträge 2026-03.csv";
    let infer = ["contract", "infer", project_file, "--name", "auftraege", "--into", "pipelines/erp"];
    let outcome = project.sopmart(&infer).expect_exit(0);
    assert!(outcome.stderr.contains("wrote pipelines/erp/contracts/auftraege.odcs.yaml"), "{outcome:?}");
    let record = project.sopmart(&["run", "erp", "--output", "json"]).expect_exit(0).json();
    let counts = ["rows_read", "rows_landed", "rows_quarantined"].map(|count| record["extracts"][0][count].clone());
    assert_eq!(counts, [2, 2, 0]);
    let pipeline = std::fs::read_to_string(project.path("pipelines/erp/pipeline.yaml")).unwrap();
    assert!(pipeline.contains("source: \"../../in\"\n"), "{pipeline}");
    project.write("in/more.csv", "a,b\n1,x\n");
    let outcome = project.sopmart(&["contract", "infer", "in/more.csv", "--into", "pipelines/erp"]).expect_exit(0);
    let told =
        "pipelines/erp/pipeline.yaml was there and is left as it is; put this under its `extracts`:\n\n  more:\n";
    assert!(outcome.stderr.contains(told), "{outcome:?}");
    project.sopmart(&["contract", "lint"]).expect_exit(0);
    // What people have written is not written over.
    let outcome = project.sopmart(&infer).expect_exit(2);
    assert!(outcome.stderr.contains("auftraege.odcs.yaml is there already"), "{outcome:?}");
}

#[test]
fn notation_encoding_and_what_is_not_sure_are_found() {
    let (_, told) = inferred("a.csv", GERMAN);
    let expected = [
        "Auftrag text",
        "Kunde text",
        "Menge integer",
        "Betrag decimal(18,2)",
        "Datum date",
        "Rabatt text",
        "Aktiv boolean",
    ];
    assert_eq!(types(&told), expected);
    let entry = told["entry"].as_str().unwrap();
    for line in [
        "encoding: windows-1252",
        "csv: {delimiter: \";\"}",
        "Menge: {values: {decimal: \",\", thousands: \".\"}}",
        "Datum: {values: {dates: [\"%d.%m.%Y\"]}}",
        "Aktiv: {values: {true: [\"ja\"], false: [\"nein\"]}}",
    ] {
        assert!(entry.contains(line), "no {line} in:\n{entry}");
    }
    let unsure = unsure(&told);
    for what in ["taken for windows-1252", "`Auftrag`: some of the numbers start with 0", "`Rabatt`: there is no value"]
    {
        assert!(unsure.contains(what), "no {what} in:\n{unsure}");
    }
    let (_, told) = inferred("b.csv", b"day\n01/02/2026\n03/04/2026\n");
    assert!(self::unsure(&told).contains("`%m/%d/%Y` would fit as well"), "{told:#}");
    let (_, told) = inferred("c.csv", b"day\n01/02/2026\n13/04/2026\n");
    assert_eq!((types(&told), unsure.contains("would fit")), (vec!["day date".into()], false));
}

#[test]
fn types_come_from_all_rows_and_not_from_a_sample() {
    let mut text = String::from("id,quantity,code,flag\n");
    for row in 0..200_000 {
        text.push_str(&format!("{row},{},{row},true\n", row % 7));
    }
    let (_, told) = inferred("a.csv", text.as_bytes());
    assert_eq!(types(&told), ["id integer", "quantity integer", "code integer", "flag boolean"]);
    assert!(told["contract"].as_str().unwrap().contains("required: true  # in all 200,000 records"));
    assert_eq!(told["contract"].as_str().unwrap().matches("primaryKey: true").count(), 1);
    text.push_str("200000,1.5,A-1,maybe\n200000,,,\n1,2\n");
    let (_, told) = inferred("a.csv", text.as_bytes());
    assert_eq!(types(&told), ["id integer", "quantity decimal(18,1)", "code text", "flag text"]);
    assert!(unsure(&told).contains("1 of 200,003 records cannot be read so"), "{told:#}");
    assert!(!told["contract"].as_str().unwrap().contains("primaryKey"), "the last number stands twice");
}

#[test]
fn numbers_are_exact_and_codes_stay_codes() {
    let (_, told) = inferred(
        "a.csv",
        b"big,wide,exponent,signed,day,ean\n1234567890123,12345678901234567890123.25,1e3,-1,20260331,0401\n2,1,2.5,+2,20251231,4002\n",
    );
    let expected = ["big bigint", "wide decimal(25,2)", "exponent double", "signed integer", "day date", "ean text"];
    assert_eq!(types(&told), expected);
    assert!(unsure(&told).contains("`day`: the numbers are all days"), "{told:#}");
}

#[test]
fn other_dialects_and_formats_are_proposed() {
    let (_, told) = inferred("a.txt", b"1\t2026-03-31\tx\n2\t2026-04-01\ty\n");
    assert_eq!(types(&told), ["column_1 integer", "column_2 date", "column_3 text"]);
    assert!(told["entry"].as_str().unwrap().contains("csv: {header: false, delimiter: tab}"));

    let lines = b"{\"id\": 1, \"ship_to\": {\"city\": \"Ulm\", \"zip\": \"07\"}}\n{\"id\": 2, \"late\": true, \"ship_to\": null}\n";
    let expected = ["id integer", "ship_to_city text", "ship_to_zip text", "late boolean"];
    let (project, told) = inferred("orders.ndjson", lines);
    assert_eq!(types(&told), expected);
    assert!(told["entry"].as_str().unwrap().contains("ship_to_city: {path: ship_to.city}"), "{told:#}");
    project.sopmart(&["contract", "infer", "in/orders.ndjson", "--into", "pipelines/web"]).expect_exit(0);
    project.sopmart(&["run", "web"]).expect_exit(0);
    let array = format!("[{}]", String::from_utf8_lossy(lines).trim().replace('\n', ",\n"));
    assert_eq!(types(&inferred("orders.json", array.as_bytes()).1), expected);

    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(b"a,b\n1,x\n").unwrap();
    assert_eq!(types(&inferred("a.csv.gz", &gzip.finish().unwrap()).1), ["a integer", "b text"]);

    let utf16: Vec<u8> = "a\tb\n1\tä\n2\t\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let (_, told) = inferred("a.tsv", &utf16);
    assert_eq!(types(&told), ["a integer", "b text"]);
    assert!(told["entry"].as_str().unwrap().contains("encoding: utf-16le"));
}

#[test]
fn what_cannot_be_proposed_says_why() {
    let project = Project::of_the_plant();
    let refused = |file: &str, bytes: &[u8], why: &str| {
        project.write(file, &String::from_utf8_lossy(bytes));
        let outcome = project.sopmart(&["contract", "infer", file]).expect_exit(2);
        assert!(outcome.stderr.contains(why), "no `{why}` in:\n{}", outcome.stderr);
    };
    refused("in/twice.csv", b"a,a\n1,2\n", "column `a` is there twice");
    refused("in/empty.csv", b"", "found no columns, expected at least one record of one value");
    refused("in/a.parquet", b"PAR1", "the file cannot be read");
    refused("in/a.json", b"[{\"a\": 1}, {", "the file cannot be read");
    let outcome = project.sopmart(&["contract", "infer", "in/nothing.csv"]).expect_exit(2);
    assert!(outcome.stderr.contains("in/nothing.csv"), "{outcome:?}");
}

#[test]
fn contracts_are_linted_all_at_once() {
    let project = Project::of_the_sample();
    let told = project.sopmart(&["contract", "lint", "--output", "json"]).expect_exit(0).json();
    assert_eq!(told["faults"], serde_json::json!([]));
    assert!(told["contracts"].as_u64().unwrap() > 60, "{told}");
    project.replace("pipelines/standard/contracts/products.odcs.yaml", "physicalType: text", "physicalType: string");
    project.replace("pipelines/standard/contracts/capacity.odcs.yaml", "kind: DataContract", "kind: Data");
    let outcome = project.sopmart(&["contract", "lint", "pipelines/standard"]).expect_exit(1);
    let contracts = std::fs::read_dir(project.path("pipelines/standard/contracts")).unwrap().count();
    let counted = format!("{contracts} contracts, 2 faults");
    for text in ["products.odcs.yaml:", "`string` is no type", "capacity.odcs.yaml:2:", &counted] {
        assert!(outcome.stderr.contains(text), "no `{text}` in:\n{}", outcome.stderr);
    }
    project.sopmart(&["contract", "lint", "nowhere"]).expect_exit(2);
}

#[test]
fn ends_of_several_characters_are_found() {
    let rows = ["292+|Next-Door|Store+|279", "294+|Two\nlines+|276", "296+|Riders+|277"];
    let (project, told) =
        inferred("stores.csv", format!("{}&|\n", rows.join("&|\n")).replace("Door|", "Door ").as_bytes());
    assert_eq!(types(&told), ["column_1 integer", "column_2 text", "column_3 integer"]);
    assert!(
        told["entry"].as_str().unwrap().contains(r#"csv: {header: false, delimiter: "+|", row_end: "&|"}"#),
        "{told:#}"
    );
    project.sopmart(&["contract", "infer", "in/stores.csv", "--into", "pipelines/crm"]).expect_exit(0);
    let record = project.sopmart(&["run", "crm", "--output", "json"]).expect_exit(0).json();
    assert_eq!(["rows_read", "rows_landed"].map(|count| record["extracts"][0][count].clone()), [3, 3]);
    // An empty field between two bars is no longer delimiter.
    let (_, told) = inferred("bars.csv", b"1||x|2\n2||y|3\n");
    assert!(told["entry"].as_str().unwrap().contains("delimiter: \"|\""), "{told:#}");
}

#[test]
fn amounts_with_signs_and_words_for_no_value_are_numbers() {
    let text = "id;net;price;note\n1;1.234,50;$1,234.50;x\n2;12,50-;($3.00);NULL\n3;99,00;NULL;y\n";
    let (project, told) = inferred("amounts.csv", text.as_bytes());
    assert_eq!(types(&told), ["id integer", "net decimal(18,2)", "price decimal(18,2)", "note text"]);
    let entry = told["entry"].as_str().unwrap();
    for line in [
        r#"net: {values: {decimal: ",", thousands: ".", negative: ["trailing_minus"]}}"#,
        r#"price: {values: {thousands: ",", negative: ["parentheses"], currency: ["$"], nulls: ["NULL"]}}"#,
        r#"note: {values: {nulls: ["NULL"]}}"#,
    ] {
        assert!(entry.contains(line), "no {line} in:\n{entry}");
    }
    assert!(unsure(&told).contains("`net`: trailing minus is taken for a negative number"), "{told:#}");
    project.sopmart(&["contract", "infer", "in/amounts.csv", "--into", "pipelines/erp"]).expect_exit(0);
    let record = project.sopmart(&["run", "erp", "--output", "json"]).expect_exit(0).json();
    assert_eq!(record["extracts"][0]["rows_quarantined"], 0);
    let (_, told) = inferred("times.csv", b"at\n1/31/2026 3:00:00 PM\n12/1/2026 11:05:09 AM\n");
    assert_eq!(types(&told), ["at timestamp"]);
}

#[test]
fn a_column_of_days_with_a_few_that_are_none_is_told_of() {
    let days = |none: &str| {
        let lines: String = (1..=19).map(|day| format!("{day},{day:02}.03.2026\n")).collect();
        format!("line,day\n{lines}20,{none}\n")
    };
    let (_, told) = inferred("a.csv", days("31.02.2026").as_bytes());
    assert_eq!(types(&told), ["line integer", "day text"]);
    let expected = "`day`: 19 of 20 values are days, and `31.02.2026` is none: make it a date, with \
                    `values: {dates: [\"%d.%m.%Y\"]}`, and let `maxQuarantined` say how many may be none";
    assert_eq!(unsure(&told).lines().find(|line| line.starts_with("`day`")), Some(expected), "{told:#}");
    let (_, told) = inferred("b.csv", days("20.03.2026").as_bytes());
    assert_eq!((types(&told)[1].as_str(), unsure(&told).contains("`day`")), ("day date", false), "{told:#}");
    let text = "line,word\n1,01.03.2026\n2,02.03.2026\n3,x\n4,y\n5,z\n6,03.03.2026\n";
    let (_, told) = inferred("c.csv", text.as_bytes());
    assert!(!unsure(&told).contains("are days"), "{told:#}");
}
