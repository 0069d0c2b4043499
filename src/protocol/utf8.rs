//! UTF-8 validated as it arrives: a byte that cannot belong there is found at once, in any chunking.

/// The text so far is not UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invalid;

/// Validates one text piece by piece; keeps at most the three bytes of an unfinished character.
#[derive(Debug, Default, Clone, Copy)]
pub struct Utf8 {
    partial: [u8; 4],
    len: u8,
}

impl Utf8 {
    /// Takes the next piece.
    ///
    /// # Errors
    ///
    /// [`Invalid`] as soon as no continuation could make the text valid.
    pub fn push(&mut self, mut piece: &[u8]) -> Result<(), Invalid> {
        while self.len > 0 {
            let Some((&byte, rest)) = piece.split_first() else { return Ok(()) };
            piece = rest;
            self.partial[usize::from(self.len)] = byte;
            self.len += 1;
            match std::str::from_utf8(&self.partial[..usize::from(self.len)]) {
                Ok(_) => self.len = 0,
                Err(error) if error.error_len().is_some() => return Err(Invalid),
                Err(_) => {}
            }
        }
        let Err(error) = simdutf8::compat::from_utf8(piece) else { return Ok(()) };
        if error.error_len().is_some() {
            return Err(Invalid);
        }
        let tail = &piece[error.valid_up_to()..];
        self.partial[..tail.len()].copy_from_slice(tail);
        self.len = u8::try_from(tail.len()).map_err(|_| Invalid)?;
        Ok(())
    }

    /// The bytes of the character that the text so far ends in, if that is not whole.
    #[must_use]
    pub fn partial(&self) -> &[u8] {
        &self.partial[..usize::from(self.len)]
    }

    /// Ends the text.
    ///
    /// # Errors
    ///
    /// [`Invalid`] if it ends inside a character.
    pub fn finish(self) -> Result<(), Invalid> {
        if self.len == 0 { Ok(()) } else { Err(Invalid) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn in_bytes(text: &[u8]) -> (Result<(), Invalid>, usize) {
        let mut state = Utf8::default();
        for (i, byte) in text.iter().enumerate() {
            if state.push(&[*byte]).is_err() {
                return (Err(Invalid), i);
            }
        }
        (state.finish(), text.len())
    }

    #[test]
    fn a_bad_byte_is_found_where_it_stands() {
        for (text, at) in [
            (&b"\xff"[..], 0),
            (b"ab\xc0\xaf", 2),
            (b"\xed\xa0\x80", 1),
            (b"\xf4\x90\x80\x80", 1),
            (b"\xf8\x88", 0),
            (b"\xe2\x82x", 2),
            (b"\xf0\x80", 1),
        ] {
            assert_eq!(in_bytes(text), (Err(Invalid), at), "{text:x?}");
        }
    }

    #[test]
    fn a_text_that_ends_inside_a_character_is_invalid_only_at_its_end() {
        let mut state = Utf8::default();
        assert_eq!(state.push("κό".as_bytes()), Ok(()));
        assert_eq!(state.push(b"\xe2\x82"), Ok(()));
        assert_eq!(state.finish(), Err(Invalid));
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_pieces_get_the_verdict_of_the_whole(
            text in prop_oneof![any::<Vec<u8>>(), any::<String>().prop_map(String::into_bytes)],
            cuts: Vec<prop::sample::Index>,
        ) {
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let mut state = Utf8::default();
            let pieces = cuts.windows(2).try_for_each(|cut| state.push(&text[cut[0]..cut[1]]));
            let verdict = pieces.and_then(|()| state.finish()).is_ok();
            prop_assert_eq!(verdict, std::str::from_utf8(&text).is_ok());
        }
    }
}
