//! Every rule of the house can fail: a small right tree, and for each rule one change that breaks it alone.

use crate::tidy::{Tree, findings};

const LIB: &str = "//! The map.\n\npub mod fault;\npub mod contract;\npub mod warehouse;\npub mod land;\npub mod check;\npub mod cli;\n";
const MART: &str =
    "-- One row per day.\nwith\n\ndays as (\n    select * from intermediate.days\n)\n\nselect * from days\n";

fn right_tree() -> Tree {
    let files = [
        ("src/lib.rs", LIB),
        ("src/main.rs", "//! The binary.\n\nfn main() {\n    sopmart::cli::main();\n}\n"),
        ("src/fault.rs", "//! Faults.\n\npub struct Fault;\n"),
        ("src/contract/mod.rs", "//! Contracts.\n\nmod odcs;\n\nuse crate::fault::Fault;\n"),
        ("src/contract/odcs.rs", "//! Reads.\n\nuse super::Contract;\nuse crate::contract::{Column, Rule};\n"),
        ("src/warehouse/mod.rs", "//! Where.\n\nfn make() {\n    std::fs::create_dir_all(\"a\");\n}\n"),
        ("src/engine/mod.rs", "//! How.\n\nfn make() {\n    SessionContext::new();\n}\n"),
        (
            "src/land/mod.rs",
            "//! Lands.\n\nuse crate::extract::read;\nuse crate::{contract::Contract, warehouse::{Warehouse, lock}};\n",
        ),
        (
            "src/check/mod.rs",
            "//! Checks, by no `println!`. See crate::land.\n\nfn texts() -> &'static str {\n    \"crate::land and clap\"\n}\n",
        ),
        (
            "src/cli/mod.rs",
            "//! The command line.\n\nuse clap::Parser;\nuse crate::run;\n\nfn say() {\n    stdout();\n}\n",
        ),
        ("src/run.rs", "//! The flow.\n\nuse crate::land;\nuse crate::check::{self, Check};\n"),
        ("src/docs/mod.rs", "//! A page.\n\nuse crate::check::Check;\nuse crate::engine;\n"),
        ("sql/marts/days.sql", MART),
        ("sql/marts/days.odcs.yaml", "kind: DataContract\n"),
        (
            "sql/intermediate/days.sql",
            "-- One row per day, not from landing.days.\nwith a as (select * from staging.days join marts.dim_date on true)\n\nselect * from a\n",
        ),
        (
            "sql/staging/plant/days.sql",
            "-- One row per day.\nwith a as (select * from landing.days)\n\nselect * from a\n",
        ),
        ("sql/checks/days__are_missing.sql", "-- Days that are missing.\nselect 1\n"),
        ("tests/models/days/all_days_are_there/expected.csv", ""),
    ];
    files.map(|(path, text)| (path.to_string(), text.to_string())).into()
}

/// What breaks a rule: a file's path, its text (None: the file is missing), and a part of the finding.
type Break = (&'static str, Option<String>, &'static str);

fn breaks_of_rust() -> Vec<Break> {
    let rust = |code: &str| Some(format!("//! A sentence.\n\n{code}\n"));
    let long_function = format!("fn long() {{\n{}}}", "    step();\n".repeat(74));
    vec![
        ("src/fault.rs", Some("pub struct Fault;\n".into()), "opens with `//!`"),
        ("tests/it/some.rs", Some("fn some() {}\n".into()), "opens with `//!`"),
        ("src/check/mod.rs", rust("use crate::land::Landed;"), "stages do not know each other"),
        ("src/check/mod.rs", rust("use crate::{fault::Fault, land::Landed};"), "stages do not know each other"),
        ("src/check/deep.rs", rust("use super::super::land::Landed;"), "stages do not know each other"),
        ("src/check/mod.rs", rust("fn a() {\n    super::land::land();\n}"), "stages do not know each other"),
        ("src/check/mod.rs", rust("use crate::run::Flow;"), "only what stands above"),
        ("src/contract/mod.rs", rust("use crate::warehouse::Warehouse;"), "a noun uses nouns above it"),
        ("src/fault.rs", rust("use crate::land::Landed;"), "a noun uses nouns above it"),
        ("src/run.rs", rust("use crate::cli::Output;"), "run knows stages and nouns"),
        ("src/run.rs", rust("use crate::docs::page;"), "only what stands above"),
        ("src/docs/mod.rs", rust("use crate::run::Flow;"), "a page knows neither the run nor"),
        ("src/main.rs", rust("use sopmart::land::land;"), "main uses cli and run alone"),
        ("src/helpers.rs", rust("use crate::fault::Fault;"), "this room is unknown"),
        ("src/lib.rs", Some(LIB.replace("pub mod land;", "pub mod helpers;")), "`helpers` is unknown"),
        ("src/lib.rs", Some(LIB.replace("pub mod land;", "pub mod land;\npub mod engine;")), "out of the order"),
        ("src/run.rs", rust("use clap::Parser;"), "the command line is the business of src/cli/"),
        ("src/check/mod.rs", rust("fn a() {\n    SessionContext::new_with_state(state);\n}"), "a session is made in"),
        ("src/land/mod.rs", rust("fn a() {\n    std::fs::write(a, b);\n}"), "files are written through"),
        (
            "src/land/mod.rs",
            rust("use std::fs::File;\n\nfn a() {\n    File::create(a);\n}"),
            "files are written through",
        ),
        ("src/land/mod.rs", rust("use object_store::PutMode;"), "objects are written through"),
        ("src/land/mod.rs", rust("fn a() {\n    println!();\n}"), "what people and machines read"),
        ("src/land/mod.rs", rust("fn a() {\n    std::io::stdout();\n}"), "what people and machines read"),
        ("src/land/mod.rs", rust(&"// why\n".repeat(328)), "lines, 330 at most"),
        ("src/land/mod.rs", rust(&long_function), "`long` has 76 lines"),
    ]
}

