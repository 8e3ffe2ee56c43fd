//! The `quality` of columns and tables: `invalidValues` and boolean SQL are rules of single rows; everything else is
//! expected of the whole table.

use serde_json::Value;
use serde_saphyr::{Location, Spanned};

use crate::contract::odcs::Reader;
use crate::contract::odcs::file::Quality;
use crate::contract::{Column, Contract, CountOf, Expectation, Measure, Must, RowCondition, Severity};
use crate::fault::Place;

/// What a column that is said to be unique promises.
pub(super) fn unique_values(column: &str, place: Place) -> Expectation {
    Expectation {
        name: format!("{column} is unique"),
        severity: Severity::Error,
        measure: Measure::Duplicates { columns: vec![column.to_string()], of: CountOf::Rows },
        must: Must::Be("0".into()),
        place,
    }
}

impl Reader<'_> {
    pub(super) fn quality_of_column(
        &mut self,
        contract: &mut Contract,
        column: &mut Column,
        quality: &Spanned<Quality>,
    ) {
        let Some(kind) = self.kind(quality) else { return };
        if kind == Kind::Sql {
            self.sql(contract, quality);
            return;
        }
        let Some(metric) = self.metric(quality) else { return };
        let name = column.name.clone();
        match metric.value.as_str() {
            "invalidValues" => self.invalid_values(column, quality, &metric.referenced),
            "nullValues" => self.expect(contract, quality, |of| Measure::Nulls { column: name, of }),
            "duplicateValues" => {
                self.expect(contract, quality, |of| Measure::Duplicates { columns: vec![name], of });
            }
            other => {
                let known = "invalidValues, nullValues or duplicateValues";
                self.fault(&metric.referenced, format!("metric `{other}` of a column, expected {known}"));
            }
        }
    }

    /// The columns of the contract are known by then.
    pub(super) fn quality_of_table(&mut self, contract: &mut Contract, quality: &Spanned<Quality>) {
        let Some(kind) = self.kind(quality) else { return };
        if kind == Kind::Sql {
            self.sql(contract, quality);
            return;
        }
        let Some(metric) = self.metric(quality) else { return };
        match metric.value.as_str() {
            "rowCount" => self.expect(contract, quality, |_| Measure::RowCount),
            "duplicateValues" => {
                let properties =
                    quality.value.arguments.as_ref().and_then(|arguments| arguments.value.properties.as_ref());
                let Some(properties) = properties else {
                    self.fault(
                        &metric.referenced,
                        "`duplicateValues` of a table without `arguments: {properties: […]}`",
                    );
                    return;
                };
                for property in &properties.value {
                    if contract.column(&property.value).is_none() {
                        self.fault(&property.referenced, format!("there is no column `{}`", property.value));
                    }
                }
                let columns = properties.value.iter().map(|property| property.value.clone()).collect();
                self.expect(contract, quality, |of| Measure::Duplicates { columns, of });
            }
            other => {
                let known = "rowCount or duplicateValues; what is expected of a column stands with it";
                self.fault(&metric.referenced, format!("metric `{other}` of a table, expected {known}"));
            }
        }
    }

    fn kind(&mut self, quality: &Spanned<Quality>) -> Option<Kind> {
        let Some(kind) = &quality.value.kind else { return Some(Kind::Library) };
        match kind.value.as_str() {
            "library" => Some(Kind::Library),
            "sql" => Some(Kind::Sql),
            // For people alone.
            "text" => None,
            other => {
                self.fault(&kind.referenced, format!("quality of type `{other}`, expected library, sql or text"));
                None
            }
        }
    }

    fn metric<'q>(&mut self, quality: &'q Spanned<Quality>) -> Option<&'q Spanned<String>> {
        if quality.value.metric.is_none() {
            self.fault(&quality.referenced, "quality without a `metric`");
        }
        quality.value.metric.as_ref()
    }

    /// A rule of single rows: those that break it go to quarantine.
    fn invalid_values(&mut self, column: &mut Column, quality: &Spanned<Quality>, at: &Location) {
        if !matches!(self.must(quality, at), Some(Must::Be(number)) if number == "0") {
            self.fault(at, "a row rule says `mustBe: 0`: a row that breaks it goes to quarantine");
        }
        if let Some(severity) = quality.value.severity.as_ref().filter(|severity| severity.value != "error") {
            self.fault(&severity.referenced, "a row rule has no severity: a row that breaks it goes to quarantine");
        }
        match &quality.value.arguments {
            Some(arguments) => self.row_rules(column, &arguments.value, at),
            None => self.fault(at, "`invalidValues` without `arguments`"),
        }
    }

    /// A condition that must be true is a rule of single rows; a query selects one value.
    fn sql(&mut self, contract: &mut Contract, quality: &Spanned<Quality>) {
        let Some(query) = &quality.value.query else {
            self.fault(&quality.referenced, "quality of type `sql` without a `query`");
            return;
        };
        let is_condition = quality.value.must_be.as_ref().is_some_and(|must| must.value == Value::Bool(true));
        if !is_condition {
            let sql = query.value.clone();
            self.expect(contract, quality, |_| Measure::Query { sql });
            return;
        }
        if let Some(severity) = quality.value.severity.as_ref().filter(|severity| severity.value != "error") {
            self.fault(&severity.referenced, "a row rule has no severity: a row that breaks it goes to quarantine");
        }
        contract.row_conditions.push(RowCondition {
            name: quality.value.name.clone().unwrap_or_else(|| "sql".to_string()),
            sql: query.value.trim().to_string(),
            place: self.place(&query.referenced),
        });
    }

    fn expect(
        &mut self,
        contract: &mut Contract,
        quality: &Spanned<Quality>,
        measure: impl FnOnce(CountOf) -> Measure,
    ) {
        let at = quality.referenced;
        let Some(must) = self.must(quality, &at) else { return };
        let severity = match quality.value.severity.as_ref().map(|severity| (severity.value.as_str(), severity)) {
            None | Some(("error", _)) => Severity::Error,
            Some(("warning", _)) => Severity::Warning,
            Some((other, severity)) => {
                self.fault(&severity.referenced, format!("`severity` is `{other}`, expected `error` or `warning`"));
                return;
            }
        };
        let of = match quality.value.unit.as_ref().map(|unit| (unit.value.as_str(), unit)) {
            None | Some(("rows", _)) => CountOf::Rows,
            Some(("percent", _)) => CountOf::Percent,
            Some((other, unit)) => {
                self.fault(&unit.referenced, format!("`unit` is `{other}`, expected `rows` or `percent`"));
                return;
            }
        };
        let measure = measure(of);
        let counts_rows = matches!(measure, Measure::Duplicates { .. } | Measure::Nulls { .. });
        if let (CountOf::Percent, false, Some(unit)) = (of, counts_rows, &quality.value.unit) {
            self.fault(&unit.referenced, "only rows without a value, or that repeat, are told in percent");
        }
        let name = quality.value.name.clone().or_else(|| quality.value.description.clone());
        let name = name.unwrap_or_else(|| format!("{} is {must}", measure.describe()));
        contract.expectations.push(Expectation { name, severity, measure, must, place: self.place(&at) });
    }

    /// The one comparison that the standard wants.
    fn must(&mut self, quality: &Spanned<Quality>, at: &Location) -> Option<Must> {
        let rule = &quality.value;
        let single =
            |typed: &Option<Spanned<Value>>| typed.as_ref().map(|typed| (typed.referenced, vec![typed.value.clone()]));
        let pair =
            |typed: &Option<Spanned<Vec<Value>>>| typed.as_ref().map(|typed| (typed.referenced, typed.value.clone()));
        let comparisons = [
            ("mustBe", single(&rule.must_be)),
            ("mustNotBe", single(&rule.must_not_be)),
            ("mustBeGreaterThan", single(&rule.must_be_greater_than)),
            ("mustBeGreaterOrEqualTo", single(&rule.must_be_greater_or_equal_to)),
            ("mustBeLessThan", single(&rule.must_be_less_than)),
            ("mustBeLessOrEqualTo", single(&rule.must_be_less_or_equal_to)),
            ("mustBeBetween", pair(&rule.must_be_between)),
            ("mustNotBeBetween", pair(&rule.must_not_be_between)),
        ];
        let typed: Vec<_> = comparisons.into_iter().filter_map(|(name, typed)| Some((name, typed?))).collect();
        let [(name, (place, values))] = typed.as_slice() else {
            self.fault(at, format!("a rule with {} comparisons, expected one such as `mustBe: 0`", typed.len()));
            return None;
        };
        let numbers: Option<Vec<String>> = values.iter().map(number).collect();
        let must = numbers.and_then(|numbers| comparison(name, &numbers));
        if must.is_none() {
            let expected = if name.ends_with("Between") { "a list of two numbers" } else { "a number" };
            self.fault(place, format!("`{name}` takes {expected}"));
        }
        must
    }
}

fn comparison(name: &str, numbers: &[String]) -> Option<Must> {
    Some(match (name, numbers) {
        ("mustBe", [number]) => Must::Be(number.clone()),
        ("mustNotBe", [number]) => Must::NotBe(number.clone()),
        ("mustBeGreaterThan", [number]) => Must::BeGreaterThan(number.clone()),
        ("mustBeGreaterOrEqualTo", [number]) => Must::BeGreaterOrEqualTo(number.clone()),
        ("mustBeLessThan", [number]) => Must::BeLessThan(number.clone()),
        ("mustBeLessOrEqualTo", [number]) => Must::BeLessOrEqualTo(number.clone()),
        ("mustBeBetween", [least, most]) => Must::BeBetween(least.clone(), most.clone()),
        ("mustNotBeBetween", [least, most]) => Must::NotBeBetween(least.clone(), most.clone()),
        _ => return None,
    })
}

#[derive(PartialEq, Eq)]
enum Kind {
    Library,
    Sql,
}

fn number(value: &Value) -> Option<String> {
    value.as_number().map(ToString::to_string)
}
