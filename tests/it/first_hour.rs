//! `docs/first-hour.md`, followed to the letter: what it says to write is written, what it says to type is run, and what
//! it shows is what comes.
//!
//! A ```` ```console ```` block has commands behind `$ ` and below each what it says; a line `…` stands for any lines, and
//! `…` within a line for any text. A ```` ```diff ```` block changes the file that the line before it names, and any other
//! block is that file.

use std::path::Path;
use std::process::Command;

use regex::Regex;

use crate::cli_support::{Project, repository};

/// A block between fences.
struct Block {
    /// In the document, counted from 1.
    line: usize,
    language: String,
    /// The last line before it that is not empty.
    intro: String,
    lines: Vec<String>,
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let (mut intro, mut open) = (String::new(), None::<Block>);
    for (number, line) in text.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => {
                let language = language.to_string();
                open = Some(Block { line: number + 1, language, intro: intro.clone(), lines: Vec::new() });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => block.lines.push(line.to_string()),
            (None, None) if !line.trim().is_empty() => intro = line.to_string(),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block has no end");
    blocks
}

#[test]
fn the_walk_through_the_first_hour_works_as_it_is_written() {
    let text = std::fs::read_to_string(repository().join("docs/first-hour.md")).unwrap();
    let start = Project::empty();
    let mut folder = String::new();
    let (mut commands, mut files) = (0, 0);
    for block in blocks(&text) {
        let project = start.below(&folder);
        match block.language.as_str() {
            "console" => {
                for (command, expected) in commands_of(&block) {
                    commands += 1;
                    if let Some(into) = command.strip_prefix("cd ") {
                        folder = format!("{folder}{into}/");
                        continue;
                    }
                    let shown = run(&start.below(&folder), &command);
                    let difference = difference(&expected, &shown);
                    assert!(difference.is_none(), "line {}: $ {command}\n{}", block.line, difference.unwrap());
                }
            }
            "diff" => {
                files += 1;
                change(&project, &block);
            }
            _ => {
                files += 1;
                let file = file_named(&block);
                assert!(!project.path(&file).exists(), "line {}: {file} is there already", block.line);
                project.write(&file, &format!("{}\n", block.lines.join("\n")));
            }
        }
    }
    assert!(commands >= 15 && files >= 6, "{commands} commands and {files} files: the walk got lost");
}

fn commands_of(block: &Block) -> Vec<(String, Vec<String>)> {
    let mut commands: Vec<(String, Vec<String>)> = Vec::new();
    for line in &block.lines {
        match line.strip_prefix("$ ") {
            Some(command) => commands.push((command.to_string(), Vec::new())),
            None => commands.last_mut().expect("a block begins with a command").1.push(line.clone()),
        }
    }
    commands
}

fn file_named(block: &Block) -> String {
    let named = Regex::new("`([^` ]+)`").unwrap();
    let file = named.captures_iter(&block.intro).last();
    file.unwrap_or_else(|| panic!("line {}: which file is it?", block.line))[1].to_string()
}

/// The old lines of a diff stand in the file once, and the new ones take their place.
fn change(project: &Project, block: &Block) {
    let side = |without: char| {
        let lines = block.lines.iter().filter(|line| !line.starts_with(without));
        lines.map(|line| format!("{}\n", line.get(1..).unwrap_or_default())).collect::<String>()
    };
    let (file, old, new) = (file_named(block), side('+'), side('-'));
    let text = project.read(&file);
    assert_eq!(text.matches(&old).count(), 1, "line {}: in {file}:\n{old}", block.line);
    project.write(&file, &text.replacen(&old, &new, 1));
}

/// What a shell shows of a command, with this program as `sopmart`.
fn run(project: &Project, command: &str) -> Vec<String> {
    let program = Path::new(env!("CARGO_BIN_EXE_sopmart")).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    let mut shell = Command::new("bash");
    shell.args(["--norc", "-c", &format!("{{ {command}; }} 2>&1")]).current_dir(project.path(""));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("SOPMART_")) {
        shell.env_remove(name);
    }
    std::fs::create_dir_all(project.temporary()).unwrap();
    let output = shell
        .env("PATH", format!("{}:{path}", program.display()))
        .env("TMPDIR", project.temporary())
        .env("HOME", project.path("home"));
    let output = output.stdin(std::process::Stdio::null()).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim_end().lines().map(|line| line.trim_end().to_string()).collect()
}

/// Where the lines shown are not those expected; a block that shows nothing expects nothing in particular.
fn difference(expected: &[String], shown: &[String]) -> Option<String> {
    let shown_text = shown.join("\n");
    let pattern: String = expected
        .iter()
        .map(|line| match line.trim() {
            "…" => "(?:.*\n)*?".to_string(),
            _ => format!("{}\n", line.trim_end().split('…').map(regex::escape).collect::<Vec<_>>().join(".*")),
        })
        .collect();
    let is_as_expected = Regex::new(&format!("^{pattern}$")).unwrap().is_match(&format!("{shown_text}\n"));
    (!expected.is_empty() && !is_as_expected)
        .then(|| format!("expected:\n{}\n\nshown:\n{shown_text}", expected.join("\n")))
}

#[test]
fn what_is_shown_is_held_line_by_line() {
    let lines = |text: &str| text.lines().map(str::to_string).collect::<Vec<_>>();
    let shown = lines("land\nland      a: 3 rows\n\n3 rows in 0.02 s");
    for (expected, is_same) in [
        ("…\n\n3 rows in … s", true),
        ("land\n…\n\n3 rows in … s", true),
        ("land\nland      a: 3 rows\n\n3 rows in 0.02 s", true),
        ("…\n4 rows in … s", false),
        ("land\n\n3 rows in … s", false),
        ("…\n3 rows in … s\nmore", false),
        ("", true),
    ] {
        assert_eq!(difference(&lines(expected), &shown).is_none(), is_same, "{expected}");
    }
}
