//! One file out of the page's parts. It loads nothing from outside and says so to the browser: only the style and the
//! script that stand in it, by their hashes, are let through.

use sha2::{Digest, Sha256};

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
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        base64(&Sha256::digest(STYLE)),
        base64(&Sha256::digest(SCRIPT))
    );
    // Nothing in the data ends the script that it stands in, or opens a comment there.
    let data = data.replace('<', "\\u003c");
    // The data comes last: nothing is put in where it happens to name a place.
    TEMPLATE
        .replace("{policy}", &policy)
        .replace("{pipeline}", pipeline)
        .replace("{style}", STYLE)
        .replace("{script}", SCRIPT)
        .replace("{data}", &data)
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
