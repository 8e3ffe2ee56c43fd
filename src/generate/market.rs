//! Where the company keeps stock, and to whom it sells: plants and warehouses, groups and regions of customers.

use crate::generate::days::Calendar;

/// A place that holds stock.
#[derive(Debug)]
pub struct Location {
    pub id: &'static str,
    pub name: &'static str,
    pub company: &'static str,
    pub market_region: &'static str,
    pub supply_region: &'static str,
    pub calendar: Calendar,
}

pub const PLANT_1: usize = 0;
pub const PLANT_2: usize = 1;
pub const NORTH: usize = 2;
pub const SOUTH: usize = 3;
pub const SWISS: usize = 4;

const fn location(
    id: &'static str,
    name: &'static str,
    company: &'static str,
    market_region: &'static str,
    calendar: Calendar,
) -> Location {
    let supply_region = match calendar {
        Calendar::German => "Central Europe",
        Calendar::Slovak => "Carpathia",
    };
    Location { id, name, company, market_region, supply_region, calendar }
}

pub const LOCATIONS: [Location; 5] = [
    location("PLANT-1", "Plant Zwickau", "DE01", "North", Calendar::German),
    location("PLANT-2", "Plant Nitra", "SK01", "East", Calendar::Slovak),
    location("WH-NORTH", "Warehouse Hanover", "DE01", "North", Calendar::German),
    location("WH-SOUTH", "Warehouse Augsburg", "DE01", "South", Calendar::German),
    location("WH-CH", "Warehouse Aarau", "CH01", "Switzerland", Calendar::German),
];

/// A group of customers, with its share of order lines in thousandths and the ordinary quantity of a line.
#[derive(Debug)]
pub struct Group {
    pub name: &'static str,
    /// How the names of its customers begin.
    pub noun: &'static str,
    pub share: i64,
    pub quantity: i64,
    /// Thousandths of the list price.
    pub discount: i64,
    /// Days from order to requested day, at least and at most.
    pub lead: (i32, i32),
    /// Of 1000 shipped lines so many come back.
    pub returned: u64,
    /// What its customers could buy in a year, in thousandths of what garden centres could.
    pub potential: i64,
}

pub const GROUPS: [Group; 3] = [
    Group {
        name: "Retail chains",
        noun: "Hausmarkt",
        share: 250,
        quantity: 60,
        discount: 250,
        lead: (14, 40),
        returned: 15,
        potential: 3000,
    },
    Group {
        name: "Garden centres",
        noun: "Gartencenter",
        share: 450,
        quantity: 20,
        discount: 150,
        lead: (7, 25),
        returned: 20,
        potential: 1000,
    },
    Group {
        name: "Online",
        noun: "Onlineshop",
        share: 300,
        quantity: 3,
        discount: 50,
        lead: (2, 7),
        returned: 80,
        potential: 200,
    },
];

/// A region of customers, with its share of order lines in thousandths.
#[derive(Debug)]
pub struct Region {
    pub name: &'static str,
    pub share: i64,
    pub currency: Currency,
}

pub const REGIONS: [Region; 4] = [
    Region { name: "North", share: 450, currency: Currency::Eur },
    Region { name: "East", share: 150, currency: Currency::Pln },
    Region { name: "South", share: 300, currency: Currency::Eur },
    Region { name: "Switzerland", share: 100, currency: Currency::Chf },
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Currency {
    Eur,
    Chf,
    Pln,
}

impl Currency {
    pub fn code(self) -> &'static str {
        match self {
            Currency::Eur => "EUR",
            Currency::Chf => "CHF",
            Currency::Pln => "PLN",
        }
    }

    /// What an amount in EUR is in price lists and books of this currency.
    pub fn of_eur(self, amount: i64) -> i64 {
        match self {
            Currency::Eur => amount,
            Currency::Chf => (amount * 95 + 50).div_euclid(100),
            Currency::Pln => (amount * 425 + 50).div_euclid(100),
        }
    }

    /// What an amount of this currency is in EUR by the same rates.
    pub fn to_eur(self, amount: i64) -> i64 {
        match self {
            Currency::Eur => amount,
            Currency::Chf => amount * 100 / 95,
            Currency::Pln => amount * 100 / 425,
        }
    }
}

/// A customer of a group and a region; the number is the whole company's.
#[derive(Debug, Clone, Copy)]
pub struct Customer {
    pub number: i64,
    pub group: usize,
    pub region: usize,
}

impl Customer {
    pub fn id(self) -> String {
        format!("C{:04}", self.number)
    }

    /// The warehouse that ships to them.
    pub fn warehouse(self, is_made: bool) -> usize {
        match self.region {
            0 | 1 => NORTH,
            3 if !is_made => SWISS,
            _ => SOUTH,
        }
    }
}

/// Warehouses that a product is sold from, with their shares in thousandths.
pub fn warehouses(is_made: bool) -> &'static [(usize, i64)] {
    if is_made { &[(NORTH, 600), (SOUTH, 400)] } else { &[(NORTH, 600), (SOUTH, 300), (SWISS, 100)] }
}
