//! What a client may set and be shown: nothing that changes an answer but how long it may take.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use pgwire::error::PgWireResult;

use crate::serve::refusal::{INVALID_VALUE, UNKNOWN_SETTING, error, error_with_hint};

/// The version of PostgreSQL whose manners are kept.
pub const VERSION: &str = "16.6";

/// What is there to be shown, and may be set to what clients set it to. Names are in lower case.
pub const KNOWN: [(&str, &str); 27] = [
    ("application_name", ""),
    ("bytea_output", "hex"),
    ("client_encoding", "UTF8"),
    ("client_min_messages", "notice"),
    ("datestyle", "ISO, YMD"),
    ("default_table_access_method", "heap"),
    ("default_transaction_isolation", "read committed"),
    ("default_transaction_read_only", "on"),
    ("extra_float_digits", "1"),
    ("idle_in_transaction_session_timeout", "0"),
    ("integer_datetimes", "on"),
    ("intervalstyle", "postgres"),
    ("is_superuser", "off"),
    ("jit", "off"),
    ("lock_timeout", "0"),
    ("max_identifier_length", "63"),
    ("row_security", "on"),
    ("search_path", "marts"),
    ("server_encoding", "UTF8"),
    ("server_version", VERSION),
    ("server_version_num", "160006"),
    ("ssl_renegotiation_limit", "0"),
    ("standard_conforming_strings", "on"),
    ("statement_timeout", "0"),
    ("timezone", "UTC"),
    ("transaction_isolation", "read committed"),
    ("transaction_read_only", "on"),
];

/// What these say, they say for good: another value would make an answer something other than it is.
const FIXED: [(&str, &[&str]); 4] = [
    ("client_encoding", &["utf8", "utf-8", "unicode"]),
    ("standard_conforming_strings", &["on", "true", "yes", "1"]),
    ("default_transaction_read_only", &["on", "true", "yes", "1"]),
    ("transaction_read_only", &["on", "true", "yes", "1"]),
];

/// One client's settings.
#[derive(Debug, Default)]
pub struct Settings(Mutex<BTreeMap<String, String>>);

impl Settings {
    /// # Errors
    /// When there is no such setting, or it cannot be that.
    pub fn set(&self, name: &str, value: &str) -> PgWireResult<()> {
        let name = name.to_lowercase();
        let known = KNOWN.iter().find(|(known, _)| *known == name);
        let Some((_, standard)) = known else {
            let hint = "published sets are read; what changes how they are read cannot be set";
            return Err(error_with_hint(
                UNKNOWN_SETTING,
                format!("unrecognized configuration parameter \"{name}\""),
                hint,
            ));
        };
        let value = if value.eq_ignore_ascii_case("default") { standard } else { value };
        let fixed = FIXED.iter().find(|(fixed, _)| *fixed == name);
        if fixed.is_some_and(|(_, allowed)| !allowed.contains(&value.to_lowercase().as_str())) {
            return Err(error(
                INVALID_VALUE,
                format!("parameter \"{name}\" is {standard} here and cannot be \"{value}\""),
            ));
        }
        if name == "statement_timeout" && duration(value).is_none() {
            let message = format!("invalid value for parameter \"{name}\": \"{value}\"");
            return Err(error_with_hint(
                INVALID_VALUE,
                message,
                "expected milliseconds, or a number with ms, s, min or h",
            ));
        }
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name, value.to_string());
        Ok(())
    }

    /// # Errors
    /// When there is no such setting.
    pub fn show(&self, name: &str) -> PgWireResult<String> {
        self.shown(name).ok_or_else(|| {
            error(UNKNOWN_SETTING, format!("unrecognized configuration parameter \"{}\"", name.to_lowercase()))
        })
    }

    /// None where there is no such setting.
    pub fn shown(&self, name: &str) -> Option<String> {
        let name = match name.to_lowercase().as_str() {
            "transaction isolation level" | "transaction_isolation_level" => "transaction_isolation".to_string(),
            "time zone" | "time_zone" => "timezone".to_string(),
            other => other.to_string(),
        };
        if let Some(value) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&name) {
            return Some(value.clone());
        }
        KNOWN.iter().find(|(known, _)| *known == name).map(|(_, standard)| (*standard).to_string())
    }

    /// Everything as it was at the beginning, or one setting.
    pub fn reset(&self, name: Option<&str>) {
        let mut set = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match name {
            Some(name) => drop(set.remove(&name.to_lowercase())),
            None => set.clear(),
        }
    }

    /// How long a statement may work, of what the server allows.
    pub fn statement_time(&self, allowed: Duration) -> Duration {
        let set = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = set.get("statement_timeout").and_then(|value| duration(value)).filter(|asked| !asked.is_zero());
        asked.map_or(allowed, |asked| asked.min(allowed))
    }
}

/// A duration as PostgreSQL writes it: milliseconds, or a number with a unit.
fn duration(value: &str) -> Option<Duration> {
    let value = value.trim();
    let digits = value.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(value.len());
    let number: u64 = value[..digits].parse().ok()?;
    match value[digits..].trim() {
        "" | "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "min" => number.checked_mul(60).map(Duration::from_secs),
        "h" => number.checked_mul(3600).map(Duration::from_secs),
        _ => None,
    }
}
