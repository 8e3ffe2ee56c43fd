//! First in, first out as one would do it by hand: every unit is a thing of its own, and every step looks through all of
//! them. Slow, and nothing in it is clever.

use crate::aging_order::{in_order, sent_by};

/// One line of a movement, of whole units.
#[derive(Debug, Clone, PartialEq)]
pub struct StockLine {
    /// Minutes since the first day.
    pub moved_at: i64,
    pub created_at: Option<i64>,
    pub movement_id: String,
    pub line_id: String,
    pub location: String,
    pub batch: Option<String>,
    pub quantity: i64,
    /// In ten-thousandths.
    pub value: Option<i64>,
    pub kind: &'static str,
    pub document: Option<String>,
    pub linked: Option<(String, String)>,
}

pub const MINUTES_OF_A_DAY: i64 = 1440;
pub const IN_TRANSIT: &str = "(in transit)";

impl StockLine {
    pub fn day(&self) -> i64 {
        self.moved_at.div_euclid(MINUTES_OF_A_DAY)
    }
}

/// A layer as the mart shows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StockLayer {
    pub location: String,
    pub batch: Option<String>,
    pub layer_id: String,
    pub layer_type: &'static str,
    pub day: i64,
    pub original_day: i64,
    pub is_original_day_known: bool,
    pub is_age_minimum: bool,
    pub quantity: i64,
    pub value: Option<i64>,
    pub sender: Option<String>,
}

#[derive(Debug, Clone)]
struct Unit {
    /// What all units of a layer have in common; its quantity is 1.
    layer: StockLayer,
    /// A value and the number of units that have it together.
    worth: (Option<i64>, i64),
    is_missing: bool,
}

/// A unit on its way, and which part of what was given it belongs to.
type Given = (Unit, String);

#[derive(Default)]
struct Stock {
    /// In the order of arrival; those that are missing in the order of the issues.
    units: Vec<Unit>,
    /// By the line that sent them.
    in_transit: Vec<(StockLine, Vec<Given>)>,
    /// By document.
    handed_on: Vec<(String, Vec<Given>)>,
}

/// The layers after all lines.
pub fn layers(lines: &[StockLine], returns_keep_their_age: bool) -> Vec<StockLayer> {
    let lines = in_order(lines);
    let mut stock = Stock::default();
    for line in &lines {
        match line.quantity {
            0 => stock.revalue(line),
            1.. => stock.receive(line, &lines, returns_keep_their_age),
            _ => stock.give(line),
        }
    }
    let in_transit = stock.in_transit.into_iter().flat_map(|(_, given)| given).map(|(unit, _)| unit);
    let mut found: Vec<(StockLayer, (Option<i64>, i64))> = Vec::new();
    for unit in stock.units.into_iter().chain(in_transit) {
        let same = |layer: &StockLayer| {
            (&layer.location, &layer.batch, &layer.layer_id)
                == (&unit.layer.location, &unit.layer.batch, &unit.layer.layer_id)
        };
        match found.iter_mut().find(|(layer, _)| same(layer)) {
            Some((layer, _)) => layer.quantity += unit.layer.quantity,
            None => found.push((unit.layer, unit.worth)),
        }
    }
    let mut layers: Vec<StockLayer> = found
        .into_iter()
        .map(|(layer, worth)| StockLayer { value: value_of(worth, layer.quantity), ..layer })
        .collect();
    layers.sort();
    layers
}

impl Stock {
    fn give(&mut self, line: &StockLine) {
        let unit_worth = (line.value.map(|value| -value), -line.quantity);
        let mut given: Vec<Given> = Vec::new();
        for _ in 0..-line.quantity {
            let is_here = |unit: &Unit| !unit.is_missing && unit.layer.location == line.location;
            let of_batch = self.units.iter().position(|unit| is_here(unit) && unit.layer.batch == line.batch);
            let of_any = self.units.iter().position(|unit| is_here(unit) && line.batch.is_none());
            if let Some(place) = of_batch.or(of_any) {
                let unit = self.units.remove(place);
                let from = format!("{} {:?} {}", unit.layer.layer_id, unit.layer.batch, line.movement_id);
                given.push((unit, from));
                continue;
            }
            let layer = StockLayer {
                location: line.location.clone(),
                batch: line.batch.clone(),
                layer_id: format!("{}/{}/1", line.movement_id, line.line_id),
                layer_type: "deficit",
                day: line.day(),
                original_day: line.day(),
                is_original_day_known: true,
                is_age_minimum: false,
                quantity: -1,
                value: None,
                sender: None,
            };
            let unit = Unit { layer, worth: (unit_worth.0, unit_worth.1), is_missing: true };
            self.units.push(unit.clone());
            given.push((unit, format!("missing {}", line.movement_id)));
        }
        if line.kind == "transfer_out" {
            let mut parts: Vec<String> = Vec::new();
            for (unit, from) in &mut given {
                if parts.last() != Some(from) {
                    parts.push(from.clone());
                }
                unit.layer.layer_id = format!("{}/{}/{}", line.movement_id, line.line_id, parts.len());
                unit.layer.location = IN_TRANSIT.to_string();
                unit.layer.layer_type = "receipt";
                unit.layer.quantity = 1;
                unit.layer.day = line.day();
                unit.layer.is_original_day_known &= !unit.is_missing;
                unit.layer.sender = Some(line.location.clone());
                if unit.worth.0.is_none() {
                    unit.worth = unit_worth;
                }
            }
            self.in_transit.push((line.clone(), given));
        } else if let (Some(document), "issue") = (&line.document, line.kind) {
            match self.handed_on.iter_mut().find(|(other, _)| other == document) {
                Some((_, all)) => all.extend(given),
                None => self.handed_on.push((document.clone(), given)),
            }
        }
    }

