//! `values`: how values are written, as typed, and what its words mean.

use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::pipeline::file::Reading;
use crate::pipeline::reader::{Negative, Notation, TimePattern};
use crate::pipeline::time_zone;

/// One text or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(in crate::pipeline) enum Texts {
    One(String),
    Several(Vec<String>),
}

impl Texts {
    pub(super) fn list(typed: Option<&Spanned<Texts>>) -> Vec<String> {
        match typed.map(|texts| &texts.value) {
            None => Vec::new(),
            Some(Texts::One(text)) => vec![text.clone()],
            Some(Texts::Several(texts)) => texts.clone(),
        }
    }
}

/// How values are written, for all columns or for one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pipeline) struct ValuesFile {
    nulls: Option<Spanned<Texts>>,
    decimal: Option<Spanned<String>>,
    thousands: Option<Spanned<String>>,
    negative: Option<Spanned<Texts>>,
    currency: Option<Spanned<Texts>>,
    dates: Option<Spanned<Texts>>,
    timestamps: Option<Spanned<Texts>>,
    time_zone: Option<Spanned<String>>,
    #[serde(rename = "true")]
    trues: Option<Spanned<Texts>>,
    #[serde(rename = "false")]
    falses: Option<Spanned<Texts>>,
}

impl Reading<'_> {
    pub(super) fn notation(&mut self, typed: &ValuesFile, mut notation: Notation) -> Option<Notation> {
        if typed.nulls.is_some() {
            notation.nulls = Texts::list(typed.nulls.as_ref());
        }
        if let Some(decimal) = &typed.decimal {
            notation.decimal_point = match decimal.value.as_str() {
                "." => b'.',
                "," => b',',
                other => {
                    self.fault(&decimal.referenced, format!("`decimal` is `{other}`, expected `.` or `,`"));
                    return None;
                }
            };
        }
        if let Some(thousands) = &typed.thousands {
            let known = [",", ".", " ", "'", "’", "_", "\u{a0}", "\u{202f}"];
            notation.thousands = match thousands.value.as_str() {
                "none" => None,
                sign if known.contains(&sign) => Some(sign.to_string()),
                other => {
                    let message = format!("`thousands` is `{other}`, expected `none`, `,`, `.`, `'` or a space");
                    self.fault(&thousands.referenced, message);
                    return None;
                }
            };
        }
        if let Some(thousands) = &notation.thousands
            && thousands.as_bytes() == [notation.decimal_point]
            && let Some(at) = typed.thousands.as_ref().or(typed.decimal.as_ref())
        {
            self.fault(&at.referenced, "`thousands` and `decimal` are the same character");
        }
        if let Some(negative) = &typed.negative {
            notation.negatives.clear();
            for named in Texts::list(Some(negative)) {
                notation.negatives.push(match named.as_str() {
                    "trailing_minus" => Negative::TrailingMinus,
                    "parentheses" => Negative::Parentheses,
                    other => {
                        let message = format!("`negative` is `{other}`, expected trailing_minus or parentheses");
                        self.fault(&negative.referenced, message);
                        return None;
                    }
                });
            }
        }
        if let Some(currency) = &typed.currency {
            notation.currency = Texts::list(Some(currency));
            if let Some(sign) = notation.currency.iter().find(|sign| is_of_a_number(sign)) {
                let message = format!("`currency` holds `{sign}`, which would be taken from numbers themselves");
                self.fault(&currency.referenced, message);
            }
        }
        if let Some(dates) = &typed.dates {
            notation.dates = self.patterns("dates", dates, false)?;
        }
        if let Some(timestamps) = &typed.timestamps {
            notation.timestamps = self.patterns("timestamps", timestamps, true)?;
        }
        if let Some(zone) = &typed.time_zone {
            notation.time_zone = time_zone(zone, self);
        }
        self.booleans(typed, &mut notation);
        Some(notation)
    }

    fn booleans(&mut self, typed: &ValuesFile, notation: &mut Notation) {
        if let Some(trues) = &typed.trues {
            notation.trues = Texts::list(Some(trues));
        }
        if let Some(falses) = &typed.falses {
            notation.falses = Texts::list(Some(falses));
        }
        if let Some(at) = typed.trues.as_ref().or(typed.falses.as_ref()) {
            if notation.trues.is_empty() || notation.falses.is_empty() {
                self.fault(&at.referenced, "`true` and `false` are said together: what stands for each of them");
            }
            if let Some(both) = notation.trues.iter().find(|text| notation.falses.contains(text)) {
                self.fault(&at.referenced, format!("`{both}` stands for both true and false"));
            }
        }
    }

    fn patterns(&mut self, field: &str, typed: &Spanned<Texts>, has_time: bool) -> Option<Vec<TimePattern>> {
        let mut patterns = Vec::new();
        for text in Texts::list(Some(typed)) {
            match TimePattern::parse(&text, has_time) {
                Ok(pattern) => patterns.push(pattern),
                Err(why) => {
                    let message = format!("`{field}`: `{text}` {why}, expected a pattern such as %d.%m.%Y");
                    self.fault(&typed.referenced, message);
                    return None;
                }
            }
        }
        Some(patterns)
    }
}

/// Whether a text may be a part of a number: one that is left out may leave another number behind.
fn is_of_a_number(text: &str) -> bool {
    let is_one_mark = text.chars().count() == 1 && text.contains(|mark: char| "-+().,'’_".contains(mark));
    text.trim().is_empty() || is_one_mark || text.contains(|mark: char| mark.is_ascii_digit())
}
