//! Settings: `sql/settings.yaml` gives each a name, a type, a default and a meaning, a pipeline overrides. In SQL
//! they are `$name`, put in as typed literals before planning; those of type `table` are `settings.<name>`.

mod value;

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use chrono::NaiveDate;
use datafusion::sql::sqlparser::ast::{Expr, Statement, Value as SqlValue, VisitMut, VisitorMut};
use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::{Location, Spanned};

use crate::fault::{Fault, nearest, parse_yaml, yaml_place};
use crate::model::{SqlFile, TableName};
pub use value::SettingsTable;
use value::{Definition, SettingValue};

/// The settings of a pipeline, each with its value.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    file: String,
    text: String,
    by_name: BTreeMap<String, Setting>,
}

#[derive(Debug, Clone)]
struct Setting {
    definition: Definition,
    value: SettingValue,
    told: SettingTold,
    defined_at: Location,
    /// Where a pipeline set it, for complaints about it.
    is_overridden: bool,
}

/// A setting as people are told of it.
#[derive(Debug, Clone)]
pub struct SettingTold {
    /// As the file of settings names its type.
    pub kind: String,
    pub unit: Option<String>,
    pub meaning: String,
    pub default: Value,
    /// What stands for this pipeline, as it was typed: `yesterday` where that is what it says.
    pub value: Value,
    /// Whether the pipeline says so, and not the file of settings.
    pub is_of_the_pipeline: bool,
}

/// A value as somebody typed it, with its place.
#[derive(Debug)]
pub struct TypedOverride<'a> {
    pub file: &'a str,
    pub text: &'a str,
    pub location: Location,
    pub value: &'a Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingFile {
    #[serde(rename = "type")]
    kind: Spanned<String>,
    unit: Option<String>,
    default: Spanned<Value>,
    minimum: Option<Spanned<Value>>,
    maximum: Option<Spanned<Value>>,
    values: Option<Vec<String>>,
    columns: Option<BTreeMap<String, String>>,
    meaning: String,
}

impl Settings {
    /// Reads the file of settings.
    ///
    /// # Errors
    /// Every setting that is not well defined.
    pub fn parse(file: &str, text: &str) -> Result<Settings, Vec<Fault>> {
        let typed: BTreeMap<String, Spanned<SettingFile>> = parse_yaml(file, text).map_err(|fault| vec![fault])?;
        let mut faults = Vec::new();
        let mut settings = BTreeMap::new();
        for (name, Spanned { value: typed, referenced, .. }) in typed {
            let mut complain = |at: &Location, message: String| {
                faults.push(Fault::at(file, yaml_place(text, at), format!("setting `{name}`: {message}")));
            };
            if typed.meaning.trim().is_empty() {
                complain(&referenced, "`meaning` is empty".to_string());
            }
            let bound = |bound: &Option<Spanned<Value>>| bound.as_ref().map(|bound| bound.value.clone());
            let definition = Definition::new(
                &typed.kind.value,
                bound(&typed.minimum),
                bound(&typed.maximum),
                typed.values,
                typed.columns,
            );
            let definition = match definition {
                Ok(definition) => definition,
                Err(message) => {
                    complain(&typed.kind.referenced, message);
                    continue;
                }
            };
            match definition.value(&typed.default.value) {
                Ok(value) => {
                    let told = SettingTold {
                        kind: typed.kind.value,
                        unit: typed.unit,
                        meaning: typed.meaning.trim().to_string(),
                        default: typed.default.value.clone(),
                        value: typed.default.value,
                        is_of_the_pipeline: false,
                    };
                    let setting = Setting { definition, value, told, defined_at: referenced, is_overridden: false };
                    settings.insert(name, setting);
                }
                Err(message) => complain(&typed.default.referenced, message),
            }
        }
        let settings = Settings { file: file.to_string(), text: text.to_string(), by_name: settings };
        if faults.is_empty() { Ok(settings) } else { Err(faults) }
    }

    /// Overrides one setting.
    ///
    /// # Errors
    /// When there is no such setting, or the value is not of its type and range.
    pub fn set(&mut self, name: &str, typed: &TypedOverride<'_>) -> Result<(), Fault> {
        let fault = |message: String| Fault::at(typed.file, yaml_place(typed.text, &typed.location), message);
        let Some(setting) = self.by_name.get_mut(name) else {
            let near = nearest(name, self.by_name.keys().map(String::as_str));
            let meant = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            return Err(fault(format!("unknown setting `{name}`{meant}")));
        };
        setting.value =
            setting.definition.value(typed.value).map_err(|message| fault(format!("setting `{name}`: {message}")))?;
        setting.is_overridden = true;
        setting.told.value = typed.value.clone();
        setting.told.is_of_the_pipeline = true;
        Ok(())
    }

