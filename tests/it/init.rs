//! `sopmart init`: a project that runs at once, explains itself, and is made over nothing.

use crate::cli_support::Project;

#[test]
fn a_new_project_is_checked_tested_run_and_asked_without_a_change() {
    let project = Project::empty();
    let outcome = project.sopmart(&["init", "Acme Corp"]).expect_exit(0);
    assert!(
        outcome.stderr.starts_with("Acme Corp is a project now: 41 extracts of a made-up company ("),
        "{outcome:?}"
    );
    let acme = project.below("Acme Corp");
    let outcome = acme.sopmart(&["check"]).expect_exit(0);
    assert!(outcome.stderr.contains("nothing to complain about"), "{outcome:?}");
    let outcome = acme.sopmart(&["test"]).expect_exit(0);
    assert!(outcome.stderr.ends_with("1 passed, 0 failed\n"), "{outcome:?}");
    let outcome = acme.sopmart(&["run"]).expect_exit(0);
    assert!(outcome.stderr.lines().last().unwrap().starts_with("Published 50 tables as of 2026-03-31"), "{outcome:?}");
    let backlog = "select count(*) as customers, sum(open_lines) as lines, sum(backlog_amount) as amount, \
                   (select sum(backlog_amount) from marts.order_service_lines where backlog_quantity > 0) as all_lines \
                   from marts.order_backlog";
    let row = &acme.rows(backlog)[0];
    assert!(row["customers"].as_i64().unwrap() > 5 && row["lines"].as_i64().unwrap() > 20, "{row}");
    assert_eq!(row["amount"], row["all_lines"]);
    let listed = acme.sopmart(&["list", "--select", "order_backlog"]).expect_exit(0).stdout;
    assert_eq!(
        listed.split_whitespace().collect::<Vec<_>>(),
        ["marts.order_backlog", "project", "sql/marts/order_backlog.sql"]
    );
    // What its README says is there, is there, under the project's name.
    let readme = acme.read("README.md");
    for path in ["pipelines/acme_corp/pipeline.yaml", "sql/README.md", "data", "tests/models", "warehouse"] {
        assert!(acme.path(path).exists(), "{path}");
        assert!(readme.contains(path.trim_end_matches(".yaml")), "{path} is not in README.md");
    }
    assert!(!readme.contains("{name}") && acme.read("pipelines/acme_corp/pipeline.yaml").contains("name: acme_corp\n"));
    assert_eq!(acme.read(".gitignore").lines().last(), Some("/warehouse*/"));
}

#[test]
fn its_data_are_those_of_the_sample() {
    let project = Project::empty();
    let told = project.sopmart(&["init", "acme", "--output", "json"]).expect_exit(0).json();
    assert_eq!((&told["name"], &told["extracts"]), (&"acme".into(), &41.into()), "{told}");
    let sample = crate::cli_support::repository().join("sample_data/sales/2026-03-31.csv");
    assert_eq!(project.read("acme/data/sales/2026-03-31.csv"), std::fs::read_to_string(sample).unwrap());
}

#[test]
fn a_folder_that_holds_something_is_left_as_it_is() {
    let project = Project::empty();
    project.write("acme/notes.txt", "mine");
    project.write("acme/a", "");
    let outcome = project.sopmart(&["init", "acme"]).expect_exit(2);
    assert!(
        outcome.stderr.contains("acme is not empty, it holds `a`, `notes.txt`: name a folder that is empty"),
        "{outcome:?}"
    );
    assert_eq!(std::fs::read_dir(project.path("acme")).unwrap().count(), 2);
    let outcome = project.sopmart(&["init", "acme/notes.txt"]).expect_exit(2);
    assert!(outcome.stderr.contains("is a file, expected a folder"), "{outcome:?}");
    let outcome = project.sopmart(&["init", "..."]).expect_exit(2);
    assert!(outcome.stderr.contains("gives a project no name"), "{outcome:?}");
    assert!(!project.path("...").exists());
    // A repository that somebody has just made is as good as empty.
    project.write("new/.git/HEAD", "ref: refs/heads/main");
    project.below("new").sopmart(&["init", "."]).expect_exit(0);
    assert!(project.path("new/pipelines/new/pipeline.yaml").exists());
}
