//! Puts the product's `sql/` folder (models, contracts, settings, checks) into the binary as a list of texts.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

#[expect(clippy::disallowed_methods, reason = "a build script writes for the compiler, not into a warehouse")]
fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it for build scripts"));
    println!("cargo::rerun-if-changed=sql");
    let mut files = Vec::new();
    collect(&root.join("sql"), &mut files)?;
    files.sort();
    let mut source = String::from("&[\n");
    for file in files {
        let name = file.strip_prefix(&root).expect("found below the root").to_string_lossy().replace('\\', "/");
        // The text and not its place: clones at other paths may share a target directory.
        let text = fs::read_to_string(&file)?;
        writeln!(source, "    ({name:?}, {text:?}),").expect("a String takes all that is written");
    }
    source.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it for build scripts"));
    fs::write(out.join("product_files.rs"), source)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "sql" || extension == "yaml") {
            files.push(path);
        }
    }
    Ok(())
}
