//! The order in which the lines of a stock's history count, found by moving one after the other to its place.

use crate::aging_reference::StockLine;

/// By time, receipts first; then a receiving side that stands before its giving side goes directly behind it.
pub fn in_order(lines: &[StockLine]) -> Vec<StockLine> {
    let mut order = lines.to_vec();
    order.sort_by(|one, other| {
        let key = |line: &StockLine| {
            let created = line.created_at.unwrap_or(i64::MAX);
            (line.moved_at, -line.quantity.signum(), created, line.movement_id.clone(), line.line_id.clone())
        };
        key(one).cmp(&key(other))
    });
    let sorted = order.clone();
    // From the last to the first, so that of those behind one giving side the first stays the first.
    for line in sorted.iter().rev() {
        let Some(giving) = giving_side(line, &sorted) else { continue };
        let place = |wanted: &StockLine| order.iter().position(|one| one == wanted).unwrap();
        let (from, behind) = (place(line), place(&giving));
        if from < behind {
            let line = order.remove(from);
            order.insert(behind, line);
        }
    }
    order
}

/// The line that has to be before this one.
fn giving_side(line: &StockLine, sorted: &[StockLine]) -> Option<StockLine> {
    if line.quantity <= 0 {
        return None;
    }
    if line.kind == "transfer_in" {
        return sent_by(line, sorted);
    }
    let issues: Vec<&StockLine> =
        issues_of_document(line, sorted).into_iter().filter(|one| one.location == line.location).collect();
    if line.kind != "receipt" || issues.is_empty() {
        return None;
    }
    let before = issues.iter().rev().find(|issue| issue.moved_at <= line.moved_at);
    let earliest = issues.iter().rev().find(|issue| issue.moved_at == issues[0].moved_at);
    before.or(earliest).map(|issue| (*issue).clone())
}

pub fn sent_by(line: &StockLine, lines: &[StockLine]) -> Option<StockLine> {
    let (movement, line) = line.linked.as_ref()?;
    let mut sent = lines.iter().filter(|one| one.kind == "transfer_out" && one.quantity < 0);
    sent.find(|one| one.movement_id == *movement && one.line_id == *line).cloned()
}

fn issues_of_document<'a>(line: &StockLine, lines: &'a [StockLine]) -> Vec<&'a StockLine> {
    let same = |one: &&StockLine| one.document.is_some() && one.document == line.document;
    lines.iter().filter(|one| one.kind == "issue" && one.quantity < 0).filter(same).collect()
}
