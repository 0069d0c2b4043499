//! Masking of client frames (RFC 6455 section 5.3): unpredictable keys, and payloads by wide words.
//!
//! The operating system's generator takes some 20 ns for the 4 bytes of a key, as much as all the rest of sending a small message.
//! So it only seeds a `ChaCha12` stream, as the standard generator of `rand` is made, one for each buffer that frames are written to.

use chacha20::{
    ChaCha12Rng,
    rand_core::{Rng, SeedableRng},
};

/// Fills a slice with unpredictable bytes.
pub type Random = fn(&mut [u8]);

/// Masking keys, each used once.
pub struct Masks(Box<ChaCha12Rng>);

impl std::fmt::Debug for Masks {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Masks")
    }
}

impl Masks {
    /// Keys grown from a seed that `random` gives, which must be a strong source of entropy.
    #[must_use]
    pub fn new(random: Random) -> Self {
        let mut seed = [0; 32];
        random(&mut seed);
        Masks(Box::new(ChaCha12Rng::from_seed(seed)))
    }

    /// The next key.
    #[inline]
    pub fn next_key(&mut self) -> [u8; 4] {
        self.0.next_u32().to_ne_bytes()
    }
}

/// Writes `source`, masked with `key`, to `target`, which is as long.
///
/// # Panics
///
/// If the lengths differ.
#[inline]
pub fn apply(target: &mut [u8], source: &[u8], key: [u8; 4]) {
    assert_eq!(target.len(), source.len());
    let word = u64::from_ne_bytes([key[0], key[1], key[2], key[3], key[0], key[1], key[2], key[3]]);
    let (targets, target_rest) = target.as_chunks_mut::<8>();
    let (sources, source_rest) = source.as_chunks::<8>();
    for (to, from) in targets.iter_mut().zip(sources) {
        *to = (u64::from_ne_bytes(*from) ^ word).to_ne_bytes();
    }
    for (i, (to, from)) in target_rest.iter_mut().zip(source_rest).enumerate() {
        *to = from ^ key[i & 3];
    }
}

/// Masks `bytes` with `key` where they lie.
pub fn apply_in_place(bytes: &mut [u8], key: [u8; 4]) {
    let word = u64::from_ne_bytes([key[0], key[1], key[2], key[3], key[0], key[1], key[2], key[3]]);
    let (words, rest) = bytes.as_chunks_mut::<8>();
    for bytes in words {
        *bytes = (u64::from_ne_bytes(*bytes) ^ word).to_ne_bytes();
    }
    for (i, byte) in rest.iter_mut().enumerate() {
        *byte ^= key[i & 3];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_differ_from_each_other_and_from_those_of_another_seed() {
        let mut ones = Masks::new(|seed| seed.fill(1));
        let mut twos = Masks::new(|seed| seed.fill(2));
        let keys: std::collections::HashSet<[u8; 4]> = (0..1000).flat_map(|_| [ones.next_key(), twos.next_key()]).collect();
        // Among 2,000 of 2^32 a pair is expected once in 2,000 runs, and this run is always the same.
        assert_eq!(keys.len(), 2000);
    }

    #[test]
    fn the_debug_form_shows_nothing_that_keys_are_made_of() {
        assert_eq!(format!("{:?}", Masks::new(|seed| seed.fill(0xa5))), "Masks");
    }

    #[test]
    fn each_bit_of_the_keys_is_set_half_of_the_time() {
        let mut masks = Masks::new(|seed| seed.fill(3));
        let keys: Vec<u32> = (0..10_000).map(|_| u32::from_ne_bytes(masks.next_key())).collect();
        for bit in 0..32 {
            let set = keys.iter().filter(|key| *key >> bit & 1 == 1).count();
            assert!((4_700..5_300).contains(&set), "bit {bit}: {set} of 10,000");
        }
    }

    proptest! {
        #[test]
        fn masking_is_the_rfcs_formula_for_any_length(source: Vec<u8>, key: [u8; 4]) {
            let mut target = vec![0; source.len()];
            apply(&mut target, &source, key);
            let expected: Vec<u8> = source.iter().enumerate().map(|(i, byte)| byte ^ key[i % 4]).collect();
            prop_assert_eq!(&target, &expected);
            target.copy_from_slice(&source);
            apply_in_place(&mut target, key);
            prop_assert_eq!(target, expected);
        }
    }
}
