//! A series: the products of one family and block, with the frames and materials that they are made of.

use crate::generate::company::Company;
use crate::generate::days::{Calendar, Day, Month};
use crate::generate::families::{BENCHES, PLANTERS, Source};
use crate::generate::files::{Extract, Output};
use crate::generate::market::{Currency, LOCATIONS, PLANT_1, PLANT_2, SWISS};
use crate::generate::products::Product;
use crate::generate::routes::{self, Step};

/// Products that share their materials, and that are moved about together.
#[derive(Debug)]
pub struct Series<'a> {
    pub company: &'a Company,
    pub block: usize,
    /// The place of the series in its block, a letter in numbers of documents.
    pub letter: char,
    pub code: String,
    pub products: &'a [Product],
    /// What is kept in stock: the products, then a frame for each, then steel, wood, powder and screws.
    pub parts: Vec<Part>,
    /// Where they are made.
    pub plant: Option<usize>,
    pub has_batches: bool,
}

/// Something that is kept in stock.
#[derive(Debug)]
pub struct Part {
    pub id: String,
    pub kind: Kind,
    /// What a unit costs in the first year, in hundredths of EUR.
    cost: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A product, by its place in the series.
    Sold(usize),
    /// The frame of that product.
    Frame(usize),
    Steel,
    Wood,
    Powder,
    Screws,
}

/// Screws that one product takes.
pub const SCREWS: i64 = 8;
/// Of 1000 kg of steel so many end up in frames.
pub const STEEL_YIELD: i64 = 960;

/// The series of a block, in the order of the models.
pub fn of_block(company: &Company, block: usize) -> Vec<Series<'_>> {
    let products = company.products_of(block);
    let runs = products.chunk_by(|one, other| one.model.family == other.model.family);
    runs.zip('A'..).map(|(products, letter)| of_products(company, block, letter, products)).collect()
}

fn of_products<'a>(company: &'a Company, block: usize, letter: char, products: &'a [Product]) -> Series<'a> {
    let family = products[0].family;
    let code = format!("{}{:03}", family.code, block + 1);
    let part = |(place, product): (usize, &Product)| Part {
        id: product.id.clone(),
        kind: Kind::Sold(place),
        cost: product.cost,
    };
    let mut parts: Vec<Part> = products.iter().enumerate().map(part).collect();
    let plant = products[0].plant().map(plant_of);
    if plant.is_some() {
        parts.extend(products.iter().enumerate().map(|(place, product)| Part {
            id: format!("{}-F", product.id),
            kind: Kind::Frame(place),
            cost: product.cost * 2 / 5,
        }));
        let materials =
            [("ST", Kind::Steel, 180), ("WD", Kind::Wood, 640), ("PW", Kind::Powder, 410), ("SC", Kind::Screws, 6)];
        parts.extend(materials.map(|(end, kind, cost)| Part { id: format!("{code}-{end}"), kind, cost }));
    }
    let has_batches = family.source == Source::Bought { has_batches: true };
    Series { company, block, letter, code, products, parts, plant, has_batches }
}

pub fn plant_of(calendar: Calendar) -> usize {
    match calendar {
        Calendar::German => PLANT_1,
        Calendar::Slovak => PLANT_2,
    }
}

impl Part {
    /// What a unit costs in a month and place, in hundredths of the place's currency.
    pub fn cost_in(&self, company: &Company, month: Month, location: usize) -> i64 {
        let years = i64::from(month.year() - company.time.first.year());
        let cost = self.cost * (1000 + 30 * years) / 1000;
        if location == SWISS { Currency::Chf.of_eur(cost) } else { cost }
    }
}

