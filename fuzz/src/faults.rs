//! What has to be true of every fault: it names a place that is in the file, and can be shown.

use annotate_snippets::Renderer;
use sopmart::fault::Fault;

/// Holds faults against the text of the file that they are about; those about other files can be shown, too.
pub fn in_place(faults: &[Fault], file: &str, text: &str) {
    assert!(!faults.is_empty(), "what is refused says why");
    for fault in faults {
        fault.render(&Renderer::plain());
        let Some(place) = fault.place.as_ref().filter(|_| fault.file == file) else { continue };
        // To the reader of YAML, a CR alone ends a line.
        let with_lf = text.replace("\r\n", "\n");
        let of_yaml = || with_lf.split(['\n', '\r']);
        let lines = [text.lines().nth(place.line - 1), of_yaml().nth(place.line - 1)];
        let is_in = |line: &str| {
            (place.line_text.is_empty() || place.line_text == line)
                && (1..=line.chars().count() + 1).contains(&place.column)
        };
        let is_last = place.line == of_yaml().count() && is_in("");
        assert!(is_last || lines.into_iter().flatten().any(is_in), "{fault:?} is not in the text");
        assert!(place.width >= 1, "{fault:?} underlines nothing");
    }
}
