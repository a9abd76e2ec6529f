//! The tables of docs/voice.md that say which test covers which row of the reference list: written from what stands beside the tests,
//! so that a test that goes takes its row with it. A test is claimed by a comment right above it, `// covers 0.14: what it is`
//! (`#` in Python and in scenarios); the first that covers a row says what it is. Tests of templates begin their names with the row.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const PAGE: &str = "docs/voice.md";
/// Folders and files with tests that may cover a row.
const TESTS: &[&str] = &[
    "pipeline/voice/tests",
    "pipeline/voice/scenarios",
    "pipeline/stages/tests",
    "pipeline/aws/tests",
    "tests/end_to_end",
    "tests/aws/test_voice.py",
];
const TEMPLATES: &str = "cdk/test/voice.test.ts";
/// The rows of the list: section 0 and section 1.
const LAST: [u32; 2] = [50, 20];

/// A row's number, such as 0.14.
type Row = (u32, u32);

#[derive(Default)]
struct Covered {
    what: String,
    tests: Vec<String>,
}

/// Writes the tables.
///
/// # Errors
/// What is wrong with a comment, with its file.
pub fn write(root: &Path) -> Result<(), String> {
    let path = root.join(PAGE);
    let page = fs::read_to_string(&path).map_err(|error| format!("{PAGE}: {error}"))?;
    fs::write(&path, written(root, &page)?).map_err(|error| format!("{PAGE}: {error}"))
}

/// Says whether the tables are as the tests have them.
///
/// # Errors
/// That they are not, or what is wrong with a comment.
pub fn check(root: &Path) -> Result<(), String> {
    let page = fs::read_to_string(root.join(PAGE)).map_err(|error| format!("{PAGE}: {error}"))?;
    if written(root, &page)? == page {
        return Ok(());
    }
    Err(format!("the tables of {PAGE} are not what stands beside the tests: cargo xtask voice-rows"))
}

fn written(root: &Path, page: &str) -> Result<String, String> {
    let rows = covered(root)?;
    let templates = templates(root)?;
    let mut tests = String::from("| row | what | test |\n|---|---|---|\n");
    for ((section, number), Covered { what, tests: names }) in &rows {
        let names = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        tests += &format!("| {section}.{number} | {what} | {names} |\n");
    }
    let mut only = String::from("| row | what |\n|---|---|\n");
    for ((section, number), what) in &templates {
        only += &format!("| {section}.{number} | {what} |\n");
    }
    let all = (0u32..).zip(LAST).flat_map(|(section, last)| (1..=last).map(move |number| (section, number)));
    let neither = all.filter(|row| !rows.contains_key(row) && !templates.iter().any(|(known, _)| known == row));
    let neither = neither.map(|(section, number)| format!("{section}.{number}")).collect::<Vec<_>>().join(", ");
    let neither = if neither.is_empty() {
        "Every row is in a list.\n".to_owned()
    } else {
        format!("In neither list: {neither}.\n")
    };
    let page = between(page, "rows of tests", &tests)?;
    let page = between(&page, "rows of templates", &only)?;
    between(&page, "rows of neither", &neither)
}

/// The page with other text between two marks.
fn between(page: &str, name: &str, text: &str) -> Result<String, String> {
    let (begin, end) = (format!("<!-- {name}: cargo xtask voice-rows -->\n"), format!("<!-- end of {name} -->"));
    let missing = || format!("{PAGE} has no marks for the {name}");
    let (before, rest) = page.split_once(&begin).ok_or_else(missing)?;
    let (_, after) = rest.split_once(&end).ok_or_else(missing)?;
    Ok(format!("{before}{begin}{text}{end}{after}"))
}

fn covered(root: &Path) -> Result<BTreeMap<Row, Covered>, String> {
    let mut rows: BTreeMap<Row, Covered> = BTreeMap::new();
    for path in files(root)? {
        let shown = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        let text = fs::read_to_string(&path).map_err(|error| format!("{shown}: {error}"))?;
        let scenario = path.extension().is_some_and(|extension| extension == "yaml");
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let Some(note) = line.trim().strip_prefix("// covers ").or(line.trim().strip_prefix("# covers ")) else {
                continue;
            };
            let fault = |what: &str| format!("{shown}:{}: {what}", at + 1);
            let (number, what) = note.split_once(": ").map_or((note, ""), |(number, what)| (number, what.trim()));
            let row = row(number).ok_or_else(|| fault("no such row"))?;
            let test = if scenario {
                path.file_name().map(|name| name.to_string_lossy().into_owned())
            } else {
                lines.iter().skip(at).take(12).find_map(|line| test_of(line))
            };
            let entry = rows.entry(row).or_default();
            entry.tests.push(test.ok_or_else(|| fault("no test stands below"))?);
            match (entry.what.is_empty(), what.is_empty()) {
                (_, true) => {}
                (true, false) => what.clone_into(&mut entry.what),
                (false, false) => return Err(fault("another test has said what the row is")),
            }
        }
    }
    match rows.iter().find(|(_, covered)| covered.what.is_empty()) {
        Some(((section, number), _)) => Err(format!("no test says what row {section}.{number} is")),
        None => Ok(rows),
    }
}

/// The name of the test that a line begins.
fn test_of(line: &str) -> Option<String> {
    let line = line.trim();
    let line = line.strip_prefix("async ").unwrap_or(line);
    let rest = line.strip_prefix("fn ").or_else(|| line.strip_prefix("def "))?;
    Some(rest.split('(').next()?.to_owned())
}

fn row(text: &str) -> Option<Row> {
    let (section, number) = text.trim().split_once('.')?;
    let (section, number): (u32, u32) = (section.parse().ok()?, number.parse().ok()?);
    let last = LAST.get(usize::try_from(section).ok()?)?;
    (1..=*last).contains(&number).then_some((section, number))
}

/// The files with tests, in order.
fn files(root: &Path) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for place in TESTS {
        let path = root.join(place);
        if path.is_file() {
            files.push(path);
            continue;
        }
        let mut found = Vec::new();
        for entry in fs::read_dir(&path).map_err(|error| format!("{place}: {error}"))? {
            found.push(entry.map_err(|error| format!("{place}: {error}"))?.path());
        }
        found.retain(|path| path.extension().is_some_and(|extension| extension == "rs" || extension == "yaml"));
        found.sort();
        files.extend(found);
    }
    Ok(files)
}

/// Rows and what the tests of the templates say of them, in their order.
fn templates(root: &Path) -> Result<Vec<(Row, String)>, String> {
    let text = fs::read_to_string(root.join(TEMPLATES)).map_err(|error| format!("{TEMPLATES}: {error}"))?;
    let named = |line: &str| {
        let (number, what) = line.trim().strip_prefix("it('")?.split_once('\'')?.0.split_once(' ')?;
        Some((row(number)?, what.to_owned()))
    };
    Ok(text.lines().filter_map(named).collect())
}