impl Series<'_> {
    /// Whether the stories of single documents are told of this series' block.
    pub fn is_told_of(&self) -> bool {
        self.block.is_multiple_of(10)
    }

    pub fn calendar(&self) -> Calendar {
        self.plant.map_or(Calendar::German, |plant| LOCATIONS[plant].calendar)
    }

    pub fn place_of(&self, kind: Kind) -> usize {
        self.parts.iter().position(|part| part.kind == kind).expect("made series have all kinds of parts")
    }

    /// Kilograms of steel in a frame.
    pub fn steel(&self, product: usize) -> i64 {
        3 + self.products[product].model.hours[0] / 10
    }

    /// Kilograms of powder on a product.
    pub fn powder(&self, product: usize) -> i64 {
        1 + self.products[product].model.hours[3] / 200
    }

    /// Pieces of wood in a product.
    pub fn wood(&self) -> i64 {
        if self.products[0].model.family == PLANTERS { 6 } else { 4 }
    }

    /// Master data of the products and their parts.
    pub fn write(&self, output: &mut Output) {
        for part in &self.parts {
            match part.kind {
                Kind::Sold(place) => self.write_product(&self.products[place], output),
                kind => self.write_material(part, kind, output),
            }
            self.write_costs(part, output);
        }
        if let Some(plant) = self.plant {
            let hardware = format!("{}-HW", self.code);
            let mut row = output.row(Extract::Products);
            row.text(&hardware).text(&format!("Hardware {}", self.code)).text("Hardware").text("Components");
            row.text("MATERIAL").text("M").text("PCE").text("PCE").blanks(5).end();
            let other = if plant == PLANT_1 { PLANT_2 } else { PLANT_1 };
            for place in 0..self.products.len() {
                self.products[place].write_sourcing(&self.company.time, (plant, other), output);
                self.write_bill(place, LOCATIONS[plant].id, &hardware, output);
                self.write_routings(place, plant, output);
            }
            self.write_second_plant(other, &hardware, output);
            let screws = &self.parts[self.place_of(Kind::Screws)].id;
            write_component(&hardware, LOCATIONS[plant].id, screws, SCREWS, None, output);
        }
        for product in self.products {
            product.write_prices(&self.company.time, output);
        }
    }

    fn write_product(&self, product: &Product, output: &mut Output) {
        let (time, family) = (&self.company.time, product.family);
        let launch = product.launch.unwrap_or_else(|| time.first.plus(-12).first_day());
        let mut row = output.row(Extract::Products);
        row.text(&product.id).text(&product.name()).text(family.name).text(family.category).text(family.group);
        row.text(family.class).text(family.stock_unit).text(family.planning_unit).day(time, launch);
        row.day_if(time, product.end_of_life);
        if self.has_batches {
            row.whole(730)
        } else {
            row.blank()
        };
        let safety = product.demand(time.open) / 2000;
        row.whole(if self.plant.is_some() { 15 } else { 30 }).whole(safety).end();
        if family.stock_unit == "CAN" {
            let mut row = output.row(Extract::ProductUnits);
            row.text(&product.id).text(family.stock_unit).text(family.planning_unit);
            row.decimal(family.planning_factor, 1).end();
        }
    }

    fn write_material(&self, part: &Part, kind: Kind, output: &mut Output) {
        let (name, family, unit, lead_time) = match kind {
            Kind::Steel => (format!("Steel tube {}", self.code), "Steel", "KG", 15),
            Kind::Wood => (format!("Wood {}", self.code), "Wood", "PCE", 20),
            Kind::Powder => (format!("Powder {}", self.code), "Powder", "KG", 10),
            Kind::Screws => (format!("Screws {}", self.code), "Hardware", "PCE", 12),
            Kind::Frame(place) | Kind::Sold(place) => {
                (format!("Frame of {}", self.products[place].name()), "Frames", "PCE", 5)
            }
        };
        let mut row = output.row(Extract::Products);
        row.text(&part.id).text(&name).text(family).text("Components").text("MATERIAL").text("M").text(unit);
        row.text(unit).blanks(3).whole(lead_time).blank().end();
    }

    fn write_costs(&self, part: &Part, output: &mut Output) {
        let time = &self.company.time;
        let is_bought_to_sell = self.plant.is_none();
        for year in time.first.year()..=time.open.year() {
            let january = Month(year * 12);
            let from = january.first_day().max(time.first.plus(-3).first_day());
            let mut write = |location: &str, cost: i64, currency: Currency| {
                let mut row = output.row(Extract::ProductCosts);
                row.text(&part.id).text(location).day(time, from).money(cost);
                if matches!(part.kind, Kind::Sold(_)) {
                    row.money(cost / 20)
                } else {
                    row.blank()
                };
                row.text(currency.code()).end();
            };
            write("(all)", part.cost_in(self.company, january, PLANT_1), Currency::Eur);
            if is_bought_to_sell {
                write(LOCATIONS[SWISS].id, part.cost_in(self.company, january, SWISS), Currency::Chf);
            }
        }
    }

    fn write_bill(&self, place: usize, location: &str, hardware: &str, output: &mut Output) {
        let frame = &self.parts[self.place_of(Kind::Frame(place))].id;
        let product = &self.products[place].id;
        write_component(product, location, frame, 1, None, output);
        write_component(product, location, &self.parts[self.place_of(Kind::Wood)].id, self.wood(), None, output);
        let powder = &self.parts[self.place_of(Kind::Powder)].id;
        write_component(product, location, powder, self.powder(place), None, output);
        let mut row = output.row(Extract::BillsOfMaterial);
        row.text(product).text(location).text("1").text(hardware).blanks(2).flag(true).whole(1).blank().flag(true);
        row.end();
        let steel = &self.parts[self.place_of(Kind::Steel)].id;
        write_component(frame, location, steel, self.steel(place), Some(STEEL_YIELD), output);
    }

    /// What the other plant would have to do for products that it makes as well.
    fn write_second_plant(&self, plant: usize, hardware: &str, output: &mut Output) {
        let made_twice = self.products.iter().enumerate().filter(|(_, product)| product.is_made_twice());
        for (place, product) in made_twice {
            self.write_bill(place, LOCATIONS[plant].id, hardware, output);
            let screws = &self.parts[self.place_of(Kind::Screws)].id;
            write_component(hardware, LOCATIONS[plant].id, screws, SCREWS, None, output);
            for step in routes::of_product_in(self, place, plant) {
                self.write_operation(&product.id, plant, "1", (None, None), &step, step.hours, output);
            }
            let frame = &self.parts[self.place_of(Kind::Frame(place))].id;
            for step in routes::of_frame_in(self, place, plant) {
                self.write_operation(frame, plant, "1", (None, None), &step, step.hours, output);
            }
        }
    }

    fn write_routings(&self, place: usize, plant: usize, output: &mut Output) {
        let time = &self.company.time;
        let product = &self.products[place];
        let frame = &self.parts[self.place_of(Kind::Frame(place))].id;
        // Benches were coated by hand until a year ago.
        let by_hand_until = (product.model.family == BENCHES).then(|| time.open.plus(-12).first_day());
        if let Some(until) = by_hand_until {
            let steps = routes::of_product(self, place);
            for step in &steps {
                self.write_operation(&product.id, plant, "1", (None, Some(until)), step, step.hours * 5 / 4, output);
            }
        }
        let version = if by_hand_until.is_some() { "2" } else { "1" };
        for step in routes::of_product(self, place) {
            let from = by_hand_until;
            self.write_operation(&product.id, plant, version, (from, None), &step, step.hours, output);
        }
        for step in routes::of_frame(self, place) {
            self.write_operation(frame, plant, "1", (None, None), &step, step.hours, output);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "they are the row")]
    fn write_operation(
        &self,
        product: &str,
        plant: usize,
        version: &str,
        valid: (Option<Day>, Option<Day>),
        step: &Step,
        hours: i64,
        output: &mut Output,
    ) {
        let time = &self.company.time;
        let mut row = output.row(Extract::Routings);
        row.text(product).text(LOCATIONS[plant].id).text(version).text(step.operation).day_if(time, valid.0);
        row.day_if(time, valid.1).flag(true).text(&step.work_center).decimal(hours, 3).money(step.setup);
        match step.lot_size {
            Some(lot) => row.whole(lot),
            None => row.blank(),
        };
        row.whole(step.setback.into()).text("working").decimal(step.yield_rate, 3).end();
    }
}

/// A component of a product, which is stocked; its yield in thousandths.
fn write_component(
    product: &str,
    location: &str,
    component: &str,
    quantity: i64,
    yield_rate: Option<i64>,
    output: &mut Output,
) {
    let mut row = output.row(Extract::BillsOfMaterial);
    row.text(product).text(location).text("1").text(component).blanks(2).flag(true).whole(quantity);
    match yield_rate {
        Some(rate) => row.decimal(rate, 3),
        None => row.blank(),
    };
    row.flag(false).end();
}
