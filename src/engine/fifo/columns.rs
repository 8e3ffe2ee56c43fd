//! Movements as the engine's columns bring them.

use std::sync::Arc;

use arrow::array::PrimitiveArray;
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, StringViewArray, StructArray};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType,
};
use datafusion::error::{DataFusionError, Result};

use super::movement::{Kind, Movement};

/// The fields of a movement, in any order. All but those that may be NULL have a value in every row.
const TIMES: [&str; 2] = ["moved_at", "created_at"];
const TEXTS: [&str; 8] = [
    "movement_id",
    "line_id",
    "location_id",
    "batch_id",
    "type",
    "document_id",
    "linked_movement_id",
    "linked_line_id",
];
const NUMBERS: [&str; 2] = ["quantity", "value"];
const DATE: &str = "date";
const FLAG: &str = "is_age_minimum";

/// Whether a field may have a type.
type Fits = fn(&DataType) -> bool;

/// Whether a type is that of a movement.
pub fn check(data_type: &DataType) -> Result<()> {
    let wrong = |what: String| Err(DataFusionError::Plan(format!("fifo_layers: {what}")));
    let DataType::Struct(fields) = data_type else {
        return wrong(format!("the first argument is {data_type}, expected a struct"));
    };
    let type_of = |name: &str| fields.iter().find(|field| field.name() == name).map(|field| field.data_type());
    let is_wrong = |name: &&str, fits: Fits| !type_of(name).is_some_and(fits);
    let wanted: [(&[&str], Fits, &str); 5] = [
        (&TIMES, |found| matches!(found, DataType::Timestamp(..)), "a timestamp"),
        (&TEXTS, DataType::is_string, "a text"),
        (&NUMBERS, |found| matches!(found, DataType::Decimal128(_, 4)), "a decimal of 4 places"),
        (&[DATE], |found| *found == DataType::Date32, "a date"),
        (&[FLAG], |found| *found == DataType::Boolean, "a boolean"),
    ];
    for (names, fits, kind) in wanted {
        if let Some(name) = names.iter().find(|name| is_wrong(name, fits)) {
            return wrong(format!("the field `{name}` of a movement is not {kind}"));
        }
    }
    Ok(())
}

/// Some movements.
pub struct Columns {
    moved_at: PrimitiveArray<Int64Type>,
    created_at: PrimitiveArray<Int64Type>,
    date: PrimitiveArray<Int32Type>,
    texts: [StringViewArray; 8],
    quantity: PrimitiveArray<Decimal128Type>,
    value: PrimitiveArray<Decimal128Type>,
    is_age_minimum: BooleanArray,
}

impl Columns {
    pub fn of(movements: &StructArray) -> Result<Columns> {
        let column = |name: &str| -> Result<&ArrayRef> {
            movements
                .column_by_name(name)
                .ok_or_else(|| DataFusionError::Internal(format!("fifo_layers: no field `{name}`")))
        };
        let time = |name: &str| -> Result<PrimitiveArray<Int64Type>> {
            let micros = cast(column(name)?, &DataType::Timestamp(TimeUnit::Microsecond, Some(Arc::from("+00:00"))))?;
            Ok(micros.as_primitive::<TimestampMicrosecondType>().reinterpret_cast())
        };
        let text = |name: &str| -> Result<StringViewArray> {
            Ok(cast(column(name)?, &DataType::Utf8View)?.as_string_view().clone())
        };
        let number =
            |name: &str| -> Result<PrimitiveArray<Decimal128Type>> { Ok(column(name)?.as_primitive().clone()) };
        let mut texts = Vec::with_capacity(TEXTS.len());
        for name in TEXTS {
            texts.push(text(name)?);
        }
        Ok(Columns {
            moved_at: time("moved_at")?,
            created_at: time("created_at")?,
            date: column(DATE)?.as_primitive::<Date32Type>().reinterpret_cast(),
            texts: texts.try_into().expect("there are as many arrays as names"),
            quantity: number("quantity")?,
            value: number("value")?,
            is_age_minimum: column(FLAG)?.as_boolean().clone(),
        })
    }

    pub fn movement(&self, row: usize) -> Result<Movement<'_>> {
        let [movement_id, line_id, location_id, batch_id, kind, document_id, linked_movement_id, linked_line_id] =
            &self.texts;
        let given = |is_given: bool, name: &str| {
            let missing = || DataFusionError::Execution(format!("fifo_layers: a movement has no `{name}`"));
            if is_given { Ok(()) } else { Err(missing()) }
        };
        given(self.moved_at.is_valid(row), "moved_at")?;
        given(self.date.is_valid(row), DATE)?;
        given(self.quantity.is_valid(row), "quantity")?;
        let names = [movement_id, line_id, location_id];
        given(names.iter().all(|name| name.is_valid(row)), "movement_id, line_id or location_id")?;
        Ok(Movement {
            moved_at: self.moved_at.value(row),
            created_at: self.created_at.is_valid(row).then(|| self.created_at.value(row)),
            movement_id: movement_id.value(row),
            line_id: line_id.value(row),
            date: self.date.value(row),
            location_id: location_id.value(row),
            batch_id: text(batch_id, row),
            quantity: self.quantity.value(row),
            value: self.value.is_valid(row).then(|| self.value.value(row)),
            kind: text(kind, row).map_or(Kind::Other, kind_of),
            document_id: text(document_id, row),
            linked: text(linked_movement_id, row).zip(text(linked_line_id, row)),
            is_age_minimum: self.is_age_minimum.is_valid(row) && self.is_age_minimum.value(row),
        })
    }
}

fn text(texts: &StringViewArray, row: usize) -> Option<&str> {
    texts.is_valid(row).then(|| texts.value(row))
}

fn kind_of(text: &str) -> Kind {
    match text {
        "opening" => Kind::Opening,
        "receipt" => Kind::Receipt,
        "issue" => Kind::Issue,
        "transfer_in" => Kind::TransferIn,
        "transfer_out" => Kind::TransferOut,
        "return" => Kind::Return,
        _ => Kind::Other,
    }
}
