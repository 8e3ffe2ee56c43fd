//! The page of the marts and its neighbours: it lists every mart with the key and the joins of its contract, every mart
//! has a page of its own, and no link leads nowhere.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;
use sopmart::contract::{self, Contract};

use crate::cli_support::repository;
use crate::tidy::{Tree, read_tree};

const PAGE: &str = "docs/marts/README.md";

#[test]
fn the_page_lists_every_mart_with_the_key_and_the_joins_of_its_contract() {
    let tree = read_tree(&repository());
    let listed = rows_of_the_page(&tree[PAGE]);
    let promised: BTreeMap<String, Row> = contracts(&tree).iter().map(|mart| (mart.name.clone(), row(mart))).collect();
    for (mart, row) in &promised {
        assert_eq!(listed.get(mart), Some(row), "{PAGE} has this of {mart} (left), its contract that (right)");
    }
    let unknown: Vec<_> = listed.keys().filter(|mart| !promised.contains_key(*mart)).collect();
    assert!(unknown.is_empty(), "{PAGE} lists marts that there are not: {unknown:?}");
}

#[test]
fn every_mart_has_a_page() {
    let tree = read_tree(&repository());
    let without: Vec<_> = contracts(&tree)
        .into_iter()
        .map(|mart| format!("docs/marts/{}.md", mart.name))
        .filter(|page| !tree.contains_key(page))
        .collect();
    assert!(without.is_empty(), "marts without a page: {without:?}");
}

#[test]
fn every_link_between_pages_leads_somewhere() {
    static LINK: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\]\(([^()\s]+)\)").unwrap());
    let tree = read_tree(&repository());
    let mut broken = Vec::new();
    let pages =
        tree.iter().filter(|(path, _)| path.ends_with(".md") && (path.starts_with("docs/") || !path.contains('/')));
    for (page, text) in pages {
        for link in LINK.captures_iter(text) {
            let target = link[1].split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let folder = Path::new(page).parent().unwrap_or(Path::new(""));
            if !repository().join(plain(&folder.join(target))).exists() {
                broken.push(format!("{page}: {}", &link[1]));
            }
        }
    }
    assert!(broken.is_empty(), "links that lead nowhere:\n  {}\n", broken.join("\n  "));
}

/// What the page says of a mart: whether it is a snapshot, the columns of its key, and what it joins.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    is_snapshot: bool,
    key: Vec<String>,
    joins: BTreeSet<String>,
}

fn contracts(tree: &Tree) -> Vec<Contract> {
    let files = tree.iter().filter(|(path, _)| path.starts_with("sql/marts/") && path.ends_with(".odcs.yaml"));
    files.map(|(path, text)| contract::parse(path, text).unwrap()).collect()
}

/// What a contract promises, written as the page writes it.
fn row(mart: &Contract) -> Row {
    let joins = mart.columns.iter().filter_map(|column| {
        let reference = column.reference.as_ref()?;
        Some(if reference.column == column.name {
            reference.table.clone()
        } else {
            format!("{} (`{}`)", reference.table, column.name)
        })
    });
    let has_period = ["period_kind", "period_start"].iter().all(|name| mart.column(name).is_some());
    let period = (has_period && mart.name != "dim_period").then(|| "dim_period".to_string());
    Row {
        is_snapshot: mart.snapshot_by.is_some(),
        key: mart.key().into_iter().map(str::to_string).collect(),
        joins: joins.chain(period).collect(),
    }
}

/// The rows of the page's tables that begin with a link to a mart's page.
fn rows_of_the_page(text: &str) -> BTreeMap<String, Row> {
    static ROW: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?m)^\| \[(\w+)\]\((\w+)\.md\)( \*snapshot\*)? \| [^|]+ \| ([^|]+) \| ([^|]+) \|$").unwrap()
    });
    let mut rows = BTreeMap::new();
    for found in ROW.captures_iter(text) {
        assert_eq!(&found[1], &found[2], "{PAGE}: a mart leads to the page of another");
        let row = Row {
            is_snapshot: found.get(3).is_some(),
            key: found[4].split(", ").map(|column| column.trim_matches('`').to_string()).collect(),
            joins: found[5].split(", ").filter(|join| *join != "none").map(str::to_string).collect(),
        };
        assert!(rows.insert(found[1].to_string(), row).is_none(), "{PAGE} lists {} twice", &found[1]);
    }
    rows
}

/// A path without `..`, so that it is looked for in the tree and not behind a link.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}
