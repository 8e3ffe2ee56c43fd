//! Any text as a model, a condition, a file of settings or values for settings: it is read, or refused with a place in
//! it; however deep it is nested.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::{Corpus, fuzz_target};
use sopmart::model::{Settings, SqlFile, condition_columns, parse};
use sopmart_fuzz::choices::{Choices, grown};
use sopmart_fuzz::faults::in_place;

const SETTINGS: &str = include_str!("../../sql/settings.yaml");

fn product_settings() -> &'static Settings {
    static SETTINGS_READ: OnceLock<Settings> = OnceLock::new();
    SETTINGS_READ.get_or_init(|| Settings::parse("settings.yaml", SETTINGS).expect("the product's settings are valid"))
}

fuzz_target!(|input: &[u8]| -> Corpus {
    let (mut choices, text) = Choices::split(input, 1);
    let Ok(text) = std::str::from_utf8(text) else { return Corpus::Reject };
    let text = grown(text);
    match choices.below(4) {
        0 => model(&text),
        1 => {
            if let Err(why) = condition_columns(&text) {
                assert!(!why.is_empty(), "what is refused says why");
            }
        }
        2 => settings(&text),
        _ => {
            let mut settings = product_settings().clone();
            if let Err(faults) = settings.set_all("values.yaml", &text) {
                in_place(&faults, "values.yaml", &text);
            }
        }
    }
    Corpus::Keep
});

fn model(text: &str) {
    match parse("model.sql", text) {
        Err(fault) => in_place(&[fault], "model.sql", text),
        Ok(sql) => {
            for mention in &sql.tables {
                is_in(text, mention.place.line);
            }
            for (name, place) in &sql.parameters {
                is_in(text, place.line);
                assert!(place.line_text.contains(name.as_str()), "{name} is at {place:?}");
            }
            let _: String = sql.title();
            if let Err(fault) = product_settings().put_into(&sql) {
                in_place(&[fault], "model.sql", text);
            }
        }
    }
}

fn is_in(text: &str, line: usize) {
    assert!((1..=text.matches('\n').count() + 1).contains(&line), "there is no line {line}");
}

fn settings(text: &str) {
    match Settings::parse("settings.yaml", text) {
        Err(faults) => in_place(&faults, "settings.yaml", text),
        Ok(mut settings) => {
            settings.resolve_yesterday(settings.as_of());
            let names = settings.table_names();
            assert!(names.iter().all(|name| settings.table(&name.name).is_some()));
            let literals = parse("model.sql", "select $a, $b, $as_of").expect("this is a query");
            let _: Result<_, _> = settings.put_into(&literals);
            let _: usize = settings.unused(std::iter::empty::<&SqlFile>()).len();
        }
    }
}
