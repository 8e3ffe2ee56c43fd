//! Reads ODCS v3.1.0 files into contracts; every complaint names line and column.
//!
//! Of the standard, sopmart reads what `Contract` holds. The standard's other fields are allowed and left alone;
//! what the standard does not know is a fault, so that a mistyped rule never goes unseen.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::DataType;
use regex::Regex;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_saphyr::{Location, Spanned};

use crate::contract::{Column, Contract, Drift, Reference, Rule, Version, parse_type};
use crate::fault::{Fault, nearest, parse_yaml, yaml_place};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "fields of the standard that are allowed and left alone")]
struct File {
    api_version: Spanned<String>,
    kind: Spanned<String>,
    id: IgnoredAny,
    version: Spanned<String>,
    status: IgnoredAny,
    name: Option<Spanned<String>>,
    schema: Spanned<Vec<Table>>,
    tenant: Option<IgnoredAny>,
    tags: Option<IgnoredAny>,
    servers: Option<IgnoredAny>,
    data_product: Option<IgnoredAny>,
    description: Option<IgnoredAny>,
    domain: Option<IgnoredAny>,
    support: Option<IgnoredAny>,
    price: Option<IgnoredAny>,
    team: Option<IgnoredAny>,
    roles: Option<IgnoredAny>,
    sla_properties: Option<IgnoredAny>,
    sla_default_element: Option<IgnoredAny>,
    authoritative_definitions: Option<IgnoredAny>,
    custom_properties: Option<IgnoredAny>,
    contract_created_ts: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "fields of the standard that are allowed and left alone")]
struct Table {
    name: Spanned<String>,
    description: Option<String>,
    properties: Spanned<Vec<Property>>,
    custom_properties: Option<Vec<CustomProperty>>,
    id: Option<IgnoredAny>,
    physical_type: Option<IgnoredAny>,
    physical_name: Option<IgnoredAny>,
    logical_type: Option<IgnoredAny>,
    business_name: Option<IgnoredAny>,
    data_granularity_description: Option<IgnoredAny>,
    authoritative_definitions: Option<IgnoredAny>,
    tags: Option<IgnoredAny>,
    relationships: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "fields of the standard that are allowed and left alone")]
