//! The terminal that people read on: how much of a text it shows.

use console::{Term, measure_text_width};

/// How wide and how high a terminal is, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    pub width: usize,
    pub height: usize,
    /// Whether what stands out may be shown by its weight and colour; `NO_COLOR` says no.
    pub is_styled: bool,
}

impl Screen {
    /// The terminal that stdout is; None where it is none.
    pub fn of_stdout() -> Option<Screen> {
        Screen::of(&Term::stdout())
    }

    /// The terminal that stderr is; None where it is none.
    pub fn of_stderr() -> Option<Screen> {
        Screen::of(&Term::stderr())
    }

    fn of(terminal: &Term) -> Option<Screen> {
        if !terminal.is_term() {
            return None;
        }
        // A terminal that does not say how large it is, is taken for the classic one.
        let (height, width) =
            terminal.size_checked().filter(|(height, width)| *height > 0 && *width > 0).unwrap_or((24, 80));
        let is_styled = std::env::var_os("NO_COLOR").is_none();
        Some(Screen { width: width.into(), height: height.into(), is_styled })
    }
}

/// How many columns of a terminal a text takes.
pub fn width_of(text: &str) -> usize {
    measure_text_width(text)
}

/// A text in no more than so many columns: cut, with `…` in the place of what is missing.
pub fn cut(text: &str, width: usize) -> String {
    console::truncate_str(text, width, "…").into_owned()
}

/// A text in lines of no more than so many columns, broken between words where that is possible.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let mut word = word.to_string();
        let line = lines.last_mut().expect("there is a first line");
        if !line.is_empty() && width_of(line) + 1 + width_of(&word) > width {
            lines.push(String::new());
        } else if !line.is_empty() {
            line.push(' ');
        }
        while width_of(&word) > width {
            let head = console::truncate_str(&word, width, "").into_owned();
            // A sign that is wider than the line stands in it all the same.
            let end = if head.is_empty() { word.chars().next().map_or(0, char::len_utf8) } else { head.len() };
            let rest = word.split_off(end);
            lines.last_mut().expect("there is a first line").push_str(&word);
            lines.push(String::new());
            word = rest;
        }
        lines.last_mut().expect("there is a first line").push_str(&word);
    }
    lines
}

/// Pads a text to a width, at its left where it is a number.
pub fn padded(text: &str, width: usize, is_number: bool) -> String {
    let gap = " ".repeat(width.saturating_sub(width_of(text)));
    if is_number { format!("{gap}{text}") } else { format!("{text}{gap}") }
}
