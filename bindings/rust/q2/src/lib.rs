#![doc = include_str!("../README.md")]

mod code_dot;
mod dot;
mod dtype;
mod error;
mod key;
mod l1;
mod lee;
mod library;
mod quantise;
mod rows;
mod search;

pub use code_dot::{code_dot, code_dot_nearest, code_dot_nearest_into, code_dot_nearest_many, code_dot_nearest_many_into, code_dot_scores};
pub use dot::{dot, dot_nearest, dot_nearest_into, dot_nearest_many, dot_nearest_many_into, dot_query, dot_scores};
pub use dtype::{packed_len, Dtype, Element, MAX_DIM};
pub use error::Error;
pub use key::{Key, Transitions};
pub use l1::{l1, l1_distances, l1_nearest, l1_nearest_into, l1_nearest_many, l1_nearest_many_into};
pub use lee::{lee, lee_distances, nearest, nearest_into, nearest_many, nearest_many_into};
pub use library::{force_isa, isa, version};
pub use quantise::{key_of, quantise, quantise_tensor, quantise_with_transitions, quantised, Tensor};
pub use rows::{quantise_rows, quantised_rows, RowOutputs, RowStatus, Rows};
pub use search::{Codes, Neighbour, Scored, Vectors, MAX_NEAREST};
