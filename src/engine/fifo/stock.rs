//! What lies somewhere: layers in the order of their arrival, or deficits in that of the issues that caused them.

use std::collections::VecDeque;

use super::worth::Worth;

/// By what a layer came to where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayerType {
    Receipt,
    Opening,
    Return,
    Deficit,
}

/// When goods first came, as far as it is known.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    pub date: i32,
    pub is_known: bool,
    pub is_minimum: bool,
}

/// Goods that came together and still lie there.
#[derive(Debug, Clone)]
#[expect(clippy::struct_field_names, reason = "the field has the name of the mart's column")]
pub struct Layer {
    pub quantity: i128,
    pub worth: Worth,
    pub layer_type: LayerType,
    pub date: i32,
    pub origin: Origin,
    /// The movement that brought it, and which part of that it is, from 1.
    pub movement: usize,
    pub number: u32,
    /// Counts all layers of the product in the order of their arrival.
    pub arrival: usize,
}

/// Goods on their way from one place to another.
#[derive(Debug, Clone)]
pub struct Part {
    pub quantity: i128,
    pub worth: Worth,
    /// None of what was given though it was not there.
    pub origin: Option<Origin>,
    pub location: usize,
    pub batch: usize,
    /// Which part it is of what was given, from 1.
    pub number: u32,
}

/// What is missing.
#[derive(Debug, Clone)]
pub struct Deficit {
    pub quantity: i128,
    pub worth: Worth,
    pub movement: usize,
}

/// The stock of one product, location and batch: layers or deficits.
#[derive(Debug, Default)]
pub struct Stock {
    pub location: usize,
    pub batch: usize,
    pub layers: VecDeque<Layer>,
    pub deficits: VecDeque<Deficit>,
}

impl Stock {
    /// Takes up to so much of the oldest layer; None where there is no layer.
    pub fn take_oldest(&mut self, quantity: i128) -> Option<Part> {
        let oldest = self.layers.front_mut()?;
        let taken = quantity.min(oldest.quantity);
        let part = Part {
            quantity: taken,
            worth: oldest.worth,
            origin: Some(oldest.origin),
            location: self.location,
            batch: self.batch,
            number: 0,
        };
        oldest.quantity -= taken;
        if oldest.quantity == 0 {
            self.layers.pop_front();
        }
        Some(part)
    }

    /// Makes up for what is missing, oldest first; what is left of the quantity.
    pub fn fill(&mut self, mut quantity: i128) -> i128 {
        while let Some(oldest) = self.deficits.front_mut() {
            let filled = quantity.min(oldest.quantity);
            quantity -= filled;
            oldest.quantity -= filled;
            if oldest.quantity > 0 {
                break;
            }
            self.deficits.pop_front();
        }
        quantity
    }
}
