//! Readers of other crates, which panic here and there on bytes that are damaged: their panics are caught, so that a
//! damaged file is refused like any other that cannot be read.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

/// What a reader says that panicked, as the end of a sentence about its file.
pub(super) const GAVE_UP: &str = "its reader gave up on them";

thread_local! {
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// The result of a reader of another crate; None where it panicked. Whatever it was at work on is not to be used again.
pub(super) fn caught<Value>(read: impl FnOnce() -> Value) -> Option<Value> {
    static QUIET: Once = Once::new();
    // Of a panic that is caught nobody should read on the screen: the refusal says what there is to say.
    QUIET.call_once(|| {
        let told = take_hook();
        set_hook(Box::new(move |panic| {
            if !IS_GUARDED.get() {
                told(panic);
            }
        }));
    });
    let before = IS_GUARDED.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(read));
    IS_GUARDED.set(before);
    outcome.ok()
}
