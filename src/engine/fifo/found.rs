//! What the replay of a product leaves: layers, deficits and goods in transit.

use super::movement::Bond;
use super::replay::{NO_BATCH, Replay};
use super::stock::{Deficit, Layer, LayerType, Origin, Part, Stock};
use super::worth::Overflow;

/// Where goods are that have left one location and not reached another.
pub const IN_TRANSIT: &str = "(in transit)";

/// A layer, or a deficit (its quantity is negative), that is there after the last movement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<'a> {
    pub location_id: &'a str,
    pub batch_id: Option<&'a str>,
    pub layer_type: LayerType,
    pub date: i32,
    pub original_date: i32,
    pub is_original_date_known: bool,
    pub is_age_minimum: bool,
    pub quantity: i128,
    /// None where it is not known.
    pub value: Option<i128>,
    /// Of what is in transit.
    pub sender_location_id: Option<&'a str>,
    /// By which movement and line it came, and as which part of that, from 1.
    pub movement_id: &'a str,
    pub line_id: &'a str,
    pub number: u32,
}

impl<'a> Replay<'_, 'a> {
    /// What is there after the last movement.
    pub(super) fn found(&self, bonds: &[Bond]) -> Result<Vec<Found<'a>>, Overflow> {
        let mut found = Vec::new();
        for stock in &self.stocks {
            for layer in &stock.layers {
                found.push(self.layer(stock, layer)?);
            }
            for deficit in &stock.deficits {
                found.push(self.deficit(stock, deficit)?);
            }
        }
        for (number, bond) in bonds.iter().enumerate() {
            if let Bond::Transfer(transfer) = bond
                && self.movements[number].quantity < 0
            {
                for part in &self.in_transit[*transfer] {
                    found.push(self.sent(number, part)?);
                }
            }
        }
        Ok(found)
    }

    fn layer(&self, stock: &Stock, layer: &Layer) -> Result<Found<'a>, Overflow> {
        Ok(Found {
            layer_type: layer.layer_type,
            date: layer.date,
            original_date: layer.origin.date,
            is_original_date_known: layer.origin.is_known,
            is_age_minimum: layer.origin.is_minimum,
            quantity: layer.quantity,
            value: layer.worth.value_of(layer.quantity)?,
            number: layer.number,
            ..self.at(stock.location, stock.batch, layer.movement)
        })
    }

    fn deficit(&self, stock: &Stock, deficit: &Deficit) -> Result<Found<'a>, Overflow> {
        Ok(Found {
            layer_type: LayerType::Deficit,
            quantity: -deficit.quantity,
            value: deficit.worth.value_of(deficit.quantity)?.map(|value| -value),
            ..self.at(stock.location, stock.batch, deficit.movement)
        })
    }

    fn sent(&self, movement: usize, part: &Part) -> Result<Found<'a>, Overflow> {
        let at_sender = self.at(part.location, part.batch, movement);
        let origin = part.origin.unwrap_or(Origin { date: at_sender.date, is_known: false, is_minimum: false });
        Ok(Found {
            location_id: IN_TRANSIT,
            original_date: origin.date,
            is_original_date_known: origin.is_known,
            is_age_minimum: origin.is_minimum,
            quantity: part.quantity,
            value: part.worth.value_of(part.quantity)?,
            sender_location_id: Some(at_sender.location_id),
            number: part.number,
            ..at_sender
        })
    }

    /// What a movement of its own day left somewhere.
    fn at(&self, location: usize, batch: usize, movement: usize) -> Found<'a> {
        let movement = &self.movements[movement];
        Found {
            location_id: self.locations.names[location],
            batch_id: (batch != NO_BATCH).then(|| self.batches.names[batch]),
            layer_type: LayerType::Receipt,
            date: movement.date,
            original_date: movement.date,
            is_original_date_known: true,
            is_age_minimum: false,
            quantity: 0,
            value: None,
            sender_location_id: None,
            movement_id: movement.movement_id,
            line_id: movement.line_id,
            number: 1,
        }
    }
}
