//! The company: its size, its products and customers, and the master data that no block of products brings.

use anyhow::{Result, ensure};

use crate::generate::chance::Chance;
use crate::generate::days::Time;
use crate::generate::families::MODELS;
use crate::generate::files::{Extract, Output};
use crate::generate::market::{Currency, Customer, GROUPS, LOCATIONS, REGIONS};
use crate::generate::people::{self, PATCHES, People};
use crate::generate::plan::Plan;
use crate::generate::products::{self, Product};

/// Order lines of a scale of 1.
const ORDER_LINES: f64 = 1_000_000.0;
/// Order lines of one block of products, as far as there are enough for several.
const LINES_OF_A_BLOCK: i64 = 4600;
/// Blocks whose products are made on the same work centers.
const BLOCKS_OF_A_LINE: usize = 6;
const LINES_OF_A_CUSTOMER: i64 = 250;

/// How much there is of what.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Blocks of products; each has the models of all families.
    pub blocks: usize,
    /// Order lines of each block over the whole history.
    pub lines_of_a_block: i64,
    /// Production lines of each plant.
    pub production_lines: usize,
    pub customers: i64,
    /// How many months' snapshots of forecasts there are, and how many months each looks ahead.
    pub snapshots: i32,
    pub horizon: i32,
    /// Weeks from one review of stocks to the next.
    pub review_weeks: i32,
}

impl Size {
    /// # Errors
    /// When the scale is no size that a company can have.
    pub fn of_scale(scale: f64) -> Result<Size> {
        let is_size = (0.0005..=100.0).contains(&scale);
        ensure!(is_size, "no company has a scale of {scale}, expected a number from 0.0005 to 100");
        #[expect(clippy::cast_possible_truncation, reason = "between 500 and 100 million")]
        let lines = (scale * ORDER_LINES).round() as i64;
        let blocks = ((lines + LINES_OF_A_BLOCK / 2) / LINES_OF_A_BLOCK).max(1);
        // A company of one block keeps its products and has fewer orders, forecasts and reviews.
        let is_small = lines / blocks < LINES_OF_A_BLOCK / 2;
        let blocks = usize::try_from(blocks)?;
        Ok(Size {
            blocks,
            lines_of_a_block: lines / i64::try_from(blocks)?,
            production_lines: blocks.div_ceil(BLOCKS_OF_A_LINE),
            customers: (lines / LINES_OF_A_CUSTOMER).max(12),
            snapshots: if is_small { 13 } else { 24 },
            horizon: if is_small { 3 } else { 6 },
            review_weeks: if is_small { 4 } else { 2 },
        })
    }
}

/// Everything that holds for all blocks.
#[derive(Debug)]
pub struct Company {
    pub seed: u64,
    pub time: Time,
    pub size: Size,
    /// All products that are sold, block by block.
    pub products: Vec<Product>,
    pub plan: Plan,
    pub people: People,
    /// The first customer and how many there are, by group and region.
    cells: [[(i64, i64); REGIONS.len()]; GROUPS.len()],
}

impl Company {
    pub fn new(seed: u64, time: Time, size: Size) -> Company {
        let mut next = 1;
        let cells = std::array::from_fn(|group: usize| {
            std::array::from_fn(|region: usize| {
                let share = GROUPS[group].share * REGIONS[region].share;
                let count = (size.customers * share / 1_000_000).max(1);
                let first = next;
                next += count;
                (first, count)
            })
        });
        let products = (0..size.blocks).flat_map(|block| products::of_block(seed, &time, &size, block)).collect();
        let people = People::new(seed, &time, customers_of_patches(&cells));
        let mut company = Company { seed, time, size, products, plan: Plan::default(), people, cells };
        company.plan = Plan::new(&company);
        company
    }

    /// The products that a block sells.
    pub fn products_of(&self, block: usize) -> &[Product] {
        &self.products[block * MODELS.len()..][..MODELS.len()]
    }

    /// The production line, from 1, on which the products of a block are made.
    pub fn production_line(&self, block: usize) -> usize {
        block % self.size.production_lines + 1
    }

