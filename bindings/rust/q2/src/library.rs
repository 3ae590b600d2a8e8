//! What the library says about itself.

use crate::Error;
use std::ffi::{c_char, CStr, CString};
use std::ptr;

fn text(from: *const c_char) -> &'static str {
    // SAFETY: libq2 returns static, English, zero-terminated strings.
    unsafe { CStr::from_ptr(from) }.to_str().unwrap_or("")
}

/// The version of libq2 in use.
pub fn version() -> &'static str {
    // SAFETY: no arguments.
    text(unsafe { q2_sys::q2_version() })
}

/// The instruction set in use: `scalar`, `avx2`, `avx512` or `neon`.
pub fn isa() -> &'static str {
    // SAFETY: no arguments.
    text(unsafe { q2_sys::q2_isa() })
}

/// Chooses the instruction set for the whole process; `None` chooses the best. Results do not depend on it.
///
/// ```
/// q2::force_isa(Some("scalar"))?;
/// assert_eq!(q2::isa(), "scalar");
/// q2::force_isa(None)?;
/// assert_eq!(q2::force_isa(Some("mmx")).unwrap_err().to_string(), "no instruction set is named \"mmx\"");
/// # Ok::<(), q2::Error>(())
/// ```
pub fn force_isa(name: Option<&str>) -> Result<(), Error> {
    let given = || name.unwrap_or("").to_owned();
    let name = name.map(CString::new).transpose().map_err(|_| Error::UnknownIsa { name: given() })?;
    // SAFETY: NULL or a zero-terminated string that outlives the call.
    match unsafe { q2_sys::q2_force_isa(name.as_ref().map_or(ptr::null(), |name| name.as_ptr())) } {
        q2_sys::Q2_OK => Ok(()),
        q2_sys::Q2_ERR_UNSUPPORTED => Err(Error::Unsupported { name: given() }),
        _ => Err(Error::UnknownIsa { name: given() }),
    }
}
