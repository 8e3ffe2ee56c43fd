//! Files in other encodings than UTF-8, and compressed ones.

use std::io::Write;

use sopmart::pipeline::{Compression, Encoding};

use crate::landing_stage::Stage;

const TEXT: &str = "id,name\n1,Müller & Söhne\n2,\"Łódź, €\"\n3,日本 🚲\n";

fn stage() -> Stage {
    Stage::new(&[("id", "integer"), ("name", "text")])
}

fn utf16(text: &str, bytes: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

#[test]
fn a_byte_order_mark_tells_the_encoding() {
    let expected = ["1|Müller & Söhne", "2|Łódź, €", "3|日本 🚲"];
    let marked = format!("\u{feff}{TEXT}");
    for bytes in [marked.clone().into_bytes(), utf16(&marked, u16::to_le_bytes), utf16(&marked, u16::to_be_bytes)] {
        let mut stage = stage();
        // It has the last word.
        stage.extract.reader.encoding = Encoding::named("windows-1252").unwrap();
        stage.deliver("a.csv", bytes);
        stage.land();
        assert_eq!(stage.rows(), expected);
    }
}

#[test]
fn without_a_mark_the_encoding_is_what_the_extract_says() {
    let cases: [(&str, Vec<u8>); 4] = [
        ("utf-16le", utf16(TEXT, u16::to_le_bytes)),
        ("utf-16be", utf16(TEXT, u16::to_be_bytes)),
        ("shift_jis", [b"id,name\n1,".as_slice(), &[0x93, 0xFA, 0x96, 0x7B], b"\n"].concat()),
        ("iso-8859-2", [b"id,name\n1,".as_slice(), &[0xA3, 0xF3, 0x64, 0xBC], b"\n"].concat()),
    ];
    for (encoding, bytes) in cases {
        let mut stage = stage();
        stage.extract.reader.encoding = Encoding::named(encoding).unwrap();
        stage.deliver("a.csv", bytes);
        stage.land();
        let expected = match encoding {
            "shift_jis" => "1|日本",
            "iso-8859-2" => "1|Łódź",
            _ => "1|Müller & Söhne",
        };
        assert_eq!(stage.rows()[0], expected, "{encoding}");
    }
}

#[test]
fn windows_1252_and_latin_1_differ_where_they_differ() {
    for (encoding, expected) in [("windows-1252", "1|€"), ("latin-1", "1|\u{80}")] {
        let mut stage = stage();
        stage.extract.reader.encoding = Encoding::named(encoding).unwrap();
        stage.deliver("a.csv", b"id,name\n1,\x80\n");
        stage.land();
        assert_eq!(stage.rows(), [expected]);
    }
}

#[test]
fn what_the_encoding_has_no_character_for_goes_to_quarantine() {
    let mut stage = stage();
    stage.extract.reader.encoding = Encoding::named("utf-16le").unwrap();
    let mut bytes = utf16("id,name\n1,good\n2,", u16::to_le_bytes);
    bytes.extend([0x00, 0xD8]); // half of a surrogate pair
    bytes.extend(utf16("\n3,good\n4,odd", u16::to_le_bytes));
    bytes.push(0x20); // half of a character
    let complaints = stage.complaints(bytes);
    let expected = [
        "3 - encoding: found bytes that are no character of the file's encoding",
        "5 - encoding: found bytes that are no character of the file's encoding",
    ];
    assert_eq!(complaints, expected);
    assert_eq!(stage.rows(), ["1|good", "3|good"]);
}

#[test]
fn utf_16_that_is_read_as_utf_8_is_refused() {
    let stage = stage();
    stage.deliver("a.csv", utf16(TEXT, u16::to_le_bytes));
    let error = stage.land_error();
    assert!(error.contains("a.csv:1:1: found none of the contract's columns in the header"), "{error}");
}

fn compressed(compression: Compression, text: &[u8]) -> Vec<u8> {
    let written = "a write into memory";
    match compression {
        Compression::None => text.to_vec(),
        Compression::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(text).expect(written);
            encoder.finish().expect(written)
        }
        Compression::Bzip2 => {
            let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
            encoder.write_all(text).expect(written);
            encoder.finish().expect(written)
        }
        Compression::Zstd => {
            let mut encoder = zstd::Encoder::new(Vec::new(), 1).expect(written);
            // As the command zstd does by itself.
            encoder.include_checksum(true).expect(written);
            encoder.write_all(text).expect(written);
            encoder.finish().expect(written)
        }
        // As `xz -z` makes of the sample text; there is no encoder among the dependencies.
        Compression::Xz => XZ.to_vec(),
        Compression::Zip => zipped(&[("in/a.csv", text)]),
    }
}

