//! Any text as `pipeline.yaml`, over two contracts of extracts and a few of the product's files: it is read, or refused
//! with places in it.

#![no_main]

use std::path::PathBuf;
use std::sync::OnceLock;

use libfuzzer_sys::{Corpus, fuzz_target};
use sopmart::pipeline::{Overrides, Project, read_for_planning};
use sopmart_fuzz::choices::grown;
use sopmart_fuzz::faults::in_place;
use sopmart_fuzz::files::folder;

const ORDERS: &str = include_str!("../contracts/orders.odcs.yaml");
const LINES: &str = include_str!("../contracts/lines.odcs.yaml");

/// The product's files that are kept; all of them would have to be read for each input.
const KEPT: [&str; 5] = [
    "sql/settings.yaml",
    "sql/staging/products.odcs.yaml",
    "sql/staging/standard/products.sql",
    "sql/marts/dim_product.odcs.yaml",
    "sql/marts/dim_product.sql",
];

fn project() -> &'static (Project, PathBuf) {
    static PROJECT: OnceLock<(Project, PathBuf)> = OnceLock::new();
    PROJECT.get_or_init(|| {
        let folder = folder().join("project");
        std::fs::create_dir_all(folder.join("contracts")).expect("a temporary folder can be made");
        for (name, text) in [("orders", ORDERS), ("lines", LINES)] {
            let path = folder.join(format!("contracts/{name}.odcs.yaml"));
            std::fs::write(path, text).expect("a temporary file can be written");
        }
        let mut project = Project::open(&folder).expect("the product's files are in the binary");
        project.files.retain(|path, _| KEPT.contains(&path.as_str()));
        assert_eq!(project.files.len(), KEPT.len(), "the product has these files");
        let file = folder.join("pipeline.yaml");
        (project, file)
    })
}

fuzz_target!(|input: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(input) else { return Corpus::Reject };
    let text = grown(text);
    let (project, file) = project();
    std::fs::write(file, &text).expect("a temporary file can be written");
    match read_for_planning(project, file, &Overrides::default()) {
        Err(faults) => in_place(&faults, "pipeline.yaml", &text),
        Ok(pipeline) => {
            let (_, faults) = pipeline.sketch();
            if !faults.is_empty() {
                in_place(&faults, "pipeline.yaml", &text);
            }
            let _: (Vec<String>, usize) = (pipeline.idle(), pipeline.contracts().count());
        }
    }
    Corpus::Keep
});
