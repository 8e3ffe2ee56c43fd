//! `slaProperties`: how fresh a table is. What else the standard promises there is for people.

use arrow::datatypes::DataType;

use crate::contract::odcs::Reader;
use crate::contract::odcs::file::Sla;
use crate::contract::{Contract, Freshness};

impl Reader<'_> {
    pub(super) fn sla(&mut self, contract: &mut Contract, sla: &Sla) {
        // The standard's word is latency, its tools' is freshness.
        if !["freshness", "latency"].contains(&sla.property.value.as_str()) {
            return;
        }
        let unit = sla.unit.as_ref().map_or("d", |unit| unit.value.as_str());
        let hours = match unit {
            "h" | "hr" | "hour" | "hours" => 1,
            "d" | "day" | "days" => 24,
            "w" | "wk" | "week" | "weeks" => 24 * 7,
            _ => {
                if let Some(unit) = &sla.unit {
                    self.fault(&unit.referenced, format!("`unit` is `{}`, expected h, d or w", unit.value));
                }
                return;
            }
        };
        let typed = &sla.value.value;
        let number = typed.as_i64().or_else(|| typed.as_str().and_then(|text| text.parse().ok()));
        let Some(at_most_hours) = number.filter(|number| *number >= 0).and_then(|number| number.checked_mul(hours))
        else {
            self.fault(&sla.value.referenced, format!("`value` is `{typed}`, expected a whole number of {unit}"));
            return;
        };
        let mut freshness = Freshness { column: None, at_most_hours };
        if let Some(element) = &sla.element {
            // `column`, or `table.column` with the contract's own table.
            let name = element.value.strip_prefix(&format!("{}.", contract.name)).unwrap_or(&element.value);
            if name == contract.name {
                contract.freshness.push(freshness);
                return;
            }
            match contract.column(name).map(|column| &column.data_type) {
                Some(DataType::Date32 | DataType::Timestamp(..)) => freshness.column = Some(name.to_string()),
                Some(_) => {
                    self.fault(&element.referenced, format!("`{name}` is no date and no timestamp"));
                }
                None => self.fault(&element.referenced, format!("there is no column `{name}`")),
            }
        }
        contract.freshness.push(freshness);
    }
}
