//! Texts as numbers: in one notation, and what stands around them.

use std::collections::BTreeSet;

use arrow::datatypes::DataType;

/// What stands beside amounts, the longer ones before those that they end with.
const CURRENCIES: [&str; 10] = ["US$", "$", "€", "£", "EUR", "USD", "GBP", "CHF", "kr.", "kr"];

/// Numbers in one notation.
#[derive(Debug, Clone, Default)]
pub(super) struct Numbers {
    pub fails: bool,
    /// The most digits before the point, and behind it.
    whole: usize,
    scale: usize,
    pub has_thousands: bool,
}

impl Numbers {
    pub(super) fn add(&mut self, text: &str, point: char) {
        if self.fails {
            return;
        }
        let thousands = if point == '.' { ',' } else { '.' };
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (whole, fraction) = digits.split_once(point).unwrap_or((digits, ""));
        let groups: Vec<&str> = whole.split(thousands).collect();
        let (first, rest) = (groups[0], &groups[1..]);
        let is_plain = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_digit());
        let is_grouped = rest.iter().all(|group| group.len() == 3 && is_plain(group))
            && (rest.is_empty() || (1..=3).contains(&first.len()));
        // A whole number has no point behind it.
        let has_digits = !digits.ends_with(point) && (!first.is_empty() || (rest.is_empty() && !fraction.is_empty()));
        let count = groups.iter().map(|group| group.len()).sum::<usize>();
        if !is_plain(first) || !is_plain(fraction) || !is_grouped || !has_digits {
            self.fails = true;
            return;
        }
        self.has_thousands |= !rest.is_empty();
        self.whole = self.whole.max(count);
        self.scale = self.scale.max(fraction.len());
        // No decimal holds the longest of both.
        self.fails = self.whole + self.scale > 38;
    }

    pub(super) fn data_type(&self) -> DataType {
        match (self.whole, self.scale) {
            (0..=9, 0) => DataType::Int32,
            (10..=18, 0) => DataType::Int64,
            (whole, scale) => {
                let precision = (whole + scale).clamp(18.max(scale), 38);
                let narrow = |digits: usize| u8::try_from(digits).unwrap_or(38);
                DataType::Decimal128(narrow(precision), narrow(scale).cast_signed())
            }
        }
    }
}

/// Currencies and signs of negative numbers, as landing takes them away.
#[derive(Debug, Clone, Default)]
pub(super) struct Around {
    currencies: BTreeSet<&'static str>,
    negatives: BTreeSet<&'static str>,
}

impl Around {
    /// A number without the currency and the sign of a negative one that landing would take away; notes both.
    pub(super) fn bare<'t>(&mut self, text: &'t str) -> &'t str {
        let without_currency = |text: &'t str| {
            let without = |sign: &'static str| {
                let rest = text.strip_prefix(sign).map(str::trim_start);
                Some((rest.or_else(|| text.strip_suffix(sign).map(str::trim_end))?, sign))
            };
            CURRENCIES.into_iter().find_map(without)
        };
        let without_sign = |text: &'t str| {
            let inner =
                text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).map(|text| (text.trim(), "parentheses"));
            inner.or_else(|| text.strip_suffix('-').map(|text| (text.trim_end(), "trailing_minus")))
        };
        let (mut rest, mut currency) = without_currency(text).map_or((text, None), |(rest, sign)| (rest, Some(sign)));
        let mut negative = None;
        if let Some((inner, sign)) = without_sign(rest) {
            (rest, negative) = (inner, Some(sign));
        }
        if currency.is_none()
            && let Some((inner, sign)) = without_currency(rest)
        {
            (rest, currency) = (inner, Some(sign));
        }
        // Behind another sign the first one means nothing, and without digits there is no number.
        if !rest.contains(|digit: char| digit.is_ascii_digit()) || negative.is_some() && rest.starts_with(['-', '+']) {
            return text;
        }
        self.currencies.extend(currency);
        self.negatives.extend(negative);
        rest
    }

    /// How the numbers are written, beside their decimal and thousands.
    pub(super) fn signs(&self) -> Vec<(&'static str, String)> {
        let list = |texts: &BTreeSet<&str>| texts.iter().map(|text| format!("{text:?}")).collect::<Vec<_>>().join(", ");
        [("negative", &self.negatives), ("currency", &self.currencies)]
            .into_iter()
            .filter(|(_, texts)| !texts.is_empty())
            .map(|(key, texts)| (key, format!("[{}]", list(texts))))
            .collect()
    }

    /// What a person should look at.
    pub(super) fn unsure(&self) -> Option<String> {
        let signs: Vec<String> = self.negatives.iter().map(|sign| sign.replace('_', " ")).collect();
        (!signs.is_empty()).then(|| format!("{} is taken for a negative number", signs.join(" or ")))
    }
}
