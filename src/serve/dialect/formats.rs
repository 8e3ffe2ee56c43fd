//! Formats of days and times as PostgreSQL writes them (`YYYY-MM-DD HH24:MI:SS`), in the engine's words (`%Y-%m-%d …`).

/// Its patterns, the longer before those that they begin with, and what stands for them here.
const PATTERNS: [(&str, &str); 25] = [
    ("YYYY", "%Y"),
    ("IYYY", "%G"),
    ("YY", "%y"),
    ("FMMonth", "%B"),
    ("Month", ""),
    ("Mon", "%b"),
    ("MM", "%m"),
    ("MI", "%M"),
    ("MS", "%3f"),
    ("DDD", "%j"),
    ("DD", "%d"),
    ("FMDay", "%A"),
    ("Day", ""),
    ("Dy", "%a"),
    ("ID", "%u"),
    ("IW", "%V"),
    ("HH24", "%H"),
    ("HH12", "%I"),
    ("HH", "%I"),
    ("SS", "%S"),
    ("US", "%6f"),
    ("AM", "%p"),
    ("PM", "%p"),
    ("Q", "%q"),
    ("T", "T"),
];

/// The format in the engine's words; None when it is in them already, or says what they cannot.
pub fn known(format: &str) -> Option<String> {
    let (mut known, mut rest) = (String::new(), format);
    let mut is_one = false;
    while let Some(letter) = rest.chars().next() {
        if let Some((pattern, stands)) = PATTERNS.iter().find(|(pattern, _)| rest.starts_with(pattern)) {
            if stands.is_empty() {
                return None;
            }
            known.push_str(stands);
            rest = &rest[pattern.len()..];
            is_one |= stands.starts_with('%');
        } else if letter == '%' || letter == '"' || letter.is_alphabetic() {
            return None;
        } else {
            known.push(letter);
            rest = &rest[letter.len_utf8()..];
        }
    }
    is_one.then_some(known)
}
