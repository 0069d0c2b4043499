//! Buffers that one connection no longer needs and the next can use: an idle connection owns none.

/// Buffers kept at most.
const KEPT: usize = 2;
/// The smallest buffer worth keeping, in bytes.
const SMALLEST: usize = 4 << 10;
/// The largest buffer kept, in bytes.
const LARGEST: usize = 4 << 20;

/// Buffers of messages.
#[derive(Debug, Default)]
pub struct Pool {
    free: Vec<Vec<u8>>,
}

impl Pool {
    /// An empty buffer.
    pub fn take(&mut self) -> Vec<u8> {
        self.free.pop().unwrap_or_default()
    }

    /// Gives a buffer back. Its content is forgotten.
    pub fn give(&mut self, mut buffer: Vec<u8>) {
        if self.free.len() < KEPT && (SMALLEST..=LARGEST).contains(&buffer.capacity()) {
            buffer.clear();
            self.free.push(buffer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_given_back_is_taken_again_and_empty() {
        let mut pool = Pool::default();
        let mut buffer = Vec::with_capacity(SMALLEST);
        buffer.extend_from_slice(b"a message");
        let place = buffer.as_ptr();
        pool.give(buffer);
        let again = pool.take();
        assert_eq!((again.as_ptr(), again.len()), (place, 0));
        assert_eq!(pool.take().capacity(), 0, "there was only one");
    }

    #[test]
    fn a_buffer_too_small_to_matter_or_too_large_to_keep_is_dropped() {
        for capacity in [0, SMALLEST - 1, LARGEST + 1] {
            let mut pool = Pool::default();
            pool.give(Vec::with_capacity(capacity));
            assert_eq!(pool.take().capacity(), 0, "{capacity} bytes");
        }
    }

    #[test]
    fn however_many_are_given_back_only_two_are_kept() {
        let mut pool = Pool::default();
        for _ in 0..10 {
            pool.give(Vec::with_capacity(SMALLEST));
        }
        let kept = (0..10).filter(|_| pool.take().capacity() > 0).count();
        assert_eq!(kept, 2);
    }
}
