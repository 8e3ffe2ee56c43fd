//! Any bytes as a file that nobody has described: what is proposed for it is a valid contract and a valid entry, and
//! with them the file lands as the proposal says.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sopmart::contract::{MaxQuarantined, parse};
use sopmart::extract::{Stop, sha256_of, source_file};
use sopmart::infer::infer;
use sopmart::pipeline::{Compression, Overrides, Project, read};
use sopmart_fuzz::choices::Choices;
use sopmart_fuzz::files::{folder, outcome};

fuzz_target!(|input: &[u8]| {
    let (mut choices, bytes) = Choices::split(input, 1);
    let name = choices.one_of(&["orders.csv", "orders.txt", "orders.json", "orders.tsv"]);
    let folder = folder().join("inferred");
    std::fs::create_dir_all(folder.join("contracts")).expect("a temporary folder can be made");
    let write = |name: &str, content: &[u8]| {
        std::fs::write(folder.join(name), content).expect("a temporary file can be written");
    };
    write(name, bytes);
    let Ok(proposal) = infer(&folder.join(name), None, 1) else { return };

    let contract = parse("orders.odcs.yaml", &proposal.contract);
    let contract = contract.unwrap_or_else(|faults| panic!("{faults:?} in {}", proposal.contract));
    write("contracts/orders.odcs.yaml", proposal.contract.as_bytes());
    write("pipeline.yaml", format!("name: fuzz\nextracts:\n{}", proposal.entry).as_bytes());
    let project = Project { folder: folder.clone(), files: Default::default() };
    let pipeline = read(&project, &folder.join("pipeline.yaml"), &Overrides::default());
    let pipeline = pipeline.unwrap_or_else(|faults| panic!("{faults:?} in {}", proposal.entry));

    let extract = &pipeline.extracts[0];
    assert_eq!(extract.files, name, "the proposal names its file");
    let file = source_file(&folder.join(name), Compression::None).expect("the file is there");
    let sha256 = sha256_of(&file, &Stop::default()).expect("the file is there");
    let landed = outcome(&file, &sha256, extract, 1 << 20, 1);
    assert_eq!(landed.faults, None, "{}{}", proposal.contract, proposal.entry);
    assert_eq!(landed.rows_read, proposal.rows, "{}{}", proposal.contract, proposal.entry);
    let MaxQuarantined::Rows(most) = contract.max_quarantined else { panic!("a number is proposed") };
    let quarantined = &landed.quarantined;
    assert!(quarantined.len() as u64 <= most, "{quarantined:?}\n{}{}", proposal.contract, proposal.entry);
});
