//! What may change in a published mart: columns may be added, with a higher minor version of the contract; anything
//! else may break a reader, and needs a higher major version and a person's word.

use crate::contract::{Contract, Version};
use crate::fault::{Fault, Place};
use crate::publish::BuiltMart;
use crate::warehouse::publish_log::PublishedMart;

/// How a mart differs from what is published, in the eyes of its readers.
#[derive(Default)]
struct Changes {
    /// Each as a sentence, with the column that it is about where there is one.
    breaking: Vec<(String, Option<String>)>,
    added: Vec<String>,
}

/// What stands against publishing the mart as it is now.
pub fn faults(before: &PublishedMart, now: &PublishedMart, mart: &BuiltMart<'_>, allow_breaking: bool) -> Vec<Fault> {
    let changes = changes(before, now, &mart.name);
    let contract = mart.contract;
    let mut faults: Vec<Fault> = Vec::new();
    if !allow_breaking {
        faults.extend(changes.breaking.iter().map(|(change, column)| {
            let advice = "whatever reads this column or key may break: undo the change, or publish it with --allow-breaking and a higher major version of the contract";
            fault(contract, column.as_deref(), change.clone()).with_help(advice)
        }));
    }
    faults.extend(retyped_snapshots(before, now, mart));
    if faults.is_empty() {
        faults.extend(version_fault(before, contract, &changes, &mart.name));
    }
    faults
}

/// A mart that was published and that the pipeline no longer builds.
pub fn gone(mart: &str) -> Fault {
    let message = format!("marts.{mart} is published, and this pipeline no longer builds it");
    Fault::of_file(format!("marts/{mart}.sql"), message).with_help(
        "put the model back, or let its readers go with --allow-breaking; its Delta table then stays as it is",
    )
}

fn changes(before: &PublishedMart, now: &PublishedMart, mart: &str) -> Changes {
    let mut changes = Changes::default();
    for old in &before.schema {
        match now.schema.iter().find(|new| new.name == old.name) {
            None => changes.breaking.push((
                format!("marts.{mart} is published with the column {} ({}), which is gone", old.name, old.type_name),
                None,
            )),
            Some(new) if new.type_name != old.type_name => changes.breaking.push((
                format!("marts.{mart}.{} is published as {} and is {} now", old.name, old.type_name, new.type_name),
                Some(old.name.clone()),
            )),
            Some(_) => {}
        }
    }
    changes.added = now
        .schema
        .iter()
        .filter(|new| !before.schema.iter().any(|old| old.name == new.name))
        .map(|new| new.name.clone())
        .collect();
    let (old_order, new_order) = (shared(before, now), shared(now, before));
    if old_order != new_order {
        changes.breaking.push((
            format!(
                "the columns of marts.{mart} are published in the order {}, and are {} now",
                old_order.join(", "),
                new_order.join(", ")
            ),
            None,
        ));
    }
    if before.key != now.key {
        changes.breaking.push((
            format!(
                "the key of marts.{mart} is published as ({}) and is ({}) now",
                before.key.join(", "),
                now.key.join(", ")
            ),
            None,
        ));
    }
    if before.snapshot_by != now.snapshot_by {
        let name = |column: &Option<String>| column.clone().unwrap_or_else(|| "nothing".to_string());
        let (old, new) = (name(&before.snapshot_by), name(&now.snapshot_by));
        changes
            .breaking
            .push((format!("marts.{mart} is published as accumulating by {old}, and accumulates by {new} now"), None));
    }
    changes
}

/// The columns of one that the other has too, in the order of the one.
fn shared<'a>(one: &'a PublishedMart, other: &PublishedMart) -> Vec<&'a str> {
    one.schema
        .iter()
        .map(|column| column.name.as_str())
        .filter(|name| other.schema.iter().any(|column| column.name == *name))
        .collect()
}

/// Earlier snapshots are never written again, so a column that they hold keeps its type for good.
fn retyped_snapshots(before: &PublishedMart, now: &PublishedMart, mart: &BuiltMart<'_>) -> Vec<Fault> {
    let earlier = now.files.iter().filter(|file| before.files.contains(file)).count();
    if now.snapshot_by.is_none() || earlier == 0 {
        return Vec::new();
    }
    let retyped = before.schema.iter().filter_map(|old| {
        let new = now.schema.iter().find(|new| new.name == old.name && new.type_name != old.type_name)?;
        let message = format!(
            "marts.{}.{} is {} in {earlier} files of earlier snapshots, which stay as they are, and is {} now",
            mart.name, old.name, old.type_name, new.type_name
        );
        Some(
            fault(mart.contract, Some(&old.name), message)
                .with_help("give the column a new name, and the earlier snapshots will show NULL there"),
        )
    });
    retyped.collect()
}

fn version_fault(before: &PublishedMart, contract: &Contract, changes: &Changes, mart: &str) -> Option<Fault> {
    let published = parse_version(&before.contract_version)?;
    let now = contract.version;
    let (what, is_raised, wanted) = if let Some((change, _)) = changes.breaking.first() {
        let wanted = Version { major: published.major + 1, minor: 0, patch: 0 };
        (change.clone(), now.major > published.major, wanted)
    } else if changes.added.is_empty() {
        return None;
    } else {
        let wanted = Version { minor: published.minor + 1, patch: 0, ..published };
        let added = changes.added.join(", ");
        (
            format!("marts.{mart} has columns that are not published yet: {added}"),
            (now.major, now.minor) > (published.major, published.minor),
            wanted,
        )
    };
    let message = format!("{what}, but the contract's version is {now} and {published} is published");
    (!is_raised).then(|| with_place(contract, "version:", message).with_help(format!("raise it to {wanted}")))
}

fn parse_version(text: &str) -> Option<Version> {
    let mut parts = text.split('.').map(str::parse);
    Some(Version { major: parts.next()?.ok()?, minor: parts.next()?.ok()?, patch: parts.next()?.ok()? })
}

fn fault(contract: &Contract, column: Option<&str>, message: String) -> Fault {
    match column {
        Some(column) => with_place(contract, &format!("name: {column}"), message),
        None => Fault::of_file(&contract.file, message),
    }
}

/// The fault at the first line of the contract that starts so, leaving out a list's dash; of the whole file where
/// the contract is written in another manner.
fn with_place(contract: &Contract, start: &str, message: String) -> Fault {
    let lines = contract.text.lines().enumerate();
    let mut found = lines.filter(|(_, line)| {
        let entry = line.trim_start().trim_start_matches("- ").trim_end();
        entry == start || (start.ends_with(':') && entry.starts_with(start))
    });
    match found.next() {
        Some((position, line)) => {
            let indent = line.find(start).map_or(0, |bytes| line[..bytes].chars().count());
            let place = Place::of_line(
                &contract.text,
                position + 1,
                indent + 1,
                line.trim().trim_start_matches("- ").chars().count(),
            );
            Fault::at(&contract.file, place, message)
        }
        None => Fault::of_file(&contract.file, message),
    }
}
