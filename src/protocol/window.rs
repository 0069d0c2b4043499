//! The bytes of one read, handed out in place: payloads are slices of it, each with a NUL past its end.
//!
//! The NUL takes the place of the next frame's first byte, which is remembered here. So no payload is copied or moved for it.

use std::convert::Infallible;

/// What is left of the bytes of one read.
#[derive(Debug)]
pub struct Window<'a> {
    /// The bytes not taken yet and, at the end, one spare byte for the NUL of the last payload.
    rest: &'a mut [u8],
    /// The first byte not taken, if a NUL stands in its place (just before `rest`).
    first: Option<u8>,
}

impl<'a> Window<'a> {
    /// All of `bytes` but the last, which is spare.
    #[must_use]
    pub fn new(bytes: &'a mut [u8]) -> Self {
        Window { rest: bytes, first: None }
    }

    /// A window that was left off: `rest` with its spare byte, and the byte that a NUL replaced.
    #[must_use]
    pub fn resume(rest: &'a mut [u8], first: Option<u8>) -> Self {
        Window { rest, first }
    }

    /// What [`Window::resume`] needs: the length of `rest` (the spare byte included) and the replaced byte.
    #[must_use]
    pub fn left_off(&self) -> (usize, Option<u8>) {
        (self.rest.len(), self.first)
    }

    /// Bytes not taken yet.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        (self.rest.len() + usize::from(self.first.is_some())).saturating_sub(1)
    }

    /// Whether all is taken.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The first byte and those after it.
    #[inline]
    #[must_use]
    pub fn peek(&self) -> Option<(u8, &[u8])> {
        let (_spare, bytes) = self.rest.split_last()?;
        match self.first {
            Some(first) => Some((first, bytes)),
            None => bytes.split_first().map(|(first, rest)| (*first, rest)),
        }
    }

    /// The next bytes, as many as lie together.
    #[inline]
    #[must_use]
    pub fn next_bytes(&self) -> &[u8] {
        match &self.first {
            Some(first) => std::slice::from_ref(first),
            None => self.rest.split_last().map_or(&[], |(_spare, bytes)| bytes),
        }
    }

    /// Takes `skip` bytes and then `len`, which are returned with a NUL after them. `skip` is at least 1 behind what was taken so.
    ///
    /// # Panics
    ///
    /// If there are fewer.
    #[inline]
    pub fn take(&mut self, skip: usize, len: usize) -> &'a mut [u8] {
        let start = skip - usize::from(self.first.take().is_some());
        let end = start + len;
        let rest = std::mem::take(&mut self.rest);
        let (taken, left) = rest.split_at_mut(end + 1);
        if !left.is_empty() {
            self.first = Some(taken[end]);
        }
        taken[end] = 0;
        self.rest = left;
        &mut taken[start..]
    }

    /// Takes up to `len` bytes and appends them to `buffer`; without one they are dropped. Returns how many.
    pub fn drain(&mut self, len: usize, mut buffer: Option<&mut Vec<u8>>) -> usize {
        let Ok(len) = self.drain_with(len, |part| {
            if let Some(buffer) = buffer.as_deref_mut() {
                buffer.extend_from_slice(part);
            }
            Ok::<(), Infallible>(())
        });
        len
    }

    /// Takes up to `len` bytes, which `each` gets in one or two parts. Returns how many.
    ///
    /// # Errors
    ///
    /// Those of `each`.
    pub fn drain_with<E>(&mut self, len: usize, mut each: impl FnMut(&[u8]) -> Result<(), E>) -> Result<usize, E> {
        let len = len.min(self.len());
        let mut left = len;
        if left > 0
            && let Some(first) = self.first.take()
        {
            each(&[first])?;
            left -= 1;
        }
        if left > 0 {
            let (taken, rest) = std::mem::take(&mut self.rest).split_at_mut(left);
            self.rest = rest;
            each(taken)?;
        }
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_payload_has_a_nul_past_its_end_and_the_next_byte_is_not_lost() {
        let mut bytes = *b"\x81\x02hi\x81\x03you\x81\xff";
        let mut window = Window::new(&mut bytes);
        assert_eq!(window.len(), 10);
        assert_eq!(window.take(2, 2), b"hi\0");
        assert_eq!(window.peek().map(|(first, rest)| (first, rest[0])), Some((0x81, 3)));
        assert_eq!(window.take(2, 3), b"you\0");
        assert_eq!(window.len(), 1);
        assert_eq!(window.peek(), Some((0x81, &[][..])));
        let mut buffer = Vec::new();
        assert_eq!(window.drain(9, Some(&mut buffer)), 1);
        assert_eq!((buffer.as_slice(), window.len(), window.peek()), (&b"\x81"[..], 0, None));
    }

    #[test]
    fn a_payload_at_the_very_end_takes_the_spare_byte() {
        let mut bytes = *b"\x81\x01x\xff";
        let mut window = Window::new(&mut bytes);
        assert_eq!(window.take(2, 1), b"x\0");
        assert!(window.is_empty());
        assert_eq!(window.left_off(), (0, None));
    }

    #[test]
    fn a_window_left_off_is_resumed_where_it_was() {
        let mut bytes = *b"\x81\x01x\x82\x01y\0";
        let mut window = Window::new(&mut bytes);
        window.take(2, 1);
        let (rest, first) = window.left_off();
        let start = bytes.len() - rest;
        let mut window = Window::resume(&mut bytes[start..], first);
        assert_eq!(window.peek().unwrap().0, 0x82);
        assert_eq!(window.take(2, 1), b"y\0");
        assert!(window.is_empty());
    }
}
