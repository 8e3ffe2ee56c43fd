//! One pass over the movements of a product through all of its locations and batches: first in, first out.

use std::collections::{HashMap, VecDeque};

use super::found::Found;
use super::movement::{Bond, Kind, Movement, sequence};
use super::stock::{Deficit, Layer, LayerType, Origin, Part, Stock};
use super::worth::{Overflow, Worth, spread};

/// The layers of a product after its movements, which may come in any order.
///
/// # Errors
/// When a value times a quantity has more than 38 digits.
pub fn replay<'a>(movements: &[Movement<'a>], returns_keep_their_age: bool) -> Result<Vec<Found<'a>>, Overflow> {
    let sequence = sequence(movements, returns_keep_their_age);
    let mut replay = Replay {
        movements,
        returns_keep_their_age,
        locations: Names::default(),
        batches: Names::default(),
        arrived: Vec::new(),
        stocks: Vec::new(),
        stock_numbers: HashMap::new(),
        in_transit: vec![VecDeque::new(); sequence.transfer_count],
        handed_on: vec![VecDeque::new(); sequence.document_count],
        arrivals: 0,
    };
    replay.batches.number("");
    for step in sequence.steps {
        match movements[step].quantity {
            0 => replay.revalue(step)?,
            1.. => replay.receive(step, sequence.bonds[step]),
            _ => replay.give(step, sequence.bonds[step]),
        }
    }
    replay.found(&sequence.bonds)
}

/// Texts by the order in which they were first seen.
#[derive(Default)]
pub(super) struct Names<'a> {
    numbers: HashMap<&'a str, usize>,
    pub names: Vec<&'a str>,
}

impl<'a> Names<'a> {
    fn number(&mut self, name: &'a str) -> usize {
        *self.numbers.entry(name).or_insert_with(|| {
            self.names.push(name);
            self.names.len() - 1
        })
    }
}

/// The batch of stock without a batch.
pub(super) const NO_BATCH: usize = 0;

/// The state of a product between two of its movements.
pub(super) struct Replay<'m, 'a> {
    pub movements: &'m [Movement<'a>],
    returns_keep_their_age: bool,
    pub locations: Names<'a>,
    pub batches: Names<'a>,
    /// By location: layers in the order of their arrival, with their stock; some of them are used up.
    arrived: Vec<VecDeque<(usize, usize)>>,
    pub stocks: Vec<Stock>,
    /// By location and batch.
    stock_numbers: HashMap<(usize, usize), usize>,
    /// By transfer: what has not arrived.
    pub in_transit: Vec<VecDeque<Part>>,
    /// By document: what its issues gave and no receipt has taken over.
    handed_on: Vec<VecDeque<Part>>,
    arrivals: usize,
}

impl Replay<'_, '_> {
    fn location(&mut self, step: usize) -> usize {
        let location = self.locations.number(self.movements[step].location_id);
        if location == self.arrived.len() {
            self.arrived.push(VecDeque::new());
        }
        location
    }

    fn batch(&mut self, step: usize) -> usize {
        self.movements[step].batch_id.map_or(NO_BATCH, |batch| self.batches.number(batch))
    }

    fn stock(&mut self, location: usize, batch: usize) -> usize {
        *self.stock_numbers.entry((location, batch)).or_insert_with(|| {
            self.stocks.push(Stock { location, batch, ..Stock::default() });
            self.stocks.len() - 1
        })
    }

    /// Takes the oldest layers of the batch; without a batch first those that have none, then the oldest of all. What is
    /// not there becomes a deficit.
    fn give(&mut self, step: usize, bond: Bond) {
        let movement = &self.movements[step];
        let (location, batch) = (self.location(step), self.batch(step));
        let stock = self.stock(location, batch);
        let mut missing = -movement.quantity;
        let mut parts = Vec::new();
        while missing > 0 {
            let oldest = if batch == NO_BATCH && self.stocks[stock].layers.is_empty() {
                self.stock_of_oldest(location)
            } else {
                Some(stock)
            };
            let Some(part) = oldest.and_then(|oldest| self.stocks[oldest].take_oldest(missing)) else { break };
            missing -= part.quantity;
            parts.push(part);
        }
        if missing > 0 {
            let worth = Worth::of(movement);
            self.stocks[stock].deficits.push_back(Deficit { quantity: missing, worth, movement: step });
            parts.push(Part { quantity: missing, worth, origin: None, location, batch, number: 0 });
        }
        match bond {
            Bond::Transfer(transfer) => {
                let own = Worth::of(movement);
                let sent = Origin { date: movement.date, is_known: false, is_minimum: false };
                self.in_transit[transfer].extend(parts.into_iter().zip(1..).map(|(part, number)| Part {
                    worth: part.worth.or(own),
                    origin: part.origin.or(Some(sent)),
                    number,
                    ..part
                }));
            }
            Bond::Document(document) => self.handed_on[document].extend(parts),
            Bond::None => {}
        }
    }

