//! One setting: what type it has, which values it takes, and how a value stands in SQL and in a table.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use arrow::util::display::array_value_to_string;
use chrono::NaiveDate;
use datafusion::sql::sqlparser::ast::Expr;
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;
use serde_json::Value;

use crate::contract::{parse_type, type_name};

/// What a setting may be.
#[derive(Debug, Clone)]
pub(super) struct Definition {
    kind: Kind,
    minimum: Option<Value>,
    maximum: Option<Value>,
    values: Option<Vec<String>>,
}

#[derive(Debug, Clone)]
enum Kind {
    One(DataType),
    Table(BTreeMap<String, DataType>),
}

/// The value of a setting.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum SettingValue {
    Date(NaiveDate),
    /// The day before the run, until the run puts it in.
    Yesterday,
    Integer(i64),
    /// As typed, and its type.
    Decimal(String, DataType),
    Text(String),
    Boolean(bool),
    Table(SettingsTable),
}

/// A list of rows; its first column, `position`, counts them from 1.
#[derive(Debug, Clone, PartialEq)]
pub struct SettingsTable {
    pub rows: RecordBatch,
}

impl Definition {
    pub fn new(
        kind: &str,
        minimum: Option<Value>,
        maximum: Option<Value>,
        values: Option<Vec<String>>,
        columns: Option<BTreeMap<String, String>>,
    ) -> Result<Definition, String> {
        let kind = match (kind, columns) {
            ("table", Some(columns)) => {
                let typed = columns.into_iter().map(|(name, kind)| {
                    let data_type = parse_type(&kind).ok_or_else(|| format!("column `{name}`: `{kind}` is no type"))?;
                    Ok((name, data_type))
                });
                Kind::Table(typed.collect::<Result<_, String>>()?)
            }
            ("table", None) => return Err("a table needs `columns`".to_string()),
            (_, Some(_)) => return Err("`columns` are for `type: table` alone".to_string()),
            ("integer", None) => Kind::One(DataType::Int64),
            (kind, None) => match parse_type(kind) {
                Some(kind @ (DataType::Date32 | DataType::Decimal128(..) | DataType::Utf8 | DataType::Boolean)) => {
                    Kind::One(kind)
                }
                _ => {
                    return Err(format!(
                        "`{kind}` is no type of a setting, expected date, integer, decimal(p,s), text, boolean or table"
                    ));
                }
            },
        };
        Ok(Definition { kind, minimum, maximum, values })
    }

    /// The value that somebody typed.
    pub fn value(&self, typed: &Value) -> Result<SettingValue, String> {
        let data_type = match &self.kind {
            Kind::Table(columns) => return table(columns, typed).map(SettingValue::Table),
            Kind::One(data_type) => data_type,
        };
        let value = one(data_type, typed).ok_or_else(|| {
            let kind = if *data_type == DataType::Int64 { "integer".to_string() } else { type_name(data_type) };
            format!("{typed} is no {kind}")
        })?;
        for (bound, is_wrong, words) in [
            (&self.minimum, std::cmp::Ordering::Less, "at least"),
            (&self.maximum, std::cmp::Ordering::Greater, "at most"),
        ] {
            let Some(bound) = bound else { continue };
            let limit = one(data_type, bound).ok_or_else(|| format!("the bound {bound} is of another type"))?;
            if compare(&value, &limit) == Some(is_wrong) {
                return Err(format!("{typed}, expected {words} {bound}"));
            }
        }
        match (&self.values, &value) {
            (Some(values), SettingValue::Text(text)) if !values.contains(text) => {
                Err(format!("`{text}`, expected one of {}", values.join(", ")))
            }
            _ => Ok(value),
        }
    }
}

fn one(data_type: &DataType, typed: &Value) -> Option<SettingValue> {
    match (data_type, typed) {
        (DataType::Date32, Value::String(text)) if text == "yesterday" => Some(SettingValue::Yesterday),
        (DataType::Date32, Value::String(text)) => text.parse().ok().map(SettingValue::Date),
        (DataType::Int64, Value::Number(number)) => number.as_i64().map(SettingValue::Integer),
        (DataType::Boolean, Value::Bool(flag)) => Some(SettingValue::Boolean(*flag)),
        (DataType::Utf8, Value::String(text)) => Some(SettingValue::Text(text.clone())),
        (DataType::Utf8, Value::Number(number)) => Some(SettingValue::Text(number.to_string())),
        (DataType::Decimal128(..), Value::Number(_) | Value::String(_)) => {
            let text = typed.as_str().map_or_else(|| typed.to_string(), str::to_string);
            exact(&text, data_type).then(|| SettingValue::Decimal(text, data_type.clone()))
        }
        _ => None,
    }
}