struct Property {
    name: Spanned<String>,
    physical_type: Option<Spanned<String>>,
    description: Option<String>,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    primary_key: bool,
    primary_key_position: Option<u32>,
    classification: Option<String>,
    transform_logic: Option<String>,
    relationships: Option<Vec<Relationship>>,
    quality: Option<Vec<Quality>>,
    custom_properties: Option<Vec<CustomProperty>>,
    id: Option<IgnoredAny>,
    logical_type: Option<IgnoredAny>,
    logical_type_options: Option<IgnoredAny>,
    physical_name: Option<IgnoredAny>,
    business_name: Option<IgnoredAny>,
    unique: Option<IgnoredAny>,
    critical_data_element: Option<IgnoredAny>,
    examples: Option<IgnoredAny>,
    tags: Option<IgnoredAny>,
    authoritative_definitions: Option<IgnoredAny>,
    transform_description: Option<IgnoredAny>,
    transform_source_objects: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CustomProperty {
    property: Spanned<String>,
    value: Spanned<Value>,
    #[serde(rename = "description")]
    _description: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Relationship {
    to: Spanned<String>,
    #[serde(rename = "type")]
    _type: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Quality {
    #[serde(rename = "type")]
    kind: Option<Spanned<String>>,
    metric: Spanned<String>,
    #[serde(default)]
    arguments: BTreeMap<String, Spanned<Value>>,
    must_be: Option<Spanned<Value>>,
    #[serde(rename = "description")]
    _description: Option<IgnoredAny>,
    #[serde(rename = "name")]
    _name: Option<IgnoredAny>,
}

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

    fn contract(&mut self, typed: File) -> Option<Contract> {
        if typed.api_version.value != "v3.1.0" {
            self.fault(&typed.api_version.referenced, format!("`apiVersion` is `{}`, expected `v3.1.0`", typed.api_version.value));
        }
        if typed.kind.value != "DataContract" {
            self.fault(&typed.kind.referenced, format!("`kind` is `{}`, expected `DataContract`", typed.kind.value));
        }
        let version = parse_version(&typed.version.value);
        if version.is_none() {
            self.fault(&typed.version.referenced, format!("`version` is `{}`, expected three numbers such as `1.0.0`", typed.version.value));
        }
        let mut tables = typed.schema.value;
        if tables.len() != 1 {
            self.fault(&typed.schema.referenced, format!("`schema` has {} tables, expected exactly one", tables.len()));
            return None;
        }
        let table = tables.remove(0);
        let mut contract = Contract {
            name: table.name.value,
            version: version?,
            file: self.file.to_string(),
            text: Arc::from(self.text),
            description: table.description.unwrap_or_default(),
            columns: Vec::new(),
            needs: Vec::new(),
            max_quarantined: 0,
            drift: Drift::Stop,
            snapshot_by: None,
        };
        for property in table.custom_properties.unwrap_or_default() {
            self.table_property(&mut contract, &property);
        }
        if table.properties.value.is_empty() {
            self.fault(&table.properties.referenced, "a table without columns");
        }
        for property in table.properties.value {
            self.column(&mut contract, property);
        }
        Some(contract)
    }

    fn table_property(&mut self, contract: &mut Contract, custom: &CustomProperty) {
        let value = &custom.value.value;
        let understood = match custom.property.value.as_str() {
            "needs" => texts(value).map(|needs| contract.needs = needs),
            "maxQuarantined" => value.as_u64().map(|rows| contract.max_quarantined = rows),
            "driftPolicy" => match value.as_str() {
                Some("stop") => Some(contract.drift = Drift::Stop),
                Some("ignore_extra") => Some(contract.drift = Drift::IgnoreExtra),
                _ => None,
            },
            "snapshotBy" => value.as_str().map(|column| contract.snapshot_by = Some(column.to_string())),
            unknown => {
                let known = ["needs", "maxQuarantined", "driftPolicy", "snapshotBy"];
                self.unknown_property(&custom.property.referenced, unknown, &known);
                return;
            }
        };
        if understood.is_none() {
            let expected = match custom.property.value.as_str() {
                "needs" => "a list of entities",
                "maxQuarantined" => "a number of rows",
                "driftPolicy" => "`stop` or `ignore_extra`",
                _ => "the name of a column",
            };
            self.fault(&custom.value.referenced, format!("`{}` is `{value}`, expected {expected}", custom.property.value));
        }
    }

    fn unknown_property(&mut self, at: &Location, unknown: &str, known: &[&str]) {
        let meant = nearest(unknown, known.iter().copied()).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        self.fault(at, format!("unknown custom property `{unknown}`, expected one of {}{meant}", known.join(", ")));
    }

    fn column(&mut self, contract: &mut Contract, property: Property) {
        let name = property.name.value;
        if contract.column(&name).is_some() {
            self.fault(&property.name.referenced, format!("column `{name}` stands twice"));
        }
        let Some(physical_type) = property.physical_type else {
            self.fault(&property.name.referenced, format!("column `{name}` has no `physicalType`"));
            return;
        };
        let Some(data_type) = parse_type(&physical_type.value) else {
            let known = "text, smallint, integer, bigint, decimal(p,s), double, boolean, date, timestamp";
            self.fault(&physical_type.referenced, format!("`{}` is no type, expected one of {known}", physical_type.value));
            return;
        };
        let mut column = Column {
            name,
            data_type,
            required: property.required || property.primary_key,
            key_position: property.primary_key.then(|| property.primary_key_position.unwrap_or(1)),
            description: property.description.unwrap_or_default(),
            unit: None,
            rules: Vec::new(),
            reference: None,
            formula: property.transform_logic,
            is_personal: property.classification.is_some_and(|class| class == "personal"),
        };
        for custom in property.custom_properties.unwrap_or_default() {
            match (custom.property.value.as_str(), custom.value.value.as_str()) {
                ("unit", Some(unit)) => column.unit = Some(unit.to_string()),
                ("unit", None) => self.fault(&custom.value.referenced, "`unit` is a text such as `hours`"),
                (unknown, _) => self.unknown_property(&custom.property.referenced, unknown, &["unit"]),
            }
        }
        for relationship in property.relationships.unwrap_or_default() {
            match relationship.to.value.split_once('.') {
                Some((table, to)) => column.reference = Some(Reference { table: table.into(), column: to.into() }),
                None => self.fault(&relationship.to.referenced, format!("`{}`, expected `table.column`", relationship.to.value)),
            }
        }
        for quality in property.quality.unwrap_or_default() {
            self.rules(&mut column, &quality);
        }
        contract.columns.push(column);
    }

    fn rules(&mut self, column: &mut Column, quality: &Quality) {
        if let Some(kind) = quality.kind.as_ref().filter(|kind| kind.value != "library") {
            self.fault(&kind.referenced, format!("quality of type `{}`, expected `library`", kind.value));
        }
        if quality.metric.value != "invalidValues" {
            self.fault(&quality.metric.referenced, format!("metric `{}`, expected `invalidValues`", quality.metric.value));
        }
        if quality.must_be.as_ref().and_then(|must_be| must_be.value.as_u64()) != Some(0) {
            self.fault(&quality.metric.referenced, "a row rule says `mustBe: 0`: a row that breaks it goes to quarantine");
        }
        if quality.arguments.is_empty() {
            self.fault(&quality.metric.referenced, "`invalidValues` without `arguments`");
        }
        for (argument, value) in &quality.arguments {
            match rule(argument, &value.value, &column.data_type) {
                Ok(rule) => column.rules.push(rule),
                Err(message) => self.fault(&value.referenced, message),
            }
        }
    }
}

fn rule(argument: &str, value: &Value, data_type: &DataType) -> Result<Rule, String> {
    let is_text = matches!(data_type, DataType::Utf8);
    let wrong = |expected: &str| format!("`{argument}` is `{value}`, expected {expected}");
    match argument {
        "validValues" => texts(value).map(Rule::ValidValues).ok_or_else(|| wrong("a list of values")),
        "minimum" | "maximum" if is_text => Err(format!("`{argument}` on a text column")),
        "minimum" => scalar(value).map(Rule::Minimum).ok_or_else(|| wrong("a value of the column's type")),
        "maximum" => scalar(value).map(Rule::Maximum).ok_or_else(|| wrong("a value of the column's type")),
        "pattern" | "minLength" | "maxLength" if !is_text => Err(format!("`{argument}` on a column that is not text")),
        "pattern" => {
            let pattern = value.as_str().ok_or_else(|| wrong("a regular expression"))?;
            Regex::new(&format!("^(?:{pattern})$")).map(Rule::Pattern).map_err(|error| wrong(&format!("a regular expression: {error}")))
        }
        "minLength" => value.as_u64().map(Rule::MinLength).ok_or_else(|| wrong("a number of characters")),
        "maxLength" => value.as_u64().map(Rule::MaxLength).ok_or_else(|| wrong("a number of characters")),
        unknown => {
            let known = ["validValues", "pattern", "minimum", "maximum", "minLength", "maxLength"];
            let meant = nearest(unknown, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            Err(format!("unknown argument `{unknown}`, expected one of {}{meant}", known.join(", ")))
        }
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(scalar).collect()
}

fn parse_version(text: &str) -> Option<Version> {
    let mut numbers = text.splitn(3, '.').map(|part| part.parse().ok());
    Some(Version { major: numbers.next()??, minor: numbers.next()??, patch: numbers.next()?? })
}
