//! The fields of an ODCS v3.1.0 file, as typed.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_saphyr::Spanned;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "fields of the standard that are allowed and left alone")]
pub(super) struct File {
    pub api_version: Spanned<String>,
    pub kind: Spanned<String>,
    pub id: IgnoredAny,
    pub version: Spanned<String>,
    pub status: IgnoredAny,
    pub name: Option<Spanned<String>>,
    pub schema: Spanned<Vec<Table>>,
    pub tenant: Option<IgnoredAny>,
    pub tags: Option<IgnoredAny>,
    pub servers: Option<IgnoredAny>,
    pub data_product: Option<IgnoredAny>,
    pub description: Option<Description>,
    pub domain: Option<IgnoredAny>,
    pub support: Option<IgnoredAny>,
    pub price: Option<IgnoredAny>,
    pub team: Option<IgnoredAny>,
    pub roles: Option<IgnoredAny>,
    pub sla_properties: Option<Vec<Sla>>,
    pub sla_default_element: Option<IgnoredAny>,
    pub authoritative_definitions: Option<IgnoredAny>,
    pub custom_properties: Option<IgnoredAny>,
    pub contract_created_ts: Option<IgnoredAny>,
}

/// What the standard says of a contract as a whole; all else is left to people.
#[derive(Default, Deserialize)]
pub(super) struct Description {
    pub purpose: Option<String>,
    pub usage: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "fields of the standard that are allowed and left alone")]
pub(super) struct Table {
    pub name: Spanned<String>,
    pub description: Option<String>,
    pub properties: Spanned<Vec<Property>>,
    pub custom_properties: Option<Vec<CustomProperty>>,
    pub id: Option<IgnoredAny>,
    pub physical_type: Option<IgnoredAny>,
    pub physical_name: Option<IgnoredAny>,
    pub logical_type: Option<IgnoredAny>,
    pub business_name: Option<IgnoredAny>,
    pub data_granularity_description: Option<IgnoredAny>,
    pub authoritative_definitions: Option<IgnoredAny>,
    pub tags: Option<IgnoredAny>,
    pub relationships: Option<IgnoredAny>,
    pub quality: Option<Vec<Spanned<Quality>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "fields of the standard that are allowed and left alone")]
pub(super) struct Property {
    pub name: Spanned<String>,
    pub physical_type: Option<Spanned<String>>,
    pub description: Option<String>,
    #[serde(default)]
    pub required: bool,
    #[serde(default)]
    pub primary_key: bool,
    pub primary_key_position: Option<u32>,
    pub classification: Option<String>,
    pub transform_logic: Option<String>,
    pub relationships: Option<Vec<Relationship>>,
    pub quality: Option<Vec<Spanned<Quality>>>,
    pub custom_properties: Option<Vec<CustomProperty>>,
    pub id: Option<IgnoredAny>,
    pub logical_type: Option<IgnoredAny>,
    pub logical_type_options: Option<Spanned<BTreeMap<String, Value>>>,
    pub physical_name: Option<IgnoredAny>,
    pub business_name: Option<IgnoredAny>,
    pub unique: Option<Spanned<bool>>,
    pub critical_data_element: Option<IgnoredAny>,
    pub examples: Option<IgnoredAny>,
    pub tags: Option<IgnoredAny>,
    pub authoritative_definitions: Option<IgnoredAny>,
    pub transform_description: Option<IgnoredAny>,
    pub transform_source_objects: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CustomProperty {
    pub property: Spanned<String>,
    pub value: Spanned<Value>,
    #[serde(rename = "description")]
    pub _description: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Relationship {
    pub to: Spanned<String>,
    #[serde(rename = "type")]
    pub _type: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "fields of the standard that are allowed and left alone")]
pub(super) struct Quality {
    #[serde(rename = "type")]
    pub kind: Option<Spanned<String>>,
    pub name: Option<String>,
    pub description: Option<String>,
    pub severity: Option<Spanned<String>>,
    pub metric: Option<Spanned<String>>,
    pub query: Option<Spanned<String>>,
    pub arguments: Option<Spanned<Arguments>>,
    pub unit: Option<Spanned<String>>,
    pub must_be: Option<Spanned<Value>>,
    pub must_not_be: Option<Spanned<Value>>,
    pub must_be_greater_than: Option<Spanned<Value>>,
    pub must_be_greater_or_equal_to: Option<Spanned<Value>>,
    pub must_be_less_than: Option<Spanned<Value>>,
    pub must_be_less_or_equal_to: Option<Spanned<Value>>,
    pub must_be_between: Option<Spanned<Vec<Value>>>,
    pub must_not_be_between: Option<Spanned<Vec<Value>>>,
    pub id: Option<IgnoredAny>,
    pub dimension: Option<IgnoredAny>,
    pub method: Option<IgnoredAny>,
    pub business_impact: Option<IgnoredAny>,
    pub tags: Option<IgnoredAny>,
    pub authoritative_definitions: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "fields of the standard that are allowed and left alone")]
pub(super) struct Sla {
    pub property: Spanned<String>,
    pub value: Spanned<Value>,
    pub unit: Option<Spanned<String>>,
    pub element: Option<Spanned<String>>,
    pub id: Option<IgnoredAny>,
    pub value_ext: Option<IgnoredAny>,
    pub driver: Option<IgnoredAny>,
    pub description: Option<IgnoredAny>,
    pub scheduler: Option<IgnoredAny>,
    pub schedule: Option<IgnoredAny>,
}

/// What a rule compares with. Values stand here as the file writes them: `007` and `no` are no numbers and no
/// booleans on a text column.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Arguments {
    pub valid_values: Option<Spanned<Vec<Spanned<String>>>>,
    pub pattern: Option<Spanned<String>>,
    pub minimum: Option<Spanned<String>>,
    pub maximum: Option<Spanned<String>>,
    pub min_length: Option<Spanned<u64>>,
    pub max_length: Option<Spanned<u64>>,
    /// Of duplicateValues on a table: the columns that repeat together.
    pub properties: Option<Spanned<Vec<Spanned<String>>>>,
}
