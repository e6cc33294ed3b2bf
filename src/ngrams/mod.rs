//! N-grams: words become hashed n-grams, passed one by one to a sink that counts or sums them.

pub(crate) mod emit;
pub(crate) mod hash;
pub(crate) mod masked;
pub(crate) mod scope;
pub(crate) mod script;
pub(crate) mod sink;
