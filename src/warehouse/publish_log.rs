//! The publish log: entry n is what readers see; writing it is the commit.