    /// The stock of the layer that came to the location before all others, of whatever batch.
    fn stock_of_oldest(&mut self, location: usize) -> Option<usize> {
        let arrived = &mut self.arrived[location];
        while let Some((arrival, stock)) = arrived.front().copied() {
            if self.stocks[stock].layers.front().is_some_and(|layer| layer.arrival == arrival) {
                return Some(stock);
            }
            arrived.pop_front();
        }
        None
    }

    fn receive(&mut self, step: usize, bond: Bond) {
        let movement = &self.movements[step];
        let (location, batch) = (self.location(step), self.batch(step));
        let own = Worth::of(movement);
        let layer_type = match movement.kind {
            Kind::Opening => LayerType::Opening,
            Kind::Return => LayerType::Return,
            _ => LayerType::Receipt,
        };
        let is_known = match movement.kind {
            Kind::TransferIn => false,
            Kind::Return => !self.returns_keep_their_age,
            _ => !movement.is_age_minimum,
        };
        let new = Origin { date: movement.date, is_known, is_minimum: movement.is_age_minimum };
        let mut layer = Layer {
            quantity: movement.quantity,
            worth: own,
            layer_type,
            date: movement.date,
            origin: new,
            movement: step,
            number: 0,
            arrival: 0,
        };
        while layer.quantity > 0 {
            layer.number += 1;
            let part = match bond {
                Bond::Transfer(transfer) => take_first(&mut self.in_transit[transfer], layer.quantity, None),
                Bond::Document(document) => {
                    let from = (movement.kind == Kind::Receipt).then_some(location);
                    take_first(&mut self.handed_on[document], layer.quantity, from)
                }
                Bond::None => None,
            };
            let Some(part) = part else {
                self.add(location, batch, layer);
                return;
            };
            layer.quantity -= part.quantity;
            self.take_over(step, batch, &part, &layer);
        }
    }

    /// Puts a part of what was given elsewhere to where it goes; the layer says how. What moved keeps what it is worth,
    /// what a document handed on its age alone.
    fn take_over(&mut self, step: usize, batch: usize, part: &Part, layer: &Layer) {
        let movement = &self.movements[step];
        let location = self.location(step);
        let is_transfer = movement.kind == Kind::TransferIn;
        let unknown = Origin { date: movement.date, is_known: false, is_minimum: false };
        let mut origin = part.origin.unwrap_or(unknown);
        if !origin.is_known {
            origin.date = origin.date.min(movement.date);
        }
        let worth = if is_transfer { part.worth.or(layer.worth) } else { layer.worth.or(part.worth) };
        let batch = if is_transfer && batch == NO_BATCH { part.batch } else { batch };
        self.add(location, batch, Layer { quantity: part.quantity, worth, origin, ..layer.clone() });
    }

    /// Puts a layer behind all others, but for what makes up for deficits of its batch or of no batch.
    #[expect(clippy::needless_pass_by_value, reason = "what is put there is a new layer")]
    fn add(&mut self, location: usize, batch: usize, layer: Layer) {
        let stock = self.stock(location, batch);
        let mut quantity = self.stocks[stock].fill(layer.quantity);
        if quantity > 0
            && batch != NO_BATCH
            && let Some(without_batch) = self.stock_numbers.get(&(location, NO_BATCH))
        {
            quantity = self.stocks[*without_batch].fill(quantity);
        }
        if quantity > 0 {
            self.arrivals += 1;
            self.arrived[location].push_back((self.arrivals, stock));
            self.stocks[stock].layers.push_back(Layer { quantity, arrival: self.arrivals, ..layer });
        }
    }

    /// Spreads a change of value over the open layers of the batch, or without a batch of the location.
    fn revalue(&mut self, step: usize) -> Result<(), Overflow> {
        let Some(change) = self.movements[step].value.filter(|change| *change != 0) else { return Ok(()) };
        let (location, batch) = (self.location(step), self.batch(step));
        let is_concerned =
            |stock: &&mut Stock| stock.location == location && (batch == NO_BATCH || stock.batch == batch);
        let mut layers: Vec<&mut Layer> =
            self.stocks.iter_mut().filter(is_concerned).flat_map(|stock| stock.layers.iter_mut()).collect();
        layers.sort_by_key(|layer| layer.arrival);
        spread(change, &mut layers)
    }
}

/// Takes up to so much of the first part, where it matters of the first from that location.
fn take_first(parts: &mut VecDeque<Part>, quantity: i128, from: Option<usize>) -> Option<Part> {
    let first = parts.iter().position(|part| from.is_none_or(|from| part.location == from))?;
    let taken = quantity.min(parts[first].quantity);
    let part = Part { quantity: taken, ..parts[first].clone() };
    parts[first].quantity -= taken;
    if parts[first].quantity == 0 {
        parts.remove(first);
    }
    Some(part)
}
