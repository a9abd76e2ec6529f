//! Results of simulations as JUnit XML, the form that test reports of CI systems read: a suite, a case a script. A few
//! lines of our own, because no reader of XML is needed for it.

use super::simulate::Played;

/// The report.
pub fn report(all: &[Played]) -> String {
    let errors = all.iter().filter(|played| played.outcome.is_err()).count();
    let failures = all.iter().filter(|played| !played.faults.is_empty()).count();
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"aftercall flow simulate\" tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\">\n",
        all.len()
    );
    for played in all {
        // The time of a case is that of its calls, on the virtual clock.
        let ms =
            played.outcome.iter().flat_map(|transcript| &transcript.lines).map(|line| line.at_ms).max().unwrap_or(0);
        let (name, file) = (escaped(&played.name), escaped(&played.file.display().to_string()));
        let time = format!("{}.{:03}", ms / 1_000, ms % 1_000);
        xml.push_str(&format!("  <testcase name=\"{name}\" classname=\"{file}\" time=\"{time}\">\n"));
        match &played.outcome {
            Err(why) => xml.push_str(&format!("    <error message=\"{}\"/>\n", escaped(why))),
            Ok(transcript) => {
                for fault in &played.faults {
                    xml.push_str(&format!("    <failure message=\"{}\"/>\n", escaped(fault)));
                }
                xml.push_str(&format!("    <system-out>{}</system-out>\n", escaped(&transcript.to_string())));
            }
        }
        xml.push_str("  </testcase>\n");
    }
    xml.push_str("</testsuite>\n");
    xml
}

/// Text as it may stand in XML 1.0: its own signs replaced, and control characters, which it has no way to write, left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(character),
            '\u{FFFE}' | '\u{FFFF}' => {}
            control if control.is_control() => {}
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn xml_is_escaped() {
        assert_eq!(escaped("a < \"b\" & c > d\u{7}\n"), "a &lt; &quot;b&quot; &amp; c &gt; d\n");
    }
}
