//! One file out of the page's parts. It loads nothing from outside and says so to the browser: only the style and the
//! script that stand in it, by their hashes, are let through.

use crate::record::{json_in_a_script, policy_hash};

const TEMPLATE: &str = include_str!("page/index.html");

/// Settings of colour and type first, then what uses them.
const STYLE: &str = concat!(include_str!("page/style.css"), include_str!("page/graph.css"));

/// In the order in which they use each other.
const SCRIPT: &str = concat!(
    "'use strict';\n",
    include_str!("page/data.js"),
    include_str!("page/words.js"),
    include_str!("page/search.js"),
    include_str!("page/layout.js"),
    include_str!("page/picture.js"),
    include_str!("page/graph.js"),
    include_str!("page/columns.js"),
    include_str!("page/table.js"),
    include_str!("page/settings.js"),
    include_str!("page/overview.js"),
    include_str!("page/start.js"),
);

/// The page of a pipeline's dictionary, whose data is JSON.
pub(super) fn html(pipeline: &str, data: &str) -> String {
    let policy = format!(
        "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
        policy_hash(STYLE),
        policy_hash(SCRIPT)
    );
    let data = json_in_a_script(data);
    // The data comes last: nothing is put in where it happens to name a place.
    TEMPLATE
        .replace("{policy}", &policy)
        .replace("{pipeline}", pipeline)
        .replace("{style}", STYLE)
        .replace("{script}", SCRIPT)
        .replace("{data}", &data)
}
