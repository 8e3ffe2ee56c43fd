//! The files a pipeline is made of: the product's own `sql/`, which is in the binary, and a project's folder,
//! which overlays it file by file, so that an upgrade is no merge.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};

/// Path below the project and text of every file of the product.
static PRODUCT_FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/product_files.rs"));

/// Where the queries are that the page of `sopmart report` is made of.
pub const REPORT_FOLDER: &str = "sql/report";

/// A project's folder over the product's files.
#[derive(Debug, Clone)]
pub struct Project {
    pub folder: PathBuf,
    /// By path below the project, with `/` between folders.
    pub files: BTreeMap<String, ProjectFile>,
}

/// One file that a pipeline may use.
#[derive(Debug, Clone)]
pub struct ProjectFile {
    pub text: Arc<str>,
    pub origin: Origin,
}

/// Where a file comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The binary.
    Product,
    /// The project's folder; it hides the product's file of the same path, if there is one.
    Project,
}

/// The text of one of the product's files.
pub(super) fn product_text(path: &str) -> Option<&'static str> {
    let found = PRODUCT_FILES.iter().find(|(product, _)| *product == path);
    found.map(|(_, text)| *text)
}

impl Project {
    /// Reads a project: all of the product's files and all below the folder's `sql/`.
    ///
    /// # Errors
    /// When a file of the project cannot be read or is not UTF-8.
    pub fn open(folder: &Path) -> Result<Project> {
        let product = PRODUCT_FILES
            .iter()
            .map(|(path, text)| ((*path).to_string(), ProjectFile { text: Arc::from(*text), origin: Origin::Product }));
        let mut project = Project { folder: folder.to_path_buf(), files: product.collect() };
        project.add(&folder.join("sql"))?;
        Ok(project)
    }

    /// Adds the SQL and YAML files below a folder of the project.
    ///
    /// # Errors
    /// When a file cannot be read or is not UTF-8.
    pub fn add(&mut self, folder: &Path) -> Result<()> {
        if !folder.is_dir() {
            return Ok(());
        }
        for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
            let path = entry.with_context(|| format!("reading {}", folder.display()))?.path();
            if path.is_dir() {
                self.add(&path)?;
            } else if path.extension().is_some_and(|extension| extension == "sql" || extension == "yaml") {
                let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
                let name = path.strip_prefix(&self.folder).unwrap_or(&path).to_string_lossy().replace('\\', "/");
                self.files.insert(name, ProjectFile { text: Arc::from(text), origin: Origin::Project });
            }
        }
        Ok(())
    }

    pub fn file(&self, path: &str) -> Option<&ProjectFile> {
        self.files.get(path)
    }

    /// Path and file of everything below a folder that ends so, sorted by path.
    pub fn below<'a>(&'a self, folder: &'a str, ending: &'a str) -> impl Iterator<Item = (&'a str, &'a ProjectFile)> {
        self.files
            .iter()
            .filter(move |(path, _)| {
                path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')) && path.ends_with(ending)
            })
            .map(|(path, file)| (path.as_str(), file))
    }

    /// The `pipeline.yaml` files below `pipelines/`, sorted by the name of their folder.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn pipeline_files(&self) -> Result<Vec<PathBuf>> {
        let folder = self.folder.join("pipelines");
        let entries = fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))?;
        let mut files = Vec::new();
        for entry in entries {
            files.push(entry?.path().join("pipeline.yaml"));
        }
        files.retain(|file| file.is_file());
        files.sort();
        Ok(files)
    }

    /// The `pipeline.yaml` that a person means: a path to one, or the name of a folder below `pipelines/`; without
    /// either, the only pipeline there is, or the one named `standard`.
    ///
    /// # Errors
    /// When there is no such pipeline; the error lists those there are.
    pub fn pipeline_file(&self, named: Option<&str>) -> Result<PathBuf> {
        let folder = self.folder.join("pipelines");
        let files = self.pipeline_files().unwrap_or_default();
        let names = files.iter().filter_map(|file| file.parent()?.file_name());
        let known: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
        let name = match named {
            Some(path) if path.ends_with(".yaml") => {
                let path = PathBuf::from(path);
                anyhow::ensure!(path.is_file(), "there is no pipeline file {}", path.display());
                return Ok(path);
            }
            Some(name) => name.to_string(),
            None if known.len() == 1 => known[0].clone(),
            None => "standard".to_string(),
        };
        let path = folder.join(&name).join("pipeline.yaml");
        anyhow::ensure!(
            path.is_file(),
            "there is no pipeline `{name}`: {} has {}; name one of them, or the path of a pipeline.yaml",
            folder.display(),
            if known.is_empty() { "no pipelines".to_string() } else { known.join(", ") },
        );
        Ok(path)
    }
}
