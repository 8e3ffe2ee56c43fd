//! The rules of Rust files: who may use whom, who may write where, and how long a file and a function may be.

use std::sync::LazyLock;

use regex::Regex;

use crate::tidy::Tree;

/// In the order of the flow; a noun may use those before it.
const NOUNS: [&str; 8] = ["fault", "store", "contract", "model", "pipeline", "record", "warehouse", "engine"];
/// Each may use every noun, and no other stage.
const STAGES: [&str; 8] = ["extract", "land", "infer", "transform", "check", "publish", "model_tests", "generate"];
/// Landing pulls rows out of the extract while it writes them, so that a file of any size passes through little
/// memory; the flow therefore calls `land`, and `land` reads through `extract`.
const STAGES_THAT_USE_A_STAGE: [(&str, &str); 2] = [("land", "extract"), ("infer", "extract")];
/// What people and their tools look at: each shows nouns and stages, and only the command line uses it.
const PAGES: [&str; 3] = ["docs", "report", "serve"];
/// What stands on top, and may use everything below it.
const TOPS: [&str; 2] = ["run", "cli"];

/// "Within about 300 lines" and "about 60", with room for the one that cannot be split well.
const LONGEST_FILE: usize = 330;
const LONGEST_FUNCTION: usize = 75;

/// A pattern that only some files may contain.
struct Door {
    pattern: Regex,
    open_to: &'static [&'static str],
    advice: &'static str,
}

static DOORS: LazyLock<Vec<Door>> = LazyLock::new(|| {
    let door = |pattern: &str, open_to, advice| Door { pattern: Regex::new(pattern).unwrap(), open_to, advice };
    vec![
        door(r"\bclap\b", &["src/cli/", "src/main.rs"], "the command line is the business of src/cli/"),
        door(
            r"\b(SessionContext|SessionStateBuilder)::(new|default|from)\w*",
            &["src/engine/"],
            "a session is made in src/engine/ alone, with the settings that keep figures right",
        ),
        door(
            r"\bfs::(write|copy|rename|hard_link|create_dir\w*|remove_\w+|OpenOptions)\b|\bFile::(create\w*|options)\b|\bOpenOptions::",
            &["src/warehouse/"],
            "files are written through src/warehouse/ alone",
        ),
        door(
            r"\b(PutPayload|PutMode|PutOptions|BufWriter::|put_opts|put_multipart\w*|copy_if_not_exists)\b",
            &["src/warehouse/"],
            "objects are written through src/warehouse/ alone",
        ),
        door(
            r"\bstdout\(\)|\bstderr\(\)|\b(e?print(ln)?|dbg)!",
            &["src/cli/", "src/record/"],
            "what people and machines read is written by src/cli/ and src/record/",
        ),
    ]
});

/// Everything in a tree's Rust files that breaks a rule.
pub fn findings(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for (path, text) in tree.iter().filter(|(path, _)| path.ends_with(".rs")) {
        if !text.starts_with("//!") {
            findings.push(format!("{path}:1: opens with `//!` and a sentence that says what the file is for"));
        }
        if path.starts_with("src/") {
            let code = without_comments_and_texts(text);
            findings.extend(doors(path, &code));
            findings.extend(imports(path, &code));
            findings.extend(lengths(path, text));
        }
    }
    if let Some(text) = tree.get("src/lib.rs") {
        findings.extend(order_of_modules(text));
    }
    findings
}

fn doors(path: &str, code: &str) -> Vec<String> {
    let mut findings = Vec::new();
    for (number, line) in code.lines().enumerate() {
        for door in DOORS.iter() {
            let is_open = door.open_to.iter().any(|room| path.starts_with(room));
            if let Some(found) = door.pattern.find(line).filter(|_| !is_open) {
                findings.push(format!("{path}:{}: `{}`: {}", number + 1, found.as_str(), door.advice));
            }
        }
    }
    findings
}

fn imports(path: &str, code: &str) -> Vec<String> {
    let room = room_of(path);
    let mut findings = Vec::new();
    for (line, used) in used_modules(path, code) {
        if let Some(advice) = objection(&room, &used) {
            findings.push(format!("{path}:{line}: `{room}` uses `{used}`: {advice}"));
        }
    }
    findings
}

/// The module right below the crate that a file belongs to.
fn room_of(path: &str) -> String {
    let below = path.trim_start_matches("src/").trim_end_matches(".rs");
    below.split('/').next().unwrap_or(below).to_string()
}

fn objection(room: &str, used: &str) -> Option<&'static str> {
    let place = |names: &[&str], name: &str| names.iter().position(|known| *known == name);
    if room == used || room == "lib" {
        return None;
    }
    match room {
        "main" => return (!TOPS.contains(&used)).then_some("main uses cli and run alone"),
        "cli" => return None,
        "run" if !PAGES.contains(&used) => {
            return (used == "cli").then_some("run knows stages and nouns, not the command line");
        }
        page if PAGES.contains(&page) && !PAGES.contains(&used) => {
            return TOPS.contains(&used).then_some("a page knows neither the run nor the command line");
        }
        _ => {}
    }
    if TOPS.contains(&used) || PAGES.contains(&used) {
        return Some("only what stands above the flow uses it");
    }
    match (place(&NOUNS, room), place(&STAGES, room)) {
        (Some(noun), _) => match place(&NOUNS, used) {
            Some(above) if above < noun => None,
            _ => Some("a noun uses nouns above it alone"),
        },
        (_, Some(_)) => {
            let is_exception = STAGES_THAT_USE_A_STAGE.contains(&(room, used));
            let is_stage = place(&STAGES, used).is_some();
            (is_stage && !is_exception).then_some("stages do not know each other; which noun is missing?")
        }
        _ => Some("this room is unknown to tests/it/tidy_rust.rs: say there whether it is a noun or a stage"),
    }
}

