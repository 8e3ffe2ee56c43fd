//! Puts folders of texts into the binary as lists: the product's `sql/` (models, contracts, settings, checks), and the
//! standard pipeline, with which a project begins.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it for build scripts"));
    // Paths of the product's files begin with `sql/`, as those of a project do.
    list(&root, &root.join("sql"), "product_files.rs")?;
    let pipeline = root.join("pipelines/standard");
    list(&pipeline, &pipeline, "standard_pipeline.rs")
}

/// Writes a list of all texts below a folder, each with its path below `root`.
#[expect(clippy::disallowed_methods, reason = "a build script writes for the compiler, not into a warehouse")]
fn list(root: &Path, folder: &Path, name: &str) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let mut source = String::from("&[\n");
    for file in files {
        let name = file.strip_prefix(root).expect("found below the root").to_string_lossy().replace('\\', "/");
        // The text and not its place: clones at other paths may share a target directory.
        let text = fs::read_to_string(&file)?;
        writeln!(source, "    ({name:?}, {text:?}),").expect("a String takes all that is written");
    }
    source.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it for build scripts"));
    fs::write(out.join(name), source)
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
