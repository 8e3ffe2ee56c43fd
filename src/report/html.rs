//! One file out of the page's parts. The browser is told to load nothing: only the scripts that stand in the page, by
//! their hashes, are let through.

use crate::record::{json_in_a_script, policy_hash};

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
    let hashes: Vec<String> = scripts.iter().map(|script| policy_hash(script)).collect();
    // Charts set the style of what they draw, element by element, so styles cannot go by hash; they load nothing.
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src {}; base-uri 'none'; form-action 'none'",
        hashes.join(" ")
    );
    let scripts: Vec<String> = scripts.iter().map(|script| format!("<script>{script}</script>")).collect();
    let scripts = scripts.join("\n");
    let title = title.replace('&', "&amp;").replace('<', "&lt;");
    let data = json_in_a_script(data);
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
