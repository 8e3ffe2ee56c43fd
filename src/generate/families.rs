//! What the company sells: seven families of garden furniture, and the models that every block of products has.

use crate::generate::days::Calendar;

/// A family, the level at which sales and operations are planned.
#[derive(Debug)]
pub struct Family {
    pub name: &'static str,
    /// How the names of its products begin.
    pub noun: &'static str,
    pub code: &'static str,
    pub category: &'static str,
    pub group: &'static str,
    pub class: &'static str,
    pub source: Source,
    pub stock_unit: &'static str,
    pub planning_unit: &'static str,
    /// Planning units in a stock unit, in tenths.
    pub planning_factor: i64,
    /// Demand by month of the year, January first, in thousandths of an ordinary month's.
    pub season: [i64; 12],
    /// The month of the year, from 0, in which it is on offer every year, and its demand then.
    pub promotion: Option<(usize, i64)>,
}

/// Where products come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Made in the plant that keeps this calendar.
    Made(Calendar),
    /// Bought, with or without batches.
    Bought { has_batches: bool },
}

/// A product as each block has it.
#[derive(Debug)]
pub struct Model {
    pub family: usize,
    /// Size, the last part of its number.
    pub size: &'static str,
    /// Hundredths of the currency.
    pub price: i64,
    pub cost: i64,
    /// Its share of the block's order lines, in hundredths.
    pub share: i64,
    /// The quantity of its order lines, in thousandths of an ordinary product's.
    pub quantity: i64,
    /// Hours for one piece, in thousandths: cutting, bending, welding of the frame; coating and assembly.
    pub hours: [i64; 5],
}

pub const TABLES: usize = 0;
pub const BENCHES: usize = 1;
pub const FIRE_BOWLS: usize = 2;
pub const CHAIRS: usize = 3;
pub const PLANTERS: usize = 4;
pub const CUSHIONS: usize = 5;

const GARDEN: [i64; 12] = [600, 700, 950, 1300, 1450, 1350, 1200, 1000, 900, 750, 600, 550];
const AUTUMN: [i64; 12] = [1000, 900, 800, 750, 750, 750, 800, 900, 1150, 1350, 1450, 1300];
const EVEN: [i64; 12] = [900, 900, 1000, 1150, 1150, 1100, 1050, 1000, 1000, 950, 900, 900];

const GARDEN_FURNITURE: Family = Family {
    name: "",
    noun: "",
    code: "",
    category: "Garden furniture",
    group: "FURNITURE",
    class: "A",
    source: Source::Made(Calendar::German),
    stock_unit: "PCE",
    planning_unit: "PCE",
    planning_factor: 10,
    season: GARDEN,
    promotion: None,
};

pub const FAMILIES: [Family; 7] = [
    Family { name: "Tables", noun: "Table", code: "TB", promotion: Some((8, 1400)), ..GARDEN_FURNITURE },
    Family { name: "Benches", noun: "Bench", code: "BN", ..GARDEN_FURNITURE },
    Family {
        name: "Fire bowls",
        noun: "Fire bowl",
        code: "FB",
        category: "Leisure",
        group: "LEISURE",
        season: AUTUMN,
        ..GARDEN_FURNITURE
    },
    Family {
        name: "Chairs",
        noun: "Chair",
        code: "CH",
        source: Source::Made(Calendar::Slovak),
        promotion: Some((5, 1500)),
        ..GARDEN_FURNITURE
    },
    Family {
        name: "Planters",
        noun: "Planter",
        code: "PL",
        category: "Leisure",
        group: "LEISURE",
        class: "C",
        source: Source::Made(Calendar::Slovak),
        ..GARDEN_FURNITURE
    },
    Family {
        name: "Cushions",
        noun: "Cushions",
        code: "CU",
        category: "Accessories",
        group: "ACCESSORIES",
        class: "B",
        source: Source::Bought { has_batches: false },
        stock_unit: "BOX",
        planning_factor: 40,
        ..GARDEN_FURNITURE
    },
    Family {
        name: "Care",
        noun: "Care oil",
        code: "CA",
        category: "Accessories",
        group: "ACCESSORIES",
        class: "B",
        source: Source::Bought { has_batches: true },
        stock_unit: "CAN",
        planning_unit: "L",
        planning_factor: 25,
        season: EVEN,
        ..GARDEN_FURNITURE
    },
];

pub const MODELS: [Model; 9] = [
    Model {
        family: TABLES,
        size: "120",
        price: 38900,
        cost: 17400,
        share: 10,
        quantity: 400,
        hours: [110, 90, 280, 340, 300],
    },
    Model {
        family: TABLES,
        size: "180",
        price: 52900,
        cost: 23600,
        share: 8,
        quantity: 400,
        hours: [130, 110, 330, 400, 340],
    },
    Model {
        family: BENCHES,
        size: "150",
        price: 24900,
        cost: 11200,
        share: 16,
        quantity: 400,
        hours: [80, 70, 200, 700, 180],
    },
    Model {
        family: FIRE_BOWLS,
        size: "060",
        price: 17900,
        cost: 8100,
        share: 18,
        quantity: 500,
        hours: [150, 120, 180, 280, 120],
    },
    Model {
        family: CHAIRS,
        size: "045",
        price: 13900,
        cost: 6200,
        share: 13,
        quantity: 900,
        hours: [60, 50, 160, 190, 150],
    },
    Model {
        family: CHAIRS,
        size: "050",
        price: 15900,
        cost: 7100,
        share: 8,
        quantity: 900,
        hours: [60, 50, 170, 200, 160],
    },
    Model {
        family: PLANTERS,
        size: "060",
        price: 11900,
        cost: 5300,
        share: 3,
        quantity: 300,
        hours: [70, 60, 130, 240, 80],
    },
    Model { family: CUSHIONS, size: "001", price: 9600, cost: 4400, share: 11, quantity: 500, hours: [0; 5] },
    Model { family: 6, size: "025", price: 2490, cost: 1040, share: 13, quantity: 1000, hours: [0; 5] },
];

/// Names of product lines; each block of products has one of its own.
pub const LINES: [&str; 20] = [
    "Linden",
    "Birke",
    "Ahorn",
    "Buche",
    "Eiche",
    "Esche",
    "Erle",
    "Ulme",
    "Weide",
    "Kiefer",
    "Fichte",
    "Tanne",
    "Eibe",
    "Hasel",
    "Holunder",
    "Pappel",
    "Robinie",
    "Zeder",
    "Wacholder",
    "Kirsche",
];