/// Whether a decimal type holds the number as it is typed.
fn exact(text: &str, data_type: &DataType) -> bool {
    let DataType::Decimal128(precision, scale) = data_type else { return false };
    let (whole, fraction) = text.trim_start_matches('-').split_once('.').unwrap_or((text.trim_start_matches('-'), ""));
    let are_digits = [whole, fraction].iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    let scale = usize::from(scale.unsigned_abs());
    let fits = fraction.trim_end_matches('0').len() <= scale
        && whole.trim_start_matches('0').len() + scale <= usize::from(*precision);
    are_digits && fits && !(whole.is_empty() && fraction.is_empty())
}

fn compare(one: &SettingValue, other: &SettingValue) -> Option<std::cmp::Ordering> {
    match (one, other) {
        (SettingValue::Date(one), SettingValue::Date(other)) => Some(one.cmp(other)),
        (SettingValue::Integer(one), SettingValue::Integer(other)) => Some(one.cmp(other)),
        (SettingValue::Decimal(one, _), SettingValue::Decimal(other, _)) => {
            one.parse::<f64>().ok()?.partial_cmp(&other.parse::<f64>().ok()?)
        }
        _ => None,
    }
}

fn table(columns: &BTreeMap<String, DataType>, typed: &Value) -> Result<SettingsTable, String> {
    let rows = typed.as_array().ok_or("expected a list of rows")?;
    let mut texts: BTreeMap<&str, Vec<Option<String>>> =
        columns.keys().map(|name| (name.as_str(), Vec::new())).collect();
    for row in rows {
        let row = row.as_object().ok_or_else(|| format!("{row}, expected a row such as {{column: value}}"))?;
        if let Some(unknown) = row.keys().find(|name| !columns.contains_key(*name)) {
            return Err(format!("unknown column `{unknown}`"));
        }
        for (name, values) in &mut texts {
            values.push(
                row.get(*name)
                    .filter(|value| !value.is_null())
                    .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_string)),
            );
        }
    }
    let count = i64::try_from(rows.len()).map_err(|_| "too many rows".to_string())?;
    let mut fields = vec![Field::new("position", DataType::Int64, true)];
    let mut arrays: Vec<ArrayRef> = vec![Arc::new(Int64Array::from_iter_values(1..=count))];
    for (name, data_type) in columns {
        let values = &texts[name.as_str()];
        let array =
            cast(&StringArray::from(values.clone()), data_type).map_err(|error| format!("column `{name}`: {error}"))?;
        if let Some(wrong) = (0..values.len()).find(|row| array.is_null(*row) && values[*row].is_some()) {
            let found = values[wrong].as_deref().unwrap_or_default();
            return Err(format!("row {}: column `{name}`: `{found}` is no {}", wrong + 1, type_name(data_type)));
        }
        fields.push(Field::new(name, data_type.clone(), true));
        arrays.push(array);
    }
    let rows = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(|error| error.to_string())?;
    Ok(SettingsTable { rows })
}

impl SettingValue {
    /// All of the value: of a table every cell.
    pub fn exact_text(&self) -> String {
        let SettingValue::Table(table) = self else { return format!("{self:?}") };
        let mut text = format!("{:?}", table.rows.schema());
        for column in table.rows.columns() {
            for row in 0..table.rows.num_rows() {
                let value = column.is_valid(row).then(|| array_value_to_string(column, row).unwrap_or_default());
                text.push('\n');
                text.push_str(&format!("{value:?}"));
            }
        }
        text
    }

    /// The value as SQL of its type; a table has none.
    pub fn literal(&self) -> Option<Expr> {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
        let sql = match self {
            SettingValue::Date(date) => format!("cast('{date}' as date)"),
            SettingValue::Integer(number) => format!("cast({number} as bigint)"),
            SettingValue::Decimal(text, data_type) => format!("cast('{text}' as {})", type_name(data_type)),
            SettingValue::Text(text) => quoted(text),
            SettingValue::Boolean(flag) => flag.to_string(),
            SettingValue::Yesterday | SettingValue::Table(_) => return None,
        };
        let parsed = Parser::new(&GenericDialect {}).try_with_sql(&sql).and_then(|mut parser| parser.parse_expr());
        Some(parsed.expect("a literal of one of these forms is SQL"))
    }
}
