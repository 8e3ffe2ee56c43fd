//! Work on a stream in parallel, results in order, with a bounded number of pieces in memory.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, mpsc};
use std::thread;

/// Takes pieces with `next`, one thread at a time; turns each into a result with `work`, on `threads` threads; and
/// hands the results to `in_order`, on the calling thread, in the order of the pieces.
///
/// A thread keeps its `Buffer` between pieces. At most `2 * threads` pieces exist at a time, of which a slow one
/// holds the others up, so that memory is bounded whatever the pieces cost.
pub(super) fn in_order<Source, Buffer, Piece, Outcome, Error>(
    threads: usize,
    source: Source,
    next: impl Fn(&mut Source, &mut Buffer) -> Result<Option<Piece>, Error> + Sync,
    work: impl Fn(Piece, &mut Buffer) -> Result<Outcome, Error> + Sync,
    mut in_order: impl FnMut(Outcome) -> Result<(), Error>,
) -> Result<Source, Error>
where
    Source: Send,
    Buffer: Default,
    Outcome: Send,
    Error: Send,
{
    let turn = Turn { state: Mutex::new(State { source, taken: 0, done: 0, ended: false }), room: Condvar::new() };
    let ahead = 2 * threads.max(1) as u64;
    let result = thread::scope(|scope| {
        let (sender, results) = mpsc::channel();
        for _ in 0..threads.max(1) {
            let (sender, turn, next, work) = (sender.clone(), &turn, &next, &work);
            scope.spawn(move || {
                let _awake = WakeOthersOnPanic(turn);
                let mut buffer = Buffer::default();
                while let Some((number, piece)) = turn.take(ahead, |source| next(source, &mut buffer)) {
                    let outcome = piece.and_then(|piece| work(piece, &mut buffer));
                    if sender.send((number, outcome)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let _awake = WakeOthersOnPanic(&turn);
        let mut early = BTreeMap::new();
        let mut expected = 0;
        for (number, outcome) in results {
            early.insert(number, outcome);
            while let Some(outcome) = early.remove(&expected) {
                // The first failure in the order of the stream is the one that is told, whichever came first.
                if let Err(error) = outcome.and_then(&mut in_order) {
                    turn.end();
                    return Err(error);
                }
                expected += 1;
                turn.one_done();
            }
        }
        Ok(())
    });
    let state = turn.state.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    result.map(|()| state.source)
}

struct Turn<Source> {
    state: Mutex<State<Source>>,
    room: Condvar,
}

struct State<Source> {
    source: Source,
    taken: u64,
    done: u64,
    ended: bool,
}

impl<Source> Turn<Source> {
    /// The next piece and its number, once there is room for it; None when the stream has ended.
    fn take<Piece, Error>(
        &self,
        ahead: u64,
        next: impl FnOnce(&mut Source) -> Result<Option<Piece>, Error>,
    ) -> Option<(u64, Result<Piece, Error>)> {
        let mut state = self.state.lock().ok()?;
        while !state.ended && state.taken - state.done >= ahead {
            state = self.room.wait(state).ok()?;
        }
        if state.ended {
            return None;
        }
        let piece = next(&mut state.source);
        if !matches!(piece, Ok(Some(_))) {
            state.ended = true;
            self.room.notify_all();
        }
        let piece = piece.transpose()?;
        state.taken += 1;
        Some((state.taken - 1, piece))
    }

    fn one_done(&self) {
        if let Ok(mut state) = self.state.lock() {
            state.done += 1;
        }
        self.room.notify_all();
    }

    fn end(&self) {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner).ended = true;
        self.room.notify_all();
    }
}

/// A thread that panics never hands in its piece, or takes none in, and the others would wait for it forever.
struct WakeOthersOnPanic<'a, Source>(&'a Turn<Source>);

impl<Source> Drop for WakeOthersOnPanic<'_, Source> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.end();
        }
    }
}
