//! Compiles the libq2 that lies in this crate, or finds the system's.

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    println!("cargo:rerun-if-env-changed=Q2_SYS_SYSTEM");
    let asked = env::var("Q2_SYS_SYSTEM").is_ok_and(|value| !value.is_empty() && value != "0");
    if asked || env::var_os("CARGO_FEATURE_SYSTEM").is_some() {
        find();
    } else {
        compile(&sources());
    }
}

/// The system's libq2, whose interface only grows within a major version.
fn find() {
    let version = env!("CARGO_PKG_VERSION");
    if let Err(error) = pkg_config::Config::new().range_version(version.."2").probe("q2") {
        panic!("libq2 {version} or a later 1.x was asked for from the system (feature system or Q2_SYS_SYSTEM): {error}");
    }
}

/// The folder with libq2's sources: in the published crate its own, in a checkout of the repository the original.
fn sources() -> PathBuf {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    let candidates = [here.join("native"), here.join("../../../native/c")];
    for folder in &candidates {
        if folder.join("sources.txt").is_file() {
            return folder.clone();
        }
    }
    panic!("libq2's sources are neither in {} nor in {}: run ci/stage-native bindings/rust/q2-sys/native", candidates[0].display(), candidates[1].display());
}

fn compile(folder: &Path) {
    let list = fs::read_to_string(folder.join("sources.txt")).expect("sources.txt");
    for file in list.lines() {
        println!("cargo:rerun-if-changed={}", folder.join(file).display());
    }
    println!("cargo:rerun-if-changed={}", folder.join("sources.txt").display());
    cc::Build::new()
        .files(list.lines().filter(|file| file.ends_with(".c")).map(|file| folder.join(file)))
        // Strict C11 without contraction: a fused multiplication and addition changes results.
        .std("c11")
        .flag("-ffp-contract=off")
        .define("Q2_STATIC", None)
        // The kernels are meant to be optimised, also in a program's debug build.
        .opt_level(3)
        .debug(false)
        .warnings(false)
        .compile("q2");
    println!("cargo:include={}", folder.display());
}
