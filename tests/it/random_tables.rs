//! Random tables of every type that a contract knows, with NULLs and with texts of every unpleasant kind.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int32Array, Int64Array, StringArray,
    TimestampMicrosecondArray,
};
use arrow::record_batch::RecordBatch;
use proptest::collection::vec;
use proptest::num::f64 as num;
use proptest::prelude::*;
use proptest::sample::select;
use sopmart::contract::{Column, Contract, UTC, parse_type};
use sopmart::extract::landed_schema;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Integer,
    Bigint,
    Decimal(u8, i8),
    Date,
    Timestamp,
    Boolean,
    Double,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Text(String),
    /// An integer, a decimal without its point, days or microseconds since 1970.
    Number(i128),
    Double(f64),
    Boolean(bool),
}

#[derive(Debug, Clone)]
pub struct Table {
    pub kinds: Vec<Kind>,
    pub names: Vec<String>,
    pub rows: Vec<Vec<Value>>,
}

impl Kind {
    pub fn type_name(self) -> String {
        match self {
            Kind::Text => "text".into(),
            Kind::Integer => "integer".into(),
            Kind::Bigint => "bigint".into(),
            Kind::Decimal(precision, scale) => format!("decimal({precision},{scale})"),
            Kind::Date => "date".into(),
            Kind::Timestamp => "timestamp".into(),
            Kind::Boolean => "boolean".into(),
            Kind::Double => "double".into(),
        }
    }
}

impl Value {
    fn text(&self) -> Option<&str> {
        if let Value::Text(text) = self { Some(text) } else { None }
    }

    fn number<Number: TryFrom<i128>>(&self) -> Option<Number> {
        if let Value::Number(number) = self { Number::try_from(*number).ok() } else { None }
    }
}

impl Table {
    pub fn contract(&self) -> Contract {
        let columns = self.names.iter().zip(&self.kinds);
        let column = |(name, kind): (&String, &Kind)| Column::plain(name, parse_type(&kind.type_name()).unwrap());
        Contract::plain("lines", columns.map(column).collect())
    }

    /// What lands of it where its rows start in these lines.
    pub fn as_landed(&self, lines: Vec<i64>) -> RecordBatch {
        let columns = self.kinds.iter().enumerate();
        let mut arrays: Vec<ArrayRef> =
            columns.map(|(column, kind)| array(*kind, self.rows.iter().map(|row| &row[column]))).collect();
        arrays.push(Arc::new(Int64Array::from(lines)));
        RecordBatch::try_new(landed_schema(&self.contract()), arrays).unwrap()
    }
}

fn array<'a>(kind: Kind, values: impl Iterator<Item = &'a Value>) -> ArrayRef {
    match kind {
        Kind::Text => Arc::new(values.map(Value::text).collect::<StringArray>()),
        Kind::Integer => Arc::new(values.map(Value::number).collect::<Int32Array>()),
        Kind::Bigint => Arc::new(values.map(Value::number).collect::<Int64Array>()),
        Kind::Decimal(precision, scale) => {
            let decimals = values.map(Value::number).collect::<Decimal128Array>();
            Arc::new(decimals.with_precision_and_scale(precision, scale).unwrap())
        }
        Kind::Date => Arc::new(values.map(Value::number).collect::<Date32Array>()),
        Kind::Timestamp => {
            Arc::new(values.map(Value::number).collect::<TimestampMicrosecondArray>().with_timezone(UTC))
        }
        Kind::Boolean => {
            let boolean = |value: &Value| if let Value::Boolean(value) = value { Some(*value) } else { None };
            Arc::new(values.map(boolean).collect::<BooleanArray>())
        }
        Kind::Double => {
            let double = |value: &Value| if let Value::Double(value) = value { Some(*value) } else { None };
            Arc::new(values.map(double).collect::<Float64Array>())
        }
    }
}

/// What texts are made of: all that some dialect gives a meaning to, and characters of one to four bytes.
const PIECES: [&str; 38] = [
    "", " ", "a", "Z9", "0", ",", ";", "|", "+|", "+", "||", "~^~", "~", "\t", "§", "\"", "\"\"", "'", "\\", "\n",
    "\r\n", "\r", "&|", "&", "@@", "@", "#", "//", "/", "é", "€", "日本", "🚲", "-", "NULL", "\\N", "\u{a0}", "\u{b}",
];

fn value(kind: Kind) -> BoxedStrategy<Value> {
    let number = |least: i128, most: i128| {
        let edges = select(vec![least, most, 0, 1, -1]).prop_map(move |edge| edge.clamp(least, most));
        let numbers = prop_oneof![3 => least..=most, 2 => (least / 1_000_000)..=(most / 1_000_000), 1 => edges];
        numbers.prop_map(Value::Number).boxed()
    };
    let some = match kind {
        Kind::Text => vec(select(&PIECES[..]), 0..6).prop_map(|pieces| Value::Text(pieces.concat())).boxed(),
        Kind::Integer => number(i32::MIN.into(), i32::MAX.into()),
        Kind::Bigint => number(i64::MIN.into(), i64::MAX.into()),
        Kind::Decimal(precision, _) => {
            let most = 10_i128.pow(precision.into()) - 1;
            number(-most, most)
        }
        // From 0001-01-01 to 9999-12-31, and for times from 1900 to 2100, where all zones count in whole minutes.
        Kind::Date => number(-719_162, 2_932_896),
        Kind::Timestamp => number(-2_208_988_800_000_000, 4_102_444_800_000_000),
        Kind::Boolean => any::<bool>().prop_map(Value::Boolean).boxed(),
        Kind::Double => {
            let finite = num::POSITIVE | num::NEGATIVE | num::NORMAL | num::SUBNORMAL;
            let rounded = (-1_000_000_i32..1_000_000).prop_map(|hundredths| f64::from(hundredths) / 100.0);
            prop_oneof![finite, rounded].prop_map(Value::Double).boxed()
        }
    };
    prop_oneof![1 => Just(Value::Null), 5 => some].boxed()
}

pub fn tables() -> impl Strategy<Value = Table> {
    let kinds = [
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Integer,
        Kind::Bigint,
        Kind::Decimal(12, 2),
        Kind::Decimal(38, 10),
        Kind::Decimal(5, 0),
        Kind::Date,
        Kind::Timestamp,
        Kind::Boolean,
        Kind::Double,
    ];
    let names = ["id", "größe", "a b", "x;y", "say \"x\"", "no\\w"];
    vec(select(kinds.to_vec()), 1..=6).prop_flat_map(move |kinds| {
        let row: Vec<_> = kinds.iter().map(|kind| value(*kind)).collect();
        let names = names[..kinds.len()].iter().map(ToString::to_string).collect::<Vec<_>>();
        vec(row, 0..=40).prop_map(move |rows| Table { kinds: kinds.clone(), names: names.clone(), rows })
    })
}
