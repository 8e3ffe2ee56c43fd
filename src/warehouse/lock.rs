//! The lock that saves rivals the work; the publish log is what keeps them apart.