    /// What a line takes over: units that were given elsewhere, first those that were given first.
    fn takes_over(&mut self, line: &StockLine, lines: &[StockLine], returns_keep_their_age: bool) -> Option<Given> {
        if line.kind == "transfer_in" {
            let sent = sent_by(line, lines)?;
            let (_, units) = self.in_transit.iter_mut().find(|(one, _)| *one == sent)?;
            return (!units.is_empty()).then(|| units.remove(0));
        }
        let any_location = line.kind == "return" && returns_keep_their_age;
        if line.kind != "receipt" && !any_location {
            return None;
        }
        let (_, units) = self.handed_on.iter_mut().find(|(document, _)| Some(document) == line.document.as_ref())?;
        let place = units.iter().position(|(unit, _)| any_location || unit.layer.location == line.location)?;
        Some(units.remove(place))
    }

    fn receive(&mut self, line: &StockLine, lines: &[StockLine], returns_keep_their_age: bool) {
        let own = (line.value, line.quantity);
        let mut number = 0;
        let mut part_before = None;
        for _ in 0..line.quantity {
            let given = self.takes_over(line, lines, returns_keep_their_age);
            let part = given.as_ref().map_or_else(String::new, |(_, part)| part.clone());
            if part_before.as_ref() != Some(&part) {
                number += 1;
                part_before = Some(part);
            }
            let is_new_of_unknown_age = line.kind == "transfer_in"
                || (line.kind == "return" && returns_keep_their_age)
                || line.kind == "opening";
            let mut unit = Unit {
                layer: StockLayer {
                    location: line.location.clone(),
                    batch: line.batch.clone(),
                    layer_id: format!("{}/{}/{number}", line.movement_id, line.line_id),
                    layer_type: match line.kind {
                        "opening" => "opening",
                        "return" => "return",
                        _ => "receipt",
                    },
                    day: line.day(),
                    original_day: line.day(),
                    is_original_day_known: !is_new_of_unknown_age,
                    is_age_minimum: line.kind == "opening",
                    quantity: 1,
                    value: None,
                    sender: None,
                },
                worth: own,
                is_missing: false,
            };
            if let Some((given, _)) = given {
                let is_known = given.layer.is_original_day_known && !given.is_missing;
                let of_missing = if line.kind == "transfer_in" { given.layer.original_day } else { line.day() };
                let original = if given.is_missing { of_missing } else { given.layer.original_day };
                unit.layer.original_day = if is_known { original } else { original.min(line.day()) };
                unit.layer.is_original_day_known = is_known;
                unit.layer.is_age_minimum = given.layer.is_age_minimum;
                if line.kind == "transfer_in" {
                    unit.worth = if given.worth.0.is_some() { given.worth } else { own };
                    unit.layer.batch = line.batch.clone().or(given.layer.batch);
                } else if own.0.is_none() {
                    unit.worth = given.worth;
                }
            }
            self.put(unit);
        }
    }

    /// Makes up for the first unit that is missing, of the batch before none; else puts the unit behind all others.
    fn put(&mut self, unit: Unit) {
        let is_missing = |one: &Unit, batch: &Option<String>| {
            one.is_missing && one.layer.location == unit.layer.location && one.layer.batch == *batch
        };
        let of_batch = self.units.iter().position(|one| is_missing(one, &unit.layer.batch));
        match of_batch.or_else(|| self.units.iter().position(|one| is_missing(one, &None))) {
            Some(place) => drop(self.units.remove(place)),
            None => self.units.push(unit),
        }
    }

    fn revalue(&mut self, line: &StockLine) {
        let Some(change) = line.value else { return };
        let mut layers: Vec<(String, Option<String>, i64, Option<i64>)> = Vec::new();
        let is_concerned = |unit: &Unit| {
            !unit.is_missing
                && unit.layer.location == line.location
                && (line.batch.is_none() || unit.layer.batch == line.batch)
        };
        for unit in self.units.iter().filter(|unit| is_concerned(unit)) {
            match layers.iter_mut().find(|(id, batch, ..)| (id, batch) == (&unit.layer.layer_id, &unit.layer.batch)) {
                Some((_, _, count, value)) => {
                    *count += 1;
                    *value = value_of(unit.worth, *count);
                }
                None => {
                    layers.push((unit.layer.layer_id.clone(), unit.layer.batch.clone(), 1, value_of(unit.worth, 1)));
                }
            }
        }
        layers.retain(|(_, _, _, value)| value.is_some_and(|value| value > 0));
        let whole: i64 = layers.iter().map(|(_, _, _, value)| value.unwrap()).sum();
        let (mut before, mut spread) = (0, 0);
        for (id, batch, count, value) in layers {
            before += value.unwrap();
            let cents = rounded(i128::from(change) * i128::from(before), i128::from(whole) * 100);
            let until = if before == whole { change } else { cents * 100 };
            let worth = (Some(value.unwrap() + until - spread), count);
            spread = until;
            for unit in self.units.iter_mut().filter(|unit| is_concerned(unit)) {
                if unit.layer.layer_id == id && unit.layer.batch == batch {
                    unit.worth = worth;
                }
            }
        }
    }
}

fn value_of((value, units): (Option<i64>, i64), count: i64) -> Option<i64> {
    value.map(|value| rounded(i128::from(value) * i128::from(count), i128::from(units)))
}

/// Half away from zero.
fn rounded(part: i128, whole: i128) -> i64 {
    let twice = 2 * part.abs() + whole;
    i64::try_from((twice / (2 * whole)) * part.signum()).unwrap()
}
