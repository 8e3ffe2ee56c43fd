//! The house's rules, held over the text of the tree: what ARCHITECTURE.md calls invariants.
//! `tidy_rust` and `tidy_sql` hold the rules, `tidy_cases` shows that each of them can fail.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use crate::cli_support::repository;
use crate::{tidy_rust, tidy_sql};

/// Every text file of the tree, by its path below the root with `/` between folders.
pub type Tree = BTreeMap<String, String>;

/// Folders below the root that hold nothing of ours.
const NOT_OURS: [&str; 6] = [".git", ".venv", "__pycache__", "node_modules", "target", "warehouse"];

/// Endings of the files that people write.
const WRITTEN: [&str; 9] = ["rs", "sql", "yaml", "yml", "toml", "md", "py", "txt", "sh"];

#[test]
fn the_tree_keeps_the_rules_of_the_house() {
    let tree = read_tree(&repository());
    assert!(tree.contains_key("src/lib.rs"), "the tree was not found");
    let findings = findings(&tree);
    assert!(
        findings.is_empty(),
        "{} rules of ARCHITECTURE.md, \"Invariants\", are broken:\n  {}\n",
        findings.len(),
        findings.join("\n  ")
    );
}

/// Everything in a tree that breaks a rule, one line each: the place, what it is, and what to do.
pub fn findings(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    findings.extend(tidy_rust::findings(tree));
    findings.extend(tidy_sql::findings(tree));
    findings.extend(unwanted_words(tree));
    findings.sort();
    findings
}

/// Words that stand for work not done, lints silenced without a trace, and folders of one machine.
fn unwanted_words(tree: &Tree) -> Vec<String> {
    static WORDS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        let words = [
            (r"\b(TODO|FIXME|XXX)\b", "do it, or say what is so and why"),
            (r"#!?\[cfg\(test\)\]", "the crate is not compiled for tests within it: write them in tests/it"),
            (r"#!?\[ignore", "no test is ignored; one that needs a client says that it was left out"),
            (r"#!?\[(cfg_attr\(.*\b)?allow\(", "silence a lint by #[expect(.., reason = \"..\")]"),
            (r"(^|[^\w.])/(work|root|home/\w+|Users/\w+)/", "a folder of one machine does not belong here"),
        ];
        words.map(|(pattern, advice)| (Regex::new(pattern).unwrap(), advice)).into()
    });
    let mut findings = Vec::new();
    // The rules themselves and what shows that they can fail name what they look for.
    for (path, text) in tree.iter().filter(|(path, _)| !path.starts_with("tests/it/tidy")) {
        for (number, line) in text.lines().enumerate() {
            for (word, advice) in WORDS.iter() {
                if let Some(found) = word.find(line) {
                    findings.push(format!("{path}:{}: `{}`: {advice}", number + 1, found.as_str().trim()));
                }
            }
        }
    }
    findings
}

/// Reads every file that people write below a folder.
pub fn read_tree(root: &Path) -> Tree {
    let mut tree = Tree::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !NOT_OURS.contains(&name.as_str()) {
                    folders.push(path);
                }
                continue;
            }
            let ending = path.extension().map(|ending| ending.to_string_lossy().into_owned()).unwrap_or_default();
            let is_script = ["justfile", "run", ".sqruff"].contains(&name.as_str());
            if is_script || WRITTEN.contains(&ending.as_str()) {
                let below = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
                // What is not UTF-8 is data of a test, not text.
                if let Ok(text) = fs::read_to_string(&path) {
                    tree.insert(below, text);
                }
            } else if ending == "csv" && below_models(root, &path) {
                let below = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
                tree.insert(below, String::new());
            }
        }
    }
    tree
}

/// Of the model tests' rows only that they are there matters.
fn below_models(root: &Path, path: &Path) -> bool {
    path.starts_with(root.join("tests/models"))
}