    /// A customer of a group whom a warehouse serves and who buys the product, more often of a region that buys more.
    pub fn any_customer(&self, group: usize, warehouse: usize, product: &Product, chance: &mut Chance) -> Customer {
        let is_made = product.is_made();
        let served = |region: &usize| Customer { number: 0, group, region: *region }.warehouse(is_made) == warehouse;
        let regions: Vec<usize> = (0..REGIONS.len()).filter(served).collect();
        let all: i64 = regions.iter().map(|region| REGIONS[*region].share).sum();
        let mut place = chance.between(0, all - 1);
        let region = regions.into_iter().find(|region| {
            place -= REGIONS[*region].share;
            place < 0
        });
        self.customer_of(group, region.unwrap_or(0), product.block, chance)
    }

    /// A customer of those to whom the person sells who has the block's products.
    pub fn customer_of(&self, group: usize, region: usize, block: usize, chance: &mut Chance) -> Customer {
        let (first, count) = self.cells[group][region];
        let patch = people::patch_of(group, region);
        let place = self.people.place_of_block(patch, block);
        let (start, part) = people::part_of(count, place, self.people.of_patch(patch).len());
        let number = first + start + chance.between(0, count - 1) * part / count;
        Customer { number, group, region }
    }

    /// Who sells a block's products to customers of a group and region.
    pub fn salesperson_of(&self, group: usize, region: usize, block: usize) -> &str {
        let patch = people::patch_of(group, region);
        &self.people.of_patch(patch)[self.people.place_of_block(patch, block)].id
    }

    /// Who sells to a customer: patch and place in it.
    pub fn seat(&self, customer: Customer) -> (usize, usize) {
        people::seat_in(&self.people, customer, self.cells[customer.group][customer.region])
    }

    /// Who sells to a customer.
    pub fn salesperson(&self, customer: Customer) -> &str {
        let (patch, place) = self.seat(customer);
        &self.people.of_patch(patch)[place].id
    }

    /// The place of a customer among all of its group and region, from 0, and how many these are.
    pub fn place_in_cell(&self, customer: Customer) -> (i64, i64) {
        let (first, count) = self.cells[customer.group][customer.region];
        (customer.number - first, count)
    }

    /// All customers, in the order of their numbers.
    pub fn customers(&self) -> impl Iterator<Item = Customer> {
        let cells = self.cells.iter().enumerate();
        let cells = cells.flat_map(|(group, cells)| cells.iter().enumerate().map(move |cell| (group, cell)));
        cells.flat_map(|(group, (region, (first, count)))| {
            (*first..first + count).map(move |number| Customer { number, group, region })
        })
    }

    /// Master data that no block brings.
    pub fn write(&self, output: &mut Output) {
        for (id, name, currency) in [
            ("DE01", "Gartenwerk GmbH", Currency::Eur),
            ("SK01", "Gartenwerk Slovensko s.r.o.", Currency::Eur),
            ("CH01", "Gartenwerk Schweiz AG", Currency::Chf),
        ] {
            output.row(Extract::Companies).text(id).text(name).text(currency.code()).end();
        }
        // A box of cushions has four pieces.
        output.row(Extract::ProductUnits).text("(all)").text("BOX").text("PCE").whole(4).end();
        for location in &LOCATIONS {
            let mut row = output.row(Extract::Locations);
            row.text(location.id).text(location.name).text(location.company).text(location.market_region);
            row.text(location.supply_region).text("stock").text(location.calendar.id()).end();
        }
        self.people.write(&self.time, output);
        self.write_customers(output);
    }

    fn write_customers(&self, output: &mut Output) {
        let mut chance = Chance::of(self.seed, "customers", 0);
        for (group, cells) in GROUPS.iter().zip(&self.cells) {
            for (region, (first, count)) in REGIONS.iter().zip(cells) {
                for number in *first..first + count {
                    let mut row = output.row(Extract::Customers);
                    row.text(&format!("C{number:04}")).text(&format!("{} {number}", group.noun));
                    let potential = (chance.between(20, 400) + 120) * 100_000 * group.potential / 1000;
                    row.text(group.name).text(region.name).money(potential);
                    row.whole(chance.between(2, 12)).whole(15 * chance.between(2, 6)).end();
                }
            }
        }
    }
}

/// How many customers each patch of salespeople has.
fn customers_of_patches(cells: &[[(i64, i64); REGIONS.len()]; GROUPS.len()]) -> [i64; PATCHES] {
    let mut customers = [0; PATCHES];
    for (group, cells) in cells.iter().enumerate() {
        for (region, (_, count)) in cells.iter().enumerate() {
            customers[people::patch_of(group, region)] += count;
        }
    }
    customers
}
