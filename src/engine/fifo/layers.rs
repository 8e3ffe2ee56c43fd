//! Layers as the engine takes them: one list of structs for each product.

use std::sync::{Arc, LazyLock};

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Decimal128Array, Decimal128Builder, ListArray, StringBuilder, StructArray,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Fields};
use datafusion::error::{DataFusionError, Result};

use super::found::Found;
use super::stock::LayerType;

/// Digits of quantities and values, and how many of them stand behind the point.
const DIGITS: (u8, i8) = (18, 4);

static FIELDS: LazyLock<Fields> = LazyLock::new(|| {
    let number = DataType::Decimal128(DIGITS.0, DIGITS.1);
    Fields::from(vec![
        Field::new("location_id", DataType::Utf8, true),
        Field::new("batch_id", DataType::Utf8, true),
        Field::new("layer_id", DataType::Utf8, true),
        Field::new("layer_type", DataType::Utf8, true),
        Field::new("receipt_date", DataType::Date32, true),
        Field::new("original_receipt_date", DataType::Date32, true),
        Field::new("is_original_date_known", DataType::Boolean, true),
        Field::new("is_age_minimum", DataType::Boolean, true),
        Field::new("quantity", number.clone(), true),
        Field::new("value", number, true),
        Field::new("sender_location_id", DataType::Utf8, true),
    ])
});

fn item() -> Field {
    Field::new_list_field(DataType::Struct(FIELDS.clone()), true)
}

/// What `fifo_layers` gives for a product.
pub fn list_type() -> DataType {
    DataType::List(Arc::new(item()))
}

/// The layers of one product after the other.
#[derive(Default)]
pub struct Lists {
    lengths: Vec<usize>,
    location_id: StringBuilder,
    batch_id: StringBuilder,
    layer_id: StringBuilder,
    layer_type: StringBuilder,
    receipt_date: Date32Builder,
    original_receipt_date: Date32Builder,
    is_original_date_known: BooleanBuilder,
    is_age_minimum: BooleanBuilder,
    quantity: Decimal128Builder,
    value: Decimal128Builder,
    sender_location_id: StringBuilder,
}

impl Lists {
    /// The layers of the next product.
    pub fn push(&mut self, layers: &[Found<'_>]) {
        self.lengths.push(layers.len());
        for layer in layers {
            self.location_id.append_value(layer.location_id);
            self.batch_id.append_option(layer.batch_id);
            self.layer_id.append_value(format!("{}/{}/{}", layer.movement_id, layer.line_id, layer.number));
            self.layer_type.append_value(match layer.layer_type {
                LayerType::Receipt => "receipt",
                LayerType::Opening => "opening",
                LayerType::Return => "return",
                LayerType::Deficit => "deficit",
            });
            self.receipt_date.append_value(layer.date);
            self.original_receipt_date.append_value(layer.original_date);
            self.is_original_date_known.append_value(layer.is_original_date_known);
            self.is_age_minimum.append_value(layer.is_age_minimum);
            self.quantity.append_value(layer.quantity);
            self.value.append_option(layer.value);
            self.sender_location_id.append_option(layer.sender_location_id);
        }
    }

    /// # Errors
    /// When a quantity or value has too many digits.
    pub fn finish(mut self) -> Result<ArrayRef> {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.location_id.finish()),
            Arc::new(self.batch_id.finish()),
            Arc::new(self.layer_id.finish()),
            Arc::new(self.layer_type.finish()),
            Arc::new(self.receipt_date.finish()),
            Arc::new(self.original_receipt_date.finish()),
            Arc::new(self.is_original_date_known.finish()),
            Arc::new(self.is_age_minimum.finish()),
            Arc::new(of_digits(&self.quantity.finish())?),
            Arc::new(of_digits(&self.value.finish())?),
            Arc::new(self.sender_location_id.finish()),
        ];
        let layers = StructArray::try_new(FIELDS.clone(), columns, None)?;
        let offsets = OffsetBuffer::from_lengths(self.lengths);
        Ok(Arc::new(ListArray::try_new(Arc::new(item()), offsets, Arc::new(layers), None)?))
    }
}

fn of_digits(numbers: &Decimal128Array) -> Result<Decimal128Array> {
    let numbers = numbers.clone().with_precision_and_scale(DIGITS.0, DIGITS.1)?;
    let is_too_large = numbers.validate_decimal_precision(DIGITS.0).is_err();
    if is_too_large { Err(too_large()) } else { Ok(numbers) }
}

/// The complaint of numbers that grow out of their type.
pub fn too_large() -> DataFusionError {
    DataFusionError::Execution("a quantity or value of a layer of stock is too large for its type".to_string())
}
