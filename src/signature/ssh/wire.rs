//! The encoding of SSH (RFC 4251, section 5). Every length is held against what is left, so that a hostile one neither
//! allocates nor reads anything.

/// Reads one value after the other; `None` where the input ends too early.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(input: &'a [u8]) -> Self {
        Reader { rest: input }
    }

    /// What is not read yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(bytes)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.bytes(1).map(|bytes| bytes[0])
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        let bytes = self.bytes(4)?.try_into().ok()?;
        Some(u32::from_be_bytes(bytes))
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        let bytes = self.bytes(8)?.try_into().ok()?;
        Some(u64::from_be_bytes(bytes))
    }

    pub(super) fn string(&mut self) -> Option<&'a [u8]> {
        let length = self.u32()?;
        self.bytes(usize::try_from(length).ok()?)
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.string()?).ok()
    }

    /// A number that is not negative, without leading zeros.
    pub(super) fn number(&mut self) -> Option<&'a [u8]> {
        let number = self.string()?;
        let is_negative = number.first().is_some_and(|first| first & 0x80 != 0);
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        (!is_negative && zeros <= 1).then_some(&number[zeros..])
    }
}

/// Appends a string with its length.
pub(super) fn put_string(buffer: &mut Vec<u8>, string: &[u8]) {
    let length = u32::try_from(string.len()).expect("what is put together here is short");
    buffer.extend_from_slice(&length.to_be_bytes());
    buffer.extend_from_slice(string);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_held_against_what_is_left() {
        assert_eq!(Reader::new(b"\xff\xff\xff\xffa").string(), None);
        assert_eq!(Reader::new(b"\0\0\0\x02a").string(), None);
        let mut reader = Reader::new(b"\0\0\0\x01ab");
        assert_eq!(reader.string(), Some(&b"a"[..]));
        assert_eq!(reader.rest(), b"b");
        assert_eq!(reader.u32(), None);
        assert_eq!(reader.byte(), Some(b'b'));
        assert!(reader.is_at_end());
    }

    #[test]
    fn numbers_are_not_negative() {
        let number = |bytes: &[u8]| {
            let mut input = Vec::new();
            put_string(&mut input, bytes);
            Reader::new(&input).number().map(<[u8]>::to_vec)
        };
        assert_eq!(number(b"\x80"), None);
        assert_eq!(number(b"\0\x80"), Some(b"\x80".to_vec()));
        assert_eq!(number(b"\0\0\x01"), None);
        assert_eq!(number(b""), Some(Vec::new()));
    }
}
