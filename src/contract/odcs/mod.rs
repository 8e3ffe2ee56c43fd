//! Reads ODCS v3.1.0 files into contracts; every complaint names line and column.
//!
//! Of the standard, sopmart reads what `Contract` holds. The standard's other fields are allowed and left alone;
//! what the standard does not know is a fault, so that a mistyped rule never goes unseen.

mod file;

use std::sync::Arc;

use arrow::datatypes::DataType;
use regex::Regex;
use serde_json::Value;
use serde_saphyr::{Location, Spanned};

use crate::contract::odcs::file::{Arguments, CustomProperty, File, Property, Quality};
use crate::contract::values::{Named, can_be_named};
use crate::contract::{Column, Contract, Drift, Reference, Rule, Version, parse_type, type_name};
use crate::fault::{Fault, nearest, parse_yaml, yaml_place};

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
        let at = table.properties.referenced;
        for property in table.properties.value {
            self.column(&mut contract, property);
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
        let understood = match custom.property.value.as_str() {
            "needs" => texts(value).map(|needs| contract.needs = needs),
            "maxQuarantined" => value.as_u64().map(|rows| contract.max_quarantined = rows),
            "driftPolicy" => match value.as_str() {
                Some("stop") => Some(Drift::Stop),
                Some("ignore_extra") => Some(Drift::IgnoreExtra),
                _ => None,
            }
            .map(|drift| contract.drift = drift),
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
            self.fault(
                &custom.value.referenced,
                format!("`{}` is `{value}`, expected {expected}", custom.property.value),
            );
        }
    }

    fn unknown_property(&mut self, at: &Location, unknown: &str, known: &[&str]) {
        let meant = nearest(unknown, known.iter().copied())
            .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
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
            self.fault(
                &physical_type.referenced,
                format!("`{}` is no type, expected one of {known}", physical_type.value),
            );
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
            is_personal: property
                .classification
                .is_some_and(|class| ["personal", "pii"].contains(&class.to_lowercase().as_str())),
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
                None => self.fault(
                    &relationship.to.referenced,
                    format!("`{}`, expected `table.column`", relationship.to.value),
                ),
            }
        }
        if let Some(options) = &property.logical_type_options {
            self.no_silent_rule(&options.referenced, options.value.keys().map(String::as_str));
        }
        if let Some(unique) = property.unique.filter(|unique| unique.value && column.key_position.is_none()) {
            self.fault(&unique.referenced, "`unique` is held for primary keys alone, expected `primaryKey: true`");
        }
        for quality in property.quality.unwrap_or_default() {
            self.rules(&mut column, &quality);
        }
        contract.columns.push(column);
    }

    /// A rule of the standard that is not read here must not look as if it were held.
    fn no_silent_rule<'a>(&mut self, at: &Location, mut options: impl Iterator<Item = &'a str>) {
        const RULES: [&str; 14] = [
            "minLength",
            "maxLength",
            "pattern",
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "multipleOf",
            "minItems",
            "maxItems",
            "uniqueItems",
            "minProperties",
            "maxProperties",
            "required",
        ];
        if let Some(rule) = options.find(|option| RULES.contains(option)) {
            self.fault(
                at,
                format!(
                    "`{rule}` in `logicalTypeOptions`, expected row rules in `quality`, with metric `invalidValues`"
                ),
            );
        }
    }

    fn rules(&mut self, column: &mut Column, quality: &Quality) {
        if let Some(kind) = quality.kind.as_ref().filter(|kind| kind.value != "library") {
            self.fault(&kind.referenced, format!("quality of type `{}`, expected `library`", kind.value));
        }
        if quality.metric.value != "invalidValues" {
            self.fault(
                &quality.metric.referenced,
                format!("metric `{}`, expected `invalidValues`", quality.metric.value),
            );
        }
        if quality.must_be.as_ref().and_then(|must_be| must_be.value.as_u64()) != Some(0) {
            self.fault(
                &quality.metric.referenced,
                "a row rule says `mustBe: 0`: a row that breaks it goes to quarantine",
            );
        }
        match &quality.arguments {
            Some(arguments) => self.row_rules(column, arguments, &quality.metric.referenced),
            None => self.fault(&quality.metric.referenced, "`invalidValues` without `arguments`"),
        }
    }

    fn row_rules(&mut self, column: &mut Column, arguments: &Arguments, at: &Location) {
        let before = column.rules.len();
        if let Some(values) = &arguments.valid_values {
            for value in &values.value {
                self.named_value("validValues", value, &column.data_type, Named::Value);
            }
            column.rules.push(Rule::ValidValues(values.value.iter().map(|value| value.value.clone()).collect()));
        }
        if let Some(pattern) = &arguments.pattern {
            self.only_on_text("pattern", &pattern.referenced, &column.data_type);
            match Regex::new(&format!("^(?:{})$", pattern.value)) {
                Ok(pattern) => column.rules.push(Rule::Pattern(pattern)),
                Err(error) => self.fault(&pattern.referenced, format!("`pattern` is no regular expression: {error}")),
            }
        }
        if let Some(minimum) = &arguments.minimum {
            self.bound("minimum", minimum, &column.data_type, Named::Minimum);
            column.rules.push(Rule::Minimum(minimum.value.clone()));
        }
        if let Some(maximum) = &arguments.maximum {
            self.bound("maximum", maximum, &column.data_type, Named::Maximum);
            column.rules.push(Rule::Maximum(maximum.value.clone()));
        }
        if let Some(length) = &arguments.min_length {
            self.only_on_text("minLength", &length.referenced, &column.data_type);
            column.rules.push(Rule::MinLength(length.value));
        }
        if let Some(length) = &arguments.max_length {
            self.only_on_text("maxLength", &length.referenced, &column.data_type);
            column.rules.push(Rule::MaxLength(length.value));
        }
        if column.rules.len() == before {
            self.fault(at, "`invalidValues` without `arguments`");
        }
    }

    fn only_on_text(&mut self, argument: &str, at: &Location, data_type: &DataType) {
        if *data_type != DataType::Utf8 {
            self.fault(at, format!("`{argument}` on a column that is not text"));
        }
    }

    fn bound(&mut self, argument: &str, bound: &Spanned<String>, data_type: &DataType, named: Named) {
        if *data_type == DataType::Utf8 {
            self.fault(&bound.referenced, format!("`{argument}` on a text column"));
        } else {
            self.named_value(argument, bound, data_type, named);
        }
    }

    /// A value that a rule names has to be one of the column's type, in the notation of extracts.
    fn named_value(&mut self, argument: &str, value: &Spanned<String>, data_type: &DataType, named: Named) {
        if !can_be_named(&value.value, data_type, named) {
            let message = format!("`{argument}` names `{}`, which is no {}", value.value, type_name(data_type));
            self.fault(&value.referenced, message);
        }
    }
}

fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|text| text.as_str().map(str::to_string)).collect()
}

fn parse_version(text: &str) -> Option<Version> {
    let mut numbers = text.splitn(3, '.').map(|part| part.parse().ok());
    Some(Version { major: numbers.next()??, minor: numbers.next()??, patch: numbers.next()?? })
}
