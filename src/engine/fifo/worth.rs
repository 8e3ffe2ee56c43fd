//! What a unit is worth, without rounding until a value is asked for.

use super::movement::Movement;
use super::stock::Layer;

/// A number grew out of 128 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overflow;

/// What a unit is worth, as the quantity and value that it was booked with: a fraction that is never rounded.
#[derive(Debug, Clone, Copy)]
pub struct Worth {
    pub quantity: i128,
    /// None where it is not known.
    pub value: Option<i128>,
}

impl Worth {
    pub fn of(movement: &Movement<'_>) -> Worth {
        Worth {
            quantity: movement.quantity.abs(),
            value: movement.value.map(|value| value * movement.quantity.signum()),
        }
    }

    /// This one, or the other where it is not known.
    pub fn or(self, other: Worth) -> Worth {
        if self.value.is_some() { self } else { other }
    }

    /// What so many units are worth, rounded to four places.
    pub fn value_of(&self, quantity: i128) -> Result<Option<i128>, Overflow> {
        self.value.map(|value| share(value, quantity, self.quantity)).transpose()
    }
}

/// `total * part / whole`, rounded half away from zero; the whole is above 0.
pub fn share(total: i128, part: i128, whole: i128) -> Result<i128, Overflow> {
    if part == whole {
        return Ok(total);
    }
    let product = total.checked_mul(part).ok_or(Overflow)?;
    let (quotient, rest) = (product / whole, product % whole);
    let rounds_up = rest.unsigned_abs() >= whole.unsigned_abs() - rest.unsigned_abs();
    Ok(if rounds_up { quotient + product.signum() } else { quotient })
}

/// Spreads a change of value over layers by what they are worth, the first ones first, rounded cumulatively to cents; the
/// last takes what is left. Layers that are worth nothing, or an unknown value, have no part in it.
pub fn spread(change: i128, layers: &mut [&mut Layer]) -> Result<(), Overflow> {
    let mut values = Vec::with_capacity(layers.len());
    for layer in layers.iter() {
        values.push(layer.worth.value_of(layer.quantity)?.filter(|value| *value > 0));
    }
    let whole: i128 = values.iter().flatten().sum();
    let (mut before, mut spread) = (0, 0);
    for (layer, value) in layers.iter_mut().zip(values) {
        let Some(value) = value else { continue };
        before += value;
        let until = if before == whole { change } else { share(change, before, whole * CENT)? * CENT };
        layer.worth = Worth { quantity: layer.quantity, value: Some(value + until - spread) };
        spread = until;
    }
    Ok(())
}

/// A cent in ten-thousandths.
const CENT: i128 = 100;
