//! Short lists that hold for the whole company: stages of opportunities, vendors, and rates of reserves.

use crate::generate::company::Company;
use crate::generate::days::Month;
use crate::generate::files::{Extract, Output};

/// A stage of an opportunity and how likely it is then to be won, in hundredths.
pub const STAGES: [(&str, i64); 6] =
    [("Qualified", 10), ("Samples sent", 25), ("Quoted", 50), ("Negotiation", 75), ("Won", 100), ("Lost", 0)];
pub const WON: usize = 4;
pub const LOST: usize = 5;

/// Vendors of materials and of what is bought to be sold, of each so many.
pub const VENDORS_OF_A_KIND: usize = 40;

const COUNTRIES: [&str; 6] = ["Germany", "Czechia", "Poland", "Slovakia", "Austria", "Italy"];
const VENDORS: [(&str, [&str; 8]); 2] = [
    ("Stahl", ["Aumann", "Bergmann", "Cerny", "Dittrich", "Ebner", "Fabian", "Gerlach", "Hajek"]),
    ("Textil", ["Adler", "Brunner", "Conti", "Dolezal", "Engler", "Ferrari", "Graf", "Hofer"]),
];

/// Rates of reserves by class of products: age in days, and thousandths of the value from then on.
const RESERVES: [(&str, [(i64, i64); 4]); 4] = [
    ("(all)", [(0, 0), (180, 200), (365, 500), (730, 1000)]),
    ("A", [(0, 0), (180, 150), (365, 400), (730, 800)]),
    ("C", [(0, 0), (120, 200), (240, 500), (365, 900)]),
    ("M", [(0, 0), (270, 100), (540, 300), (730, 600)]),
];

/// The lists themselves.
pub fn write(company: &Company, output: &mut Output) {
    for ((stage, _), place) in STAGES.iter().zip(1..) {
        output.row(Extract::Stages).text(stage).whole(place).end();
    }
    write_vendors(company, output);
    write_reserves(company, output);
}

/// Each block of products has its vendor of materials and another of what is bought to be sold, up to forty.
fn write_vendors(company: &Company, output: &mut Output) {
    for (kind, (noun, names)) in VENDORS.iter().enumerate() {
        for number in 0..company.size.blocks.min(VENDORS_OF_A_KIND) {
            let name = names[number % names.len()];
            let round = number / names.len() + 1;
            let name = if round == 1 { format!("{name} {noun}") } else { format!("{name} {noun} {round}") };
            let mut row = output.row(Extract::Vendors);
            row.text(&vendor(kind, number)).text(&name);
            row.text(COUNTRIES[(number * 5 + kind * 3) % COUNTRIES.len()]).end();
        }
    }
}

/// The number of a vendor of materials (kind 0) or of what is bought to be sold (kind 1).
pub fn vendor(kind: usize, block: usize) -> String {
    format!("V{:02}", kind * VENDORS_OF_A_KIND + block % VENDORS_OF_A_KIND + 1)
}

/// The rates since before the history; class C is reserved earlier since the first January in it.
fn write_reserves(company: &Company, output: &mut Output) {
    let time = &company.time;
    let (before, january) = (time.first.plus(-3).first_day(), Month((time.open.year() - 1) * 12).first_day());
    for (class, rates) in RESERVES {
        for (age, rate) in rates {
            let mut write = |from, rate| {
                let mut row = output.row(Extract::ReserveRates);
                row.text(class).whole(age).day(time, from).decimal(rate, 3).end();
            };
            if class == "C" && rate > 0 {
                write(before, rate * 3 / 5);
                write(january, rate);
            } else {
                write(before, rate);
            }
        }
    }
}
