use std::fmt;

/// The full number of transitions of a code, 1..n. A key holds the first 32.
pub type Transitions = u32;

/// The transition key of a code (section 6 of the specification): equal keys group near-identical states, and sorted ones make files and ranges.
///
/// ```
/// let key = q2::Key(0xe4d8_0000_0000_0000);
/// assert_eq!(key.to_string(), "e4d8000000000000");
/// assert_eq!(key.symbols(7), "DCBADBC");
/// assert_eq!(key.bases(7), "TCAGTAC");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Key(pub u64);

impl Key {
    /// The kept symbols in the letters A (strongly negative) to D (strongly positive), at most 32: `transitions` tells `D` from `DA`, whose keys are equal.
    pub fn symbols(self, transitions: Transitions) -> String {
        self.spell(b"ABCD", transitions)
    }

    /// The same in the genetic reading of the alphabet.
    pub fn bases(self, transitions: Transitions) -> String {
        self.spell(b"GACT", transitions)
    }

    fn spell(self, alphabet: &[u8; 4], transitions: Transitions) -> String {
        (0..transitions.min(32)).map(|i| alphabet[(self.0 >> (62 - 2 * i) & 3) as usize] as char).collect()
    }
}

/// 16 lower-case hex digits.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl From<Key> for u64 {
    fn from(key: Key) -> u64 {
        key.0
    }
}

impl From<u64> for Key {
    fn from(bits: u64) -> Key {
        Key(bits)
    }
}
