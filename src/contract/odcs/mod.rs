//! Reads ODCS v3.1.0 files into contracts; every complaint names line and column.
//!
//! Of the standard, sopmart reads what `Contract` holds. The standard's other fields are allowed and left alone;
//! what the standard does not know is a fault, so that a mistyped rule never goes unseen.

mod column;
mod file;
mod quality;
mod sla;

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::datatypes::DataType;
use serde_json::Value;
use serde_saphyr::Location;

use crate::contract::odcs::file::{CustomProperty, File};
use crate::contract::{Contract, Drift, MaxQuarantined, Period, Promise, Version};
use crate::fault::{Fault, Place, nearest, parse_yaml, yaml_place};

/// The custom properties of a table, and what their values are.
const TABLE_PROPERTIES: [(&str, &str); 6] = [
    ("needs", "a list of entities"),
    ("maxQuarantined", "a number of rows, or a percentage such as `0.5%`"),
    ("driftPolicy", "`stop` or `ignore_extra`"),
    ("snapshotBy", "the name of a date column"),
    ("period", "day, week, month, quarter or year"),
    ("warnOnly", "a list of primaryKey, relationships and freshness"),
];

/// Reads one contract; `file` is how people name the file.
///
/// # Errors
/// All that is wrong with the file.
pub fn parse(file: &str, text: &str) -> Result<Contract, Vec<Fault>> {
    let typed: File = parse_yaml(file, text).map_err(|fault| {
        vec![fault.with_help("a contract is a file of the Open Data Contract Standard, version v3.1.0")]
    })?;
    let mut reader = Reader { file, text, faults: Vec::new() };
    let contract = reader.contract(typed);
    match contract {
        Some(contract) if reader.faults.is_empty() => Ok(contract),
        _ => Err(reader.faults),
    }
}

/// The file that is being read, and what was found wrong so far.
struct Reader<'file> {
    file: &'file str,
    text: &'file str,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn fault(&mut self, at: &Location, message: impl Into<String>) {
        self.faults.push(Fault::at(self.file, yaml_place(self.text, at), message));
    }

    fn place(&self, at: &Location) -> Place {
        yaml_place(self.text, at)
    }

    fn contract(&mut self, typed: File) -> Option<Contract> {
        if typed.api_version.value != "v3.1.0" {
            self.fault(
                &typed.api_version.referenced,
                format!("`apiVersion` is `{}`, expected `v3.1.0`", typed.api_version.value),
            );
        }
        if typed.kind.value != "DataContract" {
            self.fault(&typed.kind.referenced, format!("`kind` is `{}`, expected `DataContract`", typed.kind.value));
        }
        let version = parse_version(&typed.version.value);
        if version.is_none() {
            self.fault(
                &typed.version.referenced,
                format!("`version` is `{}`, expected three numbers such as `1.0.0`", typed.version.value),
            );
        }
        let mut tables = typed.schema.value;
        if tables.len() != 1 {
            self.fault(&typed.schema.referenced, format!("`schema` has {} tables, expected exactly one", tables.len()));
            return None;
        }
        let table = tables.remove(0);
        let description = typed.description.unwrap_or_default();
        let mut contract = Contract {
            version: version?,
            file: self.file.to_string(),
            text: Arc::from(self.text),
            purpose: description.purpose.unwrap_or_default(),
            usage: description.usage.unwrap_or_default(),
            description: table.description.unwrap_or_default(),
            ..Contract::plain(&table.name.value, Vec::new())
        };
        for property in table.custom_properties.unwrap_or_default() {
            self.table_property(&mut contract, &property);
        }
        if table.properties.value.is_empty() {
            self.fault(&table.properties.referenced, "a table without columns");
        }
        let at = table.properties.referenced;
        for property in table.properties.value {
            self.column(&mut contract, property);
        }
        for quality in table.quality.unwrap_or_default() {
            self.quality_of_table(&mut contract, &quality);
        }
        for sla in typed.sla_properties.unwrap_or_default() {
            self.sla(&mut contract, &sla);
        }
        if let Some(by) = &contract.snapshot_by
            && contract.column(by).is_none_or(|column| column.data_type != DataType::Date32)
        {
            self.fault(&at, format!("`snapshotBy` is `{by}`, expected the name of a date column"));
        }
        Some(contract)
    }

    fn table_property(&mut self, contract: &mut Contract, custom: &CustomProperty) {
        let value = &custom.value.value;
        let name = custom.property.value.as_str();
        let Some((_, expected)) = TABLE_PROPERTIES.iter().find(|(known, _)| *known == name) else {
            let known: Vec<&str> = TABLE_PROPERTIES.iter().map(|(known, _)| *known).collect();
            self.unknown_property(&custom.property.referenced, name, &known);
            return;
        };
        let understood = match name {
            "needs" => texts(value).map(|needs| contract.needs = needs),
            "maxQuarantined" => {
                let typed = value.as_str().map_or_else(|| value.to_string(), str::to_string);
                MaxQuarantined::parse(&typed).map(|most| contract.max_quarantined = most)
            }
            "driftPolicy" => drift(value).map(|drift| contract.drift = drift),
            "period" => period(value).map(|period| contract.period = period),
            "warnOnly" => promises(value).map(|promises| contract.warn_only = promises),
            _ => value.as_str().map(|column| contract.snapshot_by = Some(column.to_string())),
        };
        if understood.is_none() {
            self.fault(&custom.value.referenced, format!("`{name}` is `{value}`, expected {expected}"));
        }
    }

    fn unknown_property(&mut self, at: &Location, unknown: &str, known: &[&str]) {
        let meant = nearest(unknown, known.iter().copied())
            .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        self.fault(at, format!("unknown custom property `{unknown}`, expected one of {}{meant}", known.join(", ")));
    }
}

fn drift(value: &Value) -> Option<Drift> {
    match value.as_str()? {
        "stop" => Some(Drift::Stop),
        "ignore_extra" => Some(Drift::IgnoreExtra),
        _ => None,
    }
}

fn period(value: &Value) -> Option<Period> {
    match value.as_str()? {
        "day" => Some(Period::Day),
        "week" => Some(Period::Week),
        "month" => Some(Period::Month),
        "quarter" => Some(Period::Quarter),
        "year" => Some(Period::Year),
        _ => None,
    }
}

fn promises(value: &Value) -> Option<BTreeSet<Promise>> {
    let promise = |name: String| match name.as_str() {
        "primaryKey" => Some(Promise::PrimaryKey),
        "relationships" => Some(Promise::Relationships),
        "freshness" => Some(Promise::Freshness),
        _ => None,
    };
    texts(value)?.into_iter().map(promise).collect()
}

fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|text| text.as_str().map(str::to_string)).collect()
}

fn parse_version(text: &str) -> Option<Version> {
    let mut numbers = text.splitn(3, '.').map(|part| part.parse().ok());
    Some(Version { major: numbers.next()??, minor: numbers.next()??, patch: numbers.next()?? })
}
