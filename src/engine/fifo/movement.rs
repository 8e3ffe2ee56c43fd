//! The movements of one product, and the order in which they are replayed.

use std::cmp::Ordering;
use std::collections::HashMap;

/// What a movement is, as far as it matters for ages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Opening,
    Receipt,
    Issue,
    TransferIn,
    TransferOut,
    Return,
    /// Counts, scrap, revaluations: their sign says what they do.
    Other,
}

/// One line of a movement. Quantities and values are whole numbers of ten-thousandths.
#[derive(Debug, Clone)]
#[expect(clippy::struct_field_names, reason = "fields have the names of the columns")]
pub struct Movement<'a> {
    /// Microseconds since 1970.
    pub moved_at: i64,
    pub created_at: Option<i64>,
    pub movement_id: &'a str,
    pub line_id: &'a str,
    /// Its day in days since 1970: that of what it brings, where it brings anything.
    pub date: i32,
    pub location_id: &'a str,
    pub batch_id: Option<&'a str>,
    pub quantity: i128,
    pub value: Option<i128>,
    pub kind: Kind,
    pub document_id: Option<&'a str>,
    /// Of a transfer's second leg the movement and line of its first.
    pub linked: Option<(&'a str, &'a str)>,
    /// Whether what it brings was there before its day.
    pub is_age_minimum: bool,
}

/// What a movement has to do with others of its product, beside moving the same stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bond {
    None,
    /// A leg of the transfer of that number.
    Transfer(usize),
    /// One of several movements of the document of that number which hand goods on.
    Document(usize),
}

/// The order in which movements are replayed, and what binds them.
#[derive(Debug)]
pub struct Sequence {
    /// Numbers of movements, first to last.
    pub steps: Vec<usize>,
    /// Of each movement, by its number.
    pub bonds: Vec<Bond>,
    pub transfer_count: usize,
    pub document_count: usize,
}

/// Orders movements by `moved_at`, receipts before issues, `created_at` (those without one last), `movement_id`, `line_id`. A
/// receiving side that would stand before its giving side comes directly behind it: the second leg of a transfer behind
/// the first, and a receipt behind the issues of its document, product and location up to its time, or, where all of
/// them are later, behind the earliest.
pub fn sequence(movements: &[Movement<'_>], returns_keep_their_age: bool) -> Sequence {
    let mut order: Vec<usize> = (0..movements.len()).collect();
    order.sort_unstable_by(|one, other| in_time(&movements[*one], &movements[*other]));
    let mut places = vec![0; movements.len()];
    for (place, number) in order.iter().enumerate() {
        places[*number] = place;
    }
    let mut bound = Bound { bonds: vec![Bond::None; movements.len()], behind: vec![None; movements.len()] };
    let transfer_count = bound.transfers(movements, &places);
    let document_count = bound.documents(movements, &order, &places, returns_keep_their_age);
    if bound.behind.iter().any(Option::is_some) {
        // A giving side never moves, so that one pass is enough.
        let anchor = |number: usize| bound.behind[number].unwrap_or(places[number]);
        order.sort_by_key(|number| (anchor(*number), bound.behind[*number].is_some(), places[*number]));
    }
    Sequence { steps: order, bonds: bound.bonds, transfer_count, document_count }
}

fn in_time(one: &Movement<'_>, other: &Movement<'_>) -> Ordering {
    let created = |movement: &Movement<'_>| (movement.created_at.is_none(), movement.created_at);
    one.moved_at
        .cmp(&other.moved_at)
        .then_with(|| one.rank().cmp(&other.rank()))
        .then_with(|| created(one).cmp(&created(other)))
        .then_with(|| one.movement_id.cmp(other.movement_id))
        .then_with(|| one.line_id.cmp(other.line_id))
}

impl Movement<'_> {
    /// Receipts, then what changes values alone, then issues.
    fn rank(&self) -> i128 {
        -self.quantity.signum()
    }

    fn is_giving(&self, kind: Kind) -> bool {
        self.kind == kind && self.quantity < 0
    }

    fn is_receiving(&self, kind: Kind) -> bool {
        self.kind == kind && self.quantity > 0
    }
}

struct Bound {
    bonds: Vec<Bond>,
    /// Of a movement that has to wait the place of the one that it comes behind.
    behind: Vec<Option<usize>>,
}

impl Bound {
    /// Binds the legs of transfers; every first leg is one, whether a second one came or not.
    fn transfers(&mut self, movements: &[Movement<'_>], places: &[usize]) -> usize {
        let mut first_legs = HashMap::new();
        let mut count = 0;
        for (number, movement) in movements.iter().enumerate().filter(|(_, one)| one.is_giving(Kind::TransferOut)) {
            self.bonds[number] = Bond::Transfer(count);
            first_legs.insert((movement.movement_id, movement.line_id), number);
            count += 1;
        }
        if first_legs.is_empty() {
            return count;
        }
        for (number, movement) in movements.iter().enumerate().filter(|(_, one)| one.is_receiving(Kind::TransferIn)) {
            let Some(first) = movement.linked.and_then(|linked| first_legs.get(&linked)) else { continue };
            self.bonds[number] = self.bonds[*first];
            self.wait(number, places[*first], places);
        }
        count
    }

    /// Binds issues to what takes over their goods: receipts of the same document and location, and returns of the same
    /// document where these keep their age.
    fn documents(
        &mut self,
        movements: &[Movement<'_>],
        order: &[usize],
        places: &[usize],
        returns_keep_their_age: bool,
    ) -> usize {
        let takes_over = |one: &Movement<'_>| {
            one.is_receiving(Kind::Receipt) || (returns_keep_their_age && one.is_receiving(Kind::Return))
        };
        let mut documents = HashMap::new();
        for movement in movements.iter().filter(|one| takes_over(one)) {
            if let Some(document) = movement.document_id {
                let count = documents.len();
                documents.entry(document).or_insert(count);
            }
        }
        if documents.is_empty() {
            return 0;
        }
        let document_of = |movement: &Movement<'_>| documents.get(movement.document_id?).copied();
        let mut issues: HashMap<(usize, &str), Vec<usize>> = HashMap::new();
        for number in order.iter().filter(|number| movements[**number].is_giving(Kind::Issue)) {
            if let Some(document) = document_of(&movements[*number]) {
                self.bonds[*number] = Bond::Document(document);
                issues.entry((document, movements[*number].location_id)).or_default().push(*number);
            }
        }
        if issues.is_empty() {
            return 0;
        }
        for (number, movement) in movements.iter().enumerate().filter(|(_, one)| takes_over(one)) {
            let Some(document) = document_of(movement) else { continue };
            if movement.kind == Kind::Return {
                self.bonds[number] = Bond::Document(document);
            } else if let Some(issues) = issues.get(&(document, movement.location_id)) {
                self.bonds[number] = Bond::Document(document);
                let first = movements[issues[0]].moved_at;
                let until = movement.moved_at.max(first);
                let given = issues.partition_point(|issue| movements[*issue].moved_at <= until);
                self.wait(number, places[issues[given - 1]], places);
            }
        }
        documents.len()
    }

    fn wait(&mut self, number: usize, giving: usize, places: &[usize]) {
        if places[number] < giving {
            self.behind[number] = Some(giving);
        }
    }
}
