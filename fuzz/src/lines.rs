//! What becomes of the lines of a text without quotes and escapes, told by a slow reader of its own.

use sopmart::extract::LeftOut;

/// What is no record in a text of lines.
pub struct Plan<'a> {
    pub skip_lines: usize,
    pub footer_lines: usize,
    pub comments: &'a [String],
    /// Whether the first record is a header, and lines like it are none.
    pub has_header: bool,
    /// Whether an empty line is a record.
    pub counts_empty: bool,
}

/// How many records there are, and what is left out by what it is; None where there is no header.
pub fn counted(text: &[u8], plan: &Plan<'_>) -> Option<(u64, LeftOut)> {
    let newline = newline_of(text);
    let mut lines: Vec<&[u8]> = text.split(|byte| *byte == newline).collect();
    // Behind the last line end stands no line.
    lines.pop_if(|line| line.is_empty());
    let mut left_out = LeftOut::new();
    let mut leave_out = |what: &'static str, lines: usize| {
        if lines > 0 {
            *left_out.entry(what).or_insert(0) += lines as u64;
        }
    };
    let skipped = plan.skip_lines.min(lines.len());
    leave_out("preamble", skipped);
    lines.drain(..skipped);
    let mut footer = 0;
    while footer < plan.footer_lines {
        let Some(line) = lines.pop() else { break };
        footer += usize::from(!line.trim_ascii().is_empty());
    }
    leave_out("footer", footer);
    let mut header: Option<&[u8]> = None;
    let mut records = 0;
    for line in lines {
        let line = if newline == b'\n' { line.strip_suffix(b"\r").unwrap_or(line) } else { line };
        if plan.comments.iter().any(|comment| line.starts_with(comment.as_bytes())) {
            leave_out("comment", 1);
        } else if plan.has_header && header.is_none() {
            header = Some(line);
        } else if header.is_some_and(|header| line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line) == header) {
            leave_out("header again", 1);
        } else if plan.counts_empty || !line.is_empty() {
            records += 1;
        }
    }
    (header.is_some() || !plan.has_header).then_some((records, left_out))
}

/// LF, or CR where that ends the first line by itself.
pub fn newline_of(text: &[u8]) -> u8 {
    match text.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
        Some(end) if text[end] == b'\r' && text.get(end + 1).is_some_and(|next| *next != b'\n') => b'\r',
        _ => b'\n',
    }
}
