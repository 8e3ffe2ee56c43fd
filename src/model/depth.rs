//! How deep the tree of a query will be, told from its tokens before the tree is made.
//!
//! The parser sees to its own stack, but not to what becomes of the tree: it makes a chain such as `a or b or …` in a
//! loop, each link one step deeper, and to copy a tree of many thousand steps takes more stack than a thread has, which
//! ends the process.

use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

/// More steps than anybody writes by hand. Measured, a thread's 2 MiB bear 1,500 operators, and as many intervals and
/// set operations as the steps that these count for allow.
const MOST_STEPS: usize = 1000;
const STEPS_OF_SET_OPERATION: usize = 3;
const STEPS_OF_INTERVAL: usize = 4;

/// A parser over a text whose tree will not be too deep.
///
/// # Errors
/// Where the text is made of no tokens of SQL, or goes too deep.
pub(super) fn parser_of(text: &str) -> Result<Parser<'static>, ParserError> {
    let tokens = Tokenizer::new(&GenericDialect {}, text).tokenize_with_location()?;
    match first_too_deep(&tokens) {
        None => Ok(Parser::new(&GenericDialect {}).with_tokens_with_locations(tokens)),
        Some(Location { line, column }) => Err(ParserError::ParserError(format!(
            "more than {MOST_STEPS} operators that depend on each other, expected a list such as `in (…)`, or a table \
             to join with at Line: {line}, Column: {column}"
        ))),
    }
}

/// What stands within one pair of brackets, or from `case` to `end`, so far.
#[derive(Default)]
struct Level {
    /// Operators and keywords since the last comma or clause.
    steps: usize,
    /// Those of `union` and the like; a chain of them goes on over clauses.
    of_set_operations: usize,
    /// The deepest that was closed since the last comma or clause.
    inner: usize,
    /// The deepest before that.
    deepest: usize,
}

impl Level {
    fn depth(&self) -> usize {
        self.deepest.max(self.steps + self.inner) + self.of_set_operations
    }

    fn start_anew(&mut self) {
        self.deepest = self.deepest.max(self.steps + self.inner);
        (self.steps, self.inner) = (0, 0);
    }
}

fn first_too_deep(tokens: &[TokenWithSpan]) -> Option<Location> {
    let mut outer: Vec<Level> = Vec::new();
    let mut level = Level::default();
    for TokenWithSpan { token, span } in tokens {
        match Role::of(token) {
            Role::Opens => outer.push(std::mem::take(&mut level)),
            Role::Closes => {
                // One that closes nothing is the parser's to complain of.
                let closed = level.depth() + 1;
                level = outer.pop().unwrap_or_default();
                level.inner = level.inner.max(closed);
            }
            Role::StartsAnew => level.start_anew(),
            Role::SetOperation => {
                level.start_anew();
                level.of_set_operations += STEPS_OF_SET_OPERATION;
            }
            Role::Steps(steps) => level.steps += steps,
            Role::Operand => {}
        }
        if outer.len() + level.depth() > MOST_STEPS {
            return Some(span.start);
        }
    }
    None
}

/// What a token does to the depth.
enum Role {
    Opens,
    Closes,
    StartsAnew,
    SetOperation,
    Steps(usize),
    Operand,
}

impl Role {
    fn of(token: &Token) -> Role {
        match token {
            Token::LParen | Token::LBracket | Token::LBrace => Role::Opens,
            Token::RParen | Token::RBracket | Token::RBrace => Role::Closes,
            Token::Comma | Token::SemiColon => Role::StartsAnew,
            Token::Word(word) => match word.keyword {
                Keyword::NoKeyword => Role::Operand,
                Keyword::CASE => Role::Opens,
                Keyword::END => Role::Closes,
                Keyword::UNION | Keyword::EXCEPT | Keyword::INTERSECT | Keyword::MINUS => Role::SetOperation,
                Keyword::WHEN
                | Keyword::THEN
                | Keyword::ELSE
                | Keyword::SELECT
                | Keyword::FROM
                | Keyword::JOIN
                | Keyword::ON
                | Keyword::WHERE
                | Keyword::GROUP
                | Keyword::HAVING
                | Keyword::ORDER => Role::StartsAnew,
                Keyword::INTERVAL => Role::Steps(STEPS_OF_INTERVAL),
                _ => Role::Steps(1),
            },
            Token::EOF
            | Token::Whitespace(_)
            | Token::Number(..)
            | Token::SingleQuotedString(_)
            | Token::DoubleQuotedString(_)
            | Token::Placeholder(_)
            | Token::Period => Role::Operand,
            _ => Role::Steps(1),
        }
    }
}
