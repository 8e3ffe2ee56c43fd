//! What a person sees of a run at work: in a log, on a terminal of a certain size, and how its end fits one screen.

use std::io::Write;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sopmart::record::{Amount, FileAt, Progress};

use crate::cli_support::Project;

/// A place for lines, which a test reads while they are written.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn lines(&self) -> Vec<String> {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap().lines().map(str::to_string).collect()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_step_that_takes_long_says_how_far_it_is_how_fast_it_goes_and_how_long_it_will_take() {
    let log = Log::default();
    let progress = Progress::plainly(log.clone(), Duration::from_millis(400));
    progress.step("land");
    progress.expect(5_000_000_000, Amount::Bytes);
    let landing = progress.of_landing();
    landing(&FileAt { file: "known.csv", rows: 9, bytes: 1_000_000_000, is_known: true });
    std::thread::sleep(Duration::from_millis(1700));
    landing(&FileAt { file: "a.csv", rows: 1000, bytes: 1_000_000_000, is_known: false });
    landing(&FileAt { file: "a.csv", rows: 3000, bytes: 2_000_000_000, is_known: false });
    std::thread::sleep(Duration::from_secs(1));
    progress.step("transform");
    progress.expect(40, Amount::Of("models"));
    std::thread::sleep(Duration::from_millis(1700));
    progress.advance(10);
    std::thread::sleep(Duration::from_secs(1));
    progress.finish();
    let written = log.lines();
    std::thread::sleep(Duration::from_millis(900));
    assert_eq!(log.lines(), written, "where nothing is at work there is nothing to say");
    assert_eq!(written[0], "land");
    assert!(written[1].starts_with("land      0 B of 4.0 GB"), "what is known is no work: {written:#?}");
    let pace = |line: &String, begin: &str, inside: &str| {
        line.starts_with(begin) && line.contains(inside) && line.contains(", about ") && line.contains(" s left")
    };
    let land = |line: &&String| pace(line, "land      2.0 GB of 4.0 GB, ", " rows/s, ") && line.ends_with(": a.csv");
    assert!(written.iter().any(|line| land(&line)), "{written:#?}");
    assert!(written.iter().any(|line| pace(line, "transform 10 of 40 models, ", "about ")), "{written:#?}");
    // At ten of forty after about two seconds, about six are left.
    let left =
        written.iter().rev().find_map(|line| line.split_once(", about ")?.1.split(' ').next()?.parse::<f64>().ok());
    assert!(left.is_some_and(|left| (4.0..=12.0).contains(&left)), "{written:#?}");
}

#[test]
fn a_step_that_is_over_soon_says_nothing_of_its_pace() {
    let log = Log::default();
    let progress = Progress::plainly(log.clone(), Duration::from_secs(10));
    progress.step("check");
    progress.expect(3, Amount::Of("checks"));
    progress.advance(3);
    progress.item("check", "all of them");
    progress.finish();
    assert_eq!(log.lines(), ["check", "check     all of them"]);
}

/// What a terminal of some size shows of a command, as bytes: `script` gives it one.
fn on_terminal(project: &Project, columns: u16, rows: u16, no_color: bool, command: &str) -> Option<String> {
    let sized = format!("stty cols {columns} rows {rows}; exec {} {command}", env!("CARGO_BIN_EXE_sopmart"));
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", &sized, "/dev/null"]).current_dir(project.path(""));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("SOPMART_")) {
        script.env_remove(name);
    }
    script.env("TERM", "xterm-256color").env_remove("NO_COLOR").env("SHELL", "/bin/sh");
    if no_color {
        script.env("NO_COLOR", "1");
    }
    let output = script.stdin(std::process::Stdio::null()).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The lines that stay, without what was drawn over and without styles.
fn lines_that_stay(shown: &str) -> Vec<String> {
    let text = regex::Regex::new("\u{1b}\\[[0-9;?]*[A-Za-z]").unwrap();
    let lines = shown.split('\n').map(|line| line.trim_end_matches('\r').rsplit('\r').next().unwrap().to_string());
    lines.map(|line| text.replace_all(&line, "").trim_end().to_string()).collect()
}

#[test]
fn on_a_terminal_a_run_moves_in_one_line_and_ends_within_the_screen() {
    let project = Project::of_the_sample();
    let Some(shown) = on_terminal(&project, 80, 24, true, "run") else {
        crate::cli_support::left_out("a run on a terminal", "the program `script`");
        return;
    };
    assert!(shown.contains("models") && shown.contains('━'), "a bar moves: {shown}");
    assert!(!shown.contains("\u{1b}[1m") && !shown.contains("\u{1b}[31m"), "NO_COLOR is kept: {shown:?}");
    let lines = lines_that_stay(&shown);
    let begin = lines.iter().position(|line| line.starts_with("41 extracts: ")).unwrap_or_else(|| panic!("{lines:#?}"));
    let lines = &lines[begin..];
    assert!(lines.len() <= 24, "{} lines: {lines:#?}", lines.len());
    assert!(lines.iter().all(|line| line.chars().count() <= 80), "{lines:#?}");
    for told in
        ["41 extracts: ", "15 in quarantine: sopmart quarantine shows them", "49 marts: ", "Published 49 tables"]
    {
        assert!(lines.iter().any(|line| line.contains(told)), "{told}: {lines:#?}");
    }
    let whole = lines.iter().find_map(|line| line.strip_prefix("The whole of it: sopmart ")).unwrap();
    let arguments: Vec<&str> = whole.split(' ').collect();
    let all = project.sopmart(&arguments).expect_exit(0).stdout;
    assert!(all.lines().count() > 90 && all.contains("marts.quota_attainment_teams"), "{all}");
    assert_eq!(project.sopmart(&["runs", "latest"]).expect_exit(0).stdout, all);

    // A table: as wide as the terminal, and in lists where even that is too narrow.
    let wide = "query 'select severity, amount, description from marts.exceptions order by exception_rank limit 3'";
    let lines = lines_that_stay(&on_terminal(&project, 60, 24, true, wide).unwrap());
    assert!(
        lines[0].starts_with("severity  ") && lines[..5].iter().all(|line| line.chars().count() <= 60),
        "{lines:#?}"
    );
    assert!(lines[2].ends_with('…') && lines.iter().any(|line| line.contains("where a text was cut")), "{lines:#?}");
    let all = "query 'select * from marts.exceptions order by exception_rank limit 1'";
    let lines = lines_that_stay(&on_terminal(&project, 60, 24, true, all).unwrap());
    assert!(
        lines[0].starts_with("── row 1 ─") && lines.iter().any(|line| line.starts_with("amount_meaning")),
        "{lines:#?}"
    );
    let many = "query 'select value from generate_series(1, 1500) as s(value)'";
    let lines = lines_that_stay(&on_terminal(&project, 60, 24, true, many).unwrap());
    assert!(
        lines.contains(&"… the first 1,000 of 1,500 rows; --format csv gives all".to_string()),
        "{:#?}",
        &lines[990..]
    );
    let bytes = on_terminal(&project, 60, 24, true, "query 'select 1' --format parquet").unwrap();
    assert!(bytes.contains("nothing that a terminal can show"), "{bytes}");
    let styled = on_terminal(&project, 60, 24, false, "query 'select null as nothing'").unwrap();
    assert!(styled.contains("\u{1b}[1m") && styled.contains("\u{1b}[2m"), "{styled:?}");
}
