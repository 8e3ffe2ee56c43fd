//! A column of a contract: its type, its row rules, what it refers to.

use arrow::datatypes::DataType;
use regex::Regex;
use serde_saphyr::{Location, Spanned};

use crate::contract::odcs::Reader;
use crate::contract::odcs::file::{Arguments, Property};
use crate::contract::odcs::quality::unique_values;
use crate::contract::values::{Named, can_be_named};
use crate::contract::{Column, Contract, Reference, Rule, parse_type, type_name};

impl Reader<'_> {
    pub(super) fn column(&mut self, contract: &mut Contract, property: Property) {
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
        if property.unique.is_some_and(|unique| unique.value) && column.key_position.is_none() {
            contract.expectations.push(unique_values(&column.name, self.place(&property.name.referenced)));
        }
        for quality in property.quality.unwrap_or_default() {
            self.quality_of_column(contract, &mut column, &quality);
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

    pub(super) fn row_rules(&mut self, column: &mut Column, arguments: &Arguments, at: &Location) {
        let before = column.rules.len();
        if let Some(values) = &arguments.valid_values {
            for value in &values.value {
                self.named_value("validValues", value, &column.data_type, Named::Value);
            }
            column.rules.push(Rule::ValidValues(values.value.iter().map(|value| value.value.clone()).collect()));
        }
        if let Some(pattern) = &arguments.pattern {
            self.only_on_text("pattern", &pattern.referenced, &column.data_type);
            // By itself first: `a)|(b` is one between brackets alone, and then not about the whole text.
            let whole = || Regex::new(&format!("^(?:{})$", pattern.value));
            match Regex::new(&pattern.value).and_then(|_| whole()) {
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
