//! Random numbers whose stream depends on the seed, on what they are for and on whom, never on threads.

use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// Whole numbers alone: floating point could differ between machines.
#[derive(Debug)]
pub struct Chance(Pcg64);

impl Chance {
    /// The numbers of one part of the extracts and one unit in it, such as the block of products 17.
    pub fn of(seed: u64, part: &str, unit: usize) -> Chance {
        let mut hash = Sha256::new();
        hash.update(seed.to_le_bytes());
        hash.update(u64::try_from(unit).unwrap_or(u64::MAX).to_le_bytes());
        hash.update(part.as_bytes());
        Chance(Pcg64::from_seed(hash.finalize().into()))
    }

    /// A number from 0 to before `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        let wide = u128::from(self.0.next_u64()) * u128::from(end);
        u64::try_from(wide >> 64).expect("the upper half has 64 bits")
    }

    /// A number from `from` to `to`, both included.
    pub fn between(&mut self, from: i64, to: i64) -> i64 {
        from + self.below((to - from + 1).unsigned_abs()).cast_signed()
    }

    pub fn days(&mut self, from: i32, to: i32) -> i32 {
        i32::try_from(self.between(from.into(), to.into())).expect("lies between two of its kind")
    }

    /// Whether something happens that does in so many of 1000 cases.
    pub fn happens(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// About 1000, in thousandths, with a standard deviation of `spread`: the sum of three even draws.
    pub fn around(&mut self, spread: i64) -> i64 {
        (1000 + (0..3).map(|_| self.between(-spread, spread)).sum::<i64>()).max(0)
    }

    /// A whole number whose mean is `thousandths` / 1000.
    pub fn rounded(&mut self, thousandths: i64) -> i64 {
        (thousandths + self.between(0, 999)).div_euclid(1000)
    }
}
