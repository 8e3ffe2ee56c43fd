//! Extracts of a made-up company at any scale: consistent with each other, and the same for the same seed.

mod bad_rows;
mod books;
mod budgets;
mod buying;
mod calendars;
mod capacity;
mod chance;
mod commissions;
mod company;
mod credits;
mod days;
mod deals;
mod extracts;
mod families;
mod files;
mod folder;
mod forecasts;
mod history;
mod ledger;
mod lists;
mod making;
mod market;
mod moving;
mod opportunities;
mod orders;
mod people;
mod plan;
mod production_orders;
mod products;
mod rates;
mod routes;
mod selling;
mod series;
mod targets;
mod territories;

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use anyhow::{Context, Result, ensure};
use chrono::{Datelike, NaiveDate};

use crate::generate::books::Books;
use crate::generate::company::{Company, Size};
use crate::generate::days::Time;
use crate::generate::files::Output;
use crate::generate::folder::Folder;
pub use crate::generate::folder::Written;
use crate::generate::market::Customer;

/// Customers whose opportunities are held in memory together.
const CUSTOMERS_AT_ONCE: usize = 500;

/// What to generate.
#[derive(Debug, Clone, Copy)]
pub struct Request {
    /// 1 is a million order lines.
    pub scale: f64,
    pub seed: u64,
    pub threads: usize,
    pub as_of: NaiveDate,
}

/// Writes all extracts into a folder that is empty or not there yet, and says what each of them got.
///
/// # Errors
/// When the scale is no size, or the folder cannot be written.
pub fn generate(folder: &Path, request: &Request) -> Result<Vec<(&'static str, Written)>> {
    let size = Size::of_scale(request.scale)?;
    let (as_of, years) = (request.as_of, 1900..2200);
    let is_near = years.contains(&as_of.year());
    ensure!(is_near, "as of {as_of} there is no calendar of holidays, expected a year from 1900 to 2199");
    let company = Company::new(request.seed, Time::seen_from(request.as_of), size);
    let mut folder = Folder::open(folder, &company.time)?;
    folder.write(&of_company(&company))?;
    let mut books = Books::default();
    std::thread::scope(|scope| -> Result<()> {
        let threads = request.threads.clamp(1, size.blocks);
        // Each thread has its own blocks and hands them over one by one: what waits to be written stays small, and
        // comes in the order of the blocks.
        let mut channels: Vec<Receiver<Output>> = Vec::new();
        for thread in 0..threads {
            let (sender, receiver) = sync_channel(1);
            let company = &company;
            let worker = move || work(company, (thread..size.blocks).step_by(threads), &sender);
            std::thread::Builder::new().spawn_scoped(scope, worker).context("starting a thread")?;
            channels.push(receiver);
        }
        for block in 0..size.blocks {
            let output = channels[block % threads].recv().context("a thread ended before its work")?;
            folder.write(&output)?;
            books.add(output.books);
        }
        Ok(())
    })?;
    write_of_books(&company, &books, &mut folder)?;
    Ok(folder.written().into_iter().map(|(extract, written)| (extract.name(), written)).collect())
}

fn work(company: &Company, blocks: impl Iterator<Item = usize>, sender: &SyncSender<Output>) {
    for block in blocks {
        // Nobody listens once writing has failed.
        if sender.send(of_block(company, block)).is_err() {
            return;
        }
    }
}

/// What no block brings.
fn of_company(company: &Company) -> Output {
    let mut output = Output::default();
    company.write(&mut output);
    lists::write(company, &mut output);
    territories::write(company, &mut output);
    budgets::write(company, &mut output);
    calendars::write(&company.time, &mut output);
    rates::write(company, &mut output);
    capacity::WorkCenters::new(company).write(company, &mut output);
    forecasts::write_of_families(company, &mut output);
    output
}

/// What follows from all that was sold.
fn write_of_books(company: &Company, books: &Books, folder: &mut Folder<'_>) -> Result<()> {
    let mut output = Output::default();
    targets::write(company, books, &mut output);
    commissions::write(company, books, &mut output);
    folder.write(&output)?;
    let customers: Vec<Customer> = company.customers().collect();
    for customers in customers.chunks(CUSTOMERS_AT_ONCE) {
        let mut output = Output::default();
        opportunities::write(company, books, customers, &mut output);
        folder.write(&output)?;
    }
    Ok(())
}

fn of_block(company: &Company, block: usize) -> Output {
    let mut output = Output::default();
    for product in company.products_of(block) {
        forecasts::write_of_product(company, product, &mut output);
    }
    for series in series::of_block(company, block) {
        series.write(&mut output);
        plan::write(&series, &mut output);
        history::write(&series, &mut output);
    }
    output
}