/// `printf 'id,name\n1,one\n2,two\n' | xz -9`
const XZ: &[u8] = include_bytes!("two_rows.csv.xz");

fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in members {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(text).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

const TWO_ROWS: &[u8] = b"id,name\n1,one\n2,two\n";
const ALL: [(&str, Compression); 5] = [
    ("a.csv.gz", Compression::Gzip),
    ("a.csv.zst", Compression::Zstd),
    ("a.csv.bz2", Compression::Bzip2),
    ("a.csv.xz", Compression::Xz),
    ("a.zip", Compression::Zip),
];

#[test]
fn compressed_files_are_read_by_the_end_of_their_names_or_by_what_the_extract_says() {
    for (name, compression) in ALL {
        for named in [name, "a.dat"] {
            let mut stage = stage();
            stage.extract.files = named.into();
            stage.extract.reader.compression = (named == "a.dat").then_some(compression);
            stage.deliver(named, compressed(compression, TWO_ROWS));
            stage.land();
            assert_eq!(stage.rows_with_lines(), ["1|one|2", "2|two|3"], "{named}");
        }
    }
}

#[test]
fn a_compressed_file_that_is_cut_or_damaged_is_refused() {
    for (name, compression) in ALL {
        let whole = compressed(compression, TWO_ROWS);
        let mut flipped = whole.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 0x55;
        for bytes in [whole[..whole.len() - 6].to_vec(), whole[..9].to_vec(), flipped, b"id,name\n1,one\n".to_vec()] {
            let mut stage = stage();
            stage.extract.files = name.into();
            stage.deliver(name, bytes);
            let error = stage.land_error();
            let is_told = error.contains("ends too early") || error.contains("found bytes that are not");
            assert!(error.contains(name) && is_told, "{name}: {error}");
        }
    }
}

#[test]
fn each_member_of_an_archive_is_a_file_of_its_own() {
    let mut stage = stage();
    stage.extract.files = "*.zip".into();
    stage.extract.reader.member = Some("in/*.csv".into());
    let jan: &[u8] = b"id,name\n1,jan\n";
    let feb: &[u8] = b"id,name\n2,feb\n";
    stage.deliver("a.zip", zipped(&[("in/feb.csv", feb), ("in/jan.csv", jan), ("readme.txt", b"no table")]));
    let landed = stage.land();
    let names: Vec<&str> = landed.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["a.zip/in/feb.csv", "a.zip/in/jan.csv"]);
    assert_eq!(stage.rows(), ["2|feb", "1|jan"]);

    // A corrected member is a correction of that member alone.
    let jan: &[u8] = b"id,name\n1,january\n";
    stage.deliver("a.zip", zipped(&[("in/feb.csv", feb), ("in/jan.csv", jan)]));
    stage.options.now = crate::landing_stage::at("2024-07-01");
    stage.land();
    assert_eq!(stage.rows(), ["2|feb", "1|january"]);

    stage.extract.reader.member = Some("*.json".into());
    let error = stage.land_error();
    let expected = "a.zip: the archive has no member that matches `*.json` (it holds `in/feb.csv`, `in/jan.csv`)";
    assert_eq!(error, expected);
}
