//! Any text as a contract: it is read, or refused with places in it.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use regex::Regex;
use sopmart::contract::{MaxQuarantined, Rule, parse, parse_type, type_name};
use sopmart_fuzz::choices::grown;
use sopmart_fuzz::faults::in_place;

fuzz_target!(|input: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(input) else { return Corpus::Reject };
    let text = grown(text);
    match parse("lines.odcs.yaml", &text) {
        Err(faults) => {
            in_place(&faults, "lines.odcs.yaml", &text);
            let again = parse("lines.odcs.yaml", &text).expect_err("it was refused before");
            assert_eq!(again, faults);
        }
        Ok(contract) => {
            let again = parse("lines.odcs.yaml", &text).expect("it was read before");
            assert_eq!(format!("{again:?}"), format!("{contract:?}"));
            assert_eq!(again.landing_digest(), contract.landing_digest());
            for column in &contract.columns {
                assert_eq!(parse_type(&type_name(&column.data_type)), Some(column.data_type.clone()));
            }
            for rule in contract.columns.iter().flat_map(|column| &column.rules) {
                let words = rule.describe();
                let pattern = words.strip_prefix("a match of ").filter(|_| matches!(rule, Rule::Pattern(_)));
                assert!(pattern.is_none_or(|pattern| Regex::new(pattern).is_ok()), "{words}");
            }
            let shown = contract.max_quarantined.to_string();
            assert_eq!(MaxQuarantined::parse(&shown), Some(contract.max_quarantined));
            for expectation in &contract.expectations {
                assert!(expectation.place.line >= 1 && !expectation.must.to_string().is_empty());
            }
            let _: (Vec<&str>, Vec<String>) = (contract.key(), contract.row_rules());
        }
    }
    Corpus::Keep
});
