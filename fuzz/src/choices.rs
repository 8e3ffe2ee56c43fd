//! Bytes of a fuzzer -> choices. `0` is the first of each, so that seeds can be written by hand.

/// The part of an input that chooses; one that has come to its end chooses the first of everything.
pub struct Choices<'a>(&'a [u8]);

impl<'a> Choices<'a> {
    /// Splits an input: so many bytes choose, the others are what is read.
    pub fn split(input: &'a [u8], choosing: usize) -> (Choices<'a>, &'a [u8]) {
        let (choosing, rest) = input.split_at(choosing.min(input.len()));
        (Choices(choosing), rest)
    }

    /// All of an input.
    pub fn all(input: &'a [u8]) -> Choices<'a> {
        Choices(input)
    }

    /// 0 to 255; `0` of ASCII is 0.
    pub fn number(&mut self) -> usize {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(first.wrapping_sub(b'0'))
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.number() % limit
    }

    pub fn flag(&mut self) -> bool {
        self.number() % 2 == 1
    }

    pub fn one_of<Choice: Clone>(&mut self, options: &[Choice]) -> Choice {
        options[self.below(options.len())].clone()
    }

    /// Eight bytes as a number of 64 bits.
    pub fn word(&mut self) -> u64 {
        (0..8).fold(0, |word, _| word << 8 | self.number() as u64)
    }

    /// What has not chosen yet.
    pub fn rest(self) -> &'a [u8] {
        self.0
    }
}

/// The text of an input: as it stands or, where its first character is a digit, with what stands between two `~`
/// repeated up to that power of four: what is nested a thousand times deep is not found by chance.
pub fn grown(text: &str) -> String {
    let digit = text.chars().next().and_then(|first| first.to_digit(10));
    let parts: Vec<&str> = text.splitn(4, '~').collect();
    match (digit, parts.as_slice()) {
        (Some(power), [_, before, repeated, behind]) => {
            let most = (1 << 20) / repeated.len().max(1);
            let times = 4_usize.pow(power).min(most);
            format!("{before}{}{behind}", repeated.repeat(times))
        }
        _ => text.to_string(),
    }
}
