//! What a person sees on stderr while a run is at work: a moving line on a terminal, plain lines otherwise.

use std::io::{IsTerminal, Write, stderr};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::record::number;

/// The lines of one run on stderr.
#[derive(Debug)]
pub struct Progress {
    /// None where stderr is no terminal, or where nobody wants to see it.
    bar: Option<ProgressBar>,
    is_silent: bool,
}

impl Progress {
    /// Speaks on stderr, with a moving line where that is a terminal.
    pub fn on_stderr() -> Progress {
        let bar = stderr().is_terminal().then(|| {
            let bar = ProgressBar::new_spinner();
            let style = ProgressStyle::with_template("{spinner} {prefix:9} {wide_msg} {elapsed}");
            bar.set_style(style.expect("the template is a constant that the tests show"));
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Progress { bar, is_silent: false }
    }

    /// Says nothing.
    pub fn silent() -> Progress {
        Progress { bar: None, is_silent: true }
    }

    /// A step begins.
    pub fn step(&self, step: &str) {
        match &self.bar {
            Some(bar) => {
                bar.set_prefix(step.to_string());
                bar.set_message(String::new());
            }
            None => self.write(step, ""),
        }
    }

    /// What the step is at right now; seen on a terminal only.
    pub fn at(&self, what: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(what.to_string());
        }
    }

    /// A listener for landing, which tells how far a file is.
    pub fn of_landing(&self) -> impl Fn(&str, u64) + Send + Sync + 'static {
        let bar = self.bar.clone();
        move |file, rows| {
            if let Some(bar) = &bar {
                bar.set_message(format!("{file}: {} rows", number(rows)));
            }
        }
    }

    /// Something in a step is done and worth a line.
    pub fn line(&self, step: &str, what: &str) {
        match &self.bar {
            Some(bar) => bar.println(format!("{step:9} {what}")),
            None => self.write(step, what),
        }
    }

    /// The moving line goes away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn write(&self, step: &str, what: &str) {
        if !self.is_silent {
            // A closed stderr is no reason to stop a run.
            drop(writeln!(stderr(), "{}", format!("{step:9} {what}").trim_end()));
        }
    }
}
