//! The people who sell: one for so many customers, in four patches of groups and regions of customers.

use crate::generate::chance::Chance;
use crate::generate::days::{Day, Time};
use crate::generate::files::{Extract, Output};
use crate::generate::market::Customer;

/// Customers whom one person looks after, as far as there are enough for several.
const CUSTOMERS_OF_A_PERSON: i64 = 60;
/// Of 1000 people so many have been trained in the CRM system.
const TRAINED: u64 = 600;

/// How many patches there are.
pub const PATCHES: usize = 4;
/// The patch whose first person, Luca Dreier, the story is told of, and the one whose first person does best.
pub const DREIERS: usize = 2;
pub const CZERNYS: usize = 1;
/// The patch of those who sell to online shops.
pub const ENGELS: usize = 3;

/// A patch: the first of its people, and how many months before or behind the first they were trained, if at all.
const FACTS: [(&str, &str, Option<i32>); PATCHES] = [
    ("Jonas Brandt", "Chains", Some(1)),
    ("Katrin Czerny", "Garden centres", Some(10)),
    ("Luca Dreier", "Garden centres", None),
    ("Mira Engel", "Online", Some(-2)),
];

const FIRST_NAMES: [&str; 12] =
    ["Anna", "Bruno", "Clara", "David", "Elif", "Felix", "Greta", "Henrik", "Irina", "Jan", "Lena", "Milan"];
const LAST_NAMES: [&str; 13] = [
    "Fischer", "Gruber", "Horak", "Imhof", "Jansen", "Keller", "Lindner", "Moser", "Novak", "Ott", "Peters", "Richter",
    "Sommer",
];

/// The patch of a group and a region of customers.
pub fn patch_of(group: usize, region: usize) -> usize {
    match (group, region) {
        (0, _) => 0,
        (1, 0 | 1) => 1,
        (1, _) => 2,
        _ => 3,
    }
}

/// Someone who sells: a place in a patch.
#[derive(Debug)]
pub struct Person {
    pub id: String,
    name: String,
    manager: String,
    trained: Option<Day>,
}

/// Everybody who sells, patch by patch.
#[derive(Debug)]
pub struct People {
    patches: [Vec<Person>; PATCHES],
}

impl People {
    /// As many as the customers of each patch need.
    pub fn new(seed: u64, time: &Time, customers: [i64; PATCHES]) -> People {
        let patches = std::array::from_fn(|patch: usize| {
            let mut chance = Chance::of(seed, "people", patch);
            let count = usize::try_from(customers[patch] / CUSTOMERS_OF_A_PERSON).unwrap_or(1).max(1);
            let manager = if count > 1 { leader(patch) } else { "S00".to_string() };
            let person = |place: usize| Person {
                id: if place == 0 { format!("S0{}", patch + 1) } else { format!("S0{}-{:02}", patch + 1, place + 1) },
                name: name_of(patch, place),
                manager: manager.clone(),
                trained: trained(time, patch, place, &mut chance),
            };
            (0..count).map(person).collect()
        });
        People { patches }
    }

    /// Everybody of a patch, by place.
    pub fn of_patch(&self, patch: usize) -> &[Person] {
        &self.patches[patch]
    }

    /// Who of a patch sells the products of a block.
    pub fn place_of_block(&self, patch: usize, block: usize) -> usize {
        block % self.patches[patch].len()
    }

    /// The person of another patch who stands where a person of one does.
    pub fn opposite(&self, patch: usize, place: usize, other: usize) -> &Person {
        let others = &self.patches[other];
        &others[place * others.len() / self.patches[patch].len()]
    }

    /// Who leads a patch of several people.
    pub fn leader(&self, patch: usize) -> Option<String> {
        (self.patches[patch].len() > 1).then(|| leader(patch))
    }

    /// Everybody who sells, with those who lead them.
    pub fn write(&self, time: &Time, output: &mut Output) {
        let hired = time.first.plus(-6).first_day();
        let mut write = |id: &str, name: &str, manager: &str, team: &str, trained: Option<Day>| {
            let mut row = output.row(Extract::Salespeople);
            row.text(id).day(time, hired).text(name).text(manager).text(team).day(time, hired);
            row.day_if(time, trained).end();
        };
        write("S00", "Ines Albrecht", "", "Sales", None);
        for (patch, (people, (_, team, _))) in self.patches.iter().zip(FACTS).enumerate() {
            if let Some(leader) = self.leader(patch) {
                write(&leader, &name_of(patch + PATCHES, 7), "S00", team, None);
            }
            for person in people {
                write(&person.id, &person.name, &person.manager, team, person.trained);
            }
        }
    }
}

fn leader(patch: usize) -> String {
    format!("L0{}", patch + 1)
}

fn name_of(patch: usize, place: usize) -> String {
    if place == 0 {
        return FACTS[patch].0.to_string();
    }
    // The lengths of both lists have no factor in common: names come again after all pairs.
    let number = patch * 41 + place;
    format!("{} {}", FIRST_NAMES[number % FIRST_NAMES.len()], LAST_NAMES[number % LAST_NAMES.len()])
}

fn trained(time: &Time, patch: usize, place: usize, chance: &mut Chance) -> Option<Day> {
    if place == 0 {
        return FACTS[patch].2.map(|months| time.first.plus(months).first_day() + 12);
    }
    let is_trained = chance.happens(TRAINED);
    let day = time.first_day() + chance.days(0, time.as_of - time.first_day());
    is_trained.then_some(day)
}

/// Whom of so many customers, counted from 0, the person of a place looks after: the first, and how many.
pub fn part_of(customers: i64, place: usize, people: usize) -> (i64, i64) {
    let (place, people) = (i64::try_from(place).unwrap_or(0), i64::try_from(people).unwrap_or(1));
    let start = |place: i64| (customers * place + people - 1) / people;
    (start(place), start(place + 1) - start(place))
}

/// The place of the person, or territory, of so many to which a customer belongs, counted from 0.
pub fn place_of(customer: i64, customers: i64, people: usize) -> usize {
    let people = i64::try_from(people).unwrap_or(1);
    usize::try_from(customer * people / customers).unwrap_or(0)
}

/// The seat of whoever sells to a customer: patch and place.
pub fn seat_in(people: &People, customer: Customer, (first, count): (i64, i64)) -> (usize, usize) {
    let patch = patch_of(customer.group, customer.region);
    (patch, place_of(customer.number - first, count, people.of_patch(patch).len()))
}