    /// Overrides settings by a YAML text of names and values.
    ///
    /// # Errors
    /// When the text is no such YAML, or one of the values does not fit.
    pub fn set_all(&mut self, file: &str, text: &str) -> Result<(), Vec<Fault>> {
        let values: BTreeMap<String, Spanned<Value>> = parse_yaml(file, text).map_err(|fault| vec![fault])?;
        let mut faults = Vec::new();
        for (name, value) in &values {
            let typed = TypedOverride { file, text, location: value.referenced, value: &value.value };
            faults.extend(self.set(name, &typed).err());
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    /// The date as of which a run looks at the world.
    pub fn set_as_of(&mut self, as_of: NaiveDate) {
        if let Some(setting) = self.by_name.get_mut("as_of") {
            setting.value = SettingValue::Date(as_of);
        }
    }

    /// The zone in which a moment has its day.
    pub fn set_time_zone(&mut self, name: &str) {
        if let Some(setting) = self.by_name.get_mut("time_zone") {
            setting.value = SettingValue::Text(name.to_string());
            setting.told.is_of_the_pipeline = setting.told.default != name;
            setting.told.value = name.into();
        }
    }

    /// Puts a date in where a setting says `yesterday`.
    pub fn resolve_yesterday(&mut self, yesterday: NaiveDate) {
        for setting in self.by_name.values_mut().filter(|setting| setting.value == SettingValue::Yesterday) {
            setting.value = SettingValue::Date(yesterday);
        }
    }

    /// The date as of which a run looks at the world.
    pub fn as_of(&self) -> NaiveDate {
        match self.by_name.get("as_of").map(|setting| &setting.value) {
            Some(SettingValue::Date(as_of)) => *as_of,
            _ => NaiveDate::default(),
        }
    }

    /// The names of the settings that are tables.
    pub fn table_names(&self) -> Vec<TableName> {
        let tables = self.by_name.iter().filter(|(_, setting)| matches!(setting.value, SettingValue::Table(_)));
        tables.map(|(name, _)| TableName::new("settings", name)).collect()
    }

    /// Every setting by its name, as people are told of it.
    pub fn told(&self) -> impl Iterator<Item = (&str, &SettingTold)> {
        self.by_name.iter().map(|(name, setting)| (name.as_str(), &setting.told))
    }

    /// The setting of that name, where it is a table.
    pub fn table(&self, name: &str) -> Option<&SettingsTable> {
        match self.by_name.get(name).map(|setting| &setting.value) {
            Some(SettingValue::Table(table)) => Some(table),
            _ => None,
        }
    }

    /// The values of some settings as one text.
    pub fn fingerprint<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> String {
        let mut values: Vec<String> = names
            .into_iter()
            .map(|name| format!("{name}={}", self.by_name.get(name).map_or_else(String::new, |s| s.value.exact_text())))
            .collect();
        values.sort_unstable();
        values.dedup();
        values.join("\n")
    }

    /// The values of all settings as one text.
    pub fn fingerprint_of_all(&self) -> String {
        self.fingerprint(self.by_name.keys().map(String::as_str))
    }

    /// The query with a typed literal for every setting that it names.
    ///
    /// # Errors
    /// When it names a setting that there is not, or one that is a table.
    pub fn put_into(&self, sql: &SqlFile) -> Result<Statement, Fault> {
        for (name, place) in &sql.parameters {
            let fault = |message: String| Fault::at(&sql.path, place.clone(), message);
            match self.by_name.get(name).map(|setting| &setting.value) {
                Some(SettingValue::Table(_)) => {
                    return Err(
                        fault(format!("`${name}` is a table")).with_help(format!("read it: from settings.{name}"))
                    );
                }
                Some(_) => {}
                None => {
                    let near = nearest(name, self.by_name.keys().map(String::as_str));
                    let fault = fault(format!("unknown setting `${name}`"));
                    return Err(match near {
                        Some(near) => fault.with_help(format!("did you mean `${near}`?")),
                        None => fault.with_help(format!("settings are defined in {}", self.file)),
                    });
                }
            }
        }
        let mut statement = sql.statement.clone();
        // Nothing breaks off this visit.
        let _: ControlFlow<()> = statement.visit(&mut Literals(self));
        Ok(statement)
    }

    /// Settings that no query names: what they promise does not happen.
    pub fn unused<'a>(&self, queries: impl Iterator<Item = &'a SqlFile>) -> Vec<Fault> {
        let mut unused: BTreeMap<&String, &Setting> = self.by_name.iter().collect();
        for sql in queries {
            unused.retain(|setting, _| sql.parameters.iter().all(|(name, _)| name != *setting));
            unused.retain(|setting, _| sql.tables.iter().all(|table| table.name.name != **setting));
        }
        // Every run has an as_of, named by a query or not.
        unused.retain(|name, _| *name != "as_of");
        let faults = unused.into_iter().map(|(name, setting)| {
            let place = yaml_place(&self.text, &setting.defined_at);
            let set = if setting.is_overridden { ", but the pipeline sets it" } else { "" };
            Fault::at(&self.file, place, format!("setting `{name}` is used by no SQL file{set}"))
        });
        faults.collect()
    }
}

/// Puts literals where placeholders stand.
struct Literals<'a>(&'a Settings);

impl VisitorMut for Literals<'_> {
    type Break = ();

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        if let Expr::Value(value) = expression
            && let SqlValue::Placeholder(placeholder) = &value.value
            && let Some(setting) = self.0.by_name.get(placeholder.trim_start_matches('$'))
            && let Some(literal) = setting.value.literal()
        {
            *expression = literal;
        }
        ControlFlow::Continue(())
    }
}
