//! The time that a sentence names, in its own words: "by Friday", "in five to seven business days", "mañana", 今週中.

use std::sync::LazyLock;

use regex::Regex;

const NUMBER: &str = r"(?:\d{1,4}(?::\d{2})?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|ninety)(?:[ -](?:one|two|three|four|five|six|seven|eight|nine|ten|fifteen|thirty|forty five))?";
const DAY: &str = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day";
const MONTH: &str = r"(?:january|february|march|april|may|june|july|august|september|october|november|december)";
const ORDINAL: &str = r"(?:\d{1,2}(?:st|nd|rd|th)|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth|(?:twenty|thirty)[ -](?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth))";
const PART: &str = r"(?:\s+(?:morning|afternoon|evening|night|noon))?";

fn english() -> String {
    let unit = r"(?:seconds?|secs?|minutes?|mins?|hours?|days?|weeks?|months?|years?)";
    let span = format!(
        r"(?:(?:the\s+)?(?:next\s+)?(?:an?|{NUMBER}|a\s+few|a\s+couple\s+of|several)(?:\s*(?:-|to|or)\s*{NUMBER})?\s+(?:business\s+|working\s+|more\s+)?{unit}|the\s+hour|the\s+(?:next\s+)?(?:day|week|month))"
    );
    let date = format!(
        r"(?:(?:the\s+)?{ORDINAL}(?:\s+of\s+{MONTH})?|{MONTH}\s+(?:\d{{1,2}}|{ORDINAL})|(?:the\s+)?end\s+of\s+(?:the\s+|this\s+|next\s+)?(?:day|week|month|year|business|{DAY}|{MONTH}))"
    );
    let named = format!(
        r"(?:(?:later\s+|earlier\s+)?today|tonight|tomorrow{PART}|(?:this|next|the\s+following|coming)\s+(?:morning|afternoon|evening|weekend|week|month|year|{DAY}){PART}|{DAY}{PART}|noon|midnight|then|right\s+(?:away|now)|straight\s+away|shortly|as\s+soon\s+as\s+possible|first\s+thing)"
    );
    let clock = format!(r"{NUMBER}(?:\s*(?:am|pm|a\.m\.|p\.m\.|o'clock|noon))?");
    let prepared = format!(
        r"(?:by|before|after|on|in|within|until|till|at|around|about|no\s+later\s+than|over|from|between)\s+(?:around\s+|about\s+)?(?:{span}|{date}|{named}|{MONTH})"
    );
    let timed = format!(
        r"(?:by|before|after|until|till|at|around|between|from)\s+{clock}(?:\s+(?:and|to)\s+(?:{clock}|noon))?"
    );
    let atom = format!(r"(?:{prepared}|{timed}|{named}|{date}|until\s+(?:he|she|they|it)\s+\w+)");
    format!(r"(?i)\b{atom}(?:,?\s+{atom}){{0,3}}(?:\s+after\s+work)?\b")
}

const SPANISH: &str = r"(?i)\b(?:(?:hoy\s+mismo|hoy|pasado\s+mañana|mañana(?:\s+por\s+la\s+(?:mañana|tarde|noche))?|esta\s+(?:tarde|mañana|noche|semana)|este\s+(?:lunes|martes|miércoles|jueves|viernes|sábado|domingo)|(?:antes\s+del?|el|hasta\s+el|para\s+el)\s+(?:próximo\s+)?(?:lunes|martes|miércoles|jueves|viernes|sábado|domingo|\d{1,2}(?:\s+de\s+\p{L}+)?)|(?:en|dentro\s+de)\s+(?:\p{L}+|\d+)(?:\s+a\s+(?:\p{L}+|\d+))?\s+(?:días|horas|minutos|semanas|meses)(?:\s+(?:hábiles|laborables))?|la\s+(?:semana|próxima\s+semana)\s+(?:que\s+viene)?|antes\s+de\s+las\s+\p{L}+|a\s+las\s+[\p{L}\d]+|entre\s+las\s+[\p{L}\d]+\s+y\s+las\s+[\p{L}\d]+|a\s+final\s+de\s+(?:mes|semana))(?:,?\s+)?){1,3}";
const JAPANESE: &str = r"(?:本日|今日|明日|明後日|今夜|今晩|今週末|今週中|今週|来週中|来週|今月中|来月|前日|翌日|翌営業日|[月火水木金土日]曜日?|(?:\d+|[一二三四五六七八九十]+)(?:営業日|日|時間|週間|分|か月|ヶ月)(?:以内|後|前)?|(?:\d+|[一二三四五六七八九十]+)[月日時](?:頃|まで|ごろ)?|午前中?|午後|夕方|後ほど|すぐに)(?:の|、)?(?:午前中|午後|夕方|まで|中|(?:\d+|[一二三四五六七八九十]+)時(?:まで|頃|ごろ)?)?";

static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [english().as_str(), SPANISH, JAPANESE].iter().filter_map(|pattern| Regex::new(pattern).ok()).collect()
});

/// The first time that a text names; null where it names none.
pub(super) fn when(text: &str) -> Option<String> {
    let found = PATTERNS
        .iter()
        .filter_map(|pattern| pattern.find(text))
        .min_by_key(|found| (found.start(), std::cmp::Reverse(found.end())))?;
    let words = found.as_str().trim().trim_end_matches(',');
    (!words.is_empty()).then(|| words.to_owned())
}
