#![doc = include_str!("../README.md")]

mod dtype;
mod error;
mod key;
mod library;
mod quantise;
mod rows;
mod search;

pub use dtype::{packed_len, Dtype, Element, MAX_DIM};
pub use error::Error;
pub use key::{Key, Transitions};
pub use library::{force_isa, isa, version};
pub use quantise::{key_of, quantise, quantise_tensor, quantise_with_transitions, quantised, Tensor};
pub use rows::{quantise_rows, quantised_rows, RowOutputs, RowStatus, Rows};
pub use search::{lee, lee_distances, nearest, nearest_into, nearest_many, nearest_many_into, Codes, Neighbour, MAX_NEAREST};
