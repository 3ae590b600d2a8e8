//! Every golden case of the specification (section 9): as a tensor of bytes, as typed rows, as a row of many, and its key from its code. `Q2_GOLDEN` names the file.
#![cfg(not(q2_recorder))]

use q2::{Dtype, Element, Error, Key, RowOutputs, Rows, Tensor};

struct Case<'a> {
    index: usize,
    dtype: Dtype,
    n: usize,
    seq_len: usize,
    refused: bool,
    transitions: u32,
    key: Key,
    input: &'a [u8],
    packed: &'a [u8],
}

impl Case<'_> {
    fn check(&self, how: &str, got: Result<(Key, u32), Error>, packed: &[u8]) {
        let want = if self.refused { Err(Error::NotFinite) } else { Ok((self.key, self.transitions)) };
        assert_eq!(got, want, "{how}, case {}", self.index);
        assert!(self.refused || packed == self.packed, "{how}, case {}: another code", self.index);
    }

    fn last_row(&self) -> &[u8] {
        &self.input[(self.seq_len - 1) * self.dtype.row_len(self.n).unwrap()..]
    }

    fn check_typed<T: Element, const B: usize>(&self, of: fn([u8; B]) -> T) {
        let row: Vec<T> = self.last_row().chunks_exact(B).map(|bytes| of(bytes.try_into().unwrap())).collect();
        let mut packed = vec![0xA5; self.packed.len()];
        self.check("typed", q2::quantise_with_transitions(&row, &mut packed), &packed);
        let owned = q2::quantised(&row);
        assert_eq!(owned, if self.refused { Err(Error::NotFinite) } else { Ok((self.packed.to_vec(), self.key)) }, "owned, case {}", self.index);
    }

    fn check_all(&self) {
        let mut packed = vec![0xA5; self.packed.len()];
        let got = q2::quantise_tensor(&Tensor { bytes: self.input, seq_len: self.seq_len, n: self.n, dtype: self.dtype }, &mut packed);
        self.check("tensor", got, &packed);
        if !self.refused {
            assert_eq!(q2::key_of(&packed, self.n), Ok((self.key, self.transitions)), "key of case {}", self.index);
        }
        match self.dtype {
            Dtype::Fp32 => self.check_typed(f32::from_le_bytes),
            Dtype::Q8 => self.check_typed(i8::from_le_bytes),
            #[cfg(feature = "half")]
            Dtype::Fp16 => self.check_typed(half::f16::from_le_bytes),
            #[cfg(feature = "half")]
            Dtype::Bf16 => self.check_typed(half::bf16::from_le_bytes),
            Dtype::Q2 => return,
            _ => {}
        }
        let (mut keys, mut transitions, mut statuses) = ([Key(1)], [1], [q2::RowStatus::default()]);
        let row = self.last_row();
        let rows = Rows::from_bytes(row, self.dtype, self.n, 1, row.len()).unwrap();
        let outputs =
            RowOutputs { packed: &mut packed, keys: Some(&mut keys), transitions: Some(&mut transitions), statuses: Some(&mut statuses), ..Default::default() };
        let got = q2::quantise_rows(&rows, outputs);
        self.check("rows", got.map(|()| (keys[0], transitions[0])), &packed);
        assert_eq!(statuses[0].is_ok(), !self.refused, "status of case {}", self.index);
    }
}

fn dtype_of(id: u32) -> Dtype {
    [Dtype::Fp32, Dtype::Fp16, Dtype::Q8, Dtype::Q4, Dtype::Q2, Dtype::Bf16][id as usize]
}

#[test]
fn golden_cases() {
    let path = std::env::var("Q2_GOLDEN").unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../testdata/golden/golden.q2gv").to_owned());
    let file = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let word = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
    assert_eq!(&file[..4], b"Q2GV");
    let (mut at, count) = (16, word(8) as usize);
    for index in 0..count {
        let [dtype, n, seq_len, status, _, input, packed, transitions] = std::array::from_fn(|i| word(at + 4 * i));
        let key = Key(u64::from_le_bytes(file[at + 32..at + 40].try_into().unwrap()));
        let start = at + 48;
        let (middle, end) = (start + input as usize, start + (input + packed) as usize);
        let case = Case {
            index,
            dtype: dtype_of(dtype),
            n: n as usize,
            seq_len: seq_len as usize,
            refused: status == 3,
            transitions,
            key,
            input: &file[start..middle],
            packed: &file[middle..end],
        };
        case.check_all();
        at += (end - at).div_ceil(8) * 8;
    }
    assert_eq!((count, at), (763, file.len()));
    println!("Rust: {count} of 763 golden cases");
}