fn breaks_of_sql() -> Vec<Break> {
    let mart = |from: &str, to: &str| Some(MART.replace(from, to));
    let joins: String =
        ["a", "b", "c", "d", "e", "f"].map(|more| format!("    join intermediate.{more} on true\n")).concat();
    vec![
        ("sql/marts/days.sql", mart("-- One row per day.", "-- Days."), "a model opens with"),
        ("sql/checks/days__are_missing.sql", Some("select 1\n".into()), "opens with a comment"),
        ("sql/marts/days.sql", mart("intermediate.days", "landing.days"), "a mart reads staging"),
        (
            "sql/intermediate/days.sql",
            Some("-- One row per day.\nwith a as (select * from marts.days)\n\nselect * from a\n".into()),
            "an intermediate reads",
        ),
        (
            "sql/staging/plant/days.sql",
            Some("-- One row per day.\nwith a as (select * from landing.a join staging.b)\n\nselect * from a\n".into()),
            "staging reads landing alone",
        ),
        (
            "sql/marts/days.sql",
            mart("select * from days\n", "select day from days\n"),
            "ends in `select day from days`",
        ),
        ("sql/marts/days.sql", mart("with\n", &format!("{}with\n", "-- why\n".repeat(113))), "lines, 120 at most"),
        ("sql/marts/days.sql", mart("intermediate.days\n", &format!("intermediate.days\n{joins}")), "reads 7 tables"),
        ("sql/marts/days.odcs.yaml", None, "has no contract"),
        ("sql/checks/days__are_missing.sql", None, "has no check"),
        ("tests/models/days/all_days_are_there/expected.csv", None, "has no test"),
        (
            "sql/checks/weeks__are_missing.sql",
            Some("-- Weeks that are missing.\nselect 1\n".into()),
            "is named <mart>__",
        ),
    ]
}

fn breaks_of_words() -> Vec<Break> {
    vec![
        ("README.md", Some("TODO: write\n".into()), "do it, or say"),
        ("tests/it/some.rs", Some("//! A.\n\n#[ignore = \"slow\"]\n".into()), "no test is ignored"),
        ("src/fault.rs", Some("//! A.\n\n#[cfg(test)]\nmod tests;\n".into()), "write them in tests/it"),
        ("src/fault.rs", Some("//! A.\n\n#[allow(clippy::pedantic)]\n".into()), "silence a lint by"),
        ("docs/a.md", Some("see /home/somebody/notes\n".into()), "a folder of one machine"),
    ]
}

#[test]
fn a_right_tree_breaks_no_rule() {
    assert_eq!(findings(&right_tree()), Vec::<String>::new());
}

#[test]
fn every_rule_finds_what_breaks_it_and_nothing_else() {
    for (path, text, expected) in [breaks_of_rust(), breaks_of_sql(), breaks_of_words()].concat() {
        let mut tree = right_tree();
        match text {
            Some(text) => tree.insert(path.to_string(), text),
            None => tree.remove(path),
        };
        let found = findings(&tree);
        assert!(
            found.len() == 1 && found[0].contains(expected),
            "{path} was expected to break one rule ({expected}), and the findings are {found:#?}"
        );
    }
}
