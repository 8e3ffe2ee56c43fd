//! One file out of the page's parts. The browser is told to load nothing: only the scripts that stand in the page, by
//! their hashes, are let through.

use sha2::{Digest, Sha256};

const TEMPLATE: &str = include_str!("page/index.html");

/// Colour and type first, then what uses them.
const STYLE: &str = concat!(
    include_str!("page/style.css"),
    include_str!("page/parts.css"),
    include_str!("page/decisions.css"),
    include_str!("page/print.css"),
);

/// The charts' libraries as npm has them, each a script of its own, in the order in which they use each other.
const VENDORED: [&str; 3] = [
    include_str!("page/vendor/vega.min.js"),
    include_str!("page/vendor/vega-lite.min.js"),
    include_str!("page/vendor/vega-interpreter.min.js"),
];

/// What the page does, in the order of its parts' use of each other.
const SCRIPT: &str = concat!(
    "'use strict';\n",
    include_str!("page/words.js"),
    include_str!("page/data.js"),
    include_str!("page/parts.js"),
    include_str!("page/tables.js"),
    include_str!("page/charts.js"),
    include_str!("page/decisions.js"),
    include_str!("page/demand.js"),
    include_str!("page/steps.js"),
    include_str!("page/plans.js"),
    include_str!("page/supply.js"),
    include_str!("page/inventory.js"),
    include_str!("page/service.js"),
    include_str!("page/sales.js"),
    include_str!("page/quality.js"),
    include_str!("page/filters.js"),
    include_str!("page/start.js"),
);

/// The page with its title and its data, which is JSON.
pub(super) fn page(title: &str, data: &str) -> String {
    let scripts: Vec<&str> = VENDORED.into_iter().chain([SCRIPT]).collect();
    let hashes: Vec<String> =
        scripts.iter().map(|script| format!("'sha256-{}'", base64(&Sha256::digest(script)))).collect();
    // Charts set the style of what they draw, element by element, so styles cannot go by hash; they load nothing.
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src {}; base-uri 'none'; form-action 'none'",
        hashes.join(" ")
    );
    let scripts: Vec<String> = scripts.iter().map(|script| format!("<script>{script}</script>")).collect();
    let scripts = scripts.join("\n");
    let title = title.replace('&', "&amp;").replace('<', "&lt;");
    // Nothing in the data ends the script that it stands in, or opens a comment there.
    let data = data.replace('<', "\\u003c");
    let mut html = TEMPLATE.to_string();
    // The data comes last: nothing is put in where it happens to name a place.
    for (place, text) in [
        ("{policy}", policy.as_str()),
        ("{title}", title.as_str()),
        ("{style}", STYLE),
        ("{scripts}", scripts.as_str()),
        ("{data}", data.as_str()),
    ] {
        html = html.replacen(place, text, 1);
    }
    html
}

/// As a security policy writes a hash.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place)) as usize & 63];
            text.push(if place <= three.len() { char::from(digit) } else { '=' });
        }
    }
    text
}
