//! A deal: an opportunity from its first day on, change by change.

use crate::generate::chance::Chance;
use crate::generate::days::{Calendar, Day, Time};
use crate::generate::lists::{LOST, STAGES, WON};

/// What the CRM system says of an opportunity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    pub stage: usize,
    /// Hundredths of the customer's currency.
    pub amount: i64,
    pub expected: Day,
}

impl State {
    pub fn is_closed(&self) -> bool {
        self.stage >= WON
    }
}

/// How a deal ends, or how far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Won,
    Lost,
    Open,
}

/// What is to become of a deal.
#[derive(Debug)]
pub struct Plan {
    pub end: End,
    pub created: Day,
    /// The day on which it is closed, or `as_of`.
    pub last: Day,
    pub amount: i64,
    /// When it is expected to be closed, as it is said last.
    pub expected: Day,
    /// Days between the day that was said first and that one: above 0 it has slipped, below 0 it was pulled in.
    pub moved: i32,
}

/// What is changed.
#[derive(Debug, Clone, Copy)]
enum Edit {
    Stage(usize),
    Amount(i64),
    Expected(Day),
}

/// The states of a deal by day and second of the day, the first as it was created; all on working days.
pub fn states(time: &Time, plan: &Plan, chance: &mut Chance) -> Vec<(Day, i64, State)> {
    let mut edits = stages(plan, chance);
    let first_amount = if chance.happens(350) { plan.amount * chance.between(70, 130) / 100 } else { plan.amount };
    let between = |days: i32| (plan.created + days).min(plan.last);
    if first_amount != plan.amount {
        edits.push((between(chance.days(2, 40)), Edit::Amount(plan.amount)));
    }
    let first_expected = (plan.expected - plan.moved).max(plan.created + 3);
    if first_expected != plan.expected {
        // What slips is put off about when it was due, or before; what is pulled in is heard of early.
        let is_put_off_late = plan.moved > 0 && first_expected <= plan.last;
        let when = if is_put_off_late { first_expected - chance.days(0, 6) } else { between(chance.days(5, 30)) };
        edits.push((when.clamp(plan.created, plan.last), Edit::Expected(plan.expected)));
    }
    // The stage that closes comes last on its day.
    edits.sort_by_key(|(day, edit)| (*day, matches!(edit, Edit::Stage(stage) if *stage >= WON)));
    let mut state = State { stage: 0, amount: rounded(first_amount), expected: first_expected };
    let mut second = 8 * 3600 + chance.between(0, 2400);
    let mut states = vec![(plan.created, second, state)];
    let working_day = |day: Day| time.working_day_up_to(Calendar::German, day).max(plan.created);
    for (day, edit) in edits {
        second += chance.between(300, 3000);
        match edit {
            Edit::Stage(stage) => state.stage = stage,
            Edit::Amount(amount) => state.amount = rounded(amount),
            Edit::Expected(expected) => state.expected = expected,
        }
        states.push((working_day(day), second, state));
    }
    states
}

/// The stages that it goes through, of which some are left out.
fn stages(plan: &Plan, chance: &mut Chance) -> Vec<(Day, Edit)> {
    let last_open = match plan.end {
        End::Won => 3,
        End::Lost => chance.below(4),
        // The nearer its day, the further it has come.
        End::Open if plan.expected - plan.last < 45 => 1 + chance.below(3),
        End::Open => chance.below(3),
    };
    let last_open = usize::try_from(last_open).unwrap_or(0);
    let mut path: Vec<usize> = (1..=last_open).filter(|stage| *stage == last_open || !chance.happens(150)).collect();
    match plan.end {
        End::Won => path.push(WON),
        End::Lost => path.push(LOST),
        End::Open => {}
    }
    let is_closed = plan.end != End::Open;
    let steps = i32::try_from(path.len()).unwrap_or(0) + i32::from(!is_closed);
    let days = plan.last - plan.created;
    let day_of = |place: i32| plan.created + days * place / steps.max(1);
    let mut edits = Vec::new();
    for (place, stage) in (1..).zip(path) {
        let is_last = stage >= WON;
        let stray = if is_last { 0 } else { chance.days(0, days / 8) };
        let day = if is_last { plan.last } else { (day_of(place) - stray).max(plan.created + 1).min(plan.last) };
        edits.push((day, Edit::Stage(stage)));
    }
    edits
}

/// By tens of the currency.
fn rounded(amount: i64) -> i64 {
    ((amount + 500) / 1000 * 1000).max(1000)
}

/// The text of the probability of a stage.
pub fn probability(stage: usize) -> String {
    let hundredths = STAGES[stage].1;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
