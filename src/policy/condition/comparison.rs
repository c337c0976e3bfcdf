//! Bounds on numbers: `> 400`, `<= 5 MiB`.

/// A bound on a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparison {
    /// How it is compared.
    pub operator: Operator,
    /// With what.
    pub bound: u64,
}

/// How a number is compared with a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `=`
    Exactly,
}

impl Operator {
    /// The operators as they are written, each before those that it begins with.
    const WRITTEN: [(&str, Operator); 5] = [
        (">=", Operator::AtLeast),
        (">", Operator::Above),
        ("<=", Operator::AtMost),
        ("<", Operator::Below),
        ("=", Operator::Exactly),
    ];

    /// The operator that `text` begins with, and what follows it; blanks around are left out.
    pub fn split(text: &str) -> Option<(Operator, &str)> {
        let text = text.trim();
        Self::WRITTEN.iter().find_map(|(sign, operator)| {
            let rest = text.strip_prefix(sign)?;
            Some((*operator, rest.trim_start()))
        })
    }
}

impl Comparison {
    /// Does it hold of `number`?
    pub fn holds(self, number: u64) -> bool {
        match self.operator {
            Operator::Above => number > self.bound,
            Operator::AtLeast => number >= self.bound,
            Operator::Below => number < self.bound,
            Operator::AtMost => number <= self.bound,
            Operator::Exactly => number == self.bound,
        }
    }

    /// Is there no number of which it holds?
    pub fn is_never_met(self) -> bool {
        matches!(
            (self.operator, self.bound),
            (Operator::Below, 0) | (Operator::Above, u64::MAX)
        )
    }

    /// Does it hold of every number?
    pub fn is_always_met(self) -> bool {
        matches!(
            (self.operator, self.bound),
            (Operator::AtLeast, 0) | (Operator::AtMost, u64::MAX)
        )
    }
}
