//! What a person sees on stderr while a run is at work: a moving line on a terminal, plain lines otherwise, both with
//! how much of a step is done, how fast it goes, and how long the rest will take.

use std::fmt;
use std::io::{IsTerminal, Write, stderr};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::record::pace::{Amount, FileAt, Pace};
use crate::record::screen::{Screen, cut};

/// How often a step that takes long is told of where there is no terminal.
const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// The lines of one run on stderr.
pub struct Progress {
    pace: Arc<Mutex<Pace>>,
    speaks: Speaks,
}

/// Where the lines go.
enum Speaks {
    Nowhere,
    /// A moving line, and above it one for each step that is done.
    Terminal(ProgressBar),
    /// A line for each thing that is done and, while nothing is, for how far the step is.
    Plainly {
        out: Out,
        _ends_with_it: Sender<()>,
    },
}

type Out = Arc<Mutex<Box<dyn Write + Send>>>;

impl Progress {
    /// Speaks on stderr, with a moving line where that is a terminal.
    pub fn on_stderr() -> Progress {
        if stderr().is_terminal() { Progress::on_terminal() } else { Progress::plainly(stderr(), BETWEEN_LINES) }
    }

    /// Says nothing.
    pub fn silent() -> Progress {
        Progress { pace: Arc::default(), speaks: Speaks::Nowhere }
    }

    fn on_terminal() -> Progress {
        let pace = Arc::new(Mutex::new(Pace::default()));
        let seen = Arc::clone(&pace);
        let bar = ProgressBar::new_spinner();
        let style = ProgressStyle::with_template("{spinner} {pace}").expect("the template is a constant");
        let width = Screen::of_stderr().map_or(80, |screen| screen.width);
        bar.set_style(style.with_key("pace", move |_: &ProgressState, line: &mut dyn fmt::Write| {
            // Two columns are the spinner's, and the last one stays free, so that no terminal begins a new line.
            let _ = line.write_str(&cut(&locked(&seen).moving(), width.saturating_sub(3)));
        }));
        bar.enable_steady_tick(Duration::from_millis(120));
        Progress { pace, speaks: Speaks::Terminal(bar) }
    }

    /// Speaks in plain lines: what is done, and now and then how far a step is that takes long.
    pub fn plainly(out: impl Write + Send + 'static, between_lines: Duration) -> Progress {
        let pace = Arc::new(Mutex::new(Pace::default()));
        let out: Out = Arc::new(Mutex::new(Box::new(out)));
        let (ends, ended) = channel::<()>();
        let (seen, to) = (Arc::clone(&pace), Arc::clone(&out));
        let tell = move || {
            while ended.recv_timeout(between_lines) == Err(RecvTimeoutError::Timeout) {
                let line = locked(&seen).told_after(between_lines);
                if let Some(line) = line {
                    write(&to, &line);
                }
            }
        };
        // Without the thread nothing is missing but these lines.
        drop(std::thread::Builder::new().name("progress".into()).spawn(tell));
        Progress { pace, speaks: Speaks::Plainly { out, _ends_with_it: ends } }
    }

    /// A step begins, and the one before it is done.
    pub fn step(&self, step: &str) {
        self.end_step();
        locked(&self.pace).begin(step);
        if let Speaks::Plainly { out, .. } = &self.speaks {
            write(out, step);
        }
    }

    /// How much the step has to do, as far as that is known.
    pub fn expect(&self, total: u64, amount: Amount) {
        locked(&self.pace).expect(total, amount);
    }

    /// So much more of the step is done.
    pub fn advance(&self, count: u64) {
        locked(&self.pace).done += count;
    }

    /// What the step is at right now.
    pub fn at(&self, what: &str) {
        locked(&self.pace).at = what.to_string();
    }

    /// A listener for landing, which tells how far a file is.
    pub fn of_landing(&self) -> impl Fn(&FileAt<'_>) + Send + Sync + 'static {
        let pace = Arc::clone(&self.pace);
        move |file| locked(&pace).file(file)
    }

    /// One of many things in a step is done; told where nothing moves.
    pub fn item(&self, step: &str, what: &str) {
        if let Speaks::Plainly { out, .. } = &self.speaks {
            write(out, &format!("{step:9} {what}"));
        }
    }

    /// Something that a person should know of now.
    pub fn line(&self, step: &str, what: &str) {
        match &self.speaks {
            Speaks::Terminal(bar) => bar.println(format!("{step:9} {what}")),
            Speaks::Plainly { .. } => self.item(step, what),
            Speaks::Nowhere => {}
        }
    }

    /// The last step is done.
    pub fn finish(&self) {
        self.end_step();
        self.stop();
    }

    /// The moving line goes away, where a step did not come to its end.
    pub fn stop(&self) {
        locked(&self.pace).begin("");
        if let Speaks::Terminal(bar) = &self.speaks {
            bar.finish_and_clear();
        }
    }

    fn end_step(&self) {
        // Told first: to print is to draw the moving line anew, which looks at the pace.
        let ended = locked(&self.pace).ended();
        if let (Speaks::Terminal(bar), Some(line)) = (&self.speaks, ended) {
            bar.println(line);
        }
    }
}

fn locked(pace: &Mutex<Pace>) -> MutexGuard<'_, Pace> {
    pace.lock().unwrap_or_else(PoisonError::into_inner)
}

fn write(out: &Out, line: &str) {
    let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
    // A closed stderr is no reason to stop a run.
    drop(writeln!(out, "{}", line.trim_end()));
}

impl fmt::Debug for Progress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Progress").field("pace", &self.pace).finish_non_exhaustive()
    }
}
