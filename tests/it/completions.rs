//! What shells are told of the commands, and the manual: held by a real bash, and by man where there is one.

use std::process::{Command, Stdio};

use crate::cli_support::Project;

/// What bash offers for a line that ends where the cursor is.
fn offered(project: &Project, words: &[&str]) -> Vec<String> {
    let script = project.path("completions.bash");
    std::fs::write(&script, project.sopmart(&["completions", "bash"]).expect_exit(0).stdout).unwrap();
    let words = words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" ");
    let asks = format!(
        "source {}; COMP_WORDS=({words}); COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 )); \
         _sopmart sopmart \"${{COMP_WORDS[-1]}}\" \"${{COMP_WORDS[-2]}}\"; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        script.display()
    );
    let output = Command::new("bash").args(["--norc", "-c", &asks]).current_dir(project.path("")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_string).collect()
}

#[test]
fn bash_completes_commands_flags_and_their_values() {
    let project = Project::empty();
    assert_eq!(offered(&project, &["sopmart", "qu"]), ["query", "quarantine"]);
    assert_eq!(offered(&project, &["sopmart", "run", "--full"]), ["--full-refresh"]);
    let formats = offered(&project, &["sopmart", "query", "select 1", "--format", ""]);
    assert_eq!(formats, ["table", "csv", "json", "jsonl", "parquet"]);
    assert_eq!(offered(&project, &["sopmart", "contract", "inf"]), ["infer"]);
}

#[test]
fn every_shell_gets_a_script_that_names_every_command() {
    let project = Project::empty();
    let help = project.sopmart(&["--help"]).expect_exit(0).stdout;
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // What a line has no room for stands further to the right in the next.
    let commands = commands.filter(|line| !line.starts_with("   "));
    let commands: Vec<&str> = commands.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(commands.contains(&"init") && commands.contains(&"man"), "{commands:?}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = project.sopmart(&["completions", shell]).expect_exit(0).stdout;
        let missing: Vec<&&str> = commands.iter().filter(|command| !script.contains(**command)).collect();
        assert!(missing.is_empty(), "{shell} does not know {missing:?}");
    }
    let outcome = project.sopmart(&["completions", "dos"]).expect_exit(2);
    assert!(outcome.stderr.contains("possible values: bash, elvish, fish, powershell, zsh"), "{outcome:?}");
}

#[test]
fn the_manual_has_a_page_for_each_command_with_its_flags() {
    let project = Project::empty();
    let outcome = project.sopmart(&["man", "--into", "man"]).expect_exit(0);
    assert!(outcome.stderr.starts_with("wrote "), "{outcome:?}");
    let first = project.read("man/sopmart.1");
    assert!(first.contains(".TH SOPMART 1") && first.contains("Exit codes"), "{first}");
    assert_eq!(project.sopmart(&["man"]).expect_exit(0).stdout, first, "the first page goes to stdout, too");
    let query = project.read("man/sopmart-query.1");
    assert!(query.contains("\\-\\-format") && query.contains("parquet: The types of the marts, kept"), "{query}");
    assert!(query.contains("\\-\\-warehouse"), "flags of all commands stand with each: {query}");
    assert!(project.path("man/sopmart-contract-infer.1").exists());
    let renders = |page: &str| {
        let mut man = Command::new("man");
        man.args(["--warnings", "-l", page]).env("MANWIDTH", "80");
        man.current_dir(project.path("man")).stdin(Stdio::null()).output().ok()
    };
    // Minimal systems have no `man`.
    if let Some(shown) = renders("sopmart-query.1").filter(|shown| shown.status.success()) {
        let (text, warnings) = (String::from_utf8_lossy(&shown.stdout), String::from_utf8_lossy(&shown.stderr));
        assert!(text.contains("NAME") && text.contains("SYNOPSIS") && warnings.is_empty(), "{text}\n{warnings}");
    }
}
