//! Rows as a block of bytes: of each its numbers in digits, then its fields in their lengths.

/// A row that does not follow the packing: it was not what its table promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unpackable;

/// Reads packed rows one after the other.
pub(super) struct Packed<'a> {
    rest: &'a [u8],
}

/// The numbers of a row, and its fields; an absent field is none.
pub(super) type PackedRow<'a, const N: usize, const F: usize> = ([i64; N], [Option<&'a [u8]>; F]);

impl<'a> Packed<'a> {
    pub(super) fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    /// The next row of so many numbers and fields.
    pub(super) fn row<const N: usize, const F: usize>(
        &mut self,
    ) -> Result<Option<PackedRow<'a, N, F>>, Unpackable> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (mut numbers, mut lengths) = ([0; N], [0; F]);
        let count = N + F;
        for (at, number) in numbers.iter_mut().chain(&mut lengths).enumerate() {
            let end = if at + 1 == count { b';' } else { b',' };
            *number = self.number(end).ok_or(Unpackable)?;
        }
        let mut fields = [None; F];
        for (field, length) in fields.iter_mut().zip(lengths) {
            if let Ok(length) = usize::try_from(length) {
                let (taken, rest) = self.rest.split_at_checked(length).ok_or(Unpackable)?;
                (*field, self.rest) = (Some(taken), rest);
            }
        }
        Ok(Some((numbers, fields)))
    }

    fn number(&mut self, end: u8) -> Option<i64> {
        let at = self.rest.iter().position(|byte| *byte == end)?;
        let (digits, rest) = self.rest.split_at(at);
        self.rest = &rest[1..];
        let (is_negative, digits) = match digits.split_first() {
            Some((b'-', digits)) => (true, digits),
            _ => (false, digits),
        };
        if digits.is_empty() {
            return None;
        }
        let mut number = 0_i64;
        for digit in digits {
            let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
            number = number.checked_mul(10)?.checked_add(digit.into())?;
        }
        Some(if is_negative { -number } else { number })
    }
}

#[cfg(test)]
mod tests {
    use super::{Packed, Unpackable};

    #[test]
    fn rows_come_out_as_they_were_packed() {
        let mut packed = Packed::new(b"7,-2,3,-1,0;abc8,0,1,2,0;x;;");
        let row = packed.row::<2, 3>().expect("a whole row").expect("a row is left");
        assert_eq!(row, ([7, -2], [Some(&b"abc"[..]), None, Some(&b""[..])]));
        let row = packed.row::<2, 3>().expect("a whole row").expect("a row is left");
        assert_eq!(row, ([8, 0], [Some(&b"x"[..]), Some(&b";;"[..]), Some(&b""[..])]));
        assert_eq!(packed.row::<2, 3>(), Ok(None));
    }

    #[test]
    fn what_was_not_packed_is_refused() {
        for bad in ["1", "1;", "1,2", "x,1;a", "1,;", "-,1;a", "1,5;abc", "99999999999999999999,0;"]
        {
            assert_eq!(Packed::new(bad.as_bytes()).row::<1, 1>(), Err(Unpackable), "{bad}");
        }
    }
}
