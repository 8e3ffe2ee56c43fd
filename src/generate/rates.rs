//! Exchange rates of the two foreign currencies: each week's, each month's, and the plan's.

use crate::generate::chance::Chance;
use crate::generate::company::Company;
use crate::generate::days::{Month, day_of_week};
use crate::generate::files::{Extract, Output};

/// What one unit is worth in EUR by plan, in millionths, in the first year; it gets dearer by so much each year.
const CURRENCIES: [(&str, i64, i64); 2] = [("CHF", 1_052_632, 8_000), ("PLN", 235_294, -1_500)];

pub fn write(company: &Company, output: &mut Output) {
    let time = &company.time;
    for (place, (currency, first, yearly)) in CURRENCIES.into_iter().enumerate() {
        let mut chance = Chance::of(company.seed, "rates", place);
        let mut stray = 1000;
        // Plans reach beyond the history; before it begins, opening balances are valued.
        for month in (time.first.0 - 1..time.end.0).map(Month) {
            let plan = first + yearly * i64::from(month.year() - time.first.year());
            let file = month.first_day();
            let mut write = |day: i32, kind: &str, rate: i64| {
                let mut row = output.row_in(Extract::ExchangeRates, file);
                row.text(currency).text("EUR").day(time, day).text(kind).decimal(rate, 6).end();
            };
            write(month.first_day(), "plan", plan);
            let mut of_month = Vec::new();
            for day in (month.first_day()..=month.last_day()).filter(|day| *day <= time.as_of && day_of_week(*day) == 0)
            {
                stray = (stray + chance.between(-4, 4)).clamp(970, 1030);
                of_month.push(plan * stray / 1000);
                write(day, "spot", plan * stray / 1000);
            }
            if let (Some(last), true) = (of_month.last(), month.last_day() <= time.as_of) {
                write(
                    month.last_day(),
                    "average",
                    of_month.iter().sum::<i64>() / i64::try_from(of_month.len()).unwrap_or(1),
                );
                write(month.last_day(), "closing", *last);
            }
        }
    }
}
