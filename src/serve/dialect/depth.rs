//! How deep a statement goes, read off its words before it is parsed: what goes through a statement goes as deep, and
//! takes the longer the deeper it is.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

/// How many operators and keywords a statement may have, and how many operators may stand upon each other (`1 + 1 + …`);
/// lists of values are as long as they like.
const MOST_OPERATORS: usize = 4_000;
const MOST_IN_A_ROW: usize = 200;

/// How many words may be read, where each function within a function and each subquery within an expression has its
/// words read twice as often as those around it: so the parser reads arguments, and the engine plans such subqueries.
const MOST_READ: u64 = 1_000_000;

/// How much of a thread's stack the deepest of statements takes, and as much again.
pub const STACK: usize = 32 << 20;

/// What stands between two parentheses, or between `case` and `end`.
#[derive(Clone, Copy, Default)]
struct Group {
    /// How many operators were in a row where it began.
    began: usize,
    /// The most that were in a row within it.
    most: usize,
    /// How often twice its words are read.
    doubled: u32,
}

/// Whether reading or planning a statement would take too long, or more than a stack.
pub fn is_too_much(statement: &[TokenWithSpan]) -> bool {
    let words: Vec<&Token> =
        statement.iter().map(|token| &token.token).filter(|token| !matches!(token, Token::Whitespace(_))).collect();
    let (mut all, mut in_a_row, mut read) = (0, 0, 0_u64);
    let (mut group, mut around) = (Group::default(), Vec::new());
    for (place, word) in words.iter().enumerate() {
        let before = place.checked_sub(1).map(|place| words[place]);
        read = read.saturating_add(1_u64.checked_shl(group.doubled).unwrap_or(u64::MAX));
        match word {
            Token::LParen | Token::LBracket => {
                let doubled = group.doubled + u32::from(is_read_twice(before, words.get(place + 1).copied()));
                around.push(std::mem::replace(&mut group, Group { began: in_a_row, most: in_a_row, doubled }));
            }
            // What follows stands upon all that is within.
            Token::RParen | Token::RBracket => {
                in_a_row = group.most;
                group = around.pop().unwrap_or_default();
            }
            Token::Comma => in_a_row = group.began,
            Token::Word(word) => match word.keyword {
                Keyword::NoKeyword => {}
                Keyword::CASE => {
                    let doubled = group.doubled;
                    all += 1;
                    around.push(std::mem::replace(&mut group, Group { began: in_a_row, most: in_a_row, doubled }));
                }
                Keyword::END => {
                    (all, in_a_row) = (all + 1, group.most);
                    group = around.pop().unwrap_or_default();
                }
                keyword if BEGINS_ANEW.contains(&keyword) => (all, in_a_row) = (all + 1, group.began),
                _ => all += 1,
            },
            // The sign of a number in a list.
            Token::Minus | Token::Plus if before == Some(&Token::Comma) => in_a_row += 1,
            Token::Number(..) | Token::SingleQuotedString(_) | Token::Period | Token::Placeholder(_) => {}
            _ => (all, in_a_row) = (all + 1, in_a_row + 1),
        }
        group.most = group.most.max(in_a_row);
        if all > MOST_OPERATORS || in_a_row > MOST_IN_A_ROW || read > MOST_READ {
            return true;
        }
    }
    false
}

/// Whether a parenthesis holds arguments of a function, or a subquery that is no table.
fn is_read_twice(before: Option<&Token>, first: Option<&Token>) -> bool {
    let keyword = |word: Option<&Token>| match word {
        Some(Token::Word(word)) => Some(word.keyword),
        _ => None,
    };
    let is_subquery = keyword(first).is_some_and(|word| matches!(word, Keyword::SELECT | Keyword::WITH));
    let is_function = keyword(before).is_some_and(|word| !NO_FUNCTIONS.contains(&word));
    let is_table = keyword(before).is_some_and(|word| OF_TABLES.contains(&word));
    is_function || (is_subquery && !is_table)
}

/// Before a parenthesis with a table.
const OF_TABLES: [Keyword; 5] = [Keyword::AS, Keyword::FROM, Keyword::JOIN, Keyword::LATERAL, Keyword::MATERIALIZED];

/// Before a parenthesis that has no arguments of a function.
const NO_FUNCTIONS: [Keyword; 12] = [
    Keyword::AND,
    Keyword::AS,
    Keyword::FROM,
    Keyword::IN,
    Keyword::JOIN,
    Keyword::LATERAL,
    Keyword::MATERIALIZED,
    Keyword::NOT,
    Keyword::ON,
    Keyword::OR,
    Keyword::VALUES,
    Keyword::WHERE,
];

/// After these, what is computed does not stand upon what came before.
const BEGINS_ANEW: [Keyword; 19] = [
    Keyword::AND,
    Keyword::BY,
    Keyword::ELSE,
    Keyword::EXCEPT,
    Keyword::FROM,
    Keyword::HAVING,
    Keyword::INTERSECT,
    Keyword::JOIN,
    Keyword::LIMIT,
    Keyword::OFFSET,
    Keyword::ON,
    Keyword::OR,
    Keyword::SELECT,
    Keyword::THEN,
    Keyword::UNION,
    Keyword::USING,
    Keyword::VALUES,
    Keyword::WHEN,
    Keyword::WHERE,
];