/// The crate's modules that a file's code names, each with its line: `crate::a::…`, `crate::{a::…, b}`, `super::…`
/// as far as it leaves the room, and `sopmart::…` in the binary.
fn used_modules(path: &str, code: &str) -> Vec<(usize, String)> {
    static ROOTS: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\b(?:(?:crate|sopmart)::|(?:super::)+)(\{|\w+)").unwrap());
    // `src/a.rs` and `src/a/mod.rs` are one `super` below the crate, `src/a/b.rs` is two.
    let depth = path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod").split('/').count();
    let mut used = Vec::new();
    for found in ROOTS.captures_iter(code) {
        let whole = found.get(0).unwrap();
        let supers = whole.as_str().matches("super::").count();
        if supers > 0 && supers < depth {
            continue;
        }
        let line = code[..whole.start()].matches('\n').count() + 1;
        match &found[1] {
            "{" => used.extend(names_in_group(&code[whole.end()..]).into_iter().map(|name| (line, name))),
            name => used.push((line, name.to_string())),
        }
    }
    used.retain(|(_, name)| [&NOUNS[..], &STAGES, &PAGES, &TOPS].concat().contains(&name.as_str()));
    used
}

/// The first names of a `{a::…, b::{…}, c}` group, given what follows its opening brace.
fn names_in_group(rest: &str) -> Vec<String> {
    let (mut depth, mut names, mut name, mut is_first) = (0, Vec::new(), String::new(), true);
    for character in rest.chars() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(std::mem::take(&mut name));
                is_first = true;
            }
            ':' => is_first = false,
            _ if depth == 0 && is_first && (character.is_alphanumeric() || character == '_') => name.push(character),
            _ => {}
        }
    }
    names.push(name);
    names
}

fn lengths(path: &str, text: &str) -> Vec<String> {
    static FUNCTION: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^( *)(?:pub(?:\([^)]*\))? )?(?:const )?(?:async )?(?:extern )?fn (\w+)").unwrap()
    });
    let mut findings = Vec::new();
    let lines: Vec<&str> = text.lines().collect();
    if lines.len() > LONGEST_FILE {
        findings.push(format!(
            "{path}: has {} lines, {LONGEST_FILE} at most: which part is a file of its own?",
            lines.len()
        ));
    }
    for (number, line) in lines.iter().enumerate() {
        let Some(function) = FUNCTION.captures(line) else { continue };
        // rustfmt puts the closing brace under the first letter.
        let end = format!("{}}}", &function[1]);
        let ends_at_once = line.ends_with('}') || line.ends_with(';');
        let length = lines[number..].iter().position(|line| *line == end).map_or(1, |last| last + 1);
        if length > LONGEST_FUNCTION && !ends_at_once {
            let name = &function[2];
            findings.push(format!(
                "{path}:{}: `{name}` has {length} lines, {LONGEST_FUNCTION} at most: what in it has a name of its own?",
                number + 1
            ));
        }
    }
    findings
}

/// The modules of lib.rs in the order of the flow: nouns, then stages, then what stands on top.
fn order_of_modules(text: &str) -> Vec<String> {
    static MODULE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?m)^(?:pub )?mod (\w+);").unwrap());
    let order = [&NOUNS[..], &STAGES, &PAGES, &TOPS].concat();
    let mut findings = Vec::new();
    let mut last = 0;
    for module in MODULE.captures_iter(text) {
        match order.iter().position(|known| known == &&module[1]) {
            Some(position) if position >= last => last = position,
            Some(_) => findings.push(format!("src/lib.rs: `{}` stands out of the order of the flow", &module[1])),
            None => findings.push(format!(
                "src/lib.rs: `{}` is unknown to tests/it/tidy_rust.rs: say there whether it is a noun or a stage",
                &module[1]
            )),
        }
    }
    findings
}

/// The code with comments and the insides of texts blanked out, line by line as it was.
fn without_comments_and_texts(text: &str) -> String {
    static SKIPPED: LazyLock<Regex> = LazyLock::new(|| {
        let (line, block) = (r"//[^\n]*", r"(?s:/\*.*?\*/)");
        let (raw, plain) = (r##"(?s:r#+".*?"#+)"##, r#""(?s:[^"\\]|\\.)*""#);
        let character = r"'(?:[^'\\\n]|\\[^\n]{1,8}?)'";
        Regex::new(&format!("{line}|{block}|{raw}|{plain}|{character}")).unwrap()
    });
    SKIPPED.replace_all(text, |found: &regex::Captures<'_>| "\n".repeat(found[0].matches('\n').count())).into_owned()
}
